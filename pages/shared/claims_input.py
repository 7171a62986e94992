"""The report check's way in: a pasted text, a file, or the sample's paper."""

from html import escape

import streamlit as st

from pages.shared import claims_session as claims
from pages.shared import session
from pht_core.claims.manuscript import MOST_BYTES

KINDS = ["txt", "md", "html", "htm", "docx", "pdf"]


def show_input() -> None:
    """Take a text, a file or the sample's paper; what is taken is checked at once."""
    if problem := st.session_state.get(claims.PROBLEM):
        show_problem(problem)
    pasted, others = st.columns([3, 2], gap="large")
    with pasted.form(claims.input_key("form"), border=False):
        text = st.text_area(
            "Paste a manuscript, or a part of it, tables included",
            height=220,
            key=claims.input_key("text"),
            placeholder="Of the patients, 52.9% (9/17) were male, and 96.1% (16/17) had anemia …",
        )
        if st.form_submit_button("Check this text", type="primary"):
            if text.strip():
                claims.open_manuscript(text.encode("utf-8", "replace"), "Pasted text")
                st.rerun()
            st.info("Nothing is pasted yet.")
    with others:
        file = st.file_uploader(
            "Or open its file (.txt, .md, .html, .docx, .pdf; up to 5 MB and 200 pages)",
            type=KINDS,
            max_upload_size=MOST_BYTES >> 20,
            key=claims.input_key("file"),
        )
        if file is not None:
            claims.open_manuscript(file.getvalue(), file.name)
            st.rerun()
        own_cohort = session.UPLOADED in st.session_state
        st.button(
            "Open the paper of Wang et al." + ("" if own_cohort else " with its cohort"),
            on_click=claims.open_sample,
            help="Excerpts of the open-access paper that the sample cohort is of "
            "(doi:10.3389/fimmu.2023.1139559, CC BY 4.0)."
            + (" Its own cohort is not open: forget yours first." if own_cohort else ""),
        )
        st.caption(
            "The text stays in the memory of this browser session, on the computer that runs this "
            "program; nothing of it is written to its disk or its log."
        )


def show_problem(problem: str) -> None:
    """Why a manuscript could not be read; the words may hold a file's name."""
    st.html(f'<div role="alert" class="pht-problem">✖ {escape(problem)}</div>')
