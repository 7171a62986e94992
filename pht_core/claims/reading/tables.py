"""Tables in a text: rows of tabs, Markdown's pipes or runs of spaces, with their cells' places."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pht_core.claims.finding.patterns import read_expressions

PATTERNS = read_expressions("tables")

TAB = re.compile("\t")
LONGEST_SECTION = 90
MOST_SECTION_LINES = 2
MOST_FOOTNOTES = 8
MOST_HEAD_LINES = 12


class Cell(NamedTuple):
    """A cell's text and its place in the spelled text."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


EMPTY = Cell(-1, "")


@dataclass(frozen=True)
class Table:
    """Rows of cells, each row as long as the longest; caption and footnote as text."""

    start: int
    end: int
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    footnote: str
    borders: tuple[int, ...]

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True)
class _Line:
    start: int
    text: str
    kind: str  # tab, pipe, spaces or none
    cells: tuple[Cell, ...]


def find_tables(text: str) -> list[Table]:
    """Every table of a spelled text, in order."""
    lines = list(_read_lines(text))
    tables = []
    at = 0
    while at < len(lines):
        kind = lines[at].kind
        if kind == "none":
            at += 1
            continue
        last = _last_row(lines, at)
        rows = [
            line
            for line in lines[at : last + 1]
            if line.text.strip(" |") and not PATTERNS["rule"].fullmatch(line.text)
        ]
        head = _broken_head(lines, at)
        if head is not None:
            rows.insert(0, head)
        full = [line for line in rows if len(line.cells) > 1]
        enough = 3 if kind == "spaces" else 2
        if len(full) >= enough and any(
            character.isdigit() for line in rows for character in line.text
        ):
            tables.append(_build(lines, at, last, rows, kind))
        at = last + 1
    return tables


def _broken_head(lines: list[_Line], at: int) -> _Line | None:
    """The header above a rule of pipes whose cells stand on lines of their own, if that is so."""
    if lines[at].kind != "pipe" or not PATTERNS["rule"].fullmatch(lines[at].text):
        return None
    first = at
    while first and at - first < MOST_HEAD_LINES and lines[first - 1].text.rstrip().endswith("|"):
        first -= 1
    head = lines[first:at]
    cells = [_stripped(line.text.rstrip().removesuffix("|"), line.start) for line in head]
    if len(cells) != len(lines[at].cells) or not head:
        return None
    return _Line(head[0].start, "", "pipe", tuple(cells))


def _read_lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        yield _Line(start, bare, *_cells_of(bare, start))
        start += len(line)


def _cells_of(line: str, start: int) -> tuple[str, tuple[Cell, ...]]:
    if "\t" in line:
        return "tab", _split(line, start, TAB)
    if line.count("|") >= 2 or re.match(r"\s{0,3}\|.*\S", line):
        inner = line.strip()
        lead = line.index(inner) if inner else 0
        first = lead + inner.startswith("|")
        last = lead + len(inner) - (inner.endswith("|") and len(inner) > 1)
        return "pipe", _split(line[first:last], start + first, re.compile(r"\|"))
    bare = line.strip()
    if PATTERNS["run"].search(bare):
        lead = len(line) - len(line.lstrip())
        cells = _split(bare, start + lead, PATTERNS["run"])
        # Two blanks after a sentence's end do not make a table.
        if max(len(cell.text) for cell in cells) <= 60 and not re.search(r"[.;,]  \S", bare):
            return "spaces", cells
    return "none", (_stripped(line, start),)


def _split(line: str, start: int, border: re.Pattern[str]) -> tuple[Cell, ...]:
    cells, at = [], 0
    for match in border.finditer(line):
        cells.append(_stripped(line[at : match.start()], start + at))
        at = match.end()
    cells.append(_stripped(line[at:], start + at))
    return tuple(cells)


def _stripped(text: str, start: int) -> Cell:
    left = text.lstrip(" \t\r*")
    return Cell(start + len(text) - len(left) if left else start, left.rstrip(" \t\r*"))


def _last_row(lines: list[_Line], first: int) -> int:
    """The last line of a table; a short line between two rows heads a section of it."""
    kind, last, at = lines[first].kind, first, first + 1
    while at < len(lines):
        line = lines[at]
        if line.kind == kind or (PATTERNS["rule"].fullmatch(line.text) and line.text.strip()):
            last = at
        elif not _heads_section(lines, at, kind):
            break
        at += 1
    return last


def _heads_section(lines: list[_Line], at: int, kind: str) -> bool:
    """Whether a short line, or two of them, stand between two rows."""
    for line in lines[at : at + MOST_SECTION_LINES + 1]:
        if line.kind == kind:
            return True
        bare = line.text.strip()
        if line.kind != "none" or not 0 < len(bare) <= LONGEST_SECTION:
            return False
        if PATTERNS["caption"].match(line.text):
            return False
    return False


def _build(lines: list[_Line], first: int, last: int, rows: list[_Line], kind: str) -> Table:
    grid = _aligned(rows) if kind == "spaces" else [line.cells for line in rows]
    width = max(len(row) for row in grid)
    # A header that leaves out the empty corner is one cell short of every other row.
    lengths = Counter(len(row) for row in grid[1:] if len(row) > 1) or Counter([width])
    common = lengths.most_common(1)[0][0]
    padded = []
    for at, row in enumerate(grid):
        if at < 3 and row and PATTERNS["n_equals"].search(row[0].text) and len(row) > 1:
            if len(row) == common - 1:
                row = (EMPTY, *row)
            elif len(row) == common and not row[-1].text:
                row = (EMPTY, *row[:-1])
        padded.append((*row, *(EMPTY,) * (width - len(row))))
    borders = [line.start + len(line.text) for line in lines[first : last + 1]]
    for row in grid:
        borders += [cell.end for cell in row[:-1] if cell.start >= 0]
    return Table(
        lines[first].start,
        lines[last].start + len(lines[last].text),
        tuple(padded),
        _caption(lines, first),
        _footnote(lines, last),
        tuple(borders),
    )


def _aligned(rows: list[_Line]) -> list[tuple[Cell, ...]]:
    """Cells of rows of spaces under the columns of the fullest rows."""
    most = max(len(line.cells) for line in rows)
    model = next(line for line in rows if len(line.cells) == most)
    middles = [cell.start - model.start + len(cell.text) / 2 for cell in model.cells]
    grid = []
    for line in rows:
        if len(line.cells) == most:
            grid.append(line.cells)
            continue
        row = [EMPTY] * most
        free = 0
        for cell in line.cells:
            middle = cell.start - line.start + len(cell.text) / 2
            at = min(range(most), key=lambda column: abs(middles[column] - middle))
            if cell is line.cells[0] and cell.start - line.start < middles[0]:
                at = 0
            at = max(at, free)
            if at >= most:
                break
            row[at] = cell
            free = at + 1
        grid.append(tuple(row))
    return grid


def _caption(lines: list[_Line], first: int) -> str:
    """The line above that begins with "Table", with what stands between."""
    above: list[str] = []
    for at in range(first - 1, max(first - 5, -1), -1):
        above.insert(0, lines[at].text)
        if PATTERNS["caption"].match(lines[at].text):
            return " ".join(above)
        if len(lines[at].text) > 400:
            break
    return ""


def _footnote(lines: list[_Line], last: int) -> str:
    below = []
    for line in lines[last + 1 : last + 1 + MOST_FOOTNOTES]:
        if line.kind != "none" or PATTERNS["caption"].match(line.text) or len(line.text) > 600:
            break
        below.append(line.text)
        if sum(map(len, below)) > 1200:
            break
    return "\n".join(below)
