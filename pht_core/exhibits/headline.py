"""The four figures that are asked for first, with their denominators and intervals in words."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pht_core.model.schema import LINEAGES, TABLES, UNITS
from pht_core.model.settings import support_word
from pht_core.stats.assessment import Assessment
from pht_core.stats.proportion import exact_interval, percent_text
from pht_core.stats.summary import count_yes, median_range
from pht_core.stats.survival import derive_times, estimate_rates
from pht_core.stats.survival_report import unrecorded_events

MONTHS = 12.0


@dataclass(frozen=True)
class Headline:
    """One figure: its value, what it is based on, its interval, and where to read on."""

    name: str
    title: str
    value: str
    basis: str
    interval: str
    definition: str
    link: str


def headline_figures(assessment: Assessment, subject_ids: list[str]) -> list[Headline]:
    """PHT at day 28, response, relapse after stopping, and survival at 12 months.

    A figure that cannot be told says so in its basis; its value is an en dash, never 0.
    """
    patients = assessment.patients.loc[subject_ids]
    of_pht = patients[(patients["pht_d28"] & patients["treated"]).fillna(False)]
    settings = assessment.settings
    pht = _share(
        "pht",
        "PHT at day 28",
        patients["pht_d28"],
        "patients with counts",
        f"Any lineage at grade {settings.pht_grade} or worse on the draw nearest day 28 (± "
        f"{settings.day28_window} days, not after the first prednisone day).",
        "Cytopenias",
    )
    recorded = assessment.cohort.has("prednisone")
    given = "with PHT given prednisone" if recorded else "known: the file records no prednisone"
    median, low, high, n = median_range(of_pht["response_time"])
    times = f"; median {median:g} days ({low:g}–{high:g})" if n else ""
    response = _share(
        "response",
        "Response",
        of_pht["responded"],
        given + times,
        f"A {support_word(settings)}count at least one grade better than at the start, in any "
        "lineage.",
        "Response times",
    )
    relapse = _share(
        "relapse",
        "Relapse after stopping",
        of_pht.loc[of_pht["stopped"].fillna(False), "relapsed"],
        "with PHT who stopped prednisone" if recorded else given,
        f"Grade {settings.relapse_grade} or worse, and at least {settings.relapse_fall} grade "
        "worse than at the stop, after any stop.",
        "Relapses",
    )
    return [pht, response, relapse, _survival(assessment, subject_ids)]


def _share(
    name: str, title: str, answers: pd.Series, basis: str, definition: str, link: str
) -> Headline:
    n, known, missing = count_yes(answers.astype("boolean"))
    if not known:
        return Headline(name, title, "–", f"none {basis}", "", definition, link)
    low, high = exact_interval(n, known)
    unknown = f"; {missing} cannot be told" if missing else ""
    return Headline(
        name,
        title,
        percent_text(n, known, 0),
        f"{n} of {known} {basis}{unknown}",
        f"95% CI {low:.0f}–{high:.0f}% (exact)",
        definition,
        link,
    )


def _survival(assessment: Assessment, subject_ids: list[str]) -> Headline:
    title, link = "Survival at 12 months", "Survival curves"
    definition = "Kaplan-Meier estimate of overall survival from CAR-T infusion."
    outcomes = assessment.cohort.outcomes
    outcomes = outcomes[outcomes["subject_id"].isin(subject_ids)]
    settings = assessment.settings
    times = derive_times(outcomes, "os", censor_at_next_therapy=settings.censor_at_next_therapy)
    if times.empty:
        return Headline("survival", title, "–", "no follow-up recorded", "", definition, link)
    rate = estimate_rates(times, (MONTHS,), ci=settings.ci).iloc[0]
    if np.isnan(rate["estimate"]):
        basis = f"nobody followed for {MONTHS:g} months"
        return Headline("survival", title, "–", basis, "", definition, link)
    low, high = 100 * rate["conf_low"], 100 * rate["conf_high"]
    unrecorded = unrecorded_events(assessment.cohort, "os")
    # Before the first death both limits are 1: an interval of no width, which says nothing.
    known = not np.isnan(low) and low < high
    interval = f"95% CI {low:.0f}–{high:.0f}% ({settings.ci})" if known else "no interval"
    return Headline(
        "survival",
        title,
        f"{100 * rate['estimate']:.0f}%",
        f"overall, {len(times)} patients, {rate['n_risk']:.0f} at risk at 12 months"
        + (f"; {unrecorded}" if unrecorded else ""),
        interval,
        definition,
        link,
    )


def patient_table(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """One row per patient as in Table 3: patient-level columns and the last counts before day 0.

    Headed with the columns' titles and units; columns that the file does not have are left out.
    """
    subjects = assessment.cohort.subjects
    chosen = subjects[subjects["subject_id"].isin(subject_ids)].dropna(axis=1, how="all")
    titles = {
        entry.name: f"{entry.title}, {entry.unit}" if entry.unit else entry.title
        for entry in TABLES["subjects"]
    }
    table = chosen.rename(columns=titles)
    counts = assessment.counts
    before = counts[counts["day"] < 0].drop_duplicates(["subject_id", "param"], keep="last")
    for param in LINEAGES:
        values = before[before["param"] == param].set_index("subject_id")["value"]
        if len(values):
            values.index = values.index.astype(object)
            table[f"{param}, {UNITS[param]}"] = values.reindex(chosen["subject_id"]).to_numpy()
    return table
