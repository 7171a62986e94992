"""Figures 2 and 3: the trajectories with prednisone on and off."""

from tests.opened import chart_data, charts, open_page, texts_of


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
    assert texts_of(charts(app)[0])["title_text"] == "Blood counts of 6 patients"
    assert set(chart_data(app)["counts"]["subject_id"]) == set(chosen)


def test_a_lane_per_patient() -> None:
    lanes = chart_data(open_page("trajectories", trajectories="lanes"))["lanes"]
    assert lanes["subject_id"].nunique() == 17
    assert lanes["grade"].max() == 4
