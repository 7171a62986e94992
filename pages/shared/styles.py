"""How pictures are saved: size, letters, resolution and colours, by figure and of the slides."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from pages.shared.words import worded
from pht_core.export.pictures.style import PRESETS, RESOLUTIONS, Style

STYLE, SLIDES = "style", "slides"
COLOURS = {False: "Color", True: "Grayscale"}


def current_style() -> Style:
    """What was chosen for the slides and reports."""
    style: Style = st.session_state.get(STYLE, Style())
    return style


def choose_style(place: Any, name: str, *, size: str = "Figure size") -> Style:
    """Ask how pictures are saved; ``name`` is that of a figure, which has its own, or `SLIDES`.

    ``size`` is the label of the choice of a size.
    """
    kept = STYLE if name == SLIDES else f"{STYLE}_{name}"
    last, presets = st.session_state.get(kept, Style()), list(PRESETS)

    def ask(options: Iterable[Any], default: Any, key: str, **more: Any) -> Any:
        more |= {"options": list(options), "default": default, "required": True}
        return place.segmented_control(key=f"{name}_{key}", **more)

    preset = place.selectbox(
        size,
        presets,
        index=presets.index(last.preset),
        format_func=lambda key: PRESETS[key].title,
        key=f"{name}_preset",
    )
    letters = PRESETS[preset].sizes
    usual = last.letters if last.letters in letters else letters[0]
    words = {size: f"{size:g}" for size in sorted(letters)}.__getitem__
    label, key = "Font size, pt", f"letters_{preset}"
    font_size = ask(sorted(letters), usual, key, label=label, format_func=words)
    ppi = ask(RESOLUTIONS, last.ppi, "ppi", **worded("ppi"))
    grey = ask(COLOURS, last.grey, "grey", format_func=COLOURS.__getitem__, **worded("grey"))
    style = Style(preset, ppi=ppi, grey=bool(grey), font_size=font_size)
    st.session_state[kept] = style
    return style
