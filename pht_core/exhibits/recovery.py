"""Cumulative incidence of recovery, and of recurrence after stopping, a panel per lineage."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from pht_core.charts.incidence import cumulative_incidence_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import RenderTarget, Texts, choice
from pht_core.exhibits.response import ResponseExhibit, ResponseOptions
from pht_core.exhibits.words import (
    capital,
    confirmed_words,
    interval_of_rate,
    patients,
    rows_of,
    sentence,
)
from pht_core.model.cohort import unrecorded_support
from pht_core.model.lineage import LINEAGES
from pht_core.model.settings import support_word
from pht_core.model.words import counted, listed
from pht_core.stats.grouping import GROUPINGS, grouping
from pht_core.stats.proportion import p_text, rate_text
from pht_core.stats.recovery import (
    CIBMTR_COUNTS,
    CIBMTR_TRANSFUSION_DAYS,
    NADIR_DAYS,
    count_incidence,
    gray_tests,
    incidence_at,
    incidence_curves,
    outcome_times,
    panels_of,
)
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
COMPETE = "Progression, the next therapy (HSCT included) and death compete (Aalen-Johansen)."


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
    """Panels of the cumulative incidence; what they are of is said by its classes.

    target : the event, as words within a sentence; event_word : the same beside its numbers.
    since : from when days are counted. at_risk : what those in a panel have in common.
    """

    outcome: str
    origin: str = "prednisone"
    target: str
    since: str
    at_risk: str
    event_word = "recovered"

    @property
    def times(self) -> pd.DataFrame:
        """A row per panel and patient at risk."""
        by = None if self.chosen.by == "none" else self.chosen.by
        return self.view.keep(
            ("incidence times", self.name, self.chosen),
            lambda: outcome_times(
                self.assessment, self.ids, outcome=self.outcome, origin=self.origin, by=by
            ),
        )

    def compute(self) -> pd.DataFrame:
        return incidence_curves(self.times, self.settings.ci)

    @property
    def ends(self) -> pd.DataFrame:
        """The estimates where the axes end."""
        return incidence_at(self.numbers, DAY)

    @property
    def tests(self) -> dict[str, pd.DataFrame]:
        """Gray's test by panel, where there are groups."""
        return {} if self.chosen.by == "none" else gray_tests(self.times)

    @property
    def basis(self) -> str:
        return f"{patients(len(self.ids), self.given)}, Aalen-Johansen, {self.settings.ci} interval"

    def panel(self, param: str) -> str:
        """What a panel is called."""
        return LINEAGES[param].name if param in LINEAGES else "all three on one draw"

    def picture(self, target: RenderTarget) -> Picture:
        n_of = self.times["param"].value_counts()
        grouped, tests = self.chosen.by != "none", self.tests
        heads = {}
        for param in panels_of(self.outcome):
            n = int(n_of.get(param, 0))
            under = [f"{n} of {len(self.ids)} {word}" for word in (self.at_risk, "at risk")]
            if grouped:
                test = tests.get(param)
                words = "no test possible"
                if test is not None:
                    words = p_text(float(test["p_value"].iloc[0]))
                under = [f"Gray's test: {words}", words]
            heads[param] = (capital(self.panel(param)), *under)
        colors = (
            "numbers are patients at risk"
            if grouped
            else "color from below, the event; gray from above, what came first instead; white, "
            f"neither yet; dashed, {self.settings.ci} 95% interval"
        )
        lines = self.numbers["strata"].nunique() if grouped else 4
        panels = len(heads)
        return (
            cumulative_incidence_chart(
                self.numbers,
                count_incidence(self.numbers, TICKS),
                self.frame(
                    target,
                    title=f"{capital(self.target)}, by days since {self.since}",
                    subtitle=f"{COMPETE} {capital(colors)}.",
                    height=target.part(190, besides=190 + 17 * lines, least=120),
                ),
                heads=heads,
                rows={
                    "n_risk": "at risk",
                    "n_event": self.event_word,
                    "n_other": "other first",
                    "n_censor": "censored",
                },
                day=DAY,
            )
            if panels
            else super().picture(target)
        )

    def write_panels(self, *sentences: str) -> Texts:
        """The exhibit in words; the sentences are what its caption says of the event."""
        grouped = self.chosen.by != "none"
        rows = rows_of(
            self.ends.assign(strata=self.ends["strata"].astype(str)),
            *("param", "strata", "n", "n_event", "at_risk", "estimate", "conf_low", "conf_high"),
            *("time", "open"),
        )
        when = f"within {DAY} days after {self.since}"
        short, clauses = [], []
        for param, group, n, n_event, at_risk, estimate, low, high, time, free in rows:
            who = f"{self.panel(param)}{f', {group}' if grouped else ''}"
            short.append(f"{who} {rate_text(estimate, 0)}")
            details = [
                interval_of_rate(low, high),
                f"{counted(n_event, 'event', 'events')} in {patients(n)} {self.at_risk}",
                f"{at_risk} still at risk"
                if time == DAY or free < 1e-9
                else f"nobody followed past day {time:g}",
            ]
            clauses.append(f"{rate_text(estimate)} for {who} ({'; '.join(filter(None, details))})")
        tests = [
            f"{self.panel(param)}, χ² = {chi2:.2f}, df = {df}, {p_text(p_value)}"
            for param, test in self.tests.items()
            for chi2, df, p_value in rows_of(test, "chi2", "df", "p_value")
        ]
        by = f", by {grouping(self.chosen.by).title}" if grouped else ""
        known = self.times["subject_id"].nunique()
        return self.write(
            f"{self.target} {when}{by}: {'; '.join(short)}",
            sentence(
                f"the cumulative incidence of {self.target} {when} (Aalen-Johansen, "
                f"{self.settings.ci}) was {listed(clauses)}",
                f"Gray's test: {'; '.join(tests)}" if tests else "",
                "no test between the groups was possible" if grouped and not tests else "",
            ),
            f"Cumulative incidence of {self.target} in days from {self.since}{by}; {known} of "
            f"{patients(len(self.ids), self.given)} in any panel. {COMPETE}",
            *sentences,
            "Curves, a group each; numbers, patients at risk just before each day."
            if grouped
            else "Color from below, the event; gray from above, what came first instead; white, "
            f"neither yet; dashed, {self.settings.ci} 95% CI; numbers, just before each day.",
            f"The axes end at day {DAY}.",
            "Groups were compared by Gray's test, without correction for several panels."
            if tests
            else "",
            "Groups are defined after infusion: patients had to survive to that point to be "
            "classified (immortal time bias)."
            if grouped and self.origin == "infusion" and grouping(self.chosen.by).later
            else "",
            self.definition,
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

    @property
    def target(self) -> str:  # type: ignore[override]
        grade = self.settings.recovery_grade
        return {
            "complete": "complete recovery",
            "recovery": f"recovery to grade ≤ {grade}",
            "cibmtr": "count recovery (CIBMTR)",
        }[self.outcome]

    @property
    def event_word(self) -> str:  # type: ignore[override]
        return "normal" if self.outcome == "complete" else "recovered"

    @property
    def since(self) -> str:  # type: ignore[override]
        return "the start of prednisone" if self.origin == "prednisone" else "CAR-T infusion"

    @property
    def at_risk(self) -> str:  # type: ignore[override]
        when = "at the start" if self.origin == "prednisone" else f"by day {NADIR_DAYS}"
        if self.outcome == "cibmtr":
            return f"below it by day {NADIR_DAYS}"
        if self.outcome == "recovery":
            return f"above grade {self.settings.recovery_grade} {when}"
        return f"below normal {when}"

    def why_not(self) -> str:
        if self.origin == "prednisone" and (why := super().why_not()):
            return why
        if not self.ids:
            return "None of these patients had PHT at day 28. Choose all patients."
        if len(self.numbers):
            return ""
        if self.origin == "prednisone" and self.outcome == "recovery":
            first = first_courses(self.rows(self.assessment.responses))
            unknown = int((first["recovery"] == "unknown").sum())
            if unknown:
                return (
                    f"Whether any lineage was above grade {self.settings.recovery_grade} at the "
                    f"start of prednisone is not evaluable in {unknown} of {patients(len(first))}; "
                    "it was so in no other."
                )
        return f"None of these patients was known to be {self.at_risk}."

    def texts(self) -> Texts:
        settings, grade = self.settings, self.settings.recovery_grade
        free, agreed = support_word(settings), confirmed_words(settings)
        unchecked = unrecorded_support(self.cohort) if settings.use_support else []
        if self.outcome == "cibmtr":
            least = listed(
                [
                    f"{value:g} × 10⁹/L ({LINEAGES[param].name})"
                    for param, value in CIBMTR_COUNTS.items()
                ]
            )
            what = (
                f"Count recovery: after the nadir of days 0 to {NADIR_DAYS}, the first of three "
                f"consecutive values on different days of at least {least}, for platelets without "
                f"a transfusion from {CIBMTR_TRANSFUSION_DAYS} days before the first to the third, "
                f"in those below it by day {NADIR_DAYS}."
            )
        else:
            level = "grade 0" if self.outcome == "complete" else f"grade {grade} or better"
            what = (
                f"{capital(self.target)}: the first {free}count at {level}{agreed}; the last panel "
                f"asks for all lineages at {level} on one {free}draw. A panel has those whose "
                f"lineage (in the last panel, any lineage) was {self.at_risk}."
            )
        if self.origin == "prednisone":
            how = "A second course censors."
        else:
            how = (
                f"Recovery is looked for after the nadir of days 0 to {NADIR_DAYS}, under "
                "prednisone or not."
            )
            if self.chosen.of == "pht":
                how += " PHT is known only at day 28, which all of these patients lived to see."
        return self.write_panels(
            what,
            how,
            f"Support was not recorded for {listed(unchecked, 'or')}." if unchecked else "",
        )


class RecurrenceIncidence(_Incidence):
    """Recurrent cytopenia after the first stop, with what competes."""

    name = "recurrence-incidence"
    title = "Cumulative incidence of recurrent cytopenia"
    options: ClassVar[type] = RecurrenceOptions
    definitions = ("course_gap", "baseline_age", "relapse_grade", "confirm", "cutoff")
    outcome = "recurrence"
    target = "recurrent cytopenia"
    since = "the first stop of prednisone"
    at_risk = "who stopped, with counts"
    event_word = "recurred"

    def panel(self, param: str) -> str:
        return LINEAGES[param].name if param in LINEAGES else "any lineage"

    def why_not(self) -> str:
        if why := super().why_not():
            return why
        if not len(self.numbers):
            return "No patient has counts at the stop of prednisone and after it."
        return ""

    def texts(self) -> Texts:
        settings = self.settings
        fall = counted(settings.relapse_fall, "grade", "grades")
        return self.write_panels(
            f"Recurrence: a count at grade {settings.relapse_grade} or worse and at least {fall} "
            f"worse than at the stop{confirmed_words(settings)}; a panel has those with counts of "
            "the lineage at the stop and after it. The next course censors.",
        )
