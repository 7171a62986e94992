"""Figures 2 and 3: the counts of one patient, of several, and a swimmer plot."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd

from pht_core.charts.picture import MOST_LANES, Picture, with_limit
from pht_core.charts.swimmer import MARKS, swimmer_chart
from pht_core.charts.trajectories import summary_chart, trajectory_chart
from pht_core.charts.wall import MOST_CURVES, are_ribbons, wall_chart
from pht_core.exhibits import words
from pht_core.exhibits.exhibit import Exhibit, NoOptions, RenderTarget, Texts, choice
from pht_core.exhibits.heat import HeatOptions, WorstGrades
from pht_core.exhibits.view import View
from pht_core.model.errors import UnknownName
from pht_core.model.lineage import LINEAGES
from pht_core.model.words import counted, listed
from pht_core.stats import trajectory
from pht_core.stats.courses import EQUIVALENTS
from pht_core.stats.hematotoxicity.schemes import explain_counts
from pht_core.stats.response import first_courses
from pht_core.stats.summary import count_yes

O = TypeVar("O", bound=Any)  # noqa: E741  the options of one exhibit
# Days drawn around the event at most: beyond them rows would be too narrow to read.
LONGEST_BEFORE, LONGEST_AFTER = 120.0, 400.0
# As many ids as a caption names.
MOST_NAMED = 8
DAY_28 = 28.0
NO_COUNTS = "This cohort has no blood counts, so there is nothing to draw over time."


@dataclass(frozen=True)
class PatientOptions:
    """Whose counts, by the cohort's ids (empty: who relapsed first), and on which axes."""

    patient: str = ""
    log_axes: bool = False


ALIGNS = {"stop": "first stop", "start": "first start", "infusion": "infusion"}
WALL_LOOKS = {"each": "each patient", "medians": "medians"}


@dataclass(frozen=True)
class PatientsOptions:
    """Whose counts, by the cohort's ids (none: see `first_patients`), and who is in front.

    align : the event on which rows are aligned. look : a row per patient, or medians of all.
    """

    patients: tuple[str, ...] = ()
    front: str = ""
    align: str = choice(*ALIGNS)
    look: str = choice(*WALL_LOOKS)


def first_patient(view: View) -> str:
    """Who is shown first: the first who relapsed after stopping, else the first of all."""
    relapsed = trajectory.relapsed_patients(view.assessment, view.subject_ids)
    return relapsed[0] if relapsed else view.subject_ids[0]


def first_patients(view: View) -> list[str]:
    """Who are shown first: those who relapsed after stopping, else the first given prednisone."""
    relapsed = trajectory.relapsed_patients(view.assessment, view.subject_ids)
    if relapsed:
        return relapsed
    treated = [name for name in view.subject_ids if name in set(view.treated)]
    return treated[:MOST_CURVES] or view.subject_ids[:6]


def _known(view: View, name: str) -> str:
    if name not in view.subject_ids:
        raise UnknownName("Patient", name, view.subject_ids[:20])
    return name


class _Counts(Exhibit[O]):
    page: ClassVar[str] = "trajectories"

    def why_not(self) -> str:
        return "" if len(self.assessment.counts) else NO_COUNTS

    def with_reasons(self, counts: pd.DataFrame) -> pd.DataFrame:
        """Counts with why each has its grade, for who points at one."""
        return counts.assign(why=explain_counts(self.cohort, counts, self.settings))


