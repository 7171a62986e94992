"""The same expressions on pandas, polars, DuckDB and PySpark: moving small tables between them."""

from typing import Any

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrame


def frame_like(table: pd.DataFrame, other: IntoFrame) -> Any:
    """A small pandas table as a narwhals frame of ``other``'s engine, to be joined with it.

    Missing values become nulls where the engine has them. DuckDB relations must belong to the
    default connection, PySpark frames to a live session.
    """
    frame: Any = nw.from_native(other)
    engine = frame.implementation
    if engine.is_pandas():
        return nw.from_native(table)
    plain = table.astype(
        {name: "object" for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)}
    )
    if engine.is_polars():
        import polars as pl

        moved = nw.from_native(pl.from_pandas(plain))
        return moved.lazy() if isinstance(frame, nw.LazyFrame) else moved
    narrow = nw.from_native(plain)
    if engine.is_pyspark():
        return narrow.lazy(backend="pyspark", session=frame.to_native().sparkSession)
    return narrow.lazy(backend=engine)


def to_pandas(table: Any) -> pd.DataFrame:
    """A result of any engine as pandas; text is object, whole numbers with gaps are Int64."""
    frame = table if isinstance(table, nw.DataFrame | nw.LazyFrame) else nw.from_native(table)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect(backend="pandas")
    return frame.to_pandas()
