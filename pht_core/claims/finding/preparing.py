"""From a spelled text to one in which only what can be a claim is left to find.

Every step keeps each character's place: what is never a claim becomes blanks, the borders of
cells and paragraphs become signs that no pattern crosses, number words become padded digits.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pht_core.claims.claim import Reading
from pht_core.claims.finding.denominators import Totals, find_totals
from pht_core.claims.finding.patterns import PAD, STOP, Words, leading, read_never
from pht_core.claims.finding.printed import NUMBER_STARTS, NUMBER_WORD, parse_count
from pht_core.claims.reading.layout import Layout, read_layout
from pht_core.claims.reading.sentences import Sentences, split_sentences
from pht_core.claims.reading.tables import find_tables
from pht_core.claims.reading.typography import Spelled, spell_alike

_PARAGRAPH = re.compile(r"\n[ \t\r]{0,80}(?=\n)")
_WORD = re.compile(
    rf"\b(?={NUMBER_STARTS})(?<!-)(?:{NUMBER_WORD}|zero|none(?=\s+of\b))(?![\w-])", re.IGNORECASE
)
LONGEST_LEAD = 120  # characters before a stretch that may say what it is


@dataclass(frozen=True)
class PreparedText:
    """A text prepared for finding claims; a place is the same in ``text``, ``plain``, ``prose``.

    ``spelled``: in one spelling, with the way back into the text as read; ``plain``: without what
    is never a claim, number words as digits; ``prose``: the same with tables blanked, whose cells
    are read in their own way; ``totals``: possible denominators; ``words``: the places of all
    words; ``not_checked``: how many stretches of each kind were blanked.
    """

    spelled: Spelled
    plain: str
    prose: str
    sentences: Sentences
    layouts: tuple[Layout, ...]
    totals: Totals
    words: Words
    not_checked: dict[str, int]

    @property
    def text(self) -> str:
        return self.spelled.text

    @cached_property
    def named(self) -> tuple[int, ...]:
        """Numbers of patients that it names, the most frequent first, then those of headers."""
        in_headers = (n for layout in self.layouts for n in layout.known_totals.values())
        return tuple(dict.fromkeys([*self.totals.seen, *in_headers]))

    def matches(self, expression: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Every match in the spelled text."""
        return self.words.matches(expression, self.text)

    def by_sentence(self, readings: Iterable[Reading]) -> dict[int, list[Reading]]:
        """Claims by the number of the sentence that holds their percentage."""
        found: dict[int, list[Reading]] = defaultdict(list)
        for reading in readings:
            found[self.sentences.number(reading.pct_start)].append(reading)
        return found


class Occupied:
    """The characters of a text that belong to claims already read."""

    def __init__(self, length: int, readings: Iterable[Reading] = ()) -> None:
        self._taken = bytearray(length)
        for reading in readings:
            self.take(*reading.span)

    def take(self, start: int, end: int) -> None:
        self._taken[start:end] = b"\x01" * (end - start)

    def is_free(self, start: int, end: int) -> bool:
        return not any(self._taken[start:end])


def prepare_text(text: str) -> PreparedText:
    """Prepare a text as read."""
    spelled = spell_alike(text)
    tables = find_tables(spelled.text)
    bordered = mark_borders(spelled.text, [place for table in tables for place in table.borders])
    words = Words(bordered)
    blanked, not_checked = blank_never(bordered, words)
    plain = spell_out_numbers(blanked, words)
    pieces, at = [], 0
    for table in tables:
        pieces += [plain[at : table.start], STOP * (table.end - table.start)]
        at = table.end
    prose = "".join([*pieces, plain[at:]])
    layouts = tuple(read_layout(table) for table in tables)
    sentences, totals = split_sentences(plain), find_totals(plain, words)
    return PreparedText(spelled, plain, prose, sentences, layouts, totals, words, not_checked)


def mark_borders(text: str, cells: list[int]) -> str:
    """Put a stop at paragraph ends, tabs and the given borders of cells."""
    characters = list(text)
    for match in _PARAGRAPH.finditer(text):
        characters[match.start()] = STOP
    for place in cells:
        if place < len(characters):
            characters[place] = STOP
    return "".join(characters).replace("\t", STOP)


def blank_never(text: str, words: Words | None = None) -> tuple[str, dict[str, int]]:
    """Blank what is never a claim; how many stretches of each kind there were."""
    counts: Counter[str] = Counter()
    words = words or Words(text)
    for pattern in read_never():
        pieces, at = [], 0
        for match in words.matches(pattern.expression, text):
            start = match.start()
            lead = leading(text, start, LONGEST_LEAD)
            if pattern.before is None or pattern.before.search(lead):
                pieces += [text[at:start], _blank(match)]
                at = match.end()
                counts[pattern.id] += 1
        text = "".join([*pieces, text[at:]]) if pieces else text
    return text, dict(counts)


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


def spell_out_numbers(text: str, words: Words | None = None) -> str:
    """Number words as digits, padded to their length.

    >>> spell_out_numbers("Four of the 30").replace(PAD, "_")
    '4___ of the 30'
    """
    pieces, at = [], 0
    for match in (words or Words(text)).matches(_WORD, text):
        digits = str(parse_count(match[0]))
        pieces += [text[at : match.start()], digits.ljust(len(match[0]), PAD)]
        at = match.end()
    return "".join([*pieces, text[at:]])
