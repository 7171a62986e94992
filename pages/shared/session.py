"""What a browser session holds, every key of it, and the cached readers behind the pages."""

import gc
import logging
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pht_core.exhibits.view import View as CohortView
from pht_core.intake.mapping import FileMap
from pht_core.intake.pseudonyms import draw_pseudonyms, relabel_subjects
from pht_core.intake.reading import Intake, read_again, read_files, read_sample
from pht_core.intake.source import SourceFile
from pht_core.model.cohort import Cohort
from pht_core.model.errors import PhtError
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings
from pht_core.stats.assessment import Assessment, derive_assessment


def log_fault(what: str, error: Exception) -> str:
    """Log a fault's kind and place, and return them for the user; no cell, no word of the file."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_name}, line {place.tb_lineno}" if place else "unknown"
    name = type(error).__name__
    logging.getLogger("pht_explorer").error("%s could not be read: %s in %s", what, name, where)
    return f"{name} in {where}"


# Keys of st.session_state that are no widget's. Widgets' keys stand beside them in sidebar.py.
INTAKE = "intake"  # the last files that could be opened, whether or not they can be used
UPLOADED = "uploaded_cohort"  # the last cohort that could be used
SOURCES = "sources"  # its files with their digests, and if the user had a say in their mapping
UPLOAD_ERROR = "upload_error"
UPLOAD_ROUND = "upload_round"
SAVED_MAPPING = "saved_mapping"
PSEUDONYMS = "pseudonyms"
RELABELLED = "relabelled_cohort"
VIEW = "view"
ASSESSMENTS = "assessments_of_upload"
VIEWS = "views"
PROGRESS = "files_progress"  # of the files that are made, with the last of each kind
FINAL = "final_cohorts"  # by digest: that of the tables as they were read
BASKETS = "baskets"  # by digest; see basket.py
CHOICES = "last_choices"  # of each exhibit, by its name; see restored.py
TITLED = "titled"  # for which tables titles and comments were written; see basket.py
KEPT_ASSESSMENTS = 4
KEPT_VIEWS = 8

Theme = Literal["light", "dark"]


@cache
def sample_cohort() -> Cohort:
    """The sample, read once for all sessions (it is nobody's data)."""
    return read_sample()


@lru_cache(maxsize=32)
def sample_assessment(settings: Settings) -> Assessment:
    """The sample under some settings, once for all sessions."""
    return derive_assessment(sample_cohort(), settings)


def current_cohort() -> Cohort:
    """Return this session's uploaded cohort, under other ids if asked for, else the sample."""
    if UPLOADED not in st.session_state:
        return sample_cohort()
    cohort: Cohort = st.session_state.get(RELABELLED) or st.session_state[UPLOADED]
    return cohort


def own_cohort() -> Cohort:
    """Return the current cohort under the ids of its file."""
    cohort: Cohort = st.session_state.get(UPLOADED) or sample_cohort()
    return cohort


def current_intake() -> Intake | None:
    """What was read of the last files that could be opened, if any."""
    intake: Intake | None = st.session_state.get(INTAKE)
    return intake


def read_upload(files: Sequence[SourceFile], report: Callable[[str], None]) -> None:
    """Read files into this session; a cohort that cannot be used leaves the former in use."""
    saved: FileMap | None = st.session_state.get(SAVED_MAPPING)
    _keep(lambda: read_files(files, saved=saved, report=report), mapped=saved is not None)


def correct_mapping(mapping: FileMap) -> None:
    """Read the same tables again, as the user says they are meant."""
    intake = current_intake()
    if intake is not None:
        _keep(lambda: read_again(intake, mapping), mapped=True)


def use_saved_mapping(content: bytes) -> None:
    """Apply a saved mapping to the tables of this session, and to those to come.

    Raises
    ------
    PhtError
        If it is not a mapping that this program saved.
    """
    from pht_core.intake.mapping_file import read_mapping
    from pht_core.intake.recognising.recognition import map_columns

    saved = read_mapping(content)
    st.session_state[SAVED_MAPPING] = saved
    renew_uploader()
    if (intake := current_intake()) is not None:
        correct_mapping(map_columns(intake.tables, saved))


def _keep(read: Callable[[], Intake], *, mapped: bool) -> None:
    st.session_state.pop(UPLOAD_ERROR, None)
    # The uploader lets go of the bytes: the tables are read.
    renew_uploader()
    try:
        intake = read()
    except PhtError as error:
        st.session_state[UPLOAD_ERROR] = str(error)
        return
    except Exception as error:  # A file may hold anything, and its cells are private.
        st.session_state[UPLOAD_ERROR] = _fault(error)
        return
    st.session_state[INTAKE] = intake
    if intake.cohort is not None:
        _rename_basket({shown: name for name, shown in pseudonyms().items()})
        st.session_state[UPLOADED] = intake.cohort
        st.session_state[SOURCES] = (intake.sources, mapped)
        _label(PSEUDONYMS in st.session_state)


def _fault(error: Exception) -> str:
    """What to tell of a fault of our own; neither screen nor log gets a cell of the file."""
    fault = log_fault("An upload", error)
    return (
        f"The file could not be read because of a fault in this program ({fault}); nothing of it "
        "is used. Try it as CSV in one of the sample's layouts, and report the fault."
    )


def relabel(wanted: bool) -> None:
    """Show this session's cohort under drawn ids, or under its own again."""
    _rename_basket({shown: name for name, shown in pseudonyms().items()})
    _label(wanted)


def _label(wanted: bool) -> None:
    for key in (PSEUDONYMS, RELABELLED):
        if not wanted:
            st.session_state.pop(key, None)
    if wanted:
        cohort: Cohort = st.session_state[UPLOADED]
        if set(st.session_state.get(PSEUDONYMS, ())) != set(cohort.subject_ids):
            st.session_state[PSEUDONYMS] = draw_pseudonyms(cohort.subject_ids)
        st.session_state[RELABELLED] = relabel_subjects(cohort, st.session_state[PSEUDONYMS])
    st.session_state[ASSESSMENTS] = {}
    st.session_state[VIEWS] = {}
    st.session_state.pop(PROGRESS, None)  # files of the cohort, or the ids, shown before
    _rename_basket(pseudonyms())
    _forget_patients()


def _rename_basket(ids: dict[str, str]) -> None:
    """Choose the same patients by other ids; a basket left for another cohort's has the file's."""
    baskets, digest = st.session_state.get(BASKETS, {}), own_cohort().digest
    if not ids or not baskets.get(digest):
        return
    from pht_core.exhibits.saved import rename_entry

    baskets[digest] = [rename_entry(entry, ids) for entry in baskets[digest]]


def _forget_patients() -> None:
    """Keep what pages showed last, but for patients: other ones are on show from now on."""
    from pht_core.exhibits.saved import NAMES_OF_PATIENTS

    for chosen in st.session_state.get(CHOICES, {}).values():
        for name in NAMES_OF_PATIENTS:
            chosen.pop(name, None)


def pseudonyms() -> dict[str, str]:
    """The ids shown, by the ids of the file; empty while patients have their own."""
    drawn: dict[str, str] = st.session_state.get(PSEUDONYMS, {})
    return drawn


def forget_upload() -> None:
    """Drop the uploaded files, their cohort and all that was derived from it."""
    if UPLOADED in st.session_state:
        digest = st.session_state[UPLOADED].digest
        st.session_state.get(BASKETS, {}).pop(digest, None)
        st.session_state.get(FINAL, {}).pop(digest, None)
        st.session_state.get(TITLED, {}).pop(digest, None)
        _forget_patients()
    for key in (
        INTAKE,
        UPLOADED,
        SOURCES,
        UPLOAD_ERROR,
        SAVED_MAPPING,
        PSEUDONYMS,
        RELABELLED,
        ASSESSMENTS,
        VIEW,
        VIEWS,
        PROGRESS,
    ):
        st.session_state.pop(key, None)
    renew_uploader()
    # Tables that refer to each other go with a collection only, and none follows a run here.
    gc.collect()


def renew_uploader() -> None:
    """Empty the page's uploaders: under another key they are new ones."""
    st.session_state[UPLOAD_ROUND] = st.session_state.get(UPLOAD_ROUND, 0) + 1


def upload_key(name: str) -> str:
    """A widget's key on the upload page; another one for each file read or forgotten."""
    return f"{name}_{st.session_state.get(UPLOAD_ROUND, 0)}"


def assessor() -> Callable[[Cohort, Settings], Assessment]:
    """What grades the current cohort under some settings, and keeps it; an upload's in its session.

    It may be called where there is no session, such as while a file to save is made.
    """
    if UPLOADED not in st.session_state:
        return lambda _, settings: sample_assessment(settings)
    return partial(_assess, st.session_state[ASSESSMENTS])


def _spinning_assessor() -> Callable[[Cohort, Settings], Assessment]:
    """`assessor`, with a word to who waits; bound to the cohort that is current now.

    What it makes is of that cohort wherever it is called: the thread of a file sees no session.
    """
    assess = assessor()
    kept = st.session_state[ASSESSMENTS] if UPLOADED in st.session_state else None

    def told(cohort: Cohort, settings: Settings) -> Assessment:
        if kept is None or settings in kept or get_script_run_ctx(suppress_warning=True) is None:
            return assess(cohort, settings)
        with st.spinner("Grading the counts …"):
            return assess(cohort, settings)

    return told


def _assess(kept: dict[Settings, Assessment], cohort: Cohort, settings: Settings) -> Assessment:
    found = kept.get(settings)
    if found is None:
        found = kept[settings] = derive_assessment(cohort, settings)
        while len(kept) > KEPT_ASSESSMENTS:
            kept.pop(next(iter(kept)))
    return found


@dataclass(frozen=True)
class View(CohortView):
    """What a page looks at, in the theme of the browser that shows it."""

    theme: Theme = "light"


def theme() -> Theme:
    """The theme that this browser shows."""
    kind: Any = st.context.theme.type
    return "dark" if kind == "dark" else "light"


def set_view(settings: Settings, filters: Filters) -> View:
    """Make the view of this run, or find it again, and hand it to the page that follows."""
    view = st.session_state[VIEW] = find_view(settings, filters)
    return view


def find_view(settings: Settings, filters: Filters) -> View:
    """The current cohort under definitions and filters; the latest ones are kept."""
    cohort, final = current_cohort(), is_final()
    views: dict[Hashable, View] = st.session_state.setdefault(VIEWS, {})
    key = (cohort.digest, settings, filters, theme(), final)
    view = views.pop(key, None)
    if view is None or view.cohort is not cohort:
        view = View(cohort, settings, filters, final, _spinning_assessor(), theme=theme())
    views[key] = view  # the latest last
    while len(views) > KEPT_VIEWS:
        views.pop(next(iter(views)))
    return view


def is_final() -> bool:
    """True if the user said that the current cohort is final: figures are then not exploratory.

    It was said of the numbers as they were read then: a mapping corrected since takes it back.
    """
    cohort = own_cohort()
    told = st.session_state.get(FINAL, {}).get(cohort.digest)
    return told is not None and bool(told == cohort.tables_digest)


def set_final(final: bool) -> None:
    """Take the user's word on whether the current cohort is final."""
    told: dict[str, str] = st.session_state.setdefault(FINAL, {})
    cohort = own_cohort()
    told.pop(cohort.digest, None)
    if final:
        told[cohort.digest] = cohort.tables_digest


def current_view() -> View:
    """The view that the sidebar made in this run."""
    view: View = st.session_state[VIEW]
    return view


def plain(text: str) -> str:
    r"""A name from a file as it is written: no character of it is read as Markdown.

    An address in it makes no link either: an invisible character parts it, since Markdown finds
    addresses after it has taken escapes away.

    >>> print(plain("cohort *v2*"))
    cohort \*v2\*
    """
    parted = re.sub(r"(?i)(?<=http)(?=s?:)|(?<=ftp)(?=:)|(?<=www)(?=\.)|(?<=@)", "\u2060", text)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|$:~<>])", r"\\\1", parted)


MAPPING_FILE = "mapping.json"


def script_source() -> dict[str, Any]:
    """What ``format_script`` needs beside the view; no files for the sample, which it knows."""
    files, mapped = st.session_state.get(SOURCES, ((), False))
    return {
        "files": files,
        "mapping_file": MAPPING_FILE if mapped else "",
        "pseudonyms": pseudonyms(),
    }
