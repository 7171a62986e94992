"""The sample cohort as files in four layouts, made on demand, that show how a file may look.

What a cohort does not hold (dates) is made up here by fixed rules: for simulated data only.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from pht_core.model.cohort import Cohort
from pht_core.model.criteria import reference
from pht_core.model.errors import UnknownName
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import (
    DAILY_DOSE,
    DAILY_EVENTS,
    DAILY_FINDINGS,
    DAILY_SUPPORT,
    TABLES,
    column_names,
)
from pht_core.model.settings import Settings

FIRST_INFUSION = date(2021, 1, 4)
WRITTEN = datetime(2026, 1, 1)
PATIENT_COLUMNS = (*column_names("subjects"), *column_names("outcomes")[1:])
SUPPORT_AND_EVENTS = (*DAILY_SUPPORT, *DAILY_EVENTS)
# WS/T 405-2012, adults; not used by the program.
UPPER_LIMITS = {("HGB", "M"): 175.0, ("HGB", "F"): 150.0, ("PLT", ""): 350.0, ("NE", ""): 6.3}
STUDY = "PHTSIM"


def infusion_dates(cohort: Cohort) -> pd.Series:
    """A made-up date of infusion per patient: one every third Monday, in the patients' order."""
    ids = cohort.subject_ids
    dates = [FIRST_INFUSION + timedelta(days=21 * place) for place in range(len(ids))]
    return pd.Series(pd.to_datetime(dates), index=ids)


def patient_frame(cohort: Cohort) -> pd.DataFrame:
    """Subjects and outcomes in one row per patient; columns without any value are left out."""
    outcomes = cohort.outcomes.astype({"subject_id": object})
    both = cohort.subjects.merge(outcomes, on="subject_id", how="left")
    kept = [name for name in PATIENT_COLUMNS if both[name].notna().any()]
    whole = [name for name in ("progression_months",) if cohort.has(name)]
    return both[[name for name in PATIENT_COLUMNS if name in {*kept, *whole}]]


def daily_frame(cohort: Cohort) -> pd.DataFrame:
    """A row per patient and day of anything, patient-level columns repeated.

    Columns: ``subject_id``, the patient-level ones, ``day``, counts in g/L and 10^9/L, the dose in
    mg/kg/day on every day of a course, 1 where support or an event happened (0 in each patient's
    first row, which says that it was recorded), findings in words.
    """
    days = day_frame(cohort)
    rows = patient_frame(cohort).merge(days, on="subject_id", how="left", validate="1:m")
    return rows.astype({"day": "int64"})


def day_frame(cohort: Cohort) -> pd.DataFrame:
    """The columns of a day alone; see `daily_frame`."""
    keys = ["subject_id", "day"]
    counts = cohort.counts.astype({"subject_id": object, "param": object})
    table = counts.set_index([*keys, "param"])["value"].unstack()
    columns = {one.param: one.column for one in LINEAGES.values() if one.param in table}
    parts = [table[list(columns)].rename(columns=columns), _dose_days(cohort)]
    support = [(cohort.support, "kind", kind, name) for name, kind in DAILY_SUPPORT.items()]
    events = [(cohort.events, "event", name, name) for name in (*DAILY_EVENTS, *DAILY_FINDINGS)]
    for whole, column, kind, name in (*support, *events):
        here = whole[whole[column] == kind].astype({"subject_id": object})
        value = here["result"] if name in DAILY_FINDINGS else 1.0
        parts.append(here.assign(**{name: value}).set_index(keys)[[name]])
    rows = pd.concat(parts, axis=1).reset_index()
    place = {name: place for place, name in enumerate(cohort.subject_ids)}
    rows = rows.sort_values(keys, key=lambda column: column.map(place).fillna(column))
    first = ~rows["subject_id"].duplicated()
    rows.loc[first, list(SUPPORT_AND_EVENTS)] = rows.loc[first, list(SUPPORT_AND_EVENTS)].fillna(0)
    return rows.reset_index(drop=True)


def _dose_days(cohort: Cohort) -> pd.DataFrame:
    """The dose of every day on prednisone; the last day of each row is in the cohort."""
    doses = cohort.prednisone.astype({"subject_id": object})
    bounds: Any = doses[["start_day", "end_day"]].itertuples(index=False)
    doses["day"] = pd.Series(
        [range(int(start), int(end) + 1) for start, end in bounds], doses.index
    )
    each = doses.explode("day").astype({"day": "int64"})
    return each.set_index(["subject_id", "day"])[["dose"]].rename(columns={"dose": DAILY_DOSE})


