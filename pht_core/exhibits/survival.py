"""Survival: the Kaplan-Meier curve, its rates, and its medians."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from pht_core.charts.picture import Picture
from pht_core.charts.survival import survival_chart
from pht_core.exhibits import survival_words as texts
from pht_core.exhibits.exhibit import Exhibit, RenderTarget, Texts, choice
from pht_core.exhibits.rendering import printed
from pht_core.exhibits.view import Provenance, View
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.settings import INTERVALS
from pht_core.stats.grouping import GROUPINGS
from pht_core.stats.survival_report import (
    ORIGINS,
    SurvivalReport,
    derive_survival_report,
)

LANDMARKS = (1, 2, 3, 6)


@dataclass(frozen=True)
class SurvivalOptions:
    """Which event, in which groups, from when on and by which interval; landmark 0 is none."""

    endpoint: str = choice(*ENDPOINTS)
    by: str = choice("none", *GROUPINGS)
    ci: str = choice(*INTERVALS)
    origin: str = choice(*ORIGINS)
    censor: bool = True
    landmark: int = choice(0, *LANDMARKS)


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
                by=None if options.by == "none" else options.by,
                ci=options.ci,
                origin=options.origin,
                censor_at_next_therapy=options.censor,
                landmark=options.landmark or None,
                selected_later="CRS grade" if view.filters.crs_grade else "",
            ),
        )

    def why_not(self, view: View, options: SurvivalOptions) -> str:
        if self.report(view, options).times.empty:
            return "None of these patients has a follow-up time, so there is no curve to draw."
        return ""

    def provenance(self, view: View, options: SurvivalOptions) -> Provenance:
        report = self.report(view, options)
        return view.provenance(report.method, graded=False, n=len(report.times))


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
            thin_tail=report.thin_tails,
            endpoint=ENDPOINTS[options.endpoint].title,
            origin=report.origin_word,
        )

    def texts(self, view: View, numbers: pd.DataFrame, options: SurvivalOptions) -> Texts:
        return texts.curve(view, self.report(view, options), options)


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
        return texts.rates(view, self.report(view, options), options)


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
        return texts.medians(view, self.report(view, options), options)
