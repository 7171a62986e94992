"""Times derived from outcomes: expected answers by hand; and what broken tables say."""

from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pht_core.model.errors import PhtError
from pht_core.stats.event_times import build_strata, count_left_out, derive_times

NOBODY = "follow-up not known"

# One patient a line, named for the case; empty = did not happen. The last columns are the
# answers: overall survival censored at the next therapy or not, and progression-free survival.
OUTCOMES = """
subject_id,last_followup_months,progression_months,death_months,next_therapy_months,os,os_through,pfs
followed,20,,,,20-,20-,20-
died,20,,20,,20,20,20
progressed,20,5,,,20-,20-,5
progressed_then_died,12,5,12,,12,12,5
therapy,20,,,8,8-,20-,8-
therapy_then_died,20,,20,8,8-,20,8-
progressed_then_therapy,20,5,,8,8-,20-,5
therapy_then_progressed,20,9,,8,8-,20-,8-
progressed_and_therapy_same_month,20,8,,8,8-,20-,8
died_and_therapy_same_month,8,,8,8,8,8,8
therapy_after_followup,6,,,8,6-,6-,6-
died_after_followup,6,,9,,9,9,9
only_death_known,,,9,,9,9,9
only_therapy_known,,,,8,8-,NA,8-
day_of_infusion,0,,0,,0,0,0
nothing_known,,,,,NA,NA,NA
"""


def read_table(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text.strip()), dtype={"subject_id": str})


def written(times: pd.DataFrame) -> dict[str, str]:
    """Write times as is usual by hand: a minus sign after a censored one."""
    return {
        who: f"{time:g}{'' if event else '-'}"
        for who, time, event in times.itertuples(index=False, name=None)
    }


@pytest.mark.parametrize(
    ("answer", "endpoint", "censor"),
    [("os", "os", True), ("os_through", "os", False), ("pfs", "pfs", True)],
)
def test_time_and_event_of_each_case(answer: str, endpoint: str, censor: bool) -> None:
    outcomes = pd.read_csv(StringIO(OUTCOMES.strip()), dtype={answer: str})
    expected = outcomes.set_index("subject_id")[answer].dropna().to_dict()
    times = derive_times(outcomes, endpoint, censor_at_next_therapy=censor)
    assert written(times) == expected
    assert times.dtypes.astype(str).to_dict() == {
        "subject_id": "object",
        "time": "float64",
        "event": "bool",
    }
    left_out = count_left_out(outcomes, endpoint, censor_at_next_therapy=censor)
    assert left_out["n"].sum() == len(outcomes) - len(times)


FOUR = """
subject_id,last_followup_months,progression_months,death_months,next_therapy_months
P1,20,,,
P2,10,,10,
P3,3,,,
P4,0.5,,0.5,
P5,,,,
"""


def test_clock_from_a_later_origin() -> None:
    origin = {"P1": 1.0, "P2": 2.5, "P4": 1.0, "P5": 1.0, "somebody else": 3.0}
    assert written(derive_times(read_table(FOUR), origin_months=origin)) == {
        "P1": "19-",
        "P2": "7.5",
    }
    left_out = count_left_out(read_table(FOUR), origin_months=pd.Series(origin))
    assert left_out.to_dict("list") == {
        "reason": ["origin not reached", "not at risk at the origin", NOBODY],
        "n": [1, 1, 1],
        "subjects": ["P3", "P4", "P5"],
    }


def test_event_on_the_day_of_the_origin_counts() -> None:
    times = derive_times(read_table(FOUR), origin_months={"P2": 10.0, "P3": 3.0})
    assert written(times) == {"P2": "0", "P3": "0-"}


def test_landmark_keeps_those_at_risk_after_it() -> None:
    assert written(derive_times(read_table(FOUR), landmark=3)) == {"P1": "17-", "P2": "7"}
    left_out = count_left_out(read_table(FOUR), landmark=3)
    assert left_out.set_index("reason")["subjects"].to_dict() == {
        "not at risk at the landmark": "P3, P4",
        NOBODY: "P5",
    }


def test_landmark_is_counted_from_the_origin() -> None:
    times = derive_times(read_table(FOUR), origin_months={"P1": 2.0, "P2": 8.0}, landmark=2)
    assert written(times) == {"P1": "16-"}


def test_nobody_is_left_out_of_full_data() -> None:
    left_out = count_left_out(read_table(FOUR).head(4))
    assert len(left_out) == 0
    assert list(left_out) == ["reason", "n", "subjects"]


