"""What is looked at: a cohort, the definitions, and the patients that the filters leave."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd

from pht_core.exhibits.provenance import Provenance
from pht_core.intake.reading import find_treated
from pht_core.model.cohort import Cohort
from pht_core.model.criteria import scheme
from pht_core.model.filters import Filters, filter_subjects, format_filters
from pht_core.model.settings import Settings, changed_settings
from pht_core.stats.assessment import Assessment, derive_assessment

T = TypeVar("T")


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
        return filter_subjects(self.cohort.subjects, self.filters)

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

    @cached_property
    def everyone(self) -> pd.DataFrame | None:
        """All treated patients of the sample, where this is the sample as it was published.

        They were recorded under the default definitions, and are not filtered.
        """
        if not self.cohort.simulated or self.filters.active or changed_settings(self.settings):
            return None
        return find_treated(self.cohort)

    @property
    def n_total(self) -> int:
        """Patients in the whole cohort."""
        return len(self.cohort)

    @property
    def words(self) -> str:
        """The filters in words."""
        return format_filters(self.filters)

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
            method="; ".join(filter(None, [method, *changed_settings(settings)])),
            simulated=cohort.simulated,
            final=self.final,
        )
