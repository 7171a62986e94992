"""Columns of numbers as people and laboratories write them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pht_core.intake.cells.texts import as_text, clean_text, distinct_texts, is_text, note_cells
from pht_core.intake.notes import TableNotes
from pht_core.intake.words.word_lists import read_cell_words, read_pattern
from pht_core.model.units import written_unit

# What a cell was found to be, as bits; a cell may be several.
NOTHING, BROKEN, UNREADABLE, UNCLEAR, LIMIT, FLAGGED, WITH_UNIT, GROUPED, COMMA = (
    1 << bit for bit in range(9)
)

# Longer text is no number; patterns are not tried on it.
LONGEST = 100
PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
FLAG = (
    r"[(\[]?\s*(?:[HL]{1,2}|AA?|N|[*!↓↑▼▲]+|低|高|偏低|偏高|危急?"
    r"|(?i:low|high|crit(?:ical)?|abn(?:ormal)?))\s*[)\]]?"
)
FLAGS = re.compile(rf"(?:{FLAG}[\s,;]*){{1,3}}")
UNIT_AND_FLAGS = re.compile(rf"(.*?)\s+(?:{FLAG}[\s,;]*){{1,3}}")
CELL = re.compile(
    r"(?P<limit><=|>=|=<|=>|[<>≤≥≦≧⩽⩾])?\s*"
    r"(?P<flag>(?:[HL]{1,2}\s|[(\[][HL]{1,2}[)\]]|[*↓↑]+)\s*)?"
    r"(?P<sign>[+-]?)\s*"
    r"(?P<body>\d+(?:[ ']\d{3}(?!\d))*(?:[.,]\d+)*(?:\.(?!\d))?|[.,]\d+)"
    r"(?P<power>[eE][+-]?\d+)?\s*(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
NUMBERS = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?!\w)")
SPACED = re.compile(r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?", re.ASCII)
WITH_POINT = re.compile(r"\d+\.?\d*|\.\d+|(?P<groups>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)", re.ASCII)
WITH_COMMA = re.compile(
    r"\d+(?:,\d+)?|,\d+|\d+\.|(?P<groups>[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?)", re.ASCII
)

ELDEST = 85
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}


class Numeral(NamedTuple):
    """A cell's parts before it is known which mark its decimals have."""

    kind: int
    point: float = np.nan
    comma: float = np.nan
    point_groups: bool = False
    comma_groups: bool = False
    limit: str = ""
    unit: str = ""


def read_cell(text: str) -> Numeral:
    """What a cell can mean: a number with its limit, flag and unit; no result; or nothing known."""
    if len(text) <= LONGEST and PLAIN.fullmatch(text) and np.isfinite(number := float(text)):
        head, _, tail = text.lstrip("+-").partition(".")
        if not tail:
            return Numeral(0, number, number)
        if len(tail) != 3 or len(head) > 3 or head[:1] in ("", "0"):
            return Numeral(0, number)
    text = clean_text(text)
    word = text.casefold()
    if not word or word in read_cell_words("no result"):
        return Numeral(NOTHING)
    if word in read_cell_words("broken formula"):
        return Numeral(BROKEN)
    parts = CELL.fullmatch(_with_sign(text)) if len(text) <= LONGEST else None
    if parts is None:
        return Numeral(UNREADABLE)
    kind, rest, unit = FLAGGED if parts["flag"] else 0, parts["rest"].strip(), ""
    if rest and FLAGS.fullmatch(rest):
        kind |= FLAGGED
    elif rest:
        unit, behind = written_unit(rest), UNIT_AND_FLAGS.fullmatch(rest)
        if not unit and behind:
            unit = written_unit(behind[1])
            kind |= FLAGGED
        if not unit:
            return Numeral(UNREADABLE)
        kind |= WITH_UNIT
    by_point, by_comma, point_groups, comma_groups = _readings(parts["body"], parts["power"] or "")
    if np.isnan(by_point) and np.isnan(by_comma):
        return Numeral(UNREADABLE)
    if parts["sign"] == "-":
        by_point, by_comma = -by_point, -by_comma
    limit = parts["limit"] or ""
    if limit:
        kind |= LIMIT
        limit = "<" if set(limit) & set("<≤≦⩽") else ">"
    return Numeral(kind, by_point, by_comma, point_groups, comma_groups, limit, unit)


