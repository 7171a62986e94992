"""Overview: key figures, the patient flow, and the characteristics of the cohort."""

import streamlit as st

from pages.shared.figure import show_figure, show_on_demand, show_table, show_table_tools
from pages.shared.menu import PAGES
from pages.shared.session import current_view
from pht_core.exhibits.catalogue import COMPARED, DESCRIBED, FLOW, KEY_FIGURES, PATIENTS
from pht_core.exhibits.exhibit import NO_OPTIONS
from pht_core.exhibits.overview import headline_figures

PAGE_OF = {"pht": "cytopenias", "response": "response", "relapse": "response"}

view, options = current_view(), NO_OPTIONS
st.markdown(
    "**PHT Explorer** describes blood counts after CAR-T cell therapy. Prolonged hematologic "
    "toxicity (PHT) is cytopenia that is still present at day 28 after infusion."
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
        st.metric(figure.title, figure.value, help=figure.definition)
        st.caption(f"{figure.basis}  \n{figure.interval}")
        PAGES[PAGE_OF.get(figure.name, figure.name)].show_link(f"{figure.link} →")
show_table_tools(view, KEY_FIGURES)

show_figure(view, FLOW)
st.subheader("Cohort characteristics")
show_table(view, DESCRIBED)
for exhibit in (PATIENTS, COMPARED):
    if not exhibit.why_not(view, options):
        show_on_demand(view, exhibit)
