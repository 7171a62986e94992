"""Figures 2 and 3: one patient's counts, several patients', and a lane per patient."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pandas as pd

from pht_core.charts.overlay import overlay_chart, summary_chart
from pht_core.charts.picture import MOST_LANES, Picture
from pht_core.charts.swimmer import swimmer_chart
from pht_core.charts.trajectories import trajectory_chart
from pht_core.exhibits import trajectories_words as texts
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts
from pht_core.exhibits.view import Provenance, View
from pht_core.model.errors import UnknownName
from pht_core.stats.courses import EQUIVALENTS
from pht_core.stats.trajectory import (
    derive_lane_ends,
    derive_lane_marks,
    derive_lanes,
    grade_cuts,
    patient_counts,
    patient_tables,
    relapsed_patients,
    summarize_lineages,
)

# More lines than this are a tangle: quantiles are drawn instead.
MOST_LINES = 40
QUANTILES_TITLE = "Blood counts of all patients: median and range"
QUANTILES_SUBTITLE = "Line: median; inner band: middle half of the patients; outer: middle 80%."
NO_COUNTS = "This cohort has no blood counts, so there is nothing to draw over time."


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


class _Counts(Exhibit):
    page: ClassVar[str] = "trajectories"

    def why_not(self, view: View, options: object) -> str:
        return "" if len(view.assessment.counts) else NO_COUNTS


class Trajectory(_Counts, Exhibit[PatientOptions]):
    """One patient's counts, courses and support on one axis of days."""

    name = "figure3e-trajectory"
    title = "One patient's blood counts"
    options = PatientOptions
    definitions = ("course_gap", "other_steroids")
    # Of the panel of one lineage, in units of the layout.
    panel_height: int = 170
    # Whether laboratory values have panels of their own below the counts.
    with_labs: ClassVar[bool] = True

    def patient(self, view: View, options: PatientOptions) -> str:
        """Whose counts these are."""
        return _known(view, options.patient) if options.patient else first_patient(view)

    def numbers(self, view: View, options: PatientOptions) -> pd.DataFrame:
        return patient_tables(view.assessment, self.patient(view, options)).numbers

    def provenance(self, view: View, options: PatientOptions) -> Provenance:
        patient = self.patient(view, options)
        others = len(patient_tables(view.assessment, patient).steroids) > 0
        return view.provenance(
            f"patient {patient}" + f"; steroid equivalents {EQUIVALENTS}" * others
        )

    def picture(
        self, view: View, numbers: pd.DataFrame, options: PatientOptions, target: RenderTarget
    ) -> Picture:
        patient = self.patient(view, options)
        tables = patient_tables(view.assessment, patient)
        others = len(tables.steroids) > 0
        return trajectory_chart(
            tables.counts,
            self.frame(
                view,
                options,
                target,
                title=f"Blood counts and prednisone of {patient}",
                height=target.part(self.panel_height, besides=331, of=3, least=70),
            ),
            courses=tables.courses,
            doses=tables.doses,
            support=tables.support,
            steroids=tables.steroids,
            labs=tables.labs if self.with_labs else None,
            equivalents=others and view.settings.other_steroids,
            cuts=tables.cuts,
            lln=tables.lln,
            log=options.log_axes,
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: PatientOptions) -> Texts:
        return texts.trajectory(view, self.patient(view, options))


class Trajectories(_Counts, Exhibit[PatientsOptions]):
    """Chosen patients in each lineage, one in front; quantiles where they are too many."""

    name = "figure3-trajectories"
    title = "Several patients' blood counts"
    options = PatientsOptions

    def patients(self, view: View, options: PatientsOptions) -> list[str]:
        """Whose counts these are."""
        if options.patients:
            return [_known(view, name) for name in options.patients]
        return first_patients(view)

    def as_quantiles(self, view: View, options: PatientsOptions) -> bool:
        """True where the patients are too many for a line each."""
        return len(self.patients(view, options)) > MOST_LINES

    def numbers(self, view: View, options: PatientsOptions) -> pd.DataFrame:
        ids = self.patients(view, options)
        if self.as_quantiles(view, options):
            return summarize_lineages(view.assessment, ids)
        return patient_counts(view.assessment, ids)

    def provenance(self, view: View, options: PatientsOptions) -> Provenance:
        n = len(self.patients(view, options))
        return view.provenance(f"{n} patient{'s' * (n > 1)} drawn")

    def picture(
        self, view: View, numbers: pd.DataFrame, options: PatientsOptions, target: RenderTarget
    ) -> Picture:
        ids = self.patients(view, options)
        cuts = grade_cuts(view.settings.scheme)
        frame = self.frame(
            view,
            options,
            target,
            title=f"Blood counts of {len(ids)} patient{'s' * (len(ids) > 1)}",
            height=target.part(190, besides=251, of=3, least=70),
        )
        if self.as_quantiles(view, options):
            frame = replace(frame, title=QUANTILES_TITLE, subtitle=QUANTILES_SUBTITLE)
            return summary_chart(numbers, frame, cuts=cuts)
        return overlay_chart(
            numbers,
            frame,
            chosen=_known(view, options.front) if options.front else None,
            courses=view.of(view.assessment.courses, ids),
            cuts=cuts,
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: PatientsOptions) -> Texts:
        ids = self.patients(view, options)
        return texts.trajectories(view, ids, numbers, quantiles=self.as_quantiles(view, options))


class Swimmer(_Counts, Exhibit[NoOptions]):
    """A lane per patient: worst grade over time, courses and what happened."""

    name = "swimmer"
    title = "A lane per patient"
    definitions = ("course_gap", "relapse_grade")

    def numbers(self, view: View, options: NoOptions) -> pd.DataFrame:
        return derive_lanes(view.assessment, view.subject_ids)

    def provenance(self, view: View, options: NoOptions) -> Provenance:
        return view.provenance("worst grade of any lineage")

    def picture(
        self, view: View, numbers: pd.DataFrame, options: NoOptions, target: RenderTarget
    ) -> Picture:
        ids = view.subject_ids
        most = target.rows(MOST_LANES)
        return swimmer_chart(
            numbers,
            self.frame(
                view,
                options,
                target,
                title="Worst grade over time in each patient",
            ),
            ends=derive_lane_ends(view.assessment, ids),
            courses=view.of(view.assessment.courses, ids),
            marks=derive_lane_marks(view.assessment, ids),
            most=most,
            lane_height=target.part(26, besides=114, of=min(len(ids), most), least=14)
            if target.height
            else None,
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: NoOptions) -> Texts:
        return texts.swimmer(view)
