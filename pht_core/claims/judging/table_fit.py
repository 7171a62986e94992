"""Which denominator the cells of a column fit, and when a cell may be accused.

A header's N is right for a column as long as some of its cells fit it. Where none does, or a
neighbour's N fits all that do not, the table may be read wrongly, and nobody is accused.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pht_core.claims.claim import Reading
from pht_core.claims.finding.printed import decimals_of, parse_decimal
from pht_core.claims.finding.table_cells import CellClaim
from pht_core.claims.judging.judging import denominators_that_fit, follows, share_fits
from pht_core.claims.reading.layout import MEASURE, QUANTITY, Layout
from pht_core.claims.verdicts import CANNOT_TELL

MOST_ROWS = 8
LEAST_KNOWN = 2  # one in two at least: a smaller whole is no longer the header's group


def sum_of_all(readings: Sequence[Reading], at: int, most: int) -> int:
    """The sum of a run of rows around one of which all follow it; 0 if there is none.

    Parameters
    ----------
    readings : a column's claims in the order of its rows.
    most : the N that is named, of which some are missing.

    >>> claim = Reading(0, 1, 0, 1, "67.0", "table", 201)
    >>> rows = [claim, claim.changed(numerator=99, percent="33.0")]
    >>> sum_of_all(rows, 0, 310), sum_of_all(rows, 0, 290)
    (300, 0)
    """
    for first in range(at, max(at - MOST_ROWS, -1), -1):
        total = sum(reading.numerator or 0 for reading in readings[first:at])
        for last in range(at, min(first + MOST_ROWS, len(readings))):
            total += readings[last].numerator or 0
            if total >= most:
                break
            enough = last > first and LEAST_KNOWN * total >= most
            if enough and all(follows(other, total) for other in readings[first : last + 1]):
                return total
    return 0


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


def one_slip_away(reading: Reading, n: int) -> bool:
    """Whether changing one digit of the count or of the percent makes it a share of ``n``.

    Percents without decimals fit too many counts to tell anything: never.

    >>> wrong = Reading(0, 1, 0, 1, "73.9", "counted", numerator=13)
    >>> one_slip_away(wrong, 23), one_slip_away(wrong.changed(percent="74"), 23)
    (True, False)
    """
    k = reading.numerator
    if k is None or not decimals_of(reading.percent) or reading.relation != "=" or reading.hedged:
        return False
    counts = [int(changed) for changed in _one_digit_changed(str(k))]
    if any(share_fits(count, n, reading.percent) for count in counts):
        return True
    return any(share_fits(k, n, percent) for percent in _one_digit_changed(reading.percent))


def more_than_missing(reading: Reading, n: int) -> bool:
    """Whether a misfit is a slip and not for want of some patients' data.

    Where data are missing N is smaller, and the percent of a count only larger.

    >>> claim = Reading(0, 1, 0, 1, "45.5", "table", numerator=536)  # 516 of 1135
    >>> more_than_missing(claim, 1135), more_than_missing(claim.changed(percent="48.2"), 1135)
    (True, False)
    """
    k = reading.numerator or 0
    return 100 * k > float(reading.percent) * n and one_slip_away(reading, n)


def _one_digit_changed(number: str) -> Iterator[str]:
    for at, digit in enumerate(number):
        if digit.isdigit():
            for other in "0123456789":
                if other != digit:
                    yield f"{number[:at]}{other}{number[at + 1 :]}"


FEWEST = 4
SHARE = 0.7


def usual_decimals(fitting: Iterable[Reading]) -> int | None:
    """The decimals of nearly all claims that fit their N; None if they differ or are few.

    Without decimals all and nothing are printed anywhere: 0 and 100 do not count.
    """
    counts = Counter(
        decimals_of(reading.percent)
        for reading in fitting
        if reading.numerator and parse_decimal(reading.percent) not in (0, 100)
    )
    if sum(counts.values()) < FEWEST:
        return None
    decimals, times = counts.most_common(1)[0]
    return decimals if times >= SHARE * sum(counts.values()) else None


def is_other_measure(reading: Reading, usual: int | None) -> bool:
    """Whether a cell is printed unlike the percents of its table."""
    plain = decimals_of(reading.percent) == 0 and parse_decimal(reading.percent) not in (0, 100)
    return bool(usual) and plain


_FOOTNOTE_N = re.compile(
    r"\b(?:n\s?=\s?|of (?:the )?|in (?:the )?|for (?:the )?|among (?:the )?|"
    r"on )(\d{1,3}(?:,\d{3})+|\d{1,6})\b(?!\s?%)"
)
_FOOTNOTE_MISSING = re.compile(
    r"(?:missing|unavailable|unknown|not available|not recorded)[^.;]{0,40}?\b(\d{1,4})\b|"
    r"\b(\d{1,4})\s(?:patients?|subjects?|cases?|participants?)?[^.;]{0,30}?(?:missing|"
    r"unavailable|unknown|not available|not recorded)",
    re.IGNORECASE,
)
FEWEST_UNMARKED = 3
SHARE_UNMARKED = 0.7
NEAR = 60  # cells of a column, up and down, that are looked at for one
MOST_MISFITS = 2  # misfits for one that fits: beyond, the header's N is doubted and not the cells


def resolve_cells(layout: Layout, claims: list[CellClaim]) -> list[Reading]:
    """Each cell's claim with its denominator, what is not to be accused marked as such."""
    kept = [claim for claim in claims if not claim.measure]
    states = {id(claim): _first_look(layout, claim) for claim in kept}
    states |= share_of_rows(kept, states)
    kept = _drop_unmarked(kept, states)
    kept = _drop_measures(layout, kept, states)
    kept = _drop_unlike(layout, kept, states)
    columns: dict[int, list[CellClaim]] = defaultdict(list)
    for claim in kept:
        columns[claim.column].append(claim)
    readings: list[Reading] = []
    by_row = _row_percents(kept, states)
    rows: dict[int, list[CellClaim]] = defaultdict(list)
    for claim in kept:
        rows[claim.row].append(claim)
    for column, cells in columns.items():
        readings += _settle_column(layout, column, cells, states, by_row, rows)
    return readings


