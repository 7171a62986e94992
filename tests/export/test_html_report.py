"""Reports as HTML and patients' pages as text; what a browser makes of them is tested there."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.patient import PatientPage, build_patient
from pht_core.exhibits.rendering import Rendering, render_exhibit
from pht_core.exhibits.view import View
from pht_core.export.document import write_html, write_patients
from pht_core.export.document.page import format_numbers, format_table
from pht_core.intake.reading import read_cohort, read_sample
from pht_core.model.errors import UnknownName
from pht_core.model.settings import Settings
from tests.small import small_cohort
from tests.wards import HARMFUL, TURNED, patient_with_everything, renamed


class Elements(HTMLParser):
    """Names, attributes and texts of a page's elements, as any reader of HTML finds them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.found)


def rendering_of(view: View, name: str, **changes: object) -> Rendering:
    exhibit = EXHIBITS[name]
    return replace(render_exhibit(view, exhibit, exhibit.options()), **changes)  # type: ignore[arg-type]


def lines_of(page: PatientPage) -> dict[str, str]:
    return dict(page.lines)


def cells_of(page: PatientPage, title: str) -> pd.DataFrame:
    return next(table.cells for table in page.tables if table.title == title)


@pytest.fixture(scope="module")
def view() -> View:
    return View(read_sample())


@pytest.fixture(scope="module")
def page_of_p3(view: View) -> PatientPage:
    return build_patient(view, "P3")


def test_the_lines_of_p3_are_those_read_off_the_file_by_hand(page_of_p3: PatientPage) -> None:
    # cohort.csv: day 28 has 78, 21 and 0.26; day 655 has 143, 176 and 2.33; doses stand on days
    # 30-64, 114-151 and 178-240; 22.40 months are 681.8 days. On day 44 (no red cells since 35, no
    # platelets since 33) all lineages are a grade better than 79, 15 and 0.27 on day 30.
    assert lines_of(page_of_p3) == {
        "PHT at day 28": "yes: hemoglobin grade 3, platelets grade 4, neutrophils grade 4 "
        "(draw of day 28)",
        "Last counts": "day 655: hemoglobin 143 g/L (grade 0); platelets 176 × 10⁹/L (grade 0); "
        "neutrophils 2.33 × 10⁹/L (grade 0)",
        "Prednisone now": "off since day 241 (last known day: 682)",
        "Response to prednisone": "course 1: yes, after 14 days (day 44); course 2: yes, after "
        "11 days (day 125); course 3: yes, after 5 days (day 183)",
        "Recurrent cytopenia after stopping": "2 in 3 stops: day 97 (grade 2, all three "
        "lineages); day 170 (grade 2, all three lineages)",
        "Transfusions, G-CSF": "since infusion: red cell transfusion on 5 days, platelet "
        "transfusion on 6 days, G-CSF on 11 days",
        "Last follow-up": "22.4 months (day 682), no death recorded; no progression or next "
        "therapy recorded",
    }


def test_the_tables_of_p3_are_those_read_off_the_file_by_hand(page_of_p3: PatientPage) -> None:
    courses = cells_of(page_of_p3, "Prednisone courses")
    assert courses.iloc[:, :6].to_numpy().tolist() == [
        ["1", "30", "64", "35", "0.5", "0.5"],
        ["2", "114", "151", "38", "0.5", "0.5"],
        ["3", "178", "240", "63", "0.5", "0.5"],
    ]
    assert courses["Recurrence after the stop"].tolist() == [
        "day 97, grade 2 (worst 3)",
        "day 170, grade 2 (worst 3)",
        "no",
    ]
    assert cells_of(page_of_p3, "Support").to_numpy().tolist() == [
        ["red cell transfusion", "3", "5", "112"],
        ["platelet transfusion", "5", "6", "33"],
        ["G-CSF", "11", "11", "22"],
        ["erythropoietin", "6", "6", "27"],
        ["TPO receptor agonist", "14", "14", "27"],
    ]
    grades = cells_of(page_of_p3, "Grades by period").set_index("Period")
    assert grades.loc["at day 28 (single draw)"].tolist() == ["3 (day 28)"] + ["4 (day 28)"] * 2
    assert grades.loc["before infusion (last count)"].tolist() == [
        "2 (day −7)",
        "3 (day −7)",
        "3 (day −7)",
    ]
    assert dict(page_of_p3.about)["CAR-T cells"] == "7.65 × 10⁶/kg"


