"""Findings between statements, with figures that R, a paper or a hand on paper gave."""

import pytest

from pht_core.claims.claim import Finding
from pht_core.claims.judging.cross_checks import mean_possible
from pht_core.claims.judging.model_based import proportion_intervals, two_fraction_tests
from pht_core.claims.report import check_report


def findings_of(text: str, kind: str) -> list[Finding]:
    return [finding for finding in check_report(text).findings if finding.kind == kind]


def test_intervals_of_15_of_148() -> None:
    """Newcombe, Stat Med 1998;17:857, Table I."""
    shown = {
        name: f"{low:.2f}-{high:.2f}" for name, (low, high) in proportion_intervals(15, 148).items()
    }
    assert shown["Wald"] == "5.27-15.00"
    assert shown["Wald with continuity correction"] == "4.94-15.34"
    assert shown["Wilson"] == "6.24-16.05"
    assert shown["Clopper-Pearson"] == "5.78-16.17"
    assert shown["Wilson with continuity correction"] == "5.98-16.44"


def test_none_of_20_has_one_limit() -> None:
    """Hanley and Lippman-Hand, JAMA 1983;249:1743: 1 - 0.05^(1/20) is 13.9%."""
    low, high = proportion_intervals(0, 20)["one-sided Clopper-Pearson"]
    assert (low, f"{high:.1f}") == (0, "13.9")


def test_the_lady_tasting_tea() -> None:
    """Fisher 1935: 3 of 4 against 1 of 4; R's fisher.test gives 0.4857, one-sided 0.2429."""
    tests = two_fraction_tests(3, 4, 1, 4)
    assert f"{tests['Fisher']:.4f}" == "0.4857"
    assert f"{tests['one-sided Fisher']:.4f}" == "0.2429"
    assert f"{tests['chi-squared']:.4f}" == "0.1573"  # chi-squared 2 with one degree of freedom
    assert f"{tests['Yates']:.4f}" == "0.4795"


def test_barnards_test() -> None:
    """The documentation of scipy.stats.barnard_exact: 0.0341 one-sided, of 7/15 and 12/15."""
    assert f"{two_fraction_tests(7, 15, 12, 15)['Barnard'] / 2:.4f}" == "0.0341"


@pytest.mark.parametrize(
    ("text", "kind", "verdict", "words"),
    [
        (
            "The rate was 10.1% (15/148; 95% CI 5.8-16.2).",
            "interval", "consistent", "Clopper-Pearson",
        ),
        ("The rate was 10.1% (15/148; 95% CI 6.24 to 16.05).", "interval", "consistent", "Wilson"),
        ("The rate was 10.1% (15/148; 95% CI 12.0-18.0).", "interval", "inconsistent", "outside"),
        ("It was 10.1% (15/148; 95% CI 4.0-19.0).", "interval", "cannot_tell", "none of the usual"),
        (
            "Right were 75% (3/4) versus 25% (1/4; p = 0.49).",
            "p value", "consistent", "Fisher gives 0.486",
        ),
        (
            "Right were 75% (3/4) versus 25% (1/4; p = 0.01).",
            "p value", "cannot_tell", "no usual test",
        ),
        (
            "The rate was 6.0% (3/50) versus 76.9% (40/52; p = 0.21).",
            "p value", "inconsistent", "no usual test",
        ),
        (
            "The rate was 10.1% (15/148; 95% CI 16.2-5.8).",
            "interval", "inconsistent", "the wrong way round",
        ),
        (
            "The rate was 95.0% (19/20; 95% CI 85.4-104.6).",
            "interval", "inconsistent", "above 100%",
        ),
        ("Efficacy was 62.1% (95% CI 65.0-78.2).", "interval", "inconsistent", "outside"),
        (  # sqrt(62 x 38 / 40) = 7.67
            "Forty patients, 40 patients in all, were treated. The 2-year survival was 62% ± 3%.",
            "standard error", "inconsistent", "at least 7.67",
        ),
        (
            "We treated 40 patients. Survival at 2 years was 62.0% (95% CI 58.0-66.0).",
            "interval", "inconsistent", "at least 30.1 points",
        ),
        ("They had a median of 7 cycles (range, 1-6).", "range", "inconsistent", "not between"),
        (
            "The hazard ratio for death from any cause was 0.50 (95% CI 0.60-0.90)",
            "ratio", "inconsistent", "outside its interval",
        ),
        (
            "In these 15 patients the mean number of previous lines was 3.45.",
            "mean of whole numbers", "cannot_tell", "no sum of 15",
        ),
        ("HR 0.50 (95% CI 0.60-0.90)", "ratio", "inconsistent", "outside its interval"),
        ("HR 0.85 (95% CI 0.40-0.90)", "ratio", "cannot_tell", "middle of the interval"),
        ("HR 0.50 (95% CI 0.30-0.83; p = 0.30)", "ratio", "inconsistent", "corresponds to p"),
        (
            "Twelve-month survival rates were 58.8% (±11.9%) in these 17 patients.",
            "standard error", "consistent", "10/17",
        ),
        (
            "In all 120 patients were seen and 11 patients were excluded, leaving 108 patients.",
            "leaving", "cannot_tell", "120 - 11 = 109",
        ),
        (
            "The mean number of previous lines was 3.45 ± 1.2 (n = 15).",
            "mean of whole numbers", "cannot_tell", "no sum of 15",
        ),
        (
            "Of 46 patients, 34 (73.9%) were male and 13 (28.3%) were female.",
            "sexes add to N", "inconsistent", "= 47, of 46",
        ),
    ],
)  # fmt: skip
def test_findings(text: str, kind: str, verdict: str, words: str) -> None:
    (finding,) = findings_of(text, kind)
    assert finding.verdict == verdict, finding.message
    assert words in finding.message
    for (start, end), shown in zip(finding.spans, finding.texts, strict=True):
        assert text[start:end].strip() == shown.strip()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("HR 0.78 (95% CI 0.61-0.99; p = 0.04)", "ratio"),
        ("HR 0.78 (95% CI 0.61-0.99). In others p = 0.5.", "ratio"),
        ("Of 40 patients survival at 2 years was 62% ± 9%.", "standard error"),
        ("We treated 40 patients. Survival at 2 years was 62.0% (95% CI 45-76).", "interval"),
        ("Change was -5.0% (95% CI -7.0 to -3.0).", "interval"),
        ("The median was 54 years (range 8-66) in all.", "range"),
        ("stunting (71/390, 18%; OR 1.80; 95% CI 1.14, 2.83)", "interval"),
        ("Right were 75% (3/4) versus 25% (1/4; adjusted p = 0.01).", "p value"),
        ("Of 46 patients, 34 (73.9%) were male and 12 (26.1%) were female.", "sexes add to N"),
        ("The mean number of previous lines was 3.47 ± 1.2 (n = 15).", "mean of whole numbers"),
        ("The mean age was 3.45 ± 1.2 (n = 15).", "mean of whole numbers"),
    ],
)
def test_nothing_is_said_where_nothing_is_off(text: str, kind: str) -> None:
    assert findings_of(text, kind) == []


