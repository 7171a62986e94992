"""An exhibit on a page: its chart or table, its numbers, words and downloads, its place in slides.

Columns of numbers are named in words by columns.csv; CSV files keep their names.
"""

import csv
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.basket import show_add
from pages.shared.choices import remember_choice
from pages.shared.room import room
from pages.shared.saving import save_button
from pages.shared.session import current, plain, script_source, theme
from pages.shared.words import said
from pht_core.charts.frame import NARROW
from pht_core.exhibits.exhibit import Exhibit, RenderTarget
from pht_core.exhibits.view import View
from pht_core.exhibits.words import abbreviations
from pht_core.model.cohort import unrecorded_support
from pht_core.model.criteria import scheme
from pht_core.model.errors import PhtError
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import PER_KG
from pht_core.model.settings import describe_settings
from pht_core.model.words import listed
from pht_core.stats.summary import print_shares

# A selection in a chart, and the marks that may stand for a patient.
PICKED, MARKS = "picked", {"bar", "circle", "point", "rect"}
NUMBERS, WORDS = "Data table", "Caption and code"
# Columns that are needed to draw, and of no use to a reader.
UNSHOWN = {"order", "step", "period", "segment"}
ROUNDED = {"percent", "conf_low", "conf_high", "estimate", "std_error"}
MOST_ROWS, TALLEST = 20, 500
# Letters of a cell that is broken into lines, the width of its column, the height of its row.
LONG_TEXT, LONG_WIDTH, WRAPPED = 60, 290, 92


def show_words(shown: Exhibit[Any]) -> None:
    """Caption, results sentence and a script, each with a button to copy it."""
    from pht_core.exhibits.script import format_script

    texts = shown.texts()
    script = format_script(shown, **script_source())
    for title, text, language in (
        ("Caption", texts.caption, None),
        ("Results sentence", texts.result, None),
        ("Code: a script that reproduces this figure from this file", script, "python"),
    ):
        if text:
            st.caption(title)
            st.code(text, language=language, wrap_lines=True)


