"""The header of a table: which row it is, its two levels, its units, a name for each column.

Rows are lists of cells as text, stripped, empty where nothing stands; every row has its line.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, zip_longest

from pht_core.intake.cells.dates import looks_like_date
from pht_core.intake.cells.numbers import is_number
from pht_core.intake.limits import Limits, check_limit
from pht_core.intake.notes import TableNotes
from pht_core.intake.words.word_lists import read_pattern

Row = list[str]

HEAD_ROWS = 200
_MOST_LISTED = 5


@dataclass(frozen=True)
class Header:
    """The header of a table.

    rows : how many of the rows given belong to it: the first row of data comes after them.
    unnamed : those of the names that the file does not have: its header is empty there.
    labels : longer words for a column, where the lines above the header give them.
    """

    names: tuple[str, ...]
    rows: int
    unnamed: frozenset[str] = frozenset()
    labels: dict[str, str] = field(default_factory=dict)


def count_filled(row: Row) -> int:
    """How many cells of a row hold something."""
    return sum(map(bool, row))


def width_of(row: Row) -> int:
    """A row's cells up to its last filled one."""
    return max((place for place, cell in enumerate(row, 1) if cell), default=0)


def find_header(
    rows: Sequence[Row], lines: Sequence[int], notes: TableNotes, limits: Limits
) -> Header:
    """Find the header among a table's first rows, and name the columns.

    Lines that start with ``#`` and rows above the header with far fewer cells than the table are
    titles; a row of units below the header joins it; a first row that looks like the rows below
    it is no header. All of this is noted. Raises UnreadableFile for more columns than are read.
    """
    start = _first_header(rows)
    used = len(rows[start])
    to_do = "Leave out those that are not needed."
    check_limit(notes.table, width_of(rows[start]), limits.columns, "columns", to_do)
    labels: dict[str, str] = {}
    unnamed: frozenset[str] = frozenset()
    above = [place for place in range(start) if any(rows[place])]
    if _is_data(rows, start):
        names = [f"column {number}" for number in range(1, used + 1)]
        notes.report("no_header", row=lines[start], n=used)
        end = start
    else:
        above, header, end = _with_groups(rows, start, above, lines, notes)
        if end < len(rows) and _is_units(rows[end], header):
            notes.report("units_below_header", row=lines[end])
            header = _with_units(header, rows[end])
            end += 1
        names = name_columns(header, lines[start], notes)
        unnamed = frozenset(own for own, cell in zip(names, header, strict=True) if not cell)
        if len(above) >= 4 and all(
            rows[place][0].startswith("#") and width_of(rows[place]) == used for place in above
        ):
            words = [rows[above[0]][0].lstrip("# "), *rows[above[0]][1:]]
            labels = {own: word for own, word in zip(names, words, strict=False) if word != own}
    if above:
        notes.report("lines_above_header", row=lines[above[0]], value=len(above), line=lines[start])
    return Header(tuple(names), end, unnamed, labels)


def name_columns(header: Row, line: int, notes: TableNotes) -> list[str]:
    """Headers as written, each once: empty ones by their place, repeated ones numbered."""
    names: list[str] = []
    twice: list[tuple[str, str, int]] = []
    taken = {cell for cell in header if cell}
    seen: Counter[str] = Counter()
    for place, cell in enumerate(header, 1):
        own = name = re.sub(r"\s+", " ", cell) or f"column {place}"
        seen[own] += 1
        if seen[own] > 1:
            name = next(
                again for number in count(seen[own]) if (again := f"{own} ({number})") not in taken
            )
            taken.add(name)
            twice.append((name, own, place))
        names.append(name)
    many = len(twice) > _MOST_LISTED
    key = "column_names_repeated" if many else "column_name_repeated"
    for name, own, place in twice[:1] if many else twice:
        notes.report(key, name, row=line, value=own, n=len(twice), place=place)
    return names


