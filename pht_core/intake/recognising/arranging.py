"""Tables in other shapes as a row per patient, day or result: days across, turned, in sheets.

Nothing is decided here on who the patients are: where no column says it, columns are added that
may (`ADDED`), and the user is asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pht_core.intake.cells.dates import looks_like_date
from pht_core.intake.opening.columns import build_column, convert_cells, encode_texts, format_cell
from pht_core.intake.recognising.dictionary import DataDictionary, is_dictionary
from pht_core.intake.recognising.evidence import sample_cells
from pht_core.intake.recognising.headers import (
    header_words,
    only_day,
    sheet_name,
    split_day,
    text_words,
)
from pht_core.intake.recognising.readings import LEAST_CONFIDENCE, Column, read_column
from pht_core.intake.recognising.results import read_by_cells
from pht_core.intake.source import COLUMN_NAME, ROW_NUMBER, TABLE_NAME, SourceTable
from pht_core.intake.words.synonyms import read_synonyms
from pht_core.intake.words.vocabulary import recognise_test
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.findings import Findings, build_finding
from pht_core.model.units import split_header

_MOST_TURNED = 2_000  # rows that become columns
_FEWEST_KNOWN = 3  # columns that must be recognised in a turned table
_MOST_RECOGNISED = 100  # columns looked at to tell whether a table has patients


def arrange_tables(tables: Sequence[SourceTable], findings: Findings) -> tuple[SourceTable, ...]:
    """The tables, those of another shape made into rows of results, days or patients.

    Columns of days or dates beside names of tests become a row per result; a table with its
    patients, days or dates across is turned; sheets or files of one patient each are joined. What
    was done is a finding, and every row keeps its line.
    """
    own = [_turn(_melt_days(table, findings), findings) for table in tables]
    return tuple(_join_patients(own, findings))


def _columns(table: SourceTable, names: Sequence[str]) -> list[Column]:
    return [read_column(name, table, DataDictionary()) for name in names]


def _known(columns: Sequence[Column]) -> set[str]:
    """The fields that some column can be."""
    readings = [one for column in columns for one in column.readings]
    return {one.field for one in readings if one.confidence >= LEAST_CONFIDENCE}


def _known_of(table: SourceTable) -> set[str]:
    """The fields of a whole table, its cells asked as well."""
    names = _headers(table)[:_MOST_RECOGNISED]
    return _known(list(read_by_cells(_columns(table, names), table)))


def _headers(table: SourceTable) -> list[str]:
    return [str(name) for name in table.frame.columns]


def _when(headers: Sequence[str]) -> tuple[str, list[Any]]:
    """What headers are of which each is a time, and the times: ``day``, ``date`` or ``visit``."""
    if all(looks_like_date(header, whole=True) for header in headers):
        return "date", list(headers)
    days = [only_day(header) for header in headers]
    if None not in days:
        pairs = zip(headers, days, strict=True)
        bare = [day for header, day in pairs if day is not None and header.strip("+- ").isdigit()]
        # 1, 2, 3 may be visits; -4, 0, 7 are days.
        if not bare or min(bare) <= 0 or bare != list(range(bare[0], bare[0] + len(bare))):
            return "day", list(days)
    return "visit", list(headers)


def _is_time(header: str) -> bool:
    part = split_day(f"values {header}")
    return (
        only_day(header) is not None
        or (part.name == "values" and bool(part.words))  # a month
        or looks_like_date(header, whole=True)
        or bool(read_pattern("names a day").search(header))
    )


def _melt_days(table: SourceTable, findings: Findings) -> SourceTable:
    """Names of tests in a column, and a column for each day: as a row per test and day."""
    headers = _headers(table)
    times = [header for header in headers if _is_time(header)]
    if len(times) < 2 or is_dictionary(table):
        return table
    kept = [header for header in headers if header not in times]
    tests = [header for header in kept if _names_tests(table.frame[header])]
    if len(tests) != 1:
        return table
    when, values = _when(times)
    frame, n = table.frame, len(table.frame)
    rows = np.repeat(np.arange(n), len(times))
    columns: dict[str, Any] = {
        _test_name(header, table) if header == tests[0] else header: frame[header].take(rows).array
        for header in kept
    }
    units = [split_header(text)[1] for text in _texts(frame[tests[0]])]
    if any(units) and not any("unit" in header_words(header) for header in kept):
        columns["unit"] = _column([units[row] or None for row in rows])
    columns[when] = _column(values * n)
    columns["value"] = _column([frame[header].iloc[row] for row in range(n) for header in times])
    long = pd.DataFrame(columns)
    filled = long["value"].notna().to_numpy()
    lines = [table.line_of(frame.index[row]) for row in rows[filled]]
    facts: dict[str, Any] = {"n": len(times), "first": times[0], "last": times[-1]}
    findings.append(build_finding("days_across", table.name, tests[0], **facts))
    return _arranged(table, long[filled], lines)


def _names_tests(cells: pd.Series) -> bool:
    texts = sample_cells(cells).texts
    known = sum(bool(_recognise_test(text)) for text in texts)
    return known > 0 and 2 * known >= min(len(texts), 6)


def _recognise_test(text: str) -> str:
    return recognise_test(text) or recognise_test(split_header(text)[0])


def _test_name(header: str, table: SourceTable) -> str:
    fields = {one.field for one in read_column(header, table, DataDictionary()).readings}
    return header if fields & {"test", "test_label"} else "test"


def _turn(table: SourceTable, findings: Findings) -> SourceTable:
    """A table whose first column holds what headers are: turned, its headers the first column."""
    headers = _headers(table)
    if len(headers) < 3 or not 2 <= len(table.frame) <= _MOST_TURNED or is_dictionary(table):
        return table
    names = _texts(table.frame[headers[0]])
    if not all(names) or len(set(names)) < len(names) or sum(map(_begins_as_header, names)) < 2:
        return table
    before = _known_of(table) - {"subject_id"}
    when, values = COLUMN_NAME, list[Any](headers[1:])
    if all(map(_is_time, headers[1:])):
        when, values = _when(headers[1:])
    elif "subject_id" in _known(_columns(table, headers[:1])):
        when = headers[0]
    across = table.frame[headers[1:]]
    turned = {when: _column(values)} | {
        name: _column([across[header].iloc[row] for header in across])
        for row, name in enumerate(names)
    }
    if len(turned) <= len(names):
        return table
    lines = range(2, len(headers) + 1)
    new = replace(_arranged(table, pd.DataFrame(turned), lines), labels={})
    after = _known_of(new) - {"subject_id"}
    if len(after) < max(_FEWEST_KNOWN, 2 * len(before) + 1):
        return table
    findings.append(build_finding("table_turned", table.name, n=len(values), first=headers[1]))
    return new


def _begins_as_header(text: str) -> bool:
    words, known = text_words(text), read_synonyms().whole
    return any(words[:end] in known for end in range(1, len(words) + 1))


def _join_patients(tables: Sequence[SourceTable], findings: Findings) -> list[SourceTable]:
    """Tables without patients and with the same columns as one, each row with its table's name.

    A single one gets its name, and numbers for its rows, as columns: either may be the patient.
    """
    groups: dict[object, list[SourceTable]] = {}
    for place, table in enumerate(tables):
        headers = _headers(table)
        alone = (
            not is_dictionary(table)
            and "subject_id" not in _known(_columns(table, headers))
            and COLUMN_NAME not in headers
            and len(_known_of(table)) > 1
        )
        words = frozenset(map(header_words, headers))
        own = words if len(words) == len(headers) else (place,)
        groups.setdefault(own if alone else place, []).append(table)
    return [
        group[0] if isinstance(key, int) else _with_names(group, findings)
        for key, group in groups.items()
    ]


def _with_names(group: Sequence[SourceTable], findings: Findings) -> SourceTable:
    first = group[0]
    names = _short_names([sheet_name(table.name) for table in group])
    of_table = [name for name, own in zip(names, group, strict=True) for _ in own.frame.index]
    added = {TABLE_NAME: _column(of_table), ROW_NUMBER: np.arange(1, len(of_table) + 1)}
    if len(group) == 1:
        return replace(first, frame=first.frame.assign(**added))
    shown = ", ".join(names[:8])
    findings.append(build_finding("tables_joined", first.name, n=len(group), names=shown))
    lines = [table.line_of(place) for table in group for place in table.frame.index]
    cells: dict[tuple[str, ...], list[Any]] = {}
    for table in group:
        for header in table.frame:
            cells.setdefault(header_words(str(header)), []).extend(table.frame[header])
    columns = {header: _column(cells[header_words(header)]) for header in _headers(first)}
    name = f"{first.name} and {len(group) - 1} more"
    return _arranged(replace(first, name=name), pd.DataFrame(columns | added), lines)


def _short_names(names: list[str]) -> list[str]:
    """Names without the words that all begin or end with: ``counts_Q11`` is Q11."""
    if len(names) < 2:
        return names
    head, tail = _shared_words(names), _shared_words([name[::-1] for name in names])
    if re.search(r"\d", names[0][:head]):
        return names  # the number of a site belongs to the id
    short = [name[head : len(name) - tail] for name in names]
    return short if all(short) and len(set(short)) == len(names) else names


def _shared_words(names: Sequence[str]) -> int:
    """How many letters all names begin with, up to the last sign between words."""
    n = 0
    for place, signs in enumerate(zip(*names, strict=False), 1):
        if len(set(signs)) > 1:
            break
        n = n if signs[0].isalnum() else place
    return n


def _arranged(table: SourceTable, frame: pd.DataFrame, lines: Sequence[int]) -> SourceTable:
    own = frame.reset_index(drop=True)
    return replace(table, frame=own, first_line=0, lines=tuple(lines))


def _cell(cell: Any) -> Any:
    """A cell as Python has it, None where it is missing."""
    if isinstance(cell, pd.Timestamp):
        return cell.to_pydatetime()
    if isinstance(cell, np.number):
        cell = float(cell)
    return None if pd.isna(cell) else cell


def _texts(cells: pd.Series) -> list[str]:
    return [format_cell(_cell(cell)) for cell in cells]


def _column(values: Iterable[Any]) -> Any:
    """Cells as a column of a table: numbers only where all are, however they are typed."""
    cells = list(map(_cell, values))
    if all(isinstance(cell, str) or cell is None for cell in cells):
        return build_column(*encode_texts(cells))
    return convert_cells(cells)
