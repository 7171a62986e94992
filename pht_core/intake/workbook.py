"""Excel workbooks (.xlsx, .xlsm): every sheet with a table, its stored results, never a formula."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from pht_core.errors import UnreadableFile
from pht_core.intake.archive import Budget, open_zip
from pht_core.intake.cellkinds import DIGITS, convert_cells, format_cell, is_filled
from pht_core.intake.grid import (
    HEAD_ROWS,
    Row,
    find_foot,
    format_count,
    note_columns,
    note_cut,
    note_foot,
)
from pht_core.intake.head import find_head
from pht_core.intake.limits import check_limit
from pht_core.intake.sheetxml import BookFacts, SheetFacts, read_facts
from pht_core.intake.source import SourceTable
from pht_core.intake.stacked import find_next_table, note_next_table
from pht_core.validation import CHANGES, NOTE, Findings, finding

Cells = list[list[Any]]  # as calamine gives them: str, float, bool, date, datetime; "" = empty
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]


def read_workbook(
    name: str, content: bytes, budget: Budget, findings: Findings
) -> list[SourceTable]:
    """Read every sheet that holds a table; a hidden one only where no other does.

    Dates that fill a column are datetime64, numbers are numbers, all else is text. Stored results
    of formulas are read; one without is missing, with a finding, as are cells with an error.

    Raises
    ------
    UnreadableFile
        If it is damaged or protected, has no filled sheet, or is larger than is read.
    """
    with open_zip(name, content) as archive:
        facts = read_facts(name, archive, budget, budget.limits)
    _note_book(name, facts, findings)
    tables: list[SourceTable] = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            to_do = "Leave out those without data."
            check_limit(name, len(book.sheet_names), budget.limits.sheets, "sheets", to_do)
            shown = {
                sheet.name: sheet.visible == SheetVisibleEnum.Visible
                for sheet in book.sheets_metadata
            }
            sheets = {own: _read_cells(book, own) for own in shown}
    except UnreadableFile:
        raise
    except BaseException as error:  # calamine may panic, which is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
            raise
        raise UnreadableFile(
            f"{name} is an Excel workbook that is damaged. Open it in Excel, save it again, or "
            "save the sheet as 'CSV UTF-8'."
        ) from None
    filled = [own for own, (cells, _, _) in sheets.items() if cells]
    seen = [own for own in filled if shown[own]] or filled
    for own in filled:
        if own not in seen:
            found = f"The sheet {own!r} of {name} is hidden."
            to_do = "Unhide it in Excel if its rows belong to the cohort."
            findings.append(finding(CHANGES, name, "", found, "It was not read.", to_do, value=own))
    if not seen:
        raise UnreadableFile(f"{name} has no sheet with a filled cell. Save it with its rows.")
    for own in seen:
        label = name if len(seen) == 1 else f"{name}, sheet {own}"
        _note_sheet(label, facts.sheets.get(own, SheetFacts()), facts.to_recalculate, findings)
        tables.append(_build_table(label, *sheets[own], budget, findings))
    return tables


def _read_cells(book: CalamineWorkbook, own: str) -> tuple[Cells, int, Merged]:
    """A sheet's filled area, the row it begins in, and its merged cells (counted from there)."""
    sheet = book.get_sheet_by_name(own)
    if sheet.start is None:
        return [], 1, []
    top, left = sheet.start
    merged = [
        ((first[0] - top, first[1] - left), (last[0] - top, last[1] - left))
        for first, last in sheet.merged_cell_ranges or []
    ]
    return sheet.to_python(), top + 1, merged


def _build_table(
    name: str, cells: Cells, first_row: int, merged: Merged, budget: Budget, findings: Findings
) -> SourceTable:
    check_limit(name, len(cells), budget.limits.rows, "rows", "Split it.")
    note_cut(name, first_row + len(cells) - 1, findings)
    _fill_merged(name, cells, first_row, merged, findings)
    lines = range(first_row, first_row + len(cells))
    head_rows = [[format_cell(cell) for cell in row] for row in cells[:HEAD_ROWS]]
    head = find_head(head_rows, lines, name, findings, budget.limits)
    kept = _first_table(
        name, cells, range(head.rows, len(cells)), first_row, [*head.names], findings
    )
    tail = [[format_cell(cell) for cell in cells[place]] for place in kept[-HEAD_ROWS:]]
    n_foot = find_foot(tail, len(head.names))
    if n_foot:
        foot = kept[-n_foot:]
        note_foot([lines[place] for place in foot], tail[-n_foot:], name, findings)
        kept = kept[:-n_foot]
    places = [place for place in kept if any(is_filled(cell) for cell in cells[place])]
    columns = {}
    for number, column in enumerate(head.names):
        values = [cells[place][number] for place in places]
        if column in head.unnamed and not any(map(is_filled, values)):
            continue
        columns[column] = convert_cells(values)
    first_line = lines[head.rows] if head.rows < len(lines) else first_row + len(cells)
    index = pd.Index(np.array(places, dtype=np.int64) - head.rows)
    frame = pd.DataFrame(columns, index=index, copy=False)
    note_columns(name, frame, head.unnamed, first_line, findings)
    if not len(frame):
        found = f"{name} has column names but no rows."
        findings.append(finding(NOTE, name, "", found, "", "Add rows, unless there are none."))
    _note_long_numbers(name, frame, findings)
    return SourceTable(name, frame, first_line, head.labels)


