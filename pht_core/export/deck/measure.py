"""How much room a text takes on a slide: its lines, its height, the size at which it fits."""

from collections.abc import Sequence

from pht_core.charts.text_metrics import is_wide, text_width

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
    return size * (_WIDE_LINE if any(map(is_wide, text)) else LINE)


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


def share_widths(least: list[float], natural: list[float], width: float) -> list[float]:
    """Widths of columns between the longest word and the longest text, as far as there is room.

    >>> share_widths([10, 10], [10, 30], 30), share_widths([30, 30], [40, 40], 30)
    ([10.0, 20.0], [15.0, 15.0])
    """
    wanted = [wide - low for wide, low in zip(natural, least, strict=True)]
    room = max(0.0, width - sum(least))
    share = min(1.0, room / sum(wanted)) if sum(wanted) else 0.0
    shared = [low + share * want for low, want in zip(least, wanted, strict=True)]
    scale = min(1.0, width / sum(shared))
    return [one * scale for one in shared]


def _words(text: str) -> list[str]:
    """Pieces between which a line may break, each with the spaces after it."""
    words, word = [], ""
    for letter in text:
        wide = is_wide(letter)
        if word and (wide or (word[-1] in " -/" and letter != " ") or is_wide(word[-1])):
            words.append(word)
            word = ""
        word += letter
    return [*words, word] if word else words


def _fitting(line: str, size: float, width: float, bold: bool) -> int:
    used, count = 0.0, 0
    for letter in line:
        used += text_width(letter, size, bold)
        if used > width:
            break
        count += 1
    return max(count, 1)
