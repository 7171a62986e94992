"""Response to prednisone: times, recovery, recurrence after stopping, doses, and safety."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from pht_core.charts.picture import MOST_LANES, Picture
from pht_core.charts.response import MOST_DOTS, dose_chart, recovery_chart, response_time_chart
from pht_core.exhibits import native_charts
from pht_core.exhibits.exhibit import Exhibit, NativeChart, RenderTarget, Texts, choice
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.words import (
    EXACT,
    confirmed_words,
    excluded,
    list_shares,
    median_value,
    median_words,
    patients,
    pht_definition,
    published_shares,
    published_words,
    rows_of,
    sentence,
    share,
    short_share,
)
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import PER_DAY, PER_KG
from pht_core.model.settings import describe_settings, support_word
from pht_core.model.words import counted, listed
from pht_core.stats.proportion import with_percent
from pht_core.stats.recovery import count_complete_recovery
from pht_core.stats.response import first_courses
from pht_core.stats.safety import PER_DAYS, PHASES, count_rates, count_safety
from pht_core.stats.summary import count_yes, median_range, median_text, print_shares
from pht_core.stats.trajectory import patient_doses

PATIENTS = {"pht": "with PHT at day 28", "all": "all given prednisone"}
RELAPSE_COLUMNS = {
    "subject_id": "Patient",
    "course": "Course",
    "stop_day": "Stopped, day",
    "relapse_day": "Recurrence, day",
    "relapse_params": "Lineages",
    "relapse_grade": "Grade at recurrence",
    "worst_grade": "Worst grade",
    "retreated": "Retreated",
    "responded_again": "Response to retreatment",
}
SAFETY_COLUMNS = {
    "title": "Event during a course",
    "n": "Patients",
    "n_total": "Of",
    "percent": "%",
    "conf_low": "95% CI, lower",
    "conf_high": "upper",
}
AFTER_START = "after the start of prednisone"


@dataclass(frozen=True)
class ResponseOptions:
    """Who counts: of those given prednisone the ones with PHT at day 28, or all."""

    of: str = choice(*PATIENTS)
    published: bool = field(default=False, kw_only=True)

    @property
    def pht(self) -> str:
        """What the patients have in common, where all are known to be given prednisone."""
        return "with PHT" if self.of == "pht" else ""

    @property
    def given(self) -> str:
        """What the patients have in common."""
        return f"{self.pht} given prednisone".strip()


class ResponseExhibit(Exhibit[Any]):
    """Of those given prednisone, under options that are `ResponseOptions` or more."""

    page: ClassVar[str] = "response"
    options: ClassVar[type] = ResponseOptions

    courses: ClassVar[str] = "first course"

    @property
    def ids(self) -> list[str]:
        return self.view.treated if self.chosen.of == "all" else self.view.treated_pht

    @property
    def definition(self) -> str:
        """What PHT means, where it decides who counts."""
        return pht_definition(self.settings) if self.chosen.of == "pht" else ""

    def why_not(self) -> str:
        if not self.cohort.has("prednisone"):
            return "This cohort has no data on prednisone, so there is no response to show."
        if not self.view.treated:
            courses = self.view.of(self.assessment.courses)
            but = " except as early steroids" if courses["early"].any() else ""
            return (
                f"None of these patients was given prednisone{but}, so there is no response to "
                "show."
            )
        if not self.ids:
            treated = self.view.patients.loc[self.view.treated, "pht_d28"]
            unknown = int(treated.isna().sum())
            if unknown:
                return (
                    f"PHT at day {self.settings.day28} is not evaluable in {unknown} of "
                    f"{patients(len(treated), 'given prednisone')}, and not known in any. Choose "
                    "all given prednisone."
                )
            return "None of these patients had PHT at day 28. Choose all given prednisone."
        return ""

    @property
    def basis(self) -> str:
        return f"{patients(len(self.ids))}, {self.courses}"


class ResponseTimes(ResponseExhibit):
    """Days to the first gain of a grade."""

    name = "response-times"
    title = "Response times"
    definitions = (
        "course_gap",
        "other_steroids",
        "early_start",
        "baseline_age",
        "response",
        "confirm",
        "cutoff",
    )

    def compute(self) -> pd.DataFrame:
        return first_courses(self.rows(self.assessment.responses))

    def picture(self, target: RenderTarget) -> Picture:
        n, known, _ = count_yes(self.numbers["responded"])
        return response_time_chart(
            self.numbers,
            self.frame(
                target,
                title=f"{n} of {known} responded; median response time "
                f"{median_text(self.numbers['response_time'], 'days')}",
                subtitle="From the first prednisone day to the first "
                f"{support_word(self.settings)}count at least one grade better, in any lineage.",
            ),
            row_height=target.part(22, besides=150, of=len(self.numbers), least=14),
            median=median_range(self.numbers["response_time"])[0] if n else None,
        )

    def texts(self) -> Texts:
        settings, given = self.settings, self.chosen.given
        n, known, missing = count_yes(self.numbers["responded"])
        without = f"without counts before and {AFTER_START}"
        normal = self.numbers.loc[self.numbers["normal_at_start"], "subject_id"].tolist()
        missing -= len(normal)
        clauses = (
            excluded(len(normal), f"at grade 0 in all lineages at the start ({listed(normal)})")
            if normal
            else "",
            excluded(missing, without),
            _later_words(self.numbers),
        )
        if known:
            short = median_words(self.numbers["response_time"], "days", n=False)
            full = median_words(self.numbers["response_time"], "days")
            headline = f"Response in {short_share(n, known, self.chosen.pht)}"
            headline += f", {short} {AFTER_START}" if n else f" {AFTER_START}"
            result = sentence(
                f"response was found in {share(n, known, given, method=EXACT)}"
                f"{f', {full} {AFTER_START}' if n else ''}",
                *clauses,
            )
        else:
            n_all = len(self.numbers)
            headline = f"Response not evaluable in {patients(n_all, self.chosen.pht)}"
            headline += " given prednisone"
            why = without if missing == n_all else ""
            whom = ", ".join(filter(None, [patients(n_all, given), why]))
            result = sentence(
                f"response was not evaluable in {whom}",
                *(() if why else clauses[:2]),
                clauses[2],
            )
        drawn = (
            "Each dot is a patient, earliest response at the top"
            if len(self.numbers) <= MOST_DOTS
            else "Bars show numbers of patients by days to response"
        )
        return self.write(
            headline,
            result,
            "Days from the start of prednisone to response in "
            f"{patients(len(self.numbers), given)}, first course.",
            f"Response: the first {support_word(settings)}count, up to {settings.after_days} days "
            "after the end of the course, at least one grade better than the last before "
            f"prednisone (at most {settings.baseline_age} days old), in any "
            f"lineage{confirmed_words(settings)}.",
            f"{drawn}{'; dashed line, median of the responders' if n else ''}.",
            self.definition,
        )


def _later_words(first: pd.DataFrame) -> str:
    """Who improved only after the time for a response, and when; empty for nobody."""
    later = first[first["later_day"].notna()]
    each = [f"{who} (day {day:g})" for who, day in rows_of(later, "subject_id", "later_day")]
    if not each:
        return ""
    return f"improvement after the course, not counted, was found in {listed(each)}"


class CompleteRecovery(ResponseExhibit):
    """Complete recovery by lineage, and of all lineages on one draw."""

    name = "figure1-recovery"
    title = "Complete recovery (grade 0) after prednisone"
    definitions = ("course_gap", "early_start", "after_days", "use_support", "confirm", "cutoff")

    def compute(self) -> pd.DataFrame:
        return count_complete_recovery(self.assessment, self.ids)

    def picture(self, target: RenderTarget) -> Picture:
        subtitle = (
            f"Best {support_word(self.settings)}count up to {self.settings.after_days} days after "
            "the first course; lines are exact 95% intervals."
        )
        marks = None
        if self.chosen.published:
            params = self.numbers["param"].astype(str)
            marks = published_shares([(f"recovery {param}", {"param": param}) for param in params])
            subtitle = f"{subtitle} {published_words(marks)}".strip()
        return recovery_chart(self.numbers, self.frame(target, subtitle=subtitle), published=marks)

    def charts(self, target: RenderTarget) -> tuple[NativeChart, ...]:
        return (native_charts.recovery_bars(self.numbers, self.title, target.theme),)

    def texts(self) -> Texts:
        settings, given = self.settings, self.chosen.given
        n_group = int((self.numbers["n_total"] + self.numbers["missing"]).max())
        rows = rows_of(self.numbers, "param", "n", "n_total", "missing")
        lineages = [(LINEAGES[row[0]].name, *row[1:]) for row in rows if row[0] in LINEAGES]
        known = [row for row in lineages if row[2]]
        free_count = f"{support_word(settings)}count after prednisone"
        headline = f"No {free_count} in {patients(n_group, self.chosen.pht)}"
        result = f"There was no {free_count} in {patients(n_group, given)}."
        if known:
            counts = [row[:3] for row in known]
            without = [f"{missing} for {name}" for name, _, _, missing in lineages if missing]
            shares = list_shares(counts, short_share)
            headline = f"Complete recovery (returned to normal) after prednisone: {shares}"
            result = sentence(
                "after prednisone, counts had returned to normal (grade 0, complete recovery): "
                f"{list_shares(counts, share, given)}",
                *(
                    f"all counts were normal on one draw in {share(n, n_total, None)}"
                    for param, n, n_total, _ in rows
                    if param == "all" and n_total
                ),
                f"patients without a count were excluded ({listed(without)})" if without else "",
                f"intervals are {EXACT}",
            )
        return self.write(
            headline,
            result,
            f"Complete recovery (grade 0) after prednisone in {patients(n_group, given)}, by "
            "lineage and for all three on one draw.",
            f"For each lineage, the best {support_word(settings)}count{confirmed_words(settings)} "
            f"is used from the day after the first dose to {settings.after_days} days after the "
            "first course, before recurrent cytopenia, the next course, progression or next "
            "therapy.",
            "Bars show the percentage of patients with such a count; lines, exact "
            "(Clopper-Pearson) 95% CIs.",
            self.definition,
        )


class Relapses(ResponseExhibit):
    """Recurrent cytopenia after stopping, a row per recurrence."""

    name = "relapses"
    title = "Recurrent cytopenia after stopping prednisone"
    definitions = ("course_gap", "baseline_age", "relapse_grade", "confirm")
    courses = "all courses"

    def compute(self) -> pd.DataFrame:
        relapses = self.rows(self.assessment.relapses)
        return relapses[relapses["relapsed"].fillna(False)].reset_index(drop=True)

    def table(self) -> pd.DataFrame:
        return printed(self.numbers, RELAPSE_COLUMNS)

    def texts(self) -> Texts:
        settings, pht, ids = self.settings, self.chosen.pht, self.ids
        rows = self.view.patients.loc[ids]
        stopped = rows[rows["stopped"].fillna(False).to_numpy(dtype=bool)]
        n, known, missing = count_yes(stopped["relapsed"].astype("boolean"))
        without = "without counts at the stop and after it"
        recurrent = "recurrent cytopenia after stopping prednisone"
        if known:
            retreated = self.numbers[self.numbers["retreated"].fillna(False).to_numpy(dtype=bool)]
            again, evaluable, _ = count_yes(retreated["responded_again"].astype("boolean"))
            n_relapses = counted(len(self.numbers), "recurrence", "recurrences")
            of_relapses = counted(evaluable, "recurrence", "recurrences")
            of_courses = counted(evaluable, "further course", "further courses")
            when = median_words(self.numbers["relapse_time"], "days")
            headline = f"{recurrent} in {short_share(n, known, pht)}"
            if evaluable:
                headline += f"; response to retreatment after {again} of {of_relapses}"
            result = sentence(
                f"{recurrent} was found in {share(n, known, pht, method=EXACT)}",
                f"{n_relapses} occurred {when} after stopping" if n else "",
                f"prednisone was given again after {len(retreated)} of {n_relapses}" if n else "",
                f"response was found in {again} of {of_courses}" if evaluable else "",
                excluded(missing, without),
            )
        elif len(stopped):
            who = patients(len(stopped), pht)
            headline = f"{recurrent} not evaluable in {who}"
            result = f"Recurrence was not evaluable in {who} who stopped prednisone, {without}."
        else:
            headline = f"No stop of prednisone recorded in {patients(len(ids), pht)} given it"
            result = f"{headline}."
        fall = counted(settings.relapse_fall, "grade", "grades")
        confirmed = confirmed_words(settings)
        return self.write(
            headline,
            result,
            f"Recurrent cytopenia after stopping prednisone, one recurrence per row, in "
            f"{patients(len(stopped), pht)} who stopped, of {len(ids)} given it.",
            f"Recurrence: a count at grade {settings.relapse_grade} or worse and at least {fall} "
            f"worse than at the stop, up to the next start{confirmed}; days are counted from "
            "CAR-T infusion.",
            self.definition,
            beside=" ".join(LINEAGES) if len(self.numbers) else "",
        )


class Doses(ResponseExhibit):
    """Prednisone doses over time, and which steps followed the taper rule."""

    name = "doses"
    title = "Prednisone doses"
    definitions = ("course_gap", "other_steroids", "taper")
    basis = ""

    def compute(self) -> pd.DataFrame:
        return patient_doses(self.assessment, self.ids)

    @property
    def steps(self) -> pd.DataFrame:
        """Changes of dose, and whether they followed the rule."""
        return self.rows(self.assessment.dose_steps)

    def dose_words(self) -> str:
        """What a block's height is, in which unit and why."""
        drawn = self.numbers.drop_duplicates("subject_id")
        units = drawn.get("dose_unit", pd.Series(PER_KG, index=drawn.index))
        n_in_mg = int((units == PER_DAY).sum())
        if 0 < n_in_mg < len(drawn):
            return (
                f"the dose, printed above it, to a scale for each unit: {PER_KG}, and {PER_DAY} in "
                f"{patients(n_in_mg)} without a recorded weight"
            )
        unit = f"{PER_DAY}, as no weight is recorded" if n_in_mg else PER_KG
        return f"the dose ({unit}), printed above it"

    def picture(self, target: RenderTarget) -> Picture:
        steps, most = self.steps, target.rows(MOST_LANES)
        rows = min(self.numbers["subject_id"].nunique(), most)
        return dose_chart(
            self.numbers,
            self.frame(
                target,
                title=f"Prednisone dose: {int(steps['followed'].sum())} of {len(steps)} steps "
                "followed the taper rule",
                subtitle=describe_settings(self.settings, ("taper",))[0],
            ),
            most=most,
            row_height=target.part(46, besides=170, of=rows, least=22),
            steps=steps,
        )

    def texts(self) -> Texts:
        settings, steps = self.settings, self.steps
        first = first_courses(self.rows(self.assessment.courses))
        followed, n_steps = int(steps["followed"].sum()), len(steps)
        done = "the dose was not changed within a course"
        if n_steps:
            changes = counted(n_steps, "dose change", "dose changes")
            rule = f"the taper rule was followed in {followed} of {changes}"
            done = with_percent(rule, followed, n_steps)
        given = first[first["first_dose"].notna()]
        units = given["subject_id"].map(self.cohort.dose_unit).astype(str)
        by_unit = [
            (given.loc[units == unit, "first_dose"], unit)
            for unit in (PER_KG, PER_DAY)
            if (units == unit).any()
        ]
        dose = listed([median_value(*own, n=False) for own in by_unit])
        known = listed([median_words(*own) for own in by_unit])
        duration = median_words(first["duration"], "days")
        ongoing = int(first["ongoing"].sum())
        who = patients(len(first), self.chosen.given)
        return self.write(
            f"{done}; first dose {dose}" if dose else done,
            sentence(
                f"in {who}, the first course began {median_words(first['start_day'], 'days')} "
                f"after CAR-T infusion{f' at {known}' if known else ''}",
                f"it lasted {duration}" if duration else "",
                f"no end of it was recorded in {ongoing}" if ongoing else "",
                done,
            ),
            f"Doses of prednisone in {who} by days since CAR-T infusion; the height of a block is "
            f"{self.dose_words()}.",
            f"Taper rule: the new dose is {settings.taper_low:g} to {settings.taper_high:g} of the "
            "last, and a lineage's grade had fallen in the "
            f"{settings.taper_days} days before it; circles, changes that followed the rule; "
            "crosses, other changes."
            if n_steps
            else "",
            "Doses are prednisone equivalents of all corticosteroids."
            if settings.other_steroids
            else "",
            self.definition,
        )


