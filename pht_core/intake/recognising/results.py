"""Tables of results known by their cells: names of tests that come again, under any header."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pht_core.intake.recognising.evidence import (
    ROWS_SAMPLED,
    holds_dates,
    holds_ranges,
    looks_like_number,
    share,
)
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.recognising.layouts import WHEN
from pht_core.intake.recognising.readings import LEAST_CONFIDENCE, Column
from pht_core.intake.source import SourceTable
from pht_core.intake.words.fields import daily_fields
from pht_core.intake.words.synonyms import Reading
from pht_core.intake.words.vocabulary import recognise_test
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.lineage import LINEAGES
from pht_core.model.units import recognise_unit, written_unit

BY_CELLS = 0.75  # the confidence of what only the cells show


def read_by_cells(columns: Sequence[Column], table: SourceTable) -> Sequence[Column]:
    """The columns of a table of results with what their cells show where no header is known."""
    have = {one.field for column in columns for one in column.readings if _counts(one)}
    if have & daily_fields("counts", "labs"):
        return columns
    unread = [one for one in columns if not one.private and not any(map(_counts, one.readings))]
    found: dict[str, tuple[str, str]] = {}
    if "test" not in have:
        tests = [one for one in unread if _names_tests(one, table)]
        for column, field in zip(tests, ("test", "test_label"), strict=False):
            found[column.name] = (field, "Its cells are names of tests.")
    if not found and "test" not in have:
        return columns
    unread = [one for one in unread if one.name not in found and not one.cells.is_empty]
    kinds = (
        ("value", "numbers", lambda one: share(one.cells, looks_like_number) > 0.5),
        ("unit", "units", _names_units),
        ("date", "dates", lambda one: holds_dates(one.cells)),
        ("lln", "ranges", lambda one: holds_ranges(one.cells)),
    )
    for field, words, fits in kinds:
        fitting = [one for one in unread if one.name not in found and fits(one)]
        if field in have or (field == "date" and have & WHEN) or len(fitting) != 1:
            continue
        found[fitting[0].name] = (field, f"Its cells alone are {words}.")
    return [
        replace(one, readings=[_reading(*found[one.name]), *one.readings], note="")
        if one.name in found
        else one
        for one in columns
    ]


def read_items(
    columns: Sequence[Column],
    table: SourceTable,
    others: Sequence[tuple[SourceTable, Sequence[Column]]],
) -> Sequence[Column]:
    """The columns of a table whose tests are codes that one of all tables lists, as MIMIC's."""
    if len(others) < 2 or any(_names_tests(one, table) for one in columns):
        return columns
    for other, own in others:
        lists = [
            one for one in own if any(recognise_test(text) in LINEAGES for text in one.cells.texts)
        ]
        if not lists or other is table:
            continue
        keys = {header_words(one.name): one.name for one in reversed(own)}
        label = lists[0].name
        for column in columns:
            key = keys.get(header_words(column.name))
            if key is None or any(map(_counts, column.readings)) or not other.frame[key].is_unique:
                continue
            frame = other.frame.astype(str)
            other_specimens = [
                frame[name].str.contains(read_pattern("other specimen")) for name in frame
            ]
            blood = frame[~np.any(other_specimens, axis=0)]
            pairs = zip(blood[key], blood[label], strict=True)
            values = tuple((code, name) for code, name in pairs if recognise_test(name))
            reason = f"{label!r} of {other.name} names the tests of its codes."
            test = replace(_reading("test", reason), values=values)
            return [
                replace(one, readings=[test], note="", private="") if one is column else one
                for one in columns
            ]
    return columns


def _names_units(column: Column) -> bool:
    """Whether cells are units, one of them of a count: a flag "Y" is no year."""
    if share(column.cells, written_unit) <= 0.5:
        return False
    return any(recognise_unit(text, one) for one in LINEAGES for text in column.cells.some)


def _counts(reading: Reading) -> bool:
    return reading.confidence >= LEAST_CONFIDENCE


def _reading(field: str, reason: str) -> Reading:
    return Reading(field, BY_CELLS, reason, frozenset({"results"}))


def _names_tests(column: Column, table: SourceTable) -> bool:
    """Whether cells are names of tests of counts that come again, as in no list of tests."""
    if column.cells.numbers or column.cells.typed_dates:
        return False
    if not any(recognise_test(text) in LINEAGES for text in column.cells.texts):
        return False
    cells = table.frame[column.name].iloc[:ROWS_SAMPLED]
    return int(cells.count()) >= 2 * int(cells.nunique())
