"""Layouts that are read, and that the program itself does not write: here only for the tests.

What a cohort does not hold (dates, weights) is made up by fixed rules.
"""

import io
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH, Cohort
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import DAILY_EVENTS, DAILY_SUPPORT, TABLES
from pht_core.paper import layouts
from pht_core.paper.layouts import (
    SUPPORT_AND_EVENTS,
    WRITTEN,
    adam_frames,
    daily_frame,
    day_frame,
    format_cells,
    infusion_dates,
    patient_frame,
    text_frame,
    tidy_frames,
    zip_files,
)

YES_NO_COLUMNS = ("extramedullary", "cns", "other_extramedullary", "prior_hsct")
# A date is a whole day: an outcome comes back within half a day, in months.
HALF_A_DAY = 0.5 / DAYS_PER_MONTH


SAV_LABELS = {
    "subject_id": "Patient",
    "age_years": "Age, years",
    "prior_hsct": "Prior HSCT",
    "extramedullary": "Extramedullary disease",
    "cns": "Central nervous system infiltration",
    "lines_of_therapy": "Lines of therapy",
    "crs_grade": "CRS grade",
    "icans_grade": "ICANS grade",
    "day": "Day after CAR-T infusion",
    "hgb_g_l": "Hemoglobin (g/L)",
    "plt_10e9_l": "Platelets (10^9/L)",
    "ne_10e9_l": "Neutrophils (10^9/L)",
    "prednisone_mg_kg": "Prednisone, mg/kg/day",
}


def made_up_weights(cohort: Cohort) -> pd.Series:
    """A made-up weight in kg: 24 under 12 years, 48 under 16, else 56 (women) or 68."""
    age, sex = cohort.subjects["age_years"], cohort.subjects["sex"]
    weights = np.select([age < 12, age < 16, sex == "F"], [24, 48, 56], 68)
    return pd.Series(weights, index=cohort.subject_ids)


def format_other_csv(
    frame: pd.DataFrame, *, separator: str = ",", encoding: str = "utf-8", decimal: str = "."
) -> bytes:
    """CSV with the numbers in full, as other countries write it."""
    text = text_frame(frame)
    for name in frame.select_dtypes("number"):
        text[name] = text[name].str.replace(".", decimal)
    content: str = text.to_csv(index=False, sep=separator, lineterminator="\r\n")
    return content.encode(encoding)


def write_patients(cohort: Cohort) -> bytes:
    """A row per patient with a column per lineage and day: ``HGB_D-7``, ``PLT_D28``."""
    counts = cohort.counts.astype({"subject_id": object, "param": object})
    wide = counts.set_index(["subject_id", "day", "param"])["value"].unstack([1, 2])
    wide = wide.sort_index(axis=1)
    # A column per day has no room for a unit but its header's.
    keys: list[Any] = wide.columns.tolist()
    wide.columns = pd.Index([f"{param}_D{day} ({LINEAGES[param].unit})" for day, param in keys])
    return format_cells(patient_frame(cohort).merge(wide, on="subject_id", how="left"))


def write_german(cohort: Cohort) -> bytes:
    """Semicolons, decimal commas, hemoglobin in g/dL: as a spreadsheet in German saves it."""
    frame = daily_frame(cohort)
    frame["hgb_g_l"] = (frame["hgb_g_l"] / 10).round(10)
    names = {
        "subject_id": "Patient",
        "day": "Day",
        "hgb_g_l": "Hb (g/dL)",
        "plt_10e9_l": "Thrombocytes (10^9/L)",
        "ne_10e9_l": "ANC (10^9/L)",
        "prednisone_mg_kg": "Prednisone (mg/kg/day)",
        "last_followup_months": "Last follow-up (months)",
        "progression_months": "Progression (months)",
        "death_months": "Death (months)",
        "next_therapy_months": "Next therapy (months)",
    }
    return format_other_csv(frame.rename(columns=names), separator=";", decimal=",")


