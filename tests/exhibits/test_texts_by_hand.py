"""Words of exhibits, held against tables small enough to be read, and against each definition."""

from typing import Any

import pytest

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.cytopenias import CytopeniaOptions
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.overview import all_treated
from pht_core.exhibits.recovery import RecoveryIncidence, RecoveryOptions
from pht_core.exhibits.response import Doses, ResponseOptions
from pht_core.exhibits.survival import SurvivalOptions
from pht_core.exhibits.trajectories import PatientOptions
from pht_core.exhibits.view import View
from pht_core.exhibits.words import Texts
from pht_core.intake.reading import read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings
from pht_core.stats.recovery import incidence_at
from tests.small import small_cohort

# No two numbers are alike, so that none can stand in another's place.
ODD = Settings(
    day28=30,
    day28_window=5,
    pht_grade=2,
    baseline_age=9,
    after_days=51,
    recovery_grade=1,
    relapse_grade=1,
    relapse_fall=2,
    late_after=40,
    late_grade=4,
    taper_days=11,
    taper_low=0.35,
    taper_high=0.65,
)

# A: PHT at day 28 (platelets 20: grade 4), prednisone on days 30-39 at 1 and 40-49 at 0.5 mg, then
# 0.4: the first change is a half after hemoglobin improved by a grade on day 38, the second is not
# a half, nor is B's. A stopped after day 54; platelets are 20 again on day 70, prednisone on days
# 72-80, and 150 on day 79. B: no PHT on day 28, late on day 45, prednisone on days 50-60. C: none.
COUNTS = """
subject_id | day | HGB | PLT | NE
A          | 0   | 130 | 150 | 3.0
A          | 28  | 90  | 20  | 3.0
A          | 38  | 105 | 60  | 3.0
A          | 54  | 130 | 150 | 3.0
A          | 70  | 130 | 20  | 3.0
A          | 79  | 130 | 150 | 3.0
B          | 0   | 130 | 150 | 3.0
B          | 28  | 130 | 150 | 3.0
B          | 45  | 130 | 40  | 3.0
B          | 58  | 130 | 150 | 3.0
B          | 75  | 130 | 150 | 3.0
C          | 0   | 130 | 150 | 3.0
C          | 28  | 130 | 150 | 3.0
"""
PREDNISONE = """
subject_id | start_day | end_day | dose
A          | 30        | 39      | 1.0
A          | 40        | 49      | 0.5
A          | 50        | 54      | 0.4
A          | 72        | 80      | 0.5
B          | 50        | 55      | 0.75
B          | 56        | 60      | 0.6
"""
# 15 months are day 456.6, 7 are day 213.1. C died, B progressed, A is followed and neither.
OUTCOMES = """
subject_id | last_followup_months | progression_months | next_therapy_months | death_months
A          | 15                   |                    |                     |
B          | 14                   | 13                 |                     |
C          | 7                    |                    |                     | 7
"""


def texts(view: View, name: str, options: Any = None) -> Texts:
    return EXHIBITS[name](view, options).texts()


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return small_cohort(COUNTS, prednisone=PREDNISONE, outcomes=OUTCOMES)


@pytest.fixture(scope="module")
def view(cohort: Cohort) -> View:
    return View(cohort)


@pytest.fixture(scope="module")
def odd() -> View:
    return View(read_sample(), ODD)


def test_changes_of_dose(view: View) -> None:
    said = texts(view, "doses", ResponseOptions("all"))
    assert said.headline.startswith("The taper rule was followed in 1 of 3 dose changes; ")
    # The first courses only: B's began on day 50 and A's on day 30; 11 and 25 days long.
    assert "In 2 patients given prednisone, the first course began a median of 40 days (range" in (
        said.result
    )
    assert "30–50; n = 2) after CAR-T infusion at a median of 0.875 mg/kg/day" in said.result
    assert "it lasted a median of 18 days (range 11–25; n = 2)" in said.result
    of_pht = texts(view, "doses").result
    assert "In 1 patient with PHT given prednisone, the first course began 30 days" in of_pht


