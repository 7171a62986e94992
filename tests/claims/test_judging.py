"""A percent against its count: hand-computed cases, and what holds for every k and N."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pht_core.claims.finding.printed import parse_count, parse_decimal
from pht_core.claims.judging.judging import (
    counts_that_fit,
    denominators_that_fit,
    judge_percent_alone,
    judge_share,
    share_fits,
)


@pytest.mark.parametrize(
    ("k", "n", "percent", "verdict"),
    [
        (86, 109, "78.9", "consistent"),
        (51, 86, "59.3", "consistent"),  # 59.302: a zero dropped
        (16, 17, "96.12", "inconsistent"),
        (57, 109, "53.27", "inconsistent"),
        (1, 8, "13", "consistent"),  # 12.5 half up
        (1, 8, "12", "rounding"),  # half to even
        (129, 309, "41.8", "rounding"),  # 41.748 rounded up
        (31, 38, "81.5", "rounding"),  # 81.579 cut off
        (18, 17, "105.9", "impossible"),
        (17, 17, "100", "consistent"),
        (0, 17, "0", "consistent"),
        (17, 17, "170", "impossible"),
        (40, 57, "70", "consistent"),
        (0, 0, "0", "cannot_tell"),
    ],
)
def test_a_percent_is_judged_as_by_hand(k: int, n: int, percent: str, verdict: str) -> None:
    assert judge_share(k, n, percent).verdict == verdict


def test_the_arithmetic_is_a_sentence() -> None:
    assert judge_share(16, 17, "96.12").arithmetic == (
        "16/17 = 94.1176 -> 94.12; printed 96.12; no count of 17 gives 96.12; "
        "15 -> 88.24, 17 -> 100"
    )
    assert "57/107 = 53.27" in judge_share(57, 109, "53.27").arithmetic
    assert "half to even" in judge_share(1, 8, "12").arithmetic


@pytest.mark.parametrize(
    ("k", "n", "percent", "relation", "hedged", "verdict"),
    [
        (54, 226, "24", "=", True, "consistent"),
        (54, 226, "24.8", "=", True, "consistent"),  # 23.89: within a point
        (54, 226, "25", "=", True, "inconsistent"),
        (18, 3875, "1", "<", False, "consistent"),
        (58, 3875, "1", "<", False, "consistent"),  # 1.4968: within one of the last place
        (98, 3875, "1", "<", False, "inconsistent"),  # 2.529
    ],
)
def test_signs_and_hedges_widen(
    k: int, n: int, percent: str, relation: str, hedged: bool, verdict: str
) -> None:
    assert judge_share(k, n, percent, relation=relation, hedged=hedged).verdict == verdict


def test_a_percent_alone_against_n() -> None:
    assert judge_percent_alone(17, "82.35").verdict == "consistent"  # 14/17
    assert judge_percent_alone(17, "96.12").verdict == "impossible"
    assert judge_percent_alone(15, "66.67").verdict == "consistent"
    # With 100 patients and more every whole percent is possible.
    assert judge_percent_alone(100, "37").verdict == "cannot_tell"
    assert judge_percent_alone(20, "101").verdict == "impossible"


def test_what_would_fit() -> None:
    assert denominators_that_fit(57, "53.27") == (107,)
    assert denominators_that_fit(50, "46.73") == (107,)
    assert counts_that_fit(17, "82.35") == [14]
    assert counts_that_fit(17, "96.12") == []


def half_up(k: int, n: int, decimals: int) -> str:
    """The printed percent by schoolbook division, digit by digit."""
    digits, rest = divmod(100 * k, n)
    text = ""
    for _ in range(decimals + 1):
        digit, rest = divmod(10 * rest, n)
        text += str(digit)
    whole = int(f"{digits}{text[:decimals]}") + (int(text[decimals]) >= 5)
    shown = str(whole).rjust(decimals + 1, "0")
    return f"{shown[:-decimals]}.{shown[-decimals:]}" if decimals else shown


COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.integers(0, 3))
def test_printed_half_up_is_consistent(pair: tuple[int, int], decimals: int) -> None:
    k, n = pair
    assert judge_share(k, n, half_up(k, n, decimals)).verdict == "consistent"
    assert share_fits(k, n, half_up(k, n, decimals))


@given(COUNTS, st.integers(0, 3), st.sampled_from([-1, 1]))
def test_one_in_the_last_place_is_never_consistent(
    pair: tuple[int, int], decimals: int, step: int
) -> None:
    k, n = pair
    right = half_up(k, n, decimals)
    scaled = int(right.replace(".", "")) + step
    assume(scaled >= 0)
    shown = str(scaled).rjust(decimals + 1, "0")
    other = f"{shown[:-decimals]}.{shown[-decimals:]}" if decimals else shown
    assert judge_share(k, n, other).verdict != "consistent"


@given(COUNTS, st.integers(0, 2))
def test_the_fast_test_agrees_with_the_sentence(pair: tuple[int, int], decimals: int) -> None:
    k, n = pair
    for step in (-2, -1, 0, 1, 2):
        scaled = int(half_up(k, n, decimals).replace(".", "")) + step
        if scaled < 0:
            continue
        shown = str(scaled).rjust(decimals + 1, "0")
        percent = f"{shown[:-decimals]}.{shown[-decimals:]}" if decimals else shown
        fits = judge_share(k, n, percent).verdict in ("consistent", "rounding")
        assert share_fits(k, n, percent) == fits


def test_printed_numbers() -> None:
    assert parse_count("2,803") == 2803
    assert parse_count("Thirty-one") == 31
    assert parse_count("one hundred and forty-one") == 141
    assert parse_decimal(".5") == Fraction(1, 2)
