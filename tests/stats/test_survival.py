"""Survival against R's survival package (tests/reference), by hand, and against the paper."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.model.errors import PhtError
from pht_core.model.settings import INTERVALS
from pht_core.stats.survival import (
    compare_groups,
    count_at_risk,
    estimate_followup,
    estimate_interval,
    estimate_median,
    estimate_rates,
    estimate_survival,
    month_ticks,
    thin_tails,
)

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(REFERENCE / "survival_data.csv").assign(event=lambda table: table["status"] == 1)
CASES = ["dataset", "grouped", "ci"]


def read_reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"survival_{name}.csv", dtype={"strata": str})


CURVES, RATES, MEDIANS, REVERSE = map(read_reference, ("curves", "rates", "medians", "reverse"))
LOG_RANK = read_reference("logrank")
GROUPED = [tuple(case) for case in CURVES[CASES].drop_duplicates().to_numpy()]
CASE_IDS = [f"{name}{' by group' if by else ''}, {ci}" for name, by, ci in GROUPED]


def take_times(dataset: str) -> pd.DataFrame:
    return DATA[DATA["dataset"] == dataset]


def assert_same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    columns = [column for column in ours.columns if column in theirs.columns]
    pd.testing.assert_frame_equal(
        ours[columns].reset_index(drop=True),
        theirs[columns].reset_index(drop=True),
        check_dtype=False,
        rtol=1e-10,
        atol=1e-12,
    )


def of_case(table: pd.DataFrame, dataset: str, grouped: bool, ci: str) -> pd.DataFrame:
    here = (table["dataset"] == dataset) & (table["grouped"] == grouped) & (table["ci"] == ci)
    return table[here]


def test_reference_holds_all_that_is_compared() -> None:
    assert DATA["dataset"].nunique() == 13
    assert len(GROUPED) == (13 + 4) * 3
    assert list(LOG_RANK["dataset"]) == ["leukemia", "simulated", "all_tied", "group_of_one"]


@pytest.mark.parametrize(("dataset", "grouped", "ci"), GROUPED, ids=CASE_IDS)
def test_curve_rates_and_medians_are_those_of_r(dataset: str, grouped: bool, ci: str) -> None:
    times, by = take_times(dataset), "group" if grouped else None

    curve = estimate_survival(times, by=by, ci=ci)
    assert list(curve) == [
        *("time", "n_risk", "n_event", "n_censor"),
        *("estimate", "std_error", "conf_low", "conf_high", "strata"),
    ]
    assert_same(curve, of_case(CURVES, dataset, grouped, ci))

    # R leaves out the rows past the last follow-up; ours say that nothing is known.
    theirs = of_case(RATES, dataset, grouped, ci)
    at = sorted(RATES["time"].unique())
    rates = estimate_rates(times, at, by, ci=ci)
    known = rates["estimate"].notna()
    assert_same(rates[known], theirs)
    assert (rates.loc[~known, "n_risk"] == 0).all()
    assert rates.loc[~known, ["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert len(rates) == len(at) * curve["strata"].nunique()

    theirs = of_case(MEDIANS, dataset, grouped, ci)
    for level in (0.95, 0.8):
        assert_same(
            estimate_median(times, by, ci=ci, level=level), theirs[theirs["level"] == level]
        )


@pytest.mark.parametrize("ci", INTERVALS)
@pytest.mark.parametrize("dataset", DATA["dataset"].unique())
def test_reverse_follow_up_is_that_of_r(dataset: str, ci: str) -> None:
    times = take_times(dataset)
    row = estimate_followup(times, ci=ci).iloc[0]
    theirs = of_case(REVERSE, dataset, False, ci).iloc[0]
    np.testing.assert_allclose(
        row[["reverse_median", "reverse_low", "reverse_high"]].astype(float),
        theirs[["median", "conf_low", "conf_high"]].astype(float),
    )


@pytest.mark.parametrize("dataset", LOG_RANK["dataset"])
def test_log_rank_is_that_of_r(dataset: str) -> None:
    test = compare_groups(take_times(dataset), "group")
    assert test is not None
    assert_same(test, LOG_RANK[LOG_RANK["dataset"] == dataset])


@pytest.mark.parametrize("dataset", ["leukemia", "simulated"])
def test_lifelines_and_scipy_agree(dataset: str) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from scipy.stats import CensoredData, ecdf

    times = take_times(dataset)
    fitter = KaplanMeierFitter().fit(times["time"], times["event"])
    curve = estimate_survival(times)
    np.testing.assert_allclose(curve["estimate"], fitter.survival_function_.iloc[:, 0])
    limits = fitter.confidence_interval_.to_numpy()
    known = curve["conf_low"].notna()  # at an estimate of 1, where lifelines says 1
    np.testing.assert_allclose(curve.loc[known, ["conf_low", "conf_high"]], limits[known])

    plain = ecdf(
        CensoredData(times.loc[times["event"], "time"], right=times.loc[~times["event"], "time"])
    )
    np.testing.assert_allclose(curve["estimate"].iloc[1:], plain.sf.probabilities)

    test = compare_groups(times, "group")
    theirs = multivariate_logrank_test(times["time"], times["group"], times["event"])
    assert test is not None
    assert test["p_value"].iloc[0] == pytest.approx(theirs.p_value, rel=1e-9)


# 4 patients: one is censored at 1, two have the event at 2 and one more is censored there,
# so that at 2 three are at risk and S = 1 - 2/3; Greenwood 2 / (3 * 1).
BY_HAND = pd.DataFrame({"time": [2.0, 1.0, 2.0, 2.0], "event": [True, False, False, True]})


def test_curve_by_hand() -> None:
    curve = estimate_survival(BY_HAND, ci="plain")
    assert curve["time"].tolist() == [0, 1, 2]
    assert curve["n_risk"].tolist() == [4, 4, 3]
    assert curve["n_event"].tolist() == [0, 0, 2]
    assert curve["n_censor"].tolist() == [0, 1, 1]
    assert curve["estimate"].tolist() == pytest.approx([1, 1, 1 / 3])
    assert curve["std_error"].tolist() == pytest.approx([0, 0, (2 / 3) ** 0.5 / 3])
    assert curve["strata"].tolist() == ["all"] * 3


def test_at_risk_by_hand() -> None:
    table = count_at_risk(BY_HAND, [0, 1, 1.5, 2, 3])
    assert table["n_risk"].tolist() == [4, 4, 3, 3, 0]
    assert table["n_event"].tolist() == [0, 0, 0, 0, 2]
    assert table["n_censor"].tolist() == [0, 0, 1, 1, 2]


def test_at_risk_by_group_counts_a_tick_within_rounding() -> None:
    times = pd.DataFrame(
        {"time": [0.1 + 0.2, 0.3, 5.0], "event": [True, True, False], "group": ["a", "b", "b"]}
    )
    table = count_at_risk(times, [0.3, 6], "group").set_index(["strata", "time"])
    assert table["n_risk"].to_dict() == {
        ("a", 0.3): 1,
        ("a", 6.0): 0,
        ("b", 0.3): 2,
        ("b", 6.0): 0,
    }
    assert table.iloc[-1].tolist() == [0, 1, 1]


@pytest.mark.parametrize(("n_event", "percent", "std_error"), [(7, 58.8, 11.9), (6, 64.7, 11.6)])
def test_paper_s_rates_at_twelve_months(n_event: int, percent: float, std_error: float) -> None:
    # Wang 2023, doi 10.3389/fimmu.2023.1139559: 58.8% (+-11.9%) without progression and 64.7%
    # (+-11.6%) alive, of 17. The months between are simulated; none is censored before 12.
    time = np.array([4.1, 5, 6, 7, 8, 9, 10, 13, 14.97, 15, 16, 18, 20, 22, 25, 28, 31.2])
    times = pd.DataFrame({"time": time, "event": np.arange(17) < n_event})
    times.loc[times.index >= n_event, "time"] += 2.5
    row = estimate_rates(times, [12]).iloc[0]
    assert round(100 * row["estimate"], 1) == percent
    assert round(100 * row["std_error"], 1) == std_error
    exact = {7: 11.94, 6: 11.59}[n_event]
    assert round(100 * row["std_error"], 2) == exact
    assert row["n_risk"] == 17 - n_event


def test_follow_up_plain() -> None:
    times = pd.DataFrame({"time": [4.1, 31.2, 14.97], "event": [True, False, False]})
    row = estimate_followup(times).iloc[0]
    assert row[["n", "median", "minimum", "maximum"]].tolist() == [3, 14.97, 4.1, 31.2]
    # Backwards: a death at 4.1 leaves 2 at risk, censored at 14.97 and 31.2: the step to 0.5
    # lasts from 14.97 to 31.2, and its middle is the median.
    assert row["reverse_median"] == pytest.approx((14.97 + 31.2) / 2)


def test_missing_groups_are_a_stratum_but_not_in_the_test() -> None:
    known = take_times("leukemia")
    extra = pd.DataFrame({"time": [3.0, 30.0], "event": [True, False], "group": [None, None]})
    times = pd.concat([known, extra], ignore_index=True)
    assert estimate_median(times, "group")["strata"].tolist() == ["6-MP", "placebo", "missing"]
    assert estimate_median(times, "group")["n"].tolist() == [21, 21, 2]
    test = compare_groups(times, "group")
    assert test is not None
    assert test.iloc[0][["n_groups", "n", "n_missing"]].tolist() == [2, 42, 2]
    assert test["chi2"].iloc[0] == pytest.approx(LOG_RANK["chi2"].iloc[0])


@pytest.mark.parametrize(
    "times",
    [
        pd.DataFrame({"time": [1.0, 2.0], "event": True, "group": "a"}),
        pd.DataFrame({"time": [1.0, 2.0], "event": True, "group": ["a", None]}),
        pd.DataFrame({"time": [1.0, 2.0], "event": False, "group": ["a", "b"]}),
        # The last of b leaves before the first event: nobody to compare with.
        pd.DataFrame({"time": [3.0, 4.0, 2.0], "event": [1, 1, 0], "group": list("aab")}).astype(
            {"event": bool}
        ),
        # The only time with both at risk ends for both: no variance.
        pd.DataFrame(
            {"time": [1.0, 1.0, 2.0], "event": [True, True, False], "group": list("aba")}
        ).head(2),
    ],
    ids=["one group", "the other missing", "no events", "never at risk together", "all at once"],
)
def test_nothing_to_compare(times: pd.DataFrame) -> None:
    assert compare_groups(times, "group") is None


def test_a_group_never_at_risk_adds_no_degree_of_freedom() -> None:
    leukemia = take_times("leukemia")
    early = pd.DataFrame({"time": [0.5], "event": [False], "group": ["early"]})
    test = compare_groups(pd.concat([leukemia, early]), "group")
    assert test is not None
    assert test["df"].iloc[0] == 1
    assert test["n_groups"].iloc[0] == 3
    assert test["chi2"].iloc[0] == pytest.approx(LOG_RANK["chi2"].iloc[0])


def test_interval_and_its_arguments() -> None:
    half, error = np.array([0.5]), np.array([0.1])
    low, high = estimate_interval(half, error, "plain", 0.95)
    assert low[0] == pytest.approx(0.5 - 0.1959963984540054)
    assert high[0] == pytest.approx(0.5 + 0.1959963984540054)
    low, high = estimate_interval(half, np.array([0.4]), "plain")
    assert (low[0], high[0]) == (0.0, 1.0)
    with pytest.raises(PhtError, match=r"Interval 'exact' is not known. Choose one of: log-log"):
        estimate_interval(half, error, "exact")
    with pytest.raises(PhtError, match=r"level is 95; give a share such as 0.95"):
        estimate_interval(half, error, "log", 95)


@pytest.mark.parametrize("at", [[-1.0], [float("nan")], [3, float("inf")]])
def test_times_to_report_at_must_be_times(at: list[float]) -> None:
    with pytest.raises(PhtError, match="Times to report at must be 0 or later"):
        estimate_rates(BY_HAND, at)
    with pytest.raises(PhtError, match="Times to report at must be 0 or later"):
        count_at_risk(BY_HAND, at)


def test_unknown_group_column_and_empty_table() -> None:
    with pytest.raises(PhtError, match="no column 'sex'; its columns are: time, event"):
        estimate_survival(BY_HAND, by="sex")
    for estimate in (estimate_survival, estimate_rates, estimate_median, estimate_followup):
        with pytest.raises(PhtError, match="No patients are left"):
            estimate(BY_HAND.head(0))


# One patient leaves at each whole month, so that at risk at month t are N - t + 1.
TAILS = {
    "of 12, 5 are no tail and 4 are: at risk at month 9, so from month 8 on": (12, 8.0),
    "of 5, all until the first leaves": (5, 1.0),
    "of 4, from the start": (4, 0.0),
    "of 100, 10 are no tail and 9 are: at risk at month 92, so from month 91 on": (100, 91.0),
}


@pytest.mark.parametrize("what", TAILS)
def test_a_tail_is_thin_below_5_and_below_a_tenth(what: str) -> None:
    n, begins = TAILS[what]
    times = pd.DataFrame({"time": np.arange(1.0, n + 1), "event": True})
    assert thin_tails(estimate_survival(times)) == {"all": begins}


def test_a_curve_that_5_of_5_end_together_has_no_thin_tail() -> None:
    together = pd.DataFrame({"time": 3.0, "event": [True] * 5})
    assert thin_tails(estimate_survival(together)) == {}


@pytest.mark.parametrize(
    ("last", "ticks"),
    [
        (0, [0]),
        (24, [0, 3, 6, 9, 12, 15, 18, 21, 24]),
        (24.1, [0, 6, 12, 18, 24]),
        (60, [0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60]),
        (60.5, [0, 12, 24, 36, 48, 60]),
    ],
)
def test_months_are_ticked_every_3_to_two_years_and_every_6_to_five(
    last: float, ticks: list[int]
) -> None:
    assert month_ticks(last) == ticks


SAMPLES = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=30)


@given(SAMPLES)
def test_what_holds_for_any_data(sample: list[tuple[int, bool]]) -> None:
    times = pd.DataFrame(sample, columns=["time", "event"])
    curve = estimate_survival(times)
    assert (curve["estimate"].diff().dropna() <= 0).all()
    known = curve.dropna()
    assert (known["conf_low"] <= known["estimate"] + 1e-12).all()
    assert (known["conf_high"] >= known["estimate"] - 1e-12).all()
    assert curve[["n_event", "n_censor"]].to_numpy().sum() == len(times)
    at = np.arange(0, 11, 0.5)
    risk = count_at_risk(times, at)
    assert (risk[["n_risk", "n_event", "n_censor"]].sum(axis=1) == len(times)).all()
    for tick, n_risk in zip(at, risk["n_risk"], strict=True):
        assert n_risk == (times["time"] >= tick).sum()
    shuffled = times.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(estimate_survival(shuffled), curve)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_without_censoring_it_is_the_share_alive(deaths: list[int]) -> None:
    times = pd.DataFrame({"time": np.array(deaths, dtype=float), "event": True})
    curve = estimate_survival(times)
    for time, estimate in zip(curve["time"], curve["estimate"], strict=True):
        assert estimate == pytest.approx((times["time"] > time).mean())
