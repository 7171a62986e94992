"""Counts over time as the charts get them; worked out by hand."""

import pytest

from pht_core.intake.reading import read_cohort
from pht_core.model.cohort import build_cohort
from pht_core.model.settings import Settings
from pht_core.stats.assessment import Assessment, derive_assessment
from pht_core.stats.trajectory import (
    derive_lane_ends,
    derive_ribbons,
    derive_weeks,
    event_days,
    patient_counts,
    patient_doses,
    patient_labs,
    patient_steroids,
    patient_tables,
    summarize_counts,
)
from tests.small import small_cohort
from tests.written import read_rows


def with_drugs(
    counts: str, prednisone: str, labs: str = "", *, settings: Settings | None = None
) -> Assessment:
    """A cohort whose table of doses names the drug of each row."""
    whole = small_cohort(counts)
    tables = {
        "subjects": whole.subjects,
        "counts": whole.counts.astype({"subject_id": object, "param": object, "unit": object}),
        "prednisone": read_rows(prednisone),
    }
    if labs:
        tables["labs"] = read_rows(labs)
    return derive_assessment(build_cohort(tables, name="small", digest="0" * 64), settings)


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


def test_other_steroids_are_listed_with_their_worth_as_prednisone() -> None:
    steroids = patient_steroids(with_drugs(COUNTS, DRUGS), ["A"])
    columns = ["drug", "start_day", "end_day", "dose", "prednisone_equivalent"]
    assert steroids[columns].to_numpy().tolist() == [
        ["dexamethasone", 5, 15, 0.2, pytest.approx(4 / 3, rel=1e-4)],
        ["methylprednisolone", 50, 60, 1, 1.25],
    ]


def test_other_steroids_count_if_so_chosen() -> None:
    assessment = with_drugs(COUNTS, DRUGS, settings=Settings(other_steroids=True))
    assert assessment.courses["start_day"].tolist() == [5, 30, 50]
    # The last count is of day 55, so no stop of the third is known.
    assert assessment.courses["stop_day"].dropna().tolist() == [16, 46]
    assert assessment.courses["ongoing"].tolist() == [False, False, True]
    doses = patient_doses(assessment, ["A"])
    assert doses["start_day"].tolist() == [5, 30, 37, 41, 50]
    assert doses["dose"].tolist() == pytest.approx([4 / 3, 0.5, 0.3, 0.25, 1.25], rel=1e-4)
    counts = patient_counts(assessment, ["A"], ("HGB",)).set_index("day")["dose"]
    assert counts.to_dict() == pytest.approx({10: 4 / 3, 35: 0.5, 55: 1.25}, rel=1e-4)
    # They are still told apart.
    assert patient_steroids(assessment, ["A"])["drug"].tolist() == [
        "dexamethasone", "methylprednisolone",
    ]  # fmt: skip


def test_a_dose_of_0_ends_an_open_dose() -> None:
    assessment = with_drugs(
        COUNTS,
        """
        subject_id | drug       | start_day | end_day | dose
        A          | prednisone | 30        |         | 0.5
        A          | prednisone | 44        |         | 0.25
        A          | prednisone | 51        |         | 0
        """,
    )
    doses = patient_doses(assessment, ["A"])[["start_day", "end_day", "dose"]]
    assert doses.to_numpy().tolist() == [[30, 43, 0.5], [44, 50, 0.25]]
    assert assessment.courses["stop_day"].tolist() == [51]


LABS = """
subject_id | day | test     | value | unit
A | 36 | CRP      | 3    | mg/L
A | 0  | CRP      | 12   | mg/L
A | 35 | CRP      | 5    | mg/L
A | 72 | CRP      | 4    | mg/L
A | 3  | CRP      | 1.2  | mg/dL
A | 0  | FERRITIN | 900  | ng/mL
A | 3  | LDH      | 250  |
A | 9  | FERRITIN |      | ng/mL
B | 0  | CRP      | 8    | mg/L
"""


def test_labs_by_test_and_unit_with_lines_broken_over_long_gaps() -> None:
    assessment = with_drugs(COUNTS, DRUGS, LABS)
    labs = patient_labs(assessment, ["A"])
    assert labs[["day", "test", "value", "unit", "segment"]].to_numpy().tolist() == [
        [0, "CRP", 12, "mg/L", 1],
        [35, "CRP", 5, "mg/L", 1],
        [36, "CRP", 3, "mg/L", 1],
        [72, "CRP", 4, "mg/L", 2],
        [3, "CRP", 1.2, "mg/dL", 3],
        [0, "FERRITIN", 900, "ng/mL", 4],
        [3, "LDH", 250, "", 5],
    ]


