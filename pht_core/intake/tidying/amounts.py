"""A column's cells as amounts in the unit that the tables use; what is unclear is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pht_core.intake.cells.numbers import (
    NUMBERS,
    cell_units,
    convert_numbers,
    decimal_marks,
    is_below_detection,
    is_limit,
    is_unread,
    needs_decimal,
    read_cell,
    settle_mark,
    value_of,
)
from pht_core.intake.cells.texts import clean_text, is_text
from pht_core.intake.mapping import CHOSEN, ColumnMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import ask_decimal, ask_unit
from pht_core.intake.recognising.evidence import NORMAL_RANGE
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.mapped import MappedTable, read_words, recode, text_of
from pht_core.intake.tidying.sentinel_codes import CODES
from pht_core.intake.words.fields import Field, read_fields
from pht_core.intake.words.word_lists import read_cell_words, read_pattern
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import LABS
from pht_core.model.units import (
    canonical_unit,
    convert_unit,
    fitting_units,
    implausible_unit,
    offered_units,
    read_units,
    recognise_unit,
)
from pht_core.model.words import counted, listed

# So many numbers that stand among words are offered as answers.
MOST_NUMBERS = 8
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
        values = table.values_of(entry)
        if entry.field.endswith("_lln"):
            values = lower_limits(values)
        quantity = read_fields()[entry.field].quantity
        behind = cell_units(values)
        in_cells = next(iter(behind)) if len(behind) == 1 else ""
        units[entry.column] = _declared_unit(entry, in_cells, table, context)
        if Measurement(table.name, entry.column, read_fields()[entry.field]).is_needed:
            if entry.field in LINEAGES:
                values = complete_results(values, entry, table, context)
            ask_unread_counts(values, entry, table, context)
            values, target = _in_declared_unit(values, behind, entry, table, context)
            units[entry.column] = target or units[entry.column]
        unit = units[entry.column]
        numbers[entry.column], _ = read_numbers(
            values, table, context, quantity=quantity, unit=unit
        )
    declared = set(units.values()) - {""}
    if len(declared) == 1:
        units = dict.fromkeys(units, declared.pop())
    found = []
    for unit in dict.fromkeys(units.values()):
        own = [entry for entry in entries if units[entry.column] == unit]
        found += _in_one_unit(own, [numbers[entry.column] for entry in own], unit, table, context)
    return found


def read_numbers(
    values: pd.Series,
    table: MappedTable,
    context: IntakeContext,
    *,
    whole: bool = False,
    quantity: str = "",
    unit: str = "",
) -> tuple[pd.Series, str]:
    """Cells as numbers, and the unit that every cell of the column carries itself, if one does.

    Parameters
    ----------
    quantity, unit : where both are known, 1,500 is what is believable of them.
    """
    column = str(values.name)
    mark = context.decimal or context.decimal_marks.get(table.name, "")
    settled = "" if mark else mark_of_unit(values, quantity, unit)
    if settled is None or (not mark and not settled and needs_decimal(values)):
        ask_mark(values, table, context)
        return pd.Series(np.nan, index=values.index, name=column), ""
    own = cell_units(values)
    in_cells = next(iter(own)) if len(own) == 1 else ""
    notes = context.notes(table)
    numbers = convert_numbers(
        values, notes, whole=whole, decimal=mark or settled, unit_in_cells=bool(in_cells)
    )
    return numbers, in_cells


def mark_of_unit(values: pd.Series, quantity: str, unit: str) -> str | None:
    """The decimal mark that a unit settles: "1,500" cells/uL has thousands, "1,5" 10^9/L has not.

    Empty where no cell needs it or the unit is not known; None where it settles nothing.
    """
    known = read_units().get(quantity, {}).get(unit)
    if known is None or quantity not in LINEAGES:
        return ""
    usual = read_units()[quantity][known.becomes]
    if usual.window is None:
        return ""
    ratio = known.divisor / known.factor
    low, _, most = (limit * ratio for limit in usual.window)
    return settle_mark(values, low, most, whole=_counts_cells(quantity, unit))


def ask_mark(values: pd.Series, table: MappedTable, context: IntakeContext) -> None:
    """Ask what the comma, or the point, of a column's numbers means."""
    cells = [str(cell) for cell in text_of(values).cat.categories]
    example = next((cell for cell in cells if "," in cell), "") or next(
        (cell for cell in cells if re.search(r"\.\d{3}(?!\d)", cell)), ""
    )
    context.ask(ask_decimal(example, str(values.name)), table.name, str(values.name))


