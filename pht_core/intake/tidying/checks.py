"""Checks of tidy tables, one by one and against each other: they find and never correct."""

from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.findings import Findings, build_finding, findings_table
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.schema import EVENT_KINDS, EVENT_RESULTS, SUPPORT_KINDS, TABLES
from pht_core.model.words import listed

# Follow-up in whole months is up to half a month off.
TOLERANCE_DAYS = 16
# Fewer equal counts than these happen by chance.
ALIKE_COUNTS = 6
DATED = {
    "counts": "day",
    "prednisone": "start_day",
    "support": "day",
    "events": "day",
    "labs": "day",
}


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
                rows.append(build_finding("column_missing", name, entry.name, title=entry.title))
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
    name = "out_of_bounds" if outside.size == 1 else "several_out_of_bounds"
    n_more = outside.size - 1
    return [
        build_finding(
            name, table, column, value=first, who=who, first=first, bound=bound, n_more=n_more
        )
    ]


def _unknown_names(table: str, column: str, values: pd.Series, known: list[str]) -> Findings:
    names = values.astype("category").cat
    used = np.bincount(names.codes.to_numpy() + 1, minlength=len(names.categories) + 1)[1:] > 0
    unknown = sorted(set(map(str, names.categories[used])) - set(known))
    return [
        build_finding("unknown_name", table, column, value=name, name=name, known=", ".join(known))
        for name in unknown
    ]


def _check_counts(counts: pd.DataFrame) -> Findings:
    rows = _unknown_names("counts", "param", counts["param"], list(LINEAGES))
    params = counts["param"].astype("category").cat
    units = counts["unit"].astype("category").cat
    values = pd.to_numeric(counts["value"], errors="coerce").to_numpy(float, na_value=np.nan)
    unit_names = [*units.categories.tolist(), None]
    for param, lineage in LINEAGES.items():
        place = params.categories.get_indexer(pd.Index([param]))[0]
        here = (params.codes == place).to_numpy() if place >= 0 else np.zeros(len(values), bool)
        if not here.any():
            if param in PHT_LINEAGES:
                rows.append(build_finding("no_counts", "counts", "param", value=param, param=param))
            continue
        n_by_unit = np.bincount(units.codes[here].to_numpy() + 1, minlength=len(unit_names))
        for unit, n in zip(unit_names, np.roll(n_by_unit, -1), strict=True):
            if n and unit != lineage.unit:
                name = "counts_without_unit" if unit is None else "counts_in_other_unit"
                rows.append(
                    build_finding(
                        name, "counts", "unit", value=unit or "", n=n, param=param, due=lineage.unit
                    )
                )
        negative = values[here & (values < 0)]
        if negative.size:
            rows.append(
                build_finding(
                    "negative_counts",
                    "counts",
                    "value",
                    value=negative[0],
                    n=negative.size,
                    param=param,
                )
            )
        low, high = lineage.plausible
        odd = np.flatnonzero(here & (values >= 0) & ((values < low) | (values > high)))
        if odd.size:
            rows.append(
                build_finding(
                    "implausible_counts",
                    "counts",
                    "value",
                    value=values[odd[0]],
                    n=odd.size,
                    param=param,
                    low=low,
                    high=high,
                    unit=lineage.unit,
                )
            )
    n_twice = _count_disagreeing(counts, values)
    if n_twice:
        rows.append(build_finding("two_values_a_day", "counts", "value", value=n_twice))
    return rows


def _count_disagreeing(counts: pd.DataFrame, values: np.ndarray) -> int:
    """Patients' days on which one lineage has more than one value."""
    given = np.isfinite(values) & counts["day"].notna().to_numpy()
    keys = patient_day_keys(counts[given] if not given.all() else counts)
    twice = find_repeated(keys)
    if not twice.any():
        return 0
    repeated = pd.DataFrame({"key": keys[twice], "value": values[given][twice]})
    return int((repeated.groupby("key")["value"].nunique() > 1).sum())


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
            offered = listed(list(results), "or")
            rows.append(
                build_finding(
                    "unknown_result", "events", "result", value=name, event=event, offered=offered
                )
            )
    return rows


