"""Choices on pages: their widgets, what was chosen last, and how a settings file sets them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from pages.shared.menu import PAGES
from pages.shared.session import current
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.saved import Saved


def choose(label: str, options: Mapping[str, str], key: str, **more: Any) -> str:
    """Buttons for one of a few options (name: words), the first by default; returns its name.

    ``key`` is the choice's name in the address. What another cohort offered is no choice here.
    """
    if st.session_state.get(key, next(iter(options))) not in options:
        del st.session_state[key]
    more |= {"format_func": options.__getitem__, "key": key, "bind": "query-params"}
    first, names = next(iter(options)), list(options)
    name: str = st.segmented_control(label, names, default=first, required=True, **more)
    return name


def select(label: str, options: Mapping[str, str], key: str, **more: Any) -> str:
    """The same as a list to open; ``bind=None`` keeps it out of the address."""
    more = {"key": key, "bind": "query-params", **more}
    name: str = st.selectbox(label, list(options), format_func=options.__getitem__, **more)
    return name


def switch(label: str, key: str, *, value: bool = False, help: str | None = None) -> bool:
    """A choice between on and off."""
    return st.toggle(label, value=value, key=key, bind="query-params", help=help)


def slide(label: str, low: int, high: int, value: Any, key: str, help: str | None = None) -> Any:
    """A slider for a number, or, where ``value`` is two, for a range."""
    return st.slider(label, low, high, value, key=key, bind="query-params", help=help)


def published() -> bool:
    """Whether figures of an own cohort are marked with what publications print."""
    return current().upload.cohort is not None and bool(st.session_state.get("published"))


def remember_choice(shown: Exhibit[Any]) -> None:
    """Keep what a page shows now."""
    session = current()
    session.page = shown.page
    alternatives = PAGES[shown.page].alternatives
    if shown.name in alternatives:
        for name in alternatives:
            session.options.pop(name, None)
    session.options[shown.name] = asdict(shown.chosen)


def restore_choices(saved: Saved) -> None:
    """Set the pages' widgets; called before they are drawn."""
    for name, chosen in saved.page_options.items():
        page = PAGES[EXHIBITS[name].page]
        for option, value in chosen.items():
            # No patient is whoever comes first.
            if value == "":
                st.session_state.pop(page.widget(option), None)
            else:
                value = list(value) if isinstance(value, tuple) else value
                st.session_state[page.widget(option)] = value
    if (opened := PAGES.get(saved.page)) and (alternatives := opened.alternatives):
        shown = [alternatives[name] for name in saved.page_options if name in alternatives]
        st.session_state[opened.name] = shown[-1] if shown else next(iter(alternatives.values()))
    session = current()
    session.page = saved.page
    session.options = {name: dict(own) for name, own in saved.page_options.items()}
