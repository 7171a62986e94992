"""Do counts follow prednisone? Counts around starts and stops, and the evidence on and off it."""

import streamlit as st

from pages.shared.figure import show_figure, show_method
from pages.shared.session import current_view
from pht_core.exhibits.on_off import OnOff, Phases

DEFINITIONS = ("course_gap", "early_start", "use_support", "cutoff")

view = current_view()
phases, evidence = Phases(view), OnOff(view)
if why := phases.why_not():
    st.info(why)
    st.stop()
if why := evidence.why_not():
    st.info(why)
else:
    st.markdown(evidence.texts().result)
    show_figure(evidence)
    st.caption(f"{evidence.say('allowed_for')} {evidence.say('own_method')}")
show_figure(phases)
show_method(view, *DEFINITIONS)
