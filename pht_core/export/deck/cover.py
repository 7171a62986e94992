"""The first slide, which says what the figures are of."""

from collections.abc import Sequence

from pptx.enum.shapes import PP_PLACEHOLDER as KIND
from pptx.presentation import Presentation as Deck
from pptx.util import Pt

from pht_core.errors import PhtError
from pht_core.exhibits.plate import Plate
from pht_core.export.deck.box import Box
from pht_core.export.deck.layouts import Canvas, box_of, find_placeholder
from pht_core.export.deck.measure import fit_size, font_factor
from pht_core.export.deck.text import (
    Line,
    clear_placeholders,
    fit_lines,
    keep_foot,
    write_lines,
    write_title,
)
from pht_core.export.deck.words import LONGEST, clean
from pht_core.provenance import Provenance

_TITLE_SIZES = (36, 32, 28, 24, 20, 18)
_SIZES = (18, 16, 14, 12, 11, 10)
_GAP = 4.0
# Of a placeholder's usual margins, both sides together.
_INSETS = 16.0


def cover_lines(sources: Sequence[Provenance]) -> list[str]:
    """What all figures have in common, a line each; where they differ, that is said.

    Raises
    ------
    PhtError : there are no figures.
    """
    if not sources:
        raise PhtError("There is nothing in the deck: add a figure or a table first.")
    first = sources[0]
    lines = []
    totals = list(dict.fromkeys((one.data, one.n_total) for one in sources))
    if len(totals) == 1:
        lines.append(f"{first.n_total} {'patient' if first.n_total == 1 else 'patients'}")
    filters = {one.filters for one in sources}
    if filters == {""}:
        lines.append("No filters")
    elif len(filters) == 1:
        lines.append(f"Filters: {first.filters}")
    else:
        lines.append("Filters differ between figures; each slide names its own")
    if all(one.simulated for one in sources):
        lines.append("Simulated data, not of real patients")
    elif any(one.simulated for one in sources):
        lines.append("Some figures are of simulated data; their slides say so")
    schemes = dict.fromkeys(one.scheme for one in sources if one.scheme)
    if schemes:
        lines.append(f"Grades by {' and '.join(schemes)}")
    digests = dict.fromkeys(one.digest[:8] for one in sources if one.digest)
    if digests:
        lines.append(f"SHA-256 of the data: {', '.join(digests)}")
    if not all(one.final for one in sources):
        lines.append("Exploratory: the cohort has not been confirmed as final")
    day = first.footer().rsplit("; ", 1)[-1].rstrip(".")
    lines.append(day)
    return [clean(line) for line in lines]


def add_cover(deck: Deck, canvas: Canvas, plates: Sequence[Plate]) -> None:
    """The first slide, on the template's cover if its title and subtitle hold the texts."""
    sources = [plate.provenance for plate in plates]
    lines = cover_lines(sources)
    texts = [Line(line) for line in lines]
    names = " and ".join(dict.fromkeys(source.data for source in sources))
    name = clean(names, LONGEST["title"]) or "Patients"
    room = _cover_room(canvas)
    size = None
    if room is not None:
        width, height = room[1].width - _INSETS, room[1].height - _INSETS / 2
        size = fit_lines(texts, _SIZES, width, height, canvas.text_font, _GAP)
    if room is None or size is None:
        slide = deck.slides.add_slide(canvas.exhibit)
        clear_placeholders(slide)
        write_title(slide, canvas, name)
        body = canvas.body
        own = fit_lines(texts, _SIZES, body.width, body.height, canvas.text_font, _GAP)
        write_lines(slide, body, texts, own or _SIZES[-1], name="About", gap=_GAP)
        keep_foot(slide)
        return
    slide = deck.slides.add_slide(canvas.cover)
    clear_placeholders(slide, keep=("ctrTitle", "subTitle"))
    width = (room[0].width - _INSETS) / font_factor(canvas.title_font)
    most, words = fit_size(name, _TITLE_SIZES, width, room[0].height - _INSETS / 2, 3, bold=True)
    slide.shapes.title.text_frame.text = words
    slide.shapes.title.text_frame.paragraphs[0].runs[0].font.size = Pt(most)
    subtitle = next(one for one in slide.placeholders if one is not slide.shapes.title)
    for shape in slide.placeholders:
        if shape.element.ph.get("type") == "subTitle":
            subtitle = shape
    subtitle.text_frame.text = "\n".join(lines)
    for paragraph in subtitle.text_frame.paragraphs:
        paragraph.space_before, paragraph.space_after = Pt(_GAP), Pt(0)
        for run in paragraph.runs:
            run.font.size = Pt(size)
    keep_foot(slide)


def _cover_room(canvas: Canvas) -> tuple[Box, Box] | None:
    """Boxes of the cover's title and subtitle, None if it cannot hold the texts on the slide."""
    boxes = []
    for kind in (KIND.CENTER_TITLE, KIND.SUBTITLE):
        shape = find_placeholder(canvas.cover, kind)
        box = None if shape is None else box_of(shape)
        if box is None or not canvas.slide.holds(box):
            return None
        boxes.append(box)
    title, subtitle = boxes
    return None if title.meets(subtitle) else (title, subtitle)
