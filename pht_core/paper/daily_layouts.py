"""A cohort as sheets with a row per patient and day, or per patient, as hospitals keep them.

What a cohort does not hold (dates, weights) is made up here by fixed rules: these writers are
for simulated data only.
"""

import re
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH, Cohort
from pht_core.model.schema import (
    DAILY_COUNTS,
    DAILY_DOSE,
    DAILY_EVENTS,
    DAILY_FINDINGS,
    DAILY_SUPPORT,
    UNITS,
    column_names,
)

FIRST_INFUSION = date(2021, 1, 4)
PATIENT_COLUMNS = (*column_names("subjects"), *column_names("outcomes")[1:])
YES_NO_COLUMNS = ("extramedullary", "cns", "other_extramedullary", "prior_hsct")
MARKS = (*DAILY_SUPPORT, *DAILY_EVENTS)
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


def infusion_dates(cohort: Cohort) -> pd.Series:
    """A made-up date of infusion per patient: one every third Monday, in the patients' order."""
    ids = cohort.subject_ids
    dates = [FIRST_INFUSION + timedelta(days=21 * place) for place in range(len(ids))]
    return pd.Series(pd.to_datetime(dates), index=ids)


def made_up_weights(cohort: Cohort) -> pd.Series:
    """A made-up weight in kg: 24 under 12 years, 48 under 16, else 56 (women) or 68."""
    age, sex = cohort.subjects["age_years"], cohort.subjects["sex"]
    weights = np.select([age < 12, age < 16, sex == "F"], [24, 48, 56], 68)
    return pd.Series(weights, index=cohort.subject_ids)


def patient_frame(cohort: Cohort) -> pd.DataFrame:
    """Subjects and outcomes in one row per patient; columns without any value are left out."""
    outcomes = cohort.outcomes.astype({"subject_id": object})
    both = cohort.subjects.merge(outcomes, on="subject_id", how="left")
    kept = [name for name in PATIENT_COLUMNS if both[name].notna().any()]
    whole = [name for name in ("progression_months",) if cohort.has("outcomes")]
    return both[[name for name in PATIENT_COLUMNS if name in {*kept, *whole}]]


def daily_frame(cohort: Cohort) -> pd.DataFrame:
    """A row per patient and day of anything, patient-level columns repeated.

    Returns
    -------
    pandas.DataFrame
        ``subject_id``, the patient-level columns, ``day``, counts in g/L and 10^9/L, the dose
        in mg/kg/day on every day of a course, 1 where support or an event happened (0 in each
        patient's first row, which says that it was recorded), findings in words.
    """
    days = day_frame(cohort)
    rows = patient_frame(cohort).merge(days, on="subject_id", how="left", validate="1:m")
    return rows.astype({"day": "int64"})


def day_frame(cohort: Cohort) -> pd.DataFrame:
    """The columns of a day alone; see `daily_frame`."""
    keys = ["subject_id", "day"]
    counts = cohort.counts.astype({"subject_id": object, "param": object})
    table = counts.set_index([*keys, "param"])["value"].unstack()
    parts = [table.reindex(columns=list(DAILY_COUNTS.values())).set_axis([*DAILY_COUNTS], axis=1)]
    parts.append(_dose_days(cohort).set_index(keys)["dose"].rename(DAILY_DOSE).to_frame())
    for name, kind in DAILY_SUPPORT.items():
        parts.append(_marked(cohort.support, "kind", kind, name))
    for name in DAILY_EVENTS:
        parts.append(_marked(cohort.events, "event", name, name))
    for name in DAILY_FINDINGS:
        found = cohort.events[cohort.events["event"] == name].astype({"subject_id": object})
        parts.append(found.set_index(keys)["result"].rename(name).to_frame())
    rows = pd.concat(parts, axis=1)
    rows = rows.reset_index()
    place = {name: place for place, name in enumerate(cohort.subject_ids)}
    rows = rows.sort_values(keys, key=lambda column: column.map(place).fillna(column))
    first = ~rows["subject_id"].duplicated()
    rows.loc[first, list(MARKS)] = rows.loc[first, list(MARKS)].fillna(0)
    return rows.reset_index(drop=True)


