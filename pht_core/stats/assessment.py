"""A cohort with everything derived from it once: what all pages and commands read from."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH, Cohort
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.settings import Settings
from pht_core.stats.courses import (
    days_on_courses,
    derive_courses,
    derive_dose_steps,
    number_treatment,
)
from pht_core.stats.graded_counts import PatientDraws, split_draws
from pht_core.stats.grading import derive_grades, derive_lln, derive_supported
from pht_core.stats.periods import (
    PERIODS,
    derive_daily_grades,
    derive_period_grades,
    derive_windows,
)
from pht_core.stats.response import (
    counted_after,
    derive_relapses,
    derive_responses,
    late_cytopenia_day,
)

TRANSFUSIONS = ("red_cells", "platelets")
DRUGS = ("epo", "tpo_ra")

T = TypeVar("T")


@dataclass(frozen=True)
class Assessment:
    """A cohort's derived tables under one set of settings; never changed.

    counts : the counts with lln, grade and supported.
    windows, courses, responses, relapses, dose_steps, period_grades : see their modules.
    grades : by period, a frame of patients (index subject_id) by lineage, missing = no count.
    patients : a row per patient, see `derive_patients`.
    draws : by patient, see ``graded_counts.split_draws``.
    kept : what was asked of this assessment before, see `keep`; it goes when the assessment goes.
    """

    cohort: Cohort
    settings: Settings
    counts: pd.DataFrame
    windows: pd.DataFrame
    courses: pd.DataFrame
    responses: pd.DataFrame
    relapses: pd.DataFrame
    dose_steps: pd.DataFrame
    period_grades: pd.DataFrame
    grades: dict[str, pd.DataFrame]
    patients: pd.DataFrame
    draws: dict[str, PatientDraws]
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for this assessment, under a key that names it."""
        if key not in self.kept:
            self.kept[key] = make()
        result: T = self.kept[key]
        return result


def derive_assessment(cohort: Cohort, settings: Settings | None = None) -> Assessment:
    """Grade, find courses, responses, relapses and periods, and sum them up by patient.

    cohort : see ``cohort.Cohort``. A table without rows gives no rows that depend on it.
    """
    settings = settings or Settings()
    ids = cohort.subject_ids
    counts = derive_lln(cohort.counts, cohort.subjects, settings.reference)
    counts = derive_grades(counts, settings.scheme)
    counts = derive_supported(counts, cohort.support, settings.support_free_days)
    ends = derive_ends(cohort)
    draws = split_draws(counts, ends["cutoff_day"])
    courses = derive_courses(cohort.prednisone, ends["last_known_day"], settings)
    courses = number_treatment(courses, settings)
    treatment = courses[~courses["early"]]
    responses = derive_responses(treatment, draws, settings)
    responses = _with_confounders(responses, courses, cohort.support)
    relapses = derive_relapses(treatment, responses, draws, settings)
    relapsed = relapses[relapses["course"] == 1].set_index("subject_id")["relapse_day"]
    windows = derive_windows(ids, ends["cutoff_day"], courses, relapsed, settings)
    daily = derive_daily_grades(counts)
    period_grades = derive_period_grades(daily, windows, settings)
    grades = {period: wide_grades(period_grades, period, ids) for period in PERIODS}
    unproven = _unproven_at_day_28(daily, period_grades, grades["at_day_28"], settings)
    if settings.day28_support_free:
        day_28 = grades["at_day_28"]
        grades["at_day_28"] = day_28.mask(unproven & (day_28 == 0))
    dose_steps = derive_dose_steps(cohort.prednisone, treatment, draws, settings)
    patients = derive_patients(
        cohort, settings, ends, grades, treatment, responses, relapses, draws, unproven
    )
    return Assessment(
        cohort,
        settings,
        counts,
        windows,
        courses,
        responses,
        relapses,
        dose_steps,
        period_grades,
        grades,
        patients,
        draws,
    )


def derive_ends(cohort: Cohort) -> pd.DataFrame:
    """Where each patient's usable counts and follow-up end, in days (index subject_id).

    cutoff_day : the first of progression, next therapy and death (missing = none): later counts
        are not used. last_known_day : death, else the later of last follow-up and last count
        of a lineage of PHT. death_day : missing = no death recorded.
    Months become days at 30.4375 a month, rounded to the nearest whole day.
    """
    outcomes = cohort.outcomes.set_index(cohort.outcomes["subject_id"].astype(object))
    outcomes = outcomes[~outcomes.index.duplicated()].reindex(cohort.subject_ids)
    events = ["progression_months", "death_months", "next_therapy_months"]
    days = outcomes[["last_followup_months", *events]].astype(float).mul(DAYS_PER_MONTH).round()
    cutoff = days[events].min(axis=1)
    counts = cohort.counts[cohort.counts["param"].isin(PHT_LINEAGES)]
    last_count = counts.groupby("subject_id", observed=True)["day"].max()
    last_count.index = last_count.index.astype(object)
    last_count = last_count.reindex(cohort.subject_ids).astype(float)
    seen = pd.concat([days["last_followup_months"], last_count], axis=1).max(axis=1)
    known = days["death_months"].fillna(seen)
    followup = days["last_followup_months"].fillna(days["death_months"])
    ends = {"cutoff_day": cutoff, "last_known_day": known, "followup_day": followup}
    return pd.DataFrame({**ends, "death_day": days["death_months"]})


