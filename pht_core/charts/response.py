"""Response to prednisone: how soon, how many lineages recover, how the dose was tapered."""

from __future__ import annotations

from functools import partial

import altair as alt
import pandas as pd

from pht_core.charts.axes import day_axis, day_limits, day_scale, day_x
from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import (
    TIPS,
    chart_of,
    haloed,
    interval_rules,
    percent_axis,
    published_ticks,
    row_y,
    tooltips,
    value_scale,
)
from pht_core.charts.picture import MOST_LANES, Picture, needs, optional, structure, with_limit
from pht_core.charts.text_metrics import shortened, text_width, widest
from pht_core.charts.theme import lineage_fills, palette
from pht_core.model.cohort import sort_naturally
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import PER_KG
from pht_core.model.words import listed
from pht_core.stats.proportion import with_percent

# More patients than these are drawn as a histogram.
MOST_DOTS = 60
# What the axis of its counts takes to the left.
_COUNT_AXIS = 26
_FOLLOWED = "halved after a one-grade improvement"
_NOT_FOLLOWED = "other change"
_MARKS = ((_FOLLOWED, "circle"), (_NOT_FOLLOWED, "cross"))
# Size of a printed dose and height of its line; blocks thinner than this have none
# where there is room for all others.
_SIZE, _LINE = 10, 11
_THIN = 24


def dose_chart(
    doses: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    steps: pd.DataFrame | None = None,
    row_height: int = 46,
    most: int = MOST_LANES,
) -> Picture:
    """Draw the dose over days, a lane per patient, with the steps marked.

    All are drawn to one scale; where doses are in two units, to one for each, and lanes name it.
    doses : subject_id, start_day, end_day (missing = ongoing), dose; dose_unit, the same in all
    rows of a patient, where doses are not all in mg/kg/day. steps : subject_id, day, dose_after,
    followed (the step followed the taper rule or not). most : patients drawn, the first in natural
    order. Raises PhtError for no doses or a lacking column.
    """
    table = needs(doses, ["subject_id", "start_day", "end_day", "dose"], "doses of prednisone")
    everyone = sort_naturally(table["subject_id"].unique())
    patients = everyone[:most]
    table = table[table["subject_id"].isin(patients)]
    marks = optional(steps, ["subject_id", "day", "dose_after", "followed"])
    marks = marks[marks["subject_id"].isin(patients)].copy()
    low, high = day_limits(table, marks)
    lanes = {name: float(place) for place, name in enumerate(patients)}
    if "dose_unit" not in table:
        table = table.assign(dose_unit=PER_KG)
    unit_of = dict(zip(table["subject_id"].astype(str), table["dose_unit"], strict=True))
    # The usual unit first.
    tops = table.groupby("dose_unit")["dose"].max().sort_index(ascending=False).astype(float)
    several = len(tops) > 1
    spans = table.copy()
    spans["until"] = (spans["end_day"].astype(float) + 1).fillna(high)
    spans["floor"] = spans["subject_id"].astype(str).map(lanes) + 0.9
    spans["level"] = spans["floor"] - _share(spans["dose"], spans["dose_unit"], tops) * 0.72
    spans["label"] = [f"{dose:g}" for dose in spans["dose"]]
    if several:
        spans["words"] = spans["label"] + " " + spans["dose_unit"]
    narrow = frame.narrow
    shown = [
        shortened(name, narrow=narrow) + (f", {unit_of[name]}" if several else "")
        for name in patients
    ]
    left = widest(shown, 12) + 8
    spans["shown"] = _with_room(
        spans,
        scale=(frame.room - left) / (high - low),
        row_height=row_height,
        thin=0 if narrow else _THIN,
    )
    who = marks["subject_id"].astype(str)
    share = _share(marks["dose_after"], who.map(unit_of), tops)
    marks["level"] = who.map(lanes).astype(float) + 0.9 - share * 0.72
    yes = marks["followed"].astype("boolean").fillna(False)
    marks["words"] = yes.map({True: _FOLLOWED, False: _NOT_FOLLOWED}).astype(object)
    kept = int((marks["words"] == _FOLLOWED).sum())
    rule = f" {kept} of {len(marks)} steps followed the taper rule." if len(marks) else ""
    highest = [f"{top:g} {unit}" for unit, top in tops.items()]
    legend = []
    if narrow and len(marks):
        ink = palette(frame.theme).ink
        legend = [Entry("Change of dose:"), *(Entry(*mark, ink, size=60) for mark in _MARKS)]
    return Picture(
        template=_dose_structure(
            frame.theme,
            narrow=narrow,
            marks=len(marks) > 0,
            unit="" if several else str(tops.index[0]),
        ),
        frame=with_limit(frame, patients, everyone, which=", the first by name"),
        description=frame.describe(
            "Step chart of doses",
            f"{len(patients)} patients, highest dose {listed(highest)}.{rule}",
        ),
        datasets={"doses": spans, "steps": marks},
        params={
            "patients": patients,
            "shown": shown,
            "lanes": len(patients),
            "lane_middles": [place + 0.6 for place in range(len(patients))],
            "day_low": float(low),
            "day_high": float(high),
        },
        rows_height=max(len(patients) * row_height, 60),
        legend=legend,
        left=left,
    )


