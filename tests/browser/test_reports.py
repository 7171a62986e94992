"""Reports opened in the browser, from a file: drawn, hovered over, without scripts, and printed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from pht_core.charts.picture import Picture
from pht_core.exhibits.catalogue import STORY
from pht_core.exhibits.entry import list_entries, render_entries
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.patient import build_patient
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.view import View
from pht_core.export.document import write_html, write_patients, write_slides
from pht_core.intake.reading import read_sample
from tests.wards import HARMFUL, TURNED, patient_with_everything, renamed

A4 = (595, 842)
# Texts of interactive charts that reach beyond their chart's edges.
CUT_OFF = """() => [...document.querySelectorAll(".live svg")].flatMap((chart) => {
  const room = chart.getBoundingClientRect();
  return [...chart.querySelectorAll("text")].filter((text) => {
    const own = text.getBoundingClientRect();
    return Math.max(own.bottom - room.bottom, own.right - room.right, room.left - own.left,
                    room.top - own.top) > 1;
  }).map((text) => text.textContent);
})"""


@dataclass
class Opened:
    """A file in a browser of its own profile, and all that it asked for or complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def renderings() -> list[Rendering]:
    """Every figure and table of the sample, two of whose patients have ids meant to do harm."""
    cohort = renamed(read_sample(), {"P3": HARMFUL, "P5": TURNED})
    renderings, left_out = render_entries(cohort, list_entries(View(cohort)))
    assert left_out == []
    return renderings


