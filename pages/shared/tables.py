"""Tables on pages, with their columns named in words."""

from typing import Any

import pandas as pd
import streamlit as st

from pht_core.model.schema import LINEAGE_NAMES

LINEAGES_HELP = ", ".join(f"{param}: {name}" for param, name in LINEAGE_NAMES.items())


def show_described(described: pd.DataFrame, n: int) -> None:
    """Who is in it; the column of missing values only where there are any."""
    columns = {
        "characteristic": "Characteristic",
        "value": f"n/N (%) or median (range), of {n}",
        "missing": "Not known",
    }
    shown = list(columns) if described["missing"].any() else list(columns)[:2]
    st.table(described[shown].rename(columns=columns), border="horizontal", hide_index=True)


def show_relapses(relapses: pd.DataFrame) -> None:
    """Relapses after stopping, a row each."""
    columns: dict[str, Any] = {
        "subject_id": "Patient",
        "course": "Course",
        "stop_day": "Stopped, day",
        "relapse_day": "Relapse, day",
        "relapse_params": st.column_config.Column("Lineages", help=LINEAGES_HELP),
        "relapse_grade": "Grade then",
        "worst_grade": st.column_config.Column("Worst", help="Worst grade before the next start"),
        "retreated": "Treated again",
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


# What the columns of a figure's numbers are called on the page; in the CSV they keep their names.
TITLES: dict[str, str] = {
    "subject_id": "Patient",
    "course": "Course",
    "period_label": "Period",
    "param": "Lineage or test",
    "term": "Cytopenia",
    "lineages": "Lineages low",
    "label": "In words",
    "grade": "Grade",
    "n": "Patients",
    "n_total": "Of",
    "missing": "Not known",
    "percent": "%",
    "conf_low": "95% interval from",
    "conf_high": "to",
    "note": "Note",
    "day": "Day",
    "value": "Value",
    "unit": "Unit",
    "lln": "Lower limit of normal",
    "supported": "Under support",
    "dose": "Prednisone, mg/kg/day",
    "prednisone_equivalent": "As prednisone, mg/kg/day",
    "start_day": "From day",
    "end_day": "To day",
    "stop_day": "Stopped, day",
    "baseline_hgb": "HGB grade at the start",
    "baseline_plt": "PLT grade at the start",
    "baseline_ne": "NE grade at the start",
    "response_day": "Response, day",
    "response_time": "Days to response",
    "response_params": "Lineages that responded",
    "responded": "Responded",
    "recovery": "Recovery",
    "recovery_day": "Recovery, day",
    "recovery_time": "Days to recovery",
    "observed_days": "Days observed",
    "complete_day": "All at grade 0, day",
    "confounded": "EPO or TPO-RA in the course",
    "time": "Time",
    "n_risk": "At risk",
    "n_event": "Events",
    "n_censor": "Censored",
    "estimate": "Estimate",
    "std_error": "Standard error",
    "strata": "Group",
    "cause": "What came first",
    "median": "Median",
    "q10": "10%",
    "q25": "25%",
    "q75": "75%",
    "q90": "90%",
}
# Needed to draw, and of no use to a reader.
UNSHOWN = {"order", "step", "period", "segment"}


def show_numbers_table(place: Any, numbers: pd.DataFrame) -> None:
    """A figure's numbers with their columns named in words."""
    names = [str(name) for name in numbers.columns if str(name) not in UNSHOWN]
    columns: dict[str, Any] = {name: TITLES.get(name, name) for name in names}
    for name in ("percent", "conf_low", "conf_high", "estimate", "std_error"):
        if name in columns:
            decimals = "%.1f" if "percent" in columns else "%.3f"
            columns[name] = st.column_config.NumberColumn(columns[name], format=decimals)
    place.dataframe(numbers, hide_index=True, column_order=names, column_config=columns)
