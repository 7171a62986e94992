"""Response, recovery, relapse and late cytopenia; a patient per rule, worked out by hand."""

import numpy as np
import pandas as pd

from pht_core.model.settings import Settings
from pht_core.stats.graded_counts import LineageDraws, PatientDraws, split_draws
from pht_core.stats.response import derive_relapses, derive_responses, late_cytopenia_day
from tests.written import read_rows

NO_CUTOFF = pd.Series(dtype=float)


def courses_of(text: str) -> pd.DataFrame:
    courses = read_rows(text)
    courses["course"] = courses.groupby("subject_id").cumcount() + 1
    return courses.assign(ongoing=courses["stop_day"].isna())


def draws_of(text: str, cutoff: pd.Series = NO_CUTOFF) -> dict[str, PatientDraws]:
    rows = read_rows(text)
    return split_draws(rows.assign(supported=rows["supported"] == "yes"), cutoff)


# Courses start on day 30 unless said otherwise.
RESPONSE_COURSES = """
subject_id | start_day | stop_day
first  | 30  | 60
second | 30  | 60
young  | 30  | 60
old    | 30  | 60
start  | 30  | 60
support | 30 | 60
other  | 30  | 60
two    | 30  | 60
worse  | 30  | 60
normal | 30  | 60
none   | 30  | 60
unseen | 30  | 60
again  | 30  | 43
again  | 70  | 90
past   | 30  | 43
past   | 90  | 99
gone   | 30  | 42
gone   | 70  | 90
later  | 30  | 40
later  | 70  | 90
lone   | 30  |
nobody | 30  |
"""
RESPONSE_COUNTS = """
case                                   | subject_id | day | param | grade | supported
last on or before the start            | first  | 20 | HGB | 2 | no
last on or before the start            | first  | 28 | HGB | 3 | no
same grade                             | first  | 37 | HGB | 3 | no
first gain of a grade                  | first  | 44 | HGB | 2 | no
a greater gain, later                  | first  | 51 | HGB | 0 | no
baseline 4                             | second | 30 | PLT | 4 | no
day after the start                    | second | 31 | PLT | 3 | no
14 days old                            | young  | 16 | NE  | 3 | no
gain                                   | young  | 33 | NE  | 2 | no
15 days old                            | old    | 15 | NE  | 3 | no
no gain without a baseline             | old    | 33 | NE  | 1 | no
on the day of the start: before it     | start  | 30 | NE  | 3 | no
before the start                       | start  | 29 | NE  | 1 | no
gain over the count of the start       | start  | 40 | NE  | 2 | no
baseline                               | support | 30 | HGB | 3 | no
transfused                             | support | 35 | HGB | 1 | yes
free                                   | support | 50 | HGB | 2 | no
one lineage does not move              | other  | 30 | HGB | 3 | no
one lineage does not move              | other  | 40 | HGB | 3 | no
another gains                          | other  | 30 | PLT | 2 | no
another gains                          | other  | 44 | PLT | 1 | no
both on one day                        | two    | 30 | HGB | 3 | no
both on one day                        | two    | 30 | PLT | 3 | no
both on one day                        | two    | 45 | HGB | 2 | no
both on one day                        | two    | 45 | PLT | 0 | no
only worse                             | worse  | 30 | NE  | 2 | no
only worse                             | worse  | 45 | NE  | 4 | no
nothing to gain from 0                 | normal | 30 | NE  | 0 | no
nothing to gain from 0                 | normal | 45 | NE  | 0 | no
no count before                        | none   | 45 | NE  | 1 | no
no count after                         | unseen | 30 | NE  | 3 | no
baseline                               | again  | 30 | NE  | 3 | no
28 days after the last day, next start | again  | 70 | NE  | 2 | no
gain of the second course              | again  | 80 | NE  | 1 | no
no gain by day 70                      | past   | 30 | NE  | 3 | no
no gain by day 70                      | past   | 70 | NE  | 3 | no
29 days after the last day: too late   | past   | 71 | NE  | 1 | no
the same at the next start             | past   | 90 | NE  | 1 | no
baseline                               | gone   | 30 | NE  | 3 | no
29 days after the last day: too late   | gone   | 70 | NE  | 1 | no
baseline                               | later  | 30 | NE  | 3 | no
no gain by the next start              | later  | 70 | NE  | 3 | no
gain of the second course alone        | later  | 71 | NE  | 2 | no
baseline                               | lone   | 30 | NE  | 3 | no
one low draw                           | lone   | 40 | NE  | 2 | no
not confirmed                          | lone   | 44 | NE  | 3 | no
gain                                   | lone   | 60 | NE  | 2 | no
confirmed                              | lone   | 64 | NE  | 1 | no
"""
RESPONSES = """
subject_id | course | response_day | response_time | response_params | responded | later_day
first   | 1 | 44 | 14 | HGB      | True |
second  | 1 | 31 | 1  | PLT      | True |
young   | 1 | 33 | 3  | NE       | True |
old     | 1 |    |    |          | |
start   | 1 | 40 | 10 | NE       | True |
support | 1 | 50 | 20 | HGB      | True |
other   | 1 | 44 | 14 | PLT      | True |
two     | 1 | 45 | 15 | HGB, PLT | True |
worse   | 1 |    |    |          | False |
normal  | 1 |    |    |          | |
none    | 1 |    |    |          | |
unseen  | 1 |    |    |          | |
again   | 1 | 70 | 40 | NE       | True |
again   | 2 | 80 | 10 | NE       | True |
past    | 1 |    |    |          | False |  71
past    | 2 |    |    |          | |
gone    | 1 |    |    |          |       |  70
gone    | 2 |    |    |          | |
later   | 1 |    |    |          | |
later   | 2 | 71 | 1  | NE       | True |
lone    | 1 | 40 | 10 | NE       | True |
nobody  | 1 |    |    |          | |
"""