def _with_sign(text: str) -> str:
    """A cell with words for a limit, as "less than 0.1", "undetectable (0.1)", as one with "<"."""
    if text[:1].isdigit():
        return text
    for name, sign in (("less than", "<"), ("more than", ">")):
        found = read_pattern(name).match(text)
        if found and text[found.end() : found.end() + 1].isdigit():
            return sign + text[found.end() :]
    numbers = NUMBERS.findall(text) if is_below_detection(text) else []
    return f"<{numbers[0]}" if len(numbers) == 1 else text


def is_below_detection(text: str) -> bool:
    """Whether a cell says that a count was too low to be measured, be it without a limit."""
    return bool(read_pattern("below detection").search(text))


def _readings(body: str, power: str) -> tuple[float, float, bool, bool]:
    """A number with a decimal point and with a decimal comma; and whether each reading groups."""
    spaced = bool(SPACED.fullmatch(body))
    body = body.replace(" ", "").replace("'", "") if spaced else body
    point, comma = WITH_POINT.fullmatch(body), WITH_COMMA.fullmatch(body)
    by_point = float(body.replace(",", "") + power) if point else np.nan
    plain = body.rstrip(".").replace(".", "").replace(",", ".")
    by_comma = float(plain + power) if comma else np.nan
    if np.inf in (by_point, by_comma):
        return np.nan, np.nan, False, False
    grouped = [spaced or bool(way and way["groups"]) for way in (point, comma)]
    return by_point, by_comma, grouped[0], grouped[1]


def is_unread(text: str) -> bool:
    """Whether a cell is neither empty, nor a word for no result, nor a number."""
    return bool(read_cell(text).kind & UNREADABLE)


def is_limit(text: str) -> bool:
    """Whether a cell gives a limit that a count is below or above."""
    return bool(read_cell(text).kind & LIMIT)


def is_number(text: str) -> bool:
    """Whether a cell is a number or a percentage, be it with a limit or a flag.

    >>> is_number("<0.1"), is_number("98 L"), is_number("1,234"), is_number("40%"), is_number("7 d")
    (True, True, True, True, False)
    """
    cell = read_cell(text)
    return not cell.kind & (NOTHING | BROKEN | UNREADABLE) and cell.unit in ("", "%")


def is_class(text: str) -> bool:
    """Whether an age is a class of ages; more than 85 or 89 is how the eldest are kept unknown.

    >>> [is_class(text) for text in ("<60", "60-69", "60+", ">89", "61")]
    [True, True, True, False, False]
    """
    cell = read_cell(text)
    eldest = cell.limit == ">" and cell.point >= ELDEST
    ranged = read_pattern("class of ages").fullmatch(clean_text(text))
    return bool((cell.limit and not eldest) or (ranged and not float(ranged[1]) >= ELDEST))


def read_grade(text: str) -> str | None:
    """A grade as its number, from ``Grade 2``, ``III``, ``G3`` or a word for none.

    Empty for what is no grade by its own account (not done); None for what is not understood.

    >>> [read_grade(text) for text in ("Grade 2", "III", "none", "n.a.", "3-4")]
    ['2', '3', '0', '', None]
    """
    word = clean_text(text).casefold()
    found = read_pattern("grade").fullmatch(word)
    if found:
        return ROMAN.get(found[1], found[1])
    if word in read_cell_words("none") | read_cell_words("no") or read_pattern(
        "no grade"
    ).fullmatch(word):
        return "0"
    known = not word or word in read_cell_words("no result")
    return "" if known or (is_number(text) and not read_cell(text).limit) else None


