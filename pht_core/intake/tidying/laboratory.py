"""Laboratory values on their way from files to the tables of counts and of other values."""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pht_core.intake.cells.numbers import convert_numbers, needs_decimal, read_cell
from pht_core.intake.cells.texts import is_text
from pht_core.intake.mapping import CHOSEN
from pht_core.intake.tidying.amounts import (
    Amounts,
    Measurement,
    ask_mark,
    ask_odd_counts,
    ask_unit_of,
    ask_unread_counts,
    choose_unit,
    complete_results,
    convert_listed,
    lower_limits,
    mark_of_unit,
    read_amounts,
    read_numbers,
)
from pht_core.intake.tidying.checks import find_repeated, patient_day_keys
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.day_reference import find_days
from pht_core.intake.tidying.mapped import MappedTable, find_words, named, read_words, text_of
from pht_core.intake.tidying.sentinel_codes import drop_implausible_limits, drop_sentinel_counts
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.vocabulary import recognise_test
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.findings import BLOCKS, build_finding
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import LABS
from pht_core.model.units import (
    canonical_unit,
    fitting_units,
    offered_units,
    recognise_unit,
    split_header,
)
from pht_core.model.words import counted, listed

PERCENTAGES = ("NE_percent", "segmented_percent", "bands_percent")
# Which of a lineage's values on one day counts, by the user's answer.
ONE_OF_A_DAY = {
    "min": "the lowest",
    "first": "the first in the file",
    "last": "the last in the file",
}
WHITE_CELLS = ("WBC", *PERCENTAGES)

# subject_id (categorical), day, test, value in the unit, lln, and the row that it stands on, so
# that white cells and their percentages are only multiplied on one row; -1 where rows hold one
# test.
COLUMNS = ["subject_id", "day", "test", "value", "unit", "lln", "row"]


def read_laboratory(
    tables: Sequence[MappedTable], context: IntakeContext
) -> dict[str, pd.DataFrame]:
    """The tables ``counts`` and ``labs`` of ``schema.TABLES``; absent if no column gives them."""
    read = {"results": read_results, "days": read_columns, "patients": read_columns}
    parts = [read[t.map.rows](t, context) for t in tables if t.map.rows in read]
    values = derive_neutrophils(join_values(parts), context)
    found: dict[str, pd.DataFrame] = {}
    fields = set().union(*(table.fields for table in tables))
    results = any(table.map.rows == "results" for table in tables)
    if fields & set(LINEAGES) or results or "NE" in set(values["test"]):
        is_count = values["test"].isin(list(LINEAGES)).to_numpy()
        counts = values if is_count.all() else values[is_count]
        columns = {name: counts[name] for name in ("subject_id", "day")}
        columns["param"] = counts["test"].cat.set_categories(sorted(LINEAGES))
        columns |= {name: counts[name] for name in ("value", "unit", "lln")}
        counts = drop_sentinel_counts(pd.DataFrame(columns, copy=False), context)
        counts = _drop_repeated(drop_implausible_limits(counts, context), context)
        found["counts"] = _one_a_day(counts, tables, context)
    else:
        names = listed([lineage.name for lineage in LINEAGES.values()], "or")
        context.report("no_laboratory_counts", "counts", lineages=names)
    labs = values[values["test"].isin(list(LABS))]
    if len(labs):
        labs = labs.drop(columns=["row", "lln"])
        labs["test"] = labs["test"].cat.remove_unused_categories()
        found["labs"] = labs.reset_index(drop=True)
    for row in context.undated:
        context.findings.append(row if len(values) else row | {"severity": BLOCKS})
    return found


def read_columns(table: MappedTable, context: IntakeContext) -> pd.DataFrame:
    """Every laboratory value of a table with a row per patient, or per patient and day.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, a row per value, in the units of the tables.
    """
    return join_values(list(_read_columns(table, context)))


