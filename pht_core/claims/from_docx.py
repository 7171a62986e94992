"""The text of a Word document: its paragraphs, tables and footnotes, as they are accepted."""

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from pht_core.errors import UnreadableFile

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MOST_UNPACKED = 60 * 1024 * 1024  # a small archive can unpack to more than memory holds
MOST_SPANNED = 60


def read_docx(content: bytes, name: str) -> str:
    """The text of a .docx; deleted text is left out, inserted text read.

    Raises
    ------
    UnreadableFile
        If it is no Word document, or unpacks to more than a manuscript can hold.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if _PARTS[0] not in names:
                raise UnreadableFile(f"{name} is no Word document. Save it as .docx.")
            parts = [part for part in _PARTS if part in names]
            if sum(archive.getinfo(part).file_size for part in parts) > MOST_UNPACKED:
                raise UnreadableFile(f"{name} unpacks to more than 60 MB. Paste its text instead.")
            roots = [_parse(archive.read(part)) for part in parts]
    except (zipfile.BadZipFile, ElementTree.ParseError, RuntimeError, EOFError):
        raise UnreadableFile(
            f"{name} could not be read as a Word document. Save it again as .docx, or paste its t"
            f"ext."
        ) from None
    lines: list[str] = []
    for root in roots:
        for block in _blocks(root):
            lines += _lines(block)
    return "\n".join(lines).strip("\n") + "\n"


def _parse(part: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise ElementTree.ParseError("a document type is never in a Word document")
    return ElementTree.fromstring(part)


def _blocks(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Paragraphs and tables in order, also those inside of content controls."""
    for child in root:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        else:
            yield from _blocks(child)


def _lines(block: ElementTree.Element) -> list[str]:
    if block.tag == f"{_W}p":
        text = _text(block)
        return [text, ""] if text.strip() else []
    rows = []
    for row in block.iter(f"{_W}tr"):
        cells: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            cells.append(" ".join(_text(p).strip() for p in cell.iter(f"{_W}p")).strip())
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            width = span.get(f"{_W}val", "1") if span is not None else "1"
            cells += [""] * (min(int(width), MOST_SPANNED) - 1 if width.isdigit() else 0)
        if any(cells):
            rows.append("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells))
    return [*rows, ""] if rows else []


def _text(paragraph: ElementTree.Element) -> str:
    pieces = []
    for run in paragraph.iter(f"{_W}r"):
        level = run.find(f"{_W}rPr/{_W}vertAlign")
        value = level.get(f"{_W}val") if level is not None else ""
        for child in run:
            if child.tag == f"{_W}t":
                pieces.append(_levelled(child.text or "", value))
            elif child.tag == f"{_W}tab":
                pieces.append(" ")
            elif child.tag in (f"{_W}br", f"{_W}cr"):
                pieces.append("\n")
            elif child.tag == f"{_W}noBreakHyphen":
                pieces.append("-")
    return "".join(pieces)


def _levelled(text: str, level: str | None) -> str:
    if level == "superscript":
        return text.translate(_RAISED)
    return text.translate(_LOWERED) if level == "subscript" else text