def _share(doses: pd.Series, units: pd.Series, tops: pd.Series) -> pd.Series:
    """Each dose as a share of the highest in its unit."""
    return doses.astype(float) / units.map(tops).replace(0.0, 1.0).astype(float)


def _with_room(spans: pd.DataFrame, *, scale: float, row_height: float, thin: float) -> list[bool]:
    """Which doses are printed: those that are neither thin nor run into one printed before.

    ``scale`` : units a day. ``thin`` : units. The first dose of a patient is always printed.
    """
    kept: dict[str, list[tuple[float, float]]] = {}
    shown = {}
    order = spans.sort_values(["subject_id", "start_day"], kind="stable")
    places = pd.DataFrame(
        {
            "who": order["subject_id"].astype(str),
            "label": order["label"],
            "start": order["start_day"] * scale,
            "level": order["level"] * row_height,
            "wide": (order["until"] - order["start_day"]) * scale,
        }
    )
    for index, who, label, start, level, wide in places.itertuples():
        before = kept.setdefault(who, [])
        free = all(start > end or abs(level - other) > _LINE for end, other in before)
        shown[index] = not before or (free and wide > thin)
        if shown[index]:
            before.append((start + text_width(label, _SIZE) + 4, level))
    return [shown[index] for index in spans.index]


@structure
def _dose_structure(theme: str, *, narrow: bool, marks: bool, unit: str) -> list[View]:
    colours = palette(theme)
    tips = {
        "Patient": "subject_id:N",
        **({f"Dose, {unit}": "label:N"} if unit else {"Dose": "words:N"}),
        "From day": "start_day:Q",
        "To day": "end_day:Q",
    }
    axis = alt.Axis(
        title=None,
        values=alt.ExprRef("lane_middles"),
        labelExpr="shown[floor(datum.value)]",
        grid=False,
        domain=False,
        ticks=False,
    )
    scale = alt.Scale(domain=[0, alt.ExprRef("lanes")], reverse=True, nice=False)
    y = partial(alt.Y, scale=scale, axis=axis)
    doses, x = chart_of("doses"), day_x("start_day", labels=True)
    blocks = doses.mark_rect(color=colours.prednisone, opacity=0.6)
    texts = doses.transform_filter("datum.shown").mark_text(
        align="left", baseline="bottom", dx=6 if marks else 2, dy=-2, fontSize=_SIZE
    )
    layers = [
        doses.mark_rule(color=colours.grid).encode(y=y("floor:Q")),
        blocks.encode(
            x=x, x2=alt.X2("until"), y=y("level:Q"), y2=alt.Y2("floor"), tooltip=tooltips(tips)
        ),
        texts.encode(x=x, y=y("level:Q"), text=alt.Text("label:N")),
    ]
    if marks:
        legend = alt.Legend(title="Change of dose", orient="top", direction="horizontal")
        shape = alt.Shape("words:N", scale=value_scale(_MARKS), legend=None if narrow else legend)
        steps = chart_of("steps").mark_point(filled=True, opacity=1, size=60, color=colours.ink)
        tooltip = tooltips(TIPS["dose_step"])
        layers.append(
            steps.encode(x=day_x(labels=True), y=y("level:Q"), shape=shape, tooltip=tooltip)
        )
    return [alt.layer(*layers).properties(name=ROWS)]


