"""PHT Explorer: page settings, the sidebar that every page shares, and the menu of pages."""

import gc

import streamlit as st

from pages.shared.session import View, keep_view
from pages.shared.sidebar import show_findings, show_sidebar
from pht_core.errors import PhtError

st.set_page_config(page_title="PHT Explorer", layout="wide", initial_sidebar_state="expanded")

PAGES = {
    "Cohort": [st.Page("pages/cohort/overview.py", title="Overview", default=True)],
    "Toxicity": [
        st.Page("pages/toxicity/cytopenias.py", title="Cytopenias"),
        st.Page("pages/toxicity/trajectories.py", title="Trajectories"),
    ],
    "Outcome": [
        st.Page("pages/outcome/response.py", title="Response"),
        st.Page("pages/outcome/survival.py", title="Survival"),
    ],
}


@st.cache_resource(show_spinner=False)
def freeze_imports() -> None:
    """Keep what was imported out of every later garbage collection."""
    gc.collect()
    gc.freeze()


def show_who(view: View) -> None:
    """Which patients, of how many and under which filter: the first line of every page."""
    n, n_total = len(view.subject_ids), view.n_total
    st.markdown(f"{view.assessment.cohort.name} · **{n} of {n_total} patients** · {view.words}")
    show_findings()


# The default leaves a third of a laptop's screen empty over the first figure.
st.html("<style>.stMainBlockContainer {padding-top: 3.2rem; padding-bottom: 3rem}</style>")
page = st.navigation(PAGES)
try:
    view = show_sidebar()
    keep_view(view)
    show_who(view)
    if view.subject_ids:
        page.run()
    else:
        st.info("No patient fits these filters. Widen one of them, or reset all in the sidebar.")
except PhtError as error:
    st.error(str(error))
freeze_imports()
