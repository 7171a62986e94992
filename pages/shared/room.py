"""How wide the page's column is: only the browser knows, and figures are laid out for it."""

from pathlib import Path

import streamlit as st

from pht_core.charts.frame import NARROW, WIDTH

KEY = "room"
# Units: the browser tells the next lower multiple, so that few widths are laid out.
STEP = 10

_ruler = st.components.v2.component(
    "pht_room",
    html="<div></div>",
    js=Path(__file__).with_name("room.js").read_text("utf-8"),
)


def room() -> int:
    """Units that a page's figures are laid out for; until the browser tells, the usual ones.

    A wide page has the usual ones too: its figures are stretched.
    """
    return _told() or WIDTH


def measure_room() -> None:
    """Ask the browser, which tells once, and again where it changes, by a new run."""
    data = {"room": _told(), "narrow": NARROW, "step": STEP}
    _ruler(key=KEY, data=data, on_room_change=lambda: None)


def _told() -> int:
    return int((st.session_state.get(KEY) or {}).get("room") or 0)
