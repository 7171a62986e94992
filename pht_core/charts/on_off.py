"""On and off prednisone: the estimate by lineage, above what other readings find without effect."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.marks import PERCENT_TICKS, haloed, tooltips
from pht_core.charts.picture import Picture, needs, structure, words_view
from pht_core.charts.text_metrics import widest
from pht_core.charts.theme import palette

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
