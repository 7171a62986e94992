"""Tables under their fields: what the mapping says, applied to the columns, nothing converted."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pht_core.intake.cells.dates import convert_dates, find_turned
from pht_core.intake.cells.texts import clean_text
from pht_core.intake.mapping import ColumnMap, TableMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import Question
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.tidying.context import IntakeContext, Options
from pht_core.intake.words.fields import Field, read_fields
from pht_core.intake.words.word_lists import read_cell_words, read_pattern
from pht_core.model.schema import LABS
from pht_core.model.words import listed

# Of more different cells than these each can hardly be asked about.
MOST_CELLS = 40


@dataclass(frozen=True)
class MappedTable:
    """One source table, its map, and each row's patient.

    ``frame`` is the source's without rows that have no patient, so that ``subjects`` has no missing
    value; ``context`` is where what is noticed and asked of it goes.
    """

    source: SourceTable
    map: TableMap
    subjects: pd.Categorical
    frame: pd.DataFrame
    context: IntakeContext

    @property
    def name(self) -> str:
        """The table's name in the user's files."""
        return self.source.name

    @cached_property
    def columns(self) -> list["MappedColumn"]:
        """Every column of the map, of use or not."""
        return [MappedColumn(self, entry) for entry in self.map.columns]

    @cached_property
    def fields(self) -> frozenset[str]:
        """Every field that a column of this table stands for."""
        return frozenset(entry.field for entry in self.map.columns if entry.field)

    @property
    def notes(self) -> TableNotes:
        """Where what is noticed of its cells goes."""
        return TableNotes(self.name, self.context.findings, self.source.line_of)

    def column(self, *fields: str) -> "MappedColumn | None":
        """The column that stands for the first of these fields, without a day of its own."""
        of_field = {own.entry.field: own for own in self.columns[::-1] if own.entry.day is None}
        return next((of_field[field] for field in fields if field in of_field), None)

    def all_columns(self, field: str) -> list["MappedColumn"]:
        """Every column of an outcome: the most certain one, and those that could also be it."""
        likely = self.column(field)
        others = [own for own in self.columns if own.entry.lost_field == field]
        as_field = [replace(own, entry=replace(own.entry, field=field)) for own in others]
        return [*([] if likely is None else [likely]), *as_field]

    def series(self, field: str) -> pd.Series | None:
        """The cells of a field's column; None if the table has none."""
        column = self.column(field)
        return None if column is None else column.values

    def count_days(self, dates: pd.Series) -> pd.Series:
        """Whole days from each row's infusion to its date; missing without either."""
        whole = dates.to_numpy(dtype="datetime64[D]")
        infusions = self.context.day_reference.infusions[self.subjects.codes]
        days = (whole - infusions).astype(float)
        days[np.isnat(whole) | np.isnat(infusions)] = np.nan
        return pd.Series(days, index=dates.index, name=dates.name)

    def report(self, name: str, column: str = "", /, **values: Any) -> None:
        """Add a finding; parameters as of ``build_finding``."""
        self.context.report(name, self.name, column, **values)

    def report_cells(
        self, name: str, cells: pd.Series, chosen: ArrayLike, /, **values: Any
    ) -> None:
        """Add a finding on the chosen cells of a column, if there are any.

        Its sentence knows how many they are (``n``), of how many (``n_rows``), and the first
        (``first``), whose line in the file is the finding's row.
        """
        places = np.flatnonzero(np.asarray(chosen, dtype=bool))
        if not places.size:
            return
        cell = cells.iloc[places[0]]
        first = f"{cell:.10g}" if isinstance(cell, float) else str(cell)
        facts = {"n": places.size, "n_rows": len(cells), "first": first, "value": first}
        facts |= {"row": self.source.line_of(cells.index[places[0]])} | values
        self.report(name, str(facts.pop("column", cells.name)), **facts)

    def in_silence(self) -> "MappedTable":
        """The same table, of which nothing is noted or asked."""
        return replace(self, context=replace(self.context, findings=[], questions=[]))


