"""Kaplan-Meier figures: steps, bands, ticks shared with the table, the thin tail, the median."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import vl_convert

from pht_core.charts import Frame, survival_chart
from pht_core.charts.theme import DASHES, TAIL_DASH, palette
from pht_core.model.errors import PhtError
from tests.drawn import (
    AT_RISK,
    CURVE,
    MEDIANS,
    marks_of,
    params_of,
    rows_of,
    spec_of,
    units,
)

WHOLE: dict[str, Any] = {"at_risk": AT_RISK, "medians": MEDIANS}


def grouped(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    return pd.concat([table.assign(strata=name) for name in names], ignore_index=True)


def test_the_curve_steps_after_each_time() -> None:
    picture = survival_chart(CURVE, **WHOLE)
    lines = marks_of(spec_of(picture), "line")
    assert {line["mark"]["interpolate"] for line in lines} == {"step-after"}
    assert rows_of(picture, "curve")["estimate"].tolist() == [100, 80, 50, 25]
    assert lines[0]["encoding"]["y"]["scale"]["domain"] == [0, 100]


def test_the_band_is_the_curves_colour_without_an_outline() -> None:
    (band,) = marks_of(spec_of(survival_chart(CURVE)), "area")
    assert band["mark"]["opacity"] == 0.25
    assert band["mark"]["line"] is False
    assert band["mark"]["interpolate"] == "step-after"
    assert band["mark"]["color"] == palette("light").accent


def test_ticks_and_numbers_at_risk_share_their_axis() -> None:
    picture = survival_chart(CURVE, **WHOLE)
    spec = spec_of(picture)
    assert params_of(spec)["ticks"] == [0, 6, 12]
    scales = {
        str(view["encoding"]["x"]["scale"]) + str(view["encoding"]["x"]["axis"]["values"])
        for view in units(spec)
        if "scale" in view["encoding"].get("x", {})
    }
    assert len(scales) == 1
    # The last time is in view, the axis does not end on it.
    assert 14 < params_of(spec)["time_high"] < 15


def test_the_table_tells_at_risk_censored_and_events() -> None:
    picture = survival_chart(CURVE, **WHOLE)
    assert rows_of(picture, "risk_rows")["words"].tolist() == ["at risk", "censored", "events"]
    numbers = rows_of(picture, "at_risk").pivot_table(index="place", columns="time", values="n")
    assert numbers.to_numpy().tolist() == [[10, 8, 4], [0, 0, 1], [0, 2, 5]]
    # Everyone is somewhere at every tick.
    assert numbers.sum().tolist() == [10, 10, 10]


def test_few_at_risk_are_dotted() -> None:
    picture = survival_chart(CURVE, thin_tails={"all": 10.0})
    steps = rows_of(picture, "curve")
    assert steps[["time", "estimate", "part"]].values.tolist() == [
        [0, 100, "solid"],
        [3, 80, "solid"],
        [7, 50, "solid"],
        [10, 50, "solid"],  # the joint belongs to both
        [10, 50, "thin"],
        [14, 25, "thin"],
    ]
    solid, thin = marks_of(spec_of(picture), "line")
    assert "strokeDash" not in solid["mark"]
    assert thin["mark"]["strokeDash"] == TAIL_DASH
    assert picture.frame.subtitle.startswith("Dotted: ")
    # The joint is nobody's censoring.
    assert rows_of(picture, "censored")["time"].tolist() == [7, 14]


def test_no_tail_where_enough_are_at_risk() -> None:
    for none in (None, {"all": 99.0}, {"all": float("nan")}):
        picture = survival_chart(CURVE, thin_tails=none)
        assert set(rows_of(picture, "curve")["part"]) == {"solid"}
        assert picture.frame.subtitle == ""


def test_a_median_that_is_not_reached_has_no_line() -> None:
    picture = survival_chart(CURVE, medians=MEDIANS.assign(median=float("nan")))
    assert spec_of(picture)["datasets"]["medians"] == []
    assert "median not reached" in picture.description
    reached = survival_chart(CURVE, **WHOLE)
    assert rows_of(reached, "medians")["label"].tolist() == ["median 7.0 months"]
    assert "median 7.00 months" in reached.description


def test_groups_differ_in_colour_and_in_line() -> None:
    names = ("prior HSCT", "no prior HSCT")
    picture = survival_chart(
        grouped(CURVE, *names), at_risk=grouped(AT_RISK, *names), medians=grouped(MEDIANS, *names)
    )
    lines = marks_of(spec_of(picture), "line")
    solid = next(line for line in lines if "color" in line["encoding"])
    assert solid["encoding"]["color"]["scale"]["range"] == list(palette("light").groups[:2])
    assert solid["encoding"]["strokeDash"]["scale"]["range"] == list(DASHES[:2])
    assert picture.params["strata"] == list(names)
    rows = rows_of(picture, "risk_rows")
    assert rows["words"].tolist() == [
        "prior HSCT", "at risk", "censored", "events",
        "no prior HSCT", "at risk", "censored", "events",
    ]  # fmt: skip
    # Medians near each other are labelled in rows of their own.
    assert sorted(rows_of(picture, "medians")["row"]) == [0, 1]


SUMMARY = pd.DataFrame(
    {
        "strata": ["one", "two"],
        "n": [12, 5],
        "n_event": [5, 1],
        "median_words": ["9.0 (4.0 to not reached)", "not reached"],
        "rate_words": ["40.0% (12.0–68.0%)", "–"],
        "time": 12.0,
        "estimate": [0.4, np.nan],
        "conf_low": [0.12, np.nan],
        "conf_high": [0.68, np.nan],
    }
)


def test_what_is_asked_first_of_groups_stands_above_their_curves() -> None:
    names = ("one", "two")
    picture = survival_chart(
        grouped(CURVE, *names), summary=SUMMARY, test="Log-rank p = 0.81.", immortal=(2.5, "All.")
    )
    head = rows_of(picture, "head")
    rows = head.groupby("row")["words"].apply(list).tolist()
    assert rows == [
        ["n", "events", "median, months (95% CI)", "at 12 months (95% CI)"],
        ["one", "12", "5", "9.0 (4.0 to not reached)", "40.0% (12.0–68.0%)"],
        ["two", "5", "1", "not reached", "–"],
        ["Log-rank p = 0.81."],
    ]
    # The names are there: no legend is needed. A rate that is not known has no interval.
    assert "'legend': {" not in str(spec_of(picture)["vconcat"])
    assert rows_of(picture, "rated")["conf_high"].tolist() == [68]
    assert rows_of(picture, "immortal")[["start", "end"]].values.tolist() == [[0, 2.5]]


def test_in_a_narrow_picture_the_numbers_of_a_group_stand_below_its_name() -> None:
    picture = survival_chart(grouped(CURVE, "one", "two"), Frame(width=413), summary=SUMMARY)
    head = rows_of(picture, "head")
    assert head["row"].tolist() == list(range(len(head)))
    assert head.loc[head["strata"] == "two", "words"].tolist() == [
        "two",
        "n = 5; 1 event; median, months: not reached; at 12 months –",
    ]
    assert picture.legend == ()


def test_medians_close_to_each_other_do_not_share_a_line() -> None:
    names = ("one", "two", "three", "four")
    medians = pd.DataFrame({"strata": names, "median": [7.0, 7.0, 7.4, 6.9]})
    picture = survival_chart(grouped(CURVE, *names), medians=medians, at_risk=None)
    svg = vl_convert.vegalite_to_svg(picture.to_dict())
    drawn = re.findall(r"translate\(([0-9.]+),([0-9.]+)\)[^>]*>(median [0-9.]+) months<", svg)
    height = {(word, y): float(y) for _, y, word in drawn}
    assert len(height) == 4
    # Each is drawn on a rim of the background, 14 pixels from the next; the latest is lowest.
    assert len(drawn) == 8
    lowest = max(height.values())
    assert sorted(lowest - y for y in height.values()) == pytest.approx([0, 14, 28, 42])
    # All stand above 50%, in the middle of the 340 pixels.
    assert lowest < 170
    assert max(height, key=height.__getitem__)[0] == "median 7.4"
    assert min(height, key=height.__getitem__)[0] == "median 6.9"


def test_medians_have_the_colour_of_their_group() -> None:
    names = ("one", "two")
    medians = pd.DataFrame({"strata": names, "median": [7.0, 7.2]})
    rim, label = marks_of(spec_of(survival_chart(grouped(CURVE, *names), medians=medians)), "text")[
        :2
    ]
    assert rim["mark"]["stroke"] == palette("light").background
    assert label["encoding"]["color"]["field"] == "strata"


@pytest.mark.parametrize("width", [413, 960])
def test_ticks_of_few_months_are_whole_numbers(width: int) -> None:
    picture = survival_chart(CURVE, Frame(width=width), **WHOLE)
    texts = re.findall(r">([^<>]+)</text>", vl_convert.vegalite_to_svg(picture.to_dict()))
    assert texts[: texts.index("Months since infusion")] == ["0", "6", "12"]


def test_no_line_type_is_told_by_dots_twice() -> None:
    assert TAIL_DASH not in DASHES
    assert len({str(dash) for dash in DASHES}) == 4


def test_five_groups_are_too_many() -> None:
    with pytest.raises(PhtError, match=r"5 groups cannot be distinguished.*at most 4"):
        survival_chart(grouped(CURVE, *"abcde"))


def test_words_of_the_axes() -> None:
    picture = survival_chart(CURVE, endpoint="Progression-free survival", origin="prednisone start")
    line = marks_of(spec_of(picture), "line")[0]
    assert line["encoding"]["x"]["axis"]["title"] == "Months since prednisone start"
    assert line["encoding"]["y"]["axis"]["title"] == "Progression-free survival, %"


def test_band_reaches_the_time_at_which_the_curve_falls_to_zero() -> None:
    # Three patients, all die (R: no limits where the estimate is 0): 2/3 at 1, 1/3 at 2, 0 at 4.
    curve = pd.DataFrame(
        {
            "time": [0.0, 1.0, 2.0, 4.0],
            "n_censor": 0,
            "estimate": [1.0, 2 / 3, 1 / 3, 0.0],
            "conf_low": [1.0, 0.054, 0.009, np.nan],
            "conf_high": [1.0, 0.945, 0.774, np.nan],
            "strata": "all",
        }
    )
    band = survival_chart(curve).datasets["band"]
    assert band["time"].tolist() == [0.0, 1.0, 2.0, 4.0]
    assert band["conf_high"].tolist()[-2:] == pytest.approx([77.4, 77.4])