def show_figure(shown: Exhibit[Any], *, beside: bool = False, tools: bool = True) -> None:
    """Show a figure in the browser's theme, laid out for its width, with its tools.

    beside : it stands in one of two columns. tools : without them the page does not remember it.
    """
    if tools:
        remember_choice(shown)
    width = room()
    target = RenderTarget(theme(), width // 2 - 16 if beside and width >= NARROW else width)

    def make_spec() -> dict[str, Any]:
        """What Streamlit sends: the picture, its tables as Arrow streams."""
        picture = shown.picture(target)
        return _pick_patients(picture.to_dict(encode=_arrow_stream), picture.datasets)

    try:
        spec = shown.view.keep((shown.name, shown.chosen, target), make_spec)
    except PhtError as error:
        st.info(str(error))
        return
    # Streamlit takes the tables out of the dict that it is given.
    spec = spec | {"datasets": dict(spec["datasets"])}
    params = {one["name"]: one.get("value") for one in spec["params"]}
    picking: dict[str, Any] = {}
    if PICKED in params:
        key = f"{shown.name}_chart" if tools else f"{shown.name}_chart_beside"
        act = partial(_open_picked, key, params.get("names") or [])
        picking = {"key": key, "on_select": act, "selection_mode": PICKED}
    st.vega_lite_chart(spec=spec, theme=None, width="stretch", **picking)
    if tools:
        _show_tools(shown, NUMBERS, WORDS)


def say_why_not(shown: Exhibit[Any]) -> bool:
    """Say why there is nothing to show of an exhibit, and return whether that is so."""
    if why := shown.why_not():
        st.info(why)
    return bool(why)


def show_if_any(shown: Exhibit[Any]) -> None:
    """A figure or table, or why there is none."""
    if say_why_not(shown):
        return
    if shown.is_table:
        show_table(shown)
    else:
        show_figure(shown)


def _pick_patients(spec: dict[str, Any], tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Let a click on a mark that stands for one of several patients be told to the page.

    A mark's datum has the patient's id, or a row of the picture's ``names``. Vega takes one such
    selection for all layers of a view, whichever of them it stands in.
    """
    found: list[tuple[str, str]] = []
    named = any(one["name"] == "names" for one in spec["params"])
    for view in spec["vconcat"]:
        for part in view.get("layer", []):
            name = part.get("data", view.get("data", {})).get("name")
            table = tables.get(name)
            if table is None or len(table) < 2 or part["mark"]["type"] not in MARKS:
                continue
            fields = ["subject_id", "row"] if named else ["subject_id"]
            if field := next(filter(table.__contains__, fields), ""):
                found.append((part.setdefault("name", f"{PICKED}_{len(found)}"), field))
                break
    if found:
        select = {"type": "point", "fields": [found[0][1]], "toggle": False}
        one = {"name": PICKED, "select": select, "views": [name for name, _ in found]}
        spec["params"].append(one)
    return spec


def _open_picked(key: str, rows: list[str]) -> None:
    """Note the patient whose mark was clicked: the next run opens that patient's page."""
    found = st.session_state[key].selection[PICKED]
    one = found[0] if found else {}
    patient = one.get("subject_id") or (rows[int(one["row"])] if "row" in one else None)
    if patient:
        st.session_state["patient"], st.session_state["trajectories"] = patient, "one"
        current().picked = True


def show_table(shown: Exhibit[Any]) -> None:
    """Show a table as it is printed: what it says, its abbreviations, and its tools."""
    table = shown.table()
    if table is None:
        raise PhtError(f"{shown.title} is a figure: it has no table.")
    st.markdown(plain(shown.texts().headline + "."))
    height: Any = "content" if len(table) <= MOST_ROWS else TALLEST
    long = [name for name in table if table[name].map(str).str.len().max() > LONG_TEXT]
    columns: dict[Any, Any] = {name: st.column_config.Column(width=LONG_WIDTH) for name in long}
    rows: dict[str, Any] = {"row_height": WRAPPED, "column_config": columns} if long else {}
    st.dataframe(table, hide_index=True, height=height, **rows)
    if spelled_out := abbreviations(table.head(MOST_ROWS).to_string()):
        st.caption(spelled_out)
    show_table_tools(shown)


def show_table_tools(shown: Exhibit[Any]) -> None:
    """What stands under a table of a page: its words, its CSV, and its place in the slides."""
    remember_choice(shown)
    _show_tools(shown, WORDS)


@st.fragment
def _show_tools(shown: Exhibit[Any], *parts: str) -> None:
    """One row of tools; what is opened by the first stands below, as wide as the page.

    What is opened here does not run the page again.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        opened = st.pills("Show", parts, key=f"{shown.name}_shown", label_visibility="collapsed")
        show_downloads(shown)
        show_add(shown)
    if opened == NUMBERS:
        _show_numbers(shown.numbers)
    elif opened == WORDS:
        show_words(shown)


def _column_words() -> dict[str, tuple[str, str]]:
    """Title and help of each column by its name."""
    with Path(__file__).with_name("columns.csv").open(encoding="utf-8", newline="") as file:
        words = {row["name"]: (row["title"], row["help"]) for row in csv.DictReader(file)}
    for param, lineage in LINEAGES.items():
        name = f"baseline_{param.lower()}"
        words[name] = f"{param} grade at start", f"{param}: {lineage.name}"
    return words


def _show_numbers(numbers: pd.DataFrame) -> None:
    words, columns, shares = _column_words(), {}, "percent" in numbers
    for name in (str(column) for column in numbers if column not in UNSHOWN):
        title, help_text = words.get(name, (name, ""))
        if "dose_unit" in numbers:
            title = title.removesuffix(f", {PER_KG}")
        columns[name] = st.column_config.Column(title, help=help_text or None)
        if name in ROUNDED:
            digits: Any = "%g" if shares else "%.3f"
            columns[name] = st.column_config.NumberColumn(title, help=help_text, format=digits)
    # As they are printed, and numbers all the same, which can be sorted.
    rounded = ROUNDED.intersection(numbers) if shares else ()
    printed = print_shares(numbers)
    numbers = numbers.assign(
        **{name: pd.to_numeric(printed[name], errors="coerce") for name in rounded}
    )
    st.dataframe(numbers, hide_index=True, column_order=list(columns), column_config=columns)


def show_on_demand(shown: Exhibit[Any], *, printed: bool = False) -> None:
    """A table that is made only while its expander is open; as its numbers, or as printed."""
    place = st.expander(shown.title, key=shown.title, on_change="rerun")
    if place.open:
        with place:
            if printed:
                show_table(shown)
                return
            st.dataframe(shown.numbers, hide_index=True)
            show_table_tools(shown)


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
    settings, unchecked = view.settings, unrecorded_support(view.cohort)
    if unchecked and settings.use_support:
        st.caption(said("support_not_recorded", support=listed(unchecked, "or")))
    with st.expander("Methods and definitions"):
        grading = scheme(settings.scheme)
        graded = f"Grades by {grading.title}: {grading.source}."
        sentences = [*describe_settings(settings, names), graded]
        st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def show_downloads(shown: Exhibit[Any]) -> None:
    """One menu of files; each is made only when it is asked for."""
    name = shown.name
    menu = st.popover("Download", key=f"{name}_download", on_change="rerun")
    if not menu.open:
        return
    # Imported when first asked for: a page is drawn without any of it.
    from pages.shared.styles import choose_style
    from pht_core.export import MEDIA_TYPES, export_picture, file_name, font_notice, format_csv

    row = menu.container(horizontal=True)
    files: dict[str, Callable[[], bytes]] = {}
    if not shown.is_table:
        style = choose_style(menu, name)
        target = RenderTarget(style.theme, style.width)
        if notice := font_notice([shown.cohort.name, *shown.view.subject_ids]):
            menu.caption(plain(notice))

        def draw(kind: str) -> bytes:
            return export_picture(shown.picture(target), kind, style=style)

        files = {kind: partial(draw, kind) for kind in MEDIA_TYPES}
    files["csv"] = partial(format_csv, shown.numbers)
    for kind, make in files.items():
        saved = file_name(*name.split("-"), kind=kind)
        save_button(kind.upper(), make, saved, row, key=f"{name}_{kind}")