def test_input_is_not_changed() -> None:
    outcomes = read_table(FOUR)
    derive_times(outcomes, "pfs", landmark=1)
    pd.testing.assert_frame_equal(outcomes, read_table(FOUR))


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({}, {"endpoint": "xfs"}, "Endpoint 'xfs' is not known. Choose one of: os, pfs, efs, dfs."),
        ({}, {"landmark": -1}, "The landmark is -1 months; it must be 0 or later."),
        ({"death_months": -2.0}, {}, "death_months lies before the infusion for P1, P2, P3, P4"),
        ({"death_months": "June"}, {}, "'death_months' holds object, not numbers"),
        ({"death_months": None}, {}, "no column 'death_months'; its columns are: subject_id"),
        ({"next_therapy_months": None}, {}, "no column 'next_therapy_months'"),
        ({"subject_id": "P1"}, {}, "more than one row of outcomes: P1"),
    ],
)
def test_broken_outcomes_say_what_to_do(
    change: dict[str, Any], arguments: dict[str, Any], message: str
) -> None:
    outcomes = read_table(FOUR)
    for column, value in change.items():
        outcomes = (
            outcomes.drop(columns=column) if value is None else outcomes.assign(**{column: value})
        )
    with pytest.raises(PhtError) as caught:
        derive_times(outcomes, **arguments)
    assert message in str(caught.value)


TIMES = pd.DataFrame({"subject_id": ["P1", "P2", "P3"], "time": [1.0, 2, 3], "event": True})


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (TIMES.head(0), "No patients are left to follow: the table of times is empty. Widen"),
        (TIMES.assign(time=[1, np.nan, -3]), "missing, negative or infinite for P2, P3. Correct"),
        (TIMES.assign(time=[1, 2, np.inf]), "infinite for P3"),
        (TIMES.drop(columns="subject_id").assign(time=-1.0), "for row 1, row 2, row 3"),
        (TIMES.assign(time=["1", "2", "June"]), "'time' holds object, not numbers"),
        (TIMES.assign(time=True), "'time' holds bool, not numbers"),
        (TIMES.assign(event=[1, 0, 1]), "int64 (such as 1), not True or False"),
        (TIMES.assign(event=["True", "False", "True"]), "object (such as 'True')"),
        (
            TIMES.assign(event=pd.Series([True, None, False], dtype=object)),
            "The event is missing for P2.",
        ),
        (
            TIMES.assign(event=pd.array([True, None, False], "boolean")),
            "The event is missing for P2.",
        ),
        (TIMES.drop(columns="event"), "no column 'event'; its columns are: subject_id, time."),
        (
            pd.DataFrame({"time": [-1.0] * 8, "event": True, "subject_id": list("ABCDEFGH")}),
            "A, B, C, D, E and 3 more",
        ),
    ],
)
def test_broken_times_say_what_to_do(times: pd.DataFrame, message: str) -> None:
    with pytest.raises(PhtError) as caught:
        build_strata(times)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "times",
    [
        TIMES.astype({"event": "boolean", "time": "Float64"}),
        TIMES.astype({"event": object, "time": "int64"}),
    ],
    ids=["nullable", "objects"],
)
def test_other_kinds_of_columns_with_the_same_values(times: pd.DataFrame) -> None:
    (stratum,) = build_strata(times)
    assert stratum.label == "all"
    assert stratum.time.tolist() == [1.0, 2.0, 3.0]
    assert stratum.event.tolist() == [True, True, True]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (["b", "a", "b"], {"a": [2], "b": [1, 3]}),
        ([10, 9, 10], {"9": [2], "10": [1, 3]}),
        ([2.0, np.nan, 1.0], {"1": [3], "2": [1], "missing": [2]}),
        ([0.5, 1.5, 0.5], {"0.5": [1, 3], "1.5": [2]}),
        ([True, False, True], {"no": [2], "yes": [1, 3]}),
        (pd.array([True, None, False], "boolean"), {"no": [3], "yes": [1], "missing": [2]}),
        (pd.Categorical(["low", None, "high"], ["low", "high", "none"]),
         {"low": [1], "high": [3], "missing": [2]}),
        (["missing", None, "a"], {"a": [3], "missing": [1, 2]}),
        ([None, None, None], {"missing": [1, 2, 3]}),
    ],
)  # fmt: skip
def test_groups_in_order_and_nobody_dropped(groups: Any, expected: dict[str, list[float]]) -> None:
    strata = build_strata(TIMES.assign(group=groups), "group")
    assert {one.label: sorted(one.time.tolist()) for one in strata} == expected
    assert [one.label for one in strata] == list(expected)


def test_groups_of_mixed_kinds_are_refused() -> None:
    with pytest.raises(PhtError, match="'group' mixes kinds of values"):
        build_strata(TIMES.assign(group=[pd.Timestamp(0), 1, "a"]), "group")
