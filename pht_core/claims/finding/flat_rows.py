"""Lines of cells that nothing but blanks or line ends part, put together as tables.

``Deaths 82 (46) 113 (63) .32`` is a row of two cells; so are the lines ``Deaths``, ``82 (46)`` and
``113 (63)`` one after the other, as copied from a page with one cell a line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pht_core.claims.claim import Reading
from pht_core.claims.finding.patterns import STOP, read_expressions
from pht_core.claims.finding.preparing import PreparedText
from pht_core.claims.finding.table_cells import find_cell_claims
from pht_core.claims.judging.judging import fits
from pht_core.claims.judging.table_fit import resolve_cells
from pht_core.claims.reading.layout import read_layout
from pht_core.claims.reading.tables import EMPTY, Cell, Table
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


@dataclass(frozen=True)
class FlatRow:
    """A row: its label and its cells in order; without cells it heads those below it."""

    label: str
    cells: tuple[Cell, ...]


def read_blocks(text: str) -> Iterator[tuple[list[FlatRow], list[str]]]:
    """Every run of rows in a spelled text, with the lines above it."""
    rows: list[FlatRow] = []
    headings: list[str] = []
    above: list[str] = []
    pending: list[Cell] = []
    start = stacked = 0

    def close_row() -> None:
        if any(cell.text for cell in pending):
            label = [rows.pop().label] if rows and not rows[-1].cells else above[-1:]
            rows.append(FlatRow("".join(label), tuple(pending[:MOST_CELLS])))
        pending.clear()

    for line in [*text.splitlines(keepends=True), ""]:
        place, start = start, start + len(line)
        bare = line.strip()
        if place < stacked and line:
            continue
        pair = PATTERNS["stacked"].match(text, place) if bare[:1].isdigit() else None
        cells = None if pair else _cells(text, place, len(line))
        if pair:
            stacked = pair.end()
            pending.append(_cell(pair))
        elif cells and not re.search(r"\w", cells.label) and len(cells.cells) == 1:
            pending += cells.cells  # the line is one cell
        elif not bare and line:
            continue
        elif cells is None and len(bare) <= LONGEST_CELL and PATTERNS["alone"].match(bare):
            pending.append(EMPTY)
        else:
            close_row()
            if cells:
                rows.append(cells)
            else:
                headings.append(bare)
                far = len(headings) > MOST_HEADINGS or len(bare) > LONGEST_LABEL or not line
                if rows and far:
                    yield rows, above
                    rows, above = [], headings[-LINES_ABOVE:]
                elif rows:
                    rows.append(_heading(bare))
                else:
                    above = [*above, bare][-LINES_ABOVE:]
                continue
        headings = []


def _heading(line: str) -> FlatRow:
    """A line between rows: whole numbers or several N in it are those of the rows below."""
    wholes = PATTERNS["wholes"].match(line)
    numbers = wholes[1].split() if wholes else PATTERNS["n"].findall(line)
    return FlatRow(line, tuple(Cell(-1, n) for n in numbers) if len(numbers) > 1 else ())


def _cell(match: re.Match[str]) -> Cell:
    return Cell(match.start(), match[0])


def _cells(text: str, start: int, length: int) -> FlatRow | None:
    """The row of a line with cells at its end; None if it is none."""
    end = start + length
    line = text[start:end]
    if length > LONGEST_LINE or not ("(" in line or "[" in line) or "|" in line or "\t" in line:
        return None
    first = PATTERNS["pair"].search(text, start, end)
    if first is None or first.start() - start > LONGEST_LABEL:
        return None
    found: list[Cell] = []
    rest, at = "", first.start()
    for match in PATTERNS["cell"].finditer(text, start, end):
        if match["pair"]:
            rest += text[at : match.start()]
            at = match.end()
        elif match.start() < first.start() and re.search(r"\w", text[match.end() : first.start()]):
            found.clear()  # a dash within the label
            continue
        found.append(_cell(match) if match["pair"] else EMPTY)
        last = match.end()
    rest = (rest + text[at:end]).replace("\n", " ").strip()
    if not PATTERNS["no_words"].match(rest) or re.search(r"[.;:,]\s*$", text[last:end]):
        return None
    return FlatRow(text[start : first.start()].strip(), tuple(found[:MOST_CELLS]))


def find_flat_rows(text: PreparedText, taken: list[Reading]) -> list[Reading]:
    """Claims in rows of pairs, read as a table's; what is taken already is left alone."""
    own = {reading.pct_start for reading in taken}
    found: list[Reading] = []
    for rows, above in read_blocks(text.text):
        table = _as_table(rows, above)
        if table is not None:
            layout = read_layout(table)
            found += resolve_cells(layout, find_cell_claims(layout, 0), text.named)
    free = [
        reading.changed(cell=None)
        for reading in found
        if reading.pct_start not in own and STOP not in text.prose[reading.start : reading.end]
    ]
    # Columns may be misread: an N that is only inferred accuses nobody.
    return [
        reading.changed(verdict=CANNOT_TELL)
        if reading.n_source == "assumed" and not fits(reading, reading.n)
        else reading
        for reading in free
    ]


def _as_table(rows: list[FlatRow], above: list[str]) -> Table | None:
    """Rows under the N that are named above them, in order; None where they are too few."""
    widths = Counter(_filled(row) for row in rows if row.cells)
    width = max(widths, key=lambda width: (widths[width], width))
    if sum(widths.values()) < (FEWEST_ROWS if width > 1 else FEWEST_NARROW):
        return None
    heads = " ".join(above)
    totals = PATTERNS["n"].findall(heads)[-width:]
    columns = [Cell(-1, f"n = {n}") for n in totals] if len(totals) == width else [EMPTY] * width
    grid = [(EMPTY, *columns)]
    for row in rows:
        cells = row.cells[: max(width, _filled(row))]
        while len(cells) > width and not cells[0].text:  # a label such as "0" or "-"
            cells = cells[1:]
        if len(cells) in (0, width):
            grid.append((Cell(-1, row.label), *(cells or [EMPTY] * width)))
    caption = PATTERNS["n"].sub("", heads)
    return Table(0, 0, tuple(grid), caption, "", ())


def _filled(row: FlatRow) -> int:
    """How many columns have claims: what stands behind them, such as p values, does not count."""
    return max((at for at, cell in enumerate(row.cells, start=1) if cell.text), default=0)
