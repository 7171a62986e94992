"""Patient-level columns: one value a patient, from whichever tables have them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pht_core.intake.tidying.mapped import MappedTable
from pht_core.model.findings import CHANGES, Findings, finding


def first_by_patient(
    subjects: pd.Categorical, values: pd.Series, table: MappedTable, findings: Findings
) -> pd.Series:
    """Each patient's first value that is there; a finding where a patient has two.

    Parameters
    ----------
    subjects : each row's patient.
    values : converted cells in the same order, missing where empty.

    Returns
    -------
    pandas.Series
        By subject_id, only of patients who have a value.
    """
    given = np.flatnonzero(values.notna().to_numpy())
    codes = subjects.codes[given]
    first = np.full(len(subjects.categories), -1)
    first[codes[::-1]] = given[::-1]
    known = first >= 0
    own = values.iloc[first[known]]
    rank = pd.factorize(values.iloc[given], use_na_sentinel=False)[0]
    of_row = np.full(len(values), -1)
    of_row[given] = rank
    differs = of_row[given] != of_row[first[codes]]
    if differs.any():
        n = len(np.unique(codes[differs]))
        place = given[int(np.flatnonzero(differs)[0])]
        findings.append(
            finding(
                CHANGES,
                table.name,
                str(values.name),
                f"{n} of {int(known.sum())} patients have more than one {values.name!r}.",
                "The first is used.",
                "Such a column must say the same on every row of a patient.",
                row=table.line_of(values.index[place]),
                value=n,
            )
        )
    names = subjects.categories[known].astype(object)
    return pd.Series(own.to_numpy(), index=names, name=values.name, dtype=own.dtype)


def combine_patients(
    parts: Sequence[pd.Series],
    field: str,
    findings: Findings,
    *,
    table: str = "subjects",
    within: float = 0.0,
) -> pd.Series:
    """One value a patient from several tables; the first table's wins, and a finding says so.

    Numbers that differ by ``within`` or less are the same: ADaM's times count the first day.
    """
    whole = parts[0]
    for part in parts[1:]:
        both = whole.index.intersection(part.index)
        own, second = whole[both], part[both]
        other = (own - second).abs() > within if within else own != second
        differs = both[other.to_numpy(dtype=bool, na_value=False)]
        if len(differs):
            findings.append(
                finding(
                    CHANGES,
                    table,
                    field,
                    f"Two tables give {len(differs)} patients another {field}, the first "
                    f"{differs[0]}.",
                    "The first table's is used.",
                    "Make them agree.",
                    value=len(differs),
                )
            )
        whole = pd.concat([whole, part[~part.index.isin(whole.index)]])
    return whole
