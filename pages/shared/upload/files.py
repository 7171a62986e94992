"""The upload page's way in and out: drop zone, templates, saved mapping, relabelling."""

from functools import partial

import pandas as pd
import streamlit as st

from pages.shared import session
from pht_core.intake.source import SourceFile
from pht_core.model.errors import PhtError

KINDS = "CSV, TSV, Excel (.xlsx), SAS (.xpt, .sas7bdat), SPSS (.sav), Parquet or ZIP"


def show_drop_zone() -> None:
    """Take files, and read them at once, telling how far it is."""
    st.markdown(f"**Drop the files your hospital has**: {KINDS}; one, or all of a cohort together.")
    files = st.file_uploader(
        "Cohort files",
        accept_multiple_files=True,
        key=session.upload_key("cohort_files"),
        label_visibility="collapsed",
    )
    st.caption(
        "They stay in the memory of this browser session, on the computer that runs this program; "
        "nothing is written to its disk. No column needs renaming first."
    )
    if files:
        with st.status("Reading …", expanded=True) as status:

            def report(text: str) -> None:
                status.update(label=session.plain(text))
                status.write(session.plain(text))

            session.read_upload([SourceFile(file.name, file.getvalue()) for file in files], report)
        st.rerun()


def show_templates() -> None:
    """Files to fill in, and the sample in each layout; each is made when it is asked for."""
    from pht_core.paper.form import format_form, write_form
    from pht_core.paper.layouts import LAYOUTS, write_layout

    st.markdown("**No file yet?**")
    with st.container(horizontal=True):
        st.download_button(
            "Template (Excel)",
            write_form,
            file_name="pht-template.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            on_click="ignore",
            help="A sheet for each table, and one that explains every column. Its EXAMPLE rows "
            "are to be written over.",
        )
        st.download_button(
            "Template (CSV)",
            format_form,
            file_name="pht-template.csv",
            mime="text/csv",
            on_click="ignore",
            help="One row per patient and day. Its EXAMPLE rows are to be written over.",
        )
    name = st.selectbox(
        "The sample (simulated) in common layouts",
        list(LAYOUTS),
        format_func=lambda key: LAYOUTS[key].title,
        key="sample_layout",
    )
    st.download_button(
        "Download the sample",
        partial(write_layout, session.sample_cohort(), name),
        file_name=LAYOUTS[name].file_name,
        mime=LAYOUTS[name].mime,
        on_click="ignore",
        help=LAYOUTS[name].note,
    )


def show_saved_mapping() -> None:
    """Take a mapping saved earlier: for the files read already, or for those to come."""
    with st.expander("Use a mapping saved earlier"):
        file = st.file_uploader(
            "Mapping (JSON, saved on this page)",
            type=["json"],
            key=session.upload_key("mapping_file"),
        )
        if file is not None:
            try:
                session.use_saved_mapping(file.getvalue())
            except PhtError as error:
                st.error(session.plain(str(error)))
            else:
                st.rerun()
        if session.SAVED_MAPPING in st.session_state:
            st.markdown("A saved mapping is in use. It applies to every file of this session.")


def show_leaving() -> None:
    """Relabelling, and the end of the cohort in this session."""
    st.subheader("Before showing figures around")
    st.checkbox(
        "Relabel patients (P1, P2, …) on every page and in every download",
        value=bool(session.pseudonyms()),
        key=session.upload_key("relabel"),
        on_change=_relabel,
        disabled=session.UPLOADED not in st.session_state,
        help="The numbers are drawn at random, so that they tell nothing of the order of the file "
        "or of treatment. This page keeps your own ids, so that you find them in your file.",
    )
    if drawn := session.pseudonyms():
        from pht_core.export import format_csv

        st.caption(
            "Numbers in random order, drawn for this session. Only this key says who is who; it "
            "is gone when the cohort is forgotten or the session ends."
        )
        key = pd.DataFrame(sorted(drawn.items()), columns=["id_in_file", "shown_as"])
        st.download_button(
            "Key (CSV; keep it with the patients' files)",
            partial(format_csv, key),
            file_name="pht-key.csv",
            mime="text/csv",
            on_click="ignore",
        )
    st.button(
        "Forget this cohort, back to the sample",
        key="forget_here",
        on_click=session.forget_upload,
    )


def _relabel() -> None:
    session.relabel(bool(st.session_state[session.upload_key("relabel")]))
