"""From a file's bytes to a cohort: a CSV in the sample's layout, or a folder of tidy tables."""

import io
from pathlib import Path
from typing import Any

import pandas as pd

from pht_core.cells import Findings, convert_columns
from pht_core.cohort import Cohort, build_cohort, digest_of, recorded_in
from pht_core.errors import BlockedCohort, UnreadableFile
from pht_core.layout import drop_nameless, note_unknown, split_daily
from pht_core.schema import TABLES
from pht_core.validation import (
    BLOCKS,
    CHANGES,
    check_tables,
    finding,
    findings_table,
    format_finding,
)

SAMPLE_FOLDER = Path(__file__).resolve().parent.parent / "sample_data"
SAMPLE_FILE = SAMPLE_FOLDER / "cohort.csv"
TREATED_FILE = SAMPLE_FOLDER / "treated.csv"


def read_table(
    content: bytes, name: str = "the file", *, may_be_empty: bool = False
) -> pd.DataFrame:
    """A comma-separated file as text columns, empty cells missing, nothing guessed.

    The index is the row's place in the file, the first row after the header being 0.

    Raises
    ------
    UnreadableFile
        If it is empty, no text in UTF-8, not separated by commas, or a row has more cells than
        the header; and, unless ``may_be_empty``, if there is no row after the header.
    """
    _check_content(content, name)
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            dtype=str,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
            skipinitialspace=True,
            skip_blank_lines=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise UnreadableFile(
            f"{name} could not be read as a CSV file: {_reason(error)}. "
            "Save it as CSV with commas, one header row and one row per patient and day."
        ) from None
    if not isinstance(table.index, pd.RangeIndex):
        raise UnreadableFile(
            f"{name} has rows with more cells than the header. Save it again with one name for "
            "each column, and with quotes around a cell that holds a comma."
        )
    table = table.rename(columns=lambda column: str(column).strip())
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise UnreadableFile(f"{name} has the column {twice[0]!r} twice. Keep one of them.")
    table = table[table.notna().any(axis=1)]
    if not len(table) and not may_be_empty:
        raise UnreadableFile(
            f"{name} has a header but no rows. Add the patients, and save it again."
        )
    return table


def _check_content(content: bytes, name: str) -> None:
    """Refuse what is no comma-separated text, with a hint to what it is."""
    if not content.strip():
        raise UnreadableFile(f"{name} is empty. Save it as CSV ('CSV UTF-8') again.")
    if content.startswith(b"PK"):
        raise UnreadableFile(
            f"{name} is an Excel workbook or an archive. Save the sheet as 'CSV UTF-8'."
        )
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(
            f"{name} is not text in UTF-8. Save it as 'CSV UTF-8' and try again."
        ) from None
    if b"\x00" in content:
        raise UnreadableFile(f"{name} is not text. Save the table as 'CSV UTF-8'.")
    header = content.lstrip().splitlines()[0]
    for separator, what in ((b";", "semicolons"), (b"\t", "tabs")):
        if separator in header and b"," not in header:
            raise UnreadableFile(
                f"{name} separates its columns with {what}. Save it with commas, and numbers "
                "with decimal points."
            )


def _reason(error: Exception) -> str:
    """What pandas says of a file, without the name of its parser."""
    return str(error).replace("Error tokenizing data. C error:", "").strip().rstrip(".")


def read_cohort(source: bytes | Path, name: str = "", *, simulated: bool = False) -> Cohort:
    """Read a cohort from a CSV's bytes or path, or from a folder of tidy tables.

    Parameters
    ----------
    source : a CSV in the sample's layout (a row per patient and day, patient-level columns
        repeated; a file of patient-level columns alone will do), or a folder that holds
        ``subjects.csv``, ``counts.csv`` and so on with the columns of ``schema.TABLES``; its
        support and events tables are taken to tell of all kinds, its wide file of its columns.
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
        source = _read_bytes(source, name)
    name = name or "the file"
    raw = read_table(source, name)
    findings: Findings = []
    tables, recorded = split_daily(raw, findings)
    if not len(tables["subjects"]):
        raise UnreadableFile(f"{name} has no row with a subject_id. Fill it in.")
    return _checked(tables, findings, frozenset(recorded), name, digest_of(source), simulated)


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
    for table in TABLES:
        file = folder / f"{table}.csv"
        if file.exists():
            own = _read_bytes(file, file.name)
            content += own
            tables[table] = _tidy(read_table(own, file.name, may_be_empty=True), table, findings)
    if not tables:
        names = ", ".join(f"{table}.csv" for table in TABLES)
        raise UnreadableFile(f"{folder} holds none of {names}. Give the folder that holds them.")
    if not any(len(frame) for frame in tables.values()):
        raise UnreadableFile(f"The tables in {folder} have no rows. Add the patients.")
    return _checked(tables, findings, recorded_in(tables), name, digest_of(content), simulated)


def _read_bytes(file: Path, name: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"{name} could not be opened: {error.strerror}. Check the path, or give another file."
        ) from None


def _tidy(raw: pd.DataFrame, table: str, findings: Findings) -> pd.DataFrame:
    """One tidy table's text as its kinds, without rows that lack a key."""
    columns = TABLES[table]
    note_unknown(raw, [entry.name for entry in columns], table, findings)
    if "subject_id" in raw:
        raw = drop_nameless(raw, findings)
    frame = convert_columns(raw, columns, table, findings)
    for key in ("day", "start_day", "param"):
        if key in frame and frame[key].isna().any():
            n = int(frame[key].isna().sum())
            text = f"{n} of {len(frame)} rows have no {key} and are not used. Fill it in."
            findings.append(finding(CHANGES, table, key, text, value=n))
            frame = frame[frame[key].notna()]
    if table in ("subjects", "outcomes") and "subject_id" in frame:
        twice = frame["subject_id"].duplicated()
        if twice.any():
            n = int(frame.loc[twice, "subject_id"].nunique())
            text = f"{table} has {n} patients on more than one row: the first is used. Keep one."
            findings.append(finding(CHANGES, table, "subject_id", text, value=n))
        frame = frame[~twice]
    days = [key for key in ("day", "start_day") if key in frame]
    return frame.astype(dict.fromkeys(days, "int64")).reset_index(drop=True)


def _checked(
    tables: dict[str, pd.DataFrame],
    findings: Findings,
    recorded: frozenset[str],
    name: str,
    digest: str,
    simulated: bool,
) -> Cohort:
    rows: list[Any] = check_tables(tables).to_dict("records")
    table = findings_table([*findings, *rows])
    grave = table[table["severity"] == BLOCKS]
    if len(grave):
        raise BlockedCohort(
            f"{name} cannot be used. " + " ".join(map(format_finding, grave.itertuples())), table
        )
    return build_cohort(
        tables,
        name=name,
        digest=digest,
        findings=table,
        recorded=recorded,
        simulated=simulated,
    )
