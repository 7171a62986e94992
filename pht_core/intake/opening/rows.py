"""Rows of a sheet below its header: blank ones, totals and remarks at the end, odd columns.

Rows are lists of cells as text, stripped, empty where nothing stands; every row has its line.
"""

import re
from collections.abc import Sequence

import pandas as pd

from pht_core.model.findings import CHANGES, NOTE, Findings, finding

Row = Sequence[str]

HEAD_ROWS, FOOT_ROWS = 200, 30
_MOST_OF_EXCEL = (1_048_576, 65_536)
_LONGEST = 32_767  # characters, the most that a cell of Excel holds
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


def format_count(n: int, noun: str) -> str:
    """``1 line``, ``1,200 lines``."""
    return f"{n:,} {noun}{'s' * (n != 1)}"


def is_blank(row: Row) -> bool:
    """Whether no cell of a row holds anything."""
    return not any(row)


def count_filled(row: Row) -> int:
    """How many cells of a row hold something."""
    return sum(map(bool, row))


def width_of(row: Row) -> int:
    """A row's cells up to its last filled one."""
    return max((place for place, cell in enumerate(row, 1) if cell), default=0)


def note_cut(name: str, n_lines: int, findings: Findings) -> None:
    """Say if a table is just as long as Excel keeps one: what did not fit is lost."""
    if n_lines in _MOST_OF_EXCEL:
        found = f"{name} has {n_lines:,} lines, the most that Excel keeps in a sheet."
        to_do = "Check that none was cut off: export it again without Excel."
        findings.append(finding(CHANGES, name, "", found, "", to_do, value=n_lines))


def note_columns(
    name: str, frame: pd.DataFrame, unnamed: frozenset[str], line: int, findings: Findings
) -> None:
    """Say which columns have values but no name, and which texts look like no cell of a table."""
    for column in frame:
        own = str(column)
        if own in unnamed:
            found = f"{name} has values in {own}, which has no name in line {line - 1}."
            to_do = "Name it in the file if it is needed."
            findings.append(finding(NOTE, name, own, found, f"It is called {own}.", to_do))
        if not isinstance(frame[column].dtype, pd.CategoricalDtype):
            continue
        words = frame[column].cat.categories
        formulas = [word for word in words if word[:1] == "=" and len(word) > 1]
        if formulas:
            found = f"{own} of {name} holds {format_count(len(formulas), 'formula')} as text."
            done = "None was evaluated."
            to_do = "Put the result in its place."
            value = formulas[0][:60]
            findings.append(finding(CHANGES, name, own, found, done, to_do, value=value))
        longest = max(map(len, words), default=0)
        if longest > _LONGEST:
            found = f"{own} of {name} has a cell of {longest:,} characters."
            to_do = "Check that a quotation mark is not missing before it ends."
            findings.append(finding(CHANGES, name, own, found, "Read as one text.", to_do))


def find_foot(rows: Sequence[Row], n_columns: int) -> int:
    """How many rows at the end are no data: totals, and remarks with far fewer cells.

    A row counts as such by its first words (``Total``, ``* values in g/L``), or if it is a
    sentence in one cell of a table of three columns or more; an id alone is data.
    """
    certain = 0
    for n, row in enumerate(reversed(rows[-FOOT_ROWS:]), 1):
        if is_foot(row, n_columns):
            certain = n
        elif not (is_blank(row) or _WEAK_SUMMARY.match(_first_cell(row))):
            break
    while certain and is_blank(rows[-certain]):
        certain -= 1
    return certain


def _first_cell(row: Row) -> str:
    return next((cell for cell in row if cell), "")


def is_foot(row: Row, n_columns: int) -> bool:
    """Whether a row is a total or a remark below the data."""
    first = _first_cell(row)
    if _SUMMARY.match(first) or _CERTAIN_REMARK.match(first):
        return True
    few = count_filled(row) <= max(1, n_columns // 4) and n_columns > 1
    return few and bool(_REMARK.match(first) or (n_columns > 2 and first.count(" ") >= 3))


def note_foot(lines: Sequence[int], rows: Sequence[Row], name: str, findings: Findings) -> None:
    """Say which lines below the data were left out."""
    if not lines:
        return
    which = f"Line {lines[0]}" if len(lines) == 1 else f"Lines {lines[0]} to {lines[-1]}"
    verb = "holds a remark or a total" if len(lines) == 1 else "hold remarks or totals"
    first = _first_cell(rows[0])[:40]
    found = f"{which} of {name} {verb} below the data."
    to_do = "If it is a patient's, give it the patient's id."
    findings.append(
        finding(NOTE, name, "", found, "Left out.", to_do, row=lines[0], value=repr(first))
    )
