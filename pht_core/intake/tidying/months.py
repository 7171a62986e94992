"""Times of outcomes in months, from dates, days, weeks, months or years."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd

from pht_core.intake.cells.numbers import NUMBERS, is_unread
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.questions import ask_unit
from pht_core.intake.recognising.evidence import holds_dates, sample_cells
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.tidying.amounts import read_numbers
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.day_reference import is_date
from pht_core.intake.tidying.mapped import MappedTable, read_words, text_of
from pht_core.intake.words.fields import read_fields
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.findings import NOTE
from pht_core.model.units import convert_unit, recognise_unit, split_header

TIME_UNITS = ["days", "months"]
# A follow-up of more than 25 years after CAR-T is days, not months: the first were in 2010.
LONGEST_MONTHS = 300.0


def read_months(
    entry: ColumnMap, values: pd.Series, table: MappedTable, context: IntakeContext
) -> pd.Series | None:
    """A column of times in months: months as they are, days and dates by 30.4375 days."""
    column = entry.column
    if is_date(entry, values):
        dates = context.read_dates(values, table)
        if not context.day_reference.has_infusions:
            context.report("outcome_dates_without_infusion", table.name, column)
            return None
        return context.day_reference.count_days(dates, table) / DAYS_PER_MONTH
    unread = read_words(values, is_unread, False)
    inside = {str(cell): NUMBERS.findall(str(cell)) for cell in text_of(values)[unread].unique()}
    single = {cell: found[0] for cell, found in inside.items() if len(found) == 1}
    options = [(number, number) for number in dict.fromkeys(single.values())]
    context.ask_unread(table, entry, values, unread, "time", options, single.get)
    numbers, in_cells = read_numbers(values, table, context)
    unit = entry.unit or recognise_unit(in_cells, "time") or header_unit(column)
    given = numbers.dropna()
    if not len(given):
        return numbers
    why = ""
    if not unit:
        unit = _infer_unit(numbers, table, column, context)
        why = f"No unit is given, and the times ({given.min():g} to {given.max():g}) fit both."
    elif unit == "months" and given.max() > LONGEST_MONTHS and entry.reason != CHOSEN:
        unit, why = "", f"Its header says months, but the longest time is {given.max():g}."
    if not unit:
        title = read_fields()[entry.field].title
        context.ask(ask_unit(table.name, column, title, why, TIME_UNITS), table.name, column)
        return None
    if unit == "months":
        return numbers
    months = convert_unit(numbers.to_numpy(), "time", unit)
    context.report(
        "times_converted", table.name, column, n=len(given), unit=unit, per=DAYS_PER_MONTH
    )
    return pd.Series(months, index=numbers.index, name=numbers.name)


def _infer_unit(numbers: pd.Series, table: MappedTable, column: str, context: IntakeContext) -> str:
    """The unit that dates beside the times show, or that only one reading allows; else empty."""
    given = numbers.dropna()
    why, severity = "", ""
    quiet = replace(context, findings=[], questions=[])
    dates = [
        quiet.read_dates(table.frame[name], table)
        for name in map(str, table.frame.columns)
        if holds_dates(sample_cells(table.frame[name]))
    ]
    spans = [(later - date).dt.days for date, later in permutations(dates, 2)]
    if context.day_reference.has_infusions:
        spans += [context.day_reference.count_days(date, table) for date in dates]
    for span in spans:
        gap = (numbers - span).dropna()
        if len(gap) and gap.between(-0.5, 1.5).mean() > 0.9 and numbers.max() > 1.5:
            why, severity = "they are the days between dates beside them", NOTE
    if not why and given.max() > LONGEST_MONTHS and (given == np.floor(given)).all():
        why = f"they are whole numbers up to {given.max():g}"
    if not why:
        return ""
    facts = {"value": "days", "why": why, "severity": severity}
    context.report("unit_of_times_inferred", table.name, column, **facts)
    return "days"


def units_of_times(table: MappedTable, value: ColumnMap) -> np.ndarray:
    """Each row's unit of time: of its own unit, or its endpoint's name; else the header's."""
    found = np.full(len(table.frame), "", dtype=object)
    for name in ("unit", "test_label", "test"):
        texts = table.series(name)
        if texts is not None:
            found = np.where(found == "", read_words(texts, time_unit, ""), found)
    header = value.unit or time_unit(value.column)
    if header and (value.reason == CHOSEN or not (found != "").any()):
        return np.full(len(found), header, dtype=object)
    return np.where(found == "", header, found)


def header_unit(header: str) -> str:
    """The unit of time that a header ends in, or the only one that is among its words."""
    units = {recognise_unit(word, "time") for word in header_words(header)} - {""}
    return time_unit(header) or (units.pop() if len(units) == 1 else "")


def time_unit(text: str) -> str:
    """The unit of time that a text is, or has at its end."""
    return recognise_unit(text, "time") or recognise_unit(split_header(text)[1], "time")
