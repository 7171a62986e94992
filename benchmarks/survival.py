"""Kaplan-Meier of 100,000 patients: the app's estimate against survfit of R's survival package."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.timing import at_least, print_comparison, take_turns
from pht_core.stats.survival import estimate_survival

PATIENTS, ROUNDS, TURNS = 100_000, 5, 3
MONTH = 24.0
OURS, OTHER = "estimate_survival", "R survfit"


def simulate_times() -> pd.DataFrame:
    """Simulated follow-up in whole days, as months: many ties, a third censored."""
    draw = np.random.default_rng(20230124)
    death, censored = draw.exponential(900, PATIENTS), draw.uniform(30, 2000, PATIENTS)
    return pd.DataFrame(
        {
            "subject_id": [f"P{number}" for number in range(1, PATIENTS + 1)],
            "time": np.ceil(np.minimum(death, censored)) / 30.4375,
            "event": death <= censored,
        }
    )


def run() -> None:
    """Measure both in turn, after checking that they agree."""
    times = simulate_times()
    print(f"\nKaplan-Meier, {PATIENTS:,} simulated patients:", flush=True)
    with TemporaryDirectory() as folder:
        file = Path(folder, "times.csv")
        times.astype({"event": int}).to_csv(file, index=False)
        if not _has_survival():
            print("  left out: needs Rscript with the package survival")
            return
        curve = estimate_survival(times)
        ours = float(curve.loc[curve["time"] <= MONTH, "estimate"].iloc[-1])
        seconds: dict[str, list[float]] = {OURS: [], OTHER: []}
        for _ in range(ROUNDS):
            taken = take_turns({OURS: lambda: _estimate(times)}, TURNS)
            seconds[OURS] += taken[OURS]
            in_r, estimate = _survfit(file, TURNS)
            seconds[OTHER] += in_r
            if abs(estimate - ours) > 1e-9:
                raise AssertionError(f"At {MONTH} months ours is {ours}, R's {estimate}")
    print_comparison("  survival", OURS, OTHER, seconds, at_least(5))


def _estimate(times: pd.DataFrame) -> None:
    estimate_survival(times)


def _has_survival() -> bool:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return False
    asked = [rscript, "-e", "library(survival)"]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def _survfit(file: Path, runs: int) -> tuple[list[float], float]:
    script = Path(__file__).with_name("survival_in_r.R")
    answer = subprocess.run(
        ["Rscript", str(script), str(file), str(runs), str(MONTH)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout
    said = [line.split() for line in answer.splitlines()]
    seconds = [float(words[1]) for words in said if words[:1] == ["seconds"]]
    return seconds, next(float(words[1]) for words in said if words[:1] == ["estimate"])
