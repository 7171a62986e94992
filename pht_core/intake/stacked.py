"""A second table below the first in one sheet: its rows must not be read as the first's."""

import re
from collections.abc import Callable, Sequence

from pht_core.intake.grid import Row, format_count
from pht_core.intake.head import kind_of
from pht_core.validation import BLOCKS, Findings, finding

_AROUND = 8  # rows that are looked at before and after a row that may be a header


def find_next_table(lines: Sequence[int], row_of: Callable[[int], Row], header: Row) -> int:
    """The place of the first row that is the header of another table; as many as rows if none is.

    Such a row begins with the same name as the header, or stands below a blank line with words in
    columns of numbers; a first cell that is built like those above it is an id, so that a row of
    words such as ``P5, ND`` is data.
    """
    n = len(lines)
    for place in range(1, n):
        row = None
        if lines[place] != lines[place - 1] + 1 or row_of(place)[:1] == header[:1]:
            row = row_of(place)
        if row is not None and _is_header(row, place, n, row_of, header):
            return place
    return n


def note_next_table(line: int, n_rows: int, name: str, findings: Findings) -> None:
    """Say that another table begins, whose rows were left out."""
    found = f"Another table begins in line {line} of {name}."
    done = f"Its {format_count(n_rows, 'line')} were left out."
    to_do = "Put it into a file or sheet of its own."
    findings.append(finding(BLOCKS, name, "", found, done, to_do, row=line))


def _is_header(row: Row, place: int, n: int, row_of: Callable[[int], Row], header: Row) -> bool:
    cells = [cell for cell in row if cell]
    if len(cells) < 2 or len(set(cells)) < len(cells):
        return False
    if any(kind_of(cell) != "text" for cell in cells):
        return False
    if row[0] and row[:1] == header[:1]:
        return True
    before = [row_of(other) for other in range(max(0, place - _AROUND), place)]
    after = [row_of(other) for other in range(place + 1, min(n, place + 1 + _AROUND))]
    if row[0] and _shape(row[0]) in {_shape(other[0]) for other in before if other}:
        return False
    return any(
        cell and _is_number(before, column) and _is_number(after, column)
        for column, cell in enumerate(row)
    )


def _is_number(rows: Sequence[Row], column: int) -> bool:
    cells = [row[column] for row in rows if column < len(row) and row[column]]
    return bool(cells) and 2 * sum(kind_of(cell) == "number" for cell in cells) > len(cells)


def _shape(cell: str) -> str:
    """What an id is built like: ``P5`` and ``AB17`` are letters and digits."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell))
