"""Which denominator the cells of a column fit, and when a cell may be flagged.

A header's N is right for a column as long as some of its cells fit it. Where none does, or a
neighbour's N fits all that do not, the table may be read wrongly, and nothing is flagged.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from pht_core.claims.claim import Reading
from pht_core.claims.finding.patterns import read_expressions
from pht_core.claims.finding.printed import decimals_of, parse_count, parse_decimal
from pht_core.claims.finding.table_cells import CellClaim
from pht_core.claims.judging.judging import (
    denominators_that_fit,
    fits,
    fits_half_up,
    more_than_missing,
    one_typo_away,
    share_fits,
)
from pht_core.claims.reading.layout import Layout
from pht_core.claims.verdicts import CANNOT_TELL
from pht_core.model.words import counted

LABELS = read_expressions("layout")
PATTERNS = read_expressions("table_fit")

MOST_COMPLEMENTARY = 8  # rows that together are all patients
LEAST_KNOWN = 2  # one in two at least: a smaller whole is no longer the header's group
FEWEST_ROWS = 3
FEWEST_FITTING = 0.7
FEWEST_DECIMALS = 4  # percentages before their decimals are called usual
FEWEST_UNMARKED = 3
NEAR = 60  # cells of a column, up and down, that are looked at for one
# Cells that fit if headers are aligned with other columns: so many more, and of all.
FEWEST_GAINED, FEWEST_ALIGNED = 2, 0.6
FEWEST_SHARING = 0.7  # of a column's cells, that are shares of an N inferred from them
FEWEST_INFERRING = 4
FEWEST_ALIKE = 3  # misfits that one other N would give: beyond, it is doubted and not the cells
MOST_ABOVE = 6  # rows, in which the whole of a part is looked for
FEWEST_OFF, MOST_TRIED = 2, 8
FEWEST_MISSING, MOST_MISSING, MOST_LACKING = 4, 0.9, 0.1
FEWER = (
    "the percentage is higher than its count gives, but matches a slightly smaller N, as where "
    "some patients have no data"
)
MOST_MISFITS = 2  # misfits for one that fits: beyond, the header's N is doubted and not the cells


def complementary_total(readings: Sequence[Reading], at: int, most: int = 0) -> int:
    """The sum of a run of rows around one of which all are shares of it; 0 if there is none.

    ``readings``: a column's claims in the order of its rows; ``most``: the N that is named, of
    which some are missing; 0 if none is.

    >>> claim = Reading(0, 1, 0, 1, "67.0", "table", 201)
    >>> rows = [claim, claim.changed(numerator=99, percent="33.0")]
    >>> complementary_total(rows, 0, 310), complementary_total(rows, 0, 290)
    (300, 0)
    """
    for first in range(at, max(at - MOST_COMPLEMENTARY, -1), -1):
        total = sum(reading.k for reading in readings[first:at])
        for last in range(at, min(first + MOST_COMPLEMENTARY, len(readings))):
            total += readings[last].numerator or 0
            if most and total >= most:
                break
            enough = last > first and LEAST_KNOWN * total >= most
            if enough and all(fits_half_up(other, total) for other in readings[first : last + 1]):
                return total
    return 0


def usual_decimals(fitting: Iterable[Reading]) -> int | None:
    """The decimals of nearly all claims that fit their N; None if they differ or are few.

    Without decimals all and nothing are printed anywhere: 0 and 100 do not count.
    """
    counts = Counter(
        decimals_of(reading.percent)
        for reading in fitting
        if reading.numerator and parse_decimal(reading.percent) not in (0, 100)
    )
    if counts.total() < FEWEST_DECIMALS:
        return None
    decimals, times = counts.most_common(1)[0]
    return decimals if times >= FEWEST_FITTING * counts.total() else None


def is_other_measure(reading: Reading, usual: int | None) -> bool:
    """Whether a cell is printed unlike the percentages of its table."""
    plain = decimals_of(reading.percent) == 0 and parse_decimal(reading.percent) not in (0, 100)
    return bool(usual) and plain


class Grid:
    """A table's cells by row and by column, those that are no claims left out."""

    def __init__(self, layout: Layout, cells: list[CellClaim]) -> None:
        self.layout, self.cells = layout, cells
        self.rows: dict[tuple[int, int], list[CellClaim]] = defaultdict(list)
        self.columns: dict[int, list[CellClaim]] = defaultdict(list)
        for cell in cells:
            self.rows[cell.row, cell.part].append(cell)
            self.columns[cell.column].append(cell)

    def beside(self, cell: CellClaim) -> list[CellClaim]:
        """The other cells of its row."""
        return [other for other in self.rows[cell.row, cell.part] if other is not cell]

    def total(self, cell: CellClaim) -> int | None:
        """The N of its column's header."""
        return self.layout.totals[cell.column]


