"""Figures 2 and 3: the trajectories with prednisone on and off."""

import pandas as pd
from streamlit.testing.v1 import AppTest

from pages.shared.menu import PAGES
from pages.shared.session import Session, Upload
from pht_core.exhibits.view import View
from pht_core.model.cohort import build_cohort
from pht_core.model.settings import Settings
from tests.opened import APP, assert_unharmed, chart_data, charts, open_page, open_script, texts_of
from tests.small import small_cohort
from tests.written import read_rows


def test_p3_is_shown_first_with_its_courses() -> None:
    app = open_page("trajectories")
    assert texts_of(charts(app)[0])["title_text"] == "Blood counts and prednisone of P3"
    data = chart_data(app)
    first = data["courses"].iloc[0]
    # Figure 3E: from day 30, stopped after 35 days; again in months 4 and 6.
    assert (first["start_day"], first["stop_day"]) == (30, 65)
    assert len(data["courses"]) == 3
    assert set(data["counts"]["param"]) == {"HGB", "PLT", "NE"}


def test_another_patient() -> None:
    app = open_page("trajectories")
    app.selectbox(key="patient").set_value("P1").run()
    assert texts_of(charts(app)[0])["title_text"] == "Blood counts and prednisone of P1"
    baseline = chart_data(app)["counts"].query("day == -7").set_index("param")["value"]
    assert baseline.to_dict() == {"HGB": 124, "PLT": 75, "NE": 1.59}  # Table 3


def test_two_patients_side_by_side() -> None:
    app = open_page("trajectories")
    app.selectbox(key="patient").set_value("P1").run()
    app.selectbox(key="beside").set_value("P2").run()
    assert_unharmed(app)
    titles = [texts_of(chart)["title_text"] for chart in charts(app)]
    # Figure 2: the two with late cytopenia, laid out for half the width.
    assert titles == ["Blood counts and prednisone of P1", "Blood counts and prednisone of P2"]
    assert all("page_width" in str(chart["params"]) for chart in charts(app))
    # Who stands beside is not the same patient twice.
    app.selectbox(key="patient").set_value("P2").run()
    assert_unharmed(app)
    assert app.selectbox(key="beside").value is None
    assert len(charts(app)) == 1


def test_a_patient_who_is_filtered_out_is_not_kept() -> None:
    app = open_page("trajectories")
    app.selectbox(key="patient").set_value("P1").run()
    app.segmented_control(key="prior_hsct").set_value("Yes").run()
    assert list(app.exception) == []
    assert texts_of(charts(app)[0])["title_text"] == "Blood counts and prednisone of P3"


def test_the_six_relapses_come_first() -> None:
    app = open_page("trajectories", trajectories="several")
    chosen = app.multiselect[0].value
    assert len(chosen) == 6
    assert "P3" in chosen
    assert texts_of(charts(app)[0])["title_text"] == (
        "Recurrent cytopenia in 6 of 15 patients with PHT, 30–44 days after stopping prednisone "
        "(Figure 3 A–C)"
    )
    # From the earliest recurrence to the latest: 30, 32, 36, 38, 41 and 44 days after the stop.
    names = chart_data(app)["rows"]["name"].tolist()
    assert names == ["P7", "P3", "P17", "P5", "P11", "P10"]
    app.segmented_control(key="align").set_value("infusion").run()
    assert_unharmed(app)
    assert "days from CAR-T infusion" in texts_of(charts(app)[0])["footer_text"]
    app.segmented_control(key="wall_look").set_value("medians").run()
    assert_unharmed(app)
    assert set(chart_data(app)["counts"]) >= {"q25", "median", "q75"}


def test_a_lane_per_patient() -> None:
    lanes = chart_data(open_page("trajectories", trajectories="lanes"))["lanes"]
    assert lanes["subject_id"].nunique() == 17
    assert lanes["grade"].max() == 4


STEROIDS = """
subject_id | drug          | start_day | end_day | dose
A          | dexamethasone | 3         | 5       | 0.15
A          | prednisone    | 30        | 36      | 0.5
"""
LABS = """
subject_id | day | test | value | unit
A          | 3   | CRP  | 180   | mg/L
"""


def open_with(settings: Settings) -> AppTest:
    """The page at a patient with dexamethasone and CRP, and at one who has neither."""
    counts = "subject_id | day | HGB | PLT | NE\nA | 4 | 80 | 20 | 0.4\nB | 4 | 80 | 20 | 0.4"
    whole = small_cohort(counts)
    tables = {
        "subjects": whole.subjects,
        "counts": whole.counts.astype({"subject_id": object, "param": object, "unit": object}),
        "prednisone": read_rows(STEROIDS),
        "labs": read_rows(LABS),
    }
    cohort = build_cohort(tables, name="small", digest="0" * 64)
    app = open_script(APP.parent / PAGES["trajectories"].path)
    upload = Upload(cohort=cohort)
    view = View(cohort, settings)
    app.session_state["session"] = Session(upload=upload, view=view)
    app.run()
    assert_unharmed(app)
    return app


def test_other_steroids_and_labs_of_the_patient() -> None:
    app = open_with(Settings())
    data = chart_data(app)
    assert data["steroids"]["drug"].tolist() == ["dexamethasone"]
    assert data["labs"]["value_words"].tolist() == ["180 mg/L"]
    assert data["courses"]["start_day"].tolist() == [30]
    assert "steroid equivalents by doi:" in texts_of(charts(app)[0])["footer_text"]
    app.selectbox(key="patient").set_value("B").run()
    assert_unharmed(app)
    assert {"steroids", "steroid_names", "labs"}.isdisjoint(chart_data(app))
    assert "equivalents" not in texts_of(charts(app)[0])["footer_text"]


def test_other_steroids_counted_are_named_in_the_footer() -> None:
    app = open_with(Settings(other_steroids=True))
    assert chart_data(app)["courses"]["start_day"].tolist() == [3, 30]
    footer = texts_of(charts(app)[0])["footer_text"]
    assert "other steroids count as prednisone" in footer


def test_the_numbers_list_steroids_and_labs() -> None:
    app = open_with(Settings())
    app.session_state["figure3e-trajectory_shown"] = "Data table"
    app.run()
    assert_unharmed(app)
    (table,) = app.dataframe
    numbers: pd.DataFrame = table.value
    assert numbers["param"].tolist() == ["HGB", "NE", "PLT", "dexamethasone", "CRP"]