CHINESE = {
    "subject_id": "患者编号",
    "age_years": "年龄",
    "sex": "性别",
    "malignancy": "诊断",
    "cytogenetics": "细胞遗传学",
    "extramedullary": "髓外病变",
    "cns": "中枢浸润",
    "lines_of_therapy": "既往治疗线数",
    "prior_hsct": "既往移植",
    "cart_dose": "CAR-T细胞剂量(10^6/kg)",
    "response": "疗效",
    "crs_grade": "CRS分级",
    "icans_grade": "ICANS分级",
    "last_followup_months": "末次随访日期",
    "progression_months": "复发日期",
    "death_months": "死亡日期",
    "next_therapy_months": "后续治疗日期",
    "infusion": "回输日期",
    "weight": "体重(kg)",
    "day": "检查日期",
    "hgb_g_l": "血红蛋白(g/L)",
    "plt_10e9_l": "血小板(10^9/L)",
    "ne_10e9_l": "中性粒细胞绝对值(10^9/L)",
    "prednisone_mg_kg": "泼尼松(mg/天)",
    "red_cells": "输注红细胞",
    "platelets_transfused": "输注血小板",
    "gcsf": "G-CSF",
    "epo": "促红细胞生成素",
    "tpo_ra": "TPO-RA",
    "hyperglycemia": "高血糖",
    "hypertension": "高血压",
    "infection": "感染",
    "osteoporosis": "骨质疏松",
    "gi_ulcer": "消化道溃疡",
}


def write_hospital(cohort: Cohort) -> bytes:
    """A Chinese hospital's sheet in GB18030: dates, mg a day and a weight, words for yes and no.

    Infusion dates and weights are made up. Times of outcomes are dates, so rounded to a day.
    """
    frame = dated_frame(cohort)
    frame["weight"] = frame["subject_id"].map(made_up_weights(cohort))
    frame["prednisone_mg_kg"] = (frame["prednisone_mg_kg"] * frame["weight"]).round(10)
    frame["sex"] = frame["sex"].map({"M": "男", "F": "女"})
    for name in (entry for entry in YES_NO_COLUMNS if entry in frame):
        frame[name] = frame[name].map({True: "是", False: "否"})
    for name in SUPPORT_AND_EVENTS:
        frame[name] = frame[name].map({1: "是", 0: "否"})
    frame["infusion"] = _chinese_date(frame["infusion"])
    for name in ("day", *_times(frame)):
        frame[name] = _slashed_date(frame[name])
    used = [name for name in CHINESE if name in frame]
    return format_other_csv(frame[used].rename(columns=CHINESE), encoding="gb18030")


def dated_frame(cohort: Cohort) -> pd.DataFrame:
    """`daily_frame` with dates for the day and the outcomes, and the date of infusion."""
    frame = daily_frame(cohort)
    frame["infusion"] = frame["subject_id"].map(infusion_dates(cohort))
    frame["day"] = frame["infusion"] + pd.to_timedelta(frame["day"], unit="D")
    for name in _times(frame):
        days = (frame[name] * DAYS_PER_MONTH).round()
        frame[name] = frame["infusion"] + pd.to_timedelta(days, unit="D")
    return frame


def _times(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame if str(name).endswith("_months")]


def _chinese_date(dates: pd.Series) -> pd.Series:
    return dates.map(lambda day: f"{day.year}年{day.month}月{day.day}日", na_action="ignore")


def _slashed_date(dates: pd.Series) -> pd.Series:
    return dates.map(lambda day: f"{day.year}/{day.month}/{day.day}", na_action="ignore")


def write_parquet(cohort: Cohort) -> bytes:
    """The daily layout with its types."""
    content: bytes = daily_frame(cohort).to_parquet(index=False)
    return content


