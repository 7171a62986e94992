"""The upload page's column mapping: shown, corrected and saved, with a preview of the tables."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.choices import select
from pages.shared.saving import save_button
from pages.shared.session import plain, upload_key
from pages.shared.upload.reading import correct_mapping
from pages.shared.words import said, worded
from pht_core.intake.mapping import ROWS, FileMap
from pht_core.intake.mapping_file import (
    apply_corrections,
    field_titles,
    format_mapping,
    mapping_table,
    offered_choices,
)
from pht_core.intake.questions import DATE_ORDERS, DECIMALS, FIRST_DAYS
from pht_core.intake.reading import Intake
from pht_core.intake.words.fields import daily_fields, read_fields
from pht_core.model.cohort import Cohort
from pht_core.model.errors import PhtError
from pht_core.model.findings import NOTE
from pht_core.model.schema import TABLES

UNUSED = "not used"
FIXED = ["table", "column", "example", "confidence", "reason"]
FIRST_ROWS = 10
TALLEST = 560
AS_DETECTED = "as detected"


def show_mapping(intake: Intake) -> None:
    """Every column with its meaning; corrections read the same tables again."""
    st.subheader("Column mapping")
    columns = [column for table in intake.mapping.tables for column in table.columns]
    n_used = sum(bool(column.field) for column in columns)
    dropped = [column for column in columns if column.private and not column.keep]
    words = f"{n_used} of {len(columns)} columns are used."
    if dropped:
        names = ", ".join(f"{column.column} ({column.private})" for column in dropped)
        words += f" Dropped as possibly identifying: {names}. Tick Keep to use one anyway."
    st.markdown(plain(words))
    shown = editable_mapping(intake)
    with st.form(upload_key("mapping"), border=False):
        rows = _ask_rows(intake.mapping)
        edited = st.data_editor(
            shown,
            hide_index=True,
            height="content" if len(shown) <= 14 else TALLEST,
            column_config=_columns(),
            disabled=FIXED,
            key=upload_key("columns"),
            placeholder="",
            alt="Each column of the files and its meaning",
        )
        choices = _ask_choices(intake.mapping)
        apply = st.form_submit_button("Apply corrections", type="primary")
    saved = partial(format_mapping, intake.mapping)
    save_button(data=saved, name="pht-mapping.json", **worded("save_mapping"))
    if apply:
        _apply(intake, edited, rows, **choices)


def _apply(intake: Intake, edited: pd.DataFrame, rows: dict[str, str], **choices: Any) -> None:
    """Read the files again as corrected; a correction that cannot be is told."""
    try:
        corrected = corrected_mapping(intake, edited, rows, **choices)
    except PhtError as error:
        st.error(plain(str(error)))
        return
    with st.spinner("Reading again …"):
        correct_mapping(corrected)
    st.rerun()


@st.dialog("Change the mapping")
def correct_column(intake: Intake, places: list[tuple[str, str]]) -> None:
    """Ask what a column is, one of those that a finding is about."""
    names, place = short_names(intake.mapping), places[0]
    if len(places) > 1:
        words = {one: f"{one[1]} ({names[one[0]]})" for one in places}
        place = st.selectbox("Column", places, format_func=words.__getitem__)
    table = mapping_table(intake.mapping, intake.tables)
    row = table[(table["table"] == place[0]) & (table["column"] == place[1])].copy()
    shown = row.iloc[0]
    example = f" (for example {shown['example']})" if shown["example"] else ""
    st.markdown(plain(f"{place[1]}{example}: {shown['reason']}"))
    titles = field_titles()
    now = list(titles.values()).index(shown["field"])
    key = f"correct_{places.index(place)}"
    field = select("Meaning", titles, f"{key}_field", bind=None, index=now)
    if units := offered_choices(field):
        units = ["", *units]
        at = units.index(shown["unit"]) if shown["unit"] in units else 0
        row["unit"] = st.selectbox("Unit", units, index=at, key=f"{key}_unit")
    if field in daily_fields():
        day = None if pd.isna(shown["day"]) else int(shown["day"])
        label = "Day after infusion, if the column has values of one day"
        row["day"] = st.number_input(label, value=day, step=1, key=f"{key}_day")
    if shown["private"]:
        row["keep"] = st.checkbox("Keep", value=bool(shown["keep"]), key=f"{key}_keep")
    row["field"] = titles[field]
    if st.button("Apply", type="primary", key="correct_apply"):
        _apply(intake, row, {})


def editable_mapping(intake: Intake) -> pd.DataFrame:
    """The mapping table as it is edited, without the columns that this file has no use for.

    What findings that block or change results are about comes first, then, of each table, what is
    used; the index is the row's in the whole table.
    """
    table = mapping_table(intake.mapping, intake.tables)
    grave = intake.findings[intake.findings["severity"] != NOTE]
    noticed = set(zip(grave["table"], grave["column"], strict=True))
    order = pd.DataFrame(
        {
            "fine": [at not in noticed for at in zip(table["table"], table["column"], strict=True)],
            "table": [n for n, one in enumerate(intake.mapping.tables) for _ in one.columns],
            "unused": [not own.field for one in intake.mapping.tables for own in one.columns],
        },
        index=table.index,
    )
    table = table.loc[order.sort_values(["fine", "table", "unused"], kind="stable").index]
    table["table"] = table["table"].map(short_names(intake.mapping))
    of_one_day = not table["day"].isna().all()
    needed = {
        "private": False,
        "table": len(intake.mapping.tables) > 1,
        "keep": bool((table["private"] != "").any()),
        "day": of_one_day or any(one.rows == "patients" for one in intake.mapping.tables),
    }
    shown = [str(name) for name in table if needed.get(str(name), True)]
    if "keep" in shown:  # before the longer columns, which a narrow screen cuts off
        shown.remove("keep")
        shown.insert(shown.index("confidence"), "keep")
    return table[shown]


def corrected_mapping(
    intake: Intake, edited: pd.DataFrame, rows: dict[str, str], **choices: Any
) -> FileMap:
    """The mapping with the edited table, what rows stand for, and the choices for the whole.

    Raises a PhtError for a unit that does not fit its field, and for two columns for one field.
    """
    whole = mapping_table(intake.mapping, intake.tables).loc[edited.index]
    changeable = [str(name) for name in edited if name not in FIXED]
    whole[changeable] = edited[changeable]
    corrected = apply_corrections(intake.mapping, whole, intake.tables)
    before = {table.table: table.rows for table in intake.mapping.tables}
    # Where the user left it alone, what a row stands for follows from the corrected columns.
    chosen = {name: kind for name, kind in rows.items() if kind != before[name]}
    tables = tuple(
        replace(table, rows=chosen.get(table.table, table.rows)) for table in corrected.tables
    )
    return replace(corrected, tables=tables, **choices)


def short_names(mapping: FileMap) -> dict[str, str]:
    """The tables' names as short as they are still apart: a sheet's or a ZIP member's own."""
    whole = [table.table for table in mapping.tables]
    short = [name.rsplit(", ", 1)[-1].removeprefix("sheet ") for name in whole]
    return dict(zip(whole, short if len(set(short)) == len(whole) else whole, strict=True))


