"""Figure 1 in a narrow picture: horizontal bars, the periods one under the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import LEFT, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import PERCENT_TICKS, interval_rules
from pht_core.charts.periods import period_tooltips
from pht_core.charts.picture import Picture, structure
from pht_core.charts.text_metrics import text_width, widest
from pht_core.charts.theme import palette

_HEADING, _PITCH, _THICK = 28, 34, 20
# Sizes of the names, of what stands under them, and of the labels inside bars.
_NAME, _UNDER, _INSIDE = 12, 10, 11
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
    labels: pd.DataFrame | None = None,
    heading: str = "",
    inks: Mapping[Any, str] | None = None,
    legend: Sequence[Entry] = (),
) -> Picture:
    """Draw a bar per period and name; stacked where a name has several rows.

    Parameters
    ----------
    bars : as of ``periods.label_rows``: period_label, percent, label, under, the columns ``name``
        and ``by``; conf_low and conf_high where intervals are drawn. order : columns by which bars
        follow each other within a period, and parts within a bar.
    fills, inks : by values of ``by``: colours of the bars, and of labels inside them; without
        ``inks`` labels stand beside the bars. labels : what stands beside stacked bars:
        period_label, ``name``, label, and ``heading`` above them.
    """
    periods = list(dict.fromkeys(bars["period_label"]))
    rank = bars["period_label"].map({period: place for place, period in enumerate(periods)})
    bars = bars.assign(rank=rank).sort_values(["rank", *order], kind="stable")
    rows, heads = _places(bars, name, heading)
    drawn = bars.merge(rows, on=["period_label", name], how="left")
    percent = drawn["percent"].astype(float).fillna(0)
    drawn["high"] = percent.groupby(drawn["y"]).cumsum()
    drawn["low"] = drawn["high"] - percent
    drawn["upper"], drawn["lower"] = drawn["y"] - _THICK / 2, drawn["y"] + _THICK / 2
    drawn["fill"] = drawn[by].map(dict(fills))
    beside = drawn if labels is None else labels.merge(rows, on=["period_label", name])
    # Beside the bar or its interval; of stacked bars beside the longest of all.
    end = drawn["top"] if labels is None else 100.0
    beside = beside.assign(end=end)[["end", "y", "label"]]
    tables = {
        "bars": drawn,
        "names": drawn.drop_duplicates("y")[["y", name, "under"]].rename(columns={name: "words"}),
        "headings": heads,
        "labels": beside,
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
    if inks is not None:
        tables["inside"] = _inside(drawn, by, inks)
    left = _BESIDE + max(
        widest(tables["names"]["words"], _NAME), widest(tables["names"]["under"], _UNDER)
    )
    room = _BESIDE + widest([*beside["label"], heading], _NAME, bold=labels is not None)
    return Picture(
        template=_horizontal_structure(
            frame.theme,
            narrow=True,
            intervals="conf_low" in drawn,
            inside=inks is not None,
            tips=name,
        ),
        frame=frame,
        description=description,
        datasets=tables,
        params={"label_room": room},
        rows_height=float(rows["y"].max()) + _PITCH / 2,
        legend=legend,
        left=left,
    )


def _places(bars: pd.DataFrame, name: str, heading: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where the middle of each bar lies, and the headings: period_label, name, y; y, words."""
    keys = bars[["period_label", name]].drop_duplicates()
    rows: list[tuple[Any, Any, float]] = []
    heads: list[tuple[float, str, str]] = []
    y = 0.0
    for period, own in keys.groupby("period_label", sort=False):
        heads.append((y + 18, str(period), "" if heads else heading))
        y += _HEADING
        for word in own[name]:
            rows.append((period, word, y + _PITCH / 2))
            y += _PITCH
    return (
        pd.DataFrame(rows, columns=["period_label", name, "y"]),
        pd.DataFrame(heads, columns=["y", "words", "beside"]),
    )


def _inside(drawn: pd.DataFrame, by: str, inks: Mapping[Any, str]) -> pd.DataFrame:
    """Labels inside stacked bars, the short one for where the other has no room."""
    inside = drawn[drawn["percent"] > 0][["low", "high", "y", "label", "n"]].copy()
    inside["short"] = [f"{int(n)}" for n in inside["n"]]
    inside["ink"] = drawn.loc[inside.index, by].map(dict(inks))
    for words in ("label", "short"):
        inside[f"{words}_width"] = [text_width(text, _INSIDE) + 6 for text in inside[words]]
    return inside


@structure
def _horizontal_structure(
    theme: str, *, narrow: bool, intervals: bool, inside: bool, tips: str
) -> list[View]:
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
    if inside:
        space = "(datum.high - datum.low) / 100 * (width - label_room)"
        fitting = f"{space} >= datum.label_width ? datum.label : "
        fitting += f"{space} >= datum.short_width ? datum.short : ''"
        layers.append(
            alt.Chart(alt.NamedData("inside"))
            .transform_calculate(middle="(datum.low + datum.high) / 2")
            .mark_text(fontSize=_INSIDE, baseline="middle", text=alt.ExprRef(fitting))
            .encode(x=x("middle"), y=y(), color=alt.Color("ink:N", scale=None))
        )
    beside: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": _NAME}
    weight: dict[str, Any] = {"fontWeight": 600} if inside else {}
    layers.append(
        alt.Chart(alt.NamedData("labels"))
        .mark_text(dx=6, **beside, **weight)
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
    layers += [
        heads.mark_text(fontSize=13, **heading).encode(
            x=alt.XValue(alt.ExprRef(f"-{LEFT}")), y=y(), text=alt.Text("words:N")
        ),
        heads.mark_text(fontSize=_NAME, dx=6, **heading).encode(
            x=alt.XValue(alt.ExprRef("width - label_room")), y=y(), text=alt.Text("beside:N")
        ),
    ]
    return [alt.layer(*layers).properties(name=ROWS)]
