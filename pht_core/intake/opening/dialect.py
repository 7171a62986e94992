"""The dialect of a separated text: its separator, its header, and where its data begin."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pht_core.intake.limits import Limits
from pht_core.intake.notes import TableNotes
from pht_core.intake.opening.header import HEAD_ROWS, Header, find_header, is_blank

# In the order in which they win where two fit: a comma also stands inside of numbers.
SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "vertical bars", ",": "commas"}
_HEAD_BYTES = 1 << 18
_LARGE = 1 << 22
_PLACES, _PART_BYTES = 5, 1 << 13
_PLAIN = re.compile(r"-?(0|[1-9]\d{0,8})(\.\d{1,8})?$", re.ASCII)
_DECLARED = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)

Lines = tuple[list[list[str]], list[int]]  # rows of stripped cells, and the line of each


@dataclass(frozen=True)
class Dialect:
    """How a text is divided into cells.

    Parameters
    ----------
    separator : one sign.
    header : the names of the columns.
    offset, line : the byte and the line where the data begin.
    """

    separator: str
    header: Header
    offset: int
    line: int


def find_dialect(
    content: bytes, start: int, end: int, notes: TableNotes, limits: Limits
) -> Dialect:
    """Find separator and header in the first lines of a text in UTF-8.

    Raises
    ------
    UnreadableFile
        If it has more columns than are read.
    """
    lines = _first_lines(content, start, end)
    declared = _DECLARED.match(lines[0])
    first = 1
    if declared and len(lines) > 1:
        del lines[0]
        first = 2
        separator = declared.group(1)
    else:
        separator = _sniff(lines)
    rows, places = parse_lines(lines, separator, first)
    header = find_header(rows, places, notes, limits)
    if separator != "," and not declared:
        notes.report("other_separator", value=SEPARATORS[separator])
    if len(header.names) == 1:
        notes.report("one_column", header.names[0])
    line = places[header.rows]
    offset = start
    for _ in range(line - 1):
        offset = content.find(b"\n", offset, end) + 1
        if not offset:
            offset = end
            break
    return Dialect(separator, header, offset, line)


def parse_lines(lines: list[str], separator: str, first: int) -> Lines:
    """Rows of stripped cells, and the line each begins in; ends where a cell has no end.

    One line more than rows is given: where the next row would begin.
    """
    rows: list[list[str]] = []
    places: list[int] = []
    reader = csv.reader(lines, delimiter=separator)
    while True:
        place = reader.line_num + first
        try:
            row = next(reader)
        except (StopIteration, csv.Error):
            return rows, [*places, place]
        rows.append([cell.strip() for cell in row] or [""])
        places.append(place)


def find_measured(content: bytes, dialect: Dialect, end: int) -> frozenset[str]:
    """The columns of a large file that are measured with decimals, so that text would be slow.

    Only where lines from five places of the file hold many different plain decimal numbers, no
    two of them texts of one number: ids such as 1.1 and 1.10 stay text.
    """
    n_bytes = end - dialect.offset
    if n_bytes < _LARGE or content.find(b'"', dialect.offset, end) >= 0:
        return frozenset()
    parts = []
    for place in range(_PLACES):
        begin = dialect.offset + n_bytes * place // _PLACES
        begin = content.find(b"\n", begin, end) + 1 if place else begin
        part = content[begin : min(end, begin + _PART_BYTES)].decode("utf-8", "replace")
        parts.append([line.split(dialect.separator) for line in part.splitlines()[:-1]])
    found = set()
    for number, name in enumerate(dialect.header.names):
        cells = [
            [row[number].strip() for row in rows if number < len(row) and row[number].strip()]
            for rows in parts
        ]
        if all(map(_is_measured, cells)):
            found.add(name)
    return frozenset(found)


def _is_measured(cells: list[str]) -> bool:
    different = set(cells)
    return (
        len(different) >= 0.3 * len(cells) >= 10
        and sum("." in cell for cell in cells) >= 0.5 * len(cells)
        and all(map(_PLAIN.match, different))
        and len({float(cell) for cell in different}) == len(different)
    )


def _first_lines(content: bytes, start: int, end: int) -> list[str]:
    stop = start + _HEAD_BYTES
    if stop < end:
        cut = content.rfind(b"\n", start, stop)
        if cut < 0:
            cut = content.find(b"\n", stop, end)
        end = end if cut < 0 else cut + 1
    lines = content[start:end].decode("utf-8", "replace").split("\n")[: HEAD_ROWS + 50]
    return [f"{line}\n" for line in lines]


def _sniff(lines: list[str]) -> str:
    """The separator that cuts the lines into rows of one length, the first one included."""
    best, best_score = ",", (0.0, 0.0, 0.0)
    for separator in SEPARATORS:
        rows = [row for row in parse_lines(lines, separator, 1)[0] if not is_blank(row)]
        lengths = Counter(len(row) for row in rows if len(row) > 1)
        if not lengths:
            continue
        usual, n = lengths.most_common(1)[0]
        share = n / len(rows)
        header = float(any(len(row) == usual for row in rows[:1]))
        score = (round(share + 0.05 * header, 2), header, float(usual))
        if score > best_score:
            best, best_score = separator, score
    return best


def iterate_lines(text: str) -> Iterator[str]:
    """The lines of a text with their ends, one after the other."""
    begin = 0
    while begin < len(text):
        stop = text.find("\n", begin) + 1 or len(text)
        yield text[begin:stop]
        begin = stop
