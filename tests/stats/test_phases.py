"""Counts around starts and stops, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from pht_core.stats.phases import count_phases, derive_phases

NO_CUTOFF = pd.Series(dtype=float)


def _counts(who: str, values: dict[float, float]) -> pd.DataFrame:
    rows = [(who, day, "PLT", value, False) for day, value in values.items()]
    return pd.DataFrame(rows, columns=["subject_id", "day", "param", "value", "supported"])


def _courses(*spans: tuple[str, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(spans, columns=["subject_id", "course", "start_day", "stop_day"])


ONE = _counts("A", {20: 30.0, 26: 50, 30: 20, 37: 80, 49: 120, 55: 90, 62: 30, 70: 60})
TWICE = _courses(("A", 1, 30.0, 50.0), ("A", 2, 60.0, np.nan))


def _phase(table: pd.DataFrame, phase: str) -> dict[float, float]:
    own = table[table["phase"] == phase]
    return dict(zip(own["day"], own["fold"].round(4), strict=True))


def test_counts_are_multiples_of_the_median_of_the_14_days_before() -> None:
    found = derive_phases(ONE, TWICE, NO_CUTOFF)
    # Before day 30: 30 and 50, median 40; day 30's own count is shown and not among them.
    assert _phase(found, "start") == {-10: 0.75, -4: 1.25, 0: 0.5, 7: 2.0, 19: 3.0}
    # Before the stop on day 50: 80 (day 37, 13 days before) and 120, median 100.
    assert _phase(found, "stop") == {-20: 0.2, -13: 0.8, -1: 1.2, 5: 0.9}
    # Before the restart on day 60: only 90, since the course ended on day 50.
    assert _phase(found, "restart") == {
        -5: 1.0,
        2: pytest.approx(0.3333),
        10: pytest.approx(0.6667),
    }


def test_supported_counts_counts_after_the_cutoff_and_events_without_a_baseline_are_left_out() -> (
    None
):
    assert derive_phases(ONE.assign(supported=True), TWICE, NO_CUTOFF).empty
    cut = derive_phases(ONE, TWICE, pd.Series({"A": 49.0}))
    assert _phase(cut, "stop") == {-20: 0.2, -13: 0.8, -1: 1.2}
    late = _counts("A", {31: 50.0, 40: 60})
    assert derive_phases(late, _courses(("A", 1, 30.0, np.nan)), NO_CUTOFF).empty
    zero = _counts("A", {25: 0.0, 35: 60})
    assert derive_phases(zero, _courses(("A", 1, 30.0, np.nan)), NO_CUTOFF).empty


def test_a_week_has_the_median_and_quartiles_of_courses_from_three_on() -> None:
    folds = {"A": 1.0, "B": 2.0, "C": 4.0}
    rows = [(who, 1, "start", "PLT", 14.0, fold) for who, fold in folds.items()]
    # A second count of A in the week: the geometric mean of 1 and 4 is 2.
    rows += [("A", 1, "start", "PLT", 16.0, 4.0), ("A", 1, "start", "PLT", 28.0, 8.0)]
    columns = ["subject_id", "course", "phase", "param", "day", "fold"]
    found = count_phases(pd.DataFrame(rows, columns=columns)).set_index("day")
    assert found.loc[14.0, ["n", "median", "q25", "q75"]].astype(float).tolist() == [
        3,
        2.0,
        2.0,
        pytest.approx(2**1.5),
    ]
    assert found.loc[28.0, "n"] == 1
    assert found["median"].isna().tolist() == [False, True]
