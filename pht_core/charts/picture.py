"""A chart ready to draw: an Altair structure built once, and the data and texts of this call.

Building a figure of twenty layers with Altair takes 20 ms and turning it into Vega-Lite 15 ms
more, on every click of a filter. What depends on the data (tables, domains, texts) therefore
enters by name, as datasets and parameters, and the structure is built once per theme and options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, wraps
from typing import Any, ParamSpec

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from pht_core.charts.text_metrics import NARROW
from pht_core.charts.theme import (
    PRINT_LETTER,
    SCREEN_FONT,
    SCREEN_LETTER,
    WIDTH,
    Theme,
    chart_config,
    palette,
)
from pht_core.model.errors import PhtError

__all__ = ["Picture", "chart_spec", "needs", "structure", "with_limit", "wrapped"]

P = ParamSpec("P")

# More lanes than these are no longer read one by one.
MOST_LANES = 60
View = alt.Chart | alt.LayerChart | alt.FacetChart

# Name of the parameter that holds the width of a letter, in sizes of the font.
LETTER_WIDTH = "letter_width"
# Names of the views whose height depends on the data: a row per patient or the like, and the key.
ROWS, KEY = "rows", "key"
# Parameters of a narrow picture: units that the axes take to the left of the plot, and the width
# of the whole between its margins. Its texts begin at the left edge of the picture.
LEFT, PAGE = "left_margin", "page_width"
PADDING = 8
# Name of the selection of what lies under the pointer, and beginning of its views' names: Altair
# warns where one selection is added to several views, so it is spread to them here.
POINTED = "pointed"
_EMPTY = alt.InlineData(values=[{}])


@dataclass(frozen=True)
class Frame:
    """What surrounds a chart of any kind.

    Parameters
    ----------
    width : of the layout, in units; below 640 it is laid out for a column of a journal.
    height : of the plot, or of one of several panels; by default what is usual for the chart.
    title, subtitle, footer : texts above and below the chart; an empty one takes no room.
    """

    theme: Theme = "light"
    width: int = WIDTH
    height: int | None = None
    title: str = ""
    subtitle: str = ""
    footer: str = ""

    @property
    def narrow(self) -> bool:
        """Whether it is laid out for a column."""
        return self.width < NARROW

    @property
    def room(self) -> int:
        """Units between the margins."""
        return self.width - 2 * PADDING

    def describe(self, kind: str, told: str) -> str:
        """Alternative text: the kind of chart, its title, and what it shows."""
        return " ".join([f"{kind}.", *([f"{self.title}."] if self.title else []), told])


PLAIN = Frame()


@dataclass(frozen=True)
class Picture:
    """A chart: ``template`` (Vega-Lite as JSON text, without data), its frame, and what fills it.

    ``datasets`` are by name the tables that its views read, the main one first (it is what the
    chart toolbar shows as data). ``description`` is the alternative text. ``rows_height`` is the
    height of the view named `ROWS`, which has a row per patient or the like; ``key_height`` that
    of `KEY`. ``left`` : units that the axes of a narrow picture take.
    """

    template: str
    frame: Frame
    description: str
    datasets: Mapping[str, pd.DataFrame]
    params: Mapping[str, Any] = field(default_factory=dict)
    rows_height: float = 0
    key_height: float = 0
    left: float = 0

    def with_frame(self, **changes: Any) -> Picture:
        """The same in a frame that is changed: another title, width or the like."""
        return replace(self, frame=replace(self.frame, **changes))

    def to_dict(
        self, *, font: str = SCREEN_FONT, encode: Callable[[pd.DataFrame], Any] | None = None
    ) -> dict[str, Any]:
        """Return the Vega-Lite specification, data included, as new plain objects.

        ``encode`` turns each table into what stands for it; by default a list of records.
        """
        spec: dict[str, Any] = json.loads(self.template)
        values = {
            "title_text": self.frame.title,
            "subtitle_text": self.frame.subtitle,
            "footer_text": self.frame.footer,
            LETTER_WIDTH: SCREEN_LETTER if font == SCREEN_FONT else PRINT_LETTER,
            **self.params,
        }
        if self.frame.narrow:
            values |= {LEFT: self.left, PAGE: self.frame.room}
        own = [{"name": name, "value": value} for name, value in values.items()]
        spec["params"] = own + spec.get("params", [])
        tables = {name: (encode or _records)(table) for name, table in self.datasets.items()}
        # Altair names inline values by itself; the toolbar shows the first table: the main one.
        spec["datasets"] = {**tables, **spec.get("datasets", {})}
        spec["description"] = self.description
        spec["config"]["font"] = font
        if not self.frame.title:
            # An empty one would keep its room.
            del spec["title"]
        header, *views, foot = spec["vconcat"]
        spec["vconcat"] = [header] * bool(self.frame.subtitle)
        spec["vconcat"] += views + [foot] * bool(self.frame.footer)
        for view in spec["vconcat"]:
            view["width"] = self.frame.width
            heights = {ROWS: self.rows_height, KEY: self.key_height}
            if view.get("name") in heights:
                view["height"] = heights[view["name"]]
        return spec

    def to_altair(self) -> alt.VConcatChart:
        """Return the same as an Altair chart, checked against Vega-Lite's schema."""
        chart = alt.VConcatChart.from_dict(self.to_dict())
        if not isinstance(chart, alt.VConcatChart):
            raise TypeError(f"a picture is a vconcat, not {type(chart).__name__}")
        return chart