def test_a_patient_on_prednisone_says_dose_and_since_when() -> None:
    cohort = small_cohort(
        """
        subject_id | day | HGB | PLT | NE
        A          | 28  | 90  | 20  | 0.4
        A          | 60  | 95  | 60  | 1.2
        """,
        prednisone="""
        subject_id | start_day | end_day | dose
        A          | 30        | 49      | 0.5
        A          | 50        |         | 0.25
        """,
    )
    page = build_patient(View(cohort), "A")
    told = lines_of(page)
    assert told["Prednisone now"] == (
        "on, 0.25 mg/kg/day since day 50; current course from day 30; no stop by day 60, the last "
        "known"
    )
    assert told["Recurrent cytopenia after stopping"] == "no course was stopped"
    assert cells_of(page, "Prednisone courses")["Last day"].tolist() == ["ongoing"]


def test_what_a_file_does_not_say_is_never_none_or_zero() -> None:
    cohort = small_cohort(
        """
        subject_id | day | HGB | PLT | NE
        A          | 3   | 90  |     |
        B          | 28  | 150 | 200 | 4
        """
    )
    view = View(cohort)
    page = build_patient(view, "A")
    told = lines_of(page)
    assert told["PHT at day 28"] == (
        "not known: no draw within 3 days of day 28 and before prednisone"
    )
    assert told["Last counts"] == (
        "day 3: hemoglobin 90 g/L (grade 2); platelets not known; neutrophils not known"
    )
    for question in (
        "Prednisone now",
        "Response to prednisone",
        "Recurrent cytopenia after stopping",
        "Last follow-up",
    ):
        assert told[question] == "not recorded"
    assert told["Transfusions, G-CSF"] == (
        "since infusion: red cell transfusion not recorded, platelet transfusion not "
        "recorded, G-CSF not recorded"
    )
    assert cells_of(page, "Support")["Day 0–28"].tolist() == ["not recorded"] * 5
    grades = cells_of(page, "Grades by period").set_index("Period")
    assert grades["Platelets"].tolist() == ["–"] * 5
    with pytest.raises(UnknownName):
        build_patient(view, "C")


def test_none_given_is_told_apart_from_not_recorded() -> None:
    cohort = small_cohort(
        "subject_id | day | HGB | PLT | NE\nA | 28 | 150 | 200 | 4",
        recorded="prednisone red_cells platelets gcsf epo tpo_ra",
    )
    told = lines_of(build_patient(View(cohort), "A"))
    assert told["Prednisone now"] == "never given"
    assert told["Response to prednisone"] == "no course of prednisone since infusion"
    assert told["Transfusions, G-CSF"] == (
        "since infusion: no red cell transfusion, no platelet transfusion, no G-CSF"
    )


def test_a_course_begun_before_the_infusion_is_said_not_to_count() -> None:
    cohort = small_cohort(
        "subject_id | day | HGB | PLT | NE\nA | 28 | 150 | 200 | 4",
        prednisone="subject_id | start_day | end_day | dose\nA | -5 | 3 | 1",
    )
    page = build_patient(View(cohort), "A")
    assert page.tables[0].notes == (
        "None since infusion.",
        "A course begun before infusion (day −5, stopped on day 4) is not counted.",
    )
    assert lines_of(page)["Prednisone now"] == "off since day 4 (last known day: 28)"


def test_death_and_progression_stand_with_their_months_and_days(view: View) -> None:
    # cohort.csv: 13.90 and 15.87 months, of 30.4375 days: 423.1 and 483.0 days.
    assert lines_of(build_patient(view, "P17"))["Last follow-up"] == (
        "progression at 13.9 months (day 423); death at 15.9 months (day 483)"
    )


def test_counts_after_the_next_therapy_are_said_not_to_be_used() -> None:
    # 1 month is 30.4375 days: the therapy of month 2 is on day 61, the last count on day 90.
    cohort = read_cohort(
        b"subject_id,day,hgb_g_l,last_followup_months,next_therapy_months\n"
        b"A,28,70,4,2\nA,90,120,4,2\nB,28,70,4,\nB,90,120,4,\n"
    )
    told, other = (lines_of(build_patient(View(cohort), name)) for name in "AB")
    words = "; after day 61 counts are not used for response or recurrence"
    assert told["Last counts"].endswith(words)
    assert "not used" not in other["Last counts"]
    # 4 months are 121.75 days. The file has no column of deaths: nobody is called alive.
    assert other["Last follow-up"].startswith("4.0 months (day 122), no death recorded")


