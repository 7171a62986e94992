"""Upload data: a hospital's tables in; the column mapping and what is wrong with them out."""

import streamlit as st

from pages.shared.browser import scroll_up
from pages.shared.session import current, current_cohort, plain
from pages.shared.upload.files import (
    show_drop_zone,
    show_leaving,
    show_saved_mapping,
    show_templates,
)
from pages.shared.upload.findings import show_findings, show_questions, show_verdict
from pages.shared.upload.mapping import show_mapping, show_preview

upload = current().upload
intake = upload.intake
if upload.problem:
    st.error(plain(f"{upload.problem} Figures still show {current_cohort().name}."))
if intake is not None:
    scroll_up()
    show_verdict(intake)
    show_questions(intake)
drop, forms = st.columns([3, 2], gap="large")
with drop:
    show_drop_zone()
    show_saved_mapping()
with forms:
    show_templates(folded=intake is not None)
if intake is not None:
    show_findings(intake)
    show_mapping(intake)
    if intake.cohort is not None:
        show_preview(intake.cohort)
    show_leaving()
