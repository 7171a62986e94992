"""The report check in a real browser: marks, clicks, keys, and a text that stays text."""

import json
from io import BytesIO
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_pages import expect_page

MISFITS = ["96.12% (16/17)", "57 (53.27)", "50 (46.73)", "60 (56.07)"]
HOSTILE = (
    "<script>document.title='taken'</script> <img src=x onerror=\"document.title='taken'\"> "
    "[x](javascript:alert(1)) $x^2$ :red[no] </textarea></div> 96.1% (16/17) https://example.org"
)
DARK = pytest.mark.parametrize("visit", ["light", "dark"], indirect=True)


def open_sample(visit: Visit) -> Page:
    page = visit.open("/claims")
    expect_page(page, "Report check")
    page.get_by_role("button", name="Open the paper by Wang et al. with its cohort").click()
    expect(page.get_by_text("46 percentages evaluated")).to_be_visible()
    return page


def mark(page: Page, printed: str) -> Locator:
    return page.locator(".mark").filter(has_text=printed).first


def chosen_row(page: Page) -> Locator:
    return page.locator(".list .row.chosen")


@DARK
def test_the_four_misfits_are_marked_and_told(visit: Visit) -> None:
    page = open_sample(visit)
    expect(page.locator(".mark.inconsistent")).to_have_count(4)
    assert [
        text.rstrip("✖≠") for text in page.locator(".mark.inconsistent").all_inner_texts()
    ] == MISFITS
    # A sign and words tell it too, not the colour alone.
    expect(mark(page, "96.12%")).to_have_attribute(
        "aria-label", "96.12% (16/17): does not match; not reproduced by the data"
    )

    mark(page, "57 (53.27)").click()
    expect(page.locator(".note")).to_contain_text("57/109 = 52.2936 -> 52.29; printed 53.27")
    expect(chosen_row(page)).to_contain_text("57 (53.27)")
    expect(page.locator(".pht-card").first).to_contain_text("57/107 = 53.27")

    # The same by key; and from the table into the text.
    mark(page, "88.24% (15/17)").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".note")).to_contain_text("15/17 = 88.2353 -> 88.24")
    expect(chosen_row(page)).to_contain_text("88.24%")
    page.get_by_role("button", name="96.12% (16/17)", exact=True).click()
    expect(mark(page, "96.12%")).to_be_in_viewport()
    expect(page.locator(".note")).to_contain_text("no count of 17 gives 96.12")

    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("45 percentages evaluated")).to_contain_text(
        "42 consistent, 3 do not match"
    )
    expect(page.locator(".mark.inconsistent")).to_have_count(3)

    page.locator(".row", has_text="109 in one place and 159 in another").click()
    expect(page.locator(".lit")).to_have_count(2)
    expect(page.locator(".lit").first).to_be_in_viewport()
    # No word of the text, and no choice, is in the address.
    expect(page).to_have_url(f"{visit.server.url}/claims")


def test_a_manuscript_that_cannot_be_read_is_told_of_in_a_frame(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit.open("/claims")
    expect_page(page, "Report check")
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04" + bytes(99))
    page.locator("input[type=file]").first.set_input_files(broken)
    problem = page.locator(".pht-problem")
    expect(problem).to_contain_text("broken.docx could not be read as a Word document.")
    expect(problem).to_have_css("border-left-width", "3px")


def test_a_hostile_text_stays_text(visit: Visit) -> None:
    page = visit.open("/claims")
    page.get_by_role("textbox", name="Paste a manuscript").fill(HOSTILE)
    page.get_by_role("button", name="Check this text").click()
    expect(page.get_by_text("1 percentage evaluated")).to_be_visible()
    expect(page.locator(".pane.text")).to_contain_text(HOSTILE.split(" 96.1%")[0])
    expect(page.locator(".pht-card").first).to_contain_text("[x](javascript:alert(1)) $x^2$")
    assert page.title() != "taken"
    main = page.get_by_test_id("stMain")
    for made in ("img", "a[href*=example]", "a[href^=javascript]", ".katex", ".pane script"):
        expect(main.locator(made)).to_have_count(0)


def test_files_for_the_editor(visit: Visit) -> None:
    page = open_sample(visit)
    page.get_by_role("textbox", name="Note for the reply").fill("Please check.")
    page.keyboard.press("Enter")
    expect(page.locator(".list .row.chosen")).to_contain_text("note: Please check.")
    files = {}
    page.get_by_role("button", name="Download", exact=True).click()
    for label, kind in {"Word": "docx", "Markdown": "md", "CSV": "csv", "JSON": "json"}.items():
        with page.expect_download() as download:
            page.get_by_role("button", name=f"({label})").click()
        files[kind] = Path(download.value.path()).read_bytes()
        assert download.value.suggested_filename.startswith("pht-report-check_")
    words = "\n".join(p.text for p in docx.Document(BytesIO(files["docx"])).paragraphs)
    for text in (words, files["md"].decode()):
        assert "Percentages that do not match their counts (4)" in text
        assert "16/17 = 94.1176 -> 94.12; printed 96.12" in text
        assert "Please check." in text
    assert len(files["csv"].decode("utf-8-sig").splitlines()) == 1 + 53
    content = json.loads(files["json"])
    assert content["summary"]["inconsistent"] == 4
    assert list(content["notes"].values()) == ["Please check."]
