"""Figures 2 and 3: the counts of one patient, of several, and a swimmer plot."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd

from pht_core.charts.overlay import overlay_chart, summary_chart
from pht_core.charts.picture import MOST_LANES, Picture
from pht_core.charts.swimmer import MARKS, swimmer_chart
from pht_core.charts.trajectories import trajectory_chart
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.view import View
from pht_core.exhibits.words import (
    capital,
    cut_offs,
    lineage_names,
    median_words,
    patients,
    quantity,
    rows_of,
    sentence,
    signed,
    span,
)
from pht_core.model.errors import UnknownName
from pht_core.model.lineage import LINEAGES
from pht_core.model.settings import support_word
from pht_core.model.words import counted, listed
from pht_core.stats.courses import EQUIVALENTS
from pht_core.stats.response import first_courses
from pht_core.stats.summary import count_yes
from pht_core.stats.trajectory import (
    CARRIED_DAYS,
    LONGEST_GAP,
    PatientTables,
    derive_lane_ends,
    derive_lane_marks,
    derive_lanes,
    grade_cuts,
    patient_counts,
    patient_tables,
    relapsed_patients,
    summarize_lineages,
)

O = TypeVar("O", bound=Any)  # noqa: E741  the options of one exhibit
# More lines than this are a tangle: quantiles are drawn instead.
MOST_LINES = 40
QUANTILES_TITLE = "Blood counts of all patients: median and range"
QUANTILES_SUBTITLE = "Line: median; inner band: middle half of the patients; outer: middle 80%."
# As many ids as a caption names.
MOST_NAMED = 8
DAY_28 = 28.0
NO_COUNTS = "This cohort has no blood counts, so there is nothing to draw over time."
BROKEN_LINES = (
    f"Lines are broken where counts are more than {LONGEST_GAP} days apart; hollow points, "
    "ungraded counts."
)


@dataclass(frozen=True)
class PatientOptions:
    """Whose counts, by the cohort's ids (empty: who relapsed first), and on which axes."""

    patient: str = ""
    log_axes: bool = False


@dataclass(frozen=True)
class PatientsOptions:
    """Whose counts, by the cohort's ids (none: see `first_patients`), and who is in front."""

    patients: tuple[str, ...] = ()
    front: str = ""


def first_patient(view: View) -> str:
    """Who is shown first: the first who relapsed after stopping, else the first of all."""
    relapsed = relapsed_patients(view.assessment, view.subject_ids)
    return relapsed[0] if relapsed else view.subject_ids[0]


def first_patients(view: View) -> list[str]:
    """Who are shown first: those who relapsed after stopping, else the first six."""
    relapsed = relapsed_patients(view.assessment, view.subject_ids)
    return relapsed[:MOST_LINES] or view.subject_ids[:6]


def _known(view: View, name: str) -> str:
    if name not in view.subject_ids:
        raise UnknownName("Patient", name, view.subject_ids[:20])
    return name


class _Counts(Exhibit[O]):
    page: ClassVar[str] = "trajectories"

    def why_not(self) -> str:
        return "" if len(self.assessment.counts) else NO_COUNTS


