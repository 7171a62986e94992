"""Overview: the question, four figures with their denominators, the patient flow, what is next."""

import streamlit as st

from pages.shared.choices import published
from pages.shared.figure import show_figure, show_on_demand, show_table, show_table_tools
from pages.shared.menu import PAGES
from pages.shared.session import current_view, plain
from pht_core.exhibits.overview import (
    Compared,
    Described,
    KeyFigure,
    KeyFigures,
    PatientFlow,
    Patients,
    compare_confirmation,
)
from pht_core.exhibits.words import support_at_day_28
from pht_core.paper.published import read_publications

STOPPING = {"part": "After stopping"}
# Where each key figure is shown in full: its page, and what is chosen there.
SHOWN: dict[str, tuple[str, dict[str, str]]] = {
    "pht": ("cytopenias", {}),
    "response": ("response", {}),
    "relapse": ("response", STOPPING),
    "survival": ("survival", {}),
}
FIGURES = {"survival": "os"}  # as publications.csv names them
NEXT: tuple[tuple[str, dict[str, str], str, str], ...] = (
    ("trajectories", {"trajectories": "Several patients"}, "See recurrences side by side",
     "counts on and off prednisone, patient by patient"),
    ("survival", {"by": "prior HSCT"}, "Compare survival by prior HSCT",
     "with numbers at risk and log-rank test"),
    ("upload", {}, "Open your own file",
     "Excel, CSV, SAS or REDCap as it is; it stays on this computer"),
    ("claims", {}, "Check a manuscript’s percentages",
     "against their counts, and against this cohort"),
)  # fmt: skip


def show_card(figure: KeyFigure) -> None:
    """One figure, of whom it is, its interval and what limits it."""
    page, choices = SHOWN[figure.name]
    with st.container(border=True, height="stretch", gap=None):
        # A metric cuts its label off where it is longer than a line.
        st.caption(figure.title, help=figure.definition)
        st.metric(figure.title, figure.value, label_visibility="collapsed")
        of_whom = "; ".join(filter(None, [figure.basis, figure.interval]))
        st.caption(f"{of_whom.removesuffix('.')}. {figure.caveat}")
        if published():
            for one in read_publications().get(FIGURES.get(figure.name, figure.name), ()):
                st.caption(one.label)
        PAGES[page].show_link(f"{figure.link} →", **choices)


view = current_view()
st.markdown(
    "**Prolonged hematologic toxicity (PHT)** is anemia, thrombocytopenia or neutropenia that is "
    "still present 28 days after infusion. This page: how often it occurred, how counts changed on "
    "prednisone, and who survived."
)
key_figures = KeyFigures(view)
with st.container(key="cards"):
    for column, figure in zip(st.columns(4), key_figures.figures, strict=True):
        with column:
            show_card(figure)
flow, following = st.columns([2, 1], gap="large")
with flow:
    show_figure(PatientFlow(view))
with following.container(gap=None, key="next"):
    st.subheader("Next")
    for page, choices, title, words in NEXT:
        PAGES[page].show_link(f"{title} →", **choices)
        st.caption(words)
if view.cohort.simulated:
    st.caption(
        "Patient characteristics other than central nervous system (CNS) involvement are from "
        "Table 3 of Wang et al. 2023 (doi:10.3389/fimmu.2023.1139559). All other data are "
        "**simulated** to reproduce the published figures."
    )
notes = (support_at_day_28(view), compare_confirmation(view, view.subject_ids))
if note := " ".join(filter(None, notes)):
    st.caption(plain(note))
show_table_tools(key_figures)
st.subheader("Cohort characteristics")
show_table(Described(view))
for shown in (Patients(view), Compared(view)):
    if not shown.why_not():
        show_on_demand(shown)