def _first_table(
    name: str,
    cells: Cells,
    kept: range,
    first_row: int,
    header: Row,
    findings: Findings,
) -> range:
    """The places up to another table below the first one."""
    filled = [place for place in kept if any(map(is_filled, cells[place]))]
    n = find_next_table(
        filled, lambda place: [format_cell(cell) for cell in cells[filled[place]]], header
    )
    if n == len(filled):
        return kept
    note_next_table(first_row + filled[n], len(filled) - n, name, findings)
    return kept[: filled[n] - kept.start]


def _fill_merged(
    name: str, cells: Cells, first_row: int, merged: Merged, findings: Findings
) -> None:
    """Give the value of cells merged downwards to each of their rows."""
    filled = []
    for (top, left), (bottom, right) in merged:
        inside = 0 <= top < len(cells) and 0 <= left < len(cells[top])
        if not inside or bottom == top or right != left or not is_filled(cells[top][left]):
            continue
        for row in range(top + 1, min(bottom + 1, len(cells))):
            cells[row][left] = cells[top][left]
        filled.append(first_row + top)
    if filled:
        found = f"{name} has {format_count(len(filled), 'cell')} merged over several rows."
        done = "Each of these rows was given the value."
        findings.append(finding(NOTE, name, "", found, done, row=min(filled), value=len(filled)))


def _note_book(name: str, facts: BookFacts, findings: Findings) -> None:
    if facts.macros:
        found = f"{name} holds macros."
        findings.append(finding(NOTE, name, "", found, "They were not run."))
    if facts.links:
        found = f"{name} links to other workbooks."
        done = "They were not opened: the results stored in this one were read."
        findings.append(finding(NOTE, name, "", found, done))
    if facts.zeros_by_format:
        found = f"{name} shows some numbers with leading zeros that are not in the cells."
        to_do = (
            "If these are patient ids, write them as text, so that they are the same everywhere."
        )
        findings.append(finding(NOTE, name, "", found, "They were read without them.", to_do))


def _note_sheet(name: str, facts: SheetFacts, to_recalculate: bool, findings: Findings) -> None:
    again = "Open the file in Excel and save it there, then upload it again."
    if facts.n_formulas:
        found = f"{name} holds {format_count(facts.n_formulas, 'formula')}."
        done = "None was evaluated: the results stored beside them were read."
        findings.append(finding(NOTE, name, "", found, done))
    if facts.uncached:
        n = len(facts.uncached)
        found = f"{format_count(n, 'formula')} of {name} have no stored result."
        done = "Their cells are missing."
        findings.append(
            finding(CHANGES, name, "", found, done, again, row=facts.uncached[0], value=n)
        )
    if facts.n_formulas > len(facts.uncached) and to_recalculate:
        found = f"{name} was written by a program that did not work out its formulas."
        done = "The results stored in it were read, and may be wrong."
        findings.append(finding(CHANGES, name, "", found, done, again))
    if facts.errors:
        where, what = facts.errors[0]
        found = (
            f"{name} has {format_count(len(facts.errors), 'cell')} with an error of Excel, "
            f"the first in {where}."
        )
        done = "They are missing."
        to_do = "Correct the formula, or fill in the value."
        findings.append(finding(CHANGES, name, "", found, done, to_do, row=where, value=what))
    if facts.n_hidden_rows:
        n = facts.n_hidden_rows
        found = f"{name} has {format_count(n, 'row')} hidden by hand or by a filter."
        to_do = "Delete them if they do not belong to the cohort."
        findings.append(finding(NOTE, name, "", found, "Read like the others.", to_do))


def _note_long_numbers(name: str, frame: pd.DataFrame, findings: Findings) -> None:
    for column in frame.select_dtypes("float64"):
        long = np.abs(frame[column].to_numpy()) >= 10**DIGITS
        if long.any():
            found = f"{column} of {name} has numbers of more than {DIGITS} digits."
            done = (
                "Excel keeps only the first 15 of them: such numbers may not tell patients apart."
            )
            to_do = "Write them as text in Excel."
            findings.append(finding(CHANGES, name, str(column), found, done, to_do))
