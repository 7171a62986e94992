"""Buttons that save a file."""

from collections.abc import Callable
from typing import Any

import streamlit as st

OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES = {
    "csv": "text/csv",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "svg": "image/svg+xml",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "zip": "application/zip",
}


def save_button(
    label: str, data: bytes | Callable[[], bytes | str], name: str, place: Any = st, **more: Any
) -> None:
    """Save a file under a name with its kind; a function makes it when it is asked for."""
    more = {"mime": MEDIA_TYPES[name.rsplit(".", 1)[-1]], "on_click": "ignore", **more}
    place.download_button(label, data, file_name=name, **more)