def test_relapse_of_one_of_two(view: View) -> None:
    said = texts(view, "relapses", ResponseOptions("all"))
    assert said.headline == (
        "Recurrent cytopenia after stopping prednisone in 1 of 2 patients; response to "
        "retreatment after 1 of 1 recurrence"
    )
    # Stopped on day 55, the first without: 15 days before day 70.
    assert (
        "1 recurrence occurred 15 days after stopping; prednisone was given again after 1 of"
        in (said.result)
    )
    assert "in 2 patients who stopped, of 2 given it" in said.caption


def test_a_patient_may_relapse_twice() -> None:
    # Six of the sample's fifteen relapsed, one of them (P3) after two of its three stops.
    said = texts(View(read_sample()), "relapses")
    assert "cytopenia after stopping prednisone in 6 of 15 patients with PHT (40%)" in said.headline
    assert "7 recurrences occurred a median of" in said.result
    assert "prednisone was given again after 7 of 7 recurrences" in said.result


def test_key_figures(view: View) -> None:
    said = texts(view, "key-figures")
    assert said.headline == (
        "PHT at day 28 in 1 of 3 patients and response in 1 of 1 patient with PHT; "
        "overall survival at 12 months 66.7%"
    )
    # C died in month 7, so two of three are at risk at 12 months.
    assert "2 of 3 patients at risk" in said.result
    assert "prednisone was found in 1 of 1 patient with PHT who stopped it" in said.result


def test_flow(view: View) -> None:
    said = texts(view, "patient-flow")
    assert said.headline == "PHT at day 28 in 1 of 3 patients; 2 given prednisone"
    assert "prednisone was given to 2 patients" in said.result
    assert "1 had cytopenia after day 31 and none at day 28" in said.result


def test_survival_of_three(view: View) -> None:
    os = texts(view, "survival", SurvivalOptions(censor=False))
    assert os.headline.endswith("1 of 3 patients died")
    assert "Event: death; other patients are censored at last follow-up." in os.caption
    pfs = texts(view, "survival", SurvivalOptions("pfs"))
    assert pfs.headline.endswith("2 of 3 patients progressed or died")
    assert (
        "Event: progression or death; other patients are censored at last follow-up or next therapy"
        in pfs.caption
    )
    medians = texts(view, "survival-medians", SurvivalOptions())
    assert medians.headline == "Median overall survival: not reached (1 of 3 patients died)"
    rates = texts(view, "survival-rates", SurvivalOptions())
    assert "66.7% at 12 months" in rates.result


def test_survival_after_a_landmark(view: View) -> None:
    said = texts(view, "survival", SurvivalOptions(landmark=2))
    assert "from the landmark 2 months after CAR-T infusion" in said.caption
    assert "in months from the landmark" in said.caption


def test_lanes_of_three(view: View) -> None:
    said = texts(view, "swimmer")
    assert said.headline.startswith("3 patients")
    assert (
        "response in 2 of 2 given prednisone, recurrent cytopenia in 1 of 2 who stopped it, death "
        "in 1"
    ) in said.headline
    assert "progression in 1 of 3" in said.result
    assert "death in 1 of 3" in said.result
    assert "follow-up was ongoing in 2 of 3" in said.result


def test_one_patient(view: View) -> None:
    said = texts(view, "figure3e-trajectory", PatientOptions("A"))
    assert said.headline == "A: prednisone on days 30–54 and 72–80; recurrent cytopenia on day 70"
    # Grades on day 28: 90 g/L is 2, 20 is 4 (v5.0), 3.0 is 0.
    assert "grades at the start were hemoglobin 2, platelets 4 and neutrophils 0" in said.result
    assert "occurred after 8 days" in said.result


