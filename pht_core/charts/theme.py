"""Colours, line types, fonts and settings of charts, in a light, a dark and a grey theme."""

from __future__ import annotations

import math
from dataclasses import dataclass
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
    """The colours of one theme; groups and marks reach 3:1 against ``background``.

    ``grades`` and ``grade_text`` are by grade, 0 to 4: of an area, and of words on it. Lineages
    bring their own colours, see `lineage_colour`.
    """

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


# A grade has the same hue in light and dark, and stands out more than the one below it, in every
# theme and for every eye: grade 4 is the most striking, grade 0 hardly differs from the ground.
PALETTES: dict[str, Palette] = {
    "light": Palette(
        background="#ffffff",
        ink="#1f2933",
        muted="#5b6573",
        grid="#e6e9ee",
        outline="#6a7482",
        faded="#8b94a1",
        accent="#2b5f8c",
        prednisone="#7a5195",
        normal="#4c8f5b",
        box="#f4f6f9",
        no_count="#ffffff",
        grades=("#e6eaef", "#f8cf93", "#ee9a4a", "#cb4426", "#770a26"),
        grade_text=("#1f2933", "#1f2933", "#1f2933", "#ffffff", "#ffffff"),
        groups=("#1b2a6b", "#b0479e", "#009e73", "#d55e00"),
        counts=("#eef1f4", "#bcc9de", "#6d86b5", "#1b2a6b"),
    ),
    "dark": Palette(
        background="#15181c",
        ink="#e6e9ed",
        muted="#a9b2bf",
        grid="#2a303b",
        outline="#98a2b0",
        faded="#78828f",
        accent="#6fa3d2",
        prednisone="#b795d6",
        normal="#6fbf82",
        box="#1a1f29",
        no_count="#15181c",
        grades=("#272c34", "#54442f", "#9c6428", "#de5f37", "#ff5c7c"),
        grade_text=("#e6e9ed", "#ffffff", "#ffffff", "#15181c", "#15181c"),
        groups=("#e4e8ff", "#be6bd8", "#1fa588", "#f59a3c"),
        counts=("#2b303b", "#47567a", "#7f97cf", "#e4e8ff"),
    ),
    "grey": Palette(
        background="#ffffff",
        ink="#1a1a1a",
        muted="#595959",
        grid="#e6e6e6",
        outline="#4d4d4d",
        faded="#949494",
        accent="#404040",
        prednisone="#6e6e6e",
        normal="#808080",
        box="#f5f5f5",
        no_count="#ffffff",
        grades=("#e0e0e0", "#c6c6c6", "#9c9c9c", "#636363", "#0d0d0d"),
        grade_text=("#1a1a1a", "#1a1a1a", "#1a1a1a", "#ffffff", "#ffffff"),
        groups=("#050505", "#454545", "#6c6c6c", "#919191"),
        counts=("#f0f0f0", "#c8c8c8", "#888888", "#2b2b2b"),
    ),
}


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
    return [
        (
            round((inner if corner % 2 else radius) * math.sin(corner * math.pi / 5), 3),
            round(-(inner if corner % 2 else radius) * math.cos(corner * math.pi / 5), 3),
        )
        for corner in range(10)
    ]


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
    return {
        "background": colours.background,
        "view": {"stroke": None},
        "axis": {
            "labelColor": colours.ink,
            "titleColor": colours.ink,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": colours.grid,
            "domainColor": colours.outline,
            "tickColor": colours.outline,
            "titlePadding": 8,
            "labelLimit": 240,
        },
        "legend": {
            "labelColor": colours.ink,
            "titleColor": colours.ink,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": 320,
        },
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