def test_every_written_response() -> None:
    got = derive_responses(courses_of(RESPONSE_COURSES), draws_of(RESPONSE_COUNTS))
    expected = read_rows(RESPONSES)
    expected["responded"] = expected["responded"].astype("boolean")
    expected["response_params"] = expected["response_params"].fillna("")
    pd.testing.assert_frame_equal(got[list(expected)], expected, check_dtype=False)


def response_of(settings: Settings, subject: str) -> float:
    got = derive_responses(courses_of(RESPONSE_COURSES), draws_of(RESPONSE_COUNTS), settings)
    first = got[(got["subject_id"] == subject) & (got["course"] == 1)]
    return float(first["response_day"].to_numpy(float)[0])


def test_confirmation_asks_the_next_count_of_the_lineage() -> None:
    confirm = Settings(confirm=True)
    assert response_of(confirm, "lone") == 60
    assert response_of(confirm, "first") == 44
    assert np.isnan(response_of(confirm, "second"))  # there is no next count


def test_supported_counts_are_used_if_wanted() -> None:
    assert response_of(Settings(use_support=False), "support") == 35


def test_how_old_a_baseline_may_be_is_a_choice() -> None:
    assert response_of(Settings(baseline_age=15), "old") == 33


RECOVERY_COURSES = """
subject_id | start_day | stop_day
all     | 30 | 60
apart   | 30 | 60
support | 30 | 60
mild    | 30 | 60
partly  | 30 | 60
enough  | 30 | 60
whole   | 30 | 60
ends    | 30 | 40
ends    | 50 | 60
"""
RECOVERY_COUNTS = """
subject_id | day | param | grade | supported
all     | 30 | HGB | 2 | no
all     | 30 | PLT | 3 | no
all     | 30 | NE  | 1 | no
all     | 37 | HGB | 2 | no
all     | 37 | PLT | 2 | no
all     | 37 | NE  | 3 | no
all     | 50 | HGB | 2 | no
all     | 50 | PLT | 2 | no
all     | 50 | NE  | 2 | no
apart   | 30 | HGB | 3 | no
apart   | 40 | HGB | 1 | no
apart   | 41 | PLT | 1 | no
apart   | 42 | NE  | 1 | no
apart   | 45 | HGB | 4 | no
apart   | 45 | PLT | 1 | no
apart   | 45 | NE  | 1 | no
support | 30 | HGB | 3 | no
support | 40 | HGB | 1 | no
support | 40 | PLT | 1 | yes
support | 40 | NE  | 1 | no
mild    | 30 | HGB | 2 | no
mild    | 30 | PLT | 2 | no
mild    | 30 | NE  | 0 | no
mild    | 40 | HGB | 0 | no
mild    | 40 | PLT | 0 | no
mild    | 40 | NE  | 0 | no
partly  | 30 | HGB | 2 | no
partly  | 40 | HGB | 0 | no
enough  | 30 | NE  | 4 | no
enough  | 40 | HGB | 0 | no
enough  | 40 | PLT | 0 | no
enough  | 40 | NE  | 1 | no
enough  | 55 | HGB | 0 | no
enough  | 55 | PLT | 0 | no
enough  | 55 | NE  | 0 | no
whole   | 30 | NE  | 3 | no
whole   | 35 | HGB | 0 | yes
whole   | 35 | PLT | 0 | no
whole   | 35 | NE  | 0 | no
whole   | 42 | HGB | 0 | no
whole   | 42 | PLT | 0 | no
whole   | 42 | NE  | 0 | no
ends    | 30 | NE  | 3 | no
ends    | 50 | HGB | 0 | no
ends    | 50 | PLT | 0 | no
ends    | 50 | NE  | 3 | no
ends    | 55 | HGB | 0 | no
ends    | 55 | PLT | 0 | no
ends    | 55 | NE  | 2 | no
"""
# apart: never all three at once; support: one of them transfused; partly: two are not known.
RECOVERIES = """
subject_id | course | recovery | recovery_day | recovery_time | observed_days | complete_day
all     | 1 | recovered              | 50 | 20 | 20 |
apart   | 1 | not recovered          |    |    | 15 |
support | 1 | not recovered          |    |    | 10 |
mild    | 1 | already at grade ≤ 2   |    |    | 10 | 40
partly  | 1 | unknown                |    |    |    |
enough  | 1 | recovered              | 40 | 10 | 25 | 55
whole   | 1 | recovered              | 42 | 12 | 12 | 42
ends    | 1 | not recovered          |    |    | 20 |
ends    | 2 | recovered              | 55 | 5  | 5  |
"""


