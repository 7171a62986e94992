"""A column's cells as amounts in the unit that the tables use; what is unclear is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pht_core.intake.cells import cell_units, convert_numbers, decimal_marks, needs_decimal
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.questions import Question, ask_decimal, ask_unit
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.intake.words.fields import read_fields
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, Findings, finding
from pht_core.model.schema import LABS
from pht_core.model.units import (
    canonical_unit,
    convert_unit,
    fitting_units,
    implausible_unit,
    offered_units,
    recognise_unit,
)
from pht_core.model.words import counted

# What databases write where nothing was measured.
CODES = (-9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0, 99999.0)
# CTCAE's limits of anemia in mmol/L, rounded from 80 and 100 g/L.
ROUNDED_LIMITS = (4.9, 6.2)


@dataclass
class IntakeContext:
    """Where the steps of one reading leave what they noticed and asked.

    Parameters
    ----------
    decimal : the decimal mark that the user named; empty = not asked.
    marks : the mark that other columns of a table show beyond doubt, by table.
    days : each row's day, by table and column, so that it is found, and lost days told, once.
    undated : findings on columns of counts of which no day is known; graver if none is left.
    """

    decimal: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    findings: Findings = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    days: dict[tuple[str, str], pd.Series | None] = field(default_factory=dict)
    undated: list[dict[str, object]] = field(default_factory=list)

    def ask(self, question: Question, table: str, column: str) -> None:
        """Ask once; until it is answered the file is blocked."""
        if question.key in [asked.key for asked in self.questions]:
            return
        self.questions.append(question)
        words = " or ".join(label for _, label in question.options)
        self.findings.append(
            finding(
                BLOCKS,
                table,
                column,
                f"{question.text} {question.why}",
                "Nothing is drawn until this is answered.",
                f"Answer it: {words}.",
            )
        )


def shown_mark(table: MappedTable) -> str:
    """The decimal mark that a table's columns of numbers show; empty if none, or two, do."""
    fields = read_fields()
    marks: set[str] = set()
    for entry in table.map.columns:
        if entry.field and fields[entry.field].kind == "number":
            marks |= decimal_marks(table.frame[entry.column])
    return marks.pop() if len(marks) == 1 else ""


def read_numbers(
    values: pd.Series, table: MappedTable, context: IntakeContext, *, whole: bool = False
) -> tuple[pd.Series, str]:
    """Cells as numbers, and the unit that every cell of the column carries itself, if one does."""
    column = str(values.name)
    mark = context.decimal or context.marks.get(table.name, "")
    if not mark and needs_decimal(values):
        context.ask(ask_decimal(_example(values, ","), column), table.name, column)
        return pd.Series(np.nan, index=values.index, name=column), ""
    own = cell_units(values)
    unit = next(iter(own)) if len(own) == 1 else ""
    numbers = convert_numbers(
        values,
        table.name,
        context.findings,
        whole=whole,
        decimal=mark,
        line_of=table.line_of,
        unit_in_cells=bool(unit),
    )
    return numbers, unit


@dataclass(frozen=True)
class Amounts:
    """A column's numbers in the unit of the tables.

    Parameters
    ----------
    entry : the column.
    values : missing where a cell has none, or where its unit must be asked first.
    unit : the unit of ``values``; empty = not known.
    source : the unit that the cells were in.
    """

    entry: ColumnMap
    values: pd.Series
    unit: str
    source: str


def read_amounts(
    entries: Sequence[ColumnMap], table: MappedTable, context: IntakeContext
) -> list[Amounts]:
    """The columns of one field (several where each is of one day), in the unit of the tables.

    The unit is the one that the header or the user says, or that the cells carry. Where none of
    them does it is that of the field's other columns, else it is inferred if only one is
    believable, which is a finding, and asked otherwise. Columns of one unit are judged together:
    the platelets of a single day may be too low to tell anything.
    """
    numbers: dict[str, pd.Series] = {}
    units: dict[str, str] = {}
    for entry in entries:
        numbers[entry.column], in_cells = read_numbers(table.values_of(entry), table, context)
        units[entry.column] = _unit_of(entry, in_cells, table, context)
    told = {unit for unit in units.values() if unit}
    if len(told) == 1:
        units = dict.fromkeys(units, told.pop())
    found = []
    for unit in dict.fromkeys(units.values()):
        own = [entry for entry in entries if units[entry.column] == unit]
        found += _in_one_unit(own, [numbers[entry.column] for entry in own], unit, table, context)
    return found


def _unit_of(entry: ColumnMap, in_cells: str, table: MappedTable, context: IntakeContext) -> str:
    quantity = read_fields()[entry.field].quantity
    if in_cells and entry.unit and recognise_unit(in_cells, quantity) != entry.unit:
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                entry.column,
                f"The cells of {entry.column} say {in_cells!r}, its header {entry.unit!r}.",
                "The header's unit is used.",
                "Say which is right in the mapping.",
                value=in_cells,
            )
        )
    return entry.unit or recognise_unit(in_cells, quantity)


