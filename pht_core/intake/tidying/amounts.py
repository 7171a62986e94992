"""A column's cells as amounts in the unit that the tables use; what is unclear is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pht_core.intake.cells.numbers import (
    cell_units,
    convert_numbers,
    decimal_marks,
    needs_decimal,
)
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.questions import ask_decimal, ask_unit
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.intake.tidying.sentinel_codes import CODES
from pht_core.intake.words.fields import Field, read_fields
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

# CTCAE's limits of anemia in mmol/L, rounded from 80 and 100 g/L.
ROUNDED_LIMITS = (4.9, 6.2)


@dataclass(frozen=True)
class Measurement:
    """What some numbers measure, and where they stand.

    Parameters
    ----------
    table, column : by the names of the user's file.
    field : what is measured; its quantity decides which units there are.
    test : where rows are results, the test whose results these are.
    """

    table: str
    column: str
    field: Field
    test: str = ""

    @property
    def name(self) -> str:
        """What a finding calls it: the test, else the column."""
        return self.test or self.column

    @property
    def is_needed(self) -> bool:
        """Whether figures depend on it, so that its unit is asked where it is unclear."""
        return self.field.name not in LABS


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

    The unit is the one that the header or the user declares, or that the cells carry. Where none
    of them does it is that of the field's other columns, else it is inferred if only one is
    plausible, which is a finding, and asked otherwise. Columns of one unit are judged together:
    the platelets of a single day may be too low to suggest any.
    """
    numbers: dict[str, pd.Series] = {}
    units: dict[str, str] = {}
    for entry in entries:
        numbers[entry.column], in_cells = read_numbers(table.values_of(entry), table, context)
        units[entry.column] = _declared_unit(entry, in_cells, table, context)
    declared = set(units.values()) - {""}
    if len(declared) == 1:
        units = dict.fromkeys(units, declared.pop())
    found = []
    for unit in dict.fromkeys(units.values()):
        own = [entry for entry in entries if units[entry.column] == unit]
        found += _in_one_unit(own, [numbers[entry.column] for entry in own], unit, table, context)
    return found


def read_numbers(
    values: pd.Series, table: MappedTable, context: IntakeContext, *, whole: bool = False
) -> tuple[pd.Series, str]:
    """Cells as numbers, and the unit that every cell of the column carries itself, if one does."""
    column = str(values.name)
    mark = context.decimal or context.decimal_marks.get(table.name, "")
    if not mark and needs_decimal(values):
        example = next(
            (str(cell) for cell in text_of(values).cat.categories if "," in str(cell)), ""
        )
        context.ask(ask_decimal(example, column), table.name, column)
        return pd.Series(np.nan, index=values.index, name=column), ""
    own = cell_units(values)
    unit = next(iter(own)) if len(own) == 1 else ""
    notes, in_cells = context.notes(table), bool(unit)
    numbers = convert_numbers(values, notes, whole=whole, decimal=mark, unit_in_cells=in_cells)
    return numbers, unit


def find_decimal_mark(table: MappedTable) -> str:
    """The decimal mark that a table's columns of numbers show; empty if none, or two, do."""
    fields = read_fields()
    marks: set[str] = set()
    for entry in table.map.columns:
        if entry.field and fields[entry.field].kind == "number":
            marks |= decimal_marks(table.frame[entry.column])
    return marks.pop() if len(marks) == 1 else ""


