"""Times of outcomes in months, from months, days or dates."""

import numpy as np
import pandas as pd

from pht_core.cohort import DAYS_PER_MONTH
from pht_core.intake.amounts import Desk, read_numbers
from pht_core.intake.clock import Clock, is_date
from pht_core.intake.fields import read_fields
from pht_core.intake.mapped import MappedTable, text_of
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.questions import ask_unit
from pht_core.units import convert_unit, recognise_unit, split_header
from pht_core.validation import CHANGES, NOTE, counted, finding

TIME_UNITS = ["days", "months"]
# A follow-up of more than 25 years after CAR-T is days, not months: the first were in 2010.
LONGEST_MONTHS = 300.0


def read_months(
    entry: ColumnMap, values: pd.Series, table: MappedTable, clock: Clock, desk: Desk
) -> pd.Series | None:
    """A column of times in months: months as they stand, days and dates by 30.4375 days."""
    column, title = entry.column, read_fields()[entry.field].title
    if is_date(entry, values):
        dates = clock.read_dates(values, table, desk.findings)
        if not clock.has_infusions:
            desk.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    column,
                    f"{column!r} gives dates, but no column gives the date of infusion.",
                    "It is not used.",
                    "Add each patient's date of infusion.",
                )
            )
            return None
        return clock.count_days(dates, table.subjects) / DAYS_PER_MONTH
    numbers, in_cells = read_numbers(values, table, desk)
    unit = entry.unit or recognise_unit(in_cells, "time")
    given = numbers.dropna()
    if not len(given):
        return numbers
    if not unit:
        unit = _unit_of_times(numbers, table, clock, column, desk)
    elif unit == "months" and given.max() > LONGEST_MONTHS and entry.reason != CHOSEN:
        why = f"Its header says months, but its longest is {given.max():g}."
        desk.ask(ask_unit(table.name, column, title, why, TIME_UNITS), table.name, column)
        return None
    if not unit:
        why = f"No unit is given, and the times ({given.min():g} to {given.max():g}) fit both."
        desk.ask(ask_unit(table.name, column, title, why, TIME_UNITS), table.name, column)
        return None
    if unit == "months":
        return numbers
    months = convert_unit(numbers.to_numpy(), "time", unit)
    desk.findings.append(
        finding(
            NOTE,
            table.name,
            column,
            f"{counted(len(given), 'time', 'times')} of {column} given in {unit}.",
            f"They are converted to months of {DAYS_PER_MONTH} days.",
        )
    )
    return pd.Series(months, index=numbers.index, name=numbers.name)


def _unit_of_times(
    numbers: pd.Series, table: MappedTable, clock: Clock, column: str, desk: Desk
) -> str:
    """The unit that dates beside the times show, or that only one reading allows; else empty."""
    given = numbers.dropna()
    unit, why = "", ""
    dated = table.map_of("date")
    if dated is not None and clock.has_infusions:
        dates = clock.read_dates(table.values_of(dated), table, [])
        gap = (numbers - clock.count_days(dates, table.subjects)).dropna()
        if len(gap) and gap.between(-0.5, 1.5).mean() > 0.9:
            unit, why = "days", "they are the days from infusion to their dates"
    if not unit and given.max() > LONGEST_MONTHS and (given == np.floor(given)).all():
        unit, why = "days", f"they are whole numbers up to {given.max():g}"
    if unit:
        desk.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"No unit is given for {column}: {why}.",
                f"They are read in {unit}.",
                "Say the unit in the mapping if it is another.",
                value=unit,
            )
        )
    return unit


def told_units(table: MappedTable, value: ColumnMap) -> np.ndarray:
    """Each row's unit of time: of its own unit, or its endpoint's name; else the header's."""
    found = np.full(len(table.frame), "", dtype=object)
    for field in ("unit", "test_label", "test"):
        texts = table.series(field)
        if texts is None:
            continue
        words = text_of(texts).cat
        own = [
            str(word) if field == "unit" else split_header(str(word))[1]
            for word in words.categories
        ]
        units = [recognise_unit(word, "time") for word in own]
        rows = np.array([*units, ""], dtype=object)[words.codes.to_numpy()]
        found = np.where(found == "", rows, found)
    header = value.unit or recognise_unit(split_header(value.column)[1], "time")
    if header and (value.reason == CHOSEN or not (found != "").any()):
        return np.full(len(found), header, dtype=object)
    return np.where(found == "", header, found)
