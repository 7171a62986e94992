"""Prednisone courses, dose steps, other steroids, and events that fell into a course."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.schema import STEROIDS
from pht_core.model.settings import Settings
from pht_core.stats.graded_counts import LineageDraws, PatientDraws

# Prednisone, prednisolone and their salts (prednisone acetate), but not methylprednisolone.
_COURSE_DRUGS = re.compile(r"predniso(?:lo)?ne\b")
PREDNISONE = "prednisone"
# Where the equivalent doses are from, in words for a figure's footer.
EQUIVALENTS = "by doi:10.1186/1710-1492-9-30"


def derive_courses(
    prednisone: pd.DataFrame, last_known_day: pd.Series, settings: Settings | None = None
) -> pd.DataFrame:
    """Courses: runs of days on prednisone or prednisolone, and other steroids if so chosen.

    prednisone : subject_id, drug (a generic name of ``schema.STEROIDS`` or a salt of prednisone),
        start_day, end_day (missing = until the next row, or it goes on), dose (a day's, of that
        drug, in ``Cohort.dose_unit``; 0 = off; missing = a day on the drug). Other corticosteroids
        form no course, unless ``settings.other_steroids`` (see `select_taken`).
    last_known_day : by subject_id, the last day anything is known of the patient; a last course
        that reaches it has no known stop. Missing = judged by ``end_day`` alone.
    Returns a row per course in order: subject_id, course (1, 2, ..), start_day, last_day (missing
        if ongoing), stop_day (the first day off; missing if ongoing), duration (stop - start,
        days), first_dose, highest_dose, ongoing. A gap of ``settings.course_gap`` days or fewer
        does not end a course.
    """
    settings = settings or Settings()
    taken = select_taken(prednisone, other_steroids=settings.other_steroids)
    taken = taken.assign(end_day=taken["end_day"].astype(float).fillna(np.inf))
    taken = taken.astype({"subject_id": object, "start_day": float, "dose": float})
    subjects = taken["subject_id"]
    reached = taken.groupby("subject_id")["end_day"].cummax().groupby(subjects).shift()
    new = ~(taken["start_day"] - reached - 1 <= settings.course_gap)
    taken = taken.assign(course=new.groupby(subjects).cumsum())
    runs = taken.groupby(["subject_id", "course"], sort=False)
    courses = taken.loc[new, ["subject_id", "course", "start_day"]].reset_index(drop=True)
    last = runs["end_day"].max().to_numpy()
    known = last_known_day.reindex(courses["subject_id"]).to_numpy(dtype=float, na_value=np.nan)
    final = ~courses["subject_id"].duplicated(keep="last").to_numpy()
    ongoing = final & (np.isinf(last) | (last >= np.where(np.isnan(known), np.inf, known)))
    courses["last_day"] = np.where(ongoing, np.nan, last)
    courses["stop_day"] = courses["last_day"] + 1
    courses["duration"] = courses["stop_day"] - courses["start_day"]
    courses["first_dose"] = taken.loc[new, "dose"].to_numpy()
    courses["highest_dose"] = runs["dose"].max().to_numpy()
    return courses.assign(ongoing=ongoing).astype({"course": int})


def number_treatment(courses: pd.DataFrame, settings: Settings | None = None) -> pd.DataFrame:
    """Tell the courses that treat PHT from early steroids, which are given for CRS or ICANS.

    Early is a course that starts before ``settings.early_start`` and whose last day on the drug
    lies before ``settings.early_end``.

    courses : see `derive_courses`. Courses begun before infusion are left out, but for those that
        go on for as long as a treatment.
    Returns the same columns, with ``course`` 0 for early steroids and 1, 2, .. for the others, and
        two booleans: early, and began_early (it began like early steroids, but went on for longer).
    """
    settings = settings or Settings()
    short = courses["last_day"] < settings.early_end
    courses = courses[(courses["start_day"] >= 0) | ~short].reset_index(drop=True)
    began = courses["start_day"] < settings.early_start
    early = began & (courses["last_day"] < settings.early_end)
    treatment = (~early).groupby(courses["subject_id"], observed=True).cumsum()
    return courses.assign(
        course=treatment.where(~early, 0).astype(int), early=early, began_early=began & ~early
    )


def select_taken(prednisone: pd.DataFrame, *, other_steroids: bool = False) -> pd.DataFrame:
    """Rows of days on a drug that forms courses, by patient and first day.

    Prednisone, prednisolone and their salts; a row without a drug is prednisone, as the table is.
    A dose without a last day ends where the drug's next row begins, be that a dose of 0.

    other_steroids : methylprednisolone, dexamethasone and hydrocortisone count too. Doses are then
        in prednisone equivalents, added up where two drugs were given on one day (missing if one of
        them is not known).
    """
    rows = _rows_by_drug(prednisone)
    taken = rows[(rows["drug"] == PREDNISONE) & ~(rows["dose"] == 0)]
    if not other_steroids:
        return taken
    others = derive_other_steroids(prednisone)
    if others.empty:
        return taken
    both = taken["subject_id"].isin(others["subject_id"].unique().tolist())
    columns = ["subject_id", "drug", "start_day", "end_day", "dose"]
    others = others.assign(dose=others["prednisone_equivalent"])[columns]
    numbers = {"start_day": float, "end_day": float, "dose": float}
    given = pd.concat([taken.loc[both, columns].astype(numbers), others.astype(numbers)])
    table = pd.DataFrame(_add_up(given.itertuples(index=False, name=None)), columns=columns)
    table = table.astype({"subject_id": taken["subject_id"].dtype})
    parts = [part for part in (taken.loc[~both, columns], table) if len(part)]
    return pd.concat(parts).sort_values(["subject_id", "start_day"], kind="stable")


def derive_other_steroids(prednisone: pd.DataFrame) -> pd.DataFrame:
    """Days on corticosteroids other than prednisone, with what they are worth as prednisone.

    Equivalent doses: 5 mg of prednisone are 4 mg of methylprednisolone, 0.75 mg of dexamethasone
    and 20 mg of hydrocortisone (``schema.STEROIDS``).

    prednisone : as in `derive_courses`.
    Returns subject_id, drug (generic name), start_day, end_day (missing = no last day is known),
        dose (of the drug; missing = not known), prednisone_equivalent, both in the patient's unit,
        by patient, drug and first day. Rows of dose 0 and of unknown drugs are left out.
    """
    rows = _rows_by_drug(prednisone)
    rows = rows[~rows["drug"].isin([PREDNISONE, ""]) & ~(rows["dose"] == 0)]
    worth = rows["drug"].map(STEROIDS).astype(float)
    rows = rows.assign(prednisone_equivalent=rows["dose"] * worth)
    columns = ["subject_id", "drug", "start_day", "end_day", "dose", "prednisone_equivalent"]
    rows = rows.sort_values(["subject_id", "drug", "start_day"], kind="stable")
    return rows[columns].reset_index(drop=True)


def _rows_by_drug(prednisone: pd.DataFrame) -> pd.DataFrame:
    """All rows by patient and first day, drugs by their generic names, open doses closed."""
    words = prednisone["drug"].astype(object).fillna(PREDNISONE).astype(str)
    names = {word: _generic_name(word) for word in words.unique()}
    rows = prednisone.assign(drug=words.map(names).astype(object))
    rows = rows.sort_values(["subject_id", "start_day"], kind="stable")
    if rows["end_day"].isna().any():
        later = rows.groupby(["subject_id", "drug"], observed=True)["start_day"].shift(-1)
        ends = rows["end_day"].astype(float).fillna(later.astype(float) - 1)
        rows = rows.assign(end_day=ends)
    return rows


def _generic_name(drug: str) -> str:
    """Prednisone also for prednisolone, salts and no name at all; "" for what is no steroid."""
    name = drug.strip().lower()
    if not name or _COURSE_DRUGS.match(name):
        return PREDNISONE
    return name if name in STEROIDS else ""


def _add_up(rows: Iterable[Any]) -> list[tuple[Any, str, float, float, float]]:
    """Runs of days on one total dose, of rows of subject_id, drug, start_day, end_day and dose."""
    patients: dict[Any, dict[str, list[tuple[float, float, float]]]] = {}
    for subject, drug, start, end, dose in rows:
        # A row that ends before it starts, which is a finding, is its first day.
        end = np.inf if np.isnan(end) else max(start, end)
        patients.setdefault(subject, {}).setdefault(drug, []).append((start, end, dose))
    found: list[tuple[Any, str, float, float, float]] = []
    for subject, drugs in patients.items():
        spans = [span for own in drugs.values() for span in own]
        edges = sorted({edge for start, end, _ in spans for edge in (start, end + 1)})
        for first, until in pairwise(edges):
            given = [[d for s, e, d in own if s <= first <= e] for own in drugs.values()]
            # Of a drug's rows that overlap the one that began last holds.
            doses = [own[-1] for own in given if own]
            if doses:
                end = np.nan if np.isinf(until) else until - 1
                found.append((subject, PREDNISONE, first, end, float(sum(doses))))
    return found


def derive_dose_steps(
    prednisone: pd.DataFrame,
    courses: pd.DataFrame,
    draws: dict[str, PatientDraws],
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Every change of dose within a course, held against the paper's taper rule.

    The rule (doi:10.3389/fimmu.2023.1139559, Methods): the dose is halved each time the counts
    recover by a grade. A step followed it if the new dose is 40-60 % of the last and, in the 14
    days up to it, some lineage's grade had fallen since the last step (or the start).

    prednisone, courses : as in `derive_courses`. draws : see ``graded_counts.split_draws``.
    Returns subject_id, course, day, dose_before, dose_after, ratio, gained, followed. Starts and
        stops are no steps.
    """
    settings = settings or Settings()
    taken = select_taken(prednisone, other_steroids=settings.other_steroids)
    taken = taken[taken["dose"].notna()]
    starts, doses = taken["start_day"].to_numpy(float), taken["dose"].to_numpy(float)
    places: dict[str, list[int]] = {}
    for place, subject in enumerate(taken["subject_id"]):
        places.setdefault(subject, []).append(place)
    rows: list[tuple[Any, ...]] = []
    every: Iterable[Any] = courses.itertuples(index=False)
    for course in every:
        since, before = course.start_day, np.nan
        lineages = draws.get(course.subject_id, {}).values()
        for place in places.get(course.subject_id, []):
            day, dose = starts[place], doses[place]
            if day < course.start_day or day >= course.stop_day:
                continue
            if not np.isnan(before) and dose != before:
                ratio = dose / before
                gained = any(_gained(lineage, since, day, settings) for lineage in lineages)
                usual = settings.taper_low <= round(ratio, 6) <= settings.taper_high
                step = (course.subject_id, course.course, day, before, dose, ratio, gained)
                rows.append((*step, gained and usual))
                since = day
            before = dose
    columns = ["subject_id", "course", "day", "dose_before", "dose_after", "ratio", "gained"]
    return pd.DataFrame(rows, columns=[*columns, "followed"])