def complete_results(
    values: pd.Series,
    entry: ColumnMap,
    table: MappedTable,
    context: IntakeContext,
    rows: np.ndarray | None = None,
) -> pd.Series:
    """A column of results with what other columns say of them: a sign (<), or a result as text.

    The lowest counts are often text, as "<0.1" beside an empty number. A column that otherwise has
    the same numbers is read; of any other it is asked whether it gives the results.

    Parameters
    ----------
    rows : the rows looked at; all by default.
    """
    rows = np.ones(len(values), dtype=bool) if rows is None else rows
    for column in table.map.columns:
        if column.field or column.private or entry.day is not None:
            continue
        cells = table.frame[column.column]
        if not is_text(cells) and not (cells.dropna() > 4_171_000).all():
            continue
        signs = read_words(cells, _sign_of, "")
        given = cells.notna().to_numpy() & rows
        if (signs[given] != "?").all() and {"<", ">"} & set(signs[given]):
            if _is_sign_of(column, entry, table, context):
                written = text_of(values).astype(object)
                at_limit = given & np.isin(signs, ["<", ">"]) & values.notna().to_numpy()
                bare = at_limit & ~read_words(values, is_limit, False)
                written[bare] = signs[bare] + written[bare]
                values = pd.Series(written.astype("category"), name=str(values.name))
            continue
        empty = values.isna().to_numpy() & given
        limits = read_words(cells, limit_in, "") if empty.any() else np.array([])
        low = empty & (limits != "") if empty.any() else empty
        if not low.any():
            continue
        if not _says_the_same(values, cells):
            found = counted(int(low.sum()), "row", "rows")
            first = str(text_of(cells)[low].iloc[0])
            answer = context.choose(
                f"results of {entry.column}",
                table,
                column,
                f"Does {column.column!r} ({table.name}) give results where {entry.column!r} is "
                f"empty, such as {first!r}?",
                f"So it is in {found}.",
                (("use", "yes: use them, in the same unit"), ("", "no: these results are missing")),
                proposed="use",
            )
            if not answer:
                continue
            low_cells = limits
        else:
            low, low_cells = empty, text_of(cells).astype(object).to_numpy()
        written = text_of(values).astype(object)
        written[low] = low_cells[low]
        values = pd.Series(written.astype("category"), name=str(values.name))
    return values


def lower_limits(values: pd.Series) -> pd.Series:
    """Lower limits of normal from cells that may give ranges: 115 of "115-150", of "> 115"."""
    if not is_text(values):
        return values

    def lower(text: str) -> str:
        plain = clean_text(text).strip("()[] ")
        found = NORMAL_RANGE.match(plain)
        return found[1] if found else "" if plain[:1] in "<≤" else plain

    return recode(values, [(str(one), lower(str(one))) for one in text_of(values).cat.categories])


def _sign_of(text: str) -> str:
    """``<`` or ``>`` for a cell of a column of signs, empty for an equals sign, ? for others."""
    plain = clean_text(text)
    signs = (("<", "operator below"), (">", "operator above"), ("", "operator none"))
    return next((one for one, name in signs if read_pattern(name).fullmatch(plain)), "?")