def value_of(cell: Numeral, mark: str, unit_in_cells: bool) -> tuple[float, int]:
    """A cell's number under a decimal mark, and its kinds."""
    kind = cell.kind
    if kind & (NOTHING | BROKEN | UNREADABLE):
        return np.nan, kind
    if kind & WITH_UNIT and not unit_in_cells:
        return np.nan, WITH_UNIT
    same = cell.point == cell.comma
    if not same and not np.isnan(cell.point) and not np.isnan(cell.comma) and not mark:
        return np.nan, UNCLEAR
    by_comma = np.isnan(cell.point) or (mark == "," and not np.isnan(cell.comma))
    number = cell.comma if by_comma else cell.point
    if by_comma and not same and number % 1:
        kind |= COMMA
    if cell.comma_groups if by_comma else cell.point_groups:
        kind |= GROUPED
    if cell.limit:
        number = float(np.nextafter(number, -np.inf if cell.limit == "<" else np.inf))
    return number, kind


def shown_marks(cells: Sequence[Numeral]) -> set[str]:
    """The decimal marks of cells that can be read in one way only."""
    read = [cell for cell in cells if not (np.isnan(cell.point) and np.isnan(cell.comma))]
    point = any(np.isnan(cell.comma) for cell in read)
    comma = any(np.isnan(cell.point) for cell in read)
    return {mark for mark, shown in ((".", point), (",", comma)) if shown}


def has_unclear(cells: Sequence[Numeral]) -> bool:
    """Whether a comma may be a decimal mark. A lone point, as in 1.234, is always taken for one."""
    return any(
        cell.point_groups and not cell.comma_groups and cell.point != cell.comma
        for cell in cells
        if not np.isnan(cell.comma)
    )


def decimal_mark(cells: Sequence[Numeral], decimal: str) -> str:
    shown = shown_marks(cells)
    if len(shown) == 1:
        return shown.pop()
    return decimal or ("" if shown or has_unclear(cells) else ".")


# The findings about kinds of cells, in the order in which they are listed.
FOUND = {
    UNREADABLE: "cells_not_numbers",
    BROKEN: "cells_with_formula_error",
    UNCLEAR: "cells_with_unclear_mark",
    NOTHING: "cells_without_result",
    LIMIT: "cells_at_limit",
    FLAGGED: "cells_with_flag",
    GROUPED: "cells_with_thousands_separator",
    COMMA: "cells_with_decimal_comma",
}


def convert_numbers(
    values: pd.Series,
    notes: TableNotes,
    *,
    whole: bool = False,
    decimal: str = "",
    unit_in_cells: bool = False,
) -> pd.Series:
    """Cells as numbers; what is none, or could be two, becomes missing, with a finding.

    ``<0.1`` is the number just below 0.1, ``>1000`` the one just above 1000; a laboratory's flag
    (``98 L``) is left out; marks between thousands are. All of it is noted.

    whole : only whole numbers count.
    decimal : the mark that decides over ``1,234`` where the column itself does not (see
        `needs_decimal`); without it such cells are missing.
    unit_in_cells : units behind numbers are left out (see `cell_units`: only where they agree);
        otherwise such cells are missing.
    """
    if not is_text(values):
        numbers = _typed_numbers(values, notes)
    else:
        distinct = distinct_texts(values)
        cells = [read_cell(text) for text in distinct[1]]
        mark = decimal_mark(cells, decimal)
        if len(shown_marks(cells)) > 1:
            # One of each mark; of several the first.
            first = {
                shown_marks([cell]).pop(): text
                for cell, text in reversed(list(zip(cells, distinct[1], strict=True)))
                if shown_marks([cell])
            }
            notes.report("decimal_marks_mixed", values.name, value=first[","], point=first["."])
        results, kinds = np.full(len(cells) + 1, np.nan), np.zeros(len(cells), dtype=np.int64)
        for i, cell in enumerate(cells):
            results[i], kinds[i] = value_of(cell, mark, unit_in_cells)
        names = FOUND if unit_in_cells else {WITH_UNIT: "cells_with_unit", **FOUND}
        note_cells(kinds, names, values, distinct, notes)
        numbers = pd.Series(results[distinct[0]], index=values.index, name=values.name)
    return _only_whole(numbers, notes) if whole else numbers


