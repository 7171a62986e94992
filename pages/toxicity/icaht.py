"""ICAHT and scores: grades by duration and depth, schemes side by side, CAR-HEMATOTOX."""

import streamlit as st

from pages.shared.figure import say_why_not, show_figure, show_method, show_on_demand
from pages.shared.readings import show_readings
from pages.shared.session import current_view
from pht_core.exhibits.hematotoxicity import (
    IcahtGrades,
    IcahtPatients,
    IcahtReadings,
    IcahtStrips,
    Schemes,
    Scores,
)
from pht_core.stats.hematotoxicity.scores import IN_B_ALL

view = current_view()
grades, scores = IcahtGrades(view), Scores(view)
if not say_why_not(grades):
    show_readings()
    show_figure(grades)
    show_figure(IcahtStrips(view))
    show_on_demand(IcahtPatients(view), printed=True)
    show_on_demand(IcahtReadings(view), printed=True)
    st.subheader("Grading schemes side by side")
    schemes = Schemes(view)
    st.caption(schemes.say("versions"))
    show_on_demand(schemes, printed=True)
st.subheader("Risk scores before infusion")
st.caption(IN_B_ALL)
show_on_demand(scores, printed=True)
show_method(view, *grades.definitions, *scores.definitions)