def _in_one_unit(
    entries: list[ColumnMap],
    numbers: list[pd.Series],
    declared: str,
    table: MappedTable,
    context: IntakeContext,
) -> list[Amounts]:
    """Columns that say the same unit, or none, judged and converted together."""
    first, needed = entries[0], entries[0].field not in LABS
    meaning = read_fields()[first.field]
    pooled = np.concatenate([values.to_numpy() for values in numbers])
    unit = choose_unit(
        pooled,
        meaning.quantity,
        declared,
        context,
        table.name,
        first.column,
        meaning.title,
        chosen=any(entry.reason == CHOSEN and entry.unit for entry in entries),
        needed=needed,
    )
    if not unit:
        return [
            Amounts(entry, values if not needed else values * np.nan, "", "")
            for entry, values in zip(entries, numbers, strict=True)
        ]
    more = f" and {len(entries) - 1} more columns" if len(entries) > 1 else ""
    what = f"{first.column}{more}"
    converted = convert_listed(
        pooled, meaning.quantity, unit, context, table.name, first.column, what
    )
    parts = np.split(converted, np.cumsum([len(values) for values in numbers])[:-1])
    return [
        Amounts(
            entry,
            pd.Series(part, index=values.index, name=values.name),
            canonical_unit(meaning.quantity, unit),
            unit,
        )
        for entry, values, part in zip(entries, numbers, parts, strict=True)
    ]


def choose_unit(
    values: np.ndarray,
    quantity: str,
    declared: str,
    context: IntakeContext,
    table: str,
    column: str,
    title: str,
    *,
    test: str = "",
    chosen: bool = False,
    needed: bool = True,
) -> str:
    """The unit of some numbers: as declared if they can be believed in it, else asked.

    Empty where it must be asked first, or where there are no numbers. What is not ``needed`` for
    any figure is never asked: without one believable unit it stays without.
    """
    given = values[np.isfinite(values)]
    measured = given[~np.isin(given, CODES)]
    given = measured if measured.size else given  # a code for missing tells nothing of the unit
    if not given.size or not quantity:
        return declared
    span = f"{_written(given.min())} to {_written(given.max())}"
    name = test or column
    if declared:
        better = "" if chosen else implausible_unit(given, quantity, declared)
        fits = fitting_units(given, quantity) if better else []
        if fits and needed:
            why = f"The file says {declared}, but the values ({span}) fit {better}."
            units = [*fits, declared]
            context.ask(ask_unit(table, column, title, why, units, test=test), table, column)
            return ""
        if better:
            context.findings.append(
                finding(
                    CHANGES,
                    table,
                    column,
                    f"The values of {name} ({span}) are not believable in {declared}, nor in "
                    "another unit of it.",
                    "They are used as they stand.",
                    "Check the column and its unit.",
                )
            )
        return declared
    fits = fitting_units(given, quantity)
    if quantity == "NE" and fits == ["/uL"] and given.max() <= 100:
        why = (
            f"No unit is given. The values ({span}) fit {fits[0]}, but may be percents of white "
            "cells: choose 'neutrophils in %' in the mapping if they are."
        )
        context.ask(ask_unit(table, column, title, why, fits, test=test), table, column)
        return ""
    if len(fits) == 1:
        context.findings.append(
            finding(
                CHANGES,
                table,
                column,
                f"No unit is given for {name}. Its values ({span}) fit only {fits[0]}.",
                f"They are read in {fits[0]}.",
                "Say the unit in the mapping if it is another.",
                value=fits[0],
            )
        )
        return fits[0]
    if not needed:
        context.findings.append(
            finding(
                NOTE,
                table,
                column,
                f"No unit is given for {name}, and its values ({span}) do not tell it.",
                "They are kept without a unit.",
                "Say the unit in the mapping.",
            )
        )
        return ""
    why = f"No unit is given, and the values ({span}) do not tell it."
    context.ask(
        ask_unit(table, column, title, why, fits or offered_units(quantity), test=test),
        table,
        column,
    )
    return ""


def convert_listed(
    values: np.ndarray,
    quantity: str,
    unit: str,
    context: IntakeContext,
    table: str,
    column: str,
    what: str = "",
) -> np.ndarray:
    """Values in the tables' unit; a conversion that changes numbers is listed as a note."""
    if not quantity:
        return values
    target = canonical_unit(quantity, unit)
    if unit == target:
        return values
    converted = convert_unit(values, quantity, unit)
    given = np.flatnonzero(np.isfinite(values) & (values != converted))
    if given.size:
        first = given[0]
        context.findings.append(
            finding(
                NOTE,
                table,
                column,
                f"{counted(given.size, 'value', 'values')} of {what or column} given in {unit}.",
                f"They are converted to {target}: the first, {_written(values[first])} {unit}, "
                f"is {_written(converted[first])} {target}.",
                value=_written(values[first]),
            )
        )
    if (quantity, unit) == ("HGB", "mmol/L"):
        _note_rounded_limits(values, context, table, column)
    return converted


def _note_rounded_limits(
    values: np.ndarray, context: IntakeContext, table: str, column: str
) -> None:
    """A finding on hemoglobin that CTCAE's rounded limits in mmol/L grade otherwise."""
    n = int(np.isin(values, ROUNDED_LIMITS).sum())
    if n:
        context.findings.append(
            finding(
                CHANGES,
                table,
                column,
                f"{counted(n, 'value is', 'values are')} "
                f"4.9 or 6.2 mmol/L, which CTCAE prints for 80 and 100 g/L though "
                "they are 79.0 and 99.9 g/L.",
                "They are graded in g/L, so one grade worse than by CTCAE's limits in mmol/L.",
                "Give hemoglobin in g/L or g/dL if the laboratory has it.",
                value=n,
            )
        )


def _written(number: float) -> str:
    return f"{number:.6g}"


def _example(values: pd.Series, mark: str) -> str:
    return next((str(cell) for cell in text_of(values).cat.categories if mark in str(cell)), "")