def _cells_of(values: pd.Series) -> list[Numeral]:
    """What the distinct cells of a column can mean; empty for one that the file itself types."""
    return [read_cell(text) for text in distinct_texts(values)[1]] if is_text(values) else []


def needs_decimal(values: pd.Series) -> bool:
    """Whether a column cannot be read before it is known which mark its decimals have.

    It cannot where cells such as ``1,234`` may be either and no other cell of the column
    settles it.
    """
    cells = _cells_of(values)
    shown = shown_marks(cells)
    if len(shown) == 2:  # a column of two minds settles nothing
        numbers = [(cell.point, cell.comma) for cell in cells]
        return any(np.isfinite(pair).all() and pair[0] != pair[1] for pair in numbers)
    return not shown and has_unclear(cells)


def settle_mark(values: pd.Series, low: float, high: float, *, whole: bool) -> str | None:
    """The decimal mark under which a column's cells that can be read in two ways are believable.

    Empty where no cell needs it; None where both or neither would do. Believable in the column's
    unit are ``low`` to ``high``, and only ``whole`` numbers of cells in a microlitre.
    """
    cells = _cells_of(values)
    unclear = [one for one in cells if one.point_groups != one.comma_groups]
    unclear = [one for one in unclear if np.isfinite([one.point, one.comma]).all()]
    if not unclear or len(shown_marks(cells)) == 1:
        return ""
    ways = {".": [one.point for one in unclear], ",": [one.comma for one in unclear]}
    fits = {
        mark
        for mark, numbers in ways.items()
        if all(low <= n <= high and not (whole and n % 1) for n in numbers)
    }
    return fits.pop() if len(fits) == 1 else None


def decimal_marks(values: pd.Series) -> set[str]:
    """The decimal marks that a column shows beyond doubt, to be pooled over a file.

    None for a column of whole numbers, two for one whose cells contradict each other.
    """
    return shown_marks(_cells_of(values))


def cell_units(values: pd.Series) -> dict[str, int]:
    """The units that stand behind numbers in a column's cells, with how many cells have each.

    In the spelling of ``units.csv``; a unit that takes the quantity to know as it is written.
    Cells with a bare number are counted under an empty name.
    """
    if not is_text(values):
        return {"": int(values.notna().sum())} if values.notna().any() else {}
    codes, texts = distinct_texts(values)
    counts: dict[str, int] = {}
    per_text = np.bincount(codes[codes >= 0], minlength=len(texts))
    for text, n in zip(texts, per_text, strict=True):
        cell = read_cell(text)
        if n and not cell.kind & (NOTHING | BROKEN | UNREADABLE):
            counts[cell.unit] = counts.get(cell.unit, 0) + int(n)
    return counts


def _typed_numbers(values: pd.Series, notes: TableNotes) -> pd.Series:
    """A column that the file itself types: numbers as they are, anything else lost."""
    numbers = pd.Series(np.nan, index=values.index, name=values.name)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype(float)
    lost = values.notna().to_numpy() & ~np.isfinite(numbers.to_numpy())
    if lost.any():
        codes = np.where(lost, 0, np.where(values.notna(), 1, -1))
        texts = [as_text(values[lost].iloc[0]), ""]
        note_cells(np.array([UNREADABLE, 0]), FOUND, values, (codes, texts), notes)
        numbers = numbers.mask(lost)
    return numbers


def _only_whole(numbers: pd.Series, notes: TableNotes) -> pd.Series:
    broken = (numbers % 1 > 0).to_numpy()
    if not broken.any():
        return numbers
    place, n, total = int(broken.argmax()), int(broken.sum()), int(numbers.notna().sum())
    line, value = notes.line(numbers, place), numbers.iloc[place]
    notes.report("numbers_not_whole", numbers.name, row=line, value=value, n=n, total=total)
    return numbers.mask(broken)
