"""A page of nothing but charts: the specifications that one of the app's pages sent, from a file.

Read once, so that a rerun is only Streamlit's own work on the same charts. The data stand in the
specification, as a script would write it: Streamlit makes Arrow of them in every run, which the app
does once for each choice.
"""

import json
from pathlib import Path
from typing import Any

import streamlit as st


@st.cache_resource
def read_charts() -> dict[str, list[dict[str, Any]]]:
    """The charts of each state of the filter, as a page would hand them to Streamlit."""
    charts: dict[str, list[dict[str, Any]]] = json.loads(Path("charts.json").read_text("utf-8"))
    return charts


charts = read_charts()
state = st.segmented_control("Prior HSCT", list(charts), default="Any", required=True)
for spec in charts[state]:
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")
