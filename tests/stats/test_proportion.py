"""Percents rounded half up from whole numbers, and exact intervals as R's binom.test gives them."""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.stats.proportion import exact_interval, p_text, percent_text, share_text


@pytest.mark.parametrize(
    ("n", "n_total", "decimals", "text"),
    [
        (16, 17, 2, "94.12%"),
        (15, 17, 2, "88.24%"),
        (51, 86, 2, "59.30%"),  # the paper drops the zero
        (1, 8, 0, "13%"),  # 12.5 goes up, where half-even gives 12
        (5, 8, 1, "62.5%"),
        (1, 80, 1, "1.3%"),  # 1.25
        (3, 80, 1, "3.8%"),  # 3.75
        (9, 200, 0, "5%"),  # 4.5
        (17, 17, 0, "100%"),
        (0, 17, 1, "0.0%"),
        (199, 200, 0, "100%"),
        (1, 3, 1, "33.3%"),
        (0, 0, 1, "–"),
    ],
)
def test_percents_round_half_up(n: int, n_total: int, decimals: int, text: str) -> None:
    assert percent_text(n, n_total, decimals) == text


@given(n_total=st.integers(1, 5000), share=st.floats(0, 1), decimals=st.integers(0, 3))
def test_percents_are_exact_for_every_count(n_total: int, share: float, decimals: int) -> None:
    n = round(n_total * share)
    exact = (Decimal(100 * n) / Decimal(n_total)).quantize(
        Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP
    )
    assert percent_text(n, n_total, decimals) == f"{exact}%"


def test_shares_show_count_and_denominator() -> None:
    assert share_text(9, 17) == "9/17 (52.9%)"
    assert share_text(9, 17, 2) == "9/17 (52.94%)"
    assert share_text(0, 0) == "0/0 (–)"


# R 4: 100 * binom.test(n, n_total)$conf.int
INTERVALS = {
    (9, 17): (27.8118300331, 77.0167312734),
    (0, 17): (0, 19.5064322969),
    (17, 17): (80.4935677031, 100),
    (1, 1): (2.5, 100),
    (86, 109): (70.0397351901, 86.1287010707),
    (500, 1000): (46.8549172973, 53.1450827028),
}


@pytest.mark.parametrize("counts", INTERVALS)
def test_intervals_are_those_of_r(counts: tuple[int, int]) -> None:
    low, high = exact_interval(*counts)
    assert (float(low), float(high)) == pytest.approx(INTERVALS[counts], abs=1e-9)


def test_intervals_at_another_level_and_of_many_at_once() -> None:
    low, high = exact_interval(3, 15, level=0.9)
    assert (float(low), float(high)) == pytest.approx((5.6846867590, 43.9784435982), abs=1e-9)
    lows, highs = exact_interval(np.array([9, 0, 0]), np.array([17, 17, 0]))
    assert lows[:2] == pytest.approx([27.8118300331, 0], abs=1e-9)
    assert highs[:2] == pytest.approx([77.0167312734, 19.5064322969], abs=1e-9)
    assert math.isnan(lows[2])
    assert math.isnan(highs[2])


def test_p_values_in_words() -> None:
    assert [p_text(p) for p in (0.0883, 0.001, 0.0009999, 1.0)] == [
        "p = 0.088",
        "p = 0.001",
        "p < 0.001",
        "p = 1.000",
    ]
