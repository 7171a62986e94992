"""Overview: key figures, the patient flow, and the characteristics of the cohort."""

import streamlit as st

from pages.shared.figure import show_figure, show_on_demand, show_table, show_table_tools
from pages.shared.menu import PAGES
from pages.shared.session import current_view, plain
from pht_core.exhibits.overview import (
    Compared,
    Described,
    KeyFigures,
    PatientFlow,
    Patients,
    compare_confirmation,
    headline_figures,
)
from pht_core.exhibits.words import support_at_day_28

PAGE_OF = {"pht": "cytopenias", "response": "response", "relapse": "response"}

view = current_view()
st.markdown(
    "**PHT Explorer** describes blood counts after CAR-T cell therapy. Prolonged hematologic "
    "toxicity (PHT) is cytopenia in any lineage at day 28 after infusion."
)
if view.cohort.simulated:
    st.caption(
        "Patient characteristics other than central nervous system (CNS) involvement are from "
        "Table 3 of Wang et al. 2023 (doi:10.3389/fimmu.2023.1139559). All other data are "
        "**simulated** to reproduce the published figures."
    )
headlines = view.keep("headlines", lambda: headline_figures(view.assessment, view.subject_ids))
for column, figure in zip(st.columns(4), headlines, strict=True):
    with column.container(border=True, height="stretch"):
        # A metric cuts its label off where it is longer than a line.
        st.markdown(figure.title, help=figure.definition)
        st.metric(figure.title, figure.value, label_visibility="collapsed")
        st.caption(f"{figure.basis}  \n{figure.interval}")
        PAGES[PAGE_OF.get(figure.name, figure.name)].show_link(f"{figure.link} →")
notes = (support_at_day_28(view), compare_confirmation(view, view.subject_ids))
if note := " ".join(filter(None, notes)):
    st.caption(plain(note))
show_table_tools(KeyFigures(view))

show_figure(PatientFlow(view))
st.subheader("Cohort characteristics")
show_table(Described(view))
for shown in (Patients(view), Compared(view)):
    if not shown.why_not():
        show_on_demand(shown)
