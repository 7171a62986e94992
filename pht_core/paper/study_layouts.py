"""A cohort as data managers hand it over: long results, tidy tables, ADaM, REDCap, cBioPortal."""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH, Cohort
from pht_core.model.criteria import reference
from pht_core.model.schema import DAILY_EVENTS, DAILY_SUPPORT, TABLES, UNITS
from pht_core.model.settings import Settings
from pht_core.paper.daily_layouts import (
    MARKS,
    YES_NO_COLUMNS,
    day_frame,
    fixed_xport,
    format_plain_csv,
    infusion_dates,
    patient_frame,
    text_frame,
)

WRITTEN = datetime(2026, 1, 1)
TESTS = {"HGB": "Hemoglobin", "PLT": "Platelets", "NE": "Neutrophils (absolute)"}
# WS/T 405-2012, adults; not used by the program.
UPPER_LIMITS = {("HGB", "M"): 175.0, ("HGB", "F"): 150.0, ("PLT", ""): 350.0, ("NE", ""): 6.3}
STUDY = "PHTSIM"


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """A ZIP archive of files by name, the same bytes for the same files."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, WRITTEN.timetuple()[:6])
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _limited_counts(cohort: Cohort) -> pd.DataFrame:
    """The counts with ``lln``, of the default reference where there is none, and ``uln``."""
    limits = reference(Settings().reference)
    subjects = cohort.subjects[["subject_id", "sex", "age_years"]]
    counts = cohort.counts.astype({"subject_id": object, "param": object, "unit": object})
    counts = counts.merge(subjects, on="subject_id", how="left")
    kinds = counts[["param", "sex", "age_years"]].drop_duplicates()
    each: list[tuple[Any, ...]] = list(kinds.itertuples(index=False, name=None))
    kinds["own_lln"] = [limits.lln(*kind) for kind in each]
    kinds["uln"] = [
        UPPER_LIMITS.get((param, sex if param == "HGB" else "")) if age >= 15 else None
        for param, sex, age in each
    ]
    counts = counts.merge(kinds, on=["param", "sex", "age_years"], how="left")
    return counts.assign(lln=counts["lln"].fillna(counts["own_lln"]))


def write_results(cohort: Cohort) -> bytes:
    """A laboratory's export: a row per result, dates, units and limits; nothing but counts.

    Infusion dates are made up; the lower limits are the program's default reference's.
    """
    counts = _limited_counts(cohort)
    infusion = counts["subject_id"].map(infusion_dates(cohort))
    return format_plain_csv(
        pd.DataFrame(
            {
                "patient_id": counts["subject_id"],
                "infusion_date": infusion,
                "date": infusion + pd.to_timedelta(counts["day"], unit="D"),
                "test": counts["param"].map(TESTS),
                "value": counts["value"],
                "unit": counts["unit"],
                "LLN": counts["lln"],
                "ULN": counts["uln"],
            }
        )
    )


def tidy_frames(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """The tables that were recorded, without columns that hold nothing, unless required."""
    frames = {}
    for table, columns in TABLES.items():
        frame = getattr(cohort, table)
        if not cohort.has(table):
            continue
        kept = [
            entry.name
            for entry in columns
            if entry.required or table == "outcomes" or frame[entry.name].notna().any()
        ]
        frames[table] = frame[kept]
    return frames


def write_tidy(cohort: Cohort) -> bytes:
    """The six tables as CSV files in one ZIP."""
    return zip_files(
        {f"{name}.csv": format_plain_csv(table) for name, table in tidy_frames(cohort).items()}
    )


def write_workbook(cohort: Cohort) -> bytes:
    """The six tables as the sheets of one Excel workbook, numbers as numbers."""
    import xlsxwriter

    sink = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(sink, options) as book:
        book.set_properties({"created": WRITTEN, "title": f"{cohort.name}"})
        header = book.add_format({"bold": True, "bottom": 1})
        for name, table in tidy_frames(cohort).items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, list(table), header)
            for place, column in enumerate(table):
                sheet.set_column(place, place, max(10, len(str(column)) + 2))
                sheet.write_column(1, place, _cells(table[column]))
    return sink.getvalue()


def _cells(column: pd.Series) -> list[float | str | None]:
    """A column as a workbook takes it: numbers, Yes and No, text, None for an empty cell."""
    if pd.api.types.is_numeric_dtype(column) and column.dtype != "boolean":
        return [None if pd.isna(value) else float(value) for value in column]
    return [value or None for value in text_frame(column.to_frame()).iloc[:, 0]]


def adam_frames(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """ADSL, ADLB, ADTTE and ADCM with the names of CDISC ADaM; day 0 is 1 there, -7 stays -7."""
    infusion = infusion_dates(cohort)
    flags = {True: "Y", False: "N"}
    subjects = cohort.subjects
    adsl = pd.DataFrame(
        {
            "STUDYID": STUDY,
            "USUBJID": subjects["subject_id"],
            "AGE": subjects["age_years"],
            "AGEU": "YEARS",
            "SEX": subjects["sex"],
            "TRTSDT": subjects["subject_id"].map(infusion),
            "HSCT": subjects["prior_hsct"].map(flags),
            "EMD": subjects["extramedullary"].map(flags),
            "CNS": subjects["cns"].map(flags),
        }
    )
    counts = _limited_counts(cohort)
    start = counts["subject_id"].map(infusion)
    titles = {param: f"{title} ({UNITS[param]})" for param, title in TESTS.items()}
    adlb = pd.DataFrame(
        {
            "STUDYID": STUDY,
            "USUBJID": counts["subject_id"],
            "TRTSDT": start,
            "PARAMCD": counts["param"].replace({"NE": "NEUT"}),
            "PARAM": counts["param"].map(titles),
            "AVAL": counts["value"],
            "AVALU": counts["unit"],
            "ANRLO": counts["lln"],
            "ADT": start + pd.to_timedelta(counts["day"], unit="D"),
            "ADY": _study_day(counts["day"]),
        }
    )
    doses = cohort.prednisone.astype({"subject_id": object})
    begin = doses["subject_id"].map(infusion)
    adcm = pd.DataFrame(
        {
            "STUDYID": STUDY,
            "USUBJID": doses["subject_id"],
            "CMTRT": doses["drug"].str.upper(),
            "CMDOSE": doses["dose"],
            "CMDOSU": "mg/kg/day",
            "ASTDT": begin + pd.to_timedelta(doses["start_day"], unit="D"),
            "AENDT": begin + pd.to_timedelta(doses["end_day"], unit="D"),
            "ASTDY": _study_day(doses["start_day"]),
            "AENDY": _study_day(doses["end_day"]),
        }
    )
    return {"ADSL": adsl, "ADLB": adlb, "ADTTE": _adtte(cohort, infusion), "ADCM": adcm}


def _study_day(days: pd.Series) -> pd.Series:
    """ADaM's day: the infusion's is 1, the day before it -1."""
    return days + (days >= 0)


def _adtte(cohort: Cohort, infusion: pd.Series) -> pd.DataFrame:
    """OS, PFS and time to next therapy in months; CNSR 0 = happened, 1 = censored."""
    outcomes = cohort.outcomes.astype({"subject_id": object})
    end, death = outcomes["last_followup_months"], outcomes["death_months"]
    progression, therapy = outcomes["progression_months"], outcomes["next_therapy_months"]
    first = progression.fillna(death)
    parts = []
    for code, param, event, words in (
        ("OS", "Overall Survival (Months)", death, "Death"),
        ("PFS", "Progression-Free Survival (Months)", first, "Progression or death"),
        ("TTNT", "Time to Next Therapy (Months)", therapy, "Next therapy"),
    ):
        happened = event.notna()
        parts.append(
            pd.DataFrame(
                {
                    "STUDYID": STUDY,
                    "USUBJID": outcomes["subject_id"],
                    "PARAMCD": code,
                    "PARAM": param,
                    "AVAL": event.fillna(end),
                    "AVALU": "MONTHS",
                    "STARTDT": outcomes["subject_id"].map(infusion),
                    "CNSR": (~happened).astype(int),
                    "EVNTDESC": happened.map({True: words, False: "Last follow-up"}),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def write_adam(cohort: Cohort) -> bytes:
    """ADaM as CSV files in one ZIP."""
    return zip_files(
        {f"{name.lower()}.csv": format_plain_csv(f) for name, f in adam_frames(cohort).items()}
    )


def write_adam_xpt(cohort: Cohort) -> bytes:
    """ADaM as SAS transport files (version 5) in one ZIP, dates as SAS dates."""
    import pyreadstat

    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in adam_frames(cohort).items():
            dates = [column for column in frame if str(column).endswith("DT")]
            for column in dates:
                frame[column] = frame[column].dt.date
            file = Path(folder, f"{name.lower()}.xpt")
            pyreadstat.write_xport(frame, str(file), table_name=name, file_format_version=5)
            files[file.name] = fixed_xport(file.read_bytes())
    return zip_files(files)


REDCAP_SUPPORT = {
    "red_cells": "rbc",
    "platelets_transfused": "plt",
    "gcsf": "gcsf",
    "epo": "epo",
    "tpo_ra": "tpo_ra",
}
REDCAP_NAMES = {
    "subject_id": "record_id",
    "age_years": "age",
    "malignancy": "diagnosis",
    "extramedullary": "emd",
    "lines_of_therapy": "prior_lines",
    "prednisone_mg_kg": "prednisone_mg_kg_day",
    "ne_10e9_l": "anc_10e9_l",
}


def write_redcap(cohort: Cohort) -> bytes:
    """A REDCap export: the baseline event, then a repeating instrument with a row per day.

    Yes and no are 1 and 0, kinds of support and toxicities are checkboxes
    (``support___rbc``); dates of visits and of infusion, which is made up.
    """
    patients = patient_frame(cohort)
    for name in (entry for entry in YES_NO_COLUMNS if entry in patients):
        patients[name] = patients[name].map({True: 1.0, False: 0.0}).astype(float)
    patients["sex"] = patients["sex"].map({"M": "Male", "F": "Female"})
    infusion = patients["subject_id"].map(infusion_dates(cohort))
    patients.insert(1, "infusion_date", infusion)
    days = day_frame(cohort)
    start = days["subject_id"].map(infusion_dates(cohort))
    days.insert(1, "visit_date", start + pd.to_timedelta(days["day"], unit="D"))
    days[list(MARKS)] = days[list(MARKS)].fillna(0)
    instance = days.groupby("subject_id", sort=False).cumcount() + 1
    patients = _of_event(patients, "baseline_arm_1", "", pd.Series(np.nan, patients.index))
    days = _of_event(days, "followup_arm_1", "daily_record", instance)
    rows = pd.concat([patients, days.drop(columns="day")], ignore_index=True)
    order = {name: place for place, name in enumerate(cohort.subject_ids)}
    rows = rows.sort_values("subject_id", key=lambda ids: ids.map(order), kind="stable")
    named = {name: f"support___{REDCAP_SUPPORT[name]}" for name in DAILY_SUPPORT}
    named |= {name: f"toxicity___{name}" for name in DAILY_EVENTS}
    return format_plain_csv(rows.rename(columns=named | REDCAP_NAMES))


def _of_event(
    frame: pd.DataFrame, event: str, instrument: str, instance: pd.Series
) -> pd.DataFrame:
    frame.insert(1, "redcap_event_name", event)
    frame.insert(2, "redcap_repeat_instrument", instrument)
    frame.insert(3, "redcap_repeat_instance", instance)
    return frame


def write_cbioportal(cohort: Cohort) -> bytes:
    """The LAB_TEST timeline and clinical patient file of cBioPortal, in one ZIP."""
    counts = cohort.counts.astype({"subject_id": object, "param": object, "unit": object})
    timeline = pd.DataFrame(
        {
            "PATIENT_ID": counts["subject_id"],
            "START_DATE": counts["day"],
            "STOP_DATE": "",
            "EVENT_TYPE": "LAB_TEST",
            "TEST": counts["param"],
            "RESULT": counts["value"],
            "UNIT": counts["unit"],
        }
    )
    patients = cohort.subjects.merge(
        cohort.outcomes.astype({"subject_id": object}), on="subject_id", how="left"
    )
    died = patients["death_months"].notna()
    first = patients["progression_months"].fillna(patients["death_months"])
    end = patients["last_followup_months"]
    clinical = pd.DataFrame(
        {
            "PATIENT_ID": patients["subject_id"],
            "AGE": patients["age_years"],
            "SEX": patients["sex"].map({"M": "Male", "F": "Female"}),
            "OS_STATUS": died.map({True: "1:DECEASED", False: "0:LIVING"}),
            "OS_MONTHS": patients["death_months"].fillna(end),
            "PFS_STATUS": first.notna().map({True: "1:PROGRESSION", False: "0:CENSORED"}),
            "PFS_MONTHS": first.fillna(end),
        }
    )
    meant = (
        ("Patient", "Age", "Sex", "OS status", "Overall survival", "PFS status", "PFS"),
        ("Patient", "Years", "Sex", "Status", "Months", "Status", "Months"),
        ("STRING", "NUMBER", "STRING", "STRING", "NUMBER", "STRING", "NUMBER"),
        ("1",) * 7,
    )
    comments = "".join("#" + "\t".join(line) + "\r\n" for line in meant)
    return zip_files(
        {
            "data_timeline_lab_test.txt": format_plain_csv(timeline, separator="\t"),
            "data_clinical_patient.txt": comments.encode()
            + format_plain_csv(clinical, separator="\t"),
        }
    )


# A date is a whole day: an outcome comes back within half a day, in months.
HALF_A_DAY = 0.5 / DAYS_PER_MONTH
