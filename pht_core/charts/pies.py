"""The pies of Figure 1, and what bars and pies share: labels, the axis of periods, names."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.picture import PLAIN, ROWS, Frame, Picture, View, needs, structure
from pht_core.charts.theme import (
    BROKEN_TERMS,
    fill_scale,
    palette,
)
from pht_core.model.schema import LINEAGES, TERMS
from pht_core.stats.proportion import label_text


def labelled(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Copy with the texts of the labels: "n (%)", what a bar is of, the place in the order."""
    # Lists put into one frame at the end: a column at a time costs several times as much.
    columns: dict[str, list[Any]] = {str(name): table[name].tolist() for name in table.columns}
    columns["label"] = [
        label_text(n, total, digits)
        for n, total in zip(columns["n"], columns["n_total"], strict=True)
    ]
    if "under" not in columns:
        unknown = columns.get("missing", [0] * len(table))
        columns["under"] = [
            f"of {int(total)}" + (f"\n{int(missing)} unknown" if missing > 0 else "")
            for total, missing in zip(columns["n_total"], unknown, strict=True)
        ]
    if "param" in columns:
        columns["term"] = [TERMS.get(param) for param in columns["param"]]
        columns["broken_term"] = [BROKEN_TERMS.get(param) for param in columns["param"]]
        columns["order"] = [LINEAGES.index(param) for param in columns["param"]]
    return pd.DataFrame(columns)


def tell_bars(bars: pd.DataFrame, name: str) -> str:
    """Bars in words, for those who do not see them."""
    told: dict[str, list[str]] = {}
    texts = (bars[column].tolist() for column in ("period_label", name, "label", "under"))
    for period, word, label, under in zip(*texts, strict=True):
        told.setdefault(period, []).append(f"{word} {label} {under}".replace("\n", ", "))
    return " ".join(f"{period}: {'; '.join(words)}." for period, words in told.items())


def period_params(bars: pd.DataFrame) -> dict[str, Any]:
    """Periods in their order, as a parameter of the picture."""
    return {"periods": list(dict.fromkeys(bars["period_label"]))}


def period_x(padding: dict[str, Any]) -> alt.X:
    """Periods side by side, named above; their names say the rule."""
    return alt.X(
        "period_label:N",
        title=None,
        scale=alt.Scale(domain=alt.ExprRef("periods"), **padding),
        axis=alt.Axis(
            orient="top",
            labelAngle=0,
            labelFontSize=13,
            labelFontWeight=600,
            labelLimit=0,
            labelPadding=8,
            domain=False,
            ticks=False,
        ),
    )


def share_axis(title: str = "Patients, %") -> alt.Axis:
    """Axis of percent."""
    return alt.Axis(title=title, values=[0, 25, 50, 75, 100], domain=False, ticks=False)


def names_under(theme: str, field: str, data: str = "bars") -> list[alt.Chart]:
    """Names under the bars and, smaller, of how many."""
    base = alt.Chart(alt.NamedData(data))
    name = base.mark_text(baseline="top", dy=6, lineBreak="\n", lineHeight=14, fontSize=12)
    of = base.mark_text(
        baseline="top",
        dy=36 if field == "broken_term" else 22,
        lineBreak="\n",
        lineHeight=12,
        fontSize=10,
        color=palette(theme).muted,
    )
    return [
        name.encode(y=alt.YValue("height"), text=alt.Text(f"{field}:N")),
        of.encode(y=alt.YValue("height"), text=alt.Text("under:N")),
    ]


def share_tooltip(fields: dict[str, str]) -> list[alt.Tooltip]:
    """What a bar or a pie says when pointed at."""
    return [
        alt.Tooltip("period_label:N", title="Period"),
        *[alt.Tooltip(f"{field}:N", title=title) for title, field in fields.items()],
        alt.Tooltip("label:N", title="Patients"),
        alt.Tooltip("n_total:Q", title="of"),
    ]


# In a column: heights of a period's heading and of what stands under its pies; largest radius.
_HEADING, _UNDER, _RADIUS = 28, 52, 44


