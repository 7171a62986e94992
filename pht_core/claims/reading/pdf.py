"""The text of a PDF with a text layer: its words and rules by pypdfium2, page by page.

What is a column, a table or a cell follows from the places of the words: see ``reading_order``
and ``grid``.
"""

from collections.abc import Iterator
from ctypes import byref, c_double
from math import atan2, hypot, pi
from typing import Any

from pht_core.claims.reading.documents import LOWERED, RAISED_LIST
from pht_core.claims.reading.page import Page, Rule, Word
from pht_core.claims.reading.reading_order import read_pages
from pht_core.model.errors import UnreadableFile

MOST_PAGES = 200
MOST_RULES = 4000  # more than this are a drawing
_WORD_GAP = 0.5  # of the letters' height: a blank that the file does not hold itself
_THIN = 2.5  # points: a rule and not a box
_SMALL, _SHIFT = 0.9, 0.08  # of the letters' size: raised or lowered ones are as small, as far off
_BESIDE = 0.12  # of the size: a raised letter stands as close to its word
_ASCENT, _DESCENT = 0.85, 0.25  # of the size: where a line begins and ends above and below its base


def read_pdf(content: bytes, name: str) -> str:
    """The text of a PDF, tables as lines of cells parted by tabs.

    Raises UnreadableFile where it is damaged, locked, longer than 200 pages or has no text layer.
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
        pages: list[Page] = []
        for number in range(len(document)):
            page = document[number]
            text_page = page.get_textpage()
            pages += _turned_upright(list(_words(text_page.raw, raw)), list(_rules(page, raw)))
            text_page.close()
            page.close()
    finally:
        document.close()
    text = read_pages(pages)
    if not text.strip():
        raise UnreadableFile(
            f"{name} has no text layer: its pages are pictures. Run text recognition on it first, "
            "or paste the text."
        )
    return text + "\n"


def _turned_upright(words: list[tuple[int, Word]], rules: list[Rule]) -> Iterator[Page]:
    """A page for each direction in which its words run, most often one."""
    for turn in sorted({turn for turn, _ in words}):
        yield Page(
            [word for at, word in words if at == turn],
            [Rule(*_upright(turn, *rule)) for rule in rules],
        )


def _upright(
    turn: int, left: float, right: float, bottom: float, top: float
) -> tuple[float, float, float, float]:
    """A box of the file as left, right, top, bottom, downwards, with its words running right."""
    return (
        (left, right, -top, -bottom),
        (bottom, top, left, right),
        (-right, -left, bottom, top),
        (-top, -bottom, -right, -left),
    )[turn]


def _rules(page: Any, raw: Any) -> Iterator[Rule]:
    """Straight lines, as (left, right, bottom, top) of the file."""
    for at, drawn in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if at == MOST_RULES:
            return
        left, bottom, right, top = drawn.get_bounds()
        if (right - left <= _THIN) != (top - bottom <= _THIN):
            yield Rule(left, right, bottom, top)


def _words(text_page: Any, raw: Any) -> Iterator[tuple[int, Word]]:
    """Words and the quarter turns of each; a word ends at a blank, a line's end or a gap."""
    # The loose box is as wide as the letter's place in its line, but as high as the letter itself
    # in some fonts: heights are from the baseline and the size.
    code_of, box_of, size_of = (
        raw.FPDFText_GetUnicode,
        raw.FPDFText_GetLooseCharBox,
        raw.FPDFText_GetFontSize,
    )
    matrix, box, x, y = raw.FS_MATRIX(), raw.FS_RECTF(), c_double(), c_double()
    letters: list[str] = []
    turn, level, blank = 0, 0, False
    scale = size = left = right = base = line = (
        0.0  # of the word so far; line: of one it is raised from
    )
    whole = 0.0  # the size of the letters on the line

    def close() -> tuple[int, Word]:
        text = "".join(letters)
        if level:
            text = text.translate(RAISED_LIST if level > 0 else LOWERED)
        height, foot = (whole, line) if level else (size, base)
        top, bottom = foot - _ASCENT * height, foot + _DESCENT * height
        return turn, Word(text, left, right, top, bottom, blank)

    for at in range(raw.FPDFText_CountChars(text_page)):
        code = code_of(text_page, at)
        letter = chr(code) if code else ""
        if not letter.strip() and letter != "\u00a0":
            if letters:
                yield close()
                letters, level, blank = [], 0, False
            blank = blank or not raw.FPDFText_IsGenerated(text_page, at)
            continue
        if letter in "\ufffe\u0002":  # how a hyphen at the end of a line is marked
            letter = "-"
        if not letters:
            raw.FPDFText_GetMatrix(text_page, at, byref(matrix))
            turn = round(atan2(matrix.b, matrix.a) / (pi / 2)) % 4
            scale = hypot(matrix.c, matrix.d)
        box_of(text_page, at, byref(box))
        raw.FPDFText_GetCharOrigin(text_page, at, byref(x), byref(y))
        start, end, _, foot = _upright(turn, box.left, box.right, y.value, y.value)
        if turn % 2:
            start, end, _, foot = _upright(turn, x.value, x.value, box.bottom, box.top)
        here = max(size_of(text_page, at) * scale, 1.0)
        if not letters:
            blank = blank and abs(base - foot) < size and start >= right  # and not a line's end
            # The file may part a raised letter from its word by a line's end.
            beside = abs(start - right) < _BESIDE * size and not level
            if beside and here < _SMALL * size and _SHIFT * size < abs(base - foot) < size:
                line, whole, level, blank = base, size, 1 if base > foot else -1, True
        if letters:
            shift = base - foot  # upwards
            near = start - right <= _WORD_GAP * size and start >= left and abs(shift) < size
            if not near or (level and here * _SMALL > size):
                yield close()
                letters, level, blank = [], 0, False
            elif abs(shift) > _SHIFT * size and here < _SMALL * size and not level:
                yield close()
                line, whole, level, letters = base, size, 1 if shift > 0 else -1, []
                blank = True
        if letters:
            right = max(right, end)
        else:
            left, right, base, size = start, end, foot, here
        letters.append(letter)
    if letters:
        yield close()
