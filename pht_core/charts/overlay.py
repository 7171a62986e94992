"""Figure 3 A-C: many patients' counts, a panel per lineage; and their summary by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.axes import (
    AXIS_LEFT,
    LABELS_RIGHT,
    Limits,
    Panel,
    absent,
    day_limits,
    day_x,
    fit_panels,
    hairline_table,
    infusion_rule,
    panel_y,
    star_entries,
    star_marks,
    value_panel,
)
from pht_core.charts.legend import Entry, key_height, key_rows, key_view
from pht_core.charts.picture import (
    PADDING,
    PLAIN,
    POINTED,
    ROWS,
    Frame,
    Picture,
    View,
    dodge,
    needs,
    structure,
)
from pht_core.charts.text_metrics import FIRST_CHINESE, shortened, text_width, widest
from pht_core.charts.theme import palette
from pht_core.model.cohort import sort_naturally
from pht_core.model.schema import LINEAGES, UNITS


def course_lanes(courses: pd.DataFrame | None, patients: list[str], high: float) -> pd.DataFrame:
    """Courses of these patients: subject_id, start_day, stop_day, until (if ongoing: high)."""
    columns = ["subject_id", "start_day", "stop_day", "until"]
    if courses is None or courses.empty:
        return pd.DataFrame(columns=columns)
    lanes = courses[courses["subject_id"].isin(patients)].copy()
    lanes["until"] = lanes["stop_day"].astype(float).fillna(high)
    return lanes[columns]


def lane_stars(lanes: pd.DataFrame) -> pd.DataFrame:
    """Where courses begin and stop: subject_id, day, star."""
    starts = lanes[["subject_id", "start_day"]].rename(columns={"start_day": "day"})
    stops = lanes[["subject_id", "stop_day"]].rename(columns={"stop_day": "day"}).dropna()
    parts = [starts.assign(star="on prednisone"), stops.assign(star="stopped")]
    return pd.concat([part for part in parts if len(part)]) if len(lanes) else parts[0]


def lane_strip(theme: str, *, narrow: bool) -> View:
    """The strip above the counts; data ``lanes`` and ``stars``."""
    y = alt.Y(
        "subject_id:N",
        title="Prednisone",
        scale=alt.Scale(domain=alt.ExprRef("lanes_order"), padding=0.25),
        axis=alt.Axis(
            domain=False,
            ticks=False,
            labelExpr="lanes_shown[indexof(lanes_order, datum.label)]",
        ),
    )
    bars = (
        alt.Chart(alt.NamedData("lanes"))
        .mark_bar(color=palette(theme).prednisone, opacity=0.45)
        .encode(x=day_x("start_day"), x2=alt.X2("until"), y=y)
    )
    stars = star_marks(theme, y, size=70, labels=False, narrow=narrow)
    return alt.layer(bars, infusion_rule(theme), stars).properties(name=ROWS)


# More names than these at the ends of the lines cannot be read, nor more shapes be told apart.
MOST_NAMES = 8
# Longer names than this would leave a narrow plot too little room.
_WIDEST_NARROW = 48
_SIZE = 11
# What axes, labels of hairlines and legend take beside a wide plot.
_BESIDE_WIDE = 184


def line_names(
    points: pd.DataFrame,
    panels: dict[str, Panel],
    chosen: str | None,
    *,
    log: bool,
    height: float,
    narrow: bool = False,
) -> pd.DataFrame:
    """Names at the ends of the lines: of the chosen patient, or of all where they are few.

    ``shown`` is the name as it is drawn. In a narrow picture names that are long are left to the
    key: none is at a line.
    """
    columns = ["param", "subject_id", "day", "value", "count_place", "place", "shown"]
    if chosen is None and points["subject_id"].nunique() > MOST_NAMES:
        return pd.DataFrame(columns=columns)
    named = points if chosen is None else points[points["front"]]
    shown = {str(name): shortened(str(name), narrow=narrow) for name in named["subject_id"]}
    if narrow and any(text_width(n, _SIZE, bold=True) > _WIDEST_NARROW for n in shown.values()):
        return pd.DataFrame(columns=columns)
    ends = named.sort_values("day", kind="stable").groupby(["param", "subject_id"]).tail(1)
    parts = []
    for param, rows in ends.groupby("param", sort=False):
        places = [panels[str(param)].pixel(v, log=log, height=height) for v in rows["value"]]
        # Chinese letters are taller than ours.
        gap = 13.5 if any(text >= FIRST_CHINESE for text in map(max, shown.values())) else 12.0
        apart = dodge(places, gap, low=5, high=height - 5)
        names = [shown[str(name)] for name in rows["subject_id"]]
        parts.append(rows.assign(count_place=places, place=apart, shown=names))
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def name_days(names: pd.DataFrame, days: float, *, beside: float, width: int) -> float:
    """Days to add to an axis of so many, so that the names fit right of the last count.

    ``beside`` : units that axes and labels take of a narrow picture's width.
    """
    if names.empty:
        return 0.0
    drawn = [
        max(
            text_width(name, _SIZE, bold=True), 7.5 * sum(letter < FIRST_CHINESE for letter in name)
        )
        for name in names["shown"]
    ]
    needed = max(drawn) + 26
    room = width - 2 * PADDING - (beside or _BESIDE_WIDE)
    return days * needed / max(room - needed, needed)


def name_marks(theme: str, param: str, *, last: bool) -> list[alt.Chart]:
    """Names beside the last counts, as words only: a symbol there would read as a count."""
    colours = palette(theme)
    base = alt.Chart(alt.NamedData("names")).transform_filter(f"datum.param === '{param}'")
    x, place = day_x(labels=last), alt.Y("place:Q", scale=None, axis=None)
    # From the last count to its name, where the name had to give way.
    leaders = (
        base.transform_filter("abs(datum.place - datum.count_place) > 3")
        .mark_rule(strokeWidth=0.8, color=colours.muted, xOffset=5, x2Offset=15)
        .encode(
            x=x,
            x2=alt.X2("day"),
            y=alt.Y("count_place:Q", scale=None, axis=None),
            y2=alt.Y2("place"),
        )
    )
    words: dict[str, Any] = {
        "align": "left",
        "dx": alt.ExprRef("abs(datum.place - datum.count_place) > 3 ? 17 : 9"),
        "fontSize": _SIZE,
        "fontWeight": 600,
    }
    rim: dict[str, Any] = {"stroke": colours.background, "strokeWidth": 3, "strokeJoin": "round"}
    return [
        leaders,
        base.mark_text(**rim, **words).encode(x=x, y=place, text=alt.Text("shown:N")),
        base.mark_text(color=colours.ink, **words).encode(x=x, y=place, text=alt.Text("shown:N")),
    ]


_SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "triangle-right",
    "triangle-left",
)
# More points than these would hide the lines and slow the browser.
_MOST_POINTS = 2000
# More lanes of prednisone than these would push the counts off the screen.
_MOST_LANES = 20


def overlay_chart(
    counts: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    chosen: str | None = None,
    params: Sequence[str] = LINEAGES,
    courses: pd.DataFrame | None = None,
    cuts: pd.DataFrame | None = None,
    lln: pd.DataFrame | None = None,
    log: bool = False,
    days: tuple[float, float] | None = None,
) -> Picture:
    """Lines of several patients, a panel per lineage; the chosen one in front, the others faded.

    Parameters
    ----------
    counts : subject_id, day, param, value, grade (missing: drawn hollow), segment. Above
        2,000 counts points are drawn only where no line would: at segments of one count.
    chosen : the patient in front; None: all alike, and where they are no more than eight, each
        with a shape of its points and a name at the end of its line. params : lineages to draw.
    courses : subject_id, start_day, stop_day (missing = ongoing); a lane per patient above
        the panels where there are no more than twenty.
    cuts, lln, log, days, height : as in `trajectory_chart`.

    Raises
    ------
    PhtError : no counts of these lineages, or a column is lacking.
    """
    columns = ["subject_id", "day", "param", "value", "grade", "segment"]
    table = needs(counts, columns, "these patients' blood counts")
    points = needs(table.loc[table["param"].isin(params), columns], [], "these lineages' counts")
    points = points.copy()
    points["graded"] = points["grade"].notna()
    points["front"] = points["subject_id"] == chosen if chosen is not None else True
    segment = points.groupby(["param", "subject_id", "segment"], sort=False)["day"]
    points["lone"] = segment.transform("size") == 1
    points["line"] = points["subject_id"].astype(str) + " " + points["segment"].astype(str)
    points["value_words"] = [
        f"{value:g} {UNITS[param]}"
        for value, param in zip(points["value"], points["param"], strict=True)
    ]
    limits, narrow, height = Limits.of(cuts, lln), frame.narrow, frame.height or 190
    panels = fit_panels(points, params, ["value"], limits, log=log, height=height, narrow=narrow)
    patients = sort_naturally(set(points["subject_id"]))
    names = line_names(points, panels, chosen, log=log, height=height, narrow=narrow)
    low, last = days or day_limits(points, courses)
    lanes = course_lanes(courses, patients, last)
    with_lanes = sort_naturally(set(lanes["subject_id"]))
    strip = 0 < len(with_lanes) <= _MOST_LANES
    shown = [shortened(name, narrow=narrow) for name in with_lanes]
    left = max(AXIS_LEFT, widest(shown, 12) + 8) if narrow and strip else AXIS_LEFT
    # Room for the names, to the right of the last day.
    high = last + name_days(
        names, last - low, beside=(left + LABELS_RIGHT) * narrow, width=frame.width
    )
    shapes = chosen is None and len(patients) <= MOST_NAMES
    key = pd.DataFrame()
    if narrow:
        entries = star_entries(frame.theme) if strip else []
        if shapes and names.empty:
            entries += _shape_entries(frame.theme, patients)
        elif chosen is not None and names.empty:
            words = f"{shortened(chosen)}, in front"
            line = Entry(words, stroke=palette(frame.theme).ink, dash=0, apart=True)
            entries.append(line)
        key = key_rows(entries, frame.room)
    tables = {
        "counts": points,
        "hairlines": hairline_table(panels.values()),
        "absent": absent(points, params),
        "names": names,
        "lanes": lanes,
        "stars": lane_stars(lanes),
        "infusion": pd.DataFrame({"day": [0]}),
        **({"key": key} if len(key) else {}),
    }
    values: dict[str, Any] = {"day_low": float(low), "day_high": float(high)}
    for panel in panels.values():
        values |= panel.params()
    values |= {"lanes_order": with_lanes, "lanes_shown": shown, "patients": patients}
    return Picture(
        template=_overlay_structure(
            frame.theme,
            narrow=narrow,
            key=len(key) > 0,
            params=tuple(params),
            height=height,
            log=log,
            faded=chosen is not None,
            lanes=strip,
            points=int(points["front"].sum()) <= _MOST_POINTS,
            shapes=shapes,
        ),
        frame=frame,
        description=frame.describe(
            "Line charts of days",
            f"Patients: {', '.join(patients[:30])}{' and more' if len(patients) > 30 else ''}"
            f"{f'; in front: {chosen}' if chosen is not None else ''}.",
        ),
        datasets=tables,
        params=values,
        rows_height=max(len(with_lanes), 2) * 16,
        key_height=key_height(key),
        left=left,
    )


def _shape_entries(theme: str, patients: list[str]) -> list[Entry]:
    ink = palette(theme).ink
    return [
        Entry(shortened(name), shape, ink, size=60, apart=place == 0)
        for place, (name, shape) in enumerate(zip(patients, _SHAPES, strict=False))
    ]


def summary_chart(
    summary: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    params: Sequence[str] = LINEAGES,
    cuts: pd.DataFrame | None = None,
    lln: pd.DataFrame | None = None,
    log: bool = False,
    days: tuple[float, float] | None = None,
) -> Picture:
    """Medians and quantile bands by day, for more patients than lines could show.

    Parameters
    ----------
    summary : param, day, q10, q25, median, q75, q90, n (patients with a count in the bin).
    params, cuts, lln, log, days, height : as in `overlay_chart`.

    Raises
    ------
    PhtError : no rows of these lineages, or a column is lacking.
    """
    columns = ["param", "day", "q10", "q25", "median", "q75", "q90", "n"]
    table = needs(summary, columns, "the summary of blood counts")
    bands = needs(table[table["param"].isin(params)], [], "these lineages' counts")
    limits, narrow, height = Limits.of(cuts, lln), frame.narrow, frame.height or 190
    panels = fit_panels(
        bands, params, ["q10", "q90"], limits, log=log, height=height, narrow=narrow
    )
    low, high = days or day_limits(bands)
    values: dict[str, Any] = {"day_low": float(low), "day_high": float(high)}
    for panel in panels.values():
        values |= panel.params()
    most = ", ".join(
        f"{param} {int(rows['n'].min())} to {int(rows['n'].max())}"
        for param, rows in bands.groupby("param", sort=False)
    )
    return Picture(
        template=_summary_structure(
            frame.theme, narrow=narrow, params=tuple(params), height=height, log=log
        ),
        frame=frame,
        description=frame.describe("Median lines with bands", f"Patients per day: {most}."),
        datasets={
            "counts": bands,
            "hairlines": hairline_table(panels.values()),
            "absent": absent(bands, params),
            "infusion": pd.DataFrame({"day": [0]}),
        },
        params=values,
        left=AXIS_LEFT,
    )


@structure
def _overlay_structure(
    theme: str,
    *,
    narrow: bool,
    key: bool,
    params: tuple[str, ...],
    height: int,
    log: bool,
    faded: bool,
    lanes: bool,
    points: bool,
    shapes: bool,
) -> list[View]:
    # The patient under the pointer stands out in every panel at once.
    pointed = alt.selection_point(
        name=POINTED, fields=["subject_id"], on="pointerover", clear="pointerout"
    )
    views: list[View] = [key_view(theme, lines=1)] if key else []
    views += [lane_strip(theme, narrow=narrow)] if lanes else []
    for param in params:
        last = param == params[-1]
        base = alt.Chart(alt.NamedData("counts")).transform_filter(f"datum.param === '{param}'")
        marks: list[alt.Chart] = []
        if faded:
            behind = base.transform_filter("!datum.front").mark_line(
                color=palette(theme).faded, strokeWidth=1.2, opacity=0.75
            )
            marks.append(_lines(behind, param, log=log, last=last))
            marks.append(_lone_behind(base, theme, param, log=log, last=last))
        front = base.transform_filter("datum.front").mark_line(
            color=palette(theme).lineage(param), strokeWidth=2.2 if faded else 1.4
        )
        strength = alt.when(pointed).then(alt.value(1)).otherwise(alt.value(0.15))
        dots = _dots(
            base, theme, param, narrow=narrow, log=log, last=last, shapes=shapes, every=points
        )
        target = dots.encode(opacity=strength)
        lines = _lines(front, param, log=log, last=last).encode(opacity=strength)
        # The pointer finds points more easily than lines, where all counts have one.
        marks += [lines] if points else [target]
        target = target if points else lines
        target = target.properties(name=f"{POINTED}_{param}")
        # Given to one panel, it listens in all that bear the name (see `structure`).
        marks.append(target.add_params(pointed) if param == params[0] else target)
        marks += name_marks(theme, param, last=last)
        views.append(value_panel(theme, param, marks, height=height, log=log, last=last))
    return views


def _lines(base: alt.Chart, param: str, *, log: bool, last: bool) -> alt.Chart:
    return base.encode(
        x=day_x(labels=last),
        y=panel_y(param, log=log),
        detail=[alt.Detail("line:N"), alt.Detail("subject_id:N")],
        order=alt.Order("day:Q"),
        tooltip=[alt.Tooltip("subject_id:N", title="Patient")],
    )


def _lone_behind(base: alt.Chart, theme: str, param: str, *, log: bool, last: bool) -> alt.Chart:
    """Points of the faded patients at segments of one count, which no line shows."""
    lone = base.transform_filter("!datum.front && datum.lone").mark_point(
        filled=True, size=14, color=palette(theme).faded, opacity=0.75
    )
    return lone.encode(
        x=day_x(labels=last),
        y=panel_y(param, log=log),
        tooltip=[alt.Tooltip("subject_id:N", title="Patient")],
    )


def _dots(
    base: alt.Chart,
    theme: str,
    param: str,
    *,
    narrow: bool,
    log: bool,
    last: bool,
    shapes: bool,
    every: bool,
) -> alt.Chart:
    colours = palette(theme)
    colour = colours.lineage(param)
    fill = alt.Scale(domain=[True, False], range=[colour, colours.background])
    shown = "datum.front" if every else "datum.front && datum.lone"
    dots = base.transform_filter(shown).mark_point(
        size=(34 if shapes else 22) / (2 if narrow else 1), stroke=colour, strokeWidth=1.2
    )
    encoded = dots.encode(
        x=day_x(labels=last),
        y=panel_y(param, log=log),
        fill=alt.Fill("graded:N", scale=fill, legend=None),
        tooltip=[
            alt.Tooltip("subject_id:N", title="Patient"),
            alt.Tooltip("day:Q", title="Day"),
            alt.Tooltip("value_words:N", title="Value"),
            alt.Tooltip("grade:Q", title="Grade"),
        ],
    )
    if not shapes:
        return encoded
    scale = alt.Scale(domain=alt.ExprRef("patients"), range=list(_SHAPES))
    return encoded.encode(shape=alt.Shape("subject_id:N", scale=scale, legend=None))


@structure
def _summary_structure(
    theme: str, *, narrow: bool, params: tuple[str, ...], height: int, log: bool
) -> list[View]:
    views: list[View] = []
    for param in params:
        last = param == params[-1]
        base = alt.Chart(alt.NamedData("counts")).transform_filter(f"datum.param === '{param}'")
        colour = palette(theme).lineage(param)
        x = day_x(labels=last)
        tips = [alt.Tooltip("day:Q", title="Day"), alt.Tooltip("median:Q", title="Median")]
        tips += [
            alt.Tooltip("q25:Q", title="Lower quarter"),
            alt.Tooltip("q75:Q", title="Upper quarter"),
        ]
        tips += [alt.Tooltip("n:Q", title="Patients")]
        wide = base.mark_area(color=colour, opacity=0.18).encode(
            x=x, y=panel_y(param, "q10", log=log), y2=alt.Y2("q90")
        )
        half = base.mark_area(color=colour, opacity=0.32).encode(
            x=x, y=panel_y(param, "q25", log=log), y2=alt.Y2("q75")
        )
        line = base.mark_line(
            color=colour, strokeWidth=2, point=alt.OverlayMarkDef(size=18, color=colour)
        ).encode(x=x, y=panel_y(param, "median", log=log), tooltip=tips)
        views.append(
            value_panel(theme, param, [wide, half, line], height=height, log=log, last=last)
        )
    return views
