"""Texts of an SVG as outlines, for programs that show it on computers without its fonts.

Letters are shaped by HarfBuzz, kerning included, as the converter shapes them for PNG and PDF.
The drawing process imports this module without the rest of the package.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import uharfbuzz as hb

from pht_core.export.pictures.fonts import SVG, Font, face_of, pick_font, split_runs, weight_of

_LETTERING = {"font-family", "font-size", "font-weight", "font-style", "text-anchor", "x", "y"}
_SHARE_BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}
# Drawn for a letter that no font has.
BOX = "□"

# Steps of an outline: the letter of a path's command, and its points in units of the font.
Step = tuple[str, tuple[float, ...]]


def outline_texts(root: ET.Element, fonts: Sequence[Font]) -> None:
    """Put outlines in the place of texts, seen the same; letters that no font has stay text."""
    for parent in list(root.iter()):
        for place, child in enumerate(list(parent)):
            if child.tag == f"{SVG}text":
                parent[place] = _outlined(child, fonts)
                parent[place].tail = child.tail


def _outlined(text: ET.Element, fonts: Sequence[Font]) -> ET.Element:
    size = _pixels(text.get("font-size", "16px"))
    paths: list[str] = []
    left_over: list[ET.Element] = []
    for font, x, y, words in set_lines(text, fonts):
        if font is not None:
            paths.append(_path(_shape(font, words, size)[0], x, y))
        else:
            letters = ET.Element(f"{SVG}text", x=format_number(x), y=format_number(y))
            letters.text = words
            left_over.append(letters)
    kept = {name: value for name, value in text.attrib.items() if name not in _LETTERING}
    drawn = ET.Element(f"{SVG}path", d="".join(paths))
    if not left_over:
        drawn.attrib.update(kept)
        return drawn
    names = ("font-family", "font-size", "font-weight")
    lettering = {name: value for name in names if (value := text.get(name))}
    group = ET.Element(f"{SVG}g", kept | lettering)
    group.append(drawn)
    group.extend(left_over)
    return group


def set_lines(
    text: ET.Element, fonts: Sequence[Font]
) -> Iterator[tuple[Font | None, float, float, str]]:
    """Pieces of a text, each in one font (None: no font has its letters), and where it starts."""
    size, weight = _pixels(text.get("font-size", "16px")), weight_of(text)
    before = _SHARE_BEFORE.get(text.get("text-anchor", "start"), 0.0)
    for x, y, words in _lines(text, size):
        runs = split_runs(words, weight, fonts)
        advances = [
            _shape(font, piece, size)[1]
            if font is not None
            else _shape(box_font(fonts), BOX * len(piece), size)[1]
            for font, piece in runs
        ]
        start = x - sum(advances) * before
        for (font, piece), advance in zip(runs, advances, strict=True):
            yield font, start, y, piece
            start += advance


def box_font(fonts: Sequence[Font]) -> Font:
    """The font of the box that stands for a letter which no font has."""
    return pick_font(BOX, 400, fonts) or fonts[0]


def _lines(text: ET.Element, size: float) -> Iterator[tuple[float, float, str]]:
    """Where each line of a text begins, and its words."""
    x, y = _length(text.get("x"), size), _length(text.get("y"), size)
    lines: list[list[Any]] = [[x, y, text.text or ""]]
    for child in text:
        if child.get("x") is not None:
            y = _length(child.get("y"), size) if child.get("y") else y
            y += _length(child.get("dy"), size)
            lines.append([_length(child.get("x"), size), y, "".join(child.itertext())])
        else:
            lines[-1][2] += "".join(child.itertext())
        lines[-1][2] += child.tail or ""
    for x, y, words in lines:
        shown = re.sub("[ \t\r\n]+", " ", words).strip(" ")
        if shown:
            yield x, y, shown


def _length(words: str | None, size: float) -> float:
    if not words:
        return 0.0
    return float(words[:-2]) * size if words.endswith("em") else _pixels(words)


def _pixels(words: str) -> float:
    return float(words.removesuffix("px"))


def _shape(font: Font, words: str, size: float) -> tuple[list[Step], float]:
    """Outline of words from 0, 0 to the right and down, and how far they reach."""
    shaped = hb.Buffer()
    shaped.add_str(words)
    shaped.guess_segment_properties()
    face = _font_of(font.path, font.index)
    hb.shape(face, shaped)
    scale = size / face.face.upem
    steps: list[Step] = []
    x = y = 0.0
    for glyph, place in zip(shaped.glyph_infos, shaped.glyph_positions, strict=True):
        for command, points in _glyph(font.path, font.index, glyph.codepoint):
            moved = tuple(
                (x + place.x_offset + point) * scale
                if not number % 2
                else -(y + place.y_offset + point) * scale
                for number, point in enumerate(points)
            )
            steps.append((command, moved))
        x += place.x_advance
        y += place.y_advance
    return steps, x * scale


@cache
def _font_of(path: str, index: int) -> hb.Font:
    return hb.Font(face_of(path, index))


@cache
def _glyph(path: str, index: int, glyph: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    _font_of(path, index).draw_glyph(glyph, _pen(), steps)
    return tuple(steps)


@cache
def _pen() -> hb.DrawFuncs:
    pen = hb.DrawFuncs()
    pen.set_move_to_func(lambda x, y, steps: steps.append(("M", (x, y))))
    pen.set_line_to_func(lambda x, y, steps: steps.append(("L", (x, y))))
    pen.set_quadratic_to_func(lambda a, b, x, y, steps: steps.append(("Q", (a, b, x, y))))
    pen.set_cubic_to_func(lambda a, b, c, d, x, y, steps: steps.append(("C", (a, b, c, d, x, y))))
    pen.set_close_path_func(lambda steps: steps.append(("Z", ())))
    return pen


def _path(steps: Sequence[Step], x: float, y: float) -> str:
    return "".join(
        command
        + " ".join(
            format_number(point + (y if number % 2 else x)) for number, point in enumerate(points)
        )
        for command, points in steps
    )


def format_number(value: float) -> str:
    """A coordinate with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
