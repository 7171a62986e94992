"""Filters, definitions and the upload act on every page, and odd cohorts harm none."""

import io
from collections.abc import Iterator
from typing import Any
from unittest.mock import PropertyMock

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.shared import session
from pages.shared.menu import PAGES
from pages.shared.upload import reading
from pht_core.intake.reading import SAMPLE_FILE, Intake, read_files
from pht_core.intake.source import SourceFile
from pht_core.model.cohort import Cohort
from pht_core.model.settings import Settings
from pht_core.stats.assessment import Assessment, derive_assessment
from tests.opened import (
    assert_unharmed,
    charts,
    go,
    open_page,
    open_script,
    press,
    texts_of,
    upload_files,
    words,
)

SAMPLE = pd.read_csv(SAMPLE_FILE, dtype=str, keep_default_na=False)


def csv(table: pd.DataFrame) -> bytes:
    """A table as the bytes of an upload."""
    buffer = io.StringIO()
    table.to_csv(buffer, index=False)
    return buffer.getvalue().encode()


def sample_of(*subjects: str) -> pd.DataFrame:
    return SAMPLE[SAMPLE["subject_id"].isin(subjects)]


ODD_COHORTS = {
    "one patient": sample_of("P4"),
    "one sex": SAMPLE[SAMPLE["sex"] == "F"],
    "patient-level columns only": SAMPLE.iloc[:, :17].drop_duplicates(),
    "no prednisone": SAMPLE.drop(columns="prednisone_mg_kg"),
    "no outcomes": SAMPLE.drop(
        columns=[c for c in SAMPLE.columns.astype(str) if c.endswith("_months")]
    ),
    "no support and no events": SAMPLE.iloc[:, :22],
    "no neutrophils": SAMPLE.drop(columns="ne_10e9_l"),
    "baseline counts only": SAMPLE[SAMPLE["day"] == "-7"],
    "ids in Chinese": SAMPLE.assign(subject_id="患者" + SAMPLE["subject_id"]),
    "counts only": SAMPLE[["subject_id", "day", "hgb_g_l", "plt_10e9_l", "ne_10e9_l"]],
}


@pytest.fixture(scope="module")
def read_once() -> Iterator[None]:
    """Each file is read, and its cohort graded, once for the sessions that upload it anew."""
    read: dict[SourceFile, Intake] = {}
    graded: dict[tuple[str, str, Settings], Assessment] = {}

    def read_or_kept(files: list[SourceFile], **how: Any) -> Intake:
        (file,) = files
        if file not in read:
            read[file] = read_files(files, **how)
        return read[file]

    def grade_or_kept(cohort: Cohort, settings: Settings) -> Assessment:
        key = cohort.name, cohort.digest, settings
        if key not in graded:
            graded[key] = derive_assessment(cohort, settings)
        return graded[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read_files", read_or_kept)
        patch.setattr(session, "derive_assessment", grade_or_kept)
        yield


@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize("page", list(PAGES))
@pytest.mark.parametrize("cohort", list(ODD_COHORTS))
def test_odd_cohorts_harm_no_page(cohort: str, page: str) -> None:
    app = open_page(page, upload=csv(ODD_COHORTS[cohort]))
    n = ODD_COHORTS[cohort]["subject_id"].nunique()
    assert f"**{n} of {n} patient{'s' * (n > 1)}**" in words(app)
    assert [element.value for element in app.error] == []


@pytest.mark.parametrize("page", list(PAGES))
def test_filters_act_on_every_page(page: str) -> None:
    app = open_page(page, extramedullary="Yes")
    assert "**8 of 17 patients** · extramedullary disease" in words(app)
    for spec in charts(app):
        assert "8 of 17 patients: extramedullary disease" in texts_of(spec)["footer_text"]


@pytest.mark.parametrize("page", list(PAGES))
@pytest.mark.parametrize(
    ("choices", "n"),
    [({"age_years": (60, 100)}, 1), ({"crs_grade": [3]}, 2), ({"age_years": (90, 100)}, 0)],
)
def test_few_or_no_patients_left(page: str, choices: dict[str, Any], n: int) -> None:
    app = open_page(page, **choices)
    assert f"**{n} of 17 patients**" in words(app)
    assert [element.value for element in app.error] == []


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"early_start": 10}, "early steroids start before day 10"),
        ({"early_end": 35}, "early steroids end before day 35"),
        ({"after_days": 14}, "up to 14 days after the course"),
        ({"course_gap": 0}, "course gap 0 days"),
        ({"day28_support_free": True}, "normal counts under support at day 28 not evaluable"),
    ],
)
def test_definitions_of_courses_and_support_can_be_chosen(
    chosen: dict[str, Any], said: str
) -> None:
    app = open_page("response", **chosen)
    assert f"modified definitions: {said}" in words(app)
    assert said in texts_of(charts(app)[0])["footer_text"]


