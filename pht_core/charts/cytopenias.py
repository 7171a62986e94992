"""Figure 1 as bars: how many have which cytopenia, in how many lineages, and how bad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, Frame, View
from pht_core.charts.horizontal_bars import horizontal_bars
from pht_core.charts.legend import Entry
from pht_core.charts.marks import interval_rules, percent_axis, value_scale
from pht_core.charts.periods import (
    describe_rows,
    label_rows,
    names_under,
    period_params,
    period_tooltips,
    period_x,
)
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.theme import GRADES, grade_words, lineage_fills, palette
from pht_core.model.lineage import LINEAGES

LINEAGE_COUNTS = {0: "none", 1: "one", 2: "two", 3: "three"}
# Room above a bar of 100 % for its label.
_PERCENT = alt.Scale(domain=[0, 110], nice=False)
_BANDS = {"paddingInner": 0.12, "paddingOuter": 0.02}
_INTERVAL = ["conf_low", "conf_high"]


def incidence_chart(
    incidence: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    intervals: bool = False,
) -> Picture:
    """Bars: one per lineage and period, with "n (%)"; exact 95% intervals on demand.

    Parameters
    ----------
    incidence : period_label, param, n, n_total, percent (0-100; missing where n_total is 0),
        conf_low and conf_high (0-100, only with ``intervals``), missing (patients without a
        count, told under the bar; may be absent).
    frame : in a narrow one the bars are horizontal, the periods one under the other.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["period_label", "param", "n", "n_total", "percent", *_INTERVAL * intervals]
    bars = label_rows(needs(incidence, columns, "the incidence of cytopenias"))
    fills = lineage_fills(frame.theme)
    return _bars_chart(bars, frame, intervals, name="term", by="param", fills=fills)


