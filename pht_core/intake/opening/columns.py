"""From cells to a table: columns of plain numbers as numbers, the rest as text."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.header import Header
from pht_core.intake.source import SourceTable

# Digits, a sign, one point; an exponent only behind a decimal point, as 12E45 may be an id.
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+|[0-9]*\.[0-9]+[eE][+-]?[0-9]{1,3})$"
_LEADING_ZERO = r"^[+-]?0[0-9]"
_COMMA = r"^\s*[<>+-]?\s*[0-9.]*[0-9],([0-9]{1,2}|[0-9]{4,})\s*$"
DIGITS = 15  # as many as Excel keeps and shows; a float64 tells all such numbers apart
_LONGEST_CELL = 32_767  # characters, the most that a cell of Excel holds

Column = pd.Categorical | pd.DatetimeIndex | npt.NDArray[np.float64] | npt.NDArray[np.int64]


def build_column(
    codes: npt.NDArray[np.integer], texts: pa.StringArray, *, points: bool = True
) -> Column:
    """One column from each row's code (-1 = missing) into the distinct texts.

    Texts are stripped, and empty ones missing. A column is numeric only if each text is a plain
    number and no two texts give the same one (``1.1`` and ``1.10`` may be two patients); numbers
    with leading zeros, or of more digits than a float64 holds, stay text. Without ``points``,
    numbers with a point stay text as well: 1.234 is a thousand where 8,5 is written.
    """
    stripped = pc.utf8_trim_whitespace(texts)
    if not stripped.equals(texts) or pc.any(pc.equal(texts, "")).as_py():
        codes, texts = _merged(codes, stripped)
    numbers = plain_numbers(texts)
    if numbers is None or not (points or numbers.dtype.kind == "i"):
        words = pd.Index(texts.to_numpy(zero_copy_only=False), dtype=object)
        return pd.Categorical.from_codes(cast("Sequence[int]", codes), words)
    missing = codes < 0
    if not missing.any():
        return numbers[codes]
    values = numbers.astype(float)[codes]
    values[missing] = np.nan
    return values


def has_decimal_comma(texts: pa.StringArray) -> bool:
    """Whether a text is a number with a decimal comma, and with nothing else: 8,5 but not 1,234."""
    return bool(pc.any(pc.match_substring_regex(texts, _COMMA)).as_py())


def plain_numbers(texts: pa.StringArray) -> npt.NDArray[np.float64 | np.int64] | None:
    """Distinct texts as int64 or float64; None where they are not plain numbers, each once."""
    if not len(texts) or not pc.all(pc.match_substring_regex(texts, _NUMBER)).as_py():
        return None
    if pc.any(pc.match_substring_regex(texts, _LEADING_ZERO)).as_py():
        return None
    if pc.max(pc.binary_length(texts)).as_py() > DIGITS:
        digits = pc.replace_substring_regex(texts, r"([eE].*)|[^0-9]", "")
        if pc.max(pc.binary_length(digits)).as_py() > DIGITS:
            return None
    whole = not pc.any(pc.match_substring_regex(texts, r"[.eE]")).as_py()
    if whole and pc.any(pc.starts_with(texts, "+")).as_py():
        texts = pc.replace_substring_regex(texts, r"^\+", "")
    numbers: npt.NDArray[np.float64 | np.int64] = pc.cast(
        texts, pa.int64() if whole else pa.float64()
    ).to_numpy()
    if not np.isfinite(numbers).all() or len(pc.unique(pa.array(numbers))) < len(numbers):
        return None
    return numbers


def encode_texts(cells: Sequence[str | None]) -> tuple[npt.NDArray[np.integer], pa.StringArray]:
    """Codes and distinct texts of a column's cells."""
    encoded = pa.array(cells, pa.string()).dictionary_encode()
    return codes_of(encoded), encoded.dictionary


def codes_of(encoded: pa.DictionaryArray) -> npt.NDArray[np.integer]:
    """The codes of a dictionary-encoded column, -1 where a cell is missing."""
    codes: npt.NDArray[np.integer] = pc.fill_null(encoded.indices, -1).to_numpy()
    return codes


def _merged(
    codes: npt.NDArray[np.integer], texts: pa.StringArray
) -> tuple[npt.NDArray[np.integer], pa.StringArray]:
    """Codes into texts of which each stands once, empty ones missing."""
    once = pc.dictionary_encode(pc.if_else(pc.equal(texts, ""), None, texts))
    new = np.append(codes_of(once), -1)  # code -1 stays -1
    return new[codes], once.dictionary


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


def convert_cells(values: list[Any]) -> Column:
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


def drop_blank(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in which some cell holds something; the index keeps their places."""
    blank = frame.isna().all(axis=1)
    return frame[~blank] if blank.any() else frame


def build_table(
    frame: pd.DataFrame, header: Header, first_line: int, notes: TableNotes
) -> SourceTable:
    """The table of a frame, with findings for what in its columns is odd."""
    for column in frame:
        if column in header.unnamed:
            notes.report("column_without_name", column, line=first_line - 1)
        if not isinstance(frame[column].dtype, pd.CategoricalDtype):
            continue
        words = frame[column].cat.categories
        formulas = [word for word in words if word[:1] == "=" and len(word) > 1]
        if formulas:
            notes.report("formulas_as_text", column, value=formulas[0][:60], n=len(formulas))
        longest = max(map(len, words), default=0)
        if longest > _LONGEST_CELL:
            notes.report("cell_too_long", column, n=longest)
    if not len(frame):
        notes.report("no_rows")
    return SourceTable(notes.table, frame, first_line, header.labels)
