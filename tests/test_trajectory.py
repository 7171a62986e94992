"""Counts over time as the charts get them; worked out by hand."""

import pytest

from pht_core.assessment import Assessment, derive_assessment
from pht_core.cohort import build_cohort
from pht_core.reading import read_cohort
from pht_core.trajectory import (
    derive_lane_ends,
    patient_counts,
    patient_doses,
    summarize_counts,
)
from tests.small import small_cohort
from tests.written import read_rows


def with_drugs(counts: str, prednisone: str) -> Assessment:
    """A cohort whose table of doses names the drug of each row."""
    whole = small_cohort(counts)
    tables = {
        "subjects": whole.subjects,
        "counts": whole.counts.astype({"subject_id": object, "param": object, "unit": object}),
        "prednisone": read_rows(prednisone),
    }
    return derive_assessment(build_cohort(tables, name="small", digest="0" * 64))


COUNTS = """
subject_id | day | HGB | PLT | NE
A | 10 | 90 | 60 | 1.2
A | 35 | 90 | 60 | 1.2
A | 55 | 90 | 60 | 1.2
"""
DRUGS = """
subject_id | drug | start_day | end_day | dose
A | dexamethasone      |  5 | 15 | 0.2
A | Prednisone acetate | 30 | 36 | 0.5
A |                    | 37 | 40 | 0.3
A | prednisolone       | 41 | 45 | 0.25
A | methylprednisolone | 50 | 60 | 1
"""


def test_only_the_drugs_that_form_courses_are_drawn() -> None:
    assessment = with_drugs(COUNTS, DRUGS)
    assert assessment.courses[["start_day", "last_day"]].to_numpy().tolist() == [[30, 45]]
    doses = patient_doses(assessment, ["A"])
    assert doses[["start_day", "dose"]].to_numpy().tolist() == [[30, 0.5], [37, 0.3], [41, 0.25]]
    counts = patient_counts(assessment, ["A"], ("HGB",)).set_index("day")["dose"]
    assert counts.dropna().to_dict() == {35: 0.5}


def test_a_line_breaks_only_between_counts_more_than_35_days_apart() -> None:
    days = [0, 35, 71, 106, 142, 200]  # 35, 36, 35, 36 and 58 days apart
    text = "\n".join(f"A | {day} | 90 | | " for day in days)
    cohort = small_cohort("subject_id | day | HGB | PLT | NE\n" + text)
    segments = patient_counts(derive_assessment(cohort), ["A"], ("HGB",))["segment"]
    assert segments.tolist() == [1, 1, 2, 2, 3, 4]


def test_the_summary_leaves_out_bins_of_fewer_than_3_patients() -> None:
    cohort = small_cohort(
        """
        subject_id | day | HGB | PLT | NE
        A | 0  | 80  | |
        A | 6  | 100 | |
        B | 3  | 100 | |
        C | 5  | 110 | |
        A | 7  | 90  | |
        B | 13 | 90  | |
        A | 14 | 70  | |
        A | 15 | 70  | |
        A | 16 | 70  | |
        """
    )
    table = summarize_counts(derive_assessment(cohort), ["A", "B", "C"], "HGB")
    # Days 0 to 6: A's mean is 90, so 90, 100 and 110; days 7 to 13 have two, 14 on has one.
    assert table[["day", "n", "median"]].to_numpy().tolist() == [[3, 3, 100]]
    assert table[["q10", "q90"]].to_numpy().tolist() == [[pytest.approx(92), pytest.approx(108)]]


def test_no_follow_up_on_record_is_no_arrow() -> None:
    bare = read_cohort(b"subject_id,day,hgb_g_l\nP1,1,90\nP1,30,95\n")
    ends = derive_lane_ends(derive_assessment(bare), ["P1"])
    assert ends["ongoing"].tolist() == [False]
    assert ends["last_day"].tolist() == [30]
