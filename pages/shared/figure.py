"""A figure on a page: the chart, its numbers as a table, and its downloads."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from pages.shared.session import Theme, View
from pht_core.charts.picture import Picture, chart_spec
from pht_core.cohort import unrecorded_support
from pht_core.criteria import scheme
from pht_core.errors import PhtError
from pht_core.settings import describe_settings

Draw = Callable[[Theme], Picture]
PICTURES = {"png": "PNG, 300 dpi", "svg": "SVG", "pdf": "PDF"}


def show_figure(name: str, draw: Draw, numbers: pd.DataFrame, view: View) -> None:
    """Show a figure in the browser's theme, with its table twin and a download menu.

    Parameters
    ----------
    name : the figure's name in file names and keys, such as ``figure1-incidence``.
    draw : makes the picture in a theme; downloads are always light.
    numbers : the numbers behind the figure, as shown and as saved.
    """
    try:
        picture = draw(view.theme)
    except PhtError as error:
        st.info(str(error))
        return
    # The specification carries the alternative text.
    st.vega_lite_chart(spec=chart_spec(picture), theme=None, width="stretch")
    with st.container(horizontal=True, vertical_alignment="top"):
        show_numbers(name, numbers)
        show_downloads(name, draw, numbers)


def show_method(view: View, *names: str) -> None:
    """The definitions behind a page's figures, with the values in use."""
    unchecked = unrecorded_support(view.assessment.cohort)
    if unchecked and view.assessment.settings.use_support:
        st.caption(
            f"This file records no {', '.join(unchecked)}: whether counts were free of that "
            "support was not checked."
        )
    with st.expander("How this is counted"):
        settings = view.assessment.settings
        sentences = describe_settings(settings, names)
        sentences.append(
            f"Grades by {scheme(settings.scheme).title}: {scheme(settings.scheme).source}."
        )
        st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def show_numbers(name: str, numbers: pd.DataFrame) -> None:
    """The figure's table twin; drawn only while it is open."""
    twin = st.expander("Show the numbers", key=f"{name}_numbers", on_change="rerun")
    if twin.open:
        twin.dataframe(numbers, hide_index=True)


def show_downloads(name: str, draw: Draw, numbers: pd.DataFrame) -> None:
    """One menu of files; each is made only when it is asked for, pictures always light."""
    menu = st.popover("Download", key=f"{name}_download", on_change="rerun")
    if not menu.open:
        return
    # Imported when first asked for: a page is drawn without any of it.
    from pht_core.export import MEDIA_TYPES, file_name, format_csv

    words = name.split("-")
    for kind, media_type in MEDIA_TYPES.items():
        menu.download_button(
            PICTURES[kind],
            partial(_picture, draw, kind),
            file_name=file_name(*words, kind=kind),
            mime=media_type,
            key=f"{name}_{kind}",
            on_click="ignore",
            width="stretch",
        )
    menu.download_button(
        "CSV of the numbers",
        partial(format_csv, numbers),
        file_name=file_name(*words, kind="csv"),
        mime="text/csv",
        key=f"{name}_csv",
        on_click="ignore",
        width="stretch",
    )


def _picture(draw: Draw, kind: str) -> bytes:
    from pht_core.export import export_picture

    return export_picture(draw("light"), kind)
