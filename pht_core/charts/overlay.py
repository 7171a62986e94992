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
    Panels,
    PanelView,
    count_points,
    day_limits,
    day_x,
    infusion_rule,
    star_entries,
    star_marks,
)
from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import dodge, haloed, row_y, tooltips
from pht_core.charts.picture import POINTED, Picture, needs, optional, structure
from pht_core.charts.text_metrics import is_wide, shortened, text_width, widest
from pht_core.charts.theme import palette
from pht_core.model.cohort import sort_naturally
from pht_core.model.lineage import LINEAGES

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
# More names than these at the ends of the lines cannot be read, nor more shapes be told apart.
MOST_NAMES = len(_SHAPES)
# Longer names than this would leave a narrow plot too little room.
_WIDEST_NARROW = 48
_SIZE = 11
# What axes, labels of hairlines and legend take beside a wide plot.
_BESIDE_WIDE = 184
# More points than these would hide the lines and slow the browser.
_MOST_POINTS = 2000
# More lanes of prednisone than these would push the counts off the screen.
_MOST_LANES = 20
_SUMMARY_TIPS = {
    "Day": "day:Q",
    "Median": "median:Q",
    "Lower quartile": "q25:Q",
    "Upper quartile": "q75:Q",
    "Patients": "n:Q",
}


def overlay_chart(
    counts: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    chosen: str | None = None,
    params: Sequence[str] = (),
    courses: pd.DataFrame | None = None,
    cuts: pd.DataFrame | None = None,
    lln: pd.DataFrame | None = None,
    log: bool = False,
) -> Picture:
    """Lines of several patients, a panel per lineage; the chosen one in front, the others faded.

    Parameters
    ----------
    counts : subject_id, day, param, value, grade (missing: drawn hollow), segment. Above
        2,000 counts points are drawn only where no line would: at segments of one count.
    chosen : the patient in front; None: all alike, and where they are no more than eight, each
        with a shape of its points and a name at the end of its line. params : lineages to
        draw; by default all.
    courses : subject_id, start_day, stop_day (missing = ongoing); a lane per patient above
        the panels where there are no more than twenty.
    cuts, lln, log : as in `trajectory_chart`.

    Raises
    ------
    PhtError : no counts of these lineages, or a column is lacking.
    """
    columns = ["subject_id", "day", "param", "value", "grade", "segment"]
    params = tuple(params or LINEAGES)
    table = needs(counts, columns, "these patients' blood counts")
    table = needs(table[table["param"].isin(params)], [], "these lineages' counts")
    points = count_points(table, columns)
    points["front"] = points["subject_id"] == chosen if chosen is not None else True
    segment = points.groupby(["param", "subject_id", "segment"], sort=False)["day"]
    points["lone"] = segment.transform("size") == 1
    points["line"] = points["subject_id"].astype(str) + " " + points["segment"].astype(str)
    narrow, limits = frame.narrow, Limits.of(cuts, lln)
    panels = Panels.fit(points, params, ["value"], limits, frame, log=log, height=190)
    patients = sort_naturally(points["subject_id"].unique())
    names = line_names(points, panels, chosen)
    low, last = day_limits(points, courses)
    lanes = course_lanes(courses, patients, last)
    with_lanes = sort_naturally(lanes["subject_id"].unique())
    strip = 0 < len(with_lanes) <= _MOST_LANES
    shown = [shortened(name, narrow=narrow) for name in with_lanes]
    left = max(AXIS_LEFT, widest(shown, 12) + 8) if narrow and strip else AXIS_LEFT
    # Room for the names, to the right of the last day.
    beside = left + LABELS_RIGHT if narrow else _BESIDE_WIDE
    high = last + name_days(names, last - low, room=frame.room - beside)
    shapes = chosen is None and len(patients) <= MOST_NAMES
    legend = star_entries(frame.theme) if narrow and strip else []
    if narrow and names.empty:
        legend += _line_entries(frame.theme, patients if shapes else [], chosen)
    more = " and more" if len(patients) > 30 else ""
    front = f"; in front: {chosen}" if chosen is not None else ""
    return Picture(
        template=_overlay_structure(
            frame.theme,
            narrow=narrow,
            panels=panels.views(),
            faded=chosen is not None,
            lanes=strip,
            points=int(points["front"].sum()) <= _MOST_POINTS,
            shapes=shapes,
        ),
        frame=frame,
        description=frame.describe(
            "Line charts of days", f"Patients: {', '.join(patients[:30])}{more}{front}."
        ),
        datasets={
            "counts": points,
            **panels.tables,
            "names": names,
            "lanes": lanes,
            "stars": lane_stars(lanes),
        },
        params={
            **panels.params(low, high),
            "lane_order": with_lanes,
            "shown": shown,
            "patients": patients,
        },
        rows_height=max(len(with_lanes), 2) * 16,
        legend=legend,
        left=left,
    )


