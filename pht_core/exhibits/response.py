"""Response to prednisone: times, recovery, relapses after stopping, doses, and safety."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from pht_core.charts.picture import MOST_LANES, Picture
from pht_core.charts.response import dose_chart, recovery_chart, response_time_chart
from pht_core.charts.survival import cumulative_incidence_chart
from pht_core.exhibits import native_charts as natives
from pht_core.exhibits import response_words as texts
from pht_core.exhibits import response_words as treatment
from pht_core.exhibits.exhibit import Exhibit, NativeChart, RenderTarget, Texts, choice
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import Provenance, View
from pht_core.model.settings import describe_settings, support_word
from pht_core.stats.recovery import count_complete_recovery, recovery_curves
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
    "relapse_grade": "Grade then",
    "worst_grade": "Worst",
    "retreated": "Treated again",
    "responded_again": "Responded again",
}
SAFETY_COLUMNS = {
    "title": "Event on a day of a course",
    "n": "Patients",
    "n_total": "Of",
    "percent": "%",
    "conf_low": "95% CI from",
    "conf_high": "to",
}


@dataclass(frozen=True)
class ResponseOptions:
    """Who counts: of those given prednisone the ones with PHT at day 28, or all."""

    of: str = choice(*PATIENTS)


class _Response(Exhibit[ResponseOptions]):
    page: ClassVar[str] = "response"
    options: ClassVar[type] = ResponseOptions

    def patients(self, view: View, options: ResponseOptions) -> list[str]:
        """Who counts."""
        return view.treated if options.of == "all" else view.treated_pht

    def why_not(self, view: View, options: ResponseOptions) -> str:
        if not view.cohort.has("prednisone"):
            return "This cohort's file does not record prednisone, so there is no response to show."
        if not view.treated:
            return "None of these patients was given prednisone, so there is no response to show."
        if not self.patients(view, options):
            return "None of these patients had PHT at day 28. Choose all given prednisone."
        return ""

    def provenance(self, view: View, options: ResponseOptions) -> Provenance:
        n = len(self.patients(view, options))
        return view.provenance(f"{n} patient{'s' * (n != 1)}, first course")


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
        return texts.times(view, numbers, options.of)


class CompleteRecovery(_Response):
    """Back to normal per lineage, and all lineages on one draw."""

    name = "figure1-recovery"
    title = "Back to normal after prednisone (complete recovery)"
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
        return recovery_chart(numbers, frame, intervals=True)

    def charts(
        self, view: View, numbers: pd.DataFrame, options: ResponseOptions, target: RenderTarget
    ) -> tuple[NativeChart, ...]:
        return (natives.recovery_bars(numbers, self.title, target.theme),)

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        return texts.complete_recovery(view, numbers, options.of)


class RecoveryIncidence(_Response):
    """Cumulative incidence of recovery, with what competes."""

    name = "recovery-incidence"
    title = "Cumulative incidence of recovery"
    definitions = ("course_gap", "recovery_grade", "use_support", "cutoff")

    def why_not(self, view: View, options: ResponseOptions) -> str:
        if why := super().why_not(view, options):
            return why
        if not len(self.kept_numbers(view, options)):
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
        return texts.recovery_incidence(view, numbers, self.patients(view, options), options.of)


class Relapses(_Response):
    """Relapses after stopping, a row each."""

    name = "relapses"
    title = "Relapses after stopping prednisone"
    definitions = ("course_gap", "baseline_age", "relapse_grade", "confirm")

    def provenance(self, view: View, options: ResponseOptions) -> Provenance:
        n = len(self.patients(view, options))
        return view.provenance(f"{n} patient{'s' * (n != 1)}, all courses")

    def numbers(self, view: View, options: ResponseOptions) -> pd.DataFrame:
        relapses = view.of(view.assessment.relapses, self.patients(view, options))
        return relapses[relapses["relapsed"].fillna(False)].reset_index(drop=True)

    def table(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> pd.DataFrame:
        return printed(numbers, RELAPSE_COLUMNS)

    def texts(self, view: View, numbers: pd.DataFrame, options: ResponseOptions) -> Texts:
        return texts.relapses(view, numbers, options.of, self.patients(view, options))


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
        return treatment.doses(
            view, self.steps(view, options), self.patients(view, options), options.of
        )


class Safety(_Response):
    """Events on prednisone with their exact intervals, of all who were given it."""

    name = "safety"
    title = "Safety on prednisone"
    definitions = ("course_gap", "other_steroids")

    def why_not(self, view: View, options: ResponseOptions) -> str:
        if not view.treated:
            return super().why_not(view, options)
        if not len(self.kept_numbers(view, options)):
            return "This cohort's file records no events."
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
        return treatment.safety(view, numbers)
