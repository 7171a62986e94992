"""Areas of certain greys as lines and dots on white.

They are drawn as such, for not every program that shows an SVG knows patterns. The drawing
process imports this module without the rest of the package.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

_NS = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]
# Angles of the lines of a pattern, and how far they are apart in units of the layout.
ANGLES = {"diagonal": (-45.0,), "back": (45.0,), "cross": (45.0, -45.0)}
GAP, LINE, EDGE = 4.2, 1.2, 0.8
DOT_GAP, DOT = 5.0, 1.2
# A paler grey would not be seen as a line: what is nearly white is hatched in a middle grey.
PALEST_LINE, MIDDLE = 0xA0, "#8c8c8c"
_PAINT = ("stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin")
_STEP = re.compile(r"([MmLlHhVvCcQqAaZz])|(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "A": 7, "Z": 0}
_SIDES = 12


def hatch_areas(root: ET.Element, patterns: Mapping[str, str]) -> None:
    """Hatch the paths whose fill is one of ``patterns`` (a name of `ANGLES` or dots)."""
    for parent in list(root.iter()):
        for place, child in enumerate(list(parent)):
            fill = child.get("fill", "").lower()
            if child.tag == f"{_NS}path" and fill in patterns:
                parent[place] = _hatched(child, fill, patterns[fill])


def _hatched(area: ET.Element, fill: str, pattern: str) -> ET.Element:
    outline = area.attrib.pop("d")
    paint = {name: area.attrib.pop(name) for name in _PAINT if name in area.attrib}
    group = ET.Element(f"{_NS}g", area.attrib | {"fill": "none"})
    ET.SubElement(group, f"{_NS}path", d=outline, fill="#ffffff")
    sides = list(_sides(outline))
    colour = fill if int(fill[1:3], 16) <= PALEST_LINE else MIDDLE
    if pattern == "dots":
        ET.SubElement(group, f"{_NS}path", d=_dots(sides), fill=colour)
    else:
        lines = "".join(_lines(sides, angle) for angle in ANGLES[pattern])
        attributes = {"d": lines, "stroke": colour, "stroke-width": f"{LINE:g}"}
        ET.SubElement(group, f"{_NS}path", attributes)
    if paint.get("stroke", "none") == "none" and _has_area(sides):
        # Without its edge one could not see where a pattern ends.
        paint = {"stroke": colour, "stroke-width": f"{EDGE:g}"}
    if paint:
        ET.SubElement(group, f"{_NS}path", {"d": outline} | paint)
    return group


def _has_area(sides: Sequence[tuple[Point, Point]]) -> bool:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in sides)) > 0.1


def _lines(sides: Sequence[tuple[Point, Point]], angle: float) -> str:
    """Parallel lines within the sides of an area."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    # Turned so that the lines are level.
    turned = [
        tuple((x * cosine + y * sine, y * cosine - x * sine) for x, y in side) for side in sides
    ]
    drawn = []
    for level in _levels(turned, GAP):
        for left, right in _spans(turned, level):
            ends = [(x * cosine - level * sine, x * sine + level * cosine) for x in (left, right)]
            drawn.append("M{:.2f},{:.2f}L{:.2f},{:.2f}".format(*ends[0], *ends[1]))
    return "".join(drawn)


def _dots(sides: Sequence[tuple[Point, Point]]) -> str:
    """Dots in rows, those that lie wholly within the sides of an area."""
    drawn = []
    for level in _levels(sides, DOT_GAP):
        shift = DOT_GAP / 2 * (round(level / DOT_GAP - 0.5) % 2)
        for left, right in _spans(sides, level):
            first = math.ceil((left + DOT - shift) / DOT_GAP)
            last = math.floor((right - DOT - shift) / DOT_GAP)
            for number in range(first, last + 1):
                x = number * DOT_GAP + shift
                if all(_within(sides, x, level + way * DOT) for way in (-1, 1)):
                    drawn.append(
                        f"M{x - DOT:.2f},{level:.2f}a{DOT},{DOT} 0 1 0 {2 * DOT},0"
                        f"a{DOT},{DOT} 0 1 0 {-2 * DOT},0Z"
                    )
    return "".join(drawn)