class Trajectory(_Counts[PatientOptions]):
    """One patient's counts, courses and support on one axis of days."""

    name = "figure3e-trajectory"
    title = "One patient's blood counts"
    options = PatientOptions
    definitions = ("course_gap", "other_steroids")
    # Of the panel of one lineage, in units of the layout.
    panel_height: int = 170
    # Whether laboratory values have panels of their own below the counts.
    with_labs: ClassVar[bool] = True

    @cached_property
    def patient(self) -> str:
        """Whose counts these are."""
        chosen = self.chosen.patient
        return _known(self.view, chosen) if chosen else first_patient(self.view)

    @property
    def ids(self) -> list[str]:
        return [self.patient]

    @property
    def tables(self) -> PatientTables:
        """The patient's tables."""
        return patient_tables(self.assessment, self.patient)

    def compute(self) -> pd.DataFrame:
        return self.tables.numbers

    @property
    def basis(self) -> str:
        others = len(self.tables.steroids) > 0
        return f"patient {self.patient}" + f"; steroid equivalents {EQUIVALENTS}" * others

    def picture(self, target: RenderTarget) -> Picture:
        tables = self.tables
        return trajectory_chart(
            tables.counts,
            self.frame(
                target,
                title=f"Blood counts and prednisone of {self.patient}",
                height=target.part(self.panel_height, besides=331, of=3, least=70),
            ),
            courses=tables.courses,
            doses=tables.doses,
            support=tables.support,
            steroids=tables.steroids,
            labs=tables.labs if self.with_labs else None,
            equivalents=len(tables.steroids) > 0 and self.settings.other_steroids,
            dose_unit=tables.dose_unit,
            cuts=tables.cuts,
            lln=tables.lln,
            log=self.chosen.log_axes,
        )

    def texts(self) -> Texts:
        patient, tables = self.patient, self.tables
        courses = self.rows(self.assessment.courses)
        relapses = self.rows(self.assessment.relapses)
        relapsed = _days(relapses["relapse_day"].dropna())
        given, counts = _course_days(courses), _count_words(tables.counts)
        if len(courses):
            recurred = f"; recurrent cytopenia on {relapsed}" if relapsed else ""
            headline = f"{patient}: prednisone on {given}{recurred}"
        elif self.cohort.has("prednisone"):
            headline = f"{patient}: no prednisone; {counts}"
        else:
            headline = f"{patient}: {counts}"
        others = [
            "other corticosteroids" if len(tables.steroids) else "",
            "laboratory values" if len(tables.labs) else "",
            "days of support" if len(tables.support) else "",
        ]
        further = listed([words for words in others if words])
        texts = self.write(
            headline,
            sentence(
                f"patient {patient} had {counts}",
                f"prednisone was given on {given}" if len(courses) else "",
                *_first_response(first_courses(self.rows(self.assessment.responses))),
                f"recurrent cytopenia after stopping was found on {relapsed}" if relapsed else "",
            ),
            f"{capital(lineage_names())} of patient {patient} by days since CAR-T infusion "
            "(vertical line).",
            f"Above, doses of prednisone ({tables.dose_unit}); filled stars, on prednisone (first "
            "day of a dose); hollow stars, stopped; shaded, courses."
            if len(courses)
            else "",
            f"Further rows: {further}." if further else "",
            f"Solid lines, lower limits of normal; dashed lines, grade thresholds "
            f"{self.grading} (grade 3: {cut_offs(self.settings.scheme, 3)}).",
            BROKEN_LINES,
        )
        return replace(texts, headline=headline)  # an id keeps its first letter as it is


class Trajectories(_Counts[PatientsOptions]):
    """Chosen patients in each lineage, one in front; quantiles where they are too many."""

    name = "figure3-trajectories"
    title = "Several patients' blood counts"
    options = PatientsOptions

    @cached_property
    def ids(self) -> list[str]:
        chosen = [_known(self.view, name) for name in self.chosen.patients]
        return chosen or first_patients(self.view)

    @property
    def as_quantiles(self) -> bool:
        """True where the patients are too many for a line each."""
        return len(self.ids) > MOST_LINES

    def compute(self) -> pd.DataFrame:
        counts = summarize_lineages if self.as_quantiles else patient_counts
        return counts(self.assessment, self.ids)

    @property
    def basis(self) -> str:
        return f"{patients(len(self.ids))} drawn"

    def picture(self, target: RenderTarget) -> Picture:
        cuts = grade_cuts(self.settings.scheme)
        frame = self.frame(
            target,
            title=f"Blood counts of {patients(len(self.ids))}",
            height=target.part(190, besides=251, of=3, least=70),
        )
        if self.as_quantiles:
            frame = replace(frame, title=QUANTILES_TITLE, subtitle=QUANTILES_SUBTITLE)
            return summary_chart(self.numbers, frame, cuts=cuts)
        return overlay_chart(
            self.numbers,
            frame,
            chosen=_known(self.view, self.chosen.front) if self.chosen.front else None,
            courses=self.rows(self.assessment.courses),
            cuts=cuts,
        )

    def texts(self) -> Texts:
        ids = self.ids
        if self.as_quantiles:
            return self.quantile_texts()
        n, rows = len(ids), self.view.patients.loc[ids]
        stopped = rows[rows["stopped"].fillna(False).to_numpy(dtype=bool)]
        n_relapsed, known, _ = count_yes(stopped["relapsed"].astype("boolean"))
        relapses = self.rows(self.assessment.relapses)
        first = relapses[relapses["relapse_day"].notna()].drop_duplicates("subject_id")
        when = median_words(first["relapse_time"], "days")
        counts = _count_words(self.numbers)
        relapsed = set(ids) == set(relapsed_patients(self.assessment, self.view.subject_ids))
        recurred = ""
        if relapsed:
            later = median_words(first["relapse_time"], "days", n=False)
            who = "The 1 patient" if n == 1 else f"All {patients(n)}"
            headline = f"{who} with recurrent cytopenia after stopping prednisone, {later} later"
        elif known:
            of_known = patients(known, "" if known == n else "who stopped it")
            recurrent = "recurrent cytopenia after stopping prednisone"
            recurred = f"{recurrent} was found in {n_relapsed} of {of_known}"
            headline = f"Blood counts of {patients(n)}: {recurrent} in {n_relapsed} of {of_known}"
        else:
            headline = f"{counts} in {patients(n)}"
        which = "with recurrent cytopenia after stopping prednisone" if relapsed else ""
        named = f": {listed([str(name) for name in ids])}" if n <= MOST_NAMED else ""
        return self.write(
            headline,
            sentence(
                f"the {patients(n)} had {counts}",
                recurred,
                f"the first recurrence occurred {when} after stopping" if when else "",
            ),
            f"{capital(lineage_names())} of {patients(n, which)} by days since CAR-T infusion "
            f"(vertical line){named}.",
            "Bars above, courses of prednisone; filled stars, start; hollow stars, stop."
            if len(self.rows(self.assessment.courses))
            else "",
            f"Dashed lines, grade thresholds {self.grading} (grade 3: "
            f"{cut_offs(self.settings.scheme, 3)}).",
            BROKEN_LINES,
        )

    def quantile_texts(self) -> Texts:
        """Medians of the week of day 28, or of the one that is nearest."""
        days = self.numbers["day"].to_numpy(dtype=float)
        if not days.size:
            headline = f"No week with counts of at least 3 of {patients(len(self.ids))}"
            return self.write(headline, f"{headline}.", f"{headline}.")
        middle = float(days[np.argmin(np.abs(days - DAY_28 - 3))])
        short, full = [], []
        week = self.numbers[self.numbers["day"] == middle]
        for param, median, low, high, n in rows_of(week, "param", "median", "q25", "q75", "n"):
            lineage = LINEAGES[param]
            value = f"{lineage.name} {quantity(f'{median:.3g}', lineage.printed_unit)}"
            short.append(value)
            full.append(f"{value} (quartiles {low:.3g}–{high:.3g}; n = {n})")
        when = f"days {span(middle - 3, middle + 3)} after CAR-T infusion"
        return self.write(
            f"Median counts on {when}: {listed(short)}",
            f"On {when}, medians were {listed(full)}.",
            f"{capital(lineage_names())} of {patients(len(self.ids))} by weeks since CAR-T "
            "infusion.",
            "Lines, medians; bands, 25th to 75th and 10th to 90th percentiles of the patients' "
            "weekly means; weeks with fewer than 3 patients are omitted.",
            f"Dashed lines, grade thresholds {self.grading}.",
        )


