"""Cumulative incidence, a panel per lineage: the event from below, what competes from above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import LEFT, PLAIN, Frame, View
from pht_core.charts.marks import PERCENT_TICKS, TIPS, chart_of, dodge, tooltips, value_scale
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.survival import (
    ALL,
    AXIS_WIDE,
    RATE,
    few_groups,
    group_entries,
    legend_columns,
    lines_legend,
)
from pht_core.charts.text_metrics import widest
from pht_core.charts.theme import DASHES, lineage_colour, palette
from pht_core.model.lineage import LINEAGES
from pht_core.stats.proportion import rate_text

_SIZE = 12
# Units between panels, in which the percentage at the end of a curve stands.
_GAP = 46
_ROW = 17


def cumulative_incidence_chart(
    curves: pd.DataFrame,
    counts: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    heads: Mapping[str, tuple[str, ...]],
    rows: Mapping[str, str],
    day: int,
    height: int = 190,
) -> Picture:
    """Draw the panels side by side (in a column of a journal two by two), numbers below each.

    curves : param (of a lineage, or "all"), strata ("all" without groups), cause (``event`` or
    ``other``), time (days), estimate, conf_low, conf_high (0-1; missing where not estimable),
    n_risk; from time 0. With groups only the event is drawn, a line a group.
    counts : param, strata, day (the ticks), and the columns that ``rows`` names.
    heads : by param, in the order of the panels, its title and the line under it, and perhaps a
    shorter one for where the first has no room. rows : by column of ``counts``, what it is called;
    with groups only the first is shown. day : where the axis ends.
    Raises PhtError where there are no rows, a column is lacking, or there are over four groups.
    """
    columns = ["param", "strata", "cause", "time", *RATE, "n_risk"]
    table = needs(curves, columns, "the cumulative incidence")
    strata = few_groups(table["strata"])
    grouped = strata != [ALL]
    params = [param for param in heads if param in set(table["param"])]
    across = min(len(params), 2 if frame.narrow else 4)
    names = [(group, group) for group in strata] if grouped else list(rows.items())
    left = widest((words for _, words in names), _SIZE) + 14
    left = max(left, 36.0) if frame.narrow else max(left + 8, AXIS_WIDE)
    panel = (frame.room - left) / across - _GAP
    apart = day * (panel + _GAP) / panel
    place = {param: at % across * apart for at, param in enumerate(params)}
    row_of = {param: at // across for at, param in enumerate(params)}
    steps = _steps(table, day)
    for one in (steps, counts := counts.assign(strata=counts["strata"].astype(str))):
        one["row"] = one["param"].map(row_of)
        one["x"] = one["param"].map(place) + one["day" if "day" in one else "time"]
    ticks = sorted(set(counts["day"]))
    if frame.narrow:
        ticks = ticks[:: max(1, (len(ticks) - 1) // 2)]
    numbers = counts[counts["day"].isin(ticks)]
    value = next(iter(rows))
    written = []
    for at, (name, _) in enumerate(names):
        own = numbers[numbers["strata"] == name] if grouped else numbers
        own = own[["row", "x", value if grouped else name]]
        written.append(own.set_axis(["row", "x", "n"], axis=1).assign(place=at))
    fits = widest((heads[one][1] for one in params), _SIZE) <= panel + _GAP - 8
    shown_heads = [
        (row_of[one], place[one], heads[one][0], heads[one][1 if fits else -1], one)
        for one in params
    ]
    grid = [(row_of[one], place[one], place[one] + day, y) for one in params for y in PERCENT_TICKS]
    high = frame.height or height
    return Picture(
        template=_structure(
            frame.theme,
            narrow=frame.narrow,
            params=tuple(params),
            across=across,
            groups=tuple(strata) if grouped else (),
            columns=legend_columns(strata, frame.width) if grouped else 0,
            height=high,
            lines=len(names),
        ),
        frame=frame,
        description=frame.describe("Cumulative incidence, a panel per lineage", _ends(steps)),
        datasets={
            "curve": steps,
            "ends": _end_labels(steps, strata, grouped=grouped, height=high),
            "heads": pd.DataFrame(shown_heads, columns=["row", "x", "words", "under", "param"]),
            "grid": pd.DataFrame(grid, columns=["row", "x", "end", "y"]),
            "numbers": pd.concat(written, ignore_index=True),
            "names": pd.DataFrame(
                {"place": range(len(names)), "words": [words for _, words in names]}
            ),
        },
        params={
            "x_high": across * apart,
            "apart": apart,
            "ticks": [at * apart + tick for at in range(across) for tick in ticks],
        },
        legend=group_entries(frame, strata) if grouped and frame.narrow else (),
        left=left,
    )


def _steps(table: pd.DataFrame, day: int) -> pd.DataFrame:
    """The curves in percent up to the day, held to it where somebody was followed for longer."""
    parts = []
    for _, own in table.groupby(["param", "strata", "cause"], sort=False, observed=True):
        here = own[own["time"] <= day]
        if own["time"].max() > day:
            here = pd.concat([here, here.tail(1).assign(time=float(day))])
        parts.append(here)
    steps = pd.concat(parts, ignore_index=True)
    steps[RATE] = steps[RATE].astype(float) * 100
    steps["strata"] = steps["strata"].astype(str)
    steps["shown"] = [rate_text(value / 100) for value in steps["estimate"]]
    steps["interval"] = [
        "–" if pd.isna(low) else f"{rate_text(low / 100, 0)} to {rate_text(high / 100, 0)}"
        for low, high in zip(steps["conf_low"], steps["conf_high"], strict=True)
    ]
    return steps


def _last(steps: pd.DataFrame) -> pd.DataFrame:
    return steps.groupby(["param", "strata", "cause"], sort=False, observed=True).tail(1)


def _ends(steps: pd.DataFrame) -> str:
    """The alternative text: where each curve of the event ends."""
    last = _last(steps[steps["cause"] == "event"])
    names = {param: lineage.name for param, lineage in LINEAGES.items()} | {ALL: "all together"}
    each = [
        f"{names.get(param, param)}{'' if group == ALL else f', {group}'} {words}"
        for param, group, words in zip(last["param"], last["strata"], last["shown"], strict=True)
    ]
    return f"At the end: {'; '.join(each)}."


def _end_labels(
    steps: pd.DataFrame, strata: Sequence[str], *, grouped: bool, height: int
) -> pd.DataFrame:
    """The percentage at the right of each curve, moved apart where two are near each other."""
    last = _last(steps)
    last = last[(last["cause"] == "event") | ((last["estimate"] > 0) & (not grouped))].copy()
    other = last["cause"] == "other"
    last["y"] = last["estimate"].where(~other, 100 - last["estimate"] / 2)
    for _, own in last.groupby("param", sort=False):
        pixels = [height * (1 - y / 100) for y in own["y"]]
        moved = dodge(pixels, _SIZE + 2, low=4, high=height - 4)
        last.loc[own.index, "y"] = [100 * (1 - pixel / height) for pixel in moved]
    last["label"] = [rate_text(value / 100, 0) for value in last["estimate"]]
    return last[["row", "x", "y", "label", "cause", "param", "strata"]]


@structure
def _structure(
    theme: str,
    *,
    narrow: bool,
    params: tuple[str, ...],
    across: int,
    groups: tuple[str, ...],
    columns: int,
    height: int,
    lines: int,
) -> list[View]:
    colours = palette(theme)
    own = [colours.ink if param == ALL else lineage_colour(param, theme) for param in params]
    by_param = alt.Color("param:N", scale=value_scale(zip(params, own, strict=True)), legend=None)
    scales = [
        alt.Scale(domain=list(groups), range=list(values[: len(groups)]))
        for values in (colours.groups, DASHES)
    ]
    views: list[View] = []
    for row in range(-(-len(params) // across)):
        # One legend, above the first row.
        legend = lines_legend(columns=columns) if groups and not narrow and not row else None
        colour, dash = by_param, None
        if groups:
            colour = alt.Color("strata:N", scale=scales[0], legend=legend)
            dash = alt.StrokeDash("strata:N", scale=scales[1], legend=legend)
        views += [
            _heads(theme, row, alt.value(colours.ink) if groups else by_param),
            _plot(theme, row, colour, dash, height),
            _numbers(theme, row, lines, narrow=narrow),
        ]
    return views


def _x(field: str = "x", *, axis: bool = False) -> alt.X:
    shown = alt.Axis(
        title=None,
        values=alt.ExprRef("ticks"),
        labelExpr="format(datum.value - apart * floor((datum.value + 0.01) / apart), '~r')",
        grid=False,
        labelFlush=False,
        domain=False,
    )
    scale = alt.Scale(domain=[0, alt.ExprRef("x_high")], nice=False)
    return alt.X(f"{field}:Q", scale=scale, axis=shown if axis else None)


def _heads(theme: str, row: int, colour: Any) -> View:
    base = chart_of("heads", f"datum.row === {row}")
    words: dict[str, Any] = {"align": "left", "baseline": "top"}
    title = base.mark_text(fontSize=13, fontWeight=600, **words)
    under = base.mark_text(fontSize=_SIZE, color=palette(theme).muted, **words)
    return alt.layer(
        title.encode(x=_x(), y=alt.YValue(0), text=alt.Text("words:N"), color=colour),
        under.encode(x=_x(), y=alt.YValue(17), text=alt.Text("under:N")),
    ).properties(height=32)


def _plot(
    theme: str, row: int, colour: alt.Color, dash: alt.StrokeDash | None, height: int
) -> View:
    """The curves of a row of panels; ``dash`` where they are of groups."""
    muted = palette(theme).muted
    axis = alt.Axis(
        title=None,
        values=PERCENT_TICKS,
        labelExpr="datum.value + '%'",
        grid=False,
        domain=False,
        ticks=False,
    )
    x, y = _x(axis=True), partial(alt.Y, scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)
    here = f"datum.row === {row}"
    event = chart_of("curve", here, "datum.cause === 'event'")
    step: dict[str, Any] = {"interpolate": "step-after"}
    grid = chart_of("grid", here).mark_rule(color=palette(theme).grid)
    layers = [grid.encode(x=x, x2=alt.X2("end"), y=y("y:Q"))]
    line = event.mark_line(strokeWidth=2.2, **step)
    at = {"x": x, "y": y("estimate:Q"), "color": colour}
    if dash is None:
        other = chart_of("curve", here, "datum.cause === 'other'").transform_calculate(
            top="100 - datum.estimate"
        )
        above = {"x": x, "y": y("top:Q"), "detail": "param:N"}
        layers += [
            event.mark_area(opacity=0.28, line=False, **step).encode(y2=alt.datum(0), **at),
            other.mark_area(opacity=0.38, color=muted, **step).encode(y2=alt.datum(100), **above),
            other.mark_line(strokeWidth=1.4, color=muted, **step).encode(**above),
        ]
        layers += [
            event.transform_filter(f"isValid(datum.{limit})")
            .mark_line(strokeWidth=1, strokeDash=[3, 2.5], **step)
            .encode(x=x, y=y(f"{limit}:Q"), color=colour)
            for limit in ("conf_low", "conf_high")
        ]
        layers.append(line.encode(**at))
    else:
        layers.append(line.encode(strokeDash=dash, detail=alt.Detail("param:N"), **at))
    pointed = event.mark_point(size=120, opacity=0)
    tips = tooltips(TIPS["cumulative_incidence"])
    layers.append(pointed.encode(x=x, y=y("estimate:Q"), tooltip=tips))
    ends: tuple[tuple[str, Any, Any], ...] = (
        ("event", 600, colour),
        ("other", 400, alt.value(muted)),
    )
    for cause, weight, ink in ends:
        label = chart_of("ends", here, f"datum.cause === '{cause}'").mark_text(
            align="left", dx=5, fontSize=_SIZE, fontWeight=weight
        )
        layers.append(label.encode(x=x, y=y("y:Q"), text=alt.Text("label:N"), color=ink))
    return alt.layer(*layers).properties(height=height)


def _numbers(theme: str, row: int, lines: int, *, narrow: bool) -> View:
    place = alt.Y("place:O", axis=None, scale=alt.Scale(domain=list(range(lines))))
    side: dict[str, Any] = {"align": "right", "dx": -18, "limit": 220}
    edge = alt.value(0)
    if narrow:
        side, edge = {"align": "left"}, alt.value(alt.ExprRef(f"-{LEFT}"))
    numbers = chart_of("numbers", f"datum.row === {row}").mark_text(fontSize=_SIZE)
    names = chart_of("names").mark_text(fontSize=_SIZE, color=palette(theme).ink, **side)
    return alt.layer(
        numbers.encode(x=_x(), y=place, text=alt.Text("n:Q")),
        names.encode(x=edge, y=place, text=alt.Text("words:N")),
    ).properties(height=_ROW * lines)
