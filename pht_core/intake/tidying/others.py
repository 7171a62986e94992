"""Columns of the file that stand in no tidy table and tell groups of patients apart: a center."""

from collections.abc import Sequence

import pandas as pd

from pht_core.intake.cells.texts import convert_text
from pht_core.intake.tidying.mapped import MappedTable, text_of

MOST_VALUES, LONGEST = 12, 40


def read_others(tables: Sequence[MappedTable]) -> pd.DataFrame:
    """Columns without a field that group patients, as text by subject_id; missing where empty.

    Each has one value a patient, 2 to `MOST_VALUES` values of at most `LONGEST` letters, and on
    average two patients or more to a value: a value that tells who a patient is would be no group.
    Columns that look private are never among them, nor are dates.
    """
    found: dict[str, pd.Series] = {}
    for table in tables:
        for entry in table.map.columns:
            if entry.field or entry.private or entry.column not in table.frame:
                continue
            values = _by_patient(table, entry.column)
            if values is not None:
                known = found.get(entry.column)
                found[entry.column] = values if known is None else known.combine_first(values)
    groups = {name: values for name, values in found.items() if _are_groups(values)}
    return pd.DataFrame(groups, index=tables[0].subjects.categories.astype(object))


def _by_patient(table: MappedTable, column: str) -> pd.Series | None:
    """Each patient's value; None where one has several, and for dates."""
    cells = table.frame[column]
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return None
    texts = convert_text(text_of(cells)).astype(object)
    rows = pd.DataFrame({"who": table.subjects.astype(object), "text": texts.to_numpy()})
    rows = rows.dropna().drop_duplicates()
    if rows["who"].duplicated().any():
        return None
    return rows.set_index("who")["text"]


def _are_groups(values: pd.Series) -> bool:
    n = values.nunique()
    short = values.str.len().max() <= LONGEST
    return bool(2 <= n <= min(MOST_VALUES, len(values) / 2) and short)
