"""Panels of cumulative incidence: where curves end, what stands beside and below them."""

import pandas as pd
import pytest

from pht_core.charts import cumulative_incidence_chart
from pht_core.model.errors import PhtError
from tests.drawn import (
    INCIDENCE_OF_RECOVERY,
    NUMBERS_OF_RECOVERY,
    PANELS,
    ROWS_OF_NUMBERS,
    incidence_panels,
)


def test_curves_end_at_the_day_where_somebody_was_followed_for_longer() -> None:
    curve = incidence_panels().datasets["curve"]
    ends = curve[curve["cause"] == "event"].groupby("param")["time"].max()
    assert ends.to_dict() == {"PLT": 120, "all": 60}
    assert "platelets 40.0%; all together 30.0%" in incidence_panels().description


def test_the_percentage_at_the_end_of_each_curve() -> None:
    ends = incidence_panels().datasets["ends"]
    found = ends.set_index(["param", "cause"])["label"].to_dict()
    # Nothing competes in the last panel, so no number stands there.
    assert found == {("PLT", "event"): "40%", ("PLT", "other"): "10%", ("all", "event"): "30%"}


@pytest.mark.parametrize(("width", "rows"), [(960, [0]), (374, [0])])
def test_panels_stand_side_by_side(width: int, rows: list[int]) -> None:
    picture = incidence_panels(width=width)
    heads = picture.datasets["heads"]
    assert sorted(set(heads["row"])) == rows
    assert heads["x"].tolist() == [0, picture.params["apart"]]


def test_numbers_stand_below_their_days() -> None:
    picture = incidence_panels()
    numbers = picture.datasets["numbers"]
    first = numbers[numbers["x"] < picture.params["apart"]]
    assert first[["x", "n", "place"]].to_numpy().tolist() == [
        [0, 10, 0],
        [60, 5, 0],
        [120, 2, 0],
        [0, 0, 1],
        [60, 4, 1],
        [120, 4, 1],
    ]


def test_five_groups_are_too_many() -> None:
    parts = [INCIDENCE_OF_RECOVERY.assign(strata=name) for name in "abcde"]
    table = pd.concat(parts)
    with pytest.raises(PhtError, match=r"5 groups cannot be distinguished.*at most 4"):
        cumulative_incidence_chart(
            table, NUMBERS_OF_RECOVERY, heads=PANELS, rows=ROWS_OF_NUMBERS, day=120
        )