def read_results(table: MappedTable, context: IntakeContext) -> pd.DataFrame:
    """Every laboratory value of a table with a row per result.

    Each test's rows are converted from the units that they declare, in place, since a registry has
    millions of rows. A value whose unit is unknown keeps what the file gives as its unit, so that
    it gets no grade.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, a row per value, in the units of the tables.
    """
    test, value = table.map_of("test"), table.map_of("value")
    if test is None or value is None:
        return _no_values()
    tests = known_tests()
    places = _percentages_apart(_recognise_tests(table, context), table)
    places = drop_other_specimens(table, places, context)
    of_test = {name: np.flatnonzero(places == place) for place, name in enumerate(tests)}
    used = {name: rows for name, rows in of_test.items() if rows.size}
    if not used.keys() & set(PERCENTAGES):
        used.pop("WBC", None)  # white cells serve only to compute neutrophils
    if not used:
        return _no_values()
    days = find_days(table, context, needed_for="results")
    if days is None:
        return _no_values()
    wanted = np.isin(places, [tests.index(name) for name in used]) & days.notna().to_numpy()
    cells = complete_results(table.values_of(value), value, table, context, wanted)
    ask_unread_counts(cells, value, table, context, wanted & np.isin(places, range(len(LINEAGES))))
    numbers = _read_results(cells, used, wanted, table, context)
    limit = table.map_of("lln")
    limits = None
    if limit is not None:
        limits, _ = read_numbers(lower_limits(table.values_of(limit)), table, context)
    known = days.notna().to_numpy() & numbers.notna().to_numpy()
    values = numbers.to_numpy(copy=True)
    lln = np.full(len(values), np.nan) if limits is None else limits.to_numpy(copy=True)
    units: list[str] = []
    unit_places = np.full(len(values), -1, dtype=np.int16)
    kept = np.zeros(len(values), dtype=bool)
    silent = replace(context, findings=[])
    for name, rows in used.items():
        rows = rows if known.all() else rows[known[rows]]
        measured = Measurement(table.name, value.column, read_fields()[name], name)
        for unit, own in _by_unit(measured, rows, values, cells, table, context):
            kept[own] = True
            if name in LINEAGES and recognise_unit(unit, measured.field.quantity):
                values[own] = ask_odd_counts(
                    values[own], table.subjects.codes[own], measured, unit, table, context
                )
            if declared := recognise_unit(unit, measured.field.quantity):
                unit = canonical_unit(measured.field.quantity, declared)
                if declared != unit:
                    values[own] = convert_listed(values[own], measured, declared, context)
                    # A limit stands in the unit of its result.
                    lln[own] = convert_listed(lln[own], measured, declared, silent)
            if unit:
                units += [unit] * (unit not in units)
                unit_places[own] = units.index(unit)
    chosen = slice(None) if kept.all() else kept
    columns = {
        "subject_id": table.subjects[chosen],
        "day": days.to_numpy()[chosen].astype("int64"),
        "test": named(places[chosen], tests),
        "value": values[chosen],
        "unit": named(unit_places[chosen], units),
        "lln": lln[chosen],
        "row": np.full(int(kept.sum()), -1, dtype=np.int8),
    }
    return pd.DataFrame(columns, copy=False)


def _read_results(
    cells: pd.Series,
    used: dict[str, np.ndarray],
    wanted: np.ndarray,
    table: MappedTable,
    context: IntakeContext,
) -> pd.Series:
    """Results as numbers; the units of the tests settle what a comma in them means, or it is asked.

    Parameters
    ----------
    used : the rows of each test.
    wanted : the rows that count; cells of the others are not looked at.
    """
    here = cells.where(wanted)
    mark = context.decimal or context.decimal_marks.get(table.name, "")
    settled: set[str | None] = set()
    for name, rows in used.items() if not mark else ():
        quantity = read_fields()[name].quantity
        texts = _unit_texts(name, table, cells).iloc[rows].astype(object)
        for unit, own in here.iloc[rows].groupby(texts.to_numpy(), dropna=False):
            settled.add(mark_of_unit(own, quantity, recognise_unit(str(unit), quantity)))
    marks = settled - {""}
    if not mark and (None in marks or len(marks) > 1 or (not marks and needs_decimal(here))):
        ask_mark(here, table, context)
        return pd.Series(np.nan, index=cells.index, name=cells.name)
    mark = mark or next(iter(marks), "") or ""
    notes = context.notes(table)
    return convert_numbers(here, notes, decimal=mark, unit_in_cells=True)


