"""Spans of doses, and the strip of steroids other than prednisone with what they are worth."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.axes import day_x, infusion_rule
from pht_core.charts.picture import LEFT, View
from pht_core.charts.theme import palette

_TIPS = {
    "drug": "Steroid",
    "day_words": "Day",
    "dose_words": "Dose",
    "equivalent_words": "As prednisone",
}


def dose_spans(table: pd.DataFrame | None, end: str, high: float) -> pd.DataFrame:
    """Spans to shade, to the day after the last; one that is ongoing runs to the axis' end."""
    columns = ["start_day", "until", "dose", "dose_words"]
    if table is None or table.empty:
        return pd.DataFrame(columns=columns)
    spans = table.copy()
    last = spans[end].astype(float)
    spans["until"] = (last + (end == "end_day")).fillna(high)
    if "dose" in spans:
        spans["dose_words"] = [f"{dose:g} mg/kg/day" for dose in spans["dose"]]
    return spans


def steroid_tables(steroids: pd.DataFrame | None, high: float) -> dict[str, pd.DataFrame]:
    """Spans of other steroids, and the row of each drug with its doses as prednisone in words."""
    if steroids is None or steroids.empty:
        return {}
    spans = dose_spans(steroids, "end_day", high)
    dose, same = spans["dose"].astype(float), spans["prednisone_equivalent"].astype(float)
    unknown = "not known"
    spans["dose_words"] = [unknown if pd.isna(d) else f"{d:.3g} mg/kg/day" for d in dose]
    spans["equivalent_words"] = [unknown if pd.isna(d) else f"{d:.3g} mg/kg/day" for d in same]
    spans["day_words"] = [
        _day_words(start, end)
        for start, end in zip(spans["start_day"], spans["end_day"].astype(float), strict=True)
    ]
    rows = []
    for drug, own in same.groupby(spans["drug"].astype(str), sort=False):
        least, most = f"{own.min():.3g}", f"{own.max():.3g}"
        amount = least if least == most else f"{least} to {most}"
        words = "dose\nnot known" if own.isna().all() else f"{amount} mg/kg/day\nas prednisone"
        rows.append((drug, words))
    return {"steroids": spans, "steroid_names": pd.DataFrame(rows, columns=["drug", "words"])}


def _day_words(start: float, end: float) -> str:
    if np.isnan(end):
        return f"from {start:g}"
    return f"{start:g}" if start == end else f"{start:g} to {end:g}"


def steroid_strip(theme: str, drugs: int) -> View:
    """Other steroids: a row per drug with thin bars, and what its doses are worth beside it."""
    colours = palette(theme)
    y = alt.Y("drug:N", title=None, sort=None, axis=alt.Axis(domain=False, ticks=False, grid=False))
    bars = _bars(theme, y)
    names = alt.Chart(alt.NamedData("steroid_names"))
    words = names.mark_text(
        align="left",
        dx=6,
        dy=-5,
        fontSize=10,
        lineHeight=11,
        lineBreak="\n",
        color=colours.muted,
    ).encode(x=alt.XValue("width"), y=y, text=alt.Text("words:N"))
    return alt.layer(bars, infusion_rule(theme), words).properties(height=drugs * 26)


def steroid_rows(theme: str, drugs: int) -> View:
    """The same in a narrow picture: a line of words above each drug's bars."""
    colours = palette(theme)
    axis = alt.Axis(domain=False, ticks=False, grid=False, labels=False)
    y = alt.Y("drug:N", title=None, sort=None, axis=axis)
    names = alt.Chart(alt.NamedData("steroid_names")).transform_calculate(
        line="datum.drug + ': ' + replace(datum.words, '\\n', ' ')"
    )
    look: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": 11, "dy": -7}
    place: dict[str, Any] = {
        "x": alt.XValue(alt.ExprRef(f"-{LEFT}")),
        "y": y,
        "text": alt.Text("line:N"),
    }
    rim: dict[str, Any] = {"stroke": colours.background, "strokeWidth": 4, "strokeJoin": "round"}
    return alt.layer(
        _bars(theme, y, below=7),
        infusion_rule(theme),
        names.mark_text(**rim, **look).encode(**place),
        names.mark_text(color=colours.muted, **look).encode(**place),
    ).properties(height=drugs * 32)


def _bars(theme: str, y: alt.Y, *, below: float = 0) -> alt.Chart:
    colour = palette(theme).prednisone
    # The outline keeps a single day in sight on an axis of years.
    look: dict[str, Any] = {"color": colour, "stroke": colour, "strokeWidth": 1.5, "height": 7}
    return (
        alt.Chart(alt.NamedData("steroids"))
        .mark_bar(yOffset=below, **look)
        .encode(
            x=day_x("start_day"),
            x2=alt.X2("until"),
            y=y,
            tooltip=[alt.Tooltip(f"{name}:N", title=title) for name, title in _TIPS.items()],
        )
    )