def test_selected_patients_are_a_filter_that_can_be_undone() -> None:
    app = open_page("survival", by="prior_hsct")
    press(app, "Show only no prior HSCT (5 patients)")
    # Table 3: five of the seventeen had none.
    assert "**5 of 17 patients** · 5 selected patients" in words(app)
    assert "5 of 17 patients: 5 selected patients" in texts_of(charts(app)[0])["footer_text"]
    assert not [key for key in app.query_params if "P1" in str(app.query_params[key])]
    go(app, "response")
    assert "**5 of 17 patients**" in words(app)
    press(app, "Show all patients again")
    assert "**17 of 17 patients** · all patients" in words(app)


def test_several_patients_can_be_looked_at_alone() -> None:
    app = open_page("trajectories", trajectories="several", patients=["P3", "P7"])
    press(app, "Show only these (2 patients)")
    assert "**2 of 17 patients** · 2 selected patients" in words(app)
    press(app, "Reset filters and definitions")
    assert "**17 of 17 patients**" in words(app)


def test_reset() -> None:
    app = open_page(prior_hsct="Yes", sex="M", lines_of_therapy=(3, 9), scheme="ctcae_v6")
    reset = next(button for button in app.button if "Reset" in button.label)
    reset.click().run()
    assert "**17 of 17 patients** · all patients" in words(app)
    assert app.selectbox(key="scheme").value == "ctcae_v5"


def test_upload_replaces_the_sample_until_it_is_forgotten() -> None:
    app = open_page(upload=csv(sample_of("P3", "P5", "P9")))
    assert "cohort.csv · **3 of 3 patients**" in words(app)
    footer = texts_of(charts(app)[0])["footer_text"]
    assert footer.startswith("cohort.csv (SHA-256 ")
    assert "imulated" not in footer
    go(app, "survival")
    assert "**3 of 3 patients**" in words(app)
    forget = next(button for button in app.button if "Remove" in button.label)
    forget.click().run()
    assert "**17 of 17 patients**" in words(app)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is a picture"),
        (b"", "is empty"),
        ("patient;day\nZoë;1".encode("latin-1"), "Windows-1252"),
        (b"a,b\n1,2\n", "No column identifies the patients (subject_id)."),
        (b"subject_id,hgb_g_l\nP1,100\n", "No day could be determined for hgb_g_l"),
        (csv(SAMPLE.head(0)), "no rows"),
    ],
)
def test_a_bad_file_is_explained_and_the_former_cohort_stays(content: bytes, told: str) -> None:
    app = open_page("upload", upload=content)
    [error] = [element.value.replace("\\", "") for element in app.error]
    assert told in words(app)
    assert "Figures still show Wang 2023 sample (simulated counts)." in error
    assert "**17 of 17 patients**" in words(app)
    go(app, "overview")
    assert "The last file is not in use" in words(app)
    assert len(charts(app)) == 1


def test_findings_are_told() -> None:
    table = sample_of("P3").copy()
    table.loc[table.index[3], "hgb_g_l"] = "#VALUE!"
    app = open_page(upload=csv(table))
    assert "1 finding in this file affects results." in words(app)
    go(app, "upload")
    assert "▲ **changes a result.**" in words(app)
    assert "#VALUE!" in words(app)


def test_two_sessions_do_not_share_a_cohort() -> None:
    mine = open_page(upload=csv(sample_of("P3")))
    other = open_page()
    assert "**1 of 1 patient**" in words(mine)
    assert "**17 of 17 patients**" in words(other)
    assert_unharmed(other)


