"""What is said of each patient once everything is put together; worked out by hand."""

import pandas as pd
import pytest

from pht_core.model.settings import Settings
from pht_core.stats.assessment import (
    Assessment,
    any_low,
    derive_assessment,
    derive_ends,
    wide_grades,
)
from tests.small import small_cohort
from tests.written import read_rows

# Adult men: HGB 130, PLT 125, NE 1.8 are the lower limits of normal; normal draws are 140 200 4.
DAY_28 = """
case                                  | subject_id | HGB | PLT | NE | any | severe
all normal                            | A | 0 | 0 | 0 | no  | no
one low                               | B | 1 | 0 | 0 | yes | no
one low, others not known             | C |   | 2 |   | yes |
one severe, others not known          | D |   |   | 3 | yes | yes
two normal, one not known             | E | 0 | 0 |   |     |
nothing known                         | F |   |   |   |     |
all low, none severe                  | G | 2 | 2 | 2 | yes | no
"""


def answers(values: pd.Series) -> list[str | float]:
    words = {True: "yes", False: "no"}
    return ["" if pd.isna(value) else words[bool(value)] for value in values]


def test_pht_is_yes_on_what_is_known_and_no_only_if_all_is() -> None:
    rows = read_rows(DAY_28).set_index("subject_id")
    grades = rows[["HGB", "PLT", "NE"]].astype(float)
    assert answers(any_low(grades, 1)) == rows["any"].fillna("").tolist()
    assert answers(any_low(grades, 3)) == rows["severe"].fillna("").tolist()


COUNTS = """
subject_id | day | HGB | PLT | NE
refr  | -7 | 120 | 90  | 1.7
refr  | 10 | 70  | 20  | 0.3
refr  | 28 | 70  | 20  | 0.3
refr  | 40 | 90  | 60  | 1.2
refr  | 58 | 140 | 200 | 4
refr  | 70 | 90  | 60  | 1.2
refr  | 80 | 140 | 200 | 4
well  | 28 | 140 | 200 | 4
well  | 31 | 70  | 20  | 0.3
well  | 40 | 140 | 200 | 4
late  | 28 | 140 | 200 | 4
late  | 50 | 110 | 200 | 4
late  | 70 | 90  | 200 | 4
late  | 77 | 90  | 40  | 4
part  | 28 | 140 | 200 |
part  | 70 | 90  | 200 | 4
part2 | 28 | 140 | 200 |
part2 | 70 | 140 | 200 | 4
gone  | 28 | 140 | 200 | 4
mild  | 28 | 120 | 200 | 4
mild  | 70 | 90  | 200 | 4
again | 28 | 90  | 200 | 4
again | 50 | 140 | 200 | 4
"""
PREDNISONE = """
subject_id | start_day | end_day | dose
refr  | 30  | 59 | 0.5
refr  | 72  | 79 | 0.5
late  | 71  | 90 | 0.5
again | -20 | -10 | 1
again | 30  | 45 | 0.5
"""
SUPPORT = """
subject_id | day | kind
refr | 28 | platelets
well | 29 | red_cells
late | -1 | gcsf
again | 0 | tpo_ra
"""


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    every_kind = "red_cells platelets gcsf epo tpo_ra"
    cohort = small_cohort(COUNTS, recorded=every_kind, prednisone=PREDNISONE, support=SUPPORT)
    return derive_assessment(cohort)


def column(assessment: Assessment, name: str) -> dict[str, object]:
    values = assessment.patients[name]
    return {
        str(subject): None if pd.isna(value) else getattr(value, "item", lambda v=value: v)()
        for subject, value in zip(values.index, values, strict=True)
    }


def test_refractory_is_pht_with_support_then_prednisone(assessed: Assessment) -> None:
    refractory = column(assessed, "refractory")
    assert refractory["refr"] is True
    assert refractory["well"] is False
    assert refractory["again"] is True
    assert column(assessed, "supported_28")["well"] is False  # on day 29
    assert column(assessed, "supported_28")["late"] is False  # before day 0
    assert column(assessed, "transfused_28")["refr"] is True
    assert column(assessed, "drugs_28")["again"] is True
    assert column(assessed, "n_low_d28") == {
        "again": 1,
        "gone": 0,
        "late": 0,
        "mild": 1,
        "part": None,
        "part2": None,
        "refr": 3,
        "well": 0,
    }


def test_late_cytopenia_needs_none_at_day_28_and_a_later_low_count(assessed: Assessment) -> None:
    assert column(assessed, "late") == {
        "again": False,
        "gone": None,  # nothing counted after day 31
        "late": True,
        "mild": False,  # cytopenia at day 28
        "part": None,  # whether there was any at day 28 is not known
        "part2": False,  # nothing low later, whatever day 28 was
        "refr": False,
        "well": False,  # day 31 is not after day 31
    }
    late_day = column(assessed, "late_day")
    assert late_day["late"] == 70
    assert [name for name, day in late_day.items() if day is not None] == ["late"]


