"""Figure 1: who is affected, in how many lineages, and how severely."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from pht_core.charts import Frame, Picture
from pht_core.charts.cytopenias import grades_chart, incidence_chart, lineages_chart
from pht_core.charts.frame import NARROW
from pht_core.charts.pies import pies_chart
from pht_core.exhibits import native_charts, words
from pht_core.exhibits.exhibit import Exhibit, NativeChart, NoOptions, RenderTarget, Texts, choice
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.words import listed
from pht_core.stats import summary
from pht_core.stats.safety import count_shifts

DENOMINATORS = {"pht": "with PHT at day 28", "all": "everyone"}
AFTERS = {"best": "best count", "last": "last count"}
LOOKS = {"bars": "bars", "pies": "the paper's pies"}
NO_COUNTS = "This cohort has no blood counts, so there is no cytopenia to count."
SEVERE = 3  # grade
SEVERE_WORDS = "grade 3 or 4"


@dataclass(frozen=True)
class PeriodWords:
    """A period within a sentence, in a title, and which count it takes.

    The last count is named before the period, so that it is not taken for the best one.
    """

    when: str
    short: str
    count: str = ""

    @property
    def full(self) -> str:
        """The period, and in brackets the count that is taken."""
        return f"{self.when} ({self.count})" if self.count else self.when


PERIOD_WORDS = {
    "within_28": PeriodWords(
        "within 28 days after CAR-T infusion", "within 28 days", "worst count"
    ),
    "at_day_28": PeriodWords("at day 28", "at day 28", "single draw"),
    "after_prednisone": PeriodWords(
        "after prednisone", "on the best count after prednisone", "best count"
    ),
    "after_prednisone_last": PeriodWords(
        "on the last count after prednisone", "on the last count after prednisone"
    ),
}
NUMBER_AFFECTED = {
    3: "trilineage cytopenia",
    2: "bilineage cytopenia",
    1: "one affected lineage",
    0: "no affected lineage",
}

# By period what is counted, n, N, and how many are missing from N.
Periods = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class CytopeniaOptions:
    """Who counts from day 28 on, which count after prednisone, and how it is drawn."""

    of: str = choice(*DENOMINATORS)
    after: str = choice(*AFTERS)
    look: str = choice(*LOOKS)
    intervals: bool = False
    published: bool = False


class _Cytopenias(Exhibit[CytopeniaOptions]):
    page: ClassVar[str] = "cytopenias"
    options: ClassVar[type] = CytopeniaOptions
    definitions: ClassVar[tuple[str, ...]] = (
        "day28_window",
        "day28_support_free",
        "pht_grade",
        "early_start",
        "after_days",
        "use_support",
        "confirm",
        "cutoff",
    )
    panels: ClassVar[str]
    # Of the bars, of what stands above and below them, and of the lowest bars, in units.
    height: ClassVar[int] = 300
    besides: ClassVar[int] = 166
    least: ClassVar[int] = 180

    def why_not(self) -> str:
        """Nothing can be counted where the file has no counts."""
        return "" if len(self.assessment.counts) else NO_COUNTS

    @property
    def groups(self) -> dict[str, list[str]]:
        """The denominators by period."""
        return summary.figure_groups(self.view.patients, self.chosen.of, self.chosen.after)

    def figure_frame(self, target: RenderTarget, subtitle: str = "") -> Frame:
        """The frame of its picture, with the paper's panels in the title of the sample."""
        paper = f" (Figure 1 {self.panels})" if self.cohort.simulated else ""
        return self.frame(
            target,
            title=self.title + paper,
            subtitle=subtitle,
            height=target.part(self.height, besides=self.besides, least=self.least),
        )

    def write_periods(
        self,
        counts: Periods,
        *,
        term: str,
        needed: str = "a count",
        headline: dict[str, tuple[int, int]] | None = None,
    ) -> Texts:
        """The exhibit in words: a clause per period, and what its captions have in common.

        term, headline : what the headline counts, and by period n and N of it (by default of the
        first row). needed : what the patients who are excluded lack.
        """
        shares = headline or {period: rows[0][1:3] for period, rows in counts.items()}
        return self.write(
            headline_said=self.headline(shares, term),
            clauses=[self.clause(period, rows, needed) for period, rows in counts.items()],
            known=any(row[2] for rows in counts.values() for row in rows),
            periods=[PERIOD_WORDS[period].full for period in counts],
            cytopenias=words.cytopenia_names(),
            lineages=[LINEAGES[param].name for param in PHT_LINEAGES],
            grade_1=words.cut_offs(self.settings.scheme, 1),
            grade_3=words.cut_offs(self.settings.scheme, 3),
            support=words.support_at_day_28(self.view),
        )

    @property
    def denominators(self) -> str:
        """Who counts in each period, as a sentence."""
        recorded = self.cohort.has("prednisone")
        each = [
            f"{PERIOD_WORDS[period].when}, {words.patients(len(ids), self.which(period))}"
            for period, ids in self.groups.items()
            if recorded or not period.startswith("after")
        ]
        return f"Denominators: {'; '.join(each)}."

    def which(self, period: str) -> str:
        """What the patients of a period have in common."""
        pht = "with PHT" if self.chosen.of == "pht" and period != "within_28" else ""
        given = "given prednisone" if period.startswith("after") else ""
        return " ".join(filter(None, [pht, given]))

    def clause(self, period: str, rows: list[tuple[Any, ...]], needed: str) -> str:
        """One period of a results sentence: n of N of each, and who lacks what is ``needed``."""
        if period.startswith("after") and not self.cohort.has("prednisone"):
            return "prednisone was not recorded"
        when, which = PERIOD_WORDS[period], self.which(period)
        found = [row for row in rows if row[2]]
        missing = [row[3] for row in rows]
        if not found and not any(missing):
            # PHT may be unknown: then nobody is known to have it, which is not that nobody has.
            known = which.replace("with PHT", "known to have PHT")
            return f"{when.when}, there was no patient {known}".strip()
        if not found:
            return f"{when.full}, 0 of {words.patients(max(missing), which)} had {needed}"
        shares = words.list_shares([row[:3] for row in found], words.share, which, " was found")
        return f"{when.full}, {shares}{_excluded(rows, needed)}"

    def headline(self, found: dict[str, tuple[int, int]], term: str) -> str:
        """The first and the last period that anything is known of, as one sentence."""
        known = [period for period, (_, n_total) in found.items() if n_total]
        if not known:
            return f"No evaluable count for {term} in any period"
        parts: list[str] = []
        for period in dict.fromkeys([known[0], known[-1]]):
            which = "with PHT" if "with PHT" in self.which(period) else ""
            said = words.short_share(*found[period], which)
            # Of the second group the noun is left out: a title is short.
            said = said.replace("patients ", "") if parts and which else said
            parts.append(f"{PERIOD_WORDS[period].short} in {said}")
        return f"{term} {', '.join(parts)}"


