"""Cells that are shares of their own row: of its first count, or of the sum of its counts.

Such as "Pneumonia  565 (41.8)  430 (76.1)", where 430 are 76.1% of the 565, or "0 (0)  4 (8)
46 (92)", which are all 50. Columns are read so only where no N is named for them.
"""

from collections import defaultdict

from pht_core.claims.judging import follows, share_fits
from pht_core.claims.table_cells import CellClaim

States = dict[int, tuple[int | None, str | None, bool]]
FEWEST_ROWS = 3
FEWEST_FITTING = 0.7


def share_of_rows(claims: list[CellClaim], states: States) -> States:
    """New states (N, its source, whether it fits) of the cells that are shares of their row."""
    rows: dict[int, list[CellClaim]] = defaultdict(list)
    for claim in claims:
        rows[claim.row].append(claim)
    return _of_the_sum(rows, states) or _of_the_first(claims, rows, states)


def _of_the_sum(rows: dict[int, list[CellClaim]], states: States) -> States:
    found: States = {}
    wholes = []
    for cells in rows.values():
        total = sum(cell.reading.numerator or 0 for cell in cells)
        if len(cells) < 2 or any(states[id(cell)][0] for cell in cells):
            continue
        if all(follows(cell.reading, total) for cell in cells):
            wholes.append(total)
            found |= {id(cell): (total, "assumed", True) for cell in cells}
    return found if len(wholes) >= FEWEST_ROWS else {}


def _of_the_first(
    claims: list[CellClaim], rows: dict[int, list[CellClaim]], states: States
) -> States:
    columns: dict[int, list[CellClaim]] = defaultdict(list)
    for claim in claims:
        first = rows[claim.row][0]
        own, _, fits_own = states[id(first)]
        # A whole that is itself wrong tells nothing about its parts.
        if states[id(claim)][0] is None and first is not claim and (fits_own or own is None):
            columns[claim.column].append(claim)
    found: States = {}
    for cells in columns.values():
        wholes = [rows[cell.row][0].reading.numerator or 0 for cell in cells]
        fit = [
            share_fits(cell.reading.numerator or 0, n, cell.reading.percent)
            for cell, n in zip(cells, wholes, strict=True)
        ]
        telling = sum(
            bool(cell.reading.numerator) for cell, one in zip(cells, fit, strict=True) if one
        )
        if telling >= FEWEST_ROWS and sum(fit) >= FEWEST_FITTING * len(cells):
            found |= {
                id(cell): (n, "assumed", one)
                for cell, n, one in zip(cells, wholes, fit, strict=True)
            }
    return found
