"""The legend of a narrow picture: what its marks mean, in as many rows as its width asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import altair as alt
import pandas as pd

from pht_core.charts.frame import LEFT, LEGEND, View
from pht_core.charts.marks import chart_of, from_top
from pht_core.charts.text_metrics import text_width
from pht_core.charts.theme import DASHES, palette

_SIZE = 12
_ROW = 18
_GAP = 14
_LINE, _SYMBOL = 30, 12
_COLUMNS = ["x", "y", "words", "shape", "fill", "stroke", "size", "dash", "end", "beside"]


@dataclass(frozen=True)
class Entry:
    """What a mark looks like and means; without a shape or a dash it is a heading.

    shape : a symbol of Vega or a path. dash : place in ``DASHES`` of a line's type.
    apart : begins a row of its own.
    """

    words: str
    shape: str = ""
    fill: str = "transparent"
    stroke: str = "transparent"
    size: float = 110
    dash: int = -1
    apart: bool = False


def grade_entries(
    theme: str, grades: Sequence[int], size: float = 110, apart: bool = False
) -> list[Entry]:
    """Squares of grades, of which the first says what they are."""
    colours = palette(theme)
    return [
        Entry(
            str(grade) if place else f"grade {grade}",
            "square",
            colours.grades[grade],
            colours.outline,
            size,
            apart=apart and not place,
        )
        for place, grade in enumerate(grades)
    ]


def legend_rows(entries: Sequence[Entry], room: float) -> pd.DataFrame:
    """Place entries one after the other, in rows of so many units."""
    rows = []
    x, row = 0.0, 0
    for entry in entries:
        symbol = _LINE if entry.dash >= 0 else _SYMBOL if entry.shape else 0
        beside = symbol + 6 * bool(symbol)
        width = beside + text_width(entry.words, _SIZE)
        if x and (entry.apart or x + width > room):
            x, row = 0.0, row + 1
        middle = x + (0 if entry.dash >= 0 else symbol / 2)
        looks = (entry.shape, entry.fill, entry.stroke, entry.size, entry.dash)
        place = (row + 0.5) * _ROW
        rows.append((middle, place, entry.words, *looks, x + symbol, x + beside))
        x += width + _GAP
    return pd.DataFrame(rows, columns=_COLUMNS)


def legend_height(rows: pd.DataFrame) -> float:
    """Height of the legend's view."""
    return float(rows["y"].max() + _ROW / 2) if len(rows) else 0.0


def legend_view(theme: str) -> View:
    """The legend above a narrow picture; data ``legend``, as of `legend_rows`."""
    x, y = partial(alt.X, scale=None, axis=None), from_top("y:Q")
    shift = alt.ExprRef(f"-{LEFT}")
    stroke = alt.Stroke("stroke:N", scale=None)
    base = chart_of(LEGEND)
    symbols = base.transform_filter("datum.shape !== ''").mark_point(
        opacity=1, strokeWidth=1, xOffset=shift
    )
    symbols = symbols.encode(
        x=x("x:Q"),
        y=y,
        shape=alt.Shape("shape:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        stroke=stroke,
        size=alt.Size("size:Q", scale=None),
    )
    words = base.mark_text(
        align="left", baseline="middle", fontSize=_SIZE, color=palette(theme).ink, xOffset=shift
    )
    words = words.encode(x=x("beside:Q"), y=y, text=alt.Text("words:N"))
    lines = [
        base.transform_filter(f"datum.dash === {place}")
        .mark_rule(strokeWidth=2.2, strokeDash=dash, xOffset=shift, x2Offset=shift)
        .encode(x=x("x:Q"), x2=alt.X2("end"), y=y, stroke=stroke)
        for place, dash in enumerate(DASHES)
    ]
    return alt.layer(*lines, symbols, words).properties(name=LEGEND)
