"""Who is left by a filter; a missing value fits no condition."""

import pandas as pd
import pytest

from pht_core.intake.reading import read_sample
from pht_core.model.cohort import build_cohort
from pht_core.model.filters import Filters, filter_subjects, format_filters
from tests.written import read_rows

SUBJECTS = """
subject_id | prior_hsct | extramedullary | sex | age_years | lines_of_therapy | crs_grade
A | yes | no  | M | 8    | 2  | 1
B | no  | yes | F | 18   | 5  | 3
C |     |     |   |      |    |
D | yes | yes | F | 66   | 20 | 2
E | no  | no  | M | 17.9 | 25 | 0
F | no  | no  | M | 101  | 0  | 5
"""
LEFT = [
    (Filters(), "A B C D E F"),
    (Filters(prior_hsct=True), "A D"),
    (Filters(prior_hsct=False), "B E F"),
    (Filters(extramedullary=True), "B D"),
    (Filters(extramedullary=False), "A E F"),
    (Filters(sex="M"), "A E F"),
    (Filters(sex="F"), "B D"),
    (Filters(age_years=(18, 100)), "B D F"),
    (Filters(age_years=(0, 18)), "A B E"),
    (Filters(age_years=(18, 66)), "B D"),
    (Filters(age_years=(18, 18)), "B"),
    (Filters(lines_of_therapy=(5, 20)), "B D E"),
    (Filters(lines_of_therapy=(0, 19)), "A B F"),
    (Filters(crs_grade=(1, 2)), "A D"),
    (Filters(crs_grade=(0,)), "E"),
    (Filters(crs_grade=(4,)), ""),
    (Filters(crs_grade=(0, 1, 2, 3, 4, 5)), "A B D E F"),
    (Filters(prior_hsct=True, sex="F", age_years=(18, 100)), "D"),
    # Of C nothing is recorded.
    (Filters(unrecorded=("prior_hsct",)), "C"),
    (Filters(sex="F", unrecorded=("sex",)), "B C D"),
    (Filters(crs_grade=(5,), unrecorded=("crs_grade",)), "C F"),
    (Filters(age_years=(18, 66), unrecorded=("age_years",)), "B C D"),
    (Filters(unrecorded=("age_years",)), "A B C D E F"),
    (Filters(sex="M", unrecorded=("prior_hsct",)), ""),
    (Filters(others=(("Center", ("North",)),)), "A B"),
    (Filters(others=(("Center", ("South", "")),)), "C D F"),
    (Filters(others=(("Center", ("North", "South")), ("arm", ("1",)))), "B D"),
    (Filters(others=(("not there", ("x",)),)), ""),
    (Filters(sex="F", others=(("Center", ("North",)),)), "B"),
]
OTHERS = """
subject_id | Center | arm
D | South | 1
B | North | 1
A | North | 2
E | East  |
C |       | 1
"""


def written_subjects() -> pd.DataFrame:
    subjects = read_rows(SUBJECTS)
    for name in ("prior_hsct", "extramedullary"):
        subjects[name] = subjects[name].map({"yes": True, "no": False}).astype("boolean")
    return subjects


@pytest.mark.parametrize(("filters", "left"), LEFT, ids=lambda value: str(value)[:40])
def test_who_is_left(filters: Filters, left: str) -> None:
    others = read_rows(OTHERS).astype({"arm": "Int64"}).set_index("subject_id")
    others["arm"] = others["arm"].astype("string").astype(object)
    assert filter_subjects(written_subjects(), filters, others) == left.split()


def test_a_column_that_the_file_lacks_fits_no_condition() -> None:
    cohort = build_cohort(
        {"subjects": pd.DataFrame({"subject_id": ["A", "B"]})}, name="bare", digest=""
    )
    assert filter_subjects(cohort.subjects, Filters()) == ["A", "B"]
    for filters in (
        Filters(prior_hsct=False),
        Filters(sex="M"),
        Filters(age_years=(1, 100)),
        Filters(crs_grade=(0, 1)),
    ):
        assert filter_subjects(cohort.subjects, filters) == []


def test_the_highest_bound_means_this_or_more() -> None:
    assert "F" in filter_subjects(written_subjects(), Filters(age_years=(67, 100)))
    assert "E" in filter_subjects(written_subjects(), Filters(lines_of_therapy=(6, 20)))


def test_conditions_in_words() -> None:
    assert format_filters(Filters()) == "all patients"
    assert not Filters().active
    filters = Filters(
        prior_hsct=False,
        extramedullary=True,
        sex="F",
        age_years=(18, 65),
        lines_of_therapy=(0, 4),
        crs_grade=(3, 1),
    )
    assert filters.active
    assert format_filters(filters) == (
        "no prior HSCT; extramedullary disease; female; age 18 to 65 years; "
        "lines of therapy 4 or less; CRS grade 1 or 3"
    )


def test_selected_patients_are_one_condition_among_others() -> None:
    subjects = filter_subjects(read_sample().subjects, Filters(patients=("P3", "P12", "X")))
    assert subjects == ["P3", "P12"]
    # Table 3: P3 is a man.
    chosen = Filters(sex="F", patients=("P3",))
    assert filter_subjects(read_sample().subjects, chosen) == []
    assert chosen.active
    assert format_filters(chosen) == "female; 1 selected patient"
