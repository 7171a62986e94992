"""One patient on one page: what a ward round asks first, the tables behind it, and the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering, print_cell, render
from pht_core.exhibits.trajectories import PatientOptions, Trajectory
from pht_core.exhibits.view import Provenance, View
from pht_core.exhibits.words import quantity, rows_of
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.errors import UnknownName
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import LABS, SUPPORT_KINDS, column
from pht_core.model.words import counted
from pht_core.stats.courses import derive_courses, derive_other_steroids, select_taken
from pht_core.stats.periods import PERIODS
from pht_core.stats.trajectory import patient_labs, patient_tables

NOT_KNOWN, NOT_RECORDED, DASH = "not known", "not recorded", "–"
# Of more courses or recurrences than these the last are listed.
MOST_LISTED = 3
# With more rows in a table a patient would not fit on one page of paper.
MOST_ROWS = 6
# Rows of tables beside which the picture has to be lower, and panels of one lineage in both cases.
MANY_ROWS = 16
PANEL, LOW_PANEL = 130, 85
ABOUT = {
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
OUTCOMES = {"progression": "progression", "next_therapy": "next therapy", "death": "death"}


@dataclass(frozen=True)
class PatientTable:
    """A table in words: what it shows, its cells as texts, and what to know beside it."""

    title: str
    cells: pd.DataFrame
    notes: tuple[str, ...] = ()


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
    """Everything of one patient's page, by the id in the file; UnknownName if not in this view."""
    if subject_id not in view.subject_ids:
        raise UnknownName("Patient", subject_id, view.subject_ids[:20])
    patient = _Patient(view, subject_id)
    tables = patient.tables()
    trajectory = None
    if len(patient_tables(view.assessment, subject_id).counts):
        n_rows = sum(len(table.cells) for table in tables)
        shown = _TrajectoryOnPage(view, PatientOptions(patient=subject_id))
        shown.panel_height = LOW_PANEL if n_rows > MANY_ROWS else PANEL
        trajectory = render(shown)
    return PatientPage(
        subject_id=subject_id,
        about=patient.about(),
        lines=patient.lines(),
        tables=tables,
        trajectory=trajectory,
        why_not="" if trajectory else "No blood counts of this patient, so nothing can be drawn.",
        provenance=_provenance(view, trajectory, subject_id),
    )


def _provenance(view: View, trajectory: Rendering | None, subject_id: str) -> Provenance:
    """Of the page: as of the picture, but of one patient and without the id, which heads it."""
    if trajectory is None:
        return view.provenance(n=1)
    method = trajectory.provenance.method.removeprefix(f"patient {subject_id}").removeprefix("; ")
    return replace(trajectory.provenance, n=1, method=method)


class _TrajectoryOnPage(Trajectory):
    """The counts on a page whose words say whose they are and where they come from.

    Laboratory values stand in a table there: their panels would make all of it too small to read.
    """

    with_labs = False
    with_strip = False

    def picture(self, target: RenderTarget) -> Picture:
        return super().picture(target).with_frame(title="Blood counts and prednisone", footer="")


