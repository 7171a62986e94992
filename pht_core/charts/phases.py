"""Counts around each start, stop and restart of prednisone: three events side by side."""

from __future__ import annotations

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, Frame, View
from pht_core.charts.marks import haloed, tooltips
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.theme import lineage_colour, palette
from pht_core.model.lineage import LINEAGES

# Units of the axis from one event to the next; each has its own 0.
_APART = 92
_TICKS = (-14, 0, 14, 28, 42, 56)
_FIRST, _LAST = -24, 60
_FOLDS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16]
# A single count may be many times another: the axis ends where a line would leave the panel.
_MOST = 8.0
_LEFT = 44
# More lines than these are a tangle that is slow to draw: the median and quartiles stand alone.
MOST_LINES = 150
_TIPS = {"Days from the event": "day:Q", "Median multiple": "median:Q", "Courses": "n:Q"}


def phases_chart(
    phases: pd.DataFrame,
    weeks: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    titles: dict[str, str],
    height: int = 150,
) -> Picture:
    """Draw each course's counts as multiples of those before the event, with their median.

    Parameters
    ----------
    phases : subject_id, course, phase, param, day (from the event), fold.
    weeks : phase, param, day, n (courses), median, q25, q75 (missing where too few).
    titles : by phase, in the order in which they stand side by side; ``stop`` is the event after
        which the drug is off.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["subject_id", "course", "phase", "param", "day", "fold"]
    lines = needs(phases, columns, "counts around starts and stops of prednisone").copy()
    medians = needs(weeks, ["phase", "param", "day", "n", "median", "q25", "q75"], "medians").copy()
    offset = {phase: place * _APART for place, phase in enumerate(titles)}
    for table in (lines, medians):
        table["x"] = table["phase"].map(offset) + table["day"]
    lines["line"] = [
        f"{who} {course} {phase}"
        for who, course, phase in zip(
            lines["subject_id"], lines["course"], lines["phase"], strict=True
        )
    ]
    n_of = lines.drop_duplicates("line").groupby("phase").size()
    heads = pd.DataFrame(
        {
            "x": [at + _FIRST for at in offset.values()],
            "words": list(titles.values()),
            "n": [f"n = {int(n_of.get(phase, 0))}" for phase in offset],
        }
    )
    if not frame.narrow:
        heads["words"] = heads["words"] + " (" + heads["n"] + ")"
    spans = pd.DataFrame(
        {
            "begin": [at + (_FIRST if phase == "stop" else 0) for phase, at in offset.items()],
            "end": [at + (0 if phase == "stop" else _LAST) for phase, at in offset.items()],
            "at": list(offset.values()),
        }
    )
    present = [param for param in LINEAGES if param in set(lines["param"])]
    content = "; ".join(
        f"{title}, {int(n_of.get(phase, 0))} courses" for phase, title in titles.items()
    )
    low, high = lines["fold"].min(), lines["fold"].max()
    return Picture(
        template=_structure(
            frame.theme, narrow=frame.narrow, params=tuple(present), n=len(offset), height=height
        ),
        frame=frame,
        description=frame.describe("Line chart, a panel per lineage", f"{content}."),
        datasets={
            "lines": lines[["line", "param", "x", "fold"]]
            if n_of.sum() <= MOST_LINES
            else lines[:0],
            "weeks": medians,
            "heads": heads,
            "spans": spans,
        },
        params={"fold_low": max(low, 1 / _MOST), "fold_high": min(high, _MOST)},
        left=_LEFT,
    )


@structure
def _structure(
    theme: str, *, narrow: bool, params: tuple[str, ...], n: int, height: int
) -> list[View]:
    scale = alt.Scale(domain=[_FIRST - 4, (n - 1) * _APART + _LAST + 4], nice=False)
    heads = (
        alt.Chart(alt.NamedData("heads"))
        .mark_text(align="left", fontSize=11 if narrow else 13, fontWeight=600)
        .encode(x=alt.X("x:Q", scale=scale, axis=None), text=alt.Text("words:N"))
        .properties(height=12)
    )
    panels = [
        _panel(theme, param, scale, n, height, last=param == params[-1], narrow=narrow)
        for param in params
    ]
    return [heads, *panels]


def _panel(
    theme: str, param: str, scale: alt.Scale, n: int, height: int, *, last: bool, narrow: bool
) -> View:
    colours, colour = palette(theme), lineage_colour(param, theme)
    step = 2 if narrow else 1
    axis = alt.Axis(
        title="Days from the event" if last else None,
        values=[place * _APART + day for place in range(n) for day in _TICKS[1::step]],
        labelExpr=f"datum.value - {_APART} * floor((datum.value + {_APART} / 3) / {_APART})",
        labels=last,
        grid=False,
    )
    x = alt.X("x:Q", scale=scale, axis=axis)
    folds = alt.Scale(
        type="log", domain=[alt.ExprRef("fold_low"), alt.ExprRef("fold_high")], nice=False
    )
    ticks = alt.Axis(values=_FOLDS, labelExpr="'×' + format(datum.value, '~g')")

    def y(field: str) -> alt.Y:
        title = LINEAGES[param].name.capitalize()
        return alt.Y(f"{field}:Q", title=title, scale=folds, axis=ticks)

    own = f"datum.param == '{param}'"
    spans = alt.Chart(alt.NamedData("spans"))
    lines = alt.Chart(alt.NamedData("lines")).transform_filter(own)
    weeks = alt.Chart(alt.NamedData("weeks")).transform_filter(own)
    known = weeks.transform_filter("isValid(datum.median)")
    place = {"x": x, "detail": alt.Detail("phase:N")}
    # Not at 0, where the event's line would cross the number.
    numbers = weeks.transform_filter("datum.day % 14 == 0 && datum.day != 0")
    layers: list[alt.Chart] = [
        spans.mark_rect(color=colours.prednisone, opacity=0.1).encode(
            x=alt.X("begin:Q", scale=scale, axis=axis), x2=alt.X2("end")
        ),
        spans.mark_rule(color=colours.ink, strokeWidth=1.2).encode(
            x=alt.X("at:Q", scale=scale, axis=axis)
        ),
        spans.mark_rule(color=colours.muted, strokeDash=[3, 3]).encode(y=alt.YDatum(1)),
        lines.mark_line(color=colour, opacity=0.28, strokeWidth=1, clip=True).encode(
            x=x, y=y("fold"), detail=alt.Detail("line:N")
        ),
        known.mark_area(color=colour, opacity=0.22, clip=True).encode(
            y=y("q25"), y2=alt.Y2("q75"), **place
        ),
        known.mark_line(color=colour, strokeWidth=2.6, clip=True, point=False).encode(
            y=y("median"), tooltip=tooltips(_TIPS), **place
        ),
    ]
    if not narrow:
        layers += haloed(
            numbers,
            theme,
            {"x": x, "y": alt.YValue(height - 8), "text": alt.Text("n:Q")},
            fontSize=10,
            color=colours.muted,
        )
    return alt.layer(*layers).properties(height=height)