def fits(reading: Reading, n: int | None) -> bool:
    """Whether a denominator gives the printed percent, by any way of rounding."""
    if not n or reading.numerator is None or n < reading.numerator:
        return False
    return share_fits(reading.numerator, n, reading.percent, relation=reading.relation)


def _first_look(layout: Layout, claim: CellClaim) -> tuple[int | None, str | None, bool]:
    """The denominator that a cell's own row, section, column or footnote gives, and if it fits."""
    reading = claim.reading
    if reading.n_source == "explicit":
        return reading.denominator, "explicit", fits(reading, reading.denominator)
    named: list[tuple[int, str]] = []
    header = layout.totals[claim.column]
    if claim.row in layout.row_totals:
        named.append((layout.row_totals[claim.row], "header"))
    if header is not None:
        named.append((header, "header"))
    elif (own := layout.total_in_row(claim.row, claim.column)) is not None:
        named.append((own, "header"))
    elif layout.caption_total is not None:
        named.append((layout.caption_total, "header"))
    further: list[tuple[int, str]] = []
    above = layout.total_above(claim.row, claim.column)
    if above is not None and not named:
        named.append((above, "header"))
    for n, source in named:
        missing = sum(
            _count_in(layout.cell(row, claim.column).text)
            for row in layout.missing_rows.get(layout.sections.get(claim.row, -1), ())
        )
        if missing and n > missing:
            further.append((n - missing, source))
        for gone in _missing_in_footnote(layout.table.footnote):
            if n > gone:
                further.append((n - gone, "footnote"))
    further += [(n, "header") for n in layout.new_totals(claim.row, claim.column)]
    further += [(n, "footnote") for n in _totals_in_footnote(layout.table.footnote)]
    for fit in (follows, fits):
        for n, source in named + further:
            if fit(reading, n):
                return n, source, True
    return (*named[-1], False) if named else (None, None, False)


def _count_in(text: str) -> int:
    found = re.match(r"(\d{1,6})\b", text.replace(",", ""))
    return int(found[1]) if found else 0


def _missing_in_footnote(text: str) -> list[int]:
    found = [int(a or b) for a, b in _FOOTNOTE_MISSING.findall(text)]
    return [number for number in found if number]


def _totals_in_footnote(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in _FOOTNOTE_N.findall(text)]


def _drop_unmarked(claims: list[CellClaim], states: States) -> list[CellClaim]:
    """Cells that nothing calls percents are claims only if nearly all of them fit as such."""
    unmarked = [claim for claim in claims if not claim.marked]
    good = [claim for claim in unmarked if states[id(claim)][2]]
    rows = {claim.row for claim in good}
    beside = [claim for claim in unmarked if claim.row in rows]
    enough = len(good) >= FEWEST_UNMARKED and len(good) >= SHARE_UNMARKED * len(beside)
    return [
        claim
        for claim in claims
        if claim.marked or (enough and (states[id(claim)][2] or claim.row in rows))
    ]


