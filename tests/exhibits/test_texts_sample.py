"""The sample in words, held against what the paper prints and what a hand writes."""

from collections.abc import Callable

import pandas as pd
import pytest

from pht_core.exhibits.cytopenias import CytopeniaOptions
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.response import ResponseOptions
from pht_core.exhibits.survival import SurvivalOptions
from pht_core.exhibits.trajectories import PatientOptions, PatientsOptions
from pht_core.exhibits.view import View
from pht_core.intake.reading import read_sample
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings
from tests.small import small_cohort

Named = Callable[..., Rendering]


@pytest.fixture(scope="module")
def named() -> Named:
    """A rendering of the sample by its exhibit's name, with the options that it is given."""
    cohort = read_sample()
    found: dict[str, Rendering] = {}
    for rendering in render_entries(cohort, list_entries(View(cohort)))[0]:
        found.setdefault(rendering.name, rendering)  # of survival the first endpoint

    def make(name: str, options: object = None, filters: Filters | None = None) -> Rendering:
        if options is None:
            return found[name]
        (rendering,), _ = render_entries(
            cohort, [Entry(name, options, filters=filters or Filters())]
        )
        return rendering

    return make


# Shares as the paper prints them, of 16 of 17 what the arithmetic gives. Intervals as by scipy's
# binomtest; further below log-rank test and median follow-up as by lifelines.
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("figure1-incidence", "anemia was found in 16 of 17 patients (94%; 95% CI 71–99.9%)"),
        ("figure1-incidence", "thrombocytopenia in 15 of 17 (88%; 95% CI 64–99%)"),
        ("figure1-incidence", "neutropenia in 17 of 17 (100%; 95% CI 80–100%)"),
        ("figure1-lineages", "trilineage cytopenia was found in 14 of 17 patients (82%; "),
        ("figure1-lineages", "trilineage cytopenia was found in 12 of 15 patients with PHT (80%"),
        ("figure1-lineages", "bilineage cytopenia in 3 of 15 (20%; 95% CI 4–48%)"),
        ("figure1-lineages", "bilineage cytopenia in 5 of 15 (33%; 95% CI 12–62%)"),
        ("figure1-grades", "grade 3 or 4 anemia was found in 7 of 17 patients (41%; "),
        ("figure1-grades", "grade 3 or 4 thrombocytopenia in 11 of 17 (65%; "),
        ("figure1-grades", "grade 3 or 4 neutropenia in 12 of 17 (71%; "),
        ("figure1-grades", "grade 3 or 4 anemia was found in 4 of 15 patients with PHT (27%; "),
        ("figure1-grades", "grade 3 or 4 thrombocytopenia in 10 of 15 (67%; "),
        ("figure1-grades", "grade 3 or 4 neutropenia in 8 of 15 (53%; "),
        ("figure1-recovery", "hemoglobin in 10 of 15 patients with PHT given prednisone (67%; "),
        ("figure1-recovery", "platelets in 10 of 15 (67%; 95% CI 38–88%)"),
        ("figure1-recovery", "neutrophils in 9 of 15 (60%; 95% CI 32–84%)"),
        ("relapses", "in 6 of 15 patients with PHT (40%; 95% CI 16–68%, Clopper-Pearson)"),
        ("safety", "hyperglycemia occurred in 11 of 17 patients (65%; 95% CI 38–86%)"),
        ("safety", "hypertension in 5 of 17 (29%; 95% CI 10–56%)"),
        ("safety", "infection in 0 of 17 (0%; 95% CI 0–20%)"),
        ("doses", "the first course began a median of 30 days (range 26–42; n = 15)"),
        ("doses", "at 0.5 mg/kg/day in each of 15"),
        (
            "key-figures",
            "PHT at day 28 was found in 86 of 109 patients with blood count follow-up (78.9%; ",
        ),
        (
            "patient-flow",
            "PHT at day 28 was found in 86 of 109 patients with blood count ",
        ),
        ("patient-flow", "(78.9%); prednisone was given to 17 patients: 15 had PHT despite"),
        ("characteristics", "Median age was 31 years (range 8–66; n = 17)"),
        ("characteristics", "9 of 17 patients were male (53%)"),
        ("characteristics", "the median number of lines of therapy was 5 (range 2–15; n = 17)"),
        ("characteristics", "extramedullary disease was recorded in 8 of 17 (47%)"),
        (
            "compared",
            "prior HSCT was recorded in 51 of 86 patients with PHT (59%) and in 9 ",
        ),
        ("survival", "Overall survival from CAR-T infusion was 64.7% at 12 months"),
    ],
)
def test_printed_figures_in_the_results(named: Named, name: str, said: str) -> None:
    assert said in named(name).result