def choose_unit(
    values: np.ndarray,
    measured: Measurement,
    declared: str,
    context: IntakeContext,
    *,
    chosen: bool = False,
) -> str:
    """The unit of some numbers: as declared if they are plausible in it, else asked.

    Empty where it must be asked first, or where there are no numbers. What no figure needs is
    never asked: unless exactly one unit is plausible it stays without.

    Parameters
    ----------
    chosen : whether the user declared the unit, so that it is not doubted.
    """
    given = values[np.isfinite(values)]
    valid = given[~np.isin(given, CODES)]
    given = valid if valid.size else given  # a code for missing says nothing of the unit
    quantity = measured.field.quantity
    if not given.size or not quantity:
        return declared
    span = f"{given.min():.6g} to {given.max():.6g}"
    table, column = measured.table, measured.column
    if declared:
        better = "" if chosen else implausible_unit(given, quantity, declared)
        fits = fitting_units(given, quantity) if better else []
        if fits and measured.is_needed:
            why = f"The file states {declared}, but the values ({span}) fit {better}."
            return _ask_unit(measured, why, [*fits, declared], context)
        if better:
            context.report(
                "implausible_in_unit",
                table,
                column,
                name=measured.name,
                span=span,
                unit=declared,
            )
        return declared
    fits = fitting_units(given, quantity)
    percentage = read_fields().get(f"{quantity}_percent")
    if percentage and fits == ["/uL"] and given.max() <= 100:
        why = (
            f"No unit is given. The values ({span}) fit {fits[0]}, but may be percentages: if so, "
            f"choose {percentage.title!r} in the mapping."
        )
        return _ask_unit(measured, why, fits, context)
    if len(fits) == 1:
        context.report("unit_inferred", table, column, value=fits[0], name=measured.name, span=span)
        return fits[0]
    if measured.is_needed:
        why = f"No unit is given, and it cannot be inferred from the values ({span})."
        return _ask_unit(measured, why, fits or offered_units(quantity), context)
    context.report("unit_unknown", table, column, name=measured.name, span=span)
    return ""


def convert_listed(
    values: np.ndarray,
    measured: Measurement,
    unit: str,
    context: IntakeContext,
    name: str = "",
) -> np.ndarray:
    """Values in the tables' unit; a conversion that changes numbers is listed as a note."""
    quantity = measured.field.quantity
    target = canonical_unit(quantity, unit) if quantity else unit
    if unit == target:
        return values
    table, column = measured.table, measured.column
    converted = convert_unit(values, quantity, unit)
    given = np.flatnonzero(np.isfinite(values) & (values != converted))
    if given.size:
        was, now = f"{values[given[0]]:.6g}", f"{converted[given[0]]:.6g}"
        context.report(
            "unit_converted",
            table,
            column,
            value=was,
            n=given.size,
            name=name or measured.name,
            unit=unit,
            now=now,
            target=target,
        )
    rounded = int(np.isin(values, ROUNDED_LIMITS).sum())
    if (quantity, unit) == ("HGB", "mmol/L") and rounded:
        context.report("hemoglobin_at_rounded_limit", table, column, value=rounded)
    return converted


def _declared_unit(
    entry: ColumnMap, in_cells: str, table: MappedTable, context: IntakeContext
) -> str:
    """The unit of a column by its header, else by its cells."""
    unit = recognise_unit(in_cells, read_fields()[entry.field].quantity)
    if in_cells and entry.unit and unit != entry.unit:
        context.report(
            "header_and_cells_contradict",
            table.name,
            entry.column,
            value=in_cells,
            unit=entry.unit,
        )
    return entry.unit or unit


def _in_one_unit(
    entries: list[ColumnMap],
    numbers: list[pd.Series],
    declared: str,
    table: MappedTable,
    context: IntakeContext,
) -> list[Amounts]:
    """Columns that declare the same unit, or none, judged and converted together."""
    first, n_more = entries[0], len(entries) - 1
    measured = Measurement(table.name, first.column, read_fields()[first.field])
    pooled = np.concatenate([values.to_numpy() for values in numbers])
    chosen = any(entry.reason == CHOSEN and entry.unit for entry in entries)
    unit = choose_unit(pooled, measured, declared, context, chosen=chosen)
    if not unit:
        return [
            Amounts(entry, values * np.nan if measured.is_needed else values, "", "")
            for entry, values in zip(entries, numbers, strict=True)
        ]
    more = f" and {counted(n_more, 'more column', 'more columns')}" if n_more else ""
    converted = convert_listed(pooled, measured, unit, context, f"{first.column}{more}")
    target = canonical_unit(measured.field.quantity, unit)
    parts = np.split(converted, np.cumsum([len(values) for values in numbers])[:-1])
    return [
        Amounts(entry, pd.Series(part, index=values.index, name=values.name), target, unit)
        for entry, values, part in zip(entries, numbers, parts, strict=True)
    ]


def _ask_unit(measured: Measurement, why: str, units: list[str], context: IntakeContext) -> str:
    """Ask for the unit of a measurement, which is unknown until it is answered."""
    table, column = measured.table, measured.column
    question = ask_unit(table, column, measured.field.title, why, units, test=measured.test)
    context.ask(question, table, column)
    return ""
