"""Figure 1 as bars: how many have which cytopenia, and in how many lineages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.horizontal_bars import horizontal_bars
from pht_core.charts.legend import grade_entries
from pht_core.charts.marks import (
    PERCENT_TICKS,
    chart_of,
    from_top,
    grade_scale,
    interval_rules,
    lineage_scale,
    percent_axis,
    published_ticks,
    value_scale,
)
from pht_core.charts.periods import (
    describe_rows,
    label_rows,
    names_under,
    period_params,
    period_tooltips,
    period_x,
)
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.text_metrics import text_width
from pht_core.charts.theme import GRADES, lineage_fills, palette
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
    published: pd.DataFrame | None = None,
) -> Picture:
    """Bars: one per lineage and period, with "n (%)"; exact 95% intervals on demand.

    incidence : period_label, param, n, n_total, percent (0-100; missing where n_total is 0),
    conf_low and conf_high (0-100, only with ``intervals``), missing (patients without a count,
    told under the bar; may be absent). published : what publications print: period_label, param,
    percent, words; drawn across the bars. In a narrow frame the bars are horizontal, the periods
    one under the other, and what is published stands below the names. Raises PhtError where there
    are no rows or a column is lacking.
    """
    columns = ["period_label", "param", "n", "n_total", "percent", *_INTERVAL * intervals]
    bars = label_rows(needs(incidence, columns, "the incidence of cytopenias"))
    fills = lineage_fills(frame.theme)
    marks = None if published is None else published.merge(bars[["period_label", "param", "order"]])
    if marks is not None and frame.narrow:
        texts = marks.groupby(["period_label", "param"])["words"].agg("; ".join)
        keys = zip(bars["period_label"], bars["param"], strict=True)
        told = [texts.get(key, "") for key in keys]
        bars["under"] = [
            "\n".join(filter(None, pair)) for pair in zip(bars["under"], told, strict=True)
        ]
    return _bars_chart(bars, frame, intervals, name="term", by="param", fills=fills, marks=marks)


def lineages_chart(
    lineages: pd.DataFrame, frame: Frame = PLAIN, *, intervals: bool = False
) -> Picture:
    """Bars: how many patients have cytopenia in none, one, two or three lineages.

    lineages : period_label, lineages (0-3), n, n_total, percent (0-100; missing where n_total is
    0), conf_low and conf_high (only with ``intervals``), missing (may be absent). Raises PhtError
    where there are no rows or a column is lacking.
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
    marks: pd.DataFrame | None = None,
) -> Picture:
    """Bars side by side, or one under the other; ``fills`` are by the values of ``by``.

    marks : what publications print, drawn across the bars.
    """
    bars["top"] = bars["conf_high" if intervals else "percent"].astype(float).fillna(0)
    description = frame.describe("Bar chart", describe_rows(bars, name))
    if frame.narrow:
        return horizontal_bars(
            bars if intervals else bars.drop(columns=_INTERVAL, errors="ignore"),
            frame,
            name=name,
            fills=bars[by].map(dict(fills)),
            description=description,
        )
    return Picture(
        template=_bars_structure(
            frame.theme,
            height=frame.height or 300,
            intervals=intervals,
            by=by,
            fills=tuple(fills.items()),
            marks=marks is not None,
        ),
        frame=frame,
        description=description,
        datasets={"bars": bars} | ({} if marks is None else {"published": marks}),
        params=period_params(bars),
    )


