"""The server: what it does once before its first session, its login, and its log of faults.

See docs/decisions/one-file-two-roles.md.
"""

import asyncio
import ctypes
import gc
import logging
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

import pyarrow as pa
import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, net_util, runtime
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pht_core.model.errors import fault_place

M_MMAP_THRESHOLD = -3  # its number in malloc.h
_RUN_SECONDS = 3.0
_SWEEP_SECONDS = 20.0
# Vega evaluates no code here (`ast` expressions); styles are written inline by Streamlit.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' blob: 'unsafe-inline' "
    "'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src "
    "'self' data:; connect-src 'self' ws: wss: data: blob:; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


@asynccontextmanager
async def started(app: st.App) -> AsyncIterator[None]:
    """Set the server up, and open a browser where there is a display."""
    # A folder named pages makes Streamlit look for the old kind of pages until st.navigation has
    # run once: the first visitor of a page's own address would be told that it does not exist.
    PagesManager.uses_pages_directory = False
    # A session asked for by another site's page would otherwise make the server ask an outside
    # service for its own address before it refuses.
    net_util._external_ip = config.get_option("server.address")
    keep_uploads_in_memory()
    give_memory_back()
    # Two seconds of work for the page of survival, which says so where it fails.
    threading.Thread(target=import_module, args=["lifelines"], daemon=True).start()
    # What was imported for good stays out of every later garbage collection.
    gc.collect()
    gc.freeze()
    if not config.get_option("server.headless"):
        threading.Timer(1.0, _open_browser).start()
    sweeping = asyncio.create_task(_sweep_sessions())
    yield
    sweeping.cancel()


def keep_uploads_in_memory() -> None:
    """Let no upload pass through a temporary file, as those above a megabyte otherwise do."""
    MultiPartParser.spool_max_size = config.get_option("server.maxUploadSize") << 20


def give_memory_back() -> None:
    """Let large arrays go back to the system when they are done with (on Linux's C library).

    By default it keeps ever larger ones for itself: after a registry's file the server would stay
    several times the file's size larger than it needs to be. Arrow's own pool keeps even more, and
    what was in it.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError):  # another system: its own rules
        ctypes.CDLL("libc.so.6").mallopt(M_MMAP_THRESHOLD, 1 << 19)


def drop_uploads(*files: UploadedFile) -> None:
    """Let the server forget uploaded bytes, which it would keep until their session ends."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and runtime.exists():
        for file in files:
            manager: Any = runtime.get_instance().uploaded_file_mgr
            manager.remove_file(context.session_id, file.file_id)


def release_memory() -> None:
    """Collect what refers to itself, and give back what is free, now and after this run's end.

    No collection follows a run here (`[runner] postScriptGC`), and what is free could be read in
    memory. Widgets and messages of the run before go with the end of this one.
    """
    _release()
    later = threading.Timer(_RUN_SECONDS, _release)
    later.daemon = True
    later.start()


def _release() -> None:
    gc.collect()
    with suppress(OSError, AttributeError):  # another system: its own rules
        ctypes.CDLL("libc.so.6").malloc_trim(0)


async def _sweep_sessions() -> None:
    """Drop the sessions of closed tabs when their time is over.

    Streamlit looks after them only when another visitor leaves.
    """
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        sessions = runtime.get_instance()._session_mgr
        stored = getattr(getattr(sessions, "_session_storage", None), "_cache", None)
        if stored is not None and stored.expire():
            _release()


class SafeHeaders:
    """Headers that keep a browser from framing a page, guessing a kind, or storing data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add them to every answer."""
        private = scope["type"] == "http" and any(
            part in scope["path"] for part in ("/media/", "/_stcore/upload_file/")
        )

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if private:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, send_with)


def _open_browser() -> None:
    host = config.get_option("browser.serverAddress") or "127.0.0.1"
    webbrowser.open(f"http://{host}:{config.get_option('server.port')}")


def show_login() -> bool:
    """True once the visitor may go on: logged in, or on a server that asks for no login.

    A server asks if its secrets.toml has an ``[auth]`` section; only then does ``st.user`` know
    whether somebody is logged in.
    """
    if "is_logged_in" not in st.user:
        return True
    if st.user["is_logged_in"]:
        with st.sidebar:
            st.button("Log out", on_click=st.logout)
        return True
    st.title("PHT Explorer")
    st.button("Log in", on_click=st.login, type="primary")
    return False


def log_fault(what: str, error: Exception) -> str:
    """Log a fault's kind and place, and return them for the user; no cell, no word of the file."""
    fault = fault_place(error)
    logging.getLogger("pht_explorer").error("%s could not be read: %s", what, fault)
    return fault