def test_grades_of_three(view: View) -> None:
    said = texts(view, "figure1-grades", CytopeniaOptions("all"))
    # Days 0-28: only A's platelets; at day 28 the same; after prednisone nobody's.
    assert "grade 3 or 4 anemia was found in 0 of 3 patients" in said.result
    assert "grade 3 or 4 thrombocytopenia in 1 of 3 (95% CI 1–91%)" in said.result
    assert "at day 28, 3 patients; after prednisone, 2 patients given prednisone." in said.caption
    both = texts(view, "figure1-incidence", CytopeniaOptions(after="last", intervals=True))
    assert "at day 28, 1 patient with PHT; on the last count after prednisone, 1 patient with" in (
        both.caption
    )
    assert "Lines are exact (Clopper-Pearson) 95% CIs." in both.caption
    assert "After prednisone: the last support-free count up to" in both.caption
    plain = texts(view, "figure1-incidence").caption
    assert "Lines are exact" not in plain
    assert "After prednisone: the best support-free count up to" in plain


PHT = "grade 2 or worse on one blood draw at day 30 (± 5 days), no later than"
DEFINITIONS: tuple[tuple[str, Any, str], ...] = (
    ("key-figures", None, PHT),
    ("key-figures", None, "a count at grade 1 or worse after stopping, at least 2 grades worse"),
    ("patient-flow", None, PHT),
    ("patient-flow", None, "by day 30."),
    ("patient-flow", None, "none at day 30, then grade 4 or worse after day 40."),
    ("response-times", None, "(at most 9 days old)"),
    ("figure1-recovery", None, "to 51 days after the first course"),
    ("figure1-incidence", None, "up to 51 days after the first course"),
    (
        "recovery-incidence",
        RecoveryOptions(outcome="recovery"),
        "all lineages at grade 1 or better",
    ),
    ("relapses", None, "a count at grade 1 or worse and at least 2 grades worse than at the stop"),
    ("doses", None, "the new dose is 0.35 to 0.65 of the last"),
    ("doses", None, "grade had fallen in the 11 days before it"),
    ("swimmer", None, "a count at grade 1 or worse and at least 2 grades worse than at the stop"),
)


@pytest.mark.parametrize(("name", "options", "said"), DEFINITIONS)
def test_each_definition_stands_where_it_belongs(
    odd: View, name: str, options: Any, said: str
) -> None:
    assert said in texts(odd, name, options).caption


def test_the_picture_of_doses_names_the_rule_in_use(view: View, odd: View) -> None:
    for seen, rule in ((view, "40% to 60%"), (odd, "35% to 65%")):
        picture = Doses(seen).picture(RenderTarget())
        days = seen.settings.taper_days
        said = f"the new dose is {rule} of the last, and in the {days} days before it at least one"
        assert said in picture.frame.subtitle


def test_relapses_are_of_every_course(view: View) -> None:
    footers = {
        name: EXHIBITS[name](view, ResponseOptions("all")).provenance().footer()
        for name in ("response-times", "relapses")
    }
    assert "; 2 patients, first course;" in footers["response-times"]
    assert "; 2 patients, all courses;" in footers["relapses"]


def test_of_all_those_given_prednisone_not_all_can_recover() -> None:
    view = View(read_sample())
    options = RecoveryOptions(outcome="recovery")
    of_pht = texts(view, "recovery-incidence", options).caption
    assert "of 15 patients with PHT given prednisone in any panel." in of_pht
    of_all = texts(view, "recovery-incidence", RecoveryOptions("all", "recovery")).caption
    assert "of 17 patients given prednisone in any panel." in of_all


def test_whom_filters_leave_is_said_with_the_denominators() -> None:
    # Nine of the seventeen are men.
    said = texts(View(read_sample(), filters=Filters(sex="M")), "swimmer").caption
    assert "Restricted to 9 of 17 patients: male." in said
    assert "Simulated data." in said


def test_groups_by_crs_grade_are_no_fair_comparison() -> None:
    view = View(read_sample())
    said = texts(view, "survival", SurvivalOptions(by="crs_grade"))
    assert "to be classified (immortal time bias)" in said.caption
    assert "log-rank p" not in said.headline
    later = texts(view, "survival", SurvivalOptions(by="crs_grade", landmark=1))
    assert "Groups are defined after infusion" not in later.caption
    assert "log-rank p" in later.headline
    filtered = View(read_sample(), filters=Filters(crs_grade=(1, 2)))
    assert "Patients were selected by CRS grade, which is known only after infusion" in (
        texts(filtered, "survival").caption
    )