def limit_in(text: str) -> str:
    """The limit of measurement that a cell or a remark gives ("<0.1", "ANC below 0.1"), if one."""
    if is_limit(text) or is_below_detection(text):
        return text
    found = re.search(r"[<＜≤]\s*\d+(?:[.,]\d+)?", text)
    return found[0] if found else ""


def _says_the_same(values: pd.Series, cells: pd.Series) -> bool:
    """Whether a text column has the numbers of another wherever both have one."""
    both = (values.notna() & cells.notna()).to_numpy()
    own = [convert_numbers(one[both], TableNotes("", []), decimal=".") for one in (values, cells)]
    numbers = pd.DataFrame({"value": own[0].to_numpy(), "cell": own[1].to_numpy()}).dropna()
    same = np.isclose(numbers["value"], numbers["cell"], rtol=0.01)
    return len(numbers) > 2 and bool(same.mean() > 0.9)


def _is_sign_of(
    column: ColumnMap, entry: ColumnMap, table: MappedTable, context: IntakeContext
) -> bool:
    """Whether a column of signs belongs to a column of counts; asked where the names leave it."""
    counts = [own.column for own in table.map.columns if own.field in {"value", *LINEAGES}]
    named = [name for name in counts if set(header_words(name)) & set(header_words(column.column))]
    if len(counts) == 1 or named == [entry.column]:
        return True
    if named:
        return False
    answer = context.choose(
        "sign",
        table,
        column,
        f"To which results do the signs of {column.column!r} ({table.name}) belong?",
        "They say which results are below a limit of measurement.",
        (*((name, name) for name in counts), ("", "to none")),
    )
    return answer == entry.column


def ask_unread_counts(
    values: pd.Series,
    entry: ColumnMap,
    table: MappedTable,
    context: IntakeContext,
    rows: np.ndarray | None = None,
) -> None:
    """Ask what the cells of counts mean that are no number: none is dropped.

    A count "below detection" is offered as just below the column's lowest limit, else its lowest
    number; a cell with one number among words as that number.
    """
    if not is_text(values):
        return
    unread = read_words(values, _is_open, False) & (True if rows is None else rows)
    if not unread.any():
        return
    here = values if rows is None else values[rows]
    texts = [str(text) for text in text_of(here).cat.remove_unused_categories().cat.categories]
    quiet = TableNotes("", [])
    numbers = convert_numbers(here, quiet, decimal=context.decimal or ".", unit_in_cells=True)
    limits = [text for text in texts if is_limit(text) and not text.startswith((">", "≥"))]
    lowest = numbers[numbers > 0].min()
    below = f"<{lowest:.4g}" if np.isfinite(lowest) else ""
    options = [("0", "zero")]
    if below:
        at = "the lowest limit" if limits else "the lowest number"
        options.insert(0, (below, f"just below {lowest:.4g}, {at} of the column"))
    inside = [(text, NUMBERS.findall(text)) for text in texts if _is_open(text)]
    single = {text: found[0] for text, found in inside if len(found) == 1}
    options += [(number, number) for number in dict.fromkeys(single.values())][:MOST_NUMBERS]
    offered = {value for value, _ in options}

    def likely(text: str) -> str | None:
        if is_below_detection(text):
            return below or None
        return single[text] if single.get(text) in offered else None

    context.ask_unread(table, entry, values, unread, "number", options, likely)


def _is_open(text: str) -> bool:
    """Whether a cell of counts must be asked about; "ND" may be not done, or not detected."""
    return is_unread(text) or clean_text(text).casefold() in read_cell_words("done or detected")


