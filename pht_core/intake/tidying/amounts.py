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
from pht_core.intake.mapping import CHOSEN
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import ask_decimal
from pht_core.intake.recognising.evidence import NORMAL_RANGE
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.tidying.mapped import MappedColumn, MappedTable, read_words, recode, text_of
from pht_core.intake.tidying.sentinel_codes import CODES
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.word_lists import read_cell_words, read_pattern
from pht_core.model.lineage import LINEAGES
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
class Amounts:
    """A column's numbers in the unit of the tables, and the unit that its cells were in.

    A value is missing where a cell has none, or where its unit must be asked first; a unit is empty
    where it is not known.
    """

    column: MappedColumn
    values: pd.Series
    unit: str
    source: str


def read_amounts(columns: Sequence[MappedColumn]) -> list[Amounts]:
    """The columns of one field (several where each is of one day), in the unit of the tables.

    The unit is the one that the header or the user declares, or that the cells carry. Where none
    of them does it is that of the field's other columns, else it is inferred if only one is
    plausible, which is a finding, and asked otherwise. Columns of one unit are judged together:
    the platelets of a single day may be too low to suggest any.
    """
    numbers: dict[str, pd.Series] = {}
    units: dict[str, str] = {}
    for column in columns:
        values = column.values
        if column.field.name.endswith("_lln"):
            values = lower_limits(values)
        behind = cell_units(values)
        unit = _declared_unit(column, next(iter(behind)) if len(behind) == 1 else "")
        if column.is_needed:
            if column.field.name in LINEAGES:
                values = complete_results(values, column)
            ask_unread_counts(values, column)
            values, target = _in_declared_unit(values, behind, column)
            unit = target or unit
        units[column.name] = unit
        quantity = column.field.quantity
        numbers[column.name], _ = read_numbers(values, column.table, quantity=quantity, unit=unit)
    declared = set(units.values()) - {""}
    if len(declared) == 1:
        units = dict.fromkeys(units, declared.pop())
    found = []
    for unit in dict.fromkeys(units.values()):
        own = [column for column in columns if units[column.name] == unit]
        found += _in_one_unit(own, [numbers[column.name] for column in own], unit)
    return found


