"""Checks of tidy tables, one by one and against each other: they find and never correct."""

import numpy as np
import pandas as pd

from pht_core.intake.notes import TableNotes
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.findings import Findings, findings_table
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.schema import EVENT_KINDS, EVENT_RESULTS, PER_DAY, SUPPORT_KINDS, TABLES, Column
from pht_core.model.words import listed

# Doses in mg/day are held against the bounds of those per kg at this weight, in kg.
USUAL_WEIGHT = 70
# Follow-up in whole months is up to half a month off.
TOLERANCE_DAYS = 16
# Fewer equal counts than these happen by chance.
ALIKE_COUNTS = 6
DATED = ("counts", "prednisone", "support", "events", "labs")


def check_tables(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Look through typed tables for what would make a figure wrong.

    Tables by name, with the columns of ``schema.TABLES`` (missing columns are findings). Returns a
    row per finding as of ``findings_table``.
    """
    rows: Findings = []
    for name, frame in tables.items():
        notes = TableNotes(name, rows)
        for entry in TABLES[name]:
            if entry.required and entry.name not in frame:
                notes.report("column_missing", entry.name, title=entry.title)
            elif entry.name in frame and entry.kind in ("number", "whole"):
                _check_bounds(frame, entry, notes)
    for name, check, columns in (
        ("counts", _check_counts, {"param", "value", "unit", "day"}),
        ("support", _check_support, {"kind"}),
        ("events", _check_events, {"event"}),
        ("prednisone", _check_doses, {"start_day", "end_day"}),
        ("outcomes", _check_outcomes, {"last_followup_months"}),
    ):
        if columns <= set(tables.get(name, ())):
            check(tables[name], TableNotes(name, rows))
    return findings_table(rows)


def _check_bounds(frame: pd.DataFrame, column: Column, notes: TableNotes) -> None:
    cells = pd.to_numeric(frame[column.name], errors="coerce")
    values = cells.to_numpy(dtype=float, na_value=np.nan)
    low = -np.inf if column.lowest is None else column.lowest
    high = np.full(len(values), np.inf if column.highest is None else column.highest)
    if column.name == "dose" and "dose_unit" in frame:
        high[(frame["dose_unit"] == PER_DAY).to_numpy()] *= USUAL_WEIGHT
    outside = np.flatnonzero((values < low) | (values > high))
    if not outside.size:
        return
    first = values[outside[0]]
    bound = f"less than {low:.10g}" if first < low else f"more than {high[outside[0]]:.10g}"
    who = frame["subject_id"].iloc[outside[0]] if "subject_id" in frame else "One row"
    name = "out_of_bounds" if outside.size == 1 else "several_out_of_bounds"
    facts = {"first": first, "bound": bound, "n_more": outside.size - 1}
    notes.report(name, column.name, value=first, who=who, **facts)


def _check_names(values: pd.Series, known: list[str], notes: TableNotes) -> None:
    names = values.astype("category").cat
    used = np.bincount(names.codes.to_numpy() + 1, minlength=len(names.categories) + 1)[1:] > 0
    unknown = sorted(set(map(str, names.categories[used])) - set(known))
    for name in unknown:
        notes.report("unknown_name", values.name, value=name, name=name, known=", ".join(known))


def _check_counts(counts: pd.DataFrame, notes: TableNotes) -> None:
    _check_names(counts["param"], list(LINEAGES), notes)
    params = counts["param"].astype("category").cat
    units = counts["unit"].astype("category").cat
    values = pd.to_numeric(counts["value"], errors="coerce").to_numpy(float, na_value=np.nan)
    unit_names = [*units.categories.tolist(), None]
    for param, lineage in LINEAGES.items():
        place = params.categories.get_indexer(pd.Index([param]))[0]
        here = (params.codes == place).to_numpy() if place >= 0 else np.zeros(len(values), bool)
        if not here.any():
            if param in PHT_LINEAGES:
                notes.report("no_counts", "param", value=param, param=param)
            continue
        n_by_unit = np.bincount(units.codes[here].to_numpy() + 1, minlength=len(unit_names))
        for unit, n in zip(unit_names, np.roll(n_by_unit, -1), strict=True):
            if n and unit != lineage.unit:
                name = "counts_without_unit" if unit is None else "counts_in_other_unit"
                due = lineage.unit
                notes.report(name, "unit", value=unit or "", n=n, param=param, due=due)
        negative = values[here & (values < 0)]
        if negative.size:
            n = negative.size
            notes.report("negative_counts", "value", value=negative[0], n=n, param=param)
        low, high = lineage.plausible
        odd = np.flatnonzero(here & (values >= 0) & ((values < low) | (values > high)))
        if odd.size:
            limits = {"low": low, "high": high, "unit": lineage.unit}
            first, n = values[odd[0]], odd.size
            notes.report("implausible_counts", "value", value=first, n=n, param=param, **limits)


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


def _check_support(support: pd.DataFrame, notes: TableNotes) -> None:
    _check_names(support["kind"], list(SUPPORT_KINDS), notes)


def _check_events(events: pd.DataFrame, notes: TableNotes) -> None:
    _check_names(events["event"], list(EVENT_KINDS), notes)
    for event, results in EVENT_RESULTS.items() if "result" in events else ():
        given = events.loc[events["event"] == event, "result"].dropna()
        for name in sorted({str(name) for name in given} - {"", *results}):
            offered = listed(list(results), "or")
            notes.report("unknown_result", "result", value=name, event=event, offered=offered)


def _check_doses(prednisone: pd.DataFrame, notes: TableNotes) -> None:
    n = int((prednisone["end_day"] < prednisone["start_day"]).sum())
    if n:
        notes.report("dose_ends_before_start", "end_day", value=n)
    if "drug" not in prednisone or not len(prednisone):
        return
    same = prednisone["drug"].astype(object).replace("prednisolone", "prednisone")
    order = prednisone.assign(drug=same)
    order = order.sort_values(["subject_id", "drug", "start_day"], kind="stable")
    before = order.groupby(["subject_id", "drug"], observed=True)["end_day"].shift()
    early = order[(order["start_day"] <= before).to_numpy()]
    if len(early):
        day, who = early["start_day"].iloc[0], early["subject_id"].iloc[0]
        n = len(early)
        notes.report("doses_overlap", "start_day", value=f"{day:g}", n=n, day=day, who=who)


def _check_outcomes(outcomes: pd.DataFrame, notes: TableNotes) -> None:
    for column in ("death_months", "progression_months", "next_therapy_months"):
        if column in outcomes:
            n = int((outcomes[column] > outcomes["last_followup_months"]).sum())
            if n:
                notes.report("event_after_followup", column, value=n)


def check_consistency(tables: dict[str, pd.DataFrame], births: pd.Series | None = None) -> Findings:
    """Findings that need two tables, or two patients.

    Values before birth, after death or after the last follow-up (later than it by
    `TOLERANCE_DAYS`), and patients with the same counts. ``births`` are days of birth counted from
    the infusion, by subject_id.
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
                days = own[column].astype(float) * DAYS_PER_MONTH
                limits.append((sentence, days + TOLERANCE_DAYS))
    for name in DATED:
        column = "start_day" if name == "prednisone" else "day"
        frame = tables.get(name)
        if frame is None or not len(frame) or not {"subject_id", column} <= set(frame):
            continue
        notes = TableNotes(name, rows)
        if births is not None and len(births):
            _check_limit("rows_before_birth", frame, column, births, notes, earlier=True)
        for sentence, limit in limits:
            if _check_limit(sentence, frame, column, limit, notes):
                break  # what is after death is after the last follow-up as well
    counts = tables.get("counts")
    if counts is not None and len(counts) and {"day", "param", "value"} <= set(counts):
        _check_alike(counts, TableNotes("counts", rows))
    return rows


def _check_limit(
    sentence: str,
    frame: pd.DataFrame,
    column: str,
    limit: pd.Series,
    notes: TableNotes,
    *,
    earlier: bool = False,
) -> bool:
    """Whether rows are later than each patient's limit, or earlier, which is a finding."""
    subjects = frame["subject_id"].astype("category").cat
    bound = limit.reindex(subjects.categories.astype(object)).to_numpy(dtype=float, na_value=np.nan)
    own = np.append(bound, np.nan)[subjects.codes.to_numpy()]
    days = frame[column].to_numpy(dtype=float, na_value=np.nan)
    beyond = np.flatnonzero(days < own if earlier else days > own)
    if not beyond.size:
        return False
    codes = subjects.codes.to_numpy()[beyond]
    who = subjects.categories[codes[0]]
    n = len(np.unique(codes))
    day = f"{days[beyond[0]]:g}"
    notes.report(sentence, column, value=day, n_rows=beyond.size, n=n, who=who)
    return True


def _check_alike(counts: pd.DataFrame, notes: TableNotes) -> None:
    """Patients whose counts are all the same, and those with the same three before infusion."""
    reported: set[str] = set()
    before = counts[(counts["day"] < 0).to_numpy()]
    for sentence, own, fewest in (
        ("patients_with_same_counts", counts, ALIKE_COUNTS),
        ("patients_with_same_baseline", before, len(PHT_LINEAGES)),
    ):
        for names, n in _same(own, fewest):
            if not reported.issuperset(names):
                who = listed(names, most=5)
                notes.report(sentence, "subject_id", value=names[0], who=who, n=n)
                reported.update(names)


def _same(counts: pd.DataFrame, fewest: int) -> list[tuple[list[str], int]]:
    """Groups of patients with the same counts, at least so many, and how many they are."""
    cells = counts[["day", "value"]].astype(float).assign(param=counts["param"].astype("category"))
    hashed = pd.util.hash_pandas_object(cells, index=False)
    by_patient = hashed.groupby(counts["subject_id"].astype("category"), observed=True)
    profiles = by_patient.agg(["sum", "size"])
    profiles = profiles[profiles["size"] >= fewest]
    profiles = profiles[profiles.duplicated(keep=False)]
    return [
        (list(map(str, group.index)), int(group["size"].iloc[0]))
        for _, group in profiles.groupby(["sum", "size"], sort=False)
    ]
