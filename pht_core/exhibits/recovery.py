"""Cumulative incidence of recovery, and of recurrence after stopping, a panel per lineage."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from pht_core.charts.incidence import cumulative_incidence_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits import words
from pht_core.exhibits.exhibit import RenderTarget, Texts, choice
from pht_core.exhibits.response import ResponseExhibit, ResponseOptions
from pht_core.model.cohort import unrecorded_support
from pht_core.model.lineage import LINEAGES
from pht_core.model.words import counted
from pht_core.stats import recovery
from pht_core.stats.grouping import GROUPINGS, grouping
from pht_core.stats.proportion import p_text, rate_text
from pht_core.stats.response import first_courses

RECOVERY_OUTCOMES = {
    "complete": "complete recovery (grade 0)",
    "recovery": "recovery (grade ≤ 2 or as defined)",
    "cibmtr": "count recovery (CIBMTR)",
}
ORIGINS = {"prednisone": "prednisone start", "infusion": "CAR-T infusion"}
# Where the axes end, and the days at which numbers stand below them.
DAY = 120
TICKS = [0, 30, 60, 90, DAY]

# Groups that may be known before the outcome is looked for.
_GROUPS = tuple(name for name, one in GROUPINGS.items() if not one.day)


def offered_groups() -> dict[str, str]:
    """The groupings in words, none first."""
    return {"none": "none"} | {name: GROUPINGS[name].title for name in _GROUPS}


@dataclass(frozen=True)
class RecoveryOptions(ResponseOptions):
    """What counts as recovery, from when on, and in which groups."""

    outcome: str = choice(*RECOVERY_OUTCOMES)
    origin: str = choice(*ORIGINS)
    by: str = choice("none", *_GROUPS)


@dataclass(frozen=True)
class RecurrenceOptions(ResponseOptions):
    """In which groups the first stop is followed."""

    by: str = choice("none", *_GROUPS)


class _Incidence(ResponseExhibit):
    """Panels of the cumulative incidence; ``sentences.toml`` says what they are of.

    It has the phrases target (the event), event_word (the same beside its numbers), since (from
    when days are counted) and at_risk (what those in a panel have in common).
    """

    outcome: str
    origin: str = "prednisone"
    nadir = recovery.NADIR_DAYS

    @property
    def times(self) -> pd.DataFrame:
        """A row per panel and patient at risk."""
        by = None if self.chosen.by == "none" else self.chosen.by
        return self.view.keep(
            ("incidence times", self.name, self.chosen),
            lambda: recovery.outcome_times(
                self.assessment, self.ids, outcome=self.outcome, origin=self.origin, by=by
            ),
        )

    def compute(self) -> pd.DataFrame:
        return recovery.incidence_curves(self.times, self.settings.ci)

    @property
    def ends(self) -> pd.DataFrame:
        """The estimates where the axes end."""
        return recovery.incidence_at(self.numbers, DAY)

    @property
    def tests(self) -> dict[str, pd.DataFrame]:
        """Gray's test by panel, where there are groups."""
        return {} if self.chosen.by == "none" else recovery.gray_tests(self.times)

    def panel(self, param: str) -> str:
        """What a panel is called."""
        return LINEAGES[param].name if param in LINEAGES else "all three on one draw"

    def picture(self, target: RenderTarget) -> Picture:
        n_of, tests = self.times["param"].value_counts(), self.tests
        grouped, at_risk = self.chosen.by != "none", self.say("at_risk")
        heads = {}
        for param in recovery.panels_of(self.outcome):
            n = int(n_of.get(param, 0))
            under = [f"{n} of {len(self.ids)} {word}" for word in (at_risk, "at risk")]
            if grouped:
                test = tests.get(param)
                found = "no test possible"
                if test is not None:
                    found = p_text(float(test["p_value"].iloc[0]))
                under = [f"Gray's test: {found}", found]
            heads[param] = (words.capital(self.panel(param)), *under)
        lines = self.numbers["strata"].nunique() if grouped else 4
        return cumulative_incidence_chart(
            self.numbers,
            recovery.count_incidence(self.numbers, TICKS),
            self.frame(
                target,
                title=words.capital(self.say("incidence_picture")),
                subtitle=self.say("incidence_subtitle", grouped=grouped),
                height=target.part(190, besides=190 + 17 * lines, least=120),
            ),
            heads=heads,
            rows={
                "n_risk": "at risk",
                "n_event": self.say("event_word"),
                "n_other": "other first",
                "n_censor": "censored",
            },
            day=DAY,
        )

    def write(self, **values: Any) -> Texts:
        grouped, at_risk = self.chosen.by != "none", self.say("at_risk")
        rows = words.rows_of(
            self.ends.assign(strata=self.ends["strata"].astype(str)),
            *("param", "strata", "n", "n_event", "at_risk", "estimate", "conf_low", "conf_high"),
            *("time", "open"),
        )
        short, clauses = [], []
        for param, group, n, n_event, n_open, estimate, low, high, time, free in rows:
            who = f"{self.panel(param)}{f', {group}' if grouped else ''}"
            short.append(f"{who} {rate_text(estimate, 0)}")
            details = [
                words.interval_of_rate(low, high),
                f"{counted(n_event, 'event', 'events')} in {words.patients(n)} {at_risk}",
                f"{n_open} still at risk"
                if time == DAY or free < 1e-9
                else f"nobody followed past day {time:g}",
            ]
            clauses.append(f"{rate_text(estimate)} for {who} ({'; '.join(filter(None, details))})")
        tests = [
            f"{self.panel(param)}, χ² = {chi2:.2f}, df = {df}, {p_text(p_value)}"
            for param, test in self.tests.items()
            for chi2, df, p_value in words.rows_of(test, "chi2", "df", "p_value")
        ]
        later = grouped and self.origin == "infusion" and grouping(self.chosen.by).later
        return super().write(
            known=self.times["subject_id"].nunique(),
            day=DAY,
            grouped=grouped,
            by=grouping(self.chosen.by).title if grouped else "",
            short=short,
            clauses=clauses,
            tests=tests,
            immortal=later,
            **values,
        )

    @property
    def given(self) -> str:
        """What all patients have in common, of whom those at risk are in the panels."""
        return self.chosen.given


