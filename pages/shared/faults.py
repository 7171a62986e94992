"""Faults of our own while a user's file is read: what may be told of them, and what may not."""

import logging


def log_fault(what: str, error: Exception) -> str:
    """Log a fault's kind and place, and return them for the user; no cell, no word of the file."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_name}, line {place.tb_lineno}" if place else "unknown"
    name = type(error).__name__
    logging.getLogger("pht_explorer").error("%s could not be read: %s in %s", what, name, where)
    return f"{name} in {where}"
