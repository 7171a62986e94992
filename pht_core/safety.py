"""Events while on prednisone, and whether CAR-T cells stayed detectable through it."""

import pandas as pd

from pht_core.assessment import Assessment
from pht_core.prednisone import count_events_on_prednisone
from pht_core.schema import EVENT_KINDS
from pht_core.summary import with_shares

SAFETY_EVENTS = ("hyperglycemia", "hypertension", "infection", "osteoporosis", "gi_ulcer")


def count_safety(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Patients with each kind of event on a day of a prednisone course, of those treated.

    Kinds that the file does not record are left out: not recorded is not "none".

    Returns
    -------
    event, title, n, n_total, percent, conf_low, conf_high
    """
    treated = _treated(assessment, subject_ids)
    found = count_events_on_prednisone(assessment.cohort.events, assessment.courses)
    found = found[found["subject_id"].isin(treated)]
    rows = [
        (event, EVENT_KINDS[event], found.loc[found["event"] == event, "subject_id"].nunique())
        for event in SAFETY_EVENTS
        if assessment.cohort.has(event)
    ]
    table = pd.DataFrame(rows, columns=["event", "title", "n"])
    return with_shares(table.assign(n_total=len(treated)))


def count_car_t_persistence(assessment: Assessment, subject_ids: list[str]) -> tuple[int, int]:
    """Patients with CAR-T cells detected on or before the first prednisone day and after it.

    Of those who were given prednisone.
    """
    treated = _treated(assessment, subject_ids)
    events = assessment.cohort.events
    seen = events[
        (events["event"] == "car_t")
        & (events["result"] == "detected")
        & events["subject_id"].isin(treated)
    ]
    subjects = seen["subject_id"].astype(object)
    first = assessment.patients["first_dose_day"].reindex(subjects).to_numpy(dtype=float)
    days = seen["day"].to_numpy(dtype=float)
    both = set(subjects[days <= first]) & set(subjects[days > first])
    return len(both), len(treated)


def _treated(assessment: Assessment, subject_ids: list[str]) -> list[str]:
    answers = assessment.patients.loc[subject_ids, "treated"].fillna(False)
    return answers.index[answers.to_numpy(dtype=bool)].tolist()
