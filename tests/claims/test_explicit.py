"""Claims with percent, count and N: every pattern's examples, and sentences of published trials.

``triples.json`` holds sentences of open-access trial papers (CC BY, with their PMC ids). What was
extracted from them by a machine and is no claim, or not that one, is set aside with the reason.
"""

import json
from collections import Counter
from typing import Any

import pytest

from pht_core.claims.finding.patterns import find_matches, read_patterns
from pht_core.claims.finding.preparing import spell_out_numbers
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.report import check_report
from tests.claims.readings import FOLDER, claims_of, triples_of

TRIPLES: list[dict[str, Any]] = json.loads((FOLDER / "triples.json").read_text("utf-8"))
MISFITS = {"none": "consistent", "another rounding": "rounding", "no rounding": "inconsistent"}


@pytest.mark.parametrize("section", ["explicit", "counted"])
def test_every_pattern_reads_its_examples(section: str) -> None:
    for pattern in read_patterns(section):
        for text, percent, count, n in pattern.examples:
            match = pattern.expression.search(spell_out_numbers(text))
            assert match, (pattern.id, text)
            found = match.groupdict()
            assert parse_count(found["p"].rstrip("\x1f")) if percent.isalpha() else True
            assert parse_count(found["k"]) == parse_count(count), (pattern.id, text)
            if n:
                assert parse_count(found["n"]) == parse_count(n), (pattern.id, text)


def test_patterns_are_only_tried_where_they_can_begin() -> None:
    text = "34 of 46 subjects (74%) and 44% (8/18)"
    found = [match for place in find_matches("explicit", text) for _, _, match in place]
    assert {match[0] for match in found} == {
        "34 of 46 subjects (74%",
        "44% (8/18",
    }


def own_claim(triple: dict[str, Any]) -> Any:
    value = triple["percent"].replace("·", ".")
    for claim in check_report(triple["text"]).claims:
        if (claim.numerator, claim.denominator, claim.value) == (
            triple["numerator"],
            triple["denominator"],
            value,
        ):
            return claim
    return None


def test_published_claims_are_found_and_judged_right() -> None:
    kept = [triple for triple in TRIPLES if "set_aside" not in triple]
    claims = [(triple, own_claim(triple)) for triple in kept]
    missed = [triple["claim"] for triple, claim in claims if claim is None]
    assert len(missed) <= 0.02 * len(kept), missed
    verdicts = Counter((MISFITS[t["misfit"]], c.verdict) for t, c in claims if c is not None)
    right = {(verdict, verdict) for verdict in MISFITS.values()}
    # "at least 29% (260 of 940)" is a bound: not compared with the fraction. So is a rule such as
    # "adequate if at least 15 of the 22 sessions (70%) were attended".
    assert set(verdicts) - right == {("inconsistent", "cannot_tell")}, verdicts
    assert verdicts["inconsistent", "cannot_tell"] == 2


def test_no_right_percent_of_a_published_sentence_is_flagged() -> None:
    """Every flag in those texts is on a claim that the list itself calls a misfit."""
    wrong = {
        (t["numerator"], t["denominator"], t["percent"]) for t in TRIPLES if t["misfit"] != "none"
    }
    right = {
        (t["numerator"], t["denominator"], t["percent"]) for t in TRIPLES if t["misfit"] == "none"
    }
    for triple in TRIPLES:
        for claim in check_report(triple["text"]).claims:
            if claim.verdict == "inconsistent":
                found = (claim.numerator, claim.denominator, claim.value)
                assert found in wrong or found not in right, (found, triple["text"])


def test_the_set_aside_are_named_with_their_reason() -> None:
    aside = [triple for triple in TRIPLES if "set_aside" in triple]
    assert len(aside) == 20
    assert all(len(triple["set_aside"]) > 20 for triple in aside)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12/20 and 15/20 patients (60% and 75%, respectively)", [("60", 12, 20), ("75", 15, 20)]),
        (
            "remission in 32 of 38 in one arm and 28 of 34 in the other (84% and 82% respectively)",
            [("84", 32, 38), ("82", 28, 34)],
        ),
        ("rates of 52.9%, (9/17) and 70.6% (12/17)", [("52.9", 9, 17), ("70.6", 12, 17)]),
        ("97.3% (95% CI 93.2-99.3%; 178/183)", [("97.3", 178, 183)]),
        ("76% (95% CI 61–87) (35/46)", [("76", 35, 46)]),
        ("17 of 24 patients (71%; 95% CI, 49%–87%)", [("71", 17, 24)]),
        ("response in 12/\n17 (70.6%)", [("70.6", 12, 17)]),
        ("week 1254.8% (46/84)", [("54.8", 46, 84)]),  # a table's cells run together
        ("11 of 19 or 58%", [("58", 11, 19)]),
    ],
)
def test_forms(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(p, k, n) for p, k, n, _ in triples_of(text)] == expected
    assert {verdict for *_, verdict in triples_of(text)} == {"consistent"}


@pytest.mark.parametrize(
    "text",
    [
        "found in all but one of 74 typable samples (98.6%)",
        "toxicity of grade 1 or 2 out of 158, 70.9%",
        "ERK1/2 (90%) was raised",
        "in 7/2019 (45%) the protocol changed",
        "accrual reached 120/100 (115%) of the planned number",
    ],
)
def test_pairs_that_only_look_like_claims_are_not_flagged(text: str) -> None:
    assert not [
        claim for claim in claims_of(text) if claim.verdict in ("inconsistent", "impossible")
    ]


def test_a_bound_is_not_held_against_its_fraction() -> None:
    (claim,) = claims_of("their share was below 1% (11 of 12) in the first type")
    assert claim.verdict == "cannot_tell"
