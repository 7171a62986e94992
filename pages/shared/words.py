"""An exhibit in words and as code, to be copied into a manuscript or run again."""

from typing import Any

import streamlit as st

from pages.shared.session import View
from pages.shared.sources import script_source
from pht_core.exhibits.exhibit import Exhibit


def show_words(view: View, exhibit: Exhibit[Any], options: Any) -> None:
    """Caption, results sentence and a script, each with a button to copy it."""
    from pht_core.exhibits.script import format_script

    texts = exhibit.texts(view, exhibit.kept_numbers(view, options), options)
    script = format_script(view, exhibit, options, **script_source())
    for title, text, language in (
        ("Caption", texts.caption, None),
        ("Results sentence", texts.result, None),
        ("Show code: a script that makes this very figure from this very file", script, "python"),
    ):
        if text:
            st.caption(title)
            st.code(text, language=language, wrap_lines=True)
