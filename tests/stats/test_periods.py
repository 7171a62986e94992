"""Windows and the one grade per patient, lineage and period; boundary rows worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from pht_core.model.settings import Settings
from pht_core.stats.engines import to_pandas
from pht_core.stats.periods import (
    NEVER,
    PERIODS,
    derive_daily_grades,
    derive_period_grades,
    derive_windows,
)
from tests.written import read_rows

# A patient per rule. start and stop are the first course's (stop = first day off).
PATIENTS = """
subject_id | start | stop | relapse | cutoff
base   |    |    |    |
within |    |    |    |
tie    | 40 |    |    |
edges  | 40 |    |    |
far    | 40 |    |    |
most   | 40 |    |    |
one    | 40 |    |    |
early  | 26 | 60 |    |
before | 24 | 60 |    |
after  | 30 | 41 |    |
again  | 30 | 41 | 55 |
open   | 30 |    |    |
cut    | 30 |    |    | 50
cut28  | 40 |    |    | 26
never  |    |    |    |
"""
COUNTS = """
case                                   | subject_id | day | param | grade | supported
an older count                         | base   | -20 | HGB | 1 | no
the last graded one before day 0       | base   | -7  | HGB | 2 | no
has no grade                           | base   | -1  | HGB |   | no
day 0 is not before day 0              | base   | 0   | HGB | 3 | no
two on the last day: the worse         | base   | -3  | NE  | 1 | no
two on the last day: the worse         | base   | -3  | NE  | 4 | yes
day before infusion                    | within | -1  | HGB | 3 | no
day 0                                  | within | 0   | HGB | 1 | no
first day of the worst                 | within | 20  | HGB | 2 | yes
same grade later                       | within | 28  | HGB | 2 | no
day 29 is past it                      | within | 29  | HGB | 3 | no
day 28 itself                          | within | 28  | PLT | 4 | no
nothing but no grade                   | within | 10  | NE  |   | no
one before                             | tie    | 27  | HGB | 3 | no
one after                              | tie    | 29  | HGB | 1 | no
the draw at 27 has a platelet count    | tie    | 27  | PLT | 2 | yes
3 days after                           | edges  | 31  | HGB | 2 | no
4 days before                          | far    | 24  | HGB | 2 | no
4 days after                           | far    | 32  | HGB | 2 | no
two lineages beat one that is nearer   | most   | 28  | HGB | 0 | no
two lineages beat one that is nearer   | most   | 26  | HGB | 2 | no
two lineages beat one that is nearer   | most   | 26  | NE  | 1 | no
as many, as near, earlier              | most   | 30  | HGB | 3 | no
as many, as near, earlier              | most   | 30  | PLT | 3 | no
more lineages, but a day too far       | most   | 24  | HGB | 4 | no
more lineages, but a day too far       | most   | 24  | PLT | 4 | no
more lineages, but a day too far       | most   | 24  | NE  | 4 | no
alone on the nearest draw              | one    | 28  | NE  | 0 | no
another draw is not filled in from     | one    | 27  | HGB | 3 | no
on the first prednisone day            | early  | 26  | HGB | 3 | no
day 28, but on prednisone              | early  | 28  | HGB | 1 | no
already on prednisone                  | before | 25  | HGB | 3 | no
on the first prednisone day            | after  | 30  | HGB | 0 | no
first day after it                     | after  | 31  | HGB | 3 | no
best, but transfused                   | after  | 35  | HGB | 0 | yes
best                                   | after  | 50  | HGB | 1 | no
best again                             | after  | 60  | HGB | 1 | no
28 days after the last day on the drug | after  | 68  | HGB | 2 | no
29 days after                          | after  | 69  | HGB | 0 | no
two on one day: the worse              | after  | 45  | PLT | 0 | no
two on one day: the worse              | after  | 45  | PLT | 3 | no
better than that                       | after  | 52  | PLT | 2 | no
day before the relapse                 | again  | 54  | NE  | 2 | no
day of the relapse                     | again  | 55  | NE  | 1 | no
an ongoing course leaves it open       | open   | 900 | NE  | 1 | no
day of progression                     | cut    | 50  | NE  | 2 | no
day after progression                  | cut    | 51  | NE  | 0 | no
day before the cutoff                  | cut28  | 25  | NE  | 4 | no
nearer but after the cutoff            | cut28  | 28  | NE  | 1 | no
no course, no period after             | never  | 60  | NE  | 1 | no
not in the windows                     | nobody | 10  | NE  | 4 | no
"""
EXPECTED = """
subject_id | param | period                | grade | day
base       | HGB   | baseline              | 2 | -7
base       | HGB   | within_28             | 3 | 0
base       | NE    | baseline              | 4 | -3
within     | HGB   | baseline              | 3 | -1
within     | HGB   | within_28             | 2 | 20
within     | HGB   | at_day_28             | 2 | 28
within     | PLT   | within_28             | 4 | 28
within     | PLT   | at_day_28             | 4 | 28
tie        | HGB   | within_28             | 3 | 27
tie        | HGB   | at_day_28             | 3 | 27
tie        | PLT   | within_28             | 2 | 27
tie        | PLT   | at_day_28             | 2 | 27
edges      | HGB   | at_day_28             | 2 | 31
far        | HGB   | within_28             | 2 | 24
most       | HGB   | within_28             | 4 | 24
most       | PLT   | within_28             | 4 | 24
most       | NE    | within_28             | 4 | 24
most       | HGB   | at_day_28             | 2 | 26
most       | NE    | at_day_28             | 1 | 26
one        | NE    | within_28             | 0 | 28
one        | NE    | at_day_28             | 0 | 28
one        | HGB   | within_28             | 3 | 27
early      | HGB   | within_28             | 3 | 26
early      | HGB   | at_day_28             | 3 | 26
early      | HGB   | after_prednisone      | 1 | 28
early      | HGB   | after_prednisone_last | 1 | 28
before     | HGB   | within_28             | 3 | 25
before     | HGB   | after_prednisone      | 3 | 25
before     | HGB   | after_prednisone_last | 3 | 25
after      | HGB   | at_day_28             | 0 | 30
after      | HGB   | after_prednisone      | 1 | 50
after      | HGB   | after_prednisone_last | 2 | 68
after      | PLT   | after_prednisone      | 2 | 52
after      | PLT   | after_prednisone_last | 2 | 52
again      | NE    | after_prednisone      | 2 | 54
again      | NE    | after_prednisone_last | 2 | 54
open       | NE    | after_prednisone      | 1 | 900
open       | NE    | after_prednisone_last | 1 | 900
cut        | NE    | after_prednisone      | 2 | 50
cut        | NE    | after_prednisone_last | 2 | 50
cut28      | NE    | within_28             | 4 | 25
cut28      | NE    | at_day_28             | 4 | 25
"""
KEYS = ["subject_id", "param", "period"]


def written_windows(settings: Settings | None = None) -> pd.DataFrame:
    patients = read_rows(PATIENTS).set_index("subject_id").astype(float)
    treated = patients[patients["start"].notna()]
    courses = pd.DataFrame(
        {
            "subject_id": treated.index,
            "course": 1,
            "start_day": treated["start"].to_numpy(),
            "stop_day": treated["stop"].to_numpy(),
        }
    )
    return derive_windows(
        patients.index.tolist(),
        cutoff_day=patients["cutoff"],
        courses=courses,
        first_relapse_day=patients["relapse"].dropna(),
        settings=settings or Settings(),
    )


def written_counts() -> pd.DataFrame:
    counts = read_rows(COUNTS).drop(columns="case")
    return counts.assign(supported=counts["supported"] == "yes")


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    plain = to_pandas(table).astype(dict.fromkeys(KEYS, object) | {"grade": float, "day": int})
    return plain[[*KEYS, "grade", "day"]].sort_values(KEYS, ignore_index=True)


def test_windows_are_whole_days_without_gaps() -> None:
    windows = written_windows().set_index("subject_id")
    assert windows.loc["after"].tolist() == [NEVER, 30, 31, 68]
    assert windows.loc["again"].tolist() == [NEVER, 30, 31, 54]
    assert windows.loc["open"].tolist() == [NEVER, 30, 31, NEVER]
    assert windows.loc["cut", "cutoff_day"] == 50
    never = windows.loc["never"]
    assert never["first_dose_day"] == NEVER
    assert never["after_to"] < never["after_from"]
    assert (windows.dtypes == "int64").all()


@pytest.mark.parametrize("keys", ["object", "category", "string"])
def test_every_written_row(keys: str) -> None:
    counts = written_counts().astype({"subject_id": keys, "param": keys})
    got = in_order(derive_period_grades(derive_daily_grades(counts), written_windows()))
    pd.testing.assert_frame_equal(got, in_order(read_rows(EXPECTED)))


def test_order_of_rows_does_not_matter() -> None:
    counts = written_counts().sample(frac=1, random_state=7)
    daily = derive_daily_grades(counts)
    got = in_order(derive_period_grades(daily, written_windows().iloc[::-1]))
    pd.testing.assert_frame_equal(got, in_order(read_rows(EXPECTED)))


def grade_of(table: pd.DataFrame, subject: str, param: str, period: str) -> float:
    rows = table.set_index(KEYS)["grade"]
    return float(rows.get((subject, param, period), np.nan))


def test_support_is_not_looked_at_if_not_wanted_or_not_there() -> None:
    unwanted = derive_period_grades(
        written_counts(), written_windows(), Settings(use_support=False)
    )
    absent = derive_period_grades(written_counts().drop(columns="supported"), written_windows())
    for table in (unwanted, absent):
        assert grade_of(table, "after", "HGB", "after_prednisone") == 0


def test_day_28_and_its_window_are_choices() -> None:
    wide = derive_period_grades(written_counts(), written_windows(), Settings(day28_window=4))
    assert grade_of(wide, "far", "HGB", "at_day_28") == 2  # day 24: the earlier of 24 and 32
    exact = derive_period_grades(written_counts(), written_windows(), Settings(day28_window=0))
    assert np.isnan(grade_of(exact, "tie", "HGB", "at_day_28"))
    assert grade_of(exact, "within", "PLT", "at_day_28") == 4
    later = derive_period_grades(written_counts(), written_windows(), Settings(day28=30))
    assert grade_of(later, "tie", "HGB", "at_day_28") == 3  # 29 is nearer, 27 has a lineage more
    assert grade_of(later, "within", "HGB", "within_28") == 3  # day 29 lies within 30 days


def test_how_long_the_period_after_prednisone_runs_is_a_choice() -> None:
    settings = Settings(after_days=29)
    table = derive_period_grades(written_counts(), written_windows(settings), settings)
    assert grade_of(table, "after", "HGB", "after_prednisone") == 0


def test_no_counts_give_no_rows() -> None:
    for keys in ("object", "category"):
        counts = written_counts().iloc[:0].astype({"subject_id": keys, "param": keys})
        table = derive_period_grades(derive_daily_grades(counts), written_windows())
        assert len(table) == 0
        assert list(table)[:5] == ["subject_id", "param", "period", "grade", "day"]


def test_every_period_says_which_draw_it_takes() -> None:
    assert [period.label for period in PERIODS.values()] == [
        "before infusion (last count)",
        "within 28 days (worst)",
        "at day 28 (single draw)",
        "after prednisone (best)",
        "after prednisone (last count)",
    ]


def test_grade_0_is_never_minus_0() -> None:
    daily = derive_daily_grades(written_counts())
    grades = derive_period_grades(daily, written_windows())["grade"]
    assert not np.signbit(grades).any()
    assert (grades == 0).sum() == 3


def test_of_several_counts_a_day_the_worst_is_kept() -> None:
    daily = derive_daily_grades(written_counts()).set_index(["subject_id", "param", "day"])
    assert daily.loc[("base", "NE", -3), "grade"] == 4
    assert daily.loc[("after", "PLT", 45), "grade"] == 3
    assert ("base", "HGB", -1) not in daily.index
    assert daily["supported"].dtype == bool
    assert daily["supported"].sum() == 4


def test_counts_at_impossible_days_are_in_no_period() -> None:
    counts = written_counts().head(2).assign(day=[-20230124, 20230124])
    assert len(derive_period_grades(counts, written_windows())) == 0
