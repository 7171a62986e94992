"""On and off prednisone: the estimate by lineage with other readings; counts around each event."""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.marks import PERCENT_TICKS, TIPS, chart_of, haloed, tooltips
from pht_core.charts.picture import Picture, needs, structure, words_view
from pht_core.charts.text_metrics import widest
from pht_core.charts.theme import lineage_colour, palette
from pht_core.model.lineage import LINEAGES

# In a narrow picture names stand over their marks: beside them they would take half of it.
_NAME, _MARK, _ABOVE = -8, 7, 14
_AXIS = "Change per 28 days on minus off prednisone; 1 = from grade 3 to normal"
_AXIS_NARROW = "Change per 28 days (1 = grade 3 to normal)"
_SHARE_NARROW = "Simulated cohorts with an effect found, %"
_SHARE = "Simulated cohorts in which the reading finds an effect, %"


def on_off_chart(
    estimates: pd.DataFrame,
    readings: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    about_readings: str = "",
    row_height: int = 24,
) -> Picture:
    """Draw the difference between changes on and off prednisone, and how readings are calibrated.

    estimates : words (a lineage, or all), difference, conf_low, conf_high (missing where too few
    patients have counts on, or off), label (printed at the right).
    readings : reading, low, median, high (percent of cohorts of the worlds without an effect) and
    effect (percent, in the world with one). about_readings : a sentence above them. row_height : of
    a row with its name beside it; in a narrow picture the name stands above, and takes more.
    Raises PhtError where there are no rows or a column is lacking.
    """
    columns = ["words", "difference", "conf_low", "conf_high", "label"]
    rows = needs(estimates, columns, "the evidence on and off prednisone")
    known = needs(readings, ["reading", "low", "median", "high", "effect"], "the calibration")
    low = min(float(rows["conf_low"].min()), -0.2)
    high = max(float(rows["conf_high"].max()), 0.2)
    margin = (high - low) * 0.03
    content = "; ".join(
        f"{words} {label}" for words, label in zip(rows["words"], rows["label"], strict=True)
    )
    step = row_height + (_ABOVE if frame.narrow else 0)
    names = [*rows["words"], *known["reading"]]
    return Picture(
        template=_structure(frame.theme, narrow=frame.narrow, height=len(known) * step),
        frame=frame,
        description=frame.describe("Forest plot", f"{content}. {about_readings}".strip()),
        datasets={"estimates": rows, "readings": known},
        params={
            "order": rows["words"].tolist(),
            "reading_order": known["reading"].tolist(),
            "lowest": low - margin,
            "highest": high + margin,
            "readings_title": about_readings,
            "names_width": widest(names, 12) + 12,
            "labels_width": widest(rows["label"], 12) + 12,
        },
        rows_height=max(len(rows) * step, 60),
    )


def _rows(field: str, order: str, *, narrow: bool) -> alt.Y:
    """Rows, whose names stand beside them; in a narrow picture the marks say them."""
    beside = alt.Axis(
        domain=False,
        ticks=False,
        grid=False,
        labelFontWeight=600,
        labelLimit=400,
        labelPadding=8,
        minExtent=alt.ExprRef("names_width"),
    )
    scale = alt.Scale(domain=alt.ExprRef(order))
    return alt.Y(f"{field}:N", title=None, scale=scale, axis=None if narrow else beside)


def _words(
    base: alt.Chart, theme: str, y: alt.Y, field: str, *, narrow: bool, right: bool = False
) -> list[alt.Chart]:
    """Words over each row's mark, at the left edge of the plot, or beside it at the right."""
    places = {"x": alt.value("width" if right else 0), "y": y, "text": f"{field}:N"}
    align, weight = ("right", 400) if right else ("left", 600)
    up: dict[str, Any] = {"dy": _NAME} if narrow else {"baseline": "middle"}
    return haloed(base, theme, places, align=align, fontSize=12, fontWeight=weight, **up)


