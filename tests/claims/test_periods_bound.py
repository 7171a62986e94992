"""Which period a claim is compared with, by the words before it."""

from dataclasses import replace

import pytest

from pht_core.claims.claim import NO_COLUMN, REPRODUCED
from pht_core.claims.data.binding import list_terms
from pht_core.claims.data.cohort_figures import figures_of
from pht_core.claims.data.quantities import format_quantity
from pht_core.claims.report import check_report
from pht_core.intake.reading import read_sample
from pht_core.model.lineage import LINEAGES
from tests.small import small_cohort


@pytest.mark.parametrize(
    ("words", "period"),
    [
        ("After prednisone", "after_prednisone"),
        ("On the last count after prednisone", "after_prednisone_last"),
        ("At the latest blood count after low-dose prednisone", "after_prednisone_last"),
        ("At day 28", "at_day_28"),
        ("Within 28 days", "within_28"),
    ],
)
def test_the_last_count_is_not_taken_for_the_best(words: str, period: str) -> None:
    group = "all" if period == "within_28" else "pht"
    n = 17 if group == "all" else 15
    text = f"{words}, anemia was found in {n} of {n} patients (100%)."
    (claim,) = check_report(text, figures=figures_of(read_sample())).claims
    assert claim.quantity == f"cytopenia/HGB/any/{period}/{group}"


@pytest.mark.parametrize(
    "words",
    [
        "Within 28 days hemoglobin was at a worse grade than before infusion in 13 of 17 patients",
        "The grade of anemia was higher within 28 days than at baseline in 13 of 17 patients",
    ],
)
def test_a_change_from_another_time_is_no_share_with_a_cytopenia(words: str) -> None:
    (claim,) = check_report(f"{words} (76%).", figures=figures_of(read_sample())).claims
    assert (claim.quantity, claim.data) == (None, None)


def test_at_day_28_those_with_pht_need_not_have_been_given_prednisone() -> None:
    counts = """
    subject_id | day | HGB | PLT | NE
    A          | 28  | 70  | 300 | 3.0
    B          | 28  | 70  | 30  | 3.0
    C          | 28  | 150 | 300 | 3.0
    """
    doses = "subject_id | start_day | end_day | dose\nA | 30 | 40 | 0.5"
    figures = figures_of(small_cohort(counts, prednisone=doses))
    text = "At day 28, thrombocytopenia was found in 1 of 2 patients with PHT (50%)."
    (claim,) = check_report(text, figures=figures).claims
    assert claim.data == REPRODUCED
    assert claim.read_as == "interpreted as: thrombocytopenia at day 28 among those with PHT"


def test_a_rate_beyond_the_follow_up_is_not_compared() -> None:
    text = "The 10-year overall survival rate was 20% in these patients."
    (claim,) = check_report(text, figures=figures_of(read_sample())).claims
    assert (claim.quantity, claim.data) == ("survival/os/120", NO_COLUMN)
    assert claim.data_gives == "follow-up ends before month 120"


def test_a_lineage_that_is_added_is_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    lymphocytes = replace(LINEAGES["NE"], param="LYM", name="lymphocytes", term="lymphopenia")
    monkeypatch.setitem(LINEAGES, "LYM", lymphocytes)
    assert {term.concept for term in list_terms()} >= {"cytopenia/HGB", "cytopenia/LYM"}
    words = format_quantity("cytopenia/LYM/3-4/within_28/all")
    assert words == "grade 3-4 lymphopenia within 28 days among all treated"
