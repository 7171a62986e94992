"""Figure 1's charts: what is printed on the bars, how they are stacked, what is missing."""

import math

import pytest

from pht_core.charts import Frame, grades_chart, incidence_chart, lineages_chart, pies_chart
from pht_core.charts.theme import lineage_fills, palette
from tests.drawn import (
    GRADES,
    INCIDENCE,
    LINEAGES,
    PERIODS,
    marks_of,
    params_of,
    rows_of,
    spec_of,
    units,
)


def test_n_and_percent_are_printed() -> None:
    bars = rows_of(incidence_chart(INCIDENCE), "bars")
    # Of eight the count alone.
    assert bars["label"].tolist() == [
        "16 (94%)", "15 (88%)", "17 (100%)", "1", "0", "no data",
        "5 (33%)", "5 (33%)", "6 (40%)",
    ]  # fmt: skip
    # The paper prints its pies with two decimals.
    assert rows_of(pies_chart(INCIDENCE), "bars")["label"][0] == "16 (94.12%)"


def test_who_is_missing_is_told_under_the_bar() -> None:
    bars = rows_of(incidence_chart(INCIDENCE), "bars")
    assert bars["under"][0] == "of 17"
    assert bars["under"][3] == "of 8\n1 unknown"
    assert bars["under"][5] == "of 0\n15 unknown"


def test_bars_are_one_per_lineage_on_one_scale() -> None:
    spec = spec_of(incidence_chart(INCIDENCE))
    (bar,) = marks_of(spec, "bar")
    assert bar["encoding"]["x"]["field"] == "period_label"
    assert bar["encoding"]["xOffset"]["field"] == "order"
    assert bar["encoding"]["y"]["scale"]["domain"][0] == 0
    assert bar["encoding"]["y"]["axis"]["values"] == [0, 25, 50, 75, 100]
    assert bar["encoding"]["y"]["axis"]["title"] == "Patients, %"
    assert params_of(spec)["periods"] == list(PERIODS)
    # The names under the bars: nothing is told by colour alone.
    assert any(
        view["encoding"].get("text", {}).get("field") == "narrow_term" for view in units(spec)
    )


def test_intervals_only_on_demand() -> None:
    assert marks_of(spec_of(incidence_chart(INCIDENCE)), "rule") == []
    rules = marks_of(spec_of(incidence_chart(INCIDENCE, intervals=True)), "rule")
    assert {rule["encoding"]["y"]["field"] for rule in rules} == {"conf_low"}
    assert {rule["encoding"]["y2"]["field"] for rule in rules} == {"conf_high"}
    # The label stands above the interval.
    top = rows_of(incidence_chart(INCIDENCE, intervals=True), "bars")["top"]
    assert top[0] == 99.9


def test_alternative_text_gives_the_figures() -> None:
    text = incidence_chart(INCIDENCE).description
    assert "within 28 days (worst): anemia 16 (94%) of 17; thrombocytopenia 15 (88%)" in text
    assert "neutropenia no data of 0, 15 unknown" in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lineages_keep_their_colours(theme: str) -> None:
    (bar,) = marks_of(spec_of(incidence_chart(INCIDENCE, Frame(theme=theme))), "bar")  # type: ignore[arg-type]
    assert bar["encoding"]["color"]["scale"] == {
        "domain": ["HGB", "PLT", "NE"],
        "range": list(lineage_fills(theme).values()),
    }


@pytest.mark.parametrize("width", [960, 413])
def test_grades_lie_with_the_worst_first(width: int) -> None:
    picture = grades_chart(GRADES, Frame(width=width))
    bars = rows_of(picture, "bars")
    first = bars[(bars["param"] == "HGB") & (bars["period_label"] == "within 28 days (worst)")]
    # Of 17: 2, 5, 6, 3, 1 with grades 4 to 0.
    assert first["grade"].tolist() == [4, 3, 2, 1, 0]
    ends = [100 * n / 17 for n in (2, 7, 13, 16, 17)]
    assert first["x2"].tolist() == pytest.approx(ends)
    assert first["x"].tolist() == pytest.approx([0, *ends[:-1]])
    assert first["inside"].tolist() == ["2", "5", "6", "3", "1"]
    part = marks_of(spec_of(picture), "rect")[0]
    assert part["encoding"]["fill"]["scale"] == {
        "domain": [0, 1, 2, 3, 4],
        "range": list(palette("light").grades),
    }
    # Neighbours are told apart by a gap too.
    assert part["mark"]["stroke"] == palette("light").background
    legend = rows_of(picture, "legend")["words"].tolist()
    assert legend == ["grade 4", "3", "2", "1", "0 (normal)"]


def test_panels_of_grades_stand_side_by_side_or_one_under_the_other() -> None:
    wide, narrow = (grades_chart(GRADES, Frame(width=width)) for width in (960, 413))
    assert rows_of(wide, "headings")["words"].tolist() == [
        "Anemia", "Thrombocytopenia", "Neutropenia",
    ]  # fmt: skip
    assert rows_of(wide, "headings")[["x", "y"]].to_numpy().tolist() == [[0, 0], [112, 0], [224, 0]]
    # 26 units for a heading and 74 for each of three bars.
    assert rows_of(narrow, "headings")["y"].tolist() == [0, 248, 496]
    assert (narrow.rows_height, wide.rows_height) == (744, 248)
    assert narrow.params["ticks"] == [0, 25, 50, 75, 100]
    assert wide.params["ticks"][5:10] == [112, 137, 162, 187, 212]


def test_grades_3_and_4_are_added_up() -> None:
    rows = rows_of(grades_chart(GRADES), "rows")
    assert rows["severe"].tolist() == ["grade 3–4: 7 (41%)"] * 9
    assert rows["of"].tolist() == ["n = 17"] * 9
    assert rows["share"].tolist() == pytest.approx([100 * 7 / 17] * 9)
    assert "Grade 3 or 4: within 28 days (worst): anemia 7 (41%) of 17" in (
        grades_chart(GRADES).description
    )


def test_number_of_lineages_in_words() -> None:
    bars = rows_of(lineages_chart(LINEAGES), "bars")
    assert bars["words"].tolist()[:4] == ["three", "two", "one", "none"]
    assert bars["label"].tolist()[:4] == ["14 (82%)", "2 (12%)", "1 (6%)", "0 (0%)"]


def test_pies_turn_by_the_share() -> None:
    pies = rows_of(pies_chart(INCIDENCE), "bars")
    assert pies["angle"][0] == pytest.approx(2 * math.pi * 16 / 17)
    assert pies["angle"][2] == pytest.approx(2 * math.pi)
    # Without a denominator there is no pie at all, not an empty one.
    assert math.isnan(pies["angle"][5])
    assert pies["turn"][5] == 0
    assert pies["label"][0] == "16 (94.12%)"
    arcs = marks_of(spec_of(pies_chart(INCIDENCE)), "arc")
    assert [arc["encoding"]["theta"]["field"] for arc in arcs] == ["turn", "angle"]
