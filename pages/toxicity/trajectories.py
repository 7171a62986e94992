"""Trajectories (Figures 2 and 3): one patient, a row each, everyone by week, a swimmer plot."""

import streamlit as st

from pages.shared.choices import choose, select
from pages.shared.figure import say_why_not, show_figure, show_if_any
from pages.shared.session import current_view
from pages.shared.sidebar import offer_selection
from pages.shared.words import worded
from pht_core.exhibits.heat import HEAT_ALIGNS, SORTS, HeatOptions, WorstGrades
from pht_core.exhibits.trajectories import (
    ALIGNS,
    WALL_LOOKS,
    PatientOptions,
    PatientsOptions,
    Swimmer,
    Trajectories,
    Trajectory,
    first_patient,
    first_patients,
)
from pht_core.exhibits.view import View


def show_one(view: View) -> None:
    """One patient's counts, courses and support on one axis of days."""
    if st.session_state.get("patient") not in view.subject_ids:
        st.session_state["patient"] = first_patient(view)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        patient = st.selectbox(
            options=view.subject_ids, key="patient", width=240, **worded("patient")
        )
        others = [name for name in view.subject_ids if name != patient]
        if st.session_state.get("beside") not in others:
            st.session_state["beside"] = None
        other = st.selectbox(
            "Beside", others, index=None, key="beside", placeholder="none", width=200
        )
        log = st.toggle("Logarithmic axes for platelets and neutrophils", key="log_axes")
    if other is None:
        show_figure(Trajectory(view, PatientOptions(patient, log)))
        return
    left, right = st.columns(2)
    with left:
        show_figure(Trajectory(view, PatientOptions(patient, log)), beside=True)
    with right:
        show_figure(Trajectory(view, PatientOptions(other, log)), beside=True, tools=False)


def show_several(view: View) -> None:
    """The relapse wall: a row per selected patient, one highlighted; or medians of them."""
    known = set(view.subject_ids)
    kept = st.session_state.get("patients")
    if kept is None or not known.issuperset(kept):
        st.session_state["patients"] = [
            one for one in kept or () if one in known
        ] or first_patients(view)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(options=view.subject_ids, key="patients", **worded("patients"))
        if st.session_state.get("front") not in chosen:
            st.session_state["front"] = None
        front = st.selectbox(
            "Highlight patient", chosen, index=None, key="front", placeholder="none", width=200
        )
        align = choose("Aligned on the", ALIGNS, "align")
        look = choose("Show", WALL_LOOKS, "wall_look")
    ids = chosen or view.subject_ids
    show_if_any(Trajectories(view, PatientsOptions(tuple(ids), front or "", align, look)))
    if 0 < len(chosen) < len(view.subject_ids):
        offer_selection("these", chosen)


def show_lanes(view: View) -> None:
    """A swimmer plot: worst grade over time, courses and what happened."""
    show_figure(Swimmer(view))


def show_heat(view: View) -> None:
    """Worst grade of everyone by week."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        align = choose("Weeks from the", HEAT_ALIGNS, "align")
        sort = select("Sort", SORTS, "sort", width=420)
    show_figure(WorstGrades(view, HeatOptions(align, sort)))


view = current_view()
if say_why_not(Swimmer(view)):
    st.stop()
PARTS = {
    "one": ("One patient", show_one),
    "several": ("Several patients", show_several),
    "heat": ("Heat map", show_heat),
    "lanes": ("Swimmer plot", show_lanes),
}
titles = {name: title for name, (title, _) in PARTS.items()}
_, show_part = PARTS[choose("Show", titles, "trajectories", label_visibility="collapsed")]
show_part(view)
