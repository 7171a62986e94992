"""The same expressions on pandas, polars, DuckDB and PySpark: moving small tables between them."""

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame


def frame_like(table: pd.DataFrame, other: IntoFrame) -> Any:
    """A small pandas table as a narwhals frame of ``other``'s engine, to be joined with it.

    Columns that both have take ``other``'s type (a category for a category); rows whose key is
    missing, or no category there, are left out. Missing values become nulls where the engine has
    them. DuckDB relations must belong to the default connection, PySpark frames to a live session.
    """
    frame: Any = nw.from_native(other)
    engine = frame.implementation
    shared = [name for name in table.columns.tolist() if name in frame.collect_schema().names()]
    table = table.dropna(subset=shared)
    if engine.is_pandas():
        types = frame.to_native().dtypes[shared].to_dict()
        return nw.from_native(table.astype(types).dropna(subset=shared))
    plain = table.astype(
        {name: "object" for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)}
    )
    if engine.is_polars():
        import polars as pl

        schema: Any = frame.to_native().collect_schema()
        moved = pl.from_pandas(plain).with_columns(
            pl.col(name).cast(schema[name], strict=False) for name in shared
        )
        moved = moved.drop_nulls(shared) if shared else moved
        return nw.from_native(moved.lazy() if isinstance(frame, nw.LazyFrame) else moved)
    narrow = nw.from_native(plain)
    if engine.is_pyspark():
        return narrow.lazy(backend="pyspark", session=frame.to_native().sparkSession)
    return narrow.lazy(backend=engine)


def join_rows(frame: Any, table: pd.DataFrame, key: str) -> Any:
    """A narwhals frame with a small pandas table's columns added; rows without a match go.

    The table holds each key once. On pandas the rows are taken by place, which is several times
    faster than a merge, above all where the key is a category.
    """
    if not frame.implementation.is_pandas():
        return frame.join(frame_like(table, frame.to_native()), on=key, how="inner")
    native: pd.DataFrame = frame.to_native().copy(deep=False)
    index = pd.Index(table[key].astype(object))
    keys = native[key]
    if isinstance(keys.dtype, pd.CategoricalDtype):
        places = np.append(index.get_indexer(keys.cat.categories.astype(object)), -1)
        place = places[keys.cat.codes.to_numpy()]  # the code of a missing key is -1: the last
    else:
        place = index.get_indexer(keys.astype(object))
    for name in table.columns.drop(key):
        native[name] = table[name].to_numpy()[place]
    found = place >= 0
    return nw.from_native(native if found.all() else native[found])


def to_pandas(table: Any) -> pd.DataFrame:
    """A result of any engine as pandas; text is object, whole numbers with gaps are Int64."""
    frame = table if isinstance(table, nw.DataFrame | nw.LazyFrame) else nw.from_native(table)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect(backend="pandas")
    return frame.to_pandas()
