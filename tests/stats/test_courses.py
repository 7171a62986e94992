"""Courses, dose steps and events on prednisone; boundary rows worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from pht_core.model.schema import STEROIDS
from pht_core.model.settings import Settings, changed_settings, describe_settings
from pht_core.stats.courses import (
    count_events_on_prednisone,
    derive_courses,
    derive_dose_steps,
    derive_other_steroids,
    select_taken,
)
from pht_core.stats.graded_counts import split_draws
from tests.written import read_rows

DOSES = """
case                                | subject_id | drug        | start_day | end_day | dose
day 30 to 64: stop 65, 35 days      | P3     | prednisone    | 30  | 44  | 0.5
day 30 to 64: stop 65, 35 days      | P3     | prednisone    | 45  | 64  | 0.25
2 days off do not end it            | gap2   | prednisone    | 30  | 39  | 0.5
2 days off do not end it            | gap2   | prednisone    | 42  | 50  | 0.5
3 days off end it                   | gap3   | prednisone    | 30  | 39  | 0.5
3 days off end it                   | gap3   | prednisone    | 43  | 50  | 0.25
no last day: it goes on             | open   | prednisone    | 30  |     | 0.5
goes on until the next dose         | taper  | prednisone    | 30  |     | 0.5
goes on until the next dose         | taper  | prednisone    | 44  | 57  | 0.25
reaches the last known day          | known  | prednisone    | 30  | 90  | 0.5
ended a day before the last known   | almost | prednisone    | 30  | 89  | 0.5
a course follows, so it was stopped | later  | prednisone    | 30  | 100 | 0.5
on to the last known day            | later  | prednisone    | 120 | 130 | 0.5
another steroid                     | dexa   | dexamethasone | 3   | 5   | 0.2
another steroid                     | methyl | methylprednisolone | 30 | 40 | 1
a salt, in capitals                 | salt   | Prednisone acetate | 30 | 40 | 0.5
prednisolone                        | lone   | PREDNISOLONE  | 30  | 40  | 0.5
no drug named                       | plain  |               | 30  | 40  | 0.5
one day                             | day    | prednisone    | 30  | 30  | 0.5
dose 0 is a day off                 | zero   | prednisone    | 30  | 33  | 0.5
dose 0 is a day off                 | zero   | prednisone    | 34  | 40  | 0
dose 0 ends a dose without last day | ended  | prednisone    | 30  |     | 0.5
dose 0 ends a dose without last day | ended  | prednisone    | 60  |     | 0
goes on, whatever else is given     | beside | prednisone    | 30  |     | 0.5
goes on, whatever else is given     | beside | dexamethasone | 35  | 36  | 0.2
dose not known                      | dose   | prednisone    | 30  | 40  |
higher later                        | more   | prednisone    | 30  | 35  | 0.25
higher later                        | more   | prednisone    | 36  | 40  | 0.5
two rows overlap                    | both   | prednisone    | 30  | 50  | 0.5
two rows overlap                    | both   | prednisone    | 35  | 40  | 0.25
"""
KNOWN = {"known": 90, "almost": 90, "later": 90}
NAMES = {
    "start": "start_day",
    "last": "last_day",
    "stop": "stop_day",
    "days": "duration",
    "first": "first_dose",
    "highest": "highest_dose",
}
COURSES = """
subject_id | course | start | last | stop | days | first | highest | ongoing
P3     | 1 | 30  | 64  | 65  | 35 | 0.5  | 0.5  | False
gap2   | 1 | 30  | 50  | 51  | 21 | 0.5  | 0.5  | False
gap3   | 1 | 30  | 39  | 40  | 10 | 0.5  | 0.5  | False
gap3   | 2 | 43  | 50  | 51  | 8  | 0.25 | 0.25 | False
open   | 1 | 30  |     |     |    | 0.5  | 0.5  | True
taper  | 1 | 30  | 57  | 58  | 28 | 0.5  | 0.5  | False
known  | 1 | 30  |     |     |    | 0.5  | 0.5  | True
almost | 1 | 30  | 89  | 90  | 60 | 0.5  | 0.5  | False
later  | 1 | 30  | 100 | 101 | 71 | 0.5  | 0.5  | False
later  | 2 | 120 |     |     |    | 0.5  | 0.5  | True
salt   | 1 | 30  | 40  | 41  | 11 | 0.5  | 0.5  | False
lone   | 1 | 30  | 40  | 41  | 11 | 0.5  | 0.5  | False
plain  | 1 | 30  | 40  | 41  | 11 | 0.5  | 0.5  | False
day    | 1 | 30  | 30  | 31  | 1  | 0.5  | 0.5  | False
zero   | 1 | 30  | 33  | 34  | 4  | 0.5  | 0.5  | False
ended  | 1 | 30  | 59  | 60  | 30 | 0.5  | 0.5  | False
beside | 1 | 30  |     |     |    | 0.5  | 0.5  | True
dose   | 1 | 30  | 40  | 41  | 11 |      |      | False
more   | 1 | 30  | 40  | 41  | 11 | 0.25 | 0.5  | False
both   | 1 | 30  | 50  | 51  | 21 | 0.5  | 0.5  | False
"""


def written_doses() -> pd.DataFrame:
    return read_rows(DOSES).drop(columns="case")


def test_every_written_course() -> None:
    expected = (
        read_rows(COURSES)
        .rename(columns=NAMES)
        .sort_values(["subject_id", "course"], ignore_index=True)
    )
    courses = derive_courses(written_doses(), pd.Series(KNOWN, dtype=float))
    pd.testing.assert_frame_equal(courses[list(expected)], expected, check_dtype=False)


def test_order_of_rows_does_not_matter() -> None:
    known = pd.Series(KNOWN, dtype=float)
    shuffled = written_doses().sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        derive_courses(shuffled, known), derive_courses(written_doses(), known)
    )


def test_how_long_a_gap_may_be_is_a_choice() -> None:
    none = derive_courses(written_doses(), pd.Series(dtype=float), Settings(course_gap=0))
    assert (none["subject_id"] == "gap2").sum() == 2
    three = derive_courses(written_doses(), pd.Series(dtype=float), Settings(course_gap=3))
    assert (three["subject_id"] == "gap3").sum() == 1


def test_no_doses_no_courses() -> None:
    courses = derive_courses(written_doses().iloc[:0], pd.Series(dtype=float))
    assert len(courses) == 0
    assert courses["start_day"].dtype == float
    assert courses["ongoing"].dtype == bool


STEPS = """
case                                  | subject_id | drug | start_day | end_day | dose
start, then halved after a gain       | rule | prednisone    | 30 | 43 | 0.5
halved after a gain                   | rule | prednisone    | 44 | 57 | 0.25
halved again, nothing gained since    | rule | prednisone    | 58 | 70 | 0.125
40 %                                  | low  | prednisone    | 30 | 39 | 0.5
40 %                                  | low  | prednisone    | 40 | 49 | 0.2
60 %                                  | low  | prednisone    | 50 | 59 | 0.12
less than 40 %                        | less | prednisone    | 30 | 39 | 0.5
less than 40 %                        | less | prednisone    | 40 | 49 | 0.19
more than 60 %                        | less | prednisone    | 50 | 59 | 0.12
raised                                | up   | prednisone    | 30 | 39 | 0.25
raised                                | up   | prednisone    | 40 | 49 | 0.5
14 days before the step               | d14  | prednisone    | 30 | 59 | 0.5
14 days before the step               | d14  | prednisone    | 60 | 69 | 0.25
15 days before the step: too old      | d15  | prednisone    | 30 | 59 | 0.5
15 days before the step: too old      | d15  | prednisone    | 60 | 69 | 0.25
on the day of the step                | same | prednisone    | 30 | 59 | 0.5
on the day of the step                | same | prednisone    | 60 | 69 | 0.25
another steroid is no dose step       | dexa | prednisone    | 30 | 39 | 0.5
another steroid is no dose step       | dexa | dexamethasone | 33 | 35 | 0.1
the same dose is no step              | dexa | prednisone    | 40 | 49 | 0.5
no count at the start                 | none | prednisone    | 30 | 39 | 0.5
no count at the start                 | none | prednisone    | 40 | 49 | 0.25
a stop and a new course are no steps  | stop | prednisone    | 30 | 39 | 0.5
a stop and a new course are no steps  | stop | prednisone    | 60 | 69 | 0.25
"""
STEP_COUNTS = """
subject_id | day | param | grade
rule | 28 | HGB | 3
rule | 28 | NE  | 4
rule | 40 | NE  | 3
rule | 44 | NE  | 3
rule | 55 | NE  | 3
rule | 55 | HGB | 3
low  | 30 | PLT | 4
low  | 35 | PLT | 3
low  | 45 | PLT | 2
less | 30 | PLT | 4
less | 35 | PLT | 3
less | 45 | PLT | 2
up   | 30 | PLT | 4
up   | 35 | PLT | 3
d14  | 30 | PLT | 4
d14  | 46 | PLT | 3
d14  | 55 | PLT | 4
d15  | 30 | PLT | 4
d15  | 45 | PLT | 3
d15  | 55 | PLT | 4
same | 30 | PLT | 4
same | 60 | PLT | 2
dexa | 30 | PLT | 4
none | 15 | PLT | 4
none | 35 | PLT | 3
stop | 30 | PLT | 4
stop | 55 | PLT | 3
"""
STEPS_EXPECTED = """
subject_id | day | dose_before | dose_after | gained | followed
d14  | 60 | 0.5  | 0.25  | True  | True
d15  | 60 | 0.5  | 0.25  | False | False
less | 40 | 0.5  | 0.19  | True  | False
less | 50 | 0.19 | 0.12  | True  | False
low  | 40 | 0.5  | 0.2   | True  | True
low  | 50 | 0.2  | 0.12  | True  | True
none | 40 | 0.5  | 0.25  | False | False
rule | 44 | 0.5  | 0.25  | True  | True
rule | 58 | 0.25 | 0.125 | False | False
same | 60 | 0.5  | 0.25  | True  | True
up   | 40 | 0.25 | 0.5   | True  | False
"""


def test_every_written_dose_step() -> None:
    doses = read_rows(STEPS).drop(columns="case")
    courses = derive_courses(doses, pd.Series(dtype=float))
    draws = split_draws(read_rows(STEP_COUNTS), pd.Series(dtype=float))
    steps = derive_dose_steps(doses, courses, draws)
    expected = read_rows(STEPS_EXPECTED)
    pd.testing.assert_frame_equal(steps[list(expected)], expected, check_dtype=False)
    assert np.allclose(steps["ratio"], steps["dose_after"] / steps["dose_before"])


def test_no_courses_no_steps() -> None:
    doses = written_doses().iloc[:0]
    steps = derive_dose_steps(doses, derive_courses(doses, pd.Series(dtype=float)), {})
    assert len(steps) == 0
    assert "followed" in steps


EVENTS = """
case                    | subject_id | day | event
day before the start    | A | 29 | infection
first day               | A | 30 | hyperglycemia
the same day twice      | A | 30 | hyperglycemia
last day                | A | 64 | hyperglycemia
the stop is a day off   | A | 65 | hypertension
between the courses     | A | 80 | infection
in the second, ongoing  | A | 300 | osteoporosis
never on prednisone     | B | 40 | infection
"""


def test_events_on_the_days_of_a_course() -> None:
    doses = read_rows(
        """
        subject_id | drug | start_day | end_day | dose
        A | prednisone | 30  | 64 | 0.5
        A | prednisone | 100 |    | 0.5
        """
    )
    courses = derive_courses(doses, pd.Series(dtype=float))
    found = count_events_on_prednisone(read_rows(EVENTS), courses)
    assert found.to_numpy().tolist() == [["A", "hyperglycemia", 2], ["A", "osteoporosis", 1]]


def test_equivalent_doses_of_prednisone() -> None:
    # Prednisone 5 mg, prednisolone 5, methylprednisolone 4, dexamethasone 0.75, hydrocortisone 20.
    assert 5 * STEROIDS["prednisolone"] == 5
    assert 4 * STEROIDS["methylprednisolone"] == 5
    assert round(0.75 * STEROIDS["dexamethasone"], 3) == 5
    assert 20 * STEROIDS["hydrocortisone"] == 5


# 5 mg of prednisone: 4 mg of methylprednisolone, 0.75 mg of dexamethasone, 20 mg of hydrocortisone.
OTHERS = """
case                                | subject_id | drug     | start_day | end_day | dose
dexamethasone for CRS               | crs    | dexamethasone      | 3  | 5  | 0.15
in capitals                         | names  | Methylprednisolone | 3  | 4  | 0.8
in capitals                         | names  | DEXAMETHASONE      | 9  | 9  | 0.3
added up on days of both            | both   | prednisone         | 30 | 44 | 0.5
added up on days of both            | both   | methylprednisolone | 40 | 49 | 1
closes a gap of 3 days              | bridge | prednisone         | 30 | 39 | 0.5
closes a gap of 3 days              | bridge | hydrocortisone     | 40 | 42 | 2
closes a gap of 3 days              | bridge | prednisone         | 43 | 50 | 0.25
a dose not known is no dose of 0    | blank  | dexamethasone      | 3  | 5  |
a dose not known is no dose of 0    | blank  | prednisone         | 4  | 10 | 0.5
until the same drug's next row      | until  | prednisone         | 30 |    | 0.5
until the same drug's next row      | until  | dexamethasone      | 33 | 35 | 0.15
until the same drug's next row      | until  | prednisone         | 44 | 57 | 0.25
no last day: it goes on             | open   | dexamethasone      | 3  |    | 0.15
dose 0 is a day off                 | zero   | dexamethasone      | 3  | 5  | 0
ends before it starts: its first day| back   | dexamethasone      | 9  | 7  | 0.15
no steroid                          | toci   | tocilizumab        | 3  | 3  | 8
prednisone alone                    | alone  | prednisone         | 30 | 36 | 0.5
"""
# With the setting: every run of days on one dose, in prednisone equivalents.
ADDED = """
subject_id | start_day | end_day | dose
alone  | 30 | 36 | 0.5
back   | 9  | 9  | 1
blank  | 3  | 3  |
blank  | 4  | 5  |
blank  | 6  | 10 | 0.5
both   | 30 | 39 | 0.5
both   | 40 | 44 | 1.75
both   | 45 | 49 | 1.25
bridge | 30 | 39 | 0.5
bridge | 40 | 42 | 0.5
bridge | 43 | 50 | 0.25
crs    | 3  | 5  | 1
names  | 3  | 4  | 1
names  | 9  | 9  | 2
open   | 3  |    | 1
until  | 30 | 32 | 0.5
until  | 33 | 35 | 1.5
until  | 36 | 43 | 0.5
until  | 44 | 57 | 0.25
"""
COURSES_WITHOUT = """
subject_id | course | start | last | first | highest
alone  | 1 | 30 | 36 | 0.5  | 0.5
blank  | 1 | 4  | 10 | 0.5  | 0.5
both   | 1 | 30 | 44 | 0.5  | 0.5
bridge | 1 | 30 | 39 | 0.5  | 0.5
bridge | 2 | 43 | 50 | 0.25 | 0.25
until  | 1 | 30 | 57 | 0.5  | 0.5
"""
COURSES_WITH = """
subject_id | course | start | last | first | highest
alone  | 1 | 30 | 36 | 0.5  | 0.5
back   | 1 | 9  | 9  | 1    | 1
blank  | 1 | 3  | 10 |      | 0.5
both   | 1 | 30 | 49 | 0.5  | 1.75
bridge | 1 | 30 | 50 | 0.5  | 0.5
crs    | 1 | 3  | 5  | 1    | 1
names  | 1 | 3  | 4  | 1    | 1
names  | 2 | 9  | 9  | 2    | 2
open   | 1 | 3  |    | 1    | 1
until  | 1 | 30 | 57 | 0.5  | 1.5
"""


def other_doses() -> pd.DataFrame:
    return read_rows(OTHERS).drop(columns="case")


def test_prednisone_equivalents() -> None:
    others = derive_other_steroids(other_doses()).set_index(["subject_id", "drug"])
    same = others["prednisone_equivalent"]
    assert same["crs", "dexamethasone"] == pytest.approx(1.0, rel=1e-4)
    assert same["both", "methylprednisolone"] == 1.25
    assert same["bridge", "hydrocortisone"] == 0.5
    assert same["names", "methylprednisolone"] == 1.0
    assert np.isnan(same["blank", "dexamethasone"])
    # Neither a dose of 0 nor prednisone nor a drug that is no steroid.
    assert set(others.index.get_level_values("subject_id")) == {
        "crs", "names", "both", "bridge", "blank", "until", "open", "back",
    }  # fmt: skip


def test_doses_of_all_steroids_are_added_up_by_day() -> None:
    expected = read_rows(ADDED)
    taken = select_taken(other_doses(), other_steroids=True)[list(expected)]
    pd.testing.assert_frame_equal(
        taken.reset_index(drop=True), expected, check_dtype=False, rtol=1e-4
    )


@pytest.mark.parametrize("counted", [False, True])
def test_other_steroids_form_courses_only_if_so_chosen(counted: bool) -> None:
    expected = read_rows(COURSES_WITH if counted else COURSES_WITHOUT).rename(columns=NAMES)
    settings = Settings(other_steroids=counted)
    courses = derive_courses(other_doses(), pd.Series(dtype=float), settings)
    pd.testing.assert_frame_equal(courses[list(expected)], expected, check_dtype=False, rtol=1e-4)


def test_dose_steps_and_events_follow_the_courses() -> None:
    doses = other_doses()
    events = read_rows("subject_id | day | event\ncrs | 4 | infection\nboth | 47 | infection")
    for settings, steps_of_both, on in (
        (Settings(), [], []),
        (Settings(other_steroids=True), [(40, 0.5, 1.75), (45, 1.75, 1.25)], ["both", "crs"]),
    ):
        courses = derive_courses(doses, pd.Series(dtype=float), settings)
        steps = derive_dose_steps(doses, courses, {}, settings)
        own = steps.loc[steps["subject_id"] == "both", ["day", "dose_before", "dose_after"]]
        assert list(own.itertuples(index=False, name=None)) == steps_of_both
        assert count_events_on_prednisone(events, courses)["subject_id"].tolist() == on


def test_only_other_steroids_in_the_table() -> None:
    doses = other_doses().query("subject_id == 'crs'")
    assert derive_courses(doses, pd.Series(dtype=float)).empty
    counted = derive_courses(doses, pd.Series(dtype=float), Settings(other_steroids=True))
    assert counted[["start_day", "last_day", "stop_day"]].to_numpy().tolist() == [[3, 5, 6]]
    assert derive_other_steroids(doses.iloc[:0]).empty
    assert select_taken(doses.iloc[:0], other_steroids=True).empty


def test_the_choice_is_told_in_words() -> None:
    assert changed_settings(Settings(other_steroids=True)) == ["other steroids count as prednisone"]
    (without,) = describe_settings(Settings(), ("other_steroids",))
    (counted,) = describe_settings(Settings(other_steroids=True), ("other_steroids",))
    assert "hydrocortisone form none" in without
    assert "count towards courses like prednisone" in counted
