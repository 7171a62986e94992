"""Claims in tables: ``46 (53.49)`` under ``(n = 86)``, or count and percent in two cells."""

import re
from dataclasses import dataclass

from pht_core.claims.claim import Reading
from pht_core.claims.finding.patterns import NUMBER
from pht_core.claims.reading.layout import (
    COUNT_HEAD,
    MEASURE,
    PERCENT_FIRST,
    PERCENT_HEAD,
    PERCENT_WORDS,
    Layout,
)
from pht_core.claims.reading.tables import Cell

_P = r"(?P<rel>[<>≤≥])?\s?(?P<p>\d{1,3}(?:\.\d{1,4})?|\.\d{1,3})"
_K = rf"(?P<k>{NUMBER})"
_N = rf"(?P<n>{NUMBER})"
_MARK = r"[\s*†‡§¶#^a-e]{0,4}"
# An interval behind the percent: "35 (76 [61-87])".
_BOUNDS = (
    r"(?:\s?[;,]?\s?[\[(]?\s?(?:95\s?%\s?CI[:,]?\s?)?\d[\d.]{0,5}\s?%?\s?(?:-|"
    r"to)\s?\d[\d.]{0,5}\s?%?"
    r"[\])]?)?"
)
_FORMS = tuple(
    re.compile(form + _MARK + "$")
    for form in (
        rf"{_K}\s?[*†‡^]?\s?[(\[]\s?{_P}\s?(?P<sign>%)?{_BOUNDS}\s?[)\]]",
        rf"{_K}\s?[,;/]?\s{{1,3}}{_P}\s?(?P<sign>%)",
        rf"{_P}\s?(?P<sign>%)\s?[(\[]\s?(?:n\s?=\s?)?{_K}\s?[)\]]",
    )
)
_PERCENT_FIRST_FORM = re.compile(
    rf"{_P}\s?(?P<sign>%)?\s?[(\[]\s?(?:n\s?=\s?)?{_K}\s?[)\]]{_MARK}$"
)
_FRACTION_FORMS = tuple(
    re.compile(form + _MARK + "$")
    for form in (
        rf"{_K}\s?(?:/|of)\s?{_N}\s?[(\[,;]\s?{_P}\s?(?P<sign>%)?\s?[)\]]?",
        rf"{_P}\s?(?P<sign>%)?\s?[(\[]\s?{_K}\s?(?:/|of)\s?{_N}\s?[)\]]",
    )
)
_FRACTION_HEAD = re.compile(r"n\s?/\s?N\b|no\.?\s?/\s?total", re.IGNORECASE)
_ALONE_FRACTION = re.compile(rf"{_K}\s?(?:/|of)\s?{_N}{_MARK}$")
_ALONE_K = re.compile(rf"{_K}{_MARK}$")
_ALONE_P = re.compile(rf"[(\[]?\s?{_P}\s?(?P<sign>%)?\s?[)\]]?{_MARK}$")


@dataclass(frozen=True)
class CellClaim:
    """A cell that may be a claim; ``marked``: something says that it is a percent."""

    row: int
    column: int
    reading: Reading
    marked: bool
    measure: bool


def find_cell_claims(layout: Layout, table_number: int) -> list[CellClaim]:
    """Every cell of a table with a count and a percent, its denominator still open."""
    found: list[CellClaim] = []
    pairs = _two_cell_columns(layout)
    for row in layout.body:
        if row in layout.total_rows:
            continue
        label = layout.label(row)
        for column in range(1, layout.table.width):
            cell = layout.cell(row, column)
            if not cell.text or not any(character.isdigit() for character in cell.text):
                continue
            if column in pairs:
                claim = _two_cells(layout, row, column, table_number)
            elif column - 1 in pairs:
                continue
            else:
                claim = _one_cell(layout, row, column, cell, label, table_number)
            if claim is not None:
                found.append(claim)
    return found


def _two_cell_columns(layout: Layout) -> set[int]:
    """Columns of counts whose right neighbour holds their percents."""
    found = set()
    for column in range(1, layout.table.width - 1):
        left, right = (_last_header(layout, at) for at in (column, column + 1))
        if PERCENT_HEAD.match(right) and (COUNT_HEAD.match(left) or _FRACTION_HEAD.match(left)):
            found.add(column)
    return found


def _last_header(layout: Layout, column: int) -> str:
    for row in reversed(layout.table.rows[: layout.body[0] if layout.body else 0]):
        if row[column].text:
            return row[column].text
    return ""


def _one_cell(
    layout: Layout, row: int, column: int, cell: Cell, label: str, table_number: int
) -> CellClaim | None:
    header = layout.headers[column]
    match = next((found for form in _FRACTION_FORMS if (found := form.match(cell.text))), None)
    if match is None:
        first = PERCENT_FIRST.search(header) or PERCENT_FIRST.search(label)
        forms = (_PERCENT_FIRST_FORM,) if first else _FORMS
        match = next((found for form in forms if (found := form.match(cell.text))), None)
    if match is None:
        return None
    marked = bool(
        match["sign"]
        or row in layout.percent_rows
        or (PERCENT_WORDS.search(header))
        or layout.percent_table
        or (column in layout.n_columns and any(map(PERCENT_WORDS.search, layout.headers)))
    )
    measure = bool(MEASURE.search(label)) and not PERCENT_WORDS.search(label) and not match["sign"]
    place = (table_number, row, column)
    return CellClaim(row, column, _reading(match, cell.start, cell, place), marked, measure)


def _reading(match: re.Match[str], start: int, cell: Cell, place: tuple[int, int, int]) -> Reading:
    groups = match.groupdict()
    explicit = groups.get("n") is not None
    return Reading(
        start=start,
        end=cell.start + match.end(),
        pct_start=start + match.start("p"),
        pct_end=start + match.end("p"),
        percent=match["p"],
        kind="table",
        numerator=int(match["k"].replace(",", "")),
        denominator=int(match["n"].replace(",", "")) if explicit else None,
        n_source="explicit" if explicit else None,
        relation=match["rel"] or "=",
        cell=place,
    )


def _two_cells(layout: Layout, row: int, column: int, table_number: int) -> CellClaim | None:
    left, right = layout.cell(row, column), layout.cell(row, column + 1)
    k = _ALONE_K.match(left.text) or _ALONE_FRACTION.match(left.text)
    p = _ALONE_P.match(right.text)
    if k is None or p is None:
        return None
    whole = k.groupdict().get("n")
    reading = Reading(
        start=left.start,
        end=right.end,
        pct_start=right.start + p.start("p"),
        pct_end=right.start + p.end("p"),
        percent=p["p"],
        kind="table",
        numerator=int(k["k"].replace(",", "")),
        denominator=int(whole.replace(",", "")) if whole else None,
        n_source="explicit" if whole else None,
        relation=p["rel"] or "=",
        cell=(table_number, row, column),
    )
    label = layout.label(row)
    return CellClaim(row, column, reading, True, bool(MEASURE.search(label)))
