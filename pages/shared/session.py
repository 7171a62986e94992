"""What a browser session holds, every key of it, and the cached readers behind the pages."""

import gc
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any, Literal, TypeVar

import pandas as pd
import streamlit as st

from pages.shared.faults import log_fault
from pht_core.assessment import Assessment, derive_assessment
from pht_core.cohort import Cohort
from pht_core.criteria import scheme
from pht_core.errors import PhtError
from pht_core.filters import Filters, filter_subjects, format_filters
from pht_core.intake.mapping import FileMap
from pht_core.intake.pseudonyms import draw_pseudonyms, relabel_subjects
from pht_core.intake.source import SourceFile
from pht_core.provenance import Provenance
from pht_core.reading import Intake, read_again, read_files, read_sample, read_treated
from pht_core.settings import Settings, changed_settings

# Keys of st.session_state that are no widget's. Widgets' keys stand beside them in sidebar.py.
INTAKE = "intake"  # the last files that could be opened, whether or not they can be used
UPLOADED = "uploaded_cohort"  # the last cohort that could be used
UPLOAD_ERROR = "upload_error"
UPLOAD_ROUND = "upload_round"
SAVED_MAPPING = "saved_mapping"
PSEUDONYMS = "pseudonyms"
RELABELLED = "relabelled_cohort"
VIEW = "view"
ASSESSMENTS = "assessments_of_upload"
VIEWS = "views"
KEPT_ASSESSMENTS = 4
KEPT_VIEWS = 8

T = TypeVar("T")

Theme = Literal["light", "dark"]


@cache
def sample_cohort() -> Cohort:
    """The sample, read once for all sessions (it is nobody's data)."""
    return read_sample()


@cache
def sample_treated() -> pd.DataFrame:
    """All treated patients of the sample."""
    return read_treated()


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


def current_intake() -> Intake | None:
    """What was read of the last files that could be opened, if any."""
    intake: Intake | None = st.session_state.get(INTAKE)
    return intake


def read_upload(files: Sequence[SourceFile], report: Callable[[str], None]) -> None:
    """Read files into this session; a cohort that cannot be used leaves the former in use."""
    saved: FileMap | None = st.session_state.get(SAVED_MAPPING)
    _keep(lambda: read_files(files, saved=saved, report=report))


def correct_mapping(mapping: FileMap) -> None:
    """Read the same tables again, as the user says they are meant."""
    intake = current_intake()
    if intake is not None:
        _keep(lambda: read_again(intake, mapping))


def use_saved_mapping(content: bytes) -> None:
    """Apply a saved mapping to the tables of this session, and to those to come.

    Raises
    ------
    PhtError
        If it is not a mapping that this program saved.
    """
    from pht_core.intake.mapping_file import read_mapping
    from pht_core.intake.recognition import map_columns

    saved = read_mapping(content)
    st.session_state[SAVED_MAPPING] = saved
    renew_uploader()
    if (intake := current_intake()) is not None:
        correct_mapping(map_columns(intake.tables, saved))


def _keep(read: Callable[[], Intake]) -> None:
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
        st.session_state[UPLOADED] = intake.cohort
        relabel(PSEUDONYMS in st.session_state)


def _fault(error: Exception) -> str:
    """What to tell of a fault of our own; neither screen nor log gets a cell of the file."""
    fault = log_fault("An upload", error)
    return (
        f"The file could not be read because of a fault in this program ({fault}); nothing of it "
        "is used. Try it as CSV in one of the sample's layouts, and report the fault."
    )


def relabel(wanted: bool) -> None:
    """Show this session's cohort under drawn ids, or under its own again."""
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


def pseudonyms() -> dict[str, str]:
    """The ids shown, by the ids of the file; empty while patients have their own."""
    drawn: dict[str, str] = st.session_state.get(PSEUDONYMS, {})
    return drawn


