"""The relapse wall: where counts, doses, stars and relapses stand in each patient's row."""

import pandas as pd
import pytest

from pht_core.charts import Frame, Picture
from pht_core.charts.theme import GRADES, HOLLOW_STAR, STAR, palette
from pht_core.charts.wall import dips
from tests.drawn import (
    COUNTS,
    OTHERS,
    ROWS,
    draw_wall,
    marks_of,
    params_of,
    rows_of,
    spec_of,
    units,
)

# 120 days a column, and 7% of them between two, in whole days.
PITCH = 128
NARROW = Frame(width=390)


def many(patients: int) -> Picture:
    ids = [f"P{who}" for who in range(patients)]
    counts = pd.concat([COUNTS.assign(subject_id=name) for name in ids])
    rows = pd.DataFrame({"subject_id": ids, "zero": 65.0, "words": ""})
    return draw_wall(counts, rows=rows)


def test_counts_are_draws_by_days_from_the_event() -> None:
    picture = draw_wall(OTHERS)
    draws = rows_of(picture, "counts").set_index(["row", "day"])
    # P2 stopped on day 65: its counts of day 30 lie 35 days before, those of day 3 outside.
    assert draws.loc[(0, -35), ["HGB", "PLT", "NE", "dose"]].tolist() == [76, 31, 0, 0.5]
    assert draws.loc[(0, -35), ["HGB_g", "PLT_g", "NE_g"]].tolist() == [3, 3, 4]
    assert sorted(day for row, day in draws.index if row == 0) == [-35, 25]
    # P1 is aligned on day 0.
    assert sorted(day for row, day in draws.index if row == 2) == [-7, 3, 30]
    assert pd.isna(draws.loc[(2, -7), "PLT"])


def test_a_count_without_a_value_is_no_draw() -> None:
    without = OTHERS.assign(value=OTHERS["value"].where(OTHERS["day"] != 30))
    days = rows_of(draw_wall(without), "counts")["day"].tolist()
    assert -35 not in days
    assert 25 in days


def test_a_curve_is_filled_below_grade_2_and_cut_at_every_bound() -> None:
    # From y = 0 down to 20 over 10 days; grade 2 begins at 5, grade 3 at 10.
    assert dips([(0, 0), (10, 20)], [(2, 5), (3, 10)]) == [
        [(2.5, 5.0, 2), (5.0, 10.0, 2)],
        [(5.0, 10.0, 3), (10.0, 20.0, 3)],
    ]
    # Down to grade 2 and up again: one piece of three points. Above it: none.
    assert dips([(0, 4), (1, 8), (2, 6), (3, 1)], [(2, 5), (3, 10)]) == [
        [(0.25, 5.0, 2), (1.0, 8.0, 2), (2.0, 6.0, 2), (2.2, 5.0, 2)]
    ]
    assert dips([(0, 4), (1, 2)], [(2, 5)]) == []


def test_lineages_stand_side_by_side() -> None:
    picture = draw_wall(OTHERS)
    columns = rows_of(picture, "columns")
    assert columns["words"].tolist() == [
        "Hemoglobin, g/L", "Platelets, 10⁹/L", "Neutrophils, 10⁹/L",
    ]  # fmt: skip
    assert columns["x"].tolist() == pytest.approx([0, PITCH, 2 * PITCH])
    assert columns["dashed"].tolist() == [
        "dashed: grade 2 below 100", "dashed: grade 2 below 75", "dashed: grade 2 below 1.5",
    ]  # fmt: skip
    bare = draw_wall(OTHERS[OTHERS["param"] != "PLT"])
    assert rows_of(bare, "columns")["dashed"].tolist()[1] == "no counts recorded"
    assert params_of(spec_of(picture))["ticks"][:5] == [-60, -30, 0, 30, 60]


def test_courses_doses_and_stars() -> None:
    picture = draw_wall(OTHERS)
    first = rows_of(picture, "courses")[:2]
    # Days 30 to 65, and from 80 on, which is day 15 from the stop: to the edge.
    assert first[["x", "x2"]].to_numpy().tolist() == [[-35, 0], [15, 60]]
    doses = rows_of(picture, "doses")[:4]
    assert doses[["x", "x2"]].to_numpy().tolist() == [[-35, -19], [-19, 0], [15, 60], [-27, 1]]
    heights = doses["y2"] - doses["y"]
    assert heights.tolist() == pytest.approx([heights[0], heights[0] / 2, heights[0], heights[0]])
    stars = rows_of(picture, "stars")[:3]
    assert stars[["x", "star"]].to_numpy().tolist() == [
        [-35, "started"], [0, "stopped"], [15, "started"],
    ]  # fmt: skip
    shapes = [v for v in units(spec_of(picture)) if "shape" in v["encoding"]]
    assert shapes[-1]["encoding"]["shape"]["scale"] == {
        "domain": ["started", "stopped"],
        "range": [STAR, HOLLOW_STAR],
    }


def test_a_relapse_is_marked_in_the_lineages_that_fell() -> None:
    # Day 97 is 32 days after the stop; hemoglobin and neutrophils fell.
    shown = rows_of(draw_wall(OTHERS), "relapses")
    assert shown["x"].tolist() == pytest.approx([32, 32 + 2 * PITCH])
    assert rows_of(draw_wall(OTHERS, NARROW), "relapses")["x"].tolist() == [32]


def test_narrow_or_many_rows_are_ribbons_of_grades() -> None:
    for picture in (draw_wall(OTHERS, NARROW), many(13)):
        spec = spec_of(picture)
        assert marks_of(spec, "line") == []
        fill = marks_of(spec, "rect")[1]["encoding"]["fill"]["scale"]
        assert fill == {"domain": list(GRADES), "range": list(palette("light").grades)}
    assert marks_of(spec_of(many(12)), "line") != []
    spans = rows_of(draw_wall(OTHERS, NARROW), "counts")
    hemoglobin = spans[(spans["row"] == 0) & (spans["col"] == 0)]
    # Days 3 to 30 and 30 to 65; the time without a grade is blank, and day -7 outside.
    assert hemoglobin[["x", "x2", "grade"]].to_numpy().tolist() == [[-60, -35, 2], [-35, 0, 3]]


def test_the_highlighted_patient_stands_out_until_another_is_pointed_at() -> None:
    # The second row; without one the others are not faded.
    assert draw_wall(OTHERS, chosen="P10").params["front_row"] == 1
    assert draw_wall(OTHERS).params["front_row"] == -1
    spec = spec_of(draw_wall(OTHERS, chosen="P10"))
    (line,) = marks_of(spec, "line")
    assert [one.get("test") for one in line["encoding"]["opacity"]["condition"]] == [
        None, "datum.row === front_row",
    ]  # fmt: skip
    (pointed,) = [param for param in spec["params"] if "select" in param]
    assert pointed["select"]["fields"] == ["row"]
    (catcher,) = [view for view in units(spec) if view.get("name", "").startswith("pointed")]
    assert pointed["views"] == [catcher["name"]]
    assert catcher["data"]["name"] == "rows"


def test_rows_are_as_high_as_asked_for() -> None:
    high = draw_wall(OTHERS, row_height=50).rows_height
    assert high - draw_wall(OTHERS, row_height=40).rows_height == 10 * len(ROWS)
