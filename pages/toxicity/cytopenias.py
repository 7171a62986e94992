"""Cytopenias (Figure 1): who is affected, how many lineages at once, and how severely."""

import streamlit as st

from pages.shared.figure import choose, show_figure, show_method
from pages.shared.session import current_view
from pht_core.exhibits.catalogue import GRADES, INCIDENCE, LINEAGES
from pht_core.exhibits.cytopenias import AFTERS, DENOMINATORS, LOOKS, CytopeniaOptions

view = current_view()
st.title("Cytopenias")
with st.container(horizontal=True, vertical_alignment="bottom"):
    options = CytopeniaOptions(
        of=choose("Patients counted from day 28 on", DENOMINATORS, "denominator"),
        after=choose(
            "After prednisone, show the",
            AFTERS,
            "after",
            help="Support-free counts from the day after the first dose to 28 days after the first "
            "course, ending before a relapse. The best of many counts flatters; the last does not.",
        ),
        look=choose("Affected patients as", LOOKS, "look"),
        intervals=st.toggle("95% intervals (exact)", key="intervals", bind="query-params"),
    )
if why := INCIDENCE.why_not(view, options):
    st.info(why)
    st.stop()
for exhibit in (INCIDENCE, LINEAGES, GRADES):
    show_figure(view, exhibit, options)
show_method(view, *INCIDENCE.definitions)
