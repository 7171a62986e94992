"""A lineage that is added, shown but not part of PHT, changes no number of the sample."""

from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from pht_core.intake.reading import read_sample
from pht_core.model.cohort import Cohort, unrecorded_support
from pht_core.model.lineage import PHT_LINEAGES
from pht_core.paper.reproduction import reproduce
from pht_core.paper.sample import read_treated
from pht_core.stats.assessment import Assessment, derive_assessment
from pht_core.stats.recovery import count_complete_recovery, outcome_times
from pht_core.stats.summary import (
    count_any_severe,
    count_grades,
    count_incidence,
    count_lineages,
    figure_groups,
)
from pht_core.stats.survival_report import derive_survival_report
from pht_core.stats.trajectory import derive_lane_ends, derive_lanes, patient_counts
from tests.lymphocytes import add_lymphocytes, count_lymphocytes
from tests.small import small_cohort

PERIODS = ("baseline", "within_28", "at_day_28", "after_prednisone", "after_prednisone_last")


@pytest.fixture(scope="module")
def sample() -> Cohort:
    return read_sample()


@pytest.fixture(scope="module")
def before(sample: Cohort) -> Assessment:
    return derive_assessment(sample)


@pytest.fixture
def after(
    sample: Cohort, before: Assessment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Assessment:
    """The sample with lymphocytes, graded."""
    add_lymphocytes(monkeypatch, tmp_path)
    return derive_assessment(count_lymphocytes(sample))


def of_pht(table: pd.DataFrame) -> pd.DataFrame:
    kept = table[table["param"] != "LYM"].reset_index(drop=True)
    return kept.astype({"param": object})


def test_lymphocytes_are_graded_and_counted(after: Assessment) -> None:
    groups = figure_groups(after.patients)
    table = count_incidence(after.grades, groups, lowest_grade=3)
    added = table[table["param"] == "LYM"]
    # All counts are 0.3: grade 3 in everyone, in each period.
    assert added["term"].tolist() == ["lymphopenia"] * 3
    assert added["n"].tolist() == added["n_total"].tolist() == [len(ids) for ids in groups.values()]
    grades = count_grades(after.grades, groups)
    assert grades[(grades["param"] == "LYM") & (grades["grade"] == 3)]["n"].tolist() == (
        added["n"].tolist()
    )
    assert "LYM" in set(patient_counts(after, ["P1"])["param"])
    complete = count_complete_recovery(after, after.cohort.subject_ids)
    assert complete["param"].tolist() == ["HGB", "PLT", "NE", "LYM", "all"]


@pytest.mark.parametrize(
    "table",
    [
        field.name
        for field in fields(Assessment)
        if field.name not in ("cohort", "settings", "grades", "draws", "kept")
    ],
)
def test_no_derived_table_changes(table: str, before: Assessment, after: Assessment) -> None:
    one, other = getattr(before, table), getattr(after, table)
    if "param" in other:
        keys = ["subject_id", "param", *({"day", "period"} & set(one))]
        one, other = (
            of_pht(own).sort_values(keys, ignore_index=True).astype({"subject_id": str})
            for own in (one, other)
        )
    for column in one.select_dtypes("category"):
        one, other = (own.astype({column: object}) for own in (one, other))
    assert_frame_equal(one, other)


@pytest.mark.parametrize("period", PERIODS)
def test_no_grade_of_a_period_changes(period: str, before: Assessment, after: Assessment) -> None:
    assert_frame_equal(after.grades[period][list(PHT_LINEAGES)], before.grades[period])


def test_no_count_of_a_figure_changes(before: Assessment, after: Assessment) -> None:
    for count in (count_incidence, count_grades):
        one, other = (count(own.grades, figure_groups(own.patients)) for own in (before, after))
        assert_frame_equal(one, of_pht(other))
    one, other = (
        count_lineages(own.grades, figure_groups(own.patients)) for own in (before, after)
    )
    assert_frame_equal(one, other)
    ids = before.cohort.subject_ids
    for period in PERIODS:
        assert count_any_severe(before.grades[period], ids) == count_any_severe(
            after.grades[period], ids
        )
    assert_frame_equal(
        count_complete_recovery(before, ids), of_pht(count_complete_recovery(after, ids))
    )
    assert_frame_equal(
        outcome_times(before, ids, outcome="recovery"),
        outcome_times(after, ids, outcome="recovery"),
    )


def test_no_lane_and_no_survival_changes(before: Assessment, after: Assessment) -> None:
    ids = before.cohort.subject_ids
    assert_frame_equal(derive_lanes(before, ids), derive_lanes(after, ids))
    assert_frame_equal(derive_lane_ends(before, ids), derive_lane_ends(after, ids))
    one, other = (derive_survival_report(own, ids, by="pht_d28") for own in (before, after))
    assert_frame_equal(one.curve, other.curve)
    assert one.test_text == other.test_text


def test_the_papers_figures_are_the_same(before: Assessment, after: Assessment) -> None:
    treated = read_treated()
    assert reproduce(before, treated) == reproduce(after, treated)
    assert unrecorded_support(after.cohort) == unrecorded_support(before.cohort)


def test_a_scheme_without_its_bands_gives_no_grade(
    sample: Cohort, before: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_lymphocytes(monkeypatch)
    after = derive_assessment(count_lymphocytes(sample))
    added = after.counts[after.counts["param"] == "LYM"]
    assert len(added) > 0
    assert added["grade"].isna().all()
    assert after.grades["at_day_28"]["LYM"].isna().all()
    assert_frame_equal(before.patients, after.patients)
    table = count_incidence(after.grades, figure_groups(after.patients))
    assert table[table["param"] == "LYM"]["n_total"].tolist() == [0, 0, 0]


def test_a_file_without_its_counts_loses_no_patient(
    sample: Cohort, before: Assessment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add_lymphocytes(monkeypatch, tmp_path)
    after = derive_assessment(sample)
    assert_frame_equal(before.patients, after.patients)
    groups = figure_groups(after.patients)
    assert_frame_equal(count_lineages(before.grades, groups), count_lineages(after.grades, groups))


def test_the_draw_at_day_28_is_one_with_a_lineage_of_pht(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add_lymphocytes(monkeypatch, tmp_path)
    # Blood counts on day 27; lymphocytes alone on the day after, which is nearer to day 28.
    cohort = count_lymphocytes(
        small_cohort("subject_id | day | HGB | PLT | NE\nA | 27 | 70 | 200 | 4")
    )
    assessed = derive_assessment(cohort)
    row = assessed.period_grades.query("period == 'at_day_28'").set_index("param")
    assert row["day"].to_dict() == {"HGB": 27, "LYM": 28, "NE": 27, "PLT": 27}
    assert bool(assessed.patients.loc["A", "pht_d28"])
    # The last day anything is known of her is that of the blood count, too.
    assert assessed.patients.loc["A", "last_known_day"] == 27