class Swimmer(_Counts[NoOptions]):
    """A swimmer plot: a lane per patient with worst grade, courses and what happened."""

    name = "swimmer"
    title = "Swimmer plot"
    definitions = ("course_gap", "relapse_grade")
    basis = "worst grade of any lineage"

    def compute(self) -> pd.DataFrame:
        return derive_lanes(self.assessment, self.ids)

    def picture(self, target: RenderTarget) -> Picture:
        ids = self.ids
        most = target.rows(MOST_LANES)
        return swimmer_chart(
            self.numbers,
            self.frame(target, title="Worst grade over time in each patient"),
            ends=derive_lane_ends(self.assessment, ids),
            courses=self.rows(self.assessment.courses),
            marks=derive_lane_marks(self.assessment, ids),
            most=most,
            lane_height=target.part(26, besides=114, of=min(len(ids), most), least=14)
            if target.height
            else None,
        )

    def texts(self) -> Texts:
        ids, cohort, patient_rows = self.ids, self.cohort, self.view.patients
        marks = derive_lane_marks(self.assessment, ids)
        ends = derive_lane_ends(self.assessment, ids)
        outcomes = self.rows(cohort.outcomes)
        known = len(outcomes.dropna(how="all", subset=outcomes.columns.drop("subject_id")))
        with_mark = marks.groupby("kind", observed=True)["subject_id"].nunique()
        progressed, further, died = (
            int(with_mark.get(kind, 0)) for kind in ("progression", "next_therapy", "death")
        )
        responses = self.rows(self.assessment.responses).dropna(subset="responded")
        responded, evaluable, _ = count_yes(
            responses.groupby("subject_id", observed=True)["responded"].max()
        )
        relapsed, stopped, unseen = count_yes(
            patient_rows.loc[patient_rows["stopped"].fillna(False), "relapsed"].astype("boolean")
        )
        response = f"in {responded} of {{}}{_not_evaluable(len(self.view.treated) - evaluable)}"
        relapse = f"in {relapsed} of {stopped} who stopped it{_not_evaluable(unseen)}"
        followed = cohort.has("death_months")
        short = [
            f"response {response.format(f'{evaluable} given prednisone')}" if evaluable else "",
            f"recurrent cytopenia {relapse}" if stopped else "",
            f"death in {died}" if followed else "",
        ]
        given = response.format(patients(evaluable, "given it"))
        found = [
            ("response to prednisone", given if evaluable else ""),
            ("recurrent cytopenia after stopping", relapse if stopped else ""),
            ("progression", f"in {progressed} of {known}" if progressed else ""),
            ("a next therapy", f"in {further} of {known}" if further else ""),
            ("death", f"in {died} of {known}" if followed else ""),
        ]
        recorded = [(what, share) for what, share in found if share]
        full = [
            f"{what}{'' if place else ' was recorded'} {share}"
            for place, (what, share) in enumerate(recorded)
        ]
        last = float(ends["last_day"].max())
        until = "" if np.isnan(last) else f" followed up to day {last:g}"
        ongoing = f"follow-up was ongoing in {int(ends['ongoing'].sum())} of {known}"
        if known < len(ids):
            ongoing += f", and is not known in {len(ids) - known}"
        kinds = set(marks["kind"])
        signs = [
            "bars below lanes, courses of prednisone" if self.view.treated else "",
            *(
                f"{shape.removesuffix('-down')}, {words}"
                for kind, (words, shape) in MARKS.items()
                if kind in kinds
            ),
            "arrow, follow-up ongoing" if ends["ongoing"].any() else "",
        ]
        settings, about = self.settings, ", ".join(filter(None, short))
        return self.write(
            f"{patients(len(ids))}{until}{f': {about}' if about else ''}",
            sentence(
                f"in {patients(len(ids))}{until} after CAR-T infusion, "
                f"{listed(full) or 'no response and no outcome was recorded'}",
                ongoing if followed else "",
            ),
            f"Swimmer plot of {patients(len(ids))} from CAR-T infusion, sorted by duration of "
            f"follow-up; color, worst grade of any lineage at the time, graded {self.grading}.",
            f"A grade is carried forward to the next count, for at most {CARRIED_DAYS} days; "
            "white, no count.",
            sentence(*signs),
            f"Response: the first {support_word(settings)}count, up to {settings.after_days} days "
            "after the course, at least one grade better than the last before prednisone. "
            "Recurrent cytopenia: a count at grade "
            f"{settings.relapse_grade} or worse and at least "
            f"{counted(settings.relapse_fall, 'grade', 'grades')} worse than at the stop."
            if cohort.has("prednisone")
            else "",
        )


