"""Files that type their columns: Parquet, SAS (.xpt, .sas7bdat) and SPSS (.sav)."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pht_core.errors import UnreadableFile
from pht_core.intake.cellkinds import Column, convert_cells, format_cell
from pht_core.intake.columns import build_column, codes_of, encode_texts
from pht_core.intake.encoding import looks_chinese
from pht_core.intake.grid import name_columns
from pht_core.intake.kinds import TITLES
from pht_core.intake.limits import Limits, check_bytes, check_limit
from pht_core.intake.source import SourceTable
from pht_core.validation import CHANGES, NOTE, Findings, finding

_EXACT = 2**53  # whole numbers beyond are not all told apart by a float64
_FEWER = "Leave out what is not needed, or split the file."


def read_columnar(
    name: str, content: bytes, kind: str, findings: Findings, limits: Limits
) -> list[SourceTable]:
    """Read a file of one of the kinds parquet, xpt, sas7bdat and sav, with its labels.

    Raises
    ------
    UnreadableFile
        If it is damaged, encrypted, or larger than ``limits``.
    """
    try:
        if kind == "parquet":
            return [_read_parquet(name, content, findings, limits)]
        return _read_statistical(name, content, kind, findings, limits)
    except UnreadableFile:
        raise
    except Exception:  # whatever a reader makes of broken bytes; its words may hold cells
        raise UnreadableFile(
            f"{name} is {TITLES[kind]} that is damaged or cut off. Copy or write it again, or "
            "save the table as 'CSV UTF-8'."
        ) from None


def _read_parquet(name: str, content: bytes, findings: Findings, limits: Limits) -> SourceTable:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content))
    meta = file.metadata
    check_limit(name, meta.num_rows, limits.rows, "rows", _FEWER)
    check_limit(name, meta.num_columns, limits.columns, "columns", _FEWER)
    size = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
    check_bytes(name, size, limits.unzipped_bytes, "unpacks to", _FEWER)
    table = file.read(use_pandas_metadata=False)
    table.validate(full=True)
    names = name_columns([own.strip() for own in table.column_names], name, 1, findings)
    columns: dict[str, Column] = {}
    for own, column in zip(names, table.columns, strict=True):
        if own.startswith("__index_level_"):
            continue
        values = _convert_arrow(column)
        if values is None:
            found = f"{own} of {name} holds lists or bytes, not single values ({column.type})."
            findings.append(finding(CHANGES, name, own, found, "It was left out."))
            continue
        columns[own] = values
    return SourceTable(name, _frame(name, columns, findings), 1)


def _convert_arrow(column: pa.ChunkedArray) -> Column | None:
    """A column as `SourceTable` has them; None for lists, records and bytes."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
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


def _read_statistical(
    name: str, content: bytes, kind: str, findings: Findings, limits: Limits
) -> list[SourceTable]:
    import pyreadstat

    readers: dict[str, Any] = {
        "xpt": pyreadstat.read_xport,
        "sas7bdat": pyreadstat.read_sas7bdat,
        "sav": pyreadstat.read_sav,
    }
    read = readers[kind]
    declared = {"user_missing": True} if kind == "sav" else {}
    _, meta = read(io.BytesIO(content), metadataonly=True, **declared)
    missing = getattr(meta, "missing_ranges", None) or {}
    check_limit(name, meta.number_columns or 0, limits.columns, "columns", _FEWER)
    check_limit(name, meta.number_rows or 0, limits.rows, "rows", _FEWER)
    cells = (meta.number_rows or 0) * (meta.number_columns or 0)
    check_limit(name, cells, limits.cells, "cells", _FEWER)
    frame, meta = _read_encoded(name, content, read, limits, findings)
    check_limit(name, len(frame), limits.rows, "rows", _FEWER)
    names = name_columns([str(own).strip() for own in frame.columns], name, 1, findings)
    columns = {own: _convert_series(frame.iloc[:, place]) for place, own in enumerate(names)}
    if kind == "xpt" and content.count(b"HEADER RECORD*******MEMB") > 1:
        found = f"{name} holds several SAS data sets: only the first one was read."
        to_do = "Write each of the others to a file of its own."
        findings.append(finding(CHANGES, name, "", found, "", to_do))
    if missing:
        first = next(iter(missing))
        found = f"{name} declares some codes as missing, the first in {first}."
        findings.append(finding(NOTE, name, str(first), found, "Their cells are missing."))
    labels = {
        own: str(label).strip()
        for own, label in zip(names, meta.column_labels or [], strict=False)
        if label and str(label).strip()
    }
    coded: Mapping[str, Mapping[Any, Any]] = meta.variable_value_labels or {}
    value_labels = {
        own: {format_cell(code): str(word).strip() for code, word in coded[original].items()}
        for own, original in zip(names, frame.columns, strict=True)
        if original in coded
    }
    return [SourceTable(name, _frame(name, columns, findings), 1, labels, value_labels)]


def _read_encoded(
    name: str, content: bytes, read: Any, limits: Limits, findings: Findings
) -> tuple[pd.DataFrame, Any]:
    """The rows, in the file's own encoding; where it does not fit, in Chinese or Western."""
    import pyreadstat

    ways = {"": "", "GB18030": "GB18030 (Chinese)", "WINDOWS-1252": "Windows-1252 (Western)"}
    for encoding, title in ways.items():
        try:
            frame, meta = read(
                io.BytesIO(content),
                encoding=encoding or None,
                dates_as_pandas_datetime=False,
                row_limit=limits.rows + 1,
            )
        except (pyreadstat.ReadstatError, UnicodeError):
            continue
        if encoding == "GB18030" and not _is_chinese(frame):
            continue
        if encoding:
            found = f"{name} is written in {title}, although it does not say so."
            to_do = "If words look garbled, write it again in UTF-8."
            findings.append(finding(NOTE, name, "", found, "It was read so.", to_do, value=title))
        return frame, meta
    raise ValueError(name)


def _is_chinese(frame: pd.DataFrame) -> bool:
    words = {word for own in frame.columns for word in frame[own].unique() if isinstance(word, str)}
    return looks_chinese("".join(words).encode("gb18030", "replace"))


def _convert_series(values: pd.Series) -> Column:
    if values.dtype.kind == "f":
        numbers = values.to_numpy(float)
        whole = bool(np.isfinite(numbers).all()) and bool((numbers % 1 == 0).all())
        if whole and len(numbers) and np.abs(numbers).max() < _EXACT:
            return numbers.astype(np.int64)
        return numbers
    if values.dtype.kind == "i":
        return values.to_numpy(np.int64)
    if values.dtype.kind == "M":
        return pd.DatetimeIndex(values)
    return convert_cells([None if cell is pd.NaT or cell != cell else cell for cell in values])


def _frame(name: str, columns: Mapping[str, Column], findings: Findings) -> pd.DataFrame:
    frame = pd.DataFrame(dict(columns), copy=False)
    if not len(frame):
        found = f"{name} has columns but no rows."
        findings.append(finding(CHANGES, name, "", found, "", "Add the patients, or leave it out."))
    blank = frame.isna().all(axis=1)
    return frame[~blank] if blank.any() else frame
