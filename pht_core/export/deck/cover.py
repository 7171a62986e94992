"""The first slide, which says what the figures are of, and the last, which says how."""

from collections.abc import Sequence

from pptx.presentation import Presentation as Deck
from pptx.util import Pt

from pht_core.errors import PhtError
from pht_core.exhibits.plate import Plate
from pht_core.export.deck.layouts import Canvas, box_of
from pht_core.export.deck.measure import fit_size, font_factor
from pht_core.export.deck.text import Line, keep_foot, lines_height, write_lines, write_title
from pht_core.export.deck.words import LONGEST, clean
from pht_core.provenance import Provenance

METHODS_TITLE = "Methods and definitions"
_METHOD_SIZES = (16, 14, 13, 12, 11, 10)
_COVER_SIZES = (18, 16, 14, 12, 11, 10)


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
    """The first slide."""
    sources = [plate.provenance for plate in plates]
    lines = cover_lines(sources)
    names = " and ".join(dict.fromkeys(source.data for source in sources))
    slide = deck.slides.add_slide(canvas.cover)
    name = clean(names, LONGEST["title"]) or "Patients"
    subtitle = None
    for shape in list(slide.placeholders):
        kind = shape.element.ph.get("type", "")
        if kind in ("subTitle", "body") and subtitle is None and canvas.cover is not canvas.exhibit:
            subtitle = shape
        elif kind not in ("ctrTitle", "title"):
            shape.element.getparent().remove(shape.element)
    title = slide.shapes.title
    if canvas.cover is canvas.exhibit or title is None:
        write_title(slide, canvas, name)
    else:
        box = box_of(title)
        width, height = (box.width - 16, box.height - 8) if box else (canvas.body.width, 80)
        size, words = fit_size(
            name, (36, 32, 28, 24, 20, 18), width / font_factor(canvas.title_font), height, 3, True
        )
        title.text_frame.text = words
        title.text_frame.paragraphs[0].runs[0].font.size = Pt(size)
    texts = [Line(line) for line in lines]
    box = box_of(subtitle) if subtitle is not None else None
    if subtitle is not None and box is not None:
        fitting = _fitting(texts, _COVER_SIZES, box.width - 16, box.height - 8, canvas.text_font, 4)
        if fitting:
            subtitle.text_frame.text = "\n".join(lines)
            for paragraph in subtitle.text_frame.paragraphs:
                paragraph.space_before, paragraph.space_after = Pt(4), Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(fitting)
            keep_foot(slide)
            return
        subtitle.element.getparent().remove(subtitle.element)
    own = _fitting(texts, _COVER_SIZES, canvas.body.width, canvas.body.height, canvas.text_font, 4)
    write_lines(slide, canvas.body, texts, own or _COVER_SIZES[-1], name="About", gap=4)
    keep_foot(slide)


def method_sentences(plates: Sequence[Plate]) -> list[str]:
    """The sentences of all exhibits, each once, in their order, then versions."""
    sentences = dict.fromkeys(clean(one) for plate in plates for one in plate.method)
    named: dict[str, dict[str, None]] = {}
    for plate in plates:
        if plate.provenance.method and not plate.method:
            named.setdefault(plate.provenance.method, {})[plate.title] = None
    methods = [clean(f"{'; '.join(titles)}: {method}.") for method, titles in named.items()]
    versions = dict.fromkeys(plate.provenance.version for plate in plates)
    return [*sentences, *methods, f"Made with PHT Explorer {' and '.join(versions)}."]


def split_methods(sentences: Sequence[str], canvas: Canvas) -> list[tuple[float, list[Line]]]:
    """Sentences by slide, with their size: on one slide if that can be read, else on several."""
    lines = [Line(sentence) for sentence in sentences]
    body, font = canvas.body, canvas.text_font
    if size := _fitting(lines, _METHOD_SIZES[:-1], body.width, body.height, font, 5):
        return [(size, lines)]
    size = _METHOD_SIZES[-2]
    slides: list[list[Line]] = [[]]
    for line in lines:
        tried = [*slides[-1], line]
        if slides[-1] and lines_height(tried, size, body.width, font, 5) > body.height:
            slides.append([])
        slides[-1].append(line)
    return [(size, part) for part in slides]


def add_methods(deck: Deck, canvas: Canvas, size: float, lines: list[Line], ending: str) -> None:
    """One slide of methods."""
    slide = deck.slides.add_slide(canvas.exhibit)
    clear_placeholders(slide)
    write_title(slide, canvas, METHODS_TITLE, ending)
    write_lines(slide, canvas.body, lines, size, name=METHODS_TITLE, gap=5)
    keep_foot(slide)


def clear_placeholders(slide: object) -> None:
    """Take the places for content off a slide that has content of its own; the title stays."""
    for shape in list(slide.placeholders):  # type: ignore[attr-defined]
        if shape.element.ph.get("type") != "title":
            shape.element.getparent().remove(shape.element)


def _fitting(
    lines: Sequence[Line],
    sizes: Sequence[float],
    width: float,
    height: float,
    font: str,
    gap: float,
) -> float | None:
    return next(
        (size for size in sizes if lines_height(lines, size, width, font, gap) <= height), None
    )


__all__ = [
    "METHODS_TITLE",
    "add_cover",
    "add_methods",
    "clear_placeholders",
    "cover_lines",
    "method_sentences",
    "split_methods",
]
