"""Figures 2 and 3 E: one patient's counts, steroids, support and other tests on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.axes import (
    AXIS_LEFT,
    Limits,
    Panels,
    PanelView,
    count_points,
    course_shade,
    day_limits,
    day_x,
    draw_rows,
    infusion_rule,
    star_entries,
    star_marks,
)
from pht_core.charts.frame import LEFT, PLAIN, ROWS, Frame, View
from pht_core.charts.legend import Entry
from pht_core.charts.marks import TIPS, chart_of, grade_scale, haloed, tooltips, value_scale
from pht_core.charts.picture import POINTED, Picture, needs, optional, structure
from pht_core.charts.text_metrics import shortened, widest
from pht_core.charts.theme import palette
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import LABS, PER_KG, SUPPORT_LABELS

LAB_HEIGHT = 100
# Values that span more than two decades would lie on the bottom of a linear axis.
_LOG_FROM = 100.0
# Letters that fit along the side of a panel.
_TITLE_WIDTH = 14


def trajectory_chart(
    counts: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    courses: pd.DataFrame | None = None,
    doses: pd.DataFrame | None = None,
    support: pd.DataFrame | None = None,
    steroids: pd.DataFrame | None = None,
    labs: pd.DataFrame | None = None,
    equivalents: bool = False,
    dose_unit: str = PER_KG,
    cuts: pd.DataFrame | None = None,
    lln: pd.DataFrame | None = None,
    lanes: pd.DataFrame | None = None,
    relapses: pd.DataFrame | None = None,
    days: tuple[float, float] | None = None,
    log: bool = False,
) -> Picture:
    """Draw one patient: a panel per lineage, steroids above, support below, one axis of days.

    With ``lanes`` a strip below shows all days; it opens on ``days``, and dragging in it chooses
    others. The pointer tells the whole draw: all lineages, dose and support.
    counts : subject_id, day, param, value, grade (missing: drawn hollow), segment (a line is
    broken between segments); dose, if it is there, is told by the pointer.
    courses : course, start_day, stop_day (missing = ongoing). doses : start_day, end_day (missing =
    ongoing), dose (in ``dose_unit``). support : day, kind. cuts : param, grade, value (upper
    edge of the grade). lln : param, value. Each may be None or without rows.
    steroids : other steroids, as of ``prednisone.derive_other_steroids``. labs : as of
    ``trajectory.patient_labs``. equivalents : doses are prednisone equivalents of all.
    lanes : start_day, end_day, grade (the worst of any lineage; missing: none known).
    relapses : relapse_day, relapse_time (days from the stop). log : logarithmic axes, but for
    hemoglobin. Raises PhtError for no counts or a lacking column.
    """
    columns = ["subject_id", "day", "param", "value", "grade", "segment"]
    needs(counts, columns, "this patient's blood counts")
    points = count_points(counts, columns[1:])
    limits = Limits.of(cuts, lln)
    panels = Panels.fit(points, [*LINEAGES], ["value"], limits, frame, log=log, height=170)
    lab_panels, lab_points, lab_params = fit_labs(labs)
    low, high = day_limits(points, courses, doses, support, steroids, lab_points)
    strip = lanes is not None and len(lanes) > 0
    drug = "Prednisone equivalent" if equivalents else "Prednisone"
    tables = {
        "counts": points,
        "courses": dose_spans(courses, "stop_day", high),
        "doses": dose_spans(doses, "end_day", high, dose_unit),
        "stars": _stars(courses, doses),
        "support": _support(support, narrow=frame.narrow),
        **steroid_tables(steroids, high, dose_unit),
        **({"labs": lab_points} if lab_panels else {}),
        **panels.tables,
        "draws": draw_rows(counts, courses, support, title=drug, unit=dose_unit),
        "relapses": _relapses(relapses),
    }
    if strip:
        tables["lanes"] = optional(lanes, ["start_day", "end_day", "grade"]).dropna(subset="grade")
    drugs = list(dict.fromkeys(tables["support"]["words"]))
    prednisone = not tables["courses"].empty or not tables["doses"].empty
    return Picture(
        template=_trajectory_structure(
            frame.theme,
            narrow=frame.narrow,
            panels=panels.views(last=not drugs and not lab_panels, shaded=prednisone),
            prednisone=prednisone,
            support=bool(drugs),
            steroids=len(tables.get("steroid_names", ())),
            labs=lab_panels,
            drug=drug,
            told=tuple(tables["draws"].columns[3:]),
            dose_unit=dose_unit,
            strip=strip,
        ),
        frame=frame,
        description=frame.describe("Line charts of days", _describe(points, tables)),
        datasets=tables,
        params={
            **panels.params(low, high),
            **lab_params,
            "support_kinds": drugs,
            "dose_high": _highest_dose(tables["doses"]),
            **(_chosen_days(low, high) if strip else {}),
        },
        selected={"days": {"x": [max(low, days[0]), min(high, days[1])]}} if strip and days else {},
        rows_height=len(drugs) * 18,
        legend=[*star_entries(frame.theme), *_relapse_entries(tables["relapses"])]
        if frame.narrow and prednisone
        else (),
        left=max(AXIS_LEFT, widest(drugs, 12) + 8),
    )


def _chosen_days(low: float, high: float) -> dict[str, object]:
    """Days drawn: those chosen in the strip, or all of them."""
    return {
        "all_low": float(low),
        "all_high": float(high),
        "day_low": alt.ExprRef("days.start_day ? days.start_day[0] : all_low"),
        "day_high": alt.ExprRef("days.start_day ? days.start_day[1] : all_high"),
    }


def _relapses(relapses: pd.DataFrame | None) -> pd.DataFrame:
    """Recurrences with what is written beside them."""
    rows = optional(relapses, ["relapse_day", "relapse_time"])[["relapse_day", "relapse_time"]]
    return rows.assign(words=[f"recurred after {time:g} d" for time in rows["relapse_time"]])


def _relapse_entries(relapses: pd.DataFrame) -> list[Entry]:
    """What the dotted lines mean, for a narrow picture: it has no room for words beside them."""
    return [Entry("dotted: recurrent cytopenia")] if len(relapses) else []


def _stars(courses: pd.DataFrame | None, doses: pd.DataFrame | None) -> pd.DataFrame:
    """Filled where a dose begins, hollow at the stop."""
    starts = courses if doses is None or doses.empty else doses
    rows = [(day, "on prednisone") for day in optional(starts, ["start_day"])["start_day"]]
    stops = optional(courses, ["stop_day"])["stop_day"].dropna()
    rows += [(day, "stopped") for day in stops]
    stars = pd.DataFrame(rows, columns=["day", "star"])
    return stars.astype({"day": float}).drop_duplicates()


def _support(support: pd.DataFrame | None, *, narrow: bool) -> pd.DataFrame:
    """Support by kind, in the order of the labels; a kind that has none as it is."""
    support = optional(support, ["day", "kind"])
    labels = {kind: both[narrow] for kind, both in SUPPORT_LABELS.items()}
    places = {kind: place for place, kind in enumerate(labels)}
    words = [labels.get(kind) or shortened(str(kind), narrow=narrow) for kind in support["kind"]]
    order = support["kind"].map(places).fillna(len(places))
    marks = support.assign(words=words, place=order)
    return marks.sort_values(["place", "day"], kind="stable")


def dose_spans(
    table: pd.DataFrame | None, end: str, high: float, unit: str = PER_KG
) -> pd.DataFrame:
    """Spans to shade, to the day after the last; one that is ongoing runs to the axis' end."""
    spans = optional(table, ["start_day", end, "dose"]).copy()
    last = spans[end].astype(float)
    spans["until"] = (last + (end == "end_day")).fillna(high)
    if "dose" in spans:
        spans["dose_words"] = [f"{dose:g} {unit}" for dose in spans["dose"]]
    return spans


