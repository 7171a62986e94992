"""Parquet files."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pht_core.intake.limits import Limits, check_bytes, check_limit
from pht_core.intake.opening.columns import (
    Column,
    build_column,
    codes_of,
    convert_cells,
    encode_texts,
    format_cell,
)
from pht_core.intake.opening.head import name_columns
from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import CHANGES, Findings, finding

_EXACT = 2**53  # whole numbers beyond are not all told apart by a float64


def convert_arrow(column: pa.ChunkedArray) -> Column | None:
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


def build_frame(
    name: str, columns: Mapping[str, Column | None], findings: Findings
) -> pd.DataFrame:
    """The columns as a frame without blank rows; lists and the like are left out and said."""
    for own, values in columns.items():
        if values is None:
            found = f"{own} of {name} holds lists or bytes, not single values."
            findings.append(finding(CHANGES, name, own, found, "It was left out."))
    kept = {own: values for own, values in columns.items() if values is not None}
    frame = pd.DataFrame(kept, copy=False)
    if not len(frame):
        found = f"{name} has columns but no rows."
        findings.append(finding(CHANGES, name, "", found, "", "Add the patients, or leave it out."))
    blank = frame.isna().all(axis=1)
    return frame[~blank] if blank.any() else frame


_FEWER = "Leave out what is not needed, or split the file."


def read_parquet(name: str, content: bytes, findings: Findings, limits: Limits) -> SourceTable:
    """Read a Parquet file from its bytes; columns of lists are left out, with a finding.

    Raises
    ------
    UnreadableFile
        If it is damaged, encrypted, or larger than ``limits``.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        meta = file.metadata
        check_limit(name, meta.num_rows, limits.rows, "rows", _FEWER)
        check_limit(name, meta.num_columns, limits.columns, "columns", _FEWER)
        check_limit(name, meta.num_rows * meta.num_columns, limits.cells, "cells", _FEWER)
        size = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
        check_bytes(name, size, limits.unzipped_bytes, "unpacks to", _FEWER)
        table = file.read(use_pandas_metadata=False)
        table.validate(full=True)
        names = name_columns([own.strip() for own in table.column_names], name, 1, findings)
        columns = {
            own: convert_arrow(column)
            for own, column in zip(names, table.columns, strict=True)
            if not own.startswith("__index_level_")  # pandas' own numbering of the rows
        }
    except UnreadableFile:
        raise
    except Exception:  # whatever a reader makes of broken bytes; its words may hold cells
        raise UnreadableFile(
            f"{name} is a Parquet file that is damaged or cut off. Copy or write it again, or "
            "save the table as 'CSV UTF-8'."
        ) from None
    return SourceTable(name, build_frame(name, columns, findings), 1)
