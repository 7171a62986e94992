"""From a cohort file to the figures that claims are compared with."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pht_core.claims.data.quantities import CohortFigures
from pht_core.intake.reading import SAMPLE_FILE, read_cohort, read_sample
from pht_core.model.cohort import Cohort
from pht_core.model.schema import TABLES
from pht_core.model.settings import Settings
from pht_core.paper.sample import find_treated
from pht_core.stats.assessment import derive_assessment


def read_figures(file: Path) -> CohortFigures:
    """The quantities of a cohort file; the sample's come with all who were treated."""
    sample = file.resolve() == SAMPLE_FILE.resolve()
    return figures_of(read_sample() if sample else read_cohort(file))


def figures_of_some(
    whole: CohortFigures, cohort: Cohort, subject_ids: Iterable[str], settings: Settings
) -> CohortFigures:
    """The quantities of some patients of a cohort, under some definitions."""
    ids = set(subject_ids)
    tables = {
        name: table[table["subject_id"].isin(ids)]
        for name in TABLES
        if "subject_id" in (table := getattr(cohort, name))
    }
    return CohortFigures(derive_assessment(replace(cohort, **tables), settings), whole=whole)


def figures_of(cohort: Cohort) -> CohortFigures:
    """The quantities of a cohort; all who were treated are known for the sample's patients only."""
    return CohortFigures(derive_assessment(cohort), find_treated(cohort))
