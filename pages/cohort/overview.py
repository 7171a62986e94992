"""Overview: the four figures asked for first, the patient flow, and who is in the cohort."""

import streamlit as st

from pages.shared.figure import show_figure
from pages.shared.session import current_view, sample_treated
from pages.shared.tables import show_described, show_on_demand
from pht_core.charts.flow import flow_chart
from pht_core.headline import headline_figures, patient_table
from pht_core.settings import changed_settings
from pht_core.summary import compare_described, count_flow, describe_subjects, split_by_pht

PAGE_OF = {
    "pht": "pages/toxicity/cytopenias.py",
    "response": "pages/outcome/response.py",
    "relapse": "pages/outcome/response.py",
    "survival": "pages/outcome/survival.py",
}

view = current_view()
cohort, ids = view.assessment.cohort, view.subject_ids
# All treated patients were recorded under the default definitions, and are not filtered.
whole = cohort.simulated and not (view.filters.active or changed_settings(view.assessment.settings))
st.title("Overview")
if cohort.simulated:
    st.caption(
        "Patient columns but CNS: Table 3 of Wang et al. 2023 (doi:10.3389/fimmu.2023.1139559). "
        "All else: **simulated** to give the paper's figures."
    )
headlines = view.keep("headlines", lambda: headline_figures(view.assessment, ids))
for column, figure in zip(st.columns(4), headlines, strict=True):
    with column.container(border=True, height="stretch"):
        st.metric(figure.title, figure.value, help=figure.definition)
        st.caption(f"{figure.basis}  \n{figure.interval}")
        st.page_link(PAGE_OF[figure.name], label=f"{figure.link} →")

show_figure(
    view,
    "patient-flow",
    lambda: count_flow(sample_treated() if whole else None, view.patients),
    lambda flow, shade: flow_chart(flow, theme=shade, footer=view.provenance().footer()),
)
st.subheader("Who is in it")
show_described(view.keep("described", lambda: describe_subjects(view.patients)), len(ids))
show_on_demand("Each patient (Table 3)", lambda: patient_table(view.assessment, ids))
if whole:
    show_on_demand(
        "All treated patients with counts: PHT against no PHT (Table 2)",
        lambda: compare_described(split_by_pht(sample_treated())),
    )
