"""How often the evidence calls an effect, in simulated cohorts with and without one.

``make calibrate`` simulates 200 cohorts of 17 patients in each world and writes what it finds to
``pht_core/stats/on_off_calibration.csv`` and, with a page on the method, to ``docs/on_off.md``.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp

from benchmarks.on_off_worlds import EFFECT, NO_EFFECT, WORLDS, SimulatedCohort, simulate_cohort
from pht_core.stats.on_off import derive_depth, derive_evidence, derive_steps
from pht_core.stats.proportion import exact_interval

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "pht_core" / "stats" / "on_off_calibration.csv"
PAGE = ROOT / "docs" / "on_off.md"
BEGIN, END = "<!-- calibration -->", "<!-- end of calibration -->"
COHORTS, SIZE = 200, 17
# What is asked of the method: calls of at most 15 of 200 cohorts without effect, 175 with it.
MOST_FALSE, FEWEST_TRUE = 0.075, 0.875
LATER = 28.0  # days after a start or a stop
ONE_SIDED = 0.025


def calls_evidence(cohort: SimulatedCohort) -> bool:
    """The verdict of the program."""
    steps = derive_steps(cohort.counts, cohort.courses, pd.Series(dtype=float))
    return derive_evidence(steps, cohort.courses).followed


@dataclass(frozen=True)
class _Patient:
    """Days of draws; depth and grade, draws by lineages, missing under support; courses."""

    days: np.ndarray
    depth: np.ndarray
    grades: np.ndarray
    courses: np.ndarray

    def change(self, day: float) -> float:
        """Depth's change from the last draw up to a day to the last in `LATER` days after it."""
        before = _last(self.depth[self.days <= day])
        after = _last(self.depth[(self.days > day) & (self.days <= day + LATER)])
        return _mean(after - before)


def _patients(cohort: SimulatedCohort) -> Iterator[_Patient]:
    """Every draw of the simulation has all lineages, one after the other."""
    counts = cohort.counts
    shape = (-1, counts["param"].nunique())
    supported = counts["supported"].to_numpy(bool)
    depth = np.where(supported, np.nan, derive_depth(counts)).reshape(shape)
    grades = np.where(supported, np.nan, counts["grade"]).reshape(shape)
    days = counts["day"].to_numpy(float).reshape(shape)[:, 0]
    who = counts["subject_id"].to_numpy(object).reshape(shape)[:, 0]
    for name, courses in cohort.courses.groupby("subject_id"):
        own = who == name
        spans = courses[["start_day", "stop_day"]].to_numpy(float)
        yield _Patient(days[own], depth[own], grades[own], spans)


def _last(values: np.ndarray) -> np.ndarray:
    """The last known value of each column."""
    found = np.full(values.shape[1], np.nan)
    for row in values:
        found = np.where(np.isnan(row), found, row)
    return found


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else np.nan


def _is_above_0(values: Iterable[float]) -> bool:
    """One-sided t test of patients' values, at 2.5%."""
    known = np.array([value for value in values if not np.isnan(value)])
    if len(known) < 3 or np.ptp(known) == 0:
        return bool(len(known) >= 3 and known[0] > 0)
    return bool(ttest_1samp(known, 0, alternative="greater").pvalue < ONE_SIDED)


def calls_grade_better(cohort: SimulatedCohort) -> bool:
    """More patients have a lineage a grade better within 28 days of the start than have not."""
    answers = []
    for one in _patients(cohort):
        start = one.courses[0, 0]
        before = _last(one.grades[one.days <= start])
        after = one.grades[(one.days > start) & (one.days <= start + LATER)]
        if len(after):
            answers.append(0.5 if (after <= before - 1).any() else -0.5)
    return _is_above_0(answers)


def calls_slope(cohort: SimulatedCohort) -> bool:
    """Counts rise faster on prednisone than off it: difference of each patient's slopes."""
    values = []
    for one in _patients(cohort):
        starts, stops = one.courses.T
        days = one.days[:, None]
        on = ((starts < days) & ~(days > stops)).any(axis=1)
        off = ~on & (one.days > starts[0])
        values.append(_slope(one, on) - _slope(one, off))
    return _is_above_0(values)


def _slope(patient: _Patient, rows: np.ndarray) -> float:
    """The slope of the lineages' mean depth in some draws; missing of fewer than three."""
    known = rows & ~np.isnan(patient.depth).any(axis=1)
    if known.sum() < 3:
        return np.nan
    return float(np.polyfit(patient.days[known], patient.depth[known].mean(axis=1), 1)[0])


