"""Patient flow: from all treated to those whose counts fell again, as bars to one scale."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pht_core.charts.frame import PLAIN, ROWS, Frame, View
from pht_core.charts.marks import chart_of, from_top
from pht_core.charts.picture import MEAN_LETTER, Picture, needs, structure
from pht_core.charts.theme import palette
from pht_core.stats.proportion import with_percent

# What those given prednisone are made up of: in words under their number, without a bar.
_PARTS = ("refractory", "late")
# All treated patients, of whom those on show are a part: their bars stand back.
_BEFORE = ("treated", "evaluated", "pht")
_SIZE = 12
# Heights of a line, a bar, and the gap below it. A page may draw a wide picture as narrow as this.
_LINE, _BAR, _GAP, _NARROWEST = 18, 14, 10, 560


def flow_chart(flow: pd.DataFrame, frame: Frame = PLAIN) -> Picture:
    """A bar a step under its number and words; of whom they are a part stands at the right.

    flow : step, label, n, n_total (missing: none), note, order; see ``summary.count_flow``.
    Raises PhtError where there are no rows or a column is lacking.
    """
    columns = ["step", "label", "n", "n_total", "note", "order"]
    table = needs(flow, columns, "the patient flow").sort_values("order").reset_index(drop=True)
    notes = table["note"].fillna("").astype(str)
    words = table["label"] + notes.map(lambda note: f" ({note})" if note else "")
    content = "; ".join(f"{n} {label}" for n, label in zip(table["n"], words, strict=True))
    parts = table["step"].isin(_PARTS)
    bars = table[~parts].reset_index(drop=True)
    details = []
    for step, note in zip(bars["step"], notes[~parts], strict=True):
        own = table[parts] if step == "prednisone" else table[:0]
        of_whom = [f"{n} {label}" for n, label in zip(own["n"], own["label"], strict=True)]
        more = (one for one in notes[own.index] if one not in note)
        details.append("; ".join(filter(None, [*of_whom, *more, note])))
    letters = int(min(frame.room, _NARROWEST) / (_SIZE * MEAN_LETTER))
    lines = [wrap(detail, letters) for detail in details]
    heights = np.array([_LINE * (1 + len(own)) + _BAR + _GAP for own in lines])
    tops = heights.cumsum() - heights
    of_words = [
        "" if of != of else with_percent(f"of {of:,.0f}", n, int(of))
        for n, of in zip(bars["n"], bars["n_total"].astype(float), strict=True)
    ]
    bars = bars.assign(
        n_words=[f"{n:,}" for n in bars["n"]],
        start=0,
        share=bars["n"] / max(int(bars["n"].max()), 1),
        before=bars["step"].isin(_BEFORE) & bool((bars["step"] == "treated").any()),
        of_words=of_words,
        details=["\n".join(own) for own in lines],
        top=tops + _LINE - 4,
        below=tops + 2 * _LINE - 5,
        bar=tops + heights - _BAR - _GAP,
        bar_end=tops + heights - _GAP,
    )
    return Picture(
        template=_structure(frame.theme, narrow=frame.narrow),
        frame=frame,
        description=frame.describe("Flow diagram", f"{content}."),
        datasets={"bars": bars},
        rows_height=float(heights.sum() - _GAP),
    )


@structure
def _structure(theme: str, *, narrow: bool) -> list[View]:
    colours, base = palette(theme), chart_of("bars")
    left, right = alt.value(0), alt.value("width")

    def words(field: str, place: str, x: Any, **look: Any) -> alt.Chart:
        own: dict[str, Any] = {"align": "left", "fontSize": _SIZE, "color": colours.ink} | look
        mark = base.mark_text(baseline="alphabetic", **own)
        return mark.encode(x=x, y=from_top(f"{place}:Q"), text=alt.Text(f"{field}:N"))

    start = alt.X("start:Q", scale=alt.Scale(domain=[0, 1], nice=False, zero=False), axis=None)
    bars = [
        base.transform_filter(test)
        .mark_rect(color=colour)
        .encode(x=start, x2=alt.X2("share"), y=from_top("bar:Q"), y2=alt.Y2("bar_end"))
        for test, colour in (("datum.before", colours.faded), ("!datum.before", colours.accent))
    ]
    muted = {"color": colours.muted, "lineHeight": _LINE, "lineBreak": "\n"}
    texts = [
        words("n_words", "top", left, fontSize=15, fontWeight=600),
        words("label", "top", left, dx=38),
        words("of_words", "top", right, align="right", **muted),
        words("details", "below", left, dx=0, **muted),
    ]
    return [alt.layer(*bars, *texts).properties(name=ROWS)]
