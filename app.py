"""PHT Explorer: page settings, the sidebar that every page shares, and the menu of pages.

Streamlit runs this file as a script for every session; before that its server imports it once,
for ``app``.
"""

import streamlit as st

from pages.shared.server import show_login, started
from pages.shared.session import theme
from pages.shared.sidebar import show_sidebar, show_who
from pht_core.model.errors import PhtError

# Less empty space over the first figure; who is looked at stays in sight on a long page.
STYLE = """<style>
.stMainBlockContainer {{padding-top: 3.9rem; padding-bottom: 3rem}}
div:has(> .st-key-who) {{position: sticky; top: 3.7rem; z-index: 5; padding-bottom: 0.4rem;
  background: {background}}}
.st-key-findings td {{vertical-align: top}}
.st-key-findings td:nth-child(1) {{white-space: nowrap}}
.st-key-findings td:nth-child(3) {{min-width: 17rem}}
</style>"""
PAGES = {
    "Cohort": {"overview": "Overview", "upload": "Your file"},
    "Toxicity": {"cytopenias": "Cytopenias", "trajectories": "Trajectories"},
    "Outcome": {"response": "Response", "survival": "Survival"},
    "Report": {"slides": "Slides and report", "claims": "Report check"},
}
# Pages that filters do not act on.
UNFILTERED = {PAGES["Cohort"]["upload"], *PAGES["Report"].values()}


def main() -> None:
    """One run of one session: the sidebar, who is looked at, and the page."""
    st.set_page_config("PHT Explorer", layout="wide", initial_sidebar_state="expanded")
    st.html(STYLE.format(background=st.get_option(f"theme.{theme()}.backgroundColor")))
    menu = {
        section: [
            st.Page(f"pages/{section.lower()}/{name}.py", title=title, default=name == "overview")
            for name, title in pages.items()
        ]
        for section, pages in PAGES.items()
    }
    page = st.navigation(menu)
    if not show_login():
        return
    try:
        view = show_sidebar()
        show_who(view, on_upload_page=page.title == PAGES["Cohort"]["upload"])
        if view.subject_ids or page.title in UNFILTERED:
            page.run()
        else:
            st.info("No patient fits these filters. Widen one, or reset all in the sidebar.")
    except PhtError as error:
        st.error(str(error))


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, lifespan=started)
