"""Counts in running prose whose N stands elsewhere: resolved where one N alone can be meant."""

import pytest

from pht_core.claims.claim import Reading
from pht_core.claims.judging.judging import one_typo_away
from pht_core.claims.report import check_report
from tests.claims.readings import claims_of, triples_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (  # the count of the claim before is the whole of what follows
            "The rate was 12.7% (249/1960). Twenty-three leaks (9.2%) were minor, 42 (16.9%) not.",
            [("12.7", 249, 1960), ("9.2", 23, 249), ("16.9", 42, 249)],
        ),
        ("Ninety-four dogs were seen: 76 dogs (80.9%) lived.", [("80.9", 76, 94)]),
        ("We reviewed 207 fractures. Forty-two fractures (20.3%) failed.", [("20.3", 42, 207)]),
        ("Among the 86 infused, fever came in 71 (82.6%).", [("82.6", 71, 86)]),
        (
            "60 were given drug A and 60 drug B. Birth was early in 6 (10.0%).",
            [("10.0", 6, 60)],
        ),
        (
            "Of 484 patients, we found 33 (6.8%). The mRS was low in 21 (63.6%).",
            [("6.8", 33, 484), ("63.6", 21, 33)],
        ),
        ("Deaths were few (176/24 160 patients; 0.7%).", [("0.7", 176, 24160)]),
        ("Left: 12 453 of all (2 803/2 895, 97%).", [("97", 2803, 2895)]),
    ],
)
def test_n_in_reach(text: str, expected: list[tuple[str, int, int]]) -> None:
    found = triples_of(text)
    assert [(p, k, n) for p, k, n, _ in found] == expected
    assert {verdict for *_, verdict in found} == {"consistent"}


@pytest.mark.parametrize(
    ("text", "n"),
    [
        (  # 17 of 23 are 73.9%
            "We found 23 patients. It was kept in 22 of 23 patients. Relapse: 13 (73.9%) patients.",
            23,
        ),
        ("A total of 94 dogs were seen: 76 dogs (80.9%) lived and 18 dogs (59.1%) died.", 94),
        ("Of 80 patients 40 were tested, of whom 16 (46%) were positive.", 40),
    ],
)
def test_one_n_alone_can_be_meant(text: str, n: int) -> None:
    assert [c.denominator for c in claims_of(text) if c.verdict == "inconsistent"] == [n]


@pytest.mark.parametrize(
    "text",
    [
        # 3 of 63 had died: 21 and 39 are all of the other 60.
        "Of 63 patients, anemia: 48 (76.19%), fever: 15 (23.80%). Low: 21 (35%), not: 39 (65%)",
        # 81/96 and 60/96: one N gives both that is named nowhere
        "We chose 103 patients. Fever: 48 (46.6%), rash: 15 (14.6%). Seen: 81 (84.4%), 60 (62.5%).",
        "We chose 103 patients. Fever came in 48 (46.6%). Later, 33 (41.25%) were seen.",
    ],
)
def test_an_n_that_is_named_nowhere_is_not_held_against_a_claim(text: str) -> None:
    assert not {claim.verdict for claim in claims_of(text)} & {"inconsistent", "impossible"}


@pytest.mark.parametrize(
    "text",
    [
        "We saw 1473 patients (60% men, 40% women).",
        "In 120 women (55% white, median age 54 years) this was measured.",
        "A course of 5 regimens was common (30%).",
    ],
)
def test_a_description_of_all_is_no_claim(text: str) -> None:
    assert [claim.numerator for claim in claims_of(text)] == []


def test_a_typo_is_one_digit() -> None:
    wrong = Reading(0, 1, 0, 1, "73.9", "counted", numerator=13)
    assert one_typo_away(wrong, 23)  # 17/23
    assert one_typo_away(wrong.changed(numerator=17, percent="13.9"), 23)
    assert not one_typo_away(wrong.changed(numerator=17, percent="12.8"), 23)
    assert not one_typo_away(wrong.changed(percent="74"), 23)  # no decimals


@pytest.mark.parametrize(
    "text",
    [
        # 35 of 56 had disease outside the marrow, 8 of 24 in the CNS: the subset is the whole.
        "Of 109 patients, 24 (22.0%) had extramedullary disease, 8 (33.3%) of whom in the CNS.",
        "Of 109 patients, 16 (14.7%) had events, and 4 (25.0%) of them were grade 3.",
        "Therapies were none in 20 patients (62.5%), 7 patients (21.9%) of two, and the rest one.",
        "At least 15 of the 22 sessions (70%) had to be attended.",
        # 80 were there: 27 are drugs.
        "Of the 27 different drugs, common were A (7 (8.8%)), B (6 (7.5%)) and C (6 (7.5%)).",
        "Of 50 patients in both arms, 12 (48%) of the 25 on the drug and 13 (52%) were women.",
    ],
)
def test_another_n_nearby_is_not_accused(text: str) -> None:
    assert not check_report(text).any_wrong


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Of the 46 patients, 34 (79.3%) responded.", "inconsistent"),
        ("Of the 17 patients, 83.1% responded.", "impossible"),
        ("The change was -44.4% (8/18).", "impossible"),
    ],
)
def test_where_nothing_else_fits_it_is_accused(text: str, verdict: str) -> None:
    assert [claim.verdict for claim in check_report(text).claims] == [verdict]


def test_a_claim_ends_where_its_bracket_and_its_words_do() -> None:
    assert [claim.text for claim in claims_of("Most (38.6%, n = 88) of 228 were there.")] == [
        "38.6%, n = 88"
    ]
    (claim,) = claims_of("Seven patients (47%) out of the fifteen responded.")
    assert claim.text.endswith("fifteen")