def wide_grades(period_grades: pd.DataFrame, period: str, ids: list[str]) -> pd.DataFrame:
    """Patients by lineage: the grade in one period, missing where there was no graded count."""
    rows = period_grades[period_grades["period"] == period]
    rows = rows.astype({"subject_id": object, "param": object, "grade": float})
    wide = rows.set_index(["subject_id", "param"])["grade"].unstack()
    index = pd.Index(ids, name="subject_id")
    return wide.reindex(index=index, columns=list(LINEAGES)).rename_axis(columns=None)


def _unproven_at_day_28(
    daily: pd.DataFrame, period_grades: pd.DataFrame, day_28: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Patients by lineage: not low at day 28, but soon after support, so no proof of recovery."""
    keys = ["subject_id", "param", "day"]
    drawn = period_grades.loc[period_grades["period"] == "at_day_28", keys]
    near = daily[(daily["day"] - settings.day28).abs() <= settings.day28_window]
    found = drawn.astype({"subject_id": object, "param": object}).merge(
        near.astype({"subject_id": object, "param": object}), on=keys
    )
    supported = found.set_index(["subject_id", "param"])["supported"].unstack()
    supported = supported.reindex_like(day_28).eq(True)
    return supported & (day_28 < settings.pht_grade) & settings.use_support


def any_low(grades: pd.DataFrame, lowest_grade: int) -> pd.Series:
    """Any lineage of PHT at that grade or worse: yes if one is, no only if all are known.

    At day 28 this is PHT (Wang et al. 2023, Methods, doi:10.3389/fimmu.2023.1139559).
    """
    values = grades[list(PHT_LINEAGES)].to_numpy(dtype=float)
    low = (values >= lowest_grade).any(axis=1)
    known = ~np.isnan(values).any(axis=1)
    answer = pd.Series(low, index=grades.index).astype("boolean")
    return answer.mask(pd.Series(~low & ~known, index=grades.index))


def _with_confounders(
    responses: pd.DataFrame, courses: pd.DataFrame, support: pd.DataFrame
) -> pd.DataFrame:
    """Add ``confounded``: EPO or TPO-RA was given during the course (the paper excluded it)."""
    drugs = support.loc[support["kind"].isin(DRUGS), ["subject_id", "day"]]
    keys = ["subject_id", "course"]
    given = pd.MultiIndex.from_frame(days_on_courses(drugs, courses)[keys])
    flags = pd.MultiIndex.from_frame(responses[keys]).isin(given)
    return responses.assign(confounded=pd.array(flags, dtype="boolean"))


def derive_patients(
    cohort: Cohort,
    settings: Settings,
    ends: pd.DataFrame,
    grades: dict[str, pd.DataFrame],
    courses: pd.DataFrame,
    responses: pd.DataFrame,
    relapses: pd.DataFrame,
    draws: dict[str, PatientDraws],
    unproven: pd.DataFrame,
) -> pd.DataFrame:
    """One row per patient (index subject_id), the subjects' columns and what follows from counts.

    Added: pht_d28, n_low_d28 (lineages at grade >= 1, missing unless all three are known),
    unproven_d28 (a lineage of PHT that is not low was counted soon after its support; missing
    without a draw, or where no support was recorded),
    transfused_28, gcsf_28, drugs_28, supported_28 (day 0 to 28; no only where all of their kinds
    were recorded), treated (any course), first_dose_day, n_courses, refractory (PHT, support by
    day 28, then prednisone), late_day and late (no cytopenia at day 28, then grade >= 2 after
    day 31), responded, response_time (of the first course), recovered_after (best grades all at
    grade <= 2 after prednisone), stopped, relapsed (after any stop), relapse_day (first),
    n_relapses, responded_again (after every relapse that was treated again), cutoff_day,
    last_known_day. Missing = not evaluable.
    """
    ids = cohort.subject_ids
    patients = cohort.subjects.set_index("subject_id")

    def among(subjects: pd.Series) -> pd.Series:
        found = np.isin(ids, subjects.unique().tolist())
        return pd.Series(found, patients.index, dtype="boolean")

    recorded_pht = patients.pop("pht_d28")
    day_28 = grades["at_day_28"][list(PHT_LINEAGES)]
    unproven = unproven[list(PHT_LINEAGES)]
    proven = day_28.mask(unproven) if settings.day28_support_free else day_28
    patients["pht_d28"] = any_low(proven, settings.pht_grade)
    drawn = day_28.notna().any(axis=1) | unproven.any(axis=1)
    drawn &= any(cohort.has(LINEAGES[param].support) for param in PHT_LINEAGES)
    patients["unproven_d28"] = unproven.any(axis=1).astype("boolean").where(drawn)
    if not len(cohort.counts):
        patients["pht_d28"] = recorded_pht.astype("boolean")
    low = day_28.ge(1).sum(axis=1).astype(float)
    patients["n_low_d28"] = low.where(day_28.notna().all(axis=1))
    early = cohort.support["day"].between(0, settings.day28)
    for name, kinds in (
        ("transfused_28", TRANSFUSIONS),
        ("gcsf_28", ("gcsf",)),
        ("drugs_28", DRUGS),
        ("supported_28", (*TRANSFUSIONS, "gcsf", *DRUGS)),
    ):
        given = among(cohort.support.loc[early & cohort.support["kind"].isin(kinds), "subject_id"])
        # "None of these" is known only where every one of them was recorded.
        recorded = all(cohort.has(kind) for kind in kinds)
        patients[name] = given if recorded else given.mask(~given)
    treated = among(courses["subject_id"])
    patients["treated"] = treated if cohort.has("prednisone") else treated.mask(treated.notna())
    by_patient = courses.groupby("subject_id", observed=True)
    patients["first_dose_day"] = by_patient["start_day"].first().reindex(ids)
    patients["n_courses"] = by_patient.size().reindex(ids).fillna(0).astype(int)
    patients["refractory"] = patients["pht_d28"] & patients["supported_28"] & patients["treated"]
    none_28 = ~any_low(day_28, 1)
    late_days = [late_cytopenia_day(draws.get(name, {}), settings) for name in ids]
    late_day = pd.Series(late_days, index=patients.index, dtype=float)
    seen = [counted_after(draws.get(name, {}), settings.late_after) for name in ids]
    low_later = pd.Series(late_day.notna(), dtype="boolean").mask(~np.array(seen, dtype=bool))
    patients["late_day"] = late_day.where(none_28.fillna(False))
    patients["late"] = none_28 & low_later
    response = responses[responses["course"] == 1].set_index("subject_id").reindex(ids)
    patients["responded"] = response["responded"].astype("boolean")
    patients["response_time"] = response["response_time"].astype(float)
    patients["recovered_after"] = ~any_low(grades["after_prednisone"], settings.recovery_grade + 1)
    patients["stopped"] = among(relapses["subject_id"])
    by_patient = relapses.groupby("subject_id", observed=True)
    patients["relapsed"] = by_patient["relapsed"].max().reindex(ids).astype("boolean")
    patients["relapse_day"] = by_patient["relapse_day"].min().reindex(ids)
    patients["n_relapses"] = by_patient["relapsed"].sum().reindex(ids).fillna(0).astype(int)
    treated_again = relapses[relapses["relapsed"].fillna(False) & relapses["retreated"]]
    again = treated_again.groupby("subject_id", observed=True)["responded_again"].min()
    patients["responded_again"] = again.reindex(ids).astype("boolean")
    return patients.join(ends)


def changed_by_confirmation(
    one: Assessment, other: Assessment, subject_ids: list[str]
) -> list[str]:
    """Patients for whom anything that confirmation acts on differs between two assessments.

    That is response, recovery, complete recovery, relapse and the grades after prednisone. Meant
    for an assessment with confirmation by the next count and one without; missing equals missing.
    """
    differ = one.keep(("confirmation", other.settings), lambda: _differing(one, other))
    return [name for name in subject_ids if name in differ]


def _differing(one: Assessment, other: Assessment) -> set[str]:
    differ: set[str] = set()
    for mine, theirs in zip(_confirmable(one), _confirmable(other), strict=True):
        # Every number is 0 or more, so that -1 stands for missing alone.
        unlike = (mine.fillna(-1) != theirs.fillna(-1)).any(axis=1)
        differ |= set(unlike[unlike].index.get_level_values("subject_id"))
    return differ


def _confirmable(assessment: Assessment) -> Iterator[pd.DataFrame]:
    """What confirmation acts on, in tables of numbers whose first index is subject_id."""
    for table, days in (
        (assessment.responses, ["response_day", "recovery_day", "complete_day"]),
        (assessment.relapses, ["relapse_day"]),
    ):
        rows = table.astype({"subject_id": object}).set_index(["subject_id", "course"])
        yield rows[days].astype(float)
    for period in ("after_prednisone", "after_prednisone_last"):
        yield assessment.grades[period].astype(float)
