"""Survival: the Kaplan-Meier curve, its rates, and its medians."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pht_core.charts.picture import Picture
from pht_core.charts.survival import survival_chart
from pht_core.exhibits import words
from pht_core.exhibits.exhibit import Exhibit, RenderTarget, Texts, choice
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import Provenance
from pht_core.model.endpoint import ENDPOINTS, Endpoint
from pht_core.model.settings import INTERVALS
from pht_core.model.words import counted, listed
from pht_core.stats.event_times import derive_times
from pht_core.stats.grouping import GROUPINGS, grouping
from pht_core.stats.proportion import p_text, rate_text
from pht_core.stats.survival import compare_groups, estimate_followup
from pht_core.stats.survival_report import (
    ORIGINS,
    SurvivalReport,
    censoring_words,
    derive_survival_report,
    unrecorded_events,
)

LANDMARKS = (1, 2, 3, 6)
MONTHS = 12.0
LOW = 0.2  # a curve below it would run into what stands at its foot
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
    published: bool = False

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

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint chosen."""
        return ENDPOINTS[self.chosen.endpoint]

    @property
    def report(self) -> SurvivalReport:
        """All that is said of the endpoint, made once for a view."""
        chosen = self.chosen
        return self.view.keep(
            ("survival report", chosen),
            lambda: derive_survival_report(
                self.assessment,
                self.ids,
                endpoint=chosen.endpoint,
                by=chosen.by if chosen.grouped else None,
                ci=chosen.ci,
                origin=chosen.origin,
                censor_at_next_therapy=chosen.censor,
                landmark=chosen.landmark or None,
                selected_later="CRS grade" if self.view.filters.crs_grade else "",
            ),
        )

    def why_not(self) -> str:
        return self.report.why_not

    def provenance(self) -> Provenance:
        report = self.report
        return self.view.provenance(report.method, graded=False, n=len(report.times))

    def write(self, **values: Any) -> Texts:
        chosen = self.chosen
        return super().write(
            n=len(self.report.times),
            by=grouping(chosen.by).title if chosen.grouped else "",
            measure=self.endpoint.title.lower(),
            censoring=censoring_words(self.cohort, chosen.endpoint),
            unrecorded=unrecorded_events(self.cohort, chosen.endpoint),
            not_shown=self.not_shown(),
            log_rank=self.log_rank(),
            **values,
        )

    def not_shown(self) -> list[str]:
        """Who is in no curve and why, and whether all had to survive until prednisone."""
        absent = list(self.report.left_out)
        without = len(self.ids) - len(self.report.times) - sum(n for n, _ in absent)
        if without:
            absent.append((without, "follow-up not known"))
        said = [f"Not shown, {words.patients(n)}: {why}." for n, why in absent]
        return said + [self.report.immortal] * bool(self.report.immortal)

    @property
    def rates(self) -> list[tuple[Any, ...]]:
        """Group, months, at risk, rate and its limits; at risk is 0 past the last follow-up."""
        table = self.report.rates.astype({"strata": str})
        return words.rows_of(table, "strata", "time", "n_risk", "estimate", "conf_low", "conf_high")

    @property
    def medians(self) -> list[tuple[Any, ...]]:
        """Group, patients, events, median and its limits; not reached is missing."""
        table = self.report.medians.astype({"strata": str})
        return words.rows_of(table, "strata", "n", "n_event", "median", "conf_low", "conf_high")

    def rate_clauses(self, months: tuple[float, ...]) -> list[str]:
        """A clause a group: its rate at each of the months with interval and number at risk."""
        method = f"Kaplan-Meier, {self.chosen.ci}"
        groups: dict[str, list[str]] = {}
        past: dict[str, list[str]] = {}
        for group, time, n_risk, rate, low, high in self.rates:
            if time not in months:
                continue
            rates = groups.setdefault(group, [])
            if not n_risk:
                past.setdefault(group, []).append(f"{time:g}")
                continue
            details = filter(None, [words.interval_of_rate(low, high), method, f"{n_risk} at risk"])
            rates.append(f"{rate_text(rate)} at {time:g} months ({'; '.join(details)})")
            method = ""
        for group, times in past.items():
            groups[group].append(f"not estimated at {listed(times)} months (0 at risk)")
        start = f"{self.endpoint.title.lower()} from {self.chosen.origin_words}"
        return _by_group(start, {group: listed(rates) for group, rates in groups.items()})

    def median_clauses(self, *, events: bool, method: str = "") -> list[str]:
        """A clause a group: its median with interval, and events of how many."""
        groups: dict[str, str] = {}
        for group, n, n_event, median, low, high in self.medians:
            known = not (np.isnan(low) and np.isnan(high))
            details = [
                f"95% CI {_months(low)} to {_months(high)}" if known else "",
                method,
                f"{counted(n_event, 'event', 'events')} in {words.patients(n)}" if events else "",
            ]
            method = ""
            beside = "; ".join(filter(None, details))
            groups[group] = f"{_months(median)}{f' ({beside})' if beside else ''}"
        start = f"median {self.endpoint.title.lower()}{self.chosen.from_words}"
        return _by_group(start, groups)

    @property
    def test(self) -> pd.DataFrame | None:
        """The log-rank test of the groups; None without two groups at risk at an event."""
        times = self.report.times
        return compare_groups(times, "group") if "group" in times else None

    def log_rank(self) -> str:
        """The test as a clause; empty without groups."""
        if not self.chosen.grouped:
            return ""
        if (test := self.test) is None:
            return "no log-rank test was possible without two groups at risk at an event"
        chi2, df, p_value = words.rows_of(test, "chi2", "df", "p_value")[0]
        return f"log-rank χ² = {chi2:.2f}, df = {df:.0f}, {p_text(float(p_value))}"

    def followup(self) -> str:
        """Median follow-up from infusion of all who have one, deaths as censored."""
        outcomes = self.view.of(self.cohort.outcomes)
        known = derive_times(outcomes, "os", censor_at_next_therapy=self.chosen.censor)
        if known.empty:
            return ""
        ((n, median),) = words.rows_of(estimate_followup(known), "n", "reverse_median")
        return (
            f"median follow-up from CAR-T infusion was {_months(median)} (reverse Kaplan-Meier, "
            f"n = {n:.0f})"
        )


