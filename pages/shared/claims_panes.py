"""The two panes of the report check: the text with marks, and lists that lead to its places.

Streamlit's own elements read Markdown or offer no place inside a text to click, so both are
components. They get plain strings, and their scripts write these as text nodes only.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent
CSS = (FOLDER / "claims.css").read_text("utf-8")

TEXT_PANE = (
    '<div class="pane text" role="region" tabindex="0" aria-label="The text with its marks"></div>'
)

_text_pane = st.components.v2.component(
    "pht_claims_text",
    html=TEXT_PANE,
    css=CSS,
    js=(FOLDER / "claims_text.js").read_text("utf-8"),
)
_list_pane = st.components.v2.component(
    "pht_claims_list",
    html='<div class="pane list"></div>',
    css=CSS,
    js=(FOLDER / "claims_list.js").read_text("utf-8"),
)

Pick = Callable[[str], None]


def show_text_pane(
    key: str,
    name: str,
    blocks: list[dict[str, Any]],
    marks: list[dict[str, Any]],
    chosen: str,
    told: list[str],
    on_pick: Pick,
) -> None:
    """A part of the text; a click, Enter or Space on a mark calls ``on_pick`` with its id.

    ``told`` is said below the first place that is lit, where no mark is chosen.
    """
    data = {"name": name, "blocks": blocks, "marks": marks, "chosen": chosen, "told": told}
    _text_pane(key=key, data=data, on_picked_change=_picked(key, on_pick))


def show_list_pane(
    key: str,
    titles: Sequence[str],
    rows: list[dict[str, Any]],
    chosen: str,
    empty: str,
    on_pick: Pick,
) -> None:
    """A list of what was found; a click or Enter on a row calls ``on_pick`` with its id."""
    data = {"titles": list(titles), "rows": rows, "chosen": chosen, "empty": empty}
    _list_pane(key=key, data=data, on_picked_change=_picked(key, on_pick))


def _picked(key: str, on_pick: Pick) -> Callable[[], None]:
    def picked() -> None:
        name = st.session_state[key].get("picked")
        if isinstance(name, str):
            on_pick(name)

    return picked
