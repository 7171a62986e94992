"""Times of outcomes in months, from dates, days, weeks, months or years."""

from itertools import permutations

import numpy as np
import pandas as pd

from pht_core.intake.cells.numbers import is_unread
from pht_core.intake.mapping import CHOSEN
from pht_core.intake.recognising.evidence import holds_dates, sample_cells
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.tidying.amounts import find_single_numbers, read_numbers
from pht_core.intake.tidying.day_reference import is_date
from pht_core.intake.tidying.mapped import MappedColumn, read_words, text_of
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.findings import NOTE
from pht_core.model.units import convert_unit, recognise_unit, split_header

TIME_UNITS = ["days", "months"]
# A follow-up of more than 25 years after CAR-T is days, not months: the first were in 2010.
LONGEST_MONTHS = 300.0


def read_months(column: MappedColumn, values: pd.Series | None = None) -> pd.Series | None:
    """A column of times, or other cells for its own, in months: days and dates by 30.4375 days."""
    table, entry = column.table, column.entry
    values = column.values if values is None else values
    if is_date(entry, values):
        dates = column.read_dates(values)
        if not table.context.day_reference.has_infusions:
            column.report("outcome_dates_without_infusion")
            return None
        return table.count_days(dates) / DAYS_PER_MONTH
    unread = read_words(values, is_unread, False)
    single = find_single_numbers([str(cell) for cell in text_of(values)[unread].unique()])
    options = [(number, number) for number in dict.fromkeys(single.values())]
    column.ask_unread(values, unread, "time", options, single.get)
    numbers, in_cells = read_numbers(values, table)
    unit = entry.unit or recognise_unit(in_cells, "time") or header_unit(column.name)
    given = numbers.dropna()
    if not len(given):
        return numbers
    why = ""
    if not unit:
        unit = _infer_unit(numbers, column)
        why = f"No unit is given, and the times ({given.min():g} to {given.max():g}) fit both."
    elif unit == "months" and given.max() > LONGEST_MONTHS and entry.reason != CHOSEN:
        unit, why = "", f"Its header says months, but the longest time is {given.max():g}."
    if not unit:
        column.ask_unit(why, TIME_UNITS)
        return None
    if unit == "months":
        return numbers
    months = convert_unit(numbers.to_numpy(), "time", unit)
    column.report("times_converted", n=len(given), unit=unit, per=DAYS_PER_MONTH)
    return pd.Series(months, index=numbers.index, name=numbers.name)


def _infer_unit(numbers: pd.Series, column: MappedColumn) -> str:
    """The unit that dates beside the times show, or that only one reading allows; else empty."""
    given = numbers.dropna()
    why, severity = "", ""
    table = column.table.in_silence()
    dates = [
        own.read_dates()
        for own in table.columns
        if holds_dates(sample_cells(table.frame[own.name]))
    ]
    spans = [(later - date).dt.days for date, later in permutations(dates, 2)]
    if table.context.day_reference.has_infusions:
        spans += [table.count_days(date) for date in dates]
    for span in spans:
        gap = (numbers - span).dropna()
        if len(gap) and gap.between(-0.5, 1.5).mean() > 0.9 and numbers.max() > 1.5:
            why, severity = "they are the days between dates beside them", NOTE
    if not why and given.max() > LONGEST_MONTHS and (given == np.floor(given)).all():
        why = f"they are whole numbers up to {given.max():g}"
    if not why:
        return ""
    column.report("unit_of_times_inferred", value="days", why=why, severity=severity)
    return "days"


def units_of_times(value: MappedColumn) -> np.ndarray:
    """Each row's unit of time: of its own unit, or its endpoint's name; else the header's."""
    found = np.full(len(value.values), "", dtype=object)
    for name in ("unit", "test_label", "test"):
        texts = value.table.series(name)
        if texts is not None:
            found = np.where(found == "", read_words(texts, time_unit, ""), found)
    header = value.entry.unit or time_unit(value.name)
    if header and (value.entry.reason == CHOSEN or not (found != "").any()):
        return np.full(len(found), header, dtype=object)
    return np.where(found == "", header, found)


def header_unit(header: str) -> str:
    """The unit of time that a header ends in, or the only one that is among its words."""
    units = {recognise_unit(word, "time") for word in header_words(header)} - {""}
    return time_unit(header) or (units.pop() if len(units) == 1 else "")


def time_unit(text: str) -> str:
    """The unit of time that a text is, or has at its end."""
    return recognise_unit(text, "time") or recognise_unit(split_header(text)[1], "time")
