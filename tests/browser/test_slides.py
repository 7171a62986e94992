"""From a figure on a page to a deck in the downloads, as a hurried reader clicks it."""

from pathlib import Path

from playwright.sync_api import Page, expect
from pptx import Presentation

from tests.browser.conftest import Visit
from tests.browser.test_pages import expect_drawn, expect_page, filter_by


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def test_a_figure_goes_into_the_slides_and_comes_out_as_a_deck(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit.open("/cytopenias")
    expect_drawn(page)
    filter_by(page, "Prior HSCT", "Yes")
    expect(page.get_by_text("12 of 17 patients").first).to_be_visible()
    press(page, "Add to slides")
    expect(page.get_by_role("button", name="In slides").first).to_be_visible()
    filter_by(page, "Prior HSCT", "Any")
    expect(page.get_by_text("17 of 17 patients").first).to_be_visible()
    # The same figure of everyone is another one.
    expect(page.get_by_role("button", name="In slides")).to_have_count(0)
    press(page, "Add to slides")

    page.get_by_role("link", name="Slides and report", exact=True).click()
    expect_page(page, "Slides and report")
    expect(page.get_by_text("Selected for slides (2)")).to_be_visible()
    # No choice of patients, no name of a figure is in the address.
    expect(page).to_have_url(f"{visit.server.url}/slides")
    with page.expect_download() as waiting:
        press(page, "PowerPoint")
        expect(page.get_by_role("progressbar").first).to_be_visible()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.name.startswith("pht-slides_")
    expect(page.get_by_text("PowerPoint: ready in your downloads.")).to_be_visible()

    # Should it have got lost on the way, it need not be made again.
    with page.expect_download() as waiting:
        press(page, "Save again")
    assert Path(waiting.value.path()).read_bytes() == file.read_bytes()

    slides = Presentation(str(file)).slides
    notes = [slide.notes_slide.notes_text_frame.text for slide in slides if slide.has_notes_slide]
    assert any("12 of 17 patients: prior HSCT" in text for text in notes)
    assert any("17 of 17 patients; grades by CTCAE v5.0" in text for text in notes)

    # What is shown on the page is remembered with the slides, not in the address of a link.
    press(page, "Remove all")
    expect(page.get_by_text("The story in six figures")).to_be_visible()


def test_text_and_code_stand_as_wide_as_the_page(visit: Visit) -> None:
    page = visit.open("/survival")
    expect_drawn(page)
    page.get_by_text("Caption and code", exact=True).first.click()
    blocks = page.get_by_test_id("stCode")
    expect(blocks).to_have_count(3)
    expect(blocks.nth(1)).to_contain_text("64.7%")
    expect(blocks.nth(2)).to_contain_text("sha256")
    box, chart = blocks.first.bounding_box(), page.get_by_test_id("stVegaLiteChart").bounding_box()
    assert box is not None
    assert chart is not None
    assert box["width"] >= chart["width"] - 2
