"""Dates as hospitals write them; one that fits two readings waits for the user's answer."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from pht_core.intake.cells.texts import clean_text, distinct_texts, note_cells
from pht_core.intake.notes import TableNotes
from pht_core.intake.words.word_lists import read_cell_words, read_forms, read_pattern

ORDERS = ("year-first", "day-month", "month-day")
ORDER_WORDS = {
    "year-first": "the year first",
    "day-month": "the day before the month",
    "month-day": "the month before the day",
}
# Before it lie the placeholders of spreadsheets (1900-01-00, 1904-01-01), not births of patients.
FIRST_YEAR, LAST_YEAR = 1905, 2100
# Days since 1899-12-30, as spreadsheets count in their 1900 system: 1954 to 2119.
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000
SERIAL_ORIGIN = date(1899, 12, 30)
# Years of two digits up to this one are of this century.
LAST_SHORT_YEAR = 69

# Longer text is no date; patterns are not tried on it.
LONGEST = 80

SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")

NOTHING, UNREADABLE, IMPOSSIBLE, INCOMPLETE, UNRESOLVED, MISFIT, SERIALS, SHORT = (
    1 << bit for bit in range(8)
)
FOUND = {
    UNREADABLE: "dates_unreadable",
    IMPOSSIBLE: "dates_impossible",
    INCOMPLETE: "dates_incomplete",
    UNRESOLVED: "dates_of_unknown_order",
    MISFIT: "dates_in_other_order",
    NOTHING: "dates_not_given",
    SERIALS: "dates_as_day_numbers",
    SHORT: "dates_with_short_year",
}


class _Cell(NamedTuple):
    """A cell's kind, its date if it can be read in one way, else its date by order."""

    kind: int
    certain: date | None = None
    by_order: dict[str, date] | None = None
    # Orders under which a year of two digits would lie in the future.
    future: frozenset[str] = frozenset()


def looks_like_date(text: str, *, whole: bool = False) -> bool:
    """Whether a cell is written as a date, be it incomplete (unless ``whole``) or impossible.

    Of digits alone only a date such as 20220304 is one: other numbers are ids, years or counts.

    >>> looks_like_date("3. Apr 2022"), looks_like_date("20220304"), looks_like_date("20229999")
    (True, True, False)
    >>> looks_like_date("2022-03"), looks_like_date("2022-03", whole=True)
    (True, False)
    """
    cell = _read_cell(text)
    if text.isdigit():
        return cell.kind == 0 and cell.certain is not None
    return not cell.kind & (NOTHING | UNREADABLE | SERIALS | (INCOMPLETE if whole else 0))


def date_orders(values: pd.Series) -> set[str]:
    """The orders under which all dates of a column can be read; empty if it holds no dates.

    Those of ``year-first``, ``day-month`` and ``month-day`` that fit every date; all three for a
    column that needs no order (2022-03-04, 4 Apr 2022), so that sets of columns can be intersected;
    ``serial`` too if every cell is a spreadsheet's day number, ``typed`` if the file types them as
    dates. None fits if less than half are dates, or dates contradict each other.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return {"typed", *ORDERS}
    cells = _cells_of(values)
    given = [cell for cell in cells if not cell.kind & NOTHING]
    dates = [cell for cell in given if not cell.kind & UNREADABLE]
    if not dates or 2 * len(dates) < len(given):
        return set()
    serial = {"serial"} if all(cell.kind & SERIALS for cell in given) else set()
    return _orders_of(cells) | serial


def needs_order(values: pd.Series) -> bool:
    """Whether dates of a column fit two orders and no other cell of the column resolves it.

    Ask with the orders that `date_orders` gives: years of two digits may also come first.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return False
    cells = _cells_of(values)
    return any(_is_unresolved(cell) for cell in cells) and len(_orders_of(cells)) != 1


