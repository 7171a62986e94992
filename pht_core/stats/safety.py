"""Events and support on and off prednisone, CAR-T cells through it, and shifts of grades."""

import numpy as np
import pandas as pd

from pht_core.model.lineage import PHT_LINEAGES
from pht_core.model.schema import DAILY_EVENTS, EVENT_KINDS, SUPPORT_KINDS
from pht_core.stats.assessment import Assessment
from pht_core.stats.courses import count_events_on_prednisone
from pht_core.stats.summary import with_shares

PHASES = {"before": "before", "on": "on prednisone", "off": "off prednisone"}
PER_DAYS = 28


def count_safety(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Patients with each kind of event on a day of a prednisone course, of those treated.

    Kinds that the file does not record are left out: not recorded is not "none".

    Returns event, title, n, n_total, percent, conf_low, conf_high.
    """
    treated = _treated(assessment, subject_ids)
    happened = assessment.keep(
        "events on prednisone",
        lambda: count_events_on_prednisone(assessment.cohort.events, assessment.courses),
    )
    happened = happened[happened["subject_id"].isin(treated)]
    n = happened.groupby("event", observed=True).size()
    rows = [
        (event, EVENT_KINDS[event], int(n.get(event, 0)))
        for event in DAILY_EVENTS
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


def _treated(assessment: Assessment, subject_ids: list[str]) -> set[str]:
    answers = assessment.patients["treated"].fillna(False).to_numpy(dtype=bool)
    return set(assessment.patients.index[answers]) & set(subject_ids)


def derive_phase_days(assessment: Assessment, subject_ids: list[str]) -> dict[str, pd.DataFrame]:
    """The days of each patient in each phase, to the end of follow-up or of usable counts.

    before : day 0 to the day before the first course. on : days of any course that treats PHT.
    off : every other day after the first start. Time ends at progression, next therapy, death or
    the last day anything is known, whichever is first; who was not given prednisone is in none.

    Returns subject_id, start, end (both included), a row per stretch of days, by phase.
    """
    ends = assessment.patients[["cutoff_day", "last_known_day"]].min(axis=1)
    courses = assessment.courses[~assessment.courses["early"]]
    courses = courses[courses["subject_id"].isin(subject_ids)].reset_index(drop=True)
    end = courses["subject_id"].map(ends)
    until = courses["last_day"].fillna(np.inf).clip(upper=end)
    following = courses.groupby("subject_id")["start_day"].shift(-1).fillna(np.inf) - 1
    before = courses["start_day"].mask(courses["subject_id"].duplicated()) - 1
    spans = {
        "before": (0.0, before.clip(upper=end)),
        "on": (courses["start_day"], until),
        "off": (until + 1, following.clip(upper=end)),
    }
    phases = {}
    for phase, (start, last) in spans.items():
        table = pd.DataFrame({"subject_id": courses["subject_id"], "start": start, "end": last})
        kept = end.notna() & (table["end"] >= table["start"])
        phases[phase] = table[kept].reset_index(drop=True)
    return phases


def count_rates(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Days with each kind of support, and events, per 28 days of each phase.

    Kinds that the file does not record are left out. An event counts once a day.

    Returns kind, title, phase, n (patients with any), n_total (patients with time in the phase),
        events (days), person_days, rate (per `PER_DAYS` days), conf_low, conf_high (exact, Poisson;
        Garwood 1936, doi:10.1093/biomet/28.3-4.437); missing without person-time.
    """
    from scipy.special import gammaincinv

    cohort, phases = assessment.cohort, derive_phase_days(assessment, subject_ids)
    support = cohort.support.rename(columns={"kind": "what"})
    events = cohort.events.rename(columns={"event": "what"})
    columns = ["subject_id", "day", "what"]
    days = pd.concat([table[columns].astype({"subject_id": object, "what": object})
                      for table in (support, events)])  # fmt: skip
    days = days.drop_duplicates()
    titles = SUPPORT_KINDS | {kind: EVENT_KINDS[kind] for kind in DAILY_EVENTS}
    rows = []
    for kind, title in titles.items():
        if not cohort.has(kind):
            continue
        own = days[days["what"] == kind]
        for phase, spans in phases.items():
            pairs = own.merge(spans, on="subject_id")
            within = pairs[(pairs["day"] >= pairs["start"]) & (pairs["day"] <= pairs["end"])]
            time = float((spans["end"] - spans["start"] + 1).sum())
            k = len(within)
            low = float(gammaincinv(k, 0.025)) if k else 0.0
            limits = np.array([k, low, float(gammaincinv(k + 1, 0.975))])
            rate = limits * PER_DAYS / time if time else np.full(3, np.nan)
            counted = (within["subject_id"].nunique(), spans["subject_id"].nunique(), k, time)
            rows.append((kind, title, phase, *counted, *rate.tolist()))
    names = ["kind", "title", "phase", "n", "n_total", "events", "person_days"]
    return pd.DataFrame(rows, columns=[*names, "rate", "conf_low", "conf_high"])


def count_shifts(assessment: Assessment, subject_ids: list[str]) -> pd.DataFrame:
    """Patients by their grade before infusion and their worst within 28 days, per lineage.

    Returns param, baseline (grade), worst (grade), n, n_total (with both known), missing.
    """
    before, worst = (assessment.grades[name].loc[subject_ids] for name in ("baseline", "within_28"))
    index = pd.MultiIndex.from_product([range(5), range(5)], names=["baseline", "worst"])
    parts = []
    for param in PHT_LINEAGES:
        pairs = pd.DataFrame({"baseline": before[param], "worst": worst[param]}).dropna()
        counted = pairs.astype(int).value_counts(sort=False).reindex(index, fill_value=0)
        table = counted.rename("n").reset_index().assign(n_total=len(pairs))
        table.insert(0, "param", param)
        parts.append(table.assign(missing=len(subject_ids) - len(pairs)))
    return pd.concat(parts, ignore_index=True)
