"""From pages to text: the columns of prose in their order, tables over two pages made one."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise, takewhile
from statistics import median

from pht_core.claims.finding.patterns import read_expressions
from pht_core.claims.reading.grid import find_blocks, read_grid
from pht_core.claims.reading.page import (
    CELL_GAP,
    Block,
    Line,
    Page,
    Rule,
    Word,
    edges,
    is_prose,
    read_lines,
)

PATTERNS = read_expressions("page")
_SEGMENT_GAP = 0.8  # what ends a stretch of prose
_FEWEST_BLANKS = 0.4  # of all words stand behind a blank in a file that has blanks
_FEWEST_LINES = 4  # of prose, on both sides of a gutter
_FULL = 0.78  # of a column's width: a line of prose
_NEAR = 0.8  # of the height: lines with less between them belong together
_APART = 2.5  # the same for a row of cells, as below a caption
_FEW = 4  # lines
_SAME_EDGE = 12.0  # points between the edges of two parts of one table


def read_pages(pages: Iterable[Page]) -> str:
    """The text of pages in reading order."""
    pages = list(pages)
    blanks = [bool(word.follows) for page in pages for word in page.words]
    has_blanks = sum(blanks) > _FEWEST_BLANKS * len(blanks)
    lined = []
    for page in pages:
        words = _without_numbers(page.words)
        if not has_blanks:
            words = [word._replace(follows=None) for word in words]
        lined.append((page, read_lines(words)))
    lined = _without_margins(lined)
    gutters = [find_gutter(lines) for _, lines in lined]
    usual = Counter(round(at) for at in gutters if at is not None).most_common(1)
    blocks: list[Block] = []
    for number, ((page, lines), gutter) in enumerate(zip(lined, gutters, strict=True)):
        if gutter is None and usual and 2 * sum(at is not None for at in gutters) > len(gutters):
            gutter = float(usual[0][0]) if _may_part(lines, usual[0][0]) else None
        for region in _regions(lines, gutter):
            blocks += find_blocks(region, page.rules, number)
    pieces: list[str] = []
    for block in _joined(blocks):
        if block.is_table:
            pieces += ["", *("\t".join(row) for row in read_grid(block)), ""]
        else:
            if pieces and pieces[-1] and not PATTERNS["runs_on"].search(pieces[-1]):
                pieces.append("")
            pieces += _prose(block.lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(pieces)).strip("\n")


def _without_numbers(words: list[Word]) -> list[Word]:
    """Words without the numbers of lines that a manuscript may have in its margin."""
    counts = [word for word in words if word.text.isdigit()]
    others = sorted(word.left for word in words if not word.text.isdigit())
    if len(counts) < 10 or not others:
        return words
    edge = others[len(others) // 50]
    margin = sorted((w for w in counts if w.right < edge), key=lambda word: word.bottom)
    steps = Counter(int(b.text) - int(a.text) for a, b in pairwise(margin))
    if len(margin) < 10 or steps.most_common(1)[0][1] < 0.8 * (len(margin) - 1):
        return words
    numbers = set(margin)
    return [word for word in words if word not in numbers]


def _without_margins(lined: list[tuple[Page, list[Line]]]) -> list[tuple[Page, list[Line]]]:
    """Pages without their numbers and the lines that stand on top or at the foot of many."""

    def name(line: Line) -> str:
        return re.sub(r"\d+", "#", line.text)

    ends = [[*lines[:2], *lines[-2:]] for _, lines in lined]
    often = Counter(text for lines in ends for text in {name(line) for line in lines})
    most = max(2.0, 0.4 * len(lined))

    def is_margin(line: Line) -> bool:
        return name(line) == "#" or (len(lined) > 2 and often[name(line)] > most)

    return [
        (page, [line for line in lines if line not in some or not is_margin(line)])
        for (page, lines), some in zip(lined, ends, strict=True)
    ]


def find_gutter(lines: list[Line]) -> float | None:
    """Where a page's two columns part: between lines of prose on both sides of it."""
    if not lines:
        return None
    low, high = edges(lines)
    width = high - low
    prose = [
        (part[0].left, part[-1].right)
        for line in lines
        for part in line.parts(_SEGMENT_GAP)
        if is_prose(part, 0.25 * width)
    ]
    best, places = (0, 0), []  # type: tuple[int, int], list[float]
    for step in range(int(0.3 * width), int(0.7 * width)):
        at = low + step
        before = sum(right <= at for _, right in prose)
        behind = sum(left >= at for left, _ in prose)
        crossing = len(prose) - before - behind
        least = min(before, behind)
        if least < _FEWEST_LINES or 2 * crossing > least:
            continue
        if (least, -crossing) > best:
            best, places = (least, -crossing), []
        if (least, -crossing) == best:
            places.append(at)
    return median(places) if places else None


def _may_part(lines: list[Line], gutter: float) -> bool:
    """Whether a page without a gutter of its own may have that of the others."""
    crossing = sum(_crosses(line, gutter) for line in lines)
    sided = sum(
        is_prose(part, 0) and (part[-1].right <= gutter or part[0].left >= gutter)
        for line in lines
        for part in line.parts(_SEGMENT_GAP)
    )
    return sided >= 2 * crossing


def _crosses(line: Line, gutter: float) -> bool:
    """Whether words stand on the gutter, or one blank apart on both sides of it."""
    if any(word.left < gutter - 1 and word.right > gutter + 1 for word in line.words):
        return True
    return any(
        one.right <= gutter + 1
        and other.left >= gutter - 1
        and other.left - one.right < 0.6 * line.size
        for one, other in pairwise(line.words)
    )


