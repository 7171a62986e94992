"""Laboratory values on their way from files to the tables of counts and of other values."""

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pht_core.intake.mapped import named
from pht_core.schema import LABS, LINEAGES

PERCENTS = ("NE_percent", "segmented_percent", "bands_percent")
WHITE_CELLS = ("WBC", *PERCENTS)
TESTS = (*LINEAGES, *WHITE_CELLS, *LABS)

# subject_id (categorical), day, test, value in the unit, lln, and the row that it stands on, so
# that white cells and their percents are only multiplied on one row; -1 where rows hold one test.
COLUMNS = ["subject_id", "day", "test", "value", "unit", "lln", "row"]


def join_values(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Several tables' values under each other, tests and units as categories."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty_values()
    if len(parts) == 1:
        return parts[0]
    joined = pd.concat([part.drop(columns="unit") for part in parts], ignore_index=True)
    units = union_categoricals([part["unit"] for part in parts])
    return joined.assign(unit=units)[COLUMNS]


def values_of_test(
    subjects: pd.Categorical,
    days: np.ndarray,
    test: str,
    values: np.ndarray,
    unit: str,
    lln: np.ndarray,
    rows: np.ndarray,
) -> pd.DataFrame:
    """One test's values, all in one unit; an empty unit is missing."""
    n = len(values)
    units = [unit] if unit else []
    return pd.DataFrame(
        {
            "subject_id": subjects,
            "day": days.astype("int64"),
            "test": named(np.full(n, TESTS.index(test), "int8"), list(TESTS)),
            "value": values,
            "unit": named(np.full(n, len(units) - 1, "int8"), units),
            "lln": lln,
            "row": rows,
        }
    )


def empty_values() -> pd.DataFrame:
    """No laboratory values."""
    none = np.array([], dtype=float)
    return values_of_test(pd.Categorical([]), none, TESTS[0], none, "", none, none.astype("int64"))