def test_a_patient_with_grade_1_at_day_28_is_not_late_whatever_counts_as_pht() -> None:
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, support=SUPPORT)
    severe = derive_assessment(cohort, Settings(pht_grade=3))
    assert column(severe, "pht_d28")["mild"] is False
    assert column(severe, "late")["mild"] is False


def test_a_course_before_infusion_is_not_the_first(assessed: Assessment) -> None:
    courses = assessed.courses[assessed.courses["subject_id"] == "again"]
    assert courses[["course", "start_day"]].to_numpy().tolist() == [[1, 30]]
    patients = assessed.patients.loc["again"]
    assert patients["treated"]
    assert patients["first_dose_day"] == 30
    assert patients["n_courses"] == 1
    assert patients["response_time"] == 20
    assert assessed.grades["after_prednisone"].loc["again", "HGB"] == 0


def test_a_course_from_the_infusion_or_before_counts_if_it_runs_past_day_28() -> None:
    doses = """
    subject_id | start_day | end_day | dose
    day0 | 0  | 28 | 0.5
    day0 | 40 | 50 | 0.5
    eve  | -1 | 29 | 0.5
    """
    cohort = small_cohort(
        "subject_id | day | HGB | PLT | NE\nday0 | 60 | 140 | 200 | 4", prednisone=doses
    )
    assessment = derive_assessment(cohort)
    assert assessment.courses[["subject_id", "course", "start_day"]].to_numpy().tolist() == [
        ["day0", 1, 0],
        ["day0", 2, 40],
        ["eve", 1, -1],
    ]
    assert column(assessment, "first_dose_day") == {"day0": 0, "eve": -1}
    assert column(assessment, "treated") == {"day0": True, "eve": True}


def test_what_happened_to_one_patient(assessed: Assessment) -> None:
    patient = assessed.patients.loc["refr"]
    assert patient["response_time"] == 10
    assert patient["recovered_after"]
    assert patient["relapsed"]
    assert patient["relapse_day"] == 70
    assert patient["n_relapses"] == 1
    assert patient["responded_again"]
    grades = {period: table.loc["refr"].tolist() for period, table in assessed.grades.items()}
    assert grades == {
        "baseline": [1, 1, 1],
        "within_28": [3, 4, 4],
        "at_day_28": [3, 4, 4],
        "after_prednisone": [0, 0, 0],
        "after_prednisone_last": [0, 0, 0],  # the counts of day 70 are the relapse
    }
    confounded = assessed.responses.set_index(["subject_id", "course"])["confounded"]
    assert not confounded.any()


def test_recovery_is_no_if_one_known_lineage_is_not_at_grade_2() -> None:
    counts = """
    subject_id | day | HGB | PLT | NE
    none    | 40 | 70  |     |
    perhaps | 40 | 140 | 200 |
    all     | 40 | 90  | 60  | 1.2
    one     | 40 | 90  | 40  | 1.2
    """
    doses = "\n".join(
        ["subject_id | start_day | end_day | dose"]
        + [f"{name} | 30 | 60 | 0.5" for name in ("none", "perhaps", "all", "one")]
    )
    recovered = column(derive_assessment(small_cohort(counts, prednisone=doses)), "recovered_after")
    assert recovered == {"all": True, "none": False, "one": False, "perhaps": None}


def test_tpo_agonists_in_a_course_flag_its_response() -> None:
    support = """
    subject_id | day | kind
    refr  | 29 | epo
    refr  | 60 | epo
    refr  | 72 | tpo_ra
    late  | 90 | epo
    again | 40 | gcsf
    """
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, support=support)
    responses = derive_assessment(cohort).responses.set_index(["subject_id", "course"])
    assert responses["confounded"].to_dict() == {
        ("again", 1): False,
        ("late", 1): True,  # the last day on the drug
        ("refr", 1): False,  # the day before the start, and the stop
        ("refr", 2): True,
    }


# Months of follow-up, progression, death and next therapy; the days that follow from them.
OUTCOMES = """
case                                 | subject_id | seen  | prog | dead | next | cutoff | known
nothing but follow-up                | A          | 14.97 |      |      |      |        | 456
the first of the three               | B          | 12    | 10   | 11   | 9    | 274    | 335
progression first                    | C          | 12    | 6    | 12   |      | 183    | 365
nothing                              | D          |       |      |      |      |        | 400
follow-up said to end before a count | E          | 10    |      |      |      |        | 400
death                                | F          |       |      | 2.30 |      | 70     | 70
"""


