"""Every colour, scale and setting that charts share, in a light, a dark and a grey theme."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from pht_core.model.errors import UnknownName
from pht_core.model.schema import LINEAGES

# Grey is for print without colours: greys only, and `PATTERNS` for what would be mixed up.
Theme = Literal["light", "dark", "grey"]

# The same font under two names, Streamlit's for the screen and its maker's for files; a name with a
# number in it needs the quotes.
SCREEN_FONT = "Source Sans, DejaVu Sans, sans-serif"
EXPORT_FONT = "'Source Sans 3', DejaVu Sans, sans-serif"
# Mean width of a letter in sizes of the font, with some room.
SCREEN_LETTER = PRINT_LETTER = 0.5

WIDTH = 960
LONGEST_NAME = 17
GRADES = (0, 1, 2, 3, 4)

# Chart names: the unit is typed with a real superscript, which both fonts have.
AXIS_TITLES = {"HGB": "Hemoglobin, g/L", "PLT": "Platelets, 10⁹/L", "NE": "Neutrophils, 10⁹/L"}
# A bar is narrower than the longest of these words.
BROKEN_TERMS = {"HGB": "anemia", "PLT": "thrombo-\ncytopenia", "NE": "neutro-\npenia"}
SUPPORT_NAMES = {
    "red_cells": "red cells",
    "platelets": "platelets",
    "gcsf": "G-CSF",
    "epo": "erythropoietin",
    "tpo_ra": "TPO receptor agonist",
}
DAY_AXIS = "Days since CAR-T infusion"

# Line types of groups, beside their colours; a thin tail is dotted, which no group is.
DASHES: tuple[list[int], ...] = ([1, 0], [9, 4], [12, 3, 3, 3], [5, 3])
TAIL_DASH = [1.5, 3]


@dataclass(frozen=True)
class Palette:
    """The colours of one theme; lineages, groups and marks reach 3:1 against ``background``."""

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
    lineages: tuple[str, str, str]
    # Of areas (bars, pies); the same as ``lineages`` where colours tell them apart.
    fills: tuple[str, str, str]
    no_count: str
    grades: tuple[str, str, str, str, str]
    grade_text: tuple[str, str, str, str, str]
    groups: tuple[str, str, str, str]
    counts: tuple[str, str, str, str]

    def lineage(self, param: str) -> str:
        """Colour of HGB, PLT or NE."""
        return self.lineages[LINEAGES.index(param)]

    def fill(self, param: str) -> str:
        """Colour of an area of HGB, PLT or NE, such as a bar."""
        return self.fills[LINEAGES.index(param)]


# Lineages: the three of Okabe and Ito's colours that stay apart for every kind of colour
# blindness and reach 3:1 on white; lighter relatives on dark. Grades: one hue, ordered by
# lightness, towards the ink of the theme.
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
        lineages=("#d55e00", "#009e73", "#0072b2"),
        fills=("#d55e00", "#009e73", "#0072b2"),
        no_count="#ffffff",
        grades=("#eef1f4", "#fbd9a6", "#f2994a", "#c8452b", "#6b0f1a"),
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
        lineages=("#ff8a4c", "#2bc4a0", "#6fa8ff"),
        fills=("#ff8a4c", "#2bc4a0", "#6fa8ff"),
        no_count="#15181c",
        grades=("#2b303b", "#6e3b2a", "#b5512f", "#ee9350", "#ffe0b0"),
        grade_text=("#e6e9ed", "#e6e9ed", "#ffffff", "#15181c", "#15181c"),
        groups=("#e4e8ff", "#be6bd8", "#1fa588", "#f59a3c"),
        counts=("#2b303b", "#47567a", "#7f97cf", "#e4e8ff"),
    ),
    # Areas of lineages are told apart by a pattern, lines by being one to a panel.
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
        lineages=("#000000", "#474747", "#747474"),
        fills=("#303030", "#6a6a6a", "#909090"),
        no_count="#fdfdfd",
        grades=("#f2f2f2", "#cccccc", "#9e9e9e", "#636363", "#141414"),
        grade_text=("#1a1a1a", "#1a1a1a", "#1a1a1a", "#ffffff", "#ffffff"),
        groups=("#050505", "#454545", "#6c6c6c", "#919191"),
        counts=("#f0f0f0", "#c8c8c8", "#888888", "#2b2b2b"),
    ),
}

# Fills of the grey theme that print draws as a pattern; nothing else has these colours.
PATTERNS: dict[str, str] = {
    "#303030": "cross",
    "#6a6a6a": "diagonal",
    "#909090": "dots",
    "#fdfdfd": "back",
}


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


def fill_scale(theme: str) -> alt.Scale:
    """Colour of each lineage's bars and pies, by param."""
    return alt.Scale(domain=list(LINEAGES), range=list(palette(theme).fills))


def grade_scale(theme: str) -> alt.Scale:
    """Colour of each grade, 0 to 4."""
    return alt.Scale(domain=list(GRADES), range=list(palette(theme).grades))


def short_name(text: str) -> str:
    """Vega expression that shortens a long id in its middle: ids differ at their ends.

    >>> short_name("datum.label")[:36]
    'length(datum.label) <= 17 ? datum.la'
    """
    parts = f"slice({text}, 0, 6) + '…' + slice({text}, -10)"
    return f"length({text}) <= {LONGEST_NAME} ? {text} : {parts}"


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
