"""A manuscript's text cut into what the browser shows: parts, blocks, and stretches with marks.

Only plain strings leave this module; the browser puts them on the page as text, never as HTML.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from pht_core.claims.claim import Claim

PART = 40_000  # characters shown at once: a browser lays them out without a pause
LONGEST_HEADING = 90

PIPES = re.compile(r"\s*\|.*\|\s*")  # a row of a table in Markdown

Span = tuple[int, int]


@dataclass(frozen=True)
class Mark:
    """A stretch of the text that belongs to a claim; ``place`` is the claim's in its list."""

    start: int
    end: int
    place: int


def split_parts(text: str, most: int = PART) -> list[Span]:
    """Start and end of each part: cut between paragraphs, else between lines, else words."""
    parts, start = [], 0
    while len(text) - start > most:
        cuts = (text.rfind(cut, start + most // 2, start + most) for cut in ("\n\n", "\n", " "))
        end = next((cut + 1 for cut in cuts if cut >= 0), start + most)
        parts.append((start, end))
        start = end
    return [*parts, (start, len(text))]


def part_of(parts: Sequence[Span], offset: int) -> int:
    """The number of the part that holds a place of the text."""
    return next((n for n, (start, end) in enumerate(parts) if start <= offset < end), 0)


def place_marks(claims: Sequence[Claim]) -> list[Mark]:
    """A mark for each claim, none over another; each holds the percent itself."""
    order = sorted(range(len(claims)), key=lambda place: claims[place].pct_start)
    marks: list[Mark] = []
    for number, place in enumerate(order):
        claim = claims[place]
        after = claims[order[number + 1]].pct_start if number + 1 < len(order) else claim.end
        start = max(claim.start, marks[-1].end if marks else 0)
        end = max(min(claim.end, after), claim.pct_end)
        if start < end:
            marks.append(Mark(start, end, place))
    return marks


def cut_blocks(
    text: str, part: Span, marks: Sequence[Mark], lit: Sequence[Span] = ()
) -> list[dict[str, Any]]:
    """Paragraphs, headings and tables of a part, each as stretches of text.

    A stretch is ``[text, claim or -1, is its last, is lit]``; ``lit`` are places of a finding.
    """
    blocks: list[dict[str, Any]] = []
    for kind, group in groupby(_lines(text, part), key=lambda line: _kind(text, line)):
        lines = list(group)
        if kind == "table":
            rows = [[_cut(text, cell, marks, lit) for cell in _cells(text, line)] for line in lines]
            blocks.append({"kind": kind, "rows": rows})
        elif kind == "text":
            span = (lines[0][0], lines[-1][1])
            heading = len(lines) == 1 and _is_heading(text[span[0] : span[1]])
            blocks.append(
                {"kind": "heading" if heading else kind, "cut": _cut(text, span, marks, lit)}
            )
    return blocks


def _lines(text: str, part: Span) -> Iterator[Span]:
    start = part[0]
    while start < part[1]:
        end = text.find("\n", start, part[1])
        end = part[1] if end < 0 else end
        yield start, end
        start = end + 1


def _kind(text: str, line: Span) -> str:
    content = text[line[0] : line[1]]
    if "\t" in content or PIPES.fullmatch(content):
        return "table"
    return "text" if content.strip() else ""


def _is_heading(line: str) -> bool:
    words = line.strip()
    return len(words) <= LONGEST_HEADING and bool(re.match(r"[A-Z0-9][^\n]*[^.,:;)\d%]$", words))


def _cells(text: str, line: Span) -> Iterator[Span]:
    start, end = line
    between = "\t"
    if "\t" not in text[start:end]:
        between = "|"
        start, end = text.index("|", start) + 1, text.rindex("|", start, end)
    for piece in text[start:end].split(between):
        yield start, start + len(piece)
        start += len(piece) + 1


def _cut(text: str, span: Span, marks: Sequence[Mark], lit: Sequence[Span]) -> list[list[Any]]:
    inside = [mark for mark in marks if mark.start < span[1] and mark.end > span[0]]
    ends = {span[0], span[1]}
    for start, end in [*((mark.start, mark.end) for mark in inside), *lit]:
        ends |= {place for place in (start, end) if span[0] < place < span[1]}
    points = sorted(ends)
    stretches: list[list[Any]] = []
    for start, end in pairwise(points):
        mark = next((mark for mark in inside if mark.start <= start < mark.end), None)
        stretches.append(
            [
                text[start:end],
                -1 if mark is None else mark.place,
                mark is not None and end == mark.end,
                any(low <= start < high for low, high in lit),
            ]
        )
    return stretches