class Survival(_Survival):
    """Curves with the numbers at risk."""

    name = "survival"
    title = "Survival curves"

    def compute(self) -> pd.DataFrame:
        return self.report.curve

    def picture(self, target: RenderTarget) -> Picture:
        report = self.report
        strata = self.numbers["strata"].nunique()
        # Three rows of numbers a group, and its name where there are several; a row above.
        below = 17 * (3 * strata + strata * (strata > 1)) + 18 * (strata + 1 + (strata > 1))
        # The time in which nobody could die is told at the foot, unless the curve comes down there.
        inside = bool(self.numbers["estimate"].min() > LOW)
        return survival_chart(
            self.numbers,
            self.frame(
                target,
                title=report.title,
                subtitle=f"{report.subtitle} {'' if inside else report.immortal}".strip(),
                height=target.part(340, besides=182 + below, least=120),
            ),
            at_risk=report.at_risk,
            medians=report.medians,
            thin_tails=report.thin_tails,
            summary=self.summary(),
            test=self.test_words(),
            published=self.published(),
            immortal=(report.immortal_months, report.immortal) if inside else None,
            endpoint=self.endpoint.title,
            origin=report.origin_word,
        )

    def summary(self) -> pd.DataFrame:
        """What stands above the curves: n, events, median, and the rate at 12 months, by group."""
        medians, rates = (
            table.astype({"strata": str}).set_index("strata")
            for table in (self.report.medians, self.report.rates)
        )
        rates = rates[rates["time"] == MONTHS].reindex(medians.index)
        rates.loc[rates["n_risk"] == 0, "estimate"] = np.nan
        months = [
            f"{_number(median)} ({_number(low)} to {_number(high)})"
            if low == low or high == high
            else _number(median)
            for median, low, high in words.rows_of(medians, "median", "conf_low", "conf_high")
        ]
        shares = [
            "–" if rate != rate else f"{rate_text(rate)} ({words.interval_of_rate(low, high)})"
            for rate, low, high in words.rows_of(rates, "estimate", "conf_low", "conf_high")
        ]
        return pd.DataFrame(
            {
                "strata": medians.index,
                "n": medians["n"].to_numpy(),
                "n_event": medians["n_event"].to_numpy(),
                "median_words": months,
                "rate_words": [words.replace("95% CI ", "").replace(" ()", "") for words in shares],
                "time": MONTHS,
                **{name: rates[name].to_numpy() for name in ("estimate", "conf_low", "conf_high")},
            }
        )

    @property
    def members(self) -> dict[str, list[str]]:
        """The patients of each curve, by its group; empty without groups."""
        times = self.report.times
        if "group" not in times:
            return {}
        groups = times.groupby(times["group"].astype(str), sort=False)["subject_id"]
        return {str(name): ids.tolist() for name, ids in groups}

    def published(self) -> pd.DataFrame | None:
        """Rates at 12 months that publications print of this endpoint, from infusion."""
        chosen = self.chosen
        if not chosen.published or chosen.origin != "infusion" or chosen.landmark:
            return None
        return words.published_shares([(chosen.endpoint, {"time": MONTHS})])

    def test_words(self) -> str:
        """Log-rank test and hazard ratio of the groups, why they may mislead; empty without."""
        if not (test := self.log_rank()):
            return ""
        tests = "; ".join(filter(None, [test, self.report.hazards.clause]))
        biased = " Groups were formed after infusion: not comparable as they stand (immortal time)."
        return f"{words.capital(tests)}.{biased if self.chosen.immortal else ''}"

    def texts(self) -> Texts:
        chosen, test = self.chosen, self.test
        rows = [row for row in self.rates if row[1] == MONTHS]
        _, _, at_risk, rate, low, high = rows[0]
        p = ""
        if chosen.grouped and test is not None and not chosen.immortal:
            p = p_text(float(test["p_value"].iloc[0]))
        return self.write(
            n_event=int(self.report.times["event"].sum()),
            each=[f"{group}, {rate_text(rate)}" for group, _, n, rate, _, _ in rows if n],
            rate=rate_text(rate) if at_risk else "",
            interval=words.interval_of_rate(low, high),
            p=p,
            rates_said=self.rate_clauses((MONTHS,)),
            medians_said=self.median_clauses(events=chosen.grouped),
            followup=self.followup(),
        )


