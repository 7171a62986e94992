"""A lane per patient: the swimmer plot, and days 0 to 30 as early ICAHT counts them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.axes import day_limits, day_x, infusion_rule
from pht_core.charts.frame import PADDING, PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import row_y, tooltips, value_scale
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
_BAR = "M-1,-0.3L1,-0.3L1,0.3L-1,0.3Z"
_HEADING = "Worst grade in any lineage"
# Lanes lower than this have no names beside them.
_LOWEST_NAMED = 10
_LANE_TIPS = {
    "Patient": "subject_id:N",
    "Worst grade": "grade_words:N",
    "From day": "start_day:Q",
    "To day": "end_day:Q",
}
_COURSE_TIPS = {
    "Patient": "subject_id:N",
    "Prednisone from day": "start_day:Q",
    "Stopped on day": "stop_day:Q",
}
_ARROW = "M-1,-0.12L0.2,-0.12L0.2,-0.6L1,0L0.2,0.6L0.2,0.12L-1,0.12Z"

LAST_DAY = 30
# Neutrophils stand left, platelets right; between them, and at the right, is room for grades.
PARAMS = ("NE", "PLT")
_SHIFT, _END = 37, 73
_WEEKS = (0, 7, 14, 21, 28)
_STRIP_TIPS = {
    "Patient": "subject_id:N",
    "Lineage": "param:N",
    "From day": "start_day:Q",
    "To day": "end_day:Q",
    "Count": "words:N",
    "Days with a count": "n_counts:Q",
    "Early grade": "grade_words:N",
    "Why": "why:N",
}


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

    Parameters
    ----------
    lanes : subject_id, start_day, end_day, grade (0-4, the worst of the time; missing: no count,
        drawn as an outline).
    ends : subject_id, last_day, ongoing (follow-up ongoing: an arrow).
    courses : subject_id, start_day, stop_day (missing = ongoing), as a bar under the lane.
    marks : subject_id, day, kind (one of `MARKS`).
    lane_height : pixels; by default less for more patients. most : patients drawn, the longest
        followed; the subtitle tells where there are more.

    Raises
    ------
    PhtError : no lanes or ends, a column is lacking, or a kind of mark is not known.
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
    step = lane_height or (26 if len(patients) <= 25 else 14 if len(patients) <= 60 else 6)
    kinds = tuple(kind for kind in MARKS if kind in set(events["kind"]))
    narrow = frame.narrow
    shown = [shortened(name, narrow=narrow) for name in patients]
    return Picture(
        template=_swimmer_structure(
            frame.theme, narrow=narrow, kinds=kinds, step=step, courses=len(spans) > 0
        ),
        frame=with_limit(frame, patients, everyone, which=", the longest followed"),
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
        params={
            "day_low": float(low),
            "day_high": float(high),
            "patients": patients,
            "shown": shown,
        },
        rows_height=max(step * len(patients), 60),
        legend=_entries(frame.theme, kinds, len(spans) > 0) if narrow else (),
        left=widest(shown, 12) + 8 if step >= _LOWEST_NAMED else PADDING,
    )


def _entries(theme: str, kinds: tuple[str, ...], courses: bool) -> list[Entry]:
    colours = palette(theme)
    entries = [Entry(f"{_HEADING}:")]
    entries += [
        Entry(words, "square", fill, colours.outline, size=130)
        for words, fill in _grade_fills(theme)
    ]
    if courses:
        entries.append(Entry("on prednisone", _BAR, colours.prednisone, size=110, apart=True))
    return [*entries, *(Entry(*MARKS[kind], colours.ink, size=70) for kind in kinds)]


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
    colours = palette(theme)
    named = step >= _LOWEST_NAMED

    def legend(*, title: str | None = None, **symbols: Any) -> alt.Legend | None:
        return None if narrow else alt.Legend(title=title, **symbols)

    y: dict[str, Any] = {
        "y": row_y("subject_id", "patients", labels=named, paddingInner=0.42, paddingOuter=0.2)
    }
    lanes = (
        alt.Chart(alt.NamedData("lanes"))
        .mark_bar(stroke=colours.outline, strokeWidth=0.6 if named else 0)
        .encode(
            x=day_x("start_day", labels=True),
            x2=alt.X2("end_day"),
            color=alt.Color(
                "grade_words:N",
                scale=value_scale(_grade_fills(theme)),
                legend=legend(
                    title=_HEADING,
                    symbolType="square",
                    symbolStrokeColor=colours.outline,
                    symbolStrokeWidth=1,
                    symbolSize=150,
                ),
            ),
            tooltip=tooltips(_LANE_TIPS),
            **y,
        )
    )
    thickness = max(2, round(step * 0.15))
    # Each legend has a field of its own: those of one field would be drawn as one.
    spans = (
        alt.Chart(alt.NamedData("courses"))
        .mark_bar(height=thickness, yOffset=round(step * 0.39))
        .encode(
            x=day_x("start_day", labels=True),
            x2=alt.X2("until"),
            fill=alt.Fill(
                "drug_words:N",
                scale=alt.Scale(domain=["on prednisone"], range=[colours.prednisone]),
                legend=legend(symbolType=_BAR, symbolSize=130, symbolStrokeWidth=0),
            ),
            tooltip=tooltips(_COURSE_TIPS),
            **y,
        )
    )
    arrows = (
        alt.Chart(alt.NamedData("going_on"))
        .mark_point(shape=_ARROW, filled=True, size=60, color=colours.ink, opacity=1, xOffset=9)
        .encode(x=day_x("last_day", labels=True), **y)
    )
    layers = [infusion_rule(theme, labels=True), lanes, arrows]
    if courses:
        layers.insert(2, spans)
    if kinds:
        events = alt.Chart(alt.NamedData("marks")).mark_point(
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
                shape=alt.Shape("words:N", scale=scale, legend=legend(symbolSize=90)),
                tooltip=tooltips({"Patient": "subject_id:N", "What": "words:N", "Day": "day:Q"}),
                **y,
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

    Parameters
    ----------
    strips : subject_id, param, start_day, end_day, depth (0 to 2, missing: unknown), n_counts.
    grades : subject_id, param, label (printed beside the strip), grade_words and why (told when
        pointed at).
    runs : subject_id, param, run_from, run_to: the run that decided, as a line over the strip.
    counts : subject_id, param, day of each count that was drawn, as dots.
    depths : by lineage the words for depths 0 to 2. titles : what stands above each half.
    row_height : pixels; by default less for more patients. most : patients drawn, the first;
        the subtitle tells where there are more.

    Raises
    ------
    PhtError : no strips, or a column is lacking.
    """
    needs(strips, ["subject_id", "param", "start_day", "end_day", "depth"], "the first 30 days")
    everyone = [str(name) for name in dict.fromkeys(strips["subject_id"])]
    patients = everyone[:most]
    shift = dict(zip(PARAMS, (0, _SHIFT), strict=True))
    levels = _levels(depths)
    rows = strips[strips["subject_id"].isin(patients)].merge(grades, on=["subject_id", "param"])
    place = rows["param"].map(shift)
    rows["low"], rows["high"] = rows["start_day"] + place - 0.5, rows["end_day"] + place + 0.5
    rows["level"] = [levels[3] if depth != depth else levels[int(depth)] for depth in rows["depth"]]
    rows["words"] = [
        levels[3] if depth != depth else depths[param][int(depth)]
        for param, depth in zip(rows["param"], rows["depth"], strict=True)
    ]
    labels = grades[grades["subject_id"].isin(patients)]
    labels = labels.assign(x=labels["param"].map(shift) + LAST_DAY + 1)
    lines = runs[runs["subject_id"].isin(patients)]
    place = lines["param"].map(shift)
    lines = lines.assign(low=lines["run_from"] + place - 0.5, high=lines["run_to"] + place + 0.5)
    dots = counts[counts["subject_id"].isin(patients)]
    dots = dots.assign(x=dots["day"] + dots["param"].map(shift))
    step = row_height or (22 if len(patients) <= 25 else 14 if len(patients) <= 60 else 6)
    narrow = frame.narrow
    shown = [shortened(name, narrow=narrow) for name in patients]
    heads = pd.DataFrame(
        {"x": [shift[param] - 0.5 for param in titles], "words": [*titles.values()]}
    )
    return Picture(
        template=_strips_structure(frame.theme, narrow=narrow, levels=levels, step=step),
        frame=with_limit(frame, patients, everyone, which=", the first"),
        description=frame.describe(
            f"Strips of days 0 to {LAST_DAY} of {len(patients)} patients", _describe_strips(labels)
        ),
        datasets={
            "strips": rows,
            "runs": lines,
            "counts": dots,
            "labels": labels,
            "heads": heads,
        },
        params={"patients": patients, "shown": shown},
        rows_height=max(step * len(patients), 60),
        legend=[
            Entry(words, "square", fill, palette(frame.theme).outline, size=130)
            for words, fill in _fills(frame.theme, levels)
        ]
        if narrow
        else (),
        left=widest(shown, 12) + 8 if step >= _LOWEST_NAMED else PADDING,
    )


