"""Percents rounded half up from whole numbers, and exact intervals as R's binom.test gives them."""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.stats.proportion import (
    exact_interval,
    exact_text,
    label_text,
    limits_text,
    p_text,
    percent_text,
    rate_text,
    share_text,
    with_percent,
)


@pytest.mark.parametrize(
    ("n", "n_total", "text"),
    [
        (0, 0, ""),
        (3, 7, ""),
        (9, 9, ""),
        (1, 10, "10%"),
        (0, 17, "0%"),
        (9, 17, "53%"),  # 52.94
        (17, 17, "100%"),
        (1, 40, "3%"),  # 2.5 goes up
        (1, 99, "1%"),  # 1.01
        (98, 99, "99%"),  # 98.99
        (50, 100, "50.0%"),
        (100, 100, "100%"),
        (51, 109, "46.8%"),  # 46.789
        (1, 80, "1%"),
        (49, 400, "12.3%"),  # 12.25 goes up
        (199, 200, "99.5%"),
        (1, 3000, "0.03%"),  # one decimal would say none
        (2999, 3000, "99.97%"),  # and all
        (19999, 20000, "99.995%"),
    ],
)
def test_decimals_follow_the_denominator(n: int, n_total: int, text: str) -> None:
    assert percent_text(n, n_total) == text


@given(n_total=st.integers(10, 5000), share=st.floats(0, 1))
def test_none_and_all_are_said_of_nothing_else(n_total: int, share: float) -> None:
    n = round(n_total * share)
    text = percent_text(n, n_total)
    assert (float(text.removesuffix("%")) in (0, 100)) == (n in (0, n_total))
    decimals = len(text.removesuffix("%").partition(".")[2])
    exact = Decimal(100 * n) / Decimal(n_total)
    assert text == f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)}%"


@pytest.mark.parametrize(
    ("n", "n_total", "text"),
    # As R gives them below; 16 of 17: 71.31 to 99.85, 3 of 7: 9.90 to 81.59.
    [
        (9, 17, "28–77%"),
        (0, 17, "0–20%"),
        (17, 17, "80–100%"),
        (16, 17, "71–99.9%"),
        (3, 7, "10–82%"),
        (86, 109, "70.0–86.1%"),
        (500, 1000, "46.9–53.1%"),
    ],
)
def test_limits_have_the_decimals_of_their_share(n: int, n_total: int, text: str) -> None:
    assert exact_text(n, n_total) == text


def test_limits_of_rates_are_not_all_where_they_are_nearly() -> None:
    assert limits_text(0.377, 0.9997) == "37.7–99.97%"
    assert limits_text(0.0002, 1.0) == "0.02–100%"
    assert [rate_text(rate) for rate in (0.0, 0.647, 0.9995, 1.0)] == [
        "0%",
        "64.7%",
        "99.95%",
        "100%",
    ]


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
    assert share_text(9, 17) == "9/17 (53%)"
    assert share_text(3, 7) == "3/7"
    assert share_text(0, 0) == "0/0"
    assert share_text(9, 17, 2) == "9/17 (52.94%)"
    assert share_text(0, 0, 2) == "0/0 (–)"
    assert [label_text(9, 17), label_text(3, 7)] == ["9 (53%)", "3"]
    assert with_percent("3 of 7", 3, 7, "95% CI 10–82%") == "3 of 7 (95% CI 10–82%)"


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
