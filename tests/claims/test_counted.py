"""Claims whose N stands elsewhere: found in the sentence, the paragraph, or not evaluable."""

import pytest

from pht_core.claims.report import Changes, check_report
from tests.claims.readings import claims_of, triples_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Of the 46 patients, 20 (43·5%) had a transplant, 15 (32·6%) both, 11 (23·9%) neither.",
            [("43.5", 20, 46), ("32.6", 15, 46), ("23.9", 11, 46)],
        ),
        (
            "Among 27 patients, 19 patients (70.4%) fell: (48.1%, 13 cases), (37.0%, 10 cases).",
            [("70.4", 19, 27), ("48.1", 13, 27), ("37.0", 10, 27)],
        ),
        (
            "Still, 35 patients had measurable disease, of whom 8 (23%) had a partial response.",
            [("23", 8, 35)],
        ),
        ("We enrolled 46 patients. Sixteen patients (35%) received G-CSF.", [("35", 16, 46)]),
        ("There were 132 parents; of these, 31.1% (n = 41) replied.", [("31.1", 41, 132)]),
        ("In 151 women the result was positive (n = 115, 76.2%).", [("76.2", 115, 151)]),
        ("Of 154 children 95 (61.7%), 43 (27.9%), and 3 (1.9%) had one, two and three.",
         [("61.7", 95, 154), ("27.9", 43, 154), ("1.9", 3, 154)]),
    ],
)  # fmt: skip
def test_n_is_found_in_reach(text: str, expected: list[tuple[str, int, int]]) -> None:
    found = triples_of(text)
    assert [(p, k, n) for p, k, n, _ in found] == expected
    assert {verdict for *_, verdict in found} == {"consistent"}
    assert {claim.n_source for claim in claims_of(text)} == {"sentence"}


def test_a_misfit_with_one_n_in_its_sentence_is_flagged() -> None:
    text = "Of the 46 patients, 20 (43.5%) had a transplant and 15 (36.2%) extramedullary disease."
    first, second = claims_of(text)
    assert (first.verdict, second.verdict) == ("consistent", "inconsistent")
    assert second.denominator == 46


@pytest.mark.parametrize(
    "text",
    [
        "Responses were seen in 16 patients (46%).",  # no N
        "We enrolled 80 patients. Later visits were made. In all, 16 patients (46%) responded.",
        "Of 80 in arm A and of 60 in arm B, 16 (46%) versus 12 (33%) responded.",
    ],
)
def test_where_another_n_may_be_meant_nothing_is_flagged(text: str) -> None:
    assert {claim.verdict for claim in claims_of(text)} == {"cannot_tell"}


def test_a_count_without_any_n_is_still_read() -> None:
    for text in ("16 patients (46%)", "4.8% (n = 17)", "(n = 115, 76.2%)", "n=4 (1%)", "44% (100)"):
        (claim,) = claims_of(text)
        assert claim.numerator is not None
        assert (claim.denominator, claim.verdict) == (None, "cannot_tell")
    cited = "Seen before (1), again (2), once more (3). It was 44% (12)."
    assert claims_of(cited) == ()


def test_percent_alone() -> None:
    text = "Overall, 45.3% of the 106 patients were anaemic; 45.6% of the 106 patients were not."
    first, second = claims_of(text)
    assert (first.verdict, first.denominator) == ("consistent", 106)  # 48/106 = 45.283
    assert second.verdict == "impossible"  # 48/106 = 45.3, 49/106 = 46.2


def test_a_reader_gives_n_or_strikes_a_claim() -> None:
    text = "Responses were seen in 16 patients (46%) and relapses in 4 patients (11%)."
    first, second = check_report(text).claims
    changes = Changes(frozenset({second.id}), denominators={first.id: 35})
    (claim,) = check_report(text, changes).claims
    assert (claim.id, claim.verdict, claim.n_source) == (first.id, "consistent", "reader")
    assert claim.arithmetic == "16/35 = 45.7143 -> 46"
