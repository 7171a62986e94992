"""Tables of one patient's page: courses, grades by period, support, steroids, laboratory values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pht_core.exhibits.patient_lines import all_courses, response_of
from pht_core.exhibits.patient_words import NOT_RECORDED, lineage_list, rows_of, value_of
from pht_core.periods import PERIODS
from pht_core.prednisone import derive_other_steroids
from pht_core.schema import LABS, LINEAGE_NAMES, LINEAGES, SUPPORT_KINDS
from pht_core.trajectory import patient_labs
from pht_core.view import View

# With more rows a patient would not fit on one page of paper.
MOST_ROWS = 6
DASH = "–"


@dataclass(frozen=True)
class PatientTable:
    """A table in words: what it shows, its cells as texts, and what to know beside it."""

    title: str
    cells: pd.DataFrame
    notes: tuple[str, ...] = ()


def patient_page_tables(view: View, subject_id: str) -> tuple[PatientTable, ...]:
    """The tables that have something to say; courses, grades and support always stand there."""
    tables = (
        _courses(view, subject_id),
        _grades(view, subject_id),
        _support(view, subject_id),
        _steroids(view, subject_id),
        _labs(view, subject_id),
    )
    return tuple(table for table in tables if table is not None)


def _courses(view: View, subject_id: str) -> PatientTable:
    title = "Prednisone courses"
    if not view.cohort.has("prednisone"):
        return PatientTable(title, pd.DataFrame(), (f"Prednisone is {NOT_RECORDED} in the file.",))
    courses = rows_of(view.assessment.courses, subject_id)
    notes = []
    every, _ = all_courses(view, subject_id)
    before = every[every["start_day"] < 0]
    for start, stop in zip(before["start_day"], before["stop_day"], strict=True):
        end = "with no stop" if np.isnan(stop) else f"stopped on day {_day(stop)}"
        notes.append(
            f"A course begun before the infusion (day {_day(start)}, {end}) is not counted."
        )
    if courses.empty:
        return PatientTable(title, pd.DataFrame(), ("None since the infusion.", *notes))
    responses = rows_of(view.assessment.responses, subject_id).set_index("course")
    relapses = rows_of(view.assessment.relapses, subject_id)
    unit = "mg/kg/day" + " as prednisone" * view.settings.other_steroids
    rows = []
    for _, course in courses.tail(MOST_ROWS).iterrows():
        number = course["course"]
        response = responses.loc[number]
        rows.append(
            {
                "Course": str(number),
                "From day": _day(course["start_day"]),
                "Last day": "goes on" if course["ongoing"] else _day(course["last_day"]),
                "Days": _day(course["duration"]),
                f"First {unit}": _dose(course["first_dose"]),
                f"Highest {unit}": _dose(course["highest_dose"]),
                "Response": response_of(response),
                "In": lineage_list(response["response_params"]),
                "Relapse after the stop": _relapse(relapses, number),
            }
        )
        if not pd.isna(response["confounded"]) and response["confounded"]:
            notes.append(
                f"Course {number}: erythropoietin or a thrombopoietin receptor agonist was given "
                "during it."
            )
    return PatientTable(
        title, pd.DataFrame(rows), (*notes[:3], *_left_out(courses, "courses", "last"))
    )


def _relapse(relapses: pd.DataFrame, number: int) -> str:
    rows: list[Any] = relapses[relapses["course"] == number].to_dict("records")
    if not rows:
        return DASH
    row = rows[0]
    if pd.isna(row["relapsed"]):
        return "not known"
    if not row["relapsed"]:
        return "no"
    return (
        f"day {row['relapse_day']:.0f}, grade {row['relapse_grade']:.0f} (worst "
        f"{row['worst_grade']:.0f})"
    )


def _grades(view: View, subject_id: str) -> PatientTable:
    grades = rows_of(view.assessment.period_grades, subject_id)
    by_place = {
        (param, period): f"{grade:.0f} (day {_day(day)})"
        for param, period, grade, day in zip(
            grades["param"], grades["period"], grades["grade"], grades["day"], strict=True
        )
    }
    cells: dict[str, list[str]] = {"Period": [period.label for period in PERIODS.values()]}
    for param in LINEAGES:
        name = LINEAGE_NAMES[param].capitalize()
        cells[name] = [by_place.get((param, period), DASH) for period in PERIODS]
    return PatientTable(
        "Grades by period", pd.DataFrame(cells), (f"{DASH}: no graded count in that period.",)
    )


def _support(view: View, subject_id: str) -> PatientTable:
    given = rows_of(view.cohort.support, subject_id)
    given = given[given["day"] >= 0]
    early = view.settings.day28
    rows = []
    for kind, name in SUPPORT_KINDS.items():
        days = given.loc[given["kind"] == kind, "day"].drop_duplicates()
        if days.empty and not view.cohort.has(kind):
            counts = [NOT_RECORDED, NOT_RECORDED, DASH]
        else:
            counts = [str(int((days <= early).sum())), str(len(days)), _day(days.max())]
        rows.append([name.replace("thrombopoietin", "TPO"), *counts])
    columns = ["Days with", f"Day 0–{early}", "Since infusion", "Last on day"]
    return PatientTable("Support", pd.DataFrame(rows, columns=columns))


def _steroids(view: View, subject_id: str) -> PatientTable | None:
    steroids = derive_other_steroids(rows_of(view.cohort.prednisone, subject_id))
    if steroids.empty:
        return None
    steroids = steroids.sort_values("start_day", kind="stable")
    rows = [
        (drug, _day(start), _day(end), _dose(dose), _dose(equivalent))
        for drug, start, end, dose, equivalent in zip(
            *(steroids[name] for name in _STEROID_COLUMNS), strict=True
        )
    ]
    columns = ["Other steroid", "From day", "To day", "mg/kg/day", "As prednisone"]
    cells = pd.DataFrame(rows[-MOST_ROWS:], columns=columns)
    return PatientTable("Other steroids", cells, _left_out(rows, "doses", "last"))


_STEROID_COLUMNS = ("drug", "start_day", "end_day", "dose", "prednisone_equivalent")


def _labs(view: View, subject_id: str) -> PatientTable | None:
    labs = patient_labs(view.assessment, [subject_id])
    if labs.empty:
        return None
    rows = []
    for (test, unit), own in labs.groupby(["test", "unit"], sort=False):
        last = own.sort_values("day", kind="stable").iloc[-1]
        high = own.sort_values("value", kind="stable").iloc[-1]
        name = LABS[test][0] if test in LABS else str(test)
        rows.append(
            {
                "Test": f"{name}, {unit}" if unit else name,
                "Last": f"{value_of(last['value'])} (day {_day(last['day'])})",
                "Highest": f"{value_of(high['value'])} (day {_day(high['day'])})",
                "Values": str(len(own)),
            }
        )
    cells = pd.DataFrame(rows)
    return PatientTable("Other tests", cells.head(MOST_ROWS), _left_out(cells, "tests", "first"))


def _left_out(rows: Sequence[object] | pd.DataFrame, what: str, end: str) -> tuple[str, ...]:
    if len(rows) <= MOST_ROWS:
        return ()
    return (f"The {end} {MOST_ROWS} of {len(rows)} {what}.",)


def _day(day: float) -> str:
    return DASH if pd.isna(day) else f"{day:.0f}".replace("-", "−")


def _dose(dose: float) -> str:
    return "not known" if pd.isna(dose) else f"{dose:.3g}"