class RecoveryIncidence(_Incidence):
    """Recovery of each lineage and of all on one draw, with what competes."""

    name = "recovery-incidence"
    title = "Cumulative incidence of recovery"
    options: ClassVar[type] = RecoveryOptions
    definitions = ("course_gap", "recovery_grade", "use_support", "confirm", "cutoff")

    @property
    def outcome(self) -> str:  # type: ignore[override]
        return str(self.chosen.outcome)

    @property
    def origin(self) -> str:  # type: ignore[override]
        return "infusion" if self.outcome == "cibmtr" else str(self.chosen.origin)

    @property
    def ids(self) -> list[str]:
        if self.origin == "prednisone":
            return super().ids
        return self.view.subject_ids if self.chosen.of == "all" else self.view.pht

    @property
    def given(self) -> str:
        return self.chosen.given if self.origin == "prednisone" else self.chosen.pht

    def why_not(self) -> str:
        if self.origin == "prednisone" and (why := super().why_not()):
            return why
        if not self.ids:
            return self.say("none_with_pht_at_all")
        if len(self.numbers):
            return ""
        if self.origin == "prednisone" and self.outcome == "recovery":
            first = first_courses(self.rows(self.assessment.responses))
            if unknown := int((first["recovery"] == "unknown").sum()):
                return self.say("not_known", unknown=unknown, n=len(first))
        return self.say("none_at_risk")

    def texts(self) -> Texts:
        counts = recovery.CIBMTR_COUNTS.items()
        return self.write(
            target_begins=words.capital(self.say("target")),
            least=[f"{value:g} × 10⁹/L ({LINEAGES[param].name})" for param, value in counts],
            transfusion_days=recovery.CIBMTR_TRANSFUSION_DAYS,
            unchecked=unrecorded_support(self.cohort) if self.settings.use_support else [],
        )


class RecurrenceIncidence(_Incidence):
    """Recurrent cytopenia after the first stop, with what competes."""

    name = "recurrence-incidence"
    title = "Cumulative incidence of recurrent cytopenia"
    options: ClassVar[type] = RecurrenceOptions
    definitions = ("course_gap", "baseline_age", "relapse_grade", "confirm", "cutoff")
    outcome = "recurrence"

    def panel(self, param: str) -> str:
        return LINEAGES[param].name if param in LINEAGES else "any lineage"

    def why_not(self) -> str:
        return super().why_not() or ("" if len(self.numbers) else self.say("none_at_risk"))

    def texts(self) -> Texts:
        return self.write()
