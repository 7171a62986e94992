"""Hazard ratios against R's coxph, on tied times; what is refused and why."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pht_core.stats.comparing.cox import estimate_hazard_ratios

REFERENCE = Path(__file__).parents[2] / "reference"
DATA = pd.concat(
    [pd.read_csv(REFERENCE / "survival_data.csv"), pd.read_csv(REFERENCE / "cox_data.csv")]
)
COX = pd.read_csv(REFERENCE / "cox.csv")


def take(dataset: str) -> pd.DataFrame:
    rows = DATA[DATA["dataset"] == dataset].reset_index(drop=True)
    return rows.assign(event=rows["status"] == 1)


@pytest.mark.parametrize("dataset", ["leukemia", "tied", "crossing"])
def test_hazard_ratio_is_that_of_r(dataset: str) -> None:
    found = estimate_hazard_ratios(take(dataset), "group")
    theirs = COX[COX["dataset"] == dataset]
    assert found.table["group"].tolist() == theirs["group"].tolist()
    for column in ("hazard_ratio", "conf_low", "conf_high", "p_value", "proportional_p"):
        np.testing.assert_allclose(found.table[column], theirs[column], rtol=1e-8)


def test_the_order_of_tied_patients_changes_nothing() -> None:
    times = take("tied")
    one = estimate_hazard_ratios(times, "group").table
    other = estimate_hazard_ratios(times.iloc[::-1].reset_index(drop=True), "group").table
    np.testing.assert_allclose(
        one.select_dtypes("number"), other.select_dtypes("number"), rtol=1e-8
    )


def test_hazards_that_cross_are_said_to_be_not_proportional() -> None:
    found = estimate_hazard_ratios(take("crossing"), "group")
    assert found.not_proportional == ["b"]
    assert "the ratio is an average over time" in found.text
    assert "No departure" in estimate_hazard_ratios(take("leukemia"), "group").text


def test_too_few_events_are_refused() -> None:
    # 3 of 6 had the event.
    found = estimate_hazard_ratios(take("all_tied"), "group")
    assert found.table.empty
    assert found.refused == (
        "No hazard ratio: 3 events; at least 10 are needed for each group that is compared with "
        "the first."
    )


def test_a_group_without_an_event_is_refused() -> None:
    times = take("leukemia")
    times.loc[times["group"] == "6-MP", "event"] = False
    found = estimate_hazard_ratios(times, "group")
    assert found.refused == "No hazard ratio: no event in 6-MP."


def test_one_group_is_refused() -> None:
    times = take("leukemia")
    found = estimate_hazard_ratios(times[times["group"] == "6-MP"], "group")
    assert found.text == "No hazard ratio: it needs two groups."
