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
    ask_mark,
    ask_odd_counts,
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
from pht_core.intake.tidying.mapped import (
    MappedColumn,
    MappedTable,
    find_words,
    named,
    read_words,
    text_of,
)
from pht_core.intake.tidying.sentinel_codes import drop_implausible_limits, drop_sentinel_counts
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.vocabulary import recognise_test
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.findings import BLOCKS, build_finding
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import LABS
from pht_core.model.units import (
    canonical_unit,
    convert_unit,
    fitting_units,
    offered_units,
    recognise_unit,
    split_header,
)
from pht_core.model.words import listed

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
    parts = [read[table.map.rows](table) for table in tables if table.map.rows in read]
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


def read_results(table: MappedTable) -> pd.DataFrame:
    """Every laboratory value of a table with a row per result, as `read_columns`.

    Each test's rows are converted from the units that they declare, in place, since a registry has
    millions of rows. A value whose unit is unknown keeps what the file gives as its unit, so that
    it gets no grade.
    """
    test, value, limit = table.column("test"), table.column("value"), table.column("lln")
    if test is None or value is None:
        return join_values([])
    tests = known_tests()
    places = drop_other_specimens(table, _percentages_apart(_recognise_tests(test), value))
    of_test = {name: np.flatnonzero(places == place) for place, name in enumerate(tests)}
    used = {name: rows for name, rows in of_test.items() if rows.size}
    if not used.keys() & set(PERCENTAGES):
        used.pop("WBC", None)  # white cells serve only to compute neutrophils
    days = find_days(table, needed_for="results") if used else None
    if days is None:
        return join_values([])
    wanted = np.isin(places, [tests.index(name) for name in used]) & days.notna().to_numpy()
    cells = complete_results(value.values, value, wanted)
    ask_unread_counts(cells, value, wanted & np.isin(places, range(len(LINEAGES))))
    numbers = _read_results(cells, used, wanted, table)
    known = days.notna().to_numpy() & numbers.notna().to_numpy()
    values = numbers.to_numpy(copy=True)
    lln = np.full(len(values), np.nan)
    if limit is not None:
        lln = read_numbers(lower_limits(limit.values), table)[0].to_numpy(copy=True)
    units: list[str] = []
    unit_places = np.full(len(values), -1, dtype=np.int16)
    kept = np.zeros(len(values), dtype=bool)
    for name, rows in used.items():
        rows = rows if known.all() else rows[known[rows]]
        measured = replace(value, test=name, measures=name)
        quantity = measured.field.quantity
        for unit, own in _by_unit(measured, rows, values, cells):
            kept[own] = True
            if declared := recognise_unit(unit, quantity):
                if name in LINEAGES:
                    codes = table.subjects.codes[own]
                    values[own] = ask_odd_counts(values[own], codes, measured, unit)
                unit = canonical_unit(quantity, declared)
                if declared != unit:
                    values[own] = convert_listed(values[own], measured, declared)
                    # A limit stands in the unit of its result.
                    lln[own] = convert_unit(lln[own], quantity, declared)
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
    cells: pd.Series, used: dict[str, np.ndarray], wanted: np.ndarray, table: MappedTable
) -> pd.Series:
    """Results as numbers; the units of the tests settle what a comma in them means, or it is asked.

    ``used`` are the rows of each test; cells of rows that are not wanted are not looked at.
    """
    here = cells.where(wanted)
    mark = table.context.decimal or table.context.decimal_marks.get(table.name, "")
    settled: set[str | None] = set()
    for name, rows in used.items() if not mark else ():
        quantity = read_fields()[name].quantity
        texts = _unit_texts(name, table, cells).iloc[rows].astype(object)
        for unit, own in here.iloc[rows].groupby(texts.to_numpy(), dropna=False):
            settled.add(mark_of_unit(own, quantity, recognise_unit(str(unit), quantity)))
    marks = settled - {""}
    if not mark and (None in marks or len(marks) > 1 or (not marks and needs_decimal(here))):
        return ask_mark(here, table)
    mark = mark or next(iter(marks), "") or ""
    return convert_numbers(here, table.notes, decimal=mark, unit_in_cells=True)


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
    who = pd.Categorical(rows["subject_id"], values["subject_id"].cat.categories)
    day, value, row = (rows[name].to_numpy() for name in ("day", "value", "row"))
    no_limit = np.full(len(rows), np.nan)
    added = _build_values(who, day, "NE", value, canonical_unit("NE"), no_limit, row)
    return join_values([values, added])


