"""Files with typed columns: Parquet, SAS, SPSS (.sav) and Stata (.dta), with their labels."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyreadstat

from pht_core.intake.limits import Limits, check_bytes, check_limit
from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.columns import (
    Column,
    build_column,
    codes_of,
    convert_cells,
    drop_blank,
    encode_texts,
    format_cell,
)
from pht_core.intake.opening.encoding import looks_chinese
from pht_core.intake.opening.header import name_columns
from pht_core.intake.opening.kinds import KINDS
from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import CHANGES, Findings

_EXACT = 2**53  # whole numbers beyond are not all told apart by a float64
_FEWER = "Leave out what is not needed, or split the file."
_READERS: dict[str, Any] = {
    "xpt": pyreadstat.read_xport,
    "sas7bdat": pyreadstat.read_sas7bdat,
    "sav": pyreadstat.read_sav,
    "dta": pyreadstat.read_dta,
}
# A file that does not name its encoding is tried in these, in turn.
_ENCODINGS = {"": "", "GB18030": "GB18030 (Chinese)", "WINDOWS-1252": "Windows-1252 (Western)"}

# A file's columns by name, what it tells of them, and those with codes declared as missing.
_Read = tuple[dict[str, pa.ChunkedArray], Any, list[str]]


def convert_arrow(column: pa.ChunkedArray) -> Column | None:
    """A column as `SourceTable` has them; None for lists, records and bytes."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        column, kind = column.cast(pa.string()), pa.string()
    if pa.types.is_string(kind):
        encoded = column.combine_chunks().dictionary_encode()
        return build_column(codes_of(encoded), encoded.dictionary)
    if pa.types.is_integer(kind):
        largest = pc.max(pc.abs(column.cast(pa.float64(), safe=False))).as_py() or 0
        if largest < _EXACT:
            numbers: npt.NDArray[Any] = column.cast(pa.int64()).to_numpy()
            return numbers if column.null_count == 0 else numbers.astype(float)
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        floats: npt.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy()
        return floats
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        if pa.types.is_timestamp(kind) and kind.tz:
            column = pc.local_timestamp(column)
        return convert_cells(column.cast(pa.timestamp("us"), safe=False).to_pylist())
    elif pa.types.is_null(kind):
        return convert_cells([None] * len(column))
    elif not (pa.types.is_boolean(kind) or pa.types.is_time(kind)):
        return None
    return build_column(*encode_texts([format_cell(cell) or None for cell in column.to_pylist()]))


def build_frame(columns: Mapping[str, Column | None], notes: TableNotes) -> pd.DataFrame:
    """The columns as a frame without blank rows; lists are left out, with a finding."""
    for own, values in columns.items():
        if values is None:
            notes.report("nested_column", own)
    kept = {own: values for own, values in columns.items() if values is not None}
    frame = pd.DataFrame(kept, copy=False)
    if not len(frame):
        notes.report("no_rows", severity=CHANGES)
    return drop_blank(frame)


def read_parquet(name: str, content: bytes, findings: Findings, limits: Limits) -> SourceTable:
    """Read a Parquet file from its bytes; columns of lists are left out, with a finding.

    Raises UnreadableFile if it is damaged, encrypted, or larger than ``limits``.
    """
    notes = TableNotes(name, findings)
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        meta = file.metadata
        _check_size(name, meta.num_rows, meta.num_columns, limits, limits.cells)
        size = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
        check_bytes(name, size, limits.unzipped_bytes, "unpacks to", _FEWER)
        table = file.read(use_pandas_metadata=False)
        table.validate(full=True)
        names = name_columns([own.strip() for own in table.column_names], 1, notes)
        columns = {
            own: convert_arrow(column)
            for own, column in zip(names, table.columns, strict=True)
            if not own.startswith("__index_level_")  # pandas' own numbering of the rows
        }
    except UnreadableFile:
        raise
    except Exception:  # whatever a reader makes of broken bytes; its words may hold cells
        raise _damaged(name, "parquet") from None
    return SourceTable(name, build_frame(columns, notes), 1)


def _check_size(name: str, n_rows: int, n_columns: int, limits: Limits, cells: int) -> None:
    check_limit(name, n_columns, limits.columns, "columns", _FEWER)
    check_limit(name, n_rows, limits.rows, "rows", _FEWER)
    check_limit(name, n_rows * n_columns, cells, "cells", _FEWER)