@dataclass(frozen=True)
class MappedColumn:
    """A column of a table, or those of its rows that are results of one test.

    ``test`` is what a question calls the test, empty for a whole column, ``measures`` its field.
    """

    table: MappedTable
    entry: ColumnMap
    test: str = ""
    measures: str = ""

    @property
    def name(self) -> str:
        """Its header in the file."""
        return self.entry.column

    @property
    def label(self) -> str:
        """What a finding calls it: the test, else the header."""
        return self.test or self.name

    @property
    def field(self) -> Field:
        """What it measures or says; its quantity decides which units there are."""
        return read_fields()[self.measures or self.entry.field]

    @property
    def is_needed(self) -> bool:
        """Whether figures depend on it, so that its unit is asked where it is unclear."""
        return self.field.name not in LABS

    @cached_property
    def values(self) -> pd.Series:
        """Its cells, codes replaced by their meanings."""
        values = self.table.frame[self.name]
        return recode(values, self.entry.values) if self.entry.values else values

    def report(self, name: str, /, **values: Any) -> None:
        """Add a finding; parameters as of ``build_finding``."""
        self.table.report(name, self.name, **values)

    def report_cells(self, name: str, chosen: ArrayLike, /, **values: Any) -> None:
        """Add a finding on the chosen cells, if there are any."""
        self.table.report_cells(name, self.values, chosen, **values)

    def choose(self, name: str, /, **values: Any) -> str | None:
        """The user's answer to a question, as of ``IntakeContext.choose``."""
        return self.table.context.choose(name, self.table.name, self.entry, **values)

    def ask_unit(self, why: str, units: Sequence[str], title: str = "") -> None:
        """Ask for its unit, which is unknown until it is answered."""
        key = ("unit", self.table.name, self.name, self.test)
        text = f"What is the unit of {title or self.field.title} ({self.label})?"
        question = Question(key, text, why, tuple((one, one) for one in units))
        self.table.context.ask(question, self.table.name, self.name)

    def ask_unread(
        self,
        values: pd.Series,
        chosen: ArrayLike,
        what: str,
        options: Options = (),
        likely: Callable[[str], str | None] = lambda _: None,
        *,
        name: str = "cells",
    ) -> bool:
        """Ask what the chosen of its cells mean, which could not be read: none is dropped.

        Cells that say that there is no result are not asked about. Of very many different cells
        only one answer is asked, whether to leave them all out. ``what`` each should be is a word
        (number, date, day), ``options`` are answers besides leaving it out, ``likely`` is the one
        that a cell suggests, ``name`` is the question's. False where all were, or can only be, left
        out.
        """
        texts = text_of(values)[np.asarray(chosen, dtype=bool)]
        n_of = texts.value_counts(sort=False)
        nothing = read_cell_words("no result") | read_cell_words("broken formula")
        if what == "number":
            nothing -= read_cell_words("done or detected")
        cells = [
            (str(cell), int(n))
            for cell, n in n_of[n_of > 0].items()
            if str(cell).strip() and clean_text(str(cell)).casefold() not in nothing
        ]
        if not cells:
            return True
        n, first = sum(n for _, n in cells), cells[0][0][:60]
        facts = {"n": n, "n_different": len(cells), "what": what, "first": first}
        if len(cells) > MOST_CELLS:
            self.choose(name, kind="unread", **facts)
            return False
        suggested = [likely(cell) for cell, _ in cells]
        self.table.context.ask_cells(
            name, self.table.name, self.entry, cells, likely=suggested, offered=options, **facts
        )
        return True

    def read_dates(self, values: pd.Series | None = None) -> pd.Series:
        """Its cells, or others for them, as dates; those that may be turned are asked about."""
        values = self.values if values is None else values
        if turned := find_turned(values):
            n = int(values.isin([cell for cell, _ in turned]).sum())
            if self.choose("turned", n=n, written=turned[0][0], turned=turned[0][1]):
                values = recode(values, turned)
        return convert_dates(values, self.table.context.day_reference.date_order, self.table.notes)


def recode(values: pd.Series, pairs: Iterable[tuple[str, str]]) -> pd.Series:
    """Cells with codes replaced by what they stand for ("" = not recorded); others stay."""
    meanings = dict(pairs)
    text = text_of(values)
    renamed = [meanings.get(str(name), str(name)) for name in text.cat.categories]
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
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.strftime("%Y-%m-%d").astype("category")
    cells = values.astype("category")
    if pd.api.types.is_float_dtype(values.dtype):
        names = [np.format_float_positional(name, trim="-") for name in cells.cat.categories]
    else:
        names = [str(name).strip() for name in cells.cat.categories]
    return cells.cat.rename_categories(names)


def read_words(values: pd.Series, meaning: Callable[[str], object], empty: object) -> np.ndarray:
    """What each cell means, each distinct text looked at once; ``empty`` for empty cells."""
    words = text_of(values).cat
    known = [*(meaning(str(word)) for word in words.categories), empty]
    meanings = np.array(known, dtype=object if isinstance(empty, str) else None)
    return meanings[words.codes.to_numpy()]


def find_words(values: pd.Series, pattern: re.Pattern[str]) -> np.ndarray:
    """Which cells match a pattern somewhere; empty cells do not."""
    return read_words(values, lambda word: bool(pattern.search(word.strip())), False)


def check_columns(table: MappedTable) -> None:
    """Findings on columns that are guesses, private, or not used."""
    unused = []
    for column in table.columns:
        entry = column.entry
        names = []
        if entry.private and not entry.keep:
            names.append("private_column_dropped")
        elif entry.private and entry.field == "subject_id":
            names.append("private_column_used")
        elif not entry.field:
            lost = read_fields().get(entry.lost_field)
            is_read = lost is not None and lost.table == "outcomes"
            unused += [] if is_read or entry.column in ADDED else [entry.column]
            is_transplant = read_pattern("transplant date").search(entry.column)
            if table.map.rows == "patients" and is_transplant:
                names.append("transplant_not_used")
        kind = f"{'an' if entry.private[:1] in 'aeiou' else 'a'} {entry.private}"
        for name in names:
            column.report(name, kind=kind)
    if unused:
        listing = listed([repr(name) for name in unused], most=8)
        table.report("columns_not_used", value=len(unused), names=listing)
