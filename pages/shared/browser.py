"""What only the browser can do: that a file was open, ask before it leaves, links, Back, scroll up.

It keeps nothing of a file but the fact that one was open, in a cookie that ends with the browser.
"""

import streamlit as st

from pages.shared.basket import basket
from pages.shared.session import OWN_FILE, current

REMEMBER = f'document.cookie = "{OWN_FILE}=1; path=/; SameSite=Strict";'
FORGET = f'document.cookie = "{OWN_FILE}=; path=/; SameSite=Strict; max-age=0";'
ASK = "window.onbeforeunload = (event) => event.preventDefault();"
LET_GO = "window.onbeforeunload = null;"
# Streamlit writes a choice into the address in place of the one before: with an entry of its own in
# the history, Back undoes it. A choice is what follows a click or a key, however late the server
# answers, and not what follows Back.
BACK_UNDOES = """if (!window.phtReplace) {
  window.phtReplace = history.replaceState.bind(history);
  let acted = false;
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => acted = true, true);
  addEventListener("popstate", () => acted = false, true);
  history.replaceState = (state, title, to) => {
    const next = new URL(to ?? location, location);
    const chosen = next.pathname === location.pathname && next.search !== location.search;
    if (chosen && acted) history.pushState(state, title, to);
    else window.phtReplace(state, title, to);
  };
}"""
SCROLL_UP = "document.querySelector('[data-testid=stMain]').scrollTo(0, 0);"


def tell_browser() -> None:
    """Let it remember whether a file of the user is open, and ask before slides are lost."""
    session = current()
    is_open = session.upload.intake is not None
    session.was_open = session.was_open and not is_open
    remember = REMEMBER if is_open else "" if session.was_open else FORGET
    _run("state", f"{remember} {ASK if basket() else LET_GO} {BACK_UNDOES}")


def scroll_up() -> None:
    """Show the top of the page after each reading: what it gave stands there."""
    _run("scroll", f"/* reading {current().uploads} */ {SCROLL_UP}")


def follow_link(page: str) -> None:
    """Open a page as a click in the menu does.

    Streamlit's own ``st.switch_page`` refuses to leave while the address has any choice in it.
    """
    _run(
        "link",
        f"document.querySelector('[data-testid=stSidebarNav] a[href$=\"/{page}\"]').click();",
    )


def _run(name: str, statements: str) -> None:
    """Run statements of this module; none may hold a word of a file."""
    with st.container(key=f"script_{name}"):
        st.html(f"<script>{statements}</script>", unsafe_allow_javascript=True)
