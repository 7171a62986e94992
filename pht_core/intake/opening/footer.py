"""The end of a table: another one below it, totals and remarks, and where Excel may have cut it.

Rows are lists of cells as text, stripped, empty where nothing stands.
"""

import re
from collections.abc import Callable, Sequence

from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.header import Row, count_filled, kind_of
from pht_core.intake.words.word_lists import read_pattern

FOOTER_ROWS = 30
_MOST_OF_EXCEL = (1_048_576, 65_536)
_AROUND = 8  # rows that are looked at before and after a row that may be a header
_TAIL = 200  # rows in which a footer is looked for


def note_cut(n_lines: int, notes: TableNotes) -> None:
    """Note if a table is just as long as Excel keeps one: what did not fit is lost."""
    if n_lines in _MOST_OF_EXCEL:
        notes.report("most_rows_of_excel", value=n_lines)


def count_data(
    lines: Sequence[int], row_of: Callable[[int], Row], names: Sequence[str], notes: TableNotes
) -> int:
    """How many of the filled rows below a header are its data; what ends them is a finding."""
    end = _find_next_table(lines, row_of, list(names), notes)
    tail = [row_of(place) for place in range(max(0, end - _TAIL), end)]
    if n := _count_footer(tail, len(names)):
        own = lines[end - n : end]
        value = repr(_first_cell(tail[-n])[:40])
        span = f"{own[0]} to {own[-1]}" if n > 1 else str(own[0])
        notes.report("footer_left_out", row=own[0], value=value, n=n, lines=span)
    return end - n


def _count_footer(rows: Sequence[Row], n_columns: int) -> int:
    """How many rows at the end are no data: totals, and remarks with far fewer cells."""
    certain = 0
    # Among ids without a digit a word may be one: then its values tell whether it is a total.
    coded = any(re.search(r"\d", _first_cell(row)) for row in rows[:-FOOTER_ROWS] or rows)
    for n, row in enumerate(reversed(rows[-FOOTER_ROWS:]), 1):
        if is_footer(row, n_columns) and (coded or count_filled(row) <= n_columns // 2):
            certain = n
        elif not read_pattern("weak summary").match(_first_cell(row)):
            break
    return certain


def _first_cell(row: Row) -> str:
    return next((cell for cell in row if cell), "")


def is_footer(row: Row, n_columns: int) -> bool:
    """Whether a row is a total or a remark below the data.

    It counts as such by its first words (``Total``, ``* values in g/L``), or if it is a sentence in
    one cell of a table of three columns or more; an id alone is data.
    """
    first = _first_cell(row)
    if read_pattern("summary").match(first) or read_pattern("certain remark").match(first):
        return True
    few = count_filled(row) <= max(1, n_columns // 4) and n_columns > 1
    return few and bool(
        read_pattern("remark").match(first) or (n_columns > 2 and first.count(" ") >= 3)
    )


def _find_next_table(
    lines: Sequence[int], row_of: Callable[[int], Row], header: Row, notes: TableNotes
) -> int:
    """The place of the first row that is another table's header (a finding), else how many rows.

    Such a row begins with the same name as the header, or stands below a blank line with words in
    columns of numbers; a first cell that is built like those above it is an id, so that a row of
    words such as ``P5, ND`` is data.
    """
    n = len(lines)
    for place in range(1, n):
        after_gap = lines[place] != lines[place - 1] + 1
        if (after_gap or row_of(place)[:1] == header[:1]) and _begins_table(
            place, n, row_of, header
        ):
            notes.report("another_table", row=lines[place], n=n - place)
            return place
    return n


def _begins_table(place: int, n: int, row_of: Callable[[int], Row], header: Row) -> bool:
    row = row_of(place)
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