@structure
def _bars_structure(
    theme: str,
    *,
    height: int,
    intervals: bool,
    by: str,
    fills: tuple[tuple[Any, str], ...],
    marks: bool,
) -> list[View]:
    base = chart_of("bars")
    y = partial(alt.Y, scale=_PERCENT, axis=percent_axis())
    field, tips = "words", {"Lineages": "words:N"}
    if by == "param":
        field, tips = "narrow_term", {"Cytopenia": "term:N"}
    kind = "N" if by == "param" else "O"
    colour = alt.Color(f"{by}:{kind}", scale=value_scale(fills), legend=None)
    bars = base.mark_bar(stroke=palette(theme).outline, strokeWidth=1)
    layers = [bars.encode(y=y("percent:Q"), color=colour, tooltip=period_tooltips(tips))]
    if intervals:
        layers += interval_rules(base, theme, y=y("conf_low:Q"), y2="conf_high")
    if marks:
        layers += published_ticks(theme, thick=64, y=y("percent:Q"))
    layers.append(
        base.mark_text(baseline="bottom", dy=-4).encode(y=y("top:Q"), text=alt.Text("label:N"))
    )
    places = alt.Scale(domain=list(range(len(fills))), paddingInner=0.3)
    figure = alt.layer(*layers, *names_under(theme, field)).encode(
        x=period_x(_BANDS), xOffset=alt.XOffset("order:O", scale=places)
    )
    return [figure.properties(height=height)]


SEVERE_FROM = 3
# Units from one panel to the next, in percent of a bar; heights of a heading, of the words above
# a bar, of a bar, and from one bar to the next.
_PITCH = 112
_HEADING, _WORDS, _BAR, _STEP = 26, 34, 22, 74
_INSIDE = 12


