"""Cytopenias (Figure 1): who is affected, in how many lineages, and how severely."""

import streamlit as st

from pages.shared.choices import choose, published, switch
from pages.shared.figure import say_why_not, show_figure, show_method, show_on_demand
from pages.shared.session import current_view
from pages.shared.words import worded
from pht_core.exhibits.cytopenias import (
    AFTERS,
    DENOMINATORS,
    LOOKS,
    CytopeniaOptions,
    Grades,
    GradeShifts,
    Incidence,
    Lineages,
)

view = current_view()
after_days = view.settings.after_days
with st.container(horizontal=True, vertical_alignment="bottom"):
    options = CytopeniaOptions(
        of=choose(options=DENOMINATORS, key="denominator", **worded("denominator")),
        after=choose(options=AFTERS, key="after", **worded("after", after_days=after_days)),
        look=choose("Affected patients as", LOOKS, "look"),
        intervals=switch("95% confidence intervals (exact)", "intervals"),
        published=published(),
    )
if say_why_not(Incidence(view, options)):
    st.stop()
for exhibit in (Incidence, Lineages, Grades):
    show_figure(exhibit(view, options))
show_on_demand(GradeShifts(view), printed=True)
show_method(view, *Incidence.definitions)