def chart_spec(picture: Picture) -> dict[str, Any]:
    """Vega-Lite specification of a picture, for ``st.vega_lite_chart(spec=spec, theme=None)``."""
    return picture.to_dict()


def structure(build: Callable[P, Sequence[View]]) -> Callable[P, str]:
    """Make a builder of views into one of templates, each built once per set of arguments.

    The first argument of the builder is the theme. Title, subtitle and footer are added here; an
    argument ``narrow`` lays them out from edge to edge, and puts axis titles above their axes.
    """

    @lru_cache(maxsize=256)
    def cached(args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> str:
        theme, narrow = args[0], bool(dict(kwargs).get("narrow"))
        # Altair would check every object it makes; the tests check the whole instead.
        with debug_mode(False):
            views = build(*args, **dict(kwargs))
            chart = alt.vconcat(
                _header(theme, narrow), *views, _footer(theme, narrow)
            ).resolve_scale(
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
    # No expression measures a text; the parameter is the font's mean width of a letter.
    most = f"max(12, floor(({pixels}) / ({size} * {LETTER_WIDTH})))"
    pattern = f"'(.{{1,' + {most} + '}})(?: +|$)|(.{{1,' + {most} + '}})'"
    return f"split(trim(replace({text}, regexp({pattern}, 'g'), '$1$2\\n')), '\\n')"


# Upright, at the left edge of the picture: a turned title would take the room of a tenth of it.
_TITLE_ABOVE = {
    "titleAngle": 0,
    "titleAlign": "left",
    "titleBaseline": "alphabetic",
    "titleX": {"expr": f"-{LEFT}"},
    "titleY": -9,
}


def _words(theme: str, text: str, size: int, narrow: bool) -> alt.Chart:
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


def _header(theme: str, narrow: bool) -> alt.Chart:
    return _words(theme, "subtitle_text", 13, narrow)


def _footer(theme: str, narrow: bool) -> alt.Chart:
    return _words(theme, "footer_text", 10, narrow)


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


def with_limit(frame: Frame, drawn: Sequence[str], everyone: Sequence[str], which: str) -> Frame:
    """Tell in the subtitle how many (and which) patients are drawn where it is not all of them."""
    if len(drawn) == len(everyone):
        return frame
    words = f"{len(drawn)} of {len(everyone):,} patients drawn{which}. {frame.subtitle}".strip()
    return replace(frame, subtitle=words)


def dodge(pixels: Sequence[float], gap: float, *, low: float, high: float) -> list[float]:
    """Shift labels apart by at least ``gap``, as little as may be, between ``low`` and ``high``.

    >>> dodge([50, 52, 90], 12, low=0, high=100)
    [45.0, 57.0, 90.0]
    >>> dodge([2, 3], 12, low=6, high=100)
    [6.0, 18.0]
    """

    def within(centre: float, count: int) -> float:
        half = (count - 1) / 2 * gap
        return max(min(centre, high - half), low + half)

    order = sorted(range(len(pixels)), key=lambda place: pixels[place])
    blocks: list[list[float]] = []  # the pixels wanted by each run of labels
    for place in order:
        run = [float(pixels[place])]
        while blocks:
            before = blocks[-1]
            upper = within(sum(before) / len(before), len(before))
            lower = within(sum(run) / len(run), len(run))
            if lower - upper >= (len(before) + len(run)) / 2 * gap:
                break
            run = blocks.pop() + run
        blocks.append(run)
    placed = [0.0] * len(pixels)
    members = iter(order)
    for run in blocks:
        count = len(run)
        top = within(sum(run) / count, count) - (count - 1) / 2 * gap
        for member in range(count):
            placed[next(members)] = top + member * gap
    return placed
