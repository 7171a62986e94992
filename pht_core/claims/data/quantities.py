"""The quantities of the program that a manuscript's claim can be compared with, by their keys.

A key names what is counted, when and among whom: ``cytopenia/HGB/3-4/within_28/all``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import pandas as pd

from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.errors import PhtError
from pht_core.model.lineage import LINEAGES
from pht_core.paper.reproduction import QUANTITIES, Source
from pht_core.stats.assessment import Assessment
from pht_core.stats.event_times import derive_times
from pht_core.stats.proportion import share_text
from pht_core.stats.summary import count_any_severe, count_lineages, count_yes
from pht_core.stats.survival import estimate_rates
from pht_core.stats.survival_report import why_not_evaluable

PERIOD_WORDS = {
    "within_28": "within 28 days",
    "at_day_28": "at day 28",
    "after_prednisone": "after prednisone",
    "after_prednisone_last": "on the last count after prednisone",
}
GRADES = ("any", "3-4", "normal")
COMBINED = {"3": "trilineage cytopenia", "2": "bilineage cytopenia"}
MONTHS = (6, 12, 24)  # of the survival rates that a reader can choose


@dataclass(frozen=True)
class Group:
    """Patients that are counted; ``treated`` is their name in the paper's table of all infused."""

    words: str
    treated: str = ""


GROUPS = {
    "all": Group("all treated"),
    "pht": Group("those with PHT who were given prednisone"),
    "treated": Group("all who were infused", "all"),
    "followed": Group("all with blood counts followed", "followed"),
    "followed_pht": Group("those followed who had PHT", "pht"),
    "followed_no_pht": Group("those followed without PHT", "no_pht"),
}


@dataclass(frozen=True)
class Answer:
    """Something that is true of a patient or not: by a column, or by what ``test`` makes of it."""

    words: str
    column: str
    test: Callable[[pd.Series], pd.Series] | None = None


ANSWERS = {
    "male": Answer("male", "sex", lambda found: found == "M"),
    "female": Answer("female", "sex", lambda found: found == "F"),
    "extramedullary": Answer("extramedullary disease", "extramedullary"),
    "cns": Answer("central nervous system (CNS) involvement", "cns"),
    "other_extramedullary": Answer("other extramedullary disease", "other_extramedullary"),
    "prior_hsct": Answer("prior stem cell transplantation", "prior_hsct"),
    "crs_any": Answer("CRS of any grade", "crs_grade", lambda found: found >= 1),
    "crs_1-2": Answer("CRS of grade 1-2", "crs_grade", lambda found: found.between(1, 2)),
    "crs_3": Answer("CRS of grade 3", "crs_grade", lambda found: found == 3),
    "crs_3-4": Answer("CRS of grade 3 or worse", "crs_grade", lambda found: found >= 3),
    "icans": Answer("ICANS of any grade", "icans_grade", lambda found: found >= 1),
    "transfused": Answer("blood transfusion by day 28", "transfused_28"),
    "gcsf": Answer("G-CSF by day 28", "gcsf_28"),
    "drugs": Answer("erythropoietin or thrombopoietin receptor agonist by day 28", "drugs_28"),
    "pht": Answer("PHT at day 28", "pht_d28"),
    "recovered_28": Answer(
        "no cytopenia at day 28", "pht_d28", lambda found: ~found.astype("boolean")
    ),
    "relapsed": Answer("recurrent cytopenia after prednisone was stopped", "relapsed"),
}


@dataclass(frozen=True)
class Reproduced:
    """A figure that the paper's reproduction computes, by its name there."""

    words: str
    name: str


REPRODUCED = {
    "safety/hyperglycemia": Reproduced("hyperglycemia on prednisone", "safety.hyperglycemia"),
    "safety/hypertension": Reproduced("hypertension on prednisone", "safety.hypertension"),
    "safety/infection": Reproduced("infection on prednisone", "safety.infection"),
    "safety/osteoporosis": Reproduced(
        "osteoporosis or gastrointestinal ulcer on prednisone", "safety.osteoporosis"
    ),
    "car_t": Reproduced("CAR-T cells detected before and after prednisone", "cart.detectable"),
}


@dataclass(frozen=True)
class Value:
    """What the data give for a quantity; ``share`` in percent, None where there is no column."""

    share: Fraction | None
    text: str
    n: int | None = None
    n_total: int | None = None


NO_VALUE = Value(None, "no column")


