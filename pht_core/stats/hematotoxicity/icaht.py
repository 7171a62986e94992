"""ICAHT of neutrophils and platelets, early and late, with what decided each patient's grade.

N-ICAHT: Rejeski, Blood 2023, doi:10.1182/blood.2023020578; T-ICAHT: doi:10.1182/blood.2025028833.
Where implementations differ, the settings ``icaht_*`` and ``ticaht_*`` say which reading is used.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.criteria import IcahtRow, read_icaht
from pht_core.model.settings import Settings
from pht_core.stats.hematotoxicity.daily import (
    Daily,
    derive_daily,
    join_runs,
    longest_run,
    neighbours,
)

EARLY_END = 30  # early: days 0 to 30; late: from the next day on
# The four grades: name, lineage, window, and what it is called.
KINDS = {
    "early_grade": ("NE", "early", "N-ICAHT, early"),
    "late_grade": ("NE", "late", "N-ICAHT, late"),
    "early_ticaht": ("PLT", "early", "T-ICAHT, early"),
    "late_ticaht": ("PLT", "late", "T-ICAHT, late"),
}
FLAGS = {
    "interpolated": "interpolated",
    "gaps": "days without counts",
    "censored": "censored",
    "unrecovered": "unrecovered at day 30",
    "unconfirmed": "unconfirmed",
    "transient": "transient",
}
COLUMNS = [
    *("subject_id", "kind", "param", "window", "grade", "highest", "rule", "days", "other_days"),
    *("bridged", "run_from", "run_to", "days_low", "days_deep", "n_counts", "n_interpolated"),
    *("n_unknown", "unknown_from", "unknown_to", "nadir", "nadir_day", "second", "last_day"),
    *(*FLAGS, "why_not"),
]
# Each reading's other value, for the list of patients whose grade it changes.
OTHER_READINGS: dict[str, Any] = {
    "icaht_gap": 0,
    "icaht_carry": True,
    "icaht_recovery": 1,
    "icaht_start": 0,
    "icaht_total": True,
    "icaht_late_tests": 2,
    "icaht_late_same": True,
    "icaht_late_end": 365,
    "ticaht_total": False,
    "ticaht_at_most": True,
    "ticaht_transfused": False,
}


@dataclass(frozen=True)
class _Low:
    """Days below one bound: as they are, with short recoveries, and the longest run."""

    days: np.ndarray
    joined: np.ndarray
    longest: np.ndarray
    begins: np.ndarray


def derive_icaht(
    counts: pd.DataFrame,
    subject_ids: list[str],
    cutoff_day: pd.Series,
    death_day: pd.Series,
    settings: Settings,
) -> pd.DataFrame:
    """ICAHT of each patient: a row for each of `KINDS`.

    counts : subject_id, day, param, value, unit, and supported where transfused platelets are not
        to be used. The lowest count of a day is taken; missing is never normal.
    cutoff_day : by subject_id, the first of progression, next therapy and death; missing = none.
    death_day : by subject_id; missing = none.
    Returns subject_id, kind, param, window, grade (missing = not evaluable), highest (the grade if
        all unknown days were low), rule (words of the row that decided; empty for grade 0), days
        (that decided), other_days (of the longest run where all count, and the other way round),
        bridged (days of short recoveries among them), run_from, run_to (longest run), days_low and
        days_deep (NE <= 0.5 and <= 0.1, PLT < 50 and < 20, without bridged days), n_counts (days
        with a count), n_interpolated, n_unknown, unknown_from, unknown_to (the longest stretch),
        nadir, nadir_day, second (the second lowest), last_day (of time at risk), a yes or no for
        each of `FLAGS`, why_not (why it is not evaluable; empty where it is).
    """

    @cache
    def derive(param: str, least: float) -> Daily:
        """Daily counts, without those lifted to this value by a transfusion."""
        used = counts
        if least:
            used = counts[~(counts["supported"].astype(bool) & (counts["value"] >= least))]
        last, gap = settings.icaht_late_end, settings.icaht_gap
        return derive_daily(used, param, subject_ids, cutoff_day, last=last, gap=gap)

    def daily_of(row: IcahtRow) -> Daily:
        lifted = row.param == "PLT" and not settings.ticaht_transfused
        return derive(row.param, row.bound if lifted else 0.0)

    cutoff, death = (
        days.reindex(subject_ids).to_numpy(dtype=float, na_value=np.nan)
        for days in (cutoff_day, death_day)
    )
    parts = []
    for kind, (param, window, _) in KINDS.items():
        rows = _rows_of(param, window, settings)
        if window == "early":
            table = _derive_early(rows, daily_of, cutoff, death, settings)
        else:
            table = _derive_late(rows, daily_of, cutoff, settings)
        parts.append(table.assign(subject_id=subject_ids, kind=kind, param=param, window=window))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def is_low(values: np.ndarray, row: IcahtRow) -> np.ndarray:
    """Values that reach a row; an unknown one does not."""
    low: np.ndarray = values <= row.bound if row.sign == "<=" else values < row.bound
    return low


def early_bounds(param: str, settings: Settings) -> list[IcahtRow]:
    """A row for each bound of a lineage's early ICAHT, the mildest first."""
    rows = {row.bound: row for row in _rows_of(param, "early", settings)[::-1]}
    return [rows[bound] for bound in sorted(rows, reverse=True)]


