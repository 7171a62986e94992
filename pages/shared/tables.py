"""Tables on pages, with their columns named in words (columns.csv); CSV files keep their names."""

import csv
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pht_core.model.lineage import LINEAGES

# Needed to draw, and of no use to a reader.
UNSHOWN = {"order", "step", "period", "segment"}
MOST_ROWS, TALLEST = 20, 500


@cache
def column_words() -> dict[str, tuple[str, str]]:
    """Title and help of each column by its name."""
    with Path(__file__).with_name("columns.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: (row["title"], row["help"]) for row in csv.DictReader(file)}


def _words(name: str) -> tuple[str, str]:
    for one in LINEAGES.values():
        if name == f"baseline_{one.param.lower()}":
            return f"{one.param} grade at start", f"{one.param}: {one.name}"
    if name == "relapse_params":
        return "Lineages", "; ".join(f"{one.param}: {one.name}" for one in LINEAGES.values())
    return column_words().get(name, (name, ""))


def show_table(numbers: pd.DataFrame, *names: str) -> None:
    """A table of numbers: the named columns, by default all that are of use to a reader."""
    shown = list(names) or [str(name) for name in numbers if name not in UNSHOWN]
    decimals = "%.1f" if "percent" in shown else "%.3f"
    number = partial(st.column_config.NumberColumn, format=decimals)
    columns: dict[str, Any] = {}
    for name in shown:
        title, help_text = _words(name)
        rounded = name in {"percent", "conf_low", "conf_high", "estimate", "std_error"}
        kind = number if rounded else st.column_config.Column
        columns[name] = kind(title, help=help_text or None)
    st.dataframe(
        numbers,
        hide_index=True,
        height="content" if len(numbers) <= MOST_ROWS else TALLEST,
        column_order=shown,
        column_config=columns,
    )


def show_described(described: pd.DataFrame, n: int) -> None:
    """Characteristics of the cohort; the column of missing values only where there are any."""
    columns = {
        "characteristic": "Characteristic",
        "value": f"n/N (%) or median (range), N = {n}",
        "missing": "Unknown",
    }
    shown = list(columns) if described["missing"].any() else list(columns)[:2]
    st.table(described[shown].rename(columns=columns), border="horizontal", hide_index=True)