def _course_days(courses: pd.DataFrame) -> str:
    """The days of each course; the last may be ongoing."""
    spans = [
        f"{start:g}–{last:g}" if last == last else f"{start:g} onward"
        for start, last in rows_of(courses, "start_day", "last_day")
    ]
    return f"days {listed(spans)}"


def _days(days: pd.Series) -> str:
    values = [f"{day:g}" for day in days]
    return f"{'day' if len(values) == 1 else 'days'} {listed(values)}" if values else ""


def _count_words(counts: pd.DataFrame) -> str:
    """How many counts of each lineage, and from when to when."""
    counts = counts[counts["param"].isin(LINEAGES)]
    numbers = counts["param"].value_counts()
    each = [
        f"{numbers[param]} {lineage.name.removesuffix('s')}"
        for param, lineage in LINEAGES.items()
        if numbers.get(param, 0)
    ]
    if not each:
        return "no counts"
    low, high = float(counts["day"].min()), float(counts["day"].max())
    when = f"on day {signed(low)}" if low == high else f"on days {span(low, high)}"
    return f"{listed(each)} {'count' if len(counts) == 1 else 'counts'} {when}"


def _not_evaluable(n: int) -> str:
    """Those who are not evaluable, beside a share of the others."""
    return f" ({n} not evaluable)" if n else ""


def _first_response(first: pd.DataFrame) -> list[str]:
    """When the first course was answered, and from which grades."""
    if first.empty:
        return []
    row = first.iloc[0]
    before = [
        f"{lineage.name} {row[f'baseline_{param.lower()}']:g}"
        for param, lineage in LINEAGES.items()
        if pd.notna(row.get(f"baseline_{param.lower()}"))
    ]
    grades = f"grades at the start were {listed(before)}" if before else ""
    later = f"improvement on day {row['later_day']:g}, after the course, is not counted"
    later = "" if pd.isna(row["later_day"]) else later
    if pd.isna(row["responded"]):
        return [grades, "response was not evaluable", later]
    if not row["responded"]:
        return [grades, "no response was found in the first course", later]
    names = [LINEAGES[param].name for param in str(row["response_params"]).split(", ") if param]
    days = f"{row['response_time']:g} {'day' if row['response_time'] == 1 else 'days'}"
    return [grades, f"the first response ({listed(names)}) occurred after {days}"]
