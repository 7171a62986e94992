"""Counts over time: one patient, several, their summary, and the lanes."""

import re
from typing import Any

import pandas as pd
import pytest
import vl_convert

from pht_core.charts import Frame, summary_chart, swimmer_chart, trajectory_chart
from pht_core.charts.theme import HOLLOW_STAR, STAR, lineage_colour, palette
from pht_core.model.cohort import build_cohort
from pht_core.model.errors import UnknownName
from tests.drawn import (
    COUNTS,
    COURSES,
    CUTS,
    DOSES,
    DRAW,
    ENDS,
    LABS,
    LANES,
    LLN,
    MARKS,
    STEROIDS,
    SUMMARY,
    SUPPORT,
    marks_of,
    params_of,
    rows_of,
    spec_of,
    units,
)

PATIENT: dict[str, Any] = {
    "courses": COURSES,
    "doses": DOSES[DOSES["subject_id"] == "P2"],
    "cuts": CUTS,
    "lln": LLN,
}


def test_three_panels_on_one_axis_of_days() -> None:
    spec = spec_of(trajectory_chart(COUNTS, **PATIENT))
    titles = [view["encoding"]["y"]["axis"]["title"] for view in marks_of(spec, "line")]
    assert titles == ["Hemoglobin, g/L", "Platelets, 10⁹/L", "Neutrophils, 10⁹/L"]
    domains = {
        str(view["encoding"]["x"]["scale"]["domain"])
        for view in units(spec)
        if "scale" in view["encoding"].get("x", {})
    }
    assert domains == {"[{'expr': 'day_low'}, {'expr': 'day_high'}]"}
    params = params_of(spec)
    assert params["day_low"] < -7
    assert params["day_high"] > 90


def test_day_0_crosses_every_panel() -> None:
    spec = spec_of(trajectory_chart(COUNTS, **PATIENT))
    zero = [view for view in marks_of(spec, "rule") if view["data"] == {"name": "infusion"}]
    assert len(zero) == 4  # prednisone and three panels
    assert spec["datasets"]["infusion"] == [{"day": 0}]
    # It is in view even where all counts are late.
    late = trajectory_chart(COUNTS[COUNTS["day"] >= 30])
    assert late.params["day_low"] < 0


def test_lines_break_between_segments() -> None:
    for line in marks_of(spec_of(trajectory_chart(COUNTS)), "line"):
        assert line["encoding"]["detail"]["field"] == "segment"


def test_a_missing_grade_is_drawn_hollow() -> None:
    picture = trajectory_chart(COUNTS)
    assert rows_of(picture, "counts")["graded"].tolist() == [True] * 9 + [False]
    points = [p for p in marks_of(spec_of(picture), "point") if p["data"]["name"] == "counts"]
    assert points[0]["encoding"]["fill"]["scale"] == {
        "domain": [True, False],
        "range": [lineage_colour("HGB", "light"), palette("light").background],
    }


def test_the_pointer_tells_the_whole_draw() -> None:
    support = SUPPORT.assign(day=[-2, 3])
    picture = trajectory_chart(COUNTS, **PATIENT, support=support)
    draws = rows_of(picture, "draws").set_index("day")
    assert draws.drop(columns=["start", "end"]).columns.tolist() == [
        "Day", "Hemoglobin", "Platelets", "Neutrophils", "Prednisone", "Support, last 7 days",
    ]  # fmt: skip
    # Courses: day 30 to 65, and from 80 on.
    assert draws.loc[30].tolist()[2:] == [
        "30 after infusion", "76 g/L, grade 3", "31 10⁹/L, grade 3", "0 10⁹/L, grade 4",
        "0.5 mg/kg/day, day 1 of the course", "none",
    ]  # fmt: skip
    assert draws.loc[-7].tolist()[2:] == [
        "-7 after infusion", "101 g/L, grade 1", "no count", "no count", "none", "none",
    ]  # fmt: skip
    assert draws.loc[90, ["Neutrophils", "Prednisone"]].tolist() == [
        "2.3 10⁹/L, no grade", "dose not known, day 11 of the course",
    ]  # fmt: skip
    assert draws.loc[3, "Support, last 7 days"] == "G-CSF 5 d before, red cells that day"
    # From half way to the draw before to half way to the next, in every panel.
    assert draws.loc[30, ["start", "end"]].tolist() == [16.5, 60]
    hits = [v for v in marks_of(spec_of(picture), "rect") if v["data"]["name"] == "draws"]
    assert len(hits) == 3
    assert [tip["field"] for tip in hits[0]["encoding"]["tooltip"]] == [*draws.columns[2:]]


