"""From a spelled text to one in which only what can be a claim is left to find.

Every step keeps each character's place: what is never a claim becomes blanks, the borders of
cells and paragraphs become signs that no pattern crosses, number words become padded digits.
"""

import re
from functools import partial

from pht_core.claims.finding.patterns import PAD, STOP, read_never
from pht_core.claims.finding.printed import NUMBER_WORD, parse_count

_PARAGRAPH = re.compile(r"\n[ \t\r]{0,80}(?=\n)")
_WORD = re.compile(rf"(?<![\w-])(?:{NUMBER_WORD}|zero|none(?=\s+of\b))(?![\w-])", re.IGNORECASE)
LONGEST_LEAD = 120  # characters before a stretch that may say what it is


def mark_borders(text: str, cells: list[int]) -> str:
    """Put a stop at paragraph ends, tabs and the given borders of cells."""
    characters = list(text)
    for match in _PARAGRAPH.finditer(text):
        characters[match.start()] = STOP
    for place in cells:
        if place < len(characters):
            characters[place] = STOP
    return "".join(characters).replace("\t", STOP)


def blank_never(text: str) -> tuple[str, dict[str, int]]:
    """Blank what is never a claim; how many stretches of each kind there were."""
    counts: dict[str, int] = {}
    for pattern in read_never():
        before = pattern.before
        if before is None:
            text, found = pattern.expression.subn(_blank, text)
        else:
            text, found = pattern.expression.subn(partial(_blank_after, before), text)
        if found:
            counts[pattern.id] = found
    return text, counts


def _blank_after(before: re.Pattern[str], match: re.Match[str]) -> str:
    words = match.string[max(match.start() - LONGEST_LEAD, 0) : match.start()]
    return _blank(match) if before.search(words) else match[0]


def _blank(match: re.Match[str]) -> str:
    found = match[0]
    # A bracket opened outside the stretch must stay, so must one closed outside.
    shut = found.count("(") + found.count("[") - found.count(")") - found.count("]")
    blank = [" "] * len(found)
    if shut > 0 and found[0] in "([":
        blank[0] = found[0]
    elif shut < 0 and found[-1] in ")]":
        blank[-1] = found[-1]
    return "".join(blank)


def spell_out_numbers(text: str) -> str:
    """Number words as digits, padded to their length.

    >>> spell_out_numbers("Four of the 30").replace(PAD, "_")
    '4___ of the 30'
    """
    return _WORD.sub(_digits, text)


def _digits(match: re.Match[str]) -> str:
    return str(parse_count(match[0])).ljust(len(match[0]), PAD)