class _Patient:
    """What a view holds of one patient, in words."""

    def __init__(self, view: View, subject_id: str) -> None:
        self.view, self.subject_id = view, subject_id
        self.row: dict[Any, Any] = view.patients.loc[subject_id].to_dict()
        self.has_prednisone = view.cohort.has("prednisone")

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """The patient's rows of a table."""
        return table[(table["subject_id"] == self.subject_id).to_numpy(dtype=bool)]

    def about(self) -> tuple[tuple[str, str], ...]:
        """Who it is; a column that the whole file lacks is left out, an empty cell is a dash."""
        subjects = self.view.cohort.subjects
        row = self.rows(subjects).iloc[0]
        facts = []
        for name, title in ABOUT.items():
            if subjects[name].isna().all():
                continue
            value = row[name]
            known = isinstance(value, float) and value == value
            words = f"{value:.4g}" if known else print_cell(value)
            unit = column("subjects", name).unit if words != DASH else ""
            facts.append((title, quantity(words, unit)))
        return tuple(facts)

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Questions and answers; an answer is never empty: "not known" or "not recorded"."""
        return (
            ("PHT at day 28", self._pht()),
            ("Last counts", self._last_counts()),
            ("Prednisone now", self._prednisone_now() if self.has_prednisone else NOT_RECORDED),
            ("Response to prednisone", self._responses() if self.has_prednisone else NOT_RECORDED),
            (
                "Recurrent cytopenia after stopping",
                self._relapses() if self.has_prednisone else NOT_RECORDED,
            ),
            ("Transfusions, G-CSF", self._support()),
            ("Last follow-up", self._follow_up()),
        )

    def _pht(self) -> str:
        pht = self.row["pht_d28"]
        answer = NOT_KNOWN if pd.isna(pht) else print_cell(pht)
        grades = self.rows(self.view.assessment.period_grades)
        grades = grades[grades["period"] == "at_day_28"].set_index("param")
        if grades.empty:
            settings = self.view.settings
            if pd.isna(pht):
                return (
                    f"{NOT_KNOWN}: no draw within {settings.day28_window} days of day "
                    f"{settings.day28} and before prednisone"
                )
            return f"{answer}, as recorded in the file"
        parts = [
            f"{lineage.name} grade {grades.loc[param, 'grade']:.0f}"
            if param in grades.index
            else f"{lineage.name} {NOT_KNOWN}"
            for param, lineage in LINEAGES.items()
        ]
        words = f"{answer}: {', '.join(parts)} (draw of day {grades['day'].iloc[0]:.0f})"
        if not pd.isna(self.row["late"]) and self.row["late"]:
            words += f"; late cytopenia from day {self.row['late_day']:.0f}"
        return words

    def _last_counts(self) -> str:
        if not self.view.cohort.has("counts"):
            return NOT_RECORDED
        counts = self.rows(self.view.assessment.counts)
        last = {param: _last_count(counts, param) for param in LINEAGES}
        days = {float(row["day"]) for row in last.values() if row is not None}
        if not days:
            return NOT_KNOWN
        parts = []
        for param, row in last.items():
            lineage = LINEAGES[param]
            if row is None:
                parts.append(f"{lineage.name} {NOT_KNOWN}")
                continue
            notes = ["no grade" if pd.isna(row["grade"]) else f"grade {row['grade']:.0f}"]
            notes += ["soon after support"] if row["supported"] else []
            notes += [f"day {row['day']:.0f}"] if len(days) > 1 else []
            value = quantity(_value(row["value"]), lineage.printed_unit)
            parts.append(f"{lineage.name} {value} ({', '.join(notes)})")
        words = "; ".join(parts)
        cutoff = self.row["cutoff_day"]
        if max(days) > cutoff:
            words += f"; after day {cutoff:.0f} counts are not used for response or recurrence"
        return words if len(days) > 1 else f"day {days.pop():.0f}: {words}"

    def _all_courses(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Every course and every run of days on one dose, those begun before infusion too."""
        rows, settings = self.rows(self.view.cohort.prednisone), self.view.settings
        ends = self.view.assessment.patients["last_known_day"]
        taken = select_taken(rows, other_steroids=settings.other_steroids)
        return derive_courses(rows, ends, settings), taken

    def _prednisone_now(self) -> str:
        courses, taken = self._all_courses()
        if courses.empty:
            return "never given"
        last, known = courses.iloc[-1], self.row["last_known_day"]
        if not last["ongoing"]:
            until = "" if np.isnan(known) else f" (last known day: {known:.0f})"
            return f"off since day {last['stop_day']:.0f}{until}"
        run = taken.iloc[-1]
        dose = f"dose {NOT_KNOWN}"
        if not pd.isna(run["dose"]):
            dose = f"{_dose(run['dose'])} {self._dose_unit}"
        before = ", begun before infusion" if last["start_day"] < 0 else ""
        until = "" if np.isnan(known) else f"; no stop by day {known:.0f}, the last known"
        return (
            f"on, {dose} since day {run['start_day']:.0f}; current course from day "
            f"{last['start_day']:.0f}{before}{until}"
        )

    @property
    def _dose_unit(self) -> str:
        unit = self.view.cohort.dose_unit(self.subject_id)
        return unit + " as prednisone" * self.view.settings.other_steroids

    def _responses(self) -> str:
        responses = self.rows(self.view.assessment.responses)
        if responses.empty:
            early = self.rows(self.view.assessment.courses)
            but = " except early steroids" if len(early) else ""
            return f"no course of prednisone since infusion{but}"
        rows: list[Any] = responses.to_dict("records")
        return _last([f"course {row['course']}: {_response(row)}" for row in rows], "courses")

    def _relapses(self) -> str:
        relapses = self.rows(self.view.assessment.relapses)
        if relapses.empty:
            return "no course was stopped"
        n, unknown = len(relapses), int(relapses["relapsed"].isna().sum())
        found: list[Any] = relapses[relapses["relapsed"].fillna(False)].to_dict("records")
        if unknown == n:
            return f"{NOT_KNOWN}: no count after the stop, or none shortly before it"
        if not found:
            return f"none; not evaluable after {unknown} of {n} stops" if unknown else "none"
        words = [
            f"day {row['relapse_day']:.0f} (grade {row['relapse_grade']:.0f}, "
            f"{_lineages(row['relapse_params'])})"
            for row in found
        ]
        return f"{len(found)} in {counted(n, 'stop', 'stops')}: {_last(words, 'recurrences')}"

    def _support(self) -> str:
        parts = []
        for kind in ("red_cells", "platelets", "gcsf"):
            name, days = SUPPORT_KINDS[kind], self._support_days(kind)
            if days is None:
                parts.append(f"{name} {NOT_RECORDED}")
            elif len(days):
                parts.append(f"{name} on {counted(len(days), 'day', 'days')}")
            else:
                parts.append(f"no {name}")
        return f"since infusion: {', '.join(parts)}"

    def _support_days(self, kind: str) -> pd.Series | None:
        """Days since infusion with one kind of support; None where the file records none of it."""
        given = self.rows(self.view.cohort.support)
        days = given.loc[(given["day"] >= 0) & (given["kind"] == kind), "day"].drop_duplicates()
        return None if days.empty and not self.view.cohort.has(kind) else days

    def _follow_up(self) -> str:
        outcomes = self.rows(self.view.cohort.outcomes)
        if outcomes.empty:
            return NOT_RECORDED
        row = outcomes.iloc[0]
        happened = {
            kind: float(row[f"{kind}_months"])
            for kind in OUTCOMES
            if not pd.isna(row[f"{kind}_months"])
        }
        words = [f"{OUTCOMES[kind]} at {_months(months)}" for kind, months in happened.items()]
        followed = row["last_followup_months"]
        if "death" not in happened:
            # A file without a column of deaths must not call the dead alive.
            seen = NOT_KNOWN if pd.isna(followed) else _months(float(followed))
            words.insert(0, f"{seen}, no death recorded")
        if not {"progression", "next_therapy"} & set(happened):
            words.append("no progression or next therapy recorded")
        return "; ".join(words)

    def tables(self) -> tuple[PatientTable, ...]:
        """The tables that have something to say; courses, grades and support are always there."""
        tables = (
            self._course_table(),
            self._grade_table(),
            self._support_table(),
            self._steroid_table(),
            self._lab_table(),
        )
        return tuple(table for table in tables if table is not None)

    def _course_table(self) -> PatientTable:
        title = "Prednisone courses"
        if not self.has_prednisone:
            none = f"Prednisone is {NOT_RECORDED} in the file."
            return PatientTable(title, pd.DataFrame(), (none,))
        assessment, unit = self.view.assessment, self._dose_unit
        courses = self.rows(assessment.courses)
        every, _ = self._all_courses()
        before = every[(every["start_day"] < 0) & ~every["start_day"].isin(courses["start_day"])]
        notes = []
        for start, stop in zip(before["start_day"], before["stop_day"], strict=True):
            end = "with no stop" if np.isnan(stop) else f"stopped on day {_day(stop)}"
            notes.append(
                f"A course begun before infusion (day {_day(start)}, {end}) is not counted."
            )
        if courses.empty:
            return PatientTable(title, pd.DataFrame(), ("None since infusion.", *notes))
        responses = self.rows(assessment.responses).set_index("course")
        days = f"day {self.view.settings.early_start}"
        if courses["early"].any():
            notes.append(f"Early: begun before {days}; not the treatment of PHT.")
        if courses["began_early"].any():
            notes.append(f"The first course began before {days}, when steroids treat CRS or ICANS.")
        relapses = self.rows(assessment.relapses).set_index("course")
        rows = []
        for _, course in courses.tail(MOST_ROWS).iterrows():
            number = course["course"]
            response = None if course["early"] else responses.loc[number]
            rows.append(
                {
                    "Course": "early" if response is None else str(number),
                    "From day": _day(course["start_day"]),
                    "Last day": "ongoing" if course["ongoing"] else _day(course["last_day"]),
                    "Days": _day(course["duration"]),
                    f"First {unit}": _dose(course["first_dose"]),
                    f"Highest {unit}": _dose(course["highest_dose"]),
                    "Response": DASH if response is None else _response(response),
                    "In": DASH if response is None else _lineages(response["response_params"]),
                    "Recurrence after the stop": _relapse(relapses.loc[number])
                    if number in relapses.index
                    else DASH,
                }
            )
            if response is None:
                continue
            if not pd.isna(response["confounded"]) and response["confounded"]:
                notes.append(
                    f"Course {number}: erythropoietin or a thrombopoietin receptor agonist was "
                    "given during it."
                )
        notes = [*notes[:3], *_rows_left_out(courses, "courses", "last")]
        return PatientTable(title, pd.DataFrame(rows), tuple(notes))

    def _grade_table(self) -> PatientTable:
        rows = self.rows(self.view.assessment.period_grades)
        grades = {
            (param, period): f"{grade:.0f} (day {_day(day)})"
            for param, period, grade, day in rows_of(rows, "param", "period", "grade", "day")
        }
        cells: dict[str, list[str]] = {"Period": [period.label for period in PERIODS.values()]}
        for param, lineage in LINEAGES.items():
            name = lineage.name.capitalize()
            cells[name] = [grades.get((param, period), DASH) for period in PERIODS]
        notes = (f"{DASH}: no graded count in that period.",)
        return PatientTable("Grades by period", pd.DataFrame(cells), notes)

    def _support_table(self) -> PatientTable:
        early = self.view.settings.day28
        rows = []
        for kind, name in SUPPORT_KINDS.items():
            days = self._support_days(kind)
            numbers = [NOT_RECORDED, NOT_RECORDED, DASH]
            if days is not None:
                numbers = [str(int((days <= early).sum())), str(len(days)), _day(days.max())]
            rows.append([name.replace("thrombopoietin", "TPO"), *numbers])
        columns = ["Days with", f"Day 0–{early}", "Since infusion", "Last on day"]
        return PatientTable("Support", pd.DataFrame(rows, columns=columns))

    def _steroid_table(self) -> PatientTable | None:
        steroids = derive_other_steroids(self.rows(self.view.cohort.prednisone))
        if steroids.empty:
            return None
        last = steroids.sort_values("start_day", kind="stable").tail(MOST_ROWS)
        cells = pd.DataFrame(
            {
                "Other steroid": last["drug"].map(str),
                "From day": last["start_day"].map(_day),
                "To day": last["end_day"].map(_day),
                self.view.cohort.dose_unit(self.subject_id): last["dose"].map(_dose),
                "As prednisone": last["prednisone_equivalent"].map(_dose),
            }
        ).reset_index(drop=True)
        return PatientTable("Other steroids", cells, _rows_left_out(steroids, "doses", "last"))

    def _lab_table(self) -> PatientTable | None:
        labs = patient_labs(self.view.assessment, [self.subject_id])
        if labs.empty:
            return None
        rows = []
        for (test, unit), own in labs.groupby(["test", "unit"], sort=False):
            name = LABS[test][0] if test in LABS else str(test)
            by_day, by_value = (own.sort_values(by, kind="stable") for by in ("day", "value"))
            last, highest = (
                f"{_value(row['value'])} (day {_day(row['day'])})"
                for row in (by_day.iloc[-1], by_value.iloc[-1])
            )
            rows.append(
                {
                    "Test": f"{name}, {unit}" if unit else name,
                    "Last": last,
                    "Highest": highest,
                    "Values": str(len(own)),
                }
            )
        cells = pd.DataFrame(rows)
        notes = _rows_left_out(cells, "tests", "first")
        return PatientTable("Other tests", cells.head(MOST_ROWS), notes)


