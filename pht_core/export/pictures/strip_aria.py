"""The marks of a drawn SVG: only what is seen is kept, and ids of its own.

The drawing process imports this module without the rest of the package.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from pht_core.export.pictures.fonts import SVG

# What a chart is drawn with; anything else (a script, a picture, a link) has no business in it.
ELEMENTS = {
    *("svg", "g", "path", "rect", "line", "circle", "ellipse", "polygon", "polyline"),
    *("text", "tspan", "defs", "clipPath", "linearGradient", "radialGradient", "stop"),
}
_DROPPED = {"class", "pointer-events", "role"}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def strip_marks(root: ET.Element) -> None:
    """Drop what nobody sees: empty and invisible marks, and the rows behind the marks as labels.

    Vega writes the values of each mark into its label, hidden columns too.
    """
    for element in root.iter():
        name = element.tag.removeprefix(SVG)
        if name not in ELEMENTS:
            raise ValueError(f"a picture has no <{name}>")
        for attribute in list(element.attrib):
            unseen = attribute in _DROPPED or attribute.startswith(("aria-", "on"))
            if unseen or "href" in attribute:
                del element.attrib[attribute]
    _prune(root, "none")


def _prune(parent: ET.Element, fill: str) -> None:
    for child in list(parent):
        name = child.tag.removeprefix(SVG)
        if name in ("defs", "clipPath", "text"):
            if name == "text" and (not "".join(child.itertext()).strip() or _unseen(child)):
                parent.remove(child)
            continue
        own_fill = child.get("fill", fill)
        _prune(child, own_fill)
        if name in ("g", "svg"):
            empty = not len(child)
        else:
            colours = {own_fill, child.get("stroke", "none")}
            unpainted = colours <= {"none", "transparent"}
            empty = unpainted or (name == "path" and not child.get("d"))
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