def _levels(depths: Mapping[str, tuple[str, str, str]]) -> tuple[str, ...]:
    """The words of the legend, for both lineages at once."""
    return (*(", ".join(words) for words in zip(*depths.values(), strict=True)), "unknown")


def _fills(theme: str, levels: tuple[str, ...]) -> list[tuple[str, str]]:
    colours = palette(theme)
    fills = (colours.grades[0], colours.grades[2], colours.grades[4], colours.no_count)
    return list(zip(levels, fills, strict=True))


def _describe_strips(labels: pd.DataFrame) -> str:
    return " ".join(
        f"{param}: "
        + ", ".join(f"{n} with {words}" for words, n in own.value_counts().items())
        + "."
        for param, own in labels.groupby("param", sort=False)["grade_words"]
    )


@structure
def _strips_structure(
    theme: str, *, narrow: bool, levels: tuple[str, ...], step: int
) -> list[View]:
    colours = palette(theme)
    named = step >= _LOWEST_NAMED
    y: dict[str, Any] = {
        "y": row_y("subject_id", "patients", labels=named, paddingInner=0.42, paddingOuter=0.2)
    }
    axis = alt.Axis(
        title="Days since CAR-T infusion",
        values=[*_WEEKS, *(day + _SHIFT for day in _WEEKS)],
        labelExpr=f"datum.value >= {_SHIFT} ? datum.value - {_SHIFT} : datum.value",
        domain=False,
        grid=False,
    )
    scale = alt.Scale(domain=[-0.5, _END], nice=False, zero=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        symbolType="square",
        symbolStrokeColor=colours.outline,
        symbolStrokeWidth=1,
        symbolSize=130,
        labelLimit=0,
        offset=26,
    )
    strips = (
        alt.Chart(alt.NamedData("strips"))
        .mark_bar(stroke=colours.outline, strokeWidth=0.6 if named else 0)
        .encode(
            x=x("low"),
            x2=alt.X2("high"),
            color=alt.Color(
                "level:N",
                scale=value_scale(_fills(theme, levels)),
                legend=None if narrow else legend,
            ),
            tooltip=tooltips(_STRIP_TIPS),
            **y,
        )
    )
    dots = (
        alt.Chart(alt.NamedData("counts"))
        .mark_point(filled=True, size=7, opacity=1, color=colours.muted, yOffset=round(step * 0.38))
        .encode(x=x("x"), **y)
    )
    runs = (
        alt.Chart(alt.NamedData("runs"))
        .mark_bar(height=2, yOffset=-round(step * 0.38), color=colours.ink)
        .encode(x=x("low"), x2=alt.X2("high"), **y)
    )
    labels = (
        alt.Chart(alt.NamedData("labels"))
        .mark_text(align="left", baseline="middle", fontSize=11, fontWeight=600)
        .encode(x=x("x"), text=alt.Text("label:N"), **y)
    )
    heads = (
        alt.Chart(alt.NamedData("heads"))
        .mark_text(align="left", baseline="bottom", dy=-4, fontSize=13, fontWeight=600)
        .encode(x=x("x"), y=alt.YValue(0), text=alt.Text("words:N"))
    )
    layers = [strips, *([runs, dots, labels] if named else []), heads]
    return [alt.layer(*layers).properties(name=ROWS)]