def _rows_of(param: str, window: str, settings: Settings) -> list[IcahtRow]:
    rows = [row for row in read_icaht() if (row.param, row.window) == (param, window)]
    if param == "PLT" and settings.ticaht_at_most:
        return [replace(row, sign="<=", text=row.text.replace("<", "≤")) for row in rows]
    return rows


def _find_low(
    daily: Daily, row: IcahtRow, settings: Settings, first: int, last: int, *, unknown: bool = False
) -> _Low:
    """Low days of a window; whether a recovery is short, days after the window tell as well."""
    days = is_low(daily.values, row)
    if unknown:
        days = days | daily.unknown
    window = slice(first - daily.first, last - daily.first + 1)
    joined = join_runs(days, settings.icaht_recovery)[:, window]
    return _Low(days[:, window], joined, *longest_run(joined))


def _derive_early(
    rows: list[IcahtRow],
    daily_of: Callable[[IcahtRow], Daily],
    cutoff: np.ndarray,
    death: np.ndarray,
    settings: Settings,
) -> pd.DataFrame:
    total = settings.icaht_total if rows[0].param == "NE" else settings.ticaht_total
    days = {row.bound: daily_of(row) for row in rows}
    if settings.icaht_carry:
        days = {bound: one.carried(EARLY_END, settings.icaht_gap) for bound, one in days.items()}
    first, last = 0, EARLY_END
    low, all_low = (
        {
            row.bound: _find_low(days[row.bound], row, settings, first, last, unknown=unknown)
            for row in rows
        }
        for unknown in (False, True)
    )
    mild, deep = (rows[0].bound, min(low))
    daily = days[mild].between(0, EARLY_END)
    n = len(daily.values)
    died = (death <= EARLY_END) & (death == cutoff)
    known = ~np.isnan(daily.values)
    grade, rule = np.zeros(n), np.full(n, -1)
    highest = np.zeros(n)
    for place, row in enumerate(rows):
        for found, grades in ((low, grade), (all_low, highest)):
            one = found[row.bound]
            if row.rule == "never":
                end = _last_place(known) if found is low else daily.inside.sum(axis=1) - 1
                reached = _never_above(one.joined, end, died, death, settings)
                reached &= daily.inside[:, EARLY_END] | died
            else:
                reached = (one.joined.sum(axis=1) if total else one.longest) >= row.days
            reached &= row.grade > grades
            grades[reached] = row.grade
            if found is low:
                rule[reached] = place
    last_known, stretch, begins = _last_place(known), *longest_run(daily.unknown)
    trailing = daily.unknown & (np.arange(EARLY_END + 1) > last_known[:, None])
    deciding = np.array([rows[place].bound for place in rule]) if n else np.zeros(0)
    deciding = np.where(rule < 0, mild, deciding)
    table = _pick(low, deciding, total=total)
    unrecovered = low[mild].joined[:, EARLY_END] & daily.inside[:, EARLY_END]
    never = np.array([place >= 0 and rows[place].rule == "never" for place in rule], dtype=bool)
    why_not = np.full(n, "", dtype=object)
    name = rows[0].param
    ended = cutoff < 0
    gap = (grade == 0) & (stretch > settings.icaht_gap)
    none = ~known.any(axis=1)
    why_not[gap] = [
        f"no {name} count on days {a}–{b}, and no known day was low"
        for a, b in zip(begins[gap], (begins + stretch - 1)[gap], strict=True)
    ]
    why_not[none] = f"no {name} count on days 0–{EARLY_END}"
    why_not[ended] = "time ended before day 0 (progression, next therapy or death)"
    table |= {"days_low": low[mild].days.sum(axis=1), "days_deep": low[deep].days.sum(axis=1)}
    table = {name: np.where(why_not != "", np.nan, values) for name, values in table.items()}
    table |= {
        "highest": np.where(none | ended, np.nan, highest),
        "unknown_from": np.where(stretch > 0, begins, np.nan),
        "unknown_to": np.where(stretch > 0, begins + stretch - 1, np.nan),
        "last_day": np.fmin(cutoff, EARLY_END),
    }
    flags = {
        "interpolated": (known & ~daily.counted).any(axis=1),
        "gaps": (daily.unknown & ~trailing).any(axis=1),
        "censored": (cutoff < EARLY_END) | trailing.any(axis=1),
        "unrecovered": unrecovered & ~never,
    }
    return _assemble(rows, daily, grade, rule, why_not, table, flags)


