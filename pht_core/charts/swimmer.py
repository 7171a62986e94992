"""A lane per patient: the worst grade of the time, prednisone, what happened, how long followed."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.axes import day_limits, day_x, infusion_rule
from pht_core.charts.legend import Entry, key_height, key_rows, key_view
from pht_core.charts.picture import (
    MOST_LANES,
    PADDING,
    PLAIN,
    ROWS,
    Frame,
    Picture,
    View,
    needs,
    structure,
    with_limit,
)
from pht_core.charts.text_metrics import shortened, widest
from pht_core.charts.theme import GRADES, grade_scale, palette
from pht_core.model.cohort import sort_naturally
from pht_core.model.errors import UnknownName

NO_COUNT = "no count"
_GRADE_WORDS = [*[f"grade {grade}" for grade in GRADES], NO_COUNT]
# What a mark looks like and is called; an arrow is not here, it has its own layer.
MARKS = {
    "response": ("response", "circle"),
    "relapse": ("recurrent cytopenia", "triangle-down"),
    "progression": ("progression", "diamond"),
    "next_therapy": ("next therapy", "square"),
    "death": ("death", "cross"),
}
_BAR = "M-1,-0.3L1,-0.3L1,0.3L-1,0.3Z"
_HEADING = "Worst lineage at the time"
# Lanes lower than this have no names beside them.
_LOWEST_NAMED = 10
_ARROW = "M-1,-0.12L0.2,-0.12L0.2,-0.6L1,0L0.2,0.6L0.2,0.12L-1,0.12Z"


def swimmer_chart(
    lanes: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    ends: pd.DataFrame,
    courses: pd.DataFrame | None = None,
    marks: pd.DataFrame | None = None,
    days: tuple[float, float] | None = None,
    lane_height: int | None = None,
    most: int = MOST_LANES,
) -> Picture:
    """Draw a lane per patient, the longest followed on top.

    Parameters
    ----------
    lanes : subject_id, start_day, end_day, grade (0-4, the worst of the time; missing: no count,
        drawn as an outline).
    ends : subject_id, last_day, ongoing (follow-up goes on: an arrow).
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
    natural = {name: place for place, name in enumerate(sort_naturally(set(ends["subject_id"])))}
    place = ends["subject_id"].astype(str).map(natural)
    ordered = ends.assign(place=place).sort_values(["last_day", "place"], ascending=[False, True])
    everyone = [str(name) for name in ordered["subject_id"]]
    patients = everyone[:most]
    ordered, segments = ordered[:most], lanes[lanes["subject_id"].isin(patients)].copy()
    if courses is not None:
        courses = courses[courses["subject_id"].isin(patients)]
    if marks is not None:
        marks = marks[marks["subject_id"].isin(patients)]
    low, high = days or day_limits(segments, ordered, courses, marks)
    segments["grade_words"] = [
        NO_COUNT if pd.isna(grade) else f"grade {int(grade)}" for grade in segments["grade"]
    ]
    spans = pd.DataFrame(columns=["subject_id", "start_day", "until", "drug_words"])
    if courses is not None and not courses.empty:
        spans = courses.assign(drug_words="on prednisone")
        last = spans["subject_id"].map(ends.set_index("subject_id")["last_day"])
        spans["until"] = spans["stop_day"].astype(float).fillna(last.astype(float))
    events = pd.DataFrame(columns=["subject_id", "day", "kind", "words"])
    if marks is not None and not marks.empty:
        unknown = set(marks["kind"]) - set(MARKS)
        if unknown:
            raise UnknownName("Mark", sorted(map(str, unknown))[0], list(MARKS))
        events = marks.assign(words=[MARKS[kind][0] for kind in marks["kind"]])
    step = lane_height or (26 if len(patients) <= 25 else 14 if len(patients) <= 60 else 6)
    kinds = tuple(kind for kind in MARKS if kind in set(events["kind"]))
    narrow = frame.narrow
    shown = [shortened(name, narrow=narrow) for name in patients]
    key = pd.DataFrame()
    if narrow:
        key = key_rows(_entries(frame.theme, kinds, len(spans) > 0), frame.room)
    return Picture(
        template=_swimmer_structure(
            frame.theme, narrow=narrow, kinds=kinds, step=step, courses=len(spans) > 0
        ),
        frame=with_limit(frame, patients, everyone, which=", the longest followed"),
        description=frame.describe(
            f"Swimmer plot of {len(patients)} patients", _tell(ordered, events)
        ),
        datasets={
            "lanes": segments,
            "courses": spans,
            "marks": events,
            "going_on": ordered[ordered["ongoing"].astype(bool)],
            "infusion": pd.DataFrame({"day": [0]}),
            **({"key": key} if narrow else {}),
        },
        params={
            "day_low": float(low),
            "day_high": float(high),
            "patients": patients,
            "shown": shown,
        },
        rows_height=max(step * len(patients), 60),
        key_height=key_height(key),
        left=widest(shown, 12) + 8 if step >= _LOWEST_NAMED else PADDING,
    )


