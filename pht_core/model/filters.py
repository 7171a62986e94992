"""Which patients are included: the filters that every page shares, and their words."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pht_core.model.words import counted

YES_NO = {"prior_hsct": "prior HSCT", "extramedullary": "extramedullary disease"}
# Bounds of the sliders are fixed, not the data's, so that a link never tells a patient's value;
# the highest bound means "this or more".
RANGES = {
    "age_years": ("age", 0, 100, "years"),
    "lines_of_therapy": ("lines of therapy", 0, 20, ""),
}
SEXES = {"M": "male", "F": "female"}
CRS_GRADES = (0, 1, 2, 3, 4, 5)
FILTERED = (*YES_NO, "sex", *RANGES, "crs_grade")
NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class Filters:
    """What a patient must fit. None, an empty tuple or a whole range means: no condition.

    A patient whose value is missing fits no condition on it (and is counted as left out).

    unrecorded : columns of which a missing value fits as well; where there is no condition on such
        a column, nothing else fits. A whole range stays no condition.
    others : columns of the user's file that have no field here (``Cohort.others``), each with the
        texts that fit; an empty text is a missing value.
    patients : ids of those selected one by one or in a chart; empty is no condition.
    """

    prior_hsct: bool | None = None
    extramedullary: bool | None = None
    sex: str | None = None
    age_years: tuple[int, int] = (0, 100)
    lines_of_therapy: tuple[int, int] = (0, 20)
    crs_grade: tuple[int, ...] = ()
    unrecorded: tuple[str, ...] = ()
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()
    patients: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """True if any condition is set."""
        return self != Filters()


def filter_subjects(
    subjects: pd.DataFrame, filters: Filters, others: pd.DataFrame | None = None
) -> list[str]:
    """Ids of the patients who fit all conditions.

    subjects : columns as in ``schema.TABLES["subjects"]``; a missing value fits no condition.
    others : see ``Cohort.others``; a column that it lacks is missing of every patient.
    """
    keep = np.ones(len(subjects), dtype=bool)

    def require(column: str, fits: np.ndarray | None) -> None:
        missing = subjects[column].isna().to_numpy()
        if column in filters.unrecorded and (fits is not None or column not in RANGES):
            fits = missing if fits is None else fits | missing
        if fits is not None:
            np.logical_and(keep, fits, out=keep)

    for column in YES_NO:
        wanted = getattr(filters, column)
        answers = (subjects[column] == wanted).fillna(False).to_numpy(dtype=bool)
        require(column, None if wanted is None else answers)
    sexes = (subjects["sex"] == filters.sex).to_numpy(dtype=bool)
    require("sex", None if filters.sex is None else sexes)
    for column, (_, lowest, highest, _) in RANGES.items():
        low, high = getattr(filters, column)
        values = pd.to_numeric(subjects[column]).to_numpy(dtype=float, na_value=np.nan)
        # The highest bound is "this or more", the lowest likewise "or less".
        fits = ((values >= low) | (low == lowest)) & ((values <= high) | (high == highest))
        require(column, fits & ~np.isnan(values) if (low, high) != (lowest, highest) else None)
    grades = pd.to_numeric(subjects["crs_grade"]).to_numpy(dtype=float, na_value=np.nan)
    require("crs_grade", np.isin(grades, filters.crs_grade) if filters.crs_grade else None)
    for name, wanted in filters.others:
        texts = pd.Series(index=subjects.index, dtype=object)
        if others is not None and name in others:
            texts = others[name].reindex(subjects["subject_id"])
        keep &= texts.fillna("").isin(wanted).to_numpy()
    if filters.patients:
        keep &= subjects["subject_id"].isin(filters.patients).to_numpy()
    return subjects["subject_id"].to_numpy()[keep].tolist()


def format_filters(filters: Filters) -> str:
    """The conditions in words, for the page and for every figure's footer.

    >>> format_filters(Filters(prior_hsct=True, age_years=(18, 100)))
    'prior HSCT; age 18 years or more'
    >>> format_filters(Filters(unrecorded=("sex",), others=(("Center", ("North", "")),)))
    'sex not recorded; Center North or not recorded'
    >>> format_filters(Filters(sex="F", patients=("P1", "P2")))
    'female; 2 selected patients'
    >>> format_filters(Filters())
    'all patients'
    """
    words = []

    def add(column: str, title: str, condition: str) -> None:
        if column in filters.unrecorded and (condition or column not in RANGES):
            condition = f"{condition or title}{' or' if condition else ''} {NOT_RECORDED}"
        words.append(condition)

    for column, title in YES_NO.items():
        wanted = getattr(filters, column)
        add(column, title, "" if wanted is None else title if wanted else f"no {title}")
    add("sex", "sex", "" if filters.sex is None else SEXES[filters.sex])
    for column, (title, lowest, highest, unit) in RANGES.items():
        low, high = getattr(filters, column)
        unit = f" {unit}" if unit else ""
        condition = ""
        if low > lowest and high < highest:
            condition = f"{title} {low} to {high}{unit}"
        elif low > lowest:
            condition = f"{title} {low}{unit} or more"
        elif high < highest:
            condition = f"{title} {high}{unit} or less"
        add(column, title, condition)
    grades = " or ".join(str(grade) for grade in sorted(filters.crs_grade))
    add("crs_grade", "CRS grade", f"CRS grade {grades}" if grades else "")
    for name, values in filters.others:
        words.append(f"{name} {' or '.join(value or NOT_RECORDED for value in values)}")
    if filters.patients:
        words.append(counted(len(filters.patients), "selected patient", "selected patients"))
    return "; ".join(filter(None, words)) or "all patients"
