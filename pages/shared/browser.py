"""What only the browser can do: that a file was open, ask before it leaves, links, Back, scroll up.

It keeps nothing of a file but the fact that one was open, in a cookie that ends with the browser.
"""

from pathlib import Path

import streamlit as st

from pages.shared.basket import basket
from pages.shared.session import OWN_FILE, current, upload_key

REMEMBER = f'document.cookie = "{OWN_FILE}=1; path=/; SameSite=Strict";'
FORGET = f'document.cookie = "{OWN_FILE}=; path=/; SameSite=Strict; max-age=0";'
ASK = "window.onbeforeunload = (event) => event.preventDefault();"
LET_GO = "window.onbeforeunload = null;"
BACK_UNDOES = Path(__file__).with_name("back_undoes.js").read_text("utf-8")


def let_back_undo() -> None:
    """Let Back undo each choice; before the widgets are there, so that no choice comes earlier."""
    _run("back", BACK_UNDOES)


def tell_browser() -> None:
    """Let it remember whether a file of the user is open, and ask before slides are lost."""
    session = current()
    is_open = session.upload.intake is not None
    session.was_open = session.was_open and not is_open
    remember = REMEMBER if is_open else "" if session.was_open else FORGET
    _run("state", f"{remember} {ASK if basket() else LET_GO}")


def scroll_up() -> None:
    """Show the top of the page after each reading: what it gave stands there."""
    top = "document.querySelector('[data-testid=stMain]').scrollTo(0, 0);"
    _run("scroll", f"/* {upload_key('reading')} */ {top}")


def follow_link(page: str) -> None:
    """Open a page as a click in the menu does.

    Streamlit's own ``st.switch_page`` refuses to leave while the address has any choice in it.
    """
    link = f'[data-testid=stSidebarNav] a[href$="/{page}"]'
    _run("link", f"document.querySelector('{link}').click();")


def _run(name: str, statements: str) -> None:
    """Run statements of this module; none may hold a word of a file."""
    with st.container(key=f"script_{name}"):
        st.html(f"<script>{statements}</script>", unsafe_allow_javascript=True)
