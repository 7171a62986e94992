"""A deck of slides: a cover, an exhibit a slide, and the methods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO

import pandas as pd
from pptx.enum.shapes import PP_PLACEHOLDER as KIND
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.presentation import Presentation as Deck
from pptx.shapes.picture import Picture as PlacedPicture
from pptx.slide import Slide
from pptx.util import Pt

from pht_core.charts.frame import NARROW
from pht_core.exhibits.exhibit import SLIDE_FRAME, NativeChart, RenderTarget
from pht_core.exhibits.rendering import Rendering, print_cell
from pht_core.exhibits.view import Provenance
from pht_core.export.deck.box import Box
from pht_core.export.deck.design import own_design
from pht_core.export.deck.layouts import Canvas, box_of, choose_layouts, find_placeholder
from pht_core.export.deck.measure import fit_size, font_factor
from pht_core.export.deck.native import MOST_CHARTS, list_gaps, place_charts
from pht_core.export.deck.package import write_package
from pht_core.export.deck.table import place_table, split_table
from pht_core.export.deck.template import read_template
from pht_core.export.deck.text import (
    LONGEST,
    Line,
    clean,
    clean_lines,
    clear_placeholders,
    fit_lines,
    keep_foot,
    lines_height,
    write_lines,
    write_title,
)
from pht_core.export.pictures.pictures import Files, Order, Progress, draw_figures, no_progress
from pht_core.export.pictures.style import LABEL_UNITS, Style
from pht_core.model.errors import PhtError
from pht_core.model.words import counted

METHODS_TITLE = "Methods and definitions"
# Sizes of letters to try, the largest first, and gaps between paragraphs, in points.
_COVER_TITLE_SIZES = (36, 32, 28, 24, 20, 18)
_COVER_SIZES, _COVER_GAP = (20, 18, 16, 14, 12, 11, 10), 4.0
_METHOD_SIZES, _METHOD_GAP = (16, 14, 13, 12, 11), 5.0
# What is read from the last row of a lecture hall.
LEAST_SIZE = 14
# Between the exhibit and what stands under it.
_GAP = 6
# Of a placeholder's usual margins, both sides together.
_INSETS = 16.0
# Rows of a table in the notes, and letters of a cell there.
MOST_ROWS, _LONGEST_CELL = 40, 80
_PNG_PPI = 200
# A picture that leaves more of its room empty is drawn larger, up to so many times.
_MOST_EMPTY, _MOST_LARGER = 0.12, 1.5
_ASVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_SVG_URI = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
SVG_TYPE = "image/svg+xml"


def cover_lines(sources: Sequence[Provenance]) -> list[str]:
    """What all figures have in common, a line each, or that they differ; PhtError without any."""
    if not sources:
        raise PhtError("There is nothing in the deck: add a figure or a table first.")
    first = sources[0]
    lines = []
    if len({(one.data, one.n_total) for one in sources}) == 1:
        lines.append(counted(first.n_total, "patient", "patients"))
    filters = {one.filters for one in sources}
    if filters == {""}:
        lines.append("No filters")
    elif len(filters) == 1:
        lines.append(f"Filters: {first.filters}")
    else:
        lines.append("Filters differ between figures; see each slide")
    if all(one.simulated for one in sources):
        lines.append("Simulated data, not real patients")
    elif any(one.simulated for one in sources):
        lines.append("Some figures show simulated data, as stated on their slides")
    if schemes := dict.fromkeys(one.scheme for one in sources if one.scheme):
        lines.append(f"Grades by {' and '.join(schemes)}")
    if digests := dict.fromkeys(one.digest[:8] for one in sources if one.digest):
        lines.append(f"SHA-256 of the data: {', '.join(digests)}")
    if not all(one.final for one in sources):
        lines.append("Exploratory: the cohort has not been confirmed as final")
    lines.append(first.footer().rsplit("; ", 1)[-1].rstrip("."))
    return [clean(line) for line in lines]


def add_cover(deck: Deck, canvas: Canvas, renderings: Sequence[Rendering]) -> None:
    """The first slide, on the template's cover if its title and subtitle hold the texts."""
    sources = [rendering.provenance for rendering in renderings]
    lines = cover_lines(sources)
    texts = [Line(line) for line in lines]
    names = " and ".join(dict.fromkeys(source.data for source in sources))
    name = clean(names, LONGEST["title"]) or "Patients"
    room = _cover_room(canvas)
    size = None
    if room is not None:
        width, height = room[1].width - _INSETS, room[1].height - _INSETS / 2
        size = fit_lines(texts, _COVER_SIZES, width, height, canvas.text_font, _COVER_GAP)
    if room is None or size is None:
        body = canvas.body
        own = fit_lines(texts, _COVER_SIZES, body.width, body.height, canvas.text_font, _COVER_GAP)
        slide = _new_slide(deck, canvas, name)
        write_lines(slide, body, texts, own or _COVER_SIZES[-1], name="About", gap=_COVER_GAP)
        keep_foot(slide)
        return
    slide = deck.slides.add_slide(canvas.cover)
    clear_placeholders(slide, keep=("ctrTitle", "subTitle"))
    width = (room[0].width - _INSETS) / font_factor(canvas.title_font)
    most, words = fit_size(
        name, _COVER_TITLE_SIZES, width, room[0].height - _INSETS / 2, 3, bold=True
    )
    slide.shapes.title.text_frame.text = words
    slide.shapes.title.text_frame.paragraphs[0].runs[0].font.size = Pt(most)
    subtitle = next(one for one in slide.placeholders if one.element.ph.get("type") == "subTitle")
    subtitle.text_frame.text = "\n".join(lines)
    for paragraph in subtitle.text_frame.paragraphs:
        paragraph.space_before, paragraph.space_after = Pt(_COVER_GAP), Pt(0)
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


