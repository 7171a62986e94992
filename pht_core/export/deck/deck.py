"""A deck of slides: a cover, an exhibit a slide, and the methods."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from pht_core.exhibits.exhibit import Look, NativeChart
from pht_core.exhibits.plate import Plate
from pht_core.export.deck.box import Box
from pht_core.export.deck.cover import add_cover
from pht_core.export.deck.design import own_design
from pht_core.export.deck.layouts import Canvas, choose_layouts
from pht_core.export.deck.methods import add_methods
from pht_core.export.deck.native import MOST_CHARTS, list_gaps, place_charts
from pht_core.export.deck.notes import write_notes
from pht_core.export.deck.package import write_package
from pht_core.export.deck.table import place_table, split_table
from pht_core.export.deck.template import read_template
from pht_core.export.deck.text import (
    Line,
    clear_placeholders,
    keep_foot,
    lines_height,
    write_lines,
    write_title,
)
from pht_core.export.deck.vector import place_picture
from pht_core.export.deck.words import LONGEST, clean
from pht_core.export.pictures import Files, Order, draw_pictures
from pht_core.export.style import Style

Report = Callable[[int, int, str], None]

_PNG_PPI = 200
_COMMENT_SIZE, _FOOTER_SIZE = 14, 9
_GAP = 6
_SAME_WORDS = 0.7
# A picture that leaves more of its room empty is drawn larger, up to so many times.
_MOST_EMPTY, _MOST_LARGER = 0.12, 1.5


@dataclass(frozen=True)
class SlideStyle(Style):
    """A style whose pictures have the size of the room on a slide, in points.

    larger : times the letters' size, for a picture that is low for its width.
    """

    room: tuple[float, float] = (900, 414)
    larger: float = 1.0

    @property
    def frame(self) -> tuple[float, float | None]:
        """Width and height of the room."""
        return self.room

    @property
    def letters(self) -> float:
        """Size of the labels in points."""
        return super().letters * self.larger


def write_deck(
    plates: Sequence[Plate],
    *,
    style: Style = Style(),  # noqa: B008  frozen
    template: bytes | None = None,
    native: bool = True,
    report: Report | None = None,
) -> bytes:
    """Write a PowerPoint file (.pptx): a cover, an exhibit a slide with notes, the methods.

    Parameters
    ----------
    plates : in the order of the slides. style : its colours and font size; the pictures have the
        size of the room on the slide. template : a .pptx or .potx whose masters are used; its
        slides are not. native : bars and pies also as charts that can be edited, a slide each.
    report : is told how many steps are done, of how many, and what is being done.

    Raises
    ------
    PhtError : there are no plates, the template cannot be used, or a picture cannot be drawn.
    """
    deck = own_design(style.theme) if template is None else read_template(template)
    canvas = choose_layouts(deck)
    figures = [plate for plate in plates if plate.draw is not None]
    steps = len(figures) + len(plates) + 2
    say = report or (lambda done, of, what: None)
    say(0, steps, "drawing the pictures")
    orders = [_order(plate, canvas, style) for plate in figures]
    files = draw_pictures(
        orders, report=lambda done, of: say(done, steps, f"picture {done} of {of} drawn")
    )
    small = [place for place, kinds in enumerate(files) if _share_empty(kinds) > _MOST_EMPTY]
    larger = [_larger(figures[place], canvas, style, files[place]) for place in small]
    for place, kinds in zip(small, draw_pictures(larger), strict=True):
        files[place] = kinds
    done = len(figures)
    add_cover(deck, canvas, plates)
    for plate in plates:
        done += 1
        _add_exhibit(deck, canvas, plate, files.pop(0) if plate.draw is not None else None)
        charts = plate.charts(Look(style.theme, style.width)) if native else ()
        if charts:
            _add_charts(deck, canvas, plate, charts)
        say(done, steps, f"slide of “{clean(plate.title, 60)}” written")
    add_methods(deck, canvas, plates)
    say(steps - 1, steps, "writing the file")
    _describe(deck, plates)
    content = write_package(deck.part.package)
    say(steps, steps, "the deck is ready")
    return content


def _order(plate: Plate, canvas: Canvas, style: Style, larger: float = 1.0) -> Order:
    room, _ = _rooms(plate, canvas)
    size = (room.width, room.height)
    own = SlideStyle("slide", style.ppi, style.grey, style.font_size, size, larger)
    assert plate.draw is not None
    height = int(room.height / own.scale)
    picture = plate.draw(Look(own.theme, own.width, height))
    if _repeats(picture.title, plate.headline):
        picture = replace(picture, title="")
    return Order(picture, ("outlined", "png"), own, _PNG_PPI)


def _share_empty(files: Files) -> float:
    """Part of a picture's height that is empty above and below what is drawn."""
    box = re.search(rb'viewBox="\S+ (\S+) \S+ (\S+)"', files["outlined"])
    return max(0.0, -2 * float(box[1]) / float(box[2])) if box else 0.0