def test_pht_without_prednisone_counts_for_pht_alone() -> None:
    # E and F have PHT at day 28 (platelets 20); prednisone was given to E only. F's platelets
    # were not counted before.
    counts = """
    subject_id | day | HGB | PLT | NE
    E          | 10  | 130 | 150 | 3.0
    E          | 28  | 130 | 20  | 3.0
    E          | 40  | 130 | 150 | 3.0
    F          | 10  | 70  |     | 3.0
    F          | 60  | 130 | 150 | 3.0
    G          | 28  | 130 | 20  | 3.0
    """
    given = """
    subject_id | start_day | end_day | dose
    E          | 30        | 50      | 0.5
    """
    view = View(small_cohort(counts, prednisone=given))
    assert (view.pht, view.treated, view.treated_pht) == (["E", "G"], ["E"], ["E"])
    assert "response in 1 of 1 patient with PHT" in texts(view, "key-figures").headline
    assert "in 1 patient with PHT given prednisone" in texts(view, "doses").result.lower().replace(
        "pht", "PHT"
    )
    # Within 28 days F has no platelets: 2 of 2 others had them low. Of hemoglobin 1 of 3.
    grades = texts(view, "figure1-grades", CytopeniaOptions("all")).result
    assert "grade 3 or 4 anemia was found in 1 of 3 patients (95% CI 1–91%)" in grades
    assert "grade 3 or 4 thrombocytopenia in 2 of 2 (95% CI 16–100%)" in grades
    assert "excluding patients without a count (1 for thrombocytopenia)" in grades


def test_all_treated_patients_are_told_only_as_they_were_published(odd: View) -> None:
    assert all_treated(View(read_sample())) is not None
    assert all_treated(odd) is None
    assert texts(odd, "patient-flow").caption.startswith("Figure. Flow of 17 patients; bars")


def test_who_is_in_no_curve_is_told_once() -> None:
    known = "\n".join(line for line in OUTCOMES.splitlines() if not line.startswith("B"))
    view = View(small_cohort(COUNTS, prednisone=PREDNISONE, outcomes=known))
    curve = texts(view, "survival").caption
    assert "Overall survival of 2 patients in months" in curve
    assert "Not shown, 1 patient: follow-up not known." in curve
    # Since prednisone C is not shown, who had none, and B as before.
    since = texts(view, "survival", SurvivalOptions(origin="prednisone")).caption
    assert since.count("Not shown, 1 patient:") + since.count("Not shown, 2 patients:") >= 1
    full = View(small_cohort(COUNTS, prednisone=PREDNISONE, outcomes=OUTCOMES))
    since = texts(full, "survival", SurvivalOptions(origin="prednisone")).caption
    assert "Not shown, 1 patient:" in since
    assert "follow-up not known" not in since


def test_a_death_after_the_next_therapy_counts_only_where_that_does_not_censor() -> None:
    outcomes = """
    subject_id | last_followup_months | progression_months | next_therapy_months | death_months
    A          | 10                   |                    | 6                   | 10
    B          | 14                   |                    |                     |
    C          | 14                   |                    |                     |
    """
    view = View(small_cohort(COUNTS, outcomes=outcomes))
    assert texts(view, "survival", SurvivalOptions(censor=True)).headline.endswith(
        "; 0 of 3 patients died"
    )
    assert texts(view, "survival", SurvivalOptions(censor=False)).headline.endswith(
        "; 1 of 3 patients died"
    )


def test_the_interval_is_the_one_that_was_chosen() -> None:
    # 11 of 17 are alive at 12 months and nobody was censored before: the standard error is the
    # root of 0.647 * 0.353 / 17, 0.116. On the logarithm the limits are 0.647 times and divided
    # by exp(1.96 * 0.116 / 0.647); plain they are 0.647 plus and minus 1.96 * 0.116.
    view = View(read_sample())
    for ci, said in (("log", "45.5–91.9%"), ("plain", "42.0–87.4%")):
        options = SurvivalOptions(ci=ci)
        assert f"64.7% (95% CI {said})" in texts(view, "survival", options).headline
        assert f"pointwise {ci} 95% CI" in texts(view, "survival", options).caption


