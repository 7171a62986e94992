"""Separated text (CSV and its kin) as a table, in two ways.

pyarrow reads the uploaded bytes of a regular file. A file with blank lines, unclosed quotation
marks, rows of unequal length or remarks below its data is read row by row (`_read_irregular`).
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
    drop_blank,
    encode_texts,
    has_decimal_comma,
)
from pht_core.intake.opening.encoding import convert_to_utf8
from pht_core.intake.opening.footer import FOOTER_ROWS, count_data, is_footer, note_cut
from pht_core.intake.opening.header import HEAD_ROWS, Header, find_header, width_of
from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import BLOCKS, CHANGES, Findings

FEWER = "Leave out what is not needed, or split the file."
# In the order in which they win where two fit: a comma also stands inside of numbers.
SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "vertical bars", ",": "commas"}
_DECLARED = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)
_HEAD_BYTES = 1 << 18

Rows = list[tuple[int, list[str]]]  # the line of each row, and its stripped cells


@dataclass(frozen=True)
class Dialect:
    """How a text is divided: the sign between cells, and the byte and line where data begin."""

    separator: str
    header: Header
    offset: int
    line: int


def read_text(
    name: str, content: bytes, findings: Findings, limits: Limits = LIMITS
) -> SourceTable:
    """Read a table of separated text, in any usual encoding.

    Columns are text (categorical) or plain numbers, as `SourceTable` says. What was left out, or
    could be read in two ways, is added to ``findings``. Raises UnreadableFile if the file is empty,
    no text, or larger than ``limits``.
    """
    notes = TableNotes(name, findings)
    content, start = convert_to_utf8(name, content, findings)
    if re.search(rb"\r(?!\n|\Z)", content):
        for end_of_line in (b"\r\r\n", b"\r\n", b"\r"):
            content = content.replace(end_of_line, b"\n")
    # Without blank lines below it and the end mark of old DOS files.
    end = max(start, len(content.rstrip(b" \r\n\x1a")))
    if not content[start:end].strip():
        raise UnreadableFile(f"{name} is empty. Save the table again, with its rows.")
    _check_lines(name, content, start, end, limits)
    n_lines = content.count(b"\n", start, end) + 1
    check_limit(name, n_lines, limits.rows, "lines", FEWER)
    note_cut(n_lines, notes)
    dialect = _find_dialect(content, start, end, notes, limits)
    n_rows = n_lines - dialect.line + 1
    n_cells = n_rows * len(dialect.header.names)
    check_limit(name, n_cells, limits.cells, "cells", FEWER)
    frame = _read_regular(content, end, dialect, n_rows)
    if frame is not None and n_cells <= limits.slow_cells and _has_gaps(frame):
        frame = None  # below a blank row another table may begin
    if frame is None:
        to_do = "It is not a regular table: remove blank lines and remarks, or split it."
        check_limit(name, n_cells, limits.slow_cells, "cells", to_do)
        frame = _read_irregular(content[dialect.offset : end], dialect, notes)
    if not len(frame.columns):
        raise UnreadableFile(f"{name} is empty. Save the table again, with its rows.")
    return build_table(frame, dialect.header, dialect.line, notes)


def _check_lines(name: str, content: bytes, start: int, end: int, limits: Limits) -> None:
    """Refuse a line far longer than a table's; one with a quote that is never closed is none."""
    while end - start > limits.line_bytes:
        last = content.rfind(b"\n", start, start + limits.line_bytes)
        if last < 0:
            stop = content.find(b"\n", start, end)
            check_line(name, (end if stop < 0 else stop) - start, limits)
        start = max(start + 1, last + 1)


def check_line(name: str, n_bytes: int, limits: Limits) -> None:
    """Refuse a line that is longer than is read; UnreadableFile."""
    to_do = "It is not a table of lines: save the table as 'CSV UTF-8' or .xlsx."
    check_bytes(name, n_bytes, limits.line_bytes, "has a line of more than", to_do)


