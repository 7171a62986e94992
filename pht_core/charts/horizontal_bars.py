"""Figure 1 in a narrow picture: horizontal bars, the periods one under the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import LEFT, ROWS, Frame, View
from pht_core.charts.marks import PERCENT_TICKS, interval_rules
from pht_core.charts.periods import period_tooltips
from pht_core.charts.picture import Picture, structure
from pht_core.charts.text_metrics import widest
from pht_core.charts.theme import palette

_HEADING, _PITCH, _THICK = 28, 34, 20
# Sizes of the names and labels, and of what stands under the names.
_NAME, _UNDER = 12, 10
_BESIDE = 8


def horizontal_bars(
    bars: pd.DataFrame,
    frame: Frame,
    *,
    name: str,
    fills: Mapping[Any, str],
    by: str,
    order: Sequence[str],
    description: str,
) -> Picture:
    """Draw a bar per period and name.

    Parameters
    ----------
    bars : as of ``periods.label_rows``: period_label, percent, label, under, the columns ``name``
        and ``by``; conf_low and conf_high where intervals are drawn. order : columns by which bars
        follow each other within a period. fills : colours by values of ``by``.
    """
    periods = list(dict.fromkeys(bars["period_label"]))
    rank = bars["period_label"].map({period: place for place, period in enumerate(periods)})
    bars = bars.assign(rank=rank).sort_values(["rank", *order], kind="stable")
    rows, heads = _places(bars, name)
    drawn = bars.merge(rows, on=["period_label", name], how="left")
    drawn["high"], drawn["low"] = drawn["percent"].astype(float).fillna(0), 0.0
    drawn["upper"], drawn["lower"] = drawn["y"] - _THICK / 2, drawn["y"] + _THICK / 2
    drawn["fill"] = drawn[by].map(dict(fills))
    tables = {
        "bars": drawn,
        "names": drawn.drop_duplicates("y")[["y", name, "under"]].rename(columns={name: "words"}),
        "headings": heads,
        "labels": drawn[["top", "y", "label"]].rename(columns={"top": "end"}),
        "ticks": pd.DataFrame(
            [
                (tick, own.min() - _PITCH / 2, own.max() + _PITCH / 2)
                for _, own in rows.groupby("period_label", sort=False)["y"]
                for tick in PERCENT_TICKS
            ],
            columns=["percent", "upper", "lower"],
        ),
    }
    tables["names"]["under"] = tables["names"]["under"].str.replace("\n", ", ")
    left = _BESIDE + max(
        widest(tables["names"]["words"], _NAME), widest(tables["names"]["under"], _UNDER)
    )
    room = _BESIDE + widest(drawn["label"], _NAME)
    return Picture(
        template=_horizontal_structure(
            frame.theme,
            narrow=True,
            intervals="conf_low" in drawn,
            tips=name,
        ),
        frame=frame,
        description=description,
        datasets=tables,
        params={"label_room": room},
        rows_height=float(rows["y"].max()) + _PITCH / 2,
        left=left,
    )


def _places(bars: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where the middle of each bar lies, and the headings: period_label, name, y; y, words."""
    keys = bars[["period_label", name]].drop_duplicates()
    rows: list[tuple[Any, Any, float]] = []
    heads: list[tuple[float, str]] = []
    y = 0.0
    for period, own in keys.groupby("period_label", sort=False):
        heads.append((y + 18, str(period)))
        y += _HEADING
        for word in own[name]:
            rows.append((period, word, y + _PITCH / 2))
            y += _PITCH
    return (
        pd.DataFrame(rows, columns=["period_label", name, "y"]),
        pd.DataFrame(heads, columns=["y", "words"]),
    )


@structure
def _horizontal_structure(theme: str, *, narrow: bool, intervals: bool, tips: str) -> list[View]:
    colours = palette(theme)
    bars = alt.Chart(alt.NamedData("bars"))
    scale = alt.Scale(domain=[0, 100], range=[0, alt.ExprRef("width - label_room")], nice=False)
    axis = alt.Axis(title="Patients, %", values=PERCENT_TICKS, domain=False, grid=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    def y(field: str = "y") -> alt.Y:
        return alt.Y(f"{field}:Q", scale=None, axis=None)

    ticks = alt.Chart(alt.NamedData("ticks")).mark_rule(color=colours.grid)
    rectangle = bars.mark_rect(stroke=colours.outline, strokeWidth=1).encode(
        x=x("low"),
        x2=alt.X2("high"),
        y=y("upper"),
        y2=alt.Y2("lower"),
        fill=alt.Fill("fill:N", scale=None),
        tooltip=period_tooltips({"What": f"{tips}:N"}),
    )
    layers: list[alt.Chart] = [
        ticks.encode(x=x("percent"), y=y("upper"), y2=alt.Y2("lower")),
        rectangle.transform_filter("datum.high > datum.low"),
    ]
    if intervals:
        layers += interval_rules(bars, theme, x=x("conf_low"), x2=alt.X2("conf_high"), y=y())
    beside: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": _NAME}
    layers.append(
        alt.Chart(alt.NamedData("labels"))
        .mark_text(dx=6, **beside)
        .encode(x=x("end"), y=y(), text=alt.Text("label:N"))
    )
    names = alt.Chart(alt.NamedData("names"))
    for field, size, dy, colour in (
        ("words", _NAME, -6, colours.ink),
        ("under", _UNDER, 8, colours.muted),
    ):
        layers.append(
            names.mark_text(
                align="right", baseline="middle", fontSize=size, dy=dy, color=colour
            ).encode(x=alt.XValue(-_BESIDE), y=y(), text=alt.Text(f"{field}:N"))
        )
    heads = alt.Chart(alt.NamedData("headings"))
    heading: dict[str, Any] = {"align": "left", "baseline": "alphabetic", "fontWeight": 600}
    layers.append(
        heads.mark_text(fontSize=13, **heading).encode(
            x=alt.XValue(alt.ExprRef(f"-{LEFT}")), y=y(), text=alt.Text("words:N")
        )
    )
    return [alt.layer(*layers).properties(name=ROWS)]
