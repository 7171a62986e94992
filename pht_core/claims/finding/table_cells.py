"""Claims in tables: ``46 (53.49)`` under ``(n = 86)``, or count and percent in two cells."""

import re
from dataclasses import dataclass

from pht_core.claims.claim import CellPlace, Reading
from pht_core.claims.finding.explicit import read_groups
from pht_core.claims.finding.patterns import read_expressions
from pht_core.claims.judging.judging import denominators_that_fit, fits, fits_half_up
from pht_core.claims.reading.layout import Layout

LABELS = read_expressions("layout")
PATTERNS = read_expressions("table_cells")


@dataclass(eq=False)
class CellClaim:
    """A cell that may be a claim, and what has been found out about its denominator.

    ``is_marked``: something says that it holds a percentage; ``is_measure``: its row is one of
    means, scores and the like; ``n``, ``source``, ``fits``: the denominator assumed so far, where
    it is from (``row``: a share of its row instead of its column), and whether the cell fits;
    ``exact``: fits, and half up.
    """

    row: int
    column: int
    reading: Reading
    is_marked: bool
    is_measure: bool
    n: int | None = None
    source: str | None = None
    fits: bool = False
    exact: bool = False
    part: int = 0
    lacks_patients: bool = False

    def assume(self, n: int | None, source: str) -> None:
        """Take an N, and note whether the cell is a share of it."""
        self.n, self.source = n, source
        self.fits, self.exact = fits(self.reading, n), fits_half_up(self.reading, n)

    def possible_totals(self, most: int = 3) -> tuple[int, ...]:
        """The N of which it is a share, half up; none if there are more than ``most``."""
        return denominators_that_fit(self.reading.k, self.reading.percent, most)

    @property
    def is_telling(self) -> bool:
        """Whether it tells one N from another: nothing and all are shares of any."""
        return bool(self.reading.numerator) and 0 < float(self.reading.percent) < 100


def find_cell_claims(layout: Layout, table_number: int) -> list[CellClaim]:
    """Every cell of a table with a count and a percentage, its denominator still open."""
    found: list[CellClaim] = []
    pairs = _two_cell_columns(layout)
    for row in layout.body:
        if row in layout.total_rows:
            continue
        for column in range(1, layout.table.width):
            place = CellPlace(table_number, row, column)
            if column in pairs:
                found += _two_cells(layout, place)
            elif column - 1 not in pairs and any(map(str.isdigit, layout.text(row, column))):
                found += _one_cell(layout, place)
    return found


def _two_cell_columns(layout: Layout) -> set[int]:
    """Columns of counts whose right neighbour holds their percentages."""
    found = set()
    for column in range(1, layout.table.width - 1):
        left, right = (_last_header(layout, at) for at in (column, column + 1))
        if LABELS["percent_head"].match(right) and (
            LABELS["count_head"].match(left) or PATTERNS["fraction_head"].match(left)
        ):
            found.add(column)
    return found


def _last_header(layout: Layout, column: int) -> str:
    for row in reversed(layout.table.rows[: layout.body[0] if layout.body else 0]):
        if row[column].text:
            return row[column].text
    return ""


def _one_cell(layout: Layout, place: CellPlace) -> list[CellClaim]:
    """A cell such as "46 (53.5)" or "46/86 (53.5)"; nothing if it is none."""
    row, column = place.row, place.column
    cell, label, header = layout.cell(row, column), layout.label(row), layout.headers[column]
    first = LABELS["percent_first"].search(header) or LABELS["percent_first"].search(label)
    forms = [
        *read_expressions("fraction_forms").values(),
        *read_expressions("percent_first_forms" if first else "count_first_forms").values(),
    ]
    match = next((found for form in forms if (found := form.match(cell.text))), None)
    matches = [match] if match else _several(cell.text)
    if not matches:
        return []
    signs = any(found["sign"] for found in matches)
    marked = bool(
        signs
        or row in layout.percent_rows
        or LABELS["percent_words"].search(header)
        or layout.percent_table
        or (column in layout.n_columns and any(map(LABELS["percent_words"].search, layout.headers)))
    )
    spread = LABELS["spread"].search(label) and not LABELS["n_percent"].search(label)
    measure = bool(spread) or bool(
        LABELS["measure"].search(label) and not LABELS["percent_words"].search(label) and not signs
    )
    return [
        CellClaim(
            row,
            column,
            read_groups(found, "table", at=cell.start).changed(cell=place),
            marked,
            measure,
            part=part,
        )
        for part, found in enumerate(matches)
    ]


def _several(text: str) -> list[re.Match[str]]:
    """Two claims or more that are all of a cell, such as "10.7% (n = 3) 42.1% (n = 8)"."""
    for form in read_expressions("forms_of_several").values():
        found = list(form.finditer(text))
        if len(found) > 1 and not re.search(r"\w", form.sub("", text)):
            return found
    return []


def _two_cells(layout: Layout, place: CellPlace) -> list[CellClaim]:
    """A count and, in the column at its right, its percentage."""
    row, column = place.row, place.column
    left, right = layout.cell(row, column), layout.cell(row, column + 1)
    k = PATTERNS["alone_k"].match(left.text) or PATTERNS["alone_fraction"].match(left.text)
    p = PATTERNS["alone_p"].match(right.text)
    if k is None or p is None:
        return []
    reading = read_groups(p, "table", k, right.start)
    reading = reading.changed(start=left.start, end=right.end, cell=place)
    return [
        CellClaim(row, column, reading, True, bool(LABELS["measure"].search(layout.label(row))))
    ]