def test_after_a_stop_the_pointer_tells_how_long_ago() -> None:
    stopped = COURSES[:1]
    picture = trajectory_chart(COUNTS, courses=stopped)
    draws = rows_of(picture, "draws").set_index("day")
    # Stopped on day 65, 25 days before day 90.
    assert draws.loc[90, "Prednisone"] == "none; stopped 25 days before"


def test_it_opens_on_the_days_that_matter_and_a_strip_has_all() -> None:
    picture = trajectory_chart(
        COUNTS, **PATIENT, lanes=LANES[LANES["subject_id"] == "P2"], days=(-10.0, 65.0)
    )
    spec = spec_of(picture)
    (days,) = [param for param in spec["params"] if param["name"] == "days"]
    # From the first count, as none lies before it; day 90 is the last, and 2% of room.
    low = picture.params["all_low"]
    assert days["value"] == {"x": [low, 65.0]}
    assert low == pytest.approx(-7 - 0.02 * 97)
    shown = {param["name"]: param.get("expr") for param in spec["params"]}
    assert shown["day_low"] == "days.start_day ? days.start_day[0] : all_low"
    # What lies outside is cut off in every panel.
    drawn = [v for v in units(spec) if v["data"]["name"] in ("counts", "draws", "doses")]
    assert all(view["mark"]["clip"] for view in drawn)
    # A time without a grade is not in the strip.
    assert rows_of(picture, "lanes")["grade"].tolist() == [4]
    assert "days" not in params_of(spec_of(trajectory_chart(COUNTS)))


def test_stars_are_filled_on_prednisone_and_hollow_at_the_stop() -> None:
    stars = rows_of(trajectory_chart(COUNTS, **PATIENT), "stars")
    assert list(zip(stars["day"], stars["star"], strict=True)) == [
        (30, "on prednisone"),
        (46, "on prednisone"),
        (80, "on prednisone"),
        (65, "stopped"),
    ]
    shapes = [
        view["encoding"]["shape"]["scale"]
        for view in units(spec_of(trajectory_chart(COUNTS, **PATIENT)))
        if "shape" in view["encoding"]
    ]
    assert shapes[0] == {"domain": ["on prednisone", "stopped"], "range": [STAR, HOLLOW_STAR]}


def test_an_ongoing_course_is_shaded_to_the_end() -> None:
    picture = trajectory_chart(COUNTS, **PATIENT)
    high = picture.params["day_high"]
    assert rows_of(picture, "courses")["until"].tolist() == [65, high]
    # A dose lasts to the end of its last day.
    assert rows_of(picture, "doses")["until"].tolist() == [46, 65, high]


def test_hairlines_are_labelled_in_words() -> None:
    lines = rows_of(trajectory_chart(COUNTS, Frame(height=170), **PATIENT), "hairlines")
    assert lines[lines["param"] == "NE"]["words"].tolist() == [
        "normal from 1.8", "grade 2: below 1.5", "grade 3: below 1", "grade 4: below 0.5",
    ]  # fmt: skip
    for _, rows in lines.groupby("param"):
        assert rows["place"].sort_values().diff().min() >= 10.99
        assert rows["place"].between(0, 170).all()


