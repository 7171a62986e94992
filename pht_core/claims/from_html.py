"""The text of a page of HTML: paragraphs as lines, tables as lines of cells, nothing else."""

from html.parser import HTMLParser

_HIDDEN = {"script", "style", "head", "template", "noscript", "svg", "math", "nav"}
_BLOCKS = {
    "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article",
    "header", "footer", "blockquote", "figure", "figcaption", "table", "caption", "tr", "thead",
    "tbody", "tfoot", "dl", "dt", "dd", "pre", "title", "hr", "main", "aside", "td", "th",
}  # fmt: skip
_RAISED = str.maketrans("0123456789,-–", "⁰¹²³⁴⁵⁶⁷⁸⁹\u02d2\u02d7\u02d7")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MOST_SPANNED = 60


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
            data = data.translate(_RAISED)
        elif self._level == "sub":
            data = data.translate(_LOWERED)
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
        while self._spans.get(len(self._row), 0) >= 1 and len(self._row) < MOST_SPANNED:
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
    return min(max(int(value), 1), MOST_SPANNED) if value and value.isdigit() else 1
