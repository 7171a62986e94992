"""What stands on a page: words and rules with their places, lines, and blocks of lines.

Places are in points, y downwards, x in the direction in which the words run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

CELL_GAP = 1.0  # of the letters' height: what may part two cells
_WIDEST_BLANK = 2.0  # of the height: as wide a blank may a justified line have
_WIDER = 1.45  # than most blanks of the line
_NO_BLANK = 0.26  # of the height: a gap that is no blank of the file
_BLANK = 0.1  # less than this is no blank at all
_LEAST_PROSE = 4  # words


class Word(NamedTuple):
    """A word; ``follows``: the file has a blank before it, so that it is of the same cell."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    follows: bool | None = None

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Rule(NamedTuple):
    """A thin line; which way it runs follows from its sides."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def is_level(self) -> bool:
        return self.right - self.left > self.bottom - self.top


@dataclass(frozen=True)
class Page:
    words: list[Word]
    rules: list[Rule]


@dataclass(frozen=True)
class Line:
    """Words on one height, from left to right."""

    words: tuple[Word, ...]

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        return max(word.bottom for word in self.words)

    @property
    def size(self) -> float:
        return max(median(word.height for word in self.words), 1.0)

    @property
    def text(self) -> str:
        return join_words(self.words)

    @property
    def gaps(self) -> list[float]:
        """What stands between its words, in heights of the line."""
        size = self.size
        return [(other.left - one.right) / size for one, other in pairwise(self.words)]

    def parts(self, gap: float) -> list[tuple[Word, ...]]:
        """Its words in stretches with less than ``gap`` heights between two words.

        A blank of the file itself joins what is near; where files have blanks, none is there
        between two cells.
        """
        found, gaps = [[self.words[0]]], self.gaps
        blank = sorted(gaps)[len(gaps) // 4] if len(gaps) > 2 else gap
        wide = {
            None: min(gap, max(_WIDER * blank, _NO_BLANK)),
            True: max(gap, _WIDEST_BLANK),
            False: _NO_BLANK,
        }
        for other, between in zip(self.words[1:], gaps, strict=True):
            if between > wide[other.follows]:
                found.append([])
            found[-1].append(other)
        return [tuple(part) for part in found]

    def moved(self, across: float, down: float) -> "Line":
        moved = (
            Word(text, left + across, right + across, top + down, bottom + down, follows)
            for text, left, right, top, bottom, follows in self.words
        )
        return Line(tuple(moved))


@dataclass
class Block:
    """Lines that follow each other: prose, or a table; ``page`` is where they end."""

    lines: list[Line]
    is_table: bool
    page: int
    left: float
    right: float
    rules: list[Rule] = field(default_factory=list)


def edges(lines: Iterable[Line]) -> tuple[float, float]:
    """The left end of the line furthest left, and the right end of the one furthest right."""
    lines = list(lines)
    return min(line.left for line in lines), max(line.right for line in lines)


def join_words(words: Sequence[Word]) -> str:
    text = words[0].text if words else ""
    for before, word in pairwise(words):
        blank = " " if word.left - before.right > _BLANK * before.height else ""
        text += blank + word.text
    return text


def is_prose(words: tuple[Word, ...], least: float) -> bool:
    letters = sum(sum(map(str.isalpha, word.text)) for word in words)
    return (
        len(words) >= _LEAST_PROSE
        and words[-1].right - words[0].left >= least
        and 2 * letters > sum(len(word.text) for word in words)
    )


def read_lines(words: Iterable[Word]) -> list[Line]:
    """Words on one baseline, from the top down."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.bottom):
        for row in reversed(rows[-6:]):
            if abs(row[0].bottom - word.bottom) <= 0.2 * min(row[0].height, word.height):
                row.append(word)
                break
        else:
            rows.append([word])
    lines = [Line(tuple(sorted(row, key=lambda word: word.left))) for row in rows]
    return sorted(lines, key=lambda line: (line.bottom, line.left))
