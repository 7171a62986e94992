"""Small cohorts from tables written as text."""

import pandas as pd

from pht_core.model.cohort import Cohort, build_cohort
from tests.written import read_rows

UNIT = {"HGB": "g/L", "PLT": "10^9/L", "NE": "10^9/L"}


def small_cohort(counts: str = "", *, recorded: str = "", **tables: str) -> Cohort:
    """A cohort of the tables given; counts are wide: subject_id | day | HGB | PLT | NE.

    ``recorded`` names further tables and kinds of support that the file had without rows.
    """
    frames = {name: read_rows(text) for name, text in tables.items()}
    if counts:
        wide = read_rows(counts)
        long = wide.melt(
            id_vars=["subject_id", "day"],
            value_vars=["HGB", "PLT", "NE"],
            var_name="param",
            value_name="value",
        ).dropna(subset=["value"])
        frames["counts"] = long.assign(unit=long["param"].map(UNIT), lln=float("nan"))
    if "prednisone" in frames:
        frames["prednisone"] = frames["prednisone"].assign(drug="prednisone")
    frames["subjects"] = _subjects(frames)
    names = set(frames) | {str(name) for name in frames.get("outcomes", ())} | set(recorded.split())
    if "support" in frames:
        names |= set(frames["support"]["kind"])
    return build_cohort(frames, name="small", digest="0" * 64, recorded=frozenset(names))


def _subjects(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The table of patients, or adult men for everyone who is in another table."""
    if "subjects" in frames:
        return frames["subjects"]
    ids = pd.unique(pd.concat([frame["subject_id"] for frame in frames.values()]))
    return pd.DataFrame({"subject_id": ids, "sex": "M", "age_years": 40.0})