class SurvivalRates(_Survival):
    """Rates at fixed months."""

    name = "survival-rates"
    title = "Survival rates"

    def compute(self) -> pd.DataFrame:
        return self.report.rates

    def table(self) -> pd.DataFrame:
        return printed(self.report.rates_table)

    def texts(self) -> Texts:
        groups: dict[str, list[str]] = {}
        for group, months, n_risk, rate, _, _ in self.rates:
            if n_risk:
                groups.setdefault(group, []).append(f"{rate_text(rate)} at {months:g} months")
        return self.write(
            each=[f"{_start(group)}{', '.join(rates)}" for group, rates in groups.items()],
            colon=self.chosen.grouped or self.chosen.from_words,
            first=self.numbers["time"].min(),
            rates_said=self.rate_clauses(tuple(self.numbers["time"])),
        )


class SurvivalMedians(_Survival):
    """Medians with their intervals."""

    name = "survival-medians"
    title = "Median survival"

    def compute(self) -> pd.DataFrame:
        return self.report.medians

    def table(self) -> pd.DataFrame:
        return printed(self.report.medians_table)

    def texts(self) -> Texts:
        happened = self.endpoint.happened
        each = [
            f"{_start(group)}{_months(median)} ({n_event} of {words.patients(n)} {happened})"
            for group, n, n_event, median, _, _ in self.medians
        ]
        method = f"Kaplan-Meier, {self.chosen.ci}"
        return self.write(each=each, medians_said=self.median_clauses(events=True, method=method))


def _start(group: str) -> str:
    """What a group's words begin with; nothing where there are no groups."""
    return "" if group == ALL else f"{group}, "


def _number(value: float) -> str:
    return "not reached" if np.isnan(value) else f"{value:.1f}"


def _months(value: float) -> str:
    return _number(value) if np.isnan(value) else f"{value:.1f} months"


def _by_group(start: str, groups: dict[str, str]) -> list[str]:
    """A clause a group after the words that all begin with; ``was`` where there are no groups."""
    if set(groups) == {ALL}:
        return [f"{start} was {groups[ALL]}"]
    clauses = [f"{group}, {words}" for group, words in groups.items()]
    return [f"{start}: {clauses[0]}", *clauses[1:]]
