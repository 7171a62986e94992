"""Numbers that stand for something else: codes for missing, and limits in another unit."""

import numpy as np
import pandas as pd

from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.mapped import MappedTable
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import Column
from pht_core.model.units import convert_unit, read_units

# What databases write where nothing was measured.
CODES = (-9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0, 99999.0)


def drop_sentinel_counts(counts: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Counts without codes for missing (-9, 999 …) that no patient can have, which are findings.

    Parameters
    ----------
    counts : columns as in ``schema.TABLES["counts"]``.
    """
    values = counts["value"].to_numpy(float)
    extreme = np.flatnonzero((values < 0) | (values >= min(code for code in CODES if code > 0)))
    params = counts["param"].to_numpy()[extreme]
    dropped = np.zeros(len(counts), dtype=bool)
    for param, lineage in LINEAGES.items() if extreme.size else ():
        low, high = lineage.plausible
        here = extreme[(params == param) & np.isin(values[extreme], _converted_codes(param))]
        here = here[(values[here] < low) | (values[here] > high)]
        dropped[here] = True
        if here.size:
            first = counts.iloc[int(here[0])]
            facts = {"param": param, "unit": lineage.unit, "n": here.size}
            context.report(
                "code_for_missing_dropped",
                "counts",
                "value",
                value=f"{first['value']:g}",
                who=first["subject_id"],
                day=first["day"],
                **facts,
            )
    return counts[~dropped] if dropped.any() else counts


def _converted_codes(quantity: str) -> np.ndarray:
    """The codes themselves, and as converted from units larger than that of the tables.

    A code of hemoglobin in g/dL is ten times itself in g/L.
    """
    larger = [
        unit.name
        for unit in read_units().get(quantity, {}).values()
        if unit.window and unit.factor > unit.divisor
    ]
    return np.array([*CODES, *(c for unit in larger for c in convert_unit(CODES, quantity, unit))])


def drop_implausible_limits(counts: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Counts whose lower limits of normal can be limits; others are missing, which is a finding.

    A laboratory's limit in another unit than its count would grade everybody, or nobody.
    """
    limits = counts["lln"].to_numpy(float)
    if not np.isfinite(limits).any():
        return counts
    params = counts["param"].to_numpy()
    wrong = np.zeros(len(counts), dtype=bool)
    for param, lineage in LINEAGES.items():
        low, high = lineage.plausible_lln
        outside = np.flatnonzero((limits < low) | (limits > high))
        here = outside[params[outside] == param]
        if here.size:
            wrong[here] = True
            context.report(
                "implausible_limits",
                "counts",
                "lln",
                value=f"{limits[here[0]]:.6g}",
                n=here.size,
                param=param,
                unit=lineage.unit,
            )
    return counts.assign(lln=np.where(wrong, np.nan, limits)) if wrong.any() else counts


def drop_sentinel_cells(
    numbers: pd.Series, column: Column, table: MappedTable, context: IntakeContext
) -> pd.Series:
    """A patient's column without codes for missing that its bounds exclude (an age of 999)."""
    low = -np.inf if column.lowest is None else column.lowest
    high = np.inf if column.highest is None else column.highest
    coded = numbers.isin(CODES) & ((numbers < low) | (numbers > high))
    context.report_cells("cells_with_code_for_missing", table, numbers, coded)
    return numbers.mask(coded) if coded.any() else numbers
