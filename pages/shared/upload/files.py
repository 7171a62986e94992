"""The upload page's way in and out: drop zone, templates, saved mapping, relabelling."""

from functools import partial

import pandas as pd
import streamlit as st

from pages.shared.choices import select
from pages.shared.saving import save_button
from pages.shared.server import drop_uploads
from pages.shared.session import current, plain, relabel, remove_upload, upload_key
from pages.shared.upload.reading import read_upload, use_saved_mapping
from pages.shared.words import said, worded
from pht_core.export import format_csv
from pht_core.intake.opening.worker import get_ready
from pht_core.intake.reading import read_sample
from pht_core.intake.source import SourceFile
from pht_core.model.cohort import sort_naturally
from pht_core.model.errors import PhtError

KINDS = "CSV, TSV, Excel (.xlsx, .xls), SAS, SPSS (.sav), Stata (.dta), Parquet or ZIP"


def show_drop_zone() -> None:
    """Take files, and read them at once, showing the progress."""
    get_ready()
    st.markdown(
        f"**Drop your data files here**: {KINDS}; one file, or all files of a cohort together."
    )
    key = upload_key("cohort_files")
    files = st.file_uploader(
        "Cohort files", accept_multiple_files=True, key=key, label_visibility="collapsed"
    )
    st.caption(said("upload_kept"))
    if files:
        with st.status("Reading …", expanded=True) as status:

            def report(text: str) -> None:
                status.update(label=plain(text))
                status.write(plain(text))

            given = [SourceFile(file.name, file.getvalue()) for file in files]
            drop_uploads(*files)
            read_upload(given, report)
        st.rerun()


def show_templates(*, folded: bool) -> None:
    """Files to fill in, and the sample in each layout; each is made when it is asked for."""
    from pht_core.paper.form import format_form, write_form
    from pht_core.paper.layouts import LAYOUTS, write_layout

    title = "Templates and sample data"
    if not folded:
        st.markdown(f"**{title}**")
    with st.expander(title) if folded else st.container():
        with st.container(horizontal=True):
            save_button(data=write_form, name="pht-template.xlsx", **worded("template_excel"))
            save_button(data=format_form, name="pht-template.csv", **worded("template_csv"))
        titles = {key: layout.title for key, layout in LAYOUTS.items()}
        label = "Layout of the sample data (simulated)"
        name = select(label, titles, "sample_layout", bind=None)
        layout = LAYOUTS[name]
        sample = partial(write_layout, read_sample(), name)
        save_button("Download sample data", sample, layout.file_name, help=layout.note)


def show_saved_mapping() -> None:
    """Take a saved mapping: for the files read already, or for those to come."""
    with st.expander("Use a saved column mapping"):
        label, key = "Column mapping (JSON, saved on this page)", upload_key("mapping_file")
        file = st.file_uploader(label, type=["json"], key=key)
        if file is not None:
            try:
                drop_uploads(file)
                use_saved_mapping(file.getvalue())
            except PhtError as error:
                st.error(plain(str(error)))
            else:
                st.rerun()
        if current().upload.saved_mapping is not None:
            st.markdown("A saved mapping is in use. It applies to every file in this session.")


def show_leaving() -> None:
    """Relabelling, and the end of the cohort in this session."""
    st.subheader("Before sharing figures")
    st.checkbox(
        value=bool(current().upload.pseudonyms),
        key=upload_key("relabel"),
        on_change=_relabel,
        disabled=current().upload.cohort is None,
        **worded("relabel"),
    )
    if drawn := current().upload.pseudonyms:
        st.caption(said("pseudonyms"))
        rows = [(name, drawn[name]) for name in sort_naturally(drawn)]
        key = pd.DataFrame(rows, columns=["id_in_file", "shown_as"])
        label = "Key (CSV; store it with the patient records)"
        save_button(label, partial(format_csv, key), "pht-key.csv")
    leave = "Remove this cohort and return to the sample data"
    st.button(leave, key="remove_here", on_click=remove_upload)


def _relabel() -> None:
    relabel(bool(st.session_state[upload_key("relabel")]))
