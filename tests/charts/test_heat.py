"""The heat map: where a patient's weeks stand, what stands above them, and thin rows."""

import pandas as pd
import pytest

from pht_core.charts import Frame, Picture, heat_chart
from pht_core.charts.theme import GRADES, palette
from pht_core.stats.trajectory import count_severe_weeks
from tests.drawn import COURSES, ROWS, draw_heat, marks_of, rows_of, spec_of
from tests.written import read_rows

WEEKS = read_rows(
    """
    subject_id | week | grade
    P2         | 0    | 4
    P2         | 1    | 4
    P2         | 3    | 4
    P10        | 0    | 2
    P10        | 1    | 3
    """
)


def thin() -> Picture:
    """200 rows, P2's and P10's first."""
    others = pd.DataFrame(
        {"subject_id": [f"Q{n}" for n in range(198)], "zero": 0.0, "group": "all"}
    )
    rows = pd.concat([ROWS[:2].assign(zero=0.0, group="all"), others], ignore_index=True)
    return draw_heat(WEEKS, rows=rows)


def test_a_week_is_a_cell_of_its_worst_grade() -> None:
    picture = draw_heat(WEEKS)
    cells = rows_of(picture, "cells")
    assert cells[["row", "x", "x2", "grade"]].to_numpy().tolist() == [
        [0, 0, 1, 4], [0, 1, 2, 4], [0, 3, 4, 4], [1, 0, 1, 2], [1, 1, 2, 3],
    ]  # fmt: skip
    fill = marks_of(spec_of(picture), "rect")[1]["encoding"]["fill"]["scale"]
    assert fill == {"domain": list(GRADES), "range": list(palette("light").grades)}


def test_thin_rows_have_no_names_and_equal_weeks_are_one_cell() -> None:
    picture = thin()
    cells = rows_of(picture, "cells")
    # Week 2 has no count: it stays blank.
    assert cells[["row", "x", "x2", "grade"]].to_numpy().tolist() == [
        [0, 0, 2, 4], [0, 3, 4, 4], [1, 0, 1, 2], [1, 1, 2, 3],
    ]  # fmt: skip
    assert rows_of(picture, "beside")["words"].tolist() == ["all"]
    # All 200 fit 520 units, below what stands above them.
    assert picture.rows_height == pytest.approx(84 + 520)
    marks = rows_of(picture, "marks")
    assert marks["kind"].tolist() == ["start", "stop"]
    assert marks["x"].tolist() == pytest.approx([30 / 7, 65 / 7])


def test_courses_lie_under_named_rows_and_deaths_in_them() -> None:
    picture = draw_heat(WEEKS)
    # From day 30 to 65, and from 80 on: to the last week.
    assert rows_of(picture, "courses")[["x", "x2"]].to_numpy().tolist() == [
        pytest.approx([30 / 7, 65 / 7]), pytest.approx([80 / 7, 20]),
    ]  # fmt: skip
    marks = rows_of(picture, "marks")
    assert marks[["x", "kind"]].to_numpy().tolist() == [[pytest.approx(10), "death"]]


def test_groups_stand_apart() -> None:
    rows = ROWS.assign(zero=0.0, group=["1 recurrent", "2 not", "2 not"])
    beside = rows_of(draw_heat(WEEKS, rows=rows), "beside")
    # 20 units a row, and 10 more between the groups.
    assert beside["y"].diff().dropna().tolist() == [30, 20]


def test_the_share_is_of_those_counted_that_week() -> None:
    shares = count_severe_weeks(WEEKS)
    # Week 0: P2 of two; week 1: both; week 3: P2 alone.
    assert shares[["week", "n", "n_total", "percent"]].to_numpy().tolist() == [
        [0, 1, 2, 50], [1, 2, 2, 100], [3, 1, 1, 100],
    ]  # fmt: skip
    drawn = rows_of(draw_heat(WEEKS), "shares")
    assert drawn["top"].tolist() == [40, 20, 20]
    assert drawn["counted"].fillna(-1).tolist() == [2, -1, -1]


def test_a_thousand_rows_are_drawn() -> None:
    ids = [f"P{n}" for n in range(1000)]
    weeks = pd.DataFrame({"subject_id": ids, "week": 0, "grade": 1})
    rows = pd.DataFrame({"subject_id": ids, "zero": 0.0, "group": ""})
    picture = heat_chart(
        weeks,
        Frame(),
        rows=rows,
        shares=count_severe_weeks(weeks),
        window=(0, 20),
        axis_title="Weeks",
        courses=COURSES[:0],
        deaths=pd.DataFrame({"subject_id": [], "day": []}),
    )
    assert len(rows_of(picture, "cells")) == 1000
    assert picture.rows_height < 700
