"""What a table's headers say: each column's N, what is percentages, which rows head others."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pht_core.claims.finding.patterns import read_expressions
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.reading.tables import Cell, Table

PATTERNS = read_expressions("layout")


MOST_ROWS_ABOVE = 60
LONGEST_NAME = 60  # of a row or a column


@dataclass(frozen=True)
class Layout:
    """What stands where in a table.

    ``body``: the numbers of the data rows; ``sections``: of the row that heads each, or -1;
    ``headers``, ``totals``: by column, the headers' words and the N that they name;
    ``row_totals``: the N that a row's label or its section names; ``percent_rows``,
    ``percent_table``: what is called percentages by its words; ``total_rows``: rows of N below
    others; ``rebases``: rows from which on another N may hold.
    """

    table: Table
    body: tuple[int, ...]
    headers: tuple[str, ...]
    totals: tuple[int | None, ...]
    row_totals: dict[int, int]
    sections: dict[int, int]
    percent_rows: frozenset[int]
    percent_table: bool
    caption_total: int | None
    total_rows: frozenset[int]
    rebases: tuple[tuple[int, dict[int, int]], ...]

    def label(self, row: int) -> str:
        return self.table.rows[row][0].text

    def cell(self, row: int, column: int) -> Cell:
        return self.table.rows[row][column]

    def text(self, row: int, column: int) -> str:
        return self.table.rows[row][column].text

    def heading(self, row: int) -> str:
        """The label of the section that a row stands in, empty where there is none."""
        section = self.sections.get(row, -1)
        return self.label(section) if section >= 0 else ""

    def cell_name(self, row: int, column: int, heading: str = "") -> str:
        """Where a cell stands, such as "Table 2, Neutropenia, grade 3-4, Arm A"."""
        name = PATTERNS["table_name"]
        named = name.search(self.table.caption) or name.match(heading)
        words = [
            " ".join(named[0].split()).capitalize() if named else "Table",
            self.heading(row),
            self.label(row),
            PATTERNS["header_n"].sub("", self.headers[column]),
        ]
        return ", ".join(short for one in words if (short := one.strip(" ,;:")[:LONGEST_NAME]))

    @cached_property
    def known_totals(self) -> dict[int, int]:
        """By column the N that its header names, the labels' column left out."""
        return {at: n for at, n in enumerate(self.totals) if n and at > 0}

    @cached_property
    def rows_of_totals(self) -> tuple[tuple[int, ...], ...]:
        """The N that each header row names, and the caption, where they are several, in order."""
        rows = self.table.rows[: self.body[0] if self.body else 0]
        named = [[_total_in([cell.text]) for cell in row] for row in rows]
        named.append([parse_count(n) for n in PATTERNS["n_equals"].findall(self.table.caption)])
        found = [tuple(n for n in row if n) for row in named]
        return tuple(row for row in found if len(row) > 1)

    @cached_property
    def n_columns(self) -> tuple[int, ...]:
        """Columns under "N" or "Total" that are not the counts beside a column of percentages."""
        heads = (*self.headers, "")
        return tuple(
            at
            for at in range(1, len(self.headers))
            if PATTERNS["n_column"].search(heads[at])
            and not PATTERNS["percentages_alone"].search(heads[at + 1])
        )

    def _n_column(self, column: int) -> int | None:
        """The column that holds a column's N: all stand behind theirs, or all before."""
        columns = self.n_columns
        if len(columns) < 2:
            return columns[0] if columns else None
        behind = [at for at in columns if at > column]
        before = [at for at in columns if at < column]
        side = behind[:1] if columns[0] > 1 else before[-1:]
        return side[0] if side else None

    def total_in_row(self, row: int, column: int) -> int | None:
        """The whole number of a row in the column that holds the N of ``column``."""
        at = self._n_column(column)
        return _whole(self.text(row, at)) if at is not None else None

    def total_above(self, row: int, column: int) -> int | None:
        """The same of the row above that has one, where this row has none: it may still hold."""
        at = self._n_column(column)
        lowest = row - MOST_ROWS_ABOVE
        while at is not None and row in self.sections and row > lowest:
            found = _whole(self.text(row, at))
            if found is not None or not PATTERNS["nothing"].match(self.text(row, at)):
                return found
            row -= 1
        return None

    def new_totals(self, row: int, column: int) -> list[int]:
        """Whole numbers above a cell in rows that name a population, the nearest first."""
        return [
            values[column] for at, values in reversed(self.rebases) if at < row and column in values
        ]

    @cached_property
    def missing_rows(self) -> dict[int, list[int]]:
        """By section the rows that count those of whom it is not known."""
        found: dict[int, list[int]] = {}
        for row in self.body:
            if PATTERNS["missing"].search(self.label(row)):
                found.setdefault(self.sections.get(row, -1), []).append(row)
        return found