def _dose_days(cohort: Cohort) -> pd.DataFrame:
    """A row for every day on prednisone; the last day of each row is in the cohort."""
    doses = cohort.prednisone[["subject_id", "start_day", "end_day", "dose"]]
    each: list[tuple[Any, ...]] = list(doses.itertuples(index=False, name=None))
    rows = [
        (name, day, dose)
        for name, start, end, dose in each
        for day in range(int(start), int(end) + 1)
    ]
    return pd.DataFrame(rows, columns=["subject_id", "day", "dose"])


def _marked(table: pd.DataFrame, column: str, kind: str, name: str) -> pd.DataFrame:
    here = table[table[column] == kind].astype({"subject_id": object})
    return pd.DataFrame(
        {name: np.ones(len(here))}, index=pd.MultiIndex.from_frame(here[["subject_id", "day"]])
    )


def text_frame(frame: pd.DataFrame, *, decimal: str = ".", dates: str = "%Y-%m-%d") -> pd.DataFrame:
    """Every cell as a spreadsheet would write it; a missing one is empty."""
    return pd.DataFrame({name: _text(frame[name], decimal, dates) for name in frame})


def _text(column: pd.Series, decimal: str, dates: str) -> pd.Series:
    def number(value: float) -> str:
        return format(value, ".15g").replace(".", decimal)

    if column.dtype == "boolean":
        return column.map({True: "Yes", False: "No"}).astype(object).fillna("")
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime(dates).astype(object).fillna("")
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float).map(number, na_action="ignore").astype(object).fillna("")
    return column.astype(object).fillna("").astype(str)


def format_plain_csv(
    frame: pd.DataFrame, *, separator: str = ",", encoding: str = "utf-8", decimal: str = "."
) -> bytes:
    """CSV with the numbers in full."""
    text = text_frame(frame, decimal=decimal)
    content: str = text.to_csv(index=False, sep=separator, lineterminator="\r\n")
    return content.encode(encoding)


def write_daily(cohort: Cohort) -> bytes:
    """The sample's own layout."""
    return format_plain_csv(daily_frame(cohort))


def write_patients(cohort: Cohort) -> bytes:
    """A row per patient with a column per lineage and day: ``HGB_D-7``, ``PLT_D28``."""
    counts = cohort.counts.astype({"subject_id": object, "param": object})
    wide = counts.set_index(["subject_id", "day", "param"])["value"].unstack([1, 2])
    wide = wide.sort_index(axis=1)
    # A column per day has no room for a unit but its header's.
    keys: list[Any] = wide.columns.tolist()
    wide.columns = pd.Index([f"{param}_D{day} ({UNITS[param]})" for day, param in keys])
    return format_plain_csv(patient_frame(cohort).merge(wide, on="subject_id", how="left"))


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
    return format_plain_csv(frame.rename(columns=names), separator=";", decimal=",")


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
    for name in MARKS:
        frame[name] = frame[name].map({1: "是", 0: "否"})
    frame["infusion"] = _chinese_date(frame["infusion"])
    for name in ("day", *_times(frame)):
        frame[name] = _slashed_date(frame[name])
    used = [name for name in CHINESE if name in frame]
    return format_plain_csv(frame[used].rename(columns=CHINESE), encoding="gb18030")


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
                **dict.fromkeys([*yes_no, *MARKS], answers),
            },
        )
        content = file.read_bytes()
    # The hour of writing, so that the same cohort gives the same bytes.
    return content[:92] + b"01 Jan 26" + b"00:00:00" + content[109:]


def fixed_xport(content: bytes) -> bytes:
    """An XPORT file without the hour of writing."""
    return re.sub(rb"\d{2}[A-Z]{3}\d{2}:\d{2}:\d{2}:\d{2}", b"01JAN26:00:00:00", content)