def _ask_rows(mapping: FileMap) -> dict[str, str]:
    """What a row stands for, table by table."""
    names, words = short_names(mapping), {"": UNUSED} | ROWS
    places = st.columns(min(3, len(mapping.tables)))
    answers = {}
    for number, table in enumerate(mapping.tables):
        label = f"One row of {plain(names[table.table])} is"
        with places[number % len(places)]:
            answers[table.table] = _ask(label, words, table.rows, f"rows_{number}")
    return answers


def _ask_choices(mapping: FileMap) -> dict[str, Any]:
    """What holds for all tables: order of dates, the infusion's day, the comma in numbers."""
    dates, day, comma = st.columns(3)
    detected = {"": AS_DETECTED}
    first_days = detected | dict(FIRST_DAYS)
    first_day = "" if mapping.first_day is None else str(mapping.first_day)
    orders, decimals = detected | dict(DATE_ORDERS), detected | dict(DECIMALS)
    with dates:
        order = _ask("Dates such as 03/04/2022 are", orders, mapping.date_order, "date_order")
    with day:
        first_day = _ask("Day of infusion", first_days, first_day, "first_day")
    with comma:
        decimal = _ask("Numbers such as 1,234 are", decimals, mapping.decimal, "decimal")
    day_1 = int(first_day) if first_day else None
    return {"date_order": order, "first_day": day_1, "decimal": decimal}


def _ask(label: str, words: Mapping[str, str], now: str, key: str) -> str:
    return select(label, words, upload_key(key), bind=None, index=list(words).index(now))


def _columns() -> dict[str, Any]:
    """How the columns of the mapping table are called, and what may be chosen in them."""
    column, meanings = st.column_config, list(field_titles().values())
    one_day = "For a column with the values of a single day."
    # Every unit that some field can have; which of them fits is checked on applying.
    units = [unit for field in read_fields() for unit in offered_choices(field)]
    units = list(dict.fromkeys(["", *units]))
    return {
        "table": column.TextColumn("Table", width=90),
        "column": column.TextColumn("Column", width=135),
        "example": column.TextColumn("Example", width=85),
        "field": column.SelectboxColumn("Meaning", options=meanings, width=175, required=True),
        "unit": column.SelectboxColumn("Unit", options=units, width=80),
        "day": column.NumberColumn("Day", format="%d", width=55, help=one_day),
        "confidence": column.TextColumn("Confidence", width=110),
        "reason": column.TextColumn("Reason", width=300),
        "keep": column.CheckboxColumn("Keep", width=60, help=said("keep_private")),
    }


def show_preview(cohort: Cohort) -> None:
    """The first rows of each table, as everything else in the program sees them."""
    with st.expander("First rows after mapping", key="preview", on_change="rerun") as place:
        if not place.open:
            return
        tables = [name for name in TABLES if len(getattr(cohort, name))]
        for name, tab in zip(tables, st.tabs(tables), strict=True):
            table = getattr(cohort, name)
            filled = [column for column in table if table[column].notna().any()]
            tab.dataframe(table[filled].head(FIRST_ROWS), hide_index=True)
            tab.caption(f"{min(FIRST_ROWS, len(table))} of {len(table):,} rows")
