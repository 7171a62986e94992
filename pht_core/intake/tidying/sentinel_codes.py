"""Numbers that stand for something else: codes for missing, and limits in another unit."""

import numpy as np
import pandas as pd

from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.mapped import MappedColumn
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import Column
from pht_core.model.units import convert_unit, read_units

# What databases write where nothing was measured.
CODES = (-9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0, 99999.0)


def drop_sentinel_counts(counts: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Counts without codes for missing (-9, 999 …) that no patient can have, which are findings.

    Columns as in ``schema.TABLES["counts"]``.
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
            value, who, day = counts.iloc[int(here[0])][["value", "subject_id", "day"]]
            facts = {"n": here.size, "param": param, "unit": lineage.unit, "who": who, "day": day}
            code = f"{value:g}"
            context.report("code_for_missing_dropped", "counts", "value", value=code, **facts)
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
    return np.concatenate([CODES, *(convert_unit(CODES, quantity, unit) for unit in larger)])


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
            facts = {"n": here.size, "param": param, "unit": lineage.unit}
            first = f"{limits[here[0]]:.6g}"
            context.report("implausible_limits", "counts", "lln", value=first, **facts)
    return counts.assign(lln=np.where(wrong, np.nan, limits)) if wrong.any() else counts


def drop_sentinel_cells(numbers: pd.Series, column: MappedColumn, bounds: Column) -> pd.Series:
    """A patient's column without codes for missing that its bounds exclude (an age of 999)."""
    low = -np.inf if bounds.lowest is None else bounds.lowest
    high = np.inf if bounds.highest is None else bounds.highest
    coded = numbers.isin(CODES) & ((numbers < low) | (numbers > high))
    column.table.report_cells("cells_with_code_for_missing", numbers, coded)
    return numbers.mask(coded) if coded.any() else numbers
