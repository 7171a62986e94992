"""Figure 1 in a narrow picture: horizontal bars, the periods one under the other."""

from __future__ import annotations

from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.frame import LEFT, ROWS, Frame, View
from pht_core.charts.marks import PERCENT_TICKS, chart_of, from_top, interval_rules
from pht_core.charts.periods import period_tooltips
from pht_core.charts.picture import Picture, structure
from pht_core.charts.text_metrics import widest
from pht_core.charts.theme import palette

# Heights of a heading, to the base of its words, from bar to bar, of a bar.
_HEADING, _WORDS, _PITCH, _THICK = 28, 18, 34, 20
# Sizes of the names and labels, and of what stands under the names.
_NAME, _UNDER = 12, 10
_BESIDE = 8


def horizontal_bars(
    bars: pd.DataFrame, frame: Frame, *, name: str, fills: pd.Series, description: str
) -> Picture:
    """Draw a bar per period and name.

    bars : as of ``periods.label_rows``: period_label, percent, label, under, order (in a period),
    and the column ``name``; conf_low and conf_high where intervals are drawn. fills : the colours
    of the bars.
    """
    periods = {period: place for place, period in enumerate(dict.fromkeys(bars["period_label"]))}
    bars = bars.assign(rank=bars["period_label"].map(periods), fill=fills)
    bars = bars.sort_values(["rank", "order"], kind="stable")
    # The middle of each bar lies below its period's heading.
    rows = bars[["period_label", name, "rank"]].drop_duplicates()
    rows["y"] = _HEADING * (rows["rank"] + 1) + _PITCH * (np.arange(len(rows)) + 0.5)
    blocks = rows.groupby("period_label", sort=False)["y"]
    drawn = bars.merge(rows.drop(columns="rank"), on=["period_label", name], how="left")
    drawn["high"], drawn["low"] = drawn["percent"].astype(float).fillna(0), 0.0
    drawn["upper"], drawn["lower"] = drawn["y"] - _THICK / 2, drawn["y"] + _THICK / 2
    names = drawn.drop_duplicates("y")[["y", name, "under"]].rename(columns={name: "words"})
    names["under"] = names["under"].str.replace("\n", ", ")
    heads = blocks.first() - _PITCH / 2 + _WORDS - _HEADING
    ticks = [
        (tick, own.min() - _PITCH / 2, own.max() + _PITCH / 2)
        for _, own in blocks
        for tick in PERCENT_TICKS
    ]
    return Picture(
        template=_horizontal_structure(
            frame.theme, narrow=True, intervals="conf_low" in drawn, tips=name
        ),
        frame=frame,
        description=description,
        datasets={
            "bars": drawn,
            "names": names,
            "headings": heads.rename_axis("words").reset_index(),
            "labels": drawn[["top", "y", "label"]].rename(columns={"top": "end"}),
            "ticks": pd.DataFrame(ticks, columns=["percent", "upper", "lower"]),
        },
        params={"label_room": _BESIDE + widest(drawn["label"], _NAME)},
        rows_height=float(rows["y"].max()) + _PITCH / 2,
        left=_BESIDE + max(widest(names["words"], _NAME), widest(names["under"], _UNDER)),
    )


@structure
def _horizontal_structure(theme: str, *, narrow: bool, intervals: bool, tips: str) -> list[View]:
    colours, y = palette(theme), from_top("y:Q")
    scale = alt.Scale(domain=[0, 100], range=[0, alt.ExprRef("width - label_room")], nice=False)
    axis = alt.Axis(title="Patients, %", values=PERCENT_TICKS, domain=False, grid=False)
    x = partial(alt.X, scale=scale, axis=axis)
    upright = {"y": from_top("upper:Q"), "y2": "lower"}
    bars = chart_of("bars", "datum.high > datum.low")
    layers: list[alt.Chart] = [
        chart_of("ticks").mark_rule(color=colours.grid).encode(x=x("percent:Q"), **upright),
        bars.mark_rect(stroke=colours.outline, strokeWidth=1).encode(
            x=x("low:Q"),
            x2=alt.X2("high"),
            fill=alt.Fill("fill:N", scale=None),
            tooltip=period_tooltips({"What": f"{tips}:N"}),
            **upright,
        ),
    ]
    if intervals:
        limits = {"x": x("conf_low:Q"), "x2": "conf_high"}
        layers += interval_rules(chart_of("bars"), theme, y=y, **limits)
    labels = chart_of("labels").mark_text(dx=6, align="left", baseline="middle", fontSize=_NAME)
    layers.append(labels.encode(x=x("end:Q"), y=y, text=alt.Text("label:N")))
    for field, size, dy, colour in (
        ("words", _NAME, -6, colours.ink),
        ("under", _UNDER, 8, colours.muted),
    ):
        names = chart_of("names").mark_text(
            align="right", baseline="middle", fontSize=size, dy=dy, color=colour
        )
        layers.append(names.encode(x=alt.XValue(-_BESIDE), y=y, text=alt.Text(f"{field}:N")))
    heads = chart_of("headings").mark_text(
        fontSize=13, align="left", baseline="alphabetic", fontWeight=600
    )
    layers.append(
        heads.encode(x=alt.XValue(alt.ExprRef(f"-{LEFT}")), y=y, text=alt.Text("words:N"))
    )
    return [alt.layer(*layers).properties(name=ROWS)]
