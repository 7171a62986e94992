"""One spelling for many: spaces, dashes, decimal signs and LaTeX, with the way back to the print.

Patterns then need one spelling only, and every place that they find is translated back into an
offset of the text as it was read.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from html import unescape

from pht_core.claims.finding.patterns import read_expressions

PATTERNS = read_expressions("typography")
_SPACES = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# A raised number is a citation or an exponent, a lowered one part of a name: neither counts.
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = "₀₁₂₃₄₅₆₇₈₉"
_ONE_FOR_ONE: dict[int, int | str] = {
    **_FULL_WIDTH,
    **dict.fromkeys(map(ord, _SPACES), " "),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _RAISED), "^"),
    **dict.fromkeys(map(ord, _LOWERED), "_"),
    **dict.fromkeys(map(ord, "∙⋅‧•"), "·"),
    **dict.fromkeys(map(ord, "⁄∕"), "/"),
    **dict.fromkeys(map(ord, "‘’ʼ`"), "'"),
    **dict.fromkeys(map(ord, "“”"), '"'),
    **str.maketrans("﹪⩽≦⩾≧∼≈", "%≤≤≥≥~~"),
}
_LATEX = {
    r"\pm": "±", r"\%": "%", r"\times": "×", r"\leq": "≤", r"\le": "≤", r"\geq": "≥", r"\ge": "≥",
    r"\sim": "~", r"\approx": "~", r"\cdot": "·", r"\,": " ", r"\;": " ", r"\[": "[", r"\]": "]",
    r"\(": "(", r"\)": ")",
}  # fmt: skip
FEWEST_COMMAS = 4


@dataclass(frozen=True)
class Spelled:
    """A text in one spelling; ``origin`` leads back into the text as read."""

    text: str
    original: str
    _places: tuple[int, ...]
    _origins: tuple[int, ...]

    def origin(self, place: int) -> int:
        """The offset in the original of a place in `text`."""
        at = bisect_right(self._places, place) - 1
        return min(self._origins[at] + place - self._places[at], len(self.original))

    def origin_span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the original of a part of `text`."""
        first = self.origin(start)
        if end <= start:
            return first, first
        at = bisect_left(self._places, end)
        if at < len(self._places) and self._places[at] == end:
            return first, self._origins[at]  # what was dropped behind it is left out
        return first, self.origin(end - 1) + 1

    def printed(self, start: int, end: int) -> str:
        """The original's characters for a part of `text`."""
        first, last = self.origin_span(start, end)
        return self.original[first:last]


def spell_alike(text: str) -> Spelled:
    """One spelling of a text's numbers, with offsets back into it.

    >>> found = spell_alike("18·5% (12/\u200965) and 2,803")
    >>> found.text
    '18.5% (12/ 65) and 2,803'
    """
    pieces: list[str] = []
    places, origins = [0], [0]
    at = length = 0
    for match in PATTERNS["changes_length"].finditer(text):
        put = _replacement(match[0])
        pieces += [text[at : match.start()], put]
        length += match.start() - at
        places += [length, length + len(put)]
        origins += [match.start(), match.end()]
        length += len(put)
        at = match.end()
    pieces.append(text[at:])
    plain = "".join(pieces).translate(_ONE_FOR_ONE)
    plain = PATTERNS["middle_dot"].sub(".", plain)
    if _writes_commas(plain):
        plain = _with_decimal_points(plain)
    return Spelled(plain, text, tuple(places), tuple(origins))


def _replacement(found: str) -> str:
    """LaTeX and entities as the signs that they stand for; anything else is dropped."""
    return unescape(found) if found[0] == "&" else _LATEX.get(found, "")


def _writes_commas(text: str) -> bool:
    """Whether a text's percentages have decimal commas, and none a decimal point."""
    if PATTERNS["decimal_point"].search(text) or PATTERNS["point_in_cell"].search(text):
        return False
    if PATTERNS["decimal_comma"].search(text):
        return True
    return len(PATTERNS["comma_in_cell"].findall(text)) >= FEWEST_COMMAS and "%" in text


def _with_decimal_points(text: str) -> str:
    """A text with decimal commas: 39,4 becomes 39.4 and 1.234 becomes 1,234, at equal length."""
    swapped = PATTERNS["point_of_thousand"].sub(lambda found: found[0].replace(".", ","), text)
    return PATTERNS["comma_between"].sub(".", swapped)
