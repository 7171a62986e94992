"""What is selected for the slides of the current cohort: figures and tables as they were then."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.shared.session import chosen, current, own_cohort
from pages.shared.words import said, worded
from pht_core.exhibits.entry import Entry
from pht_core.exhibits.exhibit import Exhibit
from pht_core.exhibits.saved import carry_over

MOST_ENTRIES = 100


def basket() -> list[Entry]:
    """The current cohort's entries, in order."""
    return chosen().entries


def set_basket(entries: Sequence[Entry]) -> None:
    """Put other entries in it; of too many the first hundred, which the user is told."""
    chosen().entries = list(entries)[:MOST_ENTRIES]
    if (more := len(entries) - MOST_ENTRIES) > 0:
        st.toast(said("most_entries", most=MOST_ENTRIES, more=more))


def note_words(tables_digest: str = "") -> None:
    """Note for which tables titles and comments were written; by default the present ones."""
    chosen().written_for = tables_digest or own_cohort().tables_digest


def words_are_older() -> bool:
    """True if a title or comment was written for other numbers than the present ones."""
    written_for = chosen().written_for
    worded = any(entry.title or entry.comment for entry in basket())
    return worded and bool(written_for) and written_for != own_cohort().tables_digest


def other_basket() -> list[Entry]:
    """Entries of the cohort that was open before."""
    digest = own_cohort().digest
    others = [one.entries for key, one in current().chosen.items() if key != digest]
    return next(filter(None, reversed(others)), [])


def take_over(entries: Sequence[Entry]) -> None:
    """Add another cohort's entries; of their patients, those whom this cohort has as well."""
    ids = current().upload.pseudonyms or {name: name for name in own_cohort().subject_ids}
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
    rest = list(basket())
    entry = rest.pop(place)
    rest.insert(min(max(place + by, 0), len(rest)), entry)
    set_basket(rest)


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


def show_add(shown: Exhibit[Any]) -> None:
    """One button: into the slides as it is now, or out of them."""
    entry = Entry(shown.name, shown.chosen, shown.settings, shown.view.filters)
    selected = any(one.same_figure(entry) for one in basket())
    full = not selected and len(basket()) >= MOST_ENTRIES
    if selected:
        words = worded("added")
    else:
        words = worded("add_full" if full else "add", most=MOST_ENTRIES)
    key = f"{shown.name}_add"
    pressed = st.button(**words, key=key, on_click=toggle_entry, args=(entry,), disabled=full)
    if pressed:
        st.rerun()  # the whole page: the browser asks before it leaves slides
