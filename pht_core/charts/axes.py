"""Counts over time: the axis of days, a panel per lineage with its hairlines, prednisone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.frame import Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import TIPS, chart_of, dodge, from_top, tooltips, value_scale
from pht_core.charts.picture import optional
from pht_core.charts.theme import HOLLOW_STAR, STAR, grade_words, lineage_colour, palette
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import SUPPORT_LABELS

DAY_AXIS = "Days since CAR-T infusion"
_LABEL_GAP = 11.0
# What the axis of counts takes to the left of a narrow plot.
AXIS_LEFT = 38
_LOG_TICKS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]


def is_logarithmic(param: str, log: bool) -> bool:
    """Whether a lineage's axis is logarithmic where that is wanted: hemoglobin's never is."""
    return log and LINEAGES[param].lowest_drawn > 0


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
            for param, value in lln[["param", "value"]].dropna().to_numpy().tolist():
                own = normal.setdefault(param, [])
                if float(value) not in own:
                    own.append(float(value))
        if cuts is not None:
            rows = cuts if "closed" in cuts else cuts.assign(closed=False)
            rows = rows[["param", "grade", "value", "closed"]].dropna(subset="value")
            for param, grade, value, closed in rows.itertuples(index=False):
                graded.setdefault(param, []).append((int(grade), float(value), bool(closed)))
        return cls(normal, graded)

    def hairlines(self, param: str, *, narrow: bool = False) -> list[tuple[float, str, bool]]:
        """Lines of a lineage: value, label, and if it is a lower limit of normal."""
        normal = self.normal.get(param, [])
        lines = [
            (value, f"normal ≥ {value:g}" if narrow else f"normal from {value:g}", True)
            for value in normal
        ]
        for grade, value, closed in self.cuts.get(param, []):
            if value not in normal:
                words = f"grade {grade}: {'up to' if closed else 'below'} {value:g}"
                short = f"grade {grade} {'≤' if closed else '<'} {value:g}"
                lines.append((value, short if narrow else words, False))
        return lines


@dataclass(frozen=True)
class Panel:
    """Limits of one lineage's axis in a panel of a height."""

    param: str
    low: float
    high: float
    log: bool
    height: float

    @classmethod
    def fit(
        cls, param: str, values: Iterable[float], limits: Limits, *, log: bool, height: float
    ) -> Panel:
        """Fit the axis to the values, cuts and the lower limits of normal of a lineage."""
        reach = [float(value) for value in values if not math.isnan(value)]
        reach += [value for value, *_ in limits.hairlines(param)]
        top, bottom = max(reach, default=1.0), min(reach, default=0.0)
        lowest, log = LINEAGES[param].lowest_drawn, is_logarithmic(param, log)
        if log:
            # There is no zero: lower counts are drawn on the lower edge.
            low, high = max(bottom, lowest) / 1.3, max(top, lowest * 2) * 1.3
        else:
            # The axis of a lineage that is never logarithmic does not begin at zero.
            base = 0.0 if lowest else bottom
            margin = (top - base) * 0.06 or 1.0
            low, high = (0.0 if lowest else base - margin), top + margin
        return cls(param, low, high, log, height)

    def hairlines(self, limits: Limits, *, narrow: bool) -> list[tuple[Any, ...]]:
        """Lines within the axis: param, value, words, if it is of normal, place of the words."""
        lines = limits.hairlines(self.param, narrow=narrow)
        pixels = [self.pixel(value) for value, *_ in lines]
        places = dodge(pixels, _LABEL_GAP, low=4, high=self.height - 4)
        return [
            (self.param, *line, place)
            for line, place in zip(lines, places, strict=True)
            if self.low <= line[0] <= self.high
        ]

    def pixel(self, value: float) -> float:
        """Height of a value in the panel, from its top; clamped to it."""
        if self.log:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.height * (1 - min(max(share, 0.0), 1.0))