def _with_groups(
    rows: Sequence[Row], start: int, above: list[int], lines: Sequence[int], notes: TableNotes
) -> tuple[list[int], list[str], int]:
    """Titles, header and its end, where names that repeat stand below the names of groups."""
    groups, header, end = [], list(rows[start]), start + 1
    if above and above[-1] == start - 1 and _repeated(header):
        if count_filled(rows[start - 1]) > 1:
            above, groups = above[:-1], list(rows[start - 1])
    elif _is_second_level(rows, start):
        groups, header, end = header, list(rows[end]), end + 1
    if groups:
        header = _join_levels(groups, header)
        first, second = lines[end - 2], lines[end - 1]
        example = max(header, key=len)
        notes.report("header_of_two_rows", row=first, second=second, example=example)
    return above, header, end


def _repeated(header: Row) -> set[str]:
    return {cell for cell, n in Counter(header).items() if cell and n > 1}


def _is_second_level(rows: Sequence[Row], start: int) -> bool:
    """Whether the row below a header that repeats or lacks names holds names: words on numbers."""
    if start + 2 >= len(rows):
        return False
    first, second = rows[start], rows[start + 1]
    bare = any(cell and not above for above, cell in zip(first, second, strict=False))
    if not (bare or _repeated(first)):
        return False
    below = [row for row in rows[start + 2 : start + 20] if any(row)]
    places = [place for place, cell in enumerate(second) if cell and place]
    if len(places) < 2 or (second[0] and second[0] != first[0]) or _is_units(second, first):
        return False
    numbers = sum(
        any(place < len(row) and kind_of(row[place]) == "number" for row in below)
        for place in places
    )
    return all(kind_of(second[place]) == "text" for place in places) and 2 * numbers >= len(places)


def _join_levels(groups: Row, header: Row) -> list[str]:
    """Names that repeat, each with its group's (which stands above the first of its columns)."""
    repeated, group, joined = _repeated(header), "", []
    for place, cell in enumerate(header):
        own = groups[place] if place < len(groups) else ""
        group = own or group
        joined.append(f"{cell} {group}".strip() if cell in repeated else cell or own)
    return joined


def _first_header(rows: Sequence[Row]) -> int:
    """The first row that is as wide as the table and no comment."""
    filled = [place for place, row in enumerate(rows) if any(row)]
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


def kind_of(cell: str) -> str:
    """``number`` (or a date), ``text``, or nothing for an empty cell."""
    if not cell:
        return ""
    return "number" if is_number(cell) or looks_like_date(cell, whole=True) else "text"


def _is_data(rows: Sequence[Row], start: int) -> bool:
    """Whether the first row is no header: only values, or words and ids as in the rows below."""
    first, below = rows[start], [row for row in rows[start + 1 :] if any(row)]
    words = {place: cell for place, cell in enumerate(first) if kind_of(cell) == "text"}
    if not words:
        return any(first)
    if len(words) == count_filled(first) or not below:
        return False
    if any(row[place : place + 1] == [cell] for place, cell in words.items() for row in below):
        return True
    alike = len(first) == len(below[0]) and all(
        kind_of(a) == kind_of(b) for a, b in zip(first, below[0], strict=True) if a and b
    )
    mostly_values = 2 * len(words) <= count_filled(first)
    return alike and mostly_values and all(re.search(r"\d", word) for word in words.values())


def _is_units(row: Row, header: Row) -> bool:
    """Whether a row holds units and nothing else, one of them unmistakably so."""
    cells, unit = [cell for cell in row if cell], read_pattern("unit")
    return (
        bool(cells)
        and len(row) <= len(header)
        and all(unit.match(cell) and not cell.replace("/", "").isdigit() for cell in cells)
        and any("/" in cell or "%" in cell for cell in cells)
        and not all(row)
    )


def _with_units(header: Row, units: Row) -> list[str]:
    joined = []
    for cell, written in zip_longest(header, units, fillvalue=""):
        unit = written.strip("()[] ")
        joined.append(f"{cell} ({unit})" if unit and unit not in cell else cell)
    return joined