def _gained(lineage: LineageDraws, since: float, day: float, settings: Settings) -> bool:
    """True if the lineage's grade fell since the last step, in the days up to this one."""
    held = lineage.last_grade(since, since - settings.baseline_age)
    recent = (lineage.days > since) & (lineage.days <= day)
    recent &= lineage.days >= day - settings.taper_days
    return bool((lineage.grades[recent] <= held - 1).any())


def days_on_courses(days: pd.DataFrame, courses: pd.DataFrame) -> pd.DataFrame:
    """The rows that fall on a day of a course, with its number.

    days : subject_id, day and more. courses : see `derive_courses`.
    """
    spans = courses[["subject_id", "course", "start_day", "stop_day"]]
    pairs = days.astype({"subject_id": object}).merge(
        spans.astype({"subject_id": object}), on="subject_id"
    )
    return pairs[(pairs["day"] >= pairs["start_day"]) & ~(pairs["day"] >= pairs["stop_day"])]


def count_events_on_prednisone(events: pd.DataFrame, courses: pd.DataFrame) -> pd.DataFrame:
    """For each patient with a course, which kinds of event fell on a day of one.

    events : subject_id, day, event. courses : see `derive_courses`.
    Returns subject_id, event, n: the number of days with that event on prednisone, 1 or more.
    """
    found = days_on_courses(events[["subject_id", "day", "event"]], courses)
    found = found.drop_duplicates(["subject_id", "event", "day"])
    return found.groupby(["subject_id", "event"], observed=True).size().reset_index(name="n")
