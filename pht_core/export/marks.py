"""The marks of a drawn SVG: only what is seen is kept, patterns for greys, ids of its own.

The drawing process imports this module without the rest of the package.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

_NS = "{http://www.w3.org/2000/svg}"
# What a chart is drawn with; anything else (a script, a picture, a link) has no business in it.
ELEMENTS = {
    *("svg", "g", "path", "rect", "line", "circle", "ellipse", "polygon", "polyline"),
    *("text", "tspan", "defs", "clipPath", "linearGradient", "radialGradient", "stop"),
}
_DROPPED = {"class", "pointer-events", "role"}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
TILE = 6
# Each pattern's lines on a tile, and whether they are filled dots.
TILES = {
    "diagonal": "M-1.5,1.5L1.5,-1.5M0,6L6,0M4.5,7.5L7.5,4.5",
    "back": "M-1.5,4.5L1.5,7.5M0,0L6,6M4.5,-1.5L7.5,1.5",
    "cross": "M0,0L6,6M6,0L0,6",
    "dots": "M3,1.6a1.4,1.4 0 1 0 0.01,0Z",
}
PALEST_LINE = 0xA0


def strip_marks(root: ET.Element) -> None:
    """Drop what nobody sees: empty and invisible marks, and the rows behind the marks as labels.

    Vega writes the values of each mark into its label, hidden columns too.
    """
    for element in root.iter():
        name = element.tag.removeprefix(_NS)
        if name not in ELEMENTS:
            raise ValueError(f"a picture has no <{name}>")
        for attribute in list(element.attrib):
            if (
                attribute in _DROPPED
                or attribute.startswith(("aria-", "on"))
                or "href" in attribute
            ):
                del element.attrib[attribute]
    _prune(root, "none")


def _prune(parent: ET.Element, fill: str) -> None:
    for child in list(parent):
        name = child.tag.removeprefix(_NS)
        if name in ("defs", "clipPath", "text"):
            if name == "text" and (not "".join(child.itertext()).strip() or _unseen(child)):
                parent.remove(child)
            continue
        own_fill = child.get("fill", fill)
        _prune(child, own_fill)
        if name in ("g", "svg"):
            empty = not len(child)
        else:
            painted = own_fill not in ("none", "transparent") or child.get(
                "stroke", "none"
            ) not in (
                "none",
                "transparent",
            )
            empty = not painted or (name == "path" and not child.get("d"))
        if empty or _unseen(child):
            parent.remove(child)


def _unseen(element: ET.Element) -> bool:
    return element.get("display") == "none" or element.get("opacity") == "0"


def rename_ids(root: ET.Element, prefix: str) -> None:
    """Make ids those of one picture: several stand in one page."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, f"{prefix}-{value}")
            elif "url(" in value:
                element.set(name, _REFERENCE.sub(rf"url(#{prefix}-\1)", value))


def draw_patterns(root: ET.Element, patterns: Mapping[str, str]) -> None:
    """Fill areas of certain greys with their pattern (names of `TILES` by fill)."""
    used = {}
    for element in root.iter():
        fill = element.get("fill", "").lower()
        if fill in patterns and element.tag.removeprefix(_NS) not in ("text", "tspan", "g", "svg"):
            used[fill] = patterns[fill]
            element.set("fill", f"url(#pattern-{patterns[fill]})")
    if not used:
        return
    defs = ET.Element(f"{_NS}defs")
    for colour, name in used.items():
        pattern = ET.SubElement(
            defs,
            f"{_NS}pattern",
            id=f"pattern-{name}",
            patternUnits="userSpaceOnUse",
            width=str(TILE),
            height=str(TILE),
        )
        ET.SubElement(pattern, f"{_NS}rect", width=str(TILE), height=str(TILE), fill="#ffffff")
        line = colour if int(colour[1:3], 16) <= PALEST_LINE else "#8c8c8c"
        paint = {"fill": line} if name == "dots" else {"stroke": line, "stroke-width": "1.2"}
        ET.SubElement(pattern, f"{_NS}path", {"d": TILES[name], "fill": "none"} | paint)
    root.insert(0, defs)