def test_response_times(named: Named) -> None:
    rendering = named("response-times")
    assert rendering.headline == (
        "Response in 15 of 15 patients with PHT (100%), a median of 21 days (range 7–40) after "
        "the start of prednisone"
    )
    assert rendering.result == (
        "Response was found in 15 of 15 patients with PHT given prednisone (100%; 95% CI "
        "78–100%, Clopper-Pearson), a median of 21 days (range 7–40; n = 15) after the start of "
        "prednisone."
    )
    assert rendering.caption == (
        "Figure. Days from the start of prednisone to response in 15 patients with PHT given "
        "prednisone, first course. Response: the first support-free count, up to 28 days after the "
        "end of the course, at least one grade better than the last before prednisone (at most 14 "
        "days old), in any lineage. Each dot is a patient, earliest response at the top; dashed "
        "line, median of the responders. PHT: any lineage at grade 1 or worse on one blood draw at "
        "day 28 (± 3 days), no later than the first day of prednisone. Simulated data. CI, "
        "confidence interval; PHT, prolonged hematologic toxicity."
    )


def test_survival(named: Named) -> None:
    rendering = named("survival")
    assert rendering.headline == (
        "Overall survival at 12 months 64.7% (95% CI 37.7–82.3%); 7 of 17 patients died"
    )
    assert rendering.result == (
        "Overall survival from CAR-T infusion was 64.7% at 12 months (95% CI 37.7–82.3%; "
        "Kaplan-Meier, log-log; 11 at risk); 7 of 17 patients died; median overall survival was "
        "not reached (95% CI 8.5 months to not reached); median follow-up from CAR-T infusion was "
        "20.7 months (reverse Kaplan-Meier, n = 17)."
    )
    free = named("survival", SurvivalOptions(endpoint="pfs"))
    assert free.headline == (
        "Progression-free survival at 12 months 58.8% (95% CI 32.5–77.8%); 8 of 17 patients "
        "progressed or died"
    )


def test_survival_of_groups(named: Named) -> None:
    rendering = named("survival", SurvivalOptions(by="prior_hsct"))
    # 8 of 12 and 3 of 5 were alive at 12 months, nobody having been lost before.
    assert rendering.headline == (
        "Overall survival at 12 months: prior HSCT, 66.7%; no prior HSCT, 60.0%; log-rank p = 0.808"
    )
    assert "log-rank χ² = 0.06, df = 1, p = 0.808" in rendering.result
    later = named("survival", SurvivalOptions(by="pht_d28"))
    assert "log-rank" not in later.headline
    assert "to be classified (immortal time bias)" in later.caption
    landed = named("survival", SurvivalOptions(by="pht_d28", landmark=2))
    assert "the landmark 2 months after CAR-T infusion" in landed.headline
    assert "to be classified" not in landed.caption
    # P2 started on day 76, after a landmark of 2 months (day 61) and before one of 3 (day 91).
    assert "All patients survived until prednisone (day 26–76); survival may" in landed.caption
    assert "survived until prednisone" not in named("survival", SurvivalOptions(landmark=3)).caption


def test_who_is_not_in_a_curve_is_said(named: Named) -> None:
    rendering = named("survival", SurvivalOptions(landmark=6))
    # P9 died after 4.1 and P8 after 5.83 months.
    assert "Not shown, 2 patients: not at risk at the landmark." in rendering.caption
    assert rendering.caption.startswith(
        "Figure. Overall survival of 15 patients in months from the "
    )


def test_signs_of_the_pictures(named: Named) -> None:
    assert "filled stars, on prednisone" in named("figure3e-trajectory").caption
    assert "hollow stars, stopped" in named("figure3e-trajectory").caption
    assert "shaded, courses" in named("figure3e-trajectory").caption
    assert "ticks, censored patients" in named("survival").caption
    assert "dotted, fewer than 5 patients" in named("survival").caption
    assert "ticks" not in named("survival-rates").caption


def test_one_patient_as_in_the_paper(named: Named) -> None:
    # P3: prednisone on day 30 for 35 days, again in months 4 and 6.
    assert named("figure3e-trajectory", PatientOptions("P3")).headline == (
        "P3: prednisone on days 30–64, 114–151 and 178–240; recurrent cytopenia on days 97 and 170"
    )


def test_several_patients(named: Named) -> None:
    # P3, P5, P7, P10, P11, P17: 32, 38, 30, 44, 41 and 36 days after the stop; 6 of 15 in the
    # paper.
    assert named("figure3-trajectories").headline == (
        "Recurrent cytopenia in 6 of 15 patients with PHT, 30–44 days after stopping prednisone"
    )
    two = named("figure3-trajectories", PatientsOptions(("P3", "P4")))
    assert two.headline == (
        "Blood counts of 2 patients: recurrent cytopenia after stopping prednisone in 1 of 2 who "
        "stopped it"
    )