def test_changed_definitions_are_named_on_the_page_and_in_every_figure() -> None:
    app = open_page("response", pht_from="grade 3 or worse", confirm=True, use_support=False)
    for text in ("PHT from grade 3", "confirmed by the next count", "transfusions and G-CSF"):
        assert text in words(app)
        assert all(text in texts_of(spec)["footer_text"] for spec in charts(app))
    assert not any("support-free" in texts_of(spec)["subtitle_text"] for spec in charts(app))
    assert "modified definitions" not in words(open_page("response"))


def test_a_files_name_is_no_markdown() -> None:
    app = open_script().run()
    content = csv(sample_of("P3"))
    upload_files(app, ("a *b* $1$ :red[x].csv", content))
    assert app.sidebar.markdown[0].value == r"**a \*b\* \$1\$ \:red\[x\]\.csv**"


def test_an_address_may_name_a_range_the_other_way_round() -> None:
    assert "age 10 to 90 years" in words(open_page(age_years=(90, 10)))


@pytest.mark.parametrize(
    ("page", "runs"), [("survival", False), ("upload", True), ("claims", True)]
)
def test_filters_that_leave_nobody_stop_only_the_pages_they_act_on(page: str, runs: bool) -> None:
    app = open_page(page, age_years=(99, 100))
    assert ("No patients match these filters." in words(app)) is not runs
    assert bool(app.title) is runs


def test_a_reload_says_that_an_own_file_was_open(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "A file of your own was open in this browser."
    assert told not in words(open_page())
    # A reload is a new session, to which the browser tells the fact in a cookie.
    cookies = PropertyMock(return_value={"pht_own_file": "1"})
    monkeypatch.setattr(type(st.context), "cookies", cookies)
    for page in PAGES:
        assert told in words(open_page(page))
    app = open_page("survival")
    press(app, "Continue with the sample")
    assert told not in words(go(app, "overview"))
    app = open_page(upload=csv(sample_of("P3")))
    assert told not in words(app)


def with_centers() -> bytes:
    """The sample with a center for all but P1, and P2's sex and age left out."""
    table = SAMPLE.copy()
    number = table["subject_id"].str[1:].astype(int)
    table["Center"] = number.map(lambda n: "" if n == 1 else "*North*" if n < 8 else "South")
    table.loc[table["subject_id"] == "P2", ["sex", "age_years"]] = ""
    return csv(table)


def test_a_file_is_filtered_by_a_column_of_its_own() -> None:
    app = open_page(upload=with_centers())
    app.multiselect(key="others_1").set_value(["Center"]).run()
    center = app.multiselect(key="others_0_1")
    assert center.options == ["*North*", "South", "not recorded"]
    # P2 to P7 are of the north, P1 of no center.
    center.set_value(["*North*", ""]).run()
    assert "**7 of 17 patients** · Center *North* or not recorded" in words(app)
    assert "7 of 17 patients: Center *North* or not recorded" in footer_of(app)
    go(app, "survival")
    assert "**7 of 17 patients**" in words(app)
    press(app, "Reset filters and definitions")
    assert "**17 of 17 patients** · all patients" in words(app)
    press(app, "Remove this cohort")
    assert [box.label for box in app.multiselect if "columns" in box.label] == []


def footer_of(app: AppTest) -> str:
    return texts_of(charts(app)[0])["footer_text"]


def test_what_is_not_recorded_can_be_chosen_where_it_is_missing() -> None:
    app = open_page()
    assert "Not recorded" not in app.segmented_control(key="sex").options
    app = upload_files(app, ("cohort.csv", with_centers()))
    app.segmented_control(key="sex").set_value("Not recorded").run()
    assert "**1 of 17 patients** · sex not recorded" in words(app)
    app.segmented_control(key="sex").set_value("Any").run()
    # Of Table 3 only one patient is 60 or older; P2's age is left out.
    app.slider(key="age_years").set_value((60, 100)).run()
    assert "**1 of 17 patients**" in words(app)
    app.toggle(key="age_years_unrecorded").set_value(True).run()
    assert "**2 of 17 patients** · age 60 years or more or not recorded" in words(app)
    app.segmented_control(key="sex").set_value("Not recorded").run()
    assert "**1 of 17 patients** · sex not recorded; age 60 years" in words(app)
    # The sample lacks no sex: what it does not offer is no choice there.
    press(app, "Remove this cohort")
    assert "· age 60 years or more" in words(app)
    assert "not recorded" not in words(app).split("PHT Explorer")[0]
