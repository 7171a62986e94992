"""Time from the start of prednisone to recovery, with what may come before it."""

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.stats.assessment import Assessment
from pht_core.stats.summary import with_shares
from pht_core.stats.survival import estimate_cumulative_incidence

CENSORED = "censored"
CAUSES = ("recovery", "progression", "next_therapy", "death")
CAUSE_TITLES = {
    "recovery": "recovery",
    "progression": "progression before recovery",
    "next_therapy": "next therapy before recovery",
    "death": "death before recovery",
}


def derive_recovery_times(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Days from the first prednisone day to recovery or what came before it.

    Only patients with some lineage at grade >= 3 at the start can recover: the others are
    already at grade <= 2 and are not in the table, nor is who progressed before the start.

    Returns
    -------
    pandas.DataFrame
        subject_id, time (days), cause: ``recovery`` (all lineages at grade <= 2 on one draw,
        support-free), ``progression``, ``next_therapy``, ``death``, or ``censored`` (at the last
        count by the start of the second course: what comes after that start belongs to it). A
        category, so that curves of no event are zero.
    """
    responses = assessment.responses
    rows = responses[
        (responses["course"] == 1)
        & responses["subject_id"].isin(subject_ids)
        & responses["recovery"].isin(["recovered", "not recovered"])
    ].set_index("subject_id")
    outcomes = assessment.cohort.outcomes.set_index("subject_id").reindex(rows.index)
    days = {
        cause: (outcomes[f"{cause}_months"].astype(float) * DAYS_PER_MONTH).round()
        - rows["start_day"]
        for cause in ("progression", "next_therapy", "death")
    }
    table = pd.DataFrame({"recovery": rows["recovery_time"].astype(float), **days})
    observed = rows["observed_days"].astype(float).fillna(0.0)
    courses = assessment.courses
    second = courses[courses["course"] == 2].set_index("subject_id")["start_day"]
    until = (second.reindex(rows.index) - rows["start_day"]).fillna(np.inf)
    table = table.where(table.le(until, axis=0))
    first = table.min(axis=1)
    at_risk = ~(first < 0)
    table, first, observed = table[at_risk], first[at_risk], observed[at_risk]
    cause = np.full(len(table), CENSORED, dtype=object)
    known = first.notna().to_numpy()
    names = table.columns.to_numpy()
    if known.any():
        cause[known] = names[np.nanargmin(table[known].to_numpy(), axis=1)]
    return pd.DataFrame(
        {
            "subject_id": table.index,
            "time": first.fillna(observed).to_numpy(dtype=float),
            "cause": pd.Categorical(cause, categories=[CENSORED, *CAUSES]),
        }
    )


def count_recovery(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """How the first course ended for each patient: state, n, n_total."""
    responses = assessment.responses
    first = responses[(responses["course"] == 1) & responses["subject_id"].isin(subject_ids)]
    counted = first["recovery"].value_counts(sort=False)
    table = counted.rename_axis("state").reset_index(name="n")
    return table.assign(n_total=len(first))


def count_complete_recovery(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Back to normal (grade 0, support-free) after prednisone, per lineage and all on one draw.

    The period is ``after_prednisone`` of ``periods``. A lineage's denominator is the patients
    with a graded, support-free count of it in that period; that of "all", those with a draw of all.

    Returns
    -------
    param (a lineage, or "all" for those of PHT), n, n_total, missing, percent, conf_low, conf_high
    """
    best = assessment.grades["after_prednisone"].loc[subject_ids]
    rows = [
        (param, int((best[param] == 0).sum()), int(best[param].notna().sum())) for param in best
    ]
    first = assessment.responses[assessment.responses["course"] == 1].set_index("subject_id")
    until = assessment.windows.set_index("subject_id")["after_to"]
    days = first[["complete_day", "joint_day"]].reindex(subject_ids).astype(float)
    together, known = days.le(until.reindex(subject_ids), axis=0).sum().tolist()
    rows.append(("all", together, known))
    table = pd.DataFrame(rows, columns=["param", "n", "n_total"])
    return with_shares(table.assign(missing=len(subject_ids) - table["n_total"]))


def recovery_curves(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Cumulative incidence of recovery and of what came before it (Aalen-Johansen).

    Returns
    -------
    time (days from the start of prednisone), cause (in words), estimate, std_error, conf_low,
    conf_high, n_risk, n_event, n_censor; no rows where nobody could recover. Causes that never
    happened are left out, but recovery.
    """
    everyone = assessment.cohort.subject_ids
    times = assessment.keep("recovery times", lambda: derive_recovery_times(assessment, everyone))
    times = times[times["subject_id"].isin(subject_ids)].reset_index(drop=True)
    if times.empty:
        return pd.DataFrame(columns=["time", "cause", "estimate", "conf_low", "conf_high"])
    curves = estimate_cumulative_incidence(times, censored=CENSORED, ci=assessment.settings.ci)
    happened = {"recovery"} | set(times["cause"]) - {CENSORED}
    curves = curves[curves["cause"].isin(happened)]
    return curves.assign(cause=curves["cause"].astype(object).map(CAUSE_TITLES))
