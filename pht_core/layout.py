"""The sample's layout, one row per patient and day, taken apart into the tidy tables."""

import numpy as np
import pandas as pd

from pht_core.cells import Findings, convert_answers, convert_columns, convert_numbers
from pht_core.errors import BlockedCohort
from pht_core.schema import (
    DAILY_COUNTS,
    DAILY_DOSE,
    DAILY_EVENTS,
    DAILY_FINDINGS,
    DAILY_LLN,
    DAILY_SUPPORT,
    TABLES,
    UNITS,
    Column,
    likely_subject_column,
    nearest_name,
)
from pht_core.settings import Settings
from pht_core.validation import BLOCKS, CHANGES, NOTE, finding, findings_table

DAILY = (
    *DAILY_COUNTS,
    *DAILY_LLN,
    DAILY_DOSE,
    *DAILY_SUPPORT,
    *DAILY_EVENTS,
    *DAILY_FINDINGS,
)


def split_daily(raw: pd.DataFrame, findings: Findings) -> tuple[dict[str, pd.DataFrame], set[str]]:
    """The sample's layout as tidy tables, with the names of what the file recorded at all.

    Parameters
    ----------
    raw : text columns, a row per patient and day. Columns that the layout does not know are
        noted and not used.
    findings : what was noticed is appended.
    """
    if "subject_id" not in raw:
        near = likely_subject_column(raw.columns.tolist())
        hint = f"Perhaps it is called {near!r} here: rename it." if near else "Add it."
        text = f"There is no column 'subject_id' that tells the patients apart. {hint}"
        raise BlockedCohort(
            text, findings_table([*findings, finding(BLOCKS, "subjects", "subject_id", text)])
        )
    raw = drop_nameless(raw, findings)
    outcomes, subjects = TABLES["outcomes"], TABLES["subjects"]
    known = [entry.name for entry in (*subjects, *outcomes[1:])] + ["day", *DAILY]
    note_unknown(raw, known, "file", findings)
    tables = {
        "subjects": _patient_level(raw, subjects, "subjects", findings),
        "outcomes": _patient_level(raw, outcomes, "outcomes", findings),
    }
    recorded = {"subjects"}
    if any(entry.name in raw for entry in outcomes[1:]):
        recorded.add("outcomes")
    used = [column for column in DAILY if column in raw]
    if not any(column in raw for column in DAILY_COUNTS):
        text = "The file has no counts (hgb_g_l, plt_10e9_l, ne_10e9_l): no grade comes of it."
        findings.append(finding(NOTE, "counts", "", text))
    if not used:
        return tables, recorded
    if "day" not in raw:
        text = "There is no column 'day' (days after infusion). Add it: day 0 is the infusion."
        findings.append(finding(BLOCKS, "counts", "day", text))
        return tables, recorded
    rows = _dated(raw, used, findings)
    tables["counts"] = _daily_counts(rows, findings)
    tables["prednisone"] = _daily_doses(rows, findings)
    tables["support"] = _daily_marks(rows, DAILY_SUPPORT, "kind", "support", findings)
    tables["events"] = _daily_events(rows, findings)
    recorded |= {column for column in used if column in (*DAILY_EVENTS, *DAILY_FINDINGS)}
    recorded |= {DAILY_SUPPORT[column] for column in used if column in DAILY_SUPPORT}
    recorded |= {"counts"} if any(column in raw for column in DAILY_COUNTS) else set()
    recorded |= {"prednisone"} if DAILY_DOSE in raw else set()
    recorded |= {"support"} if recorded & set(DAILY_SUPPORT.values()) else set()
    recorded |= {"events"} if recorded & {*DAILY_EVENTS, *DAILY_FINDINGS} else set()
    return tables, recorded


