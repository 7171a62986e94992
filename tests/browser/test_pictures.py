"""Every figure on paper: no text touches another or leaves its picture, at any width and theme.

The converter lays a picture out; the browser measures what it drew, turned words too.
"""

import base64
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pht_core.exhibits.exhibit import RenderTarget
from tests.pictured import FIGURES, FONTS, NAMING, STRIPS, drawn_figures

SCRIPT = Path(__file__).with_name("picture_texts.js").read_text(encoding="utf-8")
# A column of 85 mm and a page of 180 mm at 7 pt, a slide at 12 and at 16 pt; the narrowest.
COLUMN, NARROWEST = RenderTarget("grey", 413), RenderTarget("dark", 360)
PAGE, SLIDE, LARGE = (
    RenderTarget("light", 874),
    RenderTarget("light", 960),
    RenderTarget("light", 720),
)
# As low as a slide with large letters leaves room for.
LOW = RenderTarget("light", 720, 320)
# Together so many pictures as two processes draw in half a minute, the large cohort first.
SETS: dict[str, dict[str, list[RenderTarget]]] = {
    "long ids": {
        name: [COLUMN, LARGE, *([SLIDE, NARROWEST] if name in NAMING else [])] for name in FIGURES
    },
    "sample": {name: [COLUMN, PAGE, SLIDE, LOW] for name in (*FIGURES, STRIPS)},
    # Letters of a font that has to be looked for take seconds a picture: the narrow one only.
    "Chinese ids": {name: [COLUMN] for name in NAMING},
}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page with the fonts of the figures, already read."""
    page = browser.new_page()
    styles, samples = "", ""
    files = sorted(FONTS.glob("*.ttf"))
    for font in files:
        data = base64.b64encode(font.read_bytes()).decode()
        styles += f"@font-face{{font-family:'{font.stem}';src:url(data:font/ttf;base64,{data})}}"
        samples += f"<p style=\"font-family:'{font.stem}'\">Hg</p>"
    page.set_content(f'<style>{styles}</style><body style="margin:0">{samples}')
    assert page.evaluate("document.fonts.ready.then(fonts => fonts.size)") == len(files) > 1
    yield page
    page.close()


def faults_of(page: Page, svgs: list[str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate(f"svgs => ({SCRIPT})(svgs)", svgs)
    return found


def test_no_text_touches_another_or_leaves_its_picture(page: Page) -> None:
    # A new process each: the converter holds Python's lock while it draws.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(drawn_figures, SETS.keys(), SETS.values()))
    pictures = {name: svg for part in parts for name, svg in part.items()}
    # 27 figures in 4 looks, 26 of the large cohort in 2; the 11 that name patients 2 and 1 more.
    assert len(pictures) == 27 * 4 + 26 * 2 + 11 * 2 + 11
    found = dict(zip(pictures, faults_of(page, [*pictures.values()]), strict=True))
    assert [name for name, measured in found.items() if measured["texts"] == 0] == []
    assert {name: told["faults"] for name, told in found.items() if told["faults"]} == {}


def svg(*texts: str) -> str:
    """A picture of 200 by 100 with these texts, in letters 10 units high."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100">'
        f'<rect width="200" height="100"/><g font-family="SourceSans3-Regular" font-size="10px">'
        f"{''.join(texts)}</g></svg>"
    )


def test_the_measure_finds_what_is_wrong(page: Page) -> None:
    fine = '<text x="20" y="50">one</text>'
    cases = {
        # 2 units lower than the first: ink over ink.
        "over": '<text x="22" y="52">two</text>',
        # A halo is the same words at the same place.
        "halo": '<text x="20" y="50" stroke="white">one</text>',
        # The line above, as close as lines of one text are.
        "line": '<text x="20" y="39">line</text>',
        # Begins 170 units to the right and is longer than the 30 that are left.
        "out": '<text x="170" y="90">many words</text>',
        # Turned: it runs up from 10, and 20 units of it do not suffice.
        "turned": '<text transform="translate(190,20) rotate(-90)">Hemoglobin</text>',
        # The second line of a text lies over the first words.
        "second": '<text><tspan x="100" y="40">far</tspan><tspan x="21" y="51">near</tspan></text>',
    }
    found = faults_of(page, [svg(fine, case) for case in cases.values()])
    told = {name: one["faults"] for name, one in zip(cases, found, strict=True)}
    words = {name: " ".join(map(str, faults)) for name, faults in told.items()}  # type: ignore[call-overload]
    assert words["halo"] == words["line"] == ""
    assert '"two" and "one" meet' in words["over"] or '"one" and "two" meet' in words["over"]
    assert '"many words" leaves the picture' in words["out"]
    assert '"Hemoglobin" leaves the picture' in words["turned"]
    assert '"near"' in words["second"]
    assert [len(faults) for faults in told.values()] == [1, 0, 0, 1, 1, 1]  # type: ignore[arg-type]
