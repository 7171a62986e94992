"""The quantities of the program that a manuscript's claim can be compared with, by their keys.

A key names what is counted, when and among whom: ``cytopenia/HGB/3-4/within_28/all``.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

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

_WORDS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("quantities.toml").read_text("utf-8")
)
GROUPS, ANSWERS, REPRODUCED = (_WORDS[part] for part in ("groups", "patients", "reproduced"))
PERIOD_WORDS: dict[str, str] = _WORDS["periods"]
GRADES = ("any", "3-4", "normal")
MONTHS = (6, 12, 24)  # of the survival rates that a reader can choose


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
        sizes = {name: len(self._members(name)) for name in GROUPS}
        return {name: size for name, size in sizes.items() if size}

    def _members(self, group: str, period: str = "") -> pd.DataFrame:
        """Who is counted: at day 28, as in Figure 1, PHT alone makes the group."""
        if "treated" in GROUPS[group]:
            return self.source.treated_group(GROUPS[group]["treated"])
        if group != "pht":
            return self.source.patients
        if period != "at_day_28":
            return self.source.pht
        return self.source.patients[self.source.patients["pht_d28"].fillna(False).astype(bool)]

    def _compute(self, key: str) -> Value:
        if key in REPRODUCED:
            quantity = QUANTITIES[REPRODUCED[key]["name"]](self.source)
            number = quantity.number
            return NO_VALUE if number is None else Value(Fraction(number), quantity.text)
        kind, *rest = key.split("/")
        if kind == "survival":
            return self._survival(*rest)
        if kind == "patients":
            return self._patients(*rest)
        *what, period, group = rest
        if "treated" in GROUPS[group] or period not in self.assessment.grades:
            return NO_VALUE
        ids = [str(name) for name in self._members(group, period).index]
        if kind == "lineages":
            table = count_lineages(self.assessment.grades, {period: ids})
            row = table[table["lineages"] == int(what[0])].iloc[0]
            return _share(int(row["n"]), int(row["n_total"]))
        param, grade = what
        grades = self.assessment.grades[period].loc[ids]
        lowest = 3 if grade == "3-4" else 1
        if param == "any":
            return _share(*count_any_severe(grades, ids, lowest))
        known = grades[param].dropna()
        counted = known == 0 if grade == "normal" else known >= lowest
        return _share(int(counted.sum()), len(known))

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
        patients, column = self._members(group), ANSWERS[name]["column"]
        if column not in patients or patients[column].isna().all():
            return NO_VALUE
        values = patients[column]
        counted = values.isin(ANSWERS[name]["counted"]).astype("boolean")
        n, known, _ = count_yes(counted.mask(values.isna()))
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
        return str(REPRODUCED[key]["words"])
    if kind == "survival":
        return f"{ENDPOINTS[rest[0]].title.lower()} at {rest[1]} months (Kaplan-Meier)"
    among = f" among {GROUPS[rest[-1]]['words']}"
    if kind == "patients":
        return str(ANSWERS[rest[0]]["words"]) + among
    when = f" {PERIOD_WORDS[rest[-2]]}"
    if rest[-2:] == ["at_day_28", "pht"]:
        among = " among those with PHT"
    if kind == "lineages":
        return str(_WORDS["lineages"][rest[0]]) + when + among
    what = LINEAGES[rest[0]].term if rest[0] in LINEAGES else "cytopenia of any lineage"
    grade = {"any": "", "3-4": "grade 3-4 ", "normal": "no "}[rest[1]]
    return grade + what + when + among


def list_quantities(figures: CohortFigures) -> dict[str, str]:
    """Every key that a reader can choose for a cohort, with its words."""
    return {key: format_quantity(key) for key in _keys(figures)}


def _keys(figures: CohortFigures) -> Iterator[str]:
    for group in ("all", "pht"):
        for period in PERIOD_WORDS:
            for param in (*LINEAGES, "any"):
                for grade in GRADES[: 2 if param == "any" else 3]:
                    yield f"cytopenia/{param}/{grade}/{period}/{group}"
            for lineages in _WORDS["lineages"]:
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
