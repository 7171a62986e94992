"""One cell as a number: what it can mean before it is known which mark its decimals have."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pht_core.cells.texts import clean_text, read_words
from pht_core.units import written_unit

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
SPACED = re.compile(r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?", re.ASCII)
WITH_POINT = re.compile(r"\d+\.?\d*|\.\d+|(?P<groups>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)", re.ASCII)
WITH_COMMA = re.compile(
    r"\d+(?:,\d+)?|,\d+|\d+\.|(?P<groups>[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?)", re.ASCII
)


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
    if not word or word in read_words("no result"):
        return Numeral(NOTHING)
    if word in read_words("broken formula"):
        return Numeral(BROKEN)
    parts = CELL.fullmatch(text) if len(text) <= LONGEST else None
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
