"""The settings file: page, choices, filters, definitions and slides, saved and opened again."""

from functools import partial

import streamlit as st

from pages.shared.basket import MOST_ENTRIES, basket, note_words, set_basket
from pages.shared.choices import restore_choices
from pages.shared.menu import PAGES
from pages.shared.saving import save_button
from pages.shared.server import drop_uploads
from pages.shared.session import (
    current,
    is_final,
    own_cohort,
    own_ids,
    plain,
    renew,
    renewed_key,
    set_final,
)
from pages.shared.sidebar import restore
from pages.shared.slides.list import WIDGETS
from pages.shared.styles import STYLE, current_style
from pages.shared.words import said
from pht_core.exhibits.saved import Saved, check_digest, format_saved, read_saved, rename_saved
from pht_core.exhibits.view import View
from pht_core.export.files import file_name
from pht_core.export.pictures.style import Style
from pht_core.model.errors import PhtError
from pht_core.model.words import counted, listed

MESSAGES = "settings_messages"  # on the last settings file: kind and sentence


def current_saved(view: View) -> Saved:
    """All that a settings file holds, by the ids of the file where patients are relabelled."""
    session = current()
    saved = Saved(
        page=session.page,
        page_options=dict(session.options),
        settings=view.settings,
        filters=view.filters,
        style=current_style().to_plain(),
        final=is_final(),
        basket=tuple(basket()),
        data_name=view.cohort.name,
        digest=view.cohort.digest,
        tables_digest=own_cohort().tables_digest,
    )
    return rename_saved(saved, own_ids()) if own_ids() else saved


def show_saved(view: View) -> None:
    """Save and open; what the last file said, and the way to its page."""
    st.subheader("Settings file")
    st.caption(said("settings_file"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        save_button(
            "Save settings",
            partial(format_saved, current_saved(view)),
            file_name("settings", kind="json"),
            icon=":material/save:",
            key="save_settings",
        )
        with st.popover("Open settings", icon=":material/folder_open:"):
            st.file_uploader("Settings file (.json)", type=["json"], key=_key(), on_change=_open)
    messages = st.session_state.pop(MESSAGES, [])
    for kind, sentence in messages:
        {"error": st.error, "warning": st.warning, "success": st.success}[kind](sentence)
    page = PAGES.get(current().page)
    if page and messages and messages[-1][0] == "success":
        page.show_link(f"Go to the saved page, {page.title} →")


def _key() -> str:
    return renewed_key("settings", "settings")


def _open() -> None:
    """Apply a settings file; runs before the widgets that it sets."""
    given = st.session_state.get(_key())
    if given is None:
        return
    drop_uploads(given)
    renew("settings")
    messages: list[tuple[str, str]] = []
    st.session_state[MESSAGES] = messages
    try:
        saved = read_saved(given.getvalue())
        style = Style.from_plain(saved.style) if saved.style else Style()
    except PhtError as error:
        messages.append(("error", plain(str(error))))
        return
    cohort = own_cohort()
    if warning := check_digest(saved, cohort):
        messages.append(("warning", plain(warning)))
    if pseudonyms := current().upload.pseudonyms:
        saved = rename_saved(saved, pseudonyms)
    if lost := restore(saved.settings, saved.filters):
        words = said("not_offered", names=listed(lost))
        messages.append(("warning", words))
    restore_choices(saved)
    set_basket(saved.basket)
    st.session_state[STYLE] = style
    set_final(saved.is_final(cohort))
    renew(WIDGETS)
    note_words(saved.tables_digest or ("" if saved.digest == cohort.digest else saved.digest))
    if (more := len(saved.basket) - MOST_ENTRIES) > 0:
        messages.append(("warning", said("most_entries", most=MOST_ENTRIES, more=more)))
    n = counted(len(basket()), "figure", "figures")
    messages.append(("success", f"Applied: filters, definitions and {n}."))
