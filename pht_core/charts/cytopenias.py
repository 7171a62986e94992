"""Figure 1: how many have which cytopenia, in how many lineages, and how bad, in three periods."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.horizontal_bars import lying_bars
from pht_core.charts.legend import Entry
from pht_core.charts.picture import PLAIN, Frame, Picture, View, needs, structure
from pht_core.charts.pies import (
    labelled,
    names_under,
    period_params,
    period_x,
    pies_chart,
    share_axis,
    share_tooltip,
    tell_bars,
)
from pht_core.charts.theme import (
    GRADES,
    fill_scale,
    grade_scale,
    palette,
)
from pht_core.model.schema import LINEAGES, TERMS

__all__ = ["LINEAGE_COUNTS", "grades_chart", "incidence_chart", "lineages_chart", "pies_chart"]

LINEAGE_COUNTS = {0: "none", 1: "one", 2: "two", 3: "three"}
_HEIGHT = 300
# Room above a bar of 100 % for its label.
_PERCENT = alt.Scale(domain=[0, 110], nice=False)

_BANDS = {"paddingInner": 0.12, "paddingOuter": 0.02}


def incidence_chart(
    incidence: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    intervals: bool = False,
    digits: int = 0,
) -> Picture:
    """Bars: one per lineage and period, with "n (%)"; exact 95% intervals on demand.

    Parameters
    ----------
    incidence : period_label, param, n, n_total, percent (0-100; missing where n_total is 0),
        conf_low and conf_high (0-100, only with ``intervals``), missing (patients without a
        count, told under the bar; may be absent).
    digits : decimals of the percent. width : below 640 the bars lie, the periods one under the
        other. height : of the wide layout.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["period_label", "param", "n", "n_total", "percent"]
    columns += ["conf_low", "conf_high"] if intervals else []
    bars = labelled(needs(incidence, columns, "the incidence of cytopenias"), digits)
    bars["top"] = bars["conf_high" if intervals else "percent"].astype(float).fillna(0)
    description = frame.describe("Bar chart", tell_bars(bars, "term"))
    if frame.narrow:
        fills = dict(zip(LINEAGES, palette(frame.theme).fills, strict=True))
        return lying_bars(
            _with_intervals(bars, intervals),
            frame,
            name="term",
            by="param",
            order=["order"],
            fills=fills,
            description=description,
        )
    return Picture(
        template=_incidence_structure(
            frame.theme, height=frame.height or _HEIGHT, intervals=intervals
        ),
        frame=frame,
        description=description,
        datasets={"bars": bars},
        params=period_params(bars),
    )


def grades_chart(
    grades: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    digits: int = 0,
) -> Picture:
    """Stacked bars of grades, grade 4 at the foot so that grades 3-4 share a base line.

    Parameters
    ----------
    grades : period_label, param, grade (0-4), n, n_total, percent (0-100; missing where
        n_total is 0), missing (may be absent); a row per grade, also where n is 0.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["period_label", "param", "grade", "n", "n_total", "percent"]
    bars = labelled(needs(grades, columns, "the grades of cytopenias"), digits)
    bars["grade_words"] = [f"grade {int(grade)}" for grade in bars["grade"]]
    sums = labelled(_grade_3_and_4(bars), digits)
    description = frame.describe("Stacked bar chart", f"Grade 3 or 4: {tell_bars(sums, 'term')}")
    if frame.narrow:
        colours = palette(frame.theme)
        fills = dict(zip(GRADES, colours.grades, strict=True))
        squares = [
            Entry(str(grade), "square", fills[grade], colours.outline, size=160) for grade in GRADES
        ]
        sums["term"] = sums["param"].map(TERMS)
        return lying_bars(
            _with_intervals(bars.assign(best_last=-bars["grade"]), False),
            frame,
            name="term",
            by="grade",
            order=["order", "best_last"],
            fills=fills,
            inks=dict(zip(GRADES, colours.grade_text, strict=True)),
            labels=sums,
            heading="grade 3–4",
            key=[Entry("Grade"), *squares],
            description=description,
        )
    return Picture(
        template=_grades_structure(frame.theme, height=frame.height or 360),
        frame=frame,
        description=description,
        datasets={"bars": bars, "severe": sums},
        params=period_params(bars),
    )


def _grade_3_and_4(bars: pd.DataFrame) -> pd.DataFrame:
    """Grades 3 and 4 of each bar together."""
    keys = ["period_label", "param", "order", "n_total", "under"]
    sums: dict[tuple[Any, ...], list[float]] = {}
    columns = (bars[name].tolist() for name in (*keys, "grade", "n", "percent"))
    for *key, grade, n, percent in zip(*columns, strict=True):
        if grade >= 3:
            so_far = sums.setdefault(tuple(key), [0, 0.0])
            so_far[0] += n
            so_far[1] += percent
    return pd.DataFrame(
        [(*key, *both) for key, both in sums.items()], columns=[*keys, "n", "percent"]
    )


def lineages_chart(
    lineages: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    intervals: bool = False,
    digits: int = 0,
) -> Picture:
    """Bars: how many patients have cytopenia in none, one, two or three lineages.

    Parameters
    ----------
    lineages : period_label, lineages (0-3), n, n_total, percent (0-100; missing where n_total
        is 0), conf_low and conf_high (only with ``intervals``), missing (may be absent).

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["period_label", "lineages", "n", "n_total", "percent"]
    columns += ["conf_low", "conf_high"] if intervals else []
    bars = labelled(needs(lineages, columns, "the number of lineages"), digits)
    bars["top"] = bars["conf_high" if intervals else "percent"].astype(float).fillna(0)
    bars["words"] = bars["lineages"].astype(int).map(LINEAGE_COUNTS)
    description = frame.describe("Bar chart", tell_bars(bars, "words"))
    if frame.narrow:
        fills = dict(zip(LINEAGE_COUNTS, palette(frame.theme).counts, strict=True))
        return lying_bars(
            _with_intervals(bars, intervals),
            frame,
            name="words",
            by="lineages",
            order=["lineages"],
            fills=fills,
            description=description,
        )
    return Picture(
        template=_lineages_structure(
            frame.theme, height=frame.height or _HEIGHT, intervals=intervals
        ),
        frame=frame,
        description=description,
        datasets={"bars": bars},
        params=period_params(bars),
    )


