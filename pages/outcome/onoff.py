"""Do counts follow prednisone? Counts around starts and stops, and the evidence on and off it."""

import streamlit as st

from pages.shared.figure import say_why_not, show_figure, show_method
from pages.shared.session import current_view
from pht_core.exhibits.on_off import OnOff, Phases

view = current_view()
phases, evidence = Phases(view), OnOff(view)
if say_why_not(phases):
    st.stop()
if not say_why_not(evidence):
    st.markdown(evidence.texts().result)
    show_figure(evidence)
    st.caption(f"{evidence.say('allowed_for')} {evidence.say('own_method')}")
show_figure(phases)
show_method(view, *Phases.definitions)
