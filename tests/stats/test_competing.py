"""Cumulative incidence against R's survfit for several states, by hand and against Kaplan-Meier."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.model.errors import PhtError
from pht_core.stats.survival import estimate_cumulative_incidence, estimate_survival

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(REFERENCE / "competing_data.csv")
INCIDENCE = pd.read_csv(REFERENCE / "competing_incidence.csv")
CASES = [tuple(row) for row in INCIDENCE[["dataset", "grouped", "ci"]].drop_duplicates().to_numpy()]


@pytest.mark.parametrize(("dataset", "grouped", "ci"), CASES)
def test_incidence_is_that_of_r(dataset: str, grouped: bool, ci: str) -> None:
    ours = estimate_cumulative_incidence(
        DATA[DATA["dataset"] == dataset],
        by="group" if grouped else None,
        censored="censored",
        ci=ci,
    )
    here = (INCIDENCE["dataset"] == dataset) & (INCIDENCE["grouped"] == grouped)
    theirs = INCIDENCE[here & (INCIDENCE["ci"] == ci)]
    if dataset != "at_zero":  # R gives a row for time 0 only where somebody left then
        start = ours["time"] == 0
        assert (ours.loc[start, ["estimate", "std_error", "n_event", "n_censor"]] == 0).all(None)
        ours = ours[~start]
    order = ["strata", "cause", "time"]
    assert list(ours) == [
        *("time", "n_risk", "n_event", "n_censor", "estimate", "std_error"),
        *("conf_low", "conf_high", "strata", "cause"),
    ]
    pd.testing.assert_frame_equal(
        ours.sort_values(order, ignore_index=True),
        theirs[list(ours)].sort_values(order, ignore_index=True),
        check_dtype=False,
        rtol=1e-10,
        atol=1e-12,
    )


# 5 patients: at 1 one of 5 recovers (1/5); at 2, of the 4 left, one recovers (1/5 + 4/5 * 1/4)
# and one dies (4/5 * 1/4); one is censored at 3; the last recovers at 4 (2/5 + 2/5 * 1/1).
BY_HAND = DATA[DATA["dataset"] == "by_hand"]


def test_incidence_by_hand() -> None:
    table = estimate_cumulative_incidence(BY_HAND, censored="censored")
    assert table["cause"].unique().tolist() == ["death", "recovery"]
    estimate = {cause: part["estimate"].tolist() for cause, part in table.groupby("cause")}
    assert estimate["death"] == pytest.approx([0, 0, 1 / 5, 1 / 5, 1 / 5])
    assert estimate["recovery"] == pytest.approx([0, 1 / 5, 2 / 5, 2 / 5, 4 / 5])
    recovery = table[table["cause"] == "recovery"]
    assert recovery["time"].tolist() == [0, 1, 2, 3, 4]
    assert recovery["n_risk"].tolist() == [5, 5, 4, 2, 1]
    assert recovery["n_event"].tolist() == [0, 1, 1, 0, 1]
    assert recovery["n_censor"].tolist() == [0, 0, 0, 1, 0]


def test_one_minus_kaplan_meier_overstates_it() -> None:
    # The same patients with death taken for censoring: 1 - 4/5 * 3/4 at 2, and 1 at 4.
    naive = estimate_survival(BY_HAND.assign(event=BY_HAND["cause"] == "recovery"))
    assert (1 - naive["estimate"]).tolist() == pytest.approx([0, 1 / 5, 2 / 5, 2 / 5, 1])


def test_categories_order_the_causes_and_may_never_happen() -> None:
    cause = pd.Categorical([0, "recovery", "death"], [0, "recovery", "relapse", "death"])
    table = estimate_cumulative_incidence(pd.DataFrame({"time": [1.0, 2, 3], "cause": cause}))
    assert table["cause"].unique().tolist() == ["recovery", "relapse", "death"]
    assert (table.loc[table["cause"] == "relapse", "estimate"] == 0).all()


@pytest.mark.parametrize("labels", [[0, 1], [0.0, 1.0], ["0", "1"], [0, "1"]])
def test_censored_may_be_written_as_number_or_text(labels: list[object]) -> None:
    table = estimate_cumulative_incidence(pd.DataFrame({"time": [1.0, 2.0], "cause": labels}))
    assert table["cause"].unique().tolist() == ["1"]
    assert table["estimate"].tolist() == [0, 0, 1]


def test_each_group_has_each_cause_and_missing_groups_are_kept() -> None:
    times = BY_HAND.assign(group=["a", "a", np.nan, "b", "b"])
    table = estimate_cumulative_incidence(times, by="group", censored="censored")
    pairs = table[["strata", "cause"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[s, c] for s in ("a", "b", "missing") for c in ("death", "recovery")]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (BY_HAND.head(0), "No patients are left to follow"),
        (BY_HAND.assign(time=-1), "missing, negative or infinite for row 1, row 2"),
        (
            BY_HAND.assign(cause=["a", np.nan, "b", np.nan, "a"]),
            "missing for 2 of 5 patients. Give",
        ),
        (BY_HAND.assign(cause="censored"), "Nobody had any event, so it is not known which"),
        (BY_HAND.drop(columns="cause"), "no column 'cause'"),
    ],
)
def test_broken_times_say_what_to_do(times: pd.DataFrame, message: str) -> None:
    with pytest.raises(PhtError) as caught:
        estimate_cumulative_incidence(times, censored="censored")
    assert message in str(caught.value)


SAMPLES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=30)


@given(SAMPLES)
def test_incidences_and_survival_add_up(sample: list[tuple[int, int]]) -> None:
    times = pd.DataFrame([(9, 1), *sample], columns=["time", "cause"])
    table = estimate_cumulative_incidence(times)
    free = estimate_survival(times.assign(event=times["cause"] != 0))
    total = table.groupby("time")["estimate"].sum()
    np.testing.assert_allclose(total + free["estimate"].to_numpy(), 1)
    assert (table.groupby("cause")["estimate"].diff().dropna() >= -1e-12).all()


@given(SAMPLES)
def test_one_cause_is_kaplan_meier_with_greenwood_s_error(sample: list[tuple[int, int]]) -> None:
    times = pd.DataFrame([(9, 1), *sample], columns=["time", "cause"])
    times["cause"] = times["cause"].clip(upper=1)
    table = estimate_cumulative_incidence(times)
    curve = estimate_survival(times.assign(event=times["cause"] == 1))
    np.testing.assert_allclose(table["estimate"], 1 - curve["estimate"], atol=1e-12)
    known = curve["std_error"].notna().to_numpy()
    np.testing.assert_allclose(table["std_error"][known], curve["std_error"][known], atol=1e-7)