def test_a_page_holds_other_steroids_and_laboratory_values_and_the_last_courses() -> None:
    page = build_patient(View(patient_with_everything()), "P3")
    assert [table.title for table in page.tables] == [
        "Prednisone courses",
        "Grades by period",
        "Support",
        "Other steroids",
        "Other tests",
    ]
    assert cells_of(page, "Prednisone courses")["Course"].tolist() == list("456789")
    assert page.tables[0].notes[-1] == "The last 6 of 9 courses."
    tests = cells_of(page, "Other tests").set_index("Test")
    assert tests.loc["C-reactive protein, mg/L"].tolist() == ["4 (day 20)", "100 (day 3)", "3"]
    assert tests.loc["ferritin, ng/mL", "Highest"] == "12,000 (day 3)"
    steroids = cells_of(page, "Other steroids")
    # 4 mg of methylprednisolone are 5 of prednisone, 0.75 mg of dexamethasone too.
    assert steroids["As prednisone"].tolist() == ["1", "2", "not known", "2.5"]
    assert lines_of(page)["Prednisone now"] == "off since day 406 (last known day: 682)"


def test_the_foot_of_a_page_names_changed_definitions_once() -> None:
    cohort = renamed(patient_with_everything(), {"P3": "A; B"})
    footer = build_patient(View(cohort, Settings(confirm=True)), "A; B").provenance.footer()
    assert footer.partition("; ")[2].rpartition("; PHT Explorer")[0] == (
        "1 of 1 patients; grades by CTCAE v5.0; steroid equivalents by "
        "doi:10.1186/1710-1492-9-30; confirmed by the next count; exploratory"
    )


def test_a_count_soon_after_support_says_so_and_late_cytopenia_its_day() -> None:
    # Red cells two days before the last count; grade 3 (75 g/L) on day 45 and none on day 28. Of
    # two counts on one day the lower one is told.
    cohort = small_cohort(
        """
        subject_id | day | HGB | PLT | NE
        A          | 28  | 130 | 150 | 3
        A          | 45  | 75  | 150 | 3
        A          | 60  | 95  | 160 | 3
        A          | 60  | 93  | 170 | 4
        """,
        support="""
        subject_id | day | kind
        A          | -4  | red_cells
        A          | 58  | red_cells
        A          | 58  | red_cells
        """,
        prednisone="""
        subject_id | start_day | end_day | dose
        A          | 50        | 54      | 1
        A          | 55        |         | 0.25
        """,
    )
    lines = lines_of(build_patient(View(cohort), "A"))
    assert lines["PHT at day 28"].endswith("; late cytopenia from day 45")
    assert (
        "hemoglobin 93 g/L (grade 2, soon after support); platelets 160 × 10⁹/L (grade 0)"
        in (lines["Last counts"])
    )
    # Days with support since infusion, not rows; the dose of now, not the first.
    assert "red cell transfusion on 1 day" in lines["Transfusions, G-CSF"]
    assert lines["Prednisone now"].startswith("on, 0.25 mg/kg/day since day 55")


def test_what_cannot_be_told_is_neither_yes_nor_no() -> None:
    # Only hemoglobin was counted at day 28. Two stops, days 41 and 71: no relapse after the first,
    # and no count after the second.
    cohort = small_cohort(
        """
        subject_id | day | HGB | PLT | NE
        A          | 28  | 130 |     |
        A          | 38  | 130 | 150 | 3
        A          | 50  | 130 | 150 | 3
        A          | 68  | 130 | 150 | 3
        """,
        prednisone="""
        subject_id | start_day | end_day | dose
        A          | 30        | 40      | 1
        A          | 60        | 70      | 1
        """,
        outcomes="""
        subject_id | last_followup_months | progression_months | next_therapy_months | death_months
        A          | 5                    |                    |                     |
        """,
    )
    lines = lines_of(build_patient(View(cohort), "A"))
    assert lines["PHT at day 28"].startswith(
        "not known: hemoglobin grade 0, platelets not known, neutrophils not known"
    )
    assert lines["Recurrent cytopenia after stopping"] == "none; not evaluable after 1 of 2 stops"


def test_the_highest_dose_may_be_a_later_one() -> None:
    cohort = small_cohort(
        """
        subject_id | day | HGB | PLT | NE
        A          | 28  | 130 | 20  | 3
        """,
        prednisone="""
        subject_id | start_day | end_day | dose
        A          | 30        | 39      | 0.25
        A          | 40        | 49      | 0.75
        """,
    )
    (course,) = cells_of(build_patient(View(cohort), "A"), "Prednisone courses").to_dict("records")
    assert (course["First mg/kg/day"], course["Highest mg/kg/day"]) == ("0.25", "0.75")


def test_of_many_courses_the_last_three_are_told() -> None:
    lines = lines_of(build_patient(View(patient_with_everything()), "P3"))
    assert lines["Response to prednisone"].startswith("course 7:")
    assert lines["Response to prednisone"].endswith("(6 earlier courses)")