def resolve_cells(
    layout: Layout, claims: list[CellClaim], named: Sequence[int] = ()
) -> list[Reading]:
    """Each cell's claim with its denominator, those that may not be flagged marked as such.

    ``named``: numbers of patients that the document names, the most frequent first.
    """
    cells = [cell for cell in claims if not cell.is_measure]
    for cell in cells:
        _find_denominator(layout, cell)
    grid = Grid(layout, cells)
    _align_headers(grid)
    _find_shares_of_rows(grid)
    _find_row_totals(grid)
    _find_shares_above(grid)
    _infer_totals(grid, named)
    cells = _drop_unlike(layout, _drop_quantities(layout, _drop_unmarked(cells)))
    grid = Grid(layout, cells)
    _find_missing(grid)
    return [reading for column in grid.columns for reading in _resolve_column(grid, column)]


def _find_denominator(layout: Layout, cell: CellClaim) -> None:
    """The denominator that a cell itself, its row, section, column or footnote gives."""
    if cell.reading.n_source == "explicit":
        cell.assume(cell.reading.denominator, "explicit")
        return
    of_column = (
        layout.totals[cell.column],
        layout.total_in_row(cell.row, cell.column),
        layout.caption_total,
    )
    header = next((n for n in of_column if n is not None), None)
    known = [n for n in (layout.row_totals.get(cell.row), header) if n is not None]
    if not known and (above := layout.total_above(cell.row, cell.column)) is not None:
        known = [above]
    footnote = layout.table.footnote
    in_section = layout.missing_rows.get(layout.sections.get(cell.row, -1), ())
    missing = sum(_count_in(layout.text(row, cell.column)) for row in in_section)
    reasonable = [(n, "header") for n in known]
    for n in known:
        if missing and n > missing:
            reasonable.append((n - missing, "header"))
        reasonable += [(n - gone, "footnote") for gone in _missing_in(footnote) if n > gone]
    reasonable += [(n, "header") for n in layout.new_totals(cell.row, cell.column)]
    reasonable += [(parse_count(n), "footnote") for n in PATTERNS["footnote_n"].findall(footnote)]
    n, source = next(
        ((n, source) for n, source in reasonable if fits_half_up(cell.reading, n)), (0, "header")
    )
    # Another rounding is no reason to choose an N.
    n = n or next((n for n in known if fits(cell.reading, n)), known[-1] if known else 0)
    if n:
        cell.assume(n, source)


def _align_headers(grid: Grid) -> None:
    """Give each column the N of the header row under which most cells fit, in the order of both.

    A header's cells may span several columns, and a row of N may leave out the labels' cell: what
    stays is that no column has the N of a header left of the one before it.
    """
    columns = sorted(grid.columns)
    telling = {
        column: [cell for cell in grid.columns[column] if cell.is_telling and not _has_own(cell)]
        for column in columns
    }
    now = sum(cell.exact for cells in telling.values() for cell in cells)
    for totals in grid.layout.rows_of_totals:
        score, rounded, placed = _best_order([telling[column] for column in columns], totals)
        everything = sum(map(len, telling.values()))
        better = score - now >= FEWEST_GAINED and score >= FEWEST_ALIGNED * everything
        if not better and not (now < score and score + rounded == everything > 1):
            continue
        now = score
        for column, n in zip(columns, placed, strict=True):
            for cell in grid.columns[column]:
                if not _has_own(cell) and not (cell.exact and cell.n != n):
                    cell.assume(n, "header")