def _line_entries(theme: str, patients: list[str], chosen: str | None) -> list[Entry]:
    """Whose lines these are, where no name stands beside them: by shape, or the one in front."""
    ink = palette(theme).ink
    if chosen is not None:
        return [Entry(f"{shortened(chosen)}, in front", stroke=ink, dash=0, apart=True)]
    return [
        Entry(shortened(name), shape, ink, size=60, apart=place == 0)
        for place, (name, shape) in enumerate(zip(patients, _SHAPES, strict=False))
    ]


def course_lanes(courses: pd.DataFrame | None, patients: list[str], high: float) -> pd.DataFrame:
    """Courses of these patients: subject_id, start_day, stop_day, until (if ongoing: high)."""
    columns = ["subject_id", "start_day", "stop_day"]
    lanes = optional(courses, columns)[columns]
    lanes = lanes[lanes["subject_id"].isin(patients)]
    return lanes.assign(until=lanes["stop_day"].astype(float).fillna(high))


def lane_stars(lanes: pd.DataFrame) -> pd.DataFrame:
    """Where courses begin and stop: subject_id, day, star."""
    starts = lanes[["subject_id", "start_day"]].rename(columns={"start_day": "day"})
    stops = lanes[["subject_id", "stop_day"]].rename(columns={"stop_day": "day"}).dropna()
    parts = [starts.assign(star="on prednisone"), stops.assign(star="stopped")]
    return pd.concat([part for part in parts if len(part)]) if len(lanes) else parts[0]


def lane_strip(theme: str, *, narrow: bool) -> View:
    """The strip above the counts; data ``lanes`` and ``stars``."""
    y = row_y("subject_id", "lane_order", title="Prednisone", padding=0.25)
    bars = (
        alt.Chart(alt.NamedData("lanes"))
        .mark_bar(color=palette(theme).prednisone, opacity=0.45)
        .encode(x=day_x("start_day"), x2=alt.X2("until"), y=y)
    )
    stars = star_marks(theme, y, size=70, narrow=narrow)
    return alt.layer(bars, infusion_rule(theme), stars).properties(name=ROWS)


def line_names(
    points: pd.DataFrame,
    panels: Panels,
    chosen: str | None,
) -> pd.DataFrame:
    """Names at the ends of the lines: of the chosen patient, or of all where they are few.

    ``shown`` is the name as it is drawn. In a narrow picture names that are long are left to the
    legend: none is at a line.
    """
    columns = ["param", "subject_id", "day", "value", "count_place", "place", "shown"]
    if chosen is None and points["subject_id"].nunique() > MOST_NAMES:
        return pd.DataFrame(columns=columns)
    named = points if chosen is None else points[points["front"]]
    narrow = panels.frame.narrow
    shown = {str(name): shortened(str(name), narrow=narrow) for name in named["subject_id"]}
    if narrow and any(text_width(n, _SIZE, bold=True) > _WIDEST_NARROW for n in shown.values()):
        return pd.DataFrame(columns=columns)
    ends = named.sort_values("day", kind="stable").groupby(["param", "subject_id"]).tail(1)
    parts = []
    for param, rows in ends.groupby("param", sort=False):
        places = [panels.by_param[str(param)].pixel(value) for value in rows["value"]]
        # Chinese letters are taller than ours.
        gap = 13.5 if any(map(is_wide, "".join(shown.values()))) else 12.0
        apart = dodge(places, gap, low=5, high=panels.height - 5)
        names = [shown[str(name)] for name in rows["subject_id"]]
        parts.append(rows.assign(count_place=places, place=apart, shown=names))
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def name_days(names: pd.DataFrame, days: float, *, room: float) -> float:
    """Days to add to an axis of so many, so that the names fit right of the last count.

    ``room`` : units between the axes and the labels beside the plot.
    """
    if names.empty:
        return 0.0
    drawn = [
        max(text_width(name, _SIZE, bold=True), 7.5 * sum(not is_wide(letter) for letter in name))
        for name in names["shown"]
    ]
    needed = max(drawn) + 26
    return days * needed / max(room - needed, needed)


def name_marks(panel: PanelView) -> list[alt.Chart]:
    """Names beside the last counts, as words only: a symbol there would read as a count."""
    base, x, place = panel.rows("names"), panel.x(), alt.Y("place:Q", scale=None, axis=None)
    # From the last count to its name, where the name had to give way.
    leaders = (
        base.transform_filter("abs(datum.place - datum.count_place) > 3")
        .mark_rule(strokeWidth=0.8, color=palette(panel.theme).muted, xOffset=5, x2Offset=15)
        .encode(
            x=x,
            x2=alt.X2("day"),
            y=alt.Y("count_place:Q", scale=None, axis=None),
            y2=alt.Y2("place"),
        )
    )
    words = haloed(
        base,
        panel.theme,
        {"x": x, "y": place, "text": alt.Text("shown:N")},
        align="left",
        dx=alt.ExprRef("abs(datum.place - datum.count_place) > 3 ? 17 : 9"),
        fontSize=_SIZE,
        fontWeight=600,
    )
    return [leaders, *words]


