"""Where a sheet's table begins and ends: titles above, a row of units, totals and notes below.

Rows are lists of cells as text, stripped, empty where nothing stands; every row has its line.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from pht_core.intake.limits import Limits, check_limit
from pht_core.validation import CHANGES, NOTE, Findings, finding

Row = Sequence[str]

HEAD_ROWS, FOOT_ROWS = 200, 30
_LONGEST = 32_767  # characters, the most that a cell of Excel holds
_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,]*([eE][-+]?\d+)?%?$")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$")
_UNIT = re.compile(
    r"(?!n/[ad])[(\[]?(%|[µμ]?[a-z0-9^*×.]{0,8}\s?/\s?[µμ]?[a-z0-9^³.²]{1,6}(/\w+)?|x?\s?10\S{1,3}\s?/\s?\w+"
    r"|years?|months?|weeks?|days?|hours?|yrs?|kg|cm|mg|m²|m2|IU|U|fL|pg|岁|月|天|日|个月)[)\]]?$",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"(grand\s+)?(total|sum|mean|average|median|mean\s*±\s*sd|sd|std|min|max|range|n\s*=\s*\d+"
    r"|合计|总计|平均值?|均值|中位数|标准差)\s*[:：]?$",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"([*†‡§#]|\d\)|(notes?|source|legend|abbreviations?|footnotes?|remarks?|comments?|exported"
    r"|printed|generated|end of|注|备注|说明|来源)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Head:
    """The header of a table.

    Parameters
    ----------
    names : a name for each column, each once.
    rows : how many of the rows given belong to it: the first row of data comes after them.
    unnamed : those of the names that the file does not have: its header is empty there.
    labels : longer words for a column, where the lines above the header give them.
    """

    names: tuple[str, ...]
    rows: int
    unnamed: frozenset[str] = frozenset()
    labels: dict[str, str] = field(default_factory=dict)


def format_count(n: int, noun: str) -> str:
    """``1 line``, ``1,200 lines``."""
    return f"{n:,} {noun}{'s' * (n != 1)}"


def is_blank(row: Row) -> bool:
    """Whether no cell of a row holds anything."""
    return not any(row)


def count_filled(row: Row) -> int:
    """How many cells of a row hold something."""
    return sum(map(bool, row))


def width_of(row: Row) -> int:
    """A row's cells up to its last filled one."""
    return max((place for place, cell in enumerate(row, 1) if cell), default=0)


def find_head(
    rows: Sequence[Row], lines: Sequence[int], name: str, findings: Findings, limits: Limits
) -> Head:
    """Find the header among a table's first rows, and name the columns.

    Lines that start with ``#`` and rows above the header with far fewer cells than the table are
    titles; a row of units below the header joins it; a first row that looks like the rows below
    it is no header. All of this is noted.

    Raises
    ------
    UnreadableFile
        For more columns than are read.
    """
    start = _first_header(rows)
    used = len(rows[start]) if rows else 0
    check_limit(
        name,
        width_of(rows[start]) if rows else 0,
        limits.columns,
        "columns",
        "Leave out those that are not needed.",
    )
    labels: dict[str, str] = {}
    unnamed: frozenset[str] = frozenset()
    above = [place for place in range(start) if not is_blank(rows[place])]
    if _is_data(rows, start):
        names = [f"column {number}" for number in range(1, used + 1)]
        found = f"{name} has no row of column names: line {lines[start]} already holds values."
        done = f"The columns are called column 1 to column {used}."
        to_do = "Say what each one is, or add a header row to the file."
        findings.append(finding(CHANGES, name, "", found, done, to_do, row=lines[start]))
        end = start
    else:
        header = list(rows[start]) if rows else []
        end = start + 1
        units = rows[end] if end < len(rows) else []
        if _is_units(units, header):
            found = f"Line {lines[end]} of {name} holds units below the column names."
            done = "Each was added to the name above it."
            findings.append(finding(NOTE, name, "", found, done, row=lines[end]))
            header = _with_units(header, units)
            end += 1
        names = name_columns(header, name, lines[start] if rows else 1, findings)
        unnamed = frozenset(own for own, cell in zip(names, header, strict=True) if not cell)
        if len(above) >= 4 and all(
            rows[place][0].startswith("#") and width_of(rows[place]) == used for place in above
        ):
            words = [rows[above[0]][0].lstrip("# "), *rows[above[0]][1:]]
            labels = {own: word for own, word in zip(names, words, strict=False) if word != own}
    if above:
        n = len(above)
        found = (
            f"{name} has {format_count(n, 'line')} above the column names, "
            f"which stand in line {lines[start]}."
        )
        findings.append(
            finding(NOTE, name, "", found, "Left out as titles.", row=lines[above[0]], value=n)
        )
    return Head(tuple(names), end, unnamed, labels)


def name_columns(header: Row, name: str, line: int, findings: Findings) -> list[str]:
    """Headers as written, each once: empty ones by their place, repeated ones numbered."""
    names: list[str] = []
    taken = {cell for cell in header if cell}
    seen: Counter[str] = Counter()
    for place, cell in enumerate(header, 1):
        own = re.sub(r"\s+", " ", cell) or f"column {place}"
        seen[own] += 1
        if seen[own] > 1:
            number = seen[own]
            while (again := f"{own} ({number})") in taken:
                number += 1
            taken.add(again)
            found = f"{name} has the column name {own!r} more than once."
            done = f"The one in column {place} is called {again!r}."
            to_do = "Check that each of the two is mapped to what it holds, or leave one out."
            findings.append(finding(CHANGES, name, again, found, done, to_do, row=line, value=own))
            own = again
        names.append(own)
    return names


