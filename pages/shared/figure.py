"""A figure on a page: the chart, its numbers as a table, and its downloads."""

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.session import Theme, View
from pages.shared.tables import show_numbers_table
from pht_core.charts.picture import Picture
from pht_core.cohort import unrecorded_support
from pht_core.criteria import scheme
from pht_core.errors import PhtError
from pht_core.settings import describe_settings

Compute = Callable[[], pd.DataFrame]
Draw = Callable[[pd.DataFrame, Theme], Picture]
PICTURES = {"png": "PNG, 300 dpi", "svg": "SVG", "pdf": "PDF"}


def show_figure(
    view: View, name: str, compute: Compute, draw: Draw, options: tuple[Hashable, ...] = ()
) -> pd.DataFrame:
    """Show a figure in the browser's theme, with its table twin and a download menu.

    Parameters
    ----------
    name : the figure's name in file names and keys, such as ``figure1-incidence``.
    compute : makes the numbers behind the figure, as shown and as saved.
    draw : makes the picture of them in a theme; downloads are always light.
    options : every choice on the page that the numbers or the picture depend on. Both are made
        once for each view and choice of options.

    Returns
    -------
    pandas.DataFrame
        The numbers.
    """
    numbers = view.keep((name, options), compute)
    try:
        spec = view.keep((name, options, "spec"), lambda: _spec(draw(numbers, view.theme)))
    except PhtError as error:
        st.info(str(error))
        return numbers
    # Streamlit takes the tables out of the dict that it is given.
    spec = spec | {"datasets": dict(spec["datasets"])}
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")
    with st.container(horizontal=True, vertical_alignment="top"):
        show_numbers(name, numbers)
        show_downloads(name, partial(draw, numbers, "light"), numbers)
    return numbers


def _spec(picture: Picture) -> dict[str, Any]:
    """The picture's specification, its tables as Arrow streams: what Streamlit sends."""
    return picture.to_dict(encode=_arrow_stream)


def _arrow_stream(table: pd.DataFrame) -> bytes:
    import pyarrow as pa

    # Column by column: a whole frame takes twice as long, most of it for metadata of pandas.
    columns = {str(name): pa.array(table[name], from_pandas=True) for name in table.columns}
    content = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, content.schema) as stream:
        stream.write_table(content)
    result: bytes = sink.getvalue().to_pybytes()
    return result


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
        show_numbers_table(twin, numbers)


def show_downloads(name: str, draw: Callable[[], Picture], numbers: pd.DataFrame) -> None:
    """One menu of files; each is made only when it is asked for."""
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


def _picture(draw: Callable[[], Picture], kind: str) -> bytes:
    from pht_core.export import export_picture

    return export_picture(draw(), kind)
