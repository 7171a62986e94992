"""Text that is no plain grid, row by row: unequal rows, blank lines, lone quotes, remarks below."""

import csv
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pht_core.intake.opening.columns import build_column, encode_texts, has_decimal_comma
from pht_core.intake.opening.head import find_next_table, note_next_table
from pht_core.intake.opening.rows import (
    find_foot,
    format_count,
    note_foot,
)
from pht_core.intake.opening.sniffing import Layout, iterate_lines
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, Findings, finding

Rows = list[tuple[int, list[str]]]  # the line of each row, and its cells


def read_ragged(name: str, content: bytes, layout: Layout, findings: Findings) -> pd.DataFrame:
    """The frame of the data below a header, with a finding for each kind of oddity."""
    text = content.decode("utf-8", "replace")
    n_columns = len(layout.head.names)
    rows, open_line = _parse(text, layout, n_columns)
    if open_line:
        rows = _parse_unquoted(text, layout)
        longer = sum(_length(row) > n_columns for _, row in rows)
        found = f"Line {open_line} of {name} opens a quotation mark that is not closed."
        done = "All quotation marks were read as ordinary signs."
        to_do = "Close it or take it out."
        severity = BLOCKS if longer else CHANGES
        findings.append(finding(severity, name, "", found, done, to_do, row=open_line))
    rows = _without_header(rows, name, layout, findings)
    rows = _without_next_table(rows, name, layout, findings)
    rows = _without_foot(rows, name, n_columns, findings)
    rows = _with_equal_lengths(rows, name, n_columns, findings)
    index = pd.Index(np.array([line for line, _ in rows], dtype=np.int64) - layout.line)
    encoded = {}
    for place, column in enumerate(layout.head.names):
        cells = [row[place] or None for _, row in rows]
        if column not in layout.head.unnamed or any(cells):
            encoded[column] = encode_texts(cells)
    points = not any(has_decimal_comma(texts) for _, texts in encoded.values())
    columns = {
        column: build_column(codes, texts, points=points)
        for column, (codes, texts) in encoded.items()
    }
    return pd.DataFrame(columns, index=index, copy=False)


class _Lines:
    """The lines of a text, those of the record being read remembered."""

    def __init__(self, text: str) -> None:
        self.lines = iterate_lines(text)
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.taken.append(line)
        return line


def _parse(text: str, layout: Layout, n_columns: int) -> tuple[Rows, int]:
    """Rows that are not blank, and the first line with a quote that swallows others (0 = none)."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=layout.separator)
    rows: Rows = []
    line = layout.line
    last: list[str] = []
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            return rows, line
        if row is None:
            return rows, _last_open(rows, last, layout.separator)
        if len(lines.taken) > 1 and _is_swallowed(lines.taken, layout.separator, n_columns):
            return rows, line
        row = [cell.strip() for cell in row]
        if any(row):
            rows.append((line, row))
        last = lines.taken
        line += len(last)
        lines.taken = []


def _last_open(rows: Rows, last: list[str], separator: str) -> int:
    """The line of the last row if a quote in it is never closed, else 0."""
    try:
        list(csv.reader(last, delimiter=separator, strict=True))
    except csv.Error as error:
        return rows[-1][0] if rows and "end of data" in str(error) else 0
    return 0


def _is_swallowed(taken: list[str], separator: str, n_columns: int) -> bool:
    """Whether a record of several lines is rather several records behind a lone quote."""
    try:
        list(csv.reader(taken, delimiter=separator, strict=True))
    except csv.Error:
        return True
    inner = taken[1:-1]
    return (
        n_columns > 2
        and bool(inner)
        and all(len(row) == n_columns for row in csv.reader(inner, delimiter=separator))
    )


def _parse_unquoted(text: str, layout: Layout) -> Rows:
    rows: Rows = []
    for line, own in enumerate(iterate_lines(text), layout.line):
        row = [_unquoted(cell.strip()) for cell in own.split(layout.separator)]
        if any(row):
            rows.append((line, row))
    return rows


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].strip()
    return cell


def _length(row: list[str]) -> int:
    """How many cells a row has up to the last filled one."""
    n = len(row)
    while n and not row[n - 1]:
        n -= 1
    return n


def _without_header(rows: Rows, name: str, layout: Layout, findings: Findings) -> Rows:
    header = [own for own in layout.head.names if own not in layout.head.unnamed]
    again = [line for line, row in rows if row[: len(header)] == header] if header else []
    if again:
        found = f"{name} repeats its column names in line {again[0]}."
        if len(again) > 1:
            found = f"{found[:-1]} and {format_count(len(again) - 1, 'more line')}."
        to_do = "Check that the rows below belong to the same table."
        findings.append(
            finding(NOTE, name, "", found, "Those lines were left out.", to_do, row=again[0])
        )
        gone = set(again)
        rows = [entry for entry in rows if entry[0] not in gone]
    return rows


def _without_next_table(rows: Rows, name: str, layout: Layout, findings: Findings) -> Rows:
    lines = [line for line, _ in rows]
    n = find_next_table(lines, lambda place: rows[place][1], [*layout.head.names])
    if n < len(rows):
        note_next_table(lines[n], len(rows) - n, name, findings)
    return rows[:n]


def _without_foot(rows: Rows, name: str, n_columns: int, findings: Findings) -> Rows:
    n = find_foot([row for _, row in rows[-100:]], n_columns)
    if not n:
        return rows
    foot = rows[-n:]
    note_foot([line for line, _ in foot], [row for _, row in foot], name, findings)
    return rows[:-n]


def _with_equal_lengths(rows: Rows, name: str, n_columns: int, findings: Findings) -> Rows:
    short = [(line, len(row)) for line, row in rows if len(row) < n_columns]
    long = [(line, _length(row)) for line, row in rows if _length(row) > n_columns]
    n_empty = sum(len(row) > n_columns for _, row in rows) - len(long)
    if long:
        line, n = long[0]
        found = f"Line {line} of {name} has {n} cells, the header {n_columns}."
        if len(long) > 1:
            found += f" {format_count(len(long) - 1, 'more line')} have too many as well."
        to_do = (
            "Put quotation marks around a cell that holds the separator, or add the missing "
            "column name."
        )
        done = "Such lines were left out."
        findings.append(finding(BLOCKS, name, "", found, done, to_do, row=line, value=f"{n} cells"))
        gone = {line for line, _ in long}
        rows = [entry for entry in rows if entry[0] not in gone]
    if n_empty:
        found = f"{name} has {format_count(n_empty, 'line')} with empty cells behind the last name."
        findings.append(finding(NOTE, name, "", found, "Those were left out.", value=n_empty))
    if short:
        line, n = short[0]
        found = (
            f"{name} has {format_count(len(short), 'line')} with fewer cells than the header's "
            f"{n_columns}, the first is line {line} with {n}."
        )
        to_do = "Check that no cell is missing in their middle."
        done = "Their last columns are missing."
        findings.append(finding(NOTE, name, "", found, done, to_do, row=line, value=f"{n} cells"))
    padding = [""] * n_columns
    return [(line, [*row[:n_columns], *padding[len(row) :]]) for line, row in rows]
