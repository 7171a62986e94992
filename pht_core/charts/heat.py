"""Worst grade by patient and week, from a few rows with names to a thousand as one shape."""

from __future__ import annotations

import itertools
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import tooltips, value_scale
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.text_metrics import shortened, widest
from pht_core.charts.theme import GRADES, palette

# Rows lower than this have no names; they are as low as all of them fit this height.
_LOWEST_NAMED, _HIGHEST_ROW, _ALL_ROWS = 11, 20, 520
# Above the rows: what the bars are, the bars of the share at grade 3-4, and who was counted.
_BARS, _SHARE, _COUNTED, _HEAD = 20, 40, 72, 84
_SEVERE = 3
_TIPS = {"Patient": "who:N", "Weeks": "weeks:N", "Worst grade": "grade:Q"}
_SHARE_TIPS = {"Week": "week:Q", "At grade 3–4": "n:Q", "Counted": "n_total:Q"}
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

    Parameters
    ----------
    weeks : subject_id, week, grade, in time order; a week without a row is blank.
    rows : subject_id in the order of the rows, zero (day of the event), group (words beside the
        rows that follow each other in it). shares : week, n, n_total, percent.
    window : first week, and the one after the last. courses : subject_id, start_day, stop_day
        (missing = ongoing). deaths : subject_id, day.
    row_height : by default what makes all rows fit.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    needs(weeks, ["subject_id", "week", "grade"], "grades by week")
    needs(rows, ["subject_id", "zero", "group"], "these patients")
    step = row_height or min(_HIGHEST_ROW, max(_ALL_ROWS / len(rows), 0.5))
    named = step >= _LOWEST_NAMED
    gap = max(6.0, step / 2)
    group = rows["group"].tolist()
    tops = [float(_HEAD)]
    for before, own in itertools.pairwise(group):
        tops.append(tops[-1] + step + (gap if before != own else 0))
    place = {name: at for at, name in enumerate(rows["subject_id"])}
    zeros = rows["zero"].astype(float).tolist()
    thick = step * 0.7 if named else step
    spans: list[list[Any]] = []
    for name, week, grade in zip(
        *(weeks[one].tolist() for one in ("subject_id", "week", "grade")), strict=True
    ):
        row = place.get(name)
        if row is None:
            continue
        if not named and spans and spans[-1][0] == row and spans[-1][2:4] == [week, grade]:
            spans[-1][2] = week + 1
        else:
            spans.append([row, week, week + 1, grade, tops[row], tops[row] + thick])
    shown = [shortened(str(name), narrow=frame.narrow) for name in rows["subject_id"]]
    beside = pd.DataFrame({"y": [top + thick / 2 for top in tops], "words": shown})
    if not named:
        blocks = pd.DataFrame({"words": group, "y": tops}).groupby("words", sort=False)["y"]
        beside = blocks.mean().reset_index()
    bars, marks = _marks(rows, courses, deaths, place, zeros, tops, step, window, named=named)
    ticks = list(range(-(-window[0] // 4) * 4, window[1] + 1, 8 if frame.narrow else 4))
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
            f"Heat map of {len(rows)} patients",
            f"{axis_title}; "
            + ", ".join(f"{word}: {group.count(word)}" for word in dict.fromkeys(group) if word)
            + ".",
        ),
        datasets={
            "cells": pd.DataFrame(spans, columns=["row", "x", "x2", "grade", "y", "y2"]),
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


def _marks(
    rows: pd.DataFrame,
    courses: pd.DataFrame,
    deaths: pd.DataFrame,
    place: dict[Any, int],
    zeros: list[float],
    tops: list[float],
    step: float,
    window: tuple[int, int],
    *,
    named: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bars of courses under named rows; starts and stops of thin ones; deaths of named ones."""
    bars, marks = [], []
    columns = (courses[one].tolist() for one in ("subject_id", "start_day", "stop_day"))
    begun: set[Any] = set()
    for name, *days in zip(*columns, strict=True):
        if name not in place:
            continue
        row = place[name]
        start, stop = ((day - zeros[row]) / 7 for day in days)
        if named:
            start, stop = max(start, window[0]), min(window[1], stop if stop == stop else window[1])
            if start < stop:
                bars.append((start, stop, tops[row] + step * 0.76, tops[row] + step * 0.94))
        elif name not in begun:
            marks += [(start, tops[row] + step / 2, "start"), (stop, tops[row] + step / 2, "stop")]
        begun.add(name)
    for name, day in zip(deaths["subject_id"], deaths["day"], strict=True):
        if named and name in place:
            row = place[name]
            marks.append(((day - zeros[row]) / 7, tops[row] + step * 0.35, "death"))
    inside = [mark for mark in marks if window[0] <= mark[0] <= window[1]]
    return (
        pd.DataFrame(bars, columns=["x", "x2", "y", "y2"]),
        pd.DataFrame(inside, columns=["x", "y", "kind"]),
    )


def _entries(theme: str, *, named: bool) -> list[Entry]:
    colours = palette(theme)
    words = [f"grade {GRADES[-1]}", *map(str, GRADES[-2::-1])]
    entries = [
        Entry(word, "square", colours.grades[grade], colours.outline)
        for word, grade in zip(words, reversed(GRADES), strict=True)
    ]
    entries.append(Entry("blank: no count"))
    if named:
        return [
            *entries,
            Entry("on prednisone", "M-1,-0.3L1,-0.3L1,0.3L-1,0.3Z", colours.prednisone),
            Entry("death", "cross", colours.ink, size=60),
        ]
    return [
        *entries,
        Entry("first course starts", _TICK, colours.outline),
        Entry("stops", _TICK, colours.ink),
    ]


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
    axis = alt.Axis(
        title=title, values=alt.ExprRef("ticks"), domain=False, grid=False, labelFlush=False
    )

    def x(field: str = "x") -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    def y(field: str = "y") -> alt.Y:
        return alt.Y(f"{field}:Q", scale=None, axis=None)

    def table(name: str) -> alt.Chart:
        return alt.Chart(alt.NamedData(name))

    shares = table("shares")
    grades = value_scale(zip(GRADES, colours.grades, strict=True))
    small: dict[str, Any] = {"fontSize": 11, "color": colours.muted, "baseline": "middle"}
    heads = alt.Chart(
        alt.InlineData(
            values=[
                {"y": 6, "words": "At grade 3–4, % of the patients counted that week"},
                {"y": _BARS + 6, "words": "100%"},
                {"y": _COUNTED, "words": "counted"},
            ]
        )
    ).mark_text(align="left", **small)
    layers: list[alt.Chart] = [
        heads.encode(x=alt.XValue(0), y=y(), text=alt.Text("words:N")),
        *(
            alt.Chart(alt.InlineData(values=[{}]))
            .mark_rule(color=colour)
            .encode(
                x=alt.XValue(alt.ExprRef("left_room")),
                x2=alt.X2Value(alt.ExprRef("width")),
                y=alt.YValue(at),
            )
            for at, colour in ((_BARS, colours.grid), (_BARS + _SHARE, colours.outline))
        ),
        shares.mark_rect(
            color=colours.grades[_SEVERE], stroke=colours.background, strokeWidth=0.6
        ).encode(
            x=x("week"),
            x2=alt.X2("x2"),
            y=y("top"),
            y2=alt.Y2Value(_BARS + _SHARE),
            tooltip=tooltips(_SHARE_TIPS),
        ),
        shares.transform_filter("isValid(datum.counted)")
        .mark_text(**small)
        .encode(x=x("middle"), y=alt.YValue(_COUNTED), text=alt.Text("counted:Q")),
        table("cells")
        .transform_calculate(
            who="names[datum.row]",
            weeks="datum.x2 - datum.x > 1 ? datum.x + ' to ' + (datum.x2 - 1) : '' + datum.x",
        )
        .mark_rect(stroke=colours.background, strokeWidth=0.6 if named else 0)
        .encode(
            x=x(),
            x2=alt.X2("x2"),
            y=y(),
            y2=alt.Y2("y2"),
            fill=alt.Fill("grade:O", scale=grades, legend=None),
            tooltip=tooltips(_TIPS),
        ),
        table("courses")
        .mark_rect(color=colours.prednisone)
        .encode(x=x(), x2=alt.X2("x2"), y=y(), y2=alt.Y2("y2")),
    ]
    kinds = (
        (("death", "cross", colours.ink),)
        if named
        else (("start", _TICK, colours.background), ("stop", _TICK, colours.ink))
    )
    for kind, shape, colour in kinds:
        # A tick is as high as its row and half as wide.
        area = 60 if named else size**2
        layers.append(
            table("marks")
            .transform_filter(f"datum.kind === '{kind}'")
            .mark_point(shape=shape, filled=True, opacity=1, size=area, color=colour)
            .encode(x=x(), y=y())
        )
    words = table("beside").mark_text(
        align="left", baseline="middle", fontSize=12 if size >= 12 else 11
    )
    layers.append(words.encode(x=alt.XValue(0), y=y(), text=alt.Text("words:N")))
    return [alt.layer(*layers).properties(name=ROWS)]
