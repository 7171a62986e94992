"""Files of every layout in a real browser: dropped, corrected, refused, and nobody else's."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from pht_core.intake.reading import read_sample
from tests.browser.conftest import PATIENCE_MS, Visit
from tests.browser.server import ROOT
from tests.browser.test_pages import HEADINGS, expect_drawn, expect_page, filter_by
from tests.paper.all_layouts import FILE_NAMES, write_layout

# A text that no other file of these tests has.
COUNTS = "counts of HGB, PLT, NE from day -7 to 927"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample in every layout, and two patients of it."""
    folder, sample = tmp_path_factory.mktemp("layouts"), read_sample()
    files = {}
    for name, file_name in FILE_NAMES.items():
        files[name] = folder / file_name
        files[name].write_bytes(write_layout(sample, name))
    header, *rows = (ROOT / "sample_data" / "cohort.csv").read_text("utf-8").splitlines()
    files["two"] = folder / "two-patients.csv"
    files["two"].write_text(
        "\n".join([header, *(row for row in rows if row[:3] in {"P3,", "P4,"})])
    )
    return files


def drop(page: Page, *files: Path) -> None:
    """Give files to the uploader until the page names the first of them.

    A run that still goes on may put another uploader in the place of the one that was given them.
    """
    uploader = page.locator("input[type=file]").first
    named = page.get_by_test_id("stMain").get_by_text(files[0].name).first
    for patience in (20_000, 20_000, PATIENCE_MS):
        uploader.wait_for(state="attached")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        uploader.set_input_files(list(files))
        try:
            expect(named).to_be_visible(timeout=patience)
        except AssertionError:
            continue
        return
    pytest.fail(f"The page never named {files[0].name}")


def go(page: Page, name: str, heading: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect_page(page, heading)


def test_every_layout_is_read(visit: Visit, files: dict[str, Path]) -> None:
    page = visit.open("/upload")
    expect_page(page, "Upload data")
    for name, file_name in FILE_NAMES.items():
        drop(page, files[name])
        verdict = page.get_by_test_id("stAlert").filter(has_text=f"from {file_name}.")
        expect(verdict).to_contain_text(f"17 patients, 3,303 {COUNTS}")
    # No value of a file is in the address.
    expect(page).to_have_url(f"{visit.server.url}/upload")
    go(page, "Cytopenias", "Cytopenias")
    expect_drawn(page)


def test_a_corrected_column_changes_the_figures(visit: Visit, files: dict[str, Path]) -> None:
    page = visit.open("/upload")
    drop(page, files["patients"])
    expect(page.get_by_text(f"17 patients, 3,303 {COUNTS}")).to_be_visible()
    go(page, "Overview", HEADINGS["/"])
    filter_by(page, "Prior HSCT", "Yes")
    expect(page.get_by_text("12 of 17 patients").first).to_be_visible()

    # The ninth column is prior_hsct: not used any more, no patient is known to have had one.
    go(page, "Upload data", "Upload data")
    correct(page, row=9, to="(not used)")
    page.get_by_role("button", name="Apply corrections").click()
    expect(page.get_by_text("0 of 17 patients").first).to_be_visible()
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.get_by_text("No patients match these filters")).to_be_visible()


def correct(page: Page, row: int, to: str) -> None:
    """Choose what a column is read as, in the third column of the table; it is a canvas."""
    canvas = page.get_by_test_id("data-grid-canvas").first
    expect(canvas.locator("th[aria-colindex='3']")).to_have_text("Meaning")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + 35 * (row + 0.5))
    for place in (0, 1, 2):
        cell = page.get_by_test_id(f"glide-cell-{place}-{row - 1}")
        expect(cell).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowRight" if place < 2 else "Enter")
    expect(page.locator("#portal input")).to_be_focused()
    page.keyboard.type(to)
    expect(page.locator("#portal").get_by_role("option").first).to_have_text(to)
    page.keyboard.press("Enter")
    expect(cell).to_have_text(to)