def test_whole_means() -> None:
    """Brown and Heathers (doi:10.1177/1948550616673876): 5.19 of 28 whole numbers cannot be."""
    assert not mean_possible("5.19", 28)
    assert mean_possible("5.18", 28)  # 145/28 = 5.1786


LINEAGES = (
    "Of these, 94.12% (16/17) of patients had anemia, 88.24% (15/17) had thrombocytopenia, and "
    "100% (17/17) had neutropenia. The share with trilineage cytopenia was {}%."
)


@pytest.mark.parametrize(
    ("percent", "verdict"),
    [
        ("82.35", "consistent"),
        ("88.24", "consistent"),
        ("94.12", "inconsistent"),
        ("76.47", "inconsistent"),
    ],
)
def test_an_intersection_lies_within_its_bounds(percent: str, verdict: str) -> None:
    """16, 15 and 17 of 17 leave 14 or 15 with all three low."""
    (finding,) = findings_of(LINEAGES.format(percent), "intersection")
    assert finding.verdict == verdict


EVENTS = """Table 4 Adverse events
\tDrug (n = 90)\tPlacebo (n = 89)
Genital infection, n (%)
Male\t1 (1.7)\t1 (2.1)
Female\t1 (3.1)\t1 (2.4)
"""
ZEROS = "Patient\tA\tB\tC\n" + "".join(
    f"{at}\t{at if at > 2 else 0}\t{2 * at if at > 2 else 0}\t{3 * at if at > 2 else 0}\n"
    for at in range(1, 12)
)


def test_events_by_sex_and_zeros_are_no_findings() -> None:
    assert findings_of(EVENTS, "sexes add to N") == []
    assert findings_of(ZEROS, "repeated rows") == []


def test_the_text_against_the_table() -> None:
    text = f"{TABLE.format(low=9, female='52 (47.7)')}\nOf 86 with PHT, 46 of 86 (53.1%) were male."
    (finding,) = findings_of(text, "told twice")
    assert "46/86 is printed as 53.5% and as 53.1%" in finding.message


TABLE = """Table 2
\tAll (n = 109)\tPHT (n = 86)\tNone (n = 23)
Age, median (range)\t34 ({low}-68)\t33 (11-68)\t43 (9-66)
Male, n (%)\t57 (52.3)\t46 (53.5)\t11 (47.8)
Female, n (%)\t{female}\t40 (46.5)\t12 (52.2)
CNS, n (%)\t10 (9.2)\t9 (10.5)\t1 (4.3)
"""


def test_groups_add_to_the_total_and_ranges_to_the_range() -> None:
    good = TABLE.format(low=9, female="52 (47.7)")
    assert [f for f in check_report(good).findings if f.verdict != "consistent"] == []
    (sum_finding,) = findings_of(TABLE.format(low=9, female="50 (45.9)"), "groups add to the total")
    assert "40 + 12 = 52; printed 50" in sum_finding.message
    (range_finding,) = findings_of(TABLE.format(low=10, female="52 (47.7)"), "range of all")
    assert "9-68" in range_finding.message


def test_one_group_with_two_sizes() -> None:
    text = (
        "Among 109 patients treated with CD19 CAR-T cells, many fell.\n\n"
        + "Filling. " * 100
        + "\n\nAmong 159 patients treated with CD19 CAR-T cells, 109 were followed."
    )
    (finding,) = findings_of(text, "told twice")
    assert "109" in finding.message
    assert "159" in finding.message
