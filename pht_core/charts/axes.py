"""What charts of counts over time share: the axis of days, a lineage's panel, its hairlines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from pht_core.charts.legend import Entry
from pht_core.charts.picture import View, dodge
from pht_core.charts.theme import AXIS_TITLES, DAY_AXIS, HOLLOW_STAR, STAR, palette

_LABEL_GAP = 11.0
# What the axis of counts takes to the left of a narrow plot, and labels of hairlines to its right.
AXIS_LEFT = 38
LABELS_RIGHT = 66
# A log axis has no zero: counts below these are drawn on its lower edge.
_LOWEST = {"HGB": 10.0, "PLT": 1.0, "NE": 0.01}
_LOG_TICKS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]


@dataclass(frozen=True)
class Panel:
    """Limits of one lineage's axis and its hairlines (param, value, words, normal, place)."""

    param: str
    low: float
    high: float
    hairlines: list[dict[str, object]]

    def pixel(self, value: float, *, log: bool, height: float) -> float:
        """Height of a value in the panel, from its top; clamped to it."""
        return _pixel(value, self.low, self.high, log=log and self.param != "HGB", height=height)

    def params(self) -> dict[str, object]:
        """Parameters of the picture that hold the limits, and the ticks of a log axis."""
        ticks = [tick for tick in _LOG_TICKS if self.low <= tick <= self.high]
        return {
            f"{self.param}_low": self.low,
            f"{self.param}_high": self.high,
            f"{self.param}_ticks": ticks,
        }

    @classmethod
    def of(
        cls,
        param: str,
        values: Iterable[float],
        limits: Limits,
        *,
        log: bool,
        height: float,
        narrow: bool = False,
    ) -> Panel:
        """Fit the axis to the values, cuts and the lower limits of normal of a lineage."""
        lines = limits.hairlines(param, narrow=narrow)
        reach = [float(v) for v in values if not math.isnan(v)] + [value for value, *_ in lines]
        top, bottom = max(reach, default=1.0), min(reach, default=0.0)
        log = log and param != "HGB"
        if log:
            low, high = max(bottom, _LOWEST[param]) / 1.3, max(top, _LOWEST[param] * 2) * 1.3
        else:
            margin = (top - (bottom if param == "HGB" else 0.0)) * 0.06 or 1.0
            low, high = (bottom - margin if param == "HGB" else 0.0), top + margin
        pixels = [_pixel(value, low, high, log=log, height=height) for value, *_ in lines]
        places = dodge(pixels, _LABEL_GAP, low=4, high=height - 4)
        names = ("param", "value", "words", "normal", "place")
        rows = [
            dict(zip(names, (param, *line, place), strict=True))
            for line, place in zip(lines, places, strict=True)
            if low <= line[0] <= high
        ]
        return cls(param, low, high, rows)


@dataclass(frozen=True)
class Limits:
    """Values at which hairlines are drawn: by lineage the normal limits, and cuts.

    A cut is grade, value, and whether a count at the value has the grade.
    """

    normal: dict[str, list[float]]
    cuts: dict[str, list[tuple[int, float, bool]]]

    @classmethod
    def of(cls, cuts: pd.DataFrame | None, lln: pd.DataFrame | None) -> Limits:
        """Read cuts (param, grade, value; closed, if it is there) and limits (param, value)."""
        normal: dict[str, list[float]] = {}
        graded: dict[str, list[tuple[int, float, bool]]] = {}
        if lln is not None:
            for param, value in zip(lln["param"], lln["value"], strict=True):
                if not pd.isna(value) and float(value) not in normal.get(param, []):
                    normal.setdefault(param, []).append(float(value))
        if cuts is not None:
            closed = cuts["closed"] if "closed" in cuts else [False] * len(cuts)
            for param, grade, value, held in zip(
                cuts["param"], cuts["grade"], cuts["value"], closed, strict=True
            ):
                if not pd.isna(value):
                    graded.setdefault(param, []).append((int(grade), float(value), bool(held)))
        return cls(normal, graded)

    def hairlines(self, param: str, *, narrow: bool = False) -> list[tuple[float, str, bool]]:
        """Lines of a lineage: value, label, and if it is a lower limit of normal."""
        normal = self.normal.get(param, [])
        lines = [
            (value, f"LLN {value:g}" if narrow else f"normal from {value:g}", True)
            for value in normal
        ]
        for grade, value, closed in self.cuts.get(param, []):
            if value not in normal:
                words = f"grade {grade}: {'up to' if closed else 'below'} {value:g}"
                short = f"G{grade} {'≤' if closed else '<'} {value:g}"
                lines.append((value, short if narrow else words, False))
        return lines