def _check_doses(prednisone: pd.DataFrame) -> Findings:
    if not {"start_day", "end_day"} <= set(prednisone):
        return []
    rows: Findings = []
    n = int((prednisone["end_day"] < prednisone["start_day"]).sum())
    if n:
        rows.append(build_finding("dose_ends_before_start", "prednisone", "end_day", value=n))
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
            build_finding(
                "doses_overlap",
                "prednisone",
                "start_day",
                value=f"{day:g}",
                n=len(early),
                day=day,
                who=who,
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
                rows.append(build_finding("event_after_followup", "outcomes", column, value=n))
    return rows


def check_consistency(tables: dict[str, pd.DataFrame], births: pd.Series | None = None) -> Findings:
    """Findings that need two tables, or two patients.

    Parameters
    ----------
    tables : typed tables by name, as in ``schema.TABLES``; absent ones are ignored.
    births : days of birth counted from the infusion, by subject_id.

    Returns
    -------
    list of dict
        Rows as of ``build_finding``: values before birth, after death or after the last follow-up
        (later than it by `TOLERANCE_DAYS`), patients with the same counts.
    """
    rows: Findings = []
    outcomes = tables.get("outcomes")
    limits: list[tuple[str, pd.Series]] = []
    if outcomes is not None and len(outcomes):
        own = outcomes.drop_duplicates("subject_id").set_index("subject_id")
        for column, sentence in (
            ("death_months", "rows_after_death"),
            ("last_followup_months", "rows_after_followup"),
        ):
            if column in own:
                limits.append(
                    (sentence, own[column].astype(float) * DAYS_PER_MONTH + TOLERANCE_DAYS)
                )
    for name, column in DATED.items():
        frame = tables.get(name)
        if frame is None or not len(frame) or not {"subject_id", column} <= set(frame):
            continue
        if births is not None and len(births):
            rows += _beyond(frame, name, column, births, "rows_before_birth", earlier=True)
        for sentence, limit in limits:
            found = _beyond(frame, name, column, limit, sentence, earlier=False)
            rows += found
            if found:
                break  # what is after death is after the last follow-up as well
    counts = tables.get("counts")
    if counts is not None and len(counts) and {"day", "param", "value"} <= set(counts):
        rows += _alike(counts)
    return rows


def _beyond(
    frame: pd.DataFrame, name: str, column: str, limit: pd.Series, sentence: str, *, earlier: bool
) -> Findings:
    subjects = frame["subject_id"].astype("category").cat
    bound = limit.reindex(subjects.categories.astype(object)).to_numpy(dtype=float, na_value=np.nan)
    own = np.append(bound, np.nan)[subjects.codes.to_numpy()]
    days = frame[column].to_numpy(dtype=float, na_value=np.nan)
    beyond = np.flatnonzero(days < own if earlier else days > own)
    if not beyond.size:
        return []
    codes = subjects.codes.to_numpy()[beyond]
    who = subjects.categories[codes[0]]
    n = len(np.unique(codes))
    day = f"{days[beyond[0]]:g}"
    return [build_finding(sentence, name, column, value=day, n_rows=beyond.size, n=n, who=who)]


def _alike(counts: pd.DataFrame) -> Findings:
    """Patients whose counts are all the same, and those with the same three before infusion."""
    rows: Findings = []
    whole = _same(counts, ALIKE_COUNTS)
    for names, n in whole:
        rows.append(_same_counts("patients_with_same_counts", names, n))
    reported = {name for names, _ in whole for name in names}
    before = counts[(counts["day"] < 0).to_numpy()]
    for names, n in _same(before, len(PHT_LINEAGES)):
        if not reported.issuperset(names):
            rows.append(_same_counts("patients_with_same_baseline", names, n))
    return rows


def _same_counts(sentence: str, names: list[str], n: int) -> dict[str, Any]:
    who = listed(names, most=5)
    return build_finding(sentence, "counts", "subject_id", value=names[0], who=who, n=n)


def _same(counts: pd.DataFrame, fewest: int) -> list[tuple[list[str], int]]:
    """Groups of patients with the same counts, at least so many, and how many they are."""
    subjects = counts["subject_id"].astype("category").cat
    codes = subjects.codes.to_numpy()
    if not len(codes):
        return []
    params = counts["param"].astype("category").cat.codes.to_numpy().astype(np.uint64)
    days = counts["day"].to_numpy(dtype=float, na_value=np.nan)
    values = counts["value"].to_numpy(dtype=float, na_value=np.nan)
    hashed: Any = pd.util.hash_array(days) * np.uint64(31) + pd.util.hash_array(values)
    hashed = pd.util.hash_array(hashed * np.uint64(31) + params)
    n_subjects = len(subjects.categories)
    total = np.zeros(n_subjects, dtype=np.uint64)
    np.add.at(total, codes[codes >= 0], hashed[codes >= 0])
    n = np.bincount(codes[codes >= 0], minlength=n_subjects)
    profiles = pd.DataFrame({"total": total, "n": n, "subject_id": subjects.categories})
    profiles = profiles[profiles["n"] >= fewest]
    profiles = profiles[profiles.duplicated(["total", "n"], keep=False)]
    return [
        (group["subject_id"].astype(str).tolist(), int(group["n"].iloc[0]))
        for _, group in profiles.groupby(["total", "n"], sort=False)
    ]
