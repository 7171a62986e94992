"""How pictures are saved: size, letters, resolution and colours, by figure and of the slides."""

from typing import Any

import streamlit as st

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
    preset = place.selectbox(
        size,
        presets,
        index=presets.index(last.preset),
        format_func=lambda key: PRESETS[key].title,
        key=f"{name}_preset",
    )
    letters = PRESETS[preset].sizes
    font_size = place.segmented_control(
        "Font size, pt",
        sorted(letters),
        default=last.letters if last.letters in letters else letters[0],
        required=True,
        format_func=lambda size: f"{size:g}",
        key=f"{name}_letters_{preset}",
    )
    ppi = place.segmented_control(
        "PNG resolution, dpi",
        list(RESOLUTIONS),
        default=last.ppi,
        required=True,
        key=f"{name}_ppi",
        help="300 for slides and photographs; 600 where a journal requires it for line art.",
    )
    grey = place.segmented_control(
        "Color",
        list(COLOURS),
        default=last.grey,
        required=True,
        format_func=COLOURS.__getitem__,
        key=f"{name}_grey",
        help="Files always have a light background, whatever theme the screen shows.",
    )
    style = Style(preset, ppi=ppi, grey=bool(grey), font_size=font_size)
    st.session_state[kept] = style
    return style
