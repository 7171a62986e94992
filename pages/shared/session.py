"""What a browser session holds: its cohort, what was derived from it, and what was chosen."""

import re
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared.server import release_memory
from pht_core.exhibits.entry import Entry
from pht_core.exhibits.saved import NAMES_OF_PATIENTS, rename_entry
from pht_core.exhibits.view import View
from pht_core.intake.mapping import FileMap
from pht_core.intake.pseudonyms import draw_pseudonyms, relabel_subjects
from pht_core.intake.reading import Intake, read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings
from pht_core.stats.assessment import Assessment, derive_assessment

KEPT_ASSESSMENTS = 4
KEPT_VIEWS = 8
MAPPING_FILE = "mapping.json"
OWN_FILE = "pht_own_file"  # a cookie: a file of the user was open


@dataclass
class Upload:
    """The files that the user uploaded, what was read of them, and what was derived.

    intake : the last files that could be opened, whether or not they can be used. cohort : the
    last one that could be used, under the ids of its file. sources : its files with their digests.
    mapped : the user had a say in its mapping. problem : why the last files could not be opened.
    pseudonyms : the ids shown, by the ids of the file; empty while patients have their own.
    answered : the questions answered since the last correction, each with its answer in words and
    the mapping before. compared : what answers to an open question change, by its key.
    """

    intake: Intake | None = None
    cohort: Cohort | None = None
    sources: tuple[Any, ...] = ()
    mapped: bool = False
    problem: str = ""
    saved_mapping: FileMap | None = None
    answered: list[tuple[str, FileMap]] = field(default_factory=list)
    compared: dict[tuple[str, ...], Any] = field(default_factory=dict)
    pseudonyms: dict[str, str] = field(default_factory=dict)
    relabelled: Cohort | None = None
    assessments: dict[Settings, Assessment] = field(default_factory=dict)


@dataclass
class Chosen:
    """What was chosen of one cohort: a figure is never made of another one's patients.

    entries : for the slides, see ``basket``. patients : ids, as shown, of those selected to look at
    alone. written_for, final_for : digests of the tables that titles and comments were written
    for, and that the user declared final; a corrected mapping makes other tables.
    """

    entries: list[Entry] = field(default_factory=list)
    patients: tuple[str, ...] = ()
    written_for: str = ""
    final_for: str = ""


@dataclass
class Session:
    """All that a session holds, but for its widgets.

    rounds : of widgets, see ``renew``. chosen : by a cohort's digest. page, options : what was
    shown last, by the exhibit's name. readings : definitions of ICAHT and scores that are not the
    usual ones, by their names. files : how far the files are that are made of the slides, by their
    kind. views : the latest ones. view : that of this run. was_open : a file of the user was open
    in this browser, which a reload or another tab does not have. picked : a mark was clicked.
    """

    upload: Upload = field(default_factory=Upload)
    rounds: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, Chosen] = field(default_factory=dict)
    page: str = ""
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    readings: dict[str, Any] = field(default_factory=dict)
    views: dict[Hashable, View] = field(default_factory=dict)
    view: View | None = None
    picked: bool = False
    was_open: bool = field(default_factory=lambda: st.context.cookies.get(OWN_FILE) == "1")


def current() -> Session:
    """The session of this browser."""
    session: Session = st.session_state.setdefault("session", Session())
    return session


def renew(group: str) -> None:
    """Make the widgets of a group new, empty ones: their ``renewed_key`` is another."""
    current().rounds[group] = current().rounds.get(group, 0) + 1


def renewed_key(name: str, group: str) -> str:
    """A widget's key until the next ``renew`` of its group."""
    return f"{name}_{current().rounds.get(group, 0)}"


def upload_key(name: str) -> str:
    """A widget's key on the upload page; another one for each file read or removed."""
    return renewed_key(name, "upload")


@lru_cache(maxsize=32)
def sample_assessment(settings: Settings) -> Assessment:
    """The sample under some settings, once for all sessions."""
    return derive_assessment(read_sample(), settings)


def own_cohort() -> Cohort:
    """The current cohort under the ids of its file: the upload, else the sample."""
    return current().upload.cohort or read_sample()


def current_cohort() -> Cohort:
    """The current cohort under the ids that are shown."""
    return current().upload.relabelled or own_cohort()


def chosen() -> Chosen:
    """What was chosen of the current cohort."""
    return current().chosen.setdefault(own_cohort().digest, Chosen())


def use_cohort(intake: Intake, *, mapped: bool) -> None:
    """Show the cohort of an upload from now on, relabelled if the one before was."""
    upload = current().upload
    _rename_entries(own_ids())
    upload.cohort, upload.sources, upload.mapped = intake.cohort, intake.sources, mapped
    _label(bool(upload.pseudonyms))


