"""Worst grade by patient and week, from a few rows with names to a thousand as one shape."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry, grade_entries
from pht_core.charts.marks import BAR, TIPS, chart_of, from_top, grade_scale, tooltips
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.text_metrics import shortened, widest
from pht_core.charts.theme import GRADES, palette

# Rows lower than this have no names; they are as low as all of them fit this height.
_LOWEST_NAMED, _HIGHEST_ROW, _ALL_ROWS = 11, 20, 520
# Above the rows: what the bars are, the bars of the share at grade 3-4, and who was counted.
_BARS, _SHARE, _COUNTED, _HEAD = 20, 40, 72, 84
_SEVERE = 3
_TICK = "M-0.25,-1L0.25,-1L0.25,1L-0.25,1Z"


def heat_chart(
    weeks: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    rows: pd.DataFrame,
    shares: pd.DataFrame,
    window: tuple[int, int],
    axis_title: str,
    courses: pd.DataFrame,
    deaths: pd.DataFrame,
    row_height: float | None = None,
) -> Picture:
    """Draw a row per patient and a column per week, colored by the worst grade.

    weeks : subject_id, week, grade, in time order; a week without a row is blank.
    rows : subject_id in the order of the rows, zero (day of the event), group (words beside the
    rows that follow each other in it). shares : week, n, n_total, percent.
    window : first week, and the one after the last. courses : subject_id, start_day, stop_day
    (missing = ongoing). deaths : subject_id, day. row_height : by default all rows fit.
    Raises PhtError where there are no rows or a column is lacking.
    """
    needs(weeks, ["subject_id", "week", "grade"], "grades by week")
    needs(rows, ["subject_id", "zero", "group"], "these patients")
    step = row_height or min(_HIGHEST_ROW, max(_ALL_ROWS / len(rows), 0.5))
    named = step >= _LOWEST_NAMED
    gap, thick = max(6.0, step / 2), step * 0.7 if named else step
    group = rows["group"].tolist()
    tops = [float(_HEAD)]
    for before, own in itertools.pairwise(group):
        tops.append(tops[-1] + step + (gap if before != own else 0))
    places = rows[["subject_id"]].assign(
        row=range(len(rows)), zero=rows["zero"].astype(float), y=tops
    )
    shown = [shortened(str(name), narrow=frame.narrow) for name in rows["subject_id"]]
    beside = pd.DataFrame({"y": [top + thick / 2 for top in tops], "words": shown})
    if not named:
        blocks = pd.DataFrame({"words": group, "y": tops}).groupby("words", sort=False)["y"]
        beside = blocks.mean().reset_index()
    bars, marks = _marks(places, courses, deaths, step, window, named=named)
    ticks = list(range(-(-window[0] // 4) * 4, window[1] + 1, 8 if frame.narrow else 4))
    groups = [f"{word}: {group.count(word)}" for word in dict.fromkeys(group) if word]
    return Picture(
        template=_heat_structure(
            frame.theme,
            narrow=frame.narrow,
            keyed=True,
            named=named,
            size=max(2.0, min(step, 12)),
            title=axis_title,
        ),
        frame=frame,
        description=frame.describe(
            f"Heat map of {len(rows)} patients", f"{axis_title}; {', '.join(groups)}."
        ),
        datasets={
            "cells": _cells(weeks, places, thick, named=named),
            "shares": shares.assign(
                x2=shares["week"] + 1,
                top=_BARS + _SHARE * (1 - shares["percent"] / 100),
                middle=shares["week"] + 0.5,
                counted=shares["n_total"].where(shares["week"].isin(ticks)),
            ),
            "courses": bars,
            "marks": marks,
            "beside": beside,
        },
        params={
            "names": [str(name) for name in rows["subject_id"]],
            "first": window[0],
            "last": window[1],
            "ticks": ticks,
            "left_room": 8 + max(widest(beside["words"], 12), widest(["counted", "100%"], 11)),
        },
        rows_height=tops[-1] + step,
        legend=_entries(frame.theme, named=named),
    )


def _cells(weeks: pd.DataFrame, places: pd.DataFrame, thick: float, *, named: bool) -> pd.DataFrame:
    """Weeks as cells; those of one grade that follow each other are one where rows are thin."""
    cells = weeks[["subject_id", "week", "grade"]].merge(places, on="subject_id")
    before = cells.shift()
    goes_on = cells["row"].eq(before["row"]) & cells["grade"].eq(before["grade"])
    goes_on &= cells["week"].eq(before["week"] + 1) & (not named)
    ends = cells.groupby((~goes_on).cumsum())["week"].transform("last") + 1
    cells = cells.rename(columns={"week": "x"}).assign(x2=ends, y2=cells["y"] + thick)
    return cells.loc[~goes_on, ["row", "x", "x2", "grade", "y", "y2"]]


def _marks(
    places: pd.DataFrame,
    courses: pd.DataFrame,
    deaths: pd.DataFrame,
    step: float,
    window: tuple[int, int],
    *,
    named: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bars of courses under named rows; starts and stops of thin ones; deaths of named ones."""
    given = courses[["subject_id", "start_day", "stop_day"]].merge(places, on="subject_id")
    start, stop = ((given[day] - given["zero"]) / 7 for day in ("start_day", "stop_day"))
    if named:
        bars = pd.DataFrame({"x": start.clip(window[0]), "x2": stop.fillna(window[1])})
        bars["x2"] = bars["x2"].clip(upper=window[1])
        bars = bars.assign(y=given["y"] + step * 0.76, y2=given["y"] + step * 0.94)
        marks = deaths[["subject_id", "day"]].merge(places, on="subject_id")
        x, y = (marks["day"] - marks["zero"]) / 7, marks["y"] + step * 0.35
        marks = pd.DataFrame({"x": x, "y": y, "kind": "death"})
        bars = bars[bars["x"] < bars["x2"]]
    else:
        bars = pd.DataFrame(columns=["x", "x2", "y", "y2"])
        marks = pd.DataFrame({"y": given["y"] + step / 2, "start": start, "stop": stop})
        marks = marks[~given["subject_id"].duplicated()]
        marks = marks.melt("y", var_name="kind", value_name="x", ignore_index=False).sort_index(
            kind="stable"
        )
    return bars, marks[marks["x"].between(*window)]


