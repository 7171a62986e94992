"""Cytopenias (Figure 1): who is affected, in how many lineages, and how severely."""

import streamlit as st

from pages.shared.choices import choose, published, switch
from pages.shared.figure import show_figure, show_method, show_on_demand
from pages.shared.session import current_view
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
with st.container(horizontal=True, vertical_alignment="bottom"):
    options = CytopeniaOptions(
        of=choose(
            "Denominator from day 28",
            DENOMINATORS,
            "denominator",
            help="PHT: prolonged hematologic toxicity, that is, cytopenia at day 28.",
        ),
        after=choose(
            "After prednisone, show the",
            AFTERS,
            "after",
            help="Support-free counts from the day after the first dose to "
            f"{view.settings.after_days} days after the first course, ending before any recurrent "
            "cytopenia and the next course. Taking the best of several counts tends to overstate "
            "recovery; taking the last is more conservative.",
        ),
        look=choose("Affected patients as", LOOKS, "look"),
        intervals=switch("95% confidence intervals (exact)", "intervals"),
        published=published(),
    )
if why := Incidence(view, options).why_not():
    st.info(why)
    st.stop()
for exhibit in (Incidence, Lineages, Grades):
    show_figure(exhibit(view, options))
show_on_demand(GradeShifts(view), printed=True)
show_method(view, *Incidence.definitions)
