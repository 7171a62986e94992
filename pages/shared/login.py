"""A login before anything is shown, where the server is set up for one (docs/deployment.md)."""

import streamlit as st


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
