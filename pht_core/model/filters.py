"""Which patients are included: the filters that every page shares, and their words."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

YES_NO = {"prior_hsct": "prior HSCT", "extramedullary": "extramedullary disease"}
# Bounds of the sliders are fixed, not the data's, so that a link never tells a patient's value;
# the highest bound means "this or more".
RANGES = {
    "age_years": ("age", 0, 100, "years"),
    "lines_of_therapy": ("lines of therapy", 0, 20, ""),
}
SEXES = {"M": "male", "F": "female"}
CRS_GRADES = (0, 1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Filters:
    """What a patient must fit. None, an empty tuple or a whole range means: no condition.

    A patient whose value is missing fits no condition on it (and is counted as left out).
    """

    prior_hsct: bool | None = None
    extramedullary: bool | None = None
    sex: str | None = None
    age_years: tuple[int, int] = (0, 100)
    lines_of_therapy: tuple[int, int] = (0, 20)
    crs_grade: tuple[int, ...] = ()

    @property
    def active(self) -> bool:
        """True if any condition is set."""
        return self != Filters()


def filter_subjects(subjects: pd.DataFrame, filters: Filters) -> list[str]:
    """Ids of the patients who fit all conditions.

    Parameters
    ----------
    subjects : columns as in ``schema.TABLES["subjects"]``; a missing value fits no condition.
    """
    keep = np.ones(len(subjects), dtype=bool)
    for column in YES_NO:
        wanted = getattr(filters, column)
        if wanted is not None:
            answers = subjects[column]
            keep &= (answers == wanted).fillna(False).to_numpy(dtype=bool)
    if filters.sex is not None:
        keep &= (subjects["sex"] == filters.sex).to_numpy(dtype=bool)
    for column, (_, lowest, highest, _) in RANGES.items():
        low, high = getattr(filters, column)
        values = pd.to_numeric(subjects[column]).to_numpy(dtype=float, na_value=np.nan)
        if low > lowest:
            keep &= values >= low
        if high < highest:
            keep &= values <= high
    if filters.crs_grade:
        grades = pd.to_numeric(subjects["crs_grade"]).to_numpy(dtype=float, na_value=np.nan)
        keep &= np.isin(grades, list(filters.crs_grade))
    return subjects["subject_id"].to_numpy()[keep].tolist()


def format_filters(filters: Filters) -> str:
    """The conditions in words, for the page and for every figure's footer.

    >>> format_filters(Filters(prior_hsct=True, age_years=(18, 100)))
    'prior HSCT; age 18 years or more'
    >>> format_filters(Filters())
    'all patients'
    """
    words = []
    for column, title in YES_NO.items():
        wanted = getattr(filters, column)
        if wanted is not None:
            words.append(title if wanted else f"no {title}")
    if filters.sex is not None:
        words.append(SEXES[filters.sex])
    for column, (title, lowest, highest, unit) in RANGES.items():
        low, high = getattr(filters, column)
        unit = f" {unit}" if unit else ""
        if low > lowest and high < highest:
            words.append(f"{title} {low} to {high}{unit}")
        elif low > lowest:
            words.append(f"{title} {low}{unit} or more")
        elif high < highest:
            words.append(f"{title} {high}{unit} or less")
    if filters.crs_grade:
        words.append("CRS grade " + " or ".join(str(grade) for grade in sorted(filters.crs_grade)))
    return "; ".join(words) or "all patients"
