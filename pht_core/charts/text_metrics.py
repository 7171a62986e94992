"""How wide texts are before any program has drawn them; names short enough for their place."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

# Longest name of a patient, in letters; one of Chinese counts as two.
LONGEST_NAME, LONGEST_NARROW = 17, 12

_READ = tomllib.loads(Path(__file__).with_name("letter_widths.toml").read_text("utf-8"))
_WIDTHS = {
    bold: dict(zip(map(chr, range(32, 127)), _READ[name], strict=True))
    for bold, name in ((False, "regular"), (True, "bold"))
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
