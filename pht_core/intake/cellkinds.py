"""Typed cells, as workbooks and statistical files give them, as columns and as text."""

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pht_core.intake.columns import build_column, encode_texts

Column = pd.Categorical | pd.DatetimeIndex | npt.NDArray[np.float64] | npt.NDArray[np.int64]

DIGITS = 15  # as many as Excel keeps and shows


def is_filled(cell: Any) -> bool:
    """Whether a cell holds anything but spaces."""
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def format_cell(cell: Any) -> str:
    """A cell as text: whole numbers without a point, dates as 2022-03-04, yes or no as words."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < 10**DIGITS
        return str(int(cell)) if whole else format(cell, f".{DIGITS}g")
    if isinstance(cell, dt.datetime):
        at_midnight = cell.time() == dt.time()
        return cell.date().isoformat() if at_midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def convert_cells(
    values: list[Any],
) -> Column:
    """One column of cells: dates if all are, numbers if all are, else text."""
    kinds = set(map(type, values))
    if str in kinds and not any(isinstance(value, str) and value.strip() for value in values):
        values = [None if isinstance(value, str) else value for value in values]
        kinds.discard(str)
    kinds.discard(type(None))
    if kinds and kinds <= {float, int}:
        numbers = _round_as_excel(np.array(values, dtype=float))
        whole = np.isfinite(numbers).all() and (numbers % 1 == 0).all()
        if whole and (np.abs(numbers) < 10**DIGITS).all():
            return numbers.astype(np.int64)
        return numbers
    if kinds and kinds <= {dt.date, dt.datetime}:
        years = {value.year for value in values if value is not None}
        if min(years) > 1677 and max(years) < 2262:
            return pd.DatetimeIndex(np.array(values, dtype="datetime64[us]").astype("M8[ns]"))
    return build_column(*encode_texts([format_cell(value) or None for value in values]))


def _round_as_excel(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Numbers to the 15 digits that Excel shows and compares: 0.1 + 0.2 is 0.3."""
    odd = np.flatnonzero(np.isfinite(numbers) & (numbers % 1 != 0) & (np.abs(numbers) > 1e-6))
    if odd.size:
        digits = DIGITS - 1 - np.floor(np.log10(np.abs(numbers[odd])))
        scale = 10.0 ** np.clip(digits, 0, 22)
        numbers[odd] = np.rint(numbers[odd] * scale) / scale
    return numbers