def calls_start_against_stop(cohort: SimulatedCohort) -> bool:
    """Counts change more in the 28 days after a start than in those after a stop."""
    return _is_above_0(
        _mean(one.change(day) for day in one.courses[:, 0])
        - _mean(one.change(day) for day in one.courses[:, 1] if not np.isnan(day))
        for one in _patients(cohort)
    )


def calls_restart(cohort: SimulatedCohort) -> bool:
    """Counts rise in the 28 days after a restart."""
    return _is_above_0(
        _mean(one.change(day) for day in one.courses[1:, 0]) for one in _patients(cohort)
    )


READINGS: dict[str, Callable[[SimulatedCohort], bool]] = {
    "a grade better within 28 days of the start": calls_grade_better,
    "steeper slope on than off prednisone": calls_slope,
    "larger change after a start than after a stop": calls_start_against_stop,
    "rise after a restart": calls_restart,
    "this method": calls_evidence,
}


def count_calls(name: str, cohorts: int, *, readings: Iterable[str] = READINGS) -> dict[str, int]:
    """In how many simulated cohorts of a world each reading calls an effect."""
    found = dict.fromkeys(readings, 0)
    place = list(WORLDS).index(name)
    for number in range(cohorts):
        cohort = simulate_cohort(WORLDS[name], place * 1_000_000 + number, SIZE)
        for reading in found:
            found[reading] += READINGS[reading](cohort)
    return found


def calibrate(cohorts: int = COHORTS) -> pd.DataFrame:
    """Calls of every reading in every world: world, effect (yes or no), reading, calls, cohorts."""
    rows = []
    with ProcessPoolExecutor() as pool:
        for name, found in zip(
            WORLDS, pool.map(count_calls, WORLDS, [cohorts] * len(WORLDS)), strict=True
        ):
            effect = "yes" if name in EFFECT else "no"
            rows += [(name, effect, reading, calls, cohorts) for reading, calls in found.items()]
            print(f"{name}: {found}", flush=True)
    return pd.DataFrame(rows, columns=["world", "effect", "reading", "calls", "cohorts"])


def format_page(table: pd.DataFrame) -> str:
    """The calibration as Markdown: every reading over the worlds, and the method in each."""
    n = table["cohorts"].iloc[0]
    lines = [
        f"{n} simulated cohorts of {SIZE} patients a world. How often a reading calls an effect:",
        "",
        f"| reading | {len(NO_EFFECT)} worlds without: least / median / most | paper's effect |",
        "|---|---|---|",
    ]
    share = table.assign(share=100 * table["calls"] / table["cohorts"])
    for reading in READINGS:
        own = share[share["reading"] == reading]
        null = own.loc[own["effect"] == "no", "share"]
        power = own.loc[own["world"] == "the paper's effect", "share"].iloc[0]
        spread = f"{null.min():.1f} / {null.median():.1f} / {null.max():.1f}%"
        lines.append(f"| {reading} | {spread} | {power:.1f}% |")
    lines += ["", "This method in each world, with the exact 95% interval of the share:", ""]
    lines += ["| world | prednisone works | calls |", "|---|---|---|"]
    for row in share[share["reading"] == "this method"].itertuples():
        low, high = exact_interval(int(row.calls), int(row.cohorts))  # type: ignore[arg-type]
        lines.append(
            f"| {row.world} | {row.effect} | {row.calls} of {row.cohorts}: {row.share:.1f}% "
            f"({low:.1f}-{high:.1f}) |"
        )
    return "\n".join(lines)


def main(cohorts: int) -> None:
    """Calibrate, write the table and the page, and stop with an error where the aim is missed."""
    table = calibrate(cohorts)
    table.to_csv(TABLE, index=False)
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    text = f"{before}{BEGIN}\n{format_page(table)}\n{END}{rest.split(END)[1]}"
    PAGE.write_text(text, "utf-8")
    own = table[table["reading"] == "this method"].set_index("world")
    missed = [
        name
        for name, row in own.iterrows()
        if (row["effect"] == "no" and row["calls"] > MOST_FALSE * cohorts)
        or (name == "the paper's effect" and row["calls"] < FEWEST_TRUE * cohorts)
    ]
    if missed:
        sys.exit(f"Missed in: {', '.join(map(str, missed))}.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COHORTS)
