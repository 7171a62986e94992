"""The tables of a cohort and their columns, as data.

A cohort is seven tidy tables. Day 0 is the CAR-T infusion and days are whole numbers; times of
outcomes are months. The columns are rows of ``schema.csv``.
"""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("schema.csv")

# Kinds of support, of events and their results, steroids, and laboratory values; see the file.
_KINDS = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8"))
SUPPORT_KINDS: dict[str, str] = {kind: words[0] for kind, words in _KINDS["support"].items()}
SUPPORT_LABELS: dict[str, tuple[str, str]] = {
    kind: (beside, narrow) for kind, (_, beside, narrow) in _KINDS["support"].items()
}
EVENT_KINDS: dict[str, str] = _KINDS["events"]
EVENT_RESULTS = {kind: tuple(results) for kind, results in _KINDS["results"].items()}
STEROIDS: dict[str, float] = _KINDS["steroids"]
LABS = {test: (name, unit) for test, (name, unit) in _KINDS["labs"].items()}
# Units of a day's dose. The second is that of patients without a known weight, in all their rows.
PER_KG, PER_DAY = "mg/kg/day", "mg/day"


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
DAILY_SUPPORT: dict[str, str] = _KINDS["daily_support"]
DAILY_EVENTS = tuple(kind for kind in EVENT_KINDS if kind not in EVENT_RESULTS)
DAILY_FINDINGS = tuple(EVENT_RESULTS)


def column_names(table: str) -> list[str]:
    """Names of a table's columns, in order."""
    return [column.name for column in TABLES[table]]


def column(table: str, name: str) -> Column:
    """One column of a table, by its name.

    >>> column("counts", "value").adam
    'AVAL'
    """
    return next(entry for entry in TABLES[table] if entry.name == name)
