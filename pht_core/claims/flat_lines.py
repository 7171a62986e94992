"""Lines of cells that nothing but blanks or line ends part, put together as rows of a table.

``Deaths 82 (46) 113 (63) .32`` is a row of two cells; so are the lines ``Deaths``, ``82 (46)`` and
``113 (63)`` one after the other, as copied from a page with one cell a line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pht_core.claims.patterns import NUMBER

_PERCENT = r"(?P<rel>[<>≤≥])?\s?(?P<p>\d{1,3}(?:\.\d{1,3})?)\s?(?P<sign>%)?"
PAIR = re.compile(
    rf"(?<![\d.,/(-])(?P<k>{NUMBER})(?:\s?/\s?(?P<n>{NUMBER}))?\s?[(\[]\s?{_PERCENT}\s?[)\]]"
)
# A cell without a count: nothing, not given, a zero, an interval - or a p value, which is no cell.
_EMPTY = r"(?:NA|N/A|NR|ND|-|<\s?\d{1,3}\s?\(-\)|0)(?![\w.(%/])"
_CELL = re.compile(rf"(?P<pair>{PAIR.pattern})|(?<![\w.,])(?P<empty>{_EMPTY})")
_NO_WORDS = re.compile(r"(?:(?:NA|N/A|NR|ND|NS|Ref|p|e|[a-d])\b|[^A-Za-z])*$")
# A line that is a cell without a claim, such as an interval, a mean or a p value.
_ALONE = re.compile(r"(?:[^A-Za-z]*\d[^A-Za-z]*[a-d]?|NA|N/A|NR|ND|NS|-)[*†‡§]{0,3}$")
# Count and percent in two cells, one under the other.
_STACKED = re.compile(
    rf"[ ]{{0,9}}(?P<k>{NUMBER})(?P<n>(?!))?[ ]{{0,9}}\r?\n[ ]{{0,9}}(?P<rel>[<>≤≥])?\s?"
    r"(?P<p>\d{1,3}(?:\.\d{1,3})?)\s?(?P<sign>%)[ ]{0,9}(?=\r?\n|$)"
)
# "Agent known 149 83": a row of whole numbers is the N of those under it.
_WHOLES = re.compile(r"[A-Za-z][^\d]*((?:\s\d{1,3}(?:,\d{3})+|\s\d{1,7}){2,12})$")
LONGEST_CELL = 40
_N = re.compile(r"\bn\s?=\s?(\d{1,3}(?:,\d{3})+|\d{1,7})\b", re.IGNORECASE)
LONGEST_LINE = 300
LONGEST_LABEL = 120
LINES_ABOVE = 14
MOST_HEADINGS = 2
MOST_CELLS = 12


@dataclass(frozen=True)
class FlatRow:
    """A row: its cells in order, None where one is empty; ``totals`` are N that only it has."""

    cells: tuple[re.Match[str] | None, ...]
    section: int
    totals: tuple[int, ...]


@dataclass(frozen=True)
class FlatBlock:
    """Rows under one another, and the N that are named above them, in order."""

    rows: tuple[FlatRow, ...]
    totals: tuple[int, ...]
    headed: bool  # the lines above say that cells are counts and percents


def read_blocks(text: str) -> Iterator[FlatBlock]:
    """Every run of rows in a spelled text, with what is named above it."""
    rows: list[FlatRow] = []
    headings: list[str] = []
    above: list[str] = []
    section, own = 0, ()  # type: int, tuple[int, ...]
    pending: list[re.Match[str] | None] = []
    start = 0

    def close_row() -> None:
        if any(cell is not None for cell in pending):
            rows.append(FlatRow(tuple(pending[:MOST_CELLS]), section, own))
        pending.clear()

    stacked = 0
    for line in [*text.splitlines(keepends=True), ""]:
        cells = _cells(text, start, len(line))
        bare = line.strip()
        pair = _STACKED.match(text, start) if bare[:1].isdigit() and start >= stacked else None
        if pair or (start < stacked and line):
            pending += [pair] if pair else []
            stacked = pair.end() if pair else stacked
            headings = []
            start += len(line)
            continue
        start += len(line)
        if cells is not None and cells[0] and len(cells[1]) == 1:  # the line is one cell
            pending += cells[1]
            headings = []
            continue
        if not bare and line:
            continue
        if cells is None and len(bare) <= LONGEST_CELL and _ALONE.match(bare):
            pending.append(None)
            headings = []
            continue
        close_row()
        if cells is not None:
            rows.append(FlatRow(tuple(cells[1][:MOST_CELLS]), section, own))
            headings = []
            continue
        headings.append(bare)
        if rows and (len(headings) > MOST_HEADINGS or len(bare) > LONGEST_LABEL or not line):
            yield _block(rows, above)
            rows, above = [], headings[-LINES_ABOVE:]
            own = ()
        elif rows:
            section += 1
            wholes = _WHOLES.match(bare)
            own = tuple(_numbers(bare)) or (_split(wholes[1]) if wholes else ())
        if not rows:
            above = [*above, bare][-LINES_ABOVE:]


def _block(rows: list[FlatRow], above: list[str]) -> FlatBlock:
    heads = "\n".join(above)
    headed = re.search(r"n\s?[,;]?\s?\(?%\)?|no\.?\s?\(%\)|number \(%\)", heads, re.IGNORECASE)
    return FlatBlock(tuple(rows), tuple(_numbers(heads)), headed is not None)


def _split(numbers: str) -> tuple[int, ...]:
    return tuple(int(number.replace(",", "")) for number in numbers.split())


def _numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in _N.findall(text)]


def _cells(text: str, start: int, length: int) -> tuple[bool, list[re.Match[str] | None]] | None:
    """The cells at a line's end, and whether they are all of it; None if it is no row."""
    line = text[start : start + length]
    if length > LONGEST_LINE or not ("(" in line or "[" in line) or "|" in line or "\t" in line:
        return None
    first = PAIR.search(text, start, start + length)
    if first is None or first.start() - start > LONGEST_LABEL:
        return None
    end = start + length
    found: list[re.Match[str] | None] = []
    at = start
    label_ends = first.start()
    for match in _CELL.finditer(text, start, end):
        if match["pair"]:
            pair = PAIR.match(text, match.start())
            found.append(pair)
        elif match.start() < label_ends and re.search(r"\w", text[match.end() : label_ends]):
            found.clear()  # a dash within the label
            continue
        else:
            found.append(None)
        at = match.end()
    rest = "".join(text[a:b] for a, b in _between(found, first.start(), end))
    if not _NO_WORDS.match(rest.replace("\n", " ").strip()) or re.search(
        r"[.;:,]\s*$", text[at:end]
    ):
        return None
    label = text[start : first.start()].strip()
    return not re.search(r"\w", label), found


def _between(cells: list[re.Match[str] | None], start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for cell in cells:
        if cell is not None:
            yield at, cell.start()
            at = cell.end()
    yield at, end