class Safety(ResponseExhibit):
    """Events on prednisone with their exact intervals, of all who were given it."""

    name = "safety"
    title = "Safety on prednisone"
    definitions = ("course_gap", "other_steroids")
    graded = False

    def why_not(self) -> str:
        if not self.view.treated:
            return super().why_not()
        if not len(self.numbers):
            return "This cohort has no data on adverse events."
        return ""

    def compute(self) -> pd.DataFrame:
        return count_safety(self.assessment, self.view.treated)

    @property
    def basis(self) -> str:
        return f"all {len(self.view.treated)} given prednisone, exact 95% intervals"

    def table(self) -> pd.DataFrame:
        return printed(print_shares(self.numbers), SAFETY_COLUMNS)

    def texts(self) -> Texts:
        n_total = int(self.numbers["n_total"].iloc[0])
        counts = rows_of(self.numbers, "title", "n", "n_total")
        happened = list_shares([row for row in counts if row[1]], short_share)
        never = listed([row[0] for row in counts if not row[1]], "or")
        none = f"{never} in none{'' if happened else f' of {patients(n_total)}'}" if never else ""
        return self.write(
            f"On prednisone: {'; '.join(filter(None, [happened, none]))}",
            sentence(
                f"during courses of prednisone, {list_shares(counts, share, '', ' occurred')}",
                f"intervals are {EXACT}",
            ),
            f"Events during courses of prednisone in {patients(n_total)} given it.",
            "Each patient counts once per kind of event; kinds that the data do not record are "
            "omitted; CIs are exact (Clopper-Pearson).",
        )


