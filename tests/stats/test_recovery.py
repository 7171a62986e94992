"""Time from the start of prednisone to recovery and what came before it; worked out by hand."""

from dataclasses import replace
from typing import Any

from pht_core.stats.assessment import derive_assessment
from pht_core.stats.recovery import (
    count_incidence,
    count_recovery,
    derive_recovery_times,
    gray_tests,
    incidence_at,
    incidence_curves,
    outcome_times,
)
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
        "well": [20, "event"],
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
    times = outcome_times(derive_assessment(cohort), EVERYONE, outcome="recovery")
    curves = incidence_curves(times, "log-log")
    # Only hemoglobin is ever low, so that its panel is that of all on one draw.
    assert set(curves["param"]) == {"HGB", "all"}
    recovery = curves[(curves["cause"] == "event") & (curves["param"] == "all")]
    assert recovery["estimate"].iloc[0] == 0
    assert recovery["estimate"].iloc[-1] == 0.2  # 1 of 5, nobody censored before day 20
    counts = count_incidence(curves, [0, 20, 30, 31, 50])
    own = counts[counts["param"] == "all"].drop(columns=["param", "strata", "day"])
    assert own.to_numpy().tolist() == [  # at risk, recovered, other first, censored
        [5, 0, 0, 0],
        [5, 0, 0, 0],
        [4, 1, 0, 0],
        [2, 1, 0, 2],
        [0, 1, 1, 3],
    ]
    end = incidence_at(curves, 120).set_index("param").loc["all"]
    assert (end["n"], end["n_event"], end["n_other"], end["at_risk"]) == (5, 1, 1, 0)
    assert end["time"] == 40


# Day 0 is infusion. Every panel by hand; men are normal from 130 (HGB), 125 (PLT) and 1.8 (NE).
LINEAGES = """
subject_id | day | HGB | PLT | NE
early | -3 | 140 | 200 | 4
early | 5  | 100 | 200 | 0.4
early | 9  | 100 | 200 | 0.2
early | 12 | 140 | 200 | 0.6
early | 14 | 140 | 200 | 2.0
early | 20 | 140 | 200 | 2.0
late  | 3  | 140 | 40  | 0.4
late  | 10 | 140 | 15  | 0.3
late  | 16 | 140 | 25  | 0.3
late  | 17 | 140 | 25  | 0.6
late  | 20 | 140 | 30  | 0.4
late  | 27 | 140 | 60  | 0.9
late  | 33 | 140 | 90  | 0.7
late  | 40 | 140 | 130 | 0.8
fine  | 7  | 140 | 200 | 4
"""
SUPPORT = """
subject_id | day | kind
late | 11 | platelets
"""


def test_recovery_from_infusion_begins_after_the_nadir() -> None:
    cohort = small_cohort(
        LINEAGES, support=SUPPORT, outcomes="subject_id | last_followup_months\nearly | 12"
    )
    assessment = derive_assessment(cohort)
    ids = ["early", "late", "fine"]

    def found(param: str, outcome: str) -> Any:
        times = derive_recovery_times(assessment, ids, param, outcome=outcome, origin="infusion")
        return times.set_index("subject_id").astype({"cause": str}).T.to_dict("list")

    assert found("HGB", "complete") == {"early": [12, "event"]}
    assert found("PLT", "complete") == {"late": [40, "event"]}
    # 2.0 on day 14 is the first normal count after 0.2 on day 9; late has none by day 40.
    assert found("NE", "complete") == {"early": [14, "event"], "late": [40, "censored"]}
    assert found("all", "complete") == {"early": [14, "event"], "late": [40, "censored"]}
    # Three in a row at 0.5: from day 12; late's 0.6 on day 17 is alone, so from day 27.
    assert found("NE", "cibmtr") == {"early": [12, "event"], "late": [27, "event"]}
    # 25 on days 16 and 17 are within 7 days of the platelets of day 11; day 20 is not.
    assert found("PLT", "cibmtr") == {"late": [20, "event"]}


def test_recurrence_per_lineage_from_the_stop() -> None:
    # Off from day 61: P falls in platelets (day 80), then in hemoglobin (day 90); Q progresses.
    counts = """
    subject_id | day | HGB | PLT | NE
    P | 58 | 140 | 200 | 4
    P | 80 | 140 | 60  | 4
    P | 90 | 90  | 60  | 4
    Q | 58 | 140 | 200 | 4
    Q | 70 | 140 | 200 | 4
    R | 58 | 140 | 200 | 4
    """
    given = "\n".join(
        ["subject_id | start_day | end_day | dose", *(f"{who} | 30 | 60 | 0.5" for who in "PQR")]
    )
    outcomes = """
    subject_id | last_followup_months | progression_months | death_months | next_therapy_months
    P | 12 |   | |
    Q | 12 | 3 | |
    R | 12 |   | |
    """
    assessment = derive_assessment(small_cohort(counts, prednisone=given, outcomes=outcomes))
    table = outcome_times(assessment, ["P", "Q", "R"], outcome="recurrence")
    rows = table.astype({"cause": str}).set_index(["param", "subject_id"])
    assert rows.loc[("PLT", "P")].tolist() == [19, "event"]
    assert rows.loc[("HGB", "P")].tolist() == [29, "event"]
    assert rows.loc[("NE", "P")].tolist() == [29, "censored"]
    assert rows.loc[("all", "P")].tolist() == [19, "event"]
    assert rows.loc[("all", "Q")].tolist() == [30, "progression"]  # 3 months are day 91
    assert "R" not in table["subject_id"].tolist()  # no count after the stop


def test_groups_are_compared_in_each_panel() -> None:
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, outcomes=OUTCOMES)
    sexes = ["M", "F"] * 3 + ["M"]
    cohort = replace(cohort, subjects=cohort.subjects.assign(sex=sexes))
    times = outcome_times(derive_assessment(cohort), EVERYONE, outcome="recovery", by="sex")
    assert set(times["group"]) == {"male", "female"}
    tests = gray_tests(times)
    assert set(tests) == {"HGB", "all"}
    assert tests["all"]["chi2"][0] == tests["HGB"]["chi2"][0]
