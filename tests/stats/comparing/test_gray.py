"""Gray's test against R's cmprsk, on times most of which are tied."""

from pathlib import Path

import pandas as pd
import pytest

from pht_core.stats.comparing.gray import compare_incidence

REFERENCE = Path(__file__).parents[2] / "reference"
DATA = pd.read_csv(REFERENCE / "gray_data.csv")
TESTS = pd.read_csv(REFERENCE / "gray_tests.csv")


CASES = [tuple(row) for row in TESTS[["dataset", "cause", "df", "chi2", "p_value"]].to_numpy()]


@pytest.mark.parametrize(("dataset", "cause", "df", "chi2", "p_value"), CASES)
def test_chi_squared_is_that_of_r(
    dataset: str, cause: str, df: int, chi2: float, p_value: float
) -> None:
    ours = compare_incidence(DATA[DATA["dataset"] == dataset], "group", cause=cause)
    assert ours is not None
    assert ours["df"][0] == df
    assert ours["chi2"][0] == pytest.approx(chi2, rel=1e-8)
    assert ours["p_value"][0] == pytest.approx(p_value, rel=1e-8)


def test_who_has_no_group_is_left_out_and_counted() -> None:
    data = DATA[DATA["dataset"] == "differ"].reset_index(drop=True)
    more = pd.concat([data, data.head(3).assign(group=None)], ignore_index=True)
    with_missing = compare_incidence(more, "group", cause="recovery")
    without = compare_incidence(data, "group", cause="recovery")
    assert with_missing is not None
    assert without is not None
    assert with_missing["chi2"][0] == pytest.approx(without["chi2"][0], rel=1e-12)
    assert with_missing["n_missing"][0] == 3


def test_nothing_to_compare_gives_no_test() -> None:
    data = DATA[DATA["dataset"] == "one_cause"]
    assert compare_incidence(data[data["group"] == "a"], "group", cause="recovery") is None
    assert compare_incidence(data, "group", cause="death") is None
