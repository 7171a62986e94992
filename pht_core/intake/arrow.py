"""Columns of Arrow tables, as Parquet files and the reader of SAS and SPSS files give them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pht_core.intake.cellkinds import Column, convert_cells, format_cell
from pht_core.intake.columns import build_column, codes_of, encode_texts
from pht_core.validation import CHANGES, Findings, finding

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
