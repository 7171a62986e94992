"""Response to a course, recovery, relapse after it, and late cytopenia, patient by patient.

What happens per course is a matter of runs of days, so it is worked out on the arrays of one
patient's draws (``graded_counts.PatientDraws``), not on the whole table.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.lineage import PHT_LINEAGES
from pht_core.model.settings import Settings
from pht_core.stats.graded_counts import NO_DAYS, LineageDraws, PatientDraws


def derive_responses(
    courses: pd.DataFrame,
    draws: dict[str, PatientDraws],
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Response and recovery of each course.

    courses : see ``courses.derive_courses``. draws : see ``graded_counts.split_draws``.
    Returns a row per course: subject_id, course, start_day, baseline_hgb, baseline_plt, baseline_ne
        (grade of the last count on or before the start, at most 14 days old; missing if none),
        response_day, response_time (days), response_params, responded (looked for up to
        ``settings.after_days`` after the course and to the next start; missing where no lineage
        that could improve has a count then), later_day (of those without a response: the first such
        count after that, by the next start), normal_at_start (all lineages at grade 0, so that none
        could improve), recovery (``recovered``, ``not recovered``, ``already at grade ≤ 2`` or
        ``unknown``), recovery_day, recovery_time, observed_days (to the next start or the last
        count), joint_day, the first support-free draw of all three lineages, and complete_day, the
        first of those with all of them at grade 0.
    """
    settings = settings or Settings()
    rows = []
    starts = courses.groupby("subject_id", observed=True)["start_day"].shift(-1).to_numpy(float)
    every: Iterable[Any] = courses.itertuples(index=False)
    for course, next_start in zip(every, starts, strict=True):
        patient = draws.get(course.subject_id, {})
        until = np.inf if np.isnan(next_start) else next_start
        rows.append(_response(course, patient, until, settings))
    columns = ["subject_id", "course", "start_day"]
    columns += [f"baseline_{param.lower()}" for param in PHT_LINEAGES]
    columns += ["response_day", "response_time", "response_params", "responded", "later_day"]
    columns += ["normal_at_start", "recovery", "recovery_day", "recovery_time", "observed_days"]
    columns += ["joint_day", "complete_day"]
    table = pd.DataFrame(rows, columns=columns)
    table["responded"] = table["responded"].astype("boolean")
    return table


def _response(
    course: Any, patient: PatientDraws, until: float, settings: Settings
) -> dict[str, Any]:
    start = course.start_day
    base = {
        param: patient.get(param, LineageDraws()).last_grade(start, start - settings.baseline_age)
        for param in PHT_LINEAGES
    }
    end = until if np.isnan(course.stop_day) else course.stop_day - 1 + settings.after_days
    first: dict[str, float] = {}
    later: list[float] = []
    judged = False
    for param, lineage in patient.items():
        after = (lineage.days > start) & (lineage.days <= until)
        judged |= bool((after & (lineage.days <= end)).any()) and base[param] >= 1
        better = (lineage.grades <= base[param] - 1) & support_free(lineage, settings)
        days = lineage.days[confirmed(better, settings) & after]
        if days.size and days[0] <= end:
            first[param] = days[0]
        later.extend(days[:1])
    day = min(first.values(), default=np.nan)
    known = [grade for grade in base.values() if not np.isnan(grade)]
    row = {
        "subject_id": course.subject_id,
        "course": course.course,
        "start_day": start,
        "response_day": day,
        "response_time": day - start,
        "response_params": ", ".join(p for p in PHT_LINEAGES if first.get(p) == day),
        "responded": bool(first) if judged else None,
        "later_day": np.nan if first else min(later, default=np.nan),
        "normal_at_start": len(known) == len(PHT_LINEAGES) and not any(known),
    }
    row |= {f"baseline_{param.lower()}": base[param] for param in PHT_LINEAGES}
    joint_days, joint_grades, joint_free = joint_draws(patient, settings)
    window = (joint_days > start) & (joint_days <= until)
    row["observed_days"] = max((d for d in joint_days[window]), default=np.nan) - start

    def first_day(holds: Any) -> float:
        """The first support-free draw after the start on which it holds; nan if none."""
        days = joint_days[confirmed(joint_free & holds, settings) & window]
        return float(days[0]) if days.size else np.nan

    row["joint_day"] = first_day(joint_free)
    row["complete_day"] = first_day((joint_grades <= 0).all(axis=0))
    row["recovery_day"] = row["recovery_time"] = np.nan
    if any(grade > settings.recovery_grade for grade in known):
        row["recovery_day"] = first_day((joint_grades <= settings.recovery_grade).all(axis=0))
        row["recovery_time"] = row["recovery_day"] - start
        row["recovery"] = "not recovered" if np.isnan(row["recovery_day"]) else "recovered"
    elif len(known) == len(PHT_LINEAGES):
        row["recovery"] = f"already at grade ≤ {settings.recovery_grade}"
    else:
        row["recovery"] = "unknown"
    return row


