"""What is wrong with a file's tables, as a table: it finds, it never raises and never mends."""

from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.schema import (
    EVENT_KINDS,
    EVENT_RESULTS,
    LINEAGES,
    PLAUSIBLE,
    SUPPORT_KINDS,
    TABLES,
    UNITS,
)

BLOCKS, CHANGES, NOTE = "blocks", "changes a result", "note"
FINDING_COLUMNS = ["severity", "table", "row", "column", "value", "found", "done", "to_do"]

Findings = list[dict[str, Any]]


def finding(
    severity: str,
    table: str,
    column: str,
    found: str,
    done: str = "",
    to_do: str = "",
    row: object = "",
    value: object = "",
) -> dict[str, Any]:
    """One row of the table of findings.

    Parameters
    ----------
    severity : `BLOCKS`, `CHANGES` or `NOTE`.
    table, column : where it is, by the names that the user's file has, else those of the schema.
    found, done, to_do : sentences: what is wrong, what was done about it, what the user can do.
    row : the file's line (or the sheet's row), where there is one.
    value : the first cell concerned, or how many there are.
    """
    cells = (severity, table, row, column, value, found, done, to_do)
    return dict(zip(FINDING_COLUMNS, cells, strict=True))


def format_finding(row: Any) -> str:
    """A finding's sentences in one line; ``row`` has found, done and to_do as attributes."""
    return " ".join(filter(None, (row.found, row.done, row.to_do)))


def counted(n: int, one: str, many: str) -> str:
    """How many, with the words for one or for many.

    >>> counted(1, "row has", "rows have"), counted(0, "row has", "rows have")
    ('1 row has', '0 rows have')
    """
    return f"{n} {one if n == 1 else many}"


def findings_table(rows: Findings) -> pd.DataFrame:
    """The findings as a frame, the gravest first."""
    table = pd.DataFrame(rows, columns=FINDING_COLUMNS)
    order = {BLOCKS: 0, CHANGES: 1, NOTE: 2}
    return table.sort_values("severity", key=lambda s: s.map(order), kind="stable").reset_index(
        drop=True
    )


