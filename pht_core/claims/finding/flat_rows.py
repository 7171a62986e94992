"""Lines of cells that nothing but blanks or line ends part, put together as rows of a table.

``Deaths 82 (46) 113 (63) .32`` is a row of two cells; so are the lines ``Deaths``, ``82 (46)`` and
``113 (63)`` one after the other, as copied from a page with one cell a line.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pht_core.claims.claim import Reading
from pht_core.claims.finding.patterns import NUMBER, STOP
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.judging.judging import denominators_that_fit, follows, share_fits
from pht_core.claims.judging.table_fit import (
    is_other_measure,
    more_than_missing,
    sum_of_all,
    usual_decimals,
)
from pht_core.claims.verdicts import CANNOT_TELL

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


FEWEST_ROWS = 2
FEWEST_NARROW = 3  # rows of one cell are less of a table
FEWEST_FITTING = 0.6
FEWEST_TOGETHER = 4  # cells of a block, whatever their column
FEWEST_TO_ACCUSE = 3
NEAR = 20
FEWEST_FRACTIONS = 0.8

_Placed = tuple[int, FlatRow, Reading, bool]  # column, row, claim, glued to a word


def find_flat_rows(plain: str, text: str, taken: list[Reading]) -> list[Reading]:
    """Claims in rows of pairs under a row of N; what is taken already is left alone."""
    own = {reading.pct_start for reading in taken}
    found: list[Reading] = []
    for block in read_blocks(text):
        width = _width(block)
        if len(block.rows) < (FEWEST_ROWS if width > 1 else FEWEST_NARROW):
            continue
        placed = [
            item
            for item in _placed(block, width, text)
            if item[2].pct_start not in own and STOP not in plain[item[2].start : item[2].end]
        ]
        found += _fractions([item for item in placed if item[2].n_source == "explicit"])
        found += _shares(block, width, [item for item in placed if not item[2].n_source])
    return found


def _width(block: FlatBlock) -> int:
    """How many columns have claims: what stands behind them, such as p values, does not count."""
    widths = Counter(
        max(at for at, cell in enumerate(row.cells, start=1) if cell is not None)
        for row in block.rows
    )
    most = max(widths.values())
    return max(width for width, times in widths.items() if times == most)


def _placed(block: FlatBlock, width: int, text: str) -> list[_Placed]:
    """Every pair of a block with its column; -1 where a row has another number of cells."""
    placed = []
    for row in block.rows:
        cells = list(row.cells)
        while len(cells) > width and cells[-1] is None:
            cells.pop()
        while len(cells) > width and cells[0] is None:  # a label such as "0" or "-"
            cells.pop(0)
        for at, match in enumerate(cells):
            if match is None:
                continue
            before = text[match.start() - 1 : match.start()]
            reading = Reading(
                start=match.start(),
                end=match.end(),
                pct_start=match.start("p"),
                pct_end=match.end("p"),
                percent=match["p"],
                kind="table",
                numerator=parse_count(match["k"]),
                denominator=parse_count(match["n"]) if match["n"] else None,
                n_source="explicit" if match["n"] else None,
                relation=match["rel"] or "=",
                strong=match["sign"] is not None,
            )
            column = at if len(cells) == width else -1
            # "labour2317 (67.0)" can only be the count, "m217 (3.0)" may be m2 and 17.
            glued = before.isalpha() and not text[match.start() - 3 : match.start()].isalpha()
            placed.append((column, row, reading, glued))
    return placed


def _fits(reading: Reading, n: int) -> bool:
    return share_fits(reading.numerator or 0, n, reading.percent, relation=reading.relation)


def _fractions(placed: list[_Placed]) -> list[Reading]:
    """Cells such as "26/26 (100)", which carry their N: nearly all fit, or they are no percents."""
    good = sum(_fits(reading, reading.denominator or 0) for _, _, reading, _ in placed)
    if len(placed) < 2 * FEWEST_ROWS or good < FEWEST_FRACTIONS * len(placed):
        return []
    return [reading for _, _, reading, _ in placed]


def _shares(block: FlatBlock, width: int, placed: list[_Placed]) -> list[Reading]:
    columns: dict[int, list[_Placed]] = defaultdict(list)
    rows: dict[int, list[_Placed]] = defaultdict(list)
    for item in placed:
        columns[item[0]].append(item)
        rows[id(item[1])].append(item)
    totals = block.totals[-width:] if len(block.totals) >= width else ()
    found: list[Reading] = []
    fitting = sum(
        _fits(item[2], n)
        for item in placed
        if item[2].numerator and (n := _total(item, totals, width))
    )
    usual = usual_decimals(
        item[2] for item in placed if _fits(item[2], _total(item, totals, width))
    )
    most_fit = fitting >= FEWEST_TOGETHER and 2 * fitting >= len(placed)
    for column, items in columns.items():
        known = {id(item): _total(item, totals, width) for item in items}
        telling = [item for item in items if known[id(item)] and item[2].numerator]
        good = [item for item in telling if _fits(item[2], known[id(item)])]
        trusted = (
            column >= 0
            and len(good) >= (1 if most_fit else FEWEST_ROWS)
            and len(good) >= FEWEST_FITTING * len(telling)
        )
        readings = [item[2] for item in items]
        bad = [item for item in items if trusted and not _fits(item[2], known[id(item)])]
        places = {id(item): place for place, item in enumerate(bad)}
        for at, item in enumerate(items):
            reading, glued = item[2], item[3]
            unlike = not reading.strong and is_other_measure(reading, usual)
            if unlike and not all(
                _fits(other[2], _total(other, totals, width)) for other in rows[id(item[1])]
            ):
                continue
            if trusted and _fits(reading, known[id(item)]):
                found.append(reading.changed(denominator=known[id(item)], n_source="header"))
            elif trusted and (whole := sum_of_all(readings, at, known[id(item)])):
                found.append(reading.changed(denominator=whole, n_source="assumed"))
            elif glued or (reading.numerator or 0) > 10 * max(totals, default=999_999):
                continue  # the label may end in a digit
            elif trusted and known[id(item)] >= (reading.numerator or 0):
                named = reading.changed(denominator=known[id(item)], n_source="header")
                here = places[id(item)]
                near = bad[max(here - NEAR, 0) : here + NEAR]
                beside = [other for other in rows[id(item[1])] if other is not item]
                open_ = len(good) < FEWEST_TO_ACCUSE - most_fit or _doubted(
                    item, known[id(item)], near, beside, totals
                )
                found.append(named.changed(verdict=CANNOT_TELL) if open_ else named)
            elif reading.strong or most_fit or (block.headed and len(items) >= FEWEST_NARROW):
                found.append(reading.changed(verdict=CANNOT_TELL))
    return found


def _total(item: _Placed, totals: tuple[int, ...], width: int) -> int:
    """The N of a cell: its section's own where that names one a column, else the header's."""
    column, row, reading, _ = item
    if not 0 <= column < width:
        return 0
    own = row.totals[column] if len(row.totals) == width else 0
    if own and (not totals or follows(reading, own) or not follows(reading, totals[column])):
        return own
    return totals[column] if totals else 0


def _doubted(
    item: _Placed, n_here: int, bad: list[_Placed], beside: list[_Placed], totals: tuple[int, ...]
) -> bool:
    """Whether another N may hold: a neighbour column's, or one that gives others of its section."""
    _, row, reading, _ = item
    if more_than_missing(reading, n_here):
        return False
    if beside and not any(
        other[0] < len(totals) and _fits(other[2], totals[other[0]]) for other in beside
    ):
        return True
    if not beside and any(follows(reading, n) for n in totals):
        return True
    here = set(denominators_that_fit(reading.numerator or 0, reading.percent, most=12))
    others = [other[2] for other in bad if other is not item and other[1].section == row.section]
    return any(follows(other, n) for other in others for n in here)