def confirmed(holds: np.ndarray, settings: Settings) -> np.ndarray:
    """Where it holds, and if so chosen at the next count too."""
    return holds & np.append(holds[1:], False) if settings.confirm else holds


def support_free(lineage: LineageDraws, settings: Settings) -> np.ndarray:
    if not settings.use_support:
        return np.ones(len(lineage.days), dtype=bool)
    return ~lineage.supported


def joint_draws(
    patient: PatientDraws, settings: Settings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws that hold all three lineages: days, grades (3 x days), all support-free."""
    if len(patient) < len(PHT_LINEAGES):
        return NO_DAYS, np.empty((len(PHT_LINEAGES), 0)), NO_DAYS.astype(bool)
    lineages = [patient[param] for param in PHT_LINEAGES]
    days = lineages[0].days
    for lineage in lineages[1:]:
        days = days[np.isin(days, lineage.days, assume_unique=True)]
    places = [np.searchsorted(lineage.days, days) for lineage in lineages]
    grades = np.array([ln.grades[at] for ln, at in zip(lineages, places, strict=True)])
    free = [
        support_free(lineage, settings)[at] for lineage, at in zip(lineages, places, strict=True)
    ]
    return days, grades, np.logical_and.reduce(free)


def derive_relapses(
    courses: pd.DataFrame,
    responses: pd.DataFrame,
    draws: dict[str, PatientDraws],
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Relapse after each stop: grade >= 2 and at least one grade worse than at the stop.

    Looked for after the stop, up to and including the next start. The grade at the stop is the
    last count's on or before it, at most 14 days old; a lineage without one cannot be judged.

    Returns a row per stopped course: subject_id, course, stop_day, relapsed (missing where no
        lineage can be judged or nothing was counted after the stop), relapse_day, relapse_time
        (days from the stop), relapse_params, relapse_grade (the worst that day), worst_grade (to
        the next start), retreated, responded_again (to the course that follows; missing without
        one).
    """
    settings = settings or Settings()
    next_start = courses.groupby("subject_id", observed=True)["start_day"].shift(-1).to_numpy(float)
    again = responses.groupby("subject_id", observed=True)["responded"].shift(-1)
    rows = []
    every: Iterable[Any] = courses.itertuples(index=False)
    for place, course in enumerate(every):
        if course.ongoing:
            continue
        until = np.inf if np.isnan(next_start[place]) else next_start[place]
        found, judged = falls_after(
            draws.get(course.subject_id, {}), course.stop_day, until, settings
        )
        day = min((days[0] for days, _ in found.values()), default=np.nan)
        here = {param: g[0] for param, (days, g) in found.items() if days[0] == day}
        relapsed = bool(found) if judged else None
        rows.append(
            {
                "subject_id": course.subject_id,
                "course": course.course,
                "stop_day": course.stop_day,
                "relapsed": relapsed,
                "relapse_day": day,
                "relapse_time": day - course.stop_day,
                "relapse_params": ", ".join(param for param in PHT_LINEAGES if param in here),
                "relapse_grade": max(here.values(), default=np.nan),
                "worst_grade": max((max(g) for _, g in found.values()), default=np.nan),
                "retreated": not np.isnan(next_start[place]),
                "responded_again": again.iloc[place] if found else None,
            }
        )
    columns = ["subject_id", "course", "stop_day", "relapsed", "relapse_day", "relapse_time"]
    columns += ["relapse_params", "relapse_grade", "worst_grade", "retreated", "responded_again"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"relapsed": "boolean", "responded_again": "boolean"})


def falls_after(
    patient: PatientDraws, stop: float, until: float, settings: Settings
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], bool]:
    """By lineage the days and grades of its falls after a stop; and if any could be judged."""
    found, judged = {}, False
    for param, lineage in patient.items():
        held = lineage.last_grade(stop, stop - settings.baseline_age)
        after = (lineage.days > stop) & (lineage.days <= until)
        if np.isnan(held) or not after.any():
            continue
        judged = True
        fallen = (lineage.grades >= settings.relapse_grade) & (
            lineage.grades >= held + settings.relapse_fall
        )
        fallen = confirmed(fallen, settings) & after
        if fallen.any():
            found[param] = lineage.days[fallen], lineage.grades[fallen]
    return found, judged


def late_cytopenia_day(patient: PatientDraws, settings: Settings) -> float:
    """First day after day 31 with a count at grade 2 or worse in any lineage; nan if none.

    Late cytopenia is this in a patient without cytopenia at day 28, as P1 and P2 of the paper.
    """
    days = [
        lineage.days[(lineage.days > settings.late_after) & (lineage.grades >= settings.late_grade)]
        for lineage in patient.values()
    ]
    return min((float(found[0]) for found in days if found.size), default=np.nan)


def counted_after(patient: PatientDraws, day: float) -> bool:
    """True if any lineage was counted after that day."""
    return any(lineage.days[-1] > day for lineage in patient.values())


def first_courses(responses: pd.DataFrame) -> pd.DataFrame:
    """The rows of each patient's first course."""
    return responses[responses["course"] == 1].reset_index(drop=True)
