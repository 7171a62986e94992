"""The numbers at risk under a survival curve: their rows, and times far enough apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.letters import text_width, widest
from pht_core.charts.picture import LEFT, ROWS, View
from pht_core.charts.theme import palette

ALL = "all"
_SIZE = 12
# Between the names of the rows and the numbers at time 0, in a narrow picture.
_GAP = 6


def risk_rows(
    at_risk: pd.DataFrame, strata: list[str], event_word: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers under the curve, and the names of their rows: place is the row from the top."""
    kinds = {"n_risk": "at risk", "n_censor": "censored", "n_event": event_word}
    numbers: list[tuple[str, float, int, int]] = []
    names: list[tuple[int, str, str, bool]] = []
    owners = at_risk["strata"].astype(str).tolist()
    times = at_risk["time"].tolist()
    counts = {column: at_risk[column].tolist() for column in kinds}
    for stratum in strata:
        if strata != [ALL]:
            names.append((len(names), stratum, stratum, True))
        for column, words in kinds.items():
            place = len(names)
            names.append((place, words, stratum, False))
            numbers += [
                (stratum, time, int(n), place)
                for owner, time, n in zip(owners, times, counts[column], strict=True)
                if owner == stratum
            ]
    return (
        pd.DataFrame(numbers, columns=["strata", "time", "n", "place"]),
        pd.DataFrame(names, columns=["place", "words", "strata", "heading"]),
    )


def spaced_times(times: Sequence[float], most: int, *, last: float, room: float) -> list[float]:
    """Times, or every second, third... of them, so that neither ticks nor numbers touch.

    Parameters
    ----------
    times : of the ticks, ascending. most : the largest number printed. last : end of the axis.
    room : units from time 0 to the end.

    Examples
    --------
    >>> spaced_times([0.0, 3.0, 6.0, 9.0, 12.0], 200, last=12.0, room=100.0)
    [0.0, 6.0, 12.0]
    """
    words = [str(most), *(f"{time:g}" for time in times)]
    needed = max(text_width(word, _SIZE) for word in words) + 8
    for step in range(1, len(times)):
        chosen = list(times[::step])
        gaps = [after - before for before, after in pairwise(chosen)]
        if min(gaps) * room >= needed * last:
            return chosen
    return list(times[:1])


def beside_numbers(numbers: pd.DataFrame) -> float:
    """Units from time 0 to the names of the rows in a narrow picture: half a number and a gap."""
    first = numbers.loc[numbers["time"] == numbers["time"].min(), "n"]
    return widest((f"{n}" for n in first), _SIZE) / 2 + _GAP


def names_width(names: pd.DataFrame, beside: float) -> float:
    """Units that the names of the rows take beside a narrow plot; headings stand above."""
    return widest(names.loc[~names["heading"].astype(bool), "words"], _SIZE) + beside


def risk_view(theme: str, x: alt.X, colour: alt.Color, *, narrow: bool) -> View:
    """The table, aligned to the axis ``x``; data ``at_risk`` and ``risk_rows``."""
    place = alt.Y("place:O", axis=None, scale=alt.Scale(domain=alt.ExprRef("risk_places")))
    numbers = (
        alt.Chart(alt.NamedData("at_risk"))
        .mark_text(fontSize=_SIZE)
        .encode(x=x, y=place, text=alt.Text("n:Q"))
    )
    names = alt.Chart(alt.NamedData("risk_rows"))
    beside: dict[str, Any] = {"align": "right", "dx": -18, "fontSize": _SIZE, "limit": 220}
    rows, heads = dict(beside), dict(beside)
    edge = alt.XValue(0)
    if narrow:
        rows, heads = (
            {**rows, "dx": alt.ExprRef("-risk_beside")},
            {"align": "left", "fontSize": _SIZE},
        )
        edge = alt.XValue(alt.ExprRef(f"-{LEFT}"))
    return alt.layer(
        numbers,
        names.transform_filter("!datum.heading")
        .mark_text(color=palette(theme).ink, **rows)
        .encode(x=alt.XValue(0), y=place, text=alt.Text("words:N")),
        names.transform_filter("datum.heading")
        .mark_text(fontWeight=600, **heads)
        .encode(x=edge, y=place, text=alt.Text("words:N"), color=colour),
        name=ROWS,
    )