def _entries(theme: str, kinds: tuple[str, ...], courses: bool) -> list[Entry]:
    colours = palette(theme)
    fills = [*colours.grades, colours.no_count]
    entries = [Entry(f"{_HEADING}:")]
    entries += [
        Entry(words, "square", fill, colours.outline, size=130)
        for words, fill in zip(_GRADE_WORDS, fills, strict=True)
    ]
    if courses:
        entries.append(Entry("on prednisone", _BAR, colours.prednisone, size=110, apart=True))
    return [*entries, *(Entry(*MARKS[kind], colours.ink, size=70) for kind in kinds)]


def _tell(ends: pd.DataFrame, events: pd.DataFrame) -> str:
    goes_on = int(ends["ongoing"].astype(bool).sum())
    told = [f"Followed up to day {ends['last_day'].max():g}; follow-up goes on for {goes_on}."]
    told += [
        f"{str(words).capitalize()}: {', '.join(sort_naturally(set(rows['subject_id']))[:30])}."
        for words, rows in events.groupby("words", sort=False)
    ]
    return " ".join(told)


@structure
def _swimmer_structure(
    theme: str, *, narrow: bool, kinds: tuple[str, ...], step: int, courses: bool
) -> list[View]:
    colours = palette(theme)
    named = step >= _LOWEST_NAMED
    y: dict[str, Any] = {
        "y": alt.Y(
            "subject_id:N",
            title=None,
            scale=alt.Scale(domain=alt.ExprRef("patients"), paddingInner=0.42, paddingOuter=0.2),
            axis=alt.Axis(
                domain=False,
                ticks=False,
                labels=named,
                labelExpr="shown[indexof(patients, datum.label)]",
            ),
        )
    }
    fills = [*grade_scale(theme)["range"], colours.no_count]
    lanes = (
        alt.Chart(alt.NamedData("lanes"))
        .mark_bar(stroke=colours.outline, strokeWidth=0.6 if named else 0)
        .encode(
            x=day_x("start_day", labels=True),
            x2=alt.X2("end_day"),
            color=alt.Color(
                "grade_words:N",
                scale=alt.Scale(domain=_GRADE_WORDS, range=fills),
                legend=None
                if narrow
                else alt.Legend(
                    title=_HEADING,
                    symbolType="square",
                    symbolStrokeColor=colours.outline,
                    symbolStrokeWidth=1,
                    symbolSize=150,
                ),
            ),
            tooltip=[
                alt.Tooltip("subject_id:N", title="Patient"),
                alt.Tooltip("grade_words:N", title="Worst lineage"),
                alt.Tooltip("start_day:Q", title="From day"),
                alt.Tooltip("end_day:Q", title="To day"),
            ],
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
                legend=None
                if narrow
                else alt.Legend(
                    title=None,
                    symbolType=_BAR,
                    symbolSize=130,
                    symbolStrokeWidth=0,
                ),
            ),
            tooltip=[
                alt.Tooltip("subject_id:N", title="Patient"),
                alt.Tooltip("start_day:Q", title="Prednisone from day"),
                alt.Tooltip("stop_day:Q", title="Stopped on day"),
            ],
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
        layers.append(_events(theme, kinds, step, y, narrow=narrow))
    figure = alt.layer(*layers).properties(name=ROWS)
    return [key_view(theme), figure] if narrow else [figure]


def _events(
    theme: str, kinds: tuple[str, ...], step: int, y: dict[str, Any], *, narrow: bool
) -> alt.Chart:
    colours = palette(theme)
    scale = alt.Scale(
        domain=[MARKS[kind][0] for kind in kinds], range=[MARKS[kind][1] for kind in kinds]
    )
    return (
        alt.Chart(alt.NamedData("marks"))
        .mark_point(
            filled=True,
            opacity=1,
            size=max(16, step * 3.6),
            color=colours.ink,
            stroke=colours.background,
            strokeWidth=1.2,
        )
        .encode(
            x=day_x(labels=True),
            shape=alt.Shape(
                "words:N",
                scale=scale,
                legend=None if narrow else alt.Legend(title=None, symbolSize=90),
            ),
            tooltip=[
                alt.Tooltip("subject_id:N", title="Patient"),
                alt.Tooltip("words:N", title="What"),
                alt.Tooltip("day:Q", title="Day"),
            ],
            **y,
        )
    )
