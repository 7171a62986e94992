"""Figure 1 as pies, as in the paper: affected or not, per lineage and period."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.marks import chart_of, value_scale
from pht_core.charts.periods import (
    describe_rows,
    label_rows,
    period_params,
    period_tooltips,
    period_x,
)
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.theme import lineage_fills, palette
from pht_core.model.lineage import LINEAGES

Fills = tuple[tuple[str, str], ...]

# In a column: heights of a period's heading and of what stands under its pies; largest radius.
_HEADING, _UNDER, _RADIUS = 28, 52, 44


def pies_chart(incidence: pd.DataFrame, frame: Frame = PLAIN) -> Picture:
    """Pies as in the paper's Figure 1 A, D, G: affected or not, per lineage and period.

    In a narrow frame the periods stand one under the other.
    incidence : period_label, param, n, n_total, percent (missing where n_total is 0: no pie).
    Raises PhtError where there are no rows or a column is lacking.
    """
    columns = ["period_label", "param", "n", "n_total", "percent"]
    pies = label_rows(needs(incidence, columns, "the incidence of cytopenias"), decimals=2)
    turn = 2 * math.pi
    pies["angle"] = pies["percent"].astype(float) / 100 * turn
    pies["under_pie"] = pies["under"].str.replace("\n", ", ")
    pies["turn"] = pies["angle"].notna() * turn
    params = period_params(pies)
    height, tables = frame.height or 400, {"bars": pies}
    terms = tuple(lineage.term for lineage in LINEAGES.values())
    fills = tuple(lineage_fills(frame.theme).items())
    if frame.narrow:
        radius = min(_RADIUS, frame.room // (2 * len(terms)) - 8)
        block = _HEADING + 2 * radius + _UNDER
        places = {period: block * place for place, period in enumerate(params["periods"])}
        tables["headings"] = pd.DataFrame(
            {"words": places.keys(), "y": [18 + top for top in places.values()]}
        )
        pies["y"] = pies["period_label"].map(places) + _HEADING + radius
        template = _column_structure(frame.theme, narrow=True, radius=radius, fills=fills)
        height = block * len(places)
    else:
        template = _pies_structure(frame.theme, height=height, terms=terms, fills=fills)
    return Picture(
        template=template,
        frame=frame,
        description=frame.describe("Pie charts", describe_rows(pies, "term")),
        datasets=tables,
        params={} if frame.narrow else params,
        rows_height=height,
    )


def _arcs(theme: str, radius: int, fills: Fills) -> list[alt.Chart]:
    colours = palette(theme)
    base = chart_of("bars")
    rim: dict[str, Any] = {"outerRadius": radius, "stroke": colours.outline, "strokeWidth": 1}
    turn = partial(alt.Theta, scale=None, stack=None)
    return [
        base.mark_arc(color=colours.box, **rim).encode(
            theta=turn("turn:Q"), theta2=alt.Theta2Value(0)
        ),
        base.mark_arc(**rim).encode(
            theta=turn("angle:Q"),
            theta2=alt.Theta2Value(0),
            color=alt.Color("param:N", scale=value_scale(fills), legend=None),
            tooltip=period_tooltips({"Cytopenia": "term:N"}),
        ),
    ]


@structure
def _pies_structure(theme: str, *, height: int, terms: tuple[str, ...], fills: Fills) -> list[View]:
    base, radius = chart_of("bars"), height // 10
    axis = alt.Axis(labelExpr=f"{list(terms)}[datum.value]", domain=False, ticks=False)
    row = alt.Y("order:O", title=None, scale=alt.Scale(domain=list(range(len(terms)))), axis=axis)
    label = base.mark_text(dy=radius + 12).encode(text=alt.Text("label:N"))
    of = base.mark_text(dy=radius + 26, fontSize=10, color=palette(theme).muted)
    figure = alt.layer(*_arcs(theme, radius, fills), label, of.encode(text=alt.Text("under_pie:N")))
    figure = figure.encode(x=period_x({"padding": 0.5}), y=row)
    return [figure.properties(height=height)]


@structure
def _column_structure(theme: str, *, narrow: bool, radius: int, fills: Fills) -> list[View]:
    """A row of pies per period, each with its name under it: no axis takes room."""
    base = chart_of("bars")
    scale = alt.Scale(type="point", domain=list(range(len(fills))), padding=0.5)
    x, y = alt.X("order:O", scale=scale, axis=None), alt.Y("y:Q", scale=None, axis=None, stack=None)
    colours = palette(theme)
    words = [
        base.mark_text(dy=radius + below, fontSize=size, color=colour).encode(
            text=alt.Text(f"{field}:N")
        )
        for field, below, size, colour in (
            ("term", 13, 12, colours.ink),
            ("label", 28, 12, colours.ink),
            ("under_pie", 41, 10, colours.muted),
        )
    ]
    pies = [layer.encode(x=x, y=y) for layer in (*_arcs(theme, radius, fills), *words)]
    heads = chart_of("headings").mark_text(
        align="left", baseline="alphabetic", fontSize=13, fontWeight=600
    )
    heads = heads.encode(x=alt.XValue(0), y=y, text=alt.Text("words:N"))
    return [alt.layer(*pies, heads).properties(name=ROWS)]