def response_time_chart(
    responses: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    median: float | None = None,
    row_height: int = 22,
) -> Picture:
    """Draw a dot per course, soonest on top, with the median as a line; a histogram for many.

    responses : subject_id, course, response_time (days; missing: none), responded (missing: no
    baseline count). median : days, of the responders; None: no line. Raises PhtError where there
    are no rows or a column is lacking.
    """
    columns = ["subject_id", "course", "response_time", "responded"]
    dots = needs(responses, columns, "the responses to prednisone").copy()
    several = (dots["course"] > 1).any()
    names = dots["subject_id"].astype(str)
    course = dots["course"].map(", course {}".format) if several else ""
    dots["who"] = names + course
    dots["shown"] = names.map(partial(shortened, narrow=frame.narrow)) + course
    natural = {name: place for place, name in enumerate(sort_naturally(dots["who"].unique()))}
    dots["place"] = dots["who"].map(natural)
    dots = dots.sort_values(["response_time", "place"], kind="stable", na_position="last")
    dots["words"] = [
        "not evaluable" if pd.isna(yes) else f"{days:g}" if yes else "no response"
        for yes, days in zip(dots["responded"], dots["response_time"].astype(float), strict=True)
    ]
    dots["days"] = dots["response_time"].astype(float)
    shown = dots.pop("shown").tolist()
    many = len(dots) > MOST_DOTS
    high = float(dots["days"].max()) if dots["days"].notna().any() else 1.0
    found = dots["days"].dropna()
    content = f"{len(found)} of {len(dots)} responded"
    content += f", after {found.min():g} to {found.max():g} days" if len(found) else ""
    content += f", median {median:g} days" if median is not None else ""
    middle = pd.DataFrame({"day": [] if median is None else [float(median)]})
    middle["label"] = [f"median {median:g} days" for _ in middle.index]
    return Picture(
        template=_response_structure(frame.theme, narrow=frame.narrow, many=many),
        frame=frame,
        description=frame.describe("Histogram" if many else "Dot chart", f"{content}."),
        datasets={"responses": dots, "median": middle},
        params={
            "who": dots["who"].tolist(),
            "shown": shown,
            "day_low": 0.0,
            "day_high": high * 1.08,
            # Left of every number where there is no median to be drawn.
            "middle": -1.0 if median is None else float(median),
        },
        rows_height=max(len(dots) * row_height, 60),
        left=_COUNT_AXIS if many else widest(shown, 12) + 8,
    )


def recovery_chart(
    recovery: pd.DataFrame, frame: Frame = PLAIN, *, published: pd.DataFrame | None = None
) -> Picture:
    """Bars: how many recovered, per lineage, with "n of N (%)" and the exact 95% interval.

    recovery : param (of a lineage, or "all" for all on one draw), n, n_total, percent (0-100;
    missing where n_total is 0), conf_low and conf_high. published : what publications print:
    param, percent, words; drawn across the bars. Raises PhtError where there are no rows or a
    column is lacking.
    """
    columns = ["param", "n", "n_total", "percent", "conf_low", "conf_high"]
    bars = needs(recovery, columns, "recovery").copy()
    names = {param: lineage.name for param, lineage in LINEAGES.items()}
    names["all"] = "all three on one draw"
    fills = {**lineage_fills(frame.theme), "all": palette(frame.theme).muted}
    bars["words"] = [names.get(str(param), str(param)).capitalize() for param in bars["param"]]
    bars["label"] = [
        with_percent(f"{int(n)} of {int(total)}", int(n), int(total)) if total else "no data"
        for n, total in zip(bars["n"], bars["n_total"], strict=True)
    ]
    bars["end"] = bars["conf_high"].astype(float).fillna(0)
    content = "; ".join(
        f"{words} {label}" for words, label in zip(bars["words"], bars["label"], strict=True)
    )
    return Picture(
        template=_recovery_structure(
            frame.theme,
            narrow=frame.narrow,
            fills=tuple(fills.items()),
            marks=published is not None,
        ),
        frame=frame,
        description=frame.describe("Bar chart", f"{content}."),
        datasets={"bars": bars}
        | ({} if published is None else {"published": _named(published, bars)}),
        params={
            "order": list(dict.fromkeys(bars["words"])),
            "label_room": widest(bars["label"], 12) + 12,
        },
        rows_height=max(len(bars) * 44, 60),
        left=widest(bars["words"], 12) + 8,
    )


