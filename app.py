"""PHT Explorer: page settings, the sidebar that every page shares, and the menu of pages.

Streamlit runs this file as a script for every session; before that its server imports it once,
for ``app``.
"""

import streamlit as st

from pages.shared.server import started
from pages.shared.sidebar import show_sidebar, show_who
from pht_core.errors import PhtError

PAGES = {
    "Cohort": {"overview": "Overview"},
    "Toxicity": {"cytopenias": "Cytopenias", "trajectories": "Trajectories"},
    "Outcome": {"response": "Response", "survival": "Survival"},
}


def main() -> None:
    """One run of one session: the sidebar, who is looked at, and the page."""
    st.set_page_config("PHT Explorer", layout="wide", initial_sidebar_state="expanded")
    # The default leaves a third of a laptop's screen empty over the first figure.
    st.html("<style>.stMainBlockContainer {padding-top: 4.4rem; padding-bottom: 3rem}</style>")
    menu = {
        section: [
            st.Page(f"pages/{section.lower()}/{name}.py", title=title, default=name == "overview")
            for name, title in pages.items()
        ]
        for section, pages in PAGES.items()
    }
    page = st.navigation(menu)
    try:
        view = show_sidebar()
        show_who(view)
        if view.subject_ids:
            page.run()
        else:
            st.info("No patient fits these filters. Widen one, or reset all in the sidebar.")
    except PhtError as error:
        st.error(str(error))


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, lifespan=started)