class Incidence(_Cytopenias):
    """Each cytopenia by period."""

    name = "figure1-incidence"
    title = "Patients with each cytopenia"
    panels = "A, D, G"

    def compute(self) -> pd.DataFrame:
        return summary.count_incidence(self.assessment.grades, self.groups)

    def picture(self, target: RenderTarget) -> Picture:
        if self.chosen.look == "pies":
            return pies_chart(self.numbers, self.figure_frame(target, self.say("subtitle")))
        marks = None
        if self.chosen.published:
            marks = words.published_shares(
                [
                    (f"{period} {param}", {"period_label": label, "param": param})
                    for period, label, param in words.rows_of(
                        self.numbers, "period", "period_label", "param"
                    )
                ]
            )
        # A narrow picture has them in words.
        whose = words.published_words(None if target.width < NARROW else marks)
        frame = self.figure_frame(target, f"{self.say('subtitle')} {whose}".strip())
        return incidence_chart(
            self.numbers, frame, intervals=self.chosen.intervals, published=marks
        )

    def charts(self, target: RenderTarget) -> tuple[NativeChart, ...]:
        if self.chosen.look == "pies":
            return native_charts.incidence_pies(self.numbers, target.theme)
        return (native_charts.incidence_bars(self.numbers, self.title, target.theme),)

    def texts(self) -> Texts:
        counts: Periods = {
            period: words.rows_of(rows, "term", "n", "n_total", "missing")
            for period, rows in _by_period(self.numbers)
        }
        return self.write_periods(counts, term=next(iter(counts.values()))[0][0])


