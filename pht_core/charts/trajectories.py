"""Figures 2 and 3 E: one patient's counts, steroids, support and other tests on one axis."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.axes import (
    AXIS_LEFT,
    Limits,
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
from pht_core.charts.key import key_height, key_rows, key_view
from pht_core.charts.labs import LabPanel, fit_labs, lab_views
from pht_core.charts.letters import is_narrow, shortened, widest
from pht_core.charts.picture import PADDING, ROWS, Picture, View, needs, structure
from pht_core.charts.steroids import dose_spans, steroid_rows, steroid_strip, steroid_tables
from pht_core.charts.theme import (
    SUPPORT_NAMES,
    WIDTH,
    Theme,
    palette,
)
from pht_core.schema import LINEAGES, UNITS

# What stands beside a narrow plot.
_SHORT_SUPPORT = {"epo": "EPO", "tpo_ra": "TPO-RA"}


def trajectory_chart(
    counts: pd.DataFrame,
    *,
    courses: pd.DataFrame | None = None,
    doses: pd.DataFrame | None = None,
    support: pd.DataFrame | None = None,
    steroids: pd.DataFrame | None = None,
    labs: pd.DataFrame | None = None,
    equivalents: bool = False,
    cuts: pd.DataFrame | None = None,
    lln: pd.DataFrame | None = None,
    log: bool = False,
    days: tuple[float, float] | None = None,
    theme: Theme = "light",
    title: str = "Blood counts and prednisone of one patient",
    subtitle: str = "",
    footer: str = "",
    width: int = WIDTH,
    height: int = 170,
) -> Picture:
    """Draw one patient: a panel per lineage, steroids above, support below, one axis of days.

    Parameters
    ----------
    counts : subject_id, day, param, value, grade (missing: drawn hollow), segment (a line is
        broken between segments); unit and dose, if there, are told in the tooltip.
    courses : start_day, stop_day (missing = ongoing). doses : start_day, end_day (missing =
        ongoing), dose (mg/kg/day). support : day, kind. cuts : param, grade, value (upper edge
        of the grade). lln : param, value. Each may be None or without rows.
    steroids : other steroids, as of ``prednisone.derive_other_steroids``. labs : as of
        ``trajectory.patient_labs``. equivalents : doses are prednisone equivalents of all.
    log : logarithmic axes for PLT and NE. days : limits of the axis. height : of one panel.

    Raises
    ------
    PhtError : no counts, or a column is lacking.
    """
    columns = ["subject_id", "day", "param", "value", "grade", "segment"]
    needs(counts, columns, "this patient's blood counts")
    tips = tuple(name for name in ("dose",) if name in counts)
    points = counts[[*columns, *tips]].copy()
    points["grade_words"] = [
        "no grade" if pd.isna(grade) else f"grade {int(grade)}" for grade in points["grade"]
    ]
    points["graded"] = points["grade"].notna()
    points["value_words"] = [
        f"{value:g} {UNITS[param]}"
        for value, param in zip(points["value"], points["param"], strict=True)
    ]
    limits, narrow = Limits.of(cuts, lln), is_narrow(width)
    panels = fit_panels(points, LINEAGES, ["value"], limits, log=log, height=height, narrow=narrow)
    tests = fit_labs(labs)
    low, high = days or day_limits(points, courses, doses, support, steroids, tests.points)
    tables = {
        "counts": points,
        "courses": dose_spans(courses, "stop_day", high),
        "doses": dose_spans(doses, "end_day", high),
        "stars": _stars(courses, doses),
        "support": _support(support, narrow=narrow),
        **steroid_tables(steroids, high),
        **({"labs": tests.points} if tests.panels else {}),
        "hairlines": hairline_table(panels.values()),
        "absent": absent(points, LINEAGES),
        "infusion": pd.DataFrame({"day": [0]}),
    }
    params: dict[str, Any] = {"day_low": float(low), "day_high": float(high)}
    for panel in panels.values():
        params |= panel.params()
    params |= tests.params
    drugs = tuple(dict.fromkeys(tables["support"]["words"]))
    params["support_kinds"] = list(drugs)
    params["dose_high"] = _dose_top(tables["doses"])
    prednisone = not tables["courses"].empty or not tables["doses"].empty
    key = key_rows(star_entries(theme) if narrow and prednisone else [], width - 2 * PADDING)
    return Picture(
        template=_trajectory_structure(
            theme,
            narrow=narrow,
            height=height,
            log=log,
            prednisone=prednisone,
            support=bool(drugs),
            steroids=len(tables.get("steroid_names", ())),
            labs=tests.panels,
            equivalents=equivalents,
            tips=tips,
        ),
        theme=theme,
        title=title,
        subtitle=subtitle,
        footer=footer,
        description=f"Line charts of days. {title}. {_tell(points, tables)}",
        datasets=tables | ({"key": key} if len(key) else {}),
        params=params,
        width=width,
        rows_height=len(drugs) * 18,
        key_height=key_height(key),
        left=max(AXIS_LEFT, widest(drugs, 12) + 8),
    )


def _stars(courses: pd.DataFrame | None, doses: pd.DataFrame | None) -> pd.DataFrame:
    """Filled where a dose begins, hollow at the stop."""
    rows: list[dict[str, Any]] = []
    starts = doses if doses is not None and not doses.empty else courses
    if starts is not None:
        rows += [{"day": day, "star": "on prednisone"} for day in starts["start_day"]]
    if courses is not None and not courses.empty:
        stops = courses["stop_day"].dropna()
        rows += [{"day": day, "star": "stopped"} for day in stops]
    stars = pd.DataFrame(rows, columns=["day", "star"])
    return stars.astype({"day": float}).drop_duplicates()


def _support(support: pd.DataFrame | None, *, narrow: bool) -> pd.DataFrame:
    if support is None or support.empty:
        return pd.DataFrame(columns=["day", "kind", "words"])
    marks = support.copy()
    order = list(SUPPORT_NAMES)
    names = SUPPORT_NAMES | (_SHORT_SUPPORT if narrow else {})
    marks["words"] = [
        names.get(kind) or shortened(str(kind), narrow=narrow) for kind in marks["kind"]
    ]
    marks["place"] = [order.index(kind) if kind in order else 99 for kind in marks["kind"]]
    return marks.sort_values(["place", "day"], kind="stable")


def _dose_top(doses: pd.DataFrame) -> float:
    highest = doses["dose"].astype(float).max() if len(doses) else np.nan
    return 0.5 if np.isnan(highest) or highest <= 0 else float(highest)


def _tell(points: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> str:
    parts = [
        f"{param}: {len(rows)} counts, lowest {rows['value'].min():g}, last "
        f"{rows.sort_values('day')['value'].iloc[-1]:g} {UNITS[str(param)]}."
        for param, rows in points.groupby("param", sort=False)
    ]
    spans = tables["courses"]
    for start, stop in zip(spans["start_day"], spans.get("stop_day", []), strict=False):
        end = "ongoing" if pd.isna(stop) else f"stopped on day {stop:g}"
        parts.append(f"Prednisone from day {start:g}, {end}.")
    if "steroids" in tables:
        told = tables["steroids"][["drug", "day_words", "dose_words", "equivalent_words"]]
        parts += [
            f"{str(drug).capitalize()}, day {days}: {dose} (as prednisone: {same})."
            for drug, days, dose, same in told.itertuples(index=False)
        ]
    if "labs" in tables:
        parts += [
            f"{name}: {len(rows)} values, highest {rows['value'].max():g} {unit}".strip() + "."
            for (name, unit), rows in tables["labs"].groupby(["test_words", "unit"], sort=False)
        ]
    return " ".join(parts)


@structure
def _trajectory_structure(
    theme: str,
    *,
    narrow: bool,
    height: int,
    log: bool,
    prednisone: bool,
    support: bool,
    steroids: int,
    labs: tuple[LabPanel, ...],
    equivalents: bool,
    tips: tuple[str, ...],
) -> list[View]:
    titled = "Prednisone equivalent" if equivalents else "Prednisone"
    views: list[View] = []
    if prednisone:
        views += [key_view(theme)] if narrow else []
        views.append(_prednisone_strip(theme, titled, narrow=narrow))
    if steroids:
        views.append((steroid_rows if narrow else steroid_strip)(theme, steroids))
    for param in LINEAGES:
        last = param == LINEAGES[-1] and not support and not labs
        tip = [alt.Tooltip(f"{name}:Q", title=f"{titled}, mg/kg/day") for name in tips]
        views.append(
            _panel(
                theme,
                param,
                narrow=narrow,
                height=height,
                log=log,
                last=last,
                shaded=prednisone,
                tips=tip,
            )
        )
    views += lab_views(theme, labs, last=not support, shaded=prednisone, narrow=narrow)
    if support:
        views.append(_support_strip(theme))
    return views


def _panel(
    theme: str,
    param: str,
    *,
    narrow: bool,
    height: int,
    log: bool,
    last: bool,
    shaded: bool,
    tips: list[alt.Tooltip],
) -> View:
    colour = palette(theme).lineage(param)
    base = alt.Chart(alt.NamedData("counts")).transform_filter(f"datum.param === '{param}'")
    x, y = day_x(labels=last), panel_y(param, log=log)
    line = base.mark_line(color=colour, strokeWidth=1.5).encode(
        x=x, y=y, detail=alt.Detail("segment:N"), order=alt.Order("day:Q")
    )
    dots = base.mark_point(
        size=18 if narrow else 34, opacity=1, strokeWidth=1.5, stroke=colour
    ).encode(
        x=x,
        y=y,
        fill=alt.Fill(
            "graded:N",
            scale=alt.Scale(domain=[True, False], range=[colour, palette(theme).background]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("subject_id:N", title="Patient"),
            alt.Tooltip("day:Q", title="Day"),
            alt.Tooltip("value_words:N", title="Value"),
            alt.Tooltip("grade_words:N", title="Grade"),
            *tips,
        ],
    )
    return value_panel(theme, param, [line, dots], height=height, log=log, last=last, shaded=shaded)


def _prednisone_strip(theme: str, title: str, *, narrow: bool) -> View:
    colours = palette(theme)
    *first, last = title.split()
    lines = [*first, f"{last},", "mg/kg/day"]
    doses = (
        alt.Chart(alt.NamedData("doses"))
        .mark_rect(color=colours.prednisone, opacity=0.55)
        .encode(
            x=day_x("start_day"),
            x2=alt.X2("until"),
            y=alt.Y(
                "dose:Q",
                scale=alt.Scale(domain=[0, alt.ExprRef("dose_high")], nice=False),
                axis=alt.Axis(
                    title=" ".join(lines) if narrow else lines,
                    # Above the stars.
                    titleY=-20 if narrow else alt.Undefined,
                    values=alt.ExprRef("[0, dose_high]"),
                    # A format of the axis would be rounded to its step: 2.5 would read 3.
                    labelExpr="format(datum.value, '~g')",
                    grid=False,
                ),
            ),
            y2=alt.Y2Datum(0),
            tooltip=[
                alt.Tooltip("dose_words:N", title=title),
                alt.Tooltip("start_day:Q", title="From day"),
            ],
        )
    )
    place = alt.YValue(-9 if narrow else -12)
    stars = star_marks(theme, place, size=70 if narrow else 110, labels=False, narrow=narrow)
    return alt.layer(doses, infusion_rule(theme), stars).properties(height=40)


def _support_strip(theme: str) -> View:
    colours = palette(theme)
    marks = (
        alt.Chart(alt.NamedData("support"))
        .mark_tick(color=colours.ink, thickness=2, height=11)
        .encode(
            x=day_x(labels=True),
            y=alt.Y(
                "words:N",
                title=None,
                scale=alt.Scale(domain=alt.ExprRef("support_kinds")),
                axis=alt.Axis(domain=False, ticks=False, grid=True),
            ),
            tooltip=[alt.Tooltip("words:N", title="Given"), alt.Tooltip("day:Q", title="Day")],
        )
    )
    return alt.layer(infusion_rule(theme, labels=True), marks).properties(name=ROWS)
