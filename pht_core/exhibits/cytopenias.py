"""Figure 1: who is affected, how many lineages at once, and how severely."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from pht_core.charts.cytopenias import grades_chart, incidence_chart, lineages_chart
from pht_core.charts.picture import Frame, Picture
from pht_core.charts.pies import pies_chart
from pht_core.exhibits import cytopenias_words as texts
from pht_core.exhibits import native_charts as natives
from pht_core.exhibits.exhibit import Exhibit, NativeChart, RenderTarget, Texts, choice
from pht_core.exhibits.view import Provenance, View
from pht_core.stats.summary import count_grades, count_incidence, count_lineages, figure_groups

DENOMINATORS = {"pht": "with PHT at day 28", "all": "everyone"}
AFTERS = {"best": "best count", "last": "last count"}
LOOKS = {"bars": "bars", "pies": "the paper's pies"}
NO_COUNTS = "This cohort has no blood counts, so there is no cytopenia to count."
SUBTITLE = (
    "One value per patient and lineage. Worst of many before and best of many after make an "
    "improvement look certain."
)


@dataclass(frozen=True)
class CytopeniaOptions:
    """Who counts from day 28 on, which count after prednisone, and how it is drawn."""

    of: str = choice(*DENOMINATORS)
    after: str = choice(*AFTERS)
    look: str = choice(*LOOKS)
    intervals: bool = False


class _Cytopenias(Exhibit[CytopeniaOptions]):
    page: ClassVar[str] = "cytopenias"
    options: ClassVar[type] = CytopeniaOptions
    definitions: ClassVar[tuple[str, ...]] = (
        "day28_window",
        "pht_grade",
        "after_days",
        "use_support",
        "cutoff",
    )
    panels: ClassVar[str]
    # Of the bars, of what stands above and below them, and of the lowest bars, in units.
    height: ClassVar[int] = 300
    besides: ClassVar[int] = 166
    least: ClassVar[int] = 180

    def why_not(self, view: View, options: CytopeniaOptions) -> str:
        """Nothing can be counted where the file has no counts."""
        return "" if len(view.assessment.counts) else NO_COUNTS

    def provenance(self, view: View, options: CytopeniaOptions) -> Provenance:
        day = view.settings.day28
        return view.provenance(f"worst of days 0-{day}, single draw at day {day}")

    def groups(self, view: View, options: CytopeniaOptions) -> dict[str, list[str]]:
        """The denominators by period."""
        return figure_groups(view.patients, options.of, options.after)

    def figure_frame(
        self,
        view: View,
        options: CytopeniaOptions,
        target: RenderTarget,
        subtitle: str = "",
    ) -> Frame:
        """The frame of its picture, with the paper's panels in the title of the sample."""
        paper = f" (Figure 1 {self.panels})" if view.cohort.simulated else ""
        return self.frame(
            view,
            options,
            target,
            title=self.title + paper,
            subtitle=subtitle,
            height=target.part(self.height, besides=self.besides, least=self.least),
        )


class Incidence(_Cytopenias):
    """Each cytopenia by period."""

    name = "figure1-incidence"
    title = "Patients with each cytopenia"
    panels = "A, D, G"

    def numbers(self, view: View, options: CytopeniaOptions) -> pd.DataFrame:
        return count_incidence(view.assessment.grades, self.groups(view, options))

    def picture(
        self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions, target: RenderTarget
    ) -> Picture:
        frame = self.figure_frame(view, options, target, SUBTITLE)
        if options.look == "pies":
            return pies_chart(numbers, frame)
        return incidence_chart(numbers, frame, intervals=options.intervals)

    def charts(
        self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions, target: RenderTarget
    ) -> tuple[NativeChart, ...]:
        if options.look == "pies":
            return natives.incidence_pies(numbers, target.theme)
        return (natives.incidence_bars(numbers, self.title, target.theme),)

    def texts(self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions) -> Texts:
        return texts.incidence(
            view,
            numbers,
            options.of,
            options.after,
            pies=options.look == "pies",
            intervals=options.intervals,
        )


class Lineages(_Cytopenias):
    """How many lineages are low at once."""

    name = "figure1-lineages"
    title = "Number of lineages with cytopenia at once"
    panels = "B, E, H"

    def numbers(self, view: View, options: CytopeniaOptions) -> pd.DataFrame:
        return count_lineages(view.assessment.grades, self.groups(view, options))

    def picture(
        self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions, target: RenderTarget
    ) -> Picture:
        frame = self.figure_frame(view, options, target)
        return lineages_chart(numbers, frame, intervals=options.intervals)

    def charts(
        self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions, target: RenderTarget
    ) -> tuple[NativeChart, ...]:
        return (natives.lineage_bars(numbers, self.title, target.theme),)

    def texts(self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions) -> Texts:
        return texts.lineages(view, numbers, options.of, options.after, intervals=options.intervals)


class Grades(_Cytopenias):
    """Grades of each cytopenia by period."""

    name = "figure1-grades"
    title = "Grades of each cytopenia"
    panels = "C, F, I"
    height, besides, least = 360, 193, 320  # two lines stand above its bars

    def numbers(self, view: View, options: CytopeniaOptions) -> pd.DataFrame:
        return count_grades(view.assessment.grades, self.groups(view, options))

    def picture(
        self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions, target: RenderTarget
    ) -> Picture:
        return grades_chart(numbers, self.figure_frame(view, options, target))

    def charts(
        self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions, target: RenderTarget
    ) -> tuple[NativeChart, ...]:
        return natives.grade_stacks(numbers, target.theme)

    def texts(self, view: View, numbers: pd.DataFrame, options: CytopeniaOptions) -> Texts:
        return texts.grades(view, numbers, options.of, options.after)
