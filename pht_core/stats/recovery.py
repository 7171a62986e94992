"""Times to recovery and to recurrence, per lineage, with what may come before them."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.lineage import PHT_LINEAGES
from pht_core.stats.assessment import Assessment
from pht_core.stats.comparing.gray import compare_incidence
from pht_core.stats.graded_counts import LineageDraws, PatientDraws, usable_counts
from pht_core.stats.grouping import derive_groups
from pht_core.stats.response import confirmed, falls_after, joint_draws, support_free
from pht_core.stats.summary import with_shares
from pht_core.stats.survival import estimate_cumulative_incidence

CENSORED = "censored"
COMPETING = ("progression", "next_therapy", "death")
# What a curve is of: the event itself, and all that competes with it taken together.
EVENT, OTHER = "event", "other"
ALL = "all"
PANELS = (*PHT_LINEAGES, ALL)
# Grade 0; grade <= ``settings.recovery_grade``; CIBMTR's count recovery; fall after the stop.
OUTCOMES = ("complete", "recovery", "cibmtr", "recurrence")
# First of three consecutive values on different days at this count (10^9/L) or above (CIBMTR
# forms manual, "Initial ANC recovery" and "Initial platelet recovery").
CIBMTR_COUNTS = {"NE": 0.5, "PLT": 20.0}
CIBMTR_VALUES, CIBMTR_TRANSFUSION_DAYS = 3, 7
# Counts of these days from infusion on decide whether a lineage was low, and where its nadir is.
NADIR_DAYS = 28


def derive_recovery_times(
    assessment: Assessment,
    subject_ids: list[str],
    param: str = ALL,
    *,
    outcome: str = "recovery",
    origin: str = "prednisone",
) -> pd.DataFrame:
    """Days from the origin to an outcome or to what came before it.

    From prednisone (the first course's start): those whose lineage ("all": any lineage) was above
    the outcome's grade at the last count before, until the second course. From infusion: those
    whose lineage was so on days 0 to `NADIR_DAYS`; the outcome is looked for after its nadir there.
    A recurrence is counted from the first stop to the next start, in those who can be judged.
    "all" asks for all lineages on one draw ("recurrence": for any lineage).

    param : one of `PANELS`. outcome : one of `OUTCOMES`; "cibmtr" has only NE and PLT, and is
        counted from infusion. origin : "prednisone" or "infusion".
    Returns subject_id, time (days), cause: ``event``, ``progression``, ``next_therapy``, ``death``,
        or ``censored`` (at the last count, by the next course). A category, so that curves of no
        event are zero. Who is not at risk, or had a competing event before the origin, is left out.
    """
    spans = _spans(assessment, subject_ids, param, outcome, origin)
    table = pd.DataFrame(spans, columns=["subject_id", "start", "until", "event", "observed"])
    table = table.set_index("subject_id").astype(float)
    outcomes = assessment.cohort.outcomes.set_index("subject_id").reindex(table.index)
    days = pd.DataFrame({EVENT: table["event"]})
    for name in COMPETING:
        months = outcomes[f"{name}_months"].astype(float)
        days[name] = (months * DAYS_PER_MONTH).round() - table["start"]
    days = days.where(days.le(table["until"], axis=0))
    first = days.min(axis=1)
    at_risk = ~(first < 0)
    days, first, observed = days[at_risk], first[at_risk], table["observed"][at_risk]
    cause = np.full(len(days), CENSORED, dtype=object)
    known = first.notna().to_numpy()
    if known.any():
        cause[known] = days.columns.to_numpy()[np.nanargmin(days[known].to_numpy(), axis=1)]
    return pd.DataFrame(
        {
            "subject_id": days.index,
            "time": first.fillna(observed.fillna(0.0)).to_numpy(dtype=float),
            "cause": pd.Categorical(cause, categories=[CENSORED, EVENT, *COMPETING]),
        }
    )


def _spans(
    assessment: Assessment, subject_ids: list[str], param: str, outcome: str, origin: str
) -> list[tuple[Any, ...]]:
    """Of each patient at risk: id, origin, days until which it is looked for, event, last count."""
    if outcome == "cibmtr":
        return _cibmtr_spans(assessment, subject_ids, param)
    wanted = set(subject_ids)
    if origin == "infusion" and outcome != "recurrence":
        found = (
            (who, 0.0, np.inf, *_after_nadir(assessment, who, param, outcome))
            for who in subject_ids
        )
        return [row for row in found if not np.isnan(row[-1])]
    rows = []
    courses = assessment.courses
    starts = courses[courses["course"] == 2].set_index("subject_id")["start_day"].to_dict()
    first: Iterable[Any] = courses[courses["course"] == 1].itertuples(index=False)
    for course in first:
        who = course.subject_id
        if who not in wanted:
            continue
        until = starts.get(who, np.inf)
        draws = assessment.draws.get(who, {})
        of_stop = outcome == "recurrence"
        start = course.stop_day if of_stop else course.start_day
        find = _recurrence if of_stop else _after_start
        day, last = find(assessment, draws, param, outcome, start, until)
        if not np.isnan(last):
            rows.append((who, start, until - start, day - start, last - start))
    return rows


def _of(
    assessment: Assessment, draws: PatientDraws, param: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days, grades (the worst of all lineages) and whether free of support, of a lineage."""
    if param == ALL:
        days, grades, free = joint_draws(draws, assessment.settings)
        return days, grades.max(axis=0, initial=0), free
    lineage = draws.get(param, LineageDraws())
    return lineage.days, lineage.grades, support_free(lineage, assessment.settings)


def _target(assessment: Assessment, outcome: str) -> int:
    return assessment.settings.recovery_grade if outcome == "recovery" else 0


def _baseline(assessment: Assessment, draws: PatientDraws, param: str, start: float) -> float:
    """The grade of the last count on or before the start; "all": the worst; missing if not known.

    Where a lineage is not known, the worst of the others says only that it is no better.
    """
    oldest = start - assessment.settings.baseline_age
    params = PHT_LINEAGES if param == ALL else (param,)
    grades = [draws.get(one, LineageDraws()).last_grade(start, oldest) for one in params]
    known = [grade for grade in grades if not np.isnan(grade)]
    return max(known, default=np.nan)


def _after_start(
    assessment: Assessment,
    draws: PatientDraws,
    param: str,
    outcome: str,
    start: float,
    until: float,
) -> tuple[float, float]:
    """Day of the outcome after the start, and of the last count; missing if not at risk."""
    target = _target(assessment, outcome)
    if not _baseline(assessment, draws, param, start) > target:
        return np.nan, np.nan
    days, grades, free = _of(assessment, draws, param)
    window = (days > start) & (days <= until)
    held = days[confirmed((grades <= target) & free, assessment.settings) & window]
    seen = days[window]
    return (held[0] if held.size else np.nan), (seen[-1] if seen.size else start)


def _after_nadir(assessment: Assessment, who: str, param: str, outcome: str) -> tuple[float, float]:
    """The same from infusion on, after the first of the worst grades of the first days."""
    draws, target = assessment.draws.get(who, {}), _target(assessment, outcome)
    nadirs = []
    for one in PHT_LINEAGES if param == ALL else (param,):
        lineage = draws.get(one, LineageDraws())
        early = (lineage.days >= 0) & (lineage.days <= NADIR_DAYS)
        grades = lineage.grades[early]
        if grades.size and grades.max() > target:
            nadirs.append(lineage.days[early][grades.argmax()])
    if not nadirs:
        return np.nan, np.nan
    nadir = max(nadirs)
    days, grades, free = _of(assessment, draws, param)
    held = confirmed((grades <= target) & free, assessment.settings) & (days > nadir)
    hit = days[held]
    return (hit[0] if hit.size else np.nan), max(nadir, days[-1] if days.size else nadir)


def _recurrence(
    assessment: Assessment,
    draws: PatientDraws,
    param: str,
    outcome: str,
    stop: float,
    until: float,
) -> tuple[float, float]:
    """Day of the fall after a stop, and of the last count; missing if it cannot be judged."""
    if np.isnan(stop):
        return np.nan, np.nan
    own = draws if param == ALL else {one: draws[one] for one in (param,) if one in draws}
    found, judged = falls_after(own, stop, until, assessment.settings)
    if not judged:
        return np.nan, np.nan
    day = min((days[0] for days, _ in found.values()), default=np.nan)
    last = [one.days[(one.days > stop) & (one.days <= until)] for one in own.values()]
    return day, max(days[-1] for days in last if days.size)


def _cibmtr_spans(
    assessment: Assessment, subject_ids: list[str], param: str
) -> list[tuple[Any, ...]]:
    """Count recovery from infusion: the lowest value of a day counts, after the nadir.

    Platelets: none transfused from 7 days before the first of the three values to the third.
    """
    counts, least = assessment.counts, CIBMTR_COUNTS[param]
    rows = counts[(counts["param"] == param) & (counts["day"] >= 0) & counts["value"].notna()]
    rows = usable_counts(rows, assessment.patients["cutoff_day"])
    rows = rows[rows["subject_id"].isin(subject_ids)]
    daily = rows.groupby(["subject_id", "day"])["value"].min().reset_index()
    transfused: dict[object, np.ndarray] = {}
    if param == "PLT" and assessment.settings.use_support:
        support = assessment.cohort.support.astype({"subject_id": object, "kind": object})
        given = support[support["kind"] == "platelets"].groupby("subject_id")["day"]
        transfused = {who: np.sort(days.to_numpy(dtype=float)) for who, days in given}
    spans = []
    for who, own in daily.groupby("subject_id", sort=False):
        days, values = own["day"].to_numpy(float), own["value"].to_numpy(float)
        early = days <= NADIR_DAYS
        if not early.any() or values[early].min() >= least:
            continue
        nadir, n_runs = int(values[early].argmin()), max(len(days) - CIBMTR_VALUES + 1, 0)
        begins, ends = days[:n_runs], days[CIBMTR_VALUES - 1 :]
        reached = np.ones(n_runs, dtype=bool)
        for place in range(CIBMTR_VALUES):
            reached &= values[place : place + n_runs] >= least
        bags = transfused.get(who, np.empty(0))
        since = np.searchsorted(bags, begins - CIBMTR_TRANSFUSION_DAYS)
        untouched = since == np.searchsorted(bags, ends, side="right")
        hit = begins[reached & untouched & (np.arange(n_runs) > nadir)]
        spans.append((who, 0.0, np.inf, hit[0] if hit.size else np.nan, days[-1]))
    return spans


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

    Returns param (a lineage, or "all" for those of PHT), n, n_total, missing, percent, conf_low,
        conf_high.
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


def panels_of(outcome: str) -> tuple[str, ...]:
    """The lineages, and all of them together, that an outcome is told of."""
    return ("PLT", "NE") if outcome == "cibmtr" else PANELS


def outcome_times(
    assessment: Assessment,
    subject_ids: list[str],
    *,
    outcome: str,
    origin: str = "prednisone",
    by: str | None = None,
) -> pd.DataFrame:
    """`derive_recovery_times` of all panels below one another, with the column ``param``.

    by : a grouping (``grouping.GROUPINGS``), as the column ``group``; who is in none is left out.
    """
    everyone = assessment.cohort.subject_ids
    parts = []
    for param in panels_of(outcome):
        make = partial(
            derive_recovery_times, assessment, everyone, param, outcome=outcome, origin=origin
        )
        times = assessment.keep(("times", param, outcome, origin), make)
        parts.append(times[times["subject_id"].isin(subject_ids)].assign(param=param))
    table = pd.concat(parts, ignore_index=True)
    if by:
        table = derive_groups(table, assessment.patients, by)
        table = table[table["group"].notna()].reset_index(drop=True)
    return table


def incidence_curves(times: pd.DataFrame, ci: str) -> pd.DataFrame:
    """Cumulative incidence of the event and of what competes with it (Aalen-Johansen), by panel.

    times : see `outcome_times`; grouped where it has a column ``group``.
    Returns param, strata ("all" without groups), cause (``event``, or ``other``: what competes,
        together), time (days from the origin), estimate, std_error, conf_low, conf_high (0-1),
        n_risk, n_event, n_censor. No rows of a panel with nobody at risk.
    """
    columns = ["param", "strata", "cause", "time", "estimate", "std_error", "conf_low"]
    columns += ["conf_high", "n_risk", "n_event", "n_censor"]
    merged = times["cause"].astype(str).replace(dict.fromkeys(COMPETING, OTHER))
    cause = pd.Categorical(merged, categories=[CENSORED, EVENT, OTHER])
    table = times.assign(cause=cause)
    by = "group" if "group" in table else None
    parts = [
        estimate_cumulative_incidence(own, by=by, censored=CENSORED, ci=ci).assign(param=param)
        for param in dict.fromkeys(times["param"])
        if len(own := table[table["param"] == param])
    ]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def incidence_at(curves: pd.DataFrame, day: float) -> pd.DataFrame:
    """Each panel's estimates at a day, or at the last day anybody was followed for.

    Returns param, strata, time (of the estimate), at_risk (just before the day), estimate,
        conf_low, conf_high, n, n_event, n_other (until then), open (share with neither).
    """
    rows = []
    for param, strata, event, other in _by_panel(curves):
        upto = event["time"] <= day
        last, n = event[upto].iloc[-1], int(event["n_risk"].iloc[0])
        rows.append(
            {
                "param": param,
                "strata": strata,
                "time": min(day, float(event["time"].iloc[-1])),
                "at_risk": n - sum(_gone_before(event, other, day)),
                "estimate": float(last["estimate"]),
                "conf_low": float(last["conf_low"]),
                "conf_high": float(last["conf_high"]),
                "n": n,
                "n_event": int(event.loc[upto, "n_event"].sum()),
                "n_other": int(other.loc[upto.to_numpy(), "n_event"].sum()),
                "open": 1
                - float(last["estimate"] + other.loc[upto.to_numpy(), "estimate"].iloc[-1]),
            }
        )
    return pd.DataFrame(rows)


def _by_panel(curves: pd.DataFrame) -> Iterator[tuple[Any, str, pd.DataFrame, pd.DataFrame]]:
    """Each panel and group, with its rows of the event and of what competes with it."""
    for (param, strata), own in curves.groupby(["param", "strata"], sort=False, observed=True):
        yield param, str(strata), own[own["cause"] == EVENT], own[own["cause"] == OTHER]


def _gone_before(event: pd.DataFrame, other: pd.DataFrame, day: float) -> tuple[int, int, int]:
    """How many had the event, what competes with it, or were censored, before a day."""
    earlier = event[event["time"] < day]
    competing = other.loc[other["time"] < day, "n_event"]
    return int(earlier["n_event"].sum()), int(competing.sum()), int(earlier["n_censor"].sum())


def count_incidence(curves: pd.DataFrame, days: list[int]) -> pd.DataFrame:
    """Who is at risk just before each day, and who had left before it; the four add up.

    Returns param, strata, day, n_risk, n_event, n_other, n_censor.
    """
    rows = []
    for param, strata, event, other in _by_panel(curves):
        n = int(event["n_risk"].iloc[0])
        for day in days:
            gone = _gone_before(event, other, day)
            rows.append((param, strata, day, n - sum(gone), *gone))
    columns = ["param", "strata", "day", "n_risk", "n_event", "n_other", "n_censor"]
    return pd.DataFrame(rows, columns=columns)


def gray_tests(times: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Gray's test of the event between groups, by panel; panels without one are left out."""
    tests = {}
    for param in dict.fromkeys(times["param"]):
        own = times[times["param"] == param]
        test = compare_incidence(own, "group", cause=EVENT, censored=CENSORED)
        if test is not None:
            tests[str(param)] = test
    return tests