def count_points(counts: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Counts as points of a panel: if they are graded."""
    return counts[list(columns)].assign(graded=counts["grade"].notna())


def draw_rows(
    counts: pd.DataFrame,
    courses: pd.DataFrame | None,
    support: pd.DataFrame | None,
    *,
    title: str,
    unit: str,
) -> pd.DataFrame:
    """A row per day with counts, with everything that the pointer says of it.

    Columns: day, start and end (half way to the draws before and after it), and texts: Day, each
    lineage, the drug, and support in the last 7 days where any is in the table. counts may have
    ``why`` of each grade.
    """
    days = np.unique(counts["day"].to_numpy(dtype=float))
    edges = [days[0] - 4, *(days[1:] + days[:-1]) / 2, days[-1] + 4]
    told = counts if "why" in counts else counts.assign(why="")
    values = {}
    columns = (told[name] for name in ("param", "day", "value", "grade", "why"))
    for param, day, value, grade, why in zip(*columns, strict=True):
        if not pd.isna(value):
            words = f"{value:g} {LINEAGES[param].printed_unit}, {grade_words(grade, 'no grade')}"
            values[param, day] = words + (f" ({why})" if "why" in counts else "")
    dosed = counts.dropna(subset="dose") if "dose" in counts else counts[:0].assign(dose=0.0)
    doses = dict(zip(dosed["day"], dosed["dose"], strict=True))
    spans = optional(courses, ["start_day", "stop_day"])[["start_day", "stop_day"]]
    periods = [(float(start), float(stop)) for start, stop in spans.to_numpy(dtype=float)]
    given = optional(support, ["day", "kind"])
    supported = list(zip(given["day"], given["kind"], strict=True))
    rows: list[dict[str, object]] = []
    for day, start, end in zip(days, edges[:-1], edges[1:], strict=True):
        row = {"day": day, "start": start, "end": end, "Day": f"{day:g} after infusion"}
        for param, lineage in LINEAGES.items():
            row[lineage.name.capitalize()] = values.get((param, day), "no count")
        row[title] = _course_words(day, periods, doses, unit)
        if supported:
            row["Support, last 7 days"] = _support_words(day, supported)
        rows.append(row)
    return pd.DataFrame(rows)


def _course_words(
    day: float, courses: list[tuple[float, float]], doses: dict[float, float], unit: str
) -> str:
    amount = f"{doses[day]:g} {unit}" if day in doses else ""
    for start, stop in courses:
        if start <= day and not stop <= day:
            return f"{amount or 'dose not known'}, day {day - start + 1:g} of the course"
    if amount:
        return amount
    before = [day - stop for _, stop in courses if stop <= day]
    return f"none; stopped {min(before):g} days before" if before else "none"


def _support_words(day: float, support: list[tuple[float, str]]) -> str:
    """Support of the day and the 7 days before it: each kind once, with the last day of it."""
    last = {kind: given for given, kind in sorted(support) if day - 7 <= given <= day}
    words = []
    for kind, given in last.items():
        when = "that day" if given == day else f"{day - given:g} d before"
        words.append(f"{SUPPORT_LABELS.get(kind, (kind, kind))[0]} {when}")
    return ", ".join(words) or "none"


def day_limits(*tables: pd.DataFrame | None) -> tuple[float, float]:
    """First and last day that any of the tables names, with room; day 0 is always in it."""
    days = [0.0]
    for table in tables:
        for name in ("day", "start_day", "end_day", "stop_day", "last_day"):
            if table is not None and name in table:
                days += table[name].dropna().astype(float).tolist()
    first, last = min(days), max(days)
    room = max(1.0, (last - first) * 0.02)
    return first - room, last + room


def day_scale() -> alt.Scale:
    """Scale of days: the same limits for every view of a picture."""
    limits = [alt.ExprRef("day_low"), alt.ExprRef("day_high")]
    return alt.Scale(domain=limits, nice=False, zero=False)


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
    rule = chart_of("infusion").mark_rule(color=palette(theme).ink, strokeWidth=1)
    return rule.encode(x=day_x(labels=labels))


def course_shade(theme: str, *, labels: bool) -> alt.Chart:
    """Shade of courses of prednisone; data ``courses``."""
    shade = chart_of("courses").mark_rect(color=palette(theme).prednisone, opacity=0.13)
    return shade.encode(x=day_x("start_day", labels=labels), x2=alt.X2("until"))


@dataclass(frozen=True)
class PanelView:
    """How the panel of one lineage is drawn, and the encodings of its marks.

    last : nothing stands under it, so that it has the labels of the days. shaded : by courses.
    Data: ``counts``, ``hairlines`` and ``absent`` (see `Panels`), ``infusion``, ``courses``.
    """

    theme: str
    param: str
    height: int
    log: bool
    narrow: bool
    last: bool
    shaded: bool = False

    @property
    def colour(self) -> str:
        """Colour of the lineage."""
        return lineage_colour(self.param, self.theme)

    def rows(self, table: str = "counts") -> alt.Chart:
        """The lineage's rows of a table."""
        return chart_of(table, f"datum.param === '{self.param}'")

    def x(self, field: str = "day") -> alt.X:
        """Encode a column of days."""
        return day_x(field, labels=self.last)

    def y(self, field: str = "value") -> alt.Y:
        """Encode a column of counts; its limits are the parameters HGB_low, HGB_high and so on."""
        domain = [alt.ExprRef(f"{self.param}_low"), alt.ExprRef(f"{self.param}_high")]
        title = LINEAGES[self.param].axis_title
        if is_logarithmic(self.param, self.log):
            scale = alt.Scale(type="log", domain=domain, nice=False, clamp=True)
            ticks = alt.ExprRef(f"{self.param}_ticks")
            axis = alt.Axis(title=title, grid=False, values=ticks, format="~g")
        else:
            scale = alt.Scale(domain=domain, nice=False, zero=False)
            axis = alt.Axis(title=title, grid=False, tickCount=4)
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)

    def draw(self, marks: Sequence[alt.Chart]) -> View:
        """Normal range, prednisone, day 0, labelled hairlines, and the marks on them."""
        colours, lines = palette(self.theme), self.rows("hairlines")
        normal = lines.transform_filter("datum.normal").mark_rect(
            color=colours.normal, opacity=0.09
        )
        # In greys this shade and that of prednisone would look alike; its line stays.
        layers: list[alt.Chart] = []
        if self.theme != "grey":
            layers.append(normal.encode(y=self.y(), y2=alt.Y2Value(0)))
        if self.shaded:
            layers.append(course_shade(self.theme, labels=self.last))
        for which, colour, dash in (
            ("datum.normal", colours.normal, [1, 0]),
            ("!datum.normal", colours.outline, [3, 3]),
        ):
            rules = lines.transform_filter(which)
            rules = rules.mark_rule(strokeWidth=0.8, strokeDash=dash, color=colour)
            layers.append(rules.encode(y=self.y()))
        labels = lines.mark_text(align="left", dx=6, fontSize=10, color=colours.muted)
        nothing = self.rows("absent").mark_text(fontSize=13, color=colours.muted)
        middle = {"x": alt.value(alt.ExprRef("width / 2")), "y": alt.value(self.height / 2)}
        layers += [
            labels.encode(x=alt.XValue("width"), y=from_top("place:Q"), text=alt.Text("words:N")),
            infusion_rule(self.theme, labels=self.last),
            nothing.encode(text=alt.Text("words:N"), **middle),
        ]
        return alt.layer(*layers, *marks).properties(height=self.height)


