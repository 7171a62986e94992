"""The tables of a cohort and their columns, as data.

A cohort is seven tidy tables. Day 0 is the CAR-T infusion and days are whole numbers; times of
outcomes are months. The columns are rows of ``schema.csv``.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("schema.csv")

SUPPORT_KINDS = {
    "red_cells": "red cell transfusion",
    "platelets": "platelet transfusion",
    "gcsf": "G-CSF",
    "epo": "erythropoietin",
    "tpo_ra": "thrombopoietin receptor agonist",
}
# The same beside a plot, and beside a narrow one.
SUPPORT_LABELS = {
    "red_cells": ("red cells", "red cells"),
    "platelets": ("platelets", "platelets"),
    "gcsf": ("G-CSF", "G-CSF"),
    "epo": ("erythropoietin", "EPO"),
    "tpo_ra": ("TPO receptor agonist", "TPO-RA"),
}

EVENT_KINDS = {
    "hyperglycemia": "hyperglycemia",
    "hypertension": "hypertension",
    "infection": "infection",
    "osteoporosis": "osteoporosis",
    "gi_ulcer": "gastrointestinal ulcer",
    "car_t": "CAR-T cells in blood",
    "marrow": "bone marrow",
}
# Corticosteroids, and how many mg of prednisone 1 mg of each is worth: 5 mg of prednisone or
# prednisolone are 4 mg of methylprednisolone, 0.75 mg of dexamethasone and 20 mg of
# hydrocortisone (doi:10.1186/1710-1492-9-30, table of equivalents).
STEROIDS = {
    "prednisone": 1.0,
    "prednisolone": 1.0,
    "methylprednisolone": 1.25,
    "dexamethasone": 6.666667,
    "hydrocortisone": 0.25,
}
# Units of a day's dose. The second is that of patients without a known weight, in all their rows.
PER_KG, PER_DAY = "mg/kg/day", "mg/day"
# Laboratory values beside the counts: what they are called, and their unit.
LABS = {
    "CRP": ("C-reactive protein", "mg/L"),
    "FERRITIN": ("ferritin", "ng/mL"),
    "CART_LEVEL": ("CAR-T cells in blood", ""),
    "LDH": ("lactate dehydrogenase", "U/L"),
    "CREATININE": ("creatinine", "mg/dL"),
}
EVENT_RESULTS = {"car_t": ("detected", "not_detected"), "marrow": ("remission", "relapse")}


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` is text, number, whole or yes_no; ``required`` means never absent.

    ``adam`` : its name in CDISC ADaM, where it has one. ``extra`` : only of files that give it; no
    part of the template.
    """

    name: str
    kind: str
    title: str
    unit: str = ""
    required: bool = False
    adam: str = ""
    lowest: float | None = None
    highest: float | None = None
    extra: bool = False


def _read_tables() -> dict[str, tuple[Column, ...]]:
    """The columns of each table, a row each in ``schema.csv``, in its order."""
    tables: dict[str, tuple[Column, ...]] = {}
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            column = Column(
                row["name"],
                row["kind"],
                row["title"],
                row["unit"],
                row["required"] == "yes",
                row["adam"],
                lowest=float(row["lowest"]) if row["lowest"] else None,
                highest=float(row["highest"]) if row["highest"] else None,
                extra=row["required"] == "extra",
            )
            tables[row["table"]] = (*tables.get(row["table"], ()), column)
    return tables


# Further than a century from infusion a day is a date, or a mistake.
TABLES = _read_tables()

# What is known of a patient only some time after infusion.
AFTER_INFUSION = ("response", "crs_grade", "icans_grade", "blood_count_followup", "pht_d28")

# The sample's layout: one row per patient and day. Columns of a day (those of counts are
# ``Lineage.column`` and ``lln_column``), and where each goes to.
DAILY_DOSE = "prednisone_mg_kg"
DAILY_SUPPORT = {
    "red_cells": "red_cells",
    "platelets_transfused": "platelets",
    "gcsf": "gcsf",
    "epo": "epo",
    "tpo_ra": "tpo_ra",
}
DAILY_EVENTS = ("hyperglycemia", "hypertension", "infection", "osteoporosis", "gi_ulcer")
DAILY_FINDINGS = ("car_t", "marrow")


def column_names(table: str) -> list[str]:
    """Names of a table's columns, in order."""
    return [column.name for column in TABLES[table]]


def column(table: str, name: str) -> Column:
    """One column of a table, by its name.

    >>> column("counts", "value").adam
    'AVAL'
    """
    return next(entry for entry in TABLES[table] if entry.name == name)
