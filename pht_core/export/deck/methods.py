"""The last slides: how the numbers were made, each sentence once."""

from collections.abc import Sequence

from pptx.presentation import Presentation as Deck

from pht_core.exhibits.plate import Plate
from pht_core.export.deck.layouts import Canvas
from pht_core.export.deck.text import (
    Line,
    clear_placeholders,
    fit_lines,
    keep_foot,
    lines_height,
    write_lines,
    write_title,
)
from pht_core.export.deck.words import clean

METHODS_TITLE = "Methods and definitions"
_SIZES = (16, 14, 13, 12, 11)
_GAP = 5.0


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


def add_methods(deck: Deck, canvas: Canvas, plates: Sequence[Plate]) -> None:
    """One slide of methods, or several where one would not be read."""
    slides = _split(method_sentences(plates), canvas)
    for place, (size, lines) in enumerate(slides, 1):
        slide = deck.slides.add_slide(canvas.exhibit)
        clear_placeholders(slide)
        ending = f"({place} of {len(slides)})" if len(slides) > 1 else ""
        write_title(slide, canvas, METHODS_TITLE, ending)
        write_lines(slide, canvas.body, lines, size, name=METHODS_TITLE, gap=_GAP)
        keep_foot(slide)


def _split(sentences: Sequence[str], canvas: Canvas) -> list[tuple[float, list[Line]]]:
    """Sentences by slide, with their size."""
    lines = [Line(sentence) for sentence in sentences]
    body, font = canvas.body, canvas.text_font
    if size := fit_lines(lines, _SIZES, body.width, body.height, font, _GAP):
        return [(size, lines)]
    size = _SIZES[-1]
    slides: list[list[Line]] = [[]]
    for line in lines:
        tried = [*slides[-1], line]
        if slides[-1] and lines_height(tried, size, body.width, font, _GAP) > body.height:
            slides.append([])
        slides[-1].append(line)
    return [(size, part) for part in slides]
