"""Survival: Kaplan-Meier curves with their number at risk, rates, medians, and log-rank test."""

import streamlit as st

from pages.shared.choices import choose
from pages.shared.figure import show_figure
from pages.shared.session import current_view
from pht_core.charts.survival import survival_chart
from pht_core.grouping import GROUPINGS
from pht_core.survival import INTERVALS
from pht_core.survival_report import ENDPOINTS, ORIGINS, derive_survival_report

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
            [1, 2, 3, 6],
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

options = (endpoint, by, ci, origin, censor, landmark)
report = view.keep(
    ("survival", options),
    lambda: derive_survival_report(
        view.assessment,
        view.subject_ids,
        endpoint=endpoint,
        by=None if by == "none" else by,
        ci=ci,
        origin=origin,
        censor_at_next_therapy=censor,
        landmark=landmark,
        selected_later="CRS grade" if view.filters.crs_grade else "",
    ),
)
for warning in report.warnings:
    st.warning(warning)
if report.times.empty:
    st.info("None of these patients has a follow-up time, so there is no curve to draw.")
    st.stop()
show_figure(
    view,
    f"survival-{endpoint}",
    lambda: report.curve,
    lambda curve, shade: survival_chart(
        curve,
        at_risk=report.at_risk,
        medians=report.medians,
        thin_tail=report.thin_tails,
        endpoint=ENDPOINTS[endpoint],
        origin=report.origin_word,
        theme=shade,
        title=report.title,
        subtitle=report.subtitle,
        footer=view.provenance(report.method, graded=False, n=len(report.times)).footer(),
    ),
    options,
)
st.subheader("Rates")
st.dataframe(report.rates_table, hide_index=True, height="content")
st.subheader("Medians and follow-up")
st.dataframe(report.medians_table, hide_index=True, height="content")
st.markdown(report.followup_text)
if report.test_text:
    st.markdown(report.test_text)