def test_every_written_recovery() -> None:
    got = derive_responses(courses_of(RECOVERY_COURSES), draws_of(RECOVERY_COUNTS))
    expected = read_rows(RECOVERIES)
    pd.testing.assert_frame_equal(got[list(expected)], expected, check_dtype=False)


def test_recovery_to_grade_1_is_a_choice() -> None:
    got = derive_responses(
        courses_of(RECOVERY_COURSES), draws_of(RECOVERY_COUNTS), Settings(recovery_grade=1)
    ).set_index(["subject_id", "course"])
    assert got.loc[("all", 1), "recovery"] == "not recovered"
    assert got.loc[("mild", 1), "recovery"] == "recovered"  # it began at grade 2
    assert got.loc[("enough", 1), "recovery_day"] == 40


RELAPSE_COURSES = """
subject_id | start_day | stop_day
falls   | 30 | 65
onstop  | 30 | 65
one     | 30 | 65
mild    | 30 | 65
old     | 30 | 65
aged    | 30 | 65
same    | 30 | 65
unseen  | 30 | 65
ongoing | 30 |
both    | 30 | 65
next    | 30 | 65
next    | 90 |
after   | 30 | 65
after   | 90 |
twice   | 30 | 40
twice   | 60 | 80
twice   | 95 |
noise   | 30 | 65
"""
RELAPSE_COUNTS = """
case                                 | subject_id | day | param | grade | supported
at the stop                          | falls   | 63 | HGB | 1 | no
a grade worse and at grade 2         | falls   | 70 | HGB | 2 | no
later and worse                      | falls   | 80 | HGB | 4 | no
the stop's own count is not after it | onstop  | 65 | HGB | 3 | no
not worse than at the stop           | onstop  | 70 | HGB | 3 | no
at the stop                          | one     | 65 | HGB | 0 | no
grade 1 is not enough                | one     | 70 | HGB | 1 | no
at the stop                          | mild    | 60 | HGB | 2 | no
grade 2, but not worse               | mild    | 70 | HGB | 2 | no
15 days old                          | old     | 50 | HGB | 0 | no
cannot be judged                     | old     | 70 | HGB | 4 | no
14 days old                          | aged    | 51 | HGB | 0 | no
can be judged                        | aged    | 70 | HGB | 4 | no
at the stop                          | same    | 65 | NE  | 2 | no
transfusions do not hide a fall      | same    | 70 | NE  | 3 | yes
at the stop                          | unseen  | 65 | NE  | 2 | no
not stopped                          | ongoing | 40 | NE  | 1 | no
not stopped                          | ongoing | 70 | NE  | 4 | no
two lineages on one day              | both    | 65 | HGB | 1 | no
two lineages on one day              | both    | 65 | PLT | 1 | no
two lineages on one day              | both    | 75 | HGB | 2 | no
two lineages on one day              | both    | 75 | PLT | 3 | no
at the stop                          | next    | 65 | NE  | 0 | no
the next start counts as after it    | next    | 90 | NE  | 3 | no
response to the course that follows  | next    | 99 | NE  | 1 | no
at the stop                          | after   | 65 | NE  | 0 | no
nothing by the next start            | after   | 80 | NE  | 1 | no
after the next start                 | after   | 91 | NE  | 4 | no
at the first stop                    | twice   | 40 | NE  | 1 | no
first relapse                        | twice   | 60 | NE  | 4 | no
response                             | twice   | 70 | NE  | 1 | no
at the second stop                   | twice   | 78 | NE  | 1 | no
second relapse                       | twice   | 90 | NE  | 3 | no
no response                          | twice   | 99 | NE  | 4 | no
at the stop                          | noise   | 65 | NE  | 1 | no
one low draw                         | noise   | 70 | NE  | 2 | no
not confirmed                        | noise   | 74 | NE  | 1 | no
"""
RELAPSES = """
subject_id | course | relapsed | day | time | params | grade | retreated | responded_again
falls  | 1 | True  | 70 | 5  | HGB      | 2 | False |
onstop | 1 | False |    |    |          |   | False |
one    | 1 | False |    |    |          |   | False |
mild   | 1 | False |    |    |          |   | False |
old    | 1 |       |    |    |          |   | False |
aged   | 1 | True  | 70 | 5  | HGB      | 4 | False |
same   | 1 | True  | 70 | 5  | NE       | 3 | False |
unseen | 1 |       |    |    |          |   | False |
both   | 1 | True  | 75 | 10 | HGB, PLT | 3 | False |
next   | 1 | True  | 90 | 25 | NE       | 3 | True  | True
after  | 1 | False |    |    |          |   | True  |
twice  | 1 | True  | 60 | 20 | NE       | 4 | True  | True
twice  | 2 | True  | 90 | 10 | NE       | 3 | True  | False
noise  | 1 | True  | 70 | 5  | NE       | 2 | False |
"""


