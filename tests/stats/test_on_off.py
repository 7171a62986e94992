"""Whether counts follow prednisone, against R, published data and small cases by hand.

R 4.2.2: ``lm`` with weights, each patient left out in turn (jackknife); ``HoltWinters``.
"""

import numpy as np
import pandas as pd
import pytest

from pht_core.intake.reading import read_sample
from pht_core.stats.assessment import derive_assessment
from pht_core.stats.on_off import (
    Estimate,
    Evidence,
    derive_depth,
    derive_evidence,
    derive_steps,
    estimate_difference,
    follow_level,
    jackknife_error,
)

NO_CUTOFF = pd.Series(dtype=float)


@pytest.fixture(scope="module")
def sample() -> tuple[pd.DataFrame, Evidence]:
    assessment = derive_assessment(read_sample())
    cutoff = assessment.windows.set_index("subject_id")["cutoff_day"]
    steps = derive_steps(assessment.counts, assessment.courses, cutoff)
    return steps, derive_evidence(steps, assessment.courses)


def test_the_sample_has_the_difference_interval_and_steps_that_r_finds(
    sample: tuple[pd.DataFrame, Evidence],
) -> None:
    steps, evidence = sample
    pooled = evidence.pooled
    assert pooled is not None
    found = (pooled.difference, pooled.standard_error, pooled.low, pooled.high)
    expected = (0.3369073606248, 0.0476595486979, 0.2358736307816, 0.4379410904680)
    assert found == pytest.approx(expected, abs=1e-12)
    assert (len(steps), pooled.n_patients, pooled.n_on, pooled.n_off) == (878, 17, 461, 417)
    assert evidence.followed
    assert not evidence.only_neutrophils


def test_lineages_and_patients_of_the_sample_have_the_values_of_the_methods_description(
    sample: tuple[pd.DataFrame, Evidence],
) -> None:
    _, evidence = sample
    expected = {"HGB": (0.26, 0.21, 0.32), "PLT": (0.37, 0.17, 0.58), "NE": (0.83, 0.19, 1.47)}
    for param, values in expected.items():
        own = evidence.by_lineage[param]
        assert own is not None
        assert [round(x, 2) for x in (own.difference, own.low, own.high)] == list(values)
    drift = evidence.own["drift"].round(4)
    assert (drift["P3"], drift["P10"]) == (0.2988, 0.4605)
    assert (evidence.n_restarted, round(evidence.steps_per_patient)) == (6, 52)


def test_level_and_trend_are_those_of_holt_in_r() -> None:
    # R's Nile series from its second value on; alpha and beta for a gap of 7 days.
    values = np.array([1120.0, 1210, 1160, 1160, 813, 1230])
    levels, trends = follow_level(np.arange(6) * 7.0, values)
    assert levels[1:] == pytest.approx(
        [1181.973709848, 1174.039422114, 1167.963542765, 925.083492697, 1107.813329607], abs=1e-8
    )
    assert 7 * trends[1:] == pytest.approx(
        [23.110672828, 11.533668187, 4.966875708, -87.457948095, 13.298025959], abs=1e-8
    )


def test_the_error_is_efrons_jackknife_of_the_law_schools() -> None:
    lsat = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594]
    gpa = [339, 330, 281, 303, 344, 307, 300, 343, 336, 313, 312, 274, 276, 288, 296]
    pairs = np.array([lsat, gpa], dtype=float)
    left_out = [np.corrcoef(np.delete(pairs, i, axis=1))[0, 1] for i in range(15)]
    assert jackknife_error(np.array(left_out)) == pytest.approx(0.1425186186, abs=1e-9)


@pytest.mark.parametrize(
    ("param", "value", "lln", "depth"),
    [
        ("PLT", 50, 125, -1.0),
        ("PLT", 25, 125, -1.7565),
        ("NE", 0.5, 1.8, -2.1793),
        ("HGB", 80, 115, -1.0),
        ("HGB", 115, 115, 0.0),
        ("PLT", 1, 125, -3.0),  # the floor
        ("PLT", 400, 125, 0.5),  # the ceiling
        ("PLT", 0, 125, np.nan),
        ("PLT", 90, np.nan, np.nan),
        ("NE", 0.9, 1.0, np.nan),  # a limit that is not above grade 3
        ("WBC", 3, 4, np.nan),
    ],
)
def test_depth_is_0_at_the_limit_of_normal_and_minus_1_where_grade_3_begins(
    param: str, value: float, lln: float, depth: float
) -> None:
    counts = pd.DataFrame({"param": [param], "value": [float(value)], "lln": [float(lln)]})
    assert derive_depth(counts)[0] == pytest.approx(depth, abs=6e-5, nan_ok=True)


