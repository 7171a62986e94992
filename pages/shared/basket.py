"""What a session chose for its slides: figures and tables, each as it was when it was added.

Each cohort has its own basket, by its digest: a figure is never made of another one's patients.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.shared.session import BASKETS, TITLED, View, current_cohort, own_cohort, pseudonyms
from pht_core.exhibits.entry import Entry
from pht_core.exhibits.exhibit import NO_OPTIONS, Exhibit

MOST_ENTRIES = 100


def basket() -> list[Entry]:
    """The current cohort's entries, in order."""
    entries: list[Entry] = st.session_state.get(BASKETS, {}).get(current_cohort().digest, [])
    return entries


def set_basket(entries: Sequence[Entry]) -> None:
    """Put other entries in the current cohort's basket; the first hundred, which is then told."""
    baskets = st.session_state.setdefault(BASKETS, {})
    baskets[current_cohort().digest] = list(entries)[:MOST_ENTRIES]
    if (more := len(entries) - MOST_ENTRIES) > 0:
        st.toast(f"The slides hold {MOST_ENTRIES} figures: the last {more} were not taken.")


def note_words(tables_digest: str = "") -> None:
    """Note for which tables titles and comments were written: those of now, if not said."""
    written: dict[str, str] = st.session_state.setdefault(TITLED, {})
    cohort = own_cohort()
    written[cohort.digest] = tables_digest or cohort.tables_digest


def words_are_older() -> bool:
    """True if a title or comment was written for other numbers than those of now."""
    cohort = own_cohort()
    written = st.session_state.get(TITLED, {}).get(cohort.digest)
    said = any(entry.title or entry.comment for entry in basket())
    return said and written is not None and bool(written != cohort.tables_digest)


def other_baskets() -> list[Entry]:
    """Entries of the cohort that was open before, where they are in no basket of this one."""
    baskets: dict[str, list[Entry]] = st.session_state.get(BASKETS, {})
    others = [own for digest, own in baskets.items() if digest != current_cohort().digest and own]
    return others[-1] if others else []


def take_over(entries: Sequence[Entry]) -> None:
    """Add another cohort's entries; of their patients, those whom this cohort has as well."""
    from pht_core.exhibits.saved import carry_over

    ids = pseudonyms() or {name: name for name in own_cohort().subject_ids}
    add_entries([carry_over(entry, ids) for entry in entries])
    note_words("another cohort's")


def add_entries(entries: Sequence[Entry]) -> None:
    """Add entries at the end, but those whose figure is there already."""
    kept = basket()
    new = [one for one in entries if not any(one.same_figure(other) for other in kept)]
    set_basket([*kept, *new])


def toggle_entry(entry: Entry) -> None:
    """Add an entry, or take it out where its figure is there."""
    rest = [one for one in basket() if not one.same_figure(entry)]
    set_basket(rest if len(rest) < len(basket()) else [*rest, entry])


def move_entry(place: int, by: int) -> None:
    """Move an entry up (negative) or down; at an end it stays."""
    entries = basket()
    to = min(max(place + by, 0), len(entries) - 1)
    moved = [*entries[:place], *entries[place + 1 :]]
    set_basket([*moved[:to], entries[place], *moved[to:]])


def change_entry(place: int, title: str, comment: str) -> None:
    """Give an entry another title or comment."""
    entries = list(basket())
    entries[place] = replace(entries[place], title=title, comment=comment)
    if not words_are_older():  # one title put right says nothing of the others
        note_words()
    set_basket(entries)


def remove_entry(place: int) -> None:
    """Take an entry out."""
    set_basket([one for at, one in enumerate(basket()) if at != place])


def show_add(view: View, exhibit: Exhibit[Any], options: Any = NO_OPTIONS) -> None:
    """One button: into the slides as it is now, or out of them."""
    entry = Entry(exhibit.name, options, view.settings, view.filters)
    inside = any(one.same_figure(entry) for one in basket())
    full = not inside and len(basket()) >= MOST_ENTRIES
    st.button(
        "In slides" if inside else "Add to slides",
        icon=":material/check:" if inside else ":material/add_to_photos:",
        key=f"{exhibit.name}_add",
        on_click=toggle_entry,
        args=(entry,),
        disabled=full,
        help=f"The slides hold {MOST_ENTRIES} figures at most."
        if full
        else "Press again to take it out."
        if inside
        else "As it is now: with these filters, definitions and choices.",
    )
