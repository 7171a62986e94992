"""Distinct texts of a column, and the findings about those that are no result."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pht_core.intake.notes import TableNotes

LONGEST_SHOWN = 60

# Each cell's place in a list of distinct texts, -1 for a missing one; and that list.
Distinct = tuple[NDArray[np.intp], list[str]]

SIGNS = str.maketrans("−–—﹣‐‑’‘`´", "------''''", "\u200b\u200e\u200f\ufeff\u00ad")
SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")


def distinct_texts(values: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    """Each cell's place in a list of distinct stripped texts, -1 for missing ones.

    A blank text is missing. Texts of categories that no cell has are empty.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy().astype(np.intp)
        found = values.cat.categories
    else:
        try:
            codes, found = pd.factorize(values)
        except TypeError:  # lists and other nested cells
            codes, found = pd.factorize(values.map(as_text, na_action="ignore"))
    used = np.bincount(codes + 1, minlength=len(found) + 1)[1:] > 0
    texts = [
        (text if isinstance(text, str) else as_text(text)).strip() if here else ""
        for text, here in zip(found, used, strict=True)
    ]
    blank = np.array([not text for text in texts] + [True])
    if (blank[:-1] & used).any():
        codes = np.where(blank[codes], -1, codes)
    return codes, texts


def clean_text(text: str) -> str:
    """A text in plain signs: full-width digits, spaces of all kinds, minus signs, apostrophes.

    Superscripts become ``^9``; other digits that are none (fractions, circled ones) stay.
    """
    if text.isascii():
        return text.strip()
    text = SUPERSCRIPT.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[0]), text)
    if not any(unicodedata.category(sign) == "No" for sign in text):
        text = unicodedata.normalize("NFKC", text)
    return text.translate(SIGNS).strip()


def convert_text(values: pd.Series) -> pd.Series:
    """Cells as stripped words, empty ones missing; categories stay categories."""
    codes, texts = distinct_texts(values)
    places, words = pd.factorize(np.array([*texts, ""], dtype=object))
    codes = np.where(codes < 0, -1, places[codes])
    if isinstance(values.dtype, pd.CategoricalDtype):
        array = pd.Categorical.from_codes(codes.tolist(), categories=pd.Index(words))
        return pd.Series(array.remove_unused_categories(), index=values.index, name=values.name)
    cells = np.append(words, np.nan)[codes]
    return pd.Series(cells, index=values.index, name=values.name, dtype=object)


def note_cells(
    kinds: NDArray[np.int64],
    names: Mapping[int, str],
    values: pd.Series,
    distinct: Distinct,
    notes: TableNotes,
) -> None:
    """Add a finding for each kind of cell (a bit of ``kinds``), with its number and the first."""
    codes, texts = distinct
    total = int((codes >= 0).sum())
    for bit, name in names.items():
        here = np.append((kinds & bit) > 0, False)
        cells = np.flatnonzero(here[codes])
        if not cells.size:
            continue
        first = texts[codes[cells[0]]]
        line = notes.line(values, int(cells[0]))
        value = first if len(first) <= LONGEST_SHOWN else f"{first[: LONGEST_SHOWN - 1]}…"
        where = f" in line {line}" if line != "" else ""
        n = int(cells.size)
        notes.report(name, values.name, row=line, value=value, n=n, total=total, where=where)


def is_text(values: pd.Series) -> bool:
    """Whether a column holds texts to be read, not numbers, answers or dates."""
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return True
    return pd.api.types.is_object_dtype(kind) or isinstance(kind, pd.StringDtype)


def as_text(value: Any) -> str:
    """A cell that is no text as people would write it."""
    if isinstance(value, (pd.Timestamp, np.datetime64)):
        return pd.Timestamp(value).isoformat().replace("T00:00:00", "")
    if isinstance(value, (float, np.floating)):
        return f"{value:.0f}" if float(value).is_integer() else repr(float(value))
    return str(value)
