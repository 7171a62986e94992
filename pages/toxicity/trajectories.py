"""Trajectories (Figures 2 and 3): one patient, several patients, and a lane per patient."""

import streamlit as st

from pages.shared.choices import choose
from pages.shared.figure import show_figure
from pages.shared.session import View, current_view
from pht_core.charts.overlay import overlay_chart, summary_chart
from pht_core.charts.swimmer import swimmer_chart
from pht_core.charts.trajectories import trajectory_chart
from pht_core.prednisone import EQUIVALENTS
from pht_core.trajectory import (
    derive_lane_ends,
    derive_lane_marks,
    derive_lanes,
    grade_cuts,
    patient_counts,
    patient_tables,
    relapsed_patients,
    summarize_lineages,
)

VIEWS = {"one": "One patient", "several": "Several patients", "lanes": "A lane per patient"}
# More lines than this are a tangle: quantiles are drawn instead.
MOST_LINES = 40


def show_one(view: View) -> None:
    """One patient's counts, courses and support on one axis of days."""
    relapsed = relapsed_patients(view.assessment, view.subject_ids)
    first = relapsed[0] if relapsed else view.subject_ids[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        patient = st.selectbox(
            "Patient",
            view.subject_ids,
            index=view.subject_ids.index(first),
            key="patient",
            width=240,
        )
        log = st.toggle("Logarithmic axes for platelets and neutrophils", key="log_axes")
    tables = patient_tables(view.assessment, patient)
    others = len(tables.steroids) > 0
    method = f"patient {patient}" + f"; steroid equivalents {EQUIVALENTS}" * others
    show_figure(
        view,
        "figure3e-trajectory",
        lambda: tables.numbers,
        lambda _, shade: trajectory_chart(
            tables.counts,
            courses=tables.courses,
            doses=tables.doses,
            support=tables.support,
            steroids=tables.steroids,
            labs=tables.labs,
            equivalents=others and view.assessment.settings.other_steroids,
            cuts=tables.cuts,
            lln=tables.lln,
            log=log,
            theme=shade,
            title=f"Blood counts and prednisone of {patient}",
            footer=view.provenance(method).footer(),
        ),
        (patient, log),
    )


def show_several(view: View) -> None:
    """Chosen patients in each lineage, one in front; quantiles where they are too many."""
    relapsed = relapsed_patients(view.assessment, view.subject_ids)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "Patients",
            view.subject_ids,
            default=relapsed[:MOST_LINES] or view.subject_ids[:6],
            placeholder="None chosen: all",
            help="The patients who relapsed after stopping prednisone are chosen first.",
        )
        front = st.selectbox(
            "In front", chosen, index=0 if chosen else None, placeholder="nobody", width=200
        )
    ids = chosen or view.subject_ids
    cuts = grade_cuts(view.assessment.settings.scheme)
    footer = view.provenance(f"{len(ids)} patients drawn").footer()
    if len(ids) > MOST_LINES:
        show_figure(
            view,
            "trajectories-quantiles",
            lambda: summarize_lineages(view.assessment, ids),
            lambda table, shade: summary_chart(table, cuts=cuts, theme=shade, footer=footer),
            tuple(ids),
        )
        return
    show_figure(
        view,
        "figure3-trajectories",
        lambda: patient_counts(view.assessment, ids),
        lambda counts, shade: overlay_chart(
            counts,
            chosen=front,
            courses=view.of(view.assessment.courses, ids),
            cuts=cuts,
            theme=shade,
            title=f"Blood counts of {len(ids)} patient{'s' * (len(ids) > 1)}",
            footer=footer,
        ),
        (*ids, front),
    )


def show_lanes(view: View) -> None:
    """A swimmer plot: worst grade over time, courses and what happened."""
    ids = view.subject_ids
    show_figure(
        view,
        "swimmer",
        lambda: derive_lanes(view.assessment, ids),
        lambda lanes, shade: swimmer_chart(
            lanes,
            ends=derive_lane_ends(view.assessment, ids),
            courses=view.of(view.assessment.courses, ids),
            marks=derive_lane_marks(view.assessment, ids),
            theme=shade,
            footer=view.provenance("worst grade of any lineage").footer(),
        ),
    )


view = current_view()
st.title("Trajectories")
if not len(view.assessment.counts):
    st.info("This cohort has no blood counts, so there is nothing to draw over time.")
    st.stop()
look = choose("Show", VIEWS, "trajectories", shown=False)
{"one": show_one, "several": show_several, "lanes": show_lanes}[look](view)
