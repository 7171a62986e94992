"""On and off prednisone: the estimate by lineage with other readings; counts around each event."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.marks import PERCENT_TICKS, haloed, tooltips
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

    Parameters
    ----------
    estimates : words (a lineage, or all), difference, conf_low, conf_high (missing where too few
        patients have counts on, or off), label (printed at the right).
    readings : reading, low, median, high (percent of cohorts of the worlds without an effect) and
        effect (percent, in the world with one).
    about_readings : a sentence above the readings. row_height : of a row with its name beside it;
        in a narrow picture the name stands above, and takes more.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
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
    places = {"x": alt.XValue("width" if right else 0), "y": y, "text": alt.Text(f"{field}:N")}
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
    base = alt.Chart(alt.NamedData("estimates"))
    y = _rows("words", "order", narrow=narrow)
    down = _MARK if narrow else 0
    zero = (
        alt.Chart(alt.InlineData(values=[{"at": 0}]))
        .mark_rule(color=colours.ink, strokeWidth=1.2)
        .encode(x=alt.X("at:Q", scale=scale, axis=axis))
    )
    tips = tooltips({"Lineage": "words:N", "Difference (95% CI)": "label:N"})
    lines = base.mark_rule(color=colours.prednisone, strokeWidth=3, yOffset=down).encode(
        x=alt.X("conf_low:Q", scale=scale, axis=axis), x2=alt.X2("conf_high"), y=y, tooltip=tips
    )
    points = base.mark_circle(color=colours.prednisone, size=130, opacity=1, yOffset=down).encode(
        x=alt.X("difference:Q", scale=scale, axis=axis), y=y, tooltip=tips
    )
    words = _words(base, theme, y, "label", narrow=narrow, right=True)
    if narrow:
        words += _words(base, theme, y, "words", narrow=narrow)
    forest = alt.layer(zero, lines, points, *words)
    return [
        forest.properties(name=ROWS),
        words_view(theme, "readings_title", 13, narrow),
        _readings(theme, height, narrow=narrow),
    ]


def _readings(theme: str, height: int, *, narrow: bool) -> View:
    """Range, median and the world with an effect, by reading."""
    colours = palette(theme)
    scale = alt.Scale(domain=[0, 100], nice=False)
    axis = alt.Axis(title=_SHARE_NARROW if narrow else _SHARE, values=PERCENT_TICKS)
    base = alt.Chart(alt.NamedData("readings"))
    y = _rows("reading", "reading_order", narrow=narrow)
    down = _MARK if narrow else 0
    tips = tooltips(
        {
            "Reading": "reading:N",
            "Without effect, lowest %": "low:Q",
            "Without effect, median %": "median:Q",
            "Without effect, highest %": "high:Q",
            "With the paper's effect, %": "effect:Q",
        }
    )
    bars = base.mark_rule(color=colours.faded, strokeWidth=9, yOffset=down).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high"), y=y, tooltip=tips
    )
    middles = base.mark_tick(color=colours.ink, thickness=3, size=14, yOffset=down).encode(
        x=alt.X("median:Q", scale=scale, axis=axis), y=y, tooltip=tips
    )
    effect = base.mark_point(
        shape="diamond", filled=True, color=colours.prednisone, size=110, opacity=1, yOffset=down
    ).encode(x=alt.X("effect:Q", scale=scale, axis=axis), y=y, tooltip=tips)
    names = _words(base, theme, y, "reading", narrow=narrow) if narrow else []
    return alt.layer(bars, middles, effect, *names).properties(height=height)


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
_PHASE_TIPS = {"Days from the event": "day:Q", "Median multiple": "median:Q", "Courses": "n:Q"}


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
        template=_phases_structure(
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
def _phases_structure(
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
        _phase_panel(theme, param, scale, n, height, last=param == params[-1], narrow=narrow)
        for param in params
    ]
    return [heads, *panels]


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
            y=y("median"), tooltip=tooltips(_PHASE_TIPS), **place
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
