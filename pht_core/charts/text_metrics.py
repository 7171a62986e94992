"""How wide words are, before any program has drawn them; names short enough for their place."""

from __future__ import annotations

from collections.abc import Iterable

# Pictures narrower than this are laid out for a column of a journal.
NARROW = 640
# Longest name of a patient, in letters; one of Chinese counts as two.
LONGEST_NAME, LONGEST_NARROW = 17, 12

# Widths in sizes of the font, of kinds of letters; Source Sans 3, with some room.
_THIN, _SMALL, _LARGE, _BROAD, _CHINESE = 0.33, 0.535, 0.63, 0.87, 1.0
_BOLD = 1.07
_THIN_LETTERS = frozenset(" !'(),-./:;I[]fijlrt|·")
_BROAD_LETTERS = frozenset("%@MWmw…—")
FIRST_CHINESE = "\u2e80"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of words in units, with some room.

    >>> round(text_width("17 (100%)", 10))
    45
    >>> text_width("患者", 12)
    24.0
    """
    width = sum(map(_letter, text))
    return size * width * (_BOLD if bold else 1)


def _letter(letter: str) -> float:
    if letter >= FIRST_CHINESE:
        return _CHINESE
    if letter in _THIN_LETTERS:
        return _THIN
    if letter in _BROAD_LETTERS:
        return _BROAD
    return _LARGE if letter.isupper() else _SMALL


def widest(texts: Iterable[str], size: float, *, bold: bool = False) -> float:
    """Width of the widest of some lines; 0 where there is none."""
    return max((text_width(text, size, bold=bold) for text in texts), default=0.0)


def shortened(name: str, *, narrow: bool = False) -> str:
    """A long id, shortened in its middle: ids differ at their ends.

    >>> shortened("P17"), shortened("NORTH-WEST/CAR-T 2023 no. 001")
    ('P17', 'NORTH-…23 no. 001')
    >>> shortened("NORTH-WEST/CAR-T 2023 no. 001", narrow=True)
    'NORT…no. 001'
    >>> shortened("血液科第三病区患者001")
    '血液科…区患者001'
    """
    chinese = sum(letter >= FIRST_CHINESE for letter in name)
    longest = LONGEST_NARROW if narrow else LONGEST_NAME
    if len(name) + chinese <= longest:
        return name
    if chinese > len(name) / 3:
        head, tail = (2, 4) if narrow else (3, 6)
    else:
        head, tail = (4, 7) if narrow else (6, 10)
    return f"{name[:head]}…{name[-tail:]}"
