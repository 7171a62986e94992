"""The text of a Word document: its paragraphs, tables and footnotes, as they are accepted."""

import io
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

from pht_core.model.errors import UnreadableFile

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


_HIDDEN = {"script", "style", "head", "template", "noscript", "svg", "math", "nav"}
_BLOCKS = {
    "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article",
    "header", "footer", "blockquote", "figure", "figcaption", "table", "caption", "tr", "thead",
    "tbody", "tfoot", "dl", "dt", "dd", "pre", "title", "hr", "main", "aside", "td", "th",
}  # fmt: skip
_RAISED_from_html = str.maketrans("0123456789,-–", "⁰¹²³⁴⁵⁶⁷⁸⁹\u02d2\u02d7\u02d7")
_LOWERED_from_html = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MOST_SPANNED_from_html = 60


def read_html(page: str) -> str:
    r"""The text of a page.

    >>> read_html("<p>16 (94<sup>1</sup>)</p><table><tr><td>a<td>b</table>")
    '16 (94¹)\n\na\tb\n'
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    reader.finish()
    return "\n".join(reader.lines).strip("\n") + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._words: list[str] = []
        self._hidden = 0
        self._level = ""
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._spans: dict[int, int] = {}
        self._width = 1
        self._height = 1
        self._tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in ("sup", "sub"):
            self._level = tag
        elif tag == "table":
            self._end_line(blank=True)
            self._tables += 1
            self._spans = {}
        elif tag == "tr" and self._tables:
            self._end_row()
            self._row = []
            self._spans = {at: left - 1 for at, left in self._spans.items() if left > 1}
        elif tag in ("td", "th") and self._tables:
            self._end_cell()
            if self._row is None:
                self._row = []
            self._cell = []
            named = dict(attrs)
            self._width = _whole(named.get("colspan"))
            self._height = _whole(named.get("rowspan"))
        elif tag in _BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in ("sup", "sub"):
            self._level = ""
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table" and self._tables:
            self._end_row()
            self._tables -= 1
            self.lines.append("")
        elif tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._level == "sup" and data.strip().replace(",", "").replace("-", "").isdigit():
            data = data.translate(_RAISED_from_html)
        elif self._level == "sub":
            data = data.translate(_LOWERED_from_html)
        target = self._words if self._cell is None else self._cell
        target.append(data)

    def finish(self) -> None:
        self._end_row()
        self._end_line(blank=False)

    def _break(self) -> None:
        if self._cell is not None:
            self._cell.append(" ")
        elif self._row is None:
            self._end_line(blank=True)

    def _end_line(self, blank: bool) -> None:
        line = _one_line(self._words)
        self._words = []
        if line:
            self.lines.append(line)
            if blank:
                self.lines.append("")

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        self._fill_spanned()
        place = len(self._row)
        self._row.append(_one_line(self._cell))
        self._row += [""] * (self._width - 1)
        if self._height > 1:
            self._spans.update(dict.fromkeys(range(place, place + self._width), self._height))
        self._cell = None

    def _fill_spanned(self) -> None:
        """A cell that reaches down from a row above keeps its column empty here."""
        assert self._row is not None
        while self._spans.get(len(self._row), 0) >= 1 and len(self._row) < MOST_SPANNED_from_html:
            self._row.append("")

    def _end_row(self) -> None:
        self._end_cell()
        if self._row and any(self._row):
            self.lines.append("\t".join(self._row))
        self._row = None


def _one_line(pieces: list[str]) -> str:
    # Python's split would also part at no-break spaces, which are part of the print.
    return " ".join(
        word
        for word in "".join(pieces)
        .replace("\n", " ")
        .replace("\r", " ")
        .replace("\t", " ")
        .split(" ")
        if word
    )


def _whole(value: str | None) -> int:
    return min(max(int(value), 1), MOST_SPANNED_from_html) if value and value.isdigit() else 1