def _damaged(name: str, kind: str) -> UnreadableFile:
    """The error for a file that its reader does not understand."""
    return UnreadableFile(
        f"{name} is {KINDS[kind].title} that is damaged or cut off. Copy or write it again, or "
        "save the table as 'CSV UTF-8'."
    )


def read_statistical(
    name: str, content: bytes, kind: str, findings: Findings, limits: Limits
) -> SourceTable:
    """Read a file of one of the kinds xpt, sas7bdat, sav and dta.

    Dates are datetime64, whole numbers int64; codes stay codes, their words are in
    ``value_labels``. What the file declares as missing is missing. Raises UnreadableFile if the
    file is damaged, or larger than ``limits``.
    """
    notes = TableNotes(name, findings)
    read, meta, missing = _read_encoded(content, kind, limits, notes)
    names = name_columns([own.strip() for own in read], 1, notes)
    columns: dict[str, Column | None] = {}
    for own, column in zip(names, read.values(), strict=True):
        values = convert_arrow(column)
        columns[own] = _as_whole(values) if isinstance(values, np.ndarray) else values
    if kind == "xpt" and content.count(b"HEADER RECORD*******MEMB") > 1:
        notes.report("several_sas_data_sets")
    if missing:
        notes.report("codes_declared_missing", missing[0])
    labels = {
        own: label.strip()
        for own, label in zip(names, meta.column_labels, strict=False)
        if label and label.strip()
    }
    words = {
        own: {format_cell(code): str(word).strip() for code, word in known.items()}
        for own, original in zip(names, read, strict=True)
        if (known := meta.variable_value_labels.get(original))
    }
    return SourceTable(name, build_frame(columns, notes), 1, labels, words)


def _read_encoded(content: bytes, kind: str, limits: Limits, notes: TableNotes) -> _Read:
    """The rows in the file's own encoding; where that does not fit, in Chinese or Western."""
    for encoding, title in _ENCODINGS.items():
        try:
            columns, meta, missing = _read_with(notes.table, content, kind, encoding, limits)
        except (UnicodeError, pyreadstat.ReadstatError) as error:
            if isinstance(error, UnicodeError) or "convert string" in str(error):
                continue  # it is in another encoding
            break
        if not columns:
            break
        if encoding == "GB18030" and not _is_chinese(columns, meta):
            continue
        if encoding:
            notes.report("undeclared_encoding", value=title)
        return columns, meta, missing
    raise _damaged(notes.table, kind)


def _read_with(name: str, content: bytes, kind: str, encoding: str, limits: Limits) -> _Read:
    reader, options = _READERS[kind], {"encoding": encoding or None, "output_format": "dict"}
    declared = {"user_missing": True} if kind == "sav" else {}
    _, meta = reader(io.BytesIO(content), metadataonly=True, **options, **declared)
    missing = list(getattr(meta, "missing_ranges", None) or {})
    _check_size(name, meta.number_rows or 0, len(meta.column_names), limits, limits.slow_cells)
    cells, meta = reader(io.BytesIO(content), **options, row_limit=limits.rows + 1)
    n_rows = max(map(len, cells.values()), default=0)
    _check_size(name, n_rows, len(cells), limits, limits.slow_cells)
    columns = {own or "": pa.chunked_array([_build_array(cells[own])]) for own in cells}
    return columns, meta, missing


def _build_array(cells: list[Any]) -> pa.Array:
    try:
        return pa.array(cells)
    except (pa.ArrowException, OverflowError):
        return pa.array([None if cell is None else str(cell) for cell in cells])


def _is_chinese(columns: Mapping[str, pa.ChunkedArray], meta: Any) -> bool:
    words = [label or "" for label in meta.column_labels]
    words += [str(word) for codes in meta.variable_value_labels.values() for word in codes.values()]
    for column in columns.values():
        if pa.types.is_string(column.type):
            words += [word for word in column.unique().to_pylist() if word]
    return looks_chinese("".join(words).encode("gb18030", "replace"))


def _as_whole(values: np.ndarray) -> np.ndarray:
    """Whole numbers as int64, where none is missing: these files keep every number as float64."""
    exact = np.isfinite(values).all() and (np.abs(values) < _EXACT).all()
    return values.astype(np.int64) if exact and (values % 1 == 0).all() else values
