"""Overview: the four figures asked for first, the patient flow, and who is in the cohort."""

import streamlit as st

from pages.shared.figure import show_figure
from pages.shared.session import current_view, sample_treated
from pages.shared.tables import show_described
from pht_core.charts.flow import flow_chart
from pht_core.headline import headline_figures, patient_table
from pht_core.summary import compare_described, count_flow, describe_subjects

view = current_view()
cohort = view.assessment.cohort
st.title("Overview")
if cohort.simulated:
    st.caption(
        "Patient columns: Table 3 of Wang et al. 2023 (doi:10.3389/fimmu.2023.1139559). "
        "Counts, courses and outcomes: **simulated** to give the paper's figures."
    )

PAGE_OF = {
    "pht": "pages/toxicity/cytopenias.py",
    "response": "pages/outcome/response.py",
    "relapse": "pages/outcome/response.py",
    "survival": "pages/outcome/survival.py",
}
for column, figure in zip(
    st.columns(4), headline_figures(view.assessment, view.subject_ids), strict=True
):
    with column.container(border=True, height="stretch"):
        st.metric(figure.title, figure.value, help=figure.definition)
        st.caption(f"{figure.basis}  \n{figure.interval}")
        st.page_link(PAGE_OF[figure.name], label=f"{figure.link} →")

whole = cohort.simulated and not view.filters.active
flow = count_flow(sample_treated() if whole else None, view.patients)
show_figure(
    "patient-flow",
    lambda shade: flow_chart(
        flow,
        theme=shade,
        title="Patient flow",
        footer=view.provenance().footer(),
    ),
    flow,
    view,
)

st.subheader("Who is in it")
show_described(describe_subjects(view.patients), len(view.patients))
with st.expander("Each patient (Table 3)"):
    st.dataframe(patient_table(view.assessment, view.subject_ids), hide_index=True)
if whole:
    with st.expander("All treated patients with counts: PHT against no PHT (Table 2)"):
        treated = sample_treated()
        followed = treated[treated["blood_count_followup"].fillna(False)]
        groups = {
            "Total": followed,
            "PHT": followed[followed["pht_d28"]],
            "No PHT": followed[~followed["pht_d28"]],
        }
        st.dataframe(compare_described(groups), hide_index=True, height="content")
