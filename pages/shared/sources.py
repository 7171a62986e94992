"""Which files the current cohort came from: what a script needs to read them again."""

from typing import Any

import streamlit as st

from pages.shared.session import SOURCES, pseudonyms

MAPPING_FILE = "mapping.json"


def script_source() -> dict[str, Any]:
    """What ``format_script`` needs beside the view; no files for the sample, which it knows."""
    files, mapped = st.session_state.get(SOURCES, ((), False))
    return {
        "files": files,
        "mapping_file": MAPPING_FILE if mapped else "",
        "pseudonyms": pseudonyms(),
    }
