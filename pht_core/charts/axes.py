"""What charts of counts over time share: the axis of days, a lineage's panel, its hairlines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from pht_core.charts.picture import View, dodge
from pht_core.charts.theme import AXIS_TITLES, DAY_AXIS, HOLLOW_STAR, STAR, palette

_LABEL_GAP = 11.0
# A log axis has no zero: counts below these are drawn on its lower edge.
_LOWEST = {"HGB": 10.0, "PLT": 1.0, "NE": 0.01}
_LOG_TICKS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]


@dataclass(frozen=True)
class Panel:
    """Limits of one lineage's axis and its labelled hairlines (param, value, words, place)."""

    param: str
    low: float
    high: float
    hairlines: pd.DataFrame

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
        values: Sequence[float] | pd.Series,
        cuts: pd.DataFrame | None,
        lln: pd.DataFrame | None,
        *,
        log: bool,
        height: float,
    ) -> Panel:
        """Fit the axis to the values, cuts and the lower limit of normal of a lineage."""
        lines = _hairlines(param, cuts, lln)
        known = pd.Series(values, dtype=float).dropna()
        reach = pd.concat([known, lines["value"].astype(float)])
        top = float(reach.max()) if len(reach) else 1.0
        bottom = float(reach.min()) if len(reach) else 0.0
        logarithmic = log and param != "HGB"
        if logarithmic:
            low, high = max(bottom, _LOWEST[param]) / 1.3, max(top, _LOWEST[param] * 2) * 1.3
        else:
            margin = (top - (bottom if param == "HGB" else 0.0)) * 0.06 or 1.0
            low, high = (bottom - margin if param == "HGB" else 0.0), top + margin
        return cls(param, low, high, _place(lines, low, high, logarithmic, height))


def _hairlines(param: str, cuts: pd.DataFrame | None, lln: pd.DataFrame | None) -> pd.DataFrame:
    rows = []
    limits: list[float] = []
    if lln is not None and not lln.empty:
        limits = [float(v) for v in lln.loc[lln["param"] == param, "value"].dropna().unique()]
        rows = [{"value": v, "words": f"normal from {v:g}", "normal": True} for v in limits]
    if cuts is not None and not cuts.empty:
        own = cuts[(cuts["param"] == param) & cuts["value"].notna()]
        rows += [
            {
                "value": float(value),
                "words": f"grade {int(grade)}: below {value:g}",
                "normal": False,
            }
            for grade, value in zip(own["grade"], own["value"], strict=True)
            if float(value) not in limits
        ]
    table = pd.DataFrame(rows, columns=["value", "words", "normal"])
    table.insert(0, "param", param)
    return table


def _place(lines: pd.DataFrame, low: float, high: float, log: bool, height: float) -> pd.DataFrame:
    placed = lines[(lines["value"] >= low) & (lines["value"] <= high)].copy()
    pixels = [_pixel(v, low, high, log=log, height=height) for v in placed["value"]]
    placed["place"] = dodge(pixels, _LABEL_GAP, low=4, high=height - 4)
    return placed


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
    layers: list[alt.Chart] = [normal]
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


def star_marks(theme: str, y: alt.Y | alt.YValue, *, size: int, labels: bool) -> alt.Chart:
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
            shape=alt.Shape("star:N", scale=scale, legend=legend),
            tooltip=[alt.Tooltip("star:N", title="Prednisone"), alt.Tooltip("day:Q", title="Day")],
        )
    )
