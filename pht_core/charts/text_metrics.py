"""How wide texts are before any program has drawn them; names short enough for their place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

# Longest name of a patient, in letters; one of Chinese counts as two.
LONGEST_NAME, LONGEST_NARROW = 17, 12

# Thousandths of the size, from the space to the tilde: of Arial, with which other fonts are
# compared. Source Sans 3, the pictures' own, is narrower.
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
_OTHER, _WIDE, _SUPERSCRIPT = 620, 1000, 350


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of a line of text, in the unit of ``size``.

    >>> round(text_width("17 of 17", 10), 1), text_width("患者", 12)
    (36.1, 24.0)
    """
    return sum(_letter_width(letter, bold) for letter in text) * size / 1000


def _letter_width(letter: str, bold: bool) -> int:
    known = _WIDTHS[bold]
    if letter in known:
        return known[letter]
    if unicodedata.combining(letter):
        return 0
    base = unicodedata.normalize("NFD", letter)[0]
    if base in known:
        return known[base]
    if letter in "–±≥≤×·°’‘“”":
        return 556
    if unicodedata.category(letter) in ("No", "Lm"):
        return _SUPERSCRIPT
    return _WIDE if is_wide(letter) or letter in "—…" else _OTHER


def is_wide(letter: str) -> bool:
    """Whether a letter takes a whole square, as Chinese ones do.

    >>> is_wide("患"), is_wide("é")
    (True, False)
    """
    return unicodedata.east_asian_width(letter) in "WF"


def widest(texts: Iterable[str], size: float, bold: bool = False) -> float:
    """Width of the widest of some lines; 0 where there is none."""
    return max((text_width(text, size, bold) for text in texts), default=0.0)


def shortened(name: str, *, narrow: bool = False) -> str:
    """A long id, shortened in its middle: ids differ at their ends.

    >>> shortened("P17"), shortened("NORTH-WEST/CAR-T 2023 no. 001")
    ('P17', 'NORTH-…23 no. 001')
    >>> shortened("NORTH-WEST/CAR-T 2023 no. 001", narrow=True)
    'NORT…no. 001'
    >>> shortened("血液科第三病区患者001")
    '血液科…区患者001'
    """
    chinese = sum(map(is_wide, name))
    longest = LONGEST_NARROW if narrow else LONGEST_NAME
    if len(name) + chinese <= longest:
        return name
    if chinese > len(name) / 3:
        head, tail = (2, 4) if narrow else (3, 6)
    else:
        head, tail = (4, 7) if narrow else (6, 10)
    return f"{name[:head]}…{name[-tail:]}"
