"""Charts in a column of a journal: what stands where, worked out from heights and widths."""

import re

import pandas as pd
import pytest

from pht_core.charts import (
    Frame,
    flow_chart,
    incidence_chart,
    pies_chart,
    survival_chart,
    trajectory_chart,
)
from pht_core.charts.axes import Limits
from pht_core.charts.legend import Entry, legend_height, legend_rows
from pht_core.charts.response import dose_chart
from pht_core.charts.survival import curve_height, legend_columns, spaced_times
from pht_core.charts.text_metrics import shortened, text_width
from pht_core.charts.theme import DASHES, HOLLOW_STAR, STAR, palette
from pht_core.stats.trajectory import grade_cuts
from tests.drawn import (
    AT_RISK,
    COUNTS,
    COURSES,
    CURVE,
    CUTS,
    DOSES,
    DRAW,
    FLOW,
    INCIDENCE,
    LLN,
    MEDIANS,
    PERIODS,
    STEPS,
    SUPPORT,
    marks_of,
    params_of,
    rows_of,
    spec_of,
    units,
)
from tests.pictured import svg_of

COLUMN = 413


def test_a_column_begins_below_640_units() -> None:
    assert [Frame(width=width).narrow for width in (360, 639, 640, 960)] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("name", DRAW)
def test_no_legend_is_left_to_vega(name: str) -> None:
    # It would stand beside the plot and take its room.
    for view in units(spec_of(DRAW[name](width=COLUMN))):
        for channel in view["encoding"].values():
            assert not (isinstance(channel, dict) and channel.get("legend"))


@pytest.mark.parametrize("name", DRAW)
def test_titles_and_footers_go_from_edge_to_edge(name: str) -> None:
    spec = spec_of(DRAW[name](width=COLUMN, subtitle="How.", footer="Where from."))
    params = params_of(spec)
    # 8 units of margin on both sides.
    assert params["page_width"] == 397
    assert 0 <= params["left_margin"] < 150
    assert spec["title"]["dx"] == {"expr": "-left_margin"}
    assert "page_width" in spec["title"]["text"]["expr"]
    assert "page_width" in units_text(spec, 0)
    assert "page_width" in units_text(spec, -1)
    wide = DRAW[name](footer="Where from.").to_dict()
    assert "dx" not in wide["title"]
    assert "page_width" not in str(wide)


def units_text(spec: dict[str, object], place: int) -> str:
    return str([view["mark"].get("text") for view in units(spec)][place])


@pytest.mark.parametrize("name", [name for name in DRAW if name != "flow"])
def test_the_plot_keeps_most_of_the_narrowest_picture(name: str) -> None:
    svg = svg_of(DRAW[name](width=360))
    # Vega draws a ground behind each view, as wide as its plot.
    plots = [float(w) for w in re.findall(r'class="background"[^>]* d="M0,0h([0-9.]+)v', svg)]
    assert max(plots) >= 0.55 * 360


def test_periods_stand_one_under_the_other() -> None:
    picture = incidence_chart(INCIDENCE, Frame(width=COLUMN))
    heads = rows_of(picture, "headings")
    bars = rows_of(picture, "bars")
    # A heading takes 28 units, a bar 34: 130 units a period; bars are 20 thick.
    assert heads["words"].tolist() == list(PERIODS)
    assert heads["y"].tolist() == [18, 148, 278]
    assert bars["y"].tolist() == [45, 79, 113, 175, 209, 243, 305, 339, 373]
    assert (bars["lower"] - bars["upper"]).unique().tolist() == [20]
    assert picture.rows_height == 390
    assert bars["term"].tolist()[:3] == ["anemia", "thrombocytopenia", "neutropenia"]
    assert bars["high"].tolist()[:2] == pytest.approx([94.11765, 88.23529])
    assert bars["low"].unique().tolist() == [0]
    names = rows_of(picture, "names")
    assert names["under"].tolist()[3] == "of 8, 1 unknown"
    assert rows_of(picture, "labels")["label"].tolist()[5] == "no data"
    assert picture.left >= text_width("thrombocytopenia", 12)
    assert marks_of(spec_of(picture), "rule")[1:] == []
    assert "anemia 16 (94%) of 17" in picture.description


def test_a_label_stands_beside_its_interval() -> None:
    picture = incidence_chart(INCIDENCE, Frame(width=COLUMN), intervals=True)
    assert rows_of(picture, "labels")["end"].tolist()[:3] == [99.9, 98.5, 100.0]
    _, light, dark = marks_of(spec_of(picture), "rule")
    assert light["encoding"]["x2"]["field"] == dark["encoding"]["x2"]["field"] == "conf_high"


