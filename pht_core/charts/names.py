"""Names of patients at the ends of their lines."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from pht_core.charts.axes import Panel, day_x
from pht_core.charts.letters import FIRST_CHINESE, shortened, text_width
from pht_core.charts.picture import PADDING, dodge
from pht_core.charts.theme import palette

# More names than these at the ends of the lines cannot be read, nor more shapes be told apart.
MOST_NAMES = 8
# Longer names than this would leave a narrow plot too little room.
_WIDEST_NARROW = 48
_SIZE = 11
# What axes, labels of hairlines and legend take beside a wide plot.
_BESIDE_WIDE = 184


def line_names(
    points: pd.DataFrame,
    panels: dict[str, Panel],
    chosen: str | None,
    *,
    log: bool,
    height: float,
    narrow: bool = False,
) -> pd.DataFrame:
    """Names at the ends of the lines: of the chosen patient, or of all where they are few.

    ``shown`` is the name as it is drawn. In a narrow picture names that are long are left to the
    key: none is at a line.
    """
    columns = ["param", "subject_id", "day", "value", "count_place", "place", "shown"]
    if chosen is None and points["subject_id"].nunique() > MOST_NAMES:
        return pd.DataFrame(columns=columns)
    named = points if chosen is None else points[points["front"]]
    shown = {str(name): shortened(str(name), narrow=narrow) for name in named["subject_id"]}
    if narrow and any(text_width(n, _SIZE, bold=True) > _WIDEST_NARROW for n in shown.values()):
        return pd.DataFrame(columns=columns)
    ends = named.sort_values("day", kind="stable").groupby(["param", "subject_id"]).tail(1)
    parts = []
    for param, rows in ends.groupby("param", sort=False):
        places = [panels[str(param)].pixel(v, log=log, height=height) for v in rows["value"]]
        # Chinese letters are taller than ours.
        gap = 13.5 if any(text >= FIRST_CHINESE for text in map(max, shown.values())) else 12.0
        apart = dodge(places, gap, low=5, high=height - 5)
        names = [shown[str(name)] for name in rows["subject_id"]]
        parts.append(rows.assign(count_place=places, place=apart, shown=names))
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def name_days(names: pd.DataFrame, days: float, *, beside: float, width: int) -> float:
    """Days to add to an axis of so many, so that the names fit right of the last count.

    ``beside`` : units that axes and labels take of a narrow picture's width.
    """
    if names.empty:
        return 0.0
    drawn = [
        max(
            text_width(name, _SIZE, bold=True), 7.5 * sum(letter < FIRST_CHINESE for letter in name)
        )
        for name in names["shown"]
    ]
    needed = max(drawn) + 26
    room = width - 2 * PADDING - (beside or _BESIDE_WIDE)
    return days * needed / max(room - needed, needed)


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
        "fontSize": _SIZE,
        "fontWeight": 600,
    }
    rim: dict[str, Any] = {"stroke": colours.background, "strokeWidth": 3, "strokeJoin": "round"}
    return [
        leaders,
        base.mark_text(**rim, **words).encode(x=x, y=place, text=alt.Text("shown:N")),
        base.mark_text(color=colours.ink, **words).encode(x=x, y=place, text=alt.Text("shown:N")),
    ]