def grades_chart(grades: pd.DataFrame, frame: Frame = PLAIN, *, none: str = " (normal)") -> Picture:
    """Draw a bar per lineage and period, grade 4 first, so that grades 3 and 4 share a base.

    Panels stand side by side, in a narrow picture one under the other.
    grades : period_label, param, grade (0-4), n, n_total, percent (0-100; missing where n_total
    is 0), missing (may be absent); a row per grade, also where n is 0. none : what the legend says
    behind grade 0. Raises PhtError where there are no rows or a column is lacking.
    """
    columns = ["period_label", "param", "grade", "n", "n_total", "percent"]
    bars = label_rows(needs(grades, columns, "the grades of cytopenias"))
    params = [param for param in LINEAGES if param in set(bars["param"])]
    periods = list(dict.fromkeys(bars["period_label"]))
    step = min(max((frame.height or 0) // len(periods), 64), 84) if frame.height else _STEP
    height = _HEADING + step * len(periods)
    rows = _grades_3_and_4(bars)
    for table in (bars, rows):
        at = table["param"].map({param: place for place, param in enumerate(params)})
        table["x0"] = 0 if frame.narrow else at * _PITCH
        down = table["period_label"].map({period: place for place, period in enumerate(periods)})
        table["y"] = _HEADING + step * down + _WORDS + (at * height if frame.narrow else 0)
    bars = bars.sort_values(["param", "y", "grade"], ascending=[True, True, False], kind="stable")
    percent = bars["percent"].astype(float).fillna(0)
    ends = percent.groupby([bars["param"], bars["y"]], sort=False).cumsum()
    bars["x"], bars["x2"] = bars["x0"] + ends - percent, bars["x0"] + ends
    bars["inside"] = [f"{int(n)}" for n in bars["n"]]
    bars["room"] = [text_width(text, _INSIDE) + 4 for text in bars["inside"]]
    panels = 1 if frame.narrow else len(params)
    heads = {
        "param": params,
        "words": [LINEAGES[param].term.capitalize() for param in params],
        "x": [0 if frame.narrow else place * _PITCH for place in range(len(params))],
        "y": [place * height if frame.narrow else 0 for place in range(len(params))],
    }
    *entries, last = grade_entries(frame.theme, GRADES[::-1], size=160)
    return Picture(
        template=_grades_structure(
            frame.theme, narrow=frame.narrow, keyed=True, params=tuple(params)
        ),
        frame=frame,
        description=frame.describe(
            "Stacked bar chart", f"Grade 3 or 4: {describe_rows(rows, 'term')}"
        ),
        datasets={"bars": bars, "rows": rows, "headings": pd.DataFrame(heads)},
        params={
            "whole": _PITCH * (panels - 1) + 100,
            "ticks": [tick + panel * _PITCH for panel in range(panels) for tick in PERCENT_TICKS],
        },
        rows_height=height * (len(params) if frame.narrow else 1),
        legend=[*entries, replace(last, words=last.words + none)],
    )


def _grades_3_and_4(bars: pd.DataFrame) -> pd.DataFrame:
    """A row per bar: n and percent of grades 3 and 4 together, and what stands above it."""
    keys = ["period_label", "param", "n_total", "under"]
    severe = bars[bars["grade"] >= SEVERE_FROM]
    rows = label_rows(severe.groupby(keys, sort=False, as_index=False)[["n"]].sum())
    rows["share"] = 100 * rows["n"] / rows["n_total"].where(rows["n_total"] > 0)
    rows["of"] = rows["under"].str.replace("of ", "n = ").str.replace("\n", ", ")
    rows["severe"] = "grade 3–4: " + rows["label"]
    return rows


@structure
def _grades_structure(
    theme: str, *, narrow: bool, keyed: bool, params: tuple[str, ...]
) -> list[View]:
    colours = palette(theme)
    scale = alt.Scale(domain=[0, alt.ExprRef("whole")], nice=False, zero=False)
    axis = alt.Axis(
        title="Patients, %",
        values=alt.ExprRef("ticks"),
        labelExpr=f"datum.value % {_PITCH}",
        domain=False,
        grid=False,
    )

    x, y = partial(alt.X, scale=scale, axis=axis), from_top("y:Q")
    rows = chart_of("rows").transform_calculate(
        whole="datum.x0 + 100", end="datum.x0 + datum.share"
    )
    inks = value_scale(zip(GRADES, colours.grade_text, strict=True))
    part = chart_of("bars", "datum.n > 0").transform_calculate(
        bottom=f"datum.y + {_BAR}", middle="(datum.x + datum.x2) / 2"
    )
    space = "(datum.x2 - datum.x) / whole * width"
    left: dict[str, Any] = {"align": "left", "baseline": "middle"}
    known = rows.transform_filter("datum.n_total > 0")
    whole = known.transform_calculate(bottom=f"datum.y + {_BAR}").mark_rect(
        fill="transparent", stroke=colours.outline, strokeWidth=0.75
    )
    number = part.transform_filter(f"{space} >= datum.room").transform_calculate(
        centre=f"datum.y + {_BAR / 2}"
    )
    severe = known.mark_text(align="right", baseline="middle", fontSize=12, fontWeight=600, dy=-9)
    line = known.transform_filter("datum.n > 0").transform_calculate(under=f"datum.y + {_BAR + 4}")
    layers = [
        part.mark_rect(stroke=colours.background, strokeWidth=1.5).encode(
            x=x("x:Q"),
            x2=alt.X2("x2"),
            y=y,
            y2=alt.Y2("bottom"),
            fill=alt.Fill("grade:O", scale=grade_scale(theme), legend=None),
            tooltip=period_tooltips({"Cytopenia": "term:N", "Grade": "grade:N"}),
        ),
        whole.encode(x=x("x0:Q"), x2=alt.X2("whole"), y=y, y2=alt.Y2("bottom")),
        number.mark_text(fontSize=_INSIDE, baseline="middle").encode(
            x=x("middle:Q"),
            y=from_top("centre:Q"),
            text=alt.Text("inside:N"),
            color=alt.Color("grade:O", scale=inks, legend=None),
        ),
        rows.mark_text(**left, fontSize=12, dy=-25).encode(
            x=x("x0:Q"), y=y, text=alt.Text("period_label:N")
        ),
        rows.mark_text(**left, fontSize=11, color=colours.muted, dy=-9).encode(
            x=x("x0:Q"), y=y, text=alt.Text("of:N")
        ),
        severe.encode(x=x("whole:Q"), y=y, text=alt.Text("severe:N")),
        line.mark_rule(strokeWidth=2, color=colours.ink).encode(
            x=x("x0:Q"), x2=alt.X2("end"), y=from_top("under:Q")
        ),
        chart_of("headings")
        .mark_text(**left, fontSize=14, fontWeight=600, dy=8)
        .encode(
            x=x("x:Q"),
            y=y,
            text=alt.Text("words:N"),
            color=alt.Color("param:N", scale=lineage_scale(theme, params), legend=None),
        ),
    ]
    figure = alt.layer(*layers).resolve_scale(color="independent", fill="independent")
    return [figure.properties(name=ROWS)]
