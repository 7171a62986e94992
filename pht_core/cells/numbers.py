"""Columns of numbers as people and laboratories write them."""

import numpy as np
import pandas as pd

from pht_core.cells.numeral import (
    BROKEN,
    COMMA,
    FLAGGED,
    GROUPED,
    LIMIT,
    NOTHING,
    UNCLEAR,
    UNREADABLE,
    WITH_UNIT,
    Numeral,
    decimal_mark,
    has_unclear,
    read_cell,
    shown_marks,
    value_of,
)
from pht_core.cells.texts import (
    LineOf,
    Said,
    as_text,
    distinct_texts,
    is_text,
    line_or_blank,
    say_cells,
)
from pht_core.validation import CHANGES, NOTE, Findings, finding

_USED = "They are used as numbers."
SAID: Said = {
    UNREADABLE: (
        CHANGES,
        "cannot be read as numbers",
        "They count as missing.",
        "Write the number and nothing else in the cell.",
    ),
    BROKEN: (
        CHANGES,
        "hold the error of a formula",
        "They count as missing.",
        "Mend the formula in the spreadsheet, or write the number.",
    ),
    UNCLEAR: (
        CHANGES,
        "have a comma or point that may be a decimal mark or stand between thousands",
        "They count as missing.",
        "Say which mark the file's decimals have.",
    ),
    NOTHING: (NOTE, "say that there is no result", "They count as missing.", ""),
    LIMIT: (
        NOTE,
        "are a limit of the measurement, below or above it",
        "They count as just below or just above that limit.",
        "",
    ),
    FLAGGED: (NOTE, "carry a laboratory's flag", "The number is used, the flag is not.", ""),
    GROUPED: (NOTE, "have a mark between the thousands", _USED, ""),
    COMMA: (NOTE, "have a decimal comma", "It is read as a decimal point.", ""),
}
UNIT_LOST = (
    CHANGES,
    "have a unit behind the number",
    "They count as missing.",
    "Write the unit in the header, or in a column of its own, and only numbers in the cells.",
)


def convert_numbers(
    values: pd.Series,
    table: str,
    findings: Findings,
    *,
    whole: bool = False,
    decimal: str = "",
    unit_in_cells: bool = False,
    line_of: LineOf = None,
) -> pd.Series:
    """Cells as numbers; what is none, or could be two, becomes missing, with a finding.

    ``<0.1`` is the number just below 0.1, ``>1000`` the one just above 1000; a laboratory's flag
    (``98 L``) is left out; marks between thousands are. All of it is noted.

    Parameters
    ----------
    whole : only whole numbers count.
    decimal : the mark that decides over ``1,234`` where the column itself does not (see
        `needs_decimal`); without it such cells are missing.
    unit_in_cells : units behind numbers are left out (see `cell_units`: only where they agree);
        otherwise such cells are missing.
    line_of : the file's line of a row, from its label in the index.
    """
    if not is_text(values):
        numbers = _typed_numbers(values, table, findings, line_of)
    else:
        distinct = distinct_texts(values)
        cells = [read_cell(text) for text in distinct[1]]
        mark = decimal_mark(cells, decimal)
        if len(shown_marks(cells)) > 1:
            _say_contradiction(values, cells, distinct[1], table, findings)
        results, kinds = np.full(len(cells) + 1, np.nan), np.zeros(len(cells), dtype=np.int64)
        for i, cell in enumerate(cells):
            results[i], kinds[i] = value_of(cell, mark, unit_in_cells)
        said = SAID if unit_in_cells else {WITH_UNIT: UNIT_LOST, **SAID}
        say_cells(kinds, said, values, distinct, table, findings, line_of)
        numbers = pd.Series(results[distinct[0]], index=values.index, name=values.name)
    return _only_whole(numbers, table, findings, line_of) if whole else numbers


def needs_decimal(values: pd.Series) -> bool:
    """Whether a column cannot be read before it is known which mark its decimals have.

    It cannot where cells such as ``1,234`` may be either and no other cell of the column
    settles it.
    """
    if not is_text(values):
        return False
    cells = [read_cell(text) for text in distinct_texts(values)[1]]
    return has_unclear(cells) and len(shown_marks(cells)) != 1


def decimal_marks(values: pd.Series) -> set[str]:
    """The decimal marks that a column shows beyond doubt, to be pooled over a file.

    None for a column of whole numbers, two for one whose cells contradict each other.
    """
    if not is_text(values):
        return set()
    return shown_marks([read_cell(text) for text in distinct_texts(values)[1]])


def cell_units(values: pd.Series) -> dict[str, int]:
    """The units that stand behind numbers in a column's cells, with how many cells have each.

    In the spelling of ``units.csv``; a unit that takes the quantity to know as it is written.
    Cells with a bare number are counted under an empty name.
    """
    if not is_text(values):
        return {"": int(values.notna().sum())} if values.notna().any() else {}
    codes, texts = distinct_texts(values)
    counts: dict[str, int] = {}
    per_text = np.bincount(codes[codes >= 0], minlength=len(texts))
    for text, n in zip(texts, per_text, strict=True):
        cell = read_cell(text)
        if n and not cell.kind & (NOTHING | BROKEN | UNREADABLE):
            counts[cell.unit] = counts.get(cell.unit, 0) + int(n)
    return counts


def _say_contradiction(
    values: pd.Series,
    cells: list[Numeral],
    texts: list[str],
    table: str,
    findings: Findings,
) -> None:
    read = [(text, cell) for text, cell in zip(texts, cells, strict=True) if text]
    point = next(text for text, cell in read if np.isnan(cell.comma) and cell.point == cell.point)
    comma = next(text for text, cell in read if np.isnan(cell.point) and cell.comma == cell.comma)
    found = (
        f"Some cells of {values.name} have a decimal point ({point!r}), others a decimal comma "
        f"({comma!r})."
    )
    to_do = "Write numbers with a decimal point."
    done = "Each is read in the only way that it can be."
    findings.append(finding(CHANGES, table, str(values.name), found, done, to_do, "", comma))


def _typed_numbers(values: pd.Series, table: str, findings: Findings, line_of: LineOf) -> pd.Series:
    """A column that the file itself types: numbers as they are, anything else lost."""
    lost = values.notna().to_numpy()
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype(float) if values.dtype != float else values
        lost &= ~np.isfinite(numbers.to_numpy())
    else:
        numbers = pd.Series(np.nan, index=values.index, name=values.name)
    if lost.any():
        codes = np.where(values.notna(), 1, -1)
        place = int(np.flatnonzero(lost)[0])
        codes[lost] = 0
        texts = [as_text(values.iloc[place]), ""]
        kinds = np.array([UNREADABLE, 0])
        say_cells(kinds, SAID, values, (codes, texts), table, findings, line_of)
        numbers = numbers.mask(lost)
    return numbers


def _only_whole(numbers: pd.Series, table: str, findings: Findings, line_of: LineOf) -> pd.Series:
    cells = numbers.to_numpy()
    broken = np.flatnonzero(cells % 1 > 0)
    if not broken.size:
        return numbers
    place = int(broken[0])
    findings.append(
        finding(
            CHANGES,
            table,
            str(numbers.name),
            f"{broken.size} of {int(numbers.notna().sum())} numbers of {numbers.name} are not "
            f"whole, the first {cells[place]:g}.",
            "They count as missing.",
            "Write whole numbers.",
            line_or_blank(numbers, place, line_of),
            cells[place],
        )
    )
    return numbers.mask(cells % 1 > 0)
