"""Time from the start of prednisone to recovery and what came before it; worked out by hand."""

from pht_core.stats.assessment import derive_assessment
from pht_core.stats.recovery import count_recovery, derive_recovery_times, recovery_curves
from tests.small import small_cohort

# Everyone starts on day 30 at HGB grade 3 but mild, who is at grade 2 (men: 130 normal).
COUNTS = """
subject_id | day | HGB | PLT | NE
well   | 28 | 70  | 200 | 4
well   | 50 | 90  | 200 | 4
mild   | 28 | 90  | 200 | 4
mild   | 50 | 140 | 200 | 4
never  | 28 | 70  | 200 | 4
never  | 70 | 70  | 200 | 4
dies   | 28 | 70  | 200 | 4
dies   | 40 | 70  | 200 | 4
second | 28 | 70  | 200 | 4
second | 60 | 70  | 200 | 4
again  | 28 | 70  | 200 | 4
again  | 60 | 70  | 200 | 4
again  | 99 | 140 | 200 | 4
gone   | 18 | 70  | 200 | 4
"""
PREDNISONE = """
subject_id | start_day | end_day | dose
well   | 30 | 60 | 0.5
mild   | 30 | 60 | 0.5
never  | 30 | 60 | 0.5
dies   | 30 | 60 | 0.5
second | 30 | 60 | 0.5
second | 80 | 90 | 0.5
again  | 30 | 60 | 0.5
again  | 80 | 90 | 0.5
gone   | 30 | 60 | 0.5
"""
# 2.30 months are day 70; 4 months are day 122; 0.66 are day 20, before prednisone.
OUTCOMES = """
subject_id | last_followup_months | progression_months | death_months | next_therapy_months
well   | 12 | 4    |      |
mild   | 12 |      |      |
never  | 12 |      |      |
dies   | 12 |      | 2.30 |
second | 12 |      | 4    |
again  | 12 |      |      |
gone   | 12 | 0.66 |      |
"""
EVERYONE = ["well", "mild", "never", "dies", "second", "again", "gone"]


def test_recovery_and_what_came_before_it() -> None:
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, outcomes=OUTCOMES)
    times = derive_recovery_times(derive_assessment(cohort), EVERYONE).set_index("subject_id")
    assert times.astype({"cause": str}).T.to_dict("list") == {
        "again": [30, "censored"],  # the last count before the second start
        "dies": [40, "death"],
        "never": [40, "censored"],  # at the last count
        "second": [30, "censored"],  # the death comes after the second start
        "well": [20, "recovery"],
    }


def test_states_of_the_first_course() -> None:
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, outcomes=OUTCOMES)
    table = count_recovery(derive_assessment(cohort), EVERYONE).set_index("state")
    assert table["n"].to_dict() == {
        "recovered": 1,
        "not recovered": 5,
        "already at grade ≤ 2": 1,
    }
    assert set(table["n_total"]) == {7}


def test_curves_begin_at_0_and_end_at_the_share_that_recovered() -> None:
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, outcomes=OUTCOMES)
    curves = recovery_curves(derive_assessment(cohort), EVERYONE)
    recovery = curves[curves["cause"] == "recovery"]
    assert recovery["estimate"].iloc[0] == 0
    assert recovery["estimate"].iloc[-1] == 0.2  # 1 of 5, nobody censored before day 20