def forget_upload() -> None:
    """Drop the uploaded files, their cohort and all that was derived from it."""
    for key in (
        INTAKE,
        UPLOADED,
        UPLOAD_ERROR,
        SAVED_MAPPING,
        PSEUDONYMS,
        RELABELLED,
        ASSESSMENTS,
        VIEW,
        VIEWS,
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


def current_assessment(settings: Settings) -> Assessment:
    """The current cohort under some settings; an upload's stays within its session."""
    if UPLOADED not in st.session_state:
        return sample_assessment(settings)
    kept: dict[Settings, Assessment] = st.session_state[ASSESSMENTS]
    if settings not in kept:
        with st.spinner("Grading the counts …"):
            kept[settings] = derive_assessment(current_cohort(), settings)
        while len(kept) > KEPT_ASSESSMENTS:
            kept.pop(next(iter(kept)))
    return kept[settings]


@dataclass(frozen=True)
class View:
    """What a page looks at: a cohort, the definitions, and the patients that the filters leave."""

    cohort: Cohort
    settings: Settings
    filters: Filters
    theme: Theme
    kept: dict[Hashable, Any] = field(default_factory=dict)

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for this view: a choice made before costs no computing.

        ``key`` names the result and every option that it depends on beyond the view.
        """
        if key not in self.kept:
            self.kept[key] = make()
        result: T = self.kept[key]
        return result

    @cached_property
    def assessment(self) -> Assessment:
        """The cohort graded; made when a page first asks for it, as a large one takes seconds."""
        return current_assessment(self.settings)

    @cached_property
    def subject_ids(self) -> list[str]:
        """Patients who fit the filters, in natural order."""
        return filter_subjects(self.cohort.subjects, self.filters)

    @cached_property
    def patients(self) -> pd.DataFrame:
        """Their rows of ``assessment.patients``."""
        return self.assessment.patients.loc[self.subject_ids]

    @cached_property
    def pht(self) -> list[str]:
        """Those with PHT at day 28."""
        return self.patients.index[self.patients["pht_d28"].fillna(False)].tolist()

    @cached_property
    def treated(self) -> list[str]:
        """Those who were given prednisone."""
        return self.patients.index[self.patients["treated"].fillna(False)].tolist()

    @cached_property
    def treated_pht(self) -> list[str]:
        """Those with PHT at day 28 who were given prednisone: the paper's fifteen."""
        treated = set(self.treated)
        return [name for name in self.pht if name in treated]

    @property
    def n_total(self) -> int:
        """Patients in the whole cohort."""
        return len(self.cohort)

    @property
    def words(self) -> str:
        """The filters in words."""
        return format_filters(self.filters)

    def of(self, table: pd.DataFrame, subject_ids: list[str] | None = None) -> pd.DataFrame:
        """The rows of a table that are about these patients."""
        ids = self.subject_ids if subject_ids is None else subject_ids
        return table[table["subject_id"].isin(ids)].reset_index(drop=True)

    def provenance(
        self, method: str = "", *, graded: bool = True, n: int | None = None
    ) -> Provenance:
        """Where a figure of this view comes from, for its footer; of n patients, if not all."""
        cohort, settings = self.cohort, self.settings
        return Provenance(
            data=cohort.name,
            digest=cohort.digest,
            n=len(self.subject_ids) if n is None else n,
            n_total=self.n_total,
            filters=self.words if self.filters.active else "",
            scheme=scheme(settings.scheme).title if graded else "",
            method="; ".join(filter(None, [method, *changed_settings(settings)])),
            simulated=cohort.simulated,
        )


def theme() -> Theme:
    """The theme that this browser shows."""
    kind: Any = st.context.theme.type
    return "dark" if kind == "dark" else "light"


def set_view(settings: Settings, filters: Filters) -> View:
    """Make the view of this run, or find it again, and hand it to the page that follows."""
    cohort = current_cohort()
    views: dict[Hashable, View] = st.session_state.setdefault(VIEWS, {})
    key = (cohort.digest, settings, filters, theme())
    view = views.pop(key, None)
    if view is None or view.cohort is not cohort:
        view = View(cohort, settings, filters, theme())
    views[key] = view  # the latest last
    while len(views) > KEPT_VIEWS:
        views.pop(next(iter(views)))
    st.session_state[VIEW] = view
    return view


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