def check_tables(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Look through typed tables for what would make a figure wrong.

    Parameters
    ----------
    tables : by name, with the columns of ``schema.TABLES`` (missing columns are findings).

    Returns
    -------
    pandas.DataFrame
        severity (``blocks``, ``changes a result``, ``note``), table, row, column, value, message.
        The message says what was done and what to do.
    """
    rows: Findings = []
    for name, frame in tables.items():
        for entry in TABLES[name]:
            if entry.required and entry.name not in frame:
                rows.append(
                    finding(
                        BLOCKS,
                        name,
                        entry.name,
                        f"The {name} table has no column {entry.name!r} ({entry.title}).",
                        "Nothing can be used.",
                        "Add it.",
                    )
                )
                continue
            if entry.name in frame and entry.kind in ("number", "whole"):
                rows += _out_of_bounds(name, frame, entry.name, entry.lowest, entry.highest)
    counts = tables.get("counts")
    if counts is not None and {"param", "value", "unit", "day"} <= set(counts):
        rows += _check_counts(counts)
    for name, column, kinds in (
        ("support", "kind", SUPPORT_KINDS),
        ("events", "event", EVENT_KINDS),
    ):
        if name in tables and column in tables[name]:
            rows += _unknown_names(name, column, tables[name][column], list(kinds))
    if "events" in tables:
        rows += _check_results(tables["events"])
    if "prednisone" in tables:
        rows += _check_doses(tables["prednisone"])
    if "outcomes" in tables:
        rows += _check_outcomes(tables["outcomes"])
    return findings_table(rows)


def _out_of_bounds(
    table: str, frame: pd.DataFrame, column: str, lowest: float | None, highest: float | None
) -> Findings:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    low = -np.inf if lowest is None else lowest
    high = np.inf if highest is None else highest
    outside = np.flatnonzero((values < low) | (values > high))
    if not outside.size:
        return []
    first = values[outside[0]]
    bound = f"less than {low:.10g}" if first < low else f"more than {high:.10g}"
    who = frame["subject_id"].iloc[outside[0]] if "subject_id" in frame else "One row"
    others = f" {outside.size - 1} more rows are out of bounds." if outside.size > 1 else ""
    text = f"{who} has {column} {first:.10g}, {bound}.{others}"
    done = "It is used as it stands."
    return [finding(CHANGES, table, column, text, done, "Correct it in the file.", value=first)]


def _unknown_names(table: str, column: str, values: pd.Series, known: list[str]) -> Findings:
    names = values.astype("category").cat
    told = np.bincount(names.codes.to_numpy() + 1, minlength=len(names.categories) + 1)[1:] > 0
    strange = sorted(set(map(str, names.categories[told])) - set(known))
    return [
        finding(
            CHANGES,
            table,
            column,
            f"{name!r} is not one of {', '.join(known)}.",
            "Its rows are not used.",
            "Rename it.",
            value=name,
        )
        for name in strange
    ]


def _check_counts(counts: pd.DataFrame) -> Findings:
    rows = _unknown_names("counts", "param", counts["param"], list(LINEAGES))
    params = counts["param"].astype("category").cat
    units = counts["unit"].astype("category").cat
    values = pd.to_numeric(counts["value"], errors="coerce").to_numpy(float, na_value=np.nan)
    unit_names = [*units.categories.tolist(), None]
    for param in LINEAGES:
        place = params.categories.get_indexer(pd.Index([param]))[0]
        here = (params.codes == place).to_numpy() if place >= 0 else np.zeros(len(values), bool)
        if not here.any():
            text = f"There are no {param} counts."
            done = "Nothing is shown of that lineage."
            rows.append(finding(CHANGES, "counts", "param", text, done, value=param))
            continue
        told = np.bincount(units.codes[here].to_numpy() + 1, minlength=len(unit_names))
        for unit, n in zip(unit_names, np.roll(told, -1), strict=True):
            if not n or unit == UNITS[param]:
                continue
            what = "have no unit" if unit is None else f"are in {unit!r}, not {UNITS[param]}"
            rows.append(
                finding(
                    CHANGES,
                    "counts",
                    "unit",
                    f"{n} {param} counts {what}.",
                    "They have no grade.",
                    f"Give them in {UNITS[param]}.",
                    value="" if unit is None else unit,
                )
            )
        negative = values[here & (values < 0)]
        if negative.size:
            rows.append(
                finding(
                    CHANGES,
                    "counts",
                    "value",
                    f"{negative.size} {param} counts are below 0, the first {negative[0]:g}.",
                    "They have no grade.",
                    "Leave the cell empty where nothing was counted.",
                    value=negative[0],
                )
            )
        low, high = PLAUSIBLE[param]
        odd = np.flatnonzero(here & (values >= 0) & ((values < low) | (values > high)))
        if odd.size:
            rows.append(
                finding(
                    CHANGES,
                    "counts",
                    "value",
                    f"{odd.size} {param} counts lie outside {low:g} to {high:g} {UNITS[param]}, "
                    f"the first {values[odd[0]]:g}.",
                    "They are used as they stand.",
                    "Check the values and their unit.",
                    value=values[odd[0]],
                )
            )
    n_twice = _count_disagreeing(counts, values)
    if n_twice:
        rows.append(
            finding(
                CHANGES,
                "counts",
                "value",
                f"{n_twice} patient-days have two different values of one lineage.",
                "The worse grade is used.",
                "Keep one value a day.",
                value=n_twice,
            )
        )
    return rows


def _count_disagreeing(counts: pd.DataFrame, values: np.ndarray) -> int:
    """Patients' days on which one lineage has more than one value."""
    given = np.isfinite(values) & counts["day"].notna().to_numpy()
    keys = patient_day_keys(counts[given] if not given.all() else counts)
    twice = find_repeated(keys)
    if not twice.any():
        return 0
    told = pd.DataFrame({"key": keys[twice], "value": values[given][twice]})
    return int((told.groupby("key")["value"].nunique() > 1).sum())


def patient_day_keys(counts: pd.DataFrame) -> np.ndarray:
    """A whole number for each row that two rows share if patient, lineage and day are the same.

    Rows without a day must be gone.
    """
    keys = np.zeros(len(counts), dtype=np.int64)
    for column in ("subject_id", "param"):
        own = counts[column].astype("category").cat
        keys = keys * (len(own.categories) + 1) + own.codes.to_numpy() + 1
    days = counts["day"].to_numpy(dtype=np.int64)
    first = days.min(initial=0)
    return keys * (days.max(initial=0) - first + 1) + (days - first)


def find_repeated(keys: np.ndarray) -> np.ndarray:
    """Which whole numbers stand in an array more than once."""
    if not keys.size:
        return np.zeros(0, dtype=bool)
    place = keys - keys.min()
    if place.max() <= 16 * keys.size:  # counting is several times faster than hashing
        repeated: np.ndarray = (np.bincount(place) > 1)[place]
        return repeated
    return pd.Series(keys).duplicated(keep=False).to_numpy()


def _check_results(events: pd.DataFrame) -> Findings:
    rows: Findings = []
    if not {"event", "result"} <= set(events):
        return rows
    for event, results in EVENT_RESULTS.items():
        given = events.loc[events["event"] == event, "result"].dropna()
        for name in sorted({str(name) for name in given} - {"", *results}):
            text = f"{name!r} is not a result of {event}."
            use = f"Use {' or '.join(results)}."
            rows.append(
                finding(CHANGES, "events", "result", text, "It is not used.", use, value=name)
            )
    return rows


def _check_doses(prednisone: pd.DataFrame) -> Findings:
    if not {"start_day", "end_day"} <= set(prednisone):
        return []
    rows: Findings = []
    n = int((prednisone["end_day"] < prednisone["start_day"]).sum())
    if n:
        ends = counted(n, "row ends before it starts", "rows end before they start")
        text = f"Of the steroids {ends}."
        done = "They are used as they stand."
        rows.append(
            finding(CHANGES, "prednisone", "end_day", text, done, "Correct their days.", value=n)
        )
    if "drug" not in prednisone or not len(prednisone):
        return rows
    same = prednisone["drug"].astype(object).replace("prednisolone", "prednisone")
    order = prednisone.assign(drug=same)
    order = order.sort_values(["subject_id", "drug", "start_day"], kind="stable")
    before = order.groupby(["subject_id", "drug"], observed=True)["end_day"].shift()
    early = order[(order["start_day"] <= before).to_numpy()]
    if len(early):
        day, who = early["start_day"].iloc[0], early["subject_id"].iloc[0]
        rows.append(
            finding(
                CHANGES,
                "prednisone",
                "start_day",
                f"{counted(len(early), 'row begins', 'rows begin')} "
                f"before the last row of the same drug ends, the first on "
                f"day {day:g} of {who}.",
                "On days of two rows the later one's dose is shown; doses are not added.",
                "Correct the days, or give the day's whole dose in one row.",
                value=f"{day:g}",
            )
        )
    return rows


def _check_outcomes(outcomes: pd.DataFrame) -> Findings:
    rows: Findings = []
    end = outcomes.get("last_followup_months")
    if end is None:
        return rows
    for column in ("death_months", "progression_months", "next_therapy_months"):
        if column in outcomes:
            n = int((outcomes[column] > end).sum())
            if n:
                text = (
                    f"{counted(n, 'patient has', 'patients have')} "
                    f"{column} after the last follow-up."
                )
                rows.append(
                    finding(
                        CHANGES,
                        "outcomes",
                        column,
                        text,
                        "Survival uses the event.",
                        "Correct the last follow-up.",
                        value=n,
                    )
                )
    return rows
