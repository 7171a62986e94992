"""Groups of patients for survival curves, and which of them are formed only after infusion."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pht_core.model.errors import look_up


@dataclass(frozen=True)
class Grouping:
    """A yes/no or named split of patients.

    ``later`` is true where the group is known only some time after infusion, so that its members
    had to survive to that point to be classified (immortal time bias): a landmark or a warning is
    due. ``landmark`` is the first of the usual ones, in months, by which most groups are formed.
    ``day`` names the column with the day on which a patient enters the group, where it can
    be any day: at a landmark only those who had entered by then are in it.
    """

    column: str
    title: str
    labels: dict[object, str]
    later: bool = False
    day: str = ""
    landmark: int = 0


def _yes_no(column: str, words: str, title: str = "", **later: Any) -> Grouping:
    return Grouping(column, title or words, {True: words, False: f"no {words}"}, **later)


GROUPINGS = {
    grouping.column: grouping
    for grouping in (
        _yes_no("prior_hsct", "prior HSCT"),
        _yes_no("extramedullary", "extramedullary disease"),
        Grouping("sex", "sex", {"M": "male", "F": "female"}),
        Grouping(
            "crs_grade",
            "CRS grade",
            {grade: f"CRS grade {grade}" for grade in range(6)},
            later=True,
            landmark=1,
        ),
        _yes_no("pht_d28", "PHT at day 28", later=True, landmark=2),
        _yes_no(
            "relapsed",
            "recurrent cytopenia",
            "recurrent cytopenia after stopping prednisone",
            later=True,
            day="relapse_day",
            landmark=6,
        ),
    )
}


def grouping(name: str) -> Grouping:
    """The grouping of that column; `UnknownName` lists those offered."""
    return look_up("Grouping", name, GROUPINGS)


def derive_groups(
    times: pd.DataFrame,
    patients: pd.DataFrame,
    name: str,
    known_by: pd.Series | None = None,
) -> pd.DataFrame:
    """Add the column ``group`` to a table of times: the group's words, missing if not known.

    times : subject_id and more. patients : index subject_id, see ``assessment.derive_patients``.
    known_by : by subject_id, the day of a landmark: what happened later forms no group.
    ``group`` is a category in the grouping's order, with only the groups that occur.
    """
    chosen = grouping(name)
    values = patients[chosen.column]
    if known_by is not None and chosen.day:
        by_then = patients[chosen.day] <= known_by.reindex(patients.index)
        values = by_then.astype("boolean").where(values.notna())
    values = values.reindex(times["subject_id"].astype(object))
    words = [chosen.labels.get(value) if pd.notna(value) else None for value in values]
    present = [label for label in chosen.labels.values() if label in set(words)]
    return times.assign(group=pd.Categorical(words, categories=present))
