"""The evidence on simulated cohorts: it finds the paper's effect, and none where there is none."""

import pandas as pd
import pytest

from benchmarks.calibrate import FEWEST_TRUE, MOST_FALSE, TABLE, calls_grade_better, count_calls
from benchmarks.on_off_worlds import EFFECT, NO_EFFECT, WORLDS, grade_of, simulate_cohort

OWN = "this method"


def test_a_small_run_calls_the_papers_effect_and_not_natural_recovery() -> None:
    assert count_calls("the paper's effect", 6, readings=[OWN])[OWN] >= 5
    assert count_calls("natural recovery", 6, readings=[OWN])[OWN] == 0


def test_a_grade_better_after_the_start_is_called_where_the_drug_does_nothing() -> None:
    cohorts = [simulate_cohort(WORLDS["natural recovery"], seed) for seed in range(3)]
    assert all(map(calls_grade_better, cohorts))


def test_the_calibration_of_today_keeps_what_was_asked_of_it() -> None:
    table = pd.read_csv(TABLE)
    own = table[table["reading"] == OWN].set_index("world")
    assert list(own.index) == list(WORLDS)
    assert (own["cohorts"] >= 200).all()
    share = own["calls"] / own["cohorts"]
    assert (share[list(NO_EFFECT)] <= MOST_FALSE).all()
    assert share["the paper's effect"] >= FEWEST_TRUE


@pytest.mark.parametrize("name", ["recurrent dips", *EFFECT])
def test_simulated_cohorts_are_treated_and_the_same_for_a_seed(name: str) -> None:
    cohort = simulate_cohort(WORLDS[name], 4, size=5)
    again = simulate_cohort(WORLDS[name], 4, size=5)
    pd.testing.assert_frame_equal(cohort.counts, again.counts)
    assert cohort.counts["subject_id"].nunique() == 5
    assert set(cohort.courses["subject_id"]) == set(cohort.counts["subject_id"])
    assert (cohort.courses["start_day"] >= 26).all()


@pytest.mark.parametrize(
    ("param", "value", "grade"),
    [("HGB", 120, 0), ("HGB", 79, 3), ("HGB", 5, 3), ("PLT", 24, 4), ("NE", 1.0, 2)],
)
def test_simulated_counts_are_graded_by_ctcae(param: str, value: float, grade: int) -> None:
    assert grade_of(param, value) == grade