class Trajectory(_Counts[PatientOptions]):
    """One patient's counts, courses and support on one axis of days."""

    name = "figure3e-trajectory"
    title = "One patient's blood counts"
    options = PatientOptions
    definitions = ("course_gap", "other_steroids")
    # Of the panel of one lineage, in units of the layout.
    panel_height: int = 170
    # Whether laboratory values have panels of their own below the counts.
    with_labs: ClassVar[bool] = True
    # Whether all days stand in a strip below, and the panels show those that matter.
    with_strip: ClassVar[bool] = True

    @property
    def equivalents(self) -> str:
        """By which factors other steroids count, where there are any."""
        return EQUIVALENTS if len(self.tables.steroids) else ""

    @cached_property
    def patient(self) -> str:
        """Whose counts these are."""
        chosen = self.chosen.patient
        return _known(self.view, chosen) if chosen else first_patient(self.view)

    @property
    def ids(self) -> list[str]:
        return [self.patient]

    @property
    def tables(self) -> trajectory.PatientTables:
        """The patient's tables."""
        return trajectory.patient_tables(self.assessment, self.patient)

    @property
    def relapses(self) -> pd.DataFrame:
        """The patient's recurrences."""
        return self.rows(self.assessment.relapses).dropna(subset="relapse_day")

    @property
    def days(self) -> tuple[float, float]:
        """Days that matter: to 60 days after the last start, stop or recurrence, or day 28."""
        courses = self.rows(self.assessment.courses)
        ends = [*courses["start_day"], *courses["stop_day"].dropna(), *self.relapses["relapse_day"]]
        return -10.0, max([*ends, DAY_28]) + 60

    def compute(self) -> pd.DataFrame:
        return self.tables.numbers

    def picture(self, target: RenderTarget) -> Picture:
        tables = self.tables
        return trajectory_chart(
            self.with_reasons(tables.counts),
            self.frame(
                target,
                title=self.say("picture"),
                height=target.part(self.panel_height, besides=331, of=3, least=70),
            ),
            courses=tables.courses,
            doses=tables.doses,
            support=tables.support,
            steroids=tables.steroids,
            labs=tables.labs if self.with_labs else None,
            equivalents=len(tables.steroids) > 0 and self.settings.other_steroids,
            dose_unit=tables.dose_unit,
            cuts=tables.cuts,
            lln=tables.lln,
            lanes=trajectory.derive_lanes(self.assessment, self.ids) if self.with_strip else None,
            relapses=self.relapses,
            days=self.days,
            log=self.chosen.log_axes,
        )

    def texts(self) -> Texts:
        tables = self.tables
        courses, responses = self.rows(self.assessment.courses), self.assessment.responses
        relapsed = self.rows(self.assessment.relapses)["relapse_day"].dropna()
        others = {
            "other corticosteroids": tables.steroids,
            "laboratory values": tables.labs,
            "days of support": tables.support,
        }
        values = {
            "recorded": self.cohort.has("prednisone"),
            "given": _course_days(courses),
            "counts": _count_words(tables.counts),
            "relapsed": _days(relapsed),
            **_first_response(first_courses(self.rows(responses))),
            "lineages": words.capital(words.lineage_names()),
            "further": [words for words, rows in others.items() if len(rows)],
            "grade_3": words.cut_offs(self.settings.scheme, 3),
            "longest_gap": trajectory.LONGEST_GAP,
        }
        # An id keeps its first letter as it is.
        return replace(self.write(**values), headline=self.say("headline", **values))


