"""Decks for the tests: of the sample and of many patients; where shapes lie on their slides."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO

from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pptx.shapes.base import BaseShape
from pptx.slide import Slide

from pht_core.exhibits.catalogue import STORY
from pht_core.exhibits.cytopenias import CytopeniaOptions
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.view import View
from pht_core.export.deck import write_deck
from pht_core.export.pictures.style import Style
from pht_core.intake.reading import read_sample
from tests.pictured import chinese_name, copied_cohort

SIX = (
    "figure1-incidence",
    "figure1-lineages",
    "figure1-grades",
    "figure3e-trajectory",
    "response-times",
    "survival",
)
PER_POINT = 12700


@cache
def sample_renderings() -> tuple[Rendering, ...]:
    """Every exhibit of the sample, in the order of the pages, and its pies."""
    cohort = read_sample()
    entries = list_entries(View(cohort))
    pies = Entry("figure1-incidence", CytopeniaOptions(look="pies"))
    renderings, left_out = render_entries(cohort, [*entries, pies])
    assert left_out == []
    return tuple(renderings)


def chosen_renderings(*names: str) -> list[Rendering]:
    """The sample's first renderings of these names."""
    return [
        next(rendering for rendering in sample_renderings() if rendering.name == name)
        for name in names
    ]


@cache
def many_renderings() -> tuple[Rendering, ...]:
    """Every exhibit of 200 simulated patients with Chinese names."""
    cohort = copied_cohort(200, chinese_name, "血液科 (simulated)")
    renderings, _ = render_entries(cohort, list_entries(View(cohort)))
    return tuple(renderings)


@cache
def sample_deck() -> bytes:
    """The deck of everything in the sample."""
    return write_deck(sample_renderings())


@cache
def editable_deck() -> bytes:
    """The sample's bars and pies as charts that PowerPoint can edit."""
    drawable = [one for one in sample_renderings() if one.charts(RenderTarget())]
    return write_deck(drawable, native=True)


@cache
def many_deck() -> bytes:
    """Tables and the story of many patients, without colours; other tests measure all pictures."""
    chosen = [one for one in many_renderings() if one.table is not None or one.name in STORY]
    return write_deck(chosen, style=Style(grey=True))


def renamed(rendering: Rendering, **changes: object) -> Rendering:
    """A rendering with other words."""
    return replace(rendering, **changes)  # type: ignore[arg-type]


def opened(content: bytes) -> Deck:
    """The presentation in a file."""
    return Presentation(BytesIO(content))


def titles(deck: Deck) -> list[str]:
    """Titles of the slides, in order; a text box named so where the layout has none."""
    return [_title(slide).text_frame.text for slide in deck.slides]


def notes(slide: Slide) -> str:
    """The speaker's notes."""
    return slide.notes_slide.notes_text_frame.text


def find_misplaced(deck: Deck) -> Iterator[str]:
    """Shapes that stick out of their slide, or lie over each other."""
    width, height = deck.slide_width, deck.slide_height
    for number, slide in enumerate(deck.slides, 1):
        placed = [(shape.name, _sides(shape)) for shape in slide.shapes if _sides(shape)]
        for place, (name, own) in enumerate(placed):
            left, top, right, bottom = own
            slack = PER_POINT
            inside = left >= -slack and top >= -slack
            if not inside or right > width + slack or bottom > height + slack:
                yield f"slide {number}: {name} sticks out"
            for other, sides in placed[place + 1 :]:
                if _meet(own, sides):
                    yield f"slide {number}: {name} lies over {other}"


def _title(slide: Slide) -> BaseShape:
    own = slide.shapes.title
    return own if own is not None else next(s for s in slide.shapes if s.name == "Title")


def _sides(shape: BaseShape) -> tuple[int, ...]:
    """Left, top, right, bottom; nothing for an empty place."""
    if shape.left is None:
        return ()
    return shape.left, shape.top, shape.left + shape.width, shape.top + shape.height


def _meet(one: Sequence[int], other: Sequence[int]) -> bool:
    slack = PER_POINT
    return (
        one[0] + slack < other[2]
        and other[0] + slack < one[2]
        and one[1] + slack < other[3]
        and other[1] + slack < one[3]
    )
