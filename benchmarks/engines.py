"""A million counts graded and summarised by period: each engine against a row-by-row apply."""

from collections.abc import Callable
from functools import partial
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from benchmarks.timing import at_least, print_comparison, take_turns
from pht_core.stats.engines import to_pandas
from pht_core.stats.grading import derive_grades
from pht_core.stats.periods import NEVER, derive_period_grades

PATIENTS, DRAWS = 3334, 100
ROUNDS, TURNS = 3, 5
APPLY = "row-by-row apply"
TARGETS = {"pandas": 50, "polars": 200, "DuckDB": 100}
LINEAGES = {
    "HGB": ("g/L", 95, 25, 120),
    "PLT": ("10^9/L", 80, 60, 125),
    "NE": ("10^9/L", 1.6, 1.2, 1.8),
}
# CTCAE v5 as someone would write it in a loop: the lower bound of grades 1, 2 and 3.
CUTS = {"HGB": (100, 80, None), "PLT": (75, 50, 25), "NE": (1.5, 1.0, 0.5)}
KEYS = ["subject_id", "param", "period"]


def simulate_counts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulated counts (a million rows) and each patient's windows, as the app would hold them."""
    draw = np.random.default_rng(20230124)
    ids = [f"P{number}" for number in range(1, PATIENTS + 1)]
    days = np.sort(draw.choice(np.arange(-10, 390), (PATIENTS, DRAWS)), axis=1)
    parts = []
    for param, (unit, middle, spread, lln) in LINEAGES.items():
        value = draw.normal(middle, spread, PATIENTS * DRAWS).clip(0.05).round(2)
        parts.append(
            pd.DataFrame(
                {
                    "subject_id": pd.Categorical(np.repeat(ids, DRAWS), categories=ids),
                    "day": days.ravel(),
                    "param": param,
                    "value": np.where(draw.random(value.size) < 0.02, np.nan, value),
                    "unit": unit,
                    "lln": float(lln),
                }
            )
        )
    counts = pd.concat(parts, ignore_index=True)
    counts = counts.astype({"param": "category", "unit": "category"})
    start = draw.integers(29, 60, PATIENTS)
    windows = pd.DataFrame(
        {
            "subject_id": ids,
            "cutoff_day": np.where(draw.random(PATIENTS) < 0.3, start + 120, NEVER),
            "first_dose_day": start,
            "after_from": start + 1,
            "after_to": start + 70,
        }
    )
    return counts, windows


def grade_row(row: Any) -> float:
    """Grade one count as a loop over rows would."""
    value = row["value"]
    if value != value:
        return np.nan
    first, second, third = CUTS[row["param"]]
    if third is not None and value < third:
        return 4.0
    if value < second:
        return 3.0
    if value < first:
        return 2.0
    return 1.0 if value < row["lln"] else 0.0


def place_row(row: Any) -> tuple[bool, bool, bool, bool]:
    """Say which periods one count falls into: baseline, within 28, near day 28, after."""
    day = row["day"]
    if row["grade"] != row["grade"] or day > row["cutoff_day"]:
        return False, False, False, False
    near = abs(day - 28) <= 3 and day <= row["first_dose_day"]
    return day < 0, 0 <= day <= 28, near, row["after_from"] <= day <= row["after_to"]


def summarise_by_apply(counts: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """The same summary with `DataFrame.apply`, a Python call per row, and a group by at the end."""
    rows = counts.merge(windows, on="subject_id")
    rows["grade"] = rows.apply(grade_row, axis=1)
    places = pd.DataFrame(rows.apply(place_row, axis=1).tolist(), index=rows.index)
    before, within, near, after = (rows[places[place]] for place in range(4))
    near = near.assign(rank=(near["day"] - 28).abs() * 2 + (near["day"] > 28))
    near = near[near["rank"] == near.groupby("subject_id")["rank"].transform("min")]
    lineage = ["subject_id", "param"]
    before = before[before["day"] == before.groupby(lineage)["day"].transform("max")]
    latest = after[after["day"] == after.groupby(lineage)["day"].transform("max")]
    chosen = {
        "baseline": (before, "max"),
        "within_28": (within, "max"),
        "at_day_28": (near, "max"),
        "after_prednisone": (after, "min"),
        "after_prednisone_last": (latest, "max"),
    }
    parts = [
        table.groupby(lineage)["grade"].agg(how).reset_index().assign(period=period)
        for period, (table, how) in chosen.items()
    ]
    return pd.concat(parts, ignore_index=True)


def summarise(counts: Any, windows: pd.DataFrame) -> pd.DataFrame:
    """The app's own code, on whichever engine the counts are in."""
    return to_pandas(derive_period_grades(derive_grades(counts), windows))


def in_order(summary: pd.DataFrame) -> pd.DataFrame:
    """Grades by patient, lineage and period, to be compared between engines."""
    plain = summary.astype({"subject_id": str, "param": str, "grade": float})
    return plain.set_index(KEYS)["grade"].sort_index().to_frame()


def run() -> None:
    """Measure pandas, polars and DuckDB against the apply, after checking that all agree."""
    counts, windows = simulate_counts()
    print(f"\n{len(counts):,} simulated counts in memory, grades and period summary:", flush=True)
    plain = counts.astype({"subject_id": str, "param": str, "unit": str})
    # pandas and polars hold names as categories, as a cohort does; a DuckDB table holds text.
    frames: dict[str, Any] = {"pandas": counts, "polars": pl.from_pandas(counts).lazy()}
    duckdb.register("plain", plain)
    duckdb.sql("create or replace table counts as select * from plain")
    frames["DuckDB"] = duckdb.table("counts")

    expected = in_order(summarise_by_apply(plain, windows))
    for frame in frames.values():
        pd.testing.assert_frame_equal(in_order(summarise(frame, windows)), expected)

    engines: dict[str, Callable[[], None]] = {
        name: partial(_run, summarise, frame, windows) for name, frame in frames.items()
    }
    seconds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        # The apply takes a hundred times as long: once for several turns of the engines.
        for name, taken in (
            take_turns({APPLY: partial(_run, summarise_by_apply, plain, windows)}, 1)
            | take_turns(engines, TURNS)
        ).items():
            seconds.setdefault(name, []).extend(taken)
    for name, factor in TARGETS.items():
        print_comparison("  " + name, name, APPLY, seconds, at_least(factor))


def _run(summary: Callable[..., pd.DataFrame], counts: Any, windows: pd.DataFrame) -> None:
    summary(counts, windows)
