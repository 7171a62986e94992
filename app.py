"""PHT Explorer: page settings, the sidebar that every page shares, and the menu of pages.

Streamlit runs this file as a script for every session; before that its server imports it once,
for ``app``.
"""

import streamlit as st

from pages.shared.browser import tell_browser
from pages.shared.menu import show_menu
from pages.shared.room import measure_room
from pages.shared.server import show_login, started
from pages.shared.session import plain, theme
from pages.shared.sidebar import NO_MATCH, show_sidebar, show_who
from pht_core.charts.theme import palette
from pht_core.model.errors import PhtError

# Less empty space over the first figure; who is looked at stays in sight on a long page. Captions
# are as muted as in charts: Streamlit's own are below 4.5 to 1 on the light page.
STYLE = """<style>
.stMainBlockContainer {{padding-top: 3.9rem; padding-bottom: 3rem}}
div:has(> .st-key-who) {{position: sticky; top: 3.7rem; z-index: 5; padding-bottom: 0.4rem;
  background: {background}}}
.stApp [data-testid=stCaptionContainer] {{color: {muted}; opacity: 1}}
.st-key-patients {{min-width: min(100%, 22rem)}}
div:has(> [class*=st-key-script_]) {{position: absolute}}
</style>"""


def main() -> None:
    """One run of one session: the sidebar, who is looked at, and the page."""
    st.set_page_config("PHT Explorer", layout="wide")
    background = st.get_option(f"theme.{theme()}.backgroundColor")
    st.html(STYLE.format(background=background, muted=palette(theme()).muted))
    page, run = show_menu()
    if not show_login():
        return
    try:
        view = show_sidebar()
        measure_room()
        show_who(view, on_upload_page=page.name == "upload")
        if page.filtered and not view.subject_ids:
            st.info(f"{NO_MATCH} in the sidebar.")
        else:
            st.title(page.heading or page.title)
            run()
    except PhtError as error:
        st.error(plain(str(error)))
    tell_browser()


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, lifespan=started)