def _named(published: pd.DataFrame, bars: pd.DataFrame) -> pd.DataFrame:
    """What publications print, with the words that name their bars."""
    named = published.rename(columns={"words": "said"}).merge(bars[["param", "words"]])
    return named.rename(columns={"words": "bar", "said": "words"})


@structure
def _response_structure(theme: str, *, narrow: bool, many: bool) -> list[View]:
    colours = palette(theme)
    base, middle = chart_of("responses"), chart_of("median")
    title = "Days since prednisone start"
    rule = middle.mark_rule(color=colours.ink, strokeDash=[4, 3], strokeWidth=1.5)
    name = middle.mark_text(
        align="left", baseline="bottom", dx=5, dy=-4, fontSize=11, fontWeight=600
    ).encode(y=alt.YValue(0), text=alt.Text("label:N"))
    if many:
        x = alt.X("days:Q", bin=alt.Bin(step=7), title=title, axis=alt.Axis(format="~g"))
        bars = base.mark_bar(color=colours.accent, stroke=colours.background).encode(
            x=x, y=alt.Y("count():Q", title="Courses", axis=alt.Axis(tickMinStep=1))
        )
        layers = [bars, rule.encode(x=alt.X("day:Q")), name.encode(x=alt.X("day:Q"))]
        return [alt.layer(*layers).properties(height=260)]
    days, y = partial(alt.X, scale=day_scale(), axis=day_axis(title=title)), row_y("who", "who")
    tips = tooltips(TIPS["response_time"])
    stems = base.mark_rule(color=colours.faded, strokeWidth=1.5)
    dots = base.mark_circle(size=90, color=colours.accent, opacity=1)
    # A number that the median's line would strike through moves to the line's other side.
    pixels = "(middle - datum.at) * width / (day_high - day_low)"
    struck = f"{pixels} > 4 && {pixels} < 13 + 7 * length(datum.words)"
    labels = haloed(
        base.transform_calculate(at="isValid(datum.days) ? datum.days : 0"),
        theme,
        {"x": days("at:Q"), "text": "words:N", "y": y},
        align="left",
        dx=alt.ExprRef(f"{struck} ? {pixels} + 6 : 9"),
        fontSize=11,
    )
    layers = [
        stems.encode(x=days("days:Q"), x2=alt.datum(0), y=y),
        rule.encode(x=days("day:Q")),
        dots.encode(x=days("days:Q"), y=y, tooltip=tips),
        *labels,
        name.encode(x=days("day:Q")),
    ]
    return [alt.layer(*layers).properties(name=ROWS)]


@structure
def _recovery_structure(
    theme: str, *, narrow: bool, fills: tuple[tuple[str, str], ...], marks: bool
) -> list[View]:
    base = chart_of("bars")
    # Room for the labels, beside the longest bar.
    scale = alt.Scale(domain=[0, 125], nice=False)
    if narrow:
        room = alt.ExprRef("width - label_room")
        scale = alt.Scale(domain=[0, 100], range=[0, room], nice=False)
    x = partial(alt.X, scale=scale, axis=percent_axis())
    y = partial(
        alt.Y,
        title=None,
        scale=alt.Scale(domain=alt.ExprRef("order"), padding=0.25),
        axis=alt.Axis(domain=False, ticks=False),
    )
    row = y("words:N")
    colour = alt.Color("param:N", scale=value_scale(fills), legend=None)
    tips = tooltips(TIPS["recovery"])
    layers = [base.mark_bar().encode(x=x("percent:Q"), y=row, color=colour, tooltip=tips)]
    layers += interval_rules(base, theme, x=x("conf_low:Q"), x2="conf_high", y=row)
    if marks:
        layers += published_ticks(theme, thick=30, x=x("percent:Q"), y=y("bar:N"))
    labels = base.mark_text(align="left", dx=8).encode(
        x=x("end:Q"), y=row, text=alt.Text("label:N")
    )
    return [alt.layer(*layers, labels).properties(name=ROWS)]