def _find_dialect(
    content: bytes, start: int, end: int, notes: TableNotes, limits: Limits
) -> Dialect:
    """Separator and header, from the first lines of a text in UTF-8."""
    lines = _first_lines(content, start, end)
    declared = _DECLARED.match(lines[0]) if len(lines) > 1 else None
    separator = declared[1] if declared else _sniff(lines)
    first = 2 if declared else 1
    rows, after = parse_lines(lines[first - 1 :], separator, first)
    if not rows:
        raise UnreadableFile(
            f"{notes.table} is no table: its first cell has no end. Save the table as 'CSV UTF-8'."
        )
    places = [*(line for line, _ in rows), after]
    header = find_header([row for _, row in rows], places, notes, limits)
    if separator != "," and not declared:
        notes.report("other_separator", value=SEPARATORS[separator])
    if len(header.names) == 1:
        notes.report("one_column", header.names[0])
    line = places[header.rows]
    offset = start
    for _ in range(line - 1):
        offset = content.find(b"\n", offset, end) + 1
        if not offset:
            offset = end
            break
    return Dialect(separator, header, offset, line)


def _first_lines(content: bytes, start: int, end: int) -> list[str]:
    stop = start + _HEAD_BYTES
    if stop < end:
        cut = content.rfind(b"\n", start, stop)
        if cut < 0:
            cut = content.find(b"\n", stop, end)
        end = end if cut < 0 else cut + 1
    lines = content[start:end].decode("utf-8", "replace").split("\n")[: HEAD_ROWS + 50]
    return [f"{line}\n" for line in lines]


def _sniff(lines: list[str]) -> str:
    """The separator that cuts the lines into rows of one length, the first one included."""
    best, best_score = ",", (0.0, 0.0, 0.0)
    for separator in SEPARATORS:
        rows = [row for _, row in parse_lines(lines, separator, 1)[0] if any(row)]
        lengths = Counter(len(row) for row in rows if len(row) > 1)
        if not lengths:
            continue
        usual, n = lengths.most_common(1)[0]
        header = float(len(rows[0]) == usual)
        score = (round(n / len(rows) + 0.05 * header, 2), header, float(usual))
        if score > best_score:
            best, best_score = separator, score
    return best


def parse_lines(lines: Iterable[str], separator: str, first: int) -> tuple[Rows, int]:
    """Rows and where the next one would begin; ends where a cell has no end."""
    rows: Rows = []
    reader = csv.reader(lines, delimiter=separator)
    while True:
        line = reader.line_num + first
        try:
            row = next(reader)
        except (StopIteration, csv.Error):
            return rows, line
        rows.append((line, [cell.strip() for cell in row] or [""]))


def _read_regular(content: bytes, end: int, dialect: Dialect, n_rows: int) -> pd.DataFrame | None:
    """The frame of a file in which each line is a row of data; None for any other."""
    table = _read_table(content, end, dialect) if dialect.offset < end else None
    if table is None or table.num_rows != n_rows or _has_remarks(table, dialect.header.names):
        return None
    points = not any(
        has_decimal_comma(chunk.dictionary)
        for column in table.columns
        for chunk in column.chunks[:1]
    )
    columns = {}
    for name, column in zip(dialect.header.names, table.columns, strict=True):
        if name not in dialect.header.unnamed or column.null_count < len(column):
            encoded = column.combine_chunks()
            columns[name] = build_column(codes_of(encoded), encoded.dictionary, points=points)
    return drop_blank(pd.DataFrame(columns, copy=False))


def _read_table(content: bytes, end: int, dialect: Dialect) -> pa.Table | None:
    """The columns as distinct texts; None if a row has more or fewer cells than the header."""
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
                column_types=dict.fromkeys(names, text),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return None if odd else table.unify_dictionaries()


