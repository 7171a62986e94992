"""How the dose of prednisone was tapered: a lane per patient."""

from __future__ import annotations

import altair as alt
import pandas as pd

from pht_core.charts.axes import day_limits, day_x
from pht_core.charts.key import Entry, key_height, key_rows, key_view
from pht_core.charts.letters import is_narrow, shortened, text_width, widest
from pht_core.charts.picture import (
    MOST_LANES,
    PADDING,
    ROWS,
    Picture,
    View,
    needs,
    patient_order,
    structure,
    with_limit,
)
from pht_core.charts.theme import WIDTH, Theme, palette

_FOLLOWED = "halved after the counts gained a grade"
_NOT_FOLLOWED = "other step"
# Size of a printed dose and height of its line; blocks thinner than this have none
# where there is room for all others.
_SIZE, _LINE = 10, 11
_THIN = 24


def dose_chart(
    doses: pd.DataFrame,
    *,
    steps: pd.DataFrame | None = None,
    days: tuple[float, float] | None = None,
    theme: Theme = "light",
    title: str = "Prednisone dose of each patient",
    subtitle: str = "",
    footer: str = "",
    width: int = WIDTH,
    row_height: int = 46,
    most: int = MOST_LANES,
) -> Picture:
    """Draw the dose over days, a lane per patient, all to the same scale, with the steps marked.

    Parameters
    ----------
    doses : subject_id, start_day, end_day (missing = ongoing), dose (mg/kg/day).
    steps : subject_id, day, dose_after, followed (the step followed the taper rule or not).
    most : patients drawn, the first in natural order; the subtitle tells where there are more.

    Raises
    ------
    PhtError : no doses, or a column is lacking.
    """
    table = needs(doses, ["subject_id", "start_day", "end_day", "dose"], "doses of prednisone")
    everyone = patient_order(table["subject_id"])
    patients = everyone[:most]
    table = table[table["subject_id"].isin(patients)]
    if steps is not None:
        steps = steps[steps["subject_id"].isin(patients)]
    low, high = days or day_limits(table, steps)
    lanes = {name: float(place) for place, name in enumerate(patients)}
    top = float(table["dose"].max()) or 1.0
    spans = table.copy()
    spans["until"] = (spans["end_day"].astype(float) + 1).fillna(high)
    spans["floor"] = spans["subject_id"].astype(str).map(lanes) + 0.9
    spans["level"] = spans["floor"] - spans["dose"].astype(float) / top * 0.72
    spans["label"] = [f"{dose:g}" for dose in spans["dose"]]
    narrow = is_narrow(width)
    shown = [shortened(name, narrow=narrow) for name in patients]
    left = widest(shown, 12) + 8
    spans["shown"] = _with_room(
        spans,
        scale=(width - 2 * PADDING - left) / (high - low),
        row_height=row_height,
        thin=0 if narrow else _THIN,
    )
    marks = pd.DataFrame(columns=["subject_id", "day", "words", "level"])
    if steps is not None and not steps.empty:
        marks = steps.copy()
        floor = marks["subject_id"].astype(str).map(lanes) + 0.9
        marks["level"] = floor - marks["dose_after"].astype(float) / top * 0.72
        yes = marks["followed"].astype("boolean").fillna(False)
        marks["words"] = yes.map({True: _FOLLOWED, False: _NOT_FOLLOWED}).astype(object)
    kept = int((marks["words"] == _FOLLOWED).sum())
    told = f" {kept} of {len(marks)} steps followed the taper rule." if len(marks) else ""
    key = pd.DataFrame()
    if narrow and len(marks):
        shapes = ((_FOLLOWED, "circle"), (_NOT_FOLLOWED, "cross"))
        entries = [Entry(words, shape, palette(theme).ink, size=60) for words, shape in shapes]
        key = key_rows([Entry("Change of dose:"), *entries], width - 2 * PADDING)
    return Picture(
        template=_dose_structure(theme, narrow=narrow, marks=len(marks) > 0),
        theme=theme,
        title=title,
        subtitle=with_limit(subtitle, patients, everyone, which=", the first by name"),
        footer=footer,
        description=f"Step chart of doses. {title}. {len(patients)} patients, highest dose "
        f"{top:g} mg/kg/day.{told}",
        datasets={"doses": spans, "steps": marks, **({"key": key} if len(key) else {})},
        params={
            "patients": patients,
            "shown": shown,
            "lanes": len(patients),
            "lane_middles": [place + 0.6 for place in range(len(patients))],
            "day_low": float(low),
            "day_high": float(high),
        },
        width=width,
        rows_height=max(len(patients) * row_height, 60),
        key_height=key_height(key),
        left=left,
    )


