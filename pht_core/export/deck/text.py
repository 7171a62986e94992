"""Texts on slides: the title in its place, and boxes of text of our own."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pptx.dml.color import ColorFormat
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_AUTO_SIZE
from pptx.oxml.ns import qn
from pptx.slide import Slide
from pptx.util import Pt

from pht_core.export.deck.box import Box
from pht_core.export.deck.layouts import Canvas
from pht_core.export.deck.measure import fit_size, font_factor, line_height, wrap

# What XML 1.0 cannot hold, half pairs, and signs that turn the direction of all that follows.
_FORBIDDEN = re.compile(
    "[^\t\n\u0020-\u007e\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    "\U00010000-\U0010ffff]"
)
LONGEST = {"title": 300, "cell": 200, "line": 600, "alt": 1500, "notes": 20_000}


def clean(text: str, most: int = LONGEST["line"]) -> str:
    """One line of text: forbidden signs are left out, white space is one space, the end is cut.

    >>> clean("P1" + chr(0) + " <b>" + chr(10) + "患者"), clean("abcdefgh", most=5)
    ('P1 <b> 患者', 'abcd…')
    """
    # A space that keeps words together stays one.
    kept = re.sub(r"[ \t\n]+", " ", _FORBIDDEN.sub("", text)).strip(" \u00a0")
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def clean_lines(text: str, most: int = LONGEST["notes"]) -> str:
    r"""Several lines of text, each with its tabs; see `clean`.

    >>> clean_lines("a" + chr(9) + "b" + chr(13) + chr(10) + "c" + chr(7))
    'a\tb\nc'
    """
    lines = _FORBIDDEN.sub("", text.replace("\r\n", "\n")).split("\n")
    kept = "\n".join(line.rstrip() for line in lines)
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def shorten_middle(text: str, most: int) -> str:
    """A long id by its two ends: ids differ at their ends.

    >>> shorten_middle("NORTH-WEST/CAR-T 2023 no. 001", 16)
    'NORTH-…3 no. 001'
    """
    if len(text) <= most:
        return text
    last = (most - 1) * 3 // 5
    return f"{text[: most - 1 - last].rstrip()}…{text[-last:].lstrip()}"


_TITLE_LINES = 3
_UNTITLED = "Untitled"
_LEAST_TITLE = 14.0
_INSET = 7.2
_PER_POINT = 12700


@dataclass(frozen=True)
class Line:
    """A paragraph: its words, whether they stand out, and whether they are said softly."""

    words: str
    bold: bool = False
    soft: bool = False


def write_title(slide: Slide, canvas: Canvas, words: str, ending: str = "") -> str:
    """Write a slide's title so that it fits in at most three lines; what was written.

    ``ending``, such as "(2 of 3)", is kept where the title itself has to be cut.
    """
    box = canvas.title or Box(
        canvas.body.left, canvas.slide.height * 0.03, canvas.body.width, canvas.body.top * 0.8
    )
    shape = slide.shapes.title
    if shape is None:
        shape = slide.shapes.add_textbox(*box.emu)
        shape.name = "Title"
        shape.text_frame.word_wrap = True
    left, top, right, bottom = _insets(slide)
    room = (box.width - left - right) / font_factor(canvas.title_font)
    height = box.height - top - bottom
    # A box beside the figure is narrow and high.
    most_lines = _TITLE_LINES if box.width > 2 * box.height else _TITLE_LINES * 4
    words = clean(words, LONGEST["title"] - len(ending)) or _UNTITLED
    text = clean(f"{words} {ending}", LONGEST["title"])
    size, fitted = fit_size(
        text, _sizes(canvas.title_size), room, height, most_lines, canvas.title_bold
    )
    if fitted != text and ending:
        least = _sizes(canvas.title_size)[-1]
        for most in range(len(words), 0, -5):
            text = f"{clean(words, most)} {ending}"
            size, fitted = fit_size(text, (least,), room, height, most_lines, canvas.title_bold)
            if fitted == text:
                break
    if canvas.title_moved:
        shape.left, shape.top, shape.width, shape.height = box.emu
    frame = shape.text_frame
    frame.text = fitted
    run = frame.paragraphs[0].runs[0]
    if size != canvas.title_size or canvas.title is None:
        run.font.size = Pt(size)
    if canvas.title is None:
        run.font.bold = True
    return fitted


def write_lines(
    slide: Slide, box: Box, lines: Sequence[Line], size: float, *, name: str, gap: float = 0.0
) -> None:
    """A box of text, a paragraph a line, in the presentation's own font and colours."""
    shape = slide.shapes.add_textbox(*box.emu)
    shape.name = name
    frame = shape.text_frame
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for place, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        if place and gap:
            paragraph.space_before = Pt(gap)
        run = paragraph.add_run()
        run.text = line.words
        run.font.size = Pt(size)
        run.font.bold = line.bold or None
        set_ink(run.font.color, soft=line.soft)