def find_turned(values: pd.Series) -> list[tuple[str, str]]:
    """Dates that a spreadsheet may have read with day and month exchanged, and what they were.

    It reads 02/09/2021 its own way and leaves 15/01/2021 as text: where every text has a number
    above 12 before or behind the month, and no other date a day above 12, all others may be turned.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return []
    texts = [text for text in distinct_texts(values)[1] if text]
    cells = [(text, _read_cell(text)) for text in texts]
    written = [set(cell.by_order) for _, cell in cells if cell.by_order]
    read = [(text, cell.certain) for text, cell in cells if cell.certain and not _names(text)]
    orders = {frozenset(orders) for orders in written}
    if not read or len(orders) != 1 or len(orders.pop()) != 1:
        return []
    if any(found.day > 12 for _, found in read):
        return []
    other = [(text, found) for text, found in read if found.day != found.month]
    return [(text, day.replace(month=day.day, day=day.month).isoformat()) for text, day in other]


def _names(text: str) -> bool:
    """Whether a date has its month as a word."""
    return bool(re.search(r"[^\W\d_]{3}", read_pattern("time of day").sub("", clean_text(text))))


def convert_dates(values: pd.Series, order: str, notes: TableNotes) -> pd.Series:
    """Cells as dates at midnight; times of day are dropped; what is no date is missing (a finding).

    order : ``day-month``, ``month-day`` or ``year-first`` for dates that fit several orders;
        empty = unknown: such dates are missing unless the column itself resolves it. A column
        that shows another order beyond doubt keeps it, with a finding.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _typed_dates(values, notes)
    distinct = distinct_texts(values)
    cells = [_read_cell(text) for text in distinct[1]]
    own = _orders_of(cells, by_future=not order)
    used = own.copy().pop() if len(own) == 1 else order
    if len(own) == 1 and any(_is_unresolved(cell) for cell in cells):
        _note_order(values, cells, distinct[1], used, order, notes)
    dates = np.full(len(cells) + 1, "NaT", dtype="datetime64[D]")
    kinds = np.zeros(len(cells), dtype=np.int64)
    for i, cell in enumerate(cells):
        kinds[i] = cell.kind
        if cell.certain is not None:
            dates[i] = cell.certain
        elif cell.by_order:
            if used in cell.by_order:
                dates[i] = cell.by_order[used]
            elif len(set(cell.by_order.values())) == 1 and not used:
                dates[i] = next(iter(cell.by_order.values()))
            else:
                kinds[i] = MISFIT if used else UNRESOLVED
    note_cells(kinds, FOUND, values, distinct, notes)
    array = dates.astype("datetime64[ns]")[distinct[0]]
    return pd.Series(array, index=values.index, name=values.name)


def _cells_of(values: pd.Series) -> list[_Cell]:
    return [_read_cell(text) for text in distinct_texts(values)[1] if text]


def _orders_of(cells: Sequence[_Cell], *, by_future: bool = True) -> set[str]:
    """The orders that fit every cell; those with dates in the future only if no other does.

    Without ``by_future`` the future is no reason: the user's word counts more.
    """
    orders, future = set(ORDERS), set[str]()
    for cell in cells:
        if cell.by_order:
            orders &= set(cell.by_order)
            future |= cell.future
    return (by_future and orders - future) or orders


def _is_unresolved(cell: _Cell) -> bool:
    return cell.by_order is not None and len(set(cell.by_order.values())) > 1