def fit_panels(
    points: pd.DataFrame,
    params: Sequence[str],
    columns: Sequence[str],
    limits: Limits,
    *,
    log: bool,
    height: float,
    narrow: bool = False,
) -> dict[str, Panel]:
    """A panel per lineage, fitted to the values of these columns."""
    owner = points["param"].to_numpy()
    values = points[list(columns)].to_numpy(dtype=float)
    return {
        param: Panel.of(
            param,
            values[owner == param].ravel().tolist(),
            limits,
            log=log,
            height=height,
            narrow=narrow,
        )
        for param in params
    }


def hairline_table(panels: Iterable[Panel]) -> pd.DataFrame:
    """Hairlines of all panels as one table."""
    rows = [line for panel in panels for line in panel.hairlines]
    return pd.DataFrame(rows, columns=["param", "value", "words", "normal", "place"])


def _pixel(value: float, low: float, high: float, *, log: bool, height: float) -> float:
    if log:
        share = math.log(max(value, low) / low) / math.log(high / low)
    else:
        share = (value - low) / (high - low)
    return height * (1 - min(max(share, 0.0), 1.0))


def absent(points: pd.DataFrame, params: Sequence[str]) -> pd.DataFrame:
    """Lineages without any count, to be told in their panels: param, words."""
    there = set(points["param"])
    rows = [(param, "no counts recorded") for param in params if param not in there]
    return pd.DataFrame(rows, columns=["param", "words"])


def day_limits(*tables: pd.DataFrame | None) -> tuple[float, float]:
    """First and last day that any of the tables names, with room; day 0 is always in it."""
    days = [0.0]
    for table in tables:
        if table is None:
            continue
        for name in ("day", "start_day", "end_day", "stop_day", "last_day"):
            if name in table:
                days += table[name].dropna().astype(float).tolist()
    first, last = min(days), max(days)
    room = max(1.0, (last - first) * 0.02)
    return first - room, last + room


def day_scale() -> alt.Scale:
    """Scale of days: the same limits for every view of a picture."""
    return alt.Scale(
        domain=[alt.ExprRef("day_low"), alt.ExprRef("day_high")], nice=False, zero=False
    )


def day_axis(*, labels: bool = True, title: str = DAY_AXIS) -> alt.Axis:
    """Axis of days; without labels where a view below carries them."""
    return alt.Axis(
        title=title if labels else None,
        labels=labels,
        ticks=labels,
        domain=labels,
        grid=True,
        tickMinStep=1,
        labelFlush=False,
        tickCount=alt.ExprRef("max(2, floor(width / 70))"),
    )


def day_x(field: str = "day", *, labels: bool = False) -> alt.X:
    """Encode a column of days; ``labels`` alike for every layer of a view."""
    return alt.X(f"{field}:Q", scale=day_scale(), axis=day_axis(labels=labels))


def infusion_rule(theme: str, *, labels: bool = False) -> alt.Chart:
    """Day 0 as a line; data ``infusion``."""
    return (
        alt.Chart(alt.NamedData("infusion"))
        .mark_rule(color=palette(theme).ink, strokeWidth=1)
        .encode(x=day_x(labels=labels))
    )


def panel_scale(param: str, *, log: bool) -> alt.Scale:
    """Scale of a lineage's counts, its limits being the parameters HGB_low, HGB_high and so on."""
    domain = [alt.ExprRef(f"{param}_low"), alt.ExprRef(f"{param}_high")]
    if log and param != "HGB":
        return alt.Scale(type="log", domain=domain, nice=False, clamp=True)
    return alt.Scale(domain=domain, nice=False, zero=False)


