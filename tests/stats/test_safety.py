"""Events on prednisone, and CAR-T cells before and after it; a row for each boundary."""

import pytest

from pht_core.stats.assessment import Assessment, derive_assessment
from pht_core.stats.safety import count_car_t_persistence, count_safety
from tests.small import small_cohort

DOSES = """
subject_id | start_day | end_day | dose
before     | 30 | 40 | 0.5
same day   | 30 | 40 | 0.5
only then  | 30 | 40 | 0.5
only after | 30 | 40 | 0.5
not before | 30 | 40 | 0.5
"""
EVENTS = """
subject_id | day | event         | result
before     | 29  | car_t         | detected
before     | 31  | car_t         | detected
same day   | 30  | car_t         | detected
same day   | 60  | car_t         | detected
only then  | 30  | car_t         | detected
only after | 31  | car_t         | detected
only after | 60  | car_t         | detected
not before | 20  | car_t         | not_detected
not before | 60  | car_t         | detected
untreated  | 20  | car_t         | detected
untreated  | 60  | car_t         | detected
before     | 29  | hyperglycemia |
same day   | 30  | hyperglycemia |
only then  | 40  | hyperglycemia |
only after | 41  | hyperglycemia |
"""
TREATED = ["before", "same day", "only then", "only after", "not before"]


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    counts = "subject_id | day | HGB | PLT | NE\n" + "\n".join(
        f"{name} | 100 | 140 | 200 | 4" for name in [*TREATED, "untreated"]
    )
    return derive_assessment(
        small_cohort(counts, prednisone=DOSES, events=EVENTS, recorded="hyperglycemia car_t")
    )


@pytest.mark.parametrize(
    ("subject", "persistent"),
    [
        ("before", 1),
        ("same day", 1),  # the first prednisone day itself still counts as before
        ("only then", 0),
        ("only after", 0),
        ("not before", 0),
    ],
)
def test_car_t_cells_before_or_on_the_first_day_and_after_it(
    assessed: Assessment, subject: str, persistent: int
) -> None:
    assert count_car_t_persistence(assessed, [subject]) == (persistent, 1)


def test_car_t_persistence_is_of_those_given_prednisone(assessed: Assessment) -> None:
    assert count_car_t_persistence(assessed, [*TREATED, "untreated"]) == (2, 5)


def test_events_from_the_first_day_to_the_last_are_on_prednisone(assessed: Assessment) -> None:
    table = count_safety(assessed, [*TREATED, "untreated"])
    assert table[["event", "n", "n_total"]].to_numpy().tolist() == [["hyperglycemia", 2, 5]]