def _steps(
    days: list[float], spans: list[tuple[float, float]], cutoff: float = np.nan, value: float = 125
) -> list[tuple[float, bool]]:
    """The days of platelets' steps of one patient, and whether they are on the drug."""
    counts = pd.DataFrame(
        {"subject_id": "A", "day": days, "param": "PLT", "value": value, "lln": 125.0}
    ).assign(supported=False)
    courses = pd.DataFrame(spans, columns=["start_day", "stop_day"]).assign(subject_id="A")
    found = derive_steps(counts, courses, pd.Series({"A": cutoff}))
    return list(zip(found["day"], found["on"], strict=True))


def test_steps_begin_at_the_third_draw_after_the_start_when_counts_are_good() -> None:
    # Course 30-50; the draw of day 30 is taken before the first dose, and 37 follows it.
    days = [20.0, 30, 37, 44, 48, 55, 62]
    assert _steps(days, [(30, 50)]) == [(44, True), (48, True), (55, False), (62, False)]


def test_counts_of_the_first_climb_are_left_out_until_the_stop() -> None:
    # At 60 (depth -0.8) nobody is well: only what begins after the stop counts.
    assert _steps([20, 30, 37, 44, 51, 58, 65], [(30, 50)], value=60) == [(58, False), (65, False)]


def test_steps_end_at_a_gap_over_three_weeks_six_weeks_after_a_stop_and_at_the_cutoff() -> None:
    after = [30.0, 37, 44, 51, 73, 80, 91, 96]
    # 51 to 73 is a gap of 22 days; the middle of 91 to 96 is 43.5 days after the stop on day 50.
    assert [day for day, _ in _steps(after, [(30, 50)])] == [44, 51, 80, 91]
    assert [day for day, _ in _steps(after, [(30, 50)], cutoff=85)] == [44, 51, 80]


def test_a_restart_is_on_again_from_the_middle_of_a_gap() -> None:
    days = [30.0, 37, 44, 51, 58, 65, 72]
    # Middle of 58 to 65: day 61.5, before the restart on day 62; of 65 to 72: 68.5, after it.
    assert _steps(days, [(30, 50), (62, np.nan)])[-3:] == [(58, False), (65, False), (72, True)]


def test_supported_counts_and_those_of_patients_never_treated_give_no_steps() -> None:
    counts = pd.DataFrame({"day": [30.0, 37, 44, 51], "param": "PLT", "value": 125.0, "lln": 125.0})
    both = pd.concat([counts.assign(subject_id=who) for who in "AB"]).assign(supported=False)
    courses = pd.DataFrame({"subject_id": ["A"], "start_day": [30.0], "stop_day": [50.0]})
    assert set(derive_steps(both, courses, NO_CUTOFF)["subject_id"]) == {"A"}
    assert derive_steps(both.assign(supported=True), courses, NO_CUTOFF).empty


def test_fewer_than_five_patients_on_or_off_give_no_estimate(
    sample: tuple[pd.DataFrame, Evidence],
) -> None:
    steps, _ = sample
    four = steps[steps["subject_id"].isin(["P3", "P4", "P5", "P6"])]
    assert estimate_difference(four) is None
    evidence = derive_evidence(four, pd.DataFrame({"subject_id": ["P3", "P4", "P5", "P6"]}))
    assert (evidence.pooled, evidence.followed) == (None, False)
    assert (evidence.n_on_patients, evidence.n_off_patients) == (4, 4)
    only_on = steps[steps["on"]]
    assert estimate_difference(only_on) is None


def test_one_lineage_alone_is_its_own_regression(sample: tuple[pd.DataFrame, Evidence]) -> None:
    steps, evidence = sample
    own = estimate_difference(steps[steps["param"] == "PLT"])
    assert isinstance(own, Estimate)
    assert evidence.by_lineage["PLT"] == own