def read_numbers(
    values: pd.Series,
    table: MappedTable,
    *,
    whole: bool = False,
    quantity: str = "",
    unit: str = "",
) -> tuple[pd.Series, str]:
    """Cells as numbers, and the unit that every cell of the column carries itself, if one does.

    Where quantity and unit are known, 1,500 is what is believable of them.
    """
    mark = table.context.decimal or table.context.decimal_marks.get(table.name, "")
    settled = "" if mark else mark_of_unit(values, quantity, unit)
    if settled is None or (not mark and not settled and needs_decimal(values)):
        return ask_mark(values, table), ""
    own = cell_units(values)
    in_cells = next(iter(own)) if len(own) == 1 else ""
    numbers = convert_numbers(
        values, table.notes, whole=whole, decimal=mark or settled, unit_in_cells=bool(in_cells)
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


def ask_mark(values: pd.Series, table: MappedTable) -> pd.Series:
    """Ask what the comma, or the point, of a column's numbers means: until then none is known."""
    column = str(values.name)
    cells = [str(cell) for cell in text_of(values).cat.categories]
    example = next((cell for cell in cells if "," in cell), "") or next(
        (cell for cell in cells if re.search(r"\.\d{3}(?!\d)", cell)), ""
    )
    table.context.ask(ask_decimal(example, column), table.name, column)
    return pd.Series(np.nan, index=values.index, name=column)


def complete_results(
    values: pd.Series, results: MappedColumn, rows: np.ndarray | None = None
) -> pd.Series:
    """A column of results with what other columns say of them: a sign (<), or a result as text.

    The lowest counts are often text, as "<0.1" beside an empty number. A column that otherwise has
    the same numbers is read; of any other it is asked whether it gives the results. Only ``rows``
    are looked at, all by default.
    """
    rows = np.ones(len(values), dtype=bool) if rows is None else rows
    for column in results.table.columns:
        if column.entry.field or column.entry.private or results.entry.day is not None:
            continue
        cells = results.table.frame[column.name]
        if not is_text(cells) and not (cells.dropna() > 4_171_000).all():
            continue
        signs = read_words(cells, _sign_of, "")
        given = cells.notna().to_numpy() & rows
        if (signs[given] != "?").all() and {"<", ">"} & set(signs[given]):
            if _is_sign_of(column, results):
                written = text_of(values).astype(object)
                at_limit = given & np.isin(signs, ["<", ">"]) & values.notna().to_numpy()
                bare = at_limit & ~read_words(values, is_limit, False)
                written[bare] = signs[bare] + written[bare]
                values = pd.Series(written.astype("category"), name=str(values.name))
            continue
        empty = values.isna().to_numpy() & given
        if not empty.any():
            continue
        limits = read_words(cells, limit_in, "")
        low = empty & (limits != "")
        if not low.any():
            continue
        if _says_the_same(values, cells):
            low, limits = empty, text_of(cells).astype(object).to_numpy()
        else:
            facts = {"first": str(text_of(cells)[low].iloc[0]), "n": int(low.sum())}
            facts |= {"remark": column.name, "results": results.name}
            if not column.choose("results", kind=f"results of {results.name}", **facts):
                continue
        written = text_of(values).astype(object)
        written[low] = limits[low]
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


def _is_sign_of(column: MappedColumn, results: MappedColumn) -> bool:
    """Whether a column of signs belongs to a column of counts; asked where the names leave it."""
    fields = {"value", *LINEAGES}
    counts = [own.name for own in column.table.columns if own.entry.field in fields]
    named = [name for name in counts if set(header_words(name)) & set(header_words(column.name))]
    if len(counts) == 1 or named == [results.name]:
        return True
    if named:
        return False
    return column.choose("sign", offered=[(name, name) for name in counts]) == results.name


def ask_unread_counts(
    values: pd.Series, column: MappedColumn, rows: np.ndarray | None = None
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
    decimal = column.table.context.decimal or "."
    numbers = convert_numbers(here, TableNotes("", []), decimal=decimal, unit_in_cells=True)
    limits = [text for text in texts if is_limit(text) and not text.startswith((">", "≥"))]
    lowest = numbers[numbers > 0].min()
    below = f"<{lowest:.4g}" if np.isfinite(lowest) else ""
    options = [("0", "zero")]
    if below:
        at = "the lowest limit" if limits else "the lowest number"
        options.insert(0, (below, f"just below {lowest:.4g}, {at} of the column"))
    single = find_single_numbers([text for text in texts if _is_open(text)])
    options += [(number, number) for number in dict.fromkeys(single.values())][:MOST_NUMBERS]
    offered = {value for value, _ in options}

    def likely(text: str) -> str | None:
        if is_below_detection(text):
            return below or None
        return single[text] if single.get(text) in offered else None

    column.ask_unread(values, unread, "number", options, likely)


def find_single_numbers(texts: Sequence[str]) -> dict[str, str]:
    """The number that stands among a text's words, of each text that has just one."""
    inside = {text: NUMBERS.findall(text) for text in texts}
    return {text: found[0] for text, found in inside.items() if len(found) == 1}


def _is_open(text: str) -> bool:
    """Whether a cell of counts must be asked about; "ND" may be not done, or not detected."""
    return is_unread(text) or clean_text(text).casefold() in read_cell_words("done or detected")


def ask_odd_counts(
    values: np.ndarray, subjects: np.ndarray, column: MappedColumn, unit: str
) -> np.ndarray:
    """Counts in one unit, after asking about those that no patient has in it.

    They may be in another unit, as where one patient of a file came from another laboratory.
    ``subjects`` are the values' patients, as codes.
    """
    given = np.isfinite(values) & ~np.isin(values, CODES)
    if column.field.name not in LINEAGES or not given.any():
        return values
    values = _without_codes(values, given, column, unit)
    plain = np.round(np.where(given, values, 0), 6)
    odd = given & _is_odd(plain, column, unit)
    if not odd.any() or (odd == given).all():  # where all are, the unit itself is asked about
        return values
    n_of, n_odd = (
        np.bincount(subjects[rows], minlength=subjects.max() + 1) for rows in (given, odd)
    )
    odd |= given & ((n_odd >= 2) & (2 * n_odd >= n_of))[subjects]
    units = read_units()[column.field.quantity]
    own = units[unit].factor / units[unit].divisor
    others = [
        other.name
        for other in units.values()
        if other.window
        and not 1 / 8 < other.factor / other.divisor / own < 8
        and not _is_odd(plain[odd], column, other.name).any()
    ]
    kept = values[given & ~odd]
    answer = column.choose(
        "odd values",
        kind=f"odd values {column.test} {unit}".strip(),
        offered=[(other, f"in {other}, unlike the others") for other in others],
        proposed=others[0] if len(others) == 1 else None,
        n=int(odd.sum()),
        name=column.label,
        shown=listed([f"{value:.6g}" for value in np.unique(plain[odd])], most=5),
        unit=unit,
        rest=f"; the others are {kept.min():.6g} to {kept.max():.6g}" if kept.size else "",
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
    values: np.ndarray, given: np.ndarray, column: MappedColumn, unit: str
) -> np.ndarray:
    """Counts without what may be codes for missing (999): asked where a patient could have it.

    Codes that no patient can have are dropped later, with a finding.
    """
    most = values[given].max()
    plain = np.where(np.isfinite(values), values, -1)
    coded = np.isin(values, CODES) & ~_is_odd(plain, column, unit) & (values > most)
    if not coded.any():
        return values
    facts = {"n": int(coded.sum()), "first": f"{values[coded][0]:g}", "most": most, "unit": unit}
    kind = f"codes {column.test}".strip()
    answer = column.choose("codes", kind=kind, name=column.label, **facts)
    return values if answer == "count" else np.where(coded, np.nan, values)


def _is_odd(values: np.ndarray, column: MappedColumn, unit: str) -> np.ndarray:
    """Which counts no patient has in a unit: beyond what is plausible, or a part of a cell."""
    low, high = LINEAGES[column.field.name].plausible
    quantity = column.field.quantity
    numbers = convert_unit(values, quantity, unit)
    odd: np.ndarray = (numbers < low) | (numbers > high)
    broken = values % 1 > 0
    if _counts_cells(quantity, unit):
        odd = odd | broken
    elif quantity == "PLT" and broken.mean() < 0.5:
        # 1.234 among whole platelets may be a thousand.
        odd = odd | (np.round(values * 1000) % 10 > 0)
    return odd


def _counts_cells(quantity: str, unit: str) -> bool:
    """Whether counts in a unit have no decimals: cells in a microlitre."""
    known = read_units()[quantity][unit]
    return quantity != "HGB" and known.factor / known.divisor <= 1 / 1000


def _in_declared_unit(
    values: pd.Series, own: dict[str, int], column: MappedColumn
) -> tuple[pd.Series, str]:
    """Cells of which some carry a unit, as numbers in one unit; asked where one is not known.

    ``own`` is how many cells carry each unit, those without under an empty name.
    """
    quantity, declared = column.field.quantity, column.entry.unit
    units = {unit: recognise_unit(unit, quantity) for unit in own if unit}
    if not units or len(own) == 1:
        return values, ""
    if "" in units.values() or ("" in own and not declared):
        parts = [f"{n} {f'in {unit}' if unit else 'without a unit'}" for unit, n in own.items()]
        fits = list(dict.fromkeys(filter(None, units.values()))) or offered_units(quantity)
        column.ask_unit(f"Its cells differ: {'; '.join(parts)}. Those with a unit keep it.", fits)
        return values, ""
    target = declared or next(iter(units.values()))
    known = read_units()[quantity][target]

    def in_target(text: str) -> str:
        cell = read_cell(text)
        unit = units.get(cell.unit, "")
        if not unit or not NUMBERS.search(text):
            return text
        point, _ = value_of(cell, column.table.context.decimal or ".", True)
        plain = float(convert_unit([np.round(point, 6)], quantity, unit)[0])
        return f"{cell.limit}{plain * known.divisor / known.factor:.10g}"

    pairs = [(str(cell), in_target(str(cell))) for cell in text_of(values).cat.categories]
    return recode(values, pairs), target


def find_decimal_mark(table: MappedTable) -> str:
    """The decimal mark that a table's columns of numbers show; empty if none, or two, do."""
    marks: set[str] = set()
    for column in table.columns:
        if column.entry.field and column.field.kind == "number":
            marks |= decimal_marks(table.frame[column.name])
    return marks.pop() if len(marks) == 1 else ""


def choose_unit(
    values: np.ndarray, column: MappedColumn, declared: str, *, chosen: bool = False
) -> str:
    """The unit of some numbers: as declared if they are plausible in it, else asked.

    Empty where it must be asked first, or where there are no numbers. What no figure needs is
    never asked: unless exactly one unit is plausible it stays without. A unit that the user chose
    is not doubted.
    """
    given = values[np.isfinite(values)]
    valid = given[~np.isin(given, CODES)]
    given = valid if valid.size else given  # a code for missing says nothing of the unit
    quantity = column.field.quantity
    if not given.size or not quantity:
        return declared
    span = f"{given.min():.6g} to {given.max():.6g}"
    facts = {"name": column.label, "span": span}
    if declared:
        better = "" if chosen else implausible_unit(given, quantity, declared)
        fits = fitting_units(given, quantity) if better else []
        if fits and column.is_needed:
            why = f"The file states {declared}, but the values ({span}) fit {better}."
            column.ask_unit(why, [*fits, declared])
            return ""
        if better:
            column.report("implausible_in_unit", unit=declared, **facts)
        return declared
    fits = fitting_units(given, quantity)
    percentage = read_fields().get(f"{quantity}_percent")
    if percentage and fits == ["/uL"] and given.max() <= 100:
        why = (
            f"No unit is given. The values ({span}) fit {fits[0]}, but may be percentages: if so, "
        )
        column.ask_unit(f"{why}choose {percentage.title!r} in the mapping.", fits)
        return ""
    if len(fits) == 1:
        column.report("unit_inferred", value=fits[0], **facts)
        return fits[0]
    if column.is_needed:
        why = f"No unit is given, and it cannot be inferred from the values ({span})."
        column.ask_unit(why, fits or offered_units(quantity))
    else:
        column.report("unit_unknown", **facts)
    return ""


def convert_listed(
    values: np.ndarray, column: MappedColumn, unit: str, name: str = ""
) -> np.ndarray:
    """Values in the tables' unit; a conversion that changes numbers is listed as a note."""
    quantity = column.field.quantity
    target = canonical_unit(quantity, unit) if quantity else unit
    if unit == target:
        return values
    converted = convert_unit(values, quantity, unit)
    given = np.flatnonzero(np.isfinite(values) & (values != converted))
    if given.size:
        was, now = f"{values[given[0]]:.6g}", f"{converted[given[0]]:.6g}"
        facts = {"name": name or column.label, "unit": unit, "now": now, "target": target}
        column.report("unit_converted", value=was, n=given.size, **facts)
    rounded = int(np.isin(values, ROUNDED_LIMITS).sum())
    if (quantity, unit) == ("HGB", "mmol/L") and rounded:
        column.report("hemoglobin_at_rounded_limit", value=rounded)
    return converted


def _declared_unit(column: MappedColumn, in_cells: str) -> str:
    """The unit of a column by its header, else by its cells."""
    entry = column.entry
    unit = recognise_unit(in_cells, column.field.quantity)
    if in_cells and entry.unit and unit != entry.unit and entry.reason != CHOSEN:
        why = f"Its cells give the unit {in_cells!r}, its header {entry.unit!r}."
        column.ask_unit(why, [entry.unit, *([unit] if unit else [])])
    return entry.unit or unit


def _in_one_unit(
    columns: list[MappedColumn], numbers: list[pd.Series], declared: str
) -> list[Amounts]:
    """Columns that declare the same unit, or none, judged and converted together."""
    first, n_more = columns[0], len(columns) - 1
    pooled = np.concatenate([values.to_numpy() for values in numbers])
    chosen = any(own.entry.reason == CHOSEN and own.entry.unit for own in columns)
    unit = choose_unit(pooled, first, declared, chosen=chosen)
    if not unit:
        return [
            Amounts(column, values * np.nan if first.is_needed else values, "", "")
            for column, values in zip(columns, numbers, strict=True)
        ]
    subjects = np.tile(first.table.subjects.codes, len(columns))
    pooled = ask_odd_counts(pooled, subjects, first, unit)
    more = f" and {counted(n_more, 'more column', 'more columns')}" if n_more else ""
    converted = convert_listed(pooled, first, unit, f"{first.name}{more}")
    target = canonical_unit(first.field.quantity, unit)
    parts = np.split(converted, np.cumsum([len(values) for values in numbers])[:-1])
    return [
        Amounts(column, pd.Series(part, index=values.index, name=values.name), target, unit)
        for column, values, part in zip(columns, numbers, parts, strict=True)
    ]