def _regions(lines: list[Line], gutter: float | None) -> Iterator[list[Line]]:
    """Parts of a page in reading order: what stands across, and between it each column."""
    if gutter is None:
        yield lines
        return
    across = _across(lines, gutter)
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and across[end] == across[at]:
            end += 1
        if across[at]:
            yield lines[at:end]
        else:
            for side in (False, True):
                halves = (_words_beside(gutter, line, side) for line in lines[at:end])
                yield [Line(half) for half in halves if half]
        at = end


def _words_beside(gutter: float, line: Line, right: bool) -> tuple[Word, ...]:
    return tuple(word for word in line.words if ((word.left + word.right) / 2 > gutter) == right)


def _across(lines: list[Line], gutter: float) -> list[bool]:
    """For each line whether it stands across both columns, as a title or a wide table does."""
    low, high = edges(lines)
    across = [_crosses(line, gutter) for line in lines]
    columns = [
        not crossing and _is_of_column(line, gutter, low, high)
        for line, crossing in zip(lines, across, strict=True)
    ]
    for at in range(len(lines)):
        # A wide table's label can be as long as a line of a column.
        if columns[at] and any(across[at - 2 : at]) and any(across[at + 1 : at + 3]):
            columns[at] = False
            across[at] = True
    for order in (range(len(lines)), range(len(lines) - 1, -1, -1)):
        step, headed = order.step, False
        for at in order:
            # Below a wide table's caption rows need not cross the gutter themselves.
            headed = across[at] and (headed or bool(PATTERNS["table"].match(lines[at].text)))
            if not across[at]:
                continue
            # Lines close to one that stands across belong to it while they have two sides.
            joined, size = at, lines[at].size
            k = at + step
            while 0 <= k < len(lines) and not across[k] and not columns[k]:
                upper, lower = sorted((lines[k - step], lines[k]), key=lambda line: line.bottom)
                rows = len(lines[k].parts(CELL_GAP)) > 2 or (headed and step > 0)
                apart = _APART if rows else _NEAR
                if lower.top - upper.bottom > apart * size:
                    break
                two = lines[k].left < gutter < lines[k].right
                if two or PATTERNS["caption"].match(lines[k].text):
                    joined = k
                k += step
            if 0 <= k < len(lines) and across[k]:
                joined = k
            for between in range(at, joined, step):
                across[between] = True
            across[joined] = True
    return across


def _is_of_column(line: Line, gutter: float, low: float, high: float) -> bool:
    for side, edge, width in ((False, low, gutter - low), (True, gutter, high - gutter)):
        words = _words_beside(gutter, line, side)
        if words and len(Line(words).parts(CELL_GAP)) == 1:
            near = words[0].left - edge < 0.15 * width
            if near and is_prose(words, _FULL * width):
                return True
    return False


def _joined(blocks: list[Block]) -> list[Block]:
    """Blocks with a table that goes on over a page or a column made one."""
    found: list[Block] = []
    for block in blocks:
        between: list[Line] = []
        if block.is_table and len(found) > 1 and _is_of_table(found[-1], found[-2]):
            between = found[-1].lines
        before = found[-2] if between else found[-1] if found else None
        if before is None or not _goes_on(before, block):
            found.append(block)
            continue
        if between:
            found.pop()
        if between and between[0].top > before.lines[-1].top:
            before = replace(before, lines=before.lines + between)
        elif between:
            block = replace(block, lines=between + block.lines)
        found[-1] = _with_rest(before, block)
    return found


def _is_of_table(block: Block, table: Block) -> bool:
    """Whether a few short lines at a page's end or start may be of the table before them."""
    return (
        table.is_table
        and not block.is_table
        and len(block.lines) <= _FEW
        and not any(PATTERNS["caption"].match(line.text) for line in block.lines)
        and all(
            line.right < table.right - 0.25 * (table.right - table.left) for line in block.lines
        )
    )


def _with_rest(table: Block, rest: Block) -> Block:
    """A table with its rest from another page or column below it; repeated headers once."""
    across = table.left - rest.left
    down = table.lines[-1].bottom + 0.2 * table.lines[-1].size - rest.lines[0].top
    same = (one.text == other.text for one, other in zip(rest.lines, table.lines, strict=False))
    heads = sum(1 for _ in takewhile(bool, same))
    rules = [
        Rule(r.left + across, r.right + across, r.top + down, r.bottom + down) for r in rest.rules
    ]
    return replace(
        table,
        lines=table.lines + [line.moved(across, down) for line in rest.lines[heads:]],
        rules=table.rules + rules,
        page=rest.page,
    )


def _goes_on(before: Block, block: Block) -> bool:
    """Whether a table is the rest of the one before it: elsewhere, in its place or as wide."""
    if not (before.is_table and block.is_table):
        return False
    moved = block.page != before.page or block.lines[0].top < before.lines[0].top
    width = block.right - block.left
    return moved and (
        abs(before.right - before.left - width) < _SAME_EDGE
        or abs(before.left - block.left) < _SAME_EDGE
    )


def _prose(lines: list[Line]) -> Iterator[str]:
    """Lines as text, with an empty line before a new paragraph."""
    pitches = [below.bottom - above.bottom for above, below in pairwise(lines)]
    usual = median(pitches) if pitches else 0.0
    for at, line in enumerate(lines):
        if at and pitches[at - 1] > 1.3 * max(usual, line.size):
            yield ""
        yield line.text
