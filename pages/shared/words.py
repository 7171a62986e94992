"""The words of pages, which stand in words.toml: labels and help of widgets, notes, warnings."""

import tomllib
from pathlib import Path
from typing import Any

_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def worded(name: str, **values: object) -> dict[str, Any]:
    """Label, help, icon and placeholder of a widget, as Streamlit takes them."""
    words: dict[str, str] = _WORDS["widgets"][name]
    return {kind: text.format(**values) for kind, text in words.items()}


def said(name: str, **values: object) -> str:
    """A text; a word from a file among the values is `plain` already."""
    text: str = _WORDS["texts"][name]
    return text.format(**values)
