"""Names of patients at the ends of their lines."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.axes import Panel, day_x
from pht_core.charts.picture import dodge
from pht_core.charts.theme import palette, short_name

# More names than these at the ends of the lines cannot be read, nor more shapes be told apart.
MOST_NAMES = 8


def line_names(
    points: pd.DataFrame,
    panels: dict[str, Panel],
    chosen: str | None,
    *,
    log: bool,
    height: float,
) -> pd.DataFrame:
    """Names at the ends of the lines: of the chosen patient, or of all where they are few."""
    columns = ["param", "subject_id", "day", "value", "count_place", "place"]
    if chosen is None and points["subject_id"].nunique() > MOST_NAMES:
        return pd.DataFrame(columns=columns)
    named = points if chosen is None else points[points["front"]]
    ends = named.sort_values("day", kind="stable").groupby(["param", "subject_id"]).tail(1)
    parts = []
    for param, rows in ends.groupby("param", sort=False):
        places = [panels[str(param)].pixel(v, log=log, height=height) for v in rows["value"]]
        apart = dodge(places, 12.0, low=5, high=height - 5)
        parts.append(rows.assign(count_place=places, place=apart))
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def name_marks(theme: str, param: str, *, last: bool) -> list[alt.Chart]:
    """Names beside the last counts, as words only: a symbol there would read as a count."""
    colours = palette(theme)
    base = alt.Chart(alt.NamedData("names")).transform_filter(f"datum.param === '{param}'")
    x, place = day_x(labels=last), alt.Y("place:Q", scale=None, axis=None)
    # From the last count to its name, where the name had to give way.
    leaders = (
        base.transform_filter("abs(datum.place - datum.count_place) > 3")
        .mark_rule(strokeWidth=0.8, color=colours.muted, xOffset=5, x2Offset=15)
        .encode(
            x=x,
            x2=alt.X2("day"),
            y=alt.Y("count_place:Q", scale=None, axis=None),
            y2=alt.Y2("place"),
        )
    )
    words: dict[str, Any] = {
        "align": "left",
        "dx": alt.ExprRef("abs(datum.place - datum.count_place) > 3 ? 17 : 9"),
        "fontSize": 11,
        "fontWeight": 600,
        "text": alt.ExprRef(short_name("datum.subject_id")),
    }
    rim: dict[str, Any] = {"stroke": colours.background, "strokeWidth": 3, "strokeJoin": "round"}
    return [
        leaders,
        base.mark_text(**rim, **words).encode(x=x, y=place),
        base.mark_text(color=colours.ink, **words).encode(x=x, y=place),
    ]
