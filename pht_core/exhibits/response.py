"""Response to prednisone: times, recovery, relapses after stopping, doses, and safety."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from pht_core.charts.picture import MOST_LANES, Picture
from pht_core.charts.response import MOST_DOTS, dose_chart, recovery_chart, response_time_chart
from pht_core.charts.survival import cumulative_incidence_chart
from pht_core.exhibits import native_charts
from pht_core.exhibits.exhibit import Exhibit, NativeChart, RenderTarget, Texts, choice
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import Provenance, View
from pht_core.exhibits.words import (
    EXACT,
    excluded,
    limits,
    list_shares,
    median_value,
    median_words,
    patients,
    percent,
    pht_definition,
    rows_of,
    sentence,
    share,
    short_share,
    write_texts,
)
from pht_core.model.lineage import LINEAGES
from pht_core.model.settings import describe_settings, support_word
from pht_core.model.words import counted, listed
from pht_core.stats.proportion import short_rate_text
from pht_core.stats.recovery import (
    count_complete_recovery,
    derive_recovery_times,
    recovery_curves,
)
from pht_core.stats.response import first_courses
from pht_core.stats.safety import count_safety
from pht_core.stats.summary import count_yes, median_range, median_text
from pht_core.stats.trajectory import patient_doses

PATIENTS = {"pht": "with PHT at day 28", "all": "all given prednisone"}
RELAPSE_COLUMNS = {
    "subject_id": "Patient",
    "course": "Course",
    "stop_day": "Stopped, day",
    "relapse_day": "Relapse, day",
    "relapse_params": "Lineages",
    "relapse_grade": "Grade at relapse",
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
COMPETING = {"progression": "progression", "next_therapy": "the next therapy", "death": "death"}
RECOVERY_DAY = 28.0
AFTER_START = "after the start of prednisone"
DOSE_UNIT = "mg/kg/day"


@dataclass(frozen=True)
class ResponseOptions:
    """Who counts: of those given prednisone the ones with PHT at day 28, or all."""

    of: str = choice(*PATIENTS)

    @property
    def pht(self) -> str:
        """What the patients have in common, where all are known to be given prednisone."""
        return "with PHT" if self.of == "pht" else ""

    @property
    def given(self) -> str:
        """What the patients have in common."""
        return f"{self.pht} given prednisone".strip()


class _Response(Exhibit[ResponseOptions]):
    page: ClassVar[str] = "response"
    options: ClassVar[type] = ResponseOptions

    courses: ClassVar[str] = "first course"

    def patients(self, view: View, options: ResponseOptions) -> list[str]:
        """Who counts."""
        return view.treated if options.of == "all" else view.treated_pht

    def definition(self, view: View, options: ResponseOptions) -> str:
        """What PHT means, where it decides who counts."""
        return pht_definition(view.settings) if options.of == "pht" else ""

    def why_not(self, view: View, options: ResponseOptions) -> str:
        if not view.cohort.has("prednisone"):
            return "This cohort has no data on prednisone, so there is no response to show."
        if not view.treated:
            return "None of these patients was given prednisone, so there is no response to show."
        if not self.patients(view, options):
            return "None of these patients had PHT at day 28. Choose all given prednisone."
        return ""

    def provenance(self, view: View, options: ResponseOptions) -> Provenance:
        return view.provenance(f"{patients(len(self.patients(view, options)))}, {self.courses}")


class ResponseTimes(_Response):
    """Days to the first gain of a grade."""

    name = "response-times"
    title = "Response times"
    definitions = ("course_gap", "other_steroids", "baseline_age", "response", "confirm", "cutoff")

    def numbers(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        return first_courses(view.of(view.assessment.responses, self.patients(view, options)))

    def picture(
        self, view: View, numbers: pd.DataFrame, options: ResponseOptions, target: RenderTarget
    ) -> Picture:
        n, known, _ = count_yes(numbers["responded"])
        return response_time_chart(
            numbers,
            self.frame(
                view,
                options,
                target,
                title=f"{n} of {known} responded; median response time "
                f"{median_text(numbers['response_time'], 'days')}",
                subtitle="From the first prednisone day to the first "
                f"{support_word(view.settings)}count at least one grade better, in any lineage.",
            ),
            row_height=target.part(22, besides=150, of=len(numbers), least=14),
            median=median_range(numbers["response_time"])[0] if n else None,
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        settings, given = view.settings, options.given
        n, known, missing = count_yes(numbers["responded"])
        without = f"without counts before and {AFTER_START}"
        if known:
            short = median_words(numbers["response_time"], "days", n=False)
            full = median_words(numbers["response_time"], "days")
            headline = f"Response in {short_share(n, known, options.pht)}"
            headline += f", {short} {AFTER_START}" if n else f" {AFTER_START}"
            result = sentence(
                f"response was found in {share(n, known, given, method=EXACT)}"
                f"{f', {full} {AFTER_START}' if n else ''}",
                excluded(missing, without),
            )
        else:
            who = patients(missing, options.pht)
            headline = f"Response not evaluable in {who} given prednisone"
            result = f"Response was not evaluable in {patients(missing, given)}, {without}."
        confirmed = ", confirmed by the lineage's next count" if settings.confirm else ""
        drawn = (
            "Each dot is a patient, earliest response at the top"
            if len(numbers) <= MOST_DOTS
            else "Bars show numbers of patients by days to response"
        )
        return write_texts(
            view,
            headline,
            result,
            f"Days from the start of prednisone to response in {patients(len(numbers), given)}, "
            "first course.",
            f"Response: the first {support_word(settings)}count at least one grade better than "
            f"the last before prednisone (at most {settings.baseline_age} days old), in any "
            f"lineage{confirmed}.",
            f"{drawn}{'; dashed line, median of the responders' if n else ''}.",
            self.definition(view, options),
        )


class CompleteRecovery(_Response):
    """Return to normal by lineage, and of all lineages on one draw."""

    name = "figure1-recovery"
    title = "Return to normal after prednisone (complete recovery)"
    definitions = ("course_gap", "after_days", "use_support", "cutoff")

    def numbers(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        return count_complete_recovery(view.assessment, self.patients(view, options))

    def picture(
        self, view: View, numbers: pd.DataFrame, options: ResponseOptions, target: RenderTarget
    ) -> Picture:
        settings = view.settings
        subtitle = (
            f"Best {support_word(settings)}count up to {settings.after_days} days after "
            "the first course; lines are exact 95% intervals."
        )
        frame = self.frame(view, options, target, subtitle=subtitle)
        return recovery_chart(numbers, frame)

    def charts(
        self, view: View, numbers: pd.DataFrame, options: ResponseOptions, target: RenderTarget
    ) -> tuple[NativeChart, ...]:
        return (native_charts.recovery_bars(numbers, self.title, target.theme),)

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        settings, given = view.settings, options.given
        n_group = int((numbers["n_total"] + numbers["missing"]).max())
        rows = rows_of(numbers, "param", "n", "n_total", "missing")
        lineages = [(LINEAGES[row[0]].name, *row[1:]) for row in rows if row[0] in LINEAGES]
        known = [row for row in lineages if row[2]]
        free_count = f"{support_word(settings)}count after prednisone"
        headline = f"No {free_count} in {patients(n_group, options.pht)}"
        result = f"There was no {free_count} in {patients(n_group, given)}."
        if known:
            counts = [row[:3] for row in known]
            without = [f"{missing} for {name}" for name, _, _, missing in lineages if missing]
            headline = f"Returned to normal after prednisone: {list_shares(counts, short_share)}"
            result = sentence(
                "after prednisone, counts had returned to normal (grade 0): "
                f"{list_shares(counts, share, given)}",
                *(
                    f"all counts were normal on one draw in {share(n, n_total, None)}"
                    for param, n, n_total, _ in rows
                    if param == "all" and n_total
                ),
                f"patients without a count were excluded ({listed(without)})" if without else "",
                f"intervals are {EXACT}",
            )
        return write_texts(
            view,
            headline,
            result,
            "Return of counts to normal (grade 0, complete recovery) after prednisone in "
            f"{patients(n_group, given)}, by lineage and for all three on one draw.",
            f"For each lineage, the best {support_word(settings)}count is used from the day after "
            f"the first dose to {settings.after_days} days after the first course, before a "
            "relapse, progression or next therapy.",
            "Bars show the percentage of patients with such a count; lines, exact "
            "(Clopper-Pearson) 95% CIs.",
            self.definition(view, options),
        )


class RecoveryIncidence(_Response):
    """Cumulative incidence of recovery, with what competes."""

    name = "recovery-incidence"
    title = "Cumulative incidence of recovery"
    definitions = ("course_gap", "recovery_grade", "use_support", "cutoff")

    def why_not(self, view: View, options: ResponseOptions) -> str:
        if why := super().why_not(view, options):
            return why
        if not len(self.cached_numbers(view, options)):
            return "None of these patients was above that grade at the start of prednisone."
        return ""

    def numbers(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        return recovery_curves(view.assessment, self.patients(view, options))

    def provenance(self, view: View, options: ResponseOptions) -> Provenance:
        return view.provenance(f"Aalen-Johansen, {view.settings.ci} interval")

    def picture(
        self, view: View, numbers: pd.DataFrame, options: ResponseOptions, target: RenderTarget
    ) -> Picture:
        return cumulative_incidence_chart(
            numbers,
            self.frame(
                view,
                options,
                target,
                title=f"Cumulative incidence of recovery to grade ≤ {view.settings.recovery_grade}",
                subtitle=f"All lineages on one {support_word(view.settings)}draw. Death, "
                "progression and the next therapy compete (Aalen-Johansen).",
                height=target.part(320, besides=177, least=180),
            ),
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        settings, ids = view.settings, self.patients(view, options)
        grade, ci = settings.recovery_grade, settings.ci
        ends = view.assessment.keep(
            "recovery times",
            lambda: derive_recovery_times(view.assessment, view.cohort.subject_ids),
        )
        ends = ends[ends["subject_id"].isin(ids)]
        n, causes = len(ends), ends["cause"].astype(str)
        before = {
            words: int((causes == cause).sum())
            for cause, words in COMPETING.items()
            if (causes == cause).any()
        }
        waiting = int((causes == "censored").sum())
        curve = numbers[numbers["cause"] == "recovery"]
        day = min(RECOVERY_DAY, float(curve["time"].max()))
        columns = ("estimate", "conf_low", "conf_high")
        estimate, low, high = rows_of(curve[curve["time"] <= day], *columns)[-1]
        rate = short_rate_text(estimate)
        # Where nobody or everybody has recovered there is no interval (missing, which is not less).
        interval = f"95% CI {limits(100 * low, 100 * high)}" if low < high else ""
        method = f"{interval}, Aalen-Johansen, {ci}" if interval else "Aalen-Johansen"
        when = f"{day:g} {'day' if day == 1 else 'days'} {AFTER_START}"
        of_all = f", of {patients(len(ids), options.given)}" if n != len(ids) else ""
        others = [f"{words} before recovery" for words in before]
        return write_texts(
            view,
            f"Cumulative incidence of recovery to grade ≤ {grade}: {rate}"
            f"{f' ({interval})' if interval else ''} {when}",
            sentence(
                f"of {patients(n, f'with a lineage above grade {grade}')} at the start of "
                f"prednisone, {int((causes == 'recovery').sum())} recovered",
                f"before recovery, {listed([f'{words} in {k}' for words, k in before.items()])}"
                if before
                else "",
                f"{waiting} had not recovered by the last count" if waiting else "",
                f"the cumulative incidence of recovery was {rate} ({method}) {when}, with "
                f"{patients(int((ends['time'] >= day).sum()))} at risk",
            ),
            f"Cumulative incidence of recovery from the start of prednisone in {patients(n)} with "
            f"a lineage above grade {grade} at that time{of_all}.",
            f"Recovery: every lineage at grade {grade} or better on one {support_word(settings)}"
            "draw; progression, the next therapy and death are competing events (Aalen-Johansen).",
            f"Shaded, {ci} 95% CI{f'; further curves, {listed(others)}' if others else ''}.",
            self.definition(view, options),
        )


class Relapses(_Response):
    """Relapses after stopping, a row each."""

    name = "relapses"
    title = "Relapses after stopping prednisone"
    definitions = ("course_gap", "baseline_age", "relapse_grade", "confirm")
    courses = "all courses"

    def numbers(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        relapses = view.of(view.assessment.relapses, self.patients(view, options))
        return relapses[relapses["relapsed"].fillna(False)].reset_index(drop=True)

    def table(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> pd.DataFrame:
        return printed(numbers, RELAPSE_COLUMNS)

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        settings, pht, ids = view.settings, options.pht, self.patients(view, options)
        rows = view.patients.loc[ids]
        stopped = rows[rows["stopped"].fillna(False).to_numpy(dtype=bool)]
        n, known, missing = count_yes(stopped["relapsed"].astype("boolean"))
        without = "without counts at the stop and after it"
        recurrent = "recurrent cytopenia after stopping prednisone"
        if known:
            retreated = numbers[numbers["retreated"].fillna(False).to_numpy(dtype=bool)]
            again, evaluable, _ = count_yes(retreated["responded_again"].astype("boolean"))
            n_relapses = counted(len(numbers), "relapse", "relapses")
            of_relapses = counted(evaluable, "relapse", "relapses")
            of_courses = counted(evaluable, "further course", "further courses")
            when = median_words(numbers["relapse_time"], "days")
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
            headline = f"Relapse after stopping not evaluable in {who}"
            result = f"Relapse was not evaluable in {who} who stopped prednisone, {without}."
        else:
            headline = f"No stop of prednisone recorded in {patients(len(ids), pht)} given it"
            result = f"{headline}."
        fall = counted(settings.relapse_fall, "grade", "grades")
        confirmed = ", confirmed by the next count" if settings.confirm else ""
        return write_texts(
            view,
            headline,
            result,
            f"Relapses after stopping prednisone, one per row, in {patients(len(stopped), pht)} "
            f"who stopped, of {len(ids)} given it.",
            f"Relapse: a count at grade {settings.relapse_grade} or worse and at least {fall} "
            f"worse than at the stop, up to the next start{confirmed}; days are counted from "
            "CAR-T infusion.",
            self.definition(view, options),
            kind="Table",
            beside=" ".join(LINEAGES) if len(numbers) else "",
        )


class Doses(_Response):
    """Prednisone doses over time, and which steps followed the taper rule."""

    name = "doses"
    title = "Prednisone doses"
    definitions = ("course_gap", "other_steroids", "taper")

    def numbers(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        return patient_doses(view.assessment, self.patients(view, options))

    def steps(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        """Changes of dose, and whether they followed the rule."""
        return view.of(view.assessment.dose_steps, self.patients(view, options))

    def provenance(self, view: View, options: ResponseOptions) -> Provenance:
        return view.provenance()

    def picture(
        self, view: View, numbers: pd.DataFrame, options: ResponseOptions, target: RenderTarget
    ) -> Picture:
        steps, most = self.steps(view, options), target.rows(MOST_LANES)
        rows = min(numbers["subject_id"].nunique(), most)
        return dose_chart(
            numbers,
            self.frame(
                view,
                options,
                target,
                title=f"Prednisone dose: {int(steps['followed'].sum())} of {len(steps)} steps "
                "followed the taper rule",
                subtitle=describe_settings(view.settings, ("taper",))[0],
            ),
            most=most,
            row_height=target.part(46, besides=170, of=rows, least=22),
            steps=steps,
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        settings, steps = view.settings, self.steps(view, options)
        first = first_courses(view.of(view.assessment.courses, self.patients(view, options)))
        followed, n_steps = int(steps["followed"].sum()), len(steps)
        short = full = "the dose was not changed within a course"
        if n_steps:
            changes = counted(n_steps, "dose change", "dose changes")
            rule = f"the taper rule was followed in {followed} of {changes}"
            short, full = (f"{rule} ({percent(followed, n_steps, places)})" for places in (0, 1))
        dose = median_value(first["first_dose"], DOSE_UNIT, n=False)
        known = median_words(first["first_dose"], DOSE_UNIT)
        duration = median_words(first["duration"], "days")
        ongoing = int(first["ongoing"].sum())
        who = patients(len(first), options.given)
        return write_texts(
            view,
            f"{short}; first dose {dose}" if dose else short,
            sentence(
                f"in {who}, the first course began {median_words(first['start_day'], 'days')} "
                f"after CAR-T infusion{f' at {known}' if known else ''}",
                f"it lasted {duration}" if duration else "",
                f"no end of it was recorded in {ongoing}" if ongoing else "",
                full,
            ),
            f"Doses of prednisone in {who} by days since CAR-T infusion; the height of a block is "
            f"the dose ({DOSE_UNIT}), printed above it.",
            f"Taper rule: the new dose is {settings.taper_low:g} to {settings.taper_high:g} of the "
            "last, and some lineage had gained a grade in the "
            f"{settings.taper_days} days before it; circles, changes that followed the rule; "
            "crosses, other changes."
            if n_steps
            else "",
            "Doses are prednisone equivalents of all corticosteroids."
            if settings.other_steroids
            else "",
            self.definition(view, options),
        )


class Safety(_Response):
    """Events on prednisone with their exact intervals, of all who were given it."""

    name = "safety"
    title = "Safety on prednisone"
    definitions = ("course_gap", "other_steroids")

    def why_not(self, view: View, options: ResponseOptions) -> str:
        if not view.treated:
            return super().why_not(view, options)
        if not len(self.cached_numbers(view, options)):
            return "This cohort has no data on adverse events."
        return ""

    def numbers(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        return count_safety(view.assessment, view.treated)

    def provenance(self, view: View, options: ResponseOptions) -> Provenance:
        return view.provenance(
            f"all {len(view.treated)} given prednisone, exact 95% intervals", graded=False
        )

    def table(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> pd.DataFrame:
        return printed(numbers, SAFETY_COLUMNS)

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        n_total = int(numbers["n_total"].iloc[0])
        counts = rows_of(numbers, "title", "n", "n_total")
        happened = list_shares([row for row in counts if row[1]], short_share)
        never = listed([row[0] for row in counts if not row[1]], "or")
        none = f"{never} in none{'' if happened else f' of {patients(n_total)}'}" if never else ""
        return write_texts(
            view,
            f"On prednisone: {'; '.join(filter(None, [happened, none]))}",
            sentence(
                f"during courses of prednisone, {list_shares(counts, share, '', ' occurred')}",
                f"intervals are {EXACT}",
            ),
            f"Events during courses of prednisone in {patients(n_total)} given it.",
            "Each patient counts once per kind of event; kinds that the data do not record are "
            "omitted; CIs are exact (Clopper-Pearson).",
            kind="Table",
        )