def set_ink(colour: ColorFormat, *, soft: bool = False) -> None:
    """The colour of texts of the presentation, on its own ground; softer for what is beside."""
    colour.theme_color = MSO_THEME_COLOR.TEXT_1
    if soft:
        colour.brightness = 0.25


def lines_height(
    lines: Sequence[Line], size: float, width: float, font: str, gap: float = 0.0
) -> float:
    """Height in points that lines of text take in a box so wide."""
    room = width / font_factor(font)
    heights = [
        len(wrap(line.words, size, room, line.bold)) * line_height(line.words, size)
        for line in lines
    ]
    return sum(heights) + gap * max(0, len(lines) - 1)


def fit_lines(
    lines: Sequence[Line],
    sizes: Sequence[float],
    width: float,
    height: float,
    font: str,
    gap: float = 0.0,
) -> float | None:
    """The first of the sizes at which lines fit a box; None if they fit at none."""
    return next(
        (size for size in sizes if lines_height(lines, size, width, font, gap) <= height), None
    )


def clear_placeholders(slide: Slide, keep: tuple[str, ...] = ("title",)) -> None:
    """Take the places for content off a slide that has content of its own; the title stays."""
    for shape in list(slide.placeholders):
        if shape.element.ph.get("type") not in keep:
            shape.element.getparent().remove(shape.element)


def keep_foot(slide: Slide) -> None:
    """Fill the layout's slide number, and its footer where the template has words in it."""
    for shape in slide.slide_layout.placeholders:
        kind = shape.element.ph.get("type", "")
        if kind == "sldNum" or (kind == "ftr" and shape.text_frame.text.strip()):
            own = copy.deepcopy(shape.element)
            ids = [int(one.get("id", "0")) for one in slide.element.iter(qn("p:cNvPr"))]
            own.nvSpPr.cNvPr.set("id", str(max(ids) + 1))
            # The place and the look stay the layout's.
            for element in (*own.findall(qn("p:spPr")), *own.iter(qn("a:lstStyle"))):
                element[:] = []
            slide.shapes._spTree.append(own)


def _sizes(size: float) -> list[float]:
    """The layout's own size and smaller ones, to the least that is read from the back."""
    least = min(_LEAST_TITLE, size)
    steps = [size * part for part in (1, 0.92, 0.84, 0.77, 0.7, 0.62, 0.54, 0.46, 0.4)]
    return [size, *(round(step) for step in steps[1:] if round(step) > least), least]


def _insets(slide: Slide) -> tuple[float, ...]:
    """Left, top, right and bottom margins of a title's text, in points."""
    usual = {"lIns": _INSET, "tIns": _INSET / 2, "rIns": _INSET, "bIns": _INSET / 2}
    for holder in (slide.slide_layout.slide_master, slide.slide_layout):
        for one in holder.placeholders:
            if one.element.ph.get("type") == "title":
                body = one.element.find(f".//{qn('a:bodyPr')}")
                own = {} if body is None else body.attrib
                usual |= {side: int(own[side]) / _PER_POINT for side in usual if side in own}
    return tuple(usual.values())
