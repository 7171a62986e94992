"""What a workbook's own XML tells and calamine does not: formulas, errors, hidden rows, extent.

The XML is looked through piece by piece while it unpacks, so that nothing large is kept; it is
never handed to an XML parser, and no formula is evaluated.
"""

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from pht_core.errors import UnreadableFile
from pht_core.intake.archive import Budget, iterate_member, read_member
from pht_core.intake.limits import Limits

# Lengths are bounded, so that no XML makes the search take for ever.
_TAG = rb"<(?:[A-Za-z]{1,8}:)?"
_IN = rb"[^<>]{0,500}"
_F = _TAG + rb"f\b(?:" + _IN + rb"/>|" + _IN + rb">[^<]*</(?:[A-Za-z]{1,8}:)?f>)\s*"
_ROW = re.compile(_TAG + rb"row\b" + _IN + rb'?\br="(\d{1,9})"(?:' + _IN + rb"[^</>])?>")
_HIDDEN_ROW = re.compile(_TAG + rb"row\b" + _IN + rb'\bhidden="(?:1|true)"' + _IN + rb">")
_COLUMN = re.compile(_TAG + rb'c r="([A-Z]{1,4})\d+"[^<>/]{0,500}>')
_FORMULA = re.compile(
    _TAG + rb"c\b(" + _IN + rb")>\s*" + _F + rb"(" + _TAG + rb"v(?: " + _IN + rb")?>[^<]+)?"
)
_ERROR = re.compile(
    _TAG + rb"c\b(" + _IN + rb'\bt="e"' + _IN + rb")>\s*(?:" + _F + rb")?" + _TAG + rb"v>([^<]*)"
)
_REFERENCE = re.compile(rb'\br="([A-Z]+\d+)"')
_SHEET = re.compile(_TAG + rb"sheet\b[^<>]{0,2000}>")
_KEEP = 1 << 18


@dataclass
class SheetFacts:
    """What stands in one sheet, told by its XML."""

    n_rows: int = 0
    n_columns: int = 0
    first_row: int = 0
    n_cells: int = 0
    n_formulas: int = 0
    uncached: list[str] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    n_hidden_rows: int = 0


@dataclass
class BookFacts:
    """What a workbook's parts tell."""

    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    macros: bool = False
    links: bool = False
    to_recalculate: bool = False
    zeros_by_format: bool = False


def read_facts(name: str, archive: zipfile.ZipFile, budget: Budget, limits: Limits) -> BookFacts:
    """Look through every part of a workbook once, which also proves that it unpacks.

    Raises
    ------
    UnreadableFile
        If a part is damaged or protected, the parts are larger than is read, or a sheet reaches
        further than is read (`Limits.slow_cells`), however few cells are filled.
    """
    facts = BookFacts()
    by_member: dict[str, SheetFacts] = {}
    small: dict[str, bytes] = {}
    for info in archive.infolist():
        part = info.filename
        facts.macros |= part.lower().endswith("vbaproject.bin")
        facts.links |= part.startswith("xl/externalLinks/")
        if part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
            small[part] = read_member(name, archive, info, budget)
        elif part.startswith("xl/worksheets/") and part.endswith(".xml"):
            pieces = iterate_member(name, archive, info, budget)
            by_member[part] = look_through(name, pieces, limits)
        else:
            for _ in iterate_member(name, archive, info, budget):
                pass
    book = small.get("xl/workbook.xml", b"")
    facts.to_recalculate = re.search(rb'fullCalcOnLoad="(1|true)"', book) is not None
    facts.zeros_by_format = (
        re.search(rb'formatCode="(?:&quot;)?0{2,}(?:&quot;)?[;"]', small.get("xl/styles.xml", b""))
        is not None
    )
    targets = _targets(small.get("xl/_rels/workbook.xml.rels", b""))
    for tag in _SHEET.findall(book):
        own, relation = _attribute(tag, b"name"), _attribute(tag, rb"\w+:id")
        target = targets.get(relation, "")
        facts.sheets[own] = by_member.get(f"xl/{target}", by_member.get(target, SheetFacts()))
    return facts


def look_through(name: str, pieces: Iterator[bytes], limits: Limits) -> SheetFacts:
    """What a sheet's XML tells, given in pieces of any size."""
    facts = SheetFacts()
    letters: set[bytes] = set()
    rest = b""
    for piece in pieces:
        text = rest + piece
        # A cell may go on in the next piece: what begins with the last one waits for it.
        cut = max(text.rfind(b"<row"), text.rfind(b"<c "), text.rfind(b":c "))
        cut = text.rfind(b"<", 0, cut + 1)
        if cut < 0 or len(text) - cut > _KEEP:
            cut = len(text) if len(text) > _KEEP else 0
        _count(text[:cut], facts, letters)
        rest = text[cut:]
        _check_extent(name, facts, letters, limits)
    _count(rest, facts, letters)
    _check_extent(name, facts, letters, limits)
    return facts


def _count(text: bytes, facts: SheetFacts, letters: set[bytes]) -> None:
    rows = [int(number) for number in _ROW.findall(text)]
    if rows:
        facts.n_rows = max(facts.n_rows, *rows)
        facts.first_row = min(facts.first_row or rows[0], *rows)
    facts.n_cells += text.count(b"<c ") + text.count(b"<c>")
    letters.update(_COLUMN.findall(text))
    if b"hidden=" in text:
        facts.n_hidden_rows += len(_HIDDEN_ROW.findall(text))
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


def _check_extent(name: str, facts: SheetFacts, letters: set[bytes], limits: Limits) -> None:
    facts.n_columns = max(map(_number_of, letters), default=0)
    n_rows = facts.n_rows - max(facts.first_row, 1) + 1
    if max(n_rows * facts.n_columns, facts.n_cells) > limits.slow_cells:
        raise UnreadableFile(
            f"{name} has a sheet that reaches over {n_rows:,} rows and {facts.n_columns:,} "
            f"columns; at most {limits.slow_cells:,} cells are read. Delete the empty rows and "
            "columns around the table, or save the sheet as 'CSV UTF-8'."
        )


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
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