def known_tests() -> list[str]:
    """The fields of laboratory values: counts, white cells and other values."""
    return [*LINEAGES, *(test for test in WHITE_CELLS if test not in LINEAGES), *LABS]


def join_values(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Several tables' values under each other, tests and units as categories."""
    parts = [part for part in parts if len(part)]
    if not parts:
        none = np.array([], dtype=float)
        rows = none.astype("int64")
        return _build_values(pd.Categorical([]), none, known_tests()[0], none, "", none, rows)
    if len(parts) == 1:
        return parts[0]
    joined = pd.concat([part.drop(columns="unit") for part in parts], ignore_index=True)
    units = union_categoricals([part["unit"] for part in parts])
    return joined.assign(unit=units)[COLUMNS]


def drop_other_specimens(table: MappedTable, places: np.ndarray) -> np.ndarray:
    """Each row's place in `known_tests`, -1 where the row is no count of drawn blood.

    Rows of urine, marrow, liquor …, cancelled results, and rows that a study derived from others
    (ADaM's DTYPE: last observation carried forward, averages) are left out, which is a finding.
    """
    for field, pattern, name in (
        ("specimen", read_pattern("other specimen"), "other_specimen"),
        ("derived", re.compile(r"\S"), "derived_results"),
        ("given", read_pattern("cancelled"), "cancelled_results"),
    ):
        column = table.column(field)
        if column is not None:
            rows = find_words(column.values, pattern) & (places >= 0)
            column.report_cells(name, rows)
            places = np.where(rows, np.int8(-1), places)
    return places


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


def read_columns(table: MappedTable) -> pd.DataFrame:
    """Every laboratory value of a table with a row per patient, or per patient and day.

    It has a column per test, or per test and day. Returns `COLUMNS`, a row per value, in the units
    of the tables.
    """
    columns = [column for column in table.columns if column.entry.field in known_tests()]
    if not table.fields & set(PERCENTAGES):
        # White cells serve only to compute neutrophils.
        columns = [column for column in columns if column.entry.field != "WBC"]
    plain = [column for column in columns if column.entry.day is None]
    of_day = [column for column in columns if column.entry.day is not None]
    needed_for = "counts" if table.map.rows == "days" else ""
    days = find_days(table, needed_for=needed_for) if plain else None
    if plain and days is None:
        if not needed_for:
            names = ", ".join(column.name for column in plain)
            finding = build_finding("columns_without_day", table.name, names)
            table.context.undated.append(finding)
        plain = []
    of_field: dict[str, list[MappedColumn]] = {}
    for column in (*plain, *of_day):
        of_field.setdefault(column.entry.field, []).append(column)
    found = (amounts for own in of_field.values() for amounts in read_amounts(own))
    return join_values([_values_of_column(amounts, days) for amounts in found])


def _values_of_column(amounts: Amounts, days: pd.Series | None) -> pd.DataFrame:
    """One column's values with their days: its own day, else each row's."""
    entry, table = amounts.column.entry, amounts.column.table
    limit = table.column(f"{entry.field}_lln")
    lln = np.full(len(amounts.values), np.nan)
    if limit is not None:
        if not limit.entry.unit and amounts.source:
            # A limit stands in the unit of its count unless its header gives another.
            own = replace(limit.entry, unit=amounts.source, reason=CHOSEN)
            limit = replace(limit, entry=own)
        if limit.entry.unit:
            lln = read_amounts([limit])[0].values.to_numpy()
    if entry.day is not None or days is None:
        day = np.full(len(lln), float(entry.day or 0))
    else:
        day = days.to_numpy()
    keep = np.isfinite(day) & amounts.values.notna().to_numpy()
    values = amounts.values.to_numpy()[keep]
    rows = np.flatnonzero(keep)
    subjects = table.subjects[keep]
    return _build_values(subjects, day[keep], entry.field, values, amounts.unit, lln[keep], rows)


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
    (who, day, param), values = next(iter(groups))
    fields = {"value", "WBC", *LINEAGES}
    column = next(own for table in tables for own in table.columns if own.entry.field in fields)
    shown = listed([f"{value:.6g}" for value in values], most=4)
    facts = {"n": groups.ngroups, "who": who, "day": day, "param": param, "shown": shown}
    answer = column.choose("two values", offered=list(ONE_OF_A_DAY.items()), **facts)
    if not answer:
        return counts
    context.stated.append(f"several values on one day: {ONE_OF_A_DAY[answer]}")
    chosen = counts[again].sort_values("value") if answer == "min" else counts[again]
    dropped = chosen.index[chosen.duplicated(days, keep="last" if answer == "last" else "first")]
    return counts.drop(index=dropped).reset_index(drop=True)


def _recognise_tests(column: MappedColumn) -> np.ndarray:
    """Each row's place in `known_tests`, -1 for other tests."""
    tests = {name: place for place, name in enumerate(known_tests())}
    found = np.full(len(column.values), -1, dtype=np.int8)
    others: dict[Hashable, int] = {}
    for field in ("test", "test_label"):
        values = column.table.series(field)
        if values is None:
            continue
        places = read_words(values, lambda word: tests.get(recognise_test(word), -1), -1)
        found = np.where(found >= 0, found, places.astype(np.int8))
        if field == "test":
            n_of = text_of(values)[places < 0].value_counts()
            others = n_of[n_of > 0].to_dict()
    n_rows, n_other = len(found), sum(others.values())
    unnamed = int((found < 0).sum()) - n_other
    if unnamed > 0:
        column.report("rows_without_test", value=unnamed, n_rows=n_rows)
    if n_other:
        names = listed([repr(word) for word in others], most=5)
        column.report("other_tests", value=n_other, n_rows=n_rows, names=names)
    return found


def _percentages_apart(places: np.ndarray, value: MappedColumn) -> np.ndarray:
    """The same, with "neutrophils" in % as what they are: no count."""
    tests = known_tests()
    for lineage in LINEAGES:
        if f"{lineage}_percent" not in tests:
            continue
        here = places == tests.index(lineage)
        if here.any():
            units = _unit_texts(lineage, value.table, value.values)
            in_percent = read_words(
                units, lambda unit: recognise_unit(unit, "percent") == "%", False
            )
            percentage = np.int8(tests.index(f"{lineage}_percent"))
            places = np.where(here & in_percent, percentage, places)
    return places


def _by_unit(
    measured: MappedColumn, rows: np.ndarray, values: np.ndarray, cells: pd.Series
) -> Iterator[tuple[str, np.ndarray]]:
    """The rows of one test by unit: as chosen, as each row gives it, or as the test's name does."""
    name, quantity, table = measured.label, measured.field.quantity, measured.table
    answers = dict(measured.entry.values)
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
        where = table.column("unit") or measured
        where.report("several_units", value=len(groups), name=name, units="; ".join(parts))
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
                group.ask_unit(why, offered)
        elif unit and not declared:  # a level of CAR-T cells is given in many units
            yield unit, part
        else:
            best = choose_unit(values[part], group, declared)
            if best or not measured.is_needed:
                yield best, part


def _unit_texts(name: str, table: MappedTable, results: pd.Series) -> pd.Series:
    """Each row's unit as written: in its column, behind its result, else in its test's name."""
    quantity = read_fields()[name].quantity

    def unit_of_label(word: str) -> str:
        return recognise_unit(split_header(word)[1], quantity)

    cells = table.series("unit")
    texts = pd.Series(None, table.frame.index, dtype=object)
    texts = texts.astype("category") if cells is None else text_of(cells)
    if is_text(results):
        texts = _filled(texts, read_words(results, lambda word: read_cell(word).unit, ""))
    for field in ("test_label", "test"):
        labels = table.series(field)
        if labels is None or texts.notna().all():
            continue
        units = read_words(labels, unit_of_label, "")
        if (units != "").any():
            return _filled(texts, units)
    return texts


def _filled(texts: pd.Series, others: np.ndarray) -> pd.Series:
    """Texts, and where there are none the others."""
    if not (others != "").any():
        return texts
    own = pd.Series(others, index=texts.index).replace("", None)
    return texts.astype(object).fillna(own).astype("category")
