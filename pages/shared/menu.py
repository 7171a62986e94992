"""The menu: every page with its place, its title and the widgets of its exhibits' options."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

FILES = "Files and reports"


@dataclass(frozen=True)
class Page:
    """One page. Which page shows an exhibit is said by ``Exhibit.page``, a page's name.

    name : in addresses and settings files; never changed once published.
    section : its folder in ``pages/``. file : where that is elsewhere. title : in the menu and in
    links. heading : at its top, where that is not the title. filtered : false where filters do not
    act on it, so that it needs no patient; it then stands under its own heading of the menu.
    widgets : keys of widgets by the option that they hold, where the two names differ.
    alternatives : where the page shows one of its exhibits at a time: by the exhibit's name, the
    value of the widget that chooses it; that widget's key is the page's name.
    """

    name: str
    section: str
    title: str
    heading: str = ""
    file: str = ""
    filtered: bool = True
    widgets: Mapping[str, str] = field(default_factory=dict)
    alternatives: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its file, one folder below ``pages/``."""
        return self.file or f"pages/{self.section.lower()}/{self.name}.py"

    def widget(self, option: str) -> str:
        """Key of the widget that holds an option of this page's exhibits."""
        return self.widgets.get(option, option)

    def show_link(self, label: str, **choices: str) -> None:
        """A link to it, with choices of its widgets by their keys, in words as in the address."""
        st.page_link(self.path, label=label, query_params=choices or None)


# Those of menu.toml; the first is the page that the app opens with.
_KNOWN = tomllib.loads(Path(__file__).with_name("menu.toml").read_text("utf-8"))
PAGES: dict[str, Page] = {name: Page(name, **known) for name, known in _KNOWN.items()}


def show_menu() -> tuple[Page, Callable[[], None]]:
    """The menu; returns the page that is open and what runs it."""
    first = next(iter(PAGES))
    files = {
        name: st.Page(page.path, title=page.title, url_path=name, default=name == first)
        for name, page in PAGES.items()
    }
    menu = {
        heading: [files[name] for name, page in PAGES.items() if page.filtered is filtered]
        for heading, filtered in (("", True), (FILES, False))
    }
    opened = st.navigation(menu)
    return next(page for page in PAGES.values() if page.title == opened.title), opened.run