def _has_own(cell: CellClaim) -> bool:
    return cell.source in ("explicit", "footnote")


def _best_order(
    columns: list[list[CellClaim]], totals: Sequence[int]
) -> tuple[int, int, list[int]]:
    """The most cells that fit if each column has one of the N, in their order.

    Then how many more fit by another rounding, which only decides between equals; and those N.
    """
    best: list[tuple[int, int, list[int]]] = [(0, 0, [])] * len(totals)
    for cells in columns:
        here: list[tuple[int, int, list[int]]] = []
        for at, n in enumerate(totals):
            score, rounded, placed = max(best[: at + 1], key=lambda found: found[:2])
            exact = sum(fits_half_up(cell.reading, n) for cell in cells)
            loose = sum(fits(cell.reading, n) for cell in cells) - exact
            here.append((score + exact, rounded + loose, [*placed, n]))
        best = here
    return max(best, key=lambda found: found[:2], default=(0, 0, []))


def _find_shares_above(grid: Grid) -> None:
    """Rows whose cells are shares of a row above: "Any  27 (64)", "Severe  11 (41)"."""
    rows = sorted(grid.rows)
    for at, key in enumerate(rows):
        row_cells = [cell for cell in grid.rows[key] if cell.is_telling]
        if not row_cells or any(cell.fits for cell in row_cells):
            continue
        exact = all(cell.possible_totals() for cell in row_cells)
        for row, _ in rows[max(at - MOST_ABOVE, 0) : at][::-1] if exact else ():
            wholes = [_count_in(grid.layout.text(row, cell.column)) for cell in row_cells]
            pairs = list(zip(row_cells, wholes, strict=True))
            if all(n and fits_half_up(cell.reading, n) for cell, n in pairs):
                for cell, n in pairs:
                    cell.assume(n, "assumed")
                break


def _infer_totals(grid: Grid, named: Sequence[int]) -> None:
    """Columns without an N: the one of which nearly all cells are shares.

    It is named elsewhere in the document, or fits so many cells that no other can be meant.
    """
    for cells in grid.columns.values():
        without = [cell for cell in cells if cell.n is None]
        n = _shared_total([cell for cell in without if cell.is_telling], named)
        for cell in without if n else ():
            cell.assume(n, "assumed")
        readings = [cell.reading for cell in cells]
        for at, cell in enumerate(cells) if not n else ():
            if cell in without and (whole := complementary_total(readings, at)):
                cell.assume(whole, "assumed")


def _shared_total(telling: list[CellClaim], named: Sequence[int]) -> int:
    """The N of which most of some cells are shares; 0 if they are few, or several N would do."""
    votes = Counter(n for cell in telling for n in cell.possible_totals(most=40))
    most = max(votes.values(), default=0)
    best = [n for n, times in votes.items() if times == most]
    known = [n for n in named if n in best]
    exact = all("." in cell.reading.percent for cell in telling)
    fewest = (FEWEST_ROWS - exact) if known else FEWEST_INFERRING
    if most < max(fewest, FEWEST_SHARING * len(telling)) or not (known or len(best) == 1):
        return 0
    return known[0] if known else best[0]


def _count_in(text: str) -> int:
    found = re.match(r"(\d{1,6})\b", text.replace(",", ""))
    return int(found[1]) if found else 0


def _missing_in(footnote: str) -> list[int]:
    found = (int(a or b) for a, b in PATTERNS["footnote_missing"].findall(footnote))
    return [number for number in found if number]


def _find_shares_of_rows(grid: Grid) -> None:
    """Cells without an N that are shares of their row's sum, or else of its first cell.

    Where all of several rows are, one cell of another row may be wrong.
    """
    found: list[tuple[CellClaim, int]] = []
    almost: list[tuple[CellClaim, int]] = []
    rows = 0
    for cells in grid.rows.values():
        total = sum(cell.reading.k for cell in cells)
        if len(cells) < 2 or any(cell.n and cell.source != "footnote" for cell in cells):
            continue
        fitting = sum(fits_half_up(cell.reading, total) for cell in cells)
        if fitting == len(cells):
            rows += 1
            found += [(cell, total) for cell in cells]
        elif fitting == len(cells) - 1:
            almost += [(cell, total) for cell in cells]
    if rows < FEWEST_ROWS:
        found, almost = _shares_of_the_first(grid), []
    for cell, n in found + almost:
        cell.assume(n, "assumed")


