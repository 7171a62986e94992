"""Response to a course, recovery, relapse after it, and late cytopenia, patient by patient.

What happens per course is a matter of runs of days, so it is worked out on the arrays of one
patient's draws (``graded_counts.PatientDraws``), not on the whole table.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.lineage import PHT_LINEAGES
from pht_core.model.settings import Settings
from pht_core.stats.graded_counts import NO_DAYS, LineageDraws, PatientDraws

RESPONSE_COLUMNS = [
    *("response_day", "response_time", "response_params", "responded", "later_day"),
    *("normal_at_start", "recovery", "recovery_day", "recovery_time", "observed_days"),
    *("joint_day", "complete_day"),
]
RELAPSE_COLUMNS = [
    *("subject_id", "course", "stop_day", "relapsed", "relapse_day", "relapse_time"),
    *("relapse_params", "relapse_grade", "worst_grade", "retreated", "responded_again"),
]


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
    rows = [
        _response(course, draws.get(course.subject_id, {}), until, settings)
        for course, until in _with_next_start(courses)
    ]
    baselines = [f"baseline_{param.lower()}" for param in PHT_LINEAGES]
    columns = ["subject_id", "course", "start_day", *baselines, *RESPONSE_COLUMNS]
    return pd.DataFrame(rows, columns=columns).astype({"responded": "boolean"})


def _with_next_start(courses: pd.DataFrame) -> Iterator[tuple[Any, float]]:
    """Each course, and the day the patient's next one starts (infinite where there is none)."""
    following = courses.groupby("subject_id", observed=True)["start_day"].shift(-1)
    return zip(courses.itertuples(index=False), following.astype(float).fillna(np.inf), strict=True)


def _response(
    course: Any, patient: PatientDraws, until: float, settings: Settings
) -> tuple[Any, ...]:
    """A course's row: its patient, number, start, baselines, and `RESPONSE_COLUMNS`."""
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
    joint_days, joint_grades, joint_free = joint_draws(patient, settings)
    window = (joint_days > start) & (joint_days <= until)

    def first_day(worst: float) -> float:
        """The first support-free draw after the start with no lineage above that grade."""
        good = joint_free & (joint_grades <= worst).all(axis=0)
        days = joint_days[confirmed(good, settings) & window]
        return float(days[0]) if days.size else np.nan

    known = [grade for grade in base.values() if not np.isnan(grade)]
    recovery, recovery_day = "unknown", np.nan
    if any(grade > settings.recovery_grade for grade in known):
        recovery_day = first_day(settings.recovery_grade)
        recovery = "not recovered" if np.isnan(recovery_day) else "recovered"
    elif len(known) == len(PHT_LINEAGES):
        recovery = f"already at grade ≤ {settings.recovery_grade}"
    return (
        course.subject_id,
        course.course,
        start,
        *base.values(),
        day,
        day - start,
        ", ".join(param for param in PHT_LINEAGES if first.get(param) == day),
        bool(first) if judged else None,
        np.nan if first else min(later, default=np.nan),
        len(known) == len(PHT_LINEAGES) and not any(known),
        recovery,
        recovery_day,
        recovery_day - start,
        max(joint_days[window], default=np.nan) - start,
        first_day(np.inf),
        first_day(0),
    )


def confirmed(holds: np.ndarray, settings: Settings) -> np.ndarray:
    """Where it holds, and if so chosen at the next count too."""
    return holds & np.append(holds[1:], False) if settings.confirm else holds


def support_free(lineage: LineageDraws, settings: Settings) -> np.ndarray:
    return ~(lineage.supported & settings.use_support)


def joint_draws(
    patient: PatientDraws, settings: Settings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws that hold all three lineages: days, grades (3 x days), all support-free."""
    if len(patient) < len(PHT_LINEAGES):
        return NO_DAYS, np.empty((len(PHT_LINEAGES), 0)), NO_DAYS.astype(bool)
    lineages = [patient[param] for param in PHT_LINEAGES]
    days = reduce(np.intersect1d, [lineage.days for lineage in lineages])
    places = [np.searchsorted(lineage.days, days) for lineage in lineages]
    pairs = list(zip(lineages, places, strict=True))
    grades = np.array([lineage.grades[at] for lineage, at in pairs])
    free = [support_free(lineage, settings)[at] for lineage, at in pairs]
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
    again = responses.groupby("subject_id", observed=True)["responded"].shift(-1)
    rows = []
    for place, (course, until) in enumerate(_with_next_start(courses)):
        if course.ongoing:
            continue
        patient, stop = draws.get(course.subject_id, {}), course.stop_day
        found, judged = falls_after(patient, stop, until, settings)
        day = min((days[0] for days, _ in found.values()), default=np.nan)
        here = {param: grades[0] for param, (days, grades) in found.items() if days[0] == day}
        rows.append(
            (
                course.subject_id,
                course.course,
                stop,
                bool(found) if judged else None,
                day,
                day - stop,
                ", ".join(param for param in PHT_LINEAGES if param in here),
                max(here.values(), default=np.nan),
                max((max(grades) for _, grades in found.values()), default=np.nan),
                np.isfinite(until),
                again.iloc[place] if found else None,
            )
        )
    table = pd.DataFrame(rows, columns=RELAPSE_COLUMNS)
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
