"""Response to prednisone: times, recovery, recurrence after stopping, doses, and safety."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from pht_core.charts.picture import MOST_LANES, Picture
from pht_core.charts.response import MOST_DOTS, dose_chart, recovery_chart, response_time_chart
from pht_core.exhibits import native_charts, words
from pht_core.exhibits.exhibit import Exhibit, NativeChart, RenderTarget, Texts, choice
from pht_core.exhibits.rendering import printed
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import PER_DAY, PER_KG
from pht_core.model.settings import describe_settings
from pht_core.model.words import counted
from pht_core.stats.proportion import with_percent
from pht_core.stats.recovery import count_complete_recovery
from pht_core.stats.response import first_courses
from pht_core.stats.safety import PER_DAYS, PHASES, count_rates, count_safety
from pht_core.stats.summary import count_yes, median_range, median_text, print_shares
from pht_core.stats.trajectory import patient_doses

PATIENTS = {"pht": "with PHT at day 28", "all": "all given prednisone"}


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

    @property
    def ids(self) -> list[str]:
        return self.view.treated if self.chosen.of == "all" else self.view.treated_pht

    def why_not(self) -> str:
        if not self.cohort.has("prednisone"):
            return self.say("no_prednisone")
        if not self.view.treated:
            return self.say(
                "none_given", early=self.view.of(self.assessment.courses)["early"].any()
            )
        if self.ids:
            return ""
        pht = self.view.patients.loc[self.view.treated, "pht_d28"]
        if unknown := int(pht.isna().sum()):
            return self.say("pht_not_known", unknown=unknown, n=len(pht))
        return self.say("none_with_pht")


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
        times = self.numbers["response_time"]
        picture = self.say("picture", responded=n, known=known, median=median_text(times, "days"))
        return response_time_chart(
            self.numbers,
            self.frame(target, title=picture, subtitle=self.say("subtitle")),
            row_height=target.part(22, besides=150, of=len(self.numbers), least=14),
            median=median_range(times)[0] if n else None,
        )

    def texts(self) -> Texts:
        numbers, n_all = self.numbers, len(self.numbers)
        n, known, missing = count_yes(numbers["responded"])
        normal = numbers.loc[numbers["normal_at_start"], "subject_id"].tolist()
        missing -= len(normal)
        later = words.rows_of(numbers.dropna(subset="later_day"), "subject_id", "later_day")
        return self.write(
            responded=n,
            missing=missing,
            all_missing=not known and missing == n_all,
            normal=normal,
            n_normal=len(normal),
            later=[f"{who} (day {day:g})" for who, day in later],
            short=words.short_share(n, known, self.chosen.pht),
            share=words.share(n, known, self.chosen.given, method=words.EXACT),
            short_time=words.median_words(numbers["response_time"], "days", n=False),
            time=words.median_words(numbers["response_time"], "days"),
            dots=n_all <= MOST_DOTS,
        )


class CompleteRecovery(ResponseExhibit):
    """Complete recovery by lineage, and of all lineages on one draw."""

    name = "figure1-recovery"
    title = "Complete recovery (grade 0) after prednisone"
    definitions = ("course_gap", "early_start", "after_days", "use_support", "confirm", "cutoff")

    def compute(self) -> pd.DataFrame:
        return count_complete_recovery(self.assessment, self.ids)

    def picture(self, target: RenderTarget) -> Picture:
        marks = None
        if self.chosen.published:
            params = self.numbers["param"].astype(str)
            marks = words.published_shares(
                [(f"recovery {param}", {"param": param}) for param in params]
            )
        subtitle = f"{self.say('subtitle')} {words.published_words(marks)}".strip()
        return recovery_chart(self.numbers, self.frame(target, subtitle=subtitle), published=marks)

    def charts(self, target: RenderTarget) -> tuple[NativeChart, ...]:
        return (native_charts.recovery_bars(self.numbers, self.title, target.theme),)

    def texts(self) -> Texts:
        rows = words.rows_of(self.numbers, "param", "n", "n_total", "missing")
        lineages = [(LINEAGES[row[0]].name, *row[1:]) for row in rows if row[0] in LINEAGES]
        known = [row[:3] for row in lineages if row[2]]
        of_all = [words.share(row[1], row[2], None) for row in rows if known and row[0] == "all"]
        return self.write(
            n_group=int((self.numbers["n_total"] + self.numbers["missing"]).max()),
            short=words.list_shares(known, words.short_share),
            shares=words.list_shares(known, words.share, self.chosen.given),
            on_one_draw="".join(of_all),
            without=[f"{missing} for {name}" for name, _, _, missing in lineages if missing],
        )


class Relapses(ResponseExhibit):
    """Recurrent cytopenia after stopping, a row per recurrence."""

    name = "relapses"
    title = "Recurrent cytopenia after stopping prednisone"
    definitions = ("course_gap", "baseline_age", "relapse_grade", "confirm")

    def compute(self) -> pd.DataFrame:
        relapses = self.rows(self.assessment.relapses)
        return relapses[relapses["relapsed"].fillna(False)].reset_index(drop=True)

    def table(self) -> pd.DataFrame:
        return printed(self.numbers, self.columns)

    def texts(self) -> Texts:
        rows, pht = self.view.patients.loc[self.ids], self.chosen.pht
        stopped = rows[rows["stopped"].fillna(False).to_numpy(dtype=bool)]
        n, known, missing = count_yes(stopped["relapsed"].astype("boolean"))
        retreated = self.numbers[self.numbers["retreated"].fillna(False).to_numpy(dtype=bool)]
        again, evaluable, _ = count_yes(retreated["responded_again"].astype("boolean"))
        return self.write(
            relapsed=n,
            known=known,
            missing=missing,
            n_stopped=len(stopped),
            n_relapses=len(self.numbers),
            n_retreated=len(retreated),
            again=again,
            evaluable=evaluable,
            short=words.short_share(n, known, pht),
            share=words.share(n, known, pht, method=words.EXACT),
            when=words.median_words(self.numbers["relapse_time"], "days"),
            lineages=" ".join(LINEAGES),
        )


class Doses(ResponseExhibit):
    """Prednisone doses over time, and which steps followed the taper rule."""

    name = "doses"
    title = "Prednisone doses"
    definitions = ("course_gap", "other_steroids", "taper")

    def compute(self) -> pd.DataFrame:
        return patient_doses(self.assessment, self.ids)

    @property
    def steps(self) -> pd.DataFrame:
        """Changes of dose, and whether they followed the rule."""
        return self.rows(self.assessment.dose_steps)

    def picture(self, target: RenderTarget) -> Picture:
        steps, most = self.steps, target.rows(MOST_LANES)
        rows = min(self.numbers["subject_id"].nunique(), most)
        units = self.numbers.get("dose_unit", pd.Series([PER_KG])).unique()
        picture = self.say(
            "picture",
            # Of two units each lane names its own.
            unit=units[0] if len(units) == 1 else "",
            followed=int(steps["followed"].sum()),
            n_steps=len(steps),
        )
        taper = describe_settings(self.settings, ("taper",))[0]
        return dose_chart(
            self.numbers,
            self.frame(target, title=picture, subtitle=taper),
            most=most,
            row_height=target.part(46, besides=170, of=rows, least=22),
            steps=steps,
        )

    def texts(self) -> Texts:
        steps, drawn = self.steps, self.numbers.drop_duplicates("subject_id")
        in_mg = int((drawn.get("dose_unit", pd.Series(dtype=object)) == PER_DAY).sum())
        first = first_courses(self.rows(self.assessment.courses))
        followed, n_steps = int(steps["followed"].sum()), len(steps)
        changes = counted(n_steps, "dose change", "dose changes")
        rule = f"the taper rule was followed in {followed} of {changes}"
        given = first[first["first_dose"].notna()]
        units = given["subject_id"].map(self.cohort.dose_unit).astype(str)
        by_unit = [
            (given.loc[units == unit, "first_dose"], unit)
            for unit in (PER_KG, PER_DAY)
            if (units == unit).any()
        ]
        return self.write(
            n=len(first),
            n_steps=n_steps,
            in_mg=in_mg,
            mixed=0 < in_mg < len(drawn),
            rule=with_percent(rule, followed, n_steps) if n_steps else "",
            dose=[words.median_value(*own, n=False) for own in by_unit],
            known=[words.median_words(*own) for own in by_unit],
            began=words.median_words(first["start_day"], "days"),
            duration=words.median_words(first["duration"], "days"),
            ongoing=int(first["ongoing"].sum()),
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
        return "" if len(self.numbers) else self.say("why_not")

    @property
    def ids(self) -> list[str]:
        return self.view.treated

    def compute(self) -> pd.DataFrame:
        return count_safety(self.assessment, self.ids)

    def table(self) -> pd.DataFrame:
        return printed(print_shares(self.numbers), self.columns)

    def texts(self) -> Texts:
        counts = words.rows_of(self.numbers, "title", "n", "n_total")
        return self.write(
            n_total=int(self.numbers["n_total"].iloc[0]),
            happened=words.list_shares([row for row in counts if row[1]], words.short_share),
            never=[row[0] for row in counts if not row[1]],
            shares=words.list_shares(counts, words.share, "", " occurred"),
        )


class SupportRates(ResponseExhibit):
    """Transfusions, G-CSF and adverse events per person-time."""

    name = "support-rates"
    title = "Support and events before, on and off prednisone"
    definitions = ("course_gap", "early_start", "other_steroids")
    graded = False

    def why_not(self) -> str:
        return super().why_not() or ("" if len(self.numbers) else self.say("why_not"))

    def compute(self) -> pd.DataFrame:
        return count_rates(self.assessment, self.ids)

    def table(self) -> pd.DataFrame:
        lines: dict[str, dict[str, str]] = {}
        columns = ("title", "phase", "events", "rate", "conf_low", "conf_high")
        for title, phase, events, rate, low, high in words.rows_of(self.numbers, *columns):
            cell = "–"
            if rate == rate:
                cell = f"{rate:.2f} ({low:.2f}–{high:.2f}); {events}"
            lines.setdefault(title, {"Days with": title})[PHASES[phase].capitalize()] = cell
        return pd.DataFrame(lines.values(), dtype=object)

    def texts(self) -> Texts:
        times = words.rows_of(self.numbers.drop_duplicates("phase"), "phase", "person_days")
        rates = []
        for title, own in self.numbers.groupby("title", sort=False):
            if own["events"].sum():
                known = words.rows_of(own.dropna(subset=["rate"]), "phase", "rate")
                each = [f"{rate:.2f} {PHASES[phase]}" for phase, rate in known]
                rates.append(f"{title}, {', '.join(each)}")
        return self.write(
            per=PER_DAYS,
            rates=rates,
            first=rates[:2],
            time=[f"{days:.0f} days {PHASES[phase]}" for phase, days in times],
            titles=self.numbers["title"].tolist(),
        )
