"""Excel workbooks (.xlsx, .xlsm, .xls): every sheet with a table, stored results, no formula."""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from pht_core.intake.limits import Limits, check_limit
from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.archive import Budget, iterate_member, open_zip
from pht_core.intake.opening.columns import (
    DIGITS,
    build_table,
    convert_cells,
    format_cell,
    is_filled,
)
from pht_core.intake.opening.footer import count_data, note_cut
from pht_core.intake.opening.header import HEAD_ROWS, find_header
from pht_core.intake.opening.kinds import KINDS
from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import Findings
from pht_core.model.words import listed

# Lengths are bounded, so that no XML makes the search take for ever.
_TAG = rb"<(?:[A-Za-z]{1,8}:)?"
_IN = rb"[^<>]{0,500}"
_F = _TAG + rb"f\b(?:" + _IN + rb"/>|" + _IN + rb">[^<]*</(?:[A-Za-z]{1,8}:)?f>)\s*"
_ROW = re.compile(_TAG + rb"row\b" + _IN + rb"?\br=[\"'](\d{1,9})[\"'](?:" + _IN + rb"[^</>])?>")
_HIDDEN_ROW = re.compile(_TAG + rb"row\b" + _IN + rb'\bhidden="(?:1|true)"' + _IN + rb">")
_PLACE = re.compile(rb'\br="(\d{1,9})"')
_STYLED = re.compile(_TAG + rb"c\b(" + _IN + rb'\bs="(\d{1,6})"' + _IN + rb")(?<!/)>")
_FONT = re.compile(_TAG + rb"font(?:/>|>(.{0,2000}?)</(?:[A-Za-z]{1,8}:)?font>)", re.DOTALL)
_STRIKE = re.compile(_TAG + rb'strike(?:/>| val="(?:1|true)")')
_FORMATS = re.compile(_TAG + rb"cellXfs\b(.*?)</(?:[A-Za-z]{1,8}:)?cellXfs>", re.DOTALL)
_FORMAT_FONT = re.compile(_TAG + rb"xf\b" + _IN + rb'\bfontId="(\d{1,6})"')
_COMMENT = re.compile(_TAG + rb"comment\b" + _IN + rb'\bref="([A-Z]{1,4}\d{1,9})"')
_PLACED = re.compile(rb"\br=[\"']([A-Za-z]{1,4})(\d{1,9})[\"']")  # wherever it stands in a cell
_FORMULA = re.compile(
    _TAG + rb"c\b(" + _IN + rb")>\s*" + _F + rb"(" + _TAG + rb"v(?: " + _IN + rb")?>[^<]+)?"
)
_ERROR = re.compile(
    _TAG + rb"c\b(" + _IN + rb'\bt="e"' + _IN + rb")>\s*(?:" + _F + rb")?" + _TAG + rb"v>([^<]*)"
)
_REFERENCE = re.compile(rb'\br="([A-Z]+\d+)"')
_SHEET = re.compile(_TAG + rb"sheet\b[^<>]{0,2000}>")
_KEEP = 1 << 18
MOST_PLACES = 20  # rows or cells that a finding names


@dataclass
class SheetFacts:
    """What one sheet contains, according to its XML."""

    n_rows: int = 0
    n_columns: int = 0
    first_row: int = 0
    n_cells: int = 0
    n_formulas: int = 0
    uncached: list[str] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


@dataclass
class BookFacts:
    """What a workbook's parts tell."""

    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    macros: bool = False
    links: bool = False
    to_recalculate: bool = False
    zeros_by_format: bool = False