def relapses_with(settings: Settings) -> pd.DataFrame:
    courses, draws = courses_of(RELAPSE_COURSES), draws_of(RELAPSE_COUNTS)
    return derive_relapses(courses, derive_responses(courses, draws, settings), draws, settings)


def test_every_written_relapse() -> None:
    got = relapses_with(Settings())
    expected = read_rows(RELAPSES)
    named = ["day", "time", "params", "grade"]
    expected = expected.rename(columns={name: f"relapse_{name}" for name in named})
    expected["relapse_params"] = expected["relapse_params"].fillna("")
    answers = {"relapsed": "boolean", "responded_again": "boolean"}
    expected = expected.astype(answers)
    pd.testing.assert_frame_equal(got[list(expected)], expected, check_dtype=False)


def test_the_relapse_rule_is_a_choice() -> None:
    strict = relapses_with(Settings(relapse_fall=2)).set_index(["subject_id", "course"])
    assert strict.loc[("falls", 1), "relapse_day"] == 80
    severe = relapses_with(Settings(relapse_grade=3)).set_index(["subject_id", "course"])
    assert not severe.loc[("noise", 1), "relapsed"]
    confirmed = relapses_with(Settings(confirm=True)).set_index(["subject_id", "course"])
    assert not confirmed.loc[("noise", 1), "relapsed"]
    assert confirmed.loc[("falls", 1), "relapse_day"] == 70


def test_counts_after_the_cutoff_are_not_used() -> None:
    courses = courses_of("subject_id | start_day | stop_day\nfalls | 30 | 65")
    for cutoff, relapsed in ((69, None), (70, True)):
        draws = draws_of(RELAPSE_COUNTS, pd.Series({"falls": float(cutoff)}))
        got = derive_relapses(courses, derive_responses(courses, draws), draws)
        answer = got["relapsed"].iloc[0]
        assert (None if pd.isna(answer) else bool(answer)) is relapsed


def lineage(days: list[int], grades: list[int]) -> LineageDraws:
    supported = np.zeros(len(days), dtype=bool)
    return LineageDraws(np.array(days, dtype=float), np.array(grades, dtype=float), supported)


def test_late_cytopenia_begins_after_day_31_at_grade_2() -> None:
    patient = {
        "HGB": lineage([20, 31, 40, 75], [3, 3, 1, 2]),
        "PLT": lineage([32, 70], [1, 2]),
        "NE": lineage([29], [4]),
    }
    assert late_cytopenia_day(patient, Settings()) == 70
    assert late_cytopenia_day(patient, Settings(late_after=30)) == 31
    assert late_cytopenia_day(patient, Settings(late_grade=1)) == 32
    assert np.isnan(late_cytopenia_day(patient, Settings(late_grade=3)))
    assert np.isnan(late_cytopenia_day({}, Settings()))


def test_draws_keep_the_worst_of_a_day_and_know_the_last_grade() -> None:
    rows = read_rows(
        """
        subject_id | day | param | grade | supported
        A | 10 | HGB | 1 | no
        A | 10 | HGB | 3 | no
        A | 5  | HGB | 2 | no
        A | 12 | HGB |   | no
        A | 40 | HGB | 0 | no
        """
    )
    hgb = split_draws(rows.assign(supported=False), pd.Series({"A": 39.0}))["A"]["HGB"]
    assert hgb.days.tolist() == [5, 10]
    assert hgb.grades.tolist() == [2, 3]
    assert hgb.last_grade(10, 0) == 3
    assert hgb.last_grade(9, 5) == 2
    assert np.isnan(hgb.last_grade(9, 6))
    assert np.isnan(hgb.last_grade(4, 0))
    assert split_draws(rows.iloc[:0].assign(supported=False), pd.Series(dtype=float)) == {}