def text_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell as a spreadsheet would write it; a missing one is empty."""
    return pd.DataFrame({name: _text(frame[name]) for name in frame})


def _text(column: pd.Series) -> pd.Series:
    if column.dtype == "boolean":
        return column.map({True: "Yes", False: "No"}).astype(object).fillna("")
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").astype(object).fillna("")
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.astype(float).map("{:.15g}".format, na_action="ignore")
        return numbers.astype(object).fillna("")
    return column.astype(object).fillna("").astype(str)


def format_cells(frame: pd.DataFrame) -> bytes:
    """CSV with the numbers in full."""
    text: str = text_frame(frame).to_csv(index=False, lineterminator="\r\n")
    return text.encode()


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


def _test_names() -> dict[str, str]:
    names = {param: lineage.name.capitalize() for param, lineage in LINEAGES.items()}
    return names | {"NE": "Neutrophils (absolute)"}


def results_frame(cohort: Cohort) -> pd.DataFrame:
    """A row per result, with dates, units and limits; nothing but counts.

    Infusion dates are made up; the lower limits are the program's default reference's.
    """
    counts = _limited_counts(cohort)
    infusion = counts["subject_id"].map(infusion_dates(cohort))
    columns = {
        "patient_id": counts["subject_id"],
        "infusion_date": infusion,
        "date": infusion + pd.to_timedelta(counts["day"], unit="D"),
        "test": counts["param"].map(_test_names()),
        "value": counts["value"],
        "unit": counts["unit"],
        "LLN": counts["lln"],
        "ULN": counts["uln"],
    }
    return pd.DataFrame(columns)


def tidy_frames(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """The tables that were recorded, without columns that hold nothing, unless required."""
    frames = {}
    for table, columns in TABLES.items():
        frame = getattr(cohort, table)
        if cohort.has(table):
            kept = [
                entry.name
                for entry in columns
                if entry.required or cohort.has(entry.name) or frame[entry.name].notna().any()
            ]
            frames[table] = frame[kept]
    return frames


def adam_frames(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """ADSL, ADLB, ADTTE and ADCM with the names of CDISC ADaM; day 0 is 1 there, -7 stays -7."""
    infusion = infusion_dates(cohort)
    flags = {True: "Y", False: "N"}
    subjects, counts = cohort.subjects, _limited_counts(cohort)
    doses = cohort.prednisone.astype({"subject_id": object})
    titles = {param: f"{name} ({LINEAGES[param].unit})" for param, name in _test_names().items()}
    start, begin = counts["subject_id"].map(infusion), doses["subject_id"].map(infusion)
    columns: dict[str, Any] = {
        "ADSL": {
            "USUBJID": subjects["subject_id"],
            "AGE": subjects["age_years"],
            "AGEU": "YEARS",
            "SEX": subjects["sex"],
            "TRTSDT": subjects["subject_id"].map(infusion),
            "HSCT": subjects["prior_hsct"].map(flags),
            "EMD": subjects["extramedullary"].map(flags),
            "CNS": subjects["cns"].map(flags),
        },
        "ADLB": {
            "USUBJID": counts["subject_id"],
            "TRTSDT": start,
            "PARAMCD": counts["param"].replace({"NE": "NEUT"}),
            "PARAM": counts["param"].map(titles),
            "AVAL": counts["value"],
            "AVALU": counts["unit"],
            "ANRLO": counts["lln"],
            "ADT": start + pd.to_timedelta(counts["day"], unit="D"),
            "ADY": _study_day(counts["day"]),
        },
        "ADTTE": _adtte(cohort, infusion),
        "ADCM": {
            "USUBJID": doses["subject_id"],
            "CMTRT": doses["drug"].str.upper(),
            "CMDOSE": doses["dose"],
            "CMDOSU": "mg/kg/day",
            "ASTDT": begin + pd.to_timedelta(doses["start_day"], unit="D"),
            "AENDT": begin + pd.to_timedelta(doses["end_day"], unit="D"),
            "ASTDY": _study_day(doses["start_day"]),
            "AENDY": _study_day(doses["end_day"]),
        },
    }
    return {name: pd.DataFrame({"STUDYID": STUDY, **own}) for name, own in columns.items()}


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
        columns = {
            "USUBJID": outcomes["subject_id"],
            "PARAMCD": code,
            "PARAM": param,
            "AVAL": event.fillna(end),
            "AVALU": "MONTHS",
            "STARTDT": outcomes["subject_id"].map(infusion),
            "CNSR": (~happened).astype(int),
            "EVNTDESC": happened.map({True: words, False: "Last follow-up"}),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class Layout:
    """One way to write a cohort: as one table in CSV, or several by name in a ZIP of CSV.

    title, file_name : what users read, and how the file is called. note : what this layout holds
    and what it cannot, in words. frames : the tables.
    """

    title: str
    file_name: str
    note: str
    frames: Callable[[Cohort], pd.DataFrame | dict[str, pd.DataFrame]]

    @property
    def mime(self) -> str:
        """How the file is served."""
        return "application/zip" if self.file_name.endswith(".zip") else "text/csv"


LAYOUTS: dict[str, Layout] = {
    "daily": Layout(
        "A row per patient and day (CSV)",
        "simulated-sample-daily.csv",
        "All of the sample. Columns of the patient are repeated on every row.",
        daily_frame,
    ),
    "results": Layout(
        "A row per laboratory result, with dates (CSV)",
        "simulated-sample-results.csv",
        "Counts only, with units and limits of normal; infusion dates are made up. No age or sex, "
        "prednisone, transfusions or outcomes.",
        results_frame,
    ),
    "tidy": Layout(
        "Several tables (ZIP of CSV)",
        "simulated-sample-tables.zip",
        "All of the sample: subjects, counts, prednisone, support, outcomes, events.",
        tidy_frames,
    ),
    "adam": Layout(
        "CDISC ADaM (ZIP of CSV)",
        "simulated-sample-adam.zip",
        "ADSL, ADLB, ADTTE and ADCM. Infusion dates are made up; transfusions, growth factors "
        "and events have no dataset here.",
        adam_frames,
    ),
}


def write_layout(cohort: Cohort, layout: str) -> bytes:
    """A simulated cohort as a file in one of the `LAYOUTS`; the same bytes every time.

    Numbers are written in full. Infusion dates, which a cohort does not hold, are made up by
    fixed rules. Raises UnknownName: there is no such layout.
    """
    if layout not in LAYOUTS:
        raise UnknownName("Layout", layout, list(LAYOUTS))
    frames = LAYOUTS[layout].frames(cohort)
    if isinstance(frames, pd.DataFrame):
        return format_cells(frames)
    return zip_files({f"{name.lower()}.csv": format_cells(one) for name, one in frames.items()})
