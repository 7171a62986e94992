"""The tables of a cohort and their columns, as data.

A cohort is seven tidy tables. Day 0 is the CAR-T infusion and days are whole numbers; times of
outcomes are months. ``adam`` is the column's name in CDISC ADaM where it has one.
"""

import difflib
import re
from dataclasses import dataclass

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
# Laboratory values beside the counts: what they are called, and their unit.
LABS = {
    "CRP": ("C-reactive protein", "mg/L"),
    "FERRITIN": ("ferritin", "ng/mL"),
    "CART_LEVEL": ("CAR-T cells in blood", ""),
}
EVENT_RESULTS = {"car_t": ("detected", "not_detected"), "marrow": ("remission", "relapse")}


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` is text, number, whole or yes_no; ``required`` means never absent."""

    name: str
    kind: str
    title: str
    unit: str = ""
    required: bool = False
    adam: str = ""
    lowest: float | None = None
    highest: float | None = None


def _day(name: str, title: str, adam: str, *, required: bool = True) -> Column:
    """A column of days; further than a century from infusion a day is a date, or a mistake."""
    return Column(name, "whole", title, "days", required, adam, lowest=-36_525, highest=36_525)


TABLES: dict[str, tuple[Column, ...]] = {
    "subjects": (
        Column("subject_id", "text", "patient", required=True, adam="USUBJID"),
        Column("age_years", "number", "age", "years", adam="AGE", lowest=0, highest=120),
        Column("sex", "text", "sex", adam="SEX"),
        Column("weight_kg", "number", "weight", "kg", adam="WEIGHTBL", lowest=1, highest=400),
        Column("malignancy", "text", "malignancy"),
        Column("cytogenetics", "text", "cytogenetics at diagnosis"),
        Column("extramedullary", "yes_no", "extramedullary disease"),
        Column("cns", "yes_no", "central nervous system infiltration"),
        Column("other_extramedullary", "yes_no", "other extramedullary infiltration"),
        Column("lines_of_therapy", "whole", "lines of therapy", lowest=0, highest=50),
        Column("prior_hsct", "yes_no", "prior HSCT"),
        Column("cart_dose", "number", "CAR-T cells infused", "10^6/kg", lowest=0),
        Column("response", "text", "response to CAR-T"),
        Column("crs_grade", "whole", "CRS grade", lowest=0, highest=5),
        Column("icans_grade", "whole", "ICANS grade", lowest=0, highest=5),
        Column("blood_count_followup", "yes_no", "blood counts followed"),
        Column("pht_d28", "yes_no", "PHT at day 28, as recorded"),
    ),
    "counts": (
        Column("subject_id", "text", "patient", required=True, adam="USUBJID"),
        _day("day", "day after infusion", "ADY"),
        Column("param", "text", "lineage", required=True, adam="PARAMCD"),
        Column("value", "number", "value", required=True, adam="AVAL"),
        Column("unit", "text", "unit", required=True, adam="AVALU"),
        Column("lln", "number", "lower limit of normal", adam="ANRLO"),
    ),
    "prednisone": (
        Column("subject_id", "text", "patient", required=True, adam="USUBJID"),
        Column("drug", "text", "drug", adam="CMTRT"),
        _day("start_day", "first day on the dose", "ASTDY"),
        _day("end_day", "last day on the dose", "AENDY", required=False),
        Column("dose", "number", "dose", "mg/kg/day", adam="CMDOSE", lowest=0, highest=20),
    ),
    "support": (
        Column("subject_id", "text", "patient", required=True, adam="USUBJID"),
        _day("day", "day after infusion", "ASTDY"),
        Column("kind", "text", "support", required=True, adam="CMDECOD"),
    ),
    "outcomes": (
        Column("subject_id", "text", "patient", required=True, adam="USUBJID"),
        Column("last_followup_months", "number", "last follow-up", "months", lowest=0, highest=600),
        Column("progression_months", "number", "progression", "months", lowest=0, highest=600),
        Column("death_months", "number", "death", "months", lowest=0, highest=600),
        Column("next_therapy_months", "number", "next therapy", "months", lowest=0, highest=600),
    ),
    "events": (
        Column("subject_id", "text", "patient", required=True, adam="USUBJID"),
        _day("day", "day after infusion", "ASTDY"),
        Column("event", "text", "event", required=True, adam="AEDECOD"),
        Column("result", "text", "result"),
    ),
    "labs": (
        Column("subject_id", "text", "patient", required=True, adam="USUBJID"),
        _day("day", "day after infusion", "ADY"),
        Column("test", "text", "test", required=True, adam="PARAMCD"),
        Column("value", "number", "value", required=True, adam="AVAL", lowest=0),
        Column("unit", "text", "unit", adam="AVALU"),
    ),
}

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


def likely_subject_column(offered: list[str]) -> str | None:
    """The column that most likely tells the patients apart; None if none does.

    >>> likely_subject_column(["infection", "Patient ID"])
    'Patient ID'
    """
    plain = {re.sub(r"[^a-z]", "", entry.lower()): entry for entry in reversed(offered)}
    usual = ("subjectid", "usubjid", "patientid", "patient", "subject", "recordid", "caseid", "id")
    for name in usual:
        if name in plain:
            return plain[name]
    return nearest_name("subject_id", offered, cutoff=0.7)


def nearest_name(name: str, offered: list[str], *, cutoff: float = 0.6) -> str | None:
    """The offered name that is most like another, whatever the case; None if none is.

    >>> nearest_name("HGB_gL", ["day", "hgb_g_l"])
    'hgb_g_l'
    """
    lower = {entry.lower(): entry for entry in reversed(offered)}
    near = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=cutoff)
    return lower[near[0]] if near else None