def _read_cell(text: str) -> _Cell:
    text = clean_text(text)
    if not text or text.casefold() in read_cell_words("no result"):
        return _Cell(NOTHING)
    if len(text) > LONGEST:
        return _Cell(UNREADABLE)
    text = read_pattern("day of the week").sub("", read_pattern("time of day").sub("", text))
    text = text.strip()
    # Eight digits that fit both compact forms do not exist: 1905 to 2100 is no month and day.
    for form in read_forms("date of three numbers"):
        if parts := form.fullmatch(text):
            return _read_numeric(*parts.groups())
    for form in read_forms("date"):
        parts = form.fullmatch(text)
        month = _month_of(parts["month"]) if parts else None
        if parts and month is not None:
            found = _date(parts["year"], month, int(parts["day"]))
            short = SHORT if len(parts["year"]) == 2 else 0
            return _Cell(short, found) if found else _Cell(IMPOSSIBLE)
    parts = SERIAL.fullmatch(text)
    if parts and FIRST_SERIAL <= int(parts[1]) <= LAST_SERIAL:
        found = SERIAL_ORIGIN + timedelta(days=int(parts[1]))
        return _Cell(SERIALS, found) if found.year <= LAST_YEAR else _Cell(IMPOSSIBLE)
    unknown = read_pattern("unknown part of a date").search(text) and re.search(r"\d{4}", text)
    if unknown or read_pattern("part of a date").fullmatch(text):
        return _Cell(INCOMPLETE)
    return _Cell(UNREADABLE)


def _read_numeric(first: str, second: str, third: str) -> _Cell:
    """Three numbers of which the last, or with two digits also the first, is the year."""
    ways = {"day-month": (third, second, first), "month-day": (third, first, second)}
    short = SHORT if len(third) == 2 else 0
    if short and len(first) == 2:
        ways["year-first"] = (first, second, third)
    whole = {order: (year, int(month), int(day)) for order, (year, month, day) in ways.items()}
    by_order = {order: found for order, way in whole.items() if (found := _date(*way))}
    future = frozenset(order for order in by_order if short and _is_future(*whole[order]))
    return _Cell(short, None, by_order, future) if by_order else _Cell(IMPOSSIBLE)


def _date(year: str, month: int, day: int) -> date | None:
    """A date that exists and is plausible; years of two digits get their century."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number <= LAST_SHORT_YEAR and not _is_future(year, month, day) else 1900
    try:
        return date(number, month, day) if FIRST_YEAR <= number <= LAST_YEAR else None
    except ValueError:
        return None


def _is_future(year: str, month: int, day: int) -> bool:
    """Whether a year of two digits would put the date later than today in this century."""
    number = int(year)
    return number <= LAST_SHORT_YEAR and (2000 + number, month, day) > date.today().timetuple()[:3]


def _month_of(word: str) -> int | None:
    """The month of a number, or that begins with a word's first four or three letters."""
    if word.isdigit():
        return int(word)
    beginnings = {word.casefold()[:4], word.casefold()[:3]}
    months = range(1, 13)
    return next((n for n in months if beginnings & read_cell_words(f"month {n}")), None)


def _note_order(
    values: pd.Series,
    cells: Sequence[_Cell],
    texts: Sequence[str],
    used: str,
    order: str,
    notes: TableNotes,
) -> None:
    """Note that the column itself shows its order, and whether it differs from the file's."""
    shown = (cell.by_order is not None and set(cell.by_order) == {used} for cell in cells)
    proof = next((text for text, proves in zip(texts, shown, strict=True) if proves), "")
    differs = bool(order) and order != used
    notes.report(
        "dates_differ_in_order" if differs else "dates_show_order",
        values.name,
        value=proof,
        order=ORDER_WORDS[used],
        reason=f"as {proof!r} shows" if proof else "as no other order fits all of them",
        file_order=ORDER_WORDS.get(order, ""),
    )


def _typed_dates(values: pd.Series, notes: TableNotes) -> pd.Series:
    """Dates that the file itself types, without times of day and implausible years."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    dates = values.dt.normalize()
    years = dates.dt.year
    odd = ((years < FIRST_YEAR) | (years > LAST_YEAR)).to_numpy()
    if odd.any():
        first = dates[odd].iloc[0].date().isoformat()
        codes = np.where(dates.notna(), np.where(odd, 0, 1), -1)
        kinds = np.array([IMPOSSIBLE, 0])
        note_cells(kinds, FOUND, values, (codes, [first, ""]), notes)
        dates = dates.mask(odd)
    return dates.astype("datetime64[ns]")