@dataclass(frozen=True)
class Panels:
    """The panels of some lineages, and the tables that every one of them reads.

    log : logarithmic axes where a lineage has one. height : of one panel.
    """

    by_param: dict[str, Panel]
    tables: dict[str, pd.DataFrame]
    frame: Frame
    log: bool
    height: int

    @classmethod
    def fit(
        cls,
        points: pd.DataFrame,
        params: Sequence[str],
        columns: Sequence[str],
        limits: Limits,
        frame: Frame,
        *,
        log: bool,
        height: int,
    ) -> Panels:
        """Fit a panel per lineage to the values of these columns, as high as the frame wants it."""
        height = frame.height or height
        owner = points["param"].to_numpy()
        values = points[list(columns)].to_numpy(dtype=float)
        panels, lines = {}, []
        for param in params:
            own = values[owner == param].ravel().tolist()
            panels[param] = Panel.fit(param, own, limits, log=log, height=height)
            lines += panels[param].hairlines(limits, narrow=frame.narrow)
        absent = [(param, "no counts recorded") for param in params if param not in set(owner)]
        names = ["param", "value", "words", "normal", "place"]
        tables = {
            "hairlines": pd.DataFrame(lines, columns=names),
            "absent": pd.DataFrame(absent, columns=["param", "words"]),
            "infusion": pd.DataFrame({"day": [0]}),
        }
        return cls(panels, tables, frame, log, height)

    def params(self, first: float, last: float) -> dict[str, object]:
        """Parameters of the picture: limits of the days and of the counts, ticks of log axes."""
        found: dict[str, object] = {"day_low": float(first), "day_high": float(last)}
        for param, panel in self.by_param.items():
            found |= {f"{param}_low": panel.low, f"{param}_high": panel.high}
            found[f"{param}_ticks"] = [t for t in _LOG_TICKS if panel.low <= t <= panel.high]
        return found

    def views(self, *, last: bool = True, shaded: bool = False) -> tuple[PanelView, ...]:
        """How each is drawn; ``last`` if no other view follows them, ``shaded`` by courses."""
        theme, narrow, lowest = self.frame.theme, self.frame.narrow, [*self.by_param][-1]
        return tuple(
            PanelView(theme, p, self.height, self.log, narrow, last and p == lowest, shaded)
            for p in self.by_param
        )


def star_entries(theme: str) -> list[Entry]:
    """What the stars mean, for the legend of a narrow picture."""
    colour = palette(theme).prednisone
    return [
        Entry("on prednisone", STAR, colour, size=100),
        Entry("stopped", HOLLOW_STAR, colour, size=100),
    ]


def star_marks(theme: str, y: Any, *, size: int, narrow: bool) -> alt.Chart:
    """Filled star: on prednisone; hollow star: stopped. Data: ``stars`` (day, star)."""
    colour = palette(theme).prednisone
    legend = alt.Legend(
        title=None, orient="right", offset=6, symbolFillColor=colour, symbolStrokeWidth=0
    )
    scale = value_scale([("on prednisone", STAR), ("stopped", HOLLOW_STAR)])
    stars = chart_of("stars", "datum.day >= day_low && datum.day <= day_high")
    return stars.mark_point(filled=True, opacity=1, size=size, color=colour).encode(
        x=day_x(),
        y=y,
        shape=alt.Shape("star:N", scale=scale, legend=None if narrow else legend),
        tooltip=tooltips(TIPS["star"]),
    )
