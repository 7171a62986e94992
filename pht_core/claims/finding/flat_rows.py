"""Lines of cells that nothing but blanks or line ends part, put together as rows of a table.

``Deaths 82 (46) 113 (63) .32`` is a row of two cells; so are the lines ``Deaths``, ``82 (46)`` and
``113 (63)`` one after the other, as copied from a page with one cell a line.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pht_core.claims.claim import Reading
from pht_core.claims.finding.explicit import read_groups
from pht_core.claims.finding.patterns import STOP, read_expressions
from pht_core.claims.finding.preparing import PreparedText
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.judging.judging import (
    denominators_that_fit,
    fits,
    fits_half_up,
    more_than_missing,
)
from pht_core.claims.judging.table_fit import complementary_total, is_other_measure, usual_decimals
from pht_core.claims.verdicts import CANNOT_TELL

PATTERNS = read_expressions("flat_rows")

LONGEST_CELL = 40
LONGEST_LINE = 300
LONGEST_LABEL = 120
LINES_ABOVE = 14
MOST_HEADINGS = 2
MOST_CELLS = 12
FEWEST_ROWS = 2
FEWEST_NARROW = 3  # rows of one cell are less of a table
FEWEST_FITTING = 0.6
FEWEST_TOGETHER = 4  # cells of a block, whatever their column
FEWEST_TO_FLAG = 3
FEWEST_FRACTIONS = 0.8
NEAR = 20  # cells of a column that do not fit, up and down, that are looked at for one


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
    headed: bool  # the lines above say that cells are counts and percentages


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
        begins = bare[:1].isdigit() and start >= stacked
        pair = PATTERNS["stacked"].match(text, start) if begins else None
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
        if cells is None and len(bare) <= LONGEST_CELL and PATTERNS["alone"].match(bare):
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
            wholes = PATTERNS["wholes"].match(bare)
            own = tuple(_numbers(bare)) or tuple(
                parse_count(number) for number in (wholes[1].split() if wholes else ())
            )
        if not rows:
            above = [*above, bare][-LINES_ABOVE:]


def _block(rows: list[FlatRow], above: list[str]) -> FlatBlock:
    heads = "\n".join(above)
    headed = re.search(r"n\s?[,;]?\s?\(?%\)?|no\.?\s?\(%\)|number \(%\)", heads, re.IGNORECASE)
    return FlatBlock(tuple(rows), tuple(_numbers(heads)), headed is not None)


def _numbers(text: str) -> list[int]:
    return [parse_count(found) for found in PATTERNS["n"].findall(text)]


def _cells(text: str, start: int, length: int) -> tuple[bool, list[re.Match[str] | None]] | None:
    """The cells at a line's end, and whether they are all of it; None if it is no row."""
    line = text[start : start + length]
    if length > LONGEST_LINE or not ("(" in line or "[" in line) or "|" in line or "\t" in line:
        return None
    first = PATTERNS["pair"].search(text, start, start + length)
    if first is None or first.start() - start > LONGEST_LABEL:
        return None
    end = start + length
    found: list[re.Match[str] | None] = []
    at = start
    label_ends = first.start()
    for match in PATTERNS["cell"].finditer(text, start, end):
        if match["pair"]:
            pair = PATTERNS["pair"].match(text, match.start())
            found.append(pair)
        elif match.start() < label_ends and re.search(r"\w", text[match.end() : label_ends]):
            found.clear()  # a dash within the label
            continue
        else:
            found.append(None)
        at = match.end()
    rest = "".join(text[a:b] for a, b in _between(found, first.start(), end))
    if not PATTERNS["no_words"].match(rest.replace("\n", " ").strip()) or re.search(
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


@dataclass(eq=False)
class FlatCell:
    """A pair of count and percentage in its block.

    Parameters
    ----------
    column : -1 where its row has another number of cells than the block.
    is_glued : a letter stands right before its count, which may be the label's.
    n, fits : the N named for it, 0 if there is none, and whether the percentage fits it.
    """

    column: int
    row: FlatRow
    reading: Reading
    is_glued: bool
    n: int
    fits: bool


def find_flat_rows(text: PreparedText, taken: list[Reading]) -> list[Reading]:
    """Claims in rows of pairs under a row of N; what is taken already is left alone."""
    own = {reading.pct_start for reading in taken}
    found: list[Reading] = []
    for block in read_blocks(text.text):
        width = _width(block)
        if len(block.rows) < (FEWEST_ROWS if width > 1 else FEWEST_NARROW):
            continue
        totals = block.totals[-width:] if len(block.totals) >= width else ()
        cells = [
            cell
            for cell in _read_cells(block, width, totals, text.text)
            if cell.reading.pct_start not in own
            and STOP not in text.prose[cell.reading.start : cell.reading.end]
        ]
        fractions = [cell for cell in cells if cell.reading.n_source]
        # Cells such as "26/26 (100)": nearly all fit their N, or they are no percentages.
        fitting = sum(fits(cell.reading, cell.reading.denominator) for cell in fractions)
        if len(fractions) >= 2 * FEWEST_ROWS and fitting >= FEWEST_FRACTIONS * len(fractions):
            found += [cell.reading for cell in fractions]
        found += _resolve_shares(
            block.headed, totals, [cell for cell in cells if not cell.reading.n_source]
        )
    return found


def _width(block: FlatBlock) -> int:
    """How many columns have claims: what stands behind them, such as p values, does not count."""
    widths = Counter(
        max((at for at, cell in enumerate(row.cells, start=1) if cell is not None), default=0)
        for row in block.rows
    )
    most = max(widths.values())
    return max(width for width, times in widths.items() if times == most)


def _read_cells(
    block: FlatBlock, width: int, totals: tuple[int, ...], text: str
) -> Iterator[FlatCell]:
    for row in block.rows:
        cells = list(row.cells)
        while len(cells) > width and cells[-1] is None:
            cells.pop()
        while len(cells) > width and cells[0] is None:  # a label such as "0" or "-"
            cells.pop(0)
        for at, match in enumerate(cells):
            if match is None:
                continue
            start = match.start()
            reading = read_groups(match, "table").changed(strong=match["sign"] is not None)
            # "labour2317 (67.0)" can only be the count, "m217 (3.0)" may be m2 and 17.
            glued = text[start - 1 : start].isalpha() and not text[start - 3 : start].isalpha()
            column = at if len(cells) == width else -1
            n = _total(reading, column, row, totals, width)
            yield FlatCell(column, row, reading, glued, n, fits(reading, n))


def _total(reading: Reading, column: int, row: FlatRow, totals: tuple[int, ...], width: int) -> int:
    """The N of a cell: its section's own where that names one a column, else the header's."""
    if column < 0:
        return 0
    own = row.totals[column] if len(row.totals) == width else 0
    if own and (
        not totals or fits_half_up(reading, own) or not fits_half_up(reading, totals[column])
    ):
        return own
    return totals[column] if totals else 0


def _resolve_shares(headed: bool, totals: tuple[int, ...], cells: list[FlatCell]) -> list[Reading]:
    columns: dict[int, list[FlatCell]] = defaultdict(list)
    rows: dict[int, list[FlatCell]] = defaultdict(list)
    for cell in cells:
        columns[cell.column].append(cell)
        rows[id(cell.row)].append(cell)
    found: list[Reading] = []
    fitting = sum(bool(cell.fits and cell.reading.numerator) for cell in cells)
    usual = usual_decimals(cell.reading for cell in cells if cell.fits)
    most_fit = fitting >= FEWEST_TOGETHER and 2 * fitting >= len(cells)
    for column, column_cells in columns.items():
        telling = [cell for cell in column_cells if cell.n and cell.reading.numerator]
        good = sum(cell.fits for cell in telling)
        trusted = (
            column >= 0
            and good >= (1 if most_fit else FEWEST_ROWS)
            and good >= FEWEST_FITTING * len(telling)
        )
        few = good < FEWEST_TO_FLAG - most_fit
        readings = [cell.reading for cell in column_cells]
        bad = [cell for cell in column_cells if trusted and not cell.fits]
        bad_before = 0
        for at, cell in enumerate(column_cells):
            reading = cell.reading
            near = bad[max(bad_before - NEAR, 0) : bad_before + NEAR]
            bad_before += trusted and not cell.fits
            row = rows[id(cell.row)]
            unlike = not reading.strong and is_other_measure(reading, usual)
            if unlike and not all(other.fits for other in row):
                continue
            if trusted and cell.fits:
                found.append(reading.changed(denominator=cell.n, n_source="header"))
            elif trusted and (whole := complementary_total(readings, at, cell.n)):
                found.append(reading.changed(denominator=whole, n_source="assumed"))
            elif cell.is_glued or reading.k > 10 * max(totals, default=999_999):
                continue  # the label may end in a digit
            elif trusted and cell.n >= reading.k:
                unsure = few or _doubt(cell, near, row, totals)
                verdict = CANNOT_TELL if unsure else ""
                found.append(
                    reading.changed(denominator=cell.n, n_source="header", verdict=verdict)
                )
            elif reading.strong or most_fit or (headed and len(column_cells) >= FEWEST_NARROW):
                found.append(reading.changed(verdict=CANNOT_TELL))
    return found


def _doubt(
    cell: FlatCell, near: list[FlatCell], row: list[FlatCell], totals: tuple[int, ...]
) -> bool:
    """Whether another N may hold: a neighbour column's, or one that gives others of its section."""
    reading = cell.reading
    if more_than_missing(reading, cell.n):
        return False
    beside = [other for other in row if other is not cell]
    if beside and not any(
        other.column < len(totals) and fits(other.reading, totals[other.column]) for other in beside
    ):
        return True
    if not beside and any(fits_half_up(reading, n) for n in totals):
        return True
    here = denominators_that_fit(reading.k, reading.percent, most=12)
    return any(
        fits_half_up(other.reading, n)
        for other in near
        if other is not cell and other.row.section == cell.row.section
        for n in here
    )
