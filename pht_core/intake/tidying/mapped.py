"""Tables under their fields: what the mapping says, applied to the columns, nothing converted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pht_core.intake.mapping import ColumnMap, FileMap, TableMap
from pht_core.intake.source import SourceTable
from pht_core.model.findings import CHANGES, NOTE, Findings, finding
from pht_core.model.words import counted

# The patients of the rows that the template comes with.
EXAMPLE = re.compile(r"EXAMPLE-\d+")


@dataclass(frozen=True)
class MappedTable:
    """One source table, its map, and each row's patient.

    Parameters
    ----------
    source, map : the table and what its columns mean.
    subjects : each row's patient, a categorical without missing values; rows without one are gone
        from ``frame`` as well.
    frame : the source's frame without rows that have no patient.
    """

    source: SourceTable
    map: TableMap
    subjects: pd.Categorical
    frame: pd.DataFrame

    @property
    def name(self) -> str:
        """The table's name in the user's files."""
        return self.source.name

    @cached_property
    def fields(self) -> frozenset[str]:
        """Every field that a column of this table stands for."""
        return frozenset(entry.field for entry in self.map.columns if entry.field)

    def maps_of(self, field: str) -> list[ColumnMap]:
        """The columns that stand for a field: one, or one for each day."""
        return [entry for entry in self.map.columns if entry.field == field]

    def map_of(self, field: str) -> ColumnMap | None:
        """The column that stands for a field without a day of its own; None if none does."""
        return next((entry for entry in self.maps_of(field) if entry.day is None), None)

    def values_of(self, entry: ColumnMap) -> pd.Series:
        """A column's cells, its codes replaced by their meanings."""
        values = self.frame[entry.column]
        return recode(values, entry.values) if entry.values else values

    def series(self, field: str) -> pd.Series | None:
        """The cells of a field's column; None if the table has none."""
        entry = self.map_of(field)
        return None if entry is None else self.values_of(entry)

    def line_of(self, place: int) -> int:
        """The file's line of a row of ``frame``, from its index."""
        return self.source.line_of(place)


def recode(values: pd.Series, pairs: Iterable[tuple[str, str]]) -> pd.Series:
    """Cells with codes replaced by what they stand for; others stay as they are."""
    meanings = dict(pairs)
    text = text_of(values)
    categories = text.cat.categories
    renamed = [meanings.get(str(name), str(name)) for name in categories]
    merged = list(dict.fromkeys(renamed))
    place = {name: number for number, name in enumerate(merged)}
    codes = np.append([place[name] for name in renamed], -1).astype(int)[text.cat.codes.to_numpy()]
    return pd.Series(named(codes, merged), index=values.index, name=values.name)


def named(codes: np.ndarray, names: Sequence[str]) -> pd.Categorical:
    """A categorical from places in a list of names; -1 is missing."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))  # type: ignore[arg-type]


def text_of(values: pd.Series) -> pd.Series:
    """A column as a categorical of text; numbers as they would be written, 7.0 as 7."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values
    if pd.api.types.is_float_dtype(values.dtype):
        numbers = values.astype("category")
        names = [np.format_float_positional(name, trim="-") for name in numbers.cat.categories]
        return numbers.cat.rename_categories(names)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.strftime("%Y-%m-%d").astype("category")
    numbers = values.astype("category")
    return numbers.cat.rename_categories([str(name).strip() for name in numbers.cat.categories])


def map_tables(
    tables: Sequence[SourceTable], mapping: FileMap, findings: Findings
) -> list[MappedTable]:
    """Each used table with its map and its rows' patients.

    Tables that the mapping leaves out, or that have no column of patients, are noted. Every
    table's patients share one set of categories.
    """
    own = {entry.table: entry for entry in mapping.tables}
    used: list[tuple[SourceTable, TableMap, pd.Series]] = []
    for table in tables:
        entry = own.get(table.name)
        if entry is None or not entry.rows:
            findings.append(
                finding(
                    NOTE,
                    table.name,
                    "",
                    f"The table {table.name} holds nothing that is needed.",
                    "It is not used.",
                    "Choose what its rows stand for, if it does.",
                )
            )
            continue
        column = next((own.column for own in entry.columns if own.field == "subject_id"), None)
        if column is None:
            findings.append(
                finding(
                    CHANGES,
                    table.name,
                    "subject_id",
                    f"No column of {table.name} tells the patients apart.",
                    "The table is not used.",
                    "Choose the column that does, or add one.",
                )
            )
            continue
        used.append((table, entry, text_of(table.frame[column])))
    names = list(dict.fromkeys(name for *_, ids in used for name in _names(ids)))
    names = _without_examples(names, findings)
    return [_with_subjects(table, entry, ids, names, findings) for table, entry, ids in used]


def _without_examples(names: list[str], findings: Findings) -> list[str]:
    """Patients without the template's examples, which people forget to delete."""
    own = [name for name in names if not EXAMPLE.fullmatch(name)]
    n = len(names) - len(own)
    if not n:
        return names
    left_out = bool(own)
    findings.append(
        finding(
            NOTE if left_out else CHANGES,
            "file",
            "subject_id",
            f"{counted(n, 'patient is one of', 'patients are')} "
            f"the template's examples (EXAMPLE-1 …).",
            "Their rows are left out."
            if left_out
            else "They are shown, since nobody else is here.",
            "Delete them." if left_out else "Fill in your patients.",
            value=n,
        )
    )
    return own or names


def _names(ids: pd.Series) -> list[str]:
    """The patients of a column; those that only look filled in are none."""
    return [name for name in map(_tidy_name, ids.cat.categories) if name]


def _tidy_name(name: object) -> str:
    return str(name).strip()


def _with_subjects(
    table: SourceTable, entry: TableMap, ids: pd.Series, names: list[str], findings: Findings
) -> MappedTable:
    place = {name: number for number, name in enumerate(names)}
    codes = [place.get(_tidy_name(name), -1) for name in ids.cat.categories]
    rows = np.append(codes, -1).astype(np.int32)[ids.cat.codes.to_numpy()]
    known = rows >= 0
    frame = table.frame
    is_example = [bool(EXAMPLE.fullmatch(_tidy_name(name))) for name in ids.cat.categories]
    nameless = ~known & ~np.array([*is_example, False])[ids.cat.codes.to_numpy()]
    if nameless.any():
        n = int(nameless.sum())
        line = table.line_of(frame.index[int(np.flatnonzero(nameless)[0])])
        findings.append(
            finding(
                CHANGES,
                table.name,
                str(ids.name),
                f"{n} of {len(known)} rows have no patient in {ids.name!r}.",
                "They are not used.",
                "Fill it in.",
                row=line,
                value=n,
            )
        )
    if not known.all():
        frame, rows = frame[known], rows[known]
    return MappedTable(table, entry, named(rows, names), frame)
