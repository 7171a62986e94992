"""What a ward round asks first of one patient, as questions and answers in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pht_core.cohort import DAYS_PER_MONTH
from pht_core.exhibits.patient_words import (
    NOT_KNOWN,
    NOT_RECORDED,
    count_of,
    day_of,
    dose_of,
    lineage_list,
    number_of,
    patient_of,
    rows_of,
)
from pht_core.prednisone import derive_courses, select_taken
from pht_core.schema import LINEAGE_NAMES, LINEAGES, SUPPORT_KINDS
from pht_core.view import View

# Of more courses or relapses than these the last are told.
_MOST = 3
_OUTCOMES = {"progression": "progression", "next_therapy": "next therapy", "death": "death"}


def patient_lines(view: View, subject_id: str) -> tuple[tuple[str, str], ...]:
    """Questions and answers; an answer is never empty: "not known" or "not recorded" instead."""
    return (
        ("PHT at day 28", _pht(view, subject_id)),
        ("Last counts", _last_counts(view, subject_id)),
        ("Prednisone now", _prednisone_now(view, subject_id)),
        ("Response", _responses(view, subject_id)),
        ("Relapse after stopping", _relapses(view, subject_id)),
        ("Transfusions, G-CSF", _support(view, subject_id)),
        ("Last follow-up", _follow_up(view, subject_id)),
    )


def _pht(view: View, subject_id: str) -> str:
    patient = patient_of(view, subject_id)
    answer = patient["pht_d28"]
    said = NOT_KNOWN if pd.isna(answer) else "yes" if answer else "no"
    grades = rows_of(view.assessment.period_grades, subject_id)
    grades = grades[grades["period"] == "at_day_28"].set_index("param")
    if grades.empty:
        if pd.isna(answer):
            settings = view.settings
            return (
                f"{NOT_KNOWN}: no draw within {settings.day28_window} days of day "
                f"{settings.day28} and before prednisone"
            )
        return f"{said}, as the file says"
    parts = [
        f"{LINEAGE_NAMES[param]} grade {grades.loc[param, 'grade']:.0f}"
        if param in grades.index
        else f"{LINEAGE_NAMES[param]} {NOT_KNOWN}"
        for param in LINEAGES
    ]
    words = f"{said}: {', '.join(parts)} (draw of day {grades['day'].iloc[0]:.0f})"
    late = patient["late"]
    if not pd.isna(late) and late:
        words += f"; cytopenia later, from day {patient['late_day']:.0f}"
    return words


def _last_counts(view: View, subject_id: str) -> str:
    if not view.cohort.has("counts"):
        return NOT_RECORDED
    counts = rows_of(view.assessment.counts, subject_id)
    last = [last_count(counts, param) for param in LINEAGES]
    days = {float(row["day"]) for row in last if row is not None}
    if not days:
        return NOT_KNOWN
    parts = []
    for param, row in zip(LINEAGES, last, strict=True):
        name = LINEAGE_NAMES[param]
        if row is None:
            parts.append(f"{name} {NOT_KNOWN}")
            continue
        grade = "no grade" if pd.isna(row["grade"]) else f"grade {row['grade']:.0f}"
        days_old = f", day {row['day']:.0f}" if len(days) > 1 else ""
        aided = ", soon after support" if row["supported"] else ""
        parts.append(f"{name} {count_of(row['value'], param)} ({grade}{aided}{days_old})")
    told = "; ".join(parts)
    cutoff = patient_of(view, subject_id)["cutoff_day"]
    if max(days) > cutoff:
        told += f"; after day {cutoff:.0f} counts are not used for response or relapse"
    return told if len(days) > 1 else f"day {days.pop():.0f}: {told}"


def last_count(counts: pd.DataFrame, param: str) -> pd.Series | None:
    """The last count of a lineage; of several on one day the lowest. None if there is none."""
    own = counts[counts["param"].eq(param) & counts["value"].notna() & counts["day"].notna()]
    if own.empty:
        return None
    return own[own["day"] == own["day"].max()].sort_values("value", kind="stable").iloc[0]


def all_courses(view: View, subject_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every course and every run of days on one dose, those begun before the infusion too."""
    rows = rows_of(view.cohort.prednisone, subject_id)
    ends = view.assessment.patients["last_known_day"]
    taken = select_taken(rows, other_steroids=view.settings.other_steroids)
    return derive_courses(rows, ends, view.settings), taken


