"""The registry of pages: a page that is added to it has its place in everything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from pages.shared.menu import PAGES, Page
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.exhibit import choice
from pht_core.exhibits.overview import PatientFlow
from pht_core.exhibits.saved import Saved, format_saved
from tests.opened import APP, assert_unharmed, go, open_page, words

FILE = """
import streamlit as st
from pages.shared.choices import choose
from pages.shared.figure import show_figure
from pages.shared.session import current_view
from pht_core.exhibits.catalogue import EXHIBITS

exhibit = EXHIBITS["extra-flow"]
size = choose("Size", {"small": "small", "large": "large"}, "extra_size")
show_figure(exhibit(current_view(), exhibit.options(size)))
"""


@dataclass(frozen=True)
class ExtraOptions:
    """The choice of the added page."""

    size: str = choice("small", "large")


@pytest.fixture
def extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Page:
    """A page of another figure, added while the tests run."""
    file = tmp_path / "extra.py"
    file.write_text(FILE)
    page = Page(
        "extra",
        "Outcome",
        "Extra page",
        heading="All of it",
        file=str(file),
        widgets={"size": "extra_size"},
    )
    names = {"name": "extra-flow", "page": "extra", "options": ExtraOptions}
    monkeypatch.setitem(EXHIBITS, "extra-flow", type("ExtraFlow", (PatientFlow,), names))
    monkeypatch.setitem(PAGES, "extra", page)
    return page


def test_every_exhibit_has_its_page() -> None:
    assert {exhibit.page for exhibit in EXHIBITS.values()} <= set(PAGES)
    for page in PAGES.values():
        assert (APP.parent / page.path).exists()
        assert {EXHIBITS[name].page for name in page.alternatives} <= {page.name}


def test_an_added_page_is_in_the_menu_and_shows_its_figure(
    extra: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    menus: list[dict[str, list[Any]]] = []
    navigate = st.navigation

    def noted(menu: dict[str, list[Any]]) -> Any:
        menus.append(menu)
        return navigate(menu)

    monkeypatch.setattr(st, "navigation", noted)
    app = open_page("extra")
    assert list(menus[-1]) == ["", "Files and reports"]
    assert [one.title for one in menus[-1][""]][-4:] == [
        "Response",
        "On and off prednisone",
        "Survival",
        "Extra page",
    ]
    assert menus[-1][""][-1].url_path == "extra"
    assert app.title[0].value == "All of it"
    assert len(app.get("vega_lite_chart")) == 1
    assert app.session_state["session"].page == "extra"


def test_filters_that_leave_nobody_stop_an_added_page(extra: Page) -> None:
    app = open_page("extra", age_years=(99, 100))
    assert "No patients match these filters." in words(app)
    assert len(app.title) == 0


def test_a_settings_file_leads_to_an_added_page(extra: Page) -> None:
    text = format_saved(Saved(page="extra", page_options={"extra-flow": {"size": "large"}}))
    app = open_page("slides")
    app.file_uploader(key="settings_0").set_value(
        ("settings.json", text.encode(), "application/json")
    ).run()
    assert_unharmed(app)
    (link,) = [link.proto for link in app.get("page_link") if "saved page" in link.proto.label]
    assert (link.label, link.page) == ("Go to the saved page, Extra page →", "extra")
    go(app, "extra")
    assert app.segmented_control(key="extra_size").value == "large"
    assert app.session_state["session"].options["extra-flow"] == {"size": "large"}
