"""Which layouts of a presentation are used, and where on them there is room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER as KIND
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.shapes.base import BaseShape
from pptx.slide import SlideLayout, SlideMaster

from pht_core.export.deck.box import Box
from pht_core.model.errors import PhtError

_FOOT = (KIND.DATE, KIND.FOOTER, KIND.SLIDE_NUMBER)
_CONTENT = (
    *(KIND.BODY, KIND.OBJECT, KIND.PICTURE, KIND.CHART, KIND.TABLE),
    *(KIND.MEDIA_CLIP, KIND.ORG_CHART, KIND.BITMAP),
)
# Layouts whose text runs upright, or that part a deck into sections.
_ODD_TYPES = ("vertTitleAndTx", "vertTx", "vertTitleAndTxOverChart", "secHead", "clipArtAndVertTx")
_PER_POINT = 12700
_TITLE_SIZE = 44.0
_MARGIN = 0.03
# A place for figures that is smaller than this part of the slide is not one.
_LEAST = 0.4
# Three lines of 14 points and the margins of a box.
_LEAST_TITLE = 60.0


@dataclass(frozen=True)
class Canvas:
    """A layout for exhibits and one for the cover, and the room on the first.

    title : its box and its size of letters in points, None where the layout has no title.
    title_moved : the layout's own box is too low for a sentence, so slides have their own.
    body : where figures and tables go. title_font, text_font : as the theme names them.
    """

    exhibit: SlideLayout
    cover: SlideLayout
    slide: Box
    title: Box | None
    title_size: float
    title_bold: bool
    title_moved: bool
    body: Box
    title_font: str
    text_font: str


def choose_layouts(deck: Deck) -> Canvas:
    """Choose by what layouts have: a title and little else, and a cover; PhtError without room."""
    layouts = [layout for master in deck.slide_masters for layout in master.slide_layouts]
    if not layouts:
        raise PhtError(
            "The template has no slide layouts, so no slide can be made of it. Choose another, "
            "or none."
        )
    slide = Box(0, 0, (deck.slide_width or 0) / _PER_POINT, (deck.slide_height or 0) / _PER_POINT)
    if slide.width < 180 or slide.height < 180:
        raise PhtError(
            f"The template's slides are {slide.width / 72:.1f} by {slide.height / 72:.1f} inches; "
            "at least 2.5 by 2.5 are needed. Choose another template, or none."
        )
    exhibit = min(layouts, key=_rank)
    cover = next(
        (layout for layout in layouts if find_placeholder(layout, KIND.CENTER_TITLE)), exhibit
    )
    shape = find_placeholder(exhibit, KIND.TITLE)
    title = box_of(shape) if shape is not None else None
    master = exhibit.slide_master
    major, minor = _theme_fonts(master)
    size, bold = _title_style(exhibit, master)
    if title is None:
        # Text boxes take the size they are given.
        size, bold = min(26.0, slide.height / 20), True
    moved = title is not None and title.height < _LEAST_TITLE and title.width > slide.width / 2
    if title is not None and moved:
        title = Box(title.left, max(0, title.top), title.width, _LEAST_TITLE)
    body = _body(exhibit, slide, title)
    return Canvas(exhibit, cover, slide, title, size, bold, moved, body, major, minor)


def _rank(layout: SlideLayout) -> tuple[int, ...]:
    kind = layout.element.get("type", "")
    content = sum(_kind(shape) in _CONTENT for shape in layout.placeholders)
    return (
        find_placeholder(layout, KIND.TITLE) is None,
        kind in _ODD_TYPES,
        kind != "titleOnly",
        kind != "obj" if content else False,
        content,
    )


def find_placeholder(holder: SlideLayout | SlideMaster, kind: KIND) -> BaseShape | None:
    """The first placeholder of a kind of a layout or master."""
    return next((shape for shape in holder.placeholders if _kind(shape) == kind), None)


def _kind(shape: BaseShape) -> KIND:
    return shape.placeholder_format.type


def box_of(shape: BaseShape) -> Box | None:
    """Where a shape is, by itself or from its layout; None if nobody says."""
    sides = [shape.left, shape.top, shape.width, shape.height]
    return None if None in sides else Box(*(side / _PER_POINT for side in sides))


def _body(layout: SlideLayout, slide: Box, title: Box | None) -> Box:
    for box in _bodies(layout):
        if room := _room(box, layout, slide, title):
            return room
    margin = slide.width * _MARGIN
    top = title.bottom + 6 if title and title.bottom < slide.height / 2 else margin + 60
    rest = Box(margin, top, slide.width - 2 * margin, slide.height - top - margin)
    return _room(rest, layout, slide, None) or rest


def _bodies(layout: SlideLayout) -> Iterator[Box]:
    """Places for content, of the layout and then of its master, the largest first."""
    for holder in (layout, layout.slide_master):
        boxes = [box_of(shape) for shape in holder.placeholders if _kind(shape) in _CONTENT]
        yield from sorted(filter(None, boxes), key=lambda box: -box.width * box.height)


def _room(box: Box, layout: SlideLayout, slide: Box, title: Box | None) -> Box | None:
    """The part of a place that is on the slide, under the title and above what is at the foot."""
    left, top = max(box.left, 0), max(box.top, 0)
    right, bottom = min(box.right, slide.width), min(box.bottom, slide.height)
    if title and title.bottom < slide.height / 2 and title.left < right and title.right > left:
        top = max(top, title.bottom)
    for shape in layout.placeholders:
        foot = box_of(shape) if _kind(shape) in _FOOT else None
        if foot and foot.top > slide.height / 2 and foot.left < right and foot.right > left:
            bottom = min(bottom, foot.top)
    room = Box(left, top, right - left, bottom - top)
    if room.width < _LEAST * slide.width or room.height < _LEAST * slide.height:
        return None
    return None if title and room.meets(title) else room


def _theme_fonts(master: SlideMaster) -> tuple[str, str]:
    """The theme's fonts of titles and of texts; empty where it does not name them."""
    try:
        theme = etree.fromstring(master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob)
    except (KeyError, etree.XMLSyntaxError):
        return "", ""
    fonts = []
    for name in ("majorFont", "minorFont"):
        latin = theme.find(f".//{qn(f'a:{name}')}/{qn('a:latin')}")
        fonts.append("" if latin is None else latin.get("typeface", ""))
    return fonts[0], fonts[1]


def _title_style(layout: SlideLayout, master: SlideMaster) -> tuple[float, bool]:
    """Size and weight of titles: of the layout, else of its master."""
    shapes = [find_placeholder(holder, KIND.TITLE) for holder in (layout, master)]
    holders = [(shape.element, "a:lstStyle") for shape in shapes if shape is not None]
    size, bold = None, None
    for element, list_style in (*holders, (master.element, "p:titleStyle")):
        style = element.find(f".//{qn(list_style)}/{qn('a:lvl1pPr')}/{qn('a:defRPr')}")
        if style is not None:
            size = size or style.get("sz")
            bold = bold or style.get("b")
    return (int(size) / 100 if size else _TITLE_SIZE), bold in ("1", "true")
