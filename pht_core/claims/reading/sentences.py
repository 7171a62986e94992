"""Sentences, headings and lines of a text, so that a claim can be read where it stands."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from pht_core.claims.finding.patterns import STOP, read_expressions

PATTERNS = read_expressions("sentences")

# What runs on for longer is no sentence; work within one grows faster than its length.
LONGEST = 1600


@dataclass(frozen=True)
class Sentences:
    """Where sentences begin, and what heading each place stands under."""

    text: str
    starts: tuple[int, ...]
    headings: tuple[tuple[int, str], ...]

    def number(self, place: int) -> int:
        return bisect_right(self.starts, place) - 1

    def span(self, number: int) -> tuple[int, int]:
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.starts[number], end

    def around(self, place: int) -> tuple[int, int]:
        """Start and end of the sentence that holds a place."""
        return self.span(self.number(place))

    def same_paragraph(self, number: int) -> bool:
        """Whether a sentence follows the one before it in one paragraph."""
        start = self.starts[number]
        return number > 0 and not re.search(
            rf"{STOP}|\n\s*\n", self.text[max(start - 3, 0) : start]
        )

    def heading(self, place: int) -> str:
        """The heading above a place, empty where there is none."""
        at = bisect_right(self.headings, (place, "\uffff")) - 1
        return self.headings[at][1] if at >= 0 else ""


def split_sentences(plain: str) -> Sentences:
    """Where the sentences of a prepared text begin; abbreviations do not end one."""
    starts = [0]
    for match in PATTERNS["end"].finditer(plain):
        mark = match.start()
        if match["mark"] == "." and PATTERNS["abbreviation"].search(
            plain[max(mark - 12, 0) : mark + 1]
        ):
            continue
        if match.end() < len(plain):
            starts += range(starts[-1] + LONGEST, match.end() - LONGEST // 4, LONGEST)
            starts.append(match.end())
    starts += range(starts[-1] + LONGEST, len(plain) - LONGEST // 4, LONGEST)
    headings = [
        (match.start(), (match["name"] or match["table"]).strip().capitalize())
        for match in PATTERNS["heading"].finditer(plain)
    ]
    return Sentences(plain, tuple(starts), tuple(headings))
