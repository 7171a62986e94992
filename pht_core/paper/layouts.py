"""The sample cohort in every layout that can be read, made on demand.

The files show what a layout looks like, and are the round trip of the whole reading chain: the
sample, written and read again, must give what `Layout.equal` lists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pht_core.model.cohort import Cohort
from pht_core.model.errors import UnknownName
from pht_core.model.schema import TABLES
from pht_core.paper import daily_layouts, study_layouts

ZIP = "application/zip"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OTHER = "application/octet-stream"

COUNTS = ("day", "param", "value", "unit")
EVERYTHING = {
    name: tuple(column.name for column in columns if column.name != "subject_id")
    for name, columns in TABLES.items()
}
# The files have one row for each day and dose; neighbouring days of one dose are one row again.
DAILY = EVERYTHING
ADAM = {
    "subjects": ("age_years", "sex", "prior_hsct", "extramedullary", "cns"),
    "counts": COUNTS,
    "prednisone": EVERYTHING["prednisone"],
    "outcomes": EVERYTHING["outcomes"],
}


@dataclass(frozen=True)
class Layout:
    """One way to write a cohort.

    Parameters
    ----------
    title, file_name, mime : what users read, and how the file is called and served.
    note : what this layout holds and what it cannot, in words.
    equal : the columns of each table that must come back the same for the same ``subject_id``,
        numbers within 1e-9; what is not listed is not in the file.
    within : columns that come back only within so much (months), as dates are whole days.
    """

    title: str
    file_name: str
    mime: str
    note: str
    write: Callable[[Cohort], bytes]
    equal: Mapping[str, tuple[str, ...]]
    within: Mapping[str, float]


def _layout(
    title: str,
    file_name: str,
    mime: str,
    note: str,
    write: Callable[[Cohort], bytes],
    equal: Mapping[str, tuple[str, ...]],
    within: Mapping[str, float] | None = None,
) -> Layout:
    return Layout(title, f"simulated-sample-{file_name}", mime, note, write, equal, within or {})


_DATED = {
    name: study_layouts.HALF_A_DAY for name in EVERYTHING["outcomes"] if name.endswith("_months")
}

LAYOUTS: dict[str, Layout] = {
    "daily": _layout(
        "A row per patient and day (CSV)",
        "daily.csv",
        CSV,
        "All of the sample. Columns of the patient are repeated on every row.",
        daily_layouts.write_daily,
        DAILY,
    ),
    "results": _layout(
        "A row per laboratory result, with dates (CSV)",
        "results.csv",
        CSV,
        "Counts only, with units and limits of normal; infusion dates are made up. No patient's "
        "age or sex, prednisone, transfusions or outcomes.",
        study_layouts.write_results,
        {"counts": COUNTS},
    ),
    "patients": _layout(
        "A row per patient, a column per lineage and day (CSV)",
        "patients.csv",
        CSV,
        "Patients, outcomes and counts; no prednisone, transfusions or events.",
        daily_layouts.write_patients,
        {name: EVERYTHING[name] for name in ("subjects", "counts", "outcomes")},
    ),
    "tidy": _layout(
        "Six tables (ZIP of CSV)",
        "tables.zip",
        ZIP,
        "All of the sample: subjects, counts, prednisone, support, outcomes, events.",
        study_layouts.write_tidy,
        EVERYTHING,
    ),
    "workbook": _layout(
        "Six sheets (Excel)",
        "workbook.xlsx",
        XLSX,
        "All of the sample: subjects, counts, prednisone, support, outcomes, events.",
        study_layouts.write_workbook,
        EVERYTHING,
    ),
    "adam": _layout(
        "CDISC ADaM (ZIP of CSV)",
        "adam.zip",
        ZIP,
        "ADSL, ADLB, ADTTE and ADCM. Infusion dates are made up; transfusions, growth factors "
        "and events have no dataset here.",
        study_layouts.write_adam,
        ADAM,
    ),
    "adam_xpt": _layout(
        "CDISC ADaM (ZIP of SAS .xpt)",
        "adam-xpt.zip",
        ZIP,
        "The same four datasets as SAS transport files.",
        study_layouts.write_adam_xpt,
        ADAM,
    ),
    "redcap": _layout(
        "REDCap export with a repeating instrument (CSV)",
        "redcap.csv",
        CSV,
        "All of the sample, with visit dates. Infusion dates are made up.",
        study_layouts.write_redcap,
        DAILY,
    ),
    "cbioportal": _layout(
        "cBioPortal timeline and patients (ZIP)",
        "cbioportal.zip",
        ZIP,
        "Counts, age, sex, overall and progression-free survival; no prednisone, transfusions, "
        "next therapy or events.",
        study_layouts.write_cbioportal,
        {
            "subjects": ("age_years", "sex"),
            "counts": COUNTS,
            "outcomes": ("last_followup_months", "progression_months", "death_months"),
        },
    ),
    "hospital": _layout(
        "Hospital sheet in Chinese, with dates (CSV, GB18030)",
        "hospital-zh.csv",
        CSV,
        "Prednisone in mg a day beside a weight; infusion dates and weights are made up. No "
        "CAR-T detection and no marrow. Outcomes are dates, so they are rounded to a day.",
        daily_layouts.write_hospital,
        {
            **{name: EVERYTHING[name] for name in ("subjects", "counts", "prednisone", "support")},
            "outcomes": tuple(_DATED),
        },
        _DATED,
    ),
    "german": _layout(
        "Semicolons and decimal commas, hemoglobin in g/dL (CSV)",
        "semicolons.csv",
        CSV,
        "All of the sample.",
        daily_layouts.write_german,
        DAILY,
    ),
    "parquet": _layout(
        "A row per patient and day (Parquet)",
        "daily.parquet",
        OTHER,
        "All of the sample.",
        daily_layouts.write_parquet,
        DAILY,
    ),
    "spss": _layout(
        "A row per patient and day (SPSS .sav)",
        "daily.sav",
        OTHER,
        "All of the sample; sex and answers are codes with labels.",
        daily_layouts.write_sav,
        DAILY,
    ),
}


def write_layout(cohort: Cohort, layout: str) -> bytes:
    """A simulated cohort as a file in one of the `LAYOUTS`; the same bytes every time.

    Numbers are written in full. Only where a layout has dates for outcomes are these rounded, to
    a day. Infusion dates and weights, which a cohort does not hold, are made up by fixed rules.

    Raises
    ------
    UnknownName
        If there is no such layout.
    """
    if layout not in LAYOUTS:
        raise UnknownName("layout", layout, list(LAYOUTS))
    return LAYOUTS[layout].write(cohort)
