"""The denominators that a sentence, its paragraph and its document offer, nearest first."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass

from pht_core.claims.finding.patterns import PAD, Words, leading, read_expressions
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.reading.sentences import Sentences

PATTERNS = read_expressions("denominators")

SENTENCES_BACK = 6  # of the same paragraph
_STRONG = {"of", "among", "amongst", "out of"}


@dataclass(frozen=True)
class Total:
    """A number that may be a denominator, with its place; ``strong``: "Of the 46 patients"."""

    place: int
    end: int
    n: int
    strong: bool


@dataclass(frozen=True)
class Totals:
    """Every possible denominator of a text, in order; ``usual`` occur more than once."""

    items: tuple[Total, ...]
    usual: tuple[int, ...]
    seen: tuple[int, ...]

    def between(self, start: int, end: int) -> list[Total]:
        first = bisect_left(self.items, start, key=lambda item: item.place)
        last = bisect_right(self.items, end - 1, key=lambda item: item.place)
        return list(self.items[first:last])


def find_totals(plain: str, words: Words) -> Totals:
    """Numbers of patients in a prepared text, and which of them occur most."""
    found: dict[int, Total] = {}
    for expression in (PATTERNS["equals"], PATTERNS["noun"], PATTERNS["who"]):
        for match in words.matches(expression, plain):
            place = match.start("n")
            found[place] = Total(place, match.end("n"), _number(match), False)
    for match in words.matches(PATTERNS["frame"], plain):
        place = match.start("n")
        word = re.sub(r"\s+", " ", match["word"].lower())
        opens = _opens_clause(plain, match.start())
        if match["noun"] or opens or word.startswith("among"):
            total = (
                PATTERNS["total"].search(plain, max(match.start() - 10, 0), match.start())
                is not None
            )
            strong = word in _STRONG and (opens or total or word != "of")
            found[place] = Total(place, match.end("n"), _number(match), strong)
    items = tuple(sorted((item for item in found.values() if item.n), key=lambda item: item.place))
    times = Counter(item.n for item in items)
    common = [(n, count) for n, count in times.most_common(20) if n > 3]
    often = [n for n, count in common if count > 1]
    seen = tuple(n for n, _ in common)
    return Totals(items, tuple(often) or seen, seen)


def _number(match: re.Match[str]) -> int:
    return parse_count(match["n"].rstrip(PAD))


def _opens_clause(plain: str, start: int) -> bool:
    """Whether "Of the 46 patients" begins a clause: then it is the whole of what follows."""
    before = leading(plain, start, 3).rstrip(f" \r\n{PAD}")
    return not before or before[-1] in ".;:,(\x1e" or start == 0


def totals_near(
    totals: Totals, sentences: Sentences, place: int, own: set[int]
) -> tuple[list[Total], list[Total]]:
    """Denominators in reach of a claim, nearest first: of its sentence, and of those before it.

    ``own`` are the places of numbers that are counts or percentages of claims themselves.
    """
    number = sentences.number(place)
    start, end = sentences.span(number)
    here = [item for item in totals.between(start, end) if item.place not in own]
    here.sort(key=lambda item: (item.place > place, abs(item.place - place)))
    before: list[Total] = []
    for _ in range(SENTENCES_BACK):
        if not sentences.same_paragraph(number):
            break
        number -= 1
        first, last = sentences.span(number)
        before += [item for item in reversed(totals.between(first, last)) if item.place not in own]
    return here, before
