"""How wide the page's column is: only the browser knows, and figures are laid out for it."""

import streamlit as st

from pht_core.charts.frame import NARROW, WIDTH

KEY = "room"
# Units: the browser tells the next lower multiple, so that few widths are laid out.
STEP = 10

# What is changed by dragging or sliding is told once it rests.
_ruler = st.components.v2.component(
    "pht_room",
    html="<div></div>",
    js="""
export default function ({ data, parentElement, setStateValue }) {
  const line = parentElement.querySelector("div");
  let told = data.room, waiting;
  const tell = () => {
    const width = line.clientWidth;
    const room = width < data.narrow ? width - (width % data.step) : 0;
    if (width && room !== told) setStateValue("room", (told = room));
  };
  tell();
  const watcher = new ResizeObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(tell, 200);
  });
  watcher.observe(line);
  return () => {
    clearTimeout(waiting);
    watcher.disconnect();
  };
}
""",
)


def room() -> int:
    """Units that a page's figures are laid out for; until the browser tells, the usual ones.

    A wide page has the usual ones too: its figures are stretched.
    """
    return int((st.session_state.get(KEY) or {}).get("room") or WIDTH)


def measure_room() -> None:
    """Ask the browser, which tells once, and again where it changes, by a new run."""
    told = (st.session_state.get(KEY) or {}).get("room") or 0
    data = {"room": told, "narrow": NARROW, "step": STEP}
    _ruler(key=KEY, data=data, on_room_change=lambda: None)
