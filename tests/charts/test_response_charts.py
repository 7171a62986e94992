"""Response to prednisone and the patient flow: who is drawn where, and in which words."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest
import vl_convert

from pht_core.charts import Frame, dose_chart, flow_chart, recovery_chart, response_time_chart
from tests.drawn import DOSES, FLOW, RECOVERY, RESPONSES, STEPS, marks_of, rows_of, spec_of


def drawn_at(svg: ElementTree.Element, role: str, tag: str) -> list[tuple[float, str]]:
    """Where the marks of a kind stand from left to right within their view, and their words."""
    return [
        (float(found.group(1)), mark.text or "")
        for group in svg.iter("{http://www.w3.org/2000/svg}g")
        if f" {role} " in f" {group.get('class', '')} "
        for mark in group.iter(f"{{http://www.w3.org/2000/svg}}{tag}")
        if (found := re.match(r"translate\(([-0-9.]+)", mark.get("transform", "")))
    ]


def test_the_soonest_is_on_top_and_nobody_is_left_out() -> None:
    picture = response_time_chart(RESPONSES, median=14.0)
    assert picture.params["who"] == ["P10", "P2", "P1", "P3"]
    assert rows_of(picture, "responses")["words"].tolist() == [
        "7", "21", "no response", "not evaluable",
    ]  # fmt: skip
    assert rows_of(picture, "median").to_dict("records") == [
        {"day": 14.0, "label": "median 14 days"}
    ]
    assert picture.description.endswith("2 of 4 responded, after 7 to 21 days, median 14 days.")


@pytest.mark.parametrize("width", [400, 800])
def test_no_number_is_struck_through_by_the_median(width: int) -> None:
    # 20 days lie just left of a median of 21, and 18 further left.
    soon = RESPONSES.head(2).assign(response_time=[18.0, 20.0])
    late = RESPONSES.head(1).assign(subject_id="P5", response_time=40.0)
    picture = response_time_chart(pd.concat([soon, late]), Frame(width=width), median=21.0)
    svg = ElementTree.fromstring(vl_convert.vegalite_to_svg(picture.to_dict()))
    dots = sorted({x for x, _ in drawn_at(svg, "mark-symbol", "path")})
    per_day = (dots[2] - dots[0]) / (40 - 18)
    line = dots[0] + (21 - 18) * per_day
    left = {word: x for x, word in drawn_at(svg, "mark-text", "text")}
    for word, dot in zip(("18", "20", "40"), dots, strict=True):
        assert left[word] > dot + 8.9
        assert left[word] > line or left[word] + 14 < line, word


def test_later_courses_are_named() -> None:
    twice = pd.concat([RESPONSES, RESPONSES.head(1).assign(course=2, response_time=3.0)])
    who = response_time_chart(twice).params["who"]
    assert who[:2] == ["P10, course 2", "P10, course 1"]


def test_nobody_responded() -> None:
    none = RESPONSES.assign(response_time=float("nan"), responded=False)
    picture = response_time_chart(none)
    assert spec_of(picture)["datasets"]["median"] == []
    assert "0 of 4 responded." in picture.description


def test_many_patients_become_a_histogram() -> None:
    many = pd.DataFrame(
        {"subject_id": [f"P{n}" for n in range(200)], "course": 1, "responded": True}
    ).assign(response_time=[float(n % 40) for n in range(200)])
    spec = spec_of(response_time_chart(many, median=20.0))
    (bar,) = marks_of(spec, "bar")
    assert bar["encoding"]["y"]["aggregate"] == "count"
    assert bar["encoding"]["x"]["bin"] == {"step": 7}


def test_recovery_prints_n_of_n() -> None:
    bars = rows_of(recovery_chart(RECOVERY), "bars")
    assert bars["label"].tolist() == [
        "10 of 15 (67%)",
        "10 of 15 (67%)",
        "9 of 15 (60%)",
        "no data",
    ]
    assert bars["words"].tolist() == [
        "Hemoglobin",
        "Platelets",
        "Neutrophils",
        "All three on one draw",
    ]


def test_doses_share_one_scale() -> None:
    spans = rows_of(dose_chart(DOSES, steps=STEPS), "doses")
    height = spans["floor"] - spans["level"]
    assert (height / spans["dose"]).round(9).nunique() == 1
    assert spans["label"].tolist() == ["0.5", "0.25", "0.5", "0.5"]
    # P2 stands above P10: natural order.
    assert spans["floor"].tolist() == [0.9, 0.9, 0.9, 1.9]


def test_steps_are_told_apart_by_shape_and_words() -> None:
    picture = dose_chart(DOSES, steps=STEPS)
    (mark,) = marks_of(spec_of(picture), "point")
    assert mark["encoding"]["shape"]["scale"] == {
        "domain": ["halved after a one-grade improvement", "other change"],
        "range": ["circle", "cross"],
    }
    assert "1 of 2 steps followed the taper rule" in picture.description
    assert marks_of(spec_of(dose_chart(DOSES)), "point") == []


def test_doses_of_many_patients_are_limited_and_counted() -> None:
    many = pd.concat([DOSES.head(1).assign(subject_id=f"P{n}") for n in range(1, 101)])
    steps = STEPS.head(1).assign(subject_id="P61")
    picture = dose_chart(many.iloc[::-1], Frame(subtitle="Rule."), steps=steps)
    assert spec_of(picture)["datasets"]["steps"] == []
    assert picture.frame.subtitle == "60 of 100 patients drawn, the first by name. Rule."
    assert picture.params["patients"] == [f"P{n}" for n in range(1, 61)]


def test_bars_of_the_flow_are_to_one_scale() -> None:
    picture = flow_chart(FLOW)
    bars = rows_of(picture, "bars")
    assert bars["n"].tolist() == [159, 109, 86, 17, 6]
    assert bars["share"].round(3).tolist() == [1, 0.686, 0.541, 0.107, 0.038]
    assert bars["of_words"].tolist() == [
        "", "of 159 (68.6%)", "of 109 (78.9%)", "", "of 15 (40%)",
    ]  # fmt: skip
    # Fifteen and two make up the seventeen, in words.
    assert bars["details"].tolist() == [
        "", "", "", "15 with PHT despite support; 2 with late cytopenia", "",
    ]  # fmt: skip
    assert bars["before"].tolist() == [True, True, True, False, False]
    assert "159 treated with CAR-T cells; 109 with blood count follow-up" in picture.description


def test_whom_the_flow_does_not_know_stands_below_the_words() -> None:
    rows = FLOW[FLOW["step"].isin(["pht", "refractory", "prednisone"])]
    picture = flow_chart(rows.assign(note=["2 not evaluable", "1 not evaluable", ""]))
    bars = rows_of(picture, "bars")
    assert bars["details"].tolist() == [
        "2 not evaluable",
        "15 with PHT despite support; 1 not evaluable",
    ]
    # No patients beyond the cohort: no bar stands back.
    assert not bars["before"].any()
    # A line of words more for each: 18 + 18 + 14 + 10 between them, no gap below the last.
    assert bars["bar"].tolist() == [36, 96]
    assert picture.rows_height == 110
