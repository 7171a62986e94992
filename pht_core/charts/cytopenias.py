"""Figure 1 as bars: how many have which cytopenia, and in how many lineages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.frame import PLAIN, Frame, View
from pht_core.charts.horizontal_bars import horizontal_bars
from pht_core.charts.marks import interval_rules, percent_axis, value_scale
from pht_core.charts.periods import (
    describe_rows,
    label_rows,
    names_under,
    period_params,
    period_tooltips,
    period_x,
)
from pht_core.charts.picture import Picture, needs, structure
from pht_core.charts.theme import lineage_fills, palette

LINEAGE_COUNTS = {0: "none", 1: "one", 2: "two", 3: "three"}
# Room above a bar of 100 % for its label.
_PERCENT = alt.Scale(domain=[0, 110], nice=False)
_BANDS = {"paddingInner": 0.12, "paddingOuter": 0.02}
_INTERVAL = ["conf_low", "conf_high"]


def incidence_chart(
    incidence: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    intervals: bool = False,
) -> Picture:
    """Bars: one per lineage and period, with "n (%)"; exact 95% intervals on demand.

    Parameters
    ----------
    incidence : period_label, param, n, n_total, percent (0-100; missing where n_total is 0),
        conf_low and conf_high (0-100, only with ``intervals``), missing (patients without a
        count, told under the bar; may be absent).
    frame : in a narrow one the bars are horizontal, the periods one under the other.

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["period_label", "param", "n", "n_total", "percent", *_INTERVAL * intervals]
    bars = label_rows(needs(incidence, columns, "the incidence of cytopenias"))
    fills = lineage_fills(frame.theme)
    return _bars_chart(bars, frame, intervals, name="term", by="param", fills=fills)


def lineages_chart(
    lineages: pd.DataFrame,
    frame: Frame = PLAIN,
    *,
    intervals: bool = False,
) -> Picture:
    """Bars: how many patients have cytopenia in none, one, two or three lineages.

    Parameters
    ----------
    lineages : period_label, lineages (0-3), n, n_total, percent (0-100; missing where n_total
        is 0), conf_low and conf_high (only with ``intervals``), missing (may be absent).

    Raises
    ------
    PhtError : no rows, or a column is lacking.
    """
    columns = ["period_label", "lineages", "n", "n_total", "percent", *_INTERVAL * intervals]
    bars = label_rows(needs(lineages, columns, "the number of lineages"))
    bars["words"] = bars["lineages"].astype(int).map(LINEAGE_COUNTS)
    bars["order"] = bars["lineages"]
    fills = dict(zip(LINEAGE_COUNTS, palette(frame.theme).counts, strict=True))
    return _bars_chart(bars, frame, intervals, name="words", by="lineages", fills=fills)


def _bars_chart(
    bars: pd.DataFrame,
    frame: Frame,
    intervals: bool,
    *,
    name: str,
    by: str,
    fills: Mapping[Any, str],
) -> Picture:
    """Bars side by side, or one under the other; ``fills`` are by the values of ``by``."""
    bars["top"] = bars["conf_high" if intervals else "percent"].astype(float).fillna(0)
    description = frame.describe("Bar chart", describe_rows(bars, name))
    if frame.narrow:
        return horizontal_bars(
            bars if intervals else bars.drop(columns=_INTERVAL, errors="ignore"),
            frame,
            name=name,
            by=by,
            order=["order"],
            fills=fills,
            description=description,
        )
    return Picture(
        template=_bars_structure(
            frame.theme,
            height=frame.height or 300,
            intervals=intervals,
            by=by,
            fills=tuple(fills.items()),
        ),
        frame=frame,
        description=description,
        datasets={"bars": bars},
        params=period_params(bars),
    )


@structure
def _bars_structure(
    theme: str, *, height: int, intervals: bool, by: str, fills: tuple[tuple[Any, str], ...]
) -> list[View]:
    base = alt.Chart(alt.NamedData("bars"))
    axis = percent_axis()
    percent = alt.Y("percent:Q", scale=_PERCENT, axis=axis)
    field, tips = "words", {"Lineages": "words:N"}
    if by == "param":
        field, tips = "narrow_term", {"Cytopenia": "term:N"}
    kind = "N" if by == "param" else "O"
    colour = alt.Color(f"{by}:{kind}", scale=value_scale(fills), legend=None)
    layers = [
        base.mark_bar(stroke=palette(theme).outline, strokeWidth=1).encode(
            y=percent, color=colour, tooltip=period_tooltips(tips)
        ),
    ]
    if intervals:
        low = alt.Y("conf_low:Q", scale=_PERCENT, axis=axis)
        layers += interval_rules(base, theme, y=low, y2=alt.Y2("conf_high"))
    top = alt.Y("top:Q", scale=_PERCENT, axis=axis)
    layers.append(base.mark_text(baseline="bottom", dy=-4).encode(y=top, text=alt.Text("label:N")))
    places = alt.Scale(domain=list(range(len(fills))), paddingInner=0.3)
    figure = alt.layer(*layers, *names_under(theme, field)).encode(
        x=period_x(_BANDS), xOffset=alt.XOffset("order:O", scale=places)
    )
    return [figure.properties(height=height)]