def test_a_column_is_corrected_beside_its_finding(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "labs.csv"
    file.write_text("patient,day,HGB g/L,age\nP1,1,90,<60\nP2,2,91,9\nP3,3,91,8\n")
    page = visit.open("/upload")
    drop(page, file)
    told = page.get_by_text("1 of 3 cells of age is a class of ages")
    expect(told).to_be_visible()
    page.get_by_role("link", name="Look at the trajectories").wait_for()
    page.get_by_role("button", name="Change mapping").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.fill("(not used)")
    page.get_by_role("option").first.click()
    dialog.get_by_role("button", name="Apply").click()
    expect(told).to_have_count(0)
    expect(page.get_by_text("3 patients, 3 counts of HGB from day 1 to 3")).to_be_visible()


def test_a_broken_file_is_explained_and_two_visitors_see_their_own(
    visit: Visit, browser: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    page = visit.open("/upload")
    drop(page, files["two"])
    expect(page.get_by_text("2 of 2 patients").first).to_be_visible()

    # Another visitor at the same time: first the sample, then a file of their own.
    context = browser.new_context()
    other = Visit(context.new_page(), visit.server)
    theirs = other.open("/upload")
    expect(theirs.get_by_text("17 of 17 patients").first).to_be_visible()
    expect(theirs.get_by_text("two-patients.csv")).to_have_count(0)
    drop(theirs, files["hospital"])
    expect(theirs.get_by_text(f"17 patients, 3,303 {COUNTS}")).to_be_visible()
    expect(page.get_by_text("2 of 2 patients").first).to_be_visible()
    context.close()

    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 20)
    drop(page, broken)
    problem = page.get_by_test_id("stAlert").filter(has_text="broken.xlsx")
    expect(problem).to_contain_text("Figures still show two-patients.csv.")
    go(page, "Survival", "Survival")
    expect(page.get_by_text("2 of 2 patients").first).to_be_visible()
    expect(page.get_by_text("The last file is not in use")).to_be_visible()
    page.get_by_role("button", name="Remove this cohort").click()
    expect(page.get_by_text("17 of 17 patients").first).to_be_visible()


def test_nothing_in_a_file_becomes_a_link_or_a_script(visit: Visit, tmp_path: Path) -> None:
    patients = [f"<b onclick=alert(1)>P{n}</b>:red[x] http://evil.example/{n}" for n in range(4)]
    days = (-7, 3, 10, 28, 30, 31, 35, 60, 90)
    rows = [
        f"{name},{day},{130 - day},{50 + day},{0.4 + n / 10:.1f},{0.5 if 30 <= day < 40 else ''}"
        for n, name in enumerate(patients)
        for day in days
    ]
    file = tmp_path / "[x](javascript:alert(1)) $a$ <img src=x>.csv"
    header = "patient,day,Hb (g/L),PLT (10^9/L),ANC (10^9/L),prednisone (mg/kg/day)"
    file.write_text("\n".join([header, *rows]), "utf-8")
    page = visit.open("/upload")
    expect_page(page, "Upload data")
    drop(page, file)
    # What is asked names the file and a patient.
    expect(page.get_by_text("<b onclick=alert(1)>P0</b>:red[x]").first).to_be_visible()
    page.get_by_text("each dose holds until the next dose that is written").click()
    expect(page.get_by_test_id("stAlert").filter(has_text="4 patients, 108 counts")).to_be_visible()
    for name, heading in (("Trajectories", "Trajectories"), ("Response", "Response to prednisone")):
        go(page, name, heading)
        expect(page.get_by_text("[x](javascript:alert(1))").first).to_be_visible()
    # Whom confirmation changes is told by name, as it is written.
    go(page, "Overview", "Do blood counts recover after CAR-T cells, and does prednisone help?")
    expect(page.get_by_text("<b onclick=alert(1)>P0</b>:red[x]").first).to_be_visible()
    expect(page.locator("a[href*='evil.example'], a[href^='javascript'], [onclick]")).to_have_count(
        0
    )
    expect(page.locator("img[src='x']")).to_have_count(0)


def test_a_reload_says_that_a_file_was_open_and_keeps_nothing_of_it(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit.open("/upload")
    drop(page, files["two"])
    expect(page.get_by_text("2 of 2 patients").first).to_be_visible()
    # The browser notes it at the end of the run, after the page's first words.
    page.wait_for_function("document.cookie.includes('pht_own_file=1')")
    told = page.get_by_text("A file of your own was open in this browser.")
    for _ in range(2):
        page.reload()
        expect(told).to_be_visible()
        expect(page.get_by_text("17 of 17 patients").first).to_be_visible()
    tab = page.context.new_page()
    tab.goto(f"{visit.server.url}/survival")
    tab.get_by_role("link", name="Open it again").click()
    expect_page(tab, "Upload data")
    kept = tab.evaluate("[document.cookie, ...Object.values({...localStorage, ...sessionStorage})]")
    assert "pht_own_file=1" in kept[0]
    assert not [text for text in kept if "two" in text or "P3" in text]
    tab.get_by_role("button", name="Continue with the sample").click()
    expect(tab.get_by_text("A file of your own was open in this browser.")).to_have_count(0)
    tab.wait_for_function("!document.cookie.includes('pht_own_file')")


def test_leaving_asks_only_while_there_are_slides(visit: Visit) -> None:
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page = visit.open("/survival")
    page.on("dialog", note)
    add = page.get_by_role("button", name="Add to slides").first
    expect(add).to_be_visible()
    page.reload()
    assert asked == []
    add.click()
    expect(page.get_by_role("button", name="In slides").first).to_be_visible()
    page.wait_for_function("window.onbeforeunload !== null")
    page.reload()
    assert asked == ["beforeunload"]


def test_a_filter_by_a_column_of_the_file_is_in_no_address(visit: Visit, tmp_path: Path) -> None:
    header, *rows = (ROOT / "sample_data" / "cohort.csv").read_text("utf-8").splitlines()
    file = tmp_path / "centers.csv"
    centers = [f"{row},{'Utopia' if row[1] < '3' else 'Arcadia'}" for row in rows]
    file.write_text("\n".join([f"{header},center", *centers]))
    page = visit.open("/upload")
    drop(page, file)
    expect(page.get_by_text(f"17 patients, 3,303 {COUNTS}")).to_be_visible()
    filter_by(page, "Sex", "Female")
    pick(page, "Other columns of the file", "center")
    pick(page, "center", "Arcadia")
    # P3 to P9 are there; of them P5, P7 and P9 are women in Table 3.
    expect(page.get_by_text("3 of 17 patients · female; center Arcadia")).to_be_visible()
    expect(page).to_have_url(f"{visit.server.url}/upload?sex=Female")


def pick(page: Page, label: str, option: str) -> None:
    """Choose one of a list by the keyboard, once it is found; a run may close an open list."""
    chosen = page.get_by_test_id("stMultiSelect").filter(has_text=option)
    box = page.get_by_role("combobox", name=label, exact=True)
    for patience in (5_000, 20_000, PATIENCE_MS):
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        box.fill(option)
        try:
            expect(page.get_by_role("option", name=option).first).to_be_visible(timeout=patience)
            box.press("Enter")
            expect(chosen.first).to_be_visible(timeout=patience)
        except AssertionError:
            continue
        box.press("Escape")  # an open list hides the rest of the page
        return
    pytest.fail(f"{option} could not be chosen of {label}")