def note_columns(
    name: str, frame: pd.DataFrame, unnamed: frozenset[str], line: int, findings: Findings
) -> None:
    """Say which columns have values but no name, and which texts look like no cell of a table."""
    for column in frame:
        own = str(column)
        if own in unnamed:
            found = f"{name} has values in {own}, which has no name in line {line - 1}."
            to_do = "Name it in the file if it is needed."
            findings.append(finding(NOTE, name, own, found, f"It is called {own}.", to_do))
        if not isinstance(frame[column].dtype, pd.CategoricalDtype):
            continue
        words = frame[column].cat.categories
        formulas = [word for word in words if word[:1] == "=" and len(word) > 1]
        if formulas:
            found = f"{own} of {name} holds {format_count(len(formulas), 'formula')} as text."
            done = "None was evaluated."
            to_do = "Put the result in its place."
            value = formulas[0][:60]
            findings.append(finding(CHANGES, name, own, found, done, to_do, value=value))
        longest = max(map(len, words), default=0)
        if longest > _LONGEST:
            found = f"{own} of {name} has a cell of {longest:,} characters."
            to_do = "Check that a quotation mark is not missing before it ends."
            findings.append(finding(CHANGES, name, own, found, "Read as one text.", to_do))


def find_foot(rows: Sequence[Row], n_columns: int) -> int:
    """How many rows at the end are no data: totals, and remarks with far fewer cells.

    A row counts as such by its first words (``Total``, ``* values in g/L``), or if it is a
    sentence in one cell of a table of three columns or more; an id alone is data.
    """
    n = 0
    for row in reversed(rows[-FOOT_ROWS:]):
        if not (is_blank(row) or is_foot(row, n_columns)):
            break
        n += 1
    while n and is_blank(rows[-n]):
        n -= 1
    return n


def is_foot(row: Row, n_columns: int) -> bool:
    """Whether a row is a total or a remark below the data."""
    first = next((cell for cell in row if cell), "")
    if _SUMMARY.match(first):
        return True
    few = count_filled(row) <= max(1, n_columns // 4) and n_columns > 1
    return few and bool(_REMARK.match(first) or (n_columns > 2 and first.count(" ") >= 3))


def note_foot(lines: Sequence[int], rows: Sequence[Row], name: str, findings: Findings) -> None:
    """Say which lines below the data were left out."""
    if not lines:
        return
    which = f"Line {lines[0]}" if len(lines) == 1 else f"Lines {lines[0]} to {lines[-1]}"
    verb = "holds a remark or a total" if len(lines) == 1 else "hold remarks or totals"
    first = next((cell for cell in rows[0] if cell), "")[:40]
    found = f"{which} of {name} {verb} below the data."
    to_do = "If it is a patient's, give it the patient's id."
    findings.append(
        finding(NOTE, name, "", found, "Left out.", to_do, row=lines[0], value=repr(first))
    )


def _first_header(rows: Sequence[Row]) -> int:
    """The first row that is as wide as the table and no comment."""
    filled = [place for place, row in enumerate(rows) if not is_blank(row)]
    plain = [place for place in filled if not rows[place][0].startswith("#")] or filled
    if not plain:
        return 0
    body = [width_of(rows[place]) for place in plain[len(plain) // 4 :][:HEAD_ROWS]]
    usual = Counter(body).most_common(1)[0][0]
    for place in plain:
        n = count_filled(rows[place])
        if n >= 0.6 * usual and n >= min(2, usual):
            return place
    return plain[0]


def _kind(cell: str) -> str:
    if not cell:
        return ""
    return "number" if _NUMBER.match(cell) or _DATE.match(cell) else "text"


def _is_data(rows: Sequence[Row], start: int) -> bool:
    """Whether the first row is no header: only values, or words and ids as in the rows below."""
    if start >= len(rows):
        return False
    first, below = rows[start], [row for row in rows[start + 1 :] if not is_blank(row)]
    cells = [cell for cell in first if cell]
    words = [cell for cell in cells if _kind(cell) == "text"]
    if not words:
        return bool(cells)
    if len(words) == len(cells) or not below:
        return False
    for place, cell in enumerate(first):
        if _kind(cell) == "text" and any(place < len(row) and row[place] == cell for row in below):
            return True
    alike = all(
        _kind(a) == _kind(b) for a, b in zip(first, below[0], strict=False) if a and b
    ) and len(first) == len(below[0])
    return alike and 2 * len(words) <= len(cells) and all(re.search(r"\d", word) for word in words)


def _is_units(row: Row, header: Row) -> bool:
    """Whether a row holds units and nothing else, one of them unmistakably so."""
    cells = [cell for cell in row if cell]
    return (
        bool(cells)
        and len(row) <= len(header)
        and all(_UNIT.match(cell) and not cell.replace("/", "").isdigit() for cell in cells)
        and any("/" in cell or "%" in cell for cell in cells)
        and not all(row)
    )


def _with_units(header: Row, units: Row) -> list[str]:
    joined = []
    for place, cell in enumerate(header):
        unit = units[place].strip("()[] ") if place < len(units) else ""
        joined.append(f"{cell} ({unit})" if unit and unit not in cell else cell)
    return joined
