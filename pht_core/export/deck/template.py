"""The user's own template: its masters, layouts, theme and fonts, and nothing else of it."""

from io import BytesIO

from pptx import Presentation
from pptx.presentation import Presentation as Deck

from pht_core.errors import PhtError
from pht_core.export.deck.layouts import choose_layouts
from pht_core.export.deck.package import write_package
from pht_core.export.deck.stripped import strip_template
from pht_core.export.deck.unpacked import unpack_template


def read_template(content: bytes) -> Deck:
    """A presentation without slides in the design of a .pptx or .potx.

    Its slides, macros, embedded files and links to outside are left out.

    Raises
    ------
    PhtError : it is not a PowerPoint file, too large, locked, with macros, or damaged.
    """
    stripped = strip_template(unpack_template(content))
    try:
        _try(Presentation(BytesIO(stripped)))
        return Presentation(BytesIO(stripped))
    except PhtError:
        raise
    # Whatever a damaged part leads to, it is found here and not when the deck is half written.
    except Exception:
        raise PhtError(
            "The template is damaged: no slide can be made of it. Open it in PowerPoint and save "
            "it again, or use none."
        ) from None


def _try(deck: Deck) -> None:
    canvas = choose_layouts(deck)
    for layout in (canvas.cover, canvas.exhibit):
        slide = deck.slides.add_slide(layout)
        if slide.notes_slide.notes_text_frame is None:
            raise PhtError(
                "The template's notes pages have no place for text. Delete its notes master in "
                "PowerPoint (View, Notes Master), or use another template."
            )
    write_package(deck.part.package)
