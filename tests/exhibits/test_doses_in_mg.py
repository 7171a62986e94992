"""Doses in mg/day of patients without a weight: kept, drawn and named in mg/day."""

import json

import pandas as pd
import pytest

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.patient import build_patient
from pht_core.exhibits.response import ResponseOptions
from pht_core.exhibits.trajectories import PatientOptions
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_files, read_sample
from pht_core.intake.source import SourceFile
from pht_core.model.cohort import Cohort
from pht_core.model.settings import Settings
from pht_core.paper.layouts import write_layout

COUNTS = """patient,day,Hb (g/L),PLT (10^9/L),ANC (10^9/L)
A,0,130,150,3
A,28,90,20,3
A,38,105,60,3
A,60,130,150,3
B,0,130,150,3
B,28,130,20,3
B,58,130,20,3
B,75,130,150,3
"""
# A's dose is halved after hemoglobin improved by a grade on day 38; B's falls by a fifth.
DOSES = """patient,drug,dose (mg/day),start day,stop day
A,prednisone,40,30,39
A,prednisone,20,40,49
B,prednisone,30,50,55
B,prednisone,24,56,60
B,methylprednisolone,100,3,5
"""
ALL = ResponseOptions("all")


def cohort_of(**files: str) -> Cohort:
    intake = read_files([SourceFile(f"{name}.csv", text.encode()) for name, text in files.items()])
    assert intake.cohort is not None
    return intake.cohort


@pytest.fixture(scope="module")
def none_weighed() -> View:
    return View(cohort_of(blood=COUNTS, doses=DOSES))


@pytest.fixture(scope="module")
def one_weighed() -> View:
    return View(cohort_of(blood=COUNTS, doses=DOSES, people="patient,weight (kg)\nA,\nB,60\n"))


@pytest.fixture(scope="module")
def all_weighed() -> View:
    return View(cohort_of(blood=COUNTS, doses=DOSES, people="patient,weight (kg)\nA,80\nB,60\n"))


def all_words(view: View, name: str, options: object) -> str:
    """Everything that an exhibit says or draws."""
    shown = EXHIBITS[name](view, options)
    picture = shown.picture(RenderTarget())
    return f"{shown.texts()} {picture.description} {json.dumps(picture.to_dict(), default=str)}"


def test_courses_and_steps_are_as_in_any_unit(none_weighed: View, all_weighed: View) -> None:
    courses = none_weighed.assessment.courses
    columns = ["subject_id", "start_day", "stop_day", "first_dose", "highest_dose"]
    assert courses.loc[~courses["early"], columns].to_numpy().tolist() == [
        ["A", 30, 50, 40, 40],
        ["B", 50, 61, 30, 30],
    ]
    for view in (none_weighed, all_weighed):
        steps = view.assessment.dose_steps
        assert steps["ratio"].tolist() == pytest.approx([0.5, 0.8])
        assert steps["followed"].tolist() == [True, False]
    same = all_weighed.assessment.courses
    assert same.loc[~same["early"], "first_dose"].tolist() == [0.5, 0.5]


def test_without_weights_everything_is_in_mg_a_day(none_weighed: View) -> None:
    said = EXHIBITS["doses"](none_weighed, ALL).texts()
    assert "first dose 35 mg/day (range 30–40)" in said.headline
    assert "at a median of 35 mg/day (range 30–40; n = 2)" in said.result
    assert "the dose (mg/day, as no weight is recorded), printed above it" in said.caption
    words = all_words(none_weighed, "doses", ALL)
    assert "highest dose 40 mg/day" in words
    assert "Dose, mg/day" in words
    assert "mg/kg" not in words