class Lineages(_Cytopenias):
    """How many lineages are affected."""

    name = "figure1-lineages"
    title = "Number of lineages affected"
    panels = "B, E, H"

    def compute(self) -> pd.DataFrame:
        return summary.count_lineages(self.assessment.grades, self.groups)

    def picture(self, target: RenderTarget) -> Picture:
        frame = self.figure_frame(target)
        return lineages_chart(self.numbers, frame, intervals=self.chosen.intervals)

    def charts(self, target: RenderTarget) -> tuple[NativeChart, ...]:
        return (native_charts.lineage_bars(self.numbers, self.title, target.theme),)

    def texts(self) -> Texts:
        counts: Periods = {
            period: [
                (NUMBER_AFFECTED[number], *row)
                for number, *row in words.rows_of(rows, "lineages", "n", "n_total", "missing")
            ]
            for period, rows in _by_period(self.numbers)
        }
        return self.write_periods(counts, term=NUMBER_AFFECTED[3], needed="all three counts")


class Grades(_Cytopenias):
    """Grades of each cytopenia by period."""

    name = "figure1-grades"
    title = "Grades of each cytopenia"
    panels = "C, F, I"
    height, besides, least = 222, 220, 170

    def compute(self) -> pd.DataFrame:
        return summary.count_grades(self.assessment.grades, self.groups)

    def picture(self, target: RenderTarget) -> Picture:
        return grades_chart(self.numbers, self.figure_frame(target, self.say("subtitle")))

    def charts(self, target: RenderTarget) -> tuple[NativeChart, ...]:
        return native_charts.grade_stacks(self.numbers, target.theme)

    def texts(self) -> Texts:
        counts: Periods = {}
        for period, table in _by_period(self.numbers):
            severe = table[table["grade"] >= SEVERE].groupby("param", sort=False)["n"].sum()
            counts[period] = [
                (f"{SEVERE_WORDS} {term}", int(severe[param]), n_total, missing)
                for param, term, n_total, missing in words.rows_of(
                    table.drop_duplicates("param"), "param", "term", "n_total", "missing"
                )
            ]
        return self.write_periods(
            counts,
            term=f"{SEVERE_WORDS} cytopenia",
            headline={
                period: summary.count_any_severe(self.assessment.grades[period], ids, SEVERE)
                for period, ids in self.groups.items()
            },
        )


def _by_period(numbers: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each period, in order."""
    return [(str(period), rows) for period, rows in numbers.groupby("period", sort=False)]


def _excluded(rows: list[tuple[Any, ...]], needed: str) -> str:
    """Who is in no denominator for lack of what is ``needed``."""
    missing = [row[3] for row in rows]
    if not any(missing):
        return ""
    if len(set(missing)) == 1:
        return f", excluding {words.patients(missing[0], f'without {needed}')}"
    each = [f"{n} for {term.removeprefix(SEVERE_WORDS).strip()}" for term, _, _, n in rows if n]
    return f", excluding patients without {needed} ({listed(each)})"


class GradeShifts(Exhibit[NoOptions]):
    """From the last grade before infusion to the worst within 28 days."""

    name = "grade-shifts"
    title = "Grade before infusion and worst grade within 28 days"
    page: ClassVar[str] = "cytopenias"

    def why_not(self) -> str:
        return "" if self.numbers["n"].sum() else self.say("why_not")

    def compute(self) -> pd.DataFrame:
        return count_shifts(self.assessment, self.ids)

    def table(self) -> pd.DataFrame:
        lines = []
        for param in dict.fromkeys(self.numbers["param"]):
            own = self.numbers[self.numbers["param"] == param]
            for grade, row in own.groupby("baseline"):
                counts = dict(zip(row["worst"], row["n"], strict=True))
                if sum(counts.values()):
                    line = {"Lineage": LINEAGES[param].name, "Before": f"grade {grade}"}
                    lines.append(line | {f"Worst: {k}": str(n or "–") for k, n in counts.items()})
        return pd.DataFrame(lines, dtype=object)

    def texts(self) -> Texts:
        shares, missing = [], []
        for param, own in self.numbers.groupby("param", sort=False):
            known, absent = int(own["n_total"].iloc[0]), int(own["missing"].iloc[0])
            if known:
                fell = int(own.loc[own["worst"] > own["baseline"], "n"].sum())
                shares.append((LINEAGES[str(param)].name, fell, known))
            missing.append(absent)
        return self.write(
            short=words.list_shares(shares, words.short_share),
            shares=words.list_shares(shares, words.share),
            missing=max(missing),
        )