def read_layout(table: Table) -> Layout:
    """What stands where in a table."""
    first = _first_data_row(table)
    headers = _headers(table, first)
    totals: list[int | None] = [_total_in(texts) for texts in headers]
    sections: dict[int, int] = {}
    row_totals: dict[int, int] = {}
    percent_rows: set[int] = set()
    total_rows: list[int] = []
    section, section_percent, section_total = -1, False, None
    for number, row in enumerate(table.rows[first:], start=first):
        label = row[0].text
        is_percent, total = bool(PATTERNS["percent_words"].search(label)), _total_in([label])
        if not any(cell.text for cell in row[1:]):
            section, section_percent, section_total = number, is_percent, total
            continue
        if _is_total_row(label, row):
            if not sections:
                _set_totals(totals, [_whole(cell.text) for cell in row[1:]])
                continue
            total_rows.append(number)
        sections[number] = section
        total = section_total if total is None else total
        if total is not None:
            row_totals[number] = total
        if is_percent or (section_percent and not PATTERNS["measure"].search(label)):
            percent_rows.add(number)
    for number in total_rows:
        if all(total is None for total in totals[1:]):
            _set_totals(totals, [_count_of(cell.text) for cell in table.rows[number][1:]])
    corner = headers[0][-1:] if headers else []
    whole = f"{table.caption} {' '.join(corner)}"
    return Layout(
        table,
        body=tuple(sections),
        headers=tuple(" ".join(texts) for texts in headers),
        totals=tuple(totals),
        row_totals=row_totals,
        sections=sections,
        percent_rows=frozenset(percent_rows),
        percent_table=bool(
            PATTERNS["percent_words"].search(whole) or PATTERNS["n_percent"].search(table.footnote)
        ),
        caption_total=_total_in([table.caption]),
        total_rows=frozenset(total_rows),
        rebases=_rebases(table, sections),
    )


def _rebases(table: Table, body: Iterable[int]) -> tuple[tuple[int, dict[int, int]], ...]:
    """Rows such as "Safety population  175  165", from which on another N may hold."""
    found = []
    for row in body:
        label, *cells = table.rows[row]
        filled = [(at, cell.text) for at, cell in enumerate(cells, start=1) if cell.text]
        known = {at: n for at, text in filled if (n := _whole(text))}
        if known and len(known) == len(filled) and PATTERNS["population"].search(label.text):
            found.append((row, known))
    return tuple(found)


def _first_data_row(table: Table) -> int:
    """Headers end at the first row that has a number below a column; a first row always heads."""
    is_data = PATTERNS["data"].match
    rows = [[cell.text for cell in row[1:] if cell.text] for row in table.rows]
    for number, texts in enumerate(rows):
        if number and not texts and table.rows[number][0].text:
            return number  # a section's heading directly under the header
        if number and any(map(is_data, texts)):
            return 0 if rows[0] and all(map(is_data, rows[0])) else number
    return len(rows)


def _headers(table: Table, first: int) -> list[list[str]]:
    """By column the header cells above it; an empty one belongs to the cell at its left."""
    headers: list[list[str]] = [[] for _ in range(table.width)]
    for number, row in enumerate(table.rows[:first]):
        before = ""
        for column, cell in enumerate(row):
            spans = column > 0 and not cell.text and number < first - 1
            text = before if spans else cell.text
            before = text if column > 0 else ""
            if text:
                headers[column].append(text)
    return headers


def _total_in(texts: list[str]) -> int | None:
    """The N that a header names, the lowest header first."""
    for expression in (PATTERNS["n_equals"], PATTERNS["n_people"], PATTERNS["n_bare"]):
        for text in reversed(texts):
            found = expression.search(text)
            if found:
                return parse_count(found[1])
    return None


def _is_total_row(label: str, row: tuple[Cell, ...]) -> bool:
    if not PATTERNS["total_row"].match(label.strip()):
        return False
    texts = [cell.text for cell in row[1:] if cell.text]
    return bool(texts) and all(
        _whole(text) is not None
        or re.match(r"^(?:[\d,]+\s?\(100(?:\.0+)?\s?%?\)|100(?:\.0+)?\s?%?)$", text)
        for text in texts
    )


def _set_totals(totals: list[int | None], values: list[int | None]) -> None:
    for column, value in enumerate(values, start=1):
        if value and column < len(totals):
            totals[column] = value


def _whole(text: str) -> int | None:
    return parse_count(text) if PATTERNS["whole"].fullmatch(text) else None


def _count_of(text: str) -> int | None:
    """A whole number, alone or with its 100%."""
    found = PATTERNS["whole_of_all"].match(text)
    return parse_count(found[1]) if found else None