def steroid_tables(
    steroids: pd.DataFrame | None, high: float, unit: str = PER_KG
) -> dict[str, pd.DataFrame]:
    """Spans of other steroids, and the row of each drug with its doses as prednisone in words."""
    if steroids is None or steroids.empty:
        return {}
    spans = dose_spans(steroids, "end_day", high)
    dose, same = spans["dose"].astype(float), spans["prednisone_equivalent"].astype(float)
    unknown = "not known"
    spans["dose_words"] = [unknown if pd.isna(d) else f"{d:.3g} {unit}" for d in dose]
    spans["equivalent_words"] = [unknown if pd.isna(d) else f"{d:.3g} {unit}" for d in same]
    days = zip(spans["start_day"], spans["end_day"].astype(float), strict=True)
    spans["day_words"] = [_day_words(start, end) for start, end in days]
    rows = []
    for drug, own in same.groupby(spans["drug"].astype(str), sort=False):
        least, most = f"{own.min():.3g}", f"{own.max():.3g}"
        amount = least if least == most else f"{least} to {most}"
        words = "dose\nnot known" if own.isna().all() else f"{amount} {unit}\nas prednisone"
        rows.append((drug, words))
    return {"steroids": spans, "steroid_names": pd.DataFrame(rows, columns=["drug", "words"])}


