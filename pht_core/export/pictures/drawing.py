"""One drawing, from a chart's specification to the bytes of its files.

The drawing process imports this module without the rest of the package, so that it starts at once.
"""

from __future__ import annotations

import copy
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

import vl_convert

from pht_core.export.pictures import fonts as embedding
from pht_core.export.pictures import outline
from pht_core.export.pictures.fonts import SVG, Font, weight_of

POINTS_PER_INCH = 72
MM_PER_POINT = 25.4 / 72
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Names of faces (PostScript's), and what asks for the bold one.
REGULAR, SEMIBOLD = "SourceSans3-Regular", "SourceSans3-Semibold"
_BOLD = ("bold", 600, 700, 800, 900)
_FONT_OF_WEIGHT = {
    "fontWeight": "font",
    "labelFontWeight": "labelFont",
    "titleFontWeight": "titleFont",
}
_MISSING = "missing"

# What a chart is drawn with; anything else (a script, a picture, a link) has no business in it.
ELEMENTS = {
    *("svg", "g", "path", "rect", "line", "circle", "ellipse", "polygon", "polyline"),
    *("text", "tspan", "defs", "clipPath", "linearGradient", "radialGradient", "stop"),
}
_DROPPED = {"class", "pointer-events", "role"}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")

ET.register_namespace("", SVG.strip("{}"))


def draw_files(request: dict[str, Any]) -> dict[str, bytes]:
    """Draw one picture once and write it as every kind of file that is asked for.

    ``request`` has spec (Vega-Lite), kinds (svg, png, pdf, outlined), frame (width and height in
    points, the height or all of it None), scale (points per unit), unit of the SVG's size (pt or
    mm), ppi of the PNG, fonts (as `Font` has them), title, description.
    """
    fonts = [Font(*font) for font in request["fonts"]]
    family = request["spec"]["config"]["font"]
    _name_faces(request["spec"])
    root = _draw_tree(request)
    size = _place(root, request["frame"], request["scale"], request["spec"]["config"]["background"])
    strip_marks(root)
    rename_ids(root, "f" + hashlib.sha256(ET.tostring(root)).hexdigest()[:8])
    _mark_fonts(root, family, fonts)
    return {kind: _write(root, kind, size, request, fonts) for kind in request["kinds"]}


def _write(
    root: ET.Element,
    kind: str,
    size: tuple[float, float],
    request: dict[str, Any],
    fonts: Sequence[Font],
) -> bytes:
    if kind in ("png", "pdf"):
        root = copy.deepcopy(root)
        _draw_boxes(root, fonts)
    if kind == "png":
        ppi = request["ppi"]
        pixels = [max(1, round(side * ppi / POINTS_PER_INCH)) for side in size]
        # The size is given in pixels: of a size in points the converter would round down. It
        # multiplies by ppi / 72, and writes the resolution (pHYs) into the file.
        svg = _text(_sized(root, [str(side) for side in pixels]))
        return bytes(vl_convert.svg_to_png(svg, scale=POINTS_PER_INCH / ppi, ppi=ppi))
    if kind == "pdf":
        return bytes(vl_convert.svg_to_pdf(_text(_sized(root, [f"{side:.6g}" for side in size]))))
    factor = MM_PER_POINT if request["unit"] == "mm" else 1
    tree = _sized(root, [f"{side * factor:.6g}{request['unit']}" for side in size])
    if kind == "outlined":
        outline.outline_texts(tree, fonts)
    else:
        tree.set("role", "img")
        # Otherwise browsers move letters to whole pixels, and long lines grow or shrink.
        tree.set("text-rendering", "geometricPrecision")
        for place, (name, text) in enumerate(
            (("title", request["title"]), ("desc", request["description"]))
        ):
            element = ET.Element(f"{SVG}{name}")
            element.text = _NOT_XML.sub("\ufffd", text)
            tree.insert(place, element)
        embedding.embed_fonts(tree, fonts)
    return _text(tree).encode()


def _draw_tree(request: dict[str, Any]) -> ET.Element:
    spec, frame = request["spec"], request["frame"]
    root = _draw_svg(spec)
    if frame and frame[1]:
        width, height = _own_size(root)
        # A tall picture would leave the sides of the frame empty: it is drawn anew, wider.
        wider = round(height * frame[0] / frame[1])
        if wider > width:
            for view in spec["vconcat"]:
                view["width"] = wider
            root = _draw_svg(spec)
    return root


def _draw_svg(spec: dict[str, Any]) -> ET.Element:
    """Convert to SVG; a picture comes from its own data alone, so no address may be read."""
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return ET.fromstring(_NOT_XML.sub("\ufffd", svg))


def _name_faces(spec: dict[str, Any]) -> None:
    """Name the faces by which texts are measured while the chart is laid out.

    The converter cannot read a family with a number in its name, but finds a face by its own.
    """
    spec["config"]["font"] = REGULAR
    places: list[Any] = [spec]
    while places:
        place = places.pop()
        if isinstance(place, dict):
            for name, font in _FONT_OF_WEIGHT.items():
                if place.get(name) in _BOLD:
                    place[font] = SEMIBOLD
            places += [value for name, value in place.items() if name != "datasets"]
        elif isinstance(place, list):
            places += place


def _own_size(root: ET.Element) -> tuple[float, float]:
    return float(root.attrib["width"]), float(root.attrib["height"])


def _place(
    root: ET.Element, frame: Sequence[float | None] | None, scale: float, background: str
) -> tuple[float, float]:
    """Set what part of the plane is shown, the picture whole in its middle; its size in points."""
    width, height = _own_size(root)
    if frame and frame[0]:
        scale = frame[0] / width
        if frame[1]:
            scale = min(scale, frame[1] / height)
    points = (frame[0] if frame else None) or width * scale, (frame[1] if frame else None)
    across, down = points[0], points[1] or height * scale
    box = [(width - across / scale) / 2, (height - down / scale) / 2, across / scale, down / scale]
    root.set("viewBox", " ".join(f"{side:.6g}" for side in box))
    # The converter's own ground is as large as the drawing.
    for ground in root.findall(f"{SVG}rect"):
        root.remove(ground)
    ground = ET.Element(f"{SVG}rect", fill=background)
    for name, side in zip(("x", "y", "width", "height"), box, strict=True):
        ground.set(name, f"{side:.6g}")
    root.insert(0, ground)
    return across, down


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


def _mark_fonts(root: ET.Element, family: str, fonts: Sequence[Font]) -> None:
    """Name the font of every text; letters that it lacks get a place and a font of their own.

    The converter would draw a whole line in another font for the sake of one such letter.
    """
    for text in root.iter(f"{SVG}text"):
        text.set("font-family", family)
        if text.get("font-weight") is not None:
            text.set("font-weight", str(weight_of(text)))
        pieces = list(outline.set_lines(text, fonts))
        if all(font is not None and font.family == fonts[0].family for font, *_ in pieces):
            continue
        for child in list(text):
            text.remove(child)
        text.text = None
        text.set("text-anchor", "start")
        for font, x, y, words in pieces:
            place = {"x": outline.format_number(x), "y": outline.format_number(y)}
            piece = ET.SubElement(text, f"{SVG}tspan", place)
            piece.text = words
            if font is None:
                piece.set("class", _MISSING)
            elif font.family != fonts[0].family:
                piece.set("font-family", f"'{font.family}'")


def _draw_boxes(root: ET.Element, fonts: Sequence[Font]) -> None:
    """Put boxes for letters that no font has: the converter would take them from just any."""
    for piece in root.iter(f"{SVG}tspan"):
        if piece.get("class") == _MISSING:
            piece.text = outline.BOX * len(piece.text or "")
            piece.set("font-family", f"'{outline.box_font(fonts).family}'")


def _sized(root: ET.Element, size: Sequence[str]) -> ET.Element:
    tree = copy.deepcopy(root)
    tree.set("width", size[0])
    tree.set("height", size[1])
    # Whole pixels are off the exact shape by less than one.
    tree.set("preserveAspectRatio", "none")
    return tree


def _text(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode")
