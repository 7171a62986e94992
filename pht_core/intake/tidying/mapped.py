"""Tables under their fields: what the mapping says, applied to the columns, nothing converted."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pht_core.intake.mapping import CHOSEN, ColumnMap, TableMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.findings import Findings
from pht_core.model.words import listed


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
    """Cells with codes replaced by what they stand for ("" = not recorded); others stay."""
    meanings = dict(pairs)
    text = text_of(values)
    categories = text.cat.categories
    renamed = [meanings.get(str(name), str(name)) for name in categories]
    merged = list(dict.fromkeys(filter(None, renamed)))
    place = {name: number for number, name in enumerate(merged)} | {"": -1}
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


def read_words(values: pd.Series, meaning: Callable[[str], object], empty: object) -> np.ndarray:
    """What each cell means, each distinct text looked at once; ``empty`` for empty cells."""
    words = text_of(values).cat
    known = [*(meaning(str(word)) for word in words.categories), empty]
    meanings = np.array(known, dtype=object if isinstance(empty, str) else None)
    return meanings[words.codes.to_numpy()]


def find_words(values: pd.Series, pattern: re.Pattern[str]) -> np.ndarray:
    """Which cells match a pattern somewhere; empty cells do not."""
    return read_words(values, lambda word: bool(pattern.search(word.strip())), False)


def check_columns(table: MappedTable) -> Findings:
    """Findings on columns that are guesses, private, or not used."""
    rows: Findings = []
    notes = TableNotes(table.name, rows)
    unused = []
    fields = read_fields()
    for entry in table.map.columns:
        names = []
        if entry.private and not entry.keep:
            names.append("private_column_dropped")
        elif entry.private and entry.field == "subject_id":
            names.append("private_column_used")
        elif not entry.field:
            unused += [] if entry.column in ADDED else [entry.column]
            lost = fields.get(entry.lost_field)
            if lost and lost.table == "outcomes" and entry.reason != CHOSEN:
                names.append("outcome_not_used")
            if table.map.rows == "patients" and read_pattern("transplant date").search(
                entry.column
            ):
                names.append("transplant_not_used")
        kind = f"{'an' if entry.private[:1] in 'aeiou' else 'a'} {entry.private}"
        reason = entry.reason.rstrip(".")
        for name in names:
            notes.report(name, entry.column, kind=kind, reason=reason)
    if unused:
        listing = listed([repr(name) for name in unused], most=8)
        notes.report("columns_not_used", value=len(unused), names=listing)
    return rows