class Trajectories(_Counts[PatientsOptions]):
    """The relapse wall: a row per chosen patient, aligned on an event; or their medians."""

    name = "figure3-trajectories"
    title = "Counts on and off prednisone, patient by patient"
    options = PatientsOptions
    definitions = ("course_gap", "relapse_grade")

    @cached_property
    def ids(self) -> list[str]:
        chosen = [_known(self.view, name) for name in self.chosen.patients]
        return chosen or first_patients(self.view)

    @property
    def as_quantiles(self) -> bool:
        """True where medians are asked for."""
        return self.chosen.look == "medians"

    @property
    def sentences(self) -> str:
        return f"{self.name}-medians" if self.as_quantiles else self.name

    @property
    def as_heat(self) -> bool:
        """True where rows would be too many to be read one by one."""
        return len(self.wall_rows) > MOST_LANES

    @cached_property
    def event(self) -> str:
        """What rows are aligned on: the infusion where none of the patients has the event."""
        chosen: str = self.chosen.align
        return (
            chosen if len(trajectory.event_days(self.assessment, self.ids, chosen)) else "infusion"
        )

    @cached_property
    def relapses(self) -> pd.DataFrame:
        """Their recurrences, in order of time."""
        relapses = self.rows(self.assessment.relapses)
        return relapses[relapses["relapse_day"].notna()]

    @cached_property
    def wall_rows(self) -> pd.DataFrame:
        """A row per patient who is drawn: subject_id, zero (day of the event), words.

        Who had recurrent cytopenia first, by days after the stop; then the longest followed.
        """
        zeros = trajectory.event_days(self.assessment, self.ids, self.event)
        times = self.relapses.groupby("subject_id", sort=False, observed=True)["relapse_time"]
        again = {str(name): own.tolist() for name, own in times}
        ends = self.view.patients["last_known_day"]
        order = sorted(
            zeros.index, key=lambda name: (again.get(name, [np.inf])[0], zeros[name] - ends[name])
        )
        words = [
            f"recurred after {listed([f'{days:g}' for days in again[name]])} d"
            if name in again
            else ""
            for name in order
        ]
        return pd.DataFrame(
            {"subject_id": order, "zero": zeros.reindex(order).to_numpy(), "words": words}
        )

    def why_not(self) -> str:
        why = super().why_not()
        return why or (self.say("why_not") if self.as_quantiles and self.numbers.empty else "")

    def compute(self) -> pd.DataFrame:
        if self.as_quantiles:
            return trajectory.summarize_lineages(self.assessment, self.ids)
        counts = trajectory.patient_counts(self.assessment, self.ids)
        zeros = self.wall_rows.set_index("subject_id")["zero"]
        return counts.assign(event_day=counts["day"] - counts["subject_id"].map(zeros))

    @property
    def n_drawn(self) -> int:
        """Patients with a row."""
        return len(self.wall_rows)

    @property
    def event_words(self) -> str:
        """What rows are aligned on, in words."""
        return trajectory.EVENTS[self.event]

    def picture(self, target: RenderTarget) -> Picture:
        cuts = trajectory.grade_cuts(self.settings.scheme)
        if self.as_quantiles:
            frame = self.frame(
                target,
                title=self.say("picture"),
                subtitle=self.say("subtitle"),
                height=target.part(190, besides=251, of=3, least=70),
            )
            return summary_chart(self.numbers, frame, cuts=cuts)
        rows = self.wall_rows
        if self.as_heat:
            heat = WorstGrades(self.view, HeatOptions(self.event))
            heat.only = [str(name) for name in rows["subject_id"]]
            return heat.picture(target).with_frame(title=self._title())
        drawn = rows[: target.rows(MOST_LANES)]
        ids = [str(name) for name in drawn["subject_id"]]
        usual = 56 if len(ids) <= MOST_CURVES else 17
        fitted = target.part(usual, besides=195, of=len(ids), least=13)
        row_height = fitted if target.height else None
        return wall_chart(
            self.numbers,
            with_limit(
                self.frame(target, title=self._title(), subtitle=self._subtitle()),
                ids,
                [str(name) for name in rows["subject_id"]],
                which=", those with the earliest recurrence first",
            ),
            rows=drawn,
            window=self.window,
            axis_title=f"Days since {self.event_words}",
            spans=trajectory.derive_ribbons(self.assessment, ids)
            if are_ribbons(target.width, len(ids), row_height)
            else None,
            courses=self.rows(self.assessment.courses),
            doses=trajectory.patient_doses(self.assessment, ids),
            relapses=self.relapses,
            cuts=cuts,
            chosen=_known(self.view, self.chosen.front) if self.chosen.front else None,
            row_height=row_height,
        )

    @cached_property
    def _zeros(self) -> dict[Any, float]:
        """The day of the event of each patient who is drawn."""
        return dict(words.rows_of(self.wall_rows, "subject_id", "zero"))

    def _from_event(self, table: pd.DataFrame, day: str) -> list[float]:
        """Days of a table's rows, from the event of who is drawn; missing ones left out."""
        rows = words.rows_of(table, "subject_id", day)
        own = [one - self._zeros[name] for name, one in rows if name in self._zeros]
        return [one for one in own if not np.isnan(one)]

    @cached_property
    def window(self) -> tuple[float, float]:
        """Days that matter: from before the first course to after the last recurrence or stop."""
        courses = self.rows(self.assessment.courses)
        begun = [start - 14 for start in self._from_event(courses, "start_day")]
        first = -10.0 if self.event == "infusion" else min([*begun, -10.0])
        stops = [stop + 14 for stop in self._from_event(courses, "stop_day")]
        later = [day + 60 for day in self._from_event(self.relapses, "relapse_day")]
        return max(first, -LONGEST_BEFORE), min(max([*stops, *later, 60.0]), LONGEST_AFTER)

    def _subtitle(self) -> str:
        low, high = self.window
        days = self._from_event(self.relapses, "relapse_day")
        return self.say(
            "subtitle",
            without=len(self.ids) - len(self.wall_rows),
            outside=sum(not low <= day <= high for day in days),
        )

    def _recurrent(self) -> tuple[int, int, str]:
        """Recurrent cytopenia: n of N, and who they are, of all in view who stopped prednisone.

        Of those with PHT at day 28 where all who had a recurrence are among them, as the key
        figure counts.
        """
        everyone = self.view.patients
        stopped = everyone[everyone["stopped"].fillna(False).to_numpy(dtype=bool)]
        pht = stopped[stopped["pht_d28"].fillna(False).to_numpy(dtype=bool)]
        n, known, _ = count_yes(stopped["relapsed"].astype("boolean"))
        n_pht, known_pht, _ = count_yes(pht["relapsed"].astype("boolean"))
        if n and n == n_pht:
            return n_pht, known_pht, "with PHT"
        return n, known, ""

    @property
    def _all_relapsed(self) -> bool:
        """Whether those are drawn who had recurrent cytopenia, all of them and nobody else."""
        relapsed = trajectory.relapsed_patients(self.assessment, self.view.subject_ids)
        return bool(relapsed) and set(self.ids) == set(relapsed)

    def _title(self) -> str:
        """The headline, with the paper's panels where the sample's are drawn."""
        paper = " (Figure 3 A–C)" if self.cohort.simulated and self._all_relapsed else ""
        return self.say("headline", **self._found) + paper

    @property
    def _found(self) -> dict[str, Any]:
        """What the headline says: recurrences, of whom, and when."""
        found = {
            "all_relapsed": self._all_relapsed,
            "days": "",
            "which": "",
        }
        if not self._all_relapsed:
            n, known, _ = count_yes(self.view.patients.loc[self.ids, "relapsed"].astype("boolean"))
            return found | {"again": n, "known": known}
        n, known, which = self._recurrent()
        times = self.relapses.drop_duplicates("subject_id")["relapse_time"]
        low, high = times.min(), times.max()
        days = f"{words.span(low, high)} days" if low < high else counted(int(low), "day", "days")
        return found | {"again": n, "known": known, "which": which, "days": days}

    def texts(self) -> Texts:
        if self.as_quantiles:
            return self._quantile_texts()
        ids, rows = self.ids, self.view.patients.loc[self.ids]
        stopped = rows[rows["stopped"].fillna(False).to_numpy(dtype=bool)]
        n_relapsed, known, _ = count_yes(stopped["relapsed"].astype("boolean"))
        first = self.relapses.drop_duplicates("subject_id")
        return self.write(
            **self._found,
            counts=_count_words(self.numbers),
            stopped=known,
            relapsed=n_relapsed,
            when=words.median_words(first["relapse_time"], "days"),
            lineages=words.capital(words.lineage_names()),
            names=[str(name) for name in ids] if len(ids) <= MOST_NAMED else "",
            curves=len(self.wall_rows) <= MOST_CURVES,
            courses=len(self.rows(self.assessment.courses)),
            grade_3=words.cut_offs(self.settings.scheme, 3),
            longest_gap=trajectory.LONGEST_GAP,
        )

    def _quantile_texts(self) -> Texts:
        """Medians of the week of day 28, or of the one that is nearest."""
        days = self.numbers["day"].to_numpy(dtype=float)
        middle = float(days[np.argmin(np.abs(days - DAY_28 - 3))])
        short, full = [], []
        week = self.numbers[self.numbers["day"] == middle]
        for param, median, low, high, n in words.rows_of(
            week, "param", "median", "q25", "q75", "n"
        ):
            lineage = LINEAGES[param]
            short.append(f"{lineage.name} {words.quantity(f'{median:.3g}', lineage.printed_unit)}")
            full.append(f"{short[-1]} (quartiles {low:.3g}–{high:.3g}; n = {n})")
        return self.write(
            short=short,
            full=full,
            days=words.span(middle - 3, middle + 3),
            lineages=words.capital(words.lineage_names()),
        )