def method_sentences(renderings: Sequence[Rendering]) -> list[str]:
    """The sentences of all exhibits, each once, in their order, then versions."""
    sentences = dict.fromkeys(clean(one) for rendering in renderings for one in rendering.method)
    named: dict[str, dict[str, None]] = {}
    for rendering in renderings:
        if rendering.provenance.method and not rendering.method:
            named.setdefault(rendering.provenance.method, {})[rendering.title] = None
    methods = [clean(f"{'; '.join(titles)}: {method}.") for method, titles in named.items()]
    versions = dict.fromkeys(rendering.provenance.version for rendering in renderings)
    return [*sentences, *methods, f"Made with PHT Explorer {' and '.join(versions)}."]


def add_methods(deck: Deck, canvas: Canvas, renderings: Sequence[Rendering]) -> None:
    """One slide of methods, or several where one would not be read."""
    slides = _split(method_sentences(renderings), canvas)
    for place, (size, lines) in enumerate(slides, 1):
        slide = _new_slide(deck, canvas, METHODS_TITLE, _part(place, len(slides)))
        write_lines(slide, canvas.body, lines, size, name=METHODS_TITLE, gap=_METHOD_GAP)
        keep_foot(slide)


def _split(sentences: Sequence[str], canvas: Canvas) -> list[tuple[float, list[Line]]]:
    """Sentences by slide, with their size."""
    lines = [Line(sentence) for sentence in sentences]
    body, font = canvas.body, canvas.text_font
    if size := fit_lines(lines, _METHOD_SIZES, body.width, body.height, font, _METHOD_GAP):
        return [(size, lines)]
    size = _METHOD_SIZES[-1]
    slides: list[list[Line]] = [[]]
    for line in lines:
        tried = [*slides[-1], line]
        if slides[-1] and lines_height(tried, size, body.width, font, _METHOD_GAP) > body.height:
            slides.append([])
        slides[-1].append(line)
    return [(size, part) for part in slides]


def format_notes(rendering: Rendering) -> str:
    """Result, caption, method, data with filters and n of N, comment, and the numbers."""
    source = rendering.provenance
    parts = [
        rendering.headline,
        rendering.result,
        rendering.caption,
        f"Comment: {rendering.comment}" if rendering.comment else "",
        f"Patients: {source.n} of {source.n_total}; filters: {source.filters or 'none'}.",
        "Methods: " + " ".join(rendering.method) if rendering.method else "",
        f"Source: {source.footer()}",
    ]
    words = "\n".join(clean_lines(part) for part in dict.fromkeys(parts) if part)
    return clean_lines(f"{words}\n\n{format_numbers(rendering.numbers)}", 2 * LONGEST["notes"])


def format_numbers(numbers: pd.DataFrame) -> str:
    """A table as lines with tabs, to be pasted into a spreadsheet; the first rows of a long one."""
    rows = [[clean(str(name), _LONGEST_CELL) for name in numbers.columns]]
    rows += [
        [clean(print_cell(cell, 3), _LONGEST_CELL) for cell in row]
        for row in numbers.head(MOST_ROWS).itertuples(index=False)
    ]
    lines = ["Data:", *("\t".join(row) for row in rows)]
    left = len(numbers) - MOST_ROWS
    if left > 0:
        lines.append(f"… {counted(left, 'more row', 'more rows')} in the CSV of this exhibit.")
    return "\n".join(lines)