def _levels(sides: Sequence[Sequence[Point]], gap: float) -> Iterator[float]:
    """Heights of lines across an area, the same in every area."""
    heights = [y for side in sides for _, y in side]
    if heights:
        first = math.ceil(min(heights) / gap - 0.5)
        for number in range(first, math.floor(max(heights) / gap - 0.5) + 1):
            yield (number + 0.5) * gap


def _spans(sides: Sequence[Sequence[Point]], level: float) -> Iterator[tuple[float, float]]:
    """From where to where a level line is inside (of an odd number of sides)."""
    crossed = sorted(
        x1 + (level - y1) / (y2 - y1) * (x2 - x1)
        for (x1, y1), (x2, y2) in sides
        if (y1 <= level) != (y2 <= level)
    )
    yield from zip(crossed[::2], crossed[1::2], strict=False)


def _within(sides: Sequence[Sequence[Point]], x: float, y: float) -> bool:
    return any(left <= x <= right for left, right in _spans(sides, y))


def _sides(outline: str) -> Iterator[tuple[Point, Point]]:
    """Straight sides of a path's outline, curves in short pieces."""
    start = at = (0.0, 0.0)
    for command, numbers in _steps(outline):
        big = command.upper()
        # The radii, turn and flags of an arc are no places.
        here = at if command.islower() else (0.0, 0.0)
        if big == "Z":
            points = [start]
        elif big in "HV":
            other = at[1] if big == "H" else at[0]
            moved = numbers[0] + here[big == "V"]
            points = [(moved, other) if big == "H" else (other, moved)]
        elif big == "A":
            end = (numbers[5] + here[0], numbers[6] + here[1])
            points = list(_arc(at, end, numbers[0], bool(numbers[3]), bool(numbers[4])))
        else:
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            places = [(x + here[0], y + here[1]) for x, y in pairs]
            points = list(_curve([at, *places])) if big in "CQ" else places
        for point in points:
            if big != "M" and point != at:
                yield at, point
            at = point
        if big == "M":
            # An area is closed where its outline is not.
            start = at
    if at != start:
        yield at, start


def _steps(outline: str) -> Iterator[tuple[str, list[float]]]:
    command = ""
    numbers: list[float] = []
    for letter, number in _STEP.findall(outline):
        if letter:
            command, numbers = letter, []
        else:
            numbers.append(float(number))
        if command and len(numbers) == _NUMBERS[command.upper()]:
            yield command, numbers
            numbers = []
            # Further points after the first of a move are lines.
            command = {"M": "L", "m": "l"}.get(command, command)


def _curve(places: Sequence[Point]) -> Iterator[Point]:
    """A Bézier curve in pieces (de Casteljau)."""
    for number in range(1, _SIDES + 1):
        share, left = number / _SIDES, list(places)
        while len(left) > 1:
            left = [
                (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share)
                for (x1, y1), (x2, y2) in pairwise(left)
            ]
        yield left[0]


def _arc(at: Point, end: Point, radius: float, large: bool, onwards: bool) -> Iterator[Point]:
    """An arc of a circle in pieces; ``onwards`` is clockwise on the page."""
    (x1, y1), (x2, y2) = at, end
    chord = math.hypot(x2 - x1, y2 - y1)
    if chord == 0 or radius == 0:
        yield end
        return
    radius = max(radius, chord / 2)
    # From the middle of the chord to the centre, square to the chord.
    away = math.sqrt(max(radius**2 - chord**2 / 4, 0)) / chord
    away = -away if large == onwards else away
    centre = ((x1 + x2) / 2 - away * (y2 - y1), (y1 + y2) / 2 + away * (x2 - x1))
    first = math.atan2(y1 - centre[1], x1 - centre[0])
    turn = (math.atan2(y2 - centre[1], x2 - centre[0]) - first) % (2 * math.pi)
    if not onwards:
        turn -= 2 * math.pi
    pieces = max(2, math.ceil(abs(turn) / (2 * math.pi) * 72))
    for number in range(1, pieces):
        angle = first + turn * number / pieces
        yield centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)
    yield end
