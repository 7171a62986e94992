"""What only a browser can tell: pages render, keep their filter, follow the theme, download."""

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.server import running_app

HEADINGS = {
    "/": "Do blood counts recover after CAR-T cells, and does prednisone help?",
    "/cytopenias": "Cytopenias",
    "/trajectories": "Trajectories",
    "/icaht": "ICAHT and scores",
    "/response": "Response to prednisone",
    "/onoff": "Do counts follow prednisone?",
    "/survival": "Survival",
}
DARK = pytest.mark.parametrize("visit", ["dark"], indirect=True)
BOTH_THEMES = pytest.mark.parametrize("visit", ["light", "dark"], indirect=True)
# Text and background of .streamlit/config.toml's dark theme.
DARK_BACKGROUND = "rgb(21, 24, 28)"
PIXELS_PER_METRE_AT_300_DPI = 11811
PICTURE_TEXTS = Path(__file__).with_name("picture_texts.js").read_text(encoding="utf-8")
OPACITY = """function whole(text) {
  return text ? Number(getComputedStyle(text).opacity) * whole(text.parentElement) : 1;
}"""
# Lines of the words under those given prednisone, in the patient flow.
LINES_OF_FLOW = """[...document.querySelectorAll("svg.marks text")]
  .find((text) => text.textContent.startsWith("15 with PHT despite support"))
  ?.querySelectorAll("tspan").length"""


DRAWN = "[data-testid=stVegaLiteChart].vega-embed :is(canvas, svg.marks)"


def charts(page: Page) -> Locator:
    """The drawn charts; vega-embed marks the frame that it has finished."""
    return page.locator(DRAWN)


