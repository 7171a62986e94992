"""How groups of curves are told: a wide picture's legend, a narrow one's key; the plot's height."""

from __future__ import annotations

import pandas as pd

from pht_core.charts.key import Entry, key_rows
from pht_core.charts.letters import is_narrow, text_width
from pht_core.charts.picture import PADDING
from pht_core.charts.theme import palette

# What the axis of percent takes to the left; of a wide picture with the margins and its title.
AXIS, AXIS_WIDE = 30, 100
# What a line of the legend takes, with the gaps beside it.
_SYMBOL = 50


def curve_height(height: int, width: int) -> int:
    """Height of the plot: a column is not drawn taller than wide, nor flatter than 220."""
    return min(height, max(220, round(width * 0.7))) if is_narrow(width) else height


def legend_columns(names: list[str], width: int) -> int:
    """Columns of a wide picture's legend: all names in a row (0) where there is room for them."""
    widest_name = max(text_width(name, 12) for name in names) + _SYMBOL
    room = width - 2 * AXIS_WIDE
    if sum(text_width(name, 12) + _SYMBOL for name in names) <= room:
        return 0
    return max(1, min(len(names), int(room / widest_name)))


def group_key(theme: str, names: list[str], width: int) -> pd.DataFrame:
    """The key of a narrow picture; a long name has a row of its own."""
    colours = palette(theme).groups
    entries = [
        Entry(name, stroke=colours[place], dash=place, apart=text_width(name, 12) > width / 2)
        for place, name in enumerate(names)
    ]
    return key_rows(entries, width - 2 * PADDING)