def test_log_axes_are_for_platelets_and_neutrophils() -> None:
    picture = trajectory_chart(COUNTS, **PATIENT, log=True)
    kinds = {
        view["encoding"]["y"]["axis"]["title"]: view["encoding"]["y"]["scale"].get("type")
        for view in marks_of(spec_of(picture), "line")
    }
    assert kinds == {
        "Hemoglobin, g/L": None,
        "Platelets, 10⁹/L": "log",
        "Neutrophils, 10⁹/L": "log",
    }
    # A count of 0 has no logarithm: the axis begins above it, and the point is held to its edge.
    assert 0 < picture.params["NE_low"] < 0.01
    assert picture.params["PLT_ticks"] == [10, 30, 100]


def test_support_has_a_named_row_each() -> None:
    picture = DRAW["trajectory"]()
    assert picture.params["support_kinds"] == ["red cells", "G-CSF"]
    assert marks_of(spec_of(picture), "tick")
    assert marks_of(spec_of(trajectory_chart(COUNTS)), "tick") == []


def test_a_lineage_without_counts_says_so() -> None:
    picture = trajectory_chart(COUNTS[COUNTS["param"] != "PLT"], cuts=CUTS)
    absent = rows_of(picture, "absent")
    assert absent.to_dict("records") == [{"param": "PLT", "words": "no counts recorded"}]