def test_pies_stand_in_rows_of_three() -> None:
    picture = pies_chart(INCIDENCE, Frame(width=COLUMN))
    # 28 for the heading, 2 * 44 for a pie, 52 for what stands under it: 168 a period.
    assert rows_of(picture, "headings")["y"].tolist() == [18, 186, 354]
    assert rows_of(picture, "bars")["y"].tolist() == [72] * 3 + [240] * 3 + [408] * 3
    # At 360: (360 - 16) / 6 - 8, in whole units.
    arcs = marks_of(spec_of(pies_chart(INCIDENCE, Frame(width=360))), "arc")
    assert {arc["mark"]["outerRadius"] for arc in arcs} == {44}
    arcs = marks_of(spec_of(pies_chart(INCIDENCE, Frame(width=310))), "arc")
    assert {arc["mark"]["outerRadius"] for arc in arcs} == {41}


def test_long_words_of_a_narrow_flow_have_more_lines() -> None:
    note = "3 in neither group; 2 not evaluable; a word or two more of nobody known"
    rows = FLOW[FLOW["step"] == "prednisone"].assign(note=note)
    bars = rows_of(flow_chart(rows, Frame(width=COLUMN)), "bars")
    assert bars["details"].str.count("\n").tolist() == [1]
    assert rows_of(flow_chart(rows), "bars")["details"].tolist() == [note]


def test_times_keep_apart_from_each_other() -> None:
    months = [float(month) for month in range(0, 61, 3)]
    # "200" takes 3 * 0.535 * 12 = 19.3 units, and 8 between: 60 months in 300 units are 15 a
    # quarter, 30 a half year.
    assert spaced_times(months, 200, last=60.0, room=300.0) == months[::2]
    assert spaced_times(months, 200, last=60.0, room=600.0) == months
    assert spaced_times([0.0], 17, last=0.0, room=300.0) == [0.0]


def test_ticks_and_the_table_stay_the_same_times() -> None:
    times = [float(month) for month in range(61)]
    many = pd.DataFrame(
        {"strata": "all", "time": times, "n_risk": 200, "n_event": 0, "n_censor": 0}
    )
    picture = survival_chart(CURVE, Frame(width=COLUMN), at_risk=many)
    assert 5 < len(picture.params["ticks"]) < 15
    assert rows_of(picture, "at_risk")["time"].unique().tolist() == picture.params["ticks"]


def test_groups_are_in_the_legend() -> None:
    names = ("prior HSCT", "no prior HSCT")
    curve, at_risk, medians = (
        pd.concat([table.assign(strata=name) for name in names])
        for table in (CURVE, AT_RISK, MEDIANS)
    )
    picture = survival_chart(
        curve, Frame(theme="grey", width=COLUMN), at_risk=at_risk, medians=medians
    )
    key = rows_of(picture, "legend")
    assert key["words"].tolist() == list(names)
    assert key["stroke"].tolist() == list(palette("grey").groups[:2])
    drawn = [rule["mark"] for rule in marks_of(spec_of(picture), "rule")]
    assert [mark["strokeDash"] for mark in drawn[:2]] == list(DASHES[:2])
    # The names of the groups stand above their rows, so that the plot keeps their room.
    # Half of "10", and 6 units to the names.
    beside = text_width("10", 12) / 2 + 6
    assert picture.left == pytest.approx(text_width("censored", 12) + beside)
    assert picture.params["risk_beside"] == pytest.approx(beside)


def test_a_legend_that_is_too_wide_has_columns() -> None:
    # A name of 65 units and a symbol of 50 are 115 units; 720 leave 520 for the legend.
    assert legend_columns(["abcdeghknp"] * 4, 720) == 0
    assert legend_columns(["abcdeghknp"] * 5, 720) == 4
    assert legend_columns(["abcdeghknp" * 8] * 2, 720) == 1


def test_a_curve_is_not_taller_than_its_column_is_wide() -> None:
    # 0.7 of the width, but not lower than 220; a slide has the height that is asked for.
    frames = [Frame(height=340, width=width) for width in (300, 360, 413, 600, 640)]
    assert [curve_height(frame) for frame in frames] == [220, 252, 289, 340, 340]
    assert curve_height(Frame(height=180, width=413)) == 180


