"""What a column's cells say of its meaning: do they fit the kind of field that a header names."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from pht_core.intake.cells.dates import looks_like_date
from pht_core.intake.cells.numbers import read_grade
from pht_core.intake.words.fields import Field
from pht_core.intake.words.vocabulary import (
    recognise_drug,
    recognise_endpoint,
    recognise_event,
    recognise_support,
    recognise_test,
)
from pht_core.intake.words.word_lists import read_cell_words, read_pattern

ROWS_SAMPLED = 2_000
CELLS_WEIGHED = 200
MOST_KINDS = 12  # distinct words in a column of answers
LONGEST_CELL = 200  # letters; what is longer is a text, and its beginning shows it
FARTHEST_DAY = 20_000  # a greater number is the serial of a date in Excel
SERIALS = (20_000, 80_000)
DAY_FIELDS = ("day", "start_day", "end_day")
# ADaM's and SDTM's days, which have no day 0: day 1 is the first of treatment.
ADAM_DAYS = frozenset(
    {"ADY", "LBDY", "VSDY", "ASTDY", "AENDY", "AESTDY", "CMSTDY", "CMENDY", "EXSTDY", "EXENDY"}
)

_NUMBER = re.compile(
    r"^[<>≤≥=~≈＜＞]*\s*[-+−]?(?:\d[\d.,'’ \u00a0\u202f]*|[.,]\d+)(?:[eE][-+]?\d+)?"
)
# A range of normal, or its lower end alone.
NORMAL_RANGE = re.compile(r"(?:[>≥]=?\s*)?(\d+(?:[.,]\d+)?)\s*(?:$|(?:[-–~]|to|bis|a|à)\s*\d)")
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_FLAGGED = re.compile(r"^(?:[hl*↑↓]+|high|low)\s+\d", re.I)
_DAY = re.compile(
    r"^\s*(?:d|day|tag|jour|j|x|第)?\s*[-+−–.]?\s*\d{1,5}(?:\.0+)?\s*(?:天|日|d|days?)?\s*$", re.I
)


@cache
def _words_for(meaning: str) -> frozenset[str]:
    """The words of a meaning (an answer, a sex, alive or dead) as `_as_word` writes cells."""
    return frozenset(map(_as_word, read_cell_words(meaning)))


def _as_word(text: str) -> str:
    return " ".join(re.sub(r"[/,;_]|(?<=:) ", " ", text.casefold()).split())


@dataclass(frozen=True)
class Cells:
    """What was looked at of a column.

    texts : its distinct cells among the first `ROWS_SAMPLED` rows, as text, missing words out.
    numbers : its numbers there; empty for a column of text.
    typed_dates : the file itself types the column as dates.
    repeats : some rows have the same cell, and some another.
    """

    texts: tuple[str, ...]
    numbers: tuple[float, ...] = ()
    typed_dates: bool = False
    repeats: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the column."""
        return not self.texts

    @property
    def some(self) -> tuple[str, ...]:
        """At most `CELLS_WEIGHED` of the cells, from all over the rows looked at."""
        return self.texts[:: -(-len(self.texts) // CELLS_WEIGHED) or 1]


def sample_cells(column: pd.Series) -> Cells:
    """Distinct cells of a column's first rows; quick however long the column is."""
    head = column.iloc[:ROWS_SAMPLED]
    if isinstance(head.dtype, pd.CategoricalDtype):
        codes = np.unique(head.cat.codes.to_numpy())
        distinct = head.cat.categories.take(codes[codes >= 0]).tolist()
    else:
        distinct = head.dropna().unique().tolist()
    repeats = 1 < len(distinct) < int(head.count())
    if pd.api.types.is_datetime64_any_dtype(head.dtype):
        return Cells(tuple(str(cell) for cell in distinct), typed_dates=True, repeats=repeats)
    if pd.api.types.is_numeric_dtype(head.dtype) and not pd.api.types.is_bool_dtype(head.dtype):
        numbers = tuple(float(cell) for cell in distinct if np.isfinite(cell))
        return Cells(tuple(f"{one:.15g}" for one in numbers), numbers, repeats=repeats)
    stripped = (str(cell)[:LONGEST_CELL].strip() for cell in distinct)
    missing = {"", *read_cell_words("missing")}
    return Cells(tuple(t for t in stripped if t.casefold() not in missing), repeats=repeats)


def share(cells: Cells, fits: Callable[[str], object]) -> float:
    """The share of the distinct cells that fit, of many a part."""
    texts = cells.some
    return sum(bool(fits(text)) for text in texts) / len(texts)


def looks_like_number(text: str) -> bool:
    """Whether a cell holds a number, perhaps with a sign or a laboratory's flag."""
    return bool(_NUMBER.match(text) or _FLAGGED.match(text)) and not looks_like_date(text)


def holds_ranges(cells: Cells) -> bool:
    """Whether a column's cells are ranges, as those of normal are: 115-150."""
    if cells.is_empty or cells.numbers or holds_dates(cells):
        return False
    found = [NORMAL_RANGE.match(text.strip("()[] ")) for text in cells.some]
    return 2 * sum(bool(one and re.search(r"\D\d+$", one[0])) for one in found) > len(found)


def holds_dates(cells: Cells) -> bool:
    """Whether a column holds dates, be it as Excel's serials."""
    if cells.typed_dates:
        return True
    if cells.numbers:
        return all(
            SERIALS[0] <= number <= SERIALS[1] or _is_compact(number) for number in cells.numbers
        )
    # Beside dates as texts a spreadsheet may have left its own numbers.
    dates = 0.0 if cells.is_empty else share(cells, looks_like_date)
    return bool(dates) and dates + share(cells, _SERIAL.fullmatch) > 0.5


def _is_compact(number: float) -> bool:
    return 19_000_101 <= number <= 21_001_231 and looks_like_date(f"{number:.0f}")


def holds_days(cells: Cells) -> bool:
    """Whether a column holds days counted from some day 0: whole numbers that are no dates."""
    if cells.numbers:
        whole = sum(number == int(number) for number in cells.numbers) / len(cells.numbers)
        return whole > 0.9 and max(map(abs, cells.numbers)) < FARTHEST_DAY
    return not cells.is_empty and not cells.typed_dates and share(cells, _DAY.match) > 0.5


def has_day_0(texts: Iterable[str]) -> bool:
    """Whether some cell of a column of days is a 0."""
    return any(text.strip() in ("0", "0.0", "-0") for text in texts)


def names_days(cells: Cells) -> bool:
    """Whether a column's words name days, as visits do: "Day 14", "baseline"."""
    if cells.is_empty or cells.numbers or cells.typed_dates or holds_dates(cells):
        return False
    return share(cells, read_pattern("names a day").search) > 0.5


def holds_answers(cells: Cells) -> bool:
    """Whether every cell is a yes or a no."""
    return not cells.is_empty and share(cells, is_word_for("answer")) == 1


def is_word_for(meaning: str) -> Callable[[str], bool]:
    """Whether a cell is one of the words with a meaning."""
    return lambda text: _as_word(text) in _words_for(meaning)


_ONE_IS_ENOUGH: dict[str, Callable[[str], object]] = {
    "test": lambda text: recognise_test(text) or recognise_endpoint(text),
    "drug": lambda text: recognise_drug(text) or recognise_support(text),
    "support_kind": recognise_support,
    "event": recognise_event,
    "visit": lambda text: read_pattern("names a day").search(text),
}
_WORDS_OF: dict[str, Callable[[str], object]] = {
    "car_t": is_word_for("detected"),
    "marrow": is_word_for("marrow"),
}


def is_status(name: str) -> bool:
    """Whether a field says that something happened (who died, whose time ended in the event)."""
    return name in ("vital_status", "progressed") or name.endswith("_event")


def fit_of(field: Field, cells: Cells) -> float | None:
    """The share of cells that such a field could hold; None if there is nothing to judge by.

    Of words (tests, drugs, kinds of support, events) one that is known is enough: a column of
    them usually holds many that are of no use here.
    """
    if cells.is_empty:
        return None
    if field.name in _ONE_IS_ENOUGH:
        return float(any(map(_ONE_IS_ENOUGH[field.name], cells.texts)))
    if field.name in _WORDS_OF:
        return share(cells, _WORDS_OF[field.name])
    if is_status(field.name):
        return share(cells, is_word_for("ended"))
    if field.name == "subject_id":
        # One value in every row may be a study or a site; but a file may be of one patient.
        return 0.0 if cells.typed_dates else 1.0 if len(cells.texts) > 1 else 0.6
    return _fit_of_kind(field, cells)


def _fit_of_kind(field: Field, cells: Cells) -> float:
    dates = holds_dates(cells)
    if field.kind == "date":
        return float(dates)
    if field.kind == "day":
        return float(holds_days(cells))
    if field.kind == "text" or (field.kind == "time" and dates):
        return 1.0
    if cells.typed_dates:
        return 0.0
    if field.name in ("crs_grade", "icans_grade"):
        return share(cells, lambda text: looks_like_number(text) or read_grade(text) is not None)
    numbers = share(cells, looks_like_number)
    answers = share(cells, is_word_for("answer"))
    if field.kind == "yes_no" and field.table == "subjects" and answers + numbers != 1:
        # Words may tell the kind of what is asked (allo, CNS): what they mean is asked.
        return max(numbers, answers, 0.5 if len(cells.texts) <= MOST_KINDS else 0.0)
    if field.kind == "sex":
        return share(cells, is_word_for("sex"))
    if field.name == "censor":
        return float(set(cells.numbers) <= {0.0, 1.0}) if cells.numbers else answers
    if field.kind == "yes_no" or (field.table == "prednisone" and field.name != "dose"):
        return max(numbers, answers)
    return numbers


def is_coded(text: str) -> bool:
    """Whether a cell is a bare code, of which only a list of labels could tell the meaning."""
    return bool(re.fullmatch(r"\d{1,2}(?:\.0)?", text))
