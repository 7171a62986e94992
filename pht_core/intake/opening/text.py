"""Separated text (CSV and its kin) as a table, in two ways.

pyarrow reads the uploaded bytes of a regular file. A file with blank lines, unclosed quotation
marks, rows of unequal length or remarks below its data is read row by row (`_read_irregular`).
"""

import csv
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from pht_core.intake.limits import LIMITS, Limits, check_bytes, check_limit
from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.columns import (
    build_column,
    build_table,
    codes_of,
    encode_texts,
    has_decimal_comma,
)
from pht_core.intake.opening.dialect import Dialect, find_dialect, find_measured, iterate_lines
from pht_core.intake.opening.encoding import convert_to_utf8
from pht_core.intake.opening.footer import (
    FOOTER_ROWS,
    find_footer,
    is_footer,
    note_cut,
    note_footer,
)
from pht_core.intake.opening.header import find_next_table
from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import BLOCKS, CHANGES, Findings

FEWER = "Leave out what is not needed, or split the file."
_TAIL = 1 << 16
_NEWLINE, _RETURN = 10, 13
_LARGEST = 1e15  # beyond, a float64 no longer tells all numbers apart

Rows = list[tuple[int, list[str]]]  # the line of each row, and its cells


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
    notes = TableNotes(name, findings)
    content, start = convert_to_utf8(name, content, findings)
    content = _with_newlines(content)
    end = _end_of_text(content, start)
    if not content[start : start + _TAIL].strip() and not content[start:end].strip():
        raise UnreadableFile(f"{name} is empty. Save the table again, with its rows.")
    n_lines = _count_lines(name, content, start, end, limits)
    check_limit(name, n_lines, limits.rows, "lines", FEWER)
    note_cut(n_lines, notes)
    dialect = find_dialect(content, start, end, notes, limits)
    n_cells = (n_lines - dialect.line + 1) * len(dialect.header.names)
    check_limit(name, n_cells, limits.cells, "cells", FEWER)
    frame = _read_regular(content, end, dialect, n_lines - dialect.line + 1)
    if frame is not None and n_cells <= limits.slow_cells and _has_gaps(frame):
        frame = None  # below a blank row another table may begin
    if frame is None:
        to_do = "It is not a regular table: remove blank lines and remarks, or split it."
        check_limit(name, n_cells, limits.slow_cells, "cells", to_do)
        frame = _read_irregular(content[dialect.offset : end], dialect, notes)
    if not len(frame.columns):
        raise UnreadableFile(f"{name} is empty. Save the table again, with its rows.")
    return build_table(frame, dialect.header, dialect.line, notes)


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


def _count_lines(name: str, content: bytes, start: int, end: int, limits: Limits) -> int:
    """How many lines there are; a line far longer than a table's is refused.

    A quotation mark that is never closed makes no long line: lines are counted as they stand.
    """
    text = np.frombuffer(content, np.uint8)
    n, begun = 1, start
    for at in range(start, end, _TAIL):
        ends = int(np.count_nonzero(text[at : min(at + _TAIL, end)] == _NEWLINE))
        n, begun = n + ends, at if ends else begun
        check_line(name, at - begun, limits)
    return n


def check_line(name: str, n_bytes: int, limits: Limits) -> None:
    """Refuse a line that is longer than is read; UnreadableFile."""
    to_do = "It is not a table of lines: save the table as 'CSV UTF-8' or .xlsx."
    check_bytes(name, n_bytes, limits.line_bytes, "has a line of more than", to_do)


def _read_regular(content: bytes, end: int, dialect: Dialect, n_lines: int) -> pd.DataFrame | None:
    """The frame of a file in which each line is a row of data; None for any other."""
    if dialect.offset >= end:
        return None
    names = dialect.header.names
    measured = find_measured(content, dialect, end)
    table = _read_table(content, end, dialect, measured) if measured else None
    if table is None or not all(_is_sound(table[name]) for name in measured):
        measured = frozenset()
        table = _read_table(content, end, dialect, measured)
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
        table = _read_table(content, end, dialect, measured)
        if table is None:
            return None
    columns = {}
    for name in names:
        column = table[name]
        if name in dialect.header.unnamed and column.null_count == len(column):
            continue
        if name in measured:
            columns[name] = column.to_numpy()
            continue
        encoded = column.combine_chunks()
        columns[name] = build_column(codes_of(encoded), encoded.dictionary, points=points)
    return _drop_blank(pd.DataFrame(columns, copy=False))


def _read_table(
    content: bytes, end: int, dialect: Dialect, measured: frozenset[str]
) -> pa.Table | None:
    """The columns as distinct texts, those of ``measured`` as float64; None if rows are odd."""
    odd: list[object] = []

    def note_odd(row: object) -> str:
        odd.append(row)
        return "skip"

    names = dialect.header.names
    quoted = content.find(b'"', dialect.offset, end) >= 0
    text = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(content).slice(dialect.offset, end - dialect.offset)),
            read_options=pyarrow.csv.ReadOptions(column_names=names),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=dialect.separator,
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


def _drop_blank(frame: pd.DataFrame) -> pd.DataFrame:
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
    last = table.slice(max(0, table.num_rows - FOOTER_ROWS))
    cells = [column.cast(pa.string()).to_pylist() for column in last.columns]
    rows = zip(*cells, strict=True)
    return any(is_footer([(cell or "").strip() for cell in row], len(names)) for row in rows)