class SupportRates(ResponseExhibit):
    """Transfusions, G-CSF and adverse events per person-time."""

    name = "support-rates"
    title = "Support and events before, on and off prednisone"
    definitions = ("course_gap", "early_start", "other_steroids")
    graded = False
    courses = "all courses"

    def why_not(self) -> str:
        if why := super().why_not():
            return why
        return "" if len(self.numbers) else "This cohort records neither support nor events."

    def compute(self) -> pd.DataFrame:
        return count_rates(self.assessment, self.ids)

    def table(self) -> pd.DataFrame:
        lines: dict[str, dict[str, str]] = {}
        columns = ("title", "phase", "events", "rate", "conf_low", "conf_high")
        for title, phase, events, rate, low, high in rows_of(self.numbers, *columns):
            words = "–"
            if rate == rate:
                words = f"{rate:.2f} ({low:.2f}–{high:.2f}); {events}"
            lines.setdefault(title, {"Days with": title})[PHASES[phase].capitalize()] = words
        return pd.DataFrame(lines.values(), dtype=object)

    def texts(self) -> Texts:
        times = self.numbers.drop_duplicates("phase")
        time = [
            f"{days:.0f} days {PHASES[phase]}"
            for phase, days in rows_of(times, "phase", "person_days")
        ]
        clauses = []
        for title, own in self.numbers.groupby("title", sort=False):
            if own["events"].sum():
                rates = [
                    f"{rate:.2f} {PHASES[phase]}"
                    for phase, rate in rows_of(own.dropna(subset=["rate"]), "phase", "rate")
                ]
                clauses.append(f"{title}, {', '.join(rates)}")
        none = "no day with support or an event was recorded"
        return self.write(
            f"Days per {PER_DAYS} days: {'; '.join(clauses[:2])}" if clauses else none,
            sentence(
                f"in {patients(len(self.ids), self.chosen.given)}, days with support or an event "
                f"per {PER_DAYS} days were: {'; '.join(clauses)}" if clauses else none,
                f"person-time was {listed(time)}",
            ),
            f"Days with support or an event per {PER_DAYS} days of person-time in "
            f"{patients(len(self.ids), self.chosen.given)}, with 95% CI (exact, Poisson) and their "
            "number. Before: from CAR-T infusion to the first course; off: all days after it "
            "without prednisone. Time ends at progression, the next therapy, death or the last "
            "day known, through which support and events are taken as recorded.",
            "Days of one patient are not independent, so intervals are too narrow; phases differ "
            "in time since infusion, so rates do not compare treatments.",
            self.definition,
            beside=" ".join(self.numbers["title"]),
        )  # fmt: skip