def test_the_numbers_hold_all_that_is_drawn() -> None:
    numbers = patient_tables(with_drugs(COUNTS, DRUGS, LABS), "A").numbers
    assert numbers["param"].value_counts(sort=False).to_dict() == {
        "HGB": 3, "NE": 3, "PLT": 3, "dexamethasone": 1, "methylprednisolone": 1,
        "CRP": 5, "FERRITIN": 1, "LDH": 1,
    }  # fmt: skip
    dexamethasone = numbers[numbers["param"] == "dexamethasone"]
    columns = ["day", "end_day", "value", "unit", "prednisone_equivalent"]
    assert dexamethasone[columns].to_numpy().tolist() == [
        [5, 15, 0.2, "mg/kg/day", pytest.approx(4 / 3, rel=1e-4)]
    ]
    plain = patient_tables(
        with_drugs(COUNTS, DRUGS.replace("dexa", "no").replace("methyl", "no")), "A"
    )
    assert plain.numbers is plain.counts


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


def test_ribbons_hold_a_grade_to_the_next_count_and_no_longer_than_35_days() -> None:
    counts = """
    subject_id | day | HGB | PLT | NE
    A          | -5  | 90  | 200 | 3
    A          | 10  | 70  | 200 | 3
    A          | 60  | 130 |     | 3
    """
    cohort = small_cohort(counts)
    spans = derive_ribbons(derive_assessment(cohort), ["A"])
    hgb = spans[spans["param"] == "HGB"].drop(columns=["subject_id", "param"])
    # CTCAE v5.0: 90 g/L is grade 2, 70 grade 3; 130 is normal, held for its own day.
    found = [tuple(row) for row in hgb.fillna(-1).to_numpy().tolist()]
    assert found == [(-5, 10, 2), (10, 45, 3), (45, 60, -1), (60, 61, 0)]
    plt = spans[spans["param"] == "PLT"]
    assert plt[["start_day", "end_day", "grade"]].to_numpy().tolist() == [[-5, 11, 0]]


def test_days_of_the_events_on_which_patients_are_aligned() -> None:
    counts = "subject_id | day | HGB | PLT | NE\nA | 28 | 90 | 20 | 3\nB | 28 | 90 | 20 | 3"
    doses = """
    subject_id | start_day | end_day | dose
    A          | 30        | 40      | 0.5
    A          | 90        | 95      | 0.5
    B          | 33        |         | 0.5
    """
    assessment = derive_assessment(small_cohort(counts, prednisone=doses))
    # Stopped on the day after the last dose; B goes on.
    assert event_days(assessment, ["A", "B"], "stop").to_dict() == {"A": 41}
    assert event_days(assessment, ["A", "B"], "start").to_dict() == {"A": 30, "B": 33}
    assert event_days(assessment, ["A", "B"], "infusion").to_dict() == {"A": 0, "B": 0}


def test_worst_grade_of_each_week_from_an_event() -> None:
    counts = """
    subject_id | day | HGB | PLT | NE
    A          | 0   | 130 | 20  | 3
    A          | 6   | 70  | 200 | 3
    A          | 7   | 130 | 200 | 3
    A          | 40  | 90  | 200 | 3
    A          | 41  | 90  | 40  |
    A          | 150 | 90  | 40  |
    B          | 3   | 130 | 200 | 3
    """
    doses = "subject_id | start_day | end_day | dose\nA | 30 | 40 | 0.5"
    assessment = derive_assessment(small_cohort(counts, prednisone=doses))
    weeks = derive_weeks(assessment, ["A", "B"], "infusion", 0, 10)
    # CTCAE v5.0: platelets 20 are grade 4, on day 0; hemoglobin 90 grade 2, platelets 40 grade 3.
    assert weeks.to_numpy().tolist() == [
        ["A", 0, 4], ["A", 1, 0], ["A", 5, 3], ["B", 0, 0],
    ]  # fmt: skip
    # Off from day 41: it begins week 0, and day 40 ends the week before; B has no stop.
    weeks = derive_weeks(assessment, ["A", "B"], "stop", -1, 10)
    assert weeks.to_numpy().tolist() == [["A", -1, 2], ["A", 0, 3]]
