"""Native tables: columns as wide as their content, split over slides where they are long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from lxml import etree
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.slide import Slide
from pptx.util import Pt

from pht_core.charts.text_metrics import text_width
from pht_core.export.deck.box import Box
from pht_core.export.deck.measure import (
    LINE,
    font_factor,
    line_height,
    longest_word,
    share_widths,
    wrap,
)
from pht_core.export.deck.text import clean, set_ink, shorten_middle

SIZES = (18, 16, 14, 13, 12, 11, 10, 9)
_ACROSS, _DOWN = 5.0, 3.0
_LONGEST_CELL = 160
_LONGEST_ID = 40
# A column gets no more for a single unbroken word than so many sizes of the font.
_WIDEST_WORD = 14
_MOST_AIR = 24.0
# Beside figures that end at the right, text that begins at the left needs a gap.
_BESIDE = 10.0
_READ = 13
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_NUMBER = re.compile(r"[<>≤≥–-]?\s?\d[\d,. ]*%?( \(.*\))?$|^–$|^not reached$")
# Our widths are Arial's to a hundredth; another program's own may be a little more.
_SLACK = 1.03

Cells = list[list[str]]


@dataclass(frozen=True)
class Part:
    """Rows and columns of a table that one slide holds, the headings first.

    right : columns of figures, which end at the right. lefts : left margins of the columns.
    """

    cells: Cells
    widths: list[float]
    heights: list[float]
    right: list[bool]
    lefts: list[float]
    size: float


def split_table(table: pd.DataFrame, box: Box, font: str) -> list[Part]:
    """Fewest parts of a table that fit a box, in reading order, in letters as large as may be.

    Where the columns are too many for a slide, the first is repeated.
    """
    cells = [[clean(str(name), _LONGEST_CELL) for name in table.columns]]
    cells += [
        [_cell(cell, first=place == 0) for place, cell in enumerate(row)]
        for row in table.itertuples(index=False)
    ]
    if not cells[0]:
        return []
    smallest = _lay_out(cells, box, SIZES[-1], font)
    fewest = len(smallest)
    # Sizes at which even rows of one line need more slides are not tried.
    room = fewest * box.height
    tried = [size for size in SIZES[:-1] if len(cells) * (size * LINE + 2 * _DOWN) <= room]
    layouts = [*(_lay_out(cells, box, size, font) for size in tried), smallest]
    fitting = [parts for parts in layouts if len(parts) == fewest]
    # Somewhat smaller letters are better than cells of two lines, as long as they can be read.
    read = [parts for parts in fitting if parts[0].size >= _READ] or fitting[:1]
    return min(read, key=_lines)


def place_table(slide: Slide, box: Box, part: Part, name: str, alt: str) -> None:
    """Put a part of a table on a slide as a table that PowerPoint edits."""
    rows, columns = len(part.cells), len(part.cells[0])
    place = Box(box.left, box.top, sum(part.widths), sum(part.heights))
    frame = slide.shapes.add_table(rows, columns, *place.emu)
    frame.name = name
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    table = frame.table
    table.horz_banding = False
    frame._element.find(f".//{qn('a:tableStyleId')}").text = _NO_STYLE
    for column, width in enumerate(part.widths):
        table.columns[column].width = Pt(width)
    for row, height in enumerate(part.heights):
        table.rows[row].height = Pt(height)
        for column, words in enumerate(part.cells[row]):
            cell = table.cell(row, column)
            cell.margin_left, cell.margin_right = Pt(part.lefts[column]), Pt(_ACROSS)
            cell.margin_top = cell.margin_bottom = Pt(_DOWN)
            cell.vertical_anchor = MSO_ANCHOR.BOTTOM if row == 0 else MSO_ANCHOR.MIDDLE
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if part.right[column] else PP_ALIGN.LEFT
            run = paragraph.add_run()
            # An empty paragraph would be as high as the presentation's usual letters.
            run.text = words or "\u00a0"
            run.font.size = Pt(part.size)
            run.font.bold = row == 0
            set_ink(run.font.color)
            _rule(cell._tc, strong=row in (0, rows - 1))


def _lines(parts: list[Part]) -> int:
    """Lines of text beyond the first of each row."""
    return sum(
        round((height - 2 * _DOWN) / (part.size * LINE)) - 1
        for part in parts
        for height in part.heights
    )


def _cell(cell: object, *, first: bool) -> str:
    words = clean(str(cell), _LONGEST_CELL)
    return shorten_middle(words, _LONGEST_ID) if first and " " not in words else words


def _lay_out(cells: Cells, box: Box, size: float, font: str) -> list[Part]:
    factor = font_factor(font) * _SLACK
    # The first column names the row, though it be with numbers.
    figures = [_is_number(column[1:]) for column in zip(*cells, strict=True)]
    figures[0] = False
    lefts = [_BESIDE if n and figures[n - 1] and not own else 0 for n, own in enumerate(figures)]
    least, natural = _widths(cells, size, factor, lefts)
    parts = []
    for columns in _column_groups(least, box.width):
        own = [[row[column] for column in columns] for row in cells]
        widths = _share([least[c] for c in columns], [natural[c] for c in columns], box.width)
        inner = [width - 2 * _ACROSS - lefts[c] for width, c in zip(widths, columns, strict=True)]
        heights = [_height(row, inner, size, factor, bold=not n) for n, row in enumerate(own)]
        right = [figures[c] for c in columns]
        left = [_ACROSS + lefts[c] for c in columns]
        start = 1
        while start < len(own) or start == 1:
            end, used = start, heights[0]
            while (end < len(own) and used + heights[end] <= box.height) or end == start < len(own):
                used += heights[end]
                end += 1
            shown, tall = [own[0], *own[start:end]], [heights[0], *heights[start:end]]
            parts.append(Part(shown, widths, tall, right, left, size))
            start = max(end, 2)
    return parts


def _widths(
    cells: Cells, size: float, factor: float, lefts: list[float]
) -> tuple[list[float], list[float]]:
    """Of each column the width of its longest word, and of its longest text."""
    most = _WIDEST_WORD * size
    least, natural = [], []
    for column, left in zip(zip(*cells, strict=True), lefts, strict=True):
        margins = 2 * _ACROSS + left + 1
        word = max(longest_word(text, size, n == 0) for n, text in enumerate(column)) * factor
        line = max(text_width(text, size, n == 0) for n, text in enumerate(column)) * factor
        least.append(min(word, most) + margins)
        natural.append(line + margins)
    # The name of a row is not broken, where that can be helped.
    least[0] = max(least[0], min(natural[0], most + 2 * _ACROSS))
    return least, [max(pair) for pair in zip(least, natural, strict=True)]


def _column_groups(least: Sequence[float], width: float) -> list[list[int]]:
    """Columns by slide: all on one if their words fit, else the first beside some of the others."""
    if sum(least) <= width or len(least) < 3:
        return [list(range(len(least)))]
    groups, used = [[0]], least[0]
    for column in range(1, len(least)):
        if used + least[column] > width and len(groups[-1]) > 1:
            groups.append([0])
            used = least[0]
        groups[-1].append(column)
        used += least[column]
    return groups


def _share(least: list[float], natural: list[float], width: float) -> list[float]:
    if sum(natural) <= width:
        # Some air between columns, but no more: a row is read across.
        air = min(_MOST_AIR, (width - sum(natural)) / len(natural))
        return [wide + air for wide in natural]
    return share_widths(least, natural, width)


def _height(row: list[str], widths: list[float], size: float, factor: float, bold: bool) -> float:
    heights = [
        len(wrap(text, size, width / factor, bold)) * line_height(text, size)
        for text, width in zip(row, widths, strict=True)
    ]
    return max(heights) + 2 * _DOWN


def _is_number(column: Sequence[str]) -> bool:
    return bool(column) and all(_NUMBER.match(text) for text in column if text)


def _rule(cell: etree._Element, *, strong: bool) -> None:
    """A line under a cell: strong under the headings and the last row, faint between rows."""
    width, ink = 6350, '<a:schemeClr val="bg1"><a:lumMod val="85000"/></a:schemeClr>'
    if strong:
        width, ink = 12700, '<a:schemeClr val="tx1"/>'
    line = f'<a:lnB {nsdecls("a")} w="{width}"><a:solidFill>{ink}</a:solidFill></a:lnB>'
    cell.get_or_add_tcPr().insert(0, parse_xml(line))