def ask_odd_counts(
    values: np.ndarray,
    subjects: np.ndarray,
    measured: Measurement,
    unit: str,
    table: MappedTable,
    context: IntakeContext,
) -> np.ndarray:
    """Counts in one unit, after asking about those that no patient has in it.

    They may be in another unit, as where one patient of a file came from another laboratory.

    Parameters
    ----------
    subjects : each value's patient, as a code.
    """
    lineage = LINEAGES.get(measured.field.name)
    entry = next(own for own in table.map.columns if own.column == measured.column)
    given = np.isfinite(values) & ~np.isin(values, CODES)
    if lineage is None or not given.any():
        return values
    values = _without_codes(values, given, measured, unit, entry, context)
    plain = np.round(np.where(given, values, 0), 6)
    odd = given & _is_odd(plain, measured, unit)
    if not odd.any():
        return values
    n_of, n_odd = (
        np.bincount(subjects[rows], minlength=subjects.max() + 1) for rows in (given, odd)
    )
    if (odd == given).all():
        return values  # the unit itself is asked about
    odd |= given & ((n_odd >= 2) & (2 * n_odd >= n_of))[subjects]
    quantity = measured.field.quantity
    units = read_units()[quantity]
    own = units[unit].factor / units[unit].divisor
    others = [
        other.name
        for other in units.values()
        if other.window
        and not 1 / 8 < other.factor / other.divisor / own < 8
        and not _is_odd(plain[odd], measured, other.name).any()
    ]
    shown = listed([f"{value:.6g}" for value in np.unique(plain[odd])], most=5)
    n = counted(int(odd.sum()), "value", "values")
    kept = values[given & ~odd]
    rest = f"; the others are {kept.min():.6g} to {kept.max():.6g}" if kept.size else ""
    answer = context.choose(
        f"odd values {measured.test} {unit}".strip(),
        table,
        entry,
        f"In which unit are {n} of {measured.name} ({measured.table}): {shown}?",
        f"They are hardly possible in {unit}{rest}.",
        (
            *((other, f"in {other}, unlike the others") for other in others),
            ("same", f"in {unit}, as they stand"),
            ("", "in none: leave them out"),
        ),
        proposed=others[0] if len(others) == 1 else None,
    )
    if answer == "same":
        return values
    changed = values.copy()
    if answer:
        changed[odd] = values[odd] * (units[answer].factor / units[answer].divisor / own)
    else:
        changed[odd] = np.nan
    return changed


def _without_codes(
    values: np.ndarray,
    given: np.ndarray,
    measured: Measurement,
    unit: str,
    entry: ColumnMap,
    context: IntakeContext,
) -> np.ndarray:
    """Counts without what may be codes for missing (999): asked where a patient could have it.

    Codes that no patient can have are dropped later, with a finding.
    """
    plain = np.where(np.isfinite(values), values, -1)
    coded = (
        np.isin(values, CODES) & ~_is_odd(plain, measured, unit) & (values > values[given].max())
    )
    if not coded.any():
        return values
    n, first = counted(int(coded.sum()), "count", "counts"), f"{values[coded][0]:g}"
    answer = context.choose(
        f"codes {measured.test}".strip(),
        measured.table,
        entry,
        f"Is {first} in {n} of {measured.name} ({measured.table}) a code for missing?",
        f"It is written so in databases; the others are at most {values[given].max():.6g} {unit}.",
        (("missing", "yes: nothing was measured"), ("count", f"no: a count of {first} {unit}")),
        proposed="missing",
    )
    return values if answer == "count" else np.where(coded, np.nan, values)


def _is_odd(values: np.ndarray, measured: Measurement, unit: str) -> np.ndarray:
    """Which counts no patient has in a unit: beyond what is plausible, or a part of a cell."""
    low, high = LINEAGES[measured.field.name].plausible
    numbers = convert_unit(values, measured.field.quantity, unit)
    odd: np.ndarray = (numbers < low) | (numbers > high)
    broken = values % 1 > 0
    if _counts_cells(measured.field.quantity, unit):
        odd = odd | broken
    elif measured.field.quantity == "PLT" and broken.mean() < 0.5:
        # 1.234 among whole platelets may be a thousand.
        odd = odd | (np.round(values * 1000) % 10 > 0)
    return odd