def test_options_change_the_words(named: Named) -> None:
    pies = named("figure1-incidence", CytopeniaOptions(look="pies"))
    assert "Pies show the percentage of patients affected." in pies.caption
    lined = named("figure1-incidence", CytopeniaOptions(intervals=True))
    assert "Lines are exact (Clopper-Pearson) 95% CIs." in lined.caption
    last = named("figure1-incidence", CytopeniaOptions(after="last"))
    assert "on the last count after prednisone, anemia was found" in last.result
    everyone = named("response-times", ResponseOptions(of="all"))
    assert everyone.headline.startswith("Response in 17 of 17 patients (100%), a median of")


def test_definitions_are_in_the_caption() -> None:
    cohort = read_sample()
    settings = Settings(pht_grade=3, scheme="ctcae_v6")
    entries = [
        Entry("figure1-grades", CytopeniaOptions(), settings),
        Entry("relapses", ResponseOptions(), Settings(relapse_fall=2, confirm=True)),
    ]
    grades, relapses = render_entries(cohort, entries)[0]
    assert "PHT: any lineage at grade 3 or worse" in grades.caption
    assert "graded by CTCAE v6.0" in grades.caption
    assert "neutrophils < 1.5 × 10⁹/L" in grades.caption  # v6: grade 1
    assert "neutrophils < 0.5 × 10⁹/L" in grades.caption  # v6: grade 3
    assert "at least 2 grades worse than at the stop" in relapses.caption
    assert "confirmed by the next count" in relapses.caption


def test_medians_of_all_are_told_by_quantiles() -> None:
    days = [28 + 7 * week for week in range(3)]
    rows = [f"P{n} | {day} | {60 + n} | {n} | 1.0" for n in range(1, 66) for day in days]
    counts = "subject_id | day | HGB | PLT | NE\n" + "\n".join(rows)
    doses = "subject_id | start_day | end_day | dose\n"
    doses += "\n".join(f"P{n} | 28 | 40 | 0.5" for n in range(1, 66))
    cohort = small_cohort(counts, prednisone=doses)
    ids = tuple(cohort.subject_ids)
    entries = [
        Entry("figure3-trajectories", PatientsOptions(ids, look="medians")),
        Entry("response-times", ResponseOptions()),
    ]
    (drawn, times), _ = render_entries(cohort, entries)
    # Hemoglobin 61 to 125, platelets 1 to 65: their middle is that of patient 33.
    assert drawn.headline == (
        "Median counts on days 28–34 after CAR-T infusion: hemoglobin 93 g/L, platelets "
        "33 × 10⁹/L and neutrophils 1 × 10⁹/L"
    )
    assert "hemoglobin 93 g/L (quartiles 77–109; n = 65)" in drawn.result
    assert "Bars show numbers of patients by days to response" in times.caption
    assert times.headline.startswith("Response in 0 of 65 patients with PHT (0%) after the start")


def test_missing_counts_are_said() -> None:
    counts = """
    subject_id | day | HGB | PLT | NE
    A          | 28  | 70  | 30  | 0.4
    B          | 28  | 70  |     | 0.4
    C          | 90  | 70  | 30  | 0.4
    """
    (rendering,), _ = render_entries(
        small_cohort(counts), [Entry("figure1-incidence", CytopeniaOptions(of="all"))]
    )
    assert rendering.result == (
        "Within 28 days after CAR-T infusion (worst count), anemia was found in 2 of 2 patients "
        "(95% CI 16–100%), thrombocytopenia in 1 of 1 (95% CI 3–100%) and "
        "neutropenia in 2 of 2 (95% CI 16–100%), excluding patients without a count (1 "
        "for anemia, 2 for thrombocytopenia and 1 for neutropenia); at day 28 (single draw), "
        "anemia was found in 2 of 2 patients (95% CI 16–100%), thrombocytopenia in 1 of 1 "
        "(95% CI 3–100%) and neutropenia in 2 of 2 (95% CI 16–100%), excluding "
        "patients without a count (1 for anemia, 2 for thrombocytopenia and 1 for neutropenia); "
        "prednisone was not recorded; intervals are Clopper-Pearson."
    )


def test_an_id_stays_as_it_is_in_the_file() -> None:
    counts = "subject_id | day | HGB | PLT | NE\nß<b> | 28 | 70 | 30 | 0.4"
    (rendering,), _ = render_entries(
        small_cohort(counts), [Entry("figure3e-trajectory", PatientOptions("ß<b>"))]
    )
    assert rendering.headline.startswith(
        "ß<b>: 1 hemoglobin, 1 platelet and 1 neutrophil counts on"
    )
    assert "Patient ß<b> had" in rendering.result
    assert pd.notna(rendering.caption)
