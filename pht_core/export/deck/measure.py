"""How much room a text takes: letters' widths of Arial, which other fonts are compared with."""

import unicodedata
from collections.abc import Sequence

# Thousandths of the size, from the space to the tilde.
_REGULAR = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 "
    "556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 "
    "260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 "
    "556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 "
    "280 389 584"
)
_WIDTHS = {
    bold: dict(zip(map(chr, range(32, 127)), map(int, widths.split()), strict=True))
    for bold, widths in ((False, _REGULAR), (True, _BOLD))
}
_OTHER, _WIDE, _NARROW = 620, 1000, 350
LINE, _WIDE_LINE = 1.2, 1.5
# Fonts that are at most as wide as Arial and that are found everywhere. Of any other the letters
# may be so much wider, as where it is missing a wide one (DejaVu, Verdana) stands in for it.
_AS_WIDE = {"arial", "helvetica", "liberation sans", "arial narrow"}
WIDER = 1.2


def font_factor(font: str) -> float:
    """How much wider than Arial a font may be.

    >>> font_factor("Arial"), font_factor("Verdana")
    (1.0, 1.2)
    """
    return 1.0 if font.lower() in _AS_WIDE else WIDER


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in points of a line set in Arial of so many points.

    >>> round(text_width("17 of 17", 10), 1), text_width("患者", 10)
    (36.1, 20.0)
    """
    known = _WIDTHS[bold]
    return sum(known.get(letter) or _letter(letter, bold) for letter in text) * size / 1000


def wrap(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """Lines of a text in a column so many points wide; a word that is wider is broken.

    >>> wrap("three words here", 10, 60)
    ['three words', 'here']
    """
    if text_width(text, size, bold) <= width:
        return [text.rstrip()]
    lines, line = [], ""
    for word in _words(text):
        joined = line + word
        if not line or text_width(joined.rstrip(), size, bold) <= width:
            line = joined
        else:
            lines.append(line.rstrip())
            line = word
        while text_width(line.rstrip(), size, bold) > width and len(line.rstrip()) > 1:
            head = _fitting(line, size, width, bold)
            lines.append(line[:head])
            line = line[head:]
    return [*lines, line.rstrip()] if line.rstrip() or not lines else lines


def line_height(text: str, size: float) -> float:
    """Height in points of a line: fonts with Chinese letters are higher.

    >>> line_height("P1", 10), line_height("患者", 10)
    (12.0, 15.0)
    """
    return size * (_WIDE_LINE if any(map(_is_wide, text)) else LINE)


def longest_word(text: str, size: float, bold: bool = False) -> float:
    """Width of the widest piece that is not broken."""
    return max((text_width(word.rstrip(), size, bold) for word in _words(text)), default=0.0)


def fit_size(
    text: str, sizes: Sequence[float], width: float, height: float, lines: int, bold: bool = False
) -> tuple[float, str]:
    """The first of the sizes at which a text fits a box, and the text, cut if it fits at none.

    >>> fit_size("a short title", (24, 18), 300, 60, lines=2)
    (24, 'a short title')
    """
    for size in sizes:
        most = min(lines, max(1, int(height / line_height(text, size))))
        if len(wrap(text, size, width, bold)) <= most:
            return size, text
    size = sizes[-1]
    most = min(lines, max(1, int(height / line_height(text, size))))
    kept = wrap(text, size, width, bold)[:most]
    while kept[-1] and text_width(kept[-1] + "…", size, bold) > width:
        kept[-1] = kept[-1][:-1]
    return size, " ".join([*kept[:-1], kept[-1].rstrip() + "…"])


def _letter(letter: str, bold: bool) -> int:
    known = _WIDTHS[bold].get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0
    base = unicodedata.normalize("NFD", letter)[0]
    if base in _WIDTHS[bold]:
        return _WIDTHS[bold][base]
    if letter in "–±≥≤×·°’‘“”":
        return 556
    if unicodedata.category(letter) in ("No", "Lm"):
        return _NARROW
    wide = _is_wide(letter) or letter in "—…"
    return _WIDE if wide else _OTHER


def _words(text: str) -> list[str]:
    """Pieces between which a line may break, each with the spaces after it."""
    words, word = [], ""
    for letter in text:
        wide = _is_wide(letter)
        if word and (wide or (word[-1] in " -/" and letter != " ") or _is_wide(word[-1])):
            words.append(word)
            word = ""
        word += letter
    return [*words, word] if word else words


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _fitting(line: str, size: float, width: float, bold: bool) -> int:
    used, count = 0.0, 0
    for letter in line:
        used += _letter(letter, bold) * size / 1000
        if used > width:
            break
        count += 1
    return max(count, 1)
