"""Survival: the Kaplan-Meier curve, its rates, and its medians."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from pht_core.charts.picture import Picture
from pht_core.charts.survival import survival_chart
from pht_core.exhibits.exhibit import Exhibit, RenderTarget, Texts, choice
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import Provenance, View
from pht_core.exhibits.words import limits, patients, rows_of, sentence, write_texts
from pht_core.model.endpoint import ENDPOINTS, Endpoint
from pht_core.model.settings import INTERVALS
from pht_core.model.words import counted, listed
from pht_core.stats.event_times import derive_times
from pht_core.stats.grouping import GROUPINGS, grouping
from pht_core.stats.proportion import p_text, short_rate_text
from pht_core.stats.survival import compare_groups, estimate_followup
from pht_core.stats.survival_report import (
    ORIGINS,
    SurvivalReport,
    derive_survival_report,
    unrecorded_events,
)

LANDMARKS = (1, 2, 3, 6)
MONTHS = 12.0
ALL = "all"  # the only stratum where there are no groups
ORIGIN_WORDS = {"infusion": "CAR-T infusion", "prednisone": "the start of prednisone"}


@dataclass(frozen=True)
class SurvivalOptions:
    """Which event, in which groups, from when on and by which interval; landmark 0 is none."""

    # The registry's own names: an endpoint that is added later is offered as well.
    endpoint: str = field(default="os", metadata={"offered": ENDPOINTS.keys()})
    by: str = choice("none", *GROUPINGS)
    ci: str = choice(*INTERVALS)
    origin: str = choice(*ORIGINS)
    censor: bool = True
    landmark: int = choice(0, *LANDMARKS)

    @property
    def chosen_endpoint(self) -> Endpoint:
        """The endpoint itself."""
        return ENDPOINTS[self.endpoint]

    @property
    def grouped(self) -> bool:
        """True where patients are compared by group."""
        return self.by != "none"

    @property
    def immortal(self) -> bool:
        """True where the groups are formed after time has started to count."""
        return self.grouped and grouping(self.by).later and not self.landmark

    @property
    def origin_words(self) -> str:
        """From when time is counted."""
        origin = ORIGIN_WORDS[self.origin]
        if self.landmark:
            return f"the landmark {counted(self.landmark, 'month', 'months')} after {origin}"
        return origin

    @property
    def from_words(self) -> str:
        """The same in a title: nothing where it is infusion, as readers expect."""
        usual = self.origin == "infusion" and not self.landmark
        return "" if usual else f" from {self.origin_words}"


class _Survival(Exhibit[SurvivalOptions]):
    page: ClassVar[str] = "survival"
    options: ClassVar[type] = SurvivalOptions

    def report(self, view: View, options: SurvivalOptions) -> SurvivalReport:
        """All that is said of the endpoint, made once for a view."""
        return view.keep(
            ("survival report", options),
            lambda: derive_survival_report(
                view.assessment,
                view.subject_ids,
                endpoint=options.endpoint,
                by=options.by if options.grouped else None,
                ci=options.ci,
                origin=options.origin,
                censor_at_next_therapy=options.censor,
                landmark=options.landmark or None,
                selected_later="CRS grade" if view.filters.crs_grade else "",
            ),
        )

    def why_not(self, view: View, options: SurvivalOptions) -> str:
        if self.report(view, options).times.empty:
            return "None of these patients has a follow-up time, so no curve can be drawn."
        return ""

    def provenance(self, view: View, options: SurvivalOptions) -> Provenance:
        report = self.report(view, options)
        return view.provenance(report.method, graded=False, n=len(report.times))

    def write(
        self,
        view: View,
        options: SurvivalOptions,
        headline: str,
        result: str,
        shown: str,
        signs: str,
        kind: Literal["Figure", "Table"] = "Figure",
    ) -> Texts:
        """The exhibit in words, with what all captions of survival have: event, censoring, bias."""
        unrecorded = unrecorded_events(view.cohort, options.endpoint)
        grouped = f", by {grouping(options.by).title}" if options.grouped else ""
        therapy = " or next therapy (including HSCT)" if options.censor else ""
        return write_texts(
            view,
            headline,
            result,
            f"{shown}{grouped}.",
            f"Event: {options.chosen_endpoint.event}; other patients are censored at last follow-up"
            f"{therapy}.",
            f"There is {unrecorded}." if unrecorded else "",
            signs,
            *_not_shown(view, self.report(view, options)),
            "Groups are defined after infusion: patients had to survive to that point to be "
            "classified (immortal time bias)."
            if options.immortal
            else "",
            "Patients were selected by CRS grade, which is known only after infusion (immortal "
            "time bias)."
            if view.filters.crs_grade
            else "",
            kind=kind,
        )


class Survival(_Survival):
    """Curves with the numbers at risk."""

    name = "survival"
    title = "Survival curves"

    def numbers(self, view: View, options: SurvivalOptions) -> pd.DataFrame:
        return self.report(view, options).curve

    def picture(
        self, view: View, numbers: pd.DataFrame, options: SurvivalOptions, target: RenderTarget
    ) -> Picture:
        report = self.report(view, options)
        strata = numbers["strata"].nunique()
        # Three rows of numbers a group, and its name where there are several.
        below = 17 * (3 * strata + strata * (strata > 1))
        return survival_chart(
            numbers,
            self.frame(
                view,
                options,
                target,
                title=report.title,
                subtitle=report.subtitle,
                height=target.part(340, besides=170 + below, least=180),
            ),
            at_risk=report.at_risk,
            medians=report.medians,
            thin_tails=report.thin_tails,
            endpoint=options.chosen_endpoint.title,
            origin=report.origin_word,
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: SurvivalOptions) -> Texts:
        report, endpoint = self.report(view, options), options.chosen_endpoint
        n, n_event = len(report.times), int(report.times["event"].sum())
        happened = f"{n_event} of {patients(n)} {endpoint.happened}"
        rows = [row for row in _rates(report) if row[1] == MONTHS]
        when = f"at 12 months{options.from_words}"
        if options.grouped:
            each = [
                f"{group}, {short_rate_text(rate)}"
                for group, _, n_risk, rate, _, _ in rows
                if n_risk
            ]
            headline = f"{endpoint.title} {when}: {'; '.join(each)}"
            if not each:
                headline = f"{endpoint.title}: {happened}"
            test = _test(report)
            if test is not None and not options.immortal:
                headline += f"; log-rank {p_text(float(test['p_value'].iloc[0]))}"
        elif rows[0][2]:
            _, _, _, rate, low, high = rows[0]
            interval = f" (95% CI {limits(100 * low, 100 * high)})" if low < high else ""
            headline = f"{endpoint.title} {when} {short_rate_text(rate)}{interval}; {happened}"
        else:
            headline = f"{endpoint.title}: {happened}; no patient at risk {when}"
        result = sentence(
            *_rate_clauses(report, options, (MONTHS,)),
            "" if options.grouped else happened,
            *_median_clauses(report, options, events=options.grouped),
            _log_rank(report, options),
            _followup(view, options),
        )
        thin = "; dotted, fewer than 5 patients, or fewer than one in ten, at risk"
        return self.write(
            view,
            options,
            headline,
            result,
            f"{endpoint.title} of {patients(n)} in months from {options.origin_words}",
            f"Kaplan-Meier; shaded, pointwise {options.ci} 95% CI; ticks, censored patients"
            f"{thin if report.thin_tails else ''}; numbers at risk are those just before each "
            "time.",
        )


class SurvivalRates(_Survival):
    """Rates at fixed months."""

    name = "survival-rates"
    title = "Survival rates"

    def numbers(self, view: View, options: SurvivalOptions) -> pd.DataFrame:
        return self.report(view, options).rates

    def table(self, view: View, numbers: pd.DataFrame, options: SurvivalOptions) -> pd.DataFrame:
        table = self.report(view, options).rates_table
        return printed(table, {str(name): str(name) for name in table})

    def texts(self, view: View, numbers: pd.DataFrame, options: SurvivalOptions) -> Texts:
        report, title = self.report(view, options), options.chosen_endpoint.title
        groups: dict[str, list[str]] = {}
        for group, months, n_risk, rate, _, _ in _rates(report):
            if n_risk:
                groups.setdefault(group, []).append(f"{short_rate_text(rate)} at {months:g} months")
        each = [
            f"{'' if group == ALL else f'{group}, '}{', '.join(rates)}"
            for group, rates in groups.items()
        ]
        colon = ":" if options.grouped or options.from_words else ""
        headline = f"{title}{options.from_words}{colon} {'; '.join(each)}"
        if not each:
            headline = f"{title}: no patient at risk at {report.rates['time'].min():g} months"
        return self.write(
            view,
            options,
            headline,
            sentence(*_rate_clauses(report, options, tuple(report.rates["time"]))),
            f"{title} of {patients(len(report.times))} at fixed months from {options.origin_words}",
            f"Kaplan-Meier with {options.ci} 95% CI; standard errors by Greenwood's formula.",
            kind="Table",
        )


class SurvivalMedians(_Survival):
    """Medians with their intervals."""

    name = "survival-medians"
    title = "Median survival"

    def numbers(self, view: View, options: SurvivalOptions) -> pd.DataFrame:
        return self.report(view, options).medians

    def table(self, view: View, numbers: pd.DataFrame, options: SurvivalOptions) -> pd.DataFrame:
        table = self.report(view, options).medians_table
        return printed(table, {str(name): str(name) for name in table})

    def texts(self, view: View, numbers: pd.DataFrame, options: SurvivalOptions) -> Texts:
        report, endpoint = self.report(view, options), options.chosen_endpoint
        name = endpoint.title.lower()
        each = [
            f"{'' if group == ALL else f'{group}, '}{_months(median)} "
            f"({n_event} of {patients(n)} {endpoint.happened})"
            for group, n, n_event, median, _, _ in _medians(report)
        ]
        method = f"Kaplan-Meier, {options.ci}"
        return self.write(
            view,
            options,
            f"Median {name}{options.from_words}: {'; '.join(each)}",
            sentence(
                *_median_clauses(report, options, events=True, method=method),
                _log_rank(report, options),
            ),
            f"Median {name} of {patients(len(report.times))} from {options.origin_words}",
            f"Kaplan-Meier with {options.ci} 95% CI.",
            kind="Table",
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


def _by_group(start: str, groups: dict[str, str]) -> list[str]:
    """A clause a group after the words that all begin with; ``was`` where there are no groups."""
    if set(groups) == {ALL}:
        return [f"{start} was {groups[ALL]}"]
    clauses = [f"{group}, {words}" for group, words in groups.items()]
    return [f"{start}: {clauses[0]}", *clauses[1:]]


def _rate_clauses(
    report: SurvivalReport, options: SurvivalOptions, months: tuple[float, ...]
) -> list[str]:
    """A clause a group: its rate at each of the months with interval and number at risk."""
    method = f"Kaplan-Meier, {options.ci}; "
    groups: dict[str, list[str]] = {}
    past: dict[str, list[str]] = {}
    for group, time, n_risk, rate, low, high in _rates(report):
        if time not in months:
            continue
        rates = groups.setdefault(group, [])
        if not n_risk:
            past.setdefault(group, []).append(f"{time:g}")
            continue
        # Before the first event both limits are 1: an interval of no width says nothing.
        interval = f"95% CI {limits(100 * low, 100 * high)}; " if low < high else ""
        rates.append(
            f"{short_rate_text(rate)} at {time:g} months ({interval}{method}{n_risk} at risk)"
        )
        method = ""
    for group, times in past.items():
        groups[group].append(f"not estimated at {listed(times)} months (0 at risk)")
    start = f"{options.chosen_endpoint.title.lower()} from {options.origin_words}"
    return _by_group(start, {group: listed(rates) for group, rates in groups.items()})


def _median_clauses(
    report: SurvivalReport, options: SurvivalOptions, *, events: bool, method: str = ""
) -> list[str]:
    """A clause a group: its median with interval, and events of how many."""
    groups: dict[str, str] = {}
    for group, n, n_event, median, low, high in _medians(report):
        known = not (np.isnan(low) and np.isnan(high))
        details = [
            f"95% CI {_months(low)} to {_months(high)}" if known else "",
            method,
            f"{counted(n_event, 'event', 'events')} in {patients(n)}" if events else "",
        ]
        method = ""
        words = "; ".join(filter(None, details))
        groups[group] = f"{_months(median)}{f' ({words})' if words else ''}"
    start = f"median {options.chosen_endpoint.title.lower()}{options.from_words}"
    return _by_group(start, groups)


def _test(report: SurvivalReport) -> pd.DataFrame | None:
    return compare_groups(report.times, "group") if "group" in report.times else None


def _log_rank(report: SurvivalReport, options: SurvivalOptions) -> str:
    if not options.grouped:
        return ""
    test = _test(report)
    if test is None:
        return "no log-rank test was possible without two groups at risk at an event"
    chi2, df, p_value = rows_of(test, "chi2", "df", "p_value")[0]
    return f"log-rank χ² = {chi2:.2f}, df = {df:.0f}, {p_text(float(p_value))}"


def _followup(view: View, options: SurvivalOptions) -> str:
    """Median follow-up from infusion of all who have one, deaths as censored."""
    outcomes = view.of(view.cohort.outcomes)
    known = derive_times(outcomes, "os", censor_at_next_therapy=options.censor)
    if known.empty:
        return ""
    ((n, median),) = rows_of(estimate_followup(known), "n", "reverse_median")
    return (
        f"median follow-up from CAR-T infusion was {_months(median)} (reverse Kaplan-Meier, "
        f"n = {n:.0f})"
    )


def _not_shown(view: View, report: SurvivalReport) -> list[str]:
    """Who is in no curve and why, and whether all had to survive until prednisone."""
    absent = list(report.left_out)
    without = len(view.subject_ids) - len(report.times) - sum(n for n, _ in absent)
    if without:
        absent.append((without, "follow-up not known"))
    return [*(f"Not shown, {patients(n)}: {why}." for n, why in absent), report.immortal]
