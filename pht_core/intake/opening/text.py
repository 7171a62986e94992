"""Comma-separated text and its kin as a table: the fast way, for files that are regular.

pyarrow reads the uploaded bytes themselves. A file with blank lines, line breaks in cells, rows
of unequal length or remarks below its data goes row by row through `ragged`.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from pht_core.intake.limits import LIMITS, Limits, check_limit
from pht_core.intake.opening.columns import build_column, codes_of, has_decimal_comma
from pht_core.intake.opening.encoding import convert_to_utf8
from pht_core.intake.opening.ragged import read_ragged
from pht_core.intake.opening.rows import FOOT_ROWS, is_foot, note_columns, note_cut
from pht_core.intake.opening.sniffing import Layout, find_layout, find_measured
from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import NOTE, Findings, finding

FEWER = "Leave out what is not needed, or split the file."
_TAIL = 1 << 16
_NEWLINE, _RETURN = 10, 13
_LARGEST = 1e15  # beyond, a float64 no longer tells all numbers apart


def read_text(
    name: str, content: bytes, findings: Findings, limits: Limits = LIMITS
) -> SourceTable:
    """Read a table of separated text, in any usual encoding.

    Columns are text (categorical) or plain numbers, as `SourceTable` says. What was left out, or
    could be read in two ways, is added to ``findings``.

    Raises
    ------
    UnreadableFile
        If it is empty, no text, or larger than ``limits``.
    """
    content, start = convert_to_utf8(name, content, findings)
    content = _with_newlines(content)
    end = _end_of_text(content, start)
    if not content[start : start + _TAIL].strip() and not content[start:end].strip():
        raise UnreadableFile(f"{name} is empty. Save the table again, with its rows.")
    n_lines = _count_lines(content, start, end)
    check_limit(name, n_lines, limits.rows, "lines", FEWER)
    note_cut(name, n_lines, findings)
    layout = find_layout(name, content, start, end, findings, limits)
    n_cells = (n_lines - layout.line + 1) * len(layout.head.names)
    check_limit(name, n_cells, limits.cells, "cells", FEWER)
    frame = _read_regular(content, end, layout, n_lines - layout.line + 1)
    if frame is not None and n_cells <= limits.slow_cells and _has_gaps(frame):
        frame = None  # below a blank row another table may begin
    if frame is None:
        to_do = "It is no regular table: take out blank lines and remarks, or split it."
        check_limit(name, n_cells, limits.slow_cells, "cells", to_do)
        frame = read_ragged(name, content[layout.offset : end], layout, findings)
    if not len(frame.columns):
        raise UnreadableFile(f"{name} is empty. Save the table again, with its rows.")
    note_columns(name, frame, layout.head.unnamed, layout.line, findings)
    if not len(frame):
        found = f"{name} has column names but no rows."
        findings.append(finding(NOTE, name, "", found, "", "Add rows, unless there are none."))
    return SourceTable(name, frame, layout.line, layout.head.labels)


def _with_newlines(content: bytes) -> bytes:
    """The same bytes, unless lines end in a lone carriage return."""
    if b"\r" in content and _has_lone_return(content):
        for end in (b"\r\r\n", b"\r\n", b"\r"):
            content = content.replace(end, b"\n")
    return content


def _has_lone_return(content: bytes) -> bool:
    text = np.frombuffer(content + b"\n" if content.endswith(b"\r") else content, np.uint8)
    for at in range(0, len(text) - 1, _TAIL):
        returns = text[at : min(at + _TAIL, len(text) - 1)] == _RETURN
        if (returns & (text[at + 1 : at + 1 + len(returns)] != _NEWLINE)).any():
            return True
    return False


def _end_of_text(content: bytes, start: int) -> int:
    """Where the text ends, without blank lines below it and the end mark of old DOS files."""
    end = len(content)
    while end > start:
        tail = content[max(start, end - _TAIL) : end]
        kept = tail.rstrip(b" \r\n\x1a")
        end -= len(tail) - len(kept)
        if kept:
            break
    return end


def _count_lines(content: bytes, start: int, end: int) -> int:
    text = np.frombuffer(content, np.uint8)
    ends = (text[at : min(at + _TAIL, end)] == _NEWLINE for at in range(start, end, _TAIL))
    return int(sum(map(np.count_nonzero, ends))) + 1


def _read_regular(content: bytes, end: int, layout: Layout, n_lines: int) -> pd.DataFrame | None:
    """The frame of a file in which each line is a row of data; None for any other."""
    if layout.offset >= end:
        return None
    names = layout.head.names
    measured = find_measured(content, layout, end)
    table = _read_table(content, end, layout, measured) if measured else None
    if table is None or not all(_is_sound(table[name]) for name in measured):
        measured = frozenset()
        table = _read_table(content, end, layout, measured)
    if table is None or table.num_rows != n_lines or _has_remarks(table, names):
        return None
    points = not any(
        has_decimal_comma(chunk.dictionary)
        for name in names
        if name not in measured
        for chunk in table[name].chunks[:1]
    )
    if measured and not points:
        measured = frozenset()
        table = _read_table(content, end, layout, measured)
        if table is None:
            return None
    columns = {}
    for name in names:
        column = table[name]
        if name in layout.head.unnamed and column.null_count == len(column):
            continue
        if name in measured:
            columns[name] = column.to_numpy()
            continue
        encoded = column.combine_chunks()
        columns[name] = build_column(codes_of(encoded), encoded.dictionary, points=points)
    return drop_blank(pd.DataFrame(columns, copy=False))


def _read_table(
    content: bytes, end: int, layout: Layout, measured: frozenset[str]
) -> pa.Table | None:
    """The columns as distinct texts, those of ``measured`` as float64; None if rows are odd."""
    odd: list[object] = []

    def note_odd(row: object) -> str:
        odd.append(row)
        return "skip"

    names = layout.head.names
    quoted = content.find(b'"', layout.offset, end) >= 0
    text = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(content).slice(layout.offset, end - layout.offset)),
            read_options=pyarrow.csv.ReadOptions(column_names=names),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.separator,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=note_odd,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.float64() if name in measured else text for name in names},
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return None if odd else table.unify_dictionaries()


def _is_sound(column: pa.ChunkedArray) -> bool:
    """Whether numbers read straight from text are finite, and no word such as nan among them."""
    values = column.to_numpy()
    largest = np.fmax.reduce(np.abs(values), initial=0.0)
    return bool(largest < _LARGEST) and int(np.isnan(values).sum()) == column.null_count


def drop_blank(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in which some cell holds something; the index keeps their places."""
    blank = np.ones(len(frame), dtype=bool)
    for name in frame:
        blank &= frame[name].isna().to_numpy()
        if not blank.any():
            return frame
    return frame[~blank]


def _has_gaps(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and int(frame.index[-1] - frame.index[0]) != len(frame) - 1


def _has_remarks(table: pa.Table, names: tuple[str, ...]) -> bool:
    """Whether the header stands again among the rows, or totals below them."""
    first = table.column(0)
    if pa.types.is_dictionary(first.type) and table.num_rows:
        words = pc.utf8_trim_whitespace(first.chunk(0).dictionary)
        if pc.any(pc.equal(words, names[0])).as_py():
            return True
    last = table.slice(max(0, table.num_rows - FOOT_ROWS))
    cells = [column.cast(pa.string()).to_pylist() for column in last.columns]
    rows = zip(*cells, strict=True)
    return any(is_foot([(cell or "").strip() for cell in row], len(names)) for row in rows)
