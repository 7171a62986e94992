"""The files that are made of the slides, with how far they are."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.shared.basket import basket
from pages.shared.session import PROGRESS, View, assessor, is_final, plain, script_source, set_final
from pages.shared.slides.making import (
    ARCHIVE,
    DECK,
    HTML,
    MEDIA,
    PATIENTS,
    WORD,
    Order,
    Progress,
    make_file,
)
from pages.shared.slides.saved import current_saved
from pages.shared.styles import choose_style
from pht_core.export.files import file_name
from pht_core.export.pictures.style import Style

FINAL_TICK = "final_tick"
BUTTONS = {
    DECK: ("PowerPoint", ":material/slideshow:", "slides"),
    HTML: ("Report (HTML)", ":material/html:", "report"),
    WORD: ("Word: tables and legends", ":material/description:", "manuscript"),
    ARCHIVE: ("ZIP of everything", ":material/folder_zip:", "everything"),
    PATIENTS: ("Pages of patients", ":material/clinical_notes:", "patients"),
}


def show_files(view: View) -> None:
    """One press makes a file; below it, how far it is."""
    with st.container(border=True):
        style, native, template = _show_choices()
        order = Order(
            cohort=view.cohort,
            entries=tuple(basket()),
            assess=assessor(),
            style=style,
            final=is_final(),
            native=native,
            template=template,
            saved=current_saved(view),
            source=script_source(),
            view=view,
        )
        with st.container(horizontal=True):
            for kind in (DECK, HTML, WORD, ARCHIVE):
                _show_button(kind, BUTTONS[kind][0], order, primary=kind == DECK)
        with st.container():
            _show_progress()
        _show_patients(view, order)


def _show_choices() -> tuple[Style, bool, bytes | None]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.popover("How they look", icon=":material/tune:"):
            style = choose_style(st, "slides", size="Size of pictures in the ZIP")
            native = st.toggle(
                "Bars and pies also as editable charts",
                value=True,
                key="native_charts",
                help="A second slide after each, with PowerPoint's own chart.",
            )
        with st.popover("Your template", icon=":material/palette:"):
            given = st.file_uploader(
                "A PowerPoint file (.pptx)",
                type=["pptx"],
                key="template",
                help="Its masters, fonts and colours are used, its slides are not. It stays in the "
                "memory of this session.",
            )
        # What the session holds decides: a file opened or forgotten may have taken it back.
        st.session_state[FINAL_TICK] = is_final()
        st.toggle(
            "This cohort is final",
            key=FINAL_TICK,
            on_change=_set_final,
            help="Until you say so every figure calls itself exploratory: data may still come in.",
        )
    return style, native, given.getvalue() if given is not None else None


def _set_final() -> None:
    set_final(bool(st.session_state[FINAL_TICK]))


def _show_button(kind: str, label: str, order: Order, *, primary: bool = False) -> None:
    _save(
        kind,
        label,
        partial(make_file, kind, replace(order, progress=_all_progress()[kind])),
        icon=BUTTONS[kind][1],
        type="primary" if primary else "secondary",
        key=f"make_{kind}",
        on_click=partial(_begin, kind),
        disabled=not (order.patients if kind == PATIENTS else order.entries),
    )


def _save(kind: str, label: str, data: bytes | Callable[[], bytes], **options: Any) -> None:
    name = file_name(BUTTONS[kind][2], kind="html" if kind == PATIENTS else kind)
    st.download_button(label, data, file_name=name, mime=MEDIA[kind], **options)


def _begin(kind: str) -> None:
    """The button was pressed: the page shows how far the file is, and no more of those before."""
    for other in _all_progress().values():
        other.running = other.running and not other.finished
    _all_progress()[kind].begin()


def _all_progress() -> dict[str, Progress]:
    """How far each kind of file is; two may be made at once."""
    kept: dict[str, Progress] = st.session_state.setdefault(
        PROGRESS, {kind: Progress() for kind in BUTTONS}
    )
    return kept


def _show_progress() -> None:
    for kind, progress in _all_progress().items():
        if progress.running:
            waiting = not progress.finished
            show = st.fragment(_show_running, run_every=1.0 if waiting else None)
            show(kind, progress, waiting)


def _show_running(kind: str, progress: Progress, waiting: bool) -> None:
    if not progress.finished:
        words = f"{BUTTONS[kind][0]}: {progress.what} {progress.done} of {progress.of}"
        st.progress(progress.share, words)
        return
    if waiting:
        st.rerun()  # nothing is to be waited for any more
    if progress.content is None:
        st.error(plain(progress.problem))
    else:
        _show_ready(kind, progress.content)
    if progress.notice:
        st.warning(plain(progress.notice))
    for one in progress.left_out:
        st.warning(f"Left out: {plain(one.entry.exhibit.title)}. {plain(one.why)}")


def _show_ready(kind: str, content: bytes) -> None:
    """The file is in the downloads; where it is not, it is had again without being made again.

    That button also keeps the server from dropping the file before a slow browser has fetched it.
    """
    title = BUTTONS[kind][0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(f"{title}: ready, it is in your downloads.", width="stretch")
        _save(kind, "Save again", content, key=f"again_{kind}", on_click="ignore")


def _show_patients(view: View, order: Order) -> None:
    with st.expander("One page per patient, for the ward round", key="ward_round"):
        chosen = st.multiselect(
            "Patients",
            view.subject_ids,
            placeholder=f"None chosen: all {len(view.subject_ids)} under the filters",
            key="page_patients",
        )
        ids = tuple(chosen or view.subject_ids)
        st.caption(
            "Trajectory, courses, grades and response of each on one A4 page (HTML, to be "
            "printed). It holds patients' data: keep it where such data may be."
        )
        _show_button(
            PATIENTS,
            f"Pages of {len(ids)} patient{'s' * (len(ids) != 1)}",
            replace(order, patients=ids),
        )
