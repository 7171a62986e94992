"""Columns of answers and of sexes, in the spellings of any usual language."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pht_core.intake.cells.numbers import NOTHING, UNREADABLE
from pht_core.intake.cells.texts import (
    LineOf,
    Said,
    clean_text,
    distinct_texts,
    say_cells,
)
from pht_core.intake.words.word_lists import read_cell_words
from pht_core.model.findings import CHANGES, NOTE, Findings, finding

CODE = re.compile(r"-?\d+(?:\.0+)?", re.ASCII)
CODED = 1 << 10
_LOST = "They count as missing."
SAID_OF_ANSWERS: Said = {
    UNREADABLE: (
        CHANGES,
        "are neither yes nor no",
        _LOST,
        "Write Yes or No, or 1 or 0, or say in the mapping what they mean.",
    ),
    CODED: (
        CHANGES,
        "are codes of which it is not known whether they stand for yes or no",
        _LOST,
        "Say in the mapping what each code means.",
    ),
    NOTHING: (NOTE, "say that the answer is not known", _LOST, ""),
}
SAID_OF_SEXES: Said = {
    UNREADABLE: (
        CHANGES,
        "are neither M nor F",
        _LOST,
        "Write M or F, or say in the mapping what they mean.",
    ),
    CODED: (
        CHANGES,
        "are codes of which it is not known whether they stand for M or F",
        _LOST,
        "Say in the mapping what each code means.",
    ),
    NOTHING: (NOTE, "say that the sex is not known", _LOST, ""),
}


def convert_answers(
    values: pd.Series, table: str, findings: Findings, line_of: LineOf = None
) -> pd.Series:
    """Cells as yes, no or missing, whatever the language; 1 is yes and 0 is no.

    Other codes (1 and 2) are never guessed: without a 0 beside it a 1 is none either. ``-`` is no
    where the column also has ``+``, otherwise missing. ``x`` is yes, but beside ``✓`` unclear.
    """
    distinct = distinct_texts(values)
    words = [clean_text(text).casefold() for text in distinct[1]]
    codes = {int(float(word)) for word in words if CODE.fullmatch(word)}
    plain = 0 in codes or not codes - {1}
    minus = any(word and not word.strip("+") for word in words)
    crossed = {"x"} if set(words) & (read_cell_words("tick") - {"x", "checked"}) else set()
    answers, kinds = np.full(len(words) + 1, -1), np.zeros(len(words), dtype=np.int64)
    for i, word in enumerate(words):
        code = int(float(word)) if CODE.fullmatch(word) else None
        if (code == 1 and plain) or (code is None and word in read_cell_words("yes") - crossed):
            answers[i] = 1
        elif (
            code == 0 or (code is None and word in read_cell_words("no")) or (word == "-" and minus)
        ):
            answers[i] = 0
        elif word:
            kinds[i] = (
                NOTHING
                if word in read_cell_words("no result")
                else UNREADABLE
                if code is None
                else CODED
            )
    say_cells(kinds, SAID_OF_ANSWERS, values, distinct, table, findings, line_of)
    cells = answers[distinct[0]]
    _say_ticks(words, answers, cells, values, table, findings)
    array = pd.arrays.BooleanArray(cells == 1, cells == -1)
    return pd.Series(array, index=values.index, name=values.name)


def _say_ticks(
    words: list[str],
    answers: NDArray[np.int_],
    cells: NDArray[np.int_],
    values: pd.Series,
    table: str,
    findings: Findings,
) -> None:
    """Where yes is a tick and no is never written an empty cell may be a no."""
    used = {word for word, answer in zip(words, answers, strict=False) if answer != -1}
    n_empty = int((cells == -1).sum())
    if used and n_empty and used <= read_cell_words("tick"):
        text = f"Cells of {values.name} are ticked ({min(used)!r}) or empty, {n_empty} are empty."
        done = "An empty cell counts as missing, not as no."
        to_do = "Write No where the answer is no."
        findings.append(finding(NOTE, table, str(values.name), text, done, to_do))


def convert_sexes(
    values: pd.Series, table: str, findings: Findings, line_of: LineOf = None
) -> pd.Series:
    """Cells as M, F or missing, whatever the language; codes such as 1 and 2 are never guessed."""
    distinct = distinct_texts(values)
    words = [clean_text(text).casefold() for text in distinct[1]]
    known = {word: sex for sex in ("M", "F") for word in read_cell_words(sex)}
    # M is mujer beside H (hombre) or V (varón), but man beside V (vrouw).
    if "m" in words and {"h", "v"} & set(words) and not {"f", "w"} & set(words):
        del known["m"], known["h"]
    sexes, kinds = np.full(len(words) + 1, np.nan, object), np.zeros(len(words), dtype=np.int64)
    for i, word in enumerate(words):
        sexes[i] = known.get(word, np.nan)
        if word and word not in known:
            coded = CODE.fullmatch(word) is not None
            kinds[i] = (
                NOTHING if word in read_cell_words("no result") else CODED if coded else UNREADABLE
            )
    say_cells(kinds, SAID_OF_SEXES, values, distinct, table, findings, line_of)
    return pd.Series(sexes[distinct[0]], index=values.index, name=values.name, dtype=object)