def test_months_become_days_and_the_first_event_ends_use_of_counts() -> None:
    # 14.97 x 30.4375 = 455.65; 9 x = 273.94; 11 x = 334.81; 6 x = 182.63; 2.30 x = 70.01
    rows = read_rows(OUTCOMES).set_index("subject_id")
    counts = "subject_id | day | HGB | PLT | NE\n" + "\n".join(
        f"{name} | {400 if name in 'DE' else 20} | 140 | 200 | 4" for name in rows.index
    )
    names = {
        "seen": "last_followup_months",
        "prog": "progression_months",
        "dead": "death_months",
        "next": "next_therapy_months",
    }
    months = rows[list(names)].rename(columns=names).reset_index()
    ends = derive_ends(small_cohort(counts, outcomes=months.to_csv(sep="|", index=False)))
    assert ends["cutoff_day"].fillna(0).tolist() == rows["cutoff"].fillna(0).tolist()
    assert ends["last_known_day"].tolist() == rows["known"].tolist()


def test_counts_after_progression_are_used_nowhere() -> None:
    outcomes = """
    subject_id | last_followup_months | progression_months | death_months | next_therapy_months
    refr | 12 | 0.82 | |
    late | 12 |  | | 1.97
    """
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, support=SUPPORT, outcomes=outcomes)
    patients = derive_assessment(cohort).patients
    # refr: progression on day 25, no draw at day 28 and nothing after; late: treated on day 60.
    told = ["pht_d28", "responded", "recovered_after", "relapsed"]
    assert patients.loc[["refr"], told].isna().to_numpy().all()
    assert patients.loc[["late"], ["responded"]].isna().to_numpy().all()
    assert column(derive_assessment(cohort), "late")["late"] is False


def test_ongoing_courses_and_the_last_known_day() -> None:
    doses = """
    subject_id | start_day | end_day | dose
    here  | 30 | 60 | 0.5
    there | 30 | 61 | 0.5
    """
    counts = """
    subject_id | day | HGB | PLT | NE
    here  | 61 | 140 | 200 | 4
    there | 61 | 140 | 200 | 4
    """
    courses = derive_assessment(small_cohort(counts, prednisone=doses)).courses
    assert courses.set_index("subject_id")["ongoing"].to_dict() == {"here": False, "there": True}


def test_what_is_not_recorded_is_missing_and_not_no() -> None:
    patients = derive_assessment(small_cohort(COUNTS)).patients
    told = ["treated", "refractory", "transfused_28", "gcsf_28", "drugs_28", "supported_28"]
    assert patients.loc[["refr"], told].isna().to_numpy().all()
    assert not patients["refractory"]["well"]  # without PHT nobody is refractory
    recorded = small_cohort(COUNTS, recorded="prednisone support red_cells platelets gcsf")
    patients = derive_assessment(recorded).patients
    assert not patients["treated"].any()
    assert not patients["transfused_28"].any()
    assert patients["transfused_28"].notna().all()
    assert patients["drugs_28"].isna().all()


def test_no_support_can_only_be_said_where_every_kind_was_recorded() -> None:
    # Red cells on record and platelets not: whoever got neither may have had platelets.
    support = """
    subject_id | day | kind
    refr | 10 | red_cells
    """
    patients = derive_assessment(small_cohort(COUNTS, support=support)).patients
    assert patients["transfused_28"]["refr"]
    assert pd.isna(patients["transfused_28"]["well"])
    assert pd.isna(patients["supported_28"]["well"])


def test_pht_as_recorded_stands_in_where_there_are_no_counts() -> None:
    subjects = """
    subject_id | sex | age_years | pht_d28
    A | M | 40 | True
    B | M | 40 | False
    C | M | 40 |
    """
    frame = small_cohort(subjects=subjects)
    assert column(derive_assessment(frame), "pht_d28") == {"A": True, "B": False, "C": None}
    with_counts = small_cohort(
        "subject_id | day | HGB | PLT | NE\nA | 28 | 140 | 200 | 4", subjects=subjects
    )
    assert column(derive_assessment(with_counts), "pht_d28") == {"A": False, "B": None, "C": None}


def test_a_cohort_of_nothing_but_names_can_be_assessed() -> None:
    assessment = derive_assessment(
        small_cohort(subjects="subject_id | sex | age_years\nA | M | 40")
    )
    assert len(assessment.patients) == 1
    assert assessment.patients["pht_d28"].isna().all()
    assert len(assessment.courses) == len(assessment.relapses) == len(assessment.period_grades) == 0


def test_wide_grades_keep_the_order_of_patients_and_lineages() -> None:
    rows = pd.DataFrame(
        {"subject_id": ["B"], "param": ["NE"], "period": ["baseline"], "grade": [3.0]}
    )
    wide = wide_grades(rows, "baseline", ["A", "B"])
    assert wide.loc["B", "NE"] == 3
    assert wide.isna().sum().sum() == 5


def test_the_cohort_is_not_changed() -> None:
    cohort = small_cohort(COUNTS, prednisone=PREDNISONE, support=SUPPORT)
    before = cohort.counts.copy()
    derive_assessment(cohort)
    pd.testing.assert_frame_equal(cohort.counts, before)
