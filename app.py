"""PHT Explorer: page settings, the sidebar that every page shares, and the menu of pages.

Streamlit runs this file as a script for every session; before that its server imports it once,
for ``app``.
"""

import streamlit as st
from starlette.middleware import Middleware

from pages.shared.browser import follow_link, tell_browser
from pages.shared.menu import show_menu
from pages.shared.room import measure_room
from pages.shared.server import SafeHeaders, show_login, started
from pages.shared.session import current, plain, theme
from pages.shared.sidebar import NO_MATCH, show_sidebar, show_who
from pht_core.charts.theme import palette
from pht_core.model.errors import PhtError

# Less empty space over the first figure; who is looked at stays in sight on a long page. Captions
# are as muted as in charts: Streamlit's own are below 4.5 to 1 on the light page. The program's
# name stands over the menu, and at the top of a narrow page, whose menu is folded. White words, as
# Streamlit has them, on a button of the dark theme's accent would be below 4.5 to 1.
STYLE = """<style>
.stMainBlockContainer {{padding: 3.4rem 3rem 3rem}}
.stMainBlockContainer h1 {{padding: 0 0 0.4rem}}
div:has(> .st-key-who) {{position: sticky; top: 3.2rem; z-index: 5; padding-bottom: 0.4rem;
  background: {background}}}
.stApp [data-testid=stCaptionContainer] {{color: {muted}; opacity: 1}}
[data-testid=stSidebarHeader]::before {{content: "PHT Explorer"; font-weight: 600;
  font-size: 1.2rem}}
[data-testid=stBaseButton-primary]:enabled {{color: {background}}}
/* One download a chart: the menu below it. Rows of the drawn tables are no reader's. */
[data-testid=stElementToolbarButton]:has(:is([aria-label="Download as PNG"], [aria-label=
  "Copy Vega-Lite spec"], [aria-label="Show data"])) {{display: none}}
.st-key-patients {{min-width: min(100%, 22rem)}}
.st-key-choices [data-testid=stCaptionContainer] {{padding: 0 0 0.8rem 0.2rem}}
.st-key-choices [data-testid=stExpanderDetails] {{padding-inline: 0.6rem}}
.st-key-next [data-testid=stCaptionContainer] {{padding-bottom: 0.5rem}}
:is(.st-key-cards, .st-key-next) a {{padding-left: 0; background: none}}
:is(.st-key-cards, .st-key-next) a p {{color: {accent}; font-weight: 600}}
.st-key-cards [data-testid=stElementContainer]:last-child {{margin-top: auto; padding-top: 0.3rem}}
div:has(> [class*=st-key-script_]) {{position: absolute}}
:focus-visible {{outline: 2px solid {accent} !important; outline-offset: 2px}}
@media (max-width: 640px) {{
  .stMainBlockContainer {{padding: 3.4rem 1rem 2rem}}
  .stMainBlockContainer h1 {{font-size: 1.45rem}}
  [data-testid=stHeader]::after {{content: "PHT Explorer"; position: absolute; left: 3.6rem;
    top: 1rem; font-weight: 600; font-size: 1.2rem}}
  .st-key-cards [data-testid=stHorizontalBlock] {{gap: 0.6rem}}
  .st-key-cards [data-testid=stColumn] {{min-width: calc(50% - 0.6rem)}}
}}
@media print {{
  [data-testid=stSidebar], [data-testid=stHeader], .stButton, .stDownloadButton, [data-testid=
  stPopover], [data-testid=stButtonGroup], [data-testid=stPageLink] {{display: none !important}}
  .stApp, .stMain, [data-testid=stAppViewContainer] {{position: static; overflow: visible;
    height: auto}}
  .stMainBlockContainer {{padding: 0; max-width: none}}
  [data-testid=stVegaLiteChart], [data-testid=stDataFrame] {{break-inside: avoid}}
}}
</style>"""
# Pixels; enough for the longest name of a page.
SIDEBAR = 272


def main() -> None:
    """One run of one session: the sidebar, who is looked at, and the page."""
    # A width leaves the sidebar open, or folded on a phone, as "auto" does.
    st.set_page_config("PHT Explorer", layout="wide", initial_sidebar_state=SIDEBAR)
    background, colours = st.get_option(f"theme.{theme()}.backgroundColor"), palette(theme())
    st.html(STYLE.format(background=background, muted=colours.muted, accent=colours.accent))
    page, run = show_menu()
    if not show_login():
        return
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
