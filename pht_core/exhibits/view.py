"""What is looked at: a cohort, the definitions, and the patients that the filters leave."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pkgutil import resolve_name
from typing import Any, TypeVar

import pandas as pd

from pht_core.model.cohort import Cohort
from pht_core.model.criteria import scheme
from pht_core.model.errors import PhtError
from pht_core.model.filters import Filters, filter_subjects, format_filters
from pht_core.model.settings import Settings, changed_settings
from pht_core.stats.assessment import Assessment, derive_assessment

T = TypeVar("T")
# The package itself stands above its modules, so it is not imported by one of them.
VERSION: str = resolve_name("pht_core:__version__")


@dataclass(frozen=True)
class Provenance:
    """What a reader needs to get the same figure again.

    data : name of the data. digest : its SHA-256 (the first 8 characters are printed).
    n, n_total : patients in the figure, of all in the data. filters : in words, empty = none.
    scheme : name of the grading scheme as shown, empty if nothing is graded. method : of the
    estimate or interval. simulated : the data are made up, and the figure says so. final : the
    user confirmed that the cohort is; until then the figure calls itself exploratory.
    """

    data: str
    digest: str
    n: int
    n_total: int
    filters: str = ""
    scheme: str = ""
    method: str = ""
    simulated: bool = False
    final: bool = False
    version: str = VERSION
    day: date | None = None

    def footer(self) -> str:
        """Sentence at the foot of a figure.

        >>> Provenance("a.csv", "0123456789ab", 15, 17, "sex is male", "CTCAE v5.0",
        ...            "exact 95% intervals", version="0.1.0", day=date(2026, 11, 22)).footer()
        'a.csv (SHA-256 01234567); 15 of 17 patients: sex is male; grades by CTCAE v5.0; exact \
95% intervals; exploratory; PHT Explorer 0.1.0, 2026-11-22.'
        """
        name = f"{self._name} (SHA-256 {self.digest[:8]})" if self.digest else self._name
        made = f"PHT Explorer {self.version}, {(self.day or date.today()).isoformat()}"
        return f"{'; '.join(filter(None, [name, *self._parts, made]))}."

    def source(self) -> str:
        """The same without digest, version and date, for a slide; the deck's cover names those.

        >>> Provenance("a.csv", "0123456789ab", 17, 17, "", "CTCAE v5.0").source()
        'a.csv; 17 of 17 patients; grades by CTCAE v5.0; exploratory.'
        """
        return f"{'; '.join(filter(None, [self._name, *self._parts]))}."

    @property
    def _name(self) -> str:
        return f"Simulated data: {self.data}" if self.simulated else self.data

    @property
    def _parts(self) -> tuple[str, ...]:
        chosen = f"{self.n} of {self.n_total} patients"
        return (
            f"{chosen}: {self.filters}" if self.filters else chosen,
            f"grades by {self.scheme}" if self.scheme else "",
            self.method,
            "" if self.final else "exploratory",
        )


@dataclass(frozen=True)
class View:
    """A cohort under definitions and filters: what every figure is made of.

    final : the user says that the cohort is final; until then figures are called exploratory.
    assess : grades the cohort under some settings; a caller that keeps assessments gives its own.
    kept : what was asked of this view before, see `keep`.
    """

    cohort: Cohort
    settings: Settings = field(default_factory=Settings)
    filters: Filters = field(default_factory=Filters)
    final: bool = False
    assess: Callable[[Cohort, Settings], Assessment] = derive_assessment
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for this view: a choice made before costs no computing.

        ``key`` names the result and every option that it depends on beyond the view.
        """
        if key not in self.kept:
            self.kept[key] = make()
        result: T = self.kept[key]
        return result

    def under(self, settings: Settings) -> Assessment:
        """The same cohort under other definitions."""
        return self.assess(self.cohort, settings)

    @cached_property
    def assessment(self) -> Assessment:
        """The cohort graded; made when it is first asked for, as a large one takes seconds."""
        return self.under(self.settings)

    @cached_property
    def subject_ids(self) -> list[str]:
        """Patients who fit the filters, in natural order."""
        return filter_subjects(self.cohort.subjects, self.filters, self.cohort.others)

    @cached_property
    def patients(self) -> pd.DataFrame:
        """Their rows of ``assessment.patients``."""
        return self.assessment.patients.loc[self.subject_ids]

    @cached_property
    def pht(self) -> list[str]:
        """Those with PHT at day 28."""
        return self.patients.index[self.patients["pht_d28"].fillna(False)].tolist()

    @cached_property
    def treated(self) -> list[str]:
        """Those who were given prednisone."""
        return self.patients.index[self.patients["treated"].fillna(False)].tolist()

    @cached_property
    def treated_pht(self) -> list[str]:
        """Those with PHT at day 28 who were given prednisone: the paper's fifteen."""
        treated = set(self.treated)
        return [name for name in self.pht if name in treated]

    @property
    def n_total(self) -> int:
        """Patients in the whole cohort."""
        return len(self.cohort)

    @property
    def words(self) -> str:
        """The filters in words."""
        return format_filters(self.filters)

    def check_patients(self) -> None:
        """Raise a PhtError where no patient matches the filters."""
        if not self.subject_ids:
            raise PhtError(f"No patients match these filters: {self.words}.")

    def of(self, table: pd.DataFrame, subject_ids: list[str] | None = None) -> pd.DataFrame:
        """The rows of a table that are about these patients."""
        ids = self.subject_ids if subject_ids is None else subject_ids
        return table[table["subject_id"].isin(ids)].reset_index(drop=True)

    def provenance(
        self, method: str = "", *, graded: bool = True, n: int | None = None
    ) -> Provenance:
        """Where a figure of this view comes from, for its footer; of n patients, if not all."""
        cohort, settings = self.cohort, self.settings
        return Provenance(
            data=cohort.name,
            digest=cohort.digest,
            n=len(self.subject_ids) if n is None else n,
            n_total=self.n_total,
            filters=self.words if self.filters.active else "",
            scheme=scheme(settings.scheme).title if graded else "",
            method="; ".join(filter(None, [method, *cohort.stated, *changed_settings(settings)])),
            simulated=cohort.simulated,
            final=self.final,
        )