def expect_page(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading, level=1, exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


# Charts of some size, none wider than its column, where it would be cut off or scroll sideways.
FITTING = """(charts) => charts.length > 0 && charts.every((chart) => {
  const own = chart.getBoundingClientRect();
  const column = chart.closest("[data-testid=stVerticalBlock]").getBoundingClientRect();
  return own.width > 200 && own.height > 80 && own.right <= column.right + 1;
})"""


def expect_drawn(page: Page) -> None:
    """Wait until every chart is drawn and has found its width."""
    expect(charts(page).first).to_be_visible()
    page.wait_for_function(f"({FITTING})([...document.querySelectorAll('{DRAWN}')])")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("radiogroup", name=label).get_by_role("radio", name=option).click()


def filter_by(page: Page, label: str, option: str) -> None:
    """Choose in the sidebar, where filters are folded until they are asked for."""
    group = page.get_by_role("radiogroup", name=label)
    if not group.is_visible():
        page.get_by_test_id("stSidebar").get_by_text("Patients", exact=True).click()
    choose(page, label, option)


def expect_patients(page: Page, n: int) -> None:
    expect(page.get_by_text(f"{n} of 17 patients").first).to_be_visible()


@pytest.mark.parametrize("path", HEADINGS)
def test_page_opens_at_its_own_address(visit: Visit, path: str) -> None:
    page = visit.open(path)
    expect_page(page, HEADINGS[path])
    expect_patients(page, 17)
    expect_drawn(page)


def test_cold_server_opens_at_a_pages_own_address(browser: Browser) -> None:
    with running_app() as server:
        context = browser.new_context()
        page = Visit(context.new_page(), server).open("/survival?prior_hsct=Yes")
        expect_page(page, "Survival")
        expect_patients(page, 12)
        expect_drawn(page)
        context.close()
        assert server.complaints == []


@pytest.mark.parametrize("width", [1024, 2200])
@pytest.mark.parametrize("path", ["/", "/cytopenias", "/survival"])
def test_charts_fit_their_column(visit: Visit, path: str, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    page = visit.open(path)
    expect_page(page, HEADINGS[path])
    expect_drawn(page)


def test_figures_are_laid_out_for_a_phone_and_for_its_turning(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.open("/")
    page.wait_for_function(f"{LINES_OF_FLOW} === 2")
    expect_drawn(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(f"{LINES_OF_FLOW} === 0")
    expect_drawn(page)


def test_no_text_of_a_chart_touches_another_on_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.open("/cytopenias")
    # The usual layout is drawn until the browser has told its width.
    page.wait_for_function(
        f"""() => {{
          const drawn = document.querySelectorAll("[data-testid=stVegaLiteChart] svg.marks");
          const svgs = [...drawn].map((chart) => chart.outerHTML);
          const found = ({PICTURE_TEXTS})(svgs);
          document.body.lastElementChild.remove();
          return found.length === 3 && found.every(({{ faults }}) => faults.length === 0);
        }}"""
    )
    expect_drawn(page)


@BOTH_THEMES
def test_captions_can_be_read(visit: Visit) -> None:
    page = visit.open("/")
    for place, ground in (("stMain", "stApp"), ("stSidebar", "stSidebar")):
        caption = page.get_by_test_id(place).get_by_test_id("stCaptionContainer").first
        expect(caption).to_be_visible()
        words = caption.locator("p").first
        ink = words.evaluate("text => getComputedStyle(text).color")
        # Opacity pales what it is set on and all within; while a page runs it is faded.
        page.wait_for_function(f"text => ({OPACITY})(text) === 1", arg=words.element_handle())
        behind = page.get_by_test_id(ground).evaluate(
            "element => getComputedStyle(element).backgroundColor"
        )
        lighter, darker = sorted([luminance(ink), luminance(behind)], reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_filter_changes_the_chart_and_the_address(visit: Visit) -> None:
    page = visit.open("/cytopenias")
    expect_drawn(page)
    before = charts(page).first.inner_html()

    filter_by(page, "Prior HSCT", "Yes")
    expect_patients(page, 12)
    expect(page).to_have_url(f"{visit.server.url}/cytopenias?prior_hsct=Yes")
    page.wait_for_function(
        "before => document.querySelector('[data-testid=stVegaLiteChart] svg').innerHTML != before",
        arg=before,
    )


def test_filter_survives_a_change_of_page(visit: Visit) -> None:
    page = visit.open("/")
    filter_by(page, "Prior HSCT", "Yes")
    expect_patients(page, 12)

    page.get_by_role("link", name="Survival", exact=True).click()
    expect_page(page, "Survival")
    expect_patients(page, 12)
    expect(page).to_have_url(f"{visit.server.url}/survival?prior_hsct=Yes")
    page.get_by_test_id("stSidebar").get_by_text("Patients", exact=True).click()
    yes = page.get_by_role("radiogroup", name="Prior HSCT").get_by_role("radio", name="Yes")
    expect(yes).to_have_attribute("aria-checked", "true")
    expect_drawn(page)

    page.reload()
    expect_page(page, "Survival")
    expect_patients(page, 12)


# As after an answer so late that Chromium no longer counts the click.
LATE = "Object.defineProperty(navigator, 'userActivation', {value: {isActive: false}});"


@pytest.mark.parametrize("late", ["", LATE], ids=["in time", "late"])
def test_back_undoes_a_filter(visit: Visit, late: str) -> None:
    visit.page.add_init_script(late)
    page = visit.open("/cytopenias")
    page.wait_for_function("'phtReplace' in window")
    filter_by(page, "Prior HSCT", "Yes")
    expect_patients(page, 12)
    filter_by(page, "Sex", "Female")
    # Table 3: of the twelve, six are women.
    expect_patients(page, 6)
    page.go_back()
    expect_patients(page, 12)
    expect(page).to_have_url(f"{visit.server.url}/cytopenias?prior_hsct=Yes")
    page.go_back()
    expect_patients(page, 17)
    expect_page(page, "Cytopenias")


@pytest.mark.parametrize("part", ["Response and recovery", "Dose and safety"])
def test_a_click_on_a_patients_mark_opens_the_patient(visit: Visit, part: str) -> None:
    page = visit.open(f"/response?sex=Male&part={part.replace(' ', '+')}")
    expect_drawn(page)
    page.locator("svg.marks path[aria-label*='Patient: P17']").first.click()
    expect_page(page, "Trajectories")
    expect(page.get_by_role("combobox", name="Patient", exact=True)).to_have_value("P17")
    # The filter is kept, and no patient is in the address.
    expect(page).to_have_url(f"{visit.server.url}/trajectories?sex=Male")
    expect_drawn(page)


@pytest.mark.parametrize(
    ("path", "label", "option"),
    [
        ("/cytopenias", "Affected patients as", "the paper's pies"),
        ("/trajectories", "Show", "Several patients"),
        ("/trajectories", "Show", "Swimmer plot"),
    ],
)
def test_every_look_is_drawn(visit: Visit, path: str, label: str, option: str) -> None:
    page = visit.open(path)
    expect_drawn(page)
    before = charts(page).first.evaluate("chart => chart.outerHTML")
    choose(page, label, option)
    page.wait_for_function(
        "before => document.querySelector('[data-testid=stVegaLiteChart] :is(canvas, svg.marks)')"
        "?.outerHTML !== before",
        arg=before,
    )
    expect_drawn(page)


def test_png_is_a_picture_of_300_dpi(visit: Visit, tmp_path: Path) -> None:
    page = visit.open("/survival")
    expect_drawn(page)
    page.get_by_role("button", name="Download", exact=True).first.click()
    button = page.get_by_test_id("stPopoverBody").get_by_role("button", name="PNG", exact=True)
    expect(button).to_be_visible()
    with page.expect_download() as waiting:
        button.click()
    assert waiting.value.suggested_filename.endswith(".png")
    file = tmp_path / "chart.png"
    waiting.value.save_as(file)

    content = file.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width > 2000
    assert height > 1000
    density = content.index(b"pHYs") + 4
    across, down, unit = struct.unpack(">IIB", content[density : density + 9])
    assert (across, down, unit) == (PIXELS_PER_METRE_AT_300_DPI, PIXELS_PER_METRE_AT_300_DPI, 1)


@DARK
def test_dark_theme_reaches_the_charts(visit: Visit) -> None:
    page = visit.open("/cytopenias")
    expect_page(page, "Cytopenias")
    expect_drawn(page)
    app = page.get_by_test_id("stApp")
    assert app.evaluate("app => getComputedStyle(app).backgroundColor") == DARK_BACKGROUND
    fills = charts(page).first.evaluate(
        "chart => [...chart.querySelectorAll('text')].map(text => text.getAttribute('fill'))"
    )
    assert fills
    assert min(luminance(fill) for fill in fills) > 0.18  # 4.5 to 1 on the dark background


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2, of a #rrggbb or rgb(r, g, b) colour."""
    if colour.startswith("#"):
        channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    else:
        channels = [int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in channels)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