def read_facts(name: str, archive: zipfile.ZipFile, budget: Budget) -> BookFacts:
    """Look through every part of a workbook once, which also proves that it unpacks.

    Raises UnreadableFile if a part is damaged or protected, the parts are larger than is read, or a
    sheet reaches further than is read (`Limits.slow_cells`), however few cells are filled.
    """
    facts = BookFacts()
    by_member: dict[str, SheetFacts] = {}
    small: dict[str, bytes] = {}
    struck: frozenset[bytes] = frozenset()
    # The styles first: they say which cells are struck through.
    for info in sorted(archive.infolist(), key=lambda info: info.filename != "xl/styles.xml"):
        part = info.filename
        facts.macros |= part.lower().endswith("vbaproject.bin")
        facts.links |= part.startswith("xl/externalLinks/")
        if part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml") or (
            re.fullmatch(r"xl/(?:.*/)?comments?\d*\.xml|xl/worksheets/_rels/.*\.rels", part)
        ):
            small[part] = b"".join(iterate_member(name, archive, info, budget))
            struck = _struck_formats(small.get("xl/styles.xml", b""))
        elif part.startswith("xl/worksheets/") and part.endswith(".xml"):
            pieces = iterate_member(name, archive, info, budget)
            by_member[part] = look_through(name, pieces, budget.limits, struck)
        else:
            for _ in iterate_member(name, archive, info, budget):
                pass
    book, styles = (small.get(f"xl/{part}.xml", b"") for part in ("workbook", "styles"))
    facts.to_recalculate = bool(re.search(rb'fullCalcOnLoad="(1|true)"', book))
    zeros = re.search(rb'formatCode="(?:&quot;)?0{2,}(?:&quot;)?[;"]', styles)
    facts.zeros_by_format = bool(zeros)
    targets = _targets(small.get("xl/_rels/workbook.xml.rels", b""))
    for tag in _SHEET.findall(book):
        own, relation = _attribute(tag, b"name"), _attribute(tag, rb"\w+:id")
        target = targets.get(relation, "")
        member = f"xl/{target}" if f"xl/{target}" in by_member else target
        facts.sheets[own] = by_member.get(member, SheetFacts())
        sheet = member.rpartition("/")[2]
        for linked in _targets(small.get(f"xl/worksheets/_rels/{sheet}.rels", b"")).values():
            comments = small.get(f"xl/{linked.removeprefix('../').removeprefix('xl/')}", b"")
            found = [place.decode() for place in _COMMENT.findall(comments)]
            facts.sheets[own].comments += found
    return facts


def _struck_formats(styles: bytes) -> frozenset[bytes]:
    """The numbers of the cell formats that strike through."""
    fonts = [bool(_STRIKE.search(font)) for font in _FONT.findall(styles)]
    formats = _FORMATS.search(styles)
    used = _FORMAT_FONT.findall(formats[1]) if formats and any(fonts) else []
    crossed = {b"%d" % place for place, font in enumerate(fonts) if font}
    return frozenset(b"%d" % place for place, font in enumerate(used) if font in crossed)


def look_through(
    name: str, pieces: Iterator[bytes], limits: Limits, struck: frozenset[bytes] = frozenset()
) -> SheetFacts:
    """What a sheet's XML tells, given in pieces of any size; ``struck`` strike cells through."""
    facts = SheetFacts()
    rest = b""
    for piece in pieces:
        text = rest + piece
        # A cell may go on in the next piece: what begins with the last one waits for it.
        cut = max(text.rfind(b"<row"), text.rfind(b"<c "), text.rfind(b":c "))
        cut = text.rfind(b"<", 0, cut + 1)
        if cut < 0 or len(text) - cut > _KEEP:
            cut = len(text) if len(text) > _KEEP else 0
        _count(text[:cut], facts, struck)
        rest = text[cut:]
        _check_extent(name, facts, limits)
    _count(rest, facts, struck)
    _check_extent(name, facts, limits)
    return facts


def _count(text: bytes, facts: SheetFacts, struck: frozenset[bytes]) -> None:
    placed = _PLACED.findall(text)
    rows = [int(number) for number in (*_ROW.findall(text), *{row for _, row in placed})]
    if rows:
        facts.n_rows = max(facts.n_rows, *rows)
        facts.first_row = min(facts.first_row or rows[0], *rows)
    facts.n_cells += text.count(b"<c ") + text.count(b"<c>")
    columns = map(_number_of, {column for column, _ in placed})
    facts.n_columns = max(facts.n_columns, *columns, 0)
    if b"hidden=" in text:
        for tag in _HIDDEN_ROW.findall(text):
            place = _PLACE.search(tag)
            facts.hidden_rows.append(int(place[1]) if place else 0)
    if struck:
        cells = [cell for cell, style in _STYLED.findall(text) if style in struck]
        facts.struck += [_reference(cell) for cell in cells]
    if b"<f" in text or b":f" in text:
        for attributes, value in _FORMULA.findall(text):
            facts.n_formulas += 1
            if not value:
                facts.uncached.append(_reference(attributes))
    if b't="e"' in text:
        facts.errors += [
            (_reference(attributes), value.decode("ascii", "replace"))
            for attributes, value in _ERROR.findall(text)
        ]


def _check_extent(name: str, facts: SheetFacts, limits: Limits) -> None:
    n_rows = facts.n_rows - max(facts.first_row, 1) + 1
    if max(n_rows * facts.n_columns, facts.n_cells) > limits.slow_cells:
        raise UnreadableFile(
            f"{name} has a sheet that reaches over {n_rows:,} rows and {facts.n_columns:,} "
            f"columns; at most {limits.slow_cells:,} cells are read. Delete the empty rows and "
            "columns around the table, or save the sheet as 'CSV UTF-8'."
        )


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number


def _reference(attributes: bytes) -> str:
    found = _REFERENCE.search(attributes)
    return found.group(1).decode() if found else ""


