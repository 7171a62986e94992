"""A picture within a page: its drawing, which needs nothing, and what makes it answer a pointer."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from pht_core.charts.picture import Picture
from pht_core.charts.theme import EXPORT_FONT
from pht_core.export.html.markup import format_json, show_unseen

_SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", _SVG)


def format_drawing(svg: bytes, words: str) -> str:
    """A drawing for the inside of a page: it takes the page's fonts and the size it is given.

    ``words`` are what a screen reader says of it. The fonts within the file would be the whole
    page's, and its title would follow the pointer, so both are taken out.
    """
    root = ET.fromstring(svg)
    for name in ("style", "title", "desc"):
        for element in root.findall(f"{{{_SVG}}}{name}"):
            root.remove(element)
    for name in ("width", "height", "preserveAspectRatio"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", words)
    return show_unseen(ET.tostring(root, encoding="unicode"))


def shape_of(svg: bytes) -> float:
    """Height of a drawing in shares of its width."""
    width, height = ET.fromstring(svg).attrib["viewBox"].split()[2:]
    return float(height) / float(width)


def format_specification(picture: Picture) -> str:
    """What the charts' script draws, as data in the page."""
    content = format_json(picture.to_dict(font=EXPORT_FONT))
    return f'<script type="application/json">{content}</script>'
