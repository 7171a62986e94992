"""The one loader of the vocabularies in this folder: words with bars between them, patterns."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# Meanings of cells that contain others.
_INCLUDES = {
    "answer": ("yes", "no"),
    "sex": ("M", "F"),
    "alive": ("dead", "living", "yes", "no"),
    "ended": ("happened", "not happened", "alive"),
    "detected": ("yes", "no"),
    "missing": ("no result", "broken formula"),
}


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of this folder's files."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def split_words(cell: str) -> list[str]:
    """The phrases of a cell in which a bar stands between them."""
    return [phrase.strip() for phrase in cell.split("|") if phrase.strip()]


@cache
def read_forms(name: str) -> tuple[re.Pattern[str], ...]:
    """Each of the rows of a name in ``patterns.csv``, in capitals or small letters."""
    rows = [row["pattern"] for row in read_rows("patterns.csv") if row["name"] == name]
    if not rows:
        raise KeyError(name)
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in rows)


@cache
def read_pattern(name: str) -> re.Pattern[str]:
    """Any of the rows of a name in ``patterns.csv``."""
    return re.compile("|".join(form.pattern for form in read_forms(name)), re.IGNORECASE)


@cache
def read_header_words(role: str) -> tuple[str, ...]:
    """The words of headers and of names of tables that have a role in ``header_words.csv``."""
    own = (row["words"] for row in read_rows("header_words.csv") if row["role"] == role)
    return tuple(phrase for cell in own for phrase in split_words(cell))


@cache
def read_cell_words(meaning: str) -> frozenset[str]:
    """The words of cells that have a meaning in ``cell_words.csv``, in small letters.

    ``yes``, ``no``, ``none``, ``tick``, ``M``, ``F``, ``no result`` and ``broken formula`` are
    what cells are read as (none may mean zero, or no), and ``dead``, ``living``,
    ``happened`` and ``not happened`` what a status is read as; ``answer``, ``sex``,
    ``alive``, ``ended``, ``detected``, ``marrow`` and ``missing`` are what a column is recognised
    by, and contain the former. ``month 1`` to ``month 12`` are the beginnings of their names.
    """
    own = (row["words"] for row in read_rows("cell_words.csv") if row["meaning"] == meaning)
    words = {phrase.casefold() for cell in own for phrase in split_words(cell)}
    return frozenset(words.union(*map(read_cell_words, _INCLUDES.get(meaning, ()))))
