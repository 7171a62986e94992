"""Figure 3 A-C: a row per patient, aligned on a day of prednisone or on the infusion."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.axes import Limits, Panel
from pht_core.charts.frame import NARROW, PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry, grade_entries
from pht_core.charts.marks import (
    TIPS,
    chart_of,
    from_top,
    grade_scale,
    lineage_scale,
    tooltips,
    value_scale,
)
from pht_core.charts.picture import POINTED, Picture, needs, optional, structure
from pht_core.charts.text_metrics import shortened, widest
from pht_core.charts.theme import GRADES, HOLLOW_STAR, STAR, palette
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import PER_KG
from pht_core.stats.trajectory import LONGEST_GAP

# More rows than these have ribbons of grades in place of curves.
MOST_CURVES = 12
# A row of curves has two lines of words beside it.
_LOWEST_CURVE = 33
# Counts at this grade or worse are filled.
FILLED_FROM = 2
RELAPSE = "triangle-down"
# Of a row of curves: what doses and stars take, and what is left free below.
_DOSES, _BELOW = 0.3, 0.07
_HEAD, _AXIS_STEPS = 40, (10, 15, 30, 60, 90, 180, 360, 720)
# Between two columns, as a part of the days of one.
_APART = 0.07
_SPANS = ["subject_id", "param", "start_day", "end_day", "grade"]


def wall_chart(
    counts: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    rows: pd.DataFrame,
    window: tuple[float, float],
    axis_title: str,
    courses: pd.DataFrame,
    doses: pd.DataFrame,
    relapses: pd.DataFrame,
    spans: pd.DataFrame | None = None,
    cuts: pd.DataFrame | None = None,
    chosen: str | None = None,
    row_height: int | None = None,
) -> Picture:
    """Draw a row per patient: up to twelve as curves of each lineage, more as ribbons of grades.

    A narrow picture has ribbons however few they are.
    counts : subject_id, day, param, value, grade (missing: none), segment; dose, if there
    (missing: none), is told by the pointer. rows : subject_id in the order of the rows, zero (the
    day on which its row is aligned), words (beside its name; may be empty). window : first and last
    day drawn, from that day on. spans : subject_id, param, start_day, end_day, grade, as of
    ``trajectory.derive_ribbons``: of ribbons only. courses : subject_id, start_day, stop_day
    (missing = ongoing). doses : subject_id, start_day, end_day (missing = goes on), dose, and
    dose_unit where one is not mg/kg/day. relapses : subject_id, relapse_day, relapse_params
    (joined by ", "). cuts : param, grade, value (upper edge of the grade). chosen : the patient in
    front. Raises PhtError for no rows or no counts, or a lacking column.
    """
    columns = ["subject_id", "day", "param", "value", "grade", "segment"]
    counts = needs(counts, columns, "these patients' blood counts")
    rows = needs(rows, ["subject_id", "zero", "words"], "these patients")
    ribbons = are_ribbons(frame.width, len(rows), row_height)
    large = len(rows) <= MOST_CURVES and (row_height or _LOWEST_CURVE) >= _LOWEST_CURVE
    step = row_height or (56 if not ribbons else 40 if large else 17)
    wall = _Wall(rows, window, ribbons=ribbons, large=large, step=step)
    limits = Limits.of(cuts, None)
    ticks = wall.ticks(frame.narrow)
    drawn = wall.ribbons(optional(spans, _SPANS)) if ribbons else wall.curves(counts, limits)
    tables = {
        **drawn,
        **wall.prednisone(courses, doses),
        "relapses": wall.relapses(relapses),
        "rows": wall.rows_table(narrow=frame.narrow),
        "columns": wall.columns_table(limits, set(counts["param"])),
        "ticks": pd.DataFrame({"x": ticks}),
    }
    words = list(rows["words"]) if ribbons else []
    shown = list(tables["rows"]["name"])
    beside = 0 if ribbons else widest(rows["words"], 12)
    left = 8 + max(widest(shown, 13 if large else 12, bold=True), beside)
    right = widest(words, 11) + 8 if any(words) else 4
    unit = doses.get("dose_unit", pd.Series(dtype=object)).dropna()
    first = zip(rows["subject_id"][:30], rows["words"][:30], strict=True)
    told = "; ".join(f"{name} {words}".strip() for name, words in first)
    return Picture(
        template=_wall_structure(
            frame.theme,
            narrow=frame.narrow,
            keyed=True,
            ribbons=ribbons,
            large=large,
            step=step,
            params=tuple(wall.params),
            front=chosen is not None,
            title=axis_title,
        ),
        frame=frame,
        description=frame.describe(
            f"{'Ribbons of grades' if ribbons else 'Line charts'} of {len(rows)} patients",
            f"{axis_title}. {told}.",
        ),
        datasets=tables,
        params={
            "names": [str(name) for name in rows["subject_id"]],
            "zeros": [float(zero) for zero in rows["zero"]],
            "lineages": [LINEAGES[param].name for param in wall.params],
            "units": [LINEAGES[param].printed_unit for param in wall.params],
            "lows": [panel.low for panel in wall.panels],
            "highs": [panel.high for panel in wall.panels],
            "logs": [panel.log for panel in wall.panels],
            "dose_unit": "" if unit.nunique() > 1 else str(unit.iloc[0]) if len(unit) else PER_KG,
            "front_row": -1 if chosen is None else wall.place.get(chosen, -1),
            "step": step,
            "curve": wall.curve,
            "curves_from": wall.top(0) + step * _DOSES,
            "first": wall.low,
            "last": wall.low + wall.width,
            "pitch": wall.pitch,
            "ticks": ticks,
            "left_room": left,
            "right_room": right,
        },
        rows_height=wall.head + step * len(rows),
        legend=_entries(frame.theme, wall.params, ribbons=ribbons, large=large),
    )


def are_ribbons(width: int, rows: int, row_height: int | None) -> bool:
    """Whether a wall of so many rows has ribbons in place of curves."""
    low = row_height is not None and row_height < _LOWEST_CURVE
    return width < NARROW or rows > MOST_CURVES or low


class _Wall:
    """Where each row and lineage stands: x in days from the first column's window, y in pixels."""

    def __init__(
        self,
        rows: pd.DataFrame,
        window: tuple[float, float],
        *,
        ribbons: bool,
        large: bool,
        step: float,
    ) -> None:
        self.rows, self.ribboned, self.large, self.step = rows, ribbons, large, step
        self.low, self.high = map(float, window)
        self.head, self.curve = 0 if ribbons else _HEAD, step * (1 - _DOSES - _BELOW)
        # The axis of each lineage, once its curves were laid out.
        self.panels: list[Panel] = []
        self.params = [*LINEAGES]
        self.pitch = round((self.high - self.low) * (1 + (0 if ribbons else _APART)))
        self.columns = 1 if ribbons else len(self.params)
        self.width = self.pitch * (self.columns - 1) + self.high - self.low
        self.place = {name: at for at, name in enumerate(rows["subject_id"])}
        self.zeros = rows["zero"].astype(float).tolist()

    def top(self, row: Any) -> Any:
        """Upper edge of a row."""
        return self.head + self.step * row

    def placed(self, table: pd.DataFrame, *columns: str) -> Iterator[tuple[int, float, list[Any]]]:
        """These patients' rows of a table: row, zero, and the values of some columns.

        Plain values, as a table is small and pandas takes a millisecond for each step.
        """
        for name, *values in zip(
            table["subject_id"], *(table[column].tolist() for column in columns), strict=True
        ):
            if name in self.place:
                row = self.place[name]
                yield row, self.zeros[row], values

    def within(self, zero: float, start: float, end: float) -> tuple[float, float] | None:
        """A span of days from the row's zero, cut to the window; None outside it.

        A missing end is that of the window.
        """
        first = max(start - zero, self.low)
        last = self.high if pd.isna(end) else min(end - zero, self.high)
        return (first, last) if first < last else None

    def in_columns(self, rows: list[tuple[Any, ...]], *columns: str, days: int) -> pd.DataFrame:
        """Every row once in each column of lineages; the first ``days`` of its values are days."""
        return pd.DataFrame(
            [
                (*(day + at * self.pitch for day in row[:days]), *row[days:])
                for at in range(self.columns)
                for row in rows
            ],
            columns=list(columns),
        )

    def ticks(self, narrow: bool) -> list[float]:
        """Days at which the axes are labelled, those of every column."""
        most = 5 if self.columns > 1 or narrow else 12
        span = self.high - self.low
        step = next((one for one in _AXIS_STEPS if span / one <= most), _AXIS_STEPS[-1])
        days = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        return [day * step + at * self.pitch for at in range(self.columns) for day in days]

    def curves(self, counts: pd.DataFrame, limits: Limits) -> dict[str, pd.DataFrame]:
        """Draws, a row each with the counts of all lineages, and what lies below grade 2's bound.

        The browser makes the curves of them (see `_curves`): a row per count would be twice the
        data.
        """
        dosed = ["dose"] if "dose" in counts else []
        columns = ["day", "param", "value", "grade", "segment", *dosed]
        draws: dict[tuple[int, float], dict[str, Any]] = {}
        lines: dict[str, dict[tuple[int, Any], list[tuple[float, float]]]] = {}
        for row, zero, (day, param, value, grade, segment, *dose) in self.placed(counts, *columns):
            day -= zero
            if pd.isna(value) or not self.low <= day <= self.high:
                continue
            own = draws.setdefault((row, day), {"row": row, "day": day})
            own[param], own[f"{param}_g"] = value, None if pd.isna(grade) else int(grade)
            own.update(zip(dosed, dose, strict=True))
            curve = lines.setdefault(param, {}).setdefault((row, segment), [])
            curve.append((day, value))
        fills: list[tuple[float, float, float, int, int]] = []
        bounds: list[tuple[float, float, float]] = []
        for at, param in enumerate(self.params):
            shift, curves = at * self.pitch, lines.get(param, {})
            values = [value for curve in curves.values() for _, value in curve]
            panel = Panel.fit(param, values, limits, log=True, height=self.curve)
            self.panels.append(panel)
            cuts = sorted(
                (grade, panel.pixel(value))
                for grade, value, _ in limits.cuts.get(param, [])
                if grade >= FILLED_FROM
            )
            if not cuts:
                continue
            base = [self.top(row) + self.step * _DOSES for row in range(len(self.zeros))]
            bounds += [(top + cuts[0][1], self.low + shift, self.high + shift) for top in base]
            for (row, _), curve in curves.items():
                points = [(day + shift, panel.pixel(value)) for day, value in curve]
                edge = round(base[row] + cuts[0][1])
                for piece in dips(points, cuts):
                    number = fills[-1][4] + 1 if fills else 0
                    fills += [
                        (_short(x), _short(base[row] + y), edge, grade, number)
                        for x, y, grade in piece
                    ]
        names = [f"{param}{part}" for param in self.params for part in ("", "_g")]
        return {
            "counts": pd.DataFrame(list(draws.values()), columns=["row", "day", *dosed, *names]),
            "fills": pd.DataFrame(fills, columns=["x", "y", "y2", "grade", "no"]),
            "bounds": pd.DataFrame(bounds, columns=["y", "x", "x2"]),
        }

    def ribbons(self, spans: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Spans of one grade, a ribbon per lineage."""
        columns = ["param", "start_day", "end_day", "grade"]
        top, each = self.band
        thick = each * (0.88 if self.large else 0.98)
        rows = []
        for row, zero, (param, start, end, grade) in self.placed(spans, *columns):
            span = self.within(zero, start, end)
            if span and not pd.isna(grade):
                col = self.params.index(param)
                y = self.top(row) + top + col * each
                rows.append((row, col, *span, y, y + thick, start, end, int(grade)))
        names = ["row", "col", "x", "x2", "y", "y2", "start_day", "end_day", "grade"]
        return {"counts": pd.DataFrame(rows, columns=names)}

    @property
    def band(self) -> tuple[float, float]:
        """Of a row of ribbons: where the first begins, and the height of each."""
        top = self.step * (0.27 if self.large else 0.08)
        return top, (self.step * 0.92 - top) / len(self.params)

    def prednisone(self, courses: pd.DataFrame, doses: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Courses to shade or to outline, their stars, and the height of each dose."""
        lane = self.step * _DOSES if not self.ribboned else self.band[0]
        middle = lane * 0.55 if self.large else self.step / 2
        boxes, stars, blocks = [], [], []
        for row, zero, (start, stop) in self.placed(courses, "start_day", "stop_day"):
            if span := self.within(zero, start, stop):
                boxes.append((*span, self.top(row) + 1, self.top(row + 1) - 1))
            for day, star in ((start - zero, "started"), (stop - zero, "stopped")):
                if self.low <= day <= self.high:
                    stars.append((day, self.top(row) + middle, star))
        if self.large:
            units = doses.get("dose_unit", pd.Series("", doses.index)).fillna("")
            highest = doses["dose"].groupby(units).max().to_dict()
            columns = ["start_day", "end_day", "dose", "dose_unit"]
            given = doses.assign(dose_unit=units)
            for row, zero, (start, end, dose, unit) in self.placed(given, *columns):
                if span := self.within(zero, start, end + 1):
                    base = self.top(row) + lane * 0.92
                    blocks.append((*span, base - dose / highest[unit] * lane * 0.7, base))
        edges = ["x", "x2", "y", "y2"]
        return {
            "courses": self.in_columns(boxes, *edges, days=2),
            "doses": self.in_columns(blocks, *edges, days=2),
            "stars": self.in_columns(stars, "x", "y", "star", days=1),
        }

    def relapses(self, relapses: pd.DataFrame) -> pd.DataFrame:
        """Relapses in the columns of the lineages that fell: x, y."""
        down = self.step * (0.42 if not self.ribboned else 0.14 if self.large else 0.5)
        rows = [
            (day - zero + at * self.pitch, self.top(row) + down)
            for row, zero, (day, params) in self.placed(relapses, "relapse_day", "relapse_params")
            for at in range(self.columns)
            if self.low <= day - zero <= self.high
            and (self.ribboned or self.params[at] in str(params).split(", "))
        ]
        return pd.DataFrame(rows, columns=["x", "y"])

    def rows_table(self, *, narrow: bool) -> pd.DataFrame:
        """A row per patient: its edges, its name and its words."""
        tops = self.top(np.arange(len(self.rows)))
        if self.ribboned:
            top, each = self.band
            name_y = tops + (top + each * len(self.params) / 2 if self.large else self.step / 2)
            words_y = name_y
        else:
            name_y, words_y = tops + self.step * 0.28, tops + self.step * 0.28 + 16
        return pd.DataFrame(
            {
                "row": range(len(self.rows)),
                "top": tops,
                "bottom": tops + self.step,
                "name": [shortened(str(name), narrow=narrow) for name in self.rows["subject_id"]],
                "words": self.rows["words"].to_numpy(),
                "name_y": name_y,
                "words_y": words_y,
            }
        )

    def columns_table(self, limits: Limits, counted: set[Any]) -> pd.DataFrame:
        """A row per lineage: where its column is aligned, its heading and what is dashed in it."""
        rows = []
        for at, param in enumerate(self.params):
            cuts = [
                f"dashed: grade {grade} {'up to' if closed else 'below'} {value:g}"
                for grade, value, closed in limits.cuts.get(param, [])
                if grade == FILLED_FROM
            ]
            words = (cuts or [""])[0] if param in counted else "no counts recorded"
            x = min(at, self.columns - 1) * self.pitch
            rows.append((param, x, self.low + x, LINEAGES[param].axis_title, words))
        return pd.DataFrame(rows, columns=["param", "x", "start", "words", "dashed"])


def _short(value: float) -> float:
    """A tenth of a unit is as much as can be seen; whole numbers take fewer letters.

    >>> _short(3.04), _short(2.96)
    (3, 3)
    """
    tenths = round(value, 1)
    return int(tenths) if tenths == int(tenths) else tenths


def dips(
    points: Sequence[tuple[float, float]], bounds: Sequence[tuple[int, float]]
) -> list[list[tuple[float, float, int]]]:
    """Pieces of a curve below the first bound (y runs down), cut where it crosses any.

    points : x, y in order of x. bounds : grade and y, the mildest first. Each piece is a list of
    x, y, grade of one grade.

    >>> dips([(0, 0), (10, 20)], [(2, 5), (3, 10)])
    [[(2.5, 5.0, 2), (5.0, 10.0, 2)], [(5.0, 10.0, 3), (10.0, 20.0, 3)]]
    """
    pieces: list[list[tuple[float, float, int]]] = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        crossed = (
            (bound - y0) / (y1 - y0) for _, bound in bounds if min(y0, y1) < bound < max(y0, y1)
        )
        at = [0.0, *sorted(crossed), 1.0]
        for start, end in itertools.pairwise(at):
            middle = y0 + (start + end) / 2 * (y1 - y0)
            grade = max((grade for grade, bound in bounds if middle > bound), default=0)
            first, last = (
                (float(x0 + part * (x1 - x0)), float(y0 + part * (y1 - y0)), grade)
                for part in (start, end)
            )
            if grade and pieces and pieces[-1][-1] == first:
                pieces[-1].append(last)
            elif grade:
                pieces.append([first, last])
    return pieces


def _entries(theme: str, params: Sequence[str], *, ribbons: bool, large: bool) -> list[Entry]:
    colours = palette(theme)
    drug = colours.prednisone
    entries = [
        Entry("prednisone started", STAR, drug, size=100),
        Entry("stopped", HOLLOW_STAR, drug, size=100),
        Entry("dose", "square", drug) if large else Entry("course", "square", stroke=drug),
        Entry("recurrent cytopenia", RELAPSE, colours.ink, size=70),
    ]
    entries += grade_entries(theme, GRADES if ribbons else GRADES[FILLED_FROM:], apart=True)
    if ribbons:
        names = ", ".join(LINEAGES[param].name for param in params)
        entries.append(Entry("blank: no count"))
        entries.append(Entry(f"Ribbons from above: {names}", apart=True))
    return entries


@structure
def _wall_structure(
    theme: str,
    *,
    narrow: bool,
    keyed: bool,
    ribbons: bool,
    large: bool,
    step: int,
    params: tuple[str, ...],
    front: bool,
    title: str,
) -> list[View]:
    colours = palette(theme)
    width = alt.value(alt.ExprRef("width"))
    scale = alt.Scale(
        domain=[alt.ExprRef("first"), alt.ExprRef("last")],
        range=[alt.ExprRef("left_room"), alt.ExprRef("width - right_room")],
        nice=False,
        zero=False,
    )
    axis = alt.Axis(
        title=title,
        values=alt.ExprRef("ticks"),
        labelExpr="format(datum.value - pitch * floor((datum.value - first) / pitch), 'd')",
        domain=False,
        ticks=False,
        grid=False,
        labelFlush=False,
    )
    x = partial(alt.X, scale=scale, axis=axis)
    # The patient under the pointer stands out; the one in front does so until then.
    pointed = alt.selection_point(
        name=POINTED, fields=["row"], on="pointerover", clear="pointerout", empty=not front
    )
    strong = alt.when(pointed).then(alt.value(1))
    if front:
        strong = strong.when("datum.row === front_row").then(alt.value(1))
    strength = strong.otherwise(alt.value(0.25))
    at: dict[str, Any] = {"x": x("x:Q"), "y": from_top("y:Q")}
    box: dict[str, Any] = {**at, "x2": "x2", "y2": "y2"}
    rows, columns, courses = chart_of("rows"), chart_of("columns"), chart_of("courses")
    down = {"y": alt.value(0 if ribbons else _HEAD), "y2": alt.value(alt.ExprRef("height"))}
    across = {"x": alt.value(0), "x2": width, "y": from_top("top:Q")}
    # A rectangle over each row catches the pointer where no mark does.
    catcher = rows.mark_rect(opacity=0).encode(y2=alt.Y2("bottom"), **across)
    layers: list[alt.Chart] = [
        catcher.properties(name=f"{POINTED}_rows").add_params(pointed),
        chart_of("ticks").mark_rule(color=colours.grid).encode(x=x("x:Q"), **down),
    ]
    if ribbons:
        frames = courses.mark_rect(fill="transparent", stroke=colours.prednisone, strokeWidth=1.5)
        layers += [_ribbons(theme, box, strength), frames.encode(**box)]
    else:
        shade = courses.mark_rect(color=colours.prednisone, opacity=0.13)
        layers += [shade.encode(**box), rows.mark_rule(color=colours.grid).encode(**across)]
    zero = columns.mark_rule(color=colours.ink, strokeWidth=1.5)
    layers += [
        chart_of("doses").mark_rect(color=colours.prednisone, opacity=0.7).encode(**box),
        zero.encode(x=x("x:Q"), **down),
        *([] if ribbons else _curves(theme, at, params, strength)),
    ]
    star_scale = value_scale([("started", STAR), ("stopped", HOLLOW_STAR)])
    stars = chart_of("stars").encode(**at)
    ground = colours.background
    star: dict[str, Any] = {"filled": True, "opacity": 1, "size": 70 if large else 50}
    rim = stars.mark_point(shape=STAR, color=ground, stroke=ground, strokeWidth=4, **star)
    filled = stars.mark_point(color=colours.prednisone, **star)
    again = chart_of("relapses").mark_point(
        shape=RELAPSE,
        filled=True,
        opacity=1,
        size=60 if large else 40,
        fill=colours.ink,
        stroke=ground,
        strokeWidth=1,
    )
    left: dict[str, Any] = {"align": "left", "baseline": "middle"}
    size = 13 if large else min(12, step - 2)
    names = rows.mark_text(fontSize=size, fontWeight=600, color=colours.ink, **left)
    look: dict[str, Any] = {"fontSize": 11 if ribbons else 12, "dx": 8 if ribbons else 0}
    words = rows.mark_text(color=colours.ink, **left, **look)
    edge = alt.value(alt.ExprRef("width - right_room") if ribbons else 0)
    layers += [
        rim,
        filled.encode(shape=alt.Shape("star:N", scale=star_scale, legend=None)),
        again.encode(**at),
        names.encode(x=alt.XValue(0), y=from_top("name_y:Q"), text=alt.Text("name:N")),
        words.encode(x=edge, y=from_top("words_y:Q"), text=alt.Text("words:N")),
    ]
    if not ribbons:
        colour = alt.Color("param:N", scale=lineage_scale(theme, params), legend=None)
        start = x("start:Q")
        heading = columns.mark_text(**left, fontSize=14, fontWeight=600)
        dashed = columns.mark_text(**left, fontSize=12, color=colours.muted)
        layers += [
            heading.encode(x=start, y=alt.YValue(8), text=alt.Text("words:N"), color=colour),
            dashed.encode(x=start, y=alt.YValue(26), text=alt.Text("dashed:N")),
        ]
    return [alt.layer(*layers).properties(name=ROWS)]


def _ribbons(theme: str, box: dict[str, Any], strength: Any) -> alt.Chart:
    """Spans of one grade; what the pointer says of them is put together in the browser."""
    days = "format(datum.start_day + zeros[datum.row], 'd') + '–' + "
    days += "format(datum.end_day + zeros[datum.row], 'd')"
    count = "lineages[datum.col] + ', grade ' + datum.grade"
    spans = chart_of("counts").transform_calculate(who="names[datum.row]", count=count, days=days)
    return spans.mark_rect().encode(
        fill=alt.Fill("grade:O", scale=grade_scale(theme), legend=None),
        opacity=strength,
        tooltip=tooltips(TIPS["wall_span"]),
        **box,
    )


def _curves(
    theme: str, at: dict[str, Any], params: Sequence[str], strength: Any
) -> list[alt.Chart]:
    """The curves of counts, filled below the bound of grade 2, and points for the pointer."""
    bounds = chart_of("bounds").mark_rule(
        color=palette(theme).muted, strokeWidth=0.7, strokeDash=[2, 2]
    )
    fill = alt.Fill("grade:O", scale=grade_scale(theme), legend=None)
    same = ["row", "param"]
    share = (
        "(datum.logs ? log(max(datum.value, datum.low) / datum.low) / log(datum.high / datum.low)"
    )
    share += " : (datum.value - datum.low) / (datum.high - datum.low))"
    base = (
        chart_of("counts")
        .transform_calculate(
            who="names[datum.row]",
            days="format(datum.day + zeros[datum.row], 'd') + ' after infusion'",
            on="isValid(datum.dose) ? format(datum.dose, '~g') + ' ' + dose_unit : 'none'",
            **{f"{param}_told": _count_told(param, place) for place, param in enumerate(params)},
        )
        .transform_fold([*params], as_=["param", "value"])
        .transform_filter("isValid(datum.value)")
        .transform_window(before="lag(day)", groupby=same, sort=[alt.SortField("day")])
        .transform_calculate(apart=f"datum.day - datum.before > {LONGEST_GAP} ? 1 : 0")
        .transform_window(line="sum(apart)", groupby=same, sort=[alt.SortField("day")])
        .transform_calculate(col=f"indexof({list(params)}, datum.param)")
        .transform_calculate(low="lows[datum.col]", high="highs[datum.col]", logs="logs[datum.col]")
        .transform_calculate(
            x="datum.day + datum.col * pitch",
            y=f"curves_from + step * datum.row + curve * (1 - clamp({share}, 0, 1))",
        )
    )
    line = base.mark_line(strokeWidth=1.6).encode(
        detail=["row:N", "line:N"],
        order=alt.Order("day:Q"),
        color=alt.Color("param:N", scale=lineage_scale(theme, params), legend=None),
        opacity=strength,
        **at,
    )
    tips = {
        "Patient": "who:N",
        "Day": "days:N",
        **{LINEAGES[param].name.capitalize(): f"{param}_told:N" for param in params},
        "Prednisone": "on:N",
    }
    points = base.mark_point(size=90, filled=True, opacity=0, aria=False)
    return [
        bounds.encode(x2=alt.X2("x2"), **at),
        chart_of("fills")
        .mark_area()
        .encode(y2=alt.Y2("y2"), fill=fill, detail=alt.Detail("no:N"), **at),
        line,
        points.encode(tooltip=tooltips(tips), **at),
    ]


def _count_told(param: str, at: int) -> str:
    """Expression for one lineage's count of a draw in words."""
    grade = f"isValid(datum.{param}_g) ? 'grade ' + datum.{param}_g : 'no grade'"
    value = f"format(datum.{param}, '~g') + ' ' + units[{at}] + ', ' + ({grade})"
    return f"isValid(datum.{param}) ? {value} : 'no count'"