def panel_y(param: str, field: str = "value", *, log: bool) -> alt.Y:
    """Encode a column of a lineage's counts, titled with its unit."""
    if log and param != "HGB":
        axis = alt.Axis(
            title=AXIS_TITLES[param], grid=False, values=alt.ExprRef(f"{param}_ticks"), format="~g"
        )
    else:
        axis = alt.Axis(title=AXIS_TITLES[param], grid=False, tickCount=4)
    return alt.Y(f"{field}:Q", scale=panel_scale(param, log=log), axis=axis)


def value_panel(
    theme: str,
    param: str,
    marks: Sequence[alt.Chart],
    *,
    height: int,
    log: bool,
    last: bool,
    shaded: bool = False,
) -> View:
    """One lineage: normal range, prednisone, day 0, labelled hairlines, and the marks on them.

    Data: ``hairlines`` (see `Panel`), ``absent``, ``infusion``, and with ``shaded`` ``courses``.
    """
    colours = palette(theme)
    lines = alt.Chart(alt.NamedData("hairlines")).transform_filter(f"datum.param === '{param}'")
    value = panel_y(param, log=log)
    normal = (
        lines.transform_filter("datum.normal")
        .mark_rect(color=colours.normal, opacity=0.09)
        .encode(y=value, y2=alt.Y2Value(0))
    )
    # In greys this shade and that of prednisone would look alike; its line stays.
    layers: list[alt.Chart] = [] if theme == "grey" else [normal]
    if shaded:
        layers.append(
            alt.Chart(alt.NamedData("courses"))
            .mark_rect(color=colours.prednisone, opacity=0.13)
            .encode(x=day_x("start_day", labels=last), x2=alt.X2("until"))
        )
    for is_normal, colour, dash in (
        (True, colours.normal, [1, 0]),
        (False, colours.outline, [3, 3]),
    ):
        rules = lines.transform_filter(f"datum.normal === {str(is_normal).lower()}")
        layers.append(
            rules.mark_rule(strokeWidth=0.8, strokeDash=dash, color=colour).encode(y=value)
        )
    labels = lines.mark_text(align="left", dx=6, fontSize=10, color=colours.muted)
    place = alt.Y("place:Q", scale=None, axis=None)
    layers.append(labels.encode(x=alt.XValue("width"), y=place, text=alt.Text("words:N")))
    layers.append(infusion_rule(theme, labels=last))
    nothing = (
        alt.Chart(alt.NamedData("absent"))
        .transform_filter(f"datum.param === '{param}'")
        .mark_text(fontSize=13, color=colours.muted)
        .encode(
            x=alt.XValue(alt.ExprRef("width / 2")),
            y=alt.YValue(height / 2),
            text=alt.Text("words:N"),
        )
    )
    return alt.layer(*layers, nothing, *marks).properties(height=height)


def star_entries(theme: str) -> list[Entry]:
    """What the stars mean, for the key of a narrow picture."""
    colour = palette(theme).prednisone
    return [
        Entry("on prednisone", STAR, colour, size=100),
        Entry("stopped", HOLLOW_STAR, colour, size=100),
    ]


def star_marks(
    theme: str, y: alt.Y | alt.YValue, *, size: int, labels: bool, narrow: bool = False
) -> alt.Chart:
    """Filled star: on prednisone; hollow star: stopped. Data: ``stars`` (day, star)."""
    colour = palette(theme).prednisone
    legend = alt.Legend(
        title=None, orient="right", offset=6, symbolFillColor=colour, symbolStrokeWidth=0
    )
    scale = alt.Scale(domain=["on prednisone", "stopped"], range=[STAR, HOLLOW_STAR])
    return (
        alt.Chart(alt.NamedData("stars"))
        .mark_point(filled=True, opacity=1, size=size, color=colour)
        .encode(
            x=day_x(labels=labels),
            y=y,
            shape=alt.Shape("star:N", scale=scale, legend=None if narrow else legend),
            tooltip=[alt.Tooltip("star:N", title="Prednisone"), alt.Tooltip("day:Q", title="Day")],
        )
    )