def _drop_measures(layout: Layout, claims: list[CellClaim], states: States) -> list[CellClaim]:
    """Rows such as "Age  34 (9)" under a header "n (%)": none of their cells fits."""
    good = {claim.row for claim in claims if states[id(claim)][2]}
    return [
        claim
        for claim in claims
        if claim.row in good
        or not QUANTITY.search(layout.label(claim.row))
        or "%" in layout.label(claim.row)
    ]


def _drop_unlike(layout: Layout, claims: list[CellClaim], states: States) -> list[CellClaim]:
    """Means and medians with their spread, where only the table as a whole speaks of percents."""
    good = {claim.row for claim in claims if states[id(claim)][2]}
    bad = {claim.row for claim in claims if not states[id(claim)][2]}
    usual = usual_decimals(claim.reading for claim in claims if states[id(claim)][2])
    spoken_of = MEASURE.search(f"{layout.table.caption} {layout.table.footnote}") is not None
    kept = []
    for claim in claims:
        own = f"{layout.label(claim.row)} {layout.cell(claim.row, claim.column).text}"
        whole = decimals_of(claim.reading.percent) == 0 and claim.row not in good and spoken_of
        unlike = whole or is_other_measure(claim.reading, usual)
        fit = states[id(claim)][2] and (claim.row not in bad or not unlike)
        if fit or "%" in own or not unlike:
            kept.append(claim)
    return kept


def _row_percents(claims: list[CellClaim], states: States) -> set[int]:
    """Cells that are shares of their row's total instead of their column's; two at least."""
    rows: dict[int, list[CellClaim]] = defaultdict(list)
    for claim in claims:
        rows[claim.row].append(claim)
    found = []
    for cells in rows.values():
        misfits = [claim for claim in cells if not states[id(claim)][2]]
        total = _row_total(cells)
        if total and misfits and all(fits(claim.reading, total) for claim in misfits):
            found += misfits
    misfits = [claim for claim in claims if not states[id(claim)][2]]
    enough = len(found) >= 2 and 2 * len(found) > len(misfits)
    return {id(claim) for claim in found} if enough else set()


def _row_total(cells: list[CellClaim]) -> int:
    counts = [claim.reading.numerator or 0 for claim in cells]
    rest = sum(counts) - max(counts)
    return max(counts) if max(counts) == rest else sum(counts)


def _settle_column(
    layout: Layout,
    column: int,
    cells: list[CellClaim],
    states: States,
    by_row: set[int],
    rows: dict[int, list[CellClaim]],
) -> list[Reading]:
    good = [claim for claim in cells if states[id(claim)][2]]
    bad = [claim for claim in cells if not states[id(claim)][2] and id(claim) not in by_row]
    readings = []
    doubt = _doubt(layout, column, good, bad, rows, states) if bad else ""
    for at, claim in enumerate(cells):
        n, source, fit = states[id(claim)]
        near = cells[max(at - NEAR, 0) : at + NEAR]
        reading = claim.reading.changed(denominator=n, n_source=source)
        if id(claim) in by_row:
            total = _row_total(rows[claim.row])
            reading = reading.changed(
                denominator=total, n_source="assumed", note="a share of its row", verdict=""
            )
        elif not fit and n is None:
            reading = reading.changed(verdict=CANNOT_TELL)
        elif not fit and (doubt or (not claim.marked and not good)):
            reading = reading.changed(verdict=CANNOT_TELL, note=doubt)
        elif (
            not fit
            and n
            and source != "explicit"
            and (whole := _all_known(layout, claim, near, rows))
        ):
            reading = reading.changed(denominator=whole, n_source="assumed", verdict="")
        elif not fit and source != "explicit" and n and more_than_missing(reading, n):
            reading = reading.changed(note=_repairs(reading, near))
        elif not fit and source != "explicit" and _whole_row_off(claim, rows, states):
            note = "no cell of the row fits its N: another may hold for it"
            reading = reading.changed(verdict=CANNOT_TELL, note=note)
        elif (
            not fit
            and source != "explicit"
            and (other := _other_n(layout, claim, near, rows, states))
        ):
            reading = reading.changed(verdict=CANNOT_TELL, note=other)
        elif not fit:
            reading = reading.changed(note=_repairs(reading, near))
        readings.append(reading)
    return readings


def _all_known(
    layout: Layout, claim: CellClaim, cells: list[CellClaim], rows: dict[int, list[CellClaim]]
) -> int:
    """The sum of rows that complete each other, unless no other column lacks anybody there."""
    n = layout.totals[claim.column] or 0
    row = [other for other in rows[claim.row] if other is not claim]
    if len(row) > 1 and all(fits(other.reading, layout.totals[other.column]) for other in row):
        return 0
    return sum_of_all([other.reading for other in cells], cells.index(claim), n)