def _shares_of_the_first(grid: Grid) -> list[tuple[CellClaim, int]]:
    found = []
    for column in grid.columns.values():
        pairs = [
            (cell, first.reading.k)
            for cell in column
            # A whole that is itself wrong tells nothing about its parts.
            if (first := grid.rows[cell.row, cell.part][0]) is not cell
            and cell.n is None
            and (first.fits or first.n is None)
        ]
        fitting = [cell for cell, n in pairs if share_fits(cell.reading.k, n, cell.reading.percent)]
        telling = sum(bool(cell.reading.numerator) for cell in fitting)
        if telling >= FEWEST_ROWS and len(fitting) >= FEWEST_FITTING * len(pairs):
            found += pairs
    return found


def _drop_unmarked(cells: list[CellClaim]) -> list[CellClaim]:
    """Cells that nothing calls percentages are claims only if nearly all of them fit as such."""
    unmarked = [cell for cell in cells if not cell.is_marked]
    good = [cell for cell in unmarked if cell.fits]
    rows = {cell.row for cell in good}
    beside = [cell for cell in unmarked if cell.row in rows]
    enough = len(good) >= FEWEST_UNMARKED and len(good) >= FEWEST_FITTING * len(beside)
    return [cell for cell in cells if cell.is_marked or (enough and cell.row in rows)]


def _drop_quantities(layout: Layout, cells: list[CellClaim]) -> list[CellClaim]:
    """Rows such as "Age  34 (9)" under a header "n (%)": none of their cells fits."""
    good = {cell.row for cell in cells if cell.fits}
    return [
        cell
        for cell in cells
        if cell.row in good
        or not LABELS["quantity"].search(layout.label(cell.row))
        or "%" in layout.label(cell.row)
        or (cell.row in layout.percent_rows and _lacking(cell))
    ]


def _drop_unlike(layout: Layout, cells: list[CellClaim]) -> list[CellClaim]:
    """Means and medians with their spread, where only the table as a whole mentions percentages."""
    good = {cell.row for cell in cells if cell.fits}
    bad = {cell.row for cell in cells if not cell.fits}
    usual = usual_decimals(cell.reading for cell in cells if cell.fits)
    mentions_measures = LABELS["measure"].search(f"{layout.table.caption} {layout.table.footnote}")
    kept = []
    for cell in cells:
        words = f"{layout.label(cell.row)} {layout.text(cell.row, cell.column)}"
        whole = decimals_of(cell.reading.percent) == 0 and cell.row not in good
        unlike = (whole and mentions_measures) or is_other_measure(cell.reading, usual)
        if "%" in words or not unlike or (cell.fits and cell.row not in bad):
            kept.append(cell)
    return kept


def _find_row_totals(grid: Grid) -> None:
    """Cells that are shares of their row's total instead of their column's; two at least."""
    found: list[tuple[CellClaim, int]] = []
    for cells in grid.rows.values():
        misfits = [cell for cell in cells if not cell.fits]
        most, total = max(cell.reading.k for cell in cells), sum(cell.reading.k for cell in cells)
        total = most if 2 * most == total else total
        if total and misfits and all(fits(cell.reading, total) for cell in misfits):
            found += [(cell, total) for cell in misfits]
    if len(found) >= 2 and 2 * len(found) > sum(not cell.fits for cell in grid.cells):
        for cell, total in found:
            cell.assume(total, "row")