def test_entries_of_the_legend_wrap() -> None:
    # "aa" takes 2 * 0.556 * 12 = 13.344 beside a symbol of 12 and a gap of 6; then 14 to the next.
    rows = legend_rows([Entry("aa", "circle"), Entry("aa", "square"), Entry("aa", dash=0)], 77)
    assert rows["x"].tolist() == pytest.approx([6, 45.344 + 6, 0])
    assert rows["beside"].tolist() == pytest.approx([18, 63.344, 36])
    assert rows["y"].tolist() == [9, 9, 27]
    assert legend_height(rows) == 36
    assert legend_height(legend_rows([], 76)) == 0
    apart = legend_rows([Entry("aa"), Entry("aa", apart=True)], 900)
    assert apart["y"].tolist() == [9, 27]


def test_a_bound_that_has_the_grade_is_called_so() -> None:
    # Table 1 of the paper: platelets ">50" and "<=75" are grade 2, "<25" grade 4.
    paper = Limits.of(grade_cuts("wang2023_table1"), None)
    words = [line[1] for line in paper.hairlines("PLT")]
    assert words == ["grade 4: below 25", "grade 3: up to 50", "grade 2: up to 75"]
    assert [line[1] for line in paper.hairlines("PLT", narrow=True)] == [
        "grade 4 < 25", "grade 3 ≤ 50", "grade 2 ≤ 75",
    ]  # fmt: skip
    usual = Limits.of(grade_cuts("ctcae_v5"), LLN)
    assert [line[1] for line in usual.hairlines("PLT")] == [
        "normal from 125", "grade 4: below 25", "grade 3: below 50", "grade 2: below 75",
    ]  # fmt: skip
    assert usual.hairlines("PLT", narrow=True)[0][1] == "normal ≥ 125"


def test_a_trajectory_in_a_column() -> None:
    picture = trajectory_chart(
        COUNTS,
        Frame(width=COLUMN),
        courses=COURSES,
        doses=DOSES,
        support=SUPPORT.assign(kind=["tpo_ra", "epo"]),
        cuts=CUTS,
        lln=LLN,
    )
    assert rows_of(picture, "legend")["words"].tolist() == ["on prednisone", "stopped"]
    assert rows_of(picture, "legend")["shape"].tolist() == [STAR, HOLLOW_STAR]
    assert picture.params["support_kinds"] == ["EPO", "TPO-RA"]
    titles = [
        view["encoding"]["y"]["axis"].get("title")
        for view in units(spec_of(picture))
        if view["encoding"].get("y", {}).get("axis")
    ]
    assert "Prednisone, mg/kg/day" in titles


def test_grey_shades_only_prednisone() -> None:
    def shades(theme: str) -> list[str]:
        picture = trajectory_chart(COUNTS, Frame(theme=theme), courses=COURSES, lln=LLN)  # type: ignore[arg-type]
        rects = [view["mark"] for view in marks_of(spec_of(picture), "rect")]
        return [mark["color"] for mark in rects if mark.get("opacity") != 0]

    assert palette("light").normal in shades("light")
    assert set(shades("grey")) == {palette("grey").prednisone}


@pytest.mark.parametrize(
    ("name", "wide", "narrow"),
    [
        ("P17", "P17", "P17"),
        ("SEVENTEEN-LETTERS", "SEVENTEEN-LETTERS", "SEVE…LETTERS"),
        ("EIGHTEEN-LETTERS-X", "EIGHTE…-LETTERS-X", "EIGH…TTERS-X"),
        # A Chinese letter is as wide as two: 9 of them do not fit where 17 letters do.
        ("欧阳娜娜", "欧阳娜娜", "欧阳娜娜"),
        ("血液科第三病区患者001", "血液科…区患者001", "血液…者001"),
    ],
)
def test_long_names_are_shortened_in_their_middle(name: str, wide: str, narrow: str) -> None:
    assert shortened(name) == wide
    assert shortened(name, narrow=True) == narrow


def test_doses_are_printed_where_none_stands_in_their_way() -> None:
    blocks = pd.DataFrame(
        {
            "subject_id": "P1",
            "start_day": [0.0, 2.0, 60.0],
            "end_day": [1.0, 59.0, 100.0],
            "dose": [0.5, 0.49, 0.25],
        }
    )
    picture = dose_chart(blocks, Frame(width=COLUMN), steps=STEPS.iloc[:0])
    # The second begins two days after the first, at the same height: their words would meet.
    assert rows_of(picture, "doses")["shown"].tolist() == [True, False, True]


def test_a_narrow_trajectory_says_what_its_dotted_lines_are() -> None:
    picture = trajectory_chart(
        COUNTS,
        Frame(width=COLUMN),
        courses=COURSES,
        doses=DOSES,
        relapses=pd.DataFrame({"relapse_day": [97.0], "relapse_time": [32.0]}),
    )
    words = rows_of(picture, "legend")["words"].tolist()
    assert words == ["on prednisone", "stopped", "dotted: recurrent cytopenia"]
