"""The definitions once more, in plain loops: the oracle for the sample data and for the core.

Written from the text of the definitions alone, with the standard library alone, and slow on
purpose: nothing here is shared with pht_core, so that agreement between the two says something.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

PARAMS = ("HGB", "PLT", "NE")
TERMS = {"HGB": "anemia", "PLT": "thrombocytopenia", "NE": "neutropenia"}
SUPPORT_OF = {"HGB": "red_cells", "PLT": "platelets", "NE": "gcsf"}
DAYS_PER_MONTH = 30.4375
Grades = dict[str, int | None]


@dataclass
class Course:
    """A run of days on prednisone; ``last`` is None while it goes on."""

    start: int
    last: int | None
    doses: list[tuple[int, float]]

    @property
    def stop(self) -> int | None:
        """The first day off."""
        return None if self.last is None else self.last + 1


@dataclass
class Patient:
    """All that the tidy tables hold about one patient."""

    subject_id: str
    subject: dict[str, str]
    counts: dict[str, dict[int, float]] = field(
        default_factory=lambda: {param: {} for param in PARAMS}
    )
    doses: list[tuple[int, int | None, float]] = field(default_factory=list)
    support: dict[str, set[int]] = field(default_factory=dict)
    months: dict[str, float] = field(default_factory=dict)
    events: list[tuple[int, str, str]] = field(default_factory=list)


def read_patients(folder: Path) -> list[Patient]:
    """Read the six tidy tables, one patient each."""

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    patients = {row["subject_id"]: Patient(row["subject_id"], row) for row in rows("subjects")}
    for row in rows("counts"):
        if row["value"]:
            counts = patients[row["subject_id"]].counts[row["param"]]
            counts[int(row["day"])] = float(row["value"])
    for row in rows("prednisone"):
        end = int(row["end_day"]) if row["end_day"] else None
        dose = (int(row["start_day"]), end, float(row["dose"]))
        patients[row["subject_id"]].doses.append(dose)
    for row in rows("support"):
        support = patients[row["subject_id"]].support
        support.setdefault(row["kind"], set()).add(int(row["day"]))
    for row in rows("outcomes"):
        months = {k: float(v) for k, v in row.items() if k.endswith("_months") and v}
        patients[row["subject_id"]].months = months
    for row in rows("events"):
        event = (int(row["day"]), row["event"], row["result"])
        patients[row["subject_id"]].events.append(event)
    for patient in patients.values():
        _drop_late_counts(patient)
    return list(patients.values())


def _drop_late_counts(patient: Patient) -> None:
    """Counts after progression, next therapy or death are not used."""
    for name in ("progression_months", "next_therapy_months", "death_months"):
        if name in patient.months:
            last = patient.months[name] * DAYS_PER_MONTH
            for param in PARAMS:
                kept = {d: v for d, v in patient.counts[param].items() if d <= last}
                patient.counts[param] = kept


# --- grades ---------------------------------------------------------------------------------


def lower_limit(patient: Patient, param: str) -> float:
    """WS/T 405-2012 for adults, WHO 2024 for the hemoglobin of children under 15."""
    if param == "PLT":
        return 125
    if param == "NE":
        return 1.8
    age = float(patient.subject["age_years"])
    if age < 12:
        return 115
    if age < 15:
        return 120
    return 130 if patient.subject["sex"] == "M" else 115


def grade_value(param: str, value: float, lln: float, scheme: str = "ctcae_v5") -> int | None:
    """Grade 0-4 of one value, None where the scheme has no grade for it."""
    if param == "HGB":
        if value < 80:
            return 3
        if value < 100:
            return 2
        return 1 if value < lln else 0
    first, second, third = (75, 50, 25) if param == "PLT" else (1.5, 1.0, 0.5)
    if scheme == "ctcae_v5":
        if value < third:
            return 4
        if value < second:
            return 3
        if value < first:
            return 2
        return 1 if value < lln else 0
    if value == third:
        return None
    if value < third:
        return 4
    if value <= second:
        return 3
    if value <= first:
        return 2
    return 1 if value < lln else 0


def grade_on(patient: Patient, param: str, day: int, scheme: str) -> int | None:
    """Grade of the count of one day, None without one."""
    if day not in patient.counts[param]:
        return None
    value = patient.counts[param][day]
    return grade_value(param, value, lower_limit(patient, param), scheme)


def days_with(patient: Patient, param: str) -> list[int]:
    """Days with a count of a lineage, ascending."""
    return sorted(patient.counts[param])


def graded_days(patient: Patient, param: str, scheme: str) -> list[int]:
    """Days with a count that has a grade: one without (Table 1's holes) is as good as no count."""
    return [d for d in days_with(patient, param) if grade_on(patient, param, d, scheme) is not None]


def support_free(patient: Patient, param: str, day: int) -> bool:
    """No support of that lineage on the day and the 7 days before it."""
    given = patient.support.get(SUPPORT_OF[param], set())
    return not any(day - 7 <= d <= day for d in given)


# --- periods --------------------------------------------------------------------------------


def worst_within_28(patient: Patient, scheme: str) -> Grades:
    """Worst grade of days 0 to 28."""
    worst: Grades = {}
    for param in PARAMS:
        grades = [grade_on(patient, param, d, scheme) for d in days_with(patient, param)]
        days = days_with(patient, param)
        found = [g for g, d in zip(grades, days, strict=True) if 0 <= d <= 28 and g is not None]
        worst[param] = max(found) if found else None
    return worst


def day28_draw(patient: Patient, scheme: str) -> int | None:
    """Day of the draw with the most lineages known, then nearest day 28, then earlier.

    Within 3 days, not after the first prednisone day of the treatment.
    """
    treatment = courses(patient)
    first = treatment[0].start if treatment else 10**6
    best: tuple[int, int, int] | None = None
    for day in range(25, 32):
        known = sum(grade_on(patient, param, day, scheme) is not None for param in PARAMS)
        if known and day <= first:
            rank = (-known, abs(day - 28), day)
            best = rank if best is None else min(best, rank)
    return best[2] if best else None


def at_baseline(patient: Patient, scheme: str) -> Grades:
    """Grades of the last count before day 0."""
    grades: Grades = {}
    for param in PARAMS:
        days = [day for day in days_with(patient, param) if day < 0]
        grades[param] = grade_on(patient, param, days[-1], scheme) if days else None
    return grades


def at_day28(patient: Patient, scheme: str) -> Grades:
    """Grades of the draw that stands for day 28."""
    day = day28_draw(patient, scheme)
    if day is None:
        return dict.fromkeys(PARAMS)
    return {param: grade_on(patient, param, day, scheme) for param in PARAMS}


def after_prednisone_days(patient: Patient, scheme: str, *, confirmed: bool) -> tuple[int, int]:
    """First and last day of the period after prednisone; none of it without a course."""
    treatment = courses(patient)
    if not treatment:
        return 0, -1
    ends = [10**6]
    if treatment[0].last is not None:
        ends.append(treatment[0].last + 28)
    relapse = relapse_day(patient, 0, scheme, confirmed=confirmed)
    if relapse is not None:
        ends.append(relapse - 1)
    if len(treatment) > 1:
        ends.append(treatment[1].start - 1)
    return treatment[0].start + 1, min(ends)


def grades_after(
    patient: Patient, param: str, scheme: str, *, confirmed: bool
) -> list[tuple[int, int]]:
    """Days and grades of the support-free counts of one lineage after prednisone.

    With confirmation the best grade that a count and the lineage's next, support-free too, share.
    """
    first, last = after_prednisone_days(patient, scheme, confirmed=confirmed)
    days = graded_days(patient, param, scheme)
    found = []
    for i, day in enumerate(days):
        counts = days[i : i + 2] if confirmed else [day]
        if not first <= day <= last or len(counts) < 1 + confirmed:
            continue
        if all(support_free(patient, param, d) for d in counts):
            grades = [grade_on(patient, param, d, scheme) for d in counts]
            found.append((day, max(grade for grade in grades if grade is not None)))
    return found


def best_after(patient: Patient, scheme: str, *, confirmed: bool = False) -> Grades:
    """Best support-free grade of the period after prednisone."""
    best: Grades = {}
    for param in PARAMS:
        found = grades_after(patient, param, scheme, confirmed=confirmed)
        best[param] = min((grade for _, grade in found), default=None)
    return best


def last_after(patient: Patient, scheme: str, *, confirmed: bool = False) -> Grades:
    """Last support-free grade of the same period."""
    last: Grades = {}
    for param in PARAMS:
        found = grades_after(patient, param, scheme, confirmed=confirmed)
        last[param] = found[-1][1] if found else None
    return last


def all_normal_after(patient: Patient, scheme: str, *, confirmed: bool = False) -> bool | None:
    """All lineages at grade 0 on one support-free draw of that period; None without such a draw."""
    first, last = after_prednisone_days(patient, scheme, confirmed=confirmed)
    draws = joint_draws(patient, scheme)
    normal = [free and max(grades) == 0 for _, grades, free in draws]
    seen = None
    for i, (day, _, free) in enumerate(draws):
        following = i + 1 < len(draws) and draws[i + 1][2]
        if first <= day <= last and free and (following or not confirmed):
            seen = bool(seen) or (normal[i] and (not confirmed or normal[i + 1]))
    return seen


def joint_draws(patient: Patient, scheme: str) -> list[tuple[int, list[int], bool]]:
    """Draws of all three lineages: day, grades, and whether support-free in all."""
    draws = []
    for day in graded_days(patient, "HGB", scheme):
        grades = [grade_on(patient, param, day, scheme) for param in PARAMS]
        known = [grade for grade in grades if grade is not None]
        if len(known) == 3:
            draws.append((day, known, all(support_free(patient, p, day) for p in PARAMS)))
    return draws


def lineages(grades: Grades) -> int | None:
    """Number of lineages with cytopenia, None unless all three are known."""
    known = [grade for grade in grades.values() if grade is not None]
    return sum(grade >= 1 for grade in known) if len(known) == 3 else None


def has_pht(patient: Patient, scheme: str, *, support_free_only: bool = False) -> bool | None:
    """Cytopenia in any lineage at day 28; a normal count under support may be no proof of none."""
    grades, day = at_day28(patient, scheme), day28_draw(patient, scheme)
    known = [
        grade
        for param, grade in grades.items()
        if grade is not None
        and day is not None
        and (grade >= 1 or not support_free_only or support_free(patient, param, day))
    ]
    if any(grade >= 1 for grade in known):
        return True
    return False if len(known) == 3 else None


def unproven_at_day28(patient: Patient, scheme: str) -> bool | None:
    """A normal count at day 28 within 7 days of support; None without a draw."""
    day = day28_draw(patient, scheme)
    if day is None:
        return None
    grades = at_day28(patient, scheme)
    return any(g == 0 and not support_free(patient, p, day) for p, g in grades.items())


# --- courses --------------------------------------------------------------------------------


def courses(patient: Patient) -> list[Course]:
    """The courses that treat PHT: those that are no early steroids."""
    return [c for c in all_courses(patient) if not is_early(c)]


def is_early(course: Course) -> bool:
    """A start before day 14, and an end before day 28."""
    return course.start < 14 and course.last is not None and course.last < 28


def all_courses(patient: Patient) -> list[Course]:
    """Runs of days on prednisone; a gap of up to 2 days does not end one."""
    found: list[Course] = []
    for start, end, dose in sorted(patient.doses):
        previous = found[-1] if found else None
        if previous and (previous.last is None or start - previous.last - 1 <= 2):
            previous.doses.append((start, dose))
            previous.last = end
        else:
            found.append(Course(start, end, [(start, dose)]))
    return found


def last_grade(patient: Patient, param: str, day: int, scheme: str) -> int | None:
    """Grade of the last count on or before a day, at most 14 days old."""
    days = [d for d in graded_days(patient, param, scheme) if day - 14 <= d <= day]
    return grade_on(patient, param, days[-1], scheme) if days else None


def _holds(patient: Patient, param: str, day: int, scheme: str, low: int, high: int) -> bool:
    grade = grade_on(patient, param, day, scheme)
    return grade is not None and low <= grade <= high


def _first_in(
    days: list[int], holds: list[bool], after: int, until: int, *, confirmed: bool
) -> list[int]:
    """The first day in the window on which it holds, and on the next count too if asked for."""
    for i, day in enumerate(days):
        next_holds = i + 1 < len(days) and holds[i + 1]
        if after < day <= until and holds[i] and (next_holds or not confirmed):
            return [day]
    return []


def response_time(
    patient: Patient, number: int, scheme: str, *, confirmed: bool = False
) -> int | None:
    """Days to the first support-free count one grade better than at the start, any lineage.

    Up to 28 days after the end of the course, and to the next start.
    """
    course = courses(patient)[number]
    ends = [c.start for c in courses(patient) if c.start > course.start]
    if course.last is not None:
        ends.append(course.last + 28)
    days = better_days(patient, number, scheme, confirmed=confirmed)
    found = [day for day in days if day <= min(ends, default=10**6)]
    return min(found) - course.start if found else None


def later_day(patient: Patient, number: int, scheme: str, *, confirmed: bool = False) -> int | None:
    """First such day of a patient without a response, by the next start."""
    if response_time(patient, number, scheme, confirmed=confirmed) is not None:
        return None
    return min(better_days(patient, number, scheme, confirmed=confirmed), default=None)


def can_respond(patient: Patient, number: int, scheme: str) -> bool:
    """A lineage is low at the start, and counted within the time for a response."""
    course = courses(patient)[number]
    ends = [c.start for c in courses(patient) if c.start > course.start]
    if course.last is not None:
        ends.append(course.last + 28)
    for param in PARAMS:
        base = last_grade(patient, param, course.start, scheme)
        days = graded_days(patient, param, scheme)
        if base and any(course.start < day <= min(ends, default=10**6) for day in days):
            return True
    return False


def better_days(patient: Patient, number: int, scheme: str, *, confirmed: bool) -> list[int]:
    """First day of each lineage that is a grade better than at the start, by the next start."""
    course = courses(patient)[number]
    later = [c.start for c in courses(patient) if c.start > course.start]
    until = min(later) if later else 10**6
    found = []
    for param in PARAMS:
        base = last_grade(patient, param, course.start, scheme)
        if base is None:
            continue
        days = graded_days(patient, param, scheme)
        better = [
            support_free(patient, param, d) and _holds(patient, param, d, scheme, 0, base - 1)
            for d in days
        ]
        found += _first_in(days, better, course.start, until, confirmed=confirmed)
    return found


def relapse_day(
    patient: Patient, number: int, scheme: str, *, confirmed: bool = False
) -> int | None:
    """First day after a stop, up to the next start, with a relapse in any lineage."""
    course = courses(patient)[number]
    if course.stop is None:
        return None
    later = [c.start for c in courses(patient) if c.start > course.start]
    until = min(later) if later else 10**6
    found = []
    for param in PARAMS:
        at_stop = last_grade(patient, param, course.stop, scheme)
        if at_stop is None:
            continue
        days = graded_days(patient, param, scheme)
        worse = [_holds(patient, param, d, scheme, max(2, at_stop + 1), 4) for d in days]
        found += _first_in(days, worse, course.stop, until, confirmed=confirmed)
    return min(found) if found else None


def recovery_time(
    patient: Patient, number: int, scheme: str, *, confirmed: bool = False
) -> int | None:
    """Days to grade <= 2 in all lineages at once, support-free, up to the next start.

    None too where no lineage was at grade >= 3 at the start: there is nothing to wait for.
    """
    course = courses(patient)[number]
    until = min((c.start for c in courses(patient) if c.start > course.start), default=10**6)
    base = [last_grade(patient, param, course.start, scheme) for param in PARAMS]
    if not any(grade is not None and grade >= 3 for grade in base):
        return None
    draws = joint_draws(patient, scheme)
    recovered = [free and max(grades) <= 2 for _, grades, free in draws]
    days = [day for day, _, _ in draws]
    found = _first_in(days, recovered, course.start, until, confirmed=confirmed)
    return found[0] - course.start if found else None


def taper_steps(patient: Patient, number: int, scheme: str) -> list[tuple[int, bool]]:
    """Dose changes of a course: the day, and whether the step followed the paper's rule."""
    course = courses(patient)[number]
    steps = []
    changes = [d for i, d in enumerate(course.doses) if i == 0 or d[1] != course.doses[i - 1][1]]
    for (before, old), (day, new) in pairwise(changes):
        gained = False
        for param in PARAMS:
            reference = last_grade(patient, param, before, scheme)
            for d in days_with(patient, param):
                if reference is not None and max(before + 1, day - 14) <= d <= day:
                    gained |= _holds(patient, param, d, scheme, 0, reference - 1)
        steps.append((day, gained and Fraction(4, 10) <= Fraction(new / old) <= Fraction(6, 10)))
    return steps


def late_cytopenia_day(patient: Patient, scheme: str) -> int | None:
    """None at day 28, then the first count of grade >= 2 after day 31."""
    if has_pht(patient, scheme) is not False:
        return None
    days = [
        d
        for param in PARAMS
        for d in days_with(patient, param)
        if d > 31 and _holds(patient, param, d, scheme, 2, 4)
    ]
    return min(days) if days else None


def is_refractory(patient: Patient, scheme: str) -> bool:
    """PHT, support within days 0-28, then prednisone."""
    given = set().union(*patient.support.values()) if patient.support else set()
    supported = any(0 <= day <= 28 for day in given)
    return bool(has_pht(patient, scheme)) and supported and bool(courses(patient))
