"""Parquet files."""

import pyarrow as pa
import pyarrow.parquet as pq

from pht_core.errors import UnreadableFile
from pht_core.intake.arrow import build_frame, convert_arrow
from pht_core.intake.head import name_columns
from pht_core.intake.limits import Limits, check_bytes, check_limit
from pht_core.intake.source import SourceTable
from pht_core.validation import Findings

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