def _counts_cells(quantity: str, unit: str) -> bool:
    """Whether counts in a unit have no decimals: cells in a microlitre."""
    known = read_units()[quantity][unit]
    return quantity != "HGB" and known.factor / known.divisor <= 1 / 1000


def _in_declared_unit(
    values: pd.Series,
    own: dict[str, int],
    entry: ColumnMap,
    table: MappedTable,
    context: IntakeContext,
) -> tuple[pd.Series, str]:
    """Cells of which some carry a unit, as numbers in one unit; asked where one is not known.

    Parameters
    ----------
    own : how many cells carry each unit, those without under an empty name.
    """
    field = read_fields()[entry.field]
    quantity = field.quantity
    units = {unit: recognise_unit(unit, quantity) for unit in own if unit}
    if not units or len(own) == 1:
        return values, ""
    if "" in units.values() or ("" in own and not entry.unit):
        parts = [f"{n} {f'in {unit}' if unit else 'without a unit'}" for unit, n in own.items()]
        fits = list(dict.fromkeys(filter(None, units.values()))) or offered_units(quantity)
        why = f"Its cells differ: {'; '.join(parts)}. Those with a unit keep it."
        question = ask_unit(table.name, entry.column, field.title, why, fits)
        context.ask(question, table.name, entry.column)
        return values, ""
    target = entry.unit or next(iter(units.values()))

    def in_target(text: str) -> str:
        cell = read_cell(text)
        unit = units.get(cell.unit, "")
        number = NUMBERS.search(text)
        if not unit or not number:
            return text
        point, _ = value_of(cell, context.decimal or ".", True)
        sign = cell.limit
        plain = float(convert_unit([np.round(point, 6)], quantity, unit)[0])
        known = read_units()[quantity][target]
        return f"{sign}{plain * known.divisor / known.factor:.10g}"

    cells = text_of(values)
    pairs = [(str(cell), in_target(str(cell))) for cell in cells.cat.categories]
    return recode(values, pairs), target


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
            return ask_unit_of(measured, why, [*fits, declared], context)
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
        return ask_unit_of(measured, why, fits, context)
    if len(fits) == 1:
        context.report("unit_inferred", table, column, value=fits[0], name=measured.name, span=span)
        return fits[0]
    if measured.is_needed:
        why = f"No unit is given, and it cannot be inferred from the values ({span})."
        return ask_unit_of(measured, why, fits or offered_units(quantity), context)
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
    field = read_fields()[entry.field]
    unit = recognise_unit(in_cells, field.quantity)
    if in_cells and entry.unit and unit != entry.unit and entry.reason != CHOSEN:
        why = f"Its cells give the unit {in_cells!r}, its header {entry.unit!r}."
        units = [entry.unit, *([unit] if unit else [])]
        question = ask_unit(table.name, entry.column, field.title, why, units)
        context.ask(question, table.name, entry.column)
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
    subjects = np.tile(table.subjects.codes, len(entries))
    pooled = ask_odd_counts(pooled, subjects, measured, unit, table, context)
    more = f" and {counted(n_more, 'more column', 'more columns')}" if n_more else ""
    converted = convert_listed(pooled, measured, unit, context, f"{first.column}{more}")
    target = canonical_unit(measured.field.quantity, unit)
    parts = np.split(converted, np.cumsum([len(values) for values in numbers])[:-1])
    return [
        Amounts(entry, pd.Series(part, index=values.index, name=values.name), target, unit)
        for entry, values, part in zip(entries, numbers, parts, strict=True)
    ]


def ask_unit_of(measured: Measurement, why: str, units: list[str], context: IntakeContext) -> str:
    """Ask for the unit of a measurement, which is unknown until it is answered."""
    table, column = measured.table, measured.column
    question = ask_unit(table, column, measured.field.title, why, units, test=measured.test)
    context.ask(question, table, column)
    return ""
