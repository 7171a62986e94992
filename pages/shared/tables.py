"""Tables on pages, with their columns named in words."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pht_core.schema import LINEAGE_NAMES

LINEAGES_HELP = ", ".join(f"{param}: {name}" for param, name in LINEAGE_NAMES.items())


def show_described(described: pd.DataFrame, n: int) -> None:
    """Who is in it; the column of missing values only where there are any."""
    st.dataframe(
        described,
        hide_index=True,
        height="content",
        column_order=["characteristic", "value"] + ["missing"] * bool(described["missing"].any()),
        column_config={
            "characteristic": "Characteristic",
            "value": f"n/N (%) or median (range), of {n}",
            "missing": st.column_config.NumberColumn("Not known", width="small"),
        },
    )


def show_relapses(relapses: pd.DataFrame) -> None:
    """Relapses after stopping, a row each."""
    columns: dict[str, Any] = {
        "subject_id": "Patient",
        "course": "Course",
        "stop_day": "Stopped, day",
        "relapse_day": "Relapse, day",
        "relapse_params": st.column_config.Column("Lineages", help=LINEAGES_HELP),
        "relapse_grade": "Grade then",
        "retreated": "Prednisone again",
        "responded_again": "Responded again",
    }
    st.dataframe(
        relapses,
        hide_index=True,
        height="content" if len(relapses) <= 20 else 500,
        column_order=list(columns),
        column_config=columns,
    )


def show_safety(safety: pd.DataFrame) -> None:
    """Events on prednisone with their exact intervals."""
    columns: dict[str, Any] = {
        "title": "Event on a day of a course",
        "n": "Patients",
        "n_total": "Of",
        "percent": st.column_config.NumberColumn("%", format="%.1f"),
        "conf_low": st.column_config.NumberColumn("95% CI from", format="%.1f"),
        "conf_high": st.column_config.NumberColumn("to", format="%.1f"),
    }
    st.dataframe(
        safety,
        hide_index=True,
        height="content",
        column_order=list(columns),
        column_config=columns,
    )


def show_on_demand(title: str, compute: Callable[[], pd.DataFrame]) -> None:
    """A table that is made only while its expander is open."""
    place = st.expander(title, key=title, on_change="rerun")
    if place.open:
        place.dataframe(compute(), hide_index=True)
