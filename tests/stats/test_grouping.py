"""Groups of a survival figure, and who is in them at a landmark."""

import pandas as pd
import pytest

from pht_core.intake.reading import read_sample
from pht_core.model.errors import UnknownName
from pht_core.stats.assessment import Assessment, derive_assessment
from pht_core.stats.grouping import derive_groups
from pht_core.stats.survival_report import derive_survival_report


@pytest.fixture(scope="module")
def sample() -> Assessment:
    return derive_assessment(read_sample())


PATIENTS = pd.DataFrame(
    {
        "relapsed": pd.array([True, True, False, None], dtype="boolean"),
        "relapse_day": [97.0, 133.0, float("nan"), float("nan")],
    },
    index=pd.Index(["A", "B", "C", "D"], name="subject_id"),
)
TIMES = pd.DataFrame({"subject_id": ["A", "B", "C", "D"]})
RELAPSE, NONE = "recurrent cytopenia", "no recurrent cytopenia"


def test_without_a_landmark_whoever_ever_relapsed() -> None:
    groups = derive_groups(TIMES, PATIENTS, "relapsed")["group"]
    assert groups.tolist()[:3] == [RELAPSE, RELAPSE, NONE]
    assert pd.isna(groups.iloc[3])


def test_at_a_landmark_only_whoever_had_relapsed_by_then() -> None:
    landmark = pd.Series(100.0, index=PATIENTS.index)
    groups = derive_groups(TIMES, PATIENTS, "relapsed", landmark)["group"]
    assert groups.tolist()[:3] == [RELAPSE, NONE, NONE]
    assert pd.isna(groups.iloc[3])


def test_a_future_relapse_forms_no_group(sample: Assessment) -> None:
    # The sample's relapses fall on days 97 to 133: none by month 3 (day 91), all by month 6.
    ids = sample.cohort.subject_ids
    early = derive_survival_report(sample, ids, by="relapsed", landmark=3)
    assert set(early.times["group"]) == {NONE}
    late = derive_survival_report(sample, ids, by="relapsed", landmark=6)
    assert (late.times["group"] == RELAPSE).sum() == 6


def test_unknown_grouping() -> None:
    with pytest.raises(UnknownName, match="prior_hsct"):
        derive_groups(TIMES, PATIENTS, "shoe_size")


def test_one_group_at_a_landmark_is_said(sample: Assessment) -> None:
    early = derive_survival_report(sample, sample.cohort.subject_ids, by="relapsed", landmark=3)
    assert any(f"all patients are in one group: {NONE}" in text for text in early.warnings)


def test_pht_may_be_told_after_an_early_landmark(sample: Assessment) -> None:
    # Day 28 + 3 lies after a landmark of one month (30.4 days), and before one of two.
    ids = sample.cohort.subject_ids
    assert any("before day 31" in text for text in _warned(sample, ids, 1))
    assert not any("before day 31" in text for text in _warned(sample, ids, 2))


def _warned(sample: Assessment, ids: list[str], landmark: float) -> tuple[str, ...]:
    return derive_survival_report(sample, ids, by="pht_d28", landmark=landmark).warnings