def _with_intervals(bars: pd.DataFrame, wanted: bool) -> pd.DataFrame:
    """Bars whose limits are there only where they are to be drawn."""
    return bars if wanted else bars.drop(columns=["conf_low", "conf_high"], errors="ignore")


def _bars(
    theme: str, height: int, intervals: bool, offset: alt.XOffset, colour: alt.Color, field: str
) -> list[View]:
    colours = palette(theme)
    base = alt.Chart(alt.NamedData("bars"))
    percent = alt.Y("percent:Q", scale=_PERCENT, axis=share_axis())
    tips = {"Cytopenia": "term"} if field == "broken_term" else {"Lineages": field}
    layers = [
        base.mark_bar(stroke=colours.outline, strokeWidth=1).encode(
            y=percent, color=colour, tooltip=share_tooltip(tips)
        ),
    ]
    if intervals:
        low = alt.Y("conf_low:Q", scale=_PERCENT, axis=share_axis())
        # The light rim keeps the dark line apart from a dark bar.
        for colour_of, stroke in ((colours.background, 4.5), (colours.ink, 1.6)):
            rule = base.mark_rule(strokeWidth=stroke, color=colour_of)
            layers.append(rule.encode(y=low, y2=alt.Y2("conf_high")))
    top = alt.Y("top:Q", scale=_PERCENT, axis=share_axis())
    layers.append(base.mark_text(baseline="bottom", dy=-4).encode(y=top, text=alt.Text("label:N")))
    figure = alt.layer(*layers, *names_under(theme, field)).encode(
        x=period_x(_BANDS), xOffset=offset
    )
    return [figure.properties(height=height)]


@structure
def _incidence_structure(theme: str, *, height: int, intervals: bool) -> list[View]:
    offset = alt.XOffset("order:O", scale=alt.Scale(domain=[0, 1, 2], paddingInner=0.3))
    colour = alt.Color("param:N", scale=fill_scale(theme), legend=None)
    return _bars(theme, height, intervals, offset, colour, "broken_term")


@structure
def _lineages_structure(theme: str, *, height: int, intervals: bool) -> list[View]:
    offset = alt.XOffset("lineages:O", scale=alt.Scale(domain=[0, 1, 2, 3], paddingInner=0.3))
    scale = alt.Scale(domain=[0, 1, 2, 3], range=list(palette(theme).counts))
    colour = alt.Color("lineages:O", scale=scale, legend=None)
    return _bars(theme, height, intervals, offset, colour, "words")


@structure
def _grades_structure(theme: str, *, height: int) -> list[View]:
    colours = palette(theme)
    base = alt.Chart(alt.NamedData("bars"))
    stack = alt.Y("percent:Q", stack="zero", scale=_PERCENT, axis=share_axis())
    ordered = alt.Order("grade:Q", sort="descending")
    legend = alt.Legend(
        title="Grade",
        orient="top",
        direction="horizontal",
        symbolType="square",
        symbolStrokeColor=colours.outline,
        symbolStrokeWidth=1,
        symbolSize=160,
        values=list(GRADES),
    )
    bars = base.mark_bar(stroke=colours.outline, strokeWidth=1).encode(
        y=stack,
        order=ordered,
        color=alt.Color("grade:O", scale=grade_scale(theme), legend=legend),
        tooltip=share_tooltip({"Cytopenia": "term", "Grade": "grade"}),
    )
    labels = (
        base.transform_stack(
            stack="percent",
            as_=["low", "high"],
            groupby=["period_label", "param"],
            sort=[alt.SortField("grade", order="descending")],
        )
        .transform_filter("datum.percent >= 4.5")
        .transform_calculate(middle="(datum.low + datum.high) / 2")
        .mark_text(baseline="middle", fontSize=11)
        .encode(
            y=alt.Y("middle:Q", scale=_PERCENT, axis=share_axis()),
            text=alt.Text("label:N"),
            color=alt.Color(
                "grade:O",
                scale=alt.Scale(domain=list(GRADES), range=list(colours.grade_text)),
                legend=None,
            ),
        )
    )
    severe = (
        alt.Chart(alt.NamedData("severe"))
        .mark_text(baseline="bottom", fontSize=11, fontWeight=600, dy=-18, lineBreak="\n")
        .transform_calculate(words="'grade 3–4\\n' + datum.label")
        .encode(y=alt.YDatum(100), text=alt.Text("words:N"))
    )
    offset = alt.XOffset("order:O", scale=alt.Scale(domain=[0, 1, 2], paddingInner=0.2))
    figure = (
        alt.layer(bars, labels, severe, *names_under(theme, "broken_term", "severe"))
        .encode(x=period_x(_BANDS), xOffset=offset)
        .resolve_scale(color="independent")
        .properties(height=height)
    )
    return [figure]
