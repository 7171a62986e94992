"""Words of the exhibits of survival: the curve, rates at fixed months, medians."""

from typing import Any, Protocol

import numpy as np
import pandas as pd

from pht_core.exhibits.view import View
from pht_core.exhibits.words import (
    Texts,
    caption,
    limits,
    listed,
    patients,
    rows_of,
    sentence,
    these,
)
from pht_core.model.endpoint import ENDPOINTS
from pht_core.stats.grouping import grouping
from pht_core.stats.proportion import p_text, rate_text
from pht_core.stats.survival import compare_groups, derive_times, estimate_followup
from pht_core.stats.survival_report import SurvivalReport, unrecorded_events

MONTHS = 12.0
_ALL = "all"
_ORIGINS = {"infusion": "CAR-T infusion", "prednisone": "the start of prednisone"}
_EVENT_NOUN = {"os": "death", "pfs": "progression or death"}


class Chosen(Protocol):
    """The choices of a survival figure, see ``exhibits.survival.SurvivalOptions``."""

    @property
    def endpoint(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def ci(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def censor(self) -> bool: ...
    @property
    def landmark(self) -> int: ...


def curve(view: View, report: SurvivalReport, chosen: Chosen) -> Texts:
    """The curve with its rate at 12 months, median and follow-up."""
    name = ENDPOINTS[chosen.endpoint].title
    n, n_event = len(report.times), int(report.times["event"].sum())
    died = f"{n_event} of {patients(n)} {ENDPOINTS[chosen.endpoint].happened}"
    rows = [row for row in _rates(report) if row[1] == MONTHS]
    when = f"at 12 months{'' if _plain(chosen) else f' from {_since(chosen)}'}"
    if chosen.by != "none":
        each = [f"{group}, {_rate(rate)}" for group, _, n_risk, rate, _, _ in rows if n_risk]
        headline = f"{name} {when}: {'; '.join(each)}" if each else f"{name}: {died}"
        test = _test(report)
        if test is not None and not _immortal(chosen):
            headline += f"; log-rank {p_text(float(test['p_value'].iloc[0]))}"
    elif rows[0][2]:
        _, _, _, rate, low, high = rows[0]
        interval = f" (95% CI {limits(100 * low, 100 * high)})" if low < high else ""
        headline = f"{name} {when} {_rate(rate)}{interval}; {died}"
    else:
        headline = f"{name}: {died}; nobody was at risk {when}"
    result = sentence(
        *_rate_clauses(report, chosen, (MONTHS,)),
        died if chosen.by == "none" else "",
        *_median_clauses(report, chosen, events=chosen.by != "none"),
        _log_rank(report, chosen),
        _followup(view, chosen),
    )
    shown = f"{name} of {patients(n)} in months from {_since(chosen)}"
    thin = "; dotted, fewer than 5 patients, or fewer than one in ten, at risk"
    signs = (
        f"Kaplan-Meier; shaded, pointwise {chosen.ci} 95% CI; ticks, censored patients"
        f"{thin if report.thin_tails else ''}; numbers at risk are those just before each time."
    )
    return Texts(headline, _caption(view, report, chosen, shown, result, signs), result)


def rates(view: View, report: SurvivalReport, chosen: Chosen) -> Texts:
    """Rates at fixed months."""
    name, n = ENDPOINTS[chosen.endpoint].title, len(report.times)
    groups: dict[str, list[str]] = {}
    for group, months, n_risk, rate, _, _ in _rates(report):
        if n_risk:
            groups.setdefault(group, []).append(f"{_rate(rate)} at {months:g} months")
    said = [
        f"{'' if group == _ALL else f'{group}, '}{', '.join(each)}"
        for group, each in groups.items()
    ]
    since = "" if _plain(chosen) else f" from {_since(chosen)}"
    colon = ":" if chosen.by != "none" or since else ""
    headline = f"{name}{since}{colon} {'; '.join(said)}"
    if not said:
        headline = f"{name}: nobody was at risk at {report.rates['time'].min():g} months"
    result = sentence(*_rate_clauses(report, chosen, tuple(report.rates["time"])))
    shown = f"{name} of {patients(n)} at fixed months from {_since(chosen)}"
    signs = f"Kaplan-Meier with {chosen.ci} 95% CI; the standard error is Greenwood's."
    return Texts(
        headline, _caption(view, report, chosen, shown, result, signs, kind="Table"), result
    )


def medians(view: View, report: SurvivalReport, chosen: Chosen) -> Texts:
    """Medians with their intervals."""
    name = ENDPOINTS[chosen.endpoint].title.lower()
    each = [
        f"{'' if group == _ALL else f'{group}, '}{_months(median)} "
        f"({n_event} of {patients(n)} {ENDPOINTS[chosen.endpoint].happened})"
        for group, n, n_event, median, _, _ in _medians(report)
    ]
    since = "" if _plain(chosen) else f" from {_since(chosen)}"
    method = f"Kaplan-Meier, {chosen.ci}"
    result = sentence(
        *_median_clauses(report, chosen, events=True, method=method), _log_rank(report, chosen)
    )
    shown = f"Median {name} of {patients(len(report.times))} from {_since(chosen)}"
    signs = f"Kaplan-Meier with {chosen.ci} 95% CI."
    return Texts(
        f"Median {name}{since}: {'; '.join(each)}",
        _caption(view, report, chosen, shown, result, signs, kind="Table"),
        result,
    )


def _rates(report: SurvivalReport) -> list[tuple[Any, ...]]:
    """Group, months, at risk, rate and its limits; at risk is 0 past the last follow-up."""
    table = report.rates.assign(strata=report.rates["strata"].astype(str))
    return rows_of(table, "strata", "time", "n_risk", "estimate", "conf_low", "conf_high")


def _medians(report: SurvivalReport) -> list[tuple[Any, ...]]:
    table = report.medians.assign(strata=report.medians["strata"].astype(str))
    return rows_of(table, "strata", "n", "n_event", "median", "conf_low", "conf_high")


def _months(value: float) -> str:
    return "not reached" if np.isnan(value) else f"{value:.1f} months"


def _rate(rate: float) -> str:
    return rate_text(rate, 0 if rate in (0.0, 1.0) else 1)


def _since(chosen: Chosen) -> str:
    """From when time is counted."""
    if chosen.landmark:
        months = these(chosen.landmark, "month")
        return f"the landmark {months} after {_ORIGINS[chosen.origin]}"
    return _ORIGINS[chosen.origin]


def _plain(chosen: Chosen) -> bool:
    """True where time is counted from infusion, as readers expect."""
    return chosen.origin == "infusion" and not chosen.landmark


def _immortal(chosen: Chosen) -> bool:
    """True where the groups are formed after the clock has started."""
    return chosen.by != "none" and grouping(chosen.by).later and not chosen.landmark


def _rate_clauses(report: SurvivalReport, chosen: Chosen, months: tuple[float, ...]) -> list[str]:
    """A clause a group: its rate at each of the months with interval and number at risk."""
    start = f"{ENDPOINTS[chosen.endpoint].title.lower()} from {_since(chosen)}"
    method = f"Kaplan-Meier, {chosen.ci}; "
    groups: dict[str, list[str]] = {}
    past: dict[str, list[str]] = {}
    for group, time, n_risk, rate, low, high in _rates(report):
        if time not in months:
            continue
        said = groups.setdefault(group, [])
        if not n_risk:
            past.setdefault(group, []).append(f"{time:g}")
            continue
        # Before the first event both limits are 1: an interval of no width says nothing.
        inside = f"95% CI {limits(100 * low, 100 * high)}; " if low < high else ""
        said.append(f"{_rate(rate)} at {time:g} months ({inside}{method}{n_risk} at risk)")
        method = ""
    for group, times in past.items():
        groups[group].append(f"not estimated at {listed(times)} months (0 at risk)")
    if set(groups) == {_ALL}:
        return [f"{start} was {listed(groups[_ALL])}"]
    clauses = [f"{group}, {listed(said)}" for group, said in groups.items()]
    return [f"{start}: {clauses[0]}", *clauses[1:]]


def _median_clauses(
    report: SurvivalReport, chosen: Chosen, *, events: bool, method: str = ""
) -> list[str]:
    """A clause a group: its median with interval, and events of how many."""
    since = "" if _plain(chosen) else f" from {_since(chosen)}"
    start = f"median {ENDPOINTS[chosen.endpoint].title.lower()}{since}"
    groups: dict[str, str] = {}
    for group, n, n_event, median, low, high in _medians(report):
        known = not (np.isnan(low) and np.isnan(high))
        inside = [
            f"95% CI {_months(low)} to {_months(high)}" if known else "",
            method,
            f"{these(n_event, 'event')} in {patients(n)}" if events else "",
        ]
        method = ""
        details = "; ".join(filter(None, inside))
        groups[group] = f"{_months(median)}{f' ({details})' if details else ''}"
    if set(groups) == {_ALL}:
        return [f"{start} was {groups[_ALL]}"]
    clauses = [f"{group}, {said}" for group, said in groups.items()]
    return [f"{start}: {clauses[0]}", *clauses[1:]]


def _test(report: SurvivalReport) -> pd.DataFrame | None:
    return compare_groups(report.times, "group") if "group" in report.times else None


def _log_rank(report: SurvivalReport, chosen: Chosen) -> str:
    if chosen.by == "none":
        return ""
    test = _test(report)
    if test is None:
        return "without two groups at risk at an event there is no log-rank test"
    chi2, df, p_value = rows_of(test, "chi2", "df", "p_value")[0]
    return f"log-rank χ² = {chi2:.2f}, df = {df:.0f}, {p_text(float(p_value))}"


def _followup(view: View, chosen: Chosen) -> str:
    """Median follow-up from infusion of all who have one, deaths as censored."""
    outcomes = view.of(view.cohort.outcomes)
    known = derive_times(outcomes, "os", censor_at_next_therapy=chosen.censor)
    if known.empty:
        return ""
    ((n, median),) = rows_of(estimate_followup(known), "n", "reverse_median")
    return (
        f"median follow-up from CAR-T infusion was {_months(median)} (reverse Kaplan-Meier, "
        f"n = {n:.0f})"
    )


def _caption(
    view: View,
    report: SurvivalReport,
    chosen: Chosen,
    shown: str,
    result: str,
    signs: str,
    kind: str = "Figure",
) -> str:
    unrecorded = unrecorded_events(view.cohort, chosen.endpoint)
    grouped = f", by {grouping(chosen.by).title}" if chosen.by != "none" else ""
    therapy = " or the next therapy (HSCT included)" if chosen.censor else ""
    immortal = [
        "The groups are formed after infusion, and patients had to live until then to be in one "
        "(immortal time)."
        if _immortal(chosen)
        else "",
        "CRS grade, by which patients were chosen, is known only after infusion (immortal time)."
        if view.filters.crs_grade
        else "",
    ]
    return caption(
        view,
        f"{shown}{grouped}.",
        f"The event is {_EVENT_NOUN[chosen.endpoint]}; others are censored at the last follow-up"
        f"{therapy}.",
        f"There is {unrecorded}." if unrecorded else "",
        signs,
        *_not_shown(view, report),
        *immortal,
        kind=kind,
        beside=result,
    )


def _not_shown(view: View, report: SurvivalReport) -> list[str]:
    """Who is in no curve and why, and whether all had to live until prednisone."""
    absent = list(report.left_out)
    without = len(view.subject_ids) - len(report.times) - sum(n for n, _ in absent)
    if without:
        absent.append((without, "follow-up not known"))
    return [
        *(f"Not shown, {patients(n)}: {why}." for n, why in absent),
        report.immortal,
    ]