def _larger(plate: Plate, canvas: Canvas, style: Style, files: Files) -> Order:
    """A low picture again with larger letters, so that it fills its room."""
    factor = min(_MOST_LARGER, 1 / (1 - _share_empty(files)))
    return _order(plate, canvas, style, factor)


def _repeats(title: str, headline: str) -> bool:
    """True if the slide's own title says above it what the picture's title says."""
    words, above = (re.findall(r"[\w.]+", text.lower()) for text in (title, headline))
    return sum(word in above for word in words) >= _SAME_WORDS * len(words)


def _rooms(plate: Plate, canvas: Canvas) -> tuple[Box, Box | None]:
    """Room for the exhibit, and for the user's comment under it."""
    if not plate.comment:
        return canvas.body, None
    lines = [Line(clean(plate.comment))]
    height = lines_height(lines, _COMMENT_SIZE, canvas.body.width, canvas.text_font)
    return canvas.body.cut_foot(min(height, canvas.body.height / 4), _GAP)


def _add_exhibit(deck: Deck, canvas: Canvas, plate: Plate, files: Files | None) -> None:
    if files is not None:
        slide = _new_slide(deck, canvas, plate.headline)
        room, below = _rooms(plate, canvas)
        place_picture(slide, room, files["png"], files["outlined"], plate.title, plate.alt)
        _finish(slide, plate, below)
        return
    assert plate.table is not None
    room, below = _rooms(plate, canvas)
    room, foot = _footer_room(room, plate, canvas)
    parts = split_table(plate.table, room, canvas.text_font)
    for place, part in enumerate(parts, 1):
        slide = _new_slide(deck, canvas, plate.headline, _part(place, len(parts)))
        place_table(slide, room, part, clean(plate.title), clean(plate.alt, LONGEST["alt"]))
        _write_footer(slide, foot, plate.provenance.footer())
        _finish(slide, plate, below)


def _add_charts(deck: Deck, canvas: Canvas, plate: Plate, charts: Sequence[NativeChart]) -> None:
    pages = [charts[start : start + MOST_CHARTS] for start in range(0, len(charts), MOST_CHARTS)]
    for place, page in enumerate(pages, 1):
        ending = f"(editable{f', {place} of {len(pages)}' if len(pages) > 1 else ''})"
        slide = _new_slide(deck, canvas, plate.headline, ending)
        gaps = list_gaps(canvas.body, page)
        room, foot = _footer_room(canvas.body, plate, canvas, *gaps)
        place_charts(slide, room, page, titled=len(charts) > 1)
        _write_footer(slide, foot, " ".join([*gaps, plate.provenance.footer()]))
        _finish(slide, plate, None)


def _new_slide(deck: Deck, canvas: Canvas, title: str, ending: str = "") -> Slide:
    slide = deck.slides.add_slide(canvas.exhibit)
    clear_placeholders(slide)
    write_title(slide, canvas, title, ending)
    return slide


def _finish(slide: Slide, plate: Plate, below: Box | None) -> None:
    if below is not None:
        write_lines(slide, below, [Line(clean(plate.comment))], _COMMENT_SIZE, name="Comment")
    keep_foot(slide)
    write_notes(slide, plate)


def _footer_room(room: Box, plate: Plate, canvas: Canvas, *more: str) -> tuple[Box, Box]:
    lines = [Line(" ".join([*more, plate.provenance.footer()]))]
    height = lines_height(lines, _FOOTER_SIZE, room.width, canvas.text_font)
    return room.cut_foot(height, _GAP)


def _write_footer(slide: Slide, box: Box, words: str) -> None:
    write_lines(slide, box, [Line(clean(words, 2000), soft=True)], _FOOTER_SIZE, name="Source")


def _list_notes_master(deck: Deck) -> None:
    """The presentation names its notes master, which the library leaves to be found."""
    root = deck.element
    if root.find(qn("p:notesMasterIdLst")) is None:
        relation = deck.part.relate_to(deck.notes_master.part, RELATIONSHIP_TYPE.NOTES_MASTER)
        masters = root.makeelement(qn("p:notesMasterIdLst"), {})
        masters.append(masters.makeelement(qn("p:notesMasterId"), {qn("r:id"): relation}))
        root.find(qn("p:sldMasterIdLst")).addnext(masters)


def _part(place: int, of: int) -> str:
    return f"({place} of {of})" if of > 1 else ""


def _describe(deck: Deck, plates: Sequence[Plate]) -> None:
    """The file's own properties: what it is, and no name of a person."""
    _list_notes_master(deck)
    about = deck.core_properties
    about.title = clean(f"Figures of {plates[0].provenance.data}", 200)
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.subject = about.category = ""
    about.revision = 1
    about.created = about.modified = datetime.now(UTC).replace(tzinfo=None)
