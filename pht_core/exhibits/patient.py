"""One patient on one page: what a ward round asks first, the tables behind it, and the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering, print_cell, render_exhibit
from pht_core.exhibits.trajectories import PatientOptions, Trajectory
from pht_core.exhibits.view import Provenance, View
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.errors import UnknownName
from pht_core.model.schema import LABS, LINEAGE_NAMES, LINEAGES, SUPPORT_KINDS, UNITS, column
from pht_core.model.settings import Settings
from pht_core.stats.courses import derive_courses, derive_other_steroids, select_taken
from pht_core.stats.periods import PERIODS
from pht_core.stats.trajectory import patient_labs, patient_tables

NOT_KNOWN = "not known"
NOT_RECORDED = "not recorded"


def rows_of(table: pd.DataFrame, subject_id: str) -> pd.DataFrame:
    """One patient's rows."""
    return table[(table["subject_id"] == subject_id).to_numpy(dtype=bool)]


def patient_of(view: View, subject_id: str) -> dict[str, Any]:
    """One patient's row of ``Assessment.patients``."""
    return {str(name): value for name, value in view.patients.loc[subject_id].items()}


def number_of(count: float, what: str) -> str:
    """A number of things.

    >>> number_of(1, "day"), number_of(14.0, "day")
    ('1 day', '14 days')
    """
    return f"{count:.0f} {what}{'' if count == 1 else 's'}"


def day_of(day: float) -> str:
    """A day in words, a dash for none.

    >>> day_of(28.0), day_of(float("nan"))
    ('day 28', '–')
    """
    return "–" if pd.isna(day) else f"day {day:.0f}".replace("-", "−")


def dose_of(dose: Any, settings: Settings) -> str:
    """A daily dose in words.

    >>> dose_of(0.125, Settings()), dose_of(float("nan"), Settings())
    ('0.125 mg/kg/day', 'dose not known')
    """
    if pd.isna(dose):
        return f"dose {NOT_KNOWN}"
    return f"{dose:.3g} mg/kg/day" + " as prednisone" * settings.other_steroids


def count_of(value: float, param: str) -> str:
    """A blood count with its unit.

    >>> count_of(2.33, "NE"), count_of(143.0, "HGB")
    ('2.33 × 10⁹/L', '143 g/L')
    """
    unit = UNITS[param].replace("10^9", "10⁹")
    return f"{value_of(value)} × {unit}" if unit.startswith("10") else f"{value_of(value)} {unit}"


def value_of(value: float) -> str:
    """A value with as many digits as say something, never as a power of ten.

    >>> value_of(0.125), value_of(12000.0), value_of(123456.7)
    ('0.125', '12,000', '123,457')
    """
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def lineage_list(params: str) -> str:
    """Names of lineages from their short names.

    >>> lineage_list("HGB, NE"), lineage_list("HGB, PLT, NE"), lineage_list("")
    ('hemoglobin, neutrophils', 'all three lineages', '–')
    """
    if params == ", ".join(LINEAGES):
        return "all three lineages"
    return ", ".join(LINEAGE_NAMES.get(param, param) for param in params.split(", ")) or "–"


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
        _support_patient_tables(view, subject_id),
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


def _support_patient_tables(view: View, subject_id: str) -> PatientTable:
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


_ABOUT = {
    "age_years": "Age",
    "sex": "Sex",
    "malignancy": "Malignancy",
    "lines_of_therapy": "Lines of therapy",
    "prior_hsct": "Prior HSCT",
    "cart_dose": "CAR-T cells",
    "response": "Response to CAR-T",
    "crs_grade": "CRS grade",
    "icans_grade": "ICANS grade",
}


# Rows of tables beside which the picture has to be lower, and panels of one lineage in both cases.
_MANY_ROWS = 16
_PANEL, _LOW_PANEL = 130, 85


class _OnAPage(Trajectory):
    """The counts on a page whose words say whose they are and where they come from.

    Laboratory values stand in a table there: their panels would make all of it too small to read.
    """

    with_labs = False

    def __init__(self, panel_height: int) -> None:
        self.panel_height = panel_height

    def picture(
        self, view: View, numbers: pd.DataFrame, options: PatientOptions, target: RenderTarget
    ) -> Picture:
        picture = super().picture(view, numbers, options, target)
        return picture.with_frame(title="Blood counts and prednisone", footer="")


@dataclass(frozen=True)
class PatientPage:
    """A patient in words and tables, every cell a text; what is not known says so.

    about : who it is, as (name, value) where known. lines : (question, answer), what is asked
    first. tables : courses, grades by period, support, and what else the file has of the patient.
    trajectory : the counts over time, None without counts, for the reason ``why_not``.
    """

    subject_id: str
    about: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    tables: tuple[PatientTable, ...]
    trajectory: Rendering | None
    why_not: str
    provenance: Provenance


def build_patient(view: View, subject_id: str) -> PatientPage:
    """Everything of one patient's page.

    Parameters
    ----------
    subject_id : as in the file; one of ``view.subject_ids``.

    Raises
    ------
    UnknownName : no such patient in this view.
    """
    if subject_id not in view.subject_ids:
        raise UnknownName("Patient", subject_id, view.subject_ids[:20])
    counted = len(patient_tables(view.assessment, subject_id).counts) > 0
    tables = patient_page_tables(view, subject_id)
    rows = sum(len(table.cells) for table in tables)
    exhibit = _OnAPage(_LOW_PANEL if rows > _MANY_ROWS else _PANEL)
    rendering = (
        render_exhibit(view, exhibit, PatientOptions(patient=subject_id)) if counted else None
    )
    return PatientPage(
        subject_id=subject_id,
        about=_about(view, subject_id),
        lines=patient_lines(view, subject_id),
        tables=tables,
        trajectory=rendering,
        why_not="" if counted else "No blood counts of this patient, so there is nothing to draw.",
        provenance=_provenance(view, rendering, subject_id),
    )


def _provenance(view: View, rendering: Rendering | None, subject_id: str) -> Provenance:
    """Of the page: as of the picture, but of one patient and without the id, which heads it."""
    if rendering is None:
        return view.provenance(n=1)
    method = rendering.provenance.method.removeprefix(f"patient {subject_id}").removeprefix("; ")
    return replace(rendering.provenance, n=1, method=method)


def _about(view: View, subject_id: str) -> tuple[tuple[str, str], ...]:
    """Who it is; a column that the whole file lacks is left out, an empty cell is a dash."""
    subjects = view.cohort.subjects
    row = subjects[subjects["subject_id"] == subject_id].iloc[0]
    told = []
    for name, title in _ABOUT.items():
        if subjects[name].isna().all():
            continue
        value = row[name]
        words = f"{value:.4g}" if isinstance(value, float) and value == value else print_cell(value)
        unit = column("subjects", name).unit.replace("10^6", "10⁶")
        if unit and words != "–":
            words += f" × {unit}" if unit.startswith("10") else f" {unit}"
        told.append((title, words))
    return tuple(told)