def _assemble(
    rows: list[IcahtRow],
    daily: Daily,
    grade: np.ndarray,
    rule: np.ndarray,
    why_not: np.ndarray,
    own: dict[str, np.ndarray],
    flags: dict[str, np.ndarray],
) -> pd.DataFrame:
    """A window's table; what of `COLUMNS` it does not tell is missing, and a flag not set."""
    evaluable = why_not == ""
    table = {
        "grade": np.where(evaluable, grade, np.nan),
        "rule": [rows[place].text if place >= 0 else "" for place in rule],
        "n_counts": (daily.counted & daily.inside).sum(axis=1),
        "n_interpolated": (~np.isnan(daily.values) & ~daily.counted).sum(axis=1),
        "n_unknown": daily.unknown.sum(axis=1),
        **_nadirs(daily),
        **own,
        **{name: evaluable & flags.get(name, False) for name in FLAGS},
        "why_not": why_not,
    }
    return pd.DataFrame(table).reindex(columns=COLUMNS)


def _last_place(marked: np.ndarray) -> np.ndarray:
    """The last marked place of each row; -1 where there is none."""
    return neighbours(marked)[0][:, -1]


def _never_above(
    joined: np.ndarray,
    last_known: np.ndarray,
    died: np.ndarray,
    death_day: np.ndarray,
    settings: Settings,
) -> np.ndarray:
    """Low by day 3 and up to day 30, or to a death before it (to the last count near it)."""
    rows = np.arange(len(joined))
    place = np.where(died, last_known, EARLY_END)
    begins = neighbours(~joined)[0][rows, place] + 1
    near = ~died | (death_day - place <= settings.icaht_gap + 1)
    low: np.ndarray = joined[rows, place] & (place >= 0) & near
    return low & (begins <= settings.icaht_start)


