"""On and off prednisone: the estimate by lineage, above what other readings find without effect."""

from __future__ import annotations

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.marks import PERCENT_TICKS, haloed, tooltips
from pht_core.charts.picture import Picture, needs, structure, words_view
from pht_core.charts.theme import palette

_READING_HEIGHT = 36
# Names stand over their marks: beside them they would take half of a narrow picture.
_NAME, _MARK = -8, 7
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
    row_height: int = 40,
) -> Picture:
    """Draw the difference between changes on and off prednisone, and how readings are calibrated.

    Parameters
    ----------
    estimates : words (a lineage, or all), difference, conf_low, conf_high (missing where too few
        patients have counts on, or off), label (printed at the right).
    readings : reading, low, median, high (percent of cohorts of the worlds without an effect) and
        effect (percent, in the world with one).
    about_readings : a sentence above the readings.

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
    return Picture(
        template=_structure(frame.theme, narrow=frame.narrow, readings=len(known)),
        frame=frame,
        description=frame.describe("Forest plot", f"{content}. {about_readings}".strip()),
        datasets={"estimates": rows, "readings": known},
        params={
            "order": rows["words"].tolist(),
            "reading_order": known["reading"].tolist(),
            "lowest": low - margin,
            "highest": high + margin,
            "readings_title": about_readings,
        },
        rows_height=max(len(rows) * row_height, 60),
    )


def _rows(field: str, order: str) -> alt.Y:
    return alt.Y(f"{field}:N", title=None, scale=alt.Scale(domain=alt.ExprRef(order)), axis=None)


def _names(
    base: alt.Chart, theme: str, y: alt.Y, field: str, *, right: bool = False
) -> list[alt.Chart]:
    """Words over each row's mark, at the left or the right edge of the plot."""
    places = {"x": alt.XValue("width" if right else 0), "y": y, "text": alt.Text(f"{field}:N")}
    align, weight = ("right", 400) if right else ("left", 600)
    return haloed(base, theme, places, align=align, dy=_NAME, fontSize=12, fontWeight=weight)


@structure
def _structure(theme: str, *, narrow: bool, readings: int) -> list[View]:
    colours = palette(theme)
    scale = alt.Scale(domain=[alt.ExprRef("lowest"), alt.ExprRef("highest")], nice=False)
    axis = alt.Axis(title=_AXIS_NARROW if narrow else _AXIS, format="~g", tickCount=6)
    base = alt.Chart(alt.NamedData("estimates"))
    y = _rows("words", "order")
    zero = (
        alt.Chart(alt.InlineData(values=[{"at": 0}]))
        .mark_rule(color=colours.ink, strokeWidth=1.2)
        .encode(x=alt.X("at:Q", scale=scale, axis=axis))
    )
    tips = tooltips({"Lineage": "words:N", "Difference (95% CI)": "label:N"})
    lines = base.mark_rule(color=colours.prednisone, strokeWidth=3, yOffset=_MARK).encode(
        x=alt.X("conf_low:Q", scale=scale, axis=axis), x2=alt.X2("conf_high"), y=y, tooltip=tips
    )
    points = base.mark_circle(color=colours.prednisone, size=130, opacity=1, yOffset=_MARK).encode(
        x=alt.X("difference:Q", scale=scale, axis=axis), y=y, tooltip=tips
    )
    words = [*_names(base, theme, y, "words"), *_names(base, theme, y, "label", right=True)]
    forest = alt.layer(zero, lines, points, *words)
    return [
        forest.properties(name=ROWS),
        words_view(theme, "readings_title", 13, narrow),
        _readings(theme, readings, narrow=narrow),
    ]


def _readings(theme: str, n: int, *, narrow: bool) -> View:
    """Range, median and the world with an effect, by reading."""
    colours = palette(theme)
    scale = alt.Scale(domain=[0, 100], nice=False)
    axis = alt.Axis(title=_SHARE_NARROW if narrow else _SHARE, values=PERCENT_TICKS)
    base = alt.Chart(alt.NamedData("readings"))
    y = _rows("reading", "reading_order")
    tips = tooltips(
        {
            "Reading": "reading:N",
            "Without effect, lowest %": "low:Q",
            "Without effect, median %": "median:Q",
            "Without effect, highest %": "high:Q",
            "With the paper's effect, %": "effect:Q",
        }
    )
    bars = base.mark_rule(color=colours.faded, strokeWidth=9, yOffset=_MARK).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high"), y=y, tooltip=tips
    )
    middles = base.mark_tick(color=colours.ink, thickness=3, size=14, yOffset=_MARK).encode(
        x=alt.X("median:Q", scale=scale, axis=axis), y=y, tooltip=tips
    )
    effect = base.mark_point(
        shape="diamond", filled=True, color=colours.prednisone, size=110, opacity=1, yOffset=_MARK
    ).encode(x=alt.X("effect:Q", scale=scale, axis=axis), y=y, tooltip=tips)
    return alt.layer(bars, middles, effect, *_names(base, theme, y, "reading")).properties(
        height=n * _READING_HEIGHT
    )