def write_sav(cohort: Cohort) -> bytes:
    """The daily layout for SPSS: codes with labels for sex (1, 2), yes and no (1, 0)."""
    import pyreadstat

    frame = daily_frame(cohort)
    frame["sex"] = frame["sex"].map({"M": 1.0, "F": 2.0})
    yes_no = [name for name in YES_NO_COLUMNS if name in frame]
    for name in yes_no:
        frame[name] = frame[name].astype("Float64").astype(float)
    answers: dict[int | float, str] = {0.0: "No", 1.0: "Yes"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sample.sav")
        pyreadstat.write_sav(
            frame,
            str(file),
            column_labels={str(name): SAV_LABELS.get(str(name), str(name)) for name in frame},
            variable_value_labels={
                "sex": {1.0: "Male", 2.0: "Female"},
                **dict.fromkeys([*yes_no, *SUPPORT_AND_EVENTS], answers),
            },
        )
        content = file.read_bytes()
    # The hour of writing, so that the same cohort gives the same bytes.
    return content[:92] + b"01 Jan 26" + b"00:00:00" + content[109:]


def fixed_xport(content: bytes) -> bytes:
    """An XPORT file without the hour of writing."""
    return re.sub(rb"\d{2}[A-Z]{3}\d{2}:\d{2}:\d{2}:\d{2}", b"01JAN26:00:00:00", content)


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
    days[list(SUPPORT_AND_EVENTS)] = days[list(SUPPORT_AND_EVENTS)].fillna(0)
    instance = days.groupby("subject_id", sort=False).cumcount() + 1
    patients = _of_event(patients, "baseline_arm_1", "", pd.Series(np.nan, patients.index))
    days = _of_event(days, "followup_arm_1", "daily_record", instance)
    rows = pd.concat([patients, days.drop(columns="day")], ignore_index=True)
    order = {name: place for place, name in enumerate(cohort.subject_ids)}
    rows = rows.sort_values("subject_id", key=lambda ids: ids.map(order), kind="stable")
    named = {name: f"support___{REDCAP_SUPPORT[name]}" for name in DAILY_SUPPORT}
    named |= {name: f"toxicity___{name}" for name in DAILY_EVENTS}
    return format_other_csv(rows.rename(columns=named | REDCAP_NAMES))


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
            "data_timeline_lab_test.txt": format_other_csv(timeline, separator="\t"),
            "data_clinical_patient.txt": comments.encode()
            + format_other_csv(clinical, separator="\t"),
        }
    )


Columns = Mapping[str, tuple[str, ...]]

COUNTS = ("day", "param", "value", "unit")
EVERYTHING = {
    name: tuple(column.name for column in columns if column.name != "subject_id")
    for name, columns in TABLES.items()
}
ADAM = {
    "subjects": ("age_years", "sex", "prior_hsct", "extramedullary", "cns"),
    "counts": COUNTS,
    "prednisone": EVERYTHING["prednisone"],
    "outcomes": EVERYTHING["outcomes"],
}
_DATED = [name for name in EVERYTHING["outcomes"] if name.endswith("_months")]

OTHER_LAYOUTS: dict[str, tuple[str, Callable[[Cohort], bytes]]] = {
    "patients": ("patients.csv", write_patients),
    "workbook": ("workbook.xlsx", write_workbook),
    "adam_xpt": ("adam-xpt.zip", write_adam_xpt),
    "redcap": ("redcap.csv", write_redcap),
    "cbioportal": ("cbioportal.zip", write_cbioportal),
    "hospital": ("hospital-zh.csv", write_hospital),
    "german": ("semicolons.csv", write_german),
    "parquet": ("daily.parquet", write_parquet),
    "spss": ("daily.sav", write_sav),
}
FILE_NAMES = {name: layout.file_name for name, layout in layouts.LAYOUTS.items()} | {
    name: f"simulated-sample-{file}" for name, (file, _) in OTHER_LAYOUTS.items()
}
# The columns of each table that must come back the same for the same ``subject_id``, numbers
# within 1e-9; what is not listed is not in the file. Daily files have one row for each day and
# dose; neighbouring days of one dose are one row again.
EQUAL: dict[str, Columns] = {
    "daily": EVERYTHING,
    "results": {"counts": COUNTS},
    "patients": {name: EVERYTHING[name] for name in ("subjects", "counts", "outcomes")},
    "tidy": EVERYTHING,
    "workbook": EVERYTHING,
    "adam": ADAM,
    "adam_xpt": ADAM,
    "redcap": EVERYTHING,
    "cbioportal": {
        "subjects": ("age_years", "sex"),
        "counts": COUNTS,
        "outcomes": ("last_followup_months", "progression_months", "death_months"),
    },
    "hospital": {
        **{name: EVERYTHING[name] for name in ("subjects", "counts", "prednisone", "support")},
        "outcomes": tuple(_DATED),
    },
    "german": EVERYTHING,
    "parquet": EVERYTHING,
    "spss": EVERYTHING,
}
# Columns that come back only within so much.
WITHIN = {"hospital": dict.fromkeys(_DATED, HALF_A_DAY)}


def write_layout(cohort: Cohort, layout: str) -> bytes:
    """A simulated cohort in one of the layouts of `FILE_NAMES`; the same bytes every time."""
    if layout in OTHER_LAYOUTS:
        return OTHER_LAYOUTS[layout][1](cohort)
    return layouts.write_layout(cohort, layout)
