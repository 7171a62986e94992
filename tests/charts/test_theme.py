"""Colours that everyone can distinguish, in every theme; greys; the pentagram."""

import dataclasses
import itertools
import json
import math
import re

import numpy as np
import pytest

from pht_core.charts.theme import (
    DASHES,
    HOLLOW_STAR,
    PALETTES,
    STAR,
    TAIL_DASH,
    chart_config,
    lineage_colour,
    lineage_fills,
    palette,
)
from pht_core.model.lineage import LINEAGES
from tests.drawn import DRAW

# Machado, Oliveira and Fernandes 2009 (doi 10.1109/TVCG.2009.113), severity 1.0, on linear RGB.
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def linear(colour: str) -> np.ndarray:
    """Linear RGB of #rrggbb (IEC 61966-2-1)."""
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear RGB."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59)],
)
def test_contrast_is_wcags(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("theme", PALETTES)
def test_lines_and_points_reach_3_to_1(theme: str) -> None:
    colours = palette(theme)
    single = ("outline", "faded", "accent", "prednisone", "normal")
    drawn = {name: getattr(colours, name) for name in single}
    drawn |= {f"lines of {param}": lineage_colour(param, theme) for param in LINEAGES}
    drawn |= {f"areas of {param}": fill for param, fill in lineage_fills(theme).items()}
    drawn |= {f"group {place}": c for place, c in enumerate(colours.groups)}
    low = {n: round(contrast(c, colours.background), 2) for n, c in drawn.items()}
    assert {name: ratio for name, ratio in low.items() if ratio < 3} == {}


@pytest.mark.parametrize("theme", PALETTES)
def test_texts_reach_4_5_to_1(theme: str) -> None:
    colours = palette(theme)
    pairs = [(colours.ink, colours.background), (colours.muted, colours.background)]
    pairs += [(colours.ink, colours.box)]
    pairs += list(zip(colours.grade_text, colours.grades, strict=True))
    pairs += [(lineage_colour(param, theme), colours.background) for param in LINEAGES]
    assert {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5} == {}


@pytest.mark.parametrize("theme", PALETTES)
def test_grades_are_ordered_by_lightness(theme: str) -> None:
    colours = palette(theme)
    away = [contrast(grade, colours.background) for grade in colours.grades]
    assert away == sorted(away)
    # Neighbours differ, and an outline that reaches 3:1 stands between them.
    steps = [b / a for a, b in itertools.pairwise(away)]
    assert min(steps) > 1.15
    assert contrast(colours.outline, colours.background) >= 3


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("kind", ["protanopia", "deuteranopia"])
def test_grades_are_ordered_for_the_colour_blind(theme: str, kind: str) -> None:
    seen = [np.array(BLIND[kind]) @ linear(c) for c in palette(theme).grades]
    ground = luminance(palette(theme).background)
    bright = [float(np.clip(rgb, 0, 1) @ [0.2126, 0.7152, 0.0722]) for rgb in seen]
    away = [(max(b, ground) + 0.05) / (min(b, ground) + 0.05) for b in bright]
    assert away == sorted(away)
    assert min(b / a for a, b in itertools.pairwise(away)) > 1.1


def test_a_grade_has_the_same_hue_in_light_and_dark() -> None:
    # From grade 1 on: 0 is a grey. Degrees of a*b* (CIE 1976).
    hues = [
        [math.degrees(math.atan2(b, a)) for _, a, b in (lab(linear(c)) for c in grades[1:])]
        for grades in (palette("light").grades, palette("dark").grades)
    ]
    assert [abs(one - other) < 20 for one, other in zip(*hues, strict=True)] == [True] * 4
    # The most striking grade is the darkest on white and no pale one on black.
    assert contrast(palette("dark").grades[4], "#ffffff") > 2.5


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("family", ["lineages", "areas", "groups"])
def test_colours_stay_apart_for_the_colour_blind(theme: str, kind: str, family: str) -> None:
    colours = {
        "lineages": [lineage_colour(param, theme) for param in LINEAGES],
        "areas": lineage_fills(theme).values(),
        "groups": palette(theme).groups,
    }[family]
    seen = [lab(np.array(BLIND[kind]) @ linear(c)) for c in colours]
    apart = [float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)]
    # CIE76; about 2.3 is the least that is noticed side by side.
    assert min(apart) > 14


def test_themes_differ() -> None:
    light, dark = palette("light"), palette("dark")
    assert luminance(light.background) > 0.9
    assert luminance(dark.background) < 0.05
    assert not set(lineage_fills("light").values()) & set(lineage_fills("dark").values())
    assert chart_config("dark")["background"] == dark.background


def colours_of(theme: str) -> list[str]:
    """Every colour of a theme, those of its families one by one."""
    values = [*dataclasses.asdict(palette(theme)).values(), *lineage_fills(theme).values()]
    return [c for value in values for c in ([value] if isinstance(value, str) else value)]


def test_grey_is_grey() -> None:
    colours = colours_of("grey")
    assert len(colours) > 30
    assert [c for c in colours if not re.fullmatch(r"#([0-9a-f]{2})\1\1", c)] == []


@pytest.mark.parametrize("name", DRAW)
def test_no_chart_in_grey_has_a_colour(name: str) -> None:
    drawn = re.findall(r'"#([0-9a-f]{6})"', json.dumps(DRAW[name](theme="grey").to_dict()))
    assert drawn
    assert [c for c in drawn if not c[:2] == c[2:4] == c[4:]] == []


def test_areas_in_grey_differ_by_lightness() -> None:
    # Neighbours as bars are, from dark to light: each at least 2.4 times as bright.
    fills = [*lineage_fills("grey").values()]
    assert [contrast(a, b) > 2.4 for a, b in itertools.pairwise(fills)] == [True, True]
    assert [luminance(fill) for fill in fills] == sorted(map(luminance, fills))
    # No count is white, and no grade is.
    assert contrast(palette("grey").grades[0], palette("grey").no_count) > 1.25
    assert contrast(palette("light").grades[0], palette("light").no_count) > 1.2


def test_groups_in_grey_differ_by_line_and_by_lightness() -> None:
    groups = palette("grey").groups
    # L* of #050505, #454545, #6c6c6c, #919191 (CIE 1976).
    lightness = [lab(linear(c))[0] for c in groups]
    assert lightness == pytest.approx([1.4, 29.2, 45.6, 60.0], abs=0.2)
    dashes: list[list[float]] = [*(list(map(float, dash)) for dash in DASHES), TAIL_DASH]
    assert len(set(map(tuple, dashes))) == 5


def corners(path: str) -> list[np.ndarray]:
    """The closed outlines of a path of straight lines."""
    outlines = re.findall(r"M([^MZ]+)Z", path)
    return [
        np.array([[float(n) for n in corner.split(",")] for corner in outline.split("L")])
        for outline in outlines
    ]


def area(outline: np.ndarray) -> float:
    x, y = outline.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def test_the_star_is_a_pentagram() -> None:
    (star,) = corners(STAR)
    radii = np.hypot(*star.T)
    assert len(star) == 10
    assert radii[::2] == pytest.approx(1, abs=1e-3)
    # Where the five lines of a pentagram cross: 1 / golden ratio squared.
    assert radii[1::2] == pytest.approx(0.381966, abs=1e-3)
    assert star[0] == pytest.approx([0, -1])


def test_the_hollow_star_has_a_hole() -> None:
    outer, inner = corners(HOLLOW_STAR)
    # Opposite turns leave the inside empty where the fill rule is nonzero.
    assert area(outer) * area(inner) < 0
    assert abs(area(inner)) < abs(area(outer))
