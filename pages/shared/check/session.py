"""What a session holds of the report check: a manuscript, what its reader changed, the result."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import streamlit as st

from pages.shared import session
from pages.shared.server import log_fault, release_memory
from pages.shared.words import said
from pht_core.claims.claim import Claim, Report
from pht_core.claims.data.cohort_figures import figures_of_some
from pht_core.claims.data.quantities import CohortFigures
from pht_core.claims.reading.manuscript import Manuscript, read_manuscript
from pht_core.claims.report import Changes, check_report
from pht_core.exhibits.view import View
from pht_core.intake.reading import SAMPLE_FILE, read_sample
from pht_core.model.errors import PhtError
from pht_core.paper.sample import read_treated

SAMPLE_TEXT = SAMPLE_FILE.parent / "wang2023.txt"
SAMPLE_NAME = "Wang et al. 2023 (excerpts)"
OPENED = "claims_manuscript"
PROBLEM = "claims_problem"
KEPT_REPORTS = 4


@dataclass
class Opened:
    """A manuscript in this session, with all that its reader entered about it."""

    manuscript: Manuscript
    is_sample: bool = False
    compared: dict[str, bool] = field(default_factory=dict)  # by a cohort's digest
    chosen: str = ""  # a claim's id, or "f3" for the fourth finding
    not_claims: dict[str, str] = field(default_factory=dict)  # id to its print
    numerators: dict[str, int] = field(default_factory=dict)
    denominators: dict[str, int] = field(default_factory=dict)
    scope: str = ""  # what a corrected N holds for, as last chosen
    bindings: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)  # another one renews a claim's widgets
    reports: dict[Hashable, Report] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.manuscript.text.encode("utf-8", "replace")).hexdigest()

    def is_compared(self, view: View) -> bool:
        """Whether claims are compared with the data of the open cohort.

        By itself only with the paper's own: the sample's for its paper, the reader's for another.
        """
        of_sample = view.cohort is read_sample()
        return self.compared.get(view.cohort.digest, self.is_sample == of_sample)

    def dismiss(self, claim: Claim) -> None:
        """Take one out: it is no claim."""
        self.not_claims[claim.id] = " ".join(claim.text.split())
        self.chosen = ""

    def restore(self, name: str) -> None:
        """Bring a dismissed claim back."""
        self.not_claims.pop(name, None)
        self.chosen = name

    @property
    def corrected(self) -> tuple[dict[str, Any], ...]:
        """What the reader corrected, by a claim's id: counts, denominators and interpretations."""
        return self.numerators, self.denominators, self.bindings

    def undo(self, name: str) -> None:
        """Undo the corrections of a claim."""
        for kept in self.corrected:
            kept.pop(name, None)
        self.rounds[name] = self.rounds.get(name, 0) + 1

    def widget_key(self, name: str, claim: Claim) -> str:
        """The key of a widget about a claim."""
        return f"claims_{name}_{self.digest[:8]}_{claim.id}_{self.rounds.get(claim.id, 0)}"


def opened() -> Opened | None:
    """The manuscript of this session, if one is open."""
    found: Opened | None = st.session_state.get(OPENED)
    return found


def open_manuscript(content: bytes, name: str, *, is_sample: bool = False) -> None:
    """Read a manuscript into this session; one that cannot be read leaves the former open."""
    st.session_state.pop(PROBLEM, None)
    session.renew("claims")
    try:
        st.session_state[OPENED] = Opened(read_manuscript(content, name), is_sample)
    except PhtError as error:
        st.session_state[PROBLEM] = str(error)
    except Exception as error:  # A file may hold anything, and its words are private.
        st.session_state[PROBLEM] = _fault(error)


def open_sample() -> None:
    """Open the paper that the sample cohort is of."""
    open_manuscript(SAMPLE_TEXT.read_bytes(), SAMPLE_NAME, is_sample=True)


def close_manuscript() -> None:
    """Remove the manuscript and all that was found in it."""
    st.session_state.pop(OPENED, None)
    st.session_state.pop(PROBLEM, None)
    session.renew("claims")
    release_memory()


def input_key(name: str) -> str:
    """A widget's key on the way in; another one, and so an empty one, for each manuscript."""
    return session.renewed_key(f"claims_{name}", "claims")


def figures_of_view(view: View) -> CohortFigures:
    """The quantities of the open cohort under the filters and definitions; made once for a view.

    Everyone who was treated is known of the sample only, and only without filters. Raises a
    PhtError if no patient fits the filters.
    """
    treated = read_treated() if view.cohort is read_sample() else None
    whole = view.keep("claims_figures", lambda: CohortFigures(view.assessment, treated))
    if not view.filters.active:
        return whole
    view.check_patients()
    return view.keep(
        "claims_figures_of_some",
        lambda: figures_of_some(whole, view.cohort, view.subject_ids, view.settings),
    )


def checked(view: View, paper: Opened) -> Report:
    """The manuscript checked as its reader left it; made once for a text and what was changed.

    What the data give stands with the views, which go when the cohort is forgotten. Raises a
    PhtError for a fault of our own; neither screen nor log gets a word of the manuscript.
    """
    compared, kept = paper.is_compared(view), paper.reports
    if compared:
        kept = view.keep(("claims", paper.digest), dict)
    changes = Changes(frozenset(paper.not_claims), *map(dict, paper.corrected))
    key = (changes.not_claims, *(tuple(sorted(each.items())) for each in paper.corrected))
    if key not in kept:
        figures = figures_of_view(view) if compared else None
        with st.spinner("Checking the text …"):
            try:
                kept[key] = check_report(paper.manuscript.text, changes, figures)
            except Exception as error:
                raise PhtError(_fault(error)) from None
        session.keep_latest(kept, KEPT_REPORTS)
    return kept[key]


def _fault(error: Exception) -> str:
    return said("claims_fault", fault=log_fault("A text", error))