def test_a_page_of_a_patient_says_what_it_is_of(view: View) -> None:
    page = write_patients([build_patient(view, "P3")]).decode()
    assert '<p class="flag">Simulated data · Exploratory</p>' in page
    foot = page.partition('<p class="foot">')[2].partition("</p>")[0]
    assert "; 1 of 17 patients; grades by CTCAE v5.0;" in foot
    assert "exploratory" in foot
    final = write_patients([build_patient(View(read_sample(), final=True), "P3")]).decode()
    assert '<p class="flag">Simulated data</p>' in final


def test_a_report_says_whose_figures_these_are(view: View) -> None:
    renderings = [
        rendering_of(view, "patient-flow", comment="a < b & c"),
        rendering_of(view, "key-figures"),
    ]
    steps: list[tuple[int, int]] = []
    page = write_html(renderings, title="Ward", report=lambda done, of, _: steps.append((done, of)))
    text = page.decode()
    assert text.startswith("<!DOCTYPE html>\n")
    for words in (
        "<h1>Ward</h1>",
        "Wang 2023 sample (simulated counts)",
        view.cohort.digest,
        "<strong>Simulated data.</strong>",
        "<strong>Exploratory.</strong>",
        "<dd>17 of 17</dd>",
        "CTCAE v5.0",
        "a &lt; b &amp; c",
        "Methods and definitions:",
    ):
        assert words in text
    elements = Elements(page)
    assert elements.count("section") == 2
    assert elements.count("svg") == 1
    assert [attrs["href"] for tag, attrs in elements.found if tag == "a"] == ["#e1", "#e2"]
    assert steps == [(0, 2), (1, 2), (2, 2)]


def test_a_final_cohort_is_not_called_exploratory() -> None:
    text = write_html([rendering_of(View(read_sample(), final=True), "key-figures")]).decode()
    assert "Exploratory" not in text
    assert "Simulated data." in text


def test_filters_and_changed_definitions_stand_in_the_head() -> None:
    cohort = read_sample()
    strict = View(cohort, Settings(scheme="wang2023_table1"))
    text = write_html(
        [rendering_of(View(cohort), "key-figures"), rendering_of(strict, "key-figures")]
    )
    head = text.decode().partition("</header>")[0]
    assert re.search(r"<dt>Grades</dt><dd>CTCAE v5\.0; [^<]*Wang", head)


def test_nothing_is_asked_of_any_network_and_only_our_scripts_may_run(view: View) -> None:
    page = write_html([rendering_of(view, "figure1-incidence")])
    elements = Elements(page)
    policy = next(
        attrs["content"]
        for tag, attrs in elements.found
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert re.search(r"script-src 'sha256-[^']+' 'sha256-[^']+'$", policy)
    assert not [tag for tag, attrs in elements.found if "src" in attrs or tag in ("link", "iframe")]


def test_pages_of_patients_have_no_script_at_all(view: View) -> None:
    page = write_patients([build_patient(view, name) for name in ("P3", "P17")])
    elements = Elements(page)
    assert (elements.count("script"), elements.count("article")) == (0, 2)
    assert "script-src" not in page.decode()
    assert page.decode().count("@font-face") <= 4


def test_an_id_that_is_meant_to_do_harm_stays_text() -> None:
    cohort = renamed(read_sample(), {"P3": HARMFUL, "P5": TURNED})
    view = View(cohort)
    exhibit = EXHIBITS["figure3e-trajectory"]
    rendering = render_exhibit(view, exhibit, exhibit.read_options({"patient": HARMFUL}))
    patients = [build_patient(view, name) for name in (HARMFUL, TURNED)]
    renderings = [rendering, rendering_of(view, "patients"), rendering_of(view, "swimmer")]
    report = write_html(renderings, title=HARMFUL)
    for page, scripts in ((report, 4), (write_patients(patients), 0)):
        elements = Elements(page)
        assert elements.count("script") == scripts
        assert elements.count("img") == 0
        assert HARMFUL in elements.texts
        assert "\u202e" not in page.decode()
    # The letter that would turn the id round is seen as a sign of its own.
    assert "<bdi>\ufffdP9</bdi>" in write_patients(patients).decode()


def test_long_tables_are_cut_with_a_sentence() -> None:
    long = pd.DataFrame({"day": range(1200), "value": 0.123456789})
    written = format_numbers(long)
    assert written.count("<tr>") == 501
    assert "Showing the first 500 of 1,200 rows." in written
    assert "<bdi>0.123457</bdi>" in written
    assert "1e+06" not in format_numbers(pd.DataFrame({"value": [1234567.5]}))


def test_missing_numbers_are_dashes_and_columns_of_one_name_stay_apart() -> None:
    table = pd.DataFrame([["a", "1"], ["b", "–"]], columns=["to", "to"])
    written = format_table(table)
    assert written.count('<td class="n">') == 2
    assert "<bdi>–</bdi>" in format_numbers(pd.DataFrame({"value": [None, 2.0]}))
