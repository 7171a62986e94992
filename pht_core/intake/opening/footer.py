"""The end of a table: totals and remarks below its data, and where Excel may have cut it off.

Rows are lists of cells as text, stripped, empty where nothing stands.
"""

import re
from collections.abc import Sequence

from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.header import Row, count_filled, is_blank
from pht_core.intake.words.word_lists import read_pattern

FOOTER_ROWS = 30
_MOST_OF_EXCEL = (1_048_576, 65_536)


def note_cut(n_lines: int, notes: TableNotes) -> None:
    """Note if a table is just as long as Excel keeps one: what did not fit is lost."""
    if n_lines in _MOST_OF_EXCEL:
        notes.report("most_rows_of_excel", value=n_lines)


def find_footer(rows: Sequence[Row], n_columns: int) -> int:
    """How many rows at the end are no data: totals, and remarks with far fewer cells.

    A row counts as such by its first words (``Total``, ``* values in g/L``), or if it is a
    sentence in one cell of a table of three columns or more; an id alone is data.
    """
    certain = 0
    # Among ids without a digit a word may be one: then its values tell whether it is a total.
    coded = any(re.search(r"\d", _first_cell(row)) for row in rows[:-FOOTER_ROWS] or rows)
    for n, row in enumerate(reversed(rows[-FOOTER_ROWS:]), 1):
        if is_footer(row, n_columns) and (coded or count_filled(row) <= n_columns // 2):
            certain = n
        elif not (is_blank(row) or read_pattern("weak summary").match(_first_cell(row))):
            break
    while certain and is_blank(rows[-certain]):
        certain -= 1
    return certain


def _first_cell(row: Row) -> str:
    return next((cell for cell in row if cell), "")


def is_footer(row: Row, n_columns: int) -> bool:
    """Whether a row is a total or a remark below the data."""
    first = _first_cell(row)
    if read_pattern("summary").match(first) or read_pattern("certain remark").match(first):
        return True
    few = count_filled(row) <= max(1, n_columns // 4) and n_columns > 1
    return few and bool(
        read_pattern("remark").match(first) or (n_columns > 2 and first.count(" ") >= 3)
    )


def note_footer(lines: Sequence[int], rows: Sequence[Row], notes: TableNotes) -> None:
    """Note which lines below the data were left out."""
    value = repr(_first_cell(rows[0])[:40])
    span = f"{lines[0]} to {lines[-1]}" if len(lines) > 1 else str(lines[0])
    notes.report("footer_left_out", row=lines[0], value=value, n=len(lines), lines=span)