def _prednisone_now(view: View, subject_id: str) -> str:
    if not view.cohort.has("prednisone"):
        return NOT_RECORDED
    courses, taken = all_courses(view, subject_id)
    if courses.empty:
        return "never given"
    last = courses.iloc[-1]
    before = ", begun before the infusion" if last["start_day"] < 0 else ""
    known = patient_of(view, subject_id)["last_known_day"]
    if not last["ongoing"]:
        until = "" if np.isnan(known) else f" (last known day: {known:.0f})"
        return f"off since day {last['stop_day']:.0f}{until}"
    dose = taken.iloc[-1]
    until = "" if np.isnan(known) else f"; no stop by day {known:.0f}, the last known"
    return (
        f"on, {dose_of(dose['dose'], view.settings)} since day {dose['start_day']:.0f}; this "
        f"course from day {last['start_day']:.0f}{before}{until}"
    )


def _responses(view: View, subject_id: str) -> str:
    if not view.cohort.has("prednisone"):
        return NOT_RECORDED
    responses = rows_of(view.assessment.responses, subject_id)
    if responses.empty:
        return "no course of prednisone since the infusion"
    rows = [row for _, row in responses.iterrows()]
    told = [f"course {row['course']}: {response_of(row)}" for row in rows]
    return _last(told, "courses")


def response_of(row: pd.Series) -> str:
    """Response to one course in words."""
    if pd.isna(row["responded"]):
        return NOT_KNOWN
    if not row["responded"]:
        return "no"
    return f"yes, after {number_of(row['response_time'], 'day')} (day {row['response_day']:.0f})"


def _relapses(view: View, subject_id: str) -> str:
    if not view.cohort.has("prednisone"):
        return NOT_RECORDED
    relapses = rows_of(view.assessment.relapses, subject_id)
    if relapses.empty:
        return "no course was stopped"
    rows = [row for _, row in relapses.iterrows()]
    found = [row for row in rows if not pd.isna(row["relapsed"]) and row["relapsed"]]
    if not found:
        unknown = sum(pd.isna(row["relapsed"]) for row in rows)
        if unknown == len(rows):
            return f"{NOT_KNOWN}: no count after the stop, or none shortly before it"
        return "none" + (f"; after {unknown} of {len(rows)} stops {NOT_KNOWN}" if unknown else "")
    told = [
        f"day {row['relapse_day']:.0f} (grade {row['relapse_grade']:.0f}, "
        f"{lineage_list(row['relapse_params'])})"
        for row in found
    ]
    return f"{len(found)} in {number_of(len(rows), 'stop')}: {_last(told, 'relapses')}"


def _support(view: View, subject_id: str) -> str:
    given = rows_of(view.cohort.support, subject_id)
    since = given[given["day"] >= 0]
    parts = []
    for kind in ("red_cells", "platelets", "gcsf"):
        name = SUPPORT_KINDS[kind]
        days = since.loc[since["kind"] == kind, "day"].nunique()
        if not days and not view.cohort.has(kind):
            parts.append(f"{name} {NOT_RECORDED}")
        else:
            parts.append(f"{name} on {number_of(days, 'day')}" if days else f"no {name}")
    return "since the infusion: " + ", ".join(parts)


def _follow_up(view: View, subject_id: str) -> str:
    outcomes = rows_of(view.cohort.outcomes, subject_id)
    if outcomes.empty:
        return NOT_RECORDED
    row = outcomes.iloc[0]
    happened = {
        kind: float(row[f"{kind}_months"])
        for kind in _OUTCOMES
        if not pd.isna(row[f"{kind}_months"])
    }
    told = [f"{_OUTCOMES[kind]} at {_months(months)}" for kind, months in happened.items()]
    followed = row["last_followup_months"]
    if "death" not in happened:
        # A file without a column of deaths must not call the dead alive.
        seen = NOT_KNOWN if pd.isna(followed) else _months(float(followed))
        told.insert(0, f"{seen}, no death recorded")
    if not {"progression", "next_therapy"} & set(happened):
        told.append("no progression or next therapy recorded")
    return "; ".join(told)


def _months(months: float) -> str:
    return f"{months:.1f} months ({day_of(round(months * DAYS_PER_MONTH))})"


def _last(told: list[str], what: str) -> str:
    earlier = len(told) - _MOST
    words = "; ".join(told[-_MOST:])
    return f"{words} ({earlier} earlier {what})" if earlier > 0 else words
