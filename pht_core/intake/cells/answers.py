"""Columns of answers and of sexes, in the spellings of any usual language."""

import re

import numpy as np
import pandas as pd

from pht_core.intake.cells.numbers import NOTHING, UNREADABLE
from pht_core.intake.cells.texts import clean_text, distinct_texts, note_cells
from pht_core.intake.notes import TableNotes
from pht_core.intake.words.word_lists import read_cell_words

CODE = re.compile(r"-?\d+(?:\.0+)?", re.ASCII)
CODED = 1 << 10
FOUND_ANSWERS = {
    UNREADABLE: "answers_unreadable",
    CODED: "answers_coded",
    NOTHING: "answers_unknown",
}
FOUND_SEXES = {UNREADABLE: "sexes_unreadable", CODED: "sexes_coded", NOTHING: "sexes_unknown"}


def convert_answers(values: pd.Series, notes: TableNotes) -> pd.Series:
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
    yes, no = read_cell_words("yes") - crossed, read_cell_words("no")
    for i, word in enumerate(words):
        code = int(float(word)) if CODE.fullmatch(word) else None
        if (code == 1 and plain) or (code is None and word in yes):
            answers[i] = 1
        elif code == 0 or (code is None and word in no) or (word == "-" and minus):
            answers[i] = 0
        elif word:
            kinds[i] = _kind_of_unread(word)
    note_cells(kinds, FOUND_ANSWERS, values, distinct, notes)
    cells = answers[distinct[0]]
    # Where yes is a tick and no is never written an empty cell may be a no.
    used = {word for word, answer in zip(words, answers, strict=False) if answer != -1}
    n_empty = int((cells == -1).sum())
    if used and n_empty and used <= read_cell_words("tick"):
        notes.report("answers_ticked", values.name, value=min(used), n=n_empty)
    array = pd.arrays.BooleanArray(cells == 1, cells == -1)
    return pd.Series(array, index=values.index, name=values.name)


def convert_sexes(values: pd.Series, notes: TableNotes) -> pd.Series:
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
            kinds[i] = _kind_of_unread(word)
    note_cells(kinds, FOUND_SEXES, values, distinct, notes)
    return pd.Series(sexes[distinct[0]], index=values.index, name=values.name, dtype=object)


def _kind_of_unread(word: str) -> int:
    if word in read_cell_words("no result"):
        return NOTHING
    return CODED if CODE.fullmatch(word) else UNREADABLE


def unread_answers(values: pd.Series) -> dict[str, str | None]:
    """Words of a column without any plain yes, and what each probably means.

    They say what kind there is ("allo", "CNS, testis"), and "none" that there is none.
    """
    texts = [text for text in distinct_texts(values)[1] if text]
    words = {text: clean_text(text).casefold() for text in texts}
    known = read_cell_words("no result") | read_cell_words("no") | {"-"}
    yes = read_cell_words("yes")
    if any(word in yes or CODE.fullmatch(word) for word in words.values()):
        return {}
    unread = [text for text, word in words.items() if word and word not in known]
    none = read_cell_words("none")
    return {
        text: "no" if words[text] in none else None if "?" in text else "yes" for text in unread
    }
