"""The list of what is in the slides: order, titles, comments."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.shared import basket as slides
from pages.shared.basket import basket
from pages.shared.session import find_view, plain, renew, renewed_key
from pages.shared.sidebar import NO_MATCH
from pages.shared.words import said, worded
from pht_core.exhibits.entry import Entry, list_entries, list_story
from pht_core.exhibits.view import View
from pht_core.model.criteria import scheme
from pht_core.model.errors import PhtError
from pht_core.model.filters import format_filters
from pht_core.model.settings import changed_settings
from pht_core.model.words import counted

WIDGETS = "slides"  # of the list; they are named by place


def show_empty(view: View) -> None:
    """What the files hold where nothing was selected, and how to select."""
    story = list_story(view) if view.subject_ids else []
    if not story:
        st.info(f"{NO_MATCH}: {view.words}.")
        return
    st.subheader("The story in six figures")
    figures = "\n".join(f"1. {plain(entry.exhibit.title)}" for entry in story)
    st.markdown(said("story", figures=figures))
    show_fill(view)


def show_fill(view: View) -> None:
    """Several figures at once, as the filters and definitions are now."""
    with st.container(horizontal=True, width="content"):
        if not basket():
            story = partial(_add, view, list_story)
            st.button(**worded("edit_story"), on_click=story)
        every, nobody = partial(_add, view, list_entries), not view.subject_ids
        st.button(**worded("add_all"), on_click=every, disabled=nobody)
        others = slides.other_basket()
        if others and not basket():
            words = worded("reuse", figures=counted(len(others), "figure", "figures"))
            st.button(**words, on_click=slides.take_over, args=(others,))


def _add(view: View, usual: Callable[[View], list[Entry]]) -> None:
    _changed(lambda: slides.add_entries(usual(view)))


def _changed(act: Callable[[], None]) -> None:
    """Change the list, and forget what stands in its widgets: entries have moved."""
    act()
    renew(WIDGETS)


def show_list(view: View) -> None:
    """A row per entry: what it says, under which filters; up, down, rename, out."""
    entries = basket()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(f"Selected for slides ({len(entries)})")
        show_fill(view)
        empty = partial(slides.set_basket, [])
        st.button("Remove all", icon=":material/delete:", on_click=_changed, args=(empty,))
    if slides.words_are_older():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(said("words_are_older"))
            st.button("They are correct", on_click=slides.note_words)
    for place, entry in enumerate(entries):
        _show_entry(place, entry, last=place == len(entries) - 1)


def _show_entry(place: int, entry: Entry, *, last: bool) -> None:
    key = f"{renewed_key('slide', WIDGETS)}_{place}"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            headline, problem = _headline(entry)
            st.markdown(f"**{place + 1}. {plain(entry.title or headline)}**")
            words = [entry.exhibit.title, format_filters(entry.filters)]
            words += [scheme(entry.settings.scheme).title, *changed_settings(entry.settings)]
            st.caption(plain(" · ".join(words)))
            if entry.title and not problem:
                st.caption(f"Default title: {plain(headline)}")
            if problem:
                st.warning(f"Omitted: {plain(problem)}")
            if entry.comment:
                st.caption(f"Comment: {plain(entry.comment)}")
        with st.container(horizontal=True, width="content"):
            move = partial(slides.move_entry, place)
            _button("arrow_upward", "Move up", f"{key}_up", partial(move, -1), off=place == 0)
            _button("arrow_downward", "Move down", f"{key}_down", partial(move, 1), off=last)
            _show_words(place, entry, headline, key)
            _button("close", "Remove", f"{key}_out", partial(slides.remove_entry, place))


def _button(icon: str, words: str, key: str, act: Callable[[], None], *, off: bool = False) -> None:
    icon = f":material/{icon}:"
    st.button("", icon=icon, help=words, key=key, on_click=_changed, args=(act,), disabled=off)


def _show_words(place: int, entry: Entry, headline: str, key: str) -> None:
    menu = st.popover("", icon=":material/edit:", help="Edit title or comment", key=f"{key}_edit")
    with menu, st.form(f"{key}_form", border=False):
        title = st.text_input("Title", entry.title, placeholder=headline, max_chars=300)
        comment = st.text_area("Comment (in the speaker notes)", entry.comment, max_chars=2000)
        if st.form_submit_button("Save"):
            slides.change_entry(place, title.strip(), comment.strip())
            renew(WIDGETS)
            st.rerun()


def _headline(entry: Entry) -> tuple[str, str]:
    """What the entry says, and why it has nothing to show if so."""
    view = find_view(entry.settings, entry.filters)
    exhibit = entry.exhibit
    if not view.subject_ids:
        return exhibit.title, f"{NO_MATCH}: {view.words}."

    def stated() -> tuple[str, str]:
        try:
            shown = exhibit(view, entry.options)
            if why := shown.why_not():
                return exhibit.title, why
            return shown.texts().headline, ""
        except PhtError as error:
            return exhibit.title, str(error)

    return view.keep((entry.name, entry.options, "headline"), stated)
