"""Which period a claim is held against, by the words before it."""

import pytest

from pht_core.claims.cohort_figures import figures_of
from pht_core.claims.report import check_report
from pht_core.reading import read_sample


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
