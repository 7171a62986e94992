"""The four figures asked for first, also where they are not evaluable."""

from pht_core.exhibits.overview import headline_figures
from pht_core.intake.reading import read_cohort, read_sample
from pht_core.paper.sample import find_treated
from pht_core.stats.assessment import derive_assessment


def test_no_interval_before_the_first_death() -> None:
    sample = derive_assessment(read_sample())
    outcomes = sample.cohort.outcomes
    survivors = outcomes.loc[outcomes["death_months"].isna(), "subject_id"].astype(str).tolist()
    followed = [name for name in survivors if sample.patients.loc[name, "followup_day"] > 400]
    figure = headline_figures(sample, followed)[3]
    assert figure.value == "100%"
    assert figure.interval == "no interval"


def test_what_the_file_does_not_record_is_not_none() -> None:
    cohort = read_cohort(b"subject_id,day,hgb_g_l,plt_10e9_l,ne_10e9_l\nP1,28,70,20,0.4\n")
    pht, response, relapse, survival = headline_figures(derive_assessment(cohort), ["P1"])
    assert (pht.value, pht.basis, pht.caveat) == ("1 of 1", "patients with counts", "")
    assert pht.interval == "95% CI 3–100% (exact)"  # 0.025 to 1
    assert response.value == relapse.value == survival.value == "–"
    assert "records no prednisone" in response.basis
    assert "records no death and no last follow-up" in survival.basis


def test_survival_of_a_file_without_any_death_says_so() -> None:
    lines = [b"subject_id,day,hgb_g_l,last_followup_months"]
    lines += [f"P{n},28,70,{20 + n}".encode() for n in range(1, 7)]
    cohort = read_cohort(b"\n".join(lines))
    survival = headline_figures(derive_assessment(cohort), cohort.subject_ids)[3]
    assert survival.value == "–"
    assert survival.basis == "Overall survival is not evaluable: the file records no death."
    lines = [lines[0] + b",death_months", *(line + b"," for line in lines[1:])]
    cohort = read_cohort(b"\n".join(lines))
    survival = headline_figures(derive_assessment(cohort), cohort.subject_ids)[3]
    assert survival.value == "100%"
    assert survival.basis == (
        "overall, 6 patients, 6 at risk at 12 months; no death recorded in the file"
    )


def test_counts_stand_for_shares_of_fewer_than_fifty() -> None:
    sample = derive_assessment(read_sample())
    ids = sample.cohort.subject_ids
    _, response, relapse, _ = headline_figures(sample, ids)
    assert (response.value, relapse.value) == ("15 of 15", "6 of 15")
    assert relapse.basis == "with PHT who stopped prednisone: 40%"
    pht = headline_figures(sample, ids, find_treated(sample.cohort))[0]
    # Wang et al. 2023: PHT in 86 of 109 (78.9%), of whom the seventeen were chosen.
    assert (pht.value, pht.basis) == ("78.9%", "86 of 109 patients with counts")
    assert "chosen" in pht.caveat
