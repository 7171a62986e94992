"""Each patient's graded counts as arrays, for what is worked out patient by patient."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from pht_core.model.lineage import PHT_LINEAGES

NO_DAYS = np.empty(0)


@dataclass(frozen=True)
class LineageDraws:
    """One patient's graded counts of one lineage: sorted days, grades, and if supported."""

    days: np.ndarray = field(default_factory=lambda: NO_DAYS)
    grades: np.ndarray = field(default_factory=lambda: NO_DAYS)
    supported: np.ndarray = field(default_factory=lambda: NO_DAYS.astype(bool))

    def last_grade(self, day: float, oldest: float) -> float:
        """Grade of the last count on or before ``day``, not before ``oldest``; nan if none."""
        place = int(np.searchsorted(self.days, day, side="right")) - 1
        if place < 0 or self.days[place] < oldest:
            return np.nan
        return float(self.grades[place])


PatientDraws = dict[str, LineageDraws]


def usable_counts(counts: pd.DataFrame, cutoff_day: pd.Series) -> pd.DataFrame:
    """Counts up to each patient's cutoff (by subject_id; missing = all), ids and lineages as text.

    Later counts, after progression, the next therapy or death, are not used anywhere.
    """
    counts = counts.astype({"subject_id": object, "param": object})
    cutoff = cutoff_day.reindex(counts["subject_id"]).to_numpy(dtype=float, na_value=np.nan)
    return counts[~(counts["day"].to_numpy(dtype=float) > cutoff)]


def split_draws(counts: pd.DataFrame, cutoff_day: pd.Series) -> dict[str, PatientDraws]:
    """Graded counts up to each patient's cutoff as arrays, by patient and lineage.

    counts : subject_id, day, param, grade (missing rows are dropped), supported (optional). Several
        counts of a lineage on one day become one, the worst. Only lineages of PHT are kept:
        response, relapse and recovery are of these.
    cutoff_day : by subject_id, last usable day; missing = all.
    """
    known = counts[counts["grade"].notna() & counts["param"].isin(PHT_LINEAGES)]
    known = usable_counts(known, cutoff_day)
    if "supported" not in known:
        known = known.assign(supported=False)
    known = known.sort_values(["subject_id", "param", "day", "grade"], kind="stable")
    known = known.drop_duplicates(["subject_id", "param", "day"], keep="last")
    subjects, params = known["subject_id"].to_numpy(), known["param"].to_numpy()
    days = known["day"].to_numpy(dtype=float)
    grades = known["grade"].to_numpy(dtype=float)
    supported = known["supported"].to_numpy(dtype=bool)
    if not len(known):
        return {}
    new = np.flatnonzero((subjects[1:] != subjects[:-1]) | (params[1:] != params[:-1])) + 1
    edges = [0, *new.tolist(), len(known)]
    draws: dict[str, PatientDraws] = {}
    for start, end in pairwise(edges):
        draws.setdefault(subjects[start], {})[params[start]] = LineageDraws(
            days[start:end], grades[start:end], supported[start:end]
        )
    return draws
