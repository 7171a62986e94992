"""The project's paper: its misfits and contradictions, and its percentages in the sample cohort.

The excerpts are quoted from Wang et al. 2023 (doi:10.3389/fimmu.2023.1139559), CC BY 4.0.
"""

from functools import cache

from pht_core.claims.claim import Report
from pht_core.claims.data.cohort_figures import figures_of
from pht_core.claims.data.quantities import list_quantities
from pht_core.claims.report import Changes, check_report, claims_table, format_summary
from pht_core.intake.reading import read_sample
from tests.claims.readings import EXCERPTS


@cache
def report() -> Report:
    return check_report(EXCERPTS, figures=figures_of(read_sample()))


def test_its_four_misfits_and_no_other() -> None:
    wrong = [c.text for c in report().claims if c.verdict in ("inconsistent", "impossible")]
    assert wrong == ["96.12% (16/17)", "57 (53.27)", "50 (46.73)", "60 (56.07)"]
    assert report().counts()["rounding"] == 0
    assert report().counts()["consistent"] >= 40


def test_the_misfits_of_its_table_fit_107() -> None:
    total = [claim for claim in report().claims if claim.text in ("57 (53.27)", "60 (56.07)")]
    for claim in total:
        assert f"{claim.numerator}/107 = {claim.percent}" in claim.arithmetic
        assert "107 would also match 2 other cells" in claim.arithmetic


def test_its_contradictions() -> None:
    found = {(finding.kind, finding.verdict): finding.message for finding in report().findings}
    assert "109 in one place and 159" in found["told twice", "inconsistent"]
    assert "40 + 12 = 52; printed 50" in found["groups add to the total", "inconsistent"]
    assert "same 4 values" in found["repeated rows", "cannot_tell"]
    ranges = [f.message for f in report().findings if f.kind == "range of a part"]
    assert [message.split(" in the text")[0] for message in ranges] == [
        "age: 8-66",
        "lines of therapy: 2-15",
    ]
    errors = [f.message for f in report().findings if f.kind == "standard error"]
    assert any("10/17" in message for message in errors)
    assert any("11/17" in message for message in errors)


def test_its_percents_are_tied_to_the_sample() -> None:
    compared = [claim for claim in report().claims if claim.data is not None]
    assert {
        claim.text: claim.data_gives for claim in compared if claim.data == "not reproduced"
    } == {
        "96.12% (16/17)": "16/17 (94.12%)",
        "57 (53.27)": "57/109 (52.29%)",
        "50 (46.73)": "52/109 (47.71%)",
        "60 (56.07)": "60/109 (55.05%)",
    }
    assert sum(claim.data == "reproduced" for claim in compared) >= 45
    read = {claim.text: claim.read_as for claim in compared}
    assert (
        read["41.18% (7/17)"] == "interpreted as: grade 3-4 anemia within 28 days among all treated"
    )
    assert read["40% (6/15)"].startswith("interpreted as: recurrent cytopenia after prednisone")
    assert read["88% (15/17)"] == "interpreted as: CRS of grade 1-2 among all treated"


def test_a_reader_chooses_another_quantity() -> None:
    figures = figures_of(read_sample())
    (claim,) = [c for c in report().claims if c.text == "41.18% (7/17)"]
    key = "cytopenia/HGB/3-4/at_day_28/pht"
    assert key in list_quantities(figures)
    changed = check_report(EXCERPTS, Changes(bindings={claim.id: key}), figures)
    (again,) = [c for c in changed.claims if c.id == claim.id]
    assert (again.data, again.data_gives) == ("not reproduced", "4/15 (26.67%)")
    unbound = check_report(EXCERPTS, Changes(bindings={claim.id: ""}), figures)
    assert next(c for c in unbound.claims if c.id == claim.id).data is None


def test_without_a_period_a_claim_is_not_bound() -> None:
    """17 patients are everyone at any time: two readings fit, so none is taken."""
    text = "In this cohort, 94.12% (16/17) of patients had anemia."
    (claim,) = check_report(text, figures=figures_of(read_sample())).claims
    assert claim.data is None
    assert len(claim.quantities) > 1


def test_the_table_and_the_summary() -> None:
    table = claims_table(report())
    assert list(table["id"]) == [claim.id for claim in report().claims]
    assert table["numerator"].dtype == "Int64"
    assert "4 do not match" in format_summary(report())
