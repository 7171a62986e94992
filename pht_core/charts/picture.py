"""A chart ready to draw: an Altair structure built once, and the data and texts of this call.

Building a figure of twenty layers with Altair takes 20 ms and turning it into Vega-Lite 15 ms
more, on every click of a filter. What depends on the data (tables, domains, texts) therefore
enters by name, as datasets and parameters, and the structure is built once per theme and options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, wraps
from typing import Any, ParamSpec

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from pht_core.charts.frame import LEFT, LEGEND, NARROW, PADDING, PAGE, ROWS, Frame, View
from pht_core.charts.legend import Entry, legend_height, legend_rows, legend_view
from pht_core.charts.theme import SCREEN_FONT, chart_config, palette
from pht_core.model.errors import PhtError

P = ParamSpec("P")

# More lanes than these are no longer read one by one.
MOST_LANES = 60
# Mean width of a letter in sizes of the font, with some room: no expression of Vega measures text.
MEAN_LETTER = 0.5
# Name of the selection of what lies under the pointer, and beginning of its views' names: Altair
# warns where one selection is added to several views, so it is spread to them here.
POINTED = "pointed"
_EMPTY = alt.InlineData(values=[{}])


@dataclass(frozen=True)
class Picture:
    """A chart: ``template`` (Vega-Lite as JSON text, without data), its frame, and what fills it.

    ``datasets`` are by name the tables that its views read, the main one first (it is what the
    chart toolbar shows as data). ``description`` is the alternative text. ``selected`` is by name
    of the structure's selections what they begin with. ``rows_height`` is the height of the view
    named `ROWS`, which has a row per patient or the like. ``legend`` stands above a narrow or keyed
    picture (see `structure`); ``left`` : units that its axes take.
    """

    template: str
    frame: Frame
    description: str
    datasets: dict[str, pd.DataFrame]
    params: dict[str, Any] = field(default_factory=dict)
    selected: dict[str, Any] = field(default_factory=dict)
    rows_height: float = 0
    legend: Sequence[Entry] = ()
    left: float = 0

    def with_frame(self, **changes: Any) -> Picture:
        """The same in a frame that is changed: another title, width or the like."""
        return replace(self, frame=replace(self.frame, **changes))

    def to_dict(
        self,
        *,
        font: str = SCREEN_FONT,
        encode: Callable[[pd.DataFrame], Any] | None = None,
        least_size: float = 0,
    ) -> dict[str, Any]:
        """Return the Vega-Lite specification, data included, as new plain objects.

        ``encode`` turns each table into what stands for it; by default a list of records.
        Letters smaller than ``least_size`` units become so large.
        """
        template = self.template
        if least_size:
            template = _FONT_SIZE.sub(
                lambda found: f"{found[1]}{max(float(found[2]), least_size):g}", template
            )
        spec: dict[str, Any] = json.loads(template)
        values = {
            "title_text": self.frame.title,
            "subtitle_text": self.frame.subtitle,
            "footer_text": self.frame.footer,
            **self.params,
        }
        # What is wide is stretched, down to the width at which it would be laid out as narrow.
        room = self.frame.room if self.frame.narrow else NARROW - 2 * PADDING
        if self.frame.narrow:
            values |= {PAGE: room}
        if self.frame.narrow or self.legend:
            values |= {LEFT: self.left}
        own = [
            {"name": name, "expr": value.expr}
            if isinstance(value, alt.ExprRef)
            else {"name": name, "value": value}
            for name, value in values.items()
        ]
        for param in spec.get("params", []):
            if param["name"] in self.selected:
                param["value"] = self.selected[param["name"]]
        spec["params"] = own + spec.get("params", [])
        legend = legend_rows(self.legend, room)
        drawn = {**self.datasets, **({LEGEND: legend} if len(legend) else {})}
        tables = {name: (encode or _records)(table) for name, table in drawn.items()}
        # Altair names inline values by itself; the toolbar shows the first table: the main one.
        spec["datasets"] = {**tables, **spec.get("datasets", {})}
        spec["description"] = self.description
        spec["config"]["font"] = font
        if not self.frame.title:
            # An empty one would keep its room.
            del spec["title"]
        header, *views, foot = spec["vconcat"]
        if not len(legend):
            views = [view for view in views if view.get("name") != LEGEND]
        spec["vconcat"] = [header] * bool(self.frame.subtitle)
        spec["vconcat"] += views + [foot] * bool(self.frame.footer)
        heights = {ROWS: self.rows_height, LEGEND: legend_height(legend)}
        for view in spec["vconcat"]:
            view["width"] = self.frame.width
            if view.get("name") in heights:
                view["height"] = heights[view["name"]]
        return spec


def structure(build: Callable[P, Sequence[View]]) -> Callable[P, str]:
    """Make a builder of views into one of templates, each built once per set of arguments.

    The first argument of the builder is the theme. Title, subtitle and footer are added here; an
    argument ``narrow`` lays them out from edge to edge, adds a view for the legend and puts axis
    titles above their axes; ``keyed`` adds that view to a wide picture.
    """

    @lru_cache(maxsize=256)
    def cached(args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> str:
        theme, narrow = args[0], bool(dict(kwargs).get("narrow"))
        # Altair would check every object it makes; the tests check the whole instead.
        with debug_mode(False):
            views = build(*args, **dict(kwargs))
            legend = [legend_view(theme)] if narrow or dict(kwargs).get("keyed") else []
            header = words_view(theme, "subtitle_text", 13, narrow)
            footer = words_view(theme, "footer_text", 10, narrow)
            chart = alt.vconcat(header, *legend, *views, footer).resolve_scale(
                color="independent",
                fill="independent",
                shape="independent",
                strokeDash="independent",
            )
            spec = chart.to_dict(validate=False)
        spec.pop("data", None)
        spec["config"] = chart_config(theme)
        room, size = (PAGE, 16.4) if narrow else ("width", 17)
        spec["title"] = {"text": {"expr": wrapped("title_text", room, size)}}
        if narrow:
            spec["title"]["dx"] = {"expr": f"-{LEFT}"}
            spec["config"]["axisLeft"] = _TITLE_ABOVE
        names = re.findall(rf'"name": "({POINTED}_[A-Za-z0-9_]+)"', json.dumps(spec["vconcat"]))
        for param in spec.get("params", []):
            if param["name"] == POINTED:
                param["views"] = names
        # Texts wrap to the width that is left once the axes are known: the height follows.
        spec["autosize"] = {"type": "fit-x", "contains": "padding", "resize": True}
        # Streamlit writes into the padding, so it has to be an object.
        spec["padding"] = dict.fromkeys(("left", "top", "right", "bottom"), PADDING)
        return json.dumps(spec, ensure_ascii=False)

    @wraps(build)
    def templated(*args: P.args, **kwargs: P.kwargs) -> str:
        return cached(args, tuple(sorted(kwargs.items())))

    return templated


def wrapped(text: str, pixels: str, size: float) -> str:
    """Vega expression that breaks a text into lines where it is drawn, at the width it has there.

    ``text`` and ``pixels`` (the room) are expressions, ``size`` is that of the font.
    """
    most = f"max(12, floor(({pixels}) / ({size} * {MEAN_LETTER})))"
    pattern = f"'(.{{1,' + {most} + '}})(?: +|$)|(.{{1,' + {most} + '}})'"
    return f"split(trim(replace({text}, regexp({pattern}, 'g'), '$1$2\\n')), '\\n')"


_FONT_SIZE = re.compile(r'("[a-z]*[fF]ontSize": )([0-9.]+)')
# Upright, at the left edge of the picture: a turned title would take the room of a tenth of it.
_TITLE_ABOVE = {
    "titleAngle": 0,
    "titleAlign": "left",
    "titleBaseline": "alphabetic",
    "titleX": {"expr": f"-{LEFT}"},
    "titleY": -9,
}


def words_view(theme: str, text: str, size: int, narrow: bool) -> alt.Chart:
    """A text from edge to edge, in as many lines as its width asks for; ``text``: a parameter."""
    return (
        alt.Chart(_EMPTY)
        .mark_text(
            align="left",
            baseline="top",
            fontSize=size,
            color=palette(theme).muted,
            lineHeight=round(size * 1.35),
            text=alt.ExprRef(wrapped(text, PAGE if narrow else "width", size)),
        )
        .encode(x=alt.XValue(alt.ExprRef(f"-{LEFT}") if narrow else 0), y=alt.YValue(0))
        .properties(height=1)
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python objects; a missing value of any kind is None."""
    columns: list[list[Any]] = []
    for name in table.columns:
        values, missing = table[name].tolist(), table[name].isna().to_numpy()
        if missing.any():
            values = [None if gone else v for v, gone in zip(values, missing, strict=True)]
        columns.append(values)
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def needs(table: pd.DataFrame, columns: Iterable[str], what: str) -> pd.DataFrame:
    """Return the table, or raise PhtError where it has no rows or lacks one of the columns."""
    lacking = [name for name in columns if name not in table.columns]
    if lacking:
        raise PhtError(
            f"The table for {what} lacks {', '.join(lacking)}; it has {', '.join(table.columns)}."
        )
    if table.empty:
        raise PhtError(f"Nothing to draw: no rows for {what}. Widen the filter.")
    return table


def optional(table: pd.DataFrame | None, columns: list[str]) -> pd.DataFrame:
    """Return the table, or one of these columns without rows where there is none."""
    return pd.DataFrame(columns=columns) if table is None or table.empty else table


def with_limit(frame: Frame, drawn: Sequence[str], everyone: Sequence[str], which: str) -> Frame:
    """Tell in the subtitle how many (and which) patients are drawn where it is not all of them."""
    if len(drawn) == len(everyone):
        return frame
    words = f"{len(drawn)} of {len(everyone):,} patients drawn{which}. {frame.subtitle}".strip()
    return replace(frame, subtitle=words)