def _entries(theme: str, *, named: bool) -> list[Entry]:
    colours = palette(theme)
    entries = [*grade_entries(theme, GRADES[::-1]), Entry("blank: no count")]
    if named:
        entries.append(Entry("on prednisone", BAR, colours.prednisone))
        entries.append(Entry("death", "cross", colours.ink, size=60))
    else:
        entries.append(Entry("first course starts", _TICK, colours.outline))
        entries.append(Entry("stops", _TICK, colours.ink))
    return entries


@structure
def _heat_structure(
    theme: str, *, narrow: bool, keyed: bool, named: bool, size: float, title: str
) -> list[View]:
    colours = palette(theme)
    scale = alt.Scale(
        domain=[alt.ExprRef("first"), alt.ExprRef("last")],
        range=[alt.ExprRef("left_room"), alt.ExprRef("width - 4")],
        nice=False,
        zero=False,
    )
    ticks = alt.ExprRef("ticks")
    axis = alt.Axis(title=title, values=ticks, domain=False, grid=False, labelFlush=False)
    x, y = partial(alt.X, scale=scale, axis=axis), from_top("y:Q")
    box = {"x": x("x:Q"), "x2": "x2", "y": y, "y2": "y2"}
    small: dict[str, Any] = {"fontSize": 11, "color": colours.muted, "baseline": "middle"}
    words = [
        {"y": 6, "words": "At grade 3–4, % of the patients counted that week"},
        {"y": _BARS + 6, "words": "100%"},
        {"y": _COUNTED, "words": "counted"},
    ]
    heads = alt.Chart(alt.InlineData(values=words)).mark_text(align="left", **small)
    layers: list[alt.Chart] = [heads.encode(x=alt.XValue(0), y=y, text=alt.Text("words:N"))]
    left, right = alt.value(alt.ExprRef("left_room")), alt.value(alt.ExprRef("width"))
    for at, colour in ((_BARS, colours.grid), (_BARS + _SHARE, colours.outline)):
        edge = alt.Chart(alt.InlineData(values=[{}])).mark_rule(color=colour)
        layers.append(edge.encode(x=left, x2=right, y=alt.YValue(at)))
    severe = chart_of("shares").mark_rect(
        color=colours.grades[_SEVERE], stroke=colours.background, strokeWidth=0.6
    )
    counted = chart_of("shares", "isValid(datum.counted)").mark_text(**small)
    cells = chart_of("cells").transform_calculate(
        who="names[datum.row]",
        weeks="datum.x2 - datum.x > 1 ? datum.x + ' to ' + (datum.x2 - 1) : '' + datum.x",
    )
    layers += [
        severe.encode(
            x=x("week:Q"),
            x2=alt.X2("x2"),
            y=from_top("top:Q"),
            y2=alt.Y2Value(_BARS + _SHARE),
            tooltip=tooltips(TIPS["heat_share"]),
        ),
        counted.encode(x=x("middle:Q"), y=alt.YValue(_COUNTED), text=alt.Text("counted:Q")),
        cells.mark_rect(stroke=colours.background, strokeWidth=0.6 if named else 0).encode(
            fill=alt.Fill("grade:O", scale=grade_scale(theme), legend=None),
            tooltip=tooltips(TIPS["heat_week"]),
            **box,
        ),
        chart_of("courses").mark_rect(color=colours.prednisone).encode(**box),
    ]
    kinds = [("start", _TICK, colours.background), ("stop", _TICK, colours.ink)]
    # A tick is as high as its row and half as wide.
    area = size**2
    if named:
        kinds, area = [("death", "cross", colours.ink)], 60
    for kind, shape, colour in kinds:
        marks = chart_of("marks", f"datum.kind === '{kind}'")
        marks = marks.mark_point(shape=shape, filled=True, opacity=1, size=area, color=colour)
        layers.append(marks.encode(x=x("x:Q"), y=y))
    beside = chart_of("beside").mark_text(
        align="left", baseline="middle", fontSize=12 if size >= 12 else 11
    )
    layers.append(beside.encode(x=alt.XValue(0), y=y, text=alt.Text("words:N")))
    return [alt.layer(*layers).properties(name=ROWS)]