def _has_gaps(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and int(frame.index[-1] - frame.index[0]) != len(frame) - 1


def _has_remarks(table: pa.Table, names: tuple[str, ...]) -> bool:
    """Whether the header stands again among the rows, or totals below them."""
    if table.num_rows:
        words = pc.utf8_trim_whitespace(table.column(0).chunk(0).dictionary)
        if pc.any(pc.equal(words, names[0])).as_py():
            return True
    last = table.slice(max(0, table.num_rows - FOOTER_ROWS))
    cells = [column.cast(pa.string()).to_pylist() for column in last.columns]
    rows = zip(*cells, strict=True)
    return any(is_footer([(cell or "").strip() for cell in row], len(names)) for row in rows)


def _read_irregular(content: bytes, dialect: Dialect, notes: TableNotes) -> pd.DataFrame:
    """The frame of the data below a header, with a finding for each kind of oddity."""
    text = content.decode("utf-8", "replace")
    names, unnamed = dialect.header.names, dialect.header.unnamed
    rows, open_line = _parse(text, dialect, len(names))
    if open_line:
        rows = _parse_unquoted(text, dialect)
        longer = any(width_of(row) > len(names) for _, row in rows)
        severity = BLOCKS if longer else CHANGES
        notes.report("quote_not_closed", row=open_line, severity=severity)
    rows = _without_header(rows, [name for name in names if name not in unnamed], notes)
    lines = [line for line, _ in rows]
    rows = rows[: count_data(lines, lambda place: rows[place][1], names, notes)]
    rows = _with_equal_lengths(rows, len(names), notes)
    index = pd.Index(np.array([line for line, _ in rows], dtype=np.int64) - dialect.line)
    encoded = {}
    for place, name in enumerate(names):
        cells = [row[place] or None for _, row in rows]
        if name not in unnamed or any(cells):
            encoded[name] = encode_texts(cells)
    points = not any(has_decimal_comma(texts) for _, texts in encoded.values())
    columns = {name: build_column(*encoded[name], points=points) for name in encoded}
    return pd.DataFrame(columns, index=index, copy=False)


def _parse(text: str, dialect: Dialect, n_columns: int) -> tuple[Rows, int]:
    """Rows that are not blank, and the first line with a quote that swallows others (0 = none)."""
    taken: list[str] = []  # the lines of the record being read

    def take_lines() -> Iterator[str]:
        for own in io.StringIO(text):
            taken.append(own)
            yield own

    reader = csv.reader(take_lines(), delimiter=dialect.separator)
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
        if len(taken) > 1 and _is_swallowed(taken, dialect.separator, n_columns):
            return rows, line
        row = [cell.strip() for cell in row]
        if any(row):
            rows.append((line, row))
        line += len(taken)
        last = taken.copy()
        taken.clear()


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
    inner = list(csv.reader(taken[1:-1], delimiter=separator))
    return n_columns > 2 and bool(inner) and all(len(row) == n_columns for row in inner)


def _parse_unquoted(text: str, dialect: Dialect) -> Rows:
    rows: Rows = []
    for line, own in enumerate(io.StringIO(text), dialect.line):
        row = [_unquoted(cell.strip()) for cell in own.split(dialect.separator)]
        if any(row):
            rows.append((line, row))
    return rows


def _unquoted(cell: str) -> str:
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _without_header(rows: Rows, header: list[str], notes: TableNotes) -> Rows:
    again = [line for line, row in rows if header and row[: len(header)] == header]
    if again:
        notes.report("header_repeated", row=again[0], n=len(again))
    gone = set(again)
    return [(line, row) for line, row in rows if line not in gone]


def _with_equal_lengths(rows: Rows, n_columns: int, notes: TableNotes) -> Rows:
    """Rows of as many cells as columns: short ones are filled up, those with too many left out."""
    short = [(line, len(row)) for line, row in rows if len(row) < n_columns]
    long = [(line, width_of(row)) for line, row in rows if width_of(row) > n_columns]
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
