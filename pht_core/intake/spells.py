"""The last day of each dose: told, counted from a duration, or the row's own day."""

import numpy as np
import pandas as pd

from pht_core.intake.amounts import Desk, read_numbers
from pht_core.intake.clock import Clock, find_days
from pht_core.intake.mapped import MappedTable
from pht_core.validation import CHANGES, NOTE, counted, finding


def find_last_days(
    table: MappedTable, start: pd.Series, drugs: pd.Series, clock: Clock, desk: Desk
) -> pd.Series:
    """Each row's last day on the dose; missing where it goes on until the next row.

    Without a last day a duration tells it. Where a table has neither, rows that stand on days in a
    row are single days, as a chart of given doses has them; otherwise each dose is taken to go on
    until the drug's next row, which is a finding.

    Parameters
    ----------
    start : each row's first day.
    drugs : each row's steroid; empty for rows that are none.
    """
    end = find_days(table, clock, desk, day="end_day", date="end_date")
    entry = table.map_of("duration")
    if entry is not None:
        days, _ = read_numbers(table.values_of(entry), table, desk, whole=True)
        counted_on = (start + days - 1).where(days > 0)
        return counted_on if end is None else end.fillna(counted_on)
    if end is not None:
        return end
    wanted = (drugs != "").to_numpy() & start.notna().to_numpy()
    end = pd.Series(np.nan, index=start.index)
    if not wanted.any():
        return end
    rows = pd.DataFrame(
        {"subject_id": table.subjects[wanted], "drug": drugs[wanted], "day": start[wanted]}
    )
    once = rows.drop_duplicates().sort_values(["subject_id", "drug", "day"], kind="stable")
    gaps = once.groupby(["subject_id", "drug"], observed=True)["day"].diff().dropna()
    if len(gaps) > 1 and (gaps == 1).mean() > 0.5:
        desk.findings.append(
            finding(
                NOTE,
                table.name,
                str(start.name),
                f"{table.name} gives no last day of a dose, and most of its rows follow each "
                "other from day to day.",
                "Each row is read as one day on the drug.",
            )
        )
        return start
    note_twice(rows, table, str(start.name), desk)
    desk.findings.append(
        finding(
            CHANGES,
            table.name,
            str(start.name),
            f"No column of {table.name} gives the last day of a dose.",
            "Each dose is taken to go on until the drug's next row, the last one as ongoing.",
            "Add the last day, or a row of dose 0 on the day of the stop.",
        )
    )
    return end


def note_twice(rows: pd.DataFrame, table: MappedTable, column: str, desk: Desk) -> None:
    """A finding on days for which more than one row gives a dose of one drug."""
    keys = [name for name in ("subject_id", "drug", "day") if name in rows]
    n = int(rows.duplicated(keys).sum())
    if not n:
        return
    first = rows[rows.duplicated(keys)].iloc[0]
    desk.findings.append(
        finding(
            CHANGES,
            table.name,
            column,
            f"{counted(n, 'row gives', 'rows give')} a steroid dose for a day that has one "
            f"already, the first on day {first['day']:g} of {first['subject_id']}.",
            "Of such a day the last row's dose is used; doses are not added.",
            "Give the day's whole dose in one row.",
            value=n,
        )
    )