@structure
def _structure(theme: str, *, narrow: bool, height: int) -> list[View]:
    colours = palette(theme)
    # The estimates in numbers stand beside the plot's last mark; in a narrow picture above them.
    room: dict[str, Any] = {} if narrow else {"range": [0, alt.ExprRef("width - labels_width")]}
    limits = [alt.ExprRef("lowest"), alt.ExprRef("highest")]
    scale = alt.Scale(domain=limits, nice=False, **room)
    axis = alt.Axis(title=_AXIS_NARROW if narrow else _AXIS, format="~g", tickCount=6)
    x, down = partial(alt.X, scale=scale, axis=axis), _MARK if narrow else 0
    base = chart_of("estimates")
    y = _rows("words", "order", narrow=narrow)
    row = {"y": y, "tooltip": tooltips(TIPS["on_off"])}
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(
        color=colours.ink, strokeWidth=1.2
    )
    lines = base.mark_rule(color=colours.prednisone, strokeWidth=3, yOffset=down)
    points = base.mark_circle(color=colours.prednisone, size=130, opacity=1, yOffset=down)
    words = _words(base, theme, y, "label", narrow=narrow, right=True)
    if narrow:
        words += _words(base, theme, y, "words", narrow=narrow)
    forest = alt.layer(
        zero.encode(x=x("at:Q")),
        lines.encode(x=x("conf_low:Q"), x2=alt.X2("conf_high"), **row),
        points.encode(x=x("difference:Q"), **row),
        *words,
    )
    return [
        forest.properties(name=ROWS),
        words_view(theme, "readings_title", 13, narrow),
        _readings(theme, height, narrow=narrow),
    ]


def _readings(theme: str, height: int, *, narrow: bool) -> View:
    """Range, median and the world with an effect, by reading."""
    colours = palette(theme)
    axis = alt.Axis(title=_SHARE_NARROW if narrow else _SHARE, values=PERCENT_TICKS)
    x = partial(alt.X, scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)
    base, down = chart_of("readings"), _MARK if narrow else 0
    y = _rows("reading", "reading_order", narrow=narrow)
    row = {"y": y, "tooltip": tooltips(TIPS["reading"])}
    bars = base.mark_rule(color=colours.faded, strokeWidth=9, yOffset=down)
    middles = base.mark_tick(color=colours.ink, thickness=3, size=14, yOffset=down)
    effect = base.mark_point(
        shape="diamond", filled=True, color=colours.prednisone, size=110, opacity=1, yOffset=down
    )
    return alt.layer(
        bars.encode(x=x("low:Q"), x2=alt.X2("high"), **row),
        middles.encode(x=x("median:Q"), **row),
        effect.encode(x=x("effect:Q"), **row),
        *(_words(base, theme, y, "reading", narrow=narrow) if narrow else []),
    ).properties(height=height)


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


def phases_chart(
    phases: pd.DataFrame,
    weeks: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    titles: dict[str, str],
    height: int = 150,
) -> Picture:
    """Draw each course's counts as multiples of those before the event, with their median.

    phases : subject_id, course, phase, param, day (from the event), fold.
    weeks : phase, param, day, n (courses), median, q25, q75 (missing where too few).
    titles : by phase, in the order in which they stand side by side; ``stop`` is the event after
    which the drug is off. Raises PhtError where there are no rows or a column is lacking.
    """
    columns = ["subject_id", "course", "phase", "param", "day", "fold"]
    lines = needs(phases, columns, "counts around starts and stops of prednisone").copy()
    medians = needs(weeks, ["phase", "param", "day", "n", "median", "q25", "q75"], "medians").copy()
    offset = {phase: place * _APART for place, phase in enumerate(titles)}
    for table in (lines, medians):
        table["x"] = table["phase"].map(offset) + table["day"]
    owners = zip(lines["subject_id"], lines["course"], lines["phase"], strict=True)
    lines["line"] = [f"{who} {course} {phase}" for who, course, phase in owners]
    n_of = lines.drop_duplicates("line").groupby("phase").size()
    n = [int(n_of.get(phase, 0)) for phase in titles]
    heads = pd.DataFrame({"x": [at + _FIRST for at in offset.values()], "words": titles.values()})
    heads["n"] = [f"n = {courses}" for courses in n]
    if not frame.narrow:
        heads["words"] = heads["words"] + " (" + heads["n"] + ")"
    spans = pd.DataFrame(
        {
            "begin": [at + (_FIRST if phase == "stop" else 0) for phase, at in offset.items()],
            "end": [at + (0 if phase == "stop" else _LAST) for phase, at in offset.items()],
            "at": list(offset.values()),
        }
    )
    content = "; ".join(
        f"{title}, {courses} courses" for title, courses in zip(titles.values(), n, strict=True)
    )
    drawn = lines if len(lines.drop_duplicates("line")) <= MOST_LINES else lines[:0]
    return Picture(
        template=_phases_structure(
            frame.theme,
            narrow=frame.narrow,
            params=tuple(param for param in LINEAGES if param in set(lines["param"])),
            n=len(offset),
            height=height,
        ),
        frame=frame,
        description=frame.describe("Line chart, a panel per lineage", f"{content}."),
        datasets={
            "lines": drawn[["line", "param", "x", "fold"]],
            "weeks": medians,
            "heads": heads,
            "spans": spans,
        },
        params={
            "fold_low": max(lines["fold"].min(), 1 / _MOST),
            "fold_high": min(lines["fold"].max(), _MOST),
        },
        left=_LEFT,
    )


