"""What was last chosen on each page, so that a settings file can say and restore it."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from pages.shared.session import CHOICES
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.saved import Saved

PAGE = "last_page"
PAGES = {
    "overview": ("pages/cohort/overview.py", "Overview"),
    "cytopenias": ("pages/toxicity/cytopenias.py", "Cytopenias"),
    "trajectories": ("pages/toxicity/trajectories.py", "Trajectories"),
    "response": ("pages/outcome/response.py", "Response"),
    "survival": ("pages/outcome/survival.py", "Survival"),
}
# What the page of trajectories shows, by its exhibits.
LOOKS = {"figure3e-trajectory": "one", "figure3-trajectories": "several", "swimmer": "lanes"}
# The widget of each option, by its key; options of one name on one page share a widget.
WIDGETS: dict[str, dict[str, str]] = {
    "cytopenias": {
        "of": "denominator",
        "after": "after",
        "look": "look",
        "intervals": "intervals",
    },
    "trajectories": {
        "patient": "patient",
        "log_axes": "log_axes",
        "patients": "patients",
        "front": "front",
    },
    "response": {"of": "response_of"},
    "survival": {name: name for name in ("endpoint", "by", "ci", "origin", "censor", "landmark")},
}


def remember_choice(exhibit: Exhibit[Any], options: Any) -> None:
    """Keep what a page shows now."""
    st.session_state[PAGE] = exhibit.page
    choices = st.session_state.setdefault(CHOICES, {})
    if exhibit.name in LOOKS:  # that page shows one of them at a time
        for name in LOOKS:
            choices.pop(name, None)
    choices[exhibit.name] = asdict(options)


def told_choices() -> tuple[str, dict[str, dict[str, Any]]]:
    """The page that was shown last, and the last choices by the exhibit's name."""
    return st.session_state.get(PAGE, ""), dict(st.session_state.get(CHOICES, {}))


def restore_choices(saved: Saved) -> None:
    """Set the pages' widgets; called before they are drawn."""
    from pht_core.exhibits.catalogue import EXHIBITS

    for name, chosen in saved.page_options.items():
        keys = WIDGETS.get(EXHIBITS[name].page, {})
        for option, value in chosen.items():
            if option in keys:
                # No landmark is no button pressed; no patient is whoever comes first.
                if value == "" or (value == 0 and option == "landmark"):
                    st.session_state.pop(keys[option], None)
                else:
                    value = list(value) if isinstance(value, tuple) else value
                    st.session_state[keys[option]] = value
    if saved.page == "trajectories":
        shown = [name for name in LOOKS if name in saved.page_options]
        st.session_state["trajectories"] = LOOKS[shown[-1]] if shown else "one"
    st.session_state[PAGE] = saved.page
    st.session_state[CHOICES] = {name: dict(own) for name, own in saved.page_options.items()}
