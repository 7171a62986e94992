"""Worst grade by patient and week: the whole cohort at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pht_core.charts.heat import heat_chart
from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import Exhibit, RenderTarget, Texts, choice
from pht_core.exhibits.words import rows_of
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.stats.trajectory import (
    EVENTS,
    count_severe_weeks,
    derive_weeks,
    event_days,
    relapsed_patients,
)

HEAT_ALIGNS = {"infusion": "infusion", "start": "first start", "stop": "first stop"}
SORTS = {
    "relapse": "recurrent cytopenia first, then by the day of the first stop",
    "stop": "by the day of the first stop",
    "severe": "by weeks at grade 3–4",
}
# Weeks drawn: half a year or more after the event, and a quarter before one that is no infusion.
WINDOWS = {"infusion": (0, 52), "start": (-12, 40), "stop": (-12, 40)}
SEVERE = 3


@dataclass(frozen=True)
class HeatOptions:
    """The event from which weeks are counted, and the order of the rows."""

    align: str = choice(*HEAT_ALIGNS)
    sort: str = choice(*SORTS)


class WorstGrades(Exhibit[HeatOptions]):
    """A heat map: a row per patient, a column per week, the worst grade of any lineage."""

    name = "worst-grades"
    page: ClassVar[str] = "trajectories"
    title = "Worst grade by patient and week"
    options = HeatOptions
    definitions = ("course_gap", "relapse_grade")
    # Patients of another exhibit that are too many for a row of their own; none: everyone.
    only: Sequence[str] = ()

    @property
    def ids(self) -> list[str]:
        return [*self.only] or self.view.subject_ids

    @cached_property
    def weeks(self) -> pd.DataFrame:
        """Worst grades by week of these patients."""
        return self.compute() if self.only else self.numbers

    @cached_property
    def event(self) -> str:
        """What weeks are counted from: the infusion where nobody has the event."""
        chosen: str = self.chosen.align
        return chosen if len(event_days(self.assessment, self.ids, chosen)) else "infusion"

    def why_not(self) -> str:
        return self.say("why_not") if self.weeks.empty else ""

    def compute(self) -> pd.DataFrame:
        return derive_weeks(self.assessment, self.ids, self.event, *WINDOWS[self.event])

    @cached_property
    def heat_rows(self) -> pd.DataFrame:
        """A row per patient who is drawn, in their order: subject_id, zero, group."""
        zeros = event_days(self.assessment, self.ids, self.event)
        stops = event_days(self.assessment, self.ids, "stop").to_dict()
        severe = self.weeks[self.weeks["grade"] >= SEVERE].groupby("subject_id").size().to_dict()
        again = set(relapsed_patients(self.assessment, self.ids))
        by_relapse = self.chosen.sort == "relapse" and bool(again)
        keys = {
            "relapse": lambda name: (name not in again, stops.get(name, np.inf)),
            "stop": lambda name: (stops.get(name, np.inf),),
            "severe": lambda name: (-severe.get(name, 0),),
        }
        order = sorted(zeros.index, key=keys[self.chosen.sort])
        n = sum(name in again for name in order)
        words = {True: f"{n} recurrent", False: f"{len(order) - n} not"}
        group = [words[name in again] if by_relapse else f"{len(order)} patients" for name in order]
        return pd.DataFrame(
            {"subject_id": order, "zero": zeros.reindex(order).to_numpy(), "group": group}
        )

    def picture(self, target: RenderTarget) -> Picture:
        outcomes = self.rows(self.cohort.outcomes)
        days = outcomes["death_months"].astype(float) * DAYS_PER_MONTH
        deaths = outcomes.assign(day=days).dropna(subset="day")
        rows = self.heat_rows
        shares = count_severe_weeks(self.weeks)
        height = None
        if target.height:
            height = min(20.0, max(target.height - 270, 100) / len(rows))
        return heat_chart(
            self.weeks,
            self.frame(
                target,
                title=self.say("headline", **self._words),
                subtitle=self.say("subtitle", **self._words),
            ),
            rows=rows,
            shares=shares,
            window=WINDOWS[self.event],
            axis_title=f"Weeks since {EVENTS[self.event]}",
            courses=self.rows(self.assessment.courses),
            deaths=deaths,
            row_height=height,
        )

    @property
    def _words(self) -> dict[str, Any]:
        """What title and captions say: n of N in the first week, and half a year later."""
        weeks = count_severe_weeks(self.weeks).set_index("week")
        return {
            "weeks": [
                f"{weeks['n'][week]} of {weeks['n_total'][week]} counted in week {week}"
                for week in (0, 26)
                if week in weeks.index
            ],
            "event_words": EVENTS[self.event],
            "order": SORTS[self.chosen.sort],
            "without": len(self.ids) - len(self.heat_rows),
        }

    def texts(self) -> Texts:
        weeks = count_severe_weeks(self.weeks)
        quarters = weeks[weeks["week"] % 13 == 0]
        told = [
            f"{n} of {total} in week {week}"
            for n, total, week in rows_of(
                weeks.tail(1) if quarters.empty else quarters, "n", "n_total", "week"
            )
        ]
        return self.write(**self._words, n=len(self.heat_rows), told=told)