@structure
def _phases_structure(
    theme: str, *, narrow: bool, params: tuple[str, ...], n: int, height: int
) -> list[View]:
    scale = alt.Scale(domain=[_FIRST - 4, (n - 1) * _APART + _LAST + 4], nice=False)
    heads = chart_of("heads").mark_text(align="left", fontSize=11 if narrow else 13, fontWeight=600)
    heads = heads.encode(x=alt.X("x:Q", scale=scale, axis=None), text=alt.Text("words:N"))
    panels = [
        _phase_panel(theme, param, scale, n, height, last=param == params[-1], narrow=narrow)
        for param in params
    ]
    return [heads.properties(height=12), *panels]


def _phase_panel(
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
    x = partial(alt.X, scale=scale, axis=axis)
    folds = alt.Scale(
        type="log", domain=[alt.ExprRef("fold_low"), alt.ExprRef("fold_high")], nice=False
    )
    ticks = alt.Axis(values=_FOLDS, labelExpr="'×' + format(datum.value, '~g')")
    y = partial(alt.Y, title=LINEAGES[param].name.capitalize(), scale=folds, axis=ticks)
    own = f"datum.param == '{param}'"
    spans, weeks = chart_of("spans"), chart_of("weeks", own)
    known = weeks.transform_filter("isValid(datum.median)")
    place = {"x": x("x:Q"), "detail": "phase:N"}
    lines = chart_of("lines", own).mark_line(color=colour, opacity=0.28, strokeWidth=1, clip=True)
    layers: list[alt.Chart] = [
        spans.mark_rect(color=colours.prednisone, opacity=0.1).encode(
            x=x("begin:Q"), x2=alt.X2("end")
        ),
        spans.mark_rule(color=colours.ink, strokeWidth=1.2).encode(x=x("at:Q")),
        spans.mark_rule(color=colours.muted, strokeDash=[3, 3]).encode(y=alt.datum(1)),
        lines.encode(x=x("x:Q"), y=y("fold:Q"), detail=alt.Detail("line:N")),
        known.mark_area(color=colour, opacity=0.22, clip=True).encode(
            y=y("q25:Q"), y2=alt.Y2("q75"), **place
        ),
        known.mark_line(color=colour, strokeWidth=2.6, clip=True, point=False).encode(
            y=y("median:Q"), tooltip=tooltips(TIPS["phase"]), **place
        ),
    ]
    if not narrow:
        # Not at 0, where the event's line would cross the number.
        numbers = weeks.transform_filter("datum.day % 14 == 0 && datum.day != 0")
        at = {"x": x("x:Q"), "y": alt.value(height - 8), "text": "n:Q"}
        layers += haloed(numbers, theme, at, fontSize=10, color=colours.muted)
    return alt.layer(*layers).properties(height=height)
