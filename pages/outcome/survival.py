"""Survival: Kaplan-Meier curves with their number at risk, rates, medians, and log-rank test."""

import streamlit as st

from pages.shared.choices import published, select, switch
from pages.shared.figure import say_why_not, show_figure, show_table
from pages.shared.session import current_view
from pages.shared.sidebar import offer_selection
from pages.shared.words import worded
from pht_core.exhibits.survival import (
    LANDMARKS,
    Survival,
    SurvivalMedians,
    SurvivalOptions,
    SurvivalRates,
)
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.settings import INTERVALS
from pht_core.stats.grouping import GROUPINGS
from pht_core.stats.survival_report import ORIGINS, why_not_evaluable

view = current_view()
with st.container(horizontal=True, vertical_alignment="bottom"):
    offered = {
        one.name: one.title
        for one in ENDPOINTS.values()
        if one.columns or not why_not_evaluable(view.cohort, one.name)
    }
    endpoint = select("Endpoint", offered, "endpoint", width=240)
    groupings = {"none": "none"} | {name: one.title for name, one in GROUPINGS.items()}
    by = select("Stratify by", groupings, "by", width=240)
    landmark = 0
    if by in GROUPINGS and GROUPINGS[by].later:
        landmark = st.selectbox(
            options=(0, *LANDMARKS),
            format_func=lambda months: f"{months}" if months else "none",
            index=(0, *LANDMARKS).index(GROUPINGS[by].landmark),
            key="landmark",
            bind="query-params",
            width=150,
            **worded("landmark"),
        )
    with st.popover("Method"):
        ci = select("95% CI method", {name: name for name in INTERVALS}, "ci")
        origin = select("Time origin", ORIGINS, "origin")
        censor = switch(key="censor", value=True, **worded("censor"))

options = SurvivalOptions(endpoint, by, ci, origin, censor, landmark, published())
curves = Survival(view, options)
report = curves.report
for warning in report.warnings:
    st.warning(warning)
if say_why_not(curves):
    st.stop()
show_figure(curves)
st.markdown(f"{report.test_text} {report.hazards.text} {report.followup_text}".strip())
with st.container(horizontal=True):
    for group, ids in curves.members.items():
        offer_selection(group, ids)
for table in (SurvivalRates, SurvivalMedians):
    show_table(table(view, options))