def place_picture(
    slide: Slide, box: Box, png: bytes, svg: bytes, name: str, alt: str
) -> PlacedPicture:
    """Put a picture, as PNG and SVG, on a slide; PowerPoint can turn it into shapes."""
    picture = slide.shapes.add_picture(BytesIO(png), *box.emu)
    picture.name = clean(name, LONGEST["title"])
    properties = picture._element.nvPicPr.cNvPr
    properties.set("descr", clean(alt, LONGEST["alt"]))
    package = slide.part.package
    part = Part(package.next_partname("/ppt/media/vector%d.svg"), SVG_TYPE, package, svg)
    relation = slide.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    blip = picture._element.find(f".//{qn('a:blip')}")
    vector = f'<asvg:svgBlip xmlns:asvg="{_ASVG}" r:embed="{relation}"/>'
    extension = f'<a:ext uri="{_SVG_URI}">{vector}</a:ext>'
    blip.append(parse_xml(f"<a:extLst {nsdecls('a', 'r')}>{extension}</a:extLst>"))
    return picture


@dataclass(frozen=True)
class SlideStyle(Style):
    """A style whose pictures fill the room on a slide; its letters are ``larger`` by a factor."""

    room: tuple[float, float] = (900, 414)
    larger: float = 1.0

    @property
    def frame(self) -> tuple[float, float | None]:
        """Width and height of the room."""
        return self.room

    @property
    def letters(self) -> float:
        """Size of the labels in points."""
        return max(super().letters, LEAST_SIZE) * self.larger

    @property
    def least_units(self) -> float:
        """No letter is smaller than the labels."""
        return LABEL_UNITS


def write_deck(
    renderings: Sequence[Rendering],
    *,
    style: Style = Style(),  # noqa: B008  frozen
    template: bytes | None = None,
    native: bool = False,
    report: Progress = no_progress,
) -> bytes:
    """Write a PowerPoint file (.pptx): a cover, an exhibit a slide with notes, the methods.

    renderings : in the order of the slides. style : its colours and font size; pictures have
        the size of the room on the slide, and letters of 14 points or more. template : a .pptx
        or .potx whose masters are used; its slides are not. native : bars and pies as charts that
        can be edited in place of the picture. report : is told of each step.
    Raises PhtError: no renderings, a template that cannot be used, a picture that is not drawn.
    """
    deck = own_design(style.theme) if template is None else read_template(template)
    canvas = choose_layouts(deck)
    if style.preset != "slide":  # letters of a column are too small for a room
        style = replace(style, preset="slide", font_size=None)
    target = RenderTarget(style.theme, style.width)
    charts = [rendering.charts(target) if native else () for rendering in renderings]
    orders = [
        None if charts[place] else _order(rendering, canvas, style)
        for place, rendering in enumerate(renderings)
    ]
    done = sum(order is not None for order in orders)
    steps = done + len(renderings) + 2
    pictures = draw_figures(orders, report, steps_after=len(renderings) + 2)
    # A low picture is drawn again with larger letters, so that it fills its room.
    larger = [
        _order(rendering, canvas, style, larger)
        if files and (larger := _how_much_larger(files)) > 1 / (1 - _MOST_EMPTY)
        else None
        for rendering, files in zip(renderings, pictures, strict=True)
    ]
    redrawn = draw_figures(larger, no_progress)
    add_cover(deck, canvas, renderings)
    for place, rendering in enumerate(renderings):
        if charts[place]:
            _add_charts(deck, canvas, rendering, charts[place])
        else:
            _add_exhibit(deck, canvas, rendering, redrawn[place] or pictures[place])
        report(done + place + 1, steps, f"Slide of “{clean(rendering.title, 60)}”")
    add_methods(deck, canvas, renderings)
    report(steps - 1, steps, "Writing the file")
    _describe(deck, renderings)
    content = write_package(deck.part.package)
    report(steps, steps, "Done")
    return content


def _order(rendering: Rendering, canvas: Canvas, style: Style, larger: float = 1.0) -> Order | None:
    if rendering.draw is None:
        return None
    room = _rooms(rendering, canvas)[0]
    size = (room.width, room.height)
    own = SlideStyle("slide", style.ppi, style.grey, style.font_size, size, larger)
    height = int(room.height / own.scale) + SLIDE_FRAME
    picture = rendering.draw(RenderTarget(own.theme, own.width, height))
    # The slide's title says what is shown, and its source stands under the picture.
    return Order(picture.with_frame(title="", footer=""), ("outlined", "png"), own, _PNG_PPI)


