"""Your file: a hospital's tables in; what was understood, and what is wrong with them, out."""

import streamlit as st

from pages.shared import session
from pages.shared.upload.files import (
    show_drop_zone,
    show_leaving,
    show_saved_mapping,
    show_templates,
)
from pages.shared.upload.findings import show_findings, show_questions, show_verdict
from pages.shared.upload.mapping import show_mapping, show_preview

st.title("Your file")
drop, forms = st.columns([3, 2], gap="large")
with drop:
    show_drop_zone()
    show_saved_mapping()
with forms:
    show_templates()
if problem := st.session_state.get(session.UPLOAD_ERROR):
    name = session.current_cohort().name
    st.error(session.plain(f"{problem} The figures still show {name}."))
intake = session.current_intake()
if intake is not None:
    show_verdict(intake)
    show_questions(intake)
    show_findings(intake)
    show_mapping(intake)
    if intake.cohort is not None:
        show_preview(intake.cohort)
    show_leaving()
