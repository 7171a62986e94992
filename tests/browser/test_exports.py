"""Files of figures as a browser shows them: the SVG is the PNG, in the same letters."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from pht_core.exhibits.cytopenias import CytopeniaOptions
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.view import View
from pht_core.export import Order, Style, draw_pictures
from pht_core.intake.reading import read_sample
from tests.browser.compared import WIDTH, difference, see_png, see_svg
from tests.drawn import DRAW

STYLES = {
    "light": Style(),
    "light column": Style("single", ppi=600),
    "grey column": Style("single", ppi=600, grey=True),
}
# What two programs differ by in smoothing edges reaches 9 and 0.8 (of 255); a label that is gone or
# 4 units off makes 13 and more, other fonts 1.4.
MOST_IN_A_TILE, MOST_ON_THE_WHOLE = 11, 1.2
WORDS = {
    "title": "A title: AVATAR, fi, 10⁹/L ≥ 3 ★",
    "footer": "Simulated data: made up; 17 of 17.",
}


@pytest.fixture(scope="module")
def sheet(browser: Browser) -> Iterator[Page]:
    """A page to show pictures on, of two pixels a unit."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 1000}, device_scale_factor=2)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def figures() -> list[Rendering]:
    """Every figure of the pages, on the sample, and the pies that a choice makes of bars."""
    cohort = read_sample()
    entries = list_entries(View(cohort))
    entries.append(Entry("figure1-incidence", CytopeniaOptions(look="pies")))
    renderings, left_out = render_entries(cohort, entries)
    assert left_out == []
    return [rendering for rendering in renderings if rendering.draw is not None]


@pytest.mark.parametrize("style", ["light", "grey column"])
def test_every_kind_of_file_shows_the_same(
    sheet: Page, figures: list[Rendering], style: str
) -> None:
    own = STYLES[style]
    kinds = ("png", "svg", "outlined")
    asked = [
        Order(rendering.draw(RenderTarget(own.theme, own.width)), kinds, own)
        for rendering in figures
        if rendering.draw
    ]
    assert len(asked) == 20
    for rendering, files in zip(figures, draw_pictures(asked), strict=True):
        png = see_png(files["png"])
        for kind in ("svg", "outlined"):
            apart = difference(png, see_svg(sheet, files[kind], png))
            assert apart.worst < MOST_IN_A_TILE, (rendering.name, kind, apart)
            assert apart.mean < MOST_ON_THE_WHOLE, (rendering.name, kind, apart)


def orders(style: Style) -> list[Order]:
    bars = DRAW["incidence"](theme=style.theme, width=style.width, **WORDS)
    return [Order(bars, ("png", "svg", "outlined"), style)]


def test_a_fault_would_be_seen(sheet: Page) -> None:
    (files,) = draw_pictures(orders(STYLES["light column"]))
    png, svg = see_png(files["png"]), files["svg"].decode()
    label = re.search("<text[^>]*>16 \\(94%\\)</text>", svg)
    assert label is not None
    for fault in (
        svg.replace(label[0], ""),
        svg.replace(label[0], label[0].replace("<text", '<text dx="4"')),
        svg.replace(label[0], label[0].replace("<text", '<text dy="4"')),
        svg.replace(label[0], label[0].replace("94", "49")),
        re.sub("<style>.*?</style>", "", svg).replace("Source Sans 3", "No Such Font"),
    ):
        assert fault != svg
        assert difference(png, see_svg(sheet, fault.encode(), png)).worst > MOST_IN_A_TILE


def test_an_svg_brings_its_letters(sheet: Page) -> None:
    (files,) = draw_pictures(orders(Style()))
    sheet.set_content(files["svg"].decode())
    loaded = sheet.evaluate(
        "async () => { await document.fonts.ready;"
        " return [...document.fonts].map(face => [face.family, face.weight, face.status]) }"
    )
    assert sorted(loaded) == [
        ["DejaVu Sans", "700", "loaded"],
        ["Source Sans 3", "400", "loaded"],
        ["Source Sans 3", "600", "loaded"],
    ]