def drop_nameless(raw: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Leave out rows without a subject_id, and say so."""
    names = raw["subject_id"].str.strip()
    nameless = (names.isna() | (names == "")).to_numpy(dtype=bool)
    if nameless.any():
        text = (
            f"{int(nameless.sum())} of {len(raw)} rows have no subject_id and are not used. "
            "Fill it in."
        )
        findings.append(finding(CHANGES, "file", "subject_id", text, value=int(nameless.sum())))
    return raw.assign(subject_id=names)[~nameless]


def note_unknown(raw: pd.DataFrame, known: list[str], table: str, findings: Findings) -> None:
    """Say which columns are not used, and which of them may be misspelled."""
    for column in raw.columns.difference(known):
        near = nearest_name(column, sorted(set(known) - set(raw.columns)), cutoff=0.6)
        hint = f" Did you mean {near!r}? Rename it." if near else ""
        text = f"The column {column!r} is not one of this layout and is not used.{hint}"
        findings.append(finding(CHANGES if near else NOTE, table, column, text))


def _patient_level(
    raw: pd.DataFrame, columns: tuple[Column, ...], table: str, findings: Findings
) -> pd.DataFrame:
    """One row per patient: each column's first value, with a finding where a patient has two."""
    rows = raw[[entry.name for entry in columns if entry.name in raw]].drop_duplicates()
    first = rows.groupby("subject_id", sort=False).first().reset_index()
    if len(rows) > len(first):
        n_values = rows.groupby("subject_id", sort=False).nunique()
        for column in n_values.columns.tolist():
            n = int((n_values[column] > 1).sum())
            if n:
                text = (
                    f"{n} of {len(first)} patients have more than one {column!r}: the first is "
                    "used. A patient-level column must say the same on every row of a patient."
                )
                findings.append(finding(CHANGES, table, column, text, value=n))
    return convert_columns(first, columns, table, findings, in_file_order=False)


def _dated(raw: pd.DataFrame, used: list[str], findings: Findings) -> pd.DataFrame:
    """Rows that have a day, with the day as a whole number."""
    rows = raw.assign(day=convert_numbers(raw["day"], "counts", findings, whole=True))
    dayless = rows["day"].isna()
    lost = int((dayless & raw[used].notna().any(axis=1)).sum())
    if lost:
        text = (
            f"{lost} of {len(raw)} rows have counts, doses or events but no day, and are not "
            "used. Fill in the day."
        )
        findings.append(finding(CHANGES, "file", "day", text, value=lost))
    rows = rows[~dayless].astype({"day": "int64"})
    told_twice = rows.duplicated()
    if told_twice.any():
        text = f"{int(told_twice.sum())} of {len(rows)} rows are told twice; it changes nothing."
        findings.append(finding(NOTE, "file", "day", text, value=int(told_twice.sum())))
    rows = rows[~told_twice]
    n_twice = int(rows.duplicated(["subject_id", "day"]).sum())
    if n_twice:
        text = (
            f"{n_twice} of {len(rows)} rows are of a patient and day that have a row already: of "
            "two counts the worse is used, of two doses the last. Keep one row a day."
        )
        findings.append(finding(CHANGES, "file", "day", text, value=n_twice))
    return rows


def _daily_counts(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    parts = []
    limits = {param: column for column, param in DAILY_LLN.items()}
    for column, param in DAILY_COUNTS.items():
        if column not in rows:
            continue
        part = rows[["subject_id", "day"]].assign(
            param=param,
            value=convert_numbers(rows[column], "counts", findings, below=True),
            unit=UNITS[param],
            lln=np.nan,
        )
        if limits[param] in rows:
            part["lln"] = convert_numbers(rows[limits[param]], "counts", findings)
        parts.append(part[part["value"].notna()])
    if not parts:
        return pd.DataFrame(columns=[entry.name for entry in TABLES["counts"]]).astype(
            {"value": float, "lln": float, "day": "int64"}
        )
    return pd.concat(parts, ignore_index=True)


def _daily_doses(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Doses given day by day as runs of days on one dose."""
    columns = [entry.name for entry in TABLES["prednisone"]]
    if DAILY_DOSE not in rows:
        return pd.DataFrame(columns=columns)
    dose = convert_numbers(rows[DAILY_DOSE], "prednisone", findings)
    days = rows[["subject_id", "day"]].assign(dose=dose)
    days = days[days["dose"] > 0].sort_values(["subject_id", "day"], kind="stable")
    days = days.drop_duplicates(["subject_id", "day"], keep="last")
    _note_visit_doses(days, findings)
    new = (
        (days["subject_id"] != days["subject_id"].shift())
        | (days["day"] != days["day"].shift() + 1)
        | (days["dose"] != days["dose"].shift())
    )
    runs = days.groupby(new.cumsum()).agg(
        subject_id=("subject_id", "first"),
        start_day=("day", "first"),
        end_day=("day", "last"),
        dose=("dose", "first"),
    )
    return runs.assign(drug="prednisone")[columns].reset_index(drop=True)


def _note_visit_doses(days: pd.DataFrame, findings: Findings) -> None:
    """Warn where doses stand on days far apart, as if they were written down at visits only."""
    gaps = days.groupby("subject_id", sort=False)["day"].diff()
    usual = gaps.groupby(days["subject_id"], sort=False).median()
    apart = usual[(usual > Settings().course_gap + 1) & (usual <= 35)]
    if len(apart):
        text = (
            f"{len(apart)} patients have prednisone on days that are usually {apart.median():g} "
            f"days apart, as if only visits were written down. A gap of more than "
            f"{Settings().course_gap} days ends a course, so there will be far too many courses "
            "and relapses. Give a row for every day on the drug, or a prednisone table with the "
            "first and last day of each dose."
        )
        findings.append(finding(CHANGES, "prednisone", DAILY_DOSE, text, value=len(apart)))


def _daily_marks(
    rows: pd.DataFrame, kinds: dict[str, str], name: str, table: str, findings: Findings
) -> pd.DataFrame:
    """A row for each day on which a yes/no column of the day says yes."""
    parts = [pd.DataFrame({"subject_id": pd.Series(dtype=object), "day": [], name: []})]
    for column, kind in kinds.items():
        if column in rows:
            yes = convert_answers(rows[column], table, findings).fillna(False).to_numpy(bool)
            parts.append(rows.loc[yes, ["subject_id", "day"]].assign(**{name: kind}))
    marks = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return marks.astype({"day": "int64"})


def _daily_events(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    kinds = {name: name for name in DAILY_EVENTS}
    parts = [_daily_marks(rows, kinds, "event", "events", findings).assign(result="")]
    columns = TABLES["events"]
    for column in DAILY_FINDINGS:
        if column in rows:
            seen = rows.loc[rows[column].notna(), ["subject_id", column]]
            part = seen.assign(event=column).rename(columns={column: "result"})
            part = convert_columns(part, columns, "events", findings)
            part.insert(1, "day", rows["day"])
            parts.append(part[part["result"].notna()])
    events = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return events.astype({"day": "int64"})
