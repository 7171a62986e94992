"""From a file's bytes to a cohort: a CSV in the sample's layout, or a folder of tidy tables."""

import difflib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pht_core.cohort import Cohort, build_cohort, digest_of
from pht_core.errors import BlockedCohort, UnreadableFile
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
)
from pht_core.validation import BLOCKS, CHANGES, NOTE, check_tables, finding, findings_table

SAMPLE_FOLDER = Path(__file__).resolve().parent.parent / "sample_data"
SAMPLE_FILE = SAMPLE_FOLDER / "cohort.csv"
TREATED_FILE = SAMPLE_FOLDER / "treated.csv"
YES = {"yes", "y", "true", "t", "1", "1.0"}
NO = {"no", "n", "false", "f", "0", "0.0"}
SEXES = {"m": "M", "male": "M", "f": "F", "female": "F"}

Findings = list[dict[str, Any]]


def read_table(content: bytes, name: str = "the file") -> pd.DataFrame:
    """A comma-separated file as text columns, empty cells missing, nothing guessed.

    Raises
    ------
    UnreadableFile
        If it is empty, not UTF-8, or its rows do not have the header's number of columns.
    """
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            dtype=str,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
            skipinitialspace=True,
        )
    except UnicodeDecodeError:
        raise UnreadableFile(
            f"{name} is not text in UTF-8. Save it as 'CSV UTF-8' and try again."
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise UnreadableFile(
            f"{name} could not be read as a CSV file: {str(error).strip()} "
            "Save it as CSV with commas, one header row and one row per patient and day."
        ) from None
    if not len(table):
        raise UnreadableFile(f"{name} has a header but no rows. Nothing can be shown of it.")
    return table.rename(columns=lambda column: str(column).strip())


def read_cohort(source: bytes | Path, name: str = "", *, simulated: bool = False) -> Cohort:
    """Read a cohort from a CSV's bytes or path, or from a folder of tidy tables.

    Parameters
    ----------
    source : a CSV in the sample's layout (a row per patient and day, patient-level columns
        repeated; a file of patient-level columns alone will do), or a folder that holds
        ``subjects.csv``, ``counts.csv`` and so on with the columns of ``schema.TABLES``.
    name : what figures call the data; the file's name by default.

    Raises
    ------
    UnreadableFile, BlockedCohort
        The second carries all findings; those of a cohort that is returned are its ``findings``.
    """
    if isinstance(source, Path) and source.is_dir():
        return _read_folder(source, name or source.name, simulated)
    if isinstance(source, Path):
        name = name or source.name
        try:
            source = source.read_bytes()
        except OSError as error:
            raise UnreadableFile(f"{name} could not be opened: {error.strerror}.") from None
    name = name or "the file"
    raw = read_table(source, name)
    findings: Findings = []
    tables, recorded = split_daily(raw, findings)
    return _checked(tables, findings, recorded, name, digest_of(source), simulated)


def read_sample() -> Cohort:
    """The sample: 17 patients, Table 3 of Wang et al. 2023 with simulated serial data."""
    return read_cohort(SAMPLE_FILE, "Wang 2023 sample (simulated counts)", simulated=True)


def read_treated() -> pd.DataFrame:
    """All 159 treated patients of the sample, patient-level only (simulated but for the 17).

    Columns as ``schema.TABLES["subjects"]``; pht_d28 is missing for those without counts.
    """
    return read_cohort(TREATED_FILE, simulated=True).subjects


def _read_folder(folder: Path, name: str, simulated: bool) -> Cohort:
    findings: Findings = []
    tables: dict[str, pd.DataFrame] = {}
    content = b""
    for table, columns in TABLES.items():
        file = folder / f"{table}.csv"
        if not file.exists():
            continue
        raw_bytes = file.read_bytes()
        content += raw_bytes
        raw = read_table(raw_bytes, file.name)
        tables[table] = _typed(raw, columns, table, findings)
    if not tables:
        names = ", ".join(f"{table}.csv" for table in TABLES)
        raise UnreadableFile(f"{folder} holds none of {names}.")
    recorded = set(tables)
    for table, kind in (("support", "kind"), ("events", "event")):
        if table in tables and kind in tables[table]:
            recorded |= set(tables[table][kind].dropna())
    return _checked(tables, findings, recorded, name, digest_of(content), simulated)


def _checked(
    tables: dict[str, pd.DataFrame],
    findings: Findings,
    recorded: set[str],
    name: str,
    digest: str,
    simulated: bool,
) -> Cohort:
    rows: list[Any] = check_tables(tables).to_dict("records")
    table = findings_table([*findings, *rows])
    grave = table[table["severity"] == BLOCKS]
    if len(grave):
        raise BlockedCohort(f"{name} cannot be used. " + " ".join(grave["message"]), table)
    return build_cohort(
        tables,
        name=name,
        digest=digest,
        findings=table,
        recorded=frozenset(recorded),
        simulated=simulated,
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
        near = difflib.get_close_matches("subject_id", raw.columns.tolist(), n=1, cutoff=0.4)
        hint = f" Perhaps it is called {near[0]!r} here: rename it." if near else ""
        text = f"There is no column 'subject_id' that tells the patients apart.{hint}"
        raise BlockedCohort(
            text, findings_table([*findings, finding(BLOCKS, "subjects", "subject_id", text)])
        )
    raw = _without_nameless(raw, findings)
    outcomes, subjects = TABLES["outcomes"], TABLES["subjects"]
    daily = [*DAILY_COUNTS, *DAILY_LLN, DAILY_DOSE, *DAILY_SUPPORT, *DAILY_EVENTS, *DAILY_FINDINGS]
    known = {entry.name for entry in (*subjects, *outcomes)} | {"day", *daily}
    for column in raw.columns.difference(list(known)):
        near = difflib.get_close_matches(column, sorted(known), n=1, cutoff=0.6)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        text = f"The column {column!r} is not one of this layout and is not used.{hint}"
        findings.append(finding(CHANGES if near else NOTE, "file", column, text))
    tables = {
        "subjects": _patient_level(raw, subjects, "subjects", findings),
        "outcomes": _patient_level(raw, outcomes, "outcomes", findings),
    }
    recorded = {"subjects"}
    if any(entry.name in raw for entry in outcomes[1:]):
        recorded.add("outcomes")
    used = [column for column in daily if column in raw]
    if not used:
        return tables, recorded
    if "day" not in raw:
        text = "There is no column 'day' (days after infusion). Add it: day 0 is the infusion."
        findings.append(finding(BLOCKS, "counts", "day", text))
        return tables, recorded
    rows = raw.assign(day=_numbers(raw["day"], "counts", "day", findings, whole=True))
    rows = rows[rows["day"].notna()]
    tables["counts"] = _daily_counts(rows, findings)
    tables["prednisone"] = _daily_doses(rows, findings)
    tables["support"] = _daily_marks(rows, DAILY_SUPPORT, "kind", "support", findings)
    tables["events"] = _daily_events(rows, findings)
    tables["events"]["event"] = tables["events"]["event"].astype(object)
    recorded |= {column for column in used if column in (*DAILY_EVENTS, *DAILY_FINDINGS)}
    recorded |= {DAILY_SUPPORT[column] for column in used if column in DAILY_SUPPORT}
    recorded |= {"counts"} if any(c in raw for c in DAILY_COUNTS) else set()
    recorded |= {"prednisone"} if DAILY_DOSE in raw else set()
    return tables, recorded


def _without_nameless(raw: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    nameless = raw["subject_id"].isna() | (raw["subject_id"].str.strip() == "")
    if nameless.any():
        text = f"{int(nameless.sum())} rows have no subject_id and are not used. Fill it in."
        findings.append(finding(CHANGES, "file", "subject_id", text, value=int(nameless.sum())))
    raw = raw[~nameless]
    return raw.assign(subject_id=raw["subject_id"].str.strip())


def _patient_level(
    raw: pd.DataFrame, columns: tuple[Column, ...], table: str, findings: Findings
) -> pd.DataFrame:
    """One row per patient: each column's first value, with a finding where a patient has two."""
    here = [entry.name for entry in columns if entry.name in raw]
    rows = raw[here]
    first = rows.groupby("subject_id", sort=False).first().reset_index()
    if len(rows) > len(first):
        n_values = rows.drop_duplicates().groupby("subject_id", sort=False).nunique()
        for column in n_values.columns.tolist():
            n = int((n_values[column] > 1).sum())
            if n:
                text = (
                    f"{n} patients have more than one {column!r}: the first is used. "
                    "A patient-level column must say the same on every row of a patient."
                )
                findings.append(finding(CHANGES, table, column, text, value=n))
    return _typed(first, columns, table, findings)


def _typed(
    raw: pd.DataFrame, columns: tuple[Column, ...], table: str, findings: Findings
) -> pd.DataFrame:
    typed = {}
    for entry in columns:
        if entry.name not in raw:
            continue
        values = raw[entry.name]
        if entry.kind == "yes_no":
            typed[entry.name] = _answers(values, table, entry.name, findings)
        elif entry.kind in ("number", "whole"):
            whole = entry.kind == "whole"
            typed[entry.name] = _numbers(values, table, entry.name, findings, whole=whole)
        elif entry.name == "sex":
            typed[entry.name] = _sexes(values, findings)
        else:
            typed[entry.name] = values.str.strip().astype(object)
    frame = pd.DataFrame(typed)
    days = [name for name in ("day", "start_day") if name in frame and table != "subjects"]
    frame = frame.dropna(subset=days)
    return frame.astype(dict.fromkeys(days, "int64"))


def _numbers(
    values: pd.Series, table: str, column: str, findings: Findings, *, whole: bool = False
) -> pd.Series:
    """Text as numbers; what is none becomes missing, with a finding that shows the first."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    numbers = numbers.where(np.isfinite(numbers))
    lost = values.notna() & numbers.isna()
    if lost.any():
        first = values[lost].iloc[0]
        text = (
            f"{int(lost.sum())} cells are not numbers, the first {first!r}: they count as "
            "missing. Write numbers with a decimal point and nothing else in the cell."
        )
        row = int(np.flatnonzero(lost.to_numpy())[0]) + 2
        findings.append(finding(CHANGES, table, column, text, row=row, value=first))
    if whole:
        broken = numbers.notna() & (numbers != np.floor(numbers))
        if broken.any():
            text = f"{int(broken.sum())} values are not whole: they count as missing."
            findings.append(finding(CHANGES, table, column, text, value=numbers[broken].iloc[0]))
            numbers = numbers.where(~broken)
    return numbers


def _answers(values: pd.Series, table: str, column: str, findings: Findings) -> pd.Series:
    words = values.str.strip().str.lower()
    answers = pd.Series(pd.NA, index=values.index, dtype="boolean")
    answers[words.isin(YES)] = True
    answers[words.isin(NO)] = False
    lost = words.notna() & answers.isna()
    if lost.any():
        text = f"{int(lost.sum())} cells are neither yes nor no and count as missing."
        findings.append(finding(CHANGES, table, column, text, value=values[lost].iloc[0]))
    return answers


def _sexes(values: pd.Series, findings: Findings) -> pd.Series:
    sexes = values.str.strip().str.lower().map(SEXES)
    lost = values.notna() & sexes.isna()
    if lost.any():
        text = f"{int(lost.sum())} cells are neither M nor F and count as missing."
        findings.append(finding(CHANGES, "subjects", "sex", text, value=values[lost].iloc[0]))
    return sexes.astype(object)


def _daily_counts(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    parts = []
    for column, param in DAILY_COUNTS.items():
        if column not in rows:
            continue
        values = _numbers(rows[column], "counts", column, findings)
        part = pd.DataFrame({"subject_id": rows["subject_id"], "day": rows["day"]})
        part["param"], part["value"], part["unit"], part["lln"] = (
            param,
            values,
            UNITS[param],
            np.nan,
        )
        for limit, of in DAILY_LLN.items():
            if of == param and limit in rows:
                part["lln"] = _numbers(rows[limit], "counts", limit, findings)
        parts.append(part[part["value"].notna()])
    if not parts:
        return pd.DataFrame(columns=[entry.name for entry in TABLES["counts"]]).astype(
            {"value": float, "lln": float, "day": "int64"}
        )
    return pd.concat(parts, ignore_index=True).astype({"day": "int64"})


def _daily_doses(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Doses given day by day as runs of days on one dose."""
    columns = [entry.name for entry in TABLES["prednisone"]]
    if DAILY_DOSE not in rows:
        return pd.DataFrame(columns=columns)
    dose = _numbers(rows[DAILY_DOSE], "prednisone", DAILY_DOSE, findings)
    days = pd.DataFrame({"subject_id": rows["subject_id"], "day": rows["day"], "dose": dose})
    days = days[days["dose"] > 0].sort_values(["subject_id", "day"], kind="stable")
    days = days.drop_duplicates(["subject_id", "day"], keep="last")
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
    runs = runs.assign(drug="prednisone").astype({"start_day": "int64"})
    return runs[columns].reset_index(drop=True)


def _daily_marks(
    rows: pd.DataFrame, kinds: dict[str, str], name: str, table: str, findings: Findings
) -> pd.DataFrame:
    """A row for each day on which a yes/no column of the day says yes."""
    parts = [pd.DataFrame({"subject_id": pd.Series(dtype=object), "day": [], name: []})]
    for column, kind in kinds.items():
        if column in rows:
            yes = _answers(rows[column], table, column, findings).fillna(False).to_numpy(bool)
            part = rows.loc[yes, ["subject_id", "day"]].assign(**{name: kind})
            parts.append(part)
    marks = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return marks.astype({"day": "int64"})


def _daily_events(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    kinds = {name: name for name in DAILY_EVENTS}
    parts = [_daily_marks(rows, kinds, "event", "events", findings).assign(result="")]
    for column in DAILY_FINDINGS:
        if column in rows:
            seen = rows[rows[column].notna()]
            part = seen[["subject_id", "day"]].assign(event=column)
            result = seen[column].str.strip().str.lower().str.replace(" ", "_")
            parts.append(part.assign(result=result).astype({"day": "int64"}))
    return pd.concat([part.astype(object) for part in parts], ignore_index=True).astype(
        {"day": "int64"}
    )
