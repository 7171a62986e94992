"""The quantities of the program that a manuscript's claim can be held against, by their keys.

A key names what is counted, when and among whom: ``cytopenia/HGB/3-4/within_28/all``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import pandas as pd

from pht_core.model.errors import PhtError
from pht_core.model.schema import TERMS
from pht_core.paper.reproduction import QUANTITIES, Source
from pht_core.stats.assessment import Assessment
from pht_core.stats.proportion import share_text
from pht_core.stats.summary import count_any_severe, count_lineages, count_yes
from pht_core.stats.survival import derive_times, estimate_rates

PERIOD_WORDS = {
    "within_28": "within 28 days",
    "at_day_28": "at day 28",
    "after_prednisone": "after prednisone",
    "after_prednisone_last": "on the last count after prednisone",
}
GROUP_WORDS = {
    "all": "all treated",
    "pht": "those with PHT who were given prednisone",
    "treated": "all who were infused",
    "followed": "all with blood counts followed",
    "followed_pht": "those followed who had PHT",
    "followed_no_pht": "those followed without PHT",
}
_TREATED_NAMES = {
    "treated": "all",
    "followed": "followed",
    "followed_pht": "pht",
    "followed_no_pht": "no_pht",
}
GRADES = ("any", "3-4", "normal")
LINEAGE_WORDS = {"3": "trilineage cytopenia", "2": "bilineage cytopenia"}
PATIENT_WORDS = {
    "male": "male",
    "female": "female",
    "extramedullary": "extramedullary disease",
    "cns": "central nervous system infiltration",
    "other_extramedullary": "other extramedullary infiltration",
    "prior_hsct": "prior stem cell transplantation",
    "crs_any": "CRS of any grade",
    "crs_1-2": "CRS of grade 1-2",
    "crs_3": "CRS of grade 3",
    "crs_3-4": "CRS of grade 3 or worse",
    "icans": "ICANS of any grade",
    "transfused": "blood transfusion by day 28",
    "gcsf": "G-CSF by day 28",
    "drugs": "erythropoietin or thrombopoietin receptor agonist by day 28",
    "pht": "PHT at day 28",
    "recovered_28": "no cytopenia at day 28",
    "relapsed": "recurrent cytopenia after prednisone was stopped",
}
_REPRODUCED = {
    "safety/hyperglycemia": "safety.hyperglycemia",
    "safety/hypertension": "safety.hypertension",
    "safety/infection": "safety.infection",
    "safety/osteoporosis": "safety.osteoporosis",
    "car_t": "cart.detectable",
}
_REPRODUCED_WORDS = {
    "safety/hyperglycemia": "hyperglycemia on prednisone",
    "safety/hypertension": "hypertension on prednisone",
    "safety/infection": "infection on prednisone",
    "safety/osteoporosis": "osteoporosis or gastrointestinal ulcer on prednisone",
    "car_t": "CAR-T cells detected before and after prednisone",
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
    """The quantities of one cohort; each is computed when it is first asked for."""

    def __init__(self, assessment: Assessment, treated: pd.DataFrame | None = None) -> None:
        self.assessment = assessment
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
        sizes = {"all": len(self.source.patients), "pht": len(self.source.pht)}
        for group, name in _TREATED_NAMES.items():
            sizes[group] = len(self.source.treated_group(name))
        return {group: size for group, size in sizes.items() if size}

    def _ids(self, group: str, period: str) -> list[str]:
        """Who is counted in a period: at day 28, as in Figure 1, PHT alone makes the group."""
        members = self._members(group)
        if group == "pht" and period == "at_day_28":
            members = self.source.patients
            members = members[members["pht_d28"].fillna(False).to_numpy(dtype=bool)]
        return [str(name) for name in members.index]

    def _members(self, group: str) -> pd.DataFrame:
        if group in _TREATED_NAMES:
            return self.source.treated_group(_TREATED_NAMES[group])
        return self.source.pht if group == "pht" else self.source.patients

    def _compute(self, key: str) -> Value:
        kind, *rest = key.split("/")
        if key in _REPRODUCED:
            return self._reproduced(_REPRODUCED[key])
        if kind == "cytopenia":
            return self._cytopenia(*rest)
        if kind == "lineages":
            return self._lineages(*rest)
        if kind == "survival":
            return self._survival(*rest)
        if kind == "patients":
            return self._patients(*rest)
        return NO_VALUE

    def _reproduced(self, name: str) -> Value:
        quantity = QUANTITIES[name](self.source)
        if quantity.number is None:
            return NO_VALUE
        return Value(Fraction(quantity.number), quantity.text)

    def _cytopenia(self, param: str, grade: str, period: str, group: str) -> Value:
        if group in _TREATED_NAMES or period not in self.assessment.grades:
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
        if group in _TREATED_NAMES:
            return NO_VALUE
        ids = self._ids(group, period)
        table = count_lineages(self.assessment.grades, {period: ids})
        row = table[table["lineages"] == int(lineages)].iloc[0]
        return _share(int(row["n"]), int(row["n_total"]))

    def _survival(self, endpoint: str, months: str) -> Value:
        settings = self.assessment.settings
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
        members = self._members(group)
        answers = _answers(members, name)
        if answers is None:
            return NO_VALUE
        n, known, _ = count_yes(answers)
        return _share(n, known)


def _share(n: int, n_total: int) -> Value:
    if not n_total:
        return NO_VALUE
    return Value(Fraction(100 * n, n_total), share_text(n, n_total, 2), n, n_total)


def _answers(patients: pd.DataFrame, name: str) -> pd.Series | None:
    """Yes, no or missing for each patient; None where there is no such column."""
    columns = {
        "male": ("sex", lambda found: found == "M"),
        "female": ("sex", lambda found: found == "F"),
        "crs_any": ("crs_grade", lambda found: found >= 1),
        "crs_1-2": ("crs_grade", lambda found: found.between(1, 2)),
        "crs_3": ("crs_grade", lambda found: found == 3),
        "crs_3-4": ("crs_grade", lambda found: found >= 3),
        "icans": ("icans_grade", lambda found: found >= 1),
        "transfused": ("transfused_28", None),
        "gcsf": ("gcsf_28", None),
        "drugs": ("drugs_28", None),
        "pht": ("pht_d28", None),
        "recovered_28": ("pht_d28", lambda found: ~found.astype("boolean")),
    }
    column, test = columns.get(name, (name, None))
    if column not in patients or patients[column].isna().all():
        return None
    values = patients[column]
    answers = (values if test is None else test(values)).astype("boolean")
    return answers.mask(values.isna())


def format_quantity(key: str) -> str:
    """A quantity in words.

    >>> format_quantity("cytopenia/HGB/3-4/within_28/all")
    'grade 3-4 anemia within 28 days among all treated'
    """
    kind, *rest = key.split("/")
    if key in _REPRODUCED_WORDS:
        return _REPRODUCED_WORDS[key]
    if kind == "survival":
        name = {"os": "overall survival", "pfs": "progression-free survival"}[rest[0]]
        return f"{name} at {rest[1]} months (Kaplan-Meier)"
    among = f" among {GROUP_WORDS[rest[-1]]}"
    if kind == "patients":
        return PATIENT_WORDS[rest[0]] + among
    when = f" {PERIOD_WORDS[rest[-2]]}"
    if rest[-2:] == ["at_day_28", "pht"]:
        among = " among those with PHT"
    if kind == "lineages":
        return LINEAGE_WORDS[rest[0]] + when + among
    what = TERMS.get(rest[0], "cytopenia of any lineage")
    grade = {"any": what, "3-4": f"grade 3-4 {what}", "normal": f"no {what}"}[rest[1]]
    return grade + when + among


def list_quantities(figures: CohortFigures) -> dict[str, str]:
    """Every key that a reader can choose for a cohort, with its words."""
    return {key: format_quantity(key) for key in _keys(figures)}


def _keys(figures: CohortFigures) -> Iterator[str]:
    for group in ("all", "pht"):
        for period in PERIOD_WORDS:
            for param in (*TERMS, "any"):
                for grade in GRADES[: 2 if param == "any" else 3]:
                    yield f"cytopenia/{param}/{grade}/{period}/{group}"
            for lineages in LINEAGE_WORDS:
                yield f"lineages/{lineages}/{period}/{group}"
    for name in PATIENT_WORDS:
        for group in figures.sizes:
            yield f"patients/{name}/{group}"
    yield from _REPRODUCED
    for endpoint in ("os", "pfs"):
        for months in (6, 12, 24):
            yield f"survival/{endpoint}/{months}"
