"""Marks and encodings that charts of several kinds share."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import altair as alt

from pht_core.charts.theme import GRADES, lineage_colour, palette

# A flat bar, as the symbol of a legend.
BAR = "M-1,-0.3L1,-0.3L1,0.3L-1,0.3Z"
PERCENT_TICKS = [0, 25, 50, 75, 100]
# What marks say when pointed at, by mark: titles and fields, as `tooltips` takes them.
TIPS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("tooltips.toml").read_text("utf-8")
)
# Encodes a column of units from the top of the view.
from_top = partial(alt.Y, scale=None, axis=None)


def chart_of(data: str, *tests: str) -> alt.Chart:
    """The rows of a dataset of the picture for which all tests (Vega expressions) hold."""
    chart = alt.Chart(alt.NamedData(data))
    for test in tests:
        chart = chart.transform_filter(test)
    return chart


def percent_axis(title: str = "Patients, %") -> alt.Axis:
    """Axis of percentages."""
    return alt.Axis(title=title, values=PERCENT_TICKS, domain=False, ticks=False)


def value_scale(colours: Iterable[tuple[Any, str]]) -> alt.Scale:
    """Scale of values and their colours."""
    values, drawn = zip(*colours, strict=True)
    return alt.Scale(domain=list(values), range=list(drawn))


def row_y(field: str, order: str, *, labels: bool = True, **padding: Any) -> alt.Y:
    """A row per patient or course, named as short as may be.

    order : name of the parameter that has the rows' ids; ``shown`` has their names as drawn.
    """
    words = f"shown[indexof({order}, datum.label)]"
    axis = alt.Axis(domain=False, ticks=False, labels=labels, labelExpr=words)
    scale = alt.Scale(domain=alt.ExprRef(order), **padding)
    return alt.Y(f"{field}:N", title=None, scale=scale, axis=axis)


def tooltips(fields: Mapping[str, str]) -> list[alt.Tooltip]:
    """What a mark says when pointed at: titles, and fields with kind and format (``day:Q|.1f``)."""
    told = []
    for title, column in fields.items():
        field, _, number = column.partition("|")
        told.append(alt.Tooltip(field, title=title, format=number or alt.Undefined))
    return told


def grade_scale(theme: str) -> alt.Scale:
    """Scale of grades and their colours."""
    return value_scale(zip(GRADES, palette(theme).grades, strict=True))


def lineage_scale(theme: str, params: Sequence[str]) -> alt.Scale:
    """Scale of lineages and the colours of their lines."""
    return value_scale((param, lineage_colour(param, theme)) for param in params)


def haloed(
    base: alt.Chart, theme: str, encoding: Mapping[str, Any], colour: Any = None, **words: Any
) -> list[alt.Chart]:
    """Texts with a rim in the colour of the ground, so that no line behind crosses them.

    colour : encoding of the texts' colour; by default all have that of ``words`` or the theme.
    """
    ground = palette(theme).background
    rim = base.mark_text(
        **words | {"color": ground}, stroke=ground, strokeWidth=4, strokeJoin="round"
    )
    own = {**encoding, "color": colour} if colour is not None else encoding
    return [rim.encode(**encoding), base.mark_text(**words).encode(**own)]


def interval_rules(base: alt.Chart, theme: str, **places: Any) -> list[alt.Chart]:
    """Lines of intervals; the light rim keeps the dark line apart from a dark bar."""
    colours = palette(theme)
    return [
        base.mark_rule(strokeWidth=stroke, color=colour).encode(**places)
        for colour, stroke in ((colours.background, 4.5), (colours.ink, 1.6))
    ]


def published_ticks(theme: str, *, thick: float, **places: Any) -> list[alt.Chart]:
    """What publications print, data ``published``, as short dark lines across bars.

    ``places`` : encodings. ``thick`` : length of the line.
    """
    base, colours = chart_of("published"), palette(theme)
    tips = tooltips({"Published": "words:N"})
    return [
        base.mark_tick(thickness=stroke, size=thick, color=colour, opacity=1).encode(
            tooltip=tips, **places
        )
        for colour, stroke in ((colours.background, 7), (colours.ink, 3))
    ]


def dodge(pixels: Sequence[float], gap: float, *, low: float, high: float) -> list[float]:
    """Shift labels apart by at least ``gap``, as little as may be, between ``low`` and ``high``.

    >>> dodge([50, 52, 90], 12, low=0, high=100)
    [45.0, 57.0, 90.0]
    >>> dodge([2, 3], 12, low=6, high=100)
    [6.0, 18.0]
    """

    def within(centre: float, count: int) -> float:
        half = (count - 1) / 2 * gap
        return max(min(centre, high - half), low + half)

    order = sorted(range(len(pixels)), key=lambda place: pixels[place])
    blocks: list[list[float]] = []  # the pixels wanted by each run of labels
    for place in order:
        run = [float(pixels[place])]
        while blocks:
            before = blocks[-1]
            upper = within(sum(before) / len(before), len(before))
            lower = within(sum(run) / len(run), len(run))
            if lower - upper >= (len(before) + len(run)) / 2 * gap:
                break
            run = blocks.pop() + run
        blocks.append(run)
    placed = [0.0] * len(pixels)
    members = iter(order)
    for run in blocks:
        count = len(run)
        top = within(sum(run) / count, count) - (count - 1) / 2 * gap
        for member in range(count):
            placed[next(members)] = top + member * gap
    return placed
