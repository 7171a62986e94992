"""Courses of prednisone above the counts of several patients: a lane each."""

from __future__ import annotations

import altair as alt
import pandas as pd

from pht_core.charts.axes import day_x, infusion_rule, star_marks
from pht_core.charts.picture import ROWS, View
from pht_core.charts.theme import palette


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
