"""Colours, line types, fonts and settings of charts, in a light, a dark and a grey theme."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from pht_core.model.errors import UnknownName
from pht_core.model.lineage import LINEAGES

# Grey is for print without colours: what lies side by side differs in lightness and is labelled.
Theme = Literal["light", "dark", "grey"]

# The same font under two names, Streamlit's for the screen and its maker's for files; a name with a
# number in it needs the quotes.
SCREEN_FONT = "Source Sans, DejaVu Sans, sans-serif"
EXPORT_FONT = "'Source Sans 3', DejaVu Sans, sans-serif"

GRADES = (0, 1, 2, 3, 4)

# Line types of groups, beside their colours; a thin tail is dotted, which no group is.
DASHES: tuple[list[int], ...] = ([1, 0], [9, 4], [12, 3, 3, 3], [5, 3])
TAIL_DASH = [1.5, 3]


@dataclass(frozen=True)
class Palette:
    """The colours of a theme, of ``palettes.toml``; lineages bring their own (`lineage_colour`)."""

    background: str
    ink: str
    muted: str
    grid: str
    outline: str
    faded: str
    accent: str
    prednisone: str
    normal: str
    box: str
    no_count: str
    grades: tuple[str, str, str, str, str]
    grade_text: tuple[str, str, str, str, str]
    groups: tuple[str, str, str, str]
    counts: tuple[str, str, str, str]


def _read_palettes() -> dict[str, Palette]:
    read = tomllib.loads(Path(__file__).with_name("palettes.toml").read_text("utf-8"))
    lists = ("grades", "grade_text", "groups", "counts")
    return {
        theme: Palette(**colours | {name: tuple(colours[name]) for name in lists})
        for theme, colours in read.items()
    }


PALETTES = _read_palettes()


def grade_words(grade: float, missing: str) -> str:
    """A grade in words; ``missing`` are those for none.

    >>> grade_words(3.0, "no grade"), grade_words(math.nan, "no grade")
    ('grade 3', 'no grade')
    """
    return missing if pd.isna(grade) else f"grade {int(grade)}"


def palette(theme: str) -> Palette:
    """Colours of a theme; UnknownName if it is none of `PALETTES`."""
    if theme not in PALETTES:
        raise UnknownName("Theme", theme, list(PALETTES))
    return PALETTES[theme]


def _star(radius: float) -> list[tuple[float, float]]:
    """Corners of a pentagram from its top, clockwise."""
    inner = radius * (3 - math.sqrt(5)) / 2
    corners = []
    for corner in range(10):
        reach, angle = inner if corner % 2 else radius, corner * math.pi / 5
        corners.append((round(reach * math.sin(angle), 3), round(-reach * math.cos(angle), 3)))
    return corners


def _path(corners: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x},{y}" for x, y in corners) + "Z"


STAR = _path(_star(1.0))
# The inner star runs the other way round: where the fill rule is nonzero, that is a hole.
HOLLOW_STAR = STAR + _path(_star(0.55)[::-1])


def lineage_colour(param: str, theme: str) -> str:
    """Colour of a lineage's lines and points."""
    return str(getattr(LINEAGES[param], theme))


def lineage_fills(theme: str) -> dict[str, str]:
    """Colours of lineages' areas, such as bars: greys differ more than those of lines do."""
    field = "grey_fill" if theme == "grey" else theme
    return {param: getattr(lineage, field) for param, lineage in LINEAGES.items()}


def chart_config(theme: str) -> dict[str, Any]:
    """Vega-Lite configuration of a theme."""
    colours = palette(theme)
    words = {
        "labelColor": colours.ink,
        "titleColor": colours.ink,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    outline = colours.outline
    lines = {"gridColor": colours.grid, "domainColor": outline, "tickColor": outline}
    return {
        "background": colours.background,
        "view": {"stroke": None},
        "axis": {**words, **lines, "titlePadding": 8, "labelLimit": 240},
        "legend": {**words, "labelLimit": 320},
        "title": {
            "color": colours.ink,
            "fontSize": 16,
            "fontWeight": 600,
            "anchor": "start",
            "frame": "group",
            "offset": 10,
        },
        "text": {"color": colours.ink, "fontSize": 12},
        "rule": {"color": colours.ink},
        "concat": {"spacing": 10},
    }
