"""The settings file: page, choices, filters, definitions and slides, saved and opened again."""

from functools import partial

import streamlit as st

from pages.shared import session
from pages.shared.basket import MOST_ENTRIES, basket, note_words, set_basket
from pages.shared.figure import PAGES, restore_choices, told_choices
from pages.shared.session import View
from pages.shared.sidebar import restore
from pages.shared.slides.list import renew_list
from pages.shared.styles import STYLE, current_style
from pht_core.exhibits.saved import Saved, check_digest, format_saved, read_saved, rename_saved
from pht_core.export.files import file_name
from pht_core.export.pictures.style import Style
from pht_core.model.errors import PhtError

KEPT = "it shows the usual. Figures in the slides keep what the file says."
TOLD = "settings_told"  # what was said of the last settings file: kind and sentence


def current_saved(view: View) -> Saved:
    """All that a settings file holds, by the ids of the file where patients are relabelled."""
    page, choices = told_choices()
    saved = Saved(
        page=page,
        page_options=choices,
        settings=view.settings,
        filters=view.filters,
        style=current_style().to_plain(),
        final=session.is_final(),
        basket=tuple(basket()),
        data_name=view.cohort.name,
        digest=view.cohort.digest,
        tables_digest=session.own_cohort().tables_digest,
    )
    own = {shown: name for name, shown in session.pseudonyms().items()}
    return rename_saved(saved, own) if own else saved


def show_saved(view: View) -> None:
    """Save and open; what the last file said, and the way to its page."""
    st.subheader("Settings file")
    st.caption(
        "Holds the page, its choices, filters, definitions and these slides, so that you or a "
        "reviewer get the same again: here, or by `python -m pht_core deck FILE --settings`. It "
        "names patients where some were chosen for a figure; it holds no counts."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "Save settings",
            partial(format_saved, current_saved(view)),
            file_name=file_name("settings", kind="json"),
            mime="application/json",
            icon=":material/save:",
            key="save_settings",
            on_click="ignore",
        )
        with st.popover("Open settings", icon=":material/folder_open:"):
            st.file_uploader(
                "A settings file (.json)",
                type=["json"],
                key=_key(),
                on_change=_open,
            )
    told = st.session_state.pop(TOLD, [])
    for kind, sentence in told:
        {"error": st.error, "warning": st.warning, "success": st.success}[kind](sentence)
    page = told_choices()[0]
    if told and told[-1][0] == "success" and page in PAGES:
        file, title = PAGES[page]
        st.page_link(file, label=f"Go to {title}, which was open →")


def _key() -> str:
    return f"settings_{st.session_state.get('settings_round', 0)}"


def _open() -> None:
    """Take over what a settings file says; runs before the widgets that it sets."""
    given = st.session_state.get(_key())
    if given is None:
        return
    st.session_state["settings_round"] = st.session_state.get("settings_round", 0) + 1
    told: list[tuple[str, str]] = []
    st.session_state[TOLD] = told
    try:
        saved = read_saved(given.getvalue())
        style = Style.from_plain(saved.style) if saved.style else Style()
    except PhtError as error:
        told.append(("error", session.plain(str(error))))
        return
    cohort = session.own_cohort()
    if warning := check_digest(saved, cohort):
        told.append(("warning", session.plain(warning)))
    if session.pseudonyms():
        saved = rename_saved(saved, session.pseudonyms())
    lost = restore(saved.settings, saved.filters)
    if lost:
        words = ", ".join(lost)
        told.append(("warning", f"The sidebar does not offer {words} as the file has it: {KEPT}"))
    restore_choices(saved)
    set_basket(saved.basket)
    st.session_state[STYLE] = style
    session.set_final(saved.is_final(cohort))
    renew_list()
    note_words(saved.tables_digest or ("" if saved.digest == cohort.digest else saved.digest))
    n, more = len(basket()), len(saved.basket) - MOST_ENTRIES
    if more > 0:
        words = f"The slides hold {MOST_ENTRIES} figures: the file's last {more} were not taken."
        told.append(("warning", words))
    told.append(("success", f"Taken over: filters, definitions and {n} figure{'s' * (n != 1)}."))
