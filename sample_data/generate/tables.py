"""The simulated cohort as tidy tables, and as the wide table of a row per patient and day."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from sample_data.generate.cohort import SUBJECT_COLUMNS, Patient
from sample_data.generate.plan import DAYS_PER_MONTH
from sample_data.generate.schedule import BASELINE_DAY

Row = dict[str, str]
UNITS = {"HGB": "g/L", "PLT": "10^9/L", "NE": "10^9/L"}
COUNT_COLUMNS = {"HGB": "hgb_g_l", "PLT": "plt_10e9_l", "NE": "ne_10e9_l"}
SUPPORT_COLUMNS = {
    "red_cells": "red_cells",
    "platelets": "platelets_transfused",
    "gcsf": "gcsf",
    "epo": "epo",
    "tpo_ra": "tpo_ra",
}
FLAGGED_EVENTS = ("hyperglycemia", "hypertension", "infection", "osteoporosis", "gi_ulcer")
OUTCOME_COLUMNS = (
    "last_followup_months",
    "progression_months",
    "death_months",
    "next_therapy_months",
)
TIDY_COLUMNS = {
    "subjects": ("subject_id", *SUBJECT_COLUMNS),
    "counts": ("subject_id", "day", "param", "value", "unit", "lln"),
    "prednisone": ("subject_id", "drug", "start_day", "end_day", "dose"),
    "support": ("subject_id", "day", "kind"),
    "outcomes": ("subject_id", *OUTCOME_COLUMNS),
    "events": ("subject_id", "day", "event", "result"),
}
WIDE_COLUMNS = (
    "subject_id",
    *SUBJECT_COLUMNS,
    *OUTCOME_COLUMNS,
    "day",
    *COUNT_COLUMNS.values(),
    "prednisone_mg_kg",
    *SUPPORT_COLUMNS.values(),
    *FLAGGED_EVENTS,
    "car_t",
    "marrow",
)


def build_tidy(patients: Iterable[Patient]) -> dict[str, list[Row]]:
    """The six tidy tables of the cohort, every value as text."""
    tables: dict[str, list[Row]] = {name: [] for name in TIDY_COLUMNS}
    for patient in patients:
        key = {"subject_id": patient.plan.patient_id}
        tables["subjects"].append({**key, **patient.subject})
        tables["counts"] += [
            {
                **key,
                "day": str(draw.day),
                "param": draw.param,
                "value": f"{draw.value:g}",
                "unit": UNITS[draw.param],
                "lln": "",
            }
            for draw in patient.draws
        ]
        tables["prednisone"] += [
            {
                **key,
                "drug": "prednisone",
                "start_day": str(start),
                "end_day": str(end),
                "dose": f"{dose:g}",
            }
            for start, end, dose in _dose_runs(patient)
        ]
        tables["support"] += [
            {**key, "day": str(day), "kind": kind} for day, kind in _support_days(patient)
        ]
        tables["outcomes"].append({**key, **_outcome(patient)})
        tables["events"] += [{**key, **event} for event in _events(patient)]
    return tables


def build_wide(patients: Iterable[Patient]) -> list[Row]:
    """A row per patient and day on which anything is recorded, patient-level columns repeated."""
    rows = []
    for patient in patients:
        days: dict[int, Row] = {BASELINE_DAY: {}}
        for draw in patient.draws:
            days.setdefault(draw.day, {})[COUNT_COLUMNS[draw.param]] = f"{draw.value:g}"
        for start, end, dose in _dose_runs(patient):
            for day in range(start, end + 1):
                days.setdefault(day, {})["prednisone_mg_kg"] = f"{dose:g}"
        for day, kind in _support_days(patient):
            days.setdefault(day, {})[SUPPORT_COLUMNS[kind]] = "1"
        for event in _events(patient):
            row = days.setdefault(int(event["day"]), {})
            row[event["event"]] = event["result"].replace("_", " ") or "1"
        for column in (*SUPPORT_COLUMNS.values(), *FLAGGED_EVENTS):
            days[BASELINE_DAY].setdefault(column, "0")  # recorded, and none
        fixed = {
            "subject_id": patient.plan.patient_id,
            **patient.subject,
            **_outcome(patient),
        }
        rows += [{**fixed, "day": str(day), **days[day]} for day in sorted(days)]
    return rows


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV with a header row; a column that a row does not have stays empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _dose_runs(patient: Patient) -> list[tuple[int, int, float]]:
    runs = []
    for course in patient.plan.courses:
        ends = [day - 1 for day, _ in course.doses[1:]] + [course.stop - 1]
        runs += [(start, end, dose) for (start, dose), end in zip(course.doses, ends, strict=True)]
    return runs


def _support_days(patient: Patient) -> list[tuple[int, str]]:
    support = patient.plan.support
    return sorted((day, kind) for kind in SUPPORT_COLUMNS for day in support.days(kind))


def _outcome(patient: Patient) -> Row:
    outcome = patient.plan.outcome
    months = (outcome.last_followup, outcome.progression, outcome.death, outcome.next_therapy)
    return {
        column: "" if value is None else f"{value:.2f}"
        for column, value in zip(OUTCOME_COLUMNS, months, strict=True)
    }


def _events(patient: Patient) -> list[Row]:
    plan = patient.plan
    found = [(day, event, "") for event, days in plan.events.items() for day in days]
    found += [(day, "car_t", "detected") for day in plan.cart_detected]
    found += [(day, "car_t", "not_detected") for day in plan.cart_not_detected]
    found += [(day, "marrow", "remission") for day in plan.marrow_remission]
    if plan.outcome.progression is not None:
        day = round(plan.outcome.progression * DAYS_PER_MONTH)
        found.append((day, "marrow", "relapse"))
    return [
        {"day": str(day), "event": event, "result": result} for day, event, result in sorted(found)
    ]
