"""A lane per patient: the swimmer plot, and days 0 to 30 as early ICAHT counts them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.axes import day_limits, day_x, infusion_rule
from pht_core.charts.frame import PADDING, PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import BAR, TIPS, chart_of, row_y, tooltips, value_scale
from pht_core.charts.picture import MOST_LANES, Picture, needs, optional, structure, with_limit
from pht_core.charts.text_metrics import shortened, widest
from pht_core.charts.theme import GRADES, grade_words, palette
from pht_core.model.cohort import sort_naturally
from pht_core.model.errors import UnknownName

NO_COUNT = "no count"
# What a mark looks like and is called; an arrow is not here, it has its own layer.
MARKS = {
    "response": ("response", "circle"),
    "relapse": ("recurrent cytopenia", "triangle-down"),
    "progression": ("progression", "diamond"),
    "next_therapy": ("next therapy", "square"),
    "death": ("death", "cross"),
}
_HEADING = "Worst grade in any lineage"
# Lanes lower than this have no names beside them.
_LOWEST_NAMED = 10
_ARROW = "M-1,-0.12L0.2,-0.12L0.2,-0.6L1,0L0.2,0.6L0.2,0.12L-1,0.12Z"

LAST_DAY = 30
# Neutrophils stand left, platelets right; between them, and at the right, is room for grades.
PARAMS = ("NE", "PLT")
_SHIFT, _END = 37, 73
_WEEKS = (0, 7, 14, 21, 28)


def _lane_height(given: int | None, lanes: int, highest: int) -> int:
    """By default less for more patients."""
    return given or (highest if lanes <= 25 else 14 if lanes <= 60 else 6)


def _lanes_picture(
    frame: Frame,
    everyone: list[str],
    patients: list[str],
    which: str,
    step: int,
    params: Mapping[str, float],
    **picture: Any,
) -> Picture:
    """A picture of a lane per patient; told is ``which`` are drawn where not all are."""
    shown = [shortened(name, narrow=frame.narrow) for name in patients]
    return Picture(
        frame=with_limit(frame, patients, everyone, which=which),
        params={**params, "patients": patients, "shown": shown},
        rows_height=max(step * len(patients), 60),
        left=widest(shown, 12) + 8 if step >= _LOWEST_NAMED else PADDING,
        **picture,
    )


def _lane_y(step: int) -> alt.Y:
    labels = step >= _LOWEST_NAMED
    return row_y("subject_id", "patients", labels=labels, paddingInner=0.42, paddingOuter=0.2)


def swimmer_chart(
    lanes: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    ends: pd.DataFrame,
    courses: pd.DataFrame | None = None,
    marks: pd.DataFrame | None = None,
    lane_height: int | None = None,
    most: int = MOST_LANES,
) -> Picture:
    """Draw a lane per patient, the longest followed on top.

    lanes : subject_id, start_day, end_day, grade (0-4, the worst of the time; missing: no count,
    drawn as an outline). ends : subject_id, last_day, ongoing (follow-up ongoing: an arrow).
    courses : subject_id, start_day, stop_day (missing = ongoing), as a bar under the lane.
    marks : subject_id, day, kind (one of `MARKS`). most : patients drawn, the longest followed.
    Raises PhtError for no lanes or ends, a lacking column, or a kind of mark that is not known.
    """
    needs(lanes, ["subject_id", "start_day", "end_day", "grade"], "the patients' grades over time")
    needs(ends, ["subject_id", "last_day", "ongoing"], "the patients' follow-up")
    natural = {
        name: place for place, name in enumerate(sort_naturally(ends["subject_id"].unique()))
    }
    place = ends["subject_id"].astype(str).map(natural)
    ordered = ends.assign(place=place).sort_values(["last_day", "place"], ascending=[False, True])
    everyone = [str(name) for name in ordered["subject_id"]]
    patients = everyone[:most]
    ordered, segments = ordered[:most], lanes[lanes["subject_id"].isin(patients)].copy()
    spans = optional(courses, ["subject_id", "start_day", "stop_day"])
    spans = spans[spans["subject_id"].isin(patients)].assign(drug_words="on prednisone")
    events = optional(marks, ["subject_id", "day", "kind"])
    if unknown := sorted(map(str, set(events["kind"]) - set(MARKS))):
        raise UnknownName("Mark", unknown[0], list(MARKS))
    events = events[events["subject_id"].isin(patients)]
    events = events.assign(words=[MARKS[kind][0] for kind in events["kind"]])
    low, high = day_limits(segments, ordered, spans, events)
    segments["grade_words"] = [grade_words(grade, NO_COUNT) for grade in segments["grade"]]
    last = spans["subject_id"].map(ends.set_index("subject_id")["last_day"])
    spans["until"] = spans["stop_day"].astype(float).fillna(last.astype(float))
    step = _lane_height(lane_height, len(patients), 26)
    kinds = tuple(kind for kind in MARKS if kind in set(events["kind"]))
    given = len(spans) > 0
    return _lanes_picture(
        frame,
        everyone,
        patients,
        ", the longest followed",
        step,
        {"day_low": float(low), "day_high": float(high)},
        template=_swimmer_structure(
            frame.theme, narrow=frame.narrow, kinds=kinds, step=step, courses=given
        ),
        description=frame.describe(
            f"Swimmer plot of {len(patients)} patients", _describe(ordered, events)
        ),
        datasets={
            "lanes": segments,
            "courses": spans,
            "marks": events,
            "going_on": ordered[ordered["ongoing"].astype(bool)],
            "infusion": pd.DataFrame({"day": [0]}),
        },
        legend=_entries(frame.theme, kinds, given) if frame.narrow else (),
    )


def _entries(theme: str, kinds: tuple[str, ...], courses: bool) -> list[Entry]:
    colours = palette(theme)
    entries = [Entry(f"{_HEADING}:"), *_squares(theme, _grade_fills(theme))]
    if courses:
        entries.append(Entry("on prednisone", BAR, colours.prednisone, size=110, apart=True))
    return [*entries, *(Entry(*MARKS[kind], colours.ink, size=70) for kind in kinds)]


def _squares(theme: str, fills: list[tuple[str, str]]) -> list[Entry]:
    outline = palette(theme).outline
    return [Entry(words, "square", fill, outline, size=130) for words, fill in fills]


def _squares_legend(theme: str, title: str | None, size: int, **place: Any) -> alt.Legend:
    """The same in a wide picture."""
    rim: dict[str, Any] = {"symbolStrokeColor": palette(theme).outline, "symbolStrokeWidth": 1}
    return alt.Legend(title=title, symbolType="square", symbolSize=size, **rim, **place)


def _grade_fills(theme: str) -> list[tuple[str, str]]:
    """Grades in words, and no count, with their colours."""
    colours = palette(theme)
    words = [grade_words(grade, NO_COUNT) for grade in (*GRADES, math.nan)]
    return list(zip(words, (*colours.grades, colours.no_count), strict=True))


def _describe(ends: pd.DataFrame, events: pd.DataFrame) -> str:
    ongoing = int(ends["ongoing"].astype(bool).sum())
    words = [f"Followed up to day {ends['last_day'].max():g}; follow-up ongoing for {ongoing}."]
    for event, rows in events.groupby("words", sort=False):
        patients = sort_naturally(rows["subject_id"].unique())[:30]
        words.append(f"{str(event).capitalize()}: {', '.join(patients)}.")
    return " ".join(words)


@structure
def _swimmer_structure(
    theme: str, *, narrow: bool, kinds: tuple[str, ...], step: int, courses: bool
) -> list[View]:
    colours, y = palette(theme), _lane_y(step)

    def legend(**symbols: Any) -> alt.Legend | None:
        return None if narrow else alt.Legend(title=None, **symbols)

    lanes = chart_of("lanes").mark_bar(
        stroke=colours.outline, strokeWidth=0.6 if step >= _LOWEST_NAMED else 0
    )
    layers = [
        infusion_rule(theme, labels=True),
        lanes.encode(
            x=day_x("start_day", labels=True),
            x2=alt.X2("end_day"),
            y=y,
            color=alt.Color(
                "grade_words:N",
                scale=value_scale(_grade_fills(theme)),
                legend=None if narrow else _squares_legend(theme, _HEADING, 150),
            ),
            tooltip=tooltips(TIPS["swimmer_lane"]),
        ),
    ]
    if courses:
        # Each legend has a field of its own: those of one field would be drawn as one.
        fill = alt.Fill(
            "drug_words:N",
            scale=value_scale([("on prednisone", colours.prednisone)]),
            legend=legend(symbolType=BAR, symbolSize=130, symbolStrokeWidth=0),
        )
        thickness, down = max(2, round(step * 0.15)), round(step * 0.39)
        layers.append(
            chart_of("courses")
            .mark_bar(height=thickness, yOffset=down)
            .encode(
                x=day_x("start_day", labels=True),
                x2=alt.X2("until"),
                y=y,
                fill=fill,
                tooltip=tooltips(TIPS["swimmer_course"]),
            )
        )
    arrows = chart_of("going_on").mark_point(
        shape=_ARROW, filled=True, size=60, color=colours.ink, opacity=1, xOffset=9
    )
    layers.append(arrows.encode(x=day_x("last_day", labels=True), y=y))
    if kinds:
        events = chart_of("marks").mark_point(
            filled=True,
            opacity=1,
            size=max(16, step * 3.6),
            color=colours.ink,
            stroke=colours.background,
            strokeWidth=1.2,
        )
        scale = value_scale(MARKS[kind] for kind in kinds)
        layers.append(
            events.encode(
                x=day_x(labels=True),
                y=y,
                shape=alt.Shape("words:N", scale=scale, legend=legend(symbolSize=90)),
                tooltip=tooltips(TIPS["swimmer_mark"]),
            )
        )
    return [alt.layer(*layers).properties(name=ROWS)]


def icaht_strips_chart(
    strips: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    grades: pd.DataFrame,
    runs: pd.DataFrame,
    counts: pd.DataFrame,
    depths: Mapping[str, tuple[str, str, str]],
    titles: Mapping[str, str],
    row_height: int | None = None,
    most: int = MOST_LANES,
) -> Picture:
    """Draw a row per patient: neutrophils left, platelets right, a color for each depth.

    strips : subject_id, param, start_day, end_day, depth (0 to 2, missing: unknown), n_counts.
    grades : subject_id, param, label (printed beside the strip), grade_words and why (told when
    pointed at). runs : subject_id, param, run_from, run_to: the run that decided, as a line over
    the strip. counts : subject_id, param, day of each count that was drawn, as dots.
    depths : by lineage the words for depths 0 to 2. titles : what stands above each half.
    most : patients drawn, the first. Raises PhtError for no strips or a lacking column.
    """
    needs(strips, ["subject_id", "param", "start_day", "end_day", "depth"], "the first 30 days")
    everyone = [str(name) for name in dict.fromkeys(strips["subject_id"])]
    patients = everyone[:most]
    shift = dict(zip(PARAMS, (0, _SHIFT), strict=True))

    def placed(table: pd.DataFrame, **days: tuple[str, float]) -> pd.DataFrame:
        """These patients' rows; columns of days that are moved to their lineage's half."""
        own = table[table["subject_id"].isin(patients)]
        half = own["param"].map(shift)
        return own.assign(**{new: own[day] + half + by for new, (day, by) in days.items()})

    levels = _levels(depths)
    rows = placed(strips, low=("start_day", -0.5), high=("end_day", 0.5))
    rows = rows.merge(grades, on=["subject_id", "param"])
    rows["level"] = [levels[3] if depth != depth else levels[int(depth)] for depth in rows["depth"]]
    rows["words"] = [
        levels[3] if depth != depth else depths[param][int(depth)]
        for param, depth in zip(rows["param"], rows["depth"], strict=True)
    ]
    labels = placed(grades.assign(day=LAST_DAY + 1), x=("day", 0)).drop(columns="day")
    step = _lane_height(row_height, len(patients), 22)
    heads = {"x": [shift[param] - 0.5 for param in titles], "words": [*titles.values()]}
    legend = _squares(frame.theme, _fills(frame.theme, levels)) if frame.narrow else ()
    return _lanes_picture(
        frame,
        everyone,
        patients,
        ", the first",
        step,
        {},
        template=_strips_structure(frame.theme, narrow=frame.narrow, levels=levels, step=step),
        description=frame.describe(
            f"Strips of days 0 to {LAST_DAY} of {len(patients)} patients", _describe_strips(labels)
        ),
        datasets={
            "strips": rows,
            "runs": placed(runs, low=("run_from", -0.5), high=("run_to", 0.5)),
            "counts": placed(counts, x=("day", 0)),
            "labels": labels,
            "heads": pd.DataFrame(heads),
        },
        legend=legend,
    )


def _levels(depths: Mapping[str, tuple[str, str, str]]) -> tuple[str, ...]:
    """The words of the legend, for both lineages at once."""
    return (*(", ".join(words) for words in zip(*depths.values(), strict=True)), "unknown")


def _fills(theme: str, levels: tuple[str, ...]) -> list[tuple[str, str]]:
    colours = palette(theme)
    fills = (colours.grades[0], colours.grades[2], colours.grades[4], colours.no_count)
    return list(zip(levels, fills, strict=True))


def _describe_strips(labels: pd.DataFrame) -> str:
    parts = []
    for param, own in labels.groupby("param", sort=False)["grade_words"]:
        each = ", ".join(f"{n} with {words}" for words, n in own.value_counts().items())
        parts.append(f"{param}: {each}.")
    return " ".join(parts)


@structure
def _strips_structure(
    theme: str, *, narrow: bool, levels: tuple[str, ...], step: int
) -> list[View]:
    colours, y = palette(theme), _lane_y(step)
    named = step >= _LOWEST_NAMED
    axis = alt.Axis(
        title="Days since CAR-T infusion",
        values=[*_WEEKS, *(day + _SHIFT for day in _WEEKS)],
        labelExpr=f"datum.value >= {_SHIFT} ? datum.value - {_SHIFT} : datum.value",
        domain=False,
        grid=False,
    )
    x = partial(alt.X, scale=alt.Scale(domain=[-0.5, _END], nice=False, zero=False), axis=axis)
    above: dict[str, Any] = {"orient": "top", "direction": "horizontal", "offset": 26}
    legend = _squares_legend(theme, None, 130, labelLimit=0, **above)
    fill = value_scale(_fills(theme, levels))
    strips = chart_of("strips").mark_bar(stroke=colours.outline, strokeWidth=0.6 if named else 0)
    layers = [
        strips.encode(
            x=x("low:Q"),
            x2=alt.X2("high"),
            y=y,
            color=alt.Color("level:N", scale=fill, legend=None if narrow else legend),
            tooltip=tooltips(TIPS["icaht_strip"]),
        )
    ]
    if named:
        off = round(step * 0.38)
        runs = chart_of("runs").mark_bar(height=2, yOffset=-off, color=colours.ink)
        dots = chart_of("counts").mark_point(
            filled=True, size=7, opacity=1, color=colours.muted, yOffset=off
        )
        labels = chart_of("labels").mark_text(
            align="left", baseline="middle", fontSize=11, fontWeight=600
        )
        layers += [
            runs.encode(x=x("low:Q"), x2=alt.X2("high"), y=y),
            dots.encode(x=x("x:Q"), y=y),
            labels.encode(x=x("x:Q"), y=y, text=alt.Text("label:N")),
        ]
    heads = chart_of("heads").mark_text(
        align="left", baseline="bottom", dy=-4, fontSize=13, fontWeight=600
    )
    layers.append(heads.encode(x=x("x:Q"), y=alt.YValue(0), text=alt.Text("words:N")))
    return [alt.layer(*layers).properties(name=ROWS)]