class Swimmer(_Counts[NoOptions]):
    """A swimmer plot: a lane per patient with worst grade, courses and what happened."""

    name = "swimmer"
    title = "Swimmer plot"
    definitions = ("course_gap", "relapse_grade")

    def compute(self) -> pd.DataFrame:
        return trajectory.derive_lanes(self.assessment, self.ids)

    def picture(self, target: RenderTarget) -> Picture:
        ids = self.ids
        most = target.rows(MOST_LANES)
        return swimmer_chart(
            self.numbers,
            self.frame(target, title=self.say("picture")),
            ends=trajectory.derive_lane_ends(self.assessment, ids),
            courses=self.rows(self.assessment.courses),
            marks=trajectory.derive_lane_marks(self.assessment, ids),
            most=most,
            lane_height=target.part(26, besides=114, of=min(len(ids), most), least=14)
            if target.height
            else None,
        )

    def texts(self) -> Texts:
        ids, cohort = self.ids, self.cohort
        marks = trajectory.derive_lane_marks(self.assessment, ids)
        ends = trajectory.derive_lane_ends(self.assessment, ids)
        outcomes = self.rows(cohort.outcomes)
        known = len(outcomes.dropna(how="all", subset=outcomes.columns.drop("subject_id")))
        with_mark = marks.groupby("kind", observed=True)["subject_id"].nunique()
        progressed, further, died = (
            int(with_mark.get(kind, 0)) for kind in ("progression", "next_therapy", "death")
        )
        responses = self.rows(self.assessment.responses).dropna(subset="responded")
        responded, evaluable, _ = count_yes(
            responses.groupby("subject_id", observed=True)["responded"].max()
        )
        rows = self.view.patients
        relapsed, stopped, unseen = count_yes(
            rows.loc[rows["stopped"].fillna(False), "relapsed"].astype("boolean")
        )
        response = f"in {responded} of {{}}{_not_evaluable(len(self.view.treated) - evaluable)}"
        relapse = f"in {relapsed} of {stopped} who stopped it{_not_evaluable(unseen)}"
        followed = cohort.has("death_months")
        short = {
            "response": response.format(f"{evaluable} given prednisone") if evaluable else "",
            "recurrent cytopenia": relapse if stopped else "",
            "death": f"in {died}" if followed else "",
        }
        given = response.format(words.patients(evaluable, "given it"))
        found = {
            "response to prednisone": given if evaluable else "",
            "recurrent cytopenia after stopping": relapse if stopped else "",
            "progression": f"in {progressed} of {known}" if progressed else "",
            "a next therapy": f"in {further} of {known}" if further else "",
            "death": f"in {died} of {known}" if followed else "",
        }
        recorded = [f"{what} {share}" for what, share in found.items() if share]
        if recorded:
            recorded[0] = recorded[0].replace(" in ", " was recorded in ", 1)
        last = float(ends["last_day"].max())
        kinds = set(marks["kind"])
        signs = [
            "bars below lanes, courses of prednisone" if self.view.treated else "",
            *(
                f"{shape.removesuffix('-down')}, {words}"
                for kind, (words, shape) in MARKS.items()
                if kind in kinds
            ),
            "arrow, follow-up ongoing" if ends["ongoing"].any() else "",
        ]
        return self.write(
            n=len(ids),
            last=None if np.isnan(last) else last,
            short=[f"{what} {share}" for what, share in short.items() if share],
            recorded=recorded,
            followed=followed,
            ongoing=int(ends["ongoing"].sum()),
            known=known,
            unknown=len(ids) - known,
            carried=trajectory.CARRIED_DAYS,
            signs=words.sentence(*signs),
            prednisone=cohort.has("prednisone"),
        )


