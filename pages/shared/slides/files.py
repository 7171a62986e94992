"""The files that are made of the slides, with how far they are."""

from dataclasses import replace
from functools import partial

import streamlit as st

from pages.shared.basket import basket
from pages.shared.saving import save_button
from pages.shared.session import current, is_final, plain, script_source, set_final
from pages.shared.slides.making import DECK, FILES, PATIENTS, Order, Progress, make_file
from pages.shared.slides.saved import current_saved
from pages.shared.styles import SLIDES, choose_style
from pages.shared.words import said, worded
from pht_core.exhibits.entry import list_story
from pht_core.exhibits.view import View
from pht_core.export.files import file_name
from pht_core.export.pictures.style import Style
from pht_core.model.words import counted

FINAL_TICK = "final_tick"


def show_files(view: View) -> None:
    """One press makes a file; below it, how far it is."""
    with st.container(border=True):
        style, native, template = _show_choices()
        order = Order(
            view=view,
            entries=tuple(basket() or list_story(view)),
            style=style,
            native=native,
            template=template,
            saved=current_saved(view),
            source=script_source(),
        )
        with st.container(horizontal=True):
            for kind in FILES:
                if kind != PATIENTS:
                    _show_button(kind, FILES[kind].label, order)
        with st.container():
            for kind, progress in _all_progress().items():
                if progress.running:
                    every = None if progress.finished else 1.0
                    st.fragment(_show_running, run_every=every)(kind, progress, every is not None)
        _show_patients(view, order)


def _show_choices() -> tuple[Style, bool, bytes | None]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.popover("Appearance", icon=":material/tune:"):
            style = choose_style(st, SLIDES, size="Figure size in the ZIP file")
            native = st.toggle(key="native_charts", **worded("native_charts"))
        with st.popover("Slide template", icon=":material/palette:"):
            given = st.file_uploader(type=["pptx"], key="template", **worded("template"))
        # What the session holds decides: a file opened or removed may have changed it.
        st.session_state[FINAL_TICK] = is_final()
        st.toggle(key=FINAL_TICK, on_change=_set_final, **worded(FINAL_TICK))
    return style, native, given.getvalue() if given is not None else None


def _set_final() -> None:
    set_final(bool(st.session_state[FINAL_TICK]))


def _show_button(kind: str, label: str, order: Order) -> None:
    save_button(
        label,
        partial(make_file, kind, replace(order, progress=_all_progress()[kind])),
        _file_name(kind),
        icon=f":material/{FILES[kind].icon}:",
        type="primary" if kind == DECK else "secondary",
        key=f"make_{kind}",
        on_click=partial(_begin, kind),
        disabled=not (order.patients if kind == PATIENTS else order.entries),
    )


def _file_name(kind: str) -> str:
    return file_name(FILES[kind].name, kind=FILES[kind].extension)


def _begin(kind: str) -> None:
    """The button was pressed: the page shows how far the file is, and no more of those before."""
    for other in _all_progress().values():
        other.running = other.running and not other.finished
    _all_progress()[kind].begin()


def _all_progress() -> dict[str, Progress]:
    """How far each kind of file is; two may be made at once."""
    kept: dict[str, Progress] = current().files
    if not kept:
        kept.update({kind: Progress() for kind in FILES})
    return kept


def _show_running(kind: str, progress: Progress, waiting: bool) -> None:
    if not progress.finished:
        words = f"{FILES[kind].label}: {progress.what} {progress.done} of {progress.of}"
        st.progress(progress.share, words)
        return
    if waiting:
        st.rerun()  # nothing is to be waited for any more
    if progress.content is None:
        st.error(plain(progress.problem))
    else:
        # The file is in the downloads; where it is not, it is had again without being made again.
        # That button also keeps the server from dropping it before a slow browser has fetched it.
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(f"{FILES[kind].label}: ready in your downloads.", width="stretch")
            save_button("Save again", progress.content, _file_name(kind), key=f"again_{kind}")
    if progress.notice:
        st.warning(plain(progress.notice))
    for one in progress.left_out:
        st.warning(f"Omitted: {plain(one.entry.exhibit.title)}. {plain(one.why)}")


def _show_patients(view: View, order: Order) -> None:
    with st.expander("Patient summaries for the ward round", key="ward_round"):
        words = worded("page_patients", n=len(view.subject_ids))
        selected = st.multiselect(options=view.subject_ids, key="page_patients", **words)
        ids = tuple(selected or view.subject_ids)
        st.caption(said("summaries"))
        label = f"Summaries of {counted(len(ids), 'patient', 'patients')}"
        _show_button(PATIENTS, label, replace(order, patients=ids))