class CohortFigures:
    """The quantities of one cohort; each is computed when it is first asked for.

    ``whole``: those of all its patients, where these are of some: groups are known by their size.
    """

    def __init__(
        self,
        assessment: Assessment,
        treated: pd.DataFrame | None = None,
        whole: "CohortFigures | None" = None,
    ) -> None:
        self.assessment = assessment
        self.whole = whole
        self.source = Source(assessment, treated)
        self._values: dict[str, Value] = {}

    def value(self, key: str) -> Value:
        """What the data give for a key; `NO_VALUE` where they do not record it."""
        if key not in self._values:
            try:
                self._values[key] = self._compute(key)
            except PhtError as error:  # such as a rate without any follow-up
                self._values[key] = Value(None, str(error))
        return self._values[key]

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many patients each group has; groups of nobody are left out."""
        if self.whole is not None:
            return self.whole.sizes
        sizes = {"all": len(self.source.patients), "pht": len(self.source.pht)}
        for name, group in GROUPS.items():
            if group.treated:
                sizes[name] = len(self.source.treated_group(group.treated))
        return {name: size for name, size in sizes.items() if size}

    def _ids(self, group: str, period: str) -> list[str]:
        """Who is counted in a period: at day 28, as in Figure 1, PHT alone makes the group."""
        members = self._members(group)
        if group == "pht" and period == "at_day_28":
            members = self.source.patients
            members = members[members["pht_d28"].fillna(False).to_numpy(dtype=bool)]
        return [str(name) for name in members.index]

    def _members(self, group: str) -> pd.DataFrame:
        if GROUPS[group].treated:
            return self.source.treated_group(GROUPS[group].treated)
        return self.source.pht if group == "pht" else self.source.patients

    def _compute(self, key: str) -> Value:
        kind, *rest = key.split("/")
        if key in REPRODUCED:
            quantity = QUANTITIES[REPRODUCED[key].name](self.source)
            if quantity.number is None:
                return NO_VALUE
            return Value(Fraction(quantity.number), quantity.text)
        compute: dict[str, Callable[..., Value]] = {
            "cytopenia": self._cytopenia,
            "lineages": self._lineages,
            "survival": self._survival,
            "patients": self._patients,
        }
        return compute[kind](*rest) if kind in compute else NO_VALUE

    def _cytopenia(self, param: str, grade: str, period: str, group: str) -> Value:
        if GROUPS[group].treated or period not in self.assessment.grades:
            return NO_VALUE
        ids = self._ids(group, period)
        grades = self.assessment.grades[period].loc[ids]
        if param == "any":
            return _share(*count_any_severe(grades, ids, 3 if grade == "3-4" else 1))
        values = grades[param].dropna()
        test: Callable[[pd.Series], pd.Series] = {
            "any": lambda found: found >= 1,
            "3-4": lambda found: found >= 3,
            "normal": lambda found: found == 0,
        }[grade]
        return _share(int(test(values).sum()), len(values))

    def _lineages(self, lineages: str, period: str, group: str) -> Value:
        if GROUPS[group].treated:
            return NO_VALUE
        ids = self._ids(group, period)
        table = count_lineages(self.assessment.grades, {period: ids})
        row = table[table["lineages"] == int(lineages)].iloc[0]
        return _share(int(row["n"]), int(row["n_total"]))

    def _survival(self, endpoint: str, months: str) -> Value:
        settings = self.assessment.settings
        if why := why_not_evaluable(self.assessment.cohort, endpoint):
            return Value(None, why)
        times = derive_times(
            self.assessment.cohort.outcomes,
            endpoint,
            censor_at_next_therapy=settings.censor_at_next_therapy,
        )
        rate = estimate_rates(times, (float(months),), ci=settings.ci).iloc[0]
        if pd.isna(rate["estimate"]):
            return Value(None, f"follow-up ends before month {months}")
        estimate, error = 100 * rate["estimate"], 100 * rate["std_error"]
        return Value(Fraction(float(estimate)), f"{estimate:.2f}% ± {error:.2f}% (Kaplan-Meier)")

    def _patients(self, name: str, group: str) -> Value:
        patients, answer = self._members(group), ANSWERS[name]
        if answer.column not in patients or patients[answer.column].isna().all():
            return NO_VALUE
        values = patients[answer.column]
        answers = values if answer.test is None else answer.test(values)
        n, known, _ = count_yes(answers.astype("boolean").mask(values.isna()))
        return _share(n, known)


def _share(n: int, n_total: int) -> Value:
    if not n_total:
        return NO_VALUE
    return Value(Fraction(100 * n, n_total), share_text(n, n_total, 2), n, n_total)


def format_quantity(key: str) -> str:
    """A quantity in words.

    >>> format_quantity("cytopenia/HGB/3-4/within_28/all")
    'grade 3-4 anemia within 28 days among all treated'
    """
    kind, *rest = key.split("/")
    if key in REPRODUCED:
        return REPRODUCED[key].words
    if kind == "survival":
        return f"{ENDPOINTS[rest[0]].title.lower()} at {rest[1]} months (Kaplan-Meier)"
    among = f" among {GROUPS[rest[-1]].words}"
    if kind == "patients":
        return ANSWERS[rest[0]].words + among
    when = f" {PERIOD_WORDS[rest[-2]]}"
    if rest[-2:] == ["at_day_28", "pht"]:
        among = " among those with PHT"
    if kind == "lineages":
        return COMBINED[rest[0]] + when + among
    what = LINEAGES[rest[0]].term if rest[0] in LINEAGES else "cytopenia of any lineage"
    grade = {"any": what, "3-4": f"grade 3-4 {what}", "normal": f"no {what}"}[rest[1]]
    return grade + when + among


def list_quantities(figures: CohortFigures) -> dict[str, str]:
    """Every key that a reader can choose for a cohort, with its words."""
    return {key: format_quantity(key) for key in _keys(figures)}


def _keys(figures: CohortFigures) -> Iterator[str]:
    for group in ("all", "pht"):
        for period in PERIOD_WORDS:
            for param in (*LINEAGES, "any"):
                for grade in GRADES[: 2 if param == "any" else 3]:
                    yield f"cytopenia/{param}/{grade}/{period}/{group}"
            for lineages in COMBINED:
                yield f"lineages/{lineages}/{period}/{group}"
    for name in ANSWERS:
        for group in figures.sizes:
            yield f"patients/{name}/{group}"
    yield from REPRODUCED
    cohort = figures.assessment.cohort
    for endpoint, words in ENDPOINTS.items():
        if words.columns or cohort.has(f"{endpoint}_event"):
            for months in MONTHS:
                yield f"survival/{endpoint}/{months}"