def _with_room(spans: pd.DataFrame, *, scale: float, row_height: float, thin: float) -> list[bool]:
    """Which doses are printed: those that are neither thin nor run into one printed before.

    ``scale`` : units a day. ``thin`` : units. The first dose of a patient is always printed.
    """
    kept: dict[str, list[tuple[float, float]]] = {}
    shown = {}
    order = spans.sort_values(["subject_id", "start_day"], kind="stable")
    days = (order["until"] - order["start_day"]) * scale
    begins, levels = order["start_day"] * scale, order["level"] * row_height
    for index, who, label, start, level, wide in zip(
        order.index, order["subject_id"].astype(str), order["label"], begins, levels, days,
        strict=True,
    ):  # fmt: skip
        before = kept.setdefault(who, [])
        free = all(start > end or abs(level - other) > _LINE for end, other in before)
        shown[index] = not before or (free and wide > thin)
        if shown[index]:
            before.append((start + text_width(label, _SIZE) + 4, level))
    return [shown[index] for index in spans.index]


@structure
def _dose_structure(theme: str, *, narrow: bool, marks: bool) -> list[View]:
    colours = palette(theme)
    scale = alt.Scale(domain=[0, alt.ExprRef("lanes")], reverse=True, nice=False)
    axis = alt.Axis(
        title=None,
        values=alt.ExprRef("lane_middles"),
        labelExpr="shown[floor(datum.value)]",
        grid=False,
        domain=False,
        ticks=False,
    )
    level = alt.Y("level:Q", scale=scale, axis=axis)
    doses = alt.Chart(alt.NamedData("doses"))
    blocks = doses.mark_rect(color=colours.prednisone, opacity=0.6).encode(
        x=day_x("start_day", labels=True),
        x2=alt.X2("until"),
        y=level,
        y2=alt.Y2("floor"),
        tooltip=[
            alt.Tooltip("subject_id:N", title="Patient"),
            alt.Tooltip("label:N", title="Dose, mg/kg/day"),
            alt.Tooltip("start_day:Q", title="From day"),
            alt.Tooltip("end_day:Q", title="To day"),
        ],
    )
    ground = doses.mark_rule(color=colours.grid).encode(y=alt.Y("floor:Q", scale=scale, axis=axis))
    texts = (
        doses.transform_filter("datum.shown")
        .mark_text(align="left", baseline="bottom", dx=6 if marks else 2, dy=-2, fontSize=_SIZE)
        .encode(x=day_x("start_day", labels=True), y=level, text=alt.Text("label:N"))
    )
    layers = [ground, blocks, texts]
    if marks:
        shapes = alt.Scale(domain=[_FOLLOWED, _NOT_FOLLOWED], range=["circle", "cross"])
        layers.append(
            alt.Chart(alt.NamedData("steps"))
            .mark_point(filled=True, opacity=1, size=60, color=colours.ink)
            .encode(
                x=day_x(labels=True),
                y=level,
                shape=alt.Shape(
                    "words:N",
                    scale=shapes,
                    legend=None
                    if narrow
                    else alt.Legend(title="Change of dose", orient="top", direction="horizontal"),
                ),
                tooltip=[
                    alt.Tooltip("subject_id:N", title="Patient"),
                    alt.Tooltip("day:Q", title="Day"),
                    alt.Tooltip("words:N", title="Change of dose"),
                ],
            )
        )
    figure = alt.layer(*layers).properties(name=ROWS)
    return [key_view(theme), figure] if narrow and marks else [figure]
