"""The letters that a document uses, as fonts within it."""

from __future__ import annotations

import string

from pht_core.export.embedding import format_faces
from pht_core.export.fonts import Font, fonts_for, split_runs

# What axes and tooltips may write beyond the texts that stand in the document.
_ALWAYS = string.digits + string.ascii_letters + string.punctuation + " \u2212\u2013\u2026×·"
_WEIGHTS = (400, 600)


def format_fonts(texts: str) -> str:
    """Style rules with each font that the letters need, cut down to these letters."""
    letters = "".join(sorted({*texts, *_ALWAYS}))
    fonts = fonts_for([letters])
    used: dict[Font, set[str]] = {}
    for weight in _WEIGHTS:
        for font, piece in split_runs(letters, weight, fonts):
            if font is not None:
                used.setdefault(font, set()).update(piece)
    return format_faces(used)