def _other_n(
    layout: Layout,
    claim: CellClaim,
    cells: list[CellClaim],
    rows: dict[int, list[CellClaim]],
    states: States,
) -> str:
    """What else a misfit's N may be: one that gives all of its section, or an empty neighbour's.

    More than all may be events, of which one patient has several.
    """
    n_here, k = states[id(claim)][0] or 0, claim.reading.numerator or 0
    if k > n_here and not one_slip_away(claim.reading, n_here):
        return "other than patients may be counted"
    for column, n in enumerate(layout.totals):
        empty = column not in (0, claim.column) and not layout.cell(claim.row, column).text
        if n and empty and fits(claim.reading, n):
            return f"the cell may be shifted: {n} fits"
    row = [other for other in rows[claim.row] if other is not claim and layout.totals[other.column]]
    if any(fits(other.reading, layout.totals[other.column]) for other in row):
        return ""
    if row:
        return "no cell of the row fits its column's N: another may hold for it"
    section = layout.sections.get(claim.row)
    here = [
        other
        for other in cells
        if layout.sections.get(other.row) == section and other.reading.numerator
    ]
    bad = [other for other in here if not states[id(other)][2]]
    if len(bad) < 2:
        return ""
    for n in denominators_that_fit(claim.reading.numerator or 0, claim.reading.percent, most=12):
        if all(fits(other.reading, n) for other in bad):
            return f"{n} fits every such cell of its section"
    return ""


def _doubt(
    layout: Layout,
    column: int,
    good: list[CellClaim],
    bad: list[CellClaim],
    rows: dict[int, list[CellClaim]],
    states: States,
) -> str:
    """Why a column's misfits are not held against it; empty if they are."""
    if all(claim.reading.n_source == "explicit" for claim in bad):
        return ""
    for other, n in enumerate(layout.totals):
        if other != column and n and n != layout.totals[column]:
            repaired = sum(fits(claim.reading, n) for claim in bad)
            if repaired == len(bad) and (len(bad) >= 2 or _moved(bad[0], rows, n, states)):
                return f"the column may be shifted: {n} fits"
    candidates = _common_denominators([claim.reading for claim in bad])
    for n, repaired in candidates.items():
        if repaired >= 2 and all(fits(claim.reading, n) for claim in good) and repaired == len(bad):
            return f"{n} fits every cell of the column"
    telling = [claim for claim in good if (claim.reading.numerator or 0) > 0]
    if not telling:
        neighbours = [
            claim for claim in rows[bad[0].row] if claim.column != column and states[id(claim)][2]
        ]
        if len(bad) > 1 or not neighbours:
            return "no cell of the column fits its N"
    if len(bad) > MOST_MISFITS * max(len(telling), 1):
        return "most cells of the column do not fit its N"
    return ""


def _moved(claim: CellClaim, rows: dict[int, list[CellClaim]], n: int, states: States) -> bool:
    """A single misfit that fits another column's N: doubted if its whole row is off."""
    row = [other for other in rows[claim.row] if other is not claim]
    return bool(row) and not any(states[id(other)][2] for other in row)


def _whole_row_off(claim: CellClaim, rows: dict[int, list[CellClaim]], states: States) -> bool:
    """Two cells or more of a row, and none that fits: patients may be missing from that row."""
    row = [other for other in rows[claim.row] if states[id(other)][0]]
    return len(row) > 1 and not any(states[id(other)][2] for other in row)


def _common_denominators(readings: list[Reading]) -> dict[int, int]:
    """Denominators near the readings' own, with how many of them each gives."""
    found: dict[int, int] = defaultdict(int)
    for reading in readings:
        for n in denominators_that_fit(reading.numerator or 0, reading.percent, most=12):
            found[n] += 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _repairs(reading: Reading, cells: list[CellClaim]) -> str:
    """Such as "107 would also give 2 other cells of the column and break 2"."""
    parts = []
    for n in denominators_that_fit(reading.numerator or 0, reading.percent):
        others = [claim.reading for claim in cells if claim.reading.pct_start != reading.pct_start]
        own = reading.denominator
        repaired = sum(fits(other, n) and not fits(other, own) for other in others)
        broken = sum(fits(other, own) and not fits(other, n) for other in others)
        if repaired:
            parts.append(
                f"{n} would also give {repaired} other{'s' if repaired > 1 else ''} of the column"
                + (f" and not {broken} that {own} gives" if broken else "")
            )
    return "; ".join(parts)
