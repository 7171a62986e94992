"""Definitions of ICAHT and of scores: they stand on their page, and act wherever it is shown."""

import re
from typing import Any

import streamlit as st

from pages.shared.session import current
from pht_core.exhibits.words import capital
from pht_core.model.settings import SETTINGS, Settings
from pht_core.stats.hematotoxicity.icaht import OTHER_READINGS

DEFAULTS = Settings()
READINGS = (*OTHER_READINGS, "score_first", "score_last")


def set_reading(name: str, value: Any) -> None:
    """Use a definition from now on; the usual one is not kept."""
    st.session_state[_key(name)] = value
    current().readings.pop(name, None)
    if value != getattr(DEFAULTS, name):
        current().readings[name] = value


def show_readings() -> None:
    """A widget for each of them, folded away."""
    with st.popover("Definitions of ICAHT and scores"):
        for name in READINGS:
            known, default = SETTINGS[name], getattr(DEFAULTS, name)
            st.session_state[_key(name)] = current().readings.get(name, default)
            widget: dict[str, Any] = {"key": _key(name), "on_change": _take, "args": (name,)}
            if isinstance(default, bool):
                st.toggle(known.meaning, **widget)
                continue
            low, high = (int(bound) for bound in known.bounds)
            label = re.sub(r"\{\w+\}", "N", known.changed)
            st.number_input(capital(label), low, high, step=1, **widget)


def _key(name: str) -> str:
    return f"reading_{name}"


def _take(name: str) -> None:
    set_reading(name, st.session_state[_key(name)])