@structure
def _overlay_structure(
    theme: str,
    *,
    narrow: bool,
    panels: tuple[PanelView, ...],
    faded: bool,
    lanes: bool,
    points: bool,
    shapes: bool,
) -> list[View]:
    # The patient under the pointer stands out in every panel at once.
    pointed = alt.selection_point(
        name=POINTED, fields=["subject_id"], on="pointerover", clear="pointerout"
    )
    strength = alt.when(pointed).then(alt.value(1)).otherwise(alt.value(0.15))
    views: list[View] = [lane_strip(theme, narrow=narrow)] if lanes else []
    for panel in panels:
        place = {"x": panel.x(), "y": panel.y(), "tooltip": tooltips({"Patient": "subject_id:N"})}
        line = {
            "detail": [alt.Detail("line:N"), alt.Detail("subject_id:N")],
            "order": alt.Order("day:Q"),
        }
        marks: list[alt.Chart] = []
        if faded:
            behind = panel.rows().transform_filter("!datum.front")
            look: dict[str, Any] = {"color": palette(theme).faded, "opacity": 0.75}
            # Segments of one count, which no line shows, are points.
            lone = behind.transform_filter("datum.lone").mark_point(filled=True, size=14, **look)
            marks.append(behind.mark_line(strokeWidth=1.2, **look).encode(**place, **line))
            marks.append(lone.encode(**place))
        front = panel.rows().transform_filter("datum.front")
        lines = front.mark_line(color=panel.colour, strokeWidth=2.2 if faded else 1.4)
        lines = lines.encode(opacity=strength, **place, **line)
        shown = front if points else front.transform_filter("datum.lone")
        dots = panel.dots(shown, 34 if shapes else 22, {}, strokeWidth=1.2).encode(opacity=strength)
        if shapes:
            scale = alt.Scale(domain=alt.ExprRef("patients"), range=list(_SHAPES))
            dots = dots.encode(shape=alt.Shape("subject_id:N", scale=scale, legend=None))
        # The pointer finds points more easily than lines, where all counts have one.
        other, target = (lines, dots) if points else (dots, lines)
        target = target.properties(name=f"{POINTED}_{panel.param}")
        # Given to one panel, it listens in all that bear the name (see `structure`).
        marks += [other, target.add_params(pointed) if panel is panels[0] else target]
        views.append(panel.draw([*marks, *name_marks(panel)]))
    return views


def summary_chart(
    summary: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    params: Sequence[str] = (),
    cuts: pd.DataFrame | None = None,
    lln: pd.DataFrame | None = None,
    log: bool = False,
) -> Picture:
    """Medians and quantile bands by day, for more patients than lines could show.

    Parameters
    ----------
    summary : param, day, q10, q25, median, q75, q90, n (patients with a count in the bin).
    params, cuts, lln, log : as in `overlay_chart`.

    Raises
    ------
    PhtError : no rows of these lineages, or a column is lacking.
    """
    columns = ["param", "day", "q10", "q25", "median", "q75", "q90", "n"]
    params = tuple(params or LINEAGES)
    table = needs(summary, columns, "the summary of blood counts")
    bands = needs(table[table["param"].isin(params)], [], "these lineages' counts")
    limits = Limits.of(cuts, lln)
    panels = Panels.fit(bands, params, ["q10", "q90"], limits, frame, log=log, height=190)
    low, high = day_limits(bands)
    numbers = ", ".join(
        f"{param} {int(rows['n'].min())} to {int(rows['n'].max())}"
        for param, rows in bands.groupby("param", sort=False)
    )
    return Picture(
        template=_summary_structure(frame.theme, narrow=frame.narrow, panels=panels.views()),
        frame=frame,
        description=frame.describe("Median lines with bands", f"Patients per day: {numbers}."),
        datasets={"counts": bands, **panels.tables},
        params=panels.params(low, high),
        left=AXIS_LEFT,
    )


@structure
def _summary_structure(theme: str, *, narrow: bool, panels: tuple[PanelView, ...]) -> list[View]:
    views: list[View] = []
    for panel in panels:
        rows, colour = panel.rows(), panel.colour
        bands = [
            rows.mark_area(color=colour, opacity=opacity).encode(
                x=panel.x(), y=panel.y(low), y2=alt.Y2(high)
            )
            for low, high, opacity in (("q10", "q90", 0.18), ("q25", "q75", 0.32))
        ]
        line = rows.mark_line(
            color=colour, strokeWidth=2, point=alt.OverlayMarkDef(size=18, color=colour)
        ).encode(x=panel.x(), y=panel.y("median"), tooltip=tooltips(_SUMMARY_TIPS))
        views.append(panel.draw([*bands, line]))
    return views