def _pick(low: dict[float, _Low], deciding: np.ndarray, *, total: bool) -> dict[str, np.ndarray]:
    """Days and runs below the bound that decided, patient by patient."""
    picked: dict[str, np.ndarray] = {}
    for bound, one in low.items():
        all_days = one.joined.sum(axis=1)
        found = {
            "days": all_days if total else one.longest,
            "other_days": one.longest if total else all_days,
            "bridged": _bridged(one, total=total),
            "run_from": np.where(one.longest > 0, one.begins, np.nan),
            "run_to": np.where(one.longest > 0, one.begins + one.longest - 1, np.nan),
        }
        for name, values in found.items():
            picked[name] = np.where(
                deciding == bound, values, picked.get(name, np.zeros(len(deciding)))
            )
    return picked


def _bridged(one: _Low, *, total: bool) -> np.ndarray:
    """Days of short recoveries among those that are counted."""
    filled = one.joined & ~one.days
    if not total:
        places = np.arange(filled.shape[1])
        begins, ends = one.begins[:, None], (one.begins + one.longest)[:, None]
        filled = filled & (places >= begins) & (places < ends)
    bridged: np.ndarray = filled.sum(axis=1)
    return bridged


def _nadirs(daily: Daily) -> dict[str, np.ndarray]:
    """The lowest count with its day, and the second lowest, of those drawn; NaN where none."""
    values = np.where(daily.counted & daily.inside, daily.values, np.inf)
    lowest = np.sort(values, axis=1)[:, :2]
    known = np.isfinite(lowest)
    return {
        "nadir": np.where(known[:, 0], lowest[:, 0], np.nan),
        "nadir_day": np.where(known[:, 0], values.argmin(axis=1) + daily.first, np.nan),
        "second": np.where(known[:, 1], lowest[:, 1], np.nan),
    }


def _derive_late(
    rows: list[IcahtRow],
    daily_of: Callable[[IcahtRow], Daily],
    cutoff: np.ndarray,
    settings: Settings,
) -> pd.DataFrame:
    first, last, mild = EARLY_END + 1, settings.icaht_late_end, rows[0]
    daily = daily_of(mild).between(first, last)
    n = len(daily.values)
    nadirs = _nadirs(daily)
    tests = (daily.counted & daily.inside).sum(axis=1)
    lone = tests == 1
    decides = np.where(lone, nadirs["nadir"], nadirs["second"])
    if not settings.icaht_late_same:
        decides = nadirs["nadir"]
    transient = is_low(nadirs["nadir"], mild) & ~lone & ~is_low(nadirs["second"], mild)
    grade, rule = np.zeros(n), np.full(n, -1)
    table = {"bridged": np.zeros(n)}
    for place, row in enumerate(rows):
        reached = is_low(decides, row)
        if row.rule == "days":
            low = _find_low(daily_of(row), row, settings, first, last)
            table = _pick({row.bound: low}, np.full(n, row.bound), total=settings.ticaht_total)
            table |= {name: table[name] + first for name in ("run_from", "run_to")}
            reached &= table["days"] >= row.days
        reached &= ~transient & (row.grade > grade)
        grade[reached], rule[reached] = row.grade, place
    why_not = np.full(n, "", dtype=object)
    why_not[tests < settings.icaht_late_tests] = "one late test only; two are needed"
    why_not[tests == 0] = f"no {mild.param} count on days {first}–{last}"
    ended = cutoff <= EARLY_END
    why_not[ended] = [
        f"time ended on day {day:g} (progression, next therapy or death)" for day in cutoff[ended]
    ]
    table["highest"] = np.where(why_not != "", np.nan, grade)
    table["last_day"] = np.fmin(cutoff, last)
    interpolated = (~np.isnan(daily.values) & ~daily.counted).any(axis=1)
    flags = {
        # Only days of PLT < 20 are counted late; other rows rest on counts that were drawn.
        "interpolated": (grade >= 3) & interpolated & (rows[-1].rule == "days"),
        "censored": cutoff < last,
        "unconfirmed": lone,
        "transient": transient,
    }
    return _assemble(rows, daily, grade, rule, why_not, table, flags)
