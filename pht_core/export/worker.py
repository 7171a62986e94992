"""Draw one picture, as a process of its own: the converter holds Python's lock while it works.

Reads one JSON object from standard input (spec, kind, ppi, fonts, frame: width and height in
points or null) and writes the picture to standard output. It imports nothing of the package, so
that it starts at once.
"""

import json
import re
import sys
from typing import Any

import vl_convert

_SIZE = re.compile(r'<svg [^>]*?width="([0-9.]+)" height="([0-9.]+)"')


def draw(request: dict[str, Any]) -> bytes:
    """Convert a Vega-Lite specification to PNG, SVG or PDF; one unit of it is one point."""
    for folder in request["fonts"]:
        vl_convert.register_font_directory(folder)
    spec, frame = request["spec"], request["frame"]
    svg = draw_svg(spec)
    if frame:
        width, height = svg_size(svg)
        # A tall picture would leave the sides of the frame empty: it is drawn anew, wider.
        wider = round(height * frame[0] / frame[1])
        if wider > width:
            for view in spec["vconcat"]:
                view["width"] = wider
            svg = draw_svg(spec)
        svg = place_in_frame(svg, frame[0], frame[1], spec["config"]["background"])
    if request["kind"] == "svg":
        return svg.encode()
    if request["kind"] == "pdf":
        return vl_convert.svg_to_pdf(svg)
    # Without a resolution of its own, a point would become a pixel.
    return vl_convert.svg_to_png(svg, ppi=request["ppi"])


def draw_svg(spec: dict[str, Any]) -> str:
    """Convert to SVG; a picture comes from its own data alone, so no address may be read."""
    return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])


def svg_size(svg: str) -> tuple[float, float]:
    """Width and height of a drawn SVG."""
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("the converter gave an SVG without a size")
    return float(found[1]), float(found[2])


def place_in_frame(svg: str, width: float, height: float, background: str) -> str:
    """Centre a picture in a frame, made as large as fits, on a ground of its own colour."""
    own_width, own_height = svg_size(svg)
    scale = min(width / own_width, height / own_height)
    x, y = (width - own_width * scale) / 2, (height - own_height * scale) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'version="1.1" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f'<rect width="{width:g}" height="{height:g}" fill="{background}"/>'
        f'<g transform="translate({x:g},{y:g}) scale({scale:g})">{svg}</g></svg>'
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
