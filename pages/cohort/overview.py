"""Overview: the four figures asked for first, the patient flow, and who is in the cohort."""

import streamlit as st

from pages.shared.figure import show_figure, show_on_demand, show_table_tools
from pages.shared.session import current_view
from pages.shared.tables import show_described
from pht_core.exhibits.catalogue import COMPARED, DESCRIBED, FLOW, KEY_FIGURES, PATIENTS
from pht_core.exhibits.exhibit import NO_OPTIONS
from pht_core.exhibits.headline import headline_figures

PAGE_OF = {
    "pht": "pages/toxicity/cytopenias.py",
    "response": "pages/outcome/response.py",
    "relapse": "pages/outcome/response.py",
    "survival": "pages/outcome/survival.py",
}

view, options = current_view(), NO_OPTIONS
st.title("Overview")
if view.cohort.simulated:
    st.caption(
        "Patient columns but CNS: Table 3 of Wang et al. 2023 (doi:10.3389/fimmu.2023.1139559). "
        "All else: **simulated** to give the paper's figures."
    )
headlines = view.keep("headlines", lambda: headline_figures(view.assessment, view.subject_ids))
for column, figure in zip(st.columns(4), headlines, strict=True):
    with column.container(border=True, height="stretch"):
        st.metric(figure.title, figure.value, help=figure.definition)
        st.caption(f"{figure.basis}  \n{figure.interval}")
        st.page_link(PAGE_OF[figure.name], label=f"{figure.link} →")
show_table_tools(view, KEY_FIGURES)

show_figure(view, FLOW)
st.subheader("Who is in it")
show_described(DESCRIBED.kept_numbers(view, options), len(view.subject_ids))
show_table_tools(view, DESCRIBED)
for exhibit in (PATIENTS, COMPARED):
    if not exhibit.why_not(view, options):
        show_on_demand(view, exhibit)
