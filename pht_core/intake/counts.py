"""Laboratory values from columns: one per test, or one per test and day."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from pht_core.intake.amounts import Amounts, Desk, read_amounts
from pht_core.intake.clock import Clock, dayless, find_days
from pht_core.intake.laboratory import PERCENTS, TESTS, join_values, values_of_test
from pht_core.intake.mapped import MappedTable
from pht_core.intake.mapping import CHOSEN
from pht_core.schema import LINEAGES
from pht_core.validation import CHANGES, finding


def read_columns(table: MappedTable, clock: Clock, desk: Desk) -> pd.DataFrame:
    """Every laboratory value of a table with a row per patient, or per patient and day.

    Returns
    -------
    pandas.DataFrame
        ``laboratory.COLUMNS``, a row per value, in the units of the tables.
    """
    return join_values(list(_columns(table, clock, desk)))


def _columns(table: MappedTable, clock: Clock, desk: Desk) -> Iterator[pd.DataFrame]:
    """A column per test, or per test and day."""
    entries = [entry for entry in table.map.columns if entry.field in TESTS]
    if not table.fields & set(PERCENTS):
        # White cells serve only to compute neutrophils.
        entries = [entry for entry in entries if entry.field != "WBC"]
    plain = [entry for entry in entries if entry.day is None]
    of_day = [entry for entry in entries if entry.day is not None]
    days = find_days(table, clock, desk) if plain else None
    if plain and days is None:
        names = ", ".join(entry.column for entry in plain)
        if table.map.rows == "days":
            desk.findings += dayless(table, clock, "counts")
        else:
            desk.undated.append(
                finding(
                    CHANGES,
                    table.name,
                    names,
                    f"Of {names} no day is known, neither from a column nor from the header.",
                    "They are not used.",
                    "Say the day after infusion in the mapping (a baseline is before day 0).",
                )
            )
        plain = []
    for field in dict.fromkeys(entry.field for entry in (*plain, *of_day)):
        columns = [entry for entry in (*plain, *of_day) if entry.field == field]
        for amounts in read_amounts(columns, table, desk):
            yield _values(table, amounts, days, desk)


def _values(
    table: MappedTable, amounts: Amounts, days: pd.Series | None, desk: Desk
) -> pd.DataFrame:
    """One column's values with their days: its own day, else each row's."""
    entry = amounts.entry
    limit = table.map_of(f"{entry.field}_lln") if entry.field in LINEAGES else None
    lln = np.full(len(amounts.values), np.nan)
    if limit is not None:
        if not limit.unit and amounts.source:
            # A limit stands in the unit of its count unless its header says otherwise.
            limit = replace(limit, unit=amounts.source, reason=CHOSEN)
        if limit.unit:
            lln = read_amounts([limit], table, desk)[0].values.to_numpy()
    if entry.day is not None or days is None:
        day = np.full(len(lln), float(entry.day or 0))
    else:
        day = days.to_numpy()
    keep = np.isfinite(day) & amounts.values.notna().to_numpy()
    return values_of_test(
        table.subjects[keep],
        day[keep],
        entry.field,
        amounts.values.to_numpy()[keep],
        amounts.unit,
        lln[keep],
        np.flatnonzero(keep),
    )