def _resolve_column(grid: Grid, column: int) -> list[Reading]:
    cells = grid.columns[column]
    good = [cell for cell in cells if cell.fits and cell.source != "row"]
    bad = [cell for cell in cells if not cell.fits]
    off = [cell for cell in cells if not cell.exact and cell.source != "row" and cell.n]
    instead = {
        n: _n_instead([cell for cell in cells if cell.n == n]) for n in {cell.n for cell in off}
    }
    explained = all(other for other, *_ in instead.values())
    doubt = _doubt_about_column(grid, column, good, bad) if bad and not explained else ""
    readings = []
    for at, cell in enumerate(cells):
        near = cells[max(at - NEAR, 0) : at + NEAR]
        other, fitting, everything = instead.get(cell.n, (0, 0, 0))
        reading = cell.reading.changed(denominator=cell.n, n_source=cell.source)
        if cell.source == "row":
            reading = reading.changed(n_source="assumed", note="a share of its row")
        elif other and cell in off and fits(cell.reading, other):
            which = "every cell" if fitting == everything else f"{fitting} of {everything} cells"
            cause = f"N = {cell.n} of the column does not match; {other} fits {which}"
            reading = reading.changed(
                denominator=other, verdict=CANNOT_TELL, note=cause, cause=cause
            )
        elif cell.lacks_patients:
            reading = reading.changed(verdict=CANNOT_TELL, note=FEWER, cause=FEWER)
        elif (
            not cell.exact and cell.source == "header" and (whole := _known_total(grid, cell, near))
        ):
            reading = reading.changed(denominator=whole, n_source="assumed")
        elif cell.source == "assumed" and not cell.exact and _lacking(cell):
            reading = reading.changed(verdict=CANNOT_TELL, note=FEWER)
        elif not cell.fits and (cell.n is None or doubt or not (cell.is_marked or good)):
            reading = reading.changed(verdict=CANNOT_TELL, note=doubt)
        elif not cell.fits and (why := _doubt_about_cell(grid, cell, near)):
            reading = reading.changed(verdict=CANNOT_TELL, note=why)
        elif not cell.fits:
            reading = reading.changed(note=_repairs(reading, near))
        readings.append(reading)
    return readings


def _n_instead(cells: list[CellClaim]) -> tuple[int, int, int]:
    """The N of most cells of a column with one N, few of which are shares of it; else zeros.

    Behind it how many cells it fits, and of how many.
    """
    others = [cell for cell in cells if cell.is_telling and cell.source != "row"]
    off = [cell for cell in others if not cell.exact]
    if len(off) < FEWEST_OFF or cells[0].source == "explicit":
        return 0, 0, 0
    votes = Counter(n for cell in off for n in cell.possible_totals(most=40))
    shares = {
        n: sum(fits_half_up(cell.reading, n) for cell in others)
        for n, times in votes.most_common(MOST_TRIED)
        if times >= FEWEST_OFF
    }
    n = max(shares, key=lambda n: shares[n], default=0)
    own = sum(cell.exact for cell in others)
    enough = n and shares[n] >= max(FEWEST_SHARING * len(others), 2 * own)
    return (n, shares[n], len(others)) if enough else (0, 0, 0)


def _find_missing(grid: Grid) -> None:
    """Cells whose percentages are all a little too high, as where some patients have no data."""
    off = [
        cell
        for cells in grid.columns.values()
        for at, cell in enumerate(cells)
        if cell.n and not cell.exact and cell.source == "header"
        if not _known_total(grid, cell, cells[max(at - NEAR, 0) : at + NEAR])
    ]
    lacking = {id(cell): gap for cell in off if (gap := _lacking(cell))}
    if len(lacking) < FEWEST_MISSING or len(lacking) < MOST_MISSING * len(off):
        return
    usual = median(lacking.values())
    for cell in off:
        beside = any(id(other) in lacking for other in grid.beside(cell))
        gap = lacking.get(id(cell), 0)
        cell.lacks_patients = 0 < gap <= (MOST_LACKING if beside else 2 * usual)


def _lacking(cell: CellClaim) -> float:
    """The share of its N without which the percentage is that of the count; 0 if none is."""
    n, k = cell.n or 0, cell.reading.k
    percent = parse_decimal(cell.reading.percent)
    if not 0 < percent <= 100 or 100 * k >= percent * n:
        return 0
    fewer = int(100 * k / percent)
    fitting = [m for m in (fewer, fewer + 1) if k <= m < n and fits_half_up(cell.reading, m)]
    gap = 1 - fitting[-1] / n if fitting else 0
    return gap if gap <= MOST_LACKING else 0


