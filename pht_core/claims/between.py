"""Findings between statements: each kind of check in turn."""

from pht_core.claims.claim import Finding, Reading
from pht_core.claims.denominators import Totals
from pht_core.claims.intersections import check_intersections
from pht_core.claims.layout import Layout
from pht_core.claims.model_based import check_models
from pht_core.claims.patient_rows import check_patient_rows
from pht_core.claims.ranges import check_ranges
from pht_core.claims.sentences import Sentences
from pht_core.claims.sums import check_complements, check_leaving, check_sums
from pht_core.claims.told_twice import check_group_sizes, check_same_fraction
from pht_core.claims.typography import Spelled
from pht_core.claims.whole_numbers import check_whole_means


def find_between(
    spelled: Spelled,
    plain: str,
    sentences: Sentences,
    readings: list[Reading],
    layouts: list[Layout],
    totals: Totals,
) -> list[Finding]:
    """What does not fit between the statements of a text, in the order of the text."""
    found = [
        *check_models(spelled, readings, totals.seen),
        *check_sums(spelled, layouts, readings),
        *check_complements(spelled, readings, sentences, layouts),
        *check_leaving(spelled, plain),
        *check_intersections(spelled, readings, sentences),
        *check_ranges(spelled, layouts),
        *check_patient_rows(spelled, layouts),
        *check_group_sizes(spelled, sentences),
        *check_same_fraction(spelled, readings),
        *check_whole_means(spelled),
    ]
    return sorted(found, key=lambda finding: finding.spans[0] if finding.spans else (0, 0))
