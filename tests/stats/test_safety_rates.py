"""Support and events per person-time, and shifts of grade; worked out by hand."""

import pytest

from pht_core.stats.assessment import Assessment, derive_assessment
from pht_core.stats.safety import count_rates, count_shifts, derive_phase_days
from tests.small import small_cohort

# A: prednisone days 30 to 39 and 60 to 69, followed to day 122 (4 months); B: from day 30 on, dies
# on day 61 (2 months). Before: 2 x 30 days; on: 20 + 32; off: 20 + 53.
COUNTS = """
subject_id | day | HGB | PLT | NE
A | -5 | 120 | 200 | 4
A | 10 | 70  | 60  | 4
A | 28 | 90  | 200 | 4
B | -2 | 140 | 90  | 4
B | 12 | 140 | 80  | 0.4
"""
PREDNISONE = """
subject_id | start_day | end_day | dose
A | 30 | 39 | 0.5
A | 60 | 69 | 0.5
B | 30 |    | 0.5
"""
OUTCOMES = """
subject_id | last_followup_months | progression_months | death_months | next_therapy_months
A | 4 |  |   |
B | 2 |  | 2 |
"""
SUPPORT = """
subject_id | day | kind
A | -3 | red_cells
A | 5  | red_cells
A | 12 | red_cells
A | 12 | red_cells
A | 35 | red_cells
A | 50 | red_cells
B | 20 | red_cells
B | 70 | red_cells
"""
EVENTS = """
subject_id | day | event | result
A | 65 | infection |
B | 10 | infection |
"""


def cohort_assessed() -> Assessment:
    return derive_assessment(
        small_cohort(
            COUNTS, prednisone=PREDNISONE, outcomes=OUTCOMES, support=SUPPORT, events=EVENTS,
            recorded="infection",
        )
    )  # fmt: skip


def test_days_before_on_and_off() -> None:
    phases = derive_phase_days(cohort_assessed(), ["A", "B"])
    days = {name: (rows["end"] - rows["start"] + 1).sum() for name, rows in phases.items()}
    assert days == {"before": 60, "on": 52, "off": 73}


def test_rates_and_their_intervals() -> None:
    table = count_rates(cohort_assessed(), ["A", "B"])
    cells = table[table["kind"] == "red_cells"]
    # Day -3 is before infusion, day 70 after B's death; two on one day are one.
    assert cells[["n", "n_total", "events", "person_days"]].to_numpy().tolist() == [
        [2, 2, 3, 60],
        [1, 2, 1, 52],
        [1, 1, 1, 73],
    ]
    assert cells["rate"].tolist() == pytest.approx([3 * 28 / 60, 28 / 52, 28 / 73])
    # poisson.test(3, 60 / 28) of R
    first = cells.iloc[0]
    assert first["conf_low"] == pytest.approx(0.288713657, rel=1e-8)
    assert first["conf_high"] == pytest.approx(4.091394099, rel=1e-8)
    infections = table[table["kind"] == "infection"]
    assert infections["events"].tolist() == [1, 1, 0]
    assert infections["conf_low"].tolist()[2] == 0


def test_shifts_from_before_infusion_to_the_worst() -> None:
    table = count_shifts(cohort_assessed(), ["A", "B"])
    shifts = table[table["n"] > 0][["param", "baseline", "worst", "n"]].to_numpy().tolist()
    # Men are normal from 130, 125 and 1.8; CTCAE v5.0.
    assert shifts == [
        ["HGB", 0, 0, 1],
        ["HGB", 1, 3, 1],
        ["PLT", 0, 2, 1],
        ["PLT", 1, 1, 1],
        ["NE", 0, 0, 1],
        ["NE", 0, 4, 1],
    ]
    assert set(table["missing"]) == {0}