def _last_count(counts: pd.DataFrame, param: str) -> pd.Series | None:
    """The last count of a lineage; of several on one day the lowest. None if there is none."""
    own = counts[counts["param"].eq(param) & counts["value"].notna() & counts["day"].notna()]
    if own.empty:
        return None
    return own[own["day"] == own["day"].max()].sort_values("value", kind="stable").iloc[0]


def _response(row: Any) -> str:
    """Response to one course in words."""
    later = (
        "" if pd.isna(row["later_day"]) else f" (better from day {row['later_day']:.0f}, after it)"
    )
    if row["normal_at_start"]:
        return "not evaluable (all lineages at grade 0 at the start)"
    if pd.isna(row["responded"]):
        return NOT_KNOWN + later
    if not row["responded"]:
        return f"no{later}"
    days = "1 day" if row["response_time"] == 1 else f"{row['response_time']:.0f} days"
    return f"yes, after {days} (day {row['response_day']:.0f})"


def _relapse(row: Any) -> str:
    """Recurrent cytopenia after one course in words."""
    if pd.isna(row["relapsed"]):
        return NOT_KNOWN
    if not row["relapsed"]:
        return "no"
    return (
        f"day {row['relapse_day']:.0f}, grade {row['relapse_grade']:.0f} (worst "
        f"{row['worst_grade']:.0f})"
    )