@pytest.fixture(scope="module")
def report(renderings: list[Rendering], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_bytes(write_html(renderings))
    return file


@pytest.fixture(scope="module")
def slides(renderings: list[Rendering], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("slides") / "slides.html"
    story = [next(one for one in renderings if one.name == name) for name in STORY]
    file.write_bytes(write_slides(story))
    return file


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page for each of the sample's patients, and one for a patient with everything."""
    views = [View(read_sample()), View(patient_with_everything("血液科第三病区患者" * 13 + "X"))]
    pages = [build_patient(view, name) for view in views for name in view.subject_ids]
    file = tmp_path_factory.mktemp("patients") / "patients.html"
    file.write_bytes(write_patients(pages))
    return file


@pytest.fixture(params=[True])
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """A window; it has to ask for nothing but the file, and its console to stay silent."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, java_script_enabled=request.param
    )
    window = Opened(context.new_page())
    note_all(context, window)
    yield window
    context.close()
    assert window.complaints == []
    assert [address for address in window.asked if not address.startswith("file:")] == []
    assert len(window.asked) == 1


def note_all(context: BrowserContext, window: Opened) -> None:
    def let_through(route: Route) -> None:
        window.asked.append(route.request.url)
        route.continue_()

    context.route("**/*", let_through)
    context.on("console", lambda said: window.complaints.append(said.text))
    context.on("weberror", lambda problem: window.complaints.append(str(problem.error)))
    context.on("dialog", lambda dialog: window.complaints.append(dialog.message))


def open_file(window: Opened, file: Path) -> Page:
    window.page.goto(file.as_uri())
    return window.page


def see_every_chart(page: Page) -> int:
    """Go through the page as a reader does, so that each chart becomes interactive."""
    charts = page.locator("figure.chart")
    for place in range(charts.count()):
        charts.nth(place).scroll_into_view_if_needed()
        expect(charts.nth(place)).to_have_class("chart paper drawn")
    return charts.count()


def print_pages(page: Page, file: Path) -> list[str]:
    """Texts of the pages as printed, as another program reads them; every page is A4."""
    printed = file.with_suffix(".pdf")
    page.pdf(path=printed, prefer_css_page_size=True, print_background=True)
    document = pypdfium2.PdfDocument(printed)
    try:
        texts = []
        for sheet in document:
            assert sheet.get_size() == pytest.approx(A4, abs=1)
            text = sheet.get_textpage()
            # A line's end in a PDF is no word's end.
            texts.append(" ".join(text.get_text_bounded().replace("\r\n", " ").split()))
            text.close()
            sheet.close()
        return texts
    finally:
        document.close()


def picture_of(rendering: Rendering) -> Picture:
    assert rendering.draw is not None
    return rendering.draw(RenderTarget())


def test_every_chart_is_drawn_and_answers_the_pointer(
    opened: Opened, report: Path, renderings: list[Rendering]
) -> None:
    page = open_file(opened, report)
    figures = [rendering for rendering in renderings if rendering.draw]
    assert see_every_chart(page) == len(figures) == 19
    for place in range(len(figures)):
        marks = page.locator("figure.chart").nth(place).locator(".live svg [role=graphics-symbol]")
        assert marks.count() >= 4, figures[place].name
    expect(page.locator(".still svg").first).to_be_hidden()
    assert page.evaluate(CUT_OFF) == []
    incidence = next(
        i for i, rendering in enumerate(figures) if rendering.name == "figure1-incidence"
    )
    bars = page.locator("figure.chart").nth(incidence).locator(".live .mark-rect path[aria-label]")
    bars.first.scroll_into_view_if_needed()
    bars.first.hover(force=True)
    told = page.locator("#vg-tooltip-element.visible")
    expect(told).to_contain_text("anemia")
    expect(told).to_contain_text("16 (94%)")
    expect(told).to_contain_text("17")


def test_ids_that_are_meant_to_do_harm_are_shown_and_nothing_more(
    opened: Opened, report: Path
) -> None:
    page = open_file(opened, report)
    see_every_chart(page)
    assert page.evaluate("window.harmed") is None
    assert page.locator("img").count() == 0
    assert HARMFUL in page.locator("main").inner_text()
    trajectory = page.locator("figure.chart").filter(has_text="Blood counts and prednisone of")
    assert "window.harmed=1" in trajectory.locator(".live").inner_text()
    page.locator("summary").first.click()
    expect(page.locator("details table").first).to_be_visible()


@pytest.mark.parametrize("opened", [False], indirect=True)
def test_without_scripts_the_drawings_stand_there(opened: Opened, report: Path) -> None:
    page = open_file(opened, report)
    drawings = page.locator(".still svg")
    assert drawings.count() == 19
    for place in range(drawings.count()):
        expect(drawings.nth(place)).to_be_visible()
        box = drawings.nth(place).bounding_box()
        assert box is not None
        assert box["width"] > 800
        assert box["height"] > 150
    expect(page.locator(".live").first).to_be_hidden()


def test_a_printed_report_keeps_each_figure_with_its_words(
    opened: Opened, report: Path, renderings: list[Rendering]
) -> None:
    page = open_file(opened, report)
    texts = print_pages(page, report)
    bare = ["".join(text.split()) for text in texts]
    for rendering in renderings:
        if rendering.draw is None:
            continue
        # The drawing's own title and the caption below it stand on one page with the headline.
        words = [
            rendering.headline[:60],
            picture_of(rendering).frame.title[:40],
            rendering.caption[:60],
        ]
        parts = ["".join(part.split()).replace("\u202e", "\ufffd") for part in words]
        assert any(all(part in text for part in parts) for text in bare), rendering.name
    # Nothing of what is only for the screen, and no page without words.
    assert not any("Data table (" in text for text in texts)
    assert all(len(text) > 80 for text in bare)


def test_each_patient_is_printed_on_one_page(opened: Opened, patients: Path) -> None:
    page = open_file(opened, patients)
    assert page.locator("article").count() == 18
    texts = print_pages(page, patients)
    assert len(texts) == 18
    for number, text in enumerate(texts[:17], 1):
        assert text.startswith(f"P{number} Simulated data · Exploratory")
        for words in ("PHT at day 28", "Last counts", "Hemoglobin, g/L", "Support", "CTCAE v5.0"):
            assert words in text
    # Read off cohort.csv by hand: the last counts of P3, and when prednisone was stopped.
    assert "143 g/L (grade 0)" in texts[2]
    assert "off since day 241" in texts[2]
    assert "course 3: yes, after 5 days (day 183)" in texts[2]
    # On the page itself: what of Chinese letters is in the PDF depends on this computer's fonts.
    assert page.locator("article").last.inner_text().startswith("血液科第三病区患者血液科")
    for words in ("The last 6 of 9 courses.", "methylprednisolone", "12,000 (day 3)"):
        assert words in texts[17]


def test_no_word_of_a_patient_is_cut_off_on_paper(opened: Opened, patients: Path) -> None:
    page = open_file(opened, patients)
    page.emulate_media(media="print")
    # As wide as the paper between its margins.
    page.set_viewport_size({"width": 680, "height": 1043})
    beyond = page.evaluate(
        """() => [...document.querySelectorAll("article")].flatMap((article) => {
          const room = article.getBoundingClientRect();
          return [...article.querySelectorAll("p, dd, dt, td, th, h2, h3, figure svg")]
            .filter((part) => {
              const own = part.getBoundingClientRect();
              return own.right > room.right + 1 || own.bottom > room.bottom + 1;
            })
            .map((part) => `${article.id}: ${part.textContent.slice(0, 40)}`);
        })"""
    )
    assert beyond == []
    narrowest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll("figure svg")].map((svg) => {
          const text = svg.querySelector("text");
          return text.getScreenCTM().a * 12 * 0.75;
        }))"""
    )
    # Labels of 12 units, in points: even beside tables of everything they can be read.
    assert narrowest >= 5


def test_arrow_keys_turn_slides_whose_figures_answer(opened: Opened, slides: Path) -> None:
    page = open_file(opened, slides)
    n = len(STORY) + 2
    place = page.locator("#place")
    expect(place).to_have_text(f"1 of {n}")
    expect(page.locator("section:visible")).to_have_count(1)
    for number in range(2, n):
        page.keyboard.press("ArrowRight")
        expect(place).to_have_text(f"{number} of {n}")
        expect(page.locator("section:visible figure.chart")).to_have_class("chart drawn")
        expect(page.locator("section:visible .live svg")).to_be_in_viewport(ratio=0.99)
    page.keyboard.press("End")
    expect(page.get_by_role("heading", name="Methods and definitions")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(place).to_have_text(f"{n} of {n}")
    page.keyboard.press("Home")
    page.get_by_role("button", name="Next slide").click()
    expect(place).to_have_text(f"2 of {n}")


@pytest.mark.parametrize("opened", [False], indirect=True)
def test_slides_are_whole_without_scripts(opened: Opened, slides: Path) -> None:
    page = open_file(opened, slides)
    expect(page.locator("section:visible")).to_have_count(len(STORY) + 2)
    expect(page.locator(".still svg:visible")).to_have_count(len(STORY))
