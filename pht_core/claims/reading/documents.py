"""The text of Word documents, pages in HTML and journals' XML (JATS): paragraphs and tables."""

import io
import re
import tomllib
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from lxml import etree

from pht_core.model.errors import UnreadableFile

NAMES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
}
W = f"{{{NAMES['w']}}}"
PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
MOST_UNPACKED = 20 * 1024 * 1024  # a small archive can unpack to more than memory holds
MOST_SPANNED = 60
ENDINGS = (".txt", ".md", ".html", ".htm", ".xml", ".nxml", ".docx", ".pdf")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
RAISED_LIST = _RAISED | str.maketrans(",-–", "\u02d2\u02d7\u02d7")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def read_docx(content: bytes, name: str) -> str:
    """The text of a .docx; deleted text is left out, inserted text read, each table once.

    Raises UnreadableFile for what is no Word document, or unpacks to more than a manuscript holds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in PARTS if part in archive.namelist()]
            if PARTS[0] not in parts:
                raise UnreadableFile(f"{name} is not a Word document. Save it as .docx.")
            if sum(archive.getinfo(part).file_size for part in parts) > MOST_UNPACKED:
                raise UnreadableFile(f"{name} unpacks to more than 20 MB. Paste its text instead.")
            roots = [_parse(archive.read(part)) for part in parts]
    except (zipfile.BadZipFile, etree.XMLSyntaxError, RuntimeError, EOFError):
        raise UnreadableFile(
            f"{name} could not be read as a Word document. Save it again as .docx, or paste its "
            "text."
        ) from None
    lines = [line for root in roots for line in _docx_lines(root)]
    return "\n".join(lines).strip("\n") + "\n"


def _parse(part: bytes) -> Any:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise RuntimeError("a document type is never in a Word document")
    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, huge_tree=True))


def _docx_lines(root: Any) -> Iterator[str]:
    """Paragraphs outside of tables and every table in order, each with an empty line behind it."""
    for block in root.xpath(
        "//w:p[not(ancestor::w:p or ancestor::w:tbl)] | //w:tbl[not(ancestor::mc:Fallback)]",
        namespaces=NAMES,
    ):
        if block.tag == f"{W}p":
            rows = [_docx_text(block)]
        else:
            own = (row for row in block.iter(f"{W}tr") if _is_own(row, block))
            rows = ["\t".join(_docx_cells(row)) for row in own]
        rows = [row for row in rows if row.strip()]
        yield from [*rows, ""] if rows else []


def _is_own(element: Any, table: Any) -> bool:
    """Whether an element is of a table itself and not of one inside of it."""
    return next(element.iterancestors(f"{W}tbl"), None) is table


def _docx_cells(row: Any) -> list[str]:
    table = next(row.iterancestors(f"{W}tbl"))
    cells: list[str] = []
    for cell in row.iter(f"{W}tc"):
        if _is_own(cell, table):
            words = [
                _docx_text(paragraph).strip()
                for paragraph in cell.iter(f"{W}p")
                # In none of the others, as that of a text box is.
                if next(paragraph.iterancestors(f"{W}p", f"{W}tbl")) is table
            ]
            cells.append(" ".join(words).strip().replace("\t", " ").replace("\n", " "))
            width = cell.find(f"{W}tcPr/{W}gridSpan")
            cells += [""] * (_spanned(None if width is None else width.get(f"{W}val")) - 1)
    return cells


def _docx_text(paragraph: Any) -> str:
    signs = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
    pieces = []
    around = next(paragraph.iterancestors(f"{W}tbl"), None)
    for run in paragraph.xpath(
        ".//w:r[not(ancestor::w:moveFrom or ancestor::mc:Fallback)]", namespaces=NAMES
    ):
        if not _is_own(run, around):
            continue  # of a table in a text box, which has rows of its own
        level = run.find(f"{W}rPr/{W}vertAlign")
        table = {"superscript": _RAISED, "subscript": LOWERED}.get(
            "" if level is None else level.get(f"{W}val"), {}
        )
        for child in run:
            if child.tag == f"{W}t":
                pieces.append((child.text or "").translate(table))
            else:
                pieces.append(signs.get(child.tag, ""))
    return "".join(pieces)


_FIRST_TAG = re.compile(
    r"\ufeff?\s{0,99}(?:<\?[^<>]{0,999}>\s{0,99}|<!--(?:(?!-->).){0,999}-->\s{0,99}){0,9}"
    r"(?:<!DOCTYPE[^<>[\]]{0,999}>\s{0,99})?"
    r"(?:<\?[^<>]{0,999}>\s{0,99}|<!--(?:(?!-->).){0,999}-->\s{0,99}){0,9}<(?P<name>[\w-]+)",
    re.DOTALL,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAGS = tomllib.loads(Path(__file__).with_name("tags.toml").read_text("utf-8"))
_HIDDEN, _BLOCKS = frozenset(_TAGS["hidden"].split()), frozenset(_TAGS["blocks"].split())


def read_jats(content: bytes, name: str) -> str:
    """The text of a journal's XML (JATS, .xml or .nxml) without its references.

    It streams by like a page: no entity is expanded, nothing is fetched, no nesting is too deep.
    Raises UnreadableFile for XML of another kind, and where entities are declared.
    """
    page = read_text(content, name)
    found = _FIRST_TAG.match(page)
    if not found or found["name"] not in ("article", "pmc-articleset") or "<!ENTITY" in page:
        raise UnreadableFile(
            f"{name} is not a journal article's XML (JATS), the only XML that is read. Save it as "
            "one of: .html, .docx, .pdf, .txt."
        )
    return _stream(page, _ArticleReader())


def read_html(page: str) -> str:
    r"""The text of a page.

    >>> read_html("<p>16 (94<sup>1</sup>)</p><table><tr><td>a<td>b</table>")
    '16 (94¹)\n\na\tb\n'
    """
    return _stream(page, _Reader())


def _stream(page: str, reader: "_Reader") -> str:
    # The parser would look for the end of each comment that has none through the whole page.
    reader.feed(_COMMENT.sub("", page))
    reader.close()
    reader.finish()
    return "\n".join(reader.lines).strip("\n") + "\n"


class _Reader(HTMLParser):
    """Lines of a page as it streams by: no nesting is too deep for it, as it is for a tree."""

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
            self._width = _spanned(named.get("colspan"))
            self._height = _spanned(named.get("rowspan"))
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
        if self._level == "sup" and data.strip().replace(",", "").replace("-", "").isdecimal():
            data = data.translate(RAISED_LIST)
        elif self._level == "sub":
            data = data.translate(LOWERED)
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
        while self._spans.get(len(self._row), 0) >= 1 and len(self._row) < MOST_SPANNED:
            self._row.append("")  # a cell that reaches down from a row above keeps its column
        place = len(self._row)
        self._row.append(_one_line(self._cell))
        self._row += [""] * (self._width - 1)
        if self._height > 1:
            self._spans.update(dict.fromkeys(range(place, place + self._width), self._height))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row and any(self._row):
            self.lines.append("\t".join(self._row))
        self._row = None


class _ArticleReader(_Reader):
    """The same for a journal's XML, where a label such as "Table 1" leads its caption."""

    _follows_label = False

    def set_cdata_mode(self, *_: Any, **__: Any) -> None:
        """XML has no tag in which others are only text."""

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag == "label":
            self._follows_label = True

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._follows_label = False
        super().handle_data(data)

    def _break(self) -> None:
        if self._follows_label and self._cell is None:
            self._words.append(" ")
        else:
            super()._break()


def _one_line(pieces: list[str]) -> str:
    # Python's split would also part at no-break spaces, which are part of the print.
    return " ".join(word for word in re.split(r"[ \n\r\t]", "".join(pieces)) if word)


def _spanned(value: str | None) -> int:
    """How many columns or rows a cell takes, by its attribute."""
    if value and value.isdecimal() and len(value) < 9:
        return min(max(int(value), 1), MOST_SPANNED)
    return 1


def read_text(content: bytes, name: str) -> str:
    """Text in UTF-8 or UTF-16, else in Windows' western code page; nothing else is changed."""
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_utf16 else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile(f"{name} is not text in UTF-8. Save it as one of: {', '.join(ENDINGS)}.")
