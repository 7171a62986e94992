"""Counts around each start, stop and restart of prednisone, as multiples of those before."""

import numpy as np
import pandas as pd

from pht_core.model.lineage import PHT_LINEAGES
from pht_core.stats.graded_counts import usable_counts

PHASES = {"start": "first start", "stop": "stop", "restart": "restart"}
# Days shown, days whose median is 1, and days of a step of the summary.
BEFORE, AFTER, BASELINE, STEP = 21, 56, 14, 7
# A median of fewer courses is a line of one or two patients.
FEWEST_COURSES = 3
PHASE_COLUMNS = ["subject_id", "course", "phase", "param", "day", "fold"]


def derive_phases(
    counts: pd.DataFrame, courses: pd.DataFrame, cutoff_day: pd.Series
) -> pd.DataFrame:
    """Support-free counts around each event, divided by the median of the 14 days before it.

    counts : subject_id, day, param, value, supported.
    courses : subject_id, course (1, 2, ..), start_day, stop_day (first day off; missing = ongoing).
    cutoff_day : by subject_id, last usable day; missing = none.
    Returns `PHASE_COLUMNS`: phase is a key of `PHASES`, day is counted from the event and ends with
        the next event (a start's days end at the stop). The count of the event's own day is shown
        but not in the 14 days: it may be what the doctor decided on. Without a count in the 14
        days, or where their median is 0, an event has no rows.
    """
    used = counts[counts["param"].isin(PHT_LINEAGES) & ~counts["supported"].astype(bool)]
    used = usable_counts(used.dropna(subset=["value"]), cutoff_day)
    used = used.astype({"day": float, "value": float})
    used = used.sort_values(["param", "day"], kind="stable")
    by_patient = dict(iter(used.groupby("subject_id")))
    parts = []
    for event in _list_events(courses).itertuples(index=False):
        own = by_patient.get(event.subject_id)
        if own is None:
            continue
        own = own.assign(day=own["day"] - float(event.day))  # type: ignore[arg-type]
        own = own[own["day"].between(event.first, event.last)]
        before = own[own["day"].between(-BASELINE, -1)].groupby("param")["value"].median()
        fold = own["value"] / own["param"].map(before)
        own = own.assign(fold=fold, course=event.course, phase=event.phase)
        parts.append(own[(fold > 0) & np.isfinite(fold)])
    whole = pd.concat(parts) if parts else used.assign(course=0, phase="", fold=np.nan)[:0]
    return whole[PHASE_COLUMNS].reset_index(drop=True)


def _list_events(courses: pd.DataFrame) -> pd.DataFrame:
    """Starts and stops: phase, day, and the days before and after it that belong to it."""
    rows = []
    for who, own in courses.astype({"subject_id": object}).groupby("subject_id"):
        stop_before = -np.inf
        starts = [*own["start_day"].to_numpy(float)[1:], np.inf]
        for course, start, stop, following in zip(
            own["course"], own["start_day"], own["stop_day"], starts, strict=True
        ):
            phase = "start" if stop_before == -np.inf else "restart"
            end = np.inf if pd.isna(stop) else stop
            rows.append((who, course, phase, start, stop_before - start, end - start - 1))
            if np.isfinite(end):
                rows.append((who, course, "stop", end, start - end, following - end))
            stop_before = end
    columns = ["subject_id", "course", "phase", "day", "first", "last"]
    events = pd.DataFrame(rows, columns=columns)
    events["first"] = events["first"].astype(float).clip(lower=-BEFORE)
    events["last"] = events["last"].astype(float).clip(upper=AFTER)
    return events


def count_phases(phases: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles of the courses by week around the event.

    phases : see `derive_phases`. Several counts of a course in a week are one, their geometric
        mean.
    Returns phase, param, day (the middle of seven days), n (courses), median, q25, q75 (missing of
        fewer than `FEWEST_COURSES`).
    """
    keys = ["phase", "param", "day"]
    rows = phases.assign(day=STEP * np.round(phases["day"] / STEP), fold=np.log2(phases["fold"]))
    each = rows.groupby([*keys, "subject_id", "course"])["fold"].mean().reset_index()
    grouped = each.groupby(keys)["fold"]
    found = grouped.size().rename("n").to_frame()
    for name, part in (("median", 0.5), ("q25", 0.25), ("q75", 0.75)):
        found[name] = (2.0 ** grouped.quantile(part)).where(found["n"] >= FEWEST_COURSES)
    order = {name: place for place, name in enumerate([*PHASES, *PHT_LINEAGES])}
    found = found.reset_index()
    return found.sort_values(
        keys, key=lambda s: s.map(order) if s.name != "day" else s, ignore_index=True
    )
