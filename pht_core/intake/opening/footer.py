"""The end of a table: totals and remarks below its data, and where Excel may have cut it off.

Rows are lists of cells as text, stripped, empty where nothing stands.
"""

import re
from collections.abc import Sequence

from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.header import Row, count_filled, is_blank

FOOTER_ROWS = 30
_MOST_OF_EXCEL = (1_048_576, 65_536)
_SUMMARY = re.compile(
    r"((grand\s+)?total|average|mean|median|mean\s*(±|\+/-)\s*sd|n\s*=\s*\d+"
    r"|合计|总计|平均值?|均值|中位数)\s*[:：]?$",
    re.IGNORECASE,
)
# Next to one of those above only: these may be patients' initials.
_WEAK_SUMMARY = re.compile(r"(sum|sd|std|min|max|range|iqr|n|标准差)\s*[:：]?$", re.IGNORECASE)
_CERTAIN_REMARK = re.compile(
    r"(notes?|sources?|legend|abbreviations?|footnotes?|注|备注|说明|来源|缩写)\s*[:：]",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"([*†‡§#]|\d\)|(notes?|source|legend|abbreviations?|footnotes?|remarks?|comments?|exported"
    r"|printed|generated|end of|注|备注|说明|来源)\b)",
    re.IGNORECASE,
)


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
    for n, row in enumerate(reversed(rows[-FOOTER_ROWS:]), 1):
        if is_footer(row, n_columns):
            certain = n
        elif not (is_blank(row) or _WEAK_SUMMARY.match(_first_cell(row))):
            break
    while certain and is_blank(rows[-certain]):
        certain -= 1
    return certain


def _first_cell(row: Row) -> str:
    return next((cell for cell in row if cell), "")


def is_footer(row: Row, n_columns: int) -> bool:
    """Whether a row is a total or a remark below the data."""
    first = _first_cell(row)
    if _SUMMARY.match(first) or _CERTAIN_REMARK.match(first):
        return True
    few = count_filled(row) <= max(1, n_columns // 4) and n_columns > 1
    return few and bool(_REMARK.match(first) or (n_columns > 2 and first.count(" ") >= 3))


def note_footer(lines: Sequence[int], rows: Sequence[Row], notes: TableNotes) -> None:
    """Note which lines below the data were left out."""
    value = repr(_first_cell(rows[0])[:40])
    span = f"{lines[0]} to {lines[-1]}" if len(lines) > 1 else str(lines[0])
    notes.report("footer_left_out", row=lines[0], value=value, n=len(lines), lines=span)