def pies_chart(
    incidence: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    digits: int = 2,
) -> Picture:
    """Pies as in the paper's Figure 1 A, D, G: affected or not, per lineage and period.

    Parameters
    ----------
    incidence : period_label, param, n, n_total, percent (missing where n_total is 0: no pie).
    width : below 640 the periods stand one under the other. height : of the wide layout.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["period_label", "param", "n", "n_total", "percent"]
    pies = labelled(needs(incidence, columns, "the incidence of cytopenias"), digits)
    turn = 2 * math.pi
    pies["angle"] = pies["percent"].astype(float) / 100 * turn
    pies["under_pie"] = pies["under"].str.replace("\n", ", ")
    pies["turn"] = pies["angle"].notna() * turn
    periods = period_params(pies)
    narrow, height = frame.narrow, frame.height or 400
    radius = min(_RADIUS, frame.room // 6 - 8) if narrow else height // 10
    block = _HEADING + 2 * radius + _UNDER
    heads = pd.DataFrame(
        {"words": periods["periods"], "y": [18 + block * n for n in range(len(periods["periods"]))]}
    )
    places = {str(period): n for n, period in enumerate(periods["periods"])}
    pies["y"] = [_HEADING + radius + block * places[str(p)] for p in pies["period_label"]]
    return Picture(
        template=_column_structure(frame.theme, narrow=True, radius=radius)
        if narrow
        else _pies_structure(frame.theme, height=height),
        frame=frame,
        description=frame.describe("Pie charts", tell_bars(pies, "term")),
        datasets={"bars": pies, **({"headings": heads} if narrow else {})},
        params={} if narrow else periods,
        rows_height=block * len(places),
    )


def _arcs(theme: str, radius: int) -> list[alt.Chart]:
    colours = palette(theme)
    base = alt.Chart(alt.NamedData("bars"))
    whole = base.mark_arc(
        outerRadius=radius, color=colours.box, stroke=colours.outline, strokeWidth=1
    ).encode(theta=alt.Theta("turn:Q", scale=None, stack=None), theta2=alt.Theta2Value(0))
    affected = base.mark_arc(outerRadius=radius, stroke=colours.outline, strokeWidth=1).encode(
        theta=alt.Theta("angle:Q", scale=None, stack=None),
        theta2=alt.Theta2Value(0),
        color=alt.Color("param:N", scale=fill_scale(theme), legend=None),
        tooltip=share_tooltip({"Cytopenia": "term"}),
    )
    return [whole, affected]


@structure
def _pies_structure(theme: str, *, height: int) -> list[View]:
    base = alt.Chart(alt.NamedData("bars"))
    row = alt.Y(
        "order:O",
        title=None,
        scale=alt.Scale(domain=[0, 1, 2]),
        axis=alt.Axis(
            labelExpr="['anemia', 'thrombocytopenia', 'neutropenia'][datum.value]",
            domain=False,
            ticks=False,
        ),
    )
    radius = height // 10
    label = base.mark_text(dy=radius + 12).encode(text=alt.Text("label:N"))
    of = base.mark_text(dy=radius + 26, fontSize=10, color=palette(theme).muted).encode(
        text=alt.Text("under_pie:N")
    )
    figure = alt.layer(*_arcs(theme, radius), label, of)
    figure = figure.encode(x=period_x({"padding": 0.5}), y=row)
    return [figure.properties(height=height)]


@structure
def _column_structure(theme: str, *, narrow: bool, radius: int) -> list[View]:
    """A row of pies per period, each with its name under it: no axis takes room."""
    base = alt.Chart(alt.NamedData("bars"))
    scale = alt.Scale(type="point", domain=[0, 1, 2], padding=0.5)
    x, y = alt.X("order:O", scale=scale, axis=None), alt.Y("y:Q", scale=None, axis=None, stack=None)
    words = [
        base.mark_text(dy=radius + below, fontSize=size, color=colour).encode(
            text=alt.Text(f"{field}:N")
        )
        for field, below, size, colour in (
            ("term", 13, 12, palette(theme).ink),
            ("label", 28, 12, palette(theme).ink),
            ("under_pie", 41, 10, palette(theme).muted),
        )
    ]
    pies = [layer.encode(x=x, y=y) for layer in (*_arcs(theme, radius), *words)]
    heads = (
        alt.Chart(alt.NamedData("headings"))
        .mark_text(align="left", baseline="alphabetic", fontSize=13, fontWeight=600)
        .encode(x=alt.XValue(0), y=y, text=alt.Text("words:N"))
    )
    return [alt.layer(*pies, heads).properties(name=ROWS)]
