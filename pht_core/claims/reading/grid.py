"""Tables of a page by the places of their words: where they stand, their columns, rows and cells.

A column ends where hardly a row has a word. Rules part rows and columns for certain; without them
a line goes on with the row above if its cells could not have ended there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from statistics import median

from pht_core.claims.finding.patterns import read_expressions
from pht_core.claims.reading.page import (
    CELL_GAP,
    Block,
    Line,
    Rule,
    Word,
    edges,
    is_prose,
    join_words,
)

PATTERNS = read_expressions("grid")
_FULL = 0.75  # of a column's width: a line of prose
_MOST_BETWEEN = 4  # lines with one cell between two rows of a table
_FEW = 3  # lines of a table's head at the end of a page, with the rest on the next
_MOST_HEADERS = 8  # lines
_FAR = 2.6  # of the height: what parts a table from the next line
_ONE_BLANK = 0.3  # of the height: words with less between them stand in one cell
_CORRIDOR = 0.2  # of the height: the least width of what parts two columns
_NARROW = 0.15  # the same where the file has blanks, so that a blank parts no columns
_CROSSING = 0.08  # of the rows may have a word on it
_RICH = 0.6  # of the most cells: rows that tell where columns are
_SAME_RULE = 3.0  # points
_TIGHT, _LOOSE = 1.12, 1.18  # of the least distance of two lines: in one cell, of two rows
_AHEAD = 12  # lines below one that are looked at for columns
_STEP = 4  # places looked at in a point


def find_blocks(lines: list[Line], rules: list[Rule], page: int) -> Iterator[Block]:
    """Prose and tables of a part of a page, from the top down."""
    if not lines:
        return
    left, right = edges(lines)
    captions = _find_captions(lines)
    is_row = [_is_row(line) and at not in captions for at, line in enumerate(lines)]
    prose: list[Line] = []
    at = 0

    def block(found: list[Line], is_table: bool) -> Block:
        top, bottom = found[0].top - found[0].size, found[-1].bottom + found[-1].size
        low, high = edges(found)
        low, high = low - 2 * _SAME_RULE, high + 2 * _SAME_RULE
        inside = [
            rule
            for rule in (rules if is_table else [])
            if rule.bottom > top and rule.top < bottom and rule.right > low and rule.left < high
        ]
        return Block(found, is_table, page, low, high, inside)

    while at < len(lines):
        end = _last_row(lines, is_row, captions, at, right - left) if is_row[at] else at
        table = lines[at : end + 1]
        alone = end == at and not (at - 1 in captions and len(lines) - at <= _FEW)
        if alone or len(find_columns(table, block(table, True).rules)) < 2:
            prose.append(lines[at])
            at += 1
            continue
        heads = _count_headers(lines, at, len(prose), captions, right - left)
        table = [*prose[len(prose) - heads :], *table]
        del prose[len(prose) - heads :]
        if prose:
            yield block(prose, False)
            prose = []
        yield block(table, True)
        at = end + 1
    if prose:
        yield block(prose, False)


def _find_captions(lines: list[Line]) -> set[int]:
    """Lines of captions; one goes on while the next word would not have fitted."""
    found: set[int] = set()
    for at, line in enumerate(lines):
        if PATTERNS["caption"].match(line.text):
            found.add(at)
        elif at - 1 in found and not _is_row(line):
            above = lines[at - 1]
            near = line.top - above.bottom < 0.5 * line.size
            first = line.words[0]
            widest = edges(lines)[1]
            if (
                near
                and abs(line.left - above.left) < 4 * line.size
                and abs(line.size - above.size) < 0.1 * line.size
                and above.right + first.right - first.left > widest - line.size
            ):
                found.add(at)
    return found


def _is_row(line: Line) -> bool:
    """Whether a line has cells: gaps wider than those of a justified line."""
    parts = line.parts(CELL_GAP)
    if len(parts) < 2 or (len(parts) == 2 and PATTERNS["bullet"].fullmatch(join_words(parts[0]))):
        return False
    gaps = line.gaps
    if len(gaps) < 5 or not is_prose(line.words, 0):
        return True
    return median(gaps) < 0.65 * max(gaps) or median(gaps) > CELL_GAP


def _last_row(
    lines: list[Line], is_row: list[bool], captions: set[int], first: int, width: float
) -> int:
    """The last line of the table that begins at a line."""
    end, at = first, first + 1
    pitches: list[float] = []
    while at < len(lines):
        line = lines[at]
        gap = line.top - lines[at - 1].bottom
        usual = median(pitches) if pitches else 0.0
        if at in captions or gap > max(_FAR * line.size, 2 * usual):
            break
        pitches.append(gap)
        if is_row[at]:
            end = at
        elif _is_full(line, width) or at - end > _MOST_BETWEEN:
            below = [lines[k] for k in range(at + 1, min(at + _AHEAD, len(lines))) if is_row[k]]
            if not any(_fits_columns(line, rows) for rows in (lines[first : end + 1], below)):
                break
            end = at
        at += 1
    # What a label or a cell of the last row goes on with.
    while end > first and end + 1 < len(lines) and end + 1 not in captions:
        line, above = lines[end + 1], lines[end]
        if (
            line.top - above.bottom > 0.3 * line.size
            or _is_full(line, width)
            or not PATTERNS["goes_on"].match(line.text)
            or abs(line.size - above.size) > 0.05 * line.size
        ):
            break
        end += 1
    return end


def _is_full(line: Line, width: float) -> bool:
    return is_prose(line.words, _FULL * width) and len(line.parts(CELL_GAP)) == 1


def _fits_columns(line: Line, table: list[Line]) -> bool:
    """Whether a line without wide gaps has a blank at the borders of all columns of a table."""
    bounds = find_columns(table, []) if len(table) > 1 else []
    if len(bounds) < 3:
        return False
    if any(_stands_on(word, bound) for word in line.words for bound in bounds):
        return False
    return len({_column_of(word, bounds) for word in line.words}) >= len(bounds) - 1


def _stands_on(word: Word, place: float) -> bool:
    return word.left < place - 1 and word.right > place + 1


def _count_headers(
    lines: list[Line], first: int, most: int, captions: set[int], width: float
) -> int:
    """How many lines above a table's first row belong to it."""
    found, at = 0, first - 1
    edge = edges(lines)[0]
    while at >= first - min(most, _MOST_HEADERS):
        line, gap = lines[at], lines[at + 1].top - lines[at].bottom
        if at in captions or gap > 1.5 * line.size or _is_full(line, width):
            break
        above = line.top - lines[at - 1].bottom if at else line.size
        if (
            _is_row(line)
            or line.left > edge + 2 * line.size
            or at - 1 in captions
            or above > max(1.3 * gap, 0.5 * line.size)
        ):
            found = first - at
        at -= 1
    return found


