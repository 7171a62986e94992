"""A choice of one of a few, with its place in the address."""

import streamlit as st


def choose(
    label: str, options: dict[str, str], key: str, *, help: str | None = None, shown: bool = True
) -> str:
    """Ask for one of the options (name: words), the first by default; returns its name.

    ``key`` is the choice's name in the address. ``shown`` is false where the words say it all.
    """
    name: str = st.segmented_control(
        label,
        list(options),
        default=next(iter(options)),
        required=True,
        format_func=options.__getitem__,
        key=key,
        bind="query-params",
        help=help,
        label_visibility="visible" if shown else "collapsed",
    )
    return name