def views_on(spec: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [view for view in units(spec) if view["data"]["name"] == name]


def test_without_other_steroids_and_labs_nothing_is_added() -> None:
    plain = trajectory_chart(COUNTS, **PATIENT)
    none = trajectory_chart(COUNTS, **PATIENT, steroids=STEROIDS.iloc[:0], labs=LABS.iloc[:0])
    assert spec_of(none) == spec_of(plain)
    assert set(plain.datasets) == {
        "counts", "courses", "doses", "stars", "support", "hairlines", "absent", "infusion",
        "draws", "relapses",
    }  # fmt: skip


def test_other_steroids_have_a_named_row_each_and_their_worth_beside_it() -> None:
    picture = trajectory_chart(COUNTS, **PATIENT, steroids=STEROIDS)
    rows = rows_of(picture, "steroid_names")
    assert rows.to_numpy().tolist() == [
        ["dexamethasone", "1 to 2 mg/kg/day\nas prednisone"],
        ["hydrocortisone", "dose\nnot known"],
        ["methylprednisolone", "2.5 mg/kg/day\nas prednisone"],
    ]
    (bar,) = views_on(spec_of(picture), "steroids")
    assert [tip["title"] for tip in bar["encoding"]["tooltip"]] == [
        "Steroid", "Day", "Dose", "As prednisone",
    ]  # fmt: skip
    told = [tip["field"] for tip in bar["encoding"]["tooltip"]]
    assert rows_of(picture, "steroids")[told].to_numpy().tolist() == [
        ["dexamethasone", "3 to 5", "0.15 mg/kg/day", "1 mg/kg/day"],
        ["dexamethasone", "7", "0.3 mg/kg/day", "2 mg/kg/day"],
        ["hydrocortisone", "from -3", "not known", "not known"],
        ["methylprednisolone", "9 to 12", "2 mg/kg/day", "2.5 mg/kg/day"],
    ]
    # They are no prednisone: neither stars nor shading come of them.
    plain = trajectory_chart(COUNTS, **PATIENT)
    for name in ("stars", "courses", "doses"):
        pd.testing.assert_frame_equal(rows_of(picture, name), rows_of(plain, name))
    assert "Dexamethasone, day 3 to 5: 0.15 mg/kg/day (as prednisone: 1 mg/kg/day)." in (
        picture.description
    )
    svg = vl_convert.vegalite_to_svg(picture.to_dict())
    for words in ("dexamethasone", "hydrocortisone", "methylprednisolone", "1 to 2 mg/kg/day"):
        assert f">{words}<" in svg


def test_the_dose_axis_gives_the_highest_dose_as_it_is() -> None:
    doses = DOSES[DOSES["subject_id"] == "P2"].assign(dose=2.75)
    for equivalents, title in ((False, "Prednisone,"), (True, "equivalent,")):
        picture = trajectory_chart(COUNTS, doses=doses, equivalents=equivalents)
        svg = vl_convert.vegalite_to_svg(picture.to_dict())
        assert ">2.75<" in svg
        assert f">{title}<" in svg
        worth = "Prednisone equivalent" if equivalents else "Prednisone"
        assert worth in rows_of(picture, "draws")


def test_a_panel_per_laboratory_test_below_the_counts() -> None:
    picture = trajectory_chart(COUNTS, labs=LABS)
    lines = [view for view in marks_of(spec_of(picture), "line") if view["data"]["name"] == "labs"]
    axes = [line["encoding"]["y"]["axis"]["title"] for line in lines]
    assert axes == [
        ["C-reactive", "protein, mg/L"],
        ["Ferritin,", "ng/mL"],
        ["CAR-T cells in", "blood, copies"],
    ]
    # Two decades still fit a linear axis; more do not.
    kinds = [line["encoding"]["y"]["scale"].get("type") for line in lines]
    assert kinds == [None, "log", "log"]
    # Only the lowest panel bears the axis of days.
    days = [line["encoding"]["x"]["axis"]["labels"] for line in lines]
    assert days == [False, False, True]
    assert lines[0]["encoding"]["detail"]["field"] == "segment"
    assert rows_of(picture, "labs")["value_words"].tolist()[::3] == [
        "1 mg/L", "12000 ng/mL", "0 copies",
    ]  # fmt: skip


def test_a_value_of_0_stands_at_0_on_a_log_axis() -> None:
    picture = trajectory_chart(COUNTS, labs=LABS)
    assert picture.params["lab_2_low"] == 2
    assert picture.params["lab_2_ticks"] == [2, 100, 1000]
    drawn = rows_of(picture, "labs").set_index(["test", "day"])["drawn"]
    assert drawn["CART_LEVEL"].tolist() == [20, 3000, 2]
    ticks = re.findall(r">(0|20|2|100|1,000)</text>", vl_convert.vegalite_to_svg(picture.to_dict()))
    assert {"0", "100", "1,000"} <= set(ticks)
    assert "2" not in ticks


@pytest.mark.parametrize(
    ("values", "low", "high"), [([-5, 200], -5.4, 216), ([0, 0], 0, 1), ([-5, -1], -5.4, 0)]
)
def test_a_lab_value_below_0_is_drawn_where_it_lies(
    values: list[float], low: float, high: float
) -> None:
    labs = LABS[LABS["test"] == "CRP"].assign(value=values)
    picture = trajectory_chart(COUNTS, labs=labs)
    assert picture.params["lab_0_low"] == pytest.approx(low)
    assert picture.params["lab_0_high"] == pytest.approx(high)
    assert rows_of(picture, "labs")["drawn"].tolist() == values


def test_a_test_in_two_units_has_two_panels() -> None:
    labs = LABS[LABS["test"] == "CRP"].assign(unit=["mg/L", ""])
    picture = trajectory_chart(COUNTS, labs=labs)
    lines = [view for view in marks_of(spec_of(picture), "line") if view["data"]["name"] == "labs"]
    axes = [line["encoding"]["y"]["axis"]["title"] for line in lines]
    assert axes == [["C-reactive", "protein, mg/L"], ["C-reactive", "protein"]]
    assert rows_of(picture, "labs")["panel"].tolist() == ["lab_0", "lab_1"]


def test_summary_has_a_median_in_two_bands() -> None:
    spec = spec_of(summary_chart(SUMMARY, cuts=CUTS))
    areas = marks_of(spec, "area")
    assert [(a["encoding"]["y"]["field"], a["encoding"]["y2"]["field"]) for a in areas] == [
        ("q10", "q90"),
        ("q25", "q75"),
    ] * 3
    assert [line["encoding"]["y"]["field"] for line in marks_of(spec, "line")] == ["median"] * 3
    assert sum(len(rows) for rows in spec["datasets"].values()) < 2000


def test_lanes_are_sorted_by_follow_up() -> None:
    picture = swimmer_chart(LANES, ends=ENDS)
    # 500 days twice, in natural order, then 300.
    assert picture.params["patients"] == ["P1", "P10", "P2"]


def test_charts_and_tables_have_one_order_of_patients() -> None:
    ids = {"P1": "9", "P10": "A10", "P2": "A9"}  # a number, and letters before a number
    named = [table.assign(subject_id=table["subject_id"].map(ids)) for table in (LANES, ENDS)]
    drawn = swimmer_chart(named[0], ends=named[1].assign(last_day=500.0)).params["patients"]
    table = build_cohort({"subjects": named[1][["subject_id"]]}, name="", digest="").subject_ids
    assert drawn == table == ["A9", "A10", "9"]


def test_long_ids_are_shortened_in_their_middle() -> None:
    ids = {"P1": "HOSPITAL-2023-000000000017", "P2": "HOSPITAL-2023-000000000018", "P10": "P10"}
    named = [table.assign(subject_id=table["subject_id"].map(ids)) for table in (LANES, ENDS)]
    svg = vl_convert.vegalite_to_svg(swimmer_chart(named[0], ends=named[1]).to_dict())
    drawn = set(re.findall(r">(HOSPIT[^<]+|P10)<", svg))
    assert drawn == {"HOSPIT…0000000017", "HOSPIT…0000000018", "P10"}


def test_an_arrow_only_where_follow_up_goes_on() -> None:
    assert set(rows_of(swimmer_chart(LANES, ends=ENDS), "going_on")["subject_id"]) == {"P1", "P10"}


def test_a_lane_without_a_count_is_no_grade_0() -> None:
    picture = swimmer_chart(LANES, ends=ENDS)
    assert rows_of(picture, "lanes")["grade_words"].tolist() == [
        "grade 4",
        "no count",
        "grade 0",
        "grade 2",
    ]
    bar = marks_of(spec_of(picture), "bar")[0]
    scale = bar["encoding"]["color"]["scale"]
    assert scale["range"] == [*palette("light").grades, palette("light").background]
    assert scale["domain"][-1] == "no count"
    assert bar["mark"]["stroke"] == palette("light").outline


def test_marks_are_told_in_words() -> None:
    spec = spec_of(swimmer_chart(LANES, ends=ENDS, marks=MARKS))
    (marks,) = [view for view in marks_of(spec, "point") if view["data"]["name"] == "marks"]
    assert marks["encoding"]["shape"]["scale"] == {
        "domain": ["response", "recurrent cytopenia", "death"],
        "range": ["circle", "triangle-down", "cross"],
    }
    with pytest.raises(UnknownName, match=r"Mark 'birthday' is not known"):
        swimmer_chart(LANES, ends=ENDS, marks=MARKS.assign(kind="birthday"))


def test_more_patients_than_can_be_drawn_are_counted() -> None:
    everyone = [f"P{who}" for who in range(1, 265)]
    last = [90 + who for who in range(1, 265)]
    lanes = pd.DataFrame({"subject_id": everyone, "start_day": 0, "end_day": last, "grade": 1})
    ends = pd.DataFrame({"subject_id": everyone, "last_day": last, "ongoing": True})
    picture = swimmer_chart(lanes, ends=ends)
    assert picture.params["patients"] == [f"P{who}" for who in range(264, 204, -1)]
    assert set(rows_of(picture, "lanes")["subject_id"]) == set(picture.params["patients"])
    assert len(rows_of(picture, "going_on")) == 60
    assert picture.frame.subtitle == "60 of 264 patients drawn, the longest followed."
