"""The server: what it does once before its first session, its login, and its log of faults.

See docs/decisions/one-file-two-roles.md.
"""

import ctypes
import gc
import importlib
import logging
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit import config, net_util
from streamlit.runtime.pages_manager import PagesManager

from pht_core.model.errors import fault_place

M_MMAP_THRESHOLD = -3  # its number in malloc.h


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
    threading.Thread(target=import_lifelines, daemon=True).start()
    # What was imported for good stays out of every later garbage collection.
    gc.collect()
    gc.freeze()
    if not config.get_option("server.headless"):
        threading.Timer(1.0, _open_browser).start()
    yield


def import_lifelines() -> None:
    """Import what the page of survival needs beside the first page's: two seconds of work.

    Where it fails, the page that asks for it says so.
    """
    try:
        importlib.import_module("lifelines")
    except Exception:
        logging.getLogger(__name__).exception("lifelines could not be imported")


def keep_uploads_in_memory() -> None:
    """Let no upload pass through a temporary file, as those above a megabyte otherwise do."""
    MultiPartParser.spool_max_size = config.get_option("server.maxUploadSize") << 20


def give_memory_back() -> None:
    """Let large arrays go back to the system when they are done with (on Linux's C library).

    By default it keeps ever larger ones for itself: after a registry's file the server would stay
    several times the file's size larger than it needs to be.
    """
    try:
        set_option = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return  # another system: its own rules
    set_option(M_MMAP_THRESHOLD, 1 << 19)


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