def _day_words(start: float, end: float) -> str:
    if np.isnan(end):
        return f"from {start:g}"
    return f"{start:g}" if start == end else f"{start:g} to {end:g}"


def _highest_dose(doses: pd.DataFrame) -> float:
    highest = doses["dose"].astype(float).max() if len(doses) else np.nan
    return 0.5 if np.isnan(highest) or highest <= 0 else float(highest)


def _describe(points: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> str:
    parts = []
    for param, rows in points.groupby("param", sort=False):
        last = rows.sort_values("day")["value"].iloc[-1]
        range_ = f"lowest {rows['value'].min():g}, last {last:g} {LINEAGES[str(param)].unit}"
        parts.append(f"{param}: {len(rows)} counts, {range_}.")
    spans = tables["courses"]
    for start, stop in zip(spans["start_day"], spans.get("stop_day", []), strict=False):
        end = "ongoing" if pd.isna(stop) else f"stopped on day {stop:g}"
        parts.append(f"Prednisone from day {start:g}, {end}.")
    if "steroids" in tables:
        words = tables["steroids"][["drug", "day_words", "dose_words", "equivalent_words"]]
        parts += [
            f"{str(drug).capitalize()}, day {days}: {dose} (as prednisone: {same})."
            for drug, days, dose, same in words.itertuples(index=False)
        ]
    if "labs" in tables:
        parts += [
            f"{name}: {len(rows)} values, highest {rows['value'].max():g} {unit}".strip() + "."
            for (name, unit), rows in tables["labs"].groupby(["test_words", "unit"], sort=False)
        ]
    return " ".join(parts)


@dataclass(frozen=True)
class LabPanel:
    """What the structure of one test's panel depends on; its limits are parameters."""

    key: str
    title: tuple[str, ...]
    log: bool


def lab_name(test: str) -> str:
    """A test's name, such as "C-reactive protein"; one that is not of ``schema.LABS`` as it is."""
    name = LABS[test][0] if test in LABS else test
    return name[:1].upper() + name[1:]


def fit_labs(
    labs: pd.DataFrame | None,
) -> tuple[tuple[LabPanel, ...], pd.DataFrame, dict[str, object]]:
    """Fit a panel to each test, in the table's order; a test in two units has two panels.

    labs : subject_id, day, test, value, unit ("" = none is given), segment; or None.
    Returns the panels, and the table and the parameters that fill them.
    """
    columns = ["subject_id", "day", "test", "value", "unit", "segment"]
    points = optional(labs, columns)[columns].reset_index(drop=True)
    points["test_words"] = [lab_name(str(test)) for test in points["test"]]
    amounts = zip(points["value"], points["unit"], strict=True)
    points["value_words"] = [f"{value:g} {unit}".strip() for value, unit in amounts]
    panels: list[LabPanel] = []
    params: dict[str, object] = {}
    for (test, unit), own in points.groupby(["test", "unit"], sort=False):
        key, values = f"lab_{len(panels)}", own["value"].astype(float)
        positive = values[values > 0]
        wide = len(positive) > 0 and bool(positive.max() > _LOG_FROM * positive.min())
        log = wide and not bool((values < 0).any())
        if log:
            # A logarithmic axis has no zero: it stands on the lower edge, a decade below the rest.
            zeros = bool((values == 0).any())
            low, high = float(positive.min()) / (10 if zeros else 1.3), float(positive.max()) * 1.3
            ticks = [low] * zeros + decades(float(positive.min()) / 1.3, high)
        else:
            # A value below 0 is a finding; it is drawn where it lies.
            low, high = min(0.0, float(values.min()) * 1.08), max(0.0, float(values.max()) * 1.08)
            high, ticks = high if high > low else 1.0, []
        points.loc[own.index, "panel"] = key
        points.loc[own.index, "drawn"] = values.clip(lower=low)
        params |= {f"{key}_low": low, f"{key}_high": high, f"{key}_ticks": ticks}
        panels.append(LabPanel(key, _title(lab_name(str(test)), str(unit)), log))
    return tuple(panels), points, params


def decades(low: float, high: float) -> list[float]:
    """Powers of ten between two values, every other one where they are more than five.

    >>> decades(0.7, 1300)
    [1.0, 10.0, 100.0, 1000.0]
    """
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    return [float(f"1e{power}") for power in powers][:: 1 if len(powers) <= 5 else 2]


def _title(name: str, unit: str) -> tuple[str, ...]:
    """Lines of an axis title: the name, and the unit where one is given."""
    lines = wrap(f"{name}," if unit else name, _TITLE_WIDTH, break_on_hyphens=False)
    if unit and len(lines[-1]) + 1 + len(unit) <= _TITLE_WIDTH:
        return (*lines[:-1], f"{lines[-1]} {unit}")
    return (*lines, *([unit] if unit else []))


@structure
def _trajectory_structure(
    theme: str,
    *,
    narrow: bool,
    panels: tuple[PanelView, ...],
    prednisone: bool,
    support: bool,
    steroids: int,
    labs: tuple[LabPanel, ...],
    drug: str,
    told: tuple[str, ...],
    dose_unit: str,
    strip: bool,
) -> list[View]:
    views: list[View] = []
    if prednisone:
        views.append(_prednisone_strip(theme, drug, dose_unit, narrow=narrow))
    if steroids:
        views.append(_steroid_strip(theme, steroids, narrow=narrow))
    # The draw under the pointer is marked in every panel at once.
    pointed = alt.selection_point(
        name=POINTED, fields=["day"], on="pointerover", clear="pointerout", empty=False
    )
    views += [_count_panel(panel, pointed, told, panel is panels[0]) for panel in panels]
    for lab in labs:
        last = not support and lab is labs[-1]
        views.append(_lab_panel(theme, lab, labels=last, shaded=prednisone, narrow=narrow))
    if support:
        views.append(_support_strip(theme))
    views = [_clipped(view) for view in views]
    return [*views, _days_strip(theme, narrow=narrow)] if strip else views


def _clipped(view: Any) -> View:
    """The same with marks of other days than those drawn left out; words stay, as do stars."""
    for part in view.layer:
        if part.mark.type != "text" and not (
            part.mark.type == "point" and part.data.name == "stars"
        ):
            part.mark.clip = True
    clipped: View = view
    return clipped


def _days_strip(theme: str, *, narrow: bool) -> View:
    """All days, with the worst grade and courses of prednisone; dragging chooses days."""
    colours = palette(theme)
    scale = alt.Scale(domain=[alt.ExprRef("all_low"), alt.ExprRef("all_high")], nice=False)
    title = "All days and the worst grade; framed, the days above"
    axis = alt.Axis(title=title, grid=False, domain=False, labelFlush=False, tickMinStep=1)
    x = alt.X("start_day:Q", scale=scale, axis=axis)
    frame = alt.BrushConfig(
        fill=colours.accent, fillOpacity=0.12, stroke=colours.accent, strokeWidth=1.5
    )
    days = alt.selection_interval(name="days", encodings=["x"], mark=frame)
    lanes = chart_of("lanes").mark_rect().add_params(days)
    courses = chart_of("courses").mark_rect(color=colours.prednisone)
    return alt.layer(
        lanes.encode(
            x=x,
            x2=alt.X2("end_day"),
            y=alt.YValue(3),
            y2=alt.Y2Value(15),
            fill=alt.Fill("grade:O", scale=grade_scale(theme), legend=None),
        ),
        courses.encode(x=x, x2=alt.X2("until"), y=alt.YValue(19), y2=alt.Y2Value(24)),
    ).properties(height=28)


def _count_panel(
    panel: PanelView, pointed: alt.Parameter, told: tuple[str, ...], first: bool
) -> View:
    colours, colour, rows = palette(panel.theme), panel.colour, panel.rows()
    at = {"x": panel.x(), "y": panel.y()}
    line = rows.mark_line(color=colour, strokeWidth=1.5)
    # Hollow where they have no grade.
    dots = rows.mark_point(
        size=34 / (2 if panel.narrow else 1), stroke=colour, opacity=1, strokeWidth=1.5
    )
    filled = value_scale([(True, colour), (False, colours.background)])
    again = chart_of("relapses").mark_rule(color=colours.ink, strokeWidth=0.8, strokeDash=[1, 3])
    draws = chart_of("draws")
    shown = alt.when(pointed).then(alt.value(1)).otherwise(alt.value(0))
    front = rows.mark_point(
        filled=True, size=90, color=colour, stroke=colours.background, strokeWidth=1.5
    )
    # From half way to the draw before to half way to the next: no point need be hit.
    tips = tooltips({name: f"{name}:N" for name in told})
    hit = draws.mark_rect(opacity=0).encode(x=panel.x("start"), x2=alt.X2("end"), tooltip=tips)
    hit = hit.properties(name=f"{POINTED}_{panel.param}")
    marks = [
        again.encode(x=panel.x("relapse_day")),
        line.encode(detail=alt.Detail("segment:N"), order=alt.Order("day:Q"), **at),
        dots.encode(fill=alt.Fill("graded:N", scale=filled, legend=None), **at),
        draws.mark_rule(color=colours.ink).encode(x=panel.x(), opacity=shown),
        front.encode(opacity=shown, **at),
        hit.add_params(pointed) if first else hit,
    ]
    return panel.draw(marks)


def _prednisone_strip(theme: str, title: str, unit: str, *, narrow: bool) -> View:
    *first, last = title.split()
    lines = [*first, f"{last},", unit]
    axis = alt.Axis(
        title=" ".join(lines) if narrow else lines,
        # Above the stars.
        titleY=-20 if narrow else alt.Undefined,
        values=alt.ExprRef("[0, dose_high]"),
        # A format of the axis would be rounded to its step: 2.5 would read 3.
        labelExpr="format(datum.value, '~g')",
        grid=False,
    )
    scale = alt.Scale(domain=[0, alt.ExprRef("dose_high")], nice=False)
    doses = chart_of("doses").mark_rect(color=palette(theme).prednisone, opacity=0.55)
    place = alt.value(-9 if narrow else -12)
    layers = [
        doses.encode(
            x=day_x("start_day"),
            x2=alt.X2("until"),
            y=alt.Y("dose:Q", scale=scale, axis=axis),
            y2=alt.datum(0),
            tooltip=tooltips({title: "dose_words:N", "From day": "start_day:Q"}),
        ),
        infusion_rule(theme),
        star_marks(theme, place, size=70 if narrow else 110, narrow=narrow),
    ]
    if not narrow:
        shown = "datum.relapse_day >= day_low && datum.relapse_day <= day_high"
        # Above the low doses at the end of the course before.
        beside = {"x": day_x("relapse_day"), "y": alt.value(7), "text": "words:N"}
        again = chart_of("relapses", shown)
        layers += haloed(again, theme, beside, align="right", dx=-4, fontSize=11)
    return alt.layer(*layers).properties(height=40)


def _steroid_strip(theme: str, drugs: int, *, narrow: bool) -> View:
    """Other steroids: a row per drug with thin bars, and what its doses are worth.

    The words stand beside the bars, in a narrow picture in a line above them.
    """
    colours, names = palette(theme), chart_of("steroid_names")
    axis = alt.Axis(
        domain=False, ticks=False, grid=False, labels=False if narrow else alt.Undefined
    )
    y = alt.Y("drug:N", title=None, sort=None, axis=axis)
    if narrow:
        names = names.transform_calculate(
            line="datum.drug + ': ' + replace(datum.words, '\\n', ' ')"
        )
        place = {"x": alt.value(alt.ExprRef(f"-{LEFT}")), "y": y, "text": "line:N"}
        look: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": 11, "dy": -7}
        words = haloed(names, theme, place, color=colours.muted, **look)
    else:
        look = {"align": "left", "dx": 6, "dy": -5, "fontSize": 10, "lineBreak": "\n"}
        beside = names.mark_text(lineHeight=11, color=colours.muted, **look)
        words = [beside.encode(x=alt.XValue("width"), y=y, text=alt.Text("words:N"))]
    # The outline keeps a single day in sight on an axis of years.
    rim: dict[str, Any] = {
        "color": colours.prednisone,
        "stroke": colours.prednisone,
        "strokeWidth": 1.5,
    }
    bars = chart_of("steroids").mark_bar(height=7, yOffset=7 if narrow else 0, **rim)
    bars = bars.encode(
        x=day_x("start_day"), x2=alt.X2("until"), y=y, tooltip=tooltips(TIPS["steroid"])
    )
    figure = alt.layer(bars, infusion_rule(theme), *words)
    return figure.properties(height=drugs * (32 if narrow else 26))


def _lab_panel(theme: str, panel: LabPanel, *, labels: bool, shaded: bool, narrow: bool) -> View:
    colours = palette(theme)
    domain = [alt.ExprRef(f"{panel.key}_low"), alt.ExprRef(f"{panel.key}_high")]
    title = " ".join(panel.title) if narrow else list(panel.title)
    if panel.log:
        scale = alt.Scale(type="log", domain=domain, nice=False, clamp=True)
        ticks = alt.ExprRef(f"{panel.key}_ticks")
        # The lowest tick of an axis with zeros is where these are drawn.
        words = f"datum.value > {panel.key}_low ? format(datum.value, ',~r') : '0'"
        axis = alt.Axis(title=title, grid=False, values=ticks, labelExpr=words)
    else:
        scale = alt.Scale(domain=domain, nice=False, zero=False)
        axis = alt.Axis(title=title, grid=False, tickCount=3)
    at = {"x": day_x(labels=labels), "y": alt.Y("drawn:Q", scale=scale, axis=axis)}
    base = chart_of("labs", f"datum.panel === '{panel.key}'")
    line = base.mark_line(color=colours.ink, strokeWidth=1.2)
    dots = base.mark_point(filled=True, size=26, opacity=1, color=colours.ink)
    return alt.layer(
        *([course_shade(theme, labels=labels)] if shaded else []),
        infusion_rule(theme, labels=labels),
        line.encode(detail=alt.Detail("segment:N"), order=alt.Order("day:Q"), **at),
        dots.encode(tooltip=tooltips(TIPS["laboratory_value"]), **at),
    ).properties(height=LAB_HEIGHT)


def _support_strip(theme: str) -> View:
    scale = alt.Scale(domain=alt.ExprRef("support_kinds"))
    axis = alt.Axis(domain=False, ticks=False, grid=True)
    marks = chart_of("support").mark_tick(color=palette(theme).ink, thickness=2, height=11)
    marks = marks.encode(
        x=day_x(labels=True),
        y=alt.Y("words:N", title=None, scale=scale, axis=axis),
        tooltip=tooltips(TIPS["support"]),
    )
    return alt.layer(infusion_rule(theme, labels=True), marks).properties(name=ROWS)


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

    summary : param, day, q10, q25, median, q75, q90, n (patients with a count in the bin).
    params : lineages to draw; by default all. cuts, lln, log : as in `trajectory_chart`.
    Raises PhtError for no rows of these lineages or a lacking column.
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
                x=panel.x(), y=panel.y(low), y2=high
            )
            for low, high, opacity in (("q10", "q90", 0.18), ("q25", "q75", 0.32))
        ]
        points = alt.OverlayMarkDef(size=18, color=colour)
        line = rows.mark_line(color=colour, strokeWidth=2, point=points)
        tips = tooltips(TIPS["summary"])
        line = line.encode(x=panel.x(), y=panel.y("median"), tooltip=tips)
        views.append(panel.draw([*bands, line]))
    return views
