"""All seventeen patients: Table 3's columns as printed, the courses simulated."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from sample_data.generate import patients_1_to_6, patients_7_to_12, patients_13_to_17
from sample_data.generate.plan import Plan
from sample_data.generate.simulate import Draw, simulate_counts

SAMPLE_DATA = Path(__file__).resolve().parents[1]
PLANS = (*patients_1_to_6.PLANS, *patients_7_to_12.PLANS, *patients_13_to_17.PLANS)
CNS_PATIENTS = {"P1", "P6", "P9", "P12", "P17"}  # Table 3 names no site: five of its eight, chosen
# In this order in the wide file; "patient_id" and the baseline counts of Table 3 go elsewhere.
SUBJECT_COLUMNS = (
    "age_years",
    "sex",
    "malignancy",
    "cytogenetics",
    "extramedullary",
    "cns",
    "lines_of_therapy",
    "prior_hsct",
    "cart_dose",
    "response",
    "crs_grade",
    "icans_grade",
)


@dataclass(frozen=True)
class Patient:
    """One patient: Table 3's row, the story, the counts."""

    printed: dict[str, str]
    plan: Plan
    draws: list[Draw]

    @property
    def subject(self) -> dict[str, str]:
        """The subject's columns, as printed but for the chosen CNS involvement."""
        cns = "Yes" if self.plan.patient_id in CNS_PATIENTS else "No"
        row = {**self.printed, "cns": cns}
        return {column: row[column] for column in SUBJECT_COLUMNS}


def read_table3() -> list[dict[str, str]]:
    """Table 3 of the paper, a row a patient, every value as printed."""
    with (SAMPLE_DATA / "table3.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def build_patients() -> list[Patient]:
    """Simulate every patient; raises ValueError where a plan cannot be kept."""
    plans = {plan.patient_id: plan for plan in PLANS}
    patients = []
    for printed in read_table3():
        plan = plans[printed["patient_id"]]
        baseline = {p: float(printed[f"baseline_{p.lower()}"]) for p in ("HGB", "PLT", "NE")}
        age = float(printed["age_years"])
        draws = simulate_counts(plan, baseline, printed["sex"], age)
        patients.append(Patient(printed, plan, draws))
    return patients