def _attribute(tag: bytes, attribute: bytes) -> str:
    found = re.search(rb"\s" + attribute + rb"=([\"'])(.*?)\1", tag)
    return html.unescape(found.group(2).decode("utf-8", "replace")) if found else ""


def _targets(relations: bytes) -> dict[str, str]:
    return {
        _attribute(tag, b"Id"): _attribute(tag, b"Target").removeprefix("/")
        for tag in re.findall(_TAG + rb"Relationship\b[^<>]{0,2000}>", relations)
    }


Cells = list[list[Any]]  # as calamine gives them: str, float, bool, date, datetime; "" = empty
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]


def read_workbook(
    name: str, content: bytes, budget: Budget, findings: Findings, kind: str = "workbook"
) -> list[SourceTable]:
    """Read every sheet that holds a table; a hidden one only where no other does.

    Dates that fill a column are datetime64, numbers are numbers, all else is text. Stored results
    of formulas are read; one without is missing, with a finding, as are cells with an error. Raises
    UnreadableFile if the book is damaged or protected, has no filled sheet, or is too large.
    """
    facts = BookFacts()
    if kind == "workbook":
        with open_zip(name, content) as archive:
            facts = read_facts(name, archive, budget)
    notes = TableNotes(name, findings)
    for finding, found in (
        ("macros", facts.macros),
        ("links_to_workbooks", facts.links),
        ("leading_zeros_by_format", facts.zeros_by_format),
    ):
        if found:
            notes.report(finding)
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
            f"{name} is {KINDS[kind].title} that is damaged or protected. Open it in Excel, save "
            "it again as .xlsx, or save the sheet as 'CSV UTF-8'."
        ) from None
    if kind == "xls":
        notes.report("old_workbook")
    filled = [own for own, (cells, _, _) in sheets.items() if cells]
    seen = [own for own in filled if shown[own]] or filled
    for own in filled:
        if own not in seen:
            notes.report("hidden_sheet", value=own)
    if not seen:
        raise UnreadableFile(f"{name} has no sheet with a filled cell. Save it with its rows.")
    tables = []
    for own in seen:
        of_sheet = replace(notes, table=name if len(seen) == 1 else f"{name}, sheet {own}")
        _note_sheet(facts.sheets.get(own, SheetFacts()), facts.to_recalculate, of_sheet)
        tables.append(_read_sheet(*sheets[own], budget.limits, of_sheet))
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


def _read_sheet(
    cells: Cells, first_row: int, merged: Merged, limits: Limits, notes: TableNotes
) -> SourceTable:
    check_limit(notes.table, len(cells), limits.rows, "rows", "Split it.")
    note_cut(first_row + len(cells) - 1, notes)
    _fill_merged(cells, first_row, merged, notes)
    head = [list(map(format_cell, row)) for row in cells[:HEAD_ROWS]]
    header = find_header(head, range(first_row, first_row + len(cells)), notes, limits)
    places = [
        place for place in range(header.rows, len(cells)) if any(map(is_filled, cells[place]))
    ]
    lines = [first_row + place for place in places]
    n = count_data(lines, lambda n: list(map(format_cell, cells[places[n]])), header.names, notes)
    places = places[:n]
    columns = {}
    for number, column in enumerate(header.names):
        values = [cells[place][number] for place in places]
        if column not in header.unnamed or any(map(is_filled, values)):
            columns[column] = convert_cells(values)
    index = pd.Index(np.array(places, dtype=np.int64) - header.rows)
    frame = pd.DataFrame(columns, index=index, copy=False)
    for name in frame.select_dtypes("float64"):
        if (np.abs(frame[name].to_numpy()) >= 10**DIGITS).any():
            notes.report("numbers_too_long", name, digits=DIGITS)
    return build_table(frame, header, first_row + header.rows, notes)


def _fill_merged(cells: Cells, first_row: int, merged: Merged, notes: TableNotes) -> None:
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
        notes.report("merged_cells", row=min(filled), value=len(filled))


def _note_sheet(facts: SheetFacts, to_recalculate: bool, notes: TableNotes) -> None:
    if facts.n_formulas:
        notes.report("formulas", n=facts.n_formulas)
    if facts.uncached:
        notes.report("formulas_without_result", row=facts.uncached[0], value=len(facts.uncached))
    if facts.n_formulas > len(facts.uncached) and to_recalculate:
        notes.report("formulas_not_calculated")
    if facts.errors:
        where, error = facts.errors[0]
        notes.report("cells_with_excel_error", row=where, value=error, n=len(facts.errors))
    for finding, places in (
        ("hidden_rows", list(map(str, facts.hidden_rows))),
        ("cells_struck_through", facts.struck),
        ("cells_with_comment", facts.comments),
    ):
        if places:
            notes.report(finding, n=len(places), places=listed(places, most=MOST_PLACES))
