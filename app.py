"""PHT Explorer: page settings, the sidebar that every page shares, and the menu of pages.

Streamlit runs this file as a script for every session; before that its server imports it once,
for ``app``.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.shared.browser import follow_link, let_back_undo, tell_browser
from pages.shared.menu import show_menu
from pages.shared.room import measure_room
from pages.shared.server import SafeHeaders, show_login, started
from pages.shared.session import current, plain, theme
from pages.shared.sidebar import NO_MATCH, show_sidebar, show_who
from pht_core.charts.theme import palette
from pht_core.model.errors import PhtError

STYLE = (Path(__file__).parent / "pages/shared/app.css").read_text("utf-8")
# Pixels; enough for the longest name of a page.
SIDEBAR = 272


def main() -> None:
    """One run of one session: the sidebar, who is looked at, and the page."""
    # A width leaves the sidebar open, or folded on a phone, as "auto" does.
    st.set_page_config("PHT Explorer", layout="wide", initial_sidebar_state=SIDEBAR)
    page_colour, colours = st.get_option(f"theme.{theme()}.backgroundColor"), palette(theme())
    root = (
        f"--pht-page: {page_colour}; --pht-muted: {colours.muted}; --pht-accent: {colours.accent}"
    )
    st.html(f"<style>:root {{{root}}}\n{STYLE}</style>")
    page, run = show_menu()
    if not show_login():
        return
    let_back_undo()
    try:
        view = show_sidebar()
        measure_room()
        picked, current().picked = current().picked, False
        if picked and page.name != "trajectories":
            follow_link("trajectories")
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
    app = st.App(__file__, lifespan=started, middleware=[Middleware(SafeHeaders)])