def derive_neutrophils(values: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Neutrophil counts from white cells and percentages, where a sample has no count of its own.

    NE = WBC x (segmented + bands) / 100, or WBC x neutrophils in % / 100. A sample with two white
    cell counts, or with segmented cells but an empty cell for bands in a file that has bands,
    gets none.
    """
    tests = set(values["test"].unique())
    if "WBC" not in tests or not tests & {"NE_percent", "segmented_percent"}:
        return values
    sample = ["subject_id", "day", "row"]
    parts = values[values["test"].isin(("NE", *WHITE_CELLS))]
    twice = parts.duplicated([*sample, "test"], keep=False)
    wide = parts[~twice].pivot(index=sample, columns="test", values="value")
    percent = wide.get("NE_percent", pd.Series(np.nan, index=wide.index))
    if "segmented_percent" in wide:
        both = wide["segmented_percent"]
        both = both + wide["bands_percent"] if "bands_percent" in wide else both
        percent = percent.fillna(both)
    calculated = wide["WBC"] * percent / 100
    if "NE" in wide:
        calculated = calculated[wide["NE"].isna()]
    calculated = calculated[percent.reindex(calculated.index).between(0, 100)].dropna()
    impossible = int(((percent < 0) | (percent > 100)).sum())
    if impossible:
        name = "impossible_percentage_of_neutrophils"
        context.report(name, "counts", "NE", value=impossible)
    if not len(calculated):
        return values
    context.report("neutrophils_calculated", "counts", "NE", value=len(calculated))
    rows = calculated.rename("value").reset_index()
    added = _build_values(
        pd.Categorical(rows["subject_id"], values["subject_id"].cat.categories),
        rows["day"].to_numpy(),
        "NE",
        rows["value"].to_numpy(),
        canonical_unit("NE"),
        np.full(len(rows), np.nan),
        rows["row"].to_numpy(),
    )
    return join_values([values, added])


def known_tests() -> list[str]:
    """The fields of laboratory values: counts, white cells and other values."""
    return [*LINEAGES, *(test for test in WHITE_CELLS if test not in LINEAGES), *LABS]


def join_values(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Several tables' values under each other, tests and units as categories."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return _no_values()
    if len(parts) == 1:
        return parts[0]
    joined = pd.concat([part.drop(columns="unit") for part in parts], ignore_index=True)
    units = union_categoricals([part["unit"] for part in parts])
    return joined.assign(unit=units)[COLUMNS]


def drop_other_specimens(
    table: MappedTable, places: np.ndarray, context: IntakeContext
) -> np.ndarray:
    """Each row's test as given, -1 where the row is no count of drawn blood.

    Rows of urine, marrow, liquor …, cancelled results, and rows that a study derived from others
    (ADaM's DTYPE: last observation carried forward, averages) are left out, which is a finding.

    Parameters
    ----------
    places : each row's place in `known_tests`, -1 for other tests.
    """
    for field, pattern, name in (
        ("specimen", read_pattern("other specimen"), "other_specimen"),
        ("derived", re.compile(r"\S"), "derived_results"),
        ("given", read_pattern("cancelled"), "cancelled_results"),
    ):
        cells = table.series(field)
        if cells is not None:
            rows = find_words(cells, pattern) & (places >= 0)
            context.report_cells(name, table, cells, rows)
            places = np.where(rows, np.int8(-1), places)
    return places


def _no_values() -> pd.DataFrame:
    none = np.array([], dtype=float)
    test = known_tests()[0]
    return _build_values(pd.Categorical([]), none, test, none, "", none, none.astype("int64"))


def _build_values(
    subjects: pd.Categorical,
    days: np.ndarray,
    test: str,
    values: np.ndarray,
    unit: str,
    lln: np.ndarray,
    rows: np.ndarray,
) -> pd.DataFrame:
    """One test's values, all in one unit; an empty unit is missing."""
    n = len(values)
    tests = known_tests()
    units = [unit] if unit else []
    return pd.DataFrame(
        {
            "subject_id": subjects,
            "day": days.astype("int64"),
            "test": named(np.full(n, tests.index(test), "int8"), tests),
            "value": values,
            "unit": named(np.full(n, len(units) - 1, "int8"), units),
            "lln": lln,
            "row": rows,
        }
    )


def _read_columns(table: MappedTable, context: IntakeContext) -> Iterator[pd.DataFrame]:
    """A column per test, or per test and day."""
    entries = [entry for entry in table.map.columns if entry.field in known_tests()]
    if not table.fields & set(PERCENTAGES):
        # White cells serve only to compute neutrophils.
        entries = [entry for entry in entries if entry.field != "WBC"]
    plain = [entry for entry in entries if entry.day is None]
    of_day = [entry for entry in entries if entry.day is not None]
    needed_for = "counts" if table.map.rows == "days" else ""
    days = find_days(table, context, needed_for=needed_for) if plain else None
    if plain and days is None:
        if not needed_for:
            names = ", ".join(entry.column for entry in plain)
            context.undated.append(build_finding("columns_without_day", table.name, names))
        plain = []
    for field in dict.fromkeys(entry.field for entry in (*plain, *of_day)):
        columns = [entry for entry in (*plain, *of_day) if entry.field == field]
        for amounts in read_amounts(columns, table, context):
            yield _values_of_column(table, amounts, days, context)


def _values_of_column(
    table: MappedTable, amounts: Amounts, days: pd.Series | None, context: IntakeContext
) -> pd.DataFrame:
    """One column's values with their days: its own day, else each row's."""
    entry = amounts.entry
    limit = table.map_of(f"{entry.field}_lln") if entry.field in LINEAGES else None
    lln = np.full(len(amounts.values), np.nan)
    if limit is not None:
        if not limit.unit and amounts.source:
            # A limit stands in the unit of its count unless its header gives another.
            limit = replace(limit, unit=amounts.source, reason=CHOSEN)
        if limit.unit:
            lln = read_amounts([limit], table, context)[0].values.to_numpy()
    if entry.day is not None or days is None:
        day = np.full(len(lln), float(entry.day or 0))
    else:
        day = days.to_numpy()
    keep = np.isfinite(day) & amounts.values.notna().to_numpy()
    return _build_values(
        table.subjects[keep],
        day[keep],
        entry.field,
        amounts.values.to_numpy()[keep],
        amounts.unit,
        lln[keep],
        np.flatnonzero(keep),
    )


def _drop_repeated(counts: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Counts without those that stand in the file twice with the same value."""
    again = find_repeated(patient_day_keys(counts))
    twice = np.zeros(len(counts), dtype=bool)
    if again.any():
        columns = ["subject_id", "day", "param", "value", "unit"]
        twice[again] = counts.loc[again, columns].duplicated().to_numpy()
    if twice.any():
        n = int(twice.sum())
        context.report("repeated_counts", "counts", "value", value=n, n_rows=len(counts))
        counts = counts[~twice]
    index = counts.index
    is_plain = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return counts if len(index) and is_plain else counts.reset_index(drop=True)


def _one_a_day(
    counts: pd.DataFrame, tables: Sequence[MappedTable], context: IntakeContext
) -> pd.DataFrame:
    """Counts with one value a day of each lineage; which of several counts is asked."""
    again = find_repeated(patient_day_keys(counts))
    if not again.any():
        return counts
    days = ["subject_id", "day", "param"]
    groups = counts[again].groupby(days, observed=True, sort=False)["value"]
    n, first = groups.ngroups, next(iter(groups))
    who, day, param = first[0]
    shown = listed([f"{value:.6g}" for value in first[1]], most=4)
    table = next(one for one in tables if one.fields & {"value", "WBC", *LINEAGES})
    entry = next(own for own in table.map.columns if own.field in {"value", "WBC", *LINEAGES})
    answer = context.choose(
        "two values",
        table,
        entry,
        f"{counted(n, 'patient-day has', 'patient-days have')} two different values of one "
        f"lineage (day {day} of {who}: {param} {shown}): which counts?",
        "One value a day is graded.",
        tuple(ONE_OF_A_DAY.items()),
        proposed="min",
    )
    if not answer:
        return counts
    context.stated.append(f"several values on one day: {ONE_OF_A_DAY[answer]}")
    chosen = counts[again].sort_values("value") if answer == "min" else counts[again]
    dropped = chosen.index[chosen.duplicated(days, keep="last" if answer == "last" else "first")]
    return counts.drop(index=dropped).reset_index(drop=True)


def _recognise_tests(table: MappedTable, context: IntakeContext) -> np.ndarray:
    """Each row's place in `known_tests`, -1 for other tests."""
    tests = {name: place for place, name in enumerate(known_tests())}
    found = np.full(len(table.frame), -1, dtype=np.int8)
    others: dict[Hashable, int] = {}
    for field in ("test", "test_label"):
        values = table.series(field)
        if values is None:
            continue
        places = read_words(values, lambda word: tests.get(recognise_test(word), -1), -1)
        found = np.where(found >= 0, found, places.astype(np.int8))
        if field == "test":
            words = text_of(values)
            n_of = words[places < 0].value_counts()
            others = n_of[n_of > 0].to_dict()
    n_rows, column = len(found), table.maps_of("test")[0].column
    n_other = sum(others.values())
    unnamed = int((found < 0).sum()) - n_other
    if unnamed > 0:
        context.report("rows_without_test", table.name, column, value=unnamed, n_rows=n_rows)
    if n_other:
        names = listed([repr(word) for word in others], most=5)
        context.report("other_tests", table.name, column, value=n_other, n_rows=n_rows, names=names)
    return found


def _percentages_apart(places: np.ndarray, table: MappedTable) -> np.ndarray:
    """The same, with "neutrophils" in % as what they are: no count."""
    tests = known_tests()
    for lineage in LINEAGES:
        if f"{lineage}_percent" not in tests:
            continue
        here = places == tests.index(lineage)
        if here.any():
            units = _unit_texts(lineage, table, table.values_of(table.maps_of("value")[0]))
            in_percent = read_words(
                units, lambda unit: recognise_unit(unit, "percent") == "%", False
            )
            percentage = np.int8(tests.index(f"{lineage}_percent"))
            places = np.where(here & in_percent, percentage, places)
    return places


def _by_unit(
    measured: Measurement,
    rows: np.ndarray,
    values: np.ndarray,
    cells: pd.Series,
    table: MappedTable,
    context: IntakeContext,
) -> Iterator[tuple[str, np.ndarray]]:
    """The rows of one test by unit: as chosen, as each row gives it, or as the test's name does."""
    name, quantity = measured.name, measured.field.quantity
    answers = dict(table.maps_of("value")[0].values)
    column = table.map_of("unit")
    where = measured.column if column is None else column.column
    texts = _unit_texts(name, table, cells)
    codes = texts.cat.codes.to_numpy()[rows]
    own: dict[str, list[np.ndarray]] = {}
    for code in np.unique(codes):
        text = "" if code < 0 else str(texts.cat.categories[code]).strip()
        unit = recognise_unit(text, quantity) or text
        own.setdefault(unit, []).append(rows[codes == code])
    groups = {unit: np.concatenate(parts) for unit, parts in own.items()}
    if len(groups) > 1:
        parts = [
            f"{len(part)} {f'in {unit}' if unit else 'without'}" for unit, part in groups.items()
        ]
        context.report(
            "several_units", table.name, where, value=len(groups), name=name, units="; ".join(parts)
        )
    for unit, part in groups.items():
        declared = recognise_unit(unit, quantity)
        group = measured
        if len(groups) > 1:  # each is asked about by itself
            group = replace(measured, test=f"{name} {f'in {unit}' if unit else 'without a unit'}")
        chosen = answers.get(group.test)
        if chosen:
            yield chosen, part
        elif unit and not declared and measured.is_needed:
            if np.isfinite(values[part]).any():
                why = f"{unit!r} is not a known unit of it."
                offered = fitting_units(values[part], quantity) or offered_units(quantity)
                ask_unit_of(group, why, offered, context)
        elif unit and not declared:  # a level of CAR-T cells is given in many units
            yield unit, part
        else:
            best = choose_unit(values[part], group, declared, context)
            if best or not measured.is_needed:
                yield best, part


def _unit_texts(name: str, table: MappedTable, results: pd.Series) -> pd.Series:
    """Each row's unit as written: in its column, behind its result, else in its test's name."""
    cells = table.series("unit")
    texts = None if cells is None else text_of(cells)
    if is_text(results):
        behind = read_words(results, lambda word: read_cell(word).unit, "")
        if (behind != "").any():
            own = pd.Series(behind, index=results.index).replace("", None)
            merged = own if texts is None else texts.astype(object).fillna(own)
            texts = merged.astype("category")
    if texts is not None and texts.notna().all():
        return texts
    quantity = read_fields()[name].quantity
    for field in ("test_label", "test"):
        labels = table.series(field)
        if labels is None:
            continue
        units = read_words(labels, lambda word: recognise_unit(split_header(word)[1], quantity), "")
        if (units != "").any():
            own = pd.Series(units, index=labels.index).replace("", None)
            merged = own if texts is None else texts.astype(object).fillna(own)
            return merged.astype("category")
    if texts is not None:
        return texts
    return pd.Series(pd.Categorical([None] * len(table.frame), categories=[]), table.frame.index)
