"""Survival: Kaplan-Meier curves with their number at risk, rates, medians, and log-rank test."""

import streamlit as st

from pages.shared.figure import choose, show_figure, show_table_tools
from pages.shared.session import current_view
from pht_core.exhibits.catalogue import SURVIVAL, SURVIVAL_MEDIANS, SURVIVAL_RATES
from pht_core.exhibits.survival import LANDMARKS, SurvivalOptions
from pht_core.model.settings import INTERVALS
from pht_core.stats.grouping import GROUPINGS
from pht_core.stats.survival_report import ENDPOINTS, ORIGINS

view = current_view()
st.title("Survival")
with st.container(horizontal=True, vertical_alignment="bottom"):
    endpoint = choose("Endpoint", ENDPOINTS, "endpoint")
    by = st.selectbox(
        "Compare by",
        ["none", *GROUPINGS],
        format_func=lambda name: GROUPINGS[name].title if name in GROUPINGS else "nothing",
        key="by",
        bind="query-params",
        width=260,
    )
    landmark = None
    if by in GROUPINGS and GROUPINGS[by].later:
        landmark = st.segmented_control(
            "Landmark, months",
            LANDMARKS,
            key="landmark",
            bind="query-params",
            help="Time counts from the landmark, and only patients still at risk then are "
            "compared: the fair way to look at groups that form after infusion.",
        )
with st.container(horizontal=True, vertical_alignment="bottom"):
    ci = st.selectbox("95% interval", list(INTERVALS), key="ci", bind="query-params", width=140)
    origin = st.selectbox(
        "Time from",
        list(ORIGINS),
        format_func=ORIGINS.__getitem__,
        key="origin",
        bind="query-params",
        width=200,
    )
    censor = st.toggle(
        "End follow-up at next therapy",
        value=True,
        key="censor",
        bind="query-params",
        help="At HSCT or another therapy, as the paper does.",
    )

options = SurvivalOptions(endpoint, by, ci, origin, censor, landmark or 0)
report = SURVIVAL.report(view, options)
for warning in report.warnings:
    st.warning(warning)
if why := SURVIVAL.why_not(view, options):
    st.info(why)
    st.stop()
show_figure(view, SURVIVAL, options)
st.subheader("Rates")
st.dataframe(report.rates_table, hide_index=True, height="content")
show_table_tools(view, SURVIVAL_RATES, options)
st.subheader("Medians and follow-up")
st.dataframe(report.medians_table, hide_index=True, height="content")
show_table_tools(view, SURVIVAL_MEDIANS, options)
st.markdown(report.followup_text)
if report.test_text:
    st.markdown(report.test_text)
