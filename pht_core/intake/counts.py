"""Laboratory values from columns: one per test, or one per test and day."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pht_core.intake.amounts import Desk, read_amounts
from pht_core.intake.clock import Clock, dayless, find_days
from pht_core.intake.laboratory import PERCENTS, TESTS, join_values, values_of_test
from pht_core.intake.mapped import MappedTable
from pht_core.intake.mapping import CHOSEN, ColumnMap
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
    elif days is not None:
        known = days.notna().to_numpy()
        for entry in plain:
            yield _column(table, entry, days, known, desk)
    for entry in of_day:
        constant = pd.Series(float(entry.day or 0), index=table.frame.index)
        yield _column(table, entry, constant, np.ones(len(constant), dtype=bool), desk)


def _column(
    table: MappedTable, entry: ColumnMap, days: pd.Series, known: np.ndarray, desk: Desk
) -> pd.DataFrame:
    amounts, unit = read_amounts(entry, table.values_of(entry), table, desk)
    limit = table.map_of(f"{entry.field}_lln") if entry.field in LINEAGES else None
    lln = np.full(len(amounts), np.nan)
    if limit is not None:
        if not limit.unit and not pd.isna(table.values_of(limit)).all():
            # A limit stands in the unit of its count unless its header says otherwise.
            own = ColumnMap(limit.column, limit.field, entry.unit or unit, reason=CHOSEN)
            limit = own if own.unit else limit
        lln = read_amounts(limit, table.values_of(limit), table, desk)[0].to_numpy()
    keep = known & amounts.notna().to_numpy()
    return values_of_test(
        table.subjects[keep],
        days.to_numpy()[keep],
        entry.field,
        amounts.to_numpy()[keep],
        unit,
        lln[keep],
        np.flatnonzero(keep),
    )