def _read_irregular(content: bytes, dialect: Dialect, notes: TableNotes) -> pd.DataFrame:
    """The frame of the data below a header, with a finding for each kind of oddity."""
    text = content.decode("utf-8", "replace")
    n_columns = len(dialect.header.names)
    rows, open_line = _parse(text, dialect, n_columns)
    if open_line:
        rows = _parse_unquoted(text, dialect)
        longer = sum(_length(row) > n_columns for _, row in rows)
        severity = BLOCKS if longer else CHANGES
        notes.report("quote_not_closed", row=open_line, severity=severity)
    rows = _without_header(rows, dialect, notes)
    n = find_next_table(
        [line for line, _ in rows], lambda place: rows[place][1], [*dialect.header.names], notes
    )
    rows = rows[:n]
    n = find_footer([row for _, row in rows[-100:]], n_columns)
    if n:
        note_footer([line for line, _ in rows[-n:]], [row for _, row in rows[-n:]], notes)
        rows = rows[:-n]
    rows = _with_equal_lengths(rows, n_columns, notes)
    index = pd.Index(np.array([line for line, _ in rows], dtype=np.int64) - dialect.line)
    encoded = {}
    for place, column in enumerate(dialect.header.names):
        cells = [row[place] or None for _, row in rows]
        if column not in dialect.header.unnamed or any(cells):
            encoded[column] = encode_texts(cells)
    points = not any(has_decimal_comma(texts) for _, texts in encoded.values())
    columns = {
        column: build_column(codes, texts, points=points)
        for column, (codes, texts) in encoded.items()
    }
    return pd.DataFrame(columns, index=index, copy=False)


class _Lines:
    """The lines of a text, those of the record being read remembered."""

    def __init__(self, text: str) -> None:
        self.lines = iterate_lines(text)
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.taken.append(line)
        return line


def _parse(text: str, dialect: Dialect, n_columns: int) -> tuple[Rows, int]:
    """Rows that are not blank, and the first line with a quote that swallows others (0 = none)."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=dialect.separator)
    rows: Rows = []
    line = dialect.line
    last: list[str] = []
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            return rows, line
        if row is None:
            return rows, _last_open(rows, last, dialect.separator)
        if len(lines.taken) > 1 and _is_swallowed(lines.taken, dialect.separator, n_columns):
            return rows, line
        row = [cell.strip() for cell in row]
        if any(row):
            rows.append((line, row))
        last = lines.taken
        line += len(last)
        lines.taken = []


def _last_open(rows: Rows, last: list[str], separator: str) -> int:
    """The line of the last row if a quote in it is never closed, else 0."""
    try:
        list(csv.reader(last, delimiter=separator, strict=True))
    except csv.Error as error:
        return rows[-1][0] if rows and "end of data" in str(error) else 0
    return 0


def _is_swallowed(taken: list[str], separator: str, n_columns: int) -> bool:
    """Whether a record of several lines is rather several records behind a lone quote."""
    try:
        list(csv.reader(taken, delimiter=separator, strict=True))
    except csv.Error:
        return True
    inner = taken[1:-1]
    return (
        n_columns > 2
        and bool(inner)
        and all(len(row) == n_columns for row in csv.reader(inner, delimiter=separator))
    )


def _parse_unquoted(text: str, dialect: Dialect) -> Rows:
    rows: Rows = []
    for line, own in enumerate(iterate_lines(text), dialect.line):
        row = [_unquoted(cell.strip()) for cell in own.split(dialect.separator)]
        if any(row):
            rows.append((line, row))
    return rows


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].strip()
    return cell


def _length(row: list[str]) -> int:
    """How many cells a row has up to the last filled one."""
    n = len(row)
    while n and not row[n - 1]:
        n -= 1
    return n


def _without_header(rows: Rows, dialect: Dialect, notes: TableNotes) -> Rows:
    header = [own for own in dialect.header.names if own not in dialect.header.unnamed]
    again = [line for line, row in rows if row[: len(header)] == header] if header else []
    if again:
        notes.report("header_repeated", row=again[0], n=len(again))
        gone = set(again)
        rows = [entry for entry in rows if entry[0] not in gone]
    return rows


def _with_equal_lengths(rows: Rows, n_columns: int, notes: TableNotes) -> Rows:
    """Rows of as many cells as columns: short ones are filled up, those with too many left out."""
    short = [(line, len(row)) for line, row in rows if len(row) < n_columns]
    long = [(line, _length(row)) for line, row in rows if _length(row) > n_columns]
    n_empty = sum(len(row) > n_columns for _, row in rows) - len(long)
    if n_empty:
        notes.report("empty_cells_beyond_header", value=n_empty)
    for name, found in (("rows_too_long", long), ("rows_too_short", short)):
        if found:
            (line, n), n_rows = found[0], len(found)
            notes.report(name, row=line, value=f"{n} cells", n=n_rows, n_columns=n_columns)
    gone = {line for line, _ in long}
    padding = [""] * n_columns
    return [
        (line, [*row[:n_columns], *padding[len(row) :]]) for line, row in rows if line not in gone
    ]
