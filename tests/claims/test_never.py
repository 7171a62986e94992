"""What is never a claim: every pattern's examples, and prose full of such numbers."""

import re

import pytest

from pht_core.claims.finding.patterns import Words, read_expressions, read_never
from pht_core.claims.finding.preparing import blank_never
from pht_core.claims.report import check_report
from tests.claims.readings import EXCERPTS


def test_every_pattern_blanks_its_examples() -> None:
    for pattern in read_never():
        for example in pattern.examples:
            blanked, counts = blank_never(f"so {example} then")
            assert pattern.id in counts, (pattern.id, example)
            assert not re.search(r"\d+(?:\.\d+)?\s?%|\d/\d", blanked), (pattern.id, example)
            assert len(blanked) == len(example) + 8


@pytest.mark.parametrize("section", ["denominators", "cross_checks", "model_based"])
def test_trying_a_pattern_only_at_its_words_finds_what_trying_it_anywhere_does(
    section: str,
) -> None:
    for text in (METHODS, EXCERPTS):
        expressions = [*read_expressions(section).values(), *(p.expression for p in read_never())]
        for expression in expressions:
            found = [match.span() for match in Words(text).matches(expression, text)]
            assert found == [match.span() for match in expression.finditer(text)], expression


METHODS = """
We planned 46 patients for 80% power at a two-sided alpha of 0.05 (95% CI, 40-51). Patients
received fludarabine 30 mg/m2; two dose levels (10/20 mg, 40%) were allowed. Eligible adults had
HbA1c < 8% (12/20 sites measured it) and blood pressure below 140/90 mmHg (35% had none). Flow
cytometry used CD4/CD8 ratios and 5% of bone marrow cells. Antibodies were diluted 1:200 in 5% BSA
and 1/100 dilution (10% serum). Enrolment ran from 12/03/2018 to 11/2021. Median age was 54 years
(8-66). The incidence was 4.2 per 1,000 person-years. Grade 3/4 (18%) and grade 1-2 (45%) events,
HPV 16/18 (70%), phase 1/2 (50%) trials, 9/10 HLA-matched (20%) donors and ERK1/2 (30%) were
recorded. Therapy reduced relapse by 22% (HR 0.78, 95% CI 0.61-0.99; p=0.04), a 57% reduction.
Others reported 81% and 40%, respectively (2), or 90% (3-7) and 63.3% (8, 9).
The 2-year survival was 64.7% (95% CI 48.1-77.2). Vision was 20/40 (45%) or better.
"""


def test_no_number_that_is_no_claim_is_flagged() -> None:
    report = check_report(METHODS)
    assert not [claim for claim in report.claims if claim.verdict != "cannot_tell"]
    assert not [finding for finding in report.findings if finding.verdict != "consistent"]
    assert sum(report.not_checked.values()) > 20


@pytest.mark.parametrize(
    "text",
    [
        "The risk of relapse fell by 22% (12/55).",
        "Of the 46 patients, grade 3 (20%) toxicity was seen at 12 months (45%).",
        "Sensitivity was 96% (95% CI 90 to 99) at a threshold of 12 (80%).",
        "Mean (SD) age 54 (12) years; platelets 120 (35).",
        "Seen before [12,13] in 45% [14].",
        "The 12-month rate was 45% ± 12%.",
    ],
)
def test_single_traps(text: str) -> None:
    assert not [
        claim.text
        for claim in check_report(text).claims
        if claim.verdict in ("inconsistent", "impossible")
    ]


def test_a_survival_rate_need_not_be_a_share() -> None:
    text = "The 2-year overall survival rate was 64% (95% CI 50-75; 30/50 alive)."
    (claim,) = check_report(text).claims
    assert claim.verdict == "cannot_tell"
    assert "curve" in claim.arithmetic
