"""Report check: do the percentages of a manuscript match their counts and the data."""

import streamlit as st

from pages.shared.check.check import show_check, show_input
from pages.shared.check.session import opened
from pages.shared.session import current_view

paper = opened()
if paper is None:
    show_input()
else:
    show_check(current_view(), paper)
    with st.expander("Check another text"):
        show_input()
