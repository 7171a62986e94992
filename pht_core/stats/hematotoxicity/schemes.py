"""The grading schemes side by side: which counts they grade differently, and for whom."""

import numpy as np
import pandas as pd

from pht_core.model.cohort import Cohort
from pht_core.model.criteria import read_schemes, reference, scheme
from pht_core.model.settings import Settings
from pht_core.stats.assessment import derive_ends
from pht_core.stats.grading import derive_grades, derive_lln
from pht_core.stats.hematotoxicity.icaht import EARLY_END

USUAL = "ctcae_v5"


def grade_by_schemes(cohort: Cohort, settings: Settings) -> pd.DataFrame:
    """Every count of days 0 to 30 with its grade in each scheme.

    Returns subject_id, param, day, value, unit, lln, and a column per scheme with the grade
        (missing = no grade). Counts after progression, next therapy or death are left out.
    """
    counts = cohort.counts[cohort.counts["day"].between(0, EARLY_END)]
    cutoff = derive_ends(cohort)["cutoff_day"]
    ends = cutoff.reindex(counts["subject_id"].astype(object)).to_numpy(dtype=float)
    counts = counts[~(counts["day"].to_numpy(dtype=float) > ends)]
    counts = derive_lln(counts, cohort.subjects, settings.reference)
    grades = {name: derive_grades(counts, name)["grade"].to_numpy() for name in read_schemes()}
    columns = ["subject_id", "param", "day", "value", "unit", "lln"]
    return counts[columns].assign(**grades).reset_index(drop=True)


def derive_worst_grades(counts: pd.DataFrame) -> pd.DataFrame:
    """Each patient's worst grade of days 0 to 30 by lineage and scheme.

    counts : see `grade_by_schemes`.
    Returns subject_id, param, a column per scheme (missing = no graded count), value and day (the
        lowest count, the first of equal ones).
    """
    schemes = list(read_schemes())
    keys = ["subject_id", "param"]
    # The cohort's counts are sorted by day, so that the first of equal values is the earliest.
    grouped = counts[counts["value"].notna()].groupby(keys, observed=True)
    lowest = counts.loc[grouped["value"].idxmin(), [*keys, "value", "day"]]
    worst = lowest.merge(grouped[schemes].max().reset_index(), on=keys)
    return worst.astype({"subject_id": object, "param": object})


def count_changes(worst: pd.DataFrame, scheme: str, usual: str = USUAL) -> pd.DataFrame:
    """Patients whose worst grade differs between two schemes, by lineage and pair of grades.

    worst : see `derive_worst_grades`.
    Returns param, usual and other (grades; missing = none), n (patients), subject_ids (a list), low
        and high (their lowest counts, from-to).
    """
    one, other = (worst[name].to_numpy(dtype=float) for name in (usual, scheme))
    differ = (one != other) & ~(np.isnan(one) & np.isnan(other))
    rows = worst[differ].assign(usual=one[differ], other=other[differ])
    grouped = rows.groupby(["param", "usual", "other"], dropna=False, sort=True)
    found = grouped.agg(
        n=("subject_id", "size"),
        subject_ids=("subject_id", list),
        low=("value", "min"),
        high=("value", "max"),
    )
    return found.reset_index()


def explain_counts(cohort: Cohort, counts: pd.DataFrame, settings: Settings) -> list[str]:
    """Why each count has its grade: the criterion's wording, the limit and where it is from.

    counts : subject_id, day, param, unit, lln, grade, as of ``trajectory.patient_counts``.
    """
    keys = ["subject_id", "param", "day"]
    own = cohort.counts.loc[cohort.counts["lln"].notna(), keys].astype({"day": float})
    of_file = set(own.astype({"subject_id": object, "param": object}).itertuples(index=False))
    chosen, title = scheme(settings.scheme), reference(settings.reference).title
    texts = {(band.param, band.grade): band.text for band in chosen.bands}
    units = {band.param: band.unit for band in chosen.bands}
    rows = (counts[name].tolist() for name in (*keys, "unit", "lln", "grade"))
    said = []
    for subject, param, day, unit, lln, grade in zip(*rows, strict=True):
        source = "the file" if (subject, param, float(day)) in of_file else title
        limit = f"LLN {lln:g} {unit} ({source})" if lln == lln else "LLN not known"
        if grade == grade:
            text = texts.get((param, int(grade)), "below no bound of a grade")
        elif param not in units:
            text = "the scheme does not grade it"
        elif unit != units[param]:
            text = "the unit is not known"
        else:
            text = "in none of the bands" if lln == lln else "not below grade 1's lower bound"
        said.append(f"{chosen.title}: {text}; {limit}")
    return said