def _course_days(courses: pd.DataFrame) -> str:
    """The days of each course, of which the last may be ongoing; empty without any."""
    spans = [
        f"{start:g}–{last:g}" if last == last else f"{start:g} onward"
        for start, last in words.rows_of(courses, "start_day", "last_day")
    ]
    return f"days {listed(spans)}" if spans else ""


def _days(days: pd.Series) -> str:
    values = [f"{day:g}" for day in days]
    return f"{'day' if len(values) == 1 else 'days'} {listed(values)}" if values else ""


def _count_words(counts: pd.DataFrame) -> str:
    """How many counts of each lineage, and from when to when."""
    counts = counts[counts["param"].isin(LINEAGES)]
    numbers = counts["param"].value_counts()
    each = [
        f"{numbers[param]} {lineage.name.removesuffix('s')}"
        for param, lineage in LINEAGES.items()
        if numbers.get(param, 0)
    ]
    if not each:
        return "no counts"
    low, high = float(counts["day"].min()), float(counts["day"].max())
    when = f"on day {words.signed(low)}" if low == high else f"on days {words.span(low, high)}"
    return f"{listed(each)} {'count' if len(counts) == 1 else 'counts'} {when}"


def _not_evaluable(n: int) -> str:
    """Those who are not evaluable, beside a share of the others."""
    return f" ({n} not evaluable)" if n else ""


def _first_response(first: pd.DataFrame) -> dict[str, Any]:
    """When the first course was answered, from which grades, and what was too late to count."""
    if first.empty:
        return {"before": [], "first_response": "", "later": ""}
    row = first.iloc[0]
    before = [
        f"{lineage.name} {row[f'baseline_{param.lower()}']:g}"
        for param, lineage in LINEAGES.items()
        if pd.notna(row.get(f"baseline_{param.lower()}"))
    ]
    found = {
        "before": before,
        "later": None if pd.isna(row["later_day"]) else f"{row['later_day']:g}",
    }
    if pd.isna(row["responded"]):
        return found | {"first_response": "response was not evaluable"}
    if not row["responded"]:
        return found | {"first_response": "no response was found in the first course"}
    names = [LINEAGES[param].name for param in str(row["response_params"]).split(", ") if param]
    days = f"{row['response_time']:g} {'day' if row['response_time'] == 1 else 'days'}"
    words = f"the first response ({listed(names)}) occurred after {days}"
    return {"before": before, "first_response": words, "later": ""}