def _how_much_larger(files: Files) -> float:
    """Times that letters may grow until a picture, still no column, fills its height."""
    box = re.search(rb'viewBox="\S+ (\S+) (\S+) (\S+)"', files["outlined"])
    if box is None:
        return 1.0
    top, width, height = map(float, box.groups())
    empty = max(0.0, -2 * top / height)
    return min(_MOST_LARGER, 1 / (1 - empty), width / NARROW)


def _rooms(rendering: Rendering, canvas: Canvas, *more: str) -> tuple[Box, Box | None, Box]:
    """Room for the exhibit, its comment, and at the foot ``more`` sentences and the source."""
    source = Line(" ".join([*more, rendering.provenance.source()]))
    height = lines_height([source], LEAST_SIZE, canvas.body.width, canvas.text_font)
    room, foot = canvas.body.cut_foot(min(height, canvas.body.height / 4), _GAP)
    if not rendering.comment:
        return room, None, foot
    lines = [Line(clean(rendering.comment))]
    height = lines_height(lines, LEAST_SIZE, room.width, canvas.text_font)
    return *room.cut_foot(min(height, room.height / 4), _GAP), foot


def _add_exhibit(deck: Deck, canvas: Canvas, rendering: Rendering, files: Files | None) -> None:
    room, below, foot = _rooms(rendering, canvas)
    if files is not None:
        slide = _new_slide(deck, canvas, rendering.headline)
        place_picture(slide, room, files["png"], files["outlined"], rendering.title, rendering.alt)
        _finish(slide, rendering, below, foot)
        return
    assert rendering.table is not None
    parts = split_table(rendering.table, room, canvas.text_font)
    for place, part in enumerate(parts, 1):
        slide = _new_slide(deck, canvas, rendering.headline, _part(place, len(parts)))
        place_table(slide, room, part, clean(rendering.title), clean(rendering.alt, LONGEST["alt"]))
        _finish(slide, rendering, below, foot)


def _add_charts(
    deck: Deck, canvas: Canvas, rendering: Rendering, charts: Sequence[NativeChart]
) -> None:
    pages = [charts[start : start + MOST_CHARTS] for start in range(0, len(charts), MOST_CHARTS)]
    for place, page in enumerate(pages, 1):
        slide = _new_slide(deck, canvas, rendering.headline, _part(place, len(pages)))
        gaps = list_gaps(canvas.body, page)
        room, below, foot = _rooms(rendering, canvas, *gaps)
        place_charts(slide, room, page, titled=len(charts) > 1)
        _finish(slide, rendering, below, foot, *gaps)


def _new_slide(deck: Deck, canvas: Canvas, title: str, ending: str = "") -> Slide:
    slide = deck.slides.add_slide(canvas.exhibit)
    clear_placeholders(slide)
    write_title(slide, canvas, title, ending)
    return slide


def _finish(slide: Slide, rendering: Rendering, below: Box | None, foot: Box, *more: str) -> None:
    """Write what goes with an exhibit: source, comment, slide number, notes."""
    words = clean(" ".join([*more, rendering.provenance.source()]), 2000)
    write_lines(slide, foot, [Line(words, soft=True)], LEAST_SIZE, name="Source")
    if below is not None:
        write_lines(slide, below, [Line(clean(rendering.comment))], LEAST_SIZE, name="Comment")
    keep_foot(slide)
    if (notes := slide.notes_slide.notes_text_frame) is not None:
        notes.text = format_notes(rendering)


def _list_notes_master(deck: Deck) -> None:
    """The presentation names its notes master, which the library leaves to be found."""
    root = deck.element
    if root.find(qn("p:notesMasterIdLst")) is None:
        relation = deck.part.relate_to(deck.notes_master.part, RELATIONSHIP_TYPE.NOTES_MASTER)
        masters = f'<p:notesMasterIdLst {nsdecls("p", "r")}><p:notesMasterId r:id="{relation}"/>'
        root.find(qn("p:sldMasterIdLst")).addnext(parse_xml(f"{masters}</p:notesMasterIdLst>"))


def _part(place: int, of: int) -> str:
    return f"({place} of {of})" if of > 1 else ""


def _describe(deck: Deck, renderings: Sequence[Rendering]) -> None:
    """The file's own properties: what it is, and no name of a person."""
    _list_notes_master(deck)
    about = deck.core_properties
    about.title = clean(f"Figures of {renderings[0].provenance.data}", 200)
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.subject = about.category = ""
    about.revision = 1
    about.created = about.modified = datetime.now(UTC).replace(tzinfo=None)