def _known_total(grid: Grid, cell: CellClaim, near: list[CellClaim]) -> int:
    """The sum of rows that complete each other, unless no other column lacks anybody there."""
    row = grid.beside(cell)
    if len(row) > 1 and all(fits(other.reading, grid.total(other)) for other in row):
        return 0
    readings = [other.reading for other in near]
    return complementary_total(readings, near.index(cell), grid.total(cell) or 0)


def _doubt_about_cell(grid: Grid, cell: CellClaim, near: list[CellClaim]) -> str:
    """What else a misfit's N may be; empty if nothing suggests another, and it is flagged.

    The row's own, one that gives all of its section, or an empty neighbour's. More than all may be
    events, of which one patient has several.
    """
    n_here, layout = cell.n or 0, grid.layout
    if cell.source == "explicit" or more_than_missing(cell.reading, n_here):
        return ""
    with_n = [other for other in grid.rows[cell.row, cell.part] if other.n]
    if len(with_n) > 1 and not any(other.fits for other in with_n):
        return "no cell of the row fits its N: another may apply"
    if cell.reading.k > n_here and not one_typo_away(cell.reading, n_here):
        return "events rather than patients may be counted"
    for column, n in layout.known_totals.items():
        empty = column != cell.column and not layout.text(cell.row, column)
        if empty and fits(cell.reading, n):
            return f"the cell may be shifted: {n} fits"
    above = [row for row in layout.body if cell.row - MOST_ABOVE <= row < cell.row]
    possible = cell.possible_totals(most=12)
    for n in (_count_in(layout.text(row, cell.column)) for row in above):
        if n in possible:
            return f"it is a share of {n}, the count of a row above"
    for n in possible:
        alike = sum(not other.exact and fits_half_up(other.reading, n) for other in near)
        if alike > FEWEST_ALIKE:
            return f"{n} fits {alike} such cells of the column"
    row = [other for other in grid.beside(cell) if grid.total(other)]
    if any(fits(other.reading, grid.total(other)) for other in row):
        return ""
    if row:
        return "no cell of the row fits its column's N: another may apply"
    section = layout.sections.get(cell.row)
    bad = [
        other
        for other in near
        if layout.sections.get(other.row) == section and other.reading.numerator and not other.fits
    ]
    for n in possible if len(bad) > 1 else ():
        if all(fits(other.reading, n) for other in bad):
            return f"{n} fits every such cell of its section"
    return ""


def _doubt_about_column(
    grid: Grid, column: int, good: list[CellClaim], bad: list[CellClaim]
) -> str:
    """Why a column's misfits are not flagged; empty if they are."""
    if all(cell.reading.n_source == "explicit" for cell in bad):
        return ""
    totals = grid.layout.totals
    for n in totals:
        if n and n != totals[column] and all(fits(cell.reading, n) for cell in bad):
            row = grid.beside(bad[0])
            # A single misfit that fits another column's N: doubted if its whole row is off.
            if len(bad) >= 2 or (row and not any(other.fits for other in row)):
                return f"the column may be shifted: {n} fits"
    telling = sum(bool(cell.reading.numerator) for cell in good)
    if not telling and (len(bad) > 1 or not any(other.fits for other in grid.beside(bad[0]))):
        return "no cell of the column fits its N"
    if len(bad) > MOST_MISFITS * max(telling, 1):
        return "most cells of the column do not fit its N"
    return ""


def _repairs(reading: Reading, near: list[CellClaim]) -> str:
    """Such as "107 would also match 2 other cells of the column, but not 1 that 109 matches"."""
    parts = []
    others = [cell.reading for cell in near if cell.reading.pct_start != reading.pct_start]
    own = reading.denominator
    for n in denominators_that_fit(reading.k, reading.percent):
        repaired = sum(fits(other, n) and not fits(other, own) for other in others)
        broken = sum(fits(other, own) and not fits(other, n) for other in others)
        if repaired:
            others_fit = counted(repaired, "other cell", "other cells")
            parts.append(f"{n} would also match {others_fit} of the column")
            parts[-1] += f", but not {broken} that {own} matches" if broken else ""
    return "; ".join(parts)
