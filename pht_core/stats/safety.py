"""Events while on prednisone, and whether CAR-T cells stayed detectable through it."""

import pandas as pd

from pht_core.model.schema import EVENT_KINDS
from pht_core.stats.assessment import Assessment
from pht_core.stats.courses import count_events_on_prednisone
from pht_core.stats.summary import with_shares

SAFETY_EVENTS = ("hyperglycemia", "hypertension", "infection", "osteoporosis", "gi_ulcer")


def count_safety(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Patients with each kind of event on a day of a prednisone course, of those treated.

    Kinds that the file does not record are left out: not recorded is not "none".

    Returns
    -------
    event, title, n, n_total, percent, conf_low, conf_high
    """
    treated = _treated(assessment, subject_ids)
    happened = assessment.keep("events on prednisone", lambda: _events_by_kind(assessment))
    rows = [
        (event, EVENT_KINDS[event], len(happened.get(event, set()) & treated))
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
    both = assessment.keep("CAR-T before and after", lambda: _persistent(assessment))
    return len(both & treated), len(treated)


def _persistent(assessment: Assessment) -> set[str]:
    events = assessment.cohort.events
    seen = events[(events["event"] == "car_t") & (events["result"] == "detected")]
    subjects = seen["subject_id"].astype(object)
    first = assessment.patients["first_dose_day"].reindex(subjects).to_numpy(dtype=float)
    days = seen["day"].to_numpy(dtype=float)
    return set(subjects[days <= first]) & set(subjects[days > first])


def _events_by_kind(assessment: Assessment) -> dict[str, set[str]]:
    """By kind of event the patients who had it on a day of a course."""
    found = count_events_on_prednisone(assessment.cohort.events, assessment.courses)
    kinds: dict[str, set[str]] = {}
    for subject, event in zip(found["subject_id"], found["event"], strict=True):
        kinds.setdefault(str(event), set()).add(str(subject))
    return kinds


def _treated(assessment: Assessment, subject_ids: list[str]) -> set[str]:
    answers = assessment.patients["treated"].fillna(False).to_numpy(dtype=bool)
    return set(assessment.patients.index[answers]) & set(subject_ids)