def relabel(wanted: bool) -> None:
    """Show the current cohort under drawn ids, or under its own again."""
    _rename_entries(own_ids())
    _label(wanted)


def own_ids() -> dict[str, str]:
    """Ids of the file by those shown."""
    return {shown: name for name, shown in current().upload.pseudonyms.items()}


def _label(wanted: bool) -> None:
    session, cohort = current(), own_cohort()
    upload, drawn = session.upload, session.upload.pseudonyms
    if not wanted:
        drawn = {}
    elif set(drawn) != set(cohort.subject_ids):
        drawn = draw_pseudonyms(cohort.subject_ids)
    upload.pseudonyms = drawn
    upload.relabelled = relabel_subjects(cohort, drawn) if wanted else None
    upload.assessments = {}
    session.views = {}
    session.files = {}  # of the cohort, or the ids, shown before
    _rename_entries(drawn)
    _forget_patients()


def _rename_entries(ids: dict[str, str]) -> None:
    """Choose the same patients by other ids; entries left for another cohort have its file's."""
    if ids:
        chosen().entries = [rename_entry(entry, ids) for entry in chosen().entries]
        chosen().patients = tuple(ids[one] for one in chosen().patients if one in ids)


def _forget_patients() -> None:
    """Keep what pages showed last, but for patients: other ones are on show from now on."""
    for options in current().options.values():
        for name in NAMES_OF_PATIENTS:
            options.pop(name, None)


def remove_upload() -> None:
    """Drop the uploaded files, their cohort and all that was derived from it."""
    session = current()
    if session.upload.cohort is not None:
        session.chosen.pop(session.upload.cohort.digest, None)
        _forget_patients()
    session.upload, session.views, session.view, session.files = Upload(), {}, None, {}
    renew("upload")
    forget_file()
    release_memory()


def forget_file() -> None:
    """Say no more that a file was open before."""
    current().was_open = False


def assessor() -> Callable[[Cohort, Settings], Assessment]:
    """What grades the current cohort under some settings, and keeps it; an upload's in its session.

    What it makes is of that cohort wherever it is called: the thread of a file sees no session.
    """
    upload = current().upload
    if upload.cohort is None:
        return lambda _, settings: sample_assessment(settings)
    return partial(_assess, upload.assessments)


def _assess(kept: dict[Settings, Assessment], cohort: Cohort, settings: Settings) -> Assessment:
    found = kept.get(settings)
    if found is None:
        waiting = get_script_run_ctx(suppress_warning=True) is not None
        with st.spinner("Grading blood counts …") if waiting else nullcontext():
            found = kept[settings] = derive_assessment(cohort, settings)
        keep_latest(kept, KEPT_ASSESSMENTS)
    return found


def keep_latest(kept: dict[Any, Any], most: int) -> None:
    """Forget the oldest of what is kept, so that no more are left."""
    while len(kept) > most:
        kept.pop(next(iter(kept)))


def theme() -> Literal["light", "dark"]:
    """The theme that this browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"


def find_view(settings: Settings, filters: Filters) -> View:
    """The current cohort under definitions and filters; the latest ones are kept."""
    cohort, final, views = current_cohort(), is_final(), current().views
    key = (cohort.digest, settings, filters, final)
    view = views.pop(key, None)
    if view is None or view.cohort is not cohort:
        view = View(cohort, settings, filters, final, assessor())
    views[key] = view  # the latest last
    keep_latest(views, KEPT_VIEWS)
    return view


def current_view() -> View:
    """The view that the sidebar made in this run."""
    view = current().view
    assert view is not None
    return view


def is_final() -> bool:
    """True if the user declared the current cohort final: figures are then not exploratory."""
    final_for = chosen().final_for
    return bool(final_for) and final_for == own_cohort().tables_digest


def set_final(final: bool) -> None:
    """Take the user's word on whether the current cohort is final."""
    chosen().final_for = own_cohort().tables_digest if final else ""


def plain(text: str) -> str:
    r"""A name from a file as it is written: no character of it is read as Markdown.

    An address in it makes no link either: an invisible character parts it, since Markdown finds
    addresses after it has taken escapes away.

    >>> print(plain("cohort *v2*"))
    cohort \*v2\*
    """
    parted = re.sub(r"(?i)(?<=http)(?=s?:)|(?<=ftp)(?=:)|(?<=www)(?=\.)|(?<=@)", "\u2060", text)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|$:~<>])", r"\\\1", parted)


def script_source() -> dict[str, Any]:
    """What ``format_script`` needs beside the figure; no files for the sample, which it knows."""
    upload = current().upload
    named = MAPPING_FILE if upload.mapped else ""
    return {"files": upload.sources, "mapping_file": named, "pseudonyms": upload.pseudonyms}