def _lineages(params: str) -> str:
    """Names of lineages from their short names.

    >>> _lineages("HGB, NE"), _lineages("HGB, PLT, NE"), _lineages("")
    ('hemoglobin, neutrophils', 'all three lineages', '–')
    """
    if params == ", ".join(LINEAGES):
        return "all three lineages" if len(LINEAGES) == 3 else "all lineages"
    names = [LINEAGES[param].name if param in LINEAGES else param for param in params.split(", ")]
    return ", ".join(names) or DASH


def _last(words: list[str], what: str) -> str:
    earlier = len(words) - MOST_LISTED
    listed = "; ".join(words[-MOST_LISTED:])
    return f"{listed} ({earlier} earlier {what})" if earlier > 0 else listed


def _rows_left_out(rows: Sequence[object] | pd.DataFrame, what: str, end: str) -> tuple[str, ...]:
    if len(rows) <= MOST_ROWS:
        return ()
    return (f"The {end} {MOST_ROWS} of {len(rows)} {what}.",)


def _value(value: float) -> str:
    """A value with as many digits as say something, never as a power of ten.

    >>> _value(0.125), _value(12000.0), _value(123456.7)
    ('0.125', '12,000', '123,457')
    """
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _day(day: float) -> str:
    return DASH if pd.isna(day) else f"{day:.0f}".replace("-", "−")


def _dose(dose: float) -> str:
    return NOT_KNOWN if pd.isna(dose) else f"{dose:.3g}"


def _months(months: float) -> str:
    return f"{months:.1f} months (day {_day(round(months * DAYS_PER_MONTH))})"