def lineages_chart(
    lineages: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    intervals: bool = False,
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
    columns = ["period_label", "lineages", "n", "n_total", "percent", *_INTERVAL * intervals]
    bars = label_rows(needs(lineages, columns, "the number of lineages"))
    bars["words"] = bars["lineages"].astype(int).map(LINEAGE_COUNTS)
    bars["order"] = bars["lineages"]
    fills = dict(zip(LINEAGE_COUNTS, palette(frame.theme).counts, strict=True))
    return _bars_chart(bars, frame, intervals, name="words", by="lineages", fills=fills)


def _bars_chart(
    bars: pd.DataFrame,
    frame: Frame,
    intervals: bool,
    *,
    name: str,
    by: str,
    fills: Mapping[Any, str],
) -> Picture:
    """Bars side by side, or one under the other; ``fills`` are by the values of ``by``."""
    bars["top"] = bars["conf_high" if intervals else "percent"].astype(float).fillna(0)
    description = frame.describe("Bar chart", describe_rows(bars, name))
    if frame.narrow:
        return horizontal_bars(
            bars if intervals else bars.drop(columns=_INTERVAL, errors="ignore"),
            frame,
            name=name,
            by=by,
            order=["order"],
            fills=fills,
            description=description,
        )
    return Picture(
        template=_bars_structure(
            frame.theme,
            height=frame.height or 300,
            intervals=intervals,
            by=by,
            fills=tuple(fills.items()),
        ),
        frame=frame,
        description=description,
        datasets={"bars": bars},
        params=period_params(bars),
    )


@structure
def _bars_structure(
    theme: str, *, height: int, intervals: bool, by: str, fills: tuple[tuple[Any, str], ...]
) -> list[View]:
    base = alt.Chart(alt.NamedData("bars"))
    axis = percent_axis()
    percent = alt.Y("percent:Q", scale=_PERCENT, axis=axis)
    field, tips = "words", {"Lineages": "words:N"}
    if by == "param":
        field, tips = "narrow_term", {"Cytopenia": "term:N"}
    kind = "N" if by == "param" else "O"
    colour = alt.Color(f"{by}:{kind}", scale=value_scale(fills), legend=None)
    layers = [
        base.mark_bar(stroke=palette(theme).outline, strokeWidth=1).encode(
            y=percent, color=colour, tooltip=period_tooltips(tips)
        ),
    ]
    if intervals:
        low = alt.Y("conf_low:Q", scale=_PERCENT, axis=axis)
        layers += interval_rules(base, theme, y=low, y2=alt.Y2("conf_high"))
    top = alt.Y("top:Q", scale=_PERCENT, axis=axis)
    layers.append(base.mark_text(baseline="bottom", dy=-4).encode(y=top, text=alt.Text("label:N")))
    places = alt.Scale(domain=list(range(len(fills))), paddingInner=0.3)
    figure = alt.layer(*layers, *names_under(theme, field)).encode(
        x=period_x(_BANDS), xOffset=alt.XOffset("order:O", scale=places)
    )
    return [figure.properties(height=height)]


def grades_chart(grades: pd.DataFrame, frame: Frame = PLAIN) -> Picture:
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
    bars = label_rows(needs(grades, columns, "the grades of cytopenias"))
    bars["grade_words"] = [grade_words(grade, "no grade") for grade in bars["grade"]]
    severe = label_rows(_grades_3_and_4(bars))
    description = frame.describe(
        "Stacked bar chart", f"Grade 3 or 4: {describe_rows(severe, 'term')}"
    )
    if frame.narrow:
        colours = palette(frame.theme)
        fills = dict(zip(GRADES, colours.grades, strict=True))
        squares = [
            Entry(str(grade), "square", fills[grade], colours.outline, size=160) for grade in GRADES
        ]
        return horizontal_bars(
            bars.assign(best_last=-bars["grade"]).drop(columns=_INTERVAL, errors="ignore"),
            frame,
            name="term",
            by="grade",
            order=["order", "best_last"],
            fills=fills,
            inks=dict(zip(GRADES, colours.grade_text, strict=True)),
            labels=severe,
            heading="grade 3–4",
            legend=[Entry("Grade"), *squares],
            description=description,
        )
    return Picture(
        template=_grades_structure(frame.theme, height=frame.height or 360, lineages=len(LINEAGES)),
        frame=frame,
        description=description,
        datasets={"bars": bars, "severe": severe},
        params=period_params(bars),
    )


def _grades_3_and_4(bars: pd.DataFrame) -> pd.DataFrame:
    """Grades 3 and 4 of each bar together."""
    keys = ["period_label", "param", "order", "n_total", "under"]
    severe = bars[bars["grade"] >= 3]
    return severe.groupby(keys, sort=False, as_index=False)[["n"]].sum()


@structure
def _grades_structure(theme: str, *, height: int, lineages: int) -> list[View]:
    colours = palette(theme)
    base = alt.Chart(alt.NamedData("bars"))
    grades = list(GRADES)
    legend = alt.Legend(
        title="Grade",
        orient="top",
        direction="horizontal",
        symbolType="square",
        symbolStrokeColor=colours.outline,
        symbolStrokeWidth=1,
        symbolSize=160,
        values=grades,
    )
    fills = value_scale(zip(grades, colours.grades, strict=True))
    inks = value_scale(zip(grades, colours.grade_text, strict=True))
    bars = base.mark_bar(stroke=colours.outline, strokeWidth=1).encode(
        y=alt.Y("percent:Q", stack="zero", scale=_PERCENT, axis=percent_axis()),
        order=alt.Order("grade:Q", sort="descending"),
        color=alt.Color("grade:O", scale=fills, legend=legend),
        tooltip=period_tooltips({"Cytopenia": "term:N", "Grade": "grade:N"}),
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
            y=alt.Y("middle:Q", scale=_PERCENT, axis=percent_axis()),
            text=alt.Text("label:N"),
            color=alt.Color("grade:O", scale=inks, legend=None),
        )
    )
    severe = (
        alt.Chart(alt.NamedData("severe"))
        .mark_text(baseline="bottom", fontSize=11, fontWeight=600, dy=-18, lineBreak="\n")
        .transform_calculate(words="'grade 3–4\\n' + datum.label")
        .encode(y=alt.YDatum(100), text=alt.Text("words:N"))
    )
    places = alt.Scale(domain=list(range(lineages)), paddingInner=0.2)
    figure = (
        alt.layer(bars, labels, severe, *names_under(theme, "narrow_term", "severe"))
        .encode(x=period_x(_BANDS), xOffset=alt.XOffset("order:O", scale=places))
        .resolve_scale(color="independent")
        .properties(height=height)
    )
    return [figure]
