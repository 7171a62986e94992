"""What a browser session holds, every key of it, and the cached readers behind the pages."""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any, Literal, TypeVar

import pandas as pd
import streamlit as st

from pht_core.assessment import Assessment, derive_assessment
from pht_core.cohort import Cohort
from pht_core.criteria import scheme
from pht_core.filters import Filters, filter_subjects, format_filters
from pht_core.provenance import Provenance
from pht_core.reading import SAMPLE_FILE, read_cohort, read_sample, read_treated
from pht_core.settings import Settings, changed_settings

# Keys of st.session_state that are no widget's. Widgets' keys stand beside them in sidebar.py.
UPLOADED = "uploaded_cohort"
UPLOAD_ID = "uploaded_file_id"
UPLOAD_ERROR = "upload_error"
UPLOAD_ROUND = "upload_round"
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
    """Return this session's uploaded cohort, else the sample."""
    if UPLOADED not in st.session_state:
        return sample_cohort()
    cohort: Cohort = st.session_state[UPLOADED]
    return cohort


def keep_upload(content: bytes, name: str) -> None:
    """Read an upload into this session; raises `PhtError` and changes nothing if it cannot."""
    cohort = read_cohort(content, name)
    st.session_state[UPLOADED] = cohort
    st.session_state[ASSESSMENTS] = {}
    st.session_state[VIEWS] = {}


def forget_upload() -> None:
    """Drop the uploaded cohort and all that was derived from it."""
    for key in (UPLOADED, UPLOAD_ID, UPLOAD_ERROR, ASSESSMENTS, VIEW, VIEWS):
        st.session_state.pop(key, None)
    # A new key makes a new, empty uploader: the old one would hand its file in again.
    st.session_state[UPLOAD_ROUND] = st.session_state.get(UPLOAD_ROUND, 0) + 1


def uploader_key() -> str:
    """The uploader's key; another one after each forgotten cohort."""
    return f"cohort_file_{st.session_state.get(UPLOAD_ROUND, 0)}"


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
    """What a page looks at: an assessment and the patients that the filters leave."""

    assessment: Assessment
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
    def subject_ids(self) -> list[str]:
        """Patients who fit the filters, in natural order."""
        return filter_subjects(self.assessment.cohort.subjects, self.filters)

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
        return len(self.assessment.cohort)

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
        cohort, settings = self.assessment.cohort, self.assessment.settings
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
    assessment = current_assessment(settings)
    views: dict[Hashable, View] = st.session_state.setdefault(VIEWS, {})
    key = (assessment.cohort.digest, settings, filters, theme())
    view = views.pop(key, None)
    if view is None or view.assessment is not assessment:
        view = View(assessment, filters, theme())
    views[key] = view  # the latest last
    while len(views) > KEPT_VIEWS:
        views.pop(next(iter(views)))
    st.session_state[VIEW] = view
    return view


def current_view() -> View:
    """The view that the sidebar made in this run."""
    view: View = st.session_state[VIEW]
    return view


def sample_file() -> bytes:
    """The sample's file, to look at or to fill in."""
    return SAMPLE_FILE.read_bytes()


def plain(text: str) -> str:
    r"""A name from a file as it is written: no character of it is read as Markdown.

    >>> print(plain("cohort *v2*"))
    cohort \*v2\*
    """
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|$:~<>])", r"\\\1", text)