def find_columns(lines: list[Line], rules: list[Rule]) -> list[float]:
    """The left edges of a table's columns; the first is the table's own.

    By rules where they part the columns, else by where hardly a row has a word.
    """
    low, high = edges(lines)
    height = lines[-1].bottom - lines[0].top
    upright = _merged((rule.left, rule.bottom - rule.top) for rule in rules if not rule.is_level)
    inner = [at for at, length in upright if length > 0.4 * height and low + 2 < at < high - 2]
    by_words = _columns_by_words(lines)
    return [low, *inner] if len(inner) + 1 >= len(by_words) else by_words


def _merged(rules: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places of rules that run in one direction, each with the length of all that are there."""
    found: list[tuple[float, float]] = []
    for place, length in sorted(rules, key=itemgetter(0)):
        if found and place - found[-1][0] < _SAME_RULE:
            found[-1] = (found[-1][0], found[-1][1] + length)
        else:
            found.append((place, length))
    return found


def _columns_by_words(lines: list[Line]) -> list[float]:
    low, high = edges(lines)
    size = median(line.size for line in lines)
    counts = [(line, len(line.parts(CELL_GAP))) for line in lines]
    fewest = max(2, _RICH * max(count for _, count in counts))
    rich = [line for line, count in counts if count >= fewest]
    if not rich:
        return [low]
    steps = [0] * (int((high - low) * _STEP) + 3)
    for line in rich:
        for part in line.parts(0.15):
            steps[max(int((part[0].left - low) * _STEP), 0)] += 1
            steps[int((part[-1].right - low) * _STEP) + 1] -= 1
    bounds, covered, free = [low], 0, None
    most = int(_CROSSING * len(rich))
    least = _CORRIDOR if lines[0].words[0].follows is None else _NARROW
    for at, step in enumerate(steps):
        covered += step
        if covered <= most:
            free = at if free is None else free
        else:
            if free and (at - free) / _STEP >= least * size:
                bounds.append(_least_crossed(lines, low + free / _STEP, low + at / _STEP))
            free = None
    return _without_blanks(bounds, rich)


def _least_crossed(lines: list[Line], low: float, high: float) -> float:
    """The place between two columns that the fewest words of any line stand on, the last such."""
    places = [low + step / _STEP for step in range(1, max(int((high - low) * _STEP), 2))]
    words = [w for line in lines for w in line.words if w.right > low and w.left < high]
    crossed = [sum(word.left < at < word.right for word in words) for at in places]
    best, start = (0, 0), None
    for at, times in enumerate([*crossed, -1]):
        if times == min(crossed):
            start = at if start is None else start
        elif start is not None:
            best, start = max(best, (at - start, start)), None
    return places[(best[0] - 1) // 2 + best[1]]


def _without_blanks(bounds: list[float], rich: list[Line]) -> list[float]:
    """Columns less those that are parted by single blanks only: parts of one cell's format."""
    kept = list(bounds)
    for bound in bounds[1:]:
        at = kept.index(bound)
        gaps = []
        for line in rich:
            before = [word for word in line.words if _column_of(word, kept) == at - 1]
            behind = [word for word in line.words if _column_of(word, kept) == at]
            if before and behind:
                gaps.append(len(Line((before[-1], behind[0])).parts(_ONE_BLANK)) > 1)
        if gaps and sum(gaps) <= 0.05 * len(gaps):
            kept.remove(bound)
    return kept


def _column_of(word: Word, bounds: list[float]) -> int:
    middle = (word.left + word.right) / 2
    return max((at for at, bound in enumerate(bounds) if bound <= middle), default=0)


@dataclass
class _Row:
    """Lines of one row; by column the words of each line that has some."""

    lines: list[Line]
    cells: dict[int, list[tuple[Word, ...]]]


def read_grid(block: Block) -> list[list[str]]:
    """The cells of a table as text, a list a row; what spans columns stands in the first."""
    bounds = find_columns(block.lines, block.rules)
    lines = [(line, _cells_of(line, bounds)) for line in block.lines]
    widths = _widths(lines, bounds)
    levels = _levels(block)
    ruled = _is_ruled(block.lines, levels)
    tight = _tight_pitch(lines)
    rows: list[_Row] = []
    for line, cells in lines:
        row = rows[-1] if rows else None
        if row is not None and _same_row(row, line, cells, widths, levels, ruled, tight):
            row.lines.append(line)
            for column, words in cells.items():
                row.cells.setdefault(column, []).append(words)
        else:
            rows.append(_Row([line], {column: [words] for column, words in cells.items()}))
    return [[_join(row.cells.get(column, [])) for column in range(len(bounds))] for row in rows]


def _join(parts: list[tuple[Word, ...]]) -> str:
    text = ""
    for words in map(join_words, parts):
        text += words if not text or text.endswith("-") else f" {words}"
    return text


def _cells_of(line: Line, bounds: list[float]) -> dict[int, tuple[Word, ...]]:
    """A line's words by column; what spans several stands in the first of them."""
    found: dict[int, list[Word]] = {}
    for part in line.parts(_ONE_BLANK):
        pieces: dict[int, list[Word]] = {}
        for word in part:
            pieces.setdefault(_column_of(word, bounds), []).append(word)
        crosses = any(_stands_on(word, bound) for word in part for bound in bounds)
        if len(pieces) > 1 and (crosses or not _are_cells(map(join_words, pieces.values()))):
            pieces = {min(pieces): list(part)}
        for column, words in pieces.items():
            found.setdefault(column, []).extend(words)
    return {column: tuple(words) for column, words in found.items()}


def _are_cells(texts: Iterable[str]) -> bool:
    """Whether words that stand one blank apart look like cells each: "12.3", "Arm A (n = 9)"."""
    texts = list(texts)
    opened = {text.startswith("(") for text in texts}
    return len(opened) == 1 and all(map(PATTERNS["cell"].match, texts))


def _widths(
    lines: list[tuple[Line, dict[int, tuple[Word, ...]]]], bounds: list[float]
) -> list[float]:
    """The widest line of a cell of each column, without what spans several."""
    widths = [0.0] * len(bounds)
    ends = [*bounds[1:], float("inf")]
    for _, cells in lines:
        for column, words in cells.items():
            if words[-1].right <= ends[column] + 1:
                widths[column] = max(widths[column], words[-1].right - words[0].left)
    return widths


def _levels(block: Block) -> list[tuple[float, float]]:
    """Heights of level rules, with how much of the table's width each has, from the top down."""
    found = _merged((rule.top, rule.right - rule.left) for rule in block.rules if rule.is_level)
    return [(at, length) for at, length in found if length > 0.3 * (block.right - block.left)]


def _is_ruled(lines: list[Line], levels: list[tuple[float, float]]) -> bool:
    """Whether every row of a table has its rules."""
    inside = [at for at, _ in levels if lines[0].bottom < at < lines[-1].top]
    if len(inside) < 3:
        return False
    bands = [0] * (len(inside) + 1)
    for line in lines:
        bands[sum(at < (line.top + line.bottom) / 2 for at in inside)] += 1
    return max(bands) <= max(8, 0.3 * len(lines)) and len(inside) >= 0.2 * len(lines)


def _tight_pitch(lines: list[tuple[Line, dict[int, tuple[Word, ...]]]]) -> float | None:
    """The distance of two lines of one cell, if lines of two rows stand further apart."""
    pitches: list[tuple[float, bool]] = []
    for (above, upper), (below, lower) in pairwise(lines):
        pitch = (below.bottom - above.bottom) / below.size
        if pitch > 0.8:
            two = any(column in upper and _is_data(lower[column]) for column in lower)
            pitches.append((pitch, two and 0 in upper and 0 in lower))
    if len(pitches) < 4:
        return None
    least = sorted(pitch for pitch, _ in pitches)[len(pitches) // 20]
    close = [two for pitch, two in pitches if pitch <= _TIGHT * least]
    apart = [pitch for pitch, _ in pitches if pitch >= _LOOSE * least]
    if len(apart) < 3 or sum(close) > 0.1 * len(close):
        return None
    return (_TIGHT + _LOOSE) / 2 * least


def _is_data(words: tuple[Word, ...]) -> bool:
    return bool(PATTERNS["data"].match(join_words(words)))


def _same_row(
    row: _Row,
    line: Line,
    cells: dict[int, tuple[Word, ...]],
    widths: list[float],
    levels: list[tuple[float, float]],
    ruled: bool,
    tight: float | None,
) -> bool:
    """Whether a line goes on with the row above it."""
    above = row.lines[-1]
    upper, lower = (above.top + above.bottom) / 2, (line.top + line.bottom) / 2
    if any(upper < at < lower for at, _ in levels):
        return False
    if ruled:
        return True
    pitch = (line.bottom - above.bottom) / line.size
    if pitch < 0.75:
        return True
    data = {column for column in cells if column and _is_data(cells[column])}
    shared = cells.keys() & row.cells.keys()
    going = {
        column
        for column in shared
        if _goes_on(row.cells[column][-1], cells[column], widths[column], is_label=not column)
    }
    if (data & shared) - going:
        return False
    if tight is not None and pitch < tight:
        return True
    if 0 not in cells:
        return len(going) == len(cells)
    if 0 not in row.cells:
        return bool(shared) and len(going) == len(shared)
    if len(going) < len(shared) or 0 not in going:
        return False
    # A label that goes on: its values may stand on its last line, then none stood above.
    return len(row.cells) == 1 or len(going) > 1 or not data - row.cells.keys()


def _goes_on(
    before: tuple[Word, ...], words: tuple[Word, ...], width: float, is_label: bool = False
) -> bool:
    """Whether a cell's line goes on with the line above it."""
    upper, lower = join_words(before), join_words(words)
    if upper.count("(") + upper.count("[") > upper.count(")") + upper.count("]"):
        return True
    if PATTERNS["open_end"].search(upper):
        return True
    if not is_label and PATTERNS["goes_on_sign"].match(lower):
        return True
    if _is_data(words) and (_is_data(before) or not is_label):
        return False
    size = words[0].height
    needed = before[-1].right - before[0].left + words[0].right - words[0].left + 0.2 * size
    would_fit = needed < width - 0.1 * size
    going = PATTERNS["label_goes_on" if is_label else "goes_on"].match(lower)
    return bool(going) and not would_fit
