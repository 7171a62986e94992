"""What the core raises: a message says what is wrong, with which values, and what to do."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class PhtError(ValueError):
    """Any mistake that a user or caller can mend; its text is fit to be shown to them."""


class UnknownName(PhtError):
    """A name (scheme, reference set, column, endpoint) that is not one of those offered."""

    def __init__(self, what: str, name: object, offered: list[str]) -> None:
        super().__init__(f"{what} {name!r} is not known. Choose one of: {', '.join(offered)}.")


def look_up(what: str, name: str, offered: Mapping[str, T]) -> T:
    """What is offered under that name; `UnknownName` lists the names."""
    if name not in offered:
        raise UnknownName(what, name, list(offered))
    return offered[name]


class UnreadableFile(PhtError):
    """A file that is not a table, or not in a layout that can be read."""


class BlockedCohort(PhtError):
    """A file whose findings are too grave for any figure to be drawn from it.

    ``findings`` is the whole table of findings (see ``validation.check_tables``).
    """

    def __init__(self, message: str, findings: object) -> None:
        super().__init__(message)
        self.findings = findings


def fault_place(error: BaseException) -> str:
    """A fault's kind and place, as "KeyError in read, line 3": with no cell, no word of a file."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_name}, line {place.tb_lineno}" if place else "unknown"
    return f"{type(error).__name__} in {where}"
