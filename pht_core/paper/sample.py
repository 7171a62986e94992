"""All treated patients of the sample, of whom its cohort are those with prednisone."""

from functools import cache

import pandas as pd

from pht_core.intake.reading import TREATED_FILE, read_cohort
from pht_core.model.cohort import Cohort


def read_treated() -> pd.DataFrame:
    """All 159 treated patients of the sample, patient-level only (simulated but for the 17).

    Columns as ``schema.TABLES["subjects"]``; pht_d28 is missing for those without counts.
    """
    return _treated_cohort().subjects.copy()


@cache
def _treated_cohort() -> Cohort:
    return read_cohort(TREATED_FILE, simulated=True)


def find_treated(cohort: Cohort) -> pd.DataFrame | None:
    """All treated patients of the sample, if the cohort is of those patients; else None.

    Ids such as P1 are anybody's: age and sex must be the sample's as well.
    """
    everyone = read_treated()
    keys = ["subject_id", "age_years", "sex"]
    known = set(everyone[keys].itertuples(index=False, name=None))
    own = cohort.subjects[keys].astype({"subject_id": str})
    same = set(own.itertuples(index=False, name=None)) <= known
    return everyone if same else None
