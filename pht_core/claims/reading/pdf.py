"""The text of a PDF with a text layer, in reading order: columns apart, tables as lines of cells.

pypdfium2 gives each character with its box; what belongs to one line, column or cell follows
from the gaps between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pht_core.model.errors import UnreadableFile

MOST_PAGES = 200
_WORD_GAP = 0.5  # of the letters' height: a blank that the file does not hold itself
_CELL_GAP = 1.2  # a new cell
_GUTTER = 1.0  # the least width of what parts two columns
_FEWEST_CROSSING = 0.12  # lines that cross a gutter, as a share: a title or a wide table may


@dataclass(frozen=True)
class _Word:
    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


def read_pdf(content: bytes, name: str) -> str:
    """The text of a PDF.

    Raises
    ------
    UnreadableFile
        If it is damaged, locked, longer than 200 pages or without a text layer.
    """
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise UnreadableFile(
            f"{name} could not be opened as a PDF: it is damaged or locked. Save it again without "
            "a password, or paste its text."
        ) from None
    try:
        if len(document) > MOST_PAGES:
            raise UnreadableFile(
                f"{name} has {len(document)} pages; at most {MOST_PAGES} are read. Save the pages "
                "that matter as a file of their own."
            )
        pages = []
        for number in range(len(document)):
            page = document[number]
            text_page = page.get_textpage()
            words = list(_words(text_page.raw, raw))
            pages.append("\n".join(_page_lines(words)))
            text_page.close()
            page.close()
    finally:
        document.close()
    text = "\n\n".join(page for page in pages if page.strip())
    if not text.strip():
        raise UnreadableFile(
            f"{name} has no text layer: its pages are pictures. Run text recognition on it first, "
            "or paste the text."
        )
    return text + "\n"


def _words(text_page: Any, raw: Any) -> Iterator[_Word]:
    """Words with their boxes; a word ends at a blank, a line's end or a gap."""
    from ctypes import byref

    # The loose box is as wide as the letter's place in its line: there is no gap inside of 11.
    get_code, get_box = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    loose = raw.FS_RECTF()
    letters: list[str] = []
    box = (0.0, 0.0, 0.0, 0.0)
    for at in range(raw.FPDFText_CountChars(text_page)):
        code = get_code(text_page, at)
        letter = chr(code) if code else ""
        if not letter.strip() and letter != "\u00a0":
            if letters:
                yield _Word("".join(letters), *box)
                letters = []
            continue
        if letter in "\ufffe\u0002":  # how a hyphen at the end of a line is marked
            letter = "-"
        get_box(text_page, at, byref(loose))
        here = (loose.left, loose.right, loose.bottom, loose.top)
        size = max(box[3] - box[2], here[3] - here[2], 1.0)
        if letters and (
            here[0] - box[1] > _WORD_GAP * size
            or here[0] < box[0]
            or here[3] < box[2]
            or here[2] > box[3] + size
        ):
            yield _Word("".join(letters), *box)
            letters = []
        grown = (box[0], here[1], min(box[2], here[2]), max(box[3], here[3]))
        box = grown if letters else here
        letters.append(letter)
    if letters:
        yield _Word("".join(letters), *box)


def _page_lines(words: list[_Word]) -> list[str]:
    """A page's lines in reading order."""
    rows = _rows(words)
    gutter = _find_gutter(rows)
    if gutter is None:
        return _with_breaks(rows)
    lines: list[str] = []
    left: list[list[_Word]] = []
    right: list[list[_Word]] = []
    for row in rows:
        if any(word.left < gutter - 1 and word.right > gutter + 1 for word in row) or _spans(
            row, gutter
        ):
            lines += _with_breaks(left) + _with_breaks(right)
            left, right = [], []
            lines += _with_breaks([row])
            continue
        for side, part in (
            (left, [word for word in row if word.right <= gutter + 1]),
            (right, [word for word in row if word.right > gutter + 1]),
        ):
            if part:
                side.append(part)
    return lines + _with_breaks(left) + _with_breaks(right)


def _rows(words: list[_Word]) -> list[list[_Word]]:
    """Words on one height, from the top of the page down, each row from left to right."""
    rows: list[list[_Word]] = []
    levels: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda word: -(word.bottom + word.top)):
        middle = (word.bottom + word.top) / 2
        for at in range(len(rows) - 1, max(len(rows) - 4, -1), -1):
            bottom, top = levels[at]
            if bottom < middle < top:
                rows[at].append(word)
                if word.height > (top - bottom) * 0.8:
                    levels[at] = (min(bottom, word.bottom), max(top, word.top))
                break
        else:
            rows.append([word])
            levels.append((word.bottom, word.top))
    return [sorted(row, key=lambda word: word.left) for row in rows]


def _find_gutter(rows: list[list[_Word]]) -> float | None:
    """Where a page's two columns part: a place near the middle that hardly a row covers."""
    words = [word for row in rows for word in row]
    if len(words) < 60:
        return None
    low, high = min(word.left for word in words), max(word.right for word in words)
    width = high - low
    best, place = None, None
    for step in range(36, 65):
        at = low + width * step / 100
        crossing = sum(
            any(word.left < at - 1 and word.right > at + 1 for word in row) for row in rows
        )
        both = sum(row[0].right < at and row[-1].left > at for row in rows)
        if both < 0.3 * len(rows) or crossing > _FEWEST_CROSSING * len(rows):
            continue
        if best is None or crossing < best:
            best, place = crossing, at
    return place


def _spans(row: list[_Word], gutter: float) -> bool:
    """A row across both columns, such as of a wide table: words on both sides of the gutter."""
    before = [word for word in row if word.right <= gutter + 1]
    after = [word for word in row if word.left >= gutter - 1]
    if not before or not after:
        return False
    size = max(word.height for word in row)
    return after[0].left - before[-1].right < _GUTTER * 0.8 * size


def _with_breaks(rows: list[list[_Word]]) -> list[str]:
    """Rows as lines: blanks between words, tabs between cells, an empty line before a gap."""
    lines: list[str] = []
    before: list[_Word] = []
    for row in rows:
        if before:
            size = max(word.height for word in before)
            gap = min(word.bottom for word in before) - max(word.top for word in row)
            if gap > 1.1 * size:
                lines.append("")
        lines.append(_line(row))
        before = row
    return lines


def _line(row: list[_Word]) -> str:
    size = sorted(word.height for word in row)[len(row) // 2]
    pieces = [row[0].text]
    for one, other in pairwise(row):
        gap = other.left - one.right
        pieces.append("\t" if gap > _CELL_GAP * max(size, 4) else " " if gap > 0.1 * size else "")
        pieces.append(other.text)
    return "".join(pieces)
