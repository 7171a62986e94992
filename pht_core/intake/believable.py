"""Numbers that stand for something else: codes for missing, and limits in another unit."""

import numpy as np
import pandas as pd

from pht_core.intake.amounts import CODES, Desk
from pht_core.intake.mapped import MappedTable
from pht_core.schema import LINEAGES, PLAUSIBLE, UNITS, Column
from pht_core.validation import CHANGES, counted, finding

# Lower limits of normal of any laboratory, from infants to adults.
LIMITS = {"HGB": (70.0, 190.0), "PLT": (80.0, 250.0), "NE": (0.5, 4.0)}


def drop_codes(counts: pd.DataFrame, desk: Desk) -> pd.DataFrame:
    """Counts without codes for missing (-9, 999 …), which are findings.

    A code that could be a count (platelets of 999) is used, and the finding says so.

    Parameters
    ----------
    counts : columns as in ``schema.TABLES["counts"]``.
    """
    values = counts["value"].to_numpy(float)
    if not np.isin(values, [*CODES, *(10 * code for code in CODES)]).any():
        return counts
    params = counts["param"].to_numpy()
    dropped = np.zeros(len(counts), dtype=bool)
    for param in LINEAGES:
        codes = [*CODES, *(10 * code for code in CODES)] if param == "HGB" else [*CODES]
        coded = np.flatnonzero(np.isin(values, codes))
        here = coded[params[coded] == param]
        if not here.size:
            continue
        low, high = PLAUSIBLE[param]
        beyond = (values[here] < low) | (values[here] > high)
        dropped[here[beyond]] = True
        for rows, done in (
            (here[beyond], "Such numbers are codes for missing, and are left out."),
            (here[~beyond], "It is used as it stands, though many files write it for missing."),
        ):
            if rows.size:
                first = int(rows[0])
                desk.findings.append(
                    finding(
                        CHANGES,
                        "counts",
                        "value",
                        f"{counted(rows.size, 'count', 'counts')} of {param} "
                        f"{'is' if rows.size == 1 else 'are'} exactly {values[first]:g} "
                        f"{UNITS[param]}, the first of {counts['subject_id'].iloc[first]} on "
                        f"day {counts['day'].iloc[first]:g}.",
                        done,
                        "Leave the cell empty where nothing was measured.",
                        value=f"{values[first]:g}",
                    )
                )
    return counts[~dropped] if dropped.any() else counts


def drop_limits(counts: pd.DataFrame, desk: Desk) -> pd.DataFrame:
    """Counts whose lower limits of normal can be limits; others are missing, which is a finding.

    A laboratory's limit in another unit than its count would grade everybody, or nobody.
    """
    limits = counts["lln"].to_numpy(float)
    if not np.isfinite(limits).any():
        return counts
    params = counts["param"].to_numpy()
    wrong = np.zeros(len(counts), dtype=bool)
    for param, (low, high) in LIMITS.items():
        outside = np.flatnonzero((limits < low) | (limits > high))
        here = outside[params[outside] == param]
        if not here.size:
            continue
        wrong[here] = True
        desk.findings.append(
            finding(
                CHANGES,
                "counts",
                "lln",
                f"{counted(here.size, 'lower limit', 'lower limits')} of normal of {param} cannot "
                f"be meant, the first {limits[here[0]]:.6g} {UNITS[param]}: perhaps in another "
                "unit than the count.",
                "They are not used; the reference chosen on the page is.",
                "Give each limit in the unit of its count.",
                value=f"{limits[here[0]]:.6g}",
            )
        )
    return counts.assign(lln=np.where(wrong, np.nan, limits)) if wrong.any() else counts


def drop_coded_cells(
    numbers: pd.Series, column: Column, table: MappedTable, desk: Desk
) -> pd.Series:
    """A patient's column without codes for missing that its bounds exclude (an age of 999)."""
    low = -np.inf if column.lowest is None else column.lowest
    high = np.inf if column.highest is None else column.highest
    coded = numbers.isin(CODES) & ((numbers < low) | (numbers > high))
    if not coded.any():
        return numbers
    first = coded[coded].index[0]
    desk.findings.append(
        finding(
            CHANGES,
            table.name,
            str(numbers.name),
            f"{counted(int(coded.sum()), 'cell', 'cells')} of {numbers.name} "
            f"{'is' if coded.sum() == 1 else 'are'} {numbers[first]:g}, a code for missing.",
            "They count as missing.",
            "Leave the cell empty where nothing is known.",
            row=table.line_of(first),
            value=f"{numbers[first]:g}",
        )
    )
    return numbers.mask(coded)