def test_a_patient_without_a_weight_is_shown_in_mg_a_day(none_weighed: View) -> None:
    for settings in (Settings(), Settings(other_steroids=True)):
        view = View(none_weighed.cohort, settings)
        words = all_words(view, "figure3e-trajectory", PatientOptions(patient="B"))
        assert "doses of prednisone (mg/day)" in words
        assert '"30 mg/day"' in words
        # 100 mg of methylprednisolone are 125 mg of prednisone.
        assert "125 mg/day\\nas prednisone" in words
        assert "mg/kg" not in words
    page = build_patient(none_weighed, "B")
    cells = {table.title: table.cells for table in page.tables}
    assert cells["Prednisone courses"]["Highest mg/day"].tolist() == ["30"]
    assert cells["Other steroids"]["mg/day"].tolist() == ["100"]
    assert not any("mg/kg" in str(table) for table in page.tables)
    open_end = DOSES.replace("24,56,60", "24,56,75")
    now = dict(build_patient(View(cohort_of(blood=COUNTS, doses=open_end)), "B").lines)
    assert now["Prednisone now"].startswith("on, 24 mg/day since day 56")


def test_numbers_name_their_unit(none_weighed: View, all_weighed: View) -> None:
    numbers = EXHIBITS["doses"](none_weighed, ALL).numbers
    assert numbers[["dose", "dose_unit"]].to_numpy().tolist() == [
        [dose, "mg/day"] for dose in (40, 20, 30, 24)
    ]
    numbers = EXHIBITS["figure3e-trajectory"](none_weighed, PatientOptions(patient="B")).numbers
    given = numbers[(numbers["day"] == 58) & (numbers["param"] == "PLT")]
    assert given[["dose", "dose_unit"]].to_numpy().tolist() == [[24, "mg/day"]]
    assert numbers.set_index("param").loc["methylprednisolone", "unit"] == "mg/day"
    for name, options in (("doses", ALL), ("figure3e-trajectory", PatientOptions(patient="B"))):
        assert "dose_unit" not in EXHIBITS[name](all_weighed, options).numbers


def test_two_units_have_lanes_and_scales_of_their_own(one_weighed: View) -> None:
    shown = EXHIBITS["doses"](one_weighed, ALL)
    picture, said = shown.picture(RenderTarget()), shown.texts()
    assert picture.params["shown"] == ["A, mg/day", "B, mg/kg/day"]
    spans = picture.datasets["doses"]
    height = (spans["floor"] - spans["level"]) / 0.72
    # A's 40 and 20 mg/day, B's 0.5 and 0.4 mg/kg/day.
    assert height.tolist() == pytest.approx([1, 0.5, 1, 0.8])
    assert spans["words"].tolist() == ["40 mg/day", "20 mg/day", "0.5 mg/kg/day", "0.4 mg/kg/day"]
    assert "highest dose 0.5 mg/kg/day and 40 mg/day" in picture.description
    assert "first dose 0.5 mg/kg/day and 40 mg/day" in said.headline
    assert "to a scale for each unit" in said.caption
    assert "mg/day in 1 patient without a recorded weight" in said.caption
    assert "mg/kg" not in all_words(one_weighed, "figure3e-trajectory", PatientOptions(patient="A"))
    of_b = all_words(one_weighed, "figure3e-trajectory", PatientOptions(patient="B"))
    assert '"0.5 mg/kg/day"' in of_b
    assert " mg/day" not in of_b


def test_with_weights_nothing_is_in_mg_a_day(all_weighed: View) -> None:
    words = all_words(all_weighed, "doses", ALL)
    assert "at 0.5 mg/kg/day in each of 2" in words
    assert "the dose (mg/kg/day), printed above it" in words
    assert " mg/day" not in words


def test_the_tables_come_back_in_their_units(one_weighed: View) -> None:
    content = write_layout(one_weighed.cohort, "tidy")
    again = read_files([SourceFile("tables.zip", content)]).cohort
    assert again is not None
    columns = ["start_day", "dose", "dose_unit"]
    expected, found = (
        cohort.prednisone[columns].astype({"dose_unit": str})
        for cohort in (one_weighed.cohort, again)
    )
    pd.testing.assert_frame_equal(found, expected)


def test_the_picture_names_the_unit_of_its_doses(none_weighed: View, one_weighed: View) -> None:
    titles = [
        EXHIBITS["doses"](view, ALL).picture(RenderTarget()).frame.title
        for view in (none_weighed, one_weighed, View(read_sample()))
    ]
    # A has no weight and B has one: each lane names its unit.
    assert [title.split(":")[0] for title in titles] == [
        "Prednisone dose, mg/day",
        "Prednisone dose",
        "Prednisone dose, mg/kg/day",
    ]