def test_events_are_counted_in_those_given_prednisone() -> None:
    # Of three patients two were given prednisone; C's event is nobody's on prednisone.
    events = """
    subject_id | day | event
    A          | 35  | infection
    C          | 35  | infection
    """
    view = View(small_cohort(COUNTS, prednisone=PREDNISONE, events=events, recorded="infection"))
    said = texts(view, "safety")
    assert said.headline.endswith(": infection in 1 of 2 patients")
    assert "in 2 patients given it" in said.caption


def test_of_whom_pht_is_not_known_the_flow_says_how_many() -> None:
    # D's only count is of day 60.
    view = View(small_cohort(f"{COUNTS}D | 60 | 130 | 150 | 3\n", prednisone=PREDNISONE))
    said = texts(view, "patient-flow")
    assert said.headline.startswith("PHT at day 28 in 1 of 3 patients; ")
    assert "1 patient without evaluable counts was excluded" in said.result


def test_a_title_tells_the_first_period_first(view: View) -> None:
    # A's platelets were low until day 28; after prednisone they were normal.
    said = texts(view, "figure1-grades").headline
    first, last = said.index("within 28 days in 1 of 3"), said.index("after prednisone in 0 of 1")
    assert first < last


def test_recovery_on_day_28_itself_counts_and_those_at_risk_are_before_it() -> None:
    # Platelets 20 at the start of prednisone, day 30. X recovers on day 58, Y on day 70; Z has no
    # count after prednisone.
    counts = """
    subject_id | day | HGB | PLT | NE
    X          | 28  | 130 | 20  | 3.0
    X          | 58  | 130 | 150 | 3.0
    Y          | 28  | 130 | 20  | 3.0
    Y          | 70  | 130 | 150 | 3.0
    """
    given = """
    subject_id | start_day | end_day | dose
    X          | 30        | 50      | 0.5
    Y          | 30        | 50      | 0.5
    """
    view = View(small_cohort(counts, prednisone=given))
    options = RecoveryOptions(outcome="recovery")
    shown = RecoveryIncidence(view, options)
    after_28 = incidence_at(shown.numbers, 28).set_index("param").loc["all"]
    assert (after_28["estimate"], after_28["at_risk"]) == (0.5, 2)
    assert "platelets 100%; all three on one draw 100%" in shown.texts().headline
    assert "2 events in 2 patients above grade 2 at the start" in shown.texts().result
    more = f"{counts}Z | 28 | 130 | 20 | 3.0\n", f"{given}Z | 30 | 50 | 0.5\n"
    view = View(small_cohort(more[0], prednisone=more[1]))
    caption = texts(view, "figure1-recovery").caption
    assert "after prednisone in 3 patients with PHT given prednisone" in caption


def test_a_grade_that_is_not_known_is_not_none() -> None:
    subjects = """
    subject_id | age_years | sex | crs_grade | icans_grade
    A          | 40        | M   | 0         | 0
    B          | 50        | F   | 1         | 2
    C          | 60        | M   |           |
    """
    said = texts(View(small_cohort(COUNTS, subjects=subjects)), "characteristics").result
    assert "CRS of any grade was recorded in 1 of 2 and " in said
    assert "ICANS of any grade in 1 of 2." in said
    assert "2 of 3 patients were male;" in said


def test_a_relapse_may_stay_without_a_further_course() -> None:
    first_courses = "\n".join(row for row in PREDNISONE.splitlines() if "| 72 " not in row)
    view = View(small_cohort(COUNTS, prednisone=first_courses, outcomes=OUTCOMES))
    said = texts(view, "relapses", ResponseOptions("all")).result
    assert "prednisone was given again after 0 of 1 recurrence" in said
