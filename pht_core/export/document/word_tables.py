"""Tables, legends and pictures of a manuscript as a Word file, in the style of journals."""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from pht_core.charts.text_metrics import widest
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.words import abbreviations, list_abbreviations
from pht_core.export.deck.measure import share_widths
from pht_core.export.deck.text import clean
from pht_core.export.pictures.pictures import Progress, draw_figures, no_progress, order_figure
from pht_core.export.pictures.style import Style


def new_document(title: str) -> Any:
    """A python-docx document with a title, without author and what its template brings."""
    document = docx.Document()
    properties = document.core_properties
    properties.author = properties.comments = properties.last_modified_by = ""
    properties.title = title
    # An empty list of references, whose kind the template does not declare.
    relations = document.part.rels
    for key in [key for key, one in relations.items() if one.reltype.endswith("/customXml")]:
        del relations[key]
    return document


FONT = "Times New Roman"
TEXT_POINTS, TABLE_POINTS, NOTE_POINTS = 11.0, 9.0, 8.0
LEAST_POINTS = 6.5
# Of A4 in mm; the text is as wide as a journal's two columns, so that pictures keep their size.
PAGE, MARGIN = (210, 297), 15
TEXT_WIDTH = {False: PAGE[0] - 2 * MARGIN, True: PAGE[1] - 2 * MARGIN}
HIGHEST_PICTURE = 235
POINT, SPACE = 25.4 / 72, 4.4  # mm; each cell has a little space on both sides
LONGEST_LINE = 17.0  # of a cell, in heights of its letters
SMALL = 25  # rows that stay on one page
THICK, THIN = 12, 6  # rules, in eighths of a point
LONGEST = 4000
_NUMBER = re.compile(r"[<>≤≥−-]?\d[\d,]*(\.\d+)?%?\Z")
_EMPTY = {"", "–"}
_KIND = re.compile(r"^(Figure|Table)\.\s+")


def write_word(
    renderings: Sequence[Rendering],
    *,
    style: Style = Style(),  # noqa: B008  frozen
    include_pictures: bool = True,
    report: Progress = no_progress,
) -> bytes:
    """A Word file: each table, then the figures' legends and results sentences, then the figures.

    Tables have three rules and heads that repeat on every page; wide ones lie on their side. Word
    numbers tables and figures by itself, so that they can be moved. Of the style count greys and
    resolution; pictures are 180 mm wide. PhtError if one could not be drawn.
    """
    tables = [rendering for rendering in renderings if rendering.table is not None]
    figures = [rendering for rendering in renderings if rendering.draw is not None]
    printed = Style("double", ppi=style.ppi, grey=style.grey)
    orders = [order_figure(one, ("png",), printed) for one in figures if include_pictures]
    pictures = draw_figures(orders, report)
    report(len(orders), len(orders) + 1, "Writing the Word file")
    document = _new_document()
    for number, rendering in enumerate(tables, 1):
        _add_table(document, rendering, number)
    results = [rendering for rendering in renderings if rendering.result]
    if figures or results:
        _turn(document, wide=False)
    _add_legends(document, figures)
    _add_results(document, results)
    for number, (rendering, files) in enumerate(zip(figures, pictures, strict=False), 1):
        if files is not None:
            _add_picture(document, rendering, files["png"], number)
    written = BytesIO()
    document.save(written)
    report(len(orders) + 1, len(orders) + 1, "Done")
    return written.getvalue()


def _new_document() -> Any:
    document = new_document("Tables and figures")
    for name, points in (("Normal", TEXT_POINTS), ("Caption", 10), ("Heading 1", 14)):
        style = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(points)
        style.font.color.rgb, style.font.bold = RGBColor(0, 0, 0), name == "Heading 1"
        fonts = style.element.rPr.rFonts
        for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[theme]  # a theme's font would win over the named one
        style.paragraph_format.space_after = Pt(4)
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in PAGE)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(MARGIN))
    return document


def _turn(document: Any, *, wide: bool) -> None:
    """Turn the page where the next part lies otherwise than the last."""
    section, orientation = (
        document.sections[-1],
        WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT,
    )
    if section.orientation != orientation:
        if len(document.element.body) > 1:
            section = document.add_section(WD_SECTION.NEW_PAGE)
        section.page_width, section.page_height = (Mm(side) for side in sorted(PAGE, reverse=wide))
        section.orientation = orientation


def _cells(rendering: Rendering) -> list[list[str]]:
    """A table's columns, each from its heading down."""
    table = rendering.table
    assert table is not None
    return [
        [clean(str(name), LONGEST), *(clean(str(cell), LONGEST) for cell in table.iloc[:, place])]
        for place, name in enumerate(table.columns)
    ]


def _layout(columns: Sequence[Sequence[str]]) -> tuple[bool, float, list[float]]:
    """Whether a table needs the wide side of the page, its letters (pt), and its columns (mm)."""
    # In heights of bold letters.
    least = [
        widest((word for cell in column for word in cell.split(" ")), 1, bold=True)
        for column in columns
    ]
    wanted = [
        max(short, min(widest(column, 1, bold=True), LONGEST_LINE))
        for short, column in zip(least, columns, strict=True)
    ]

    def in_mm(lengths: Sequence[float], points: float) -> list[float]:
        return [POINT * points * length + SPACE for length in lengths]

    points, wide = TABLE_POINTS, sum(in_mm(least, TABLE_POINTS)) > TEXT_WIDTH[False]
    room = TEXT_WIDTH[wide]
    while points > LEAST_POINTS and sum(in_mm(least, points)) > room:
        points -= 0.5
    widths = share_widths(in_mm(least, points), in_mm(wanted, points), room)
    return wide, points, widths


def _add_table(document: Any, rendering: Rendering, number: int) -> None:
    columns = _cells(rendering)
    wide, points, widths = _layout(columns)
    _turn(document, wide=wide)
    said, short = _split_caption(rendering.caption)
    _add_caption(document, "Table", number, said or rendering.title)
    # The first column is what the row is about, numbers or not.
    numbers = [place > 0 and _is_numbers(column[1:]) for place, column in enumerate(columns)]
    rows = len(columns[0]) if columns else 0
    table = document.add_table(rows, len(columns))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    _rule(table._tbl.tblPr, "w:tblBorders", top=THICK, bottom=THICK)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if place == 0:
            properties.append(OxmlElement("w:tblHeader"))  # repeated on every page
        for cell, column, width, right in zip(row.cells, columns, widths, numbers, strict=True):
            cell.width = Mm(width)
            _fill(cell, column[place], points, right=right, head=place == 0)
            # The head stays with the first row, the last with the notes, a small table whole.
            together = rows <= SMALL or place in (0, rows - 1)
            cell.paragraphs[0].paragraph_format.keep_with_next = together
    headings = " ".join(column[0] for column in columns)
    cells = " ".join(cell for column in columns for cell in column[1:])
    notes = [_merge(short, abbreviations(f"{headings} {cells}")), *rendering.method]
    _add_note(document, *notes, rendering.provenance.footer())
    if rendering.comment:
        _add_note(document, rendering.comment)


def _split_caption(caption: str) -> tuple[str, str]:
    """A caption without "Figure." or "Table.", and the abbreviations that close it."""
    said = _KIND.sub("", clean(caption, LONGEST))
    head, parted, last = said.rpartition(". ")
    if any(last.startswith(f"{short}, {long}") for short, long in list_abbreviations().items()):
        return f"{head}{parted.strip()}", last
    return said, ""


def _merge(first: str, second: str) -> str:
    """Two sentences of abbreviations as one, in their order of the alphabet."""
    parts = {part for one in (first, second) for part in one.rstrip(".").split("; ") if part}
    return f"{'; '.join(sorted(parts))}." if parts else ""


def _is_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell not in _EMPTY]
    return bool(filled) and all(_NUMBER.match(cell) for cell in filled)


def _fill(cell: Any, text: str, points: float, *, right: bool, head: bool) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(points), head
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
    if head:
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
        _rule(cell._tc.get_or_add_tcPr(), "w:tcBorders", bottom=THIN)


def _rule(properties: Any, kind: str, **sides: int) -> None:
    """Draw rules on some sides of a table or cell, where the schema wants them."""
    rules = OxmlElement(kind)
    for side, eighths in sides.items():
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", eighths), ("space", 0), ("color", "000000")):
            rule.set(qn(f"w:{name}"), str(value))
        rules.append(rule)
    after_table = ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    after_cell = ("w:noWrap", "w:tcMar", "w:textDirection", "w:vAlign")
    properties.insert_element_before(rules, *after_table, *after_cell)


def _add_caption(document: Any, kind: str, number: int, text: str) -> None:
    """A paragraph that begins with a field, which Word counts up."""
    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run(f"{kind} ").bold = True
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), f" SEQ {kind} \\* ARABIC ")
    counted = paragraph.add_run(str(number))
    counted.bold = True
    field.append(counted._r)
    paragraph._p.append(field)
    paragraph.add_run(". ").bold = True
    paragraph.add_run(text)


def _add_note(document: Any, *sentences: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(3)
    paragraph.paragraph_format.space_after = Pt(18)
    text = clean(" ".join(filter(None, sentences)), LONGEST)
    paragraph.add_run(text).font.size = Pt(NOTE_POINTS)


def _add_legends(document: Any, figures: Sequence[Rendering]) -> None:
    if figures:
        document.add_heading("Figure legends", level=1)
    for number, rendering in enumerate(figures, 1):
        said = _KIND.sub("", clean(rendering.caption, LONGEST)) or rendering.title
        _add_caption(document, "Figure", number, said)
        words = (*rendering.method, rendering.comment, rendering.provenance.footer())
        _add_note(document, *words)


def _add_results(document: Any, renderings: Sequence[Rendering]) -> None:
    if renderings:
        document.add_heading("Results sentences", level=1)
    for rendering in renderings:
        document.add_paragraph(clean(rendering.result, LONGEST), style="List Bullet")


def _add_picture(document: Any, rendering: Rendering, content: bytes, number: int) -> None:
    name = document.add_paragraph()
    name.paragraph_format.page_break_before = True
    name.paragraph_format.keep_with_next = True
    name.add_run(f"Figure {number}").bold = True
    paragraph = document.add_paragraph()
    shape = paragraph.add_run().add_picture(BytesIO(content), width=Mm(TEXT_WIDTH[False]))
    if shape.height > Mm(HIGHEST_PICTURE):
        shape.width = int(shape.width * Mm(HIGHEST_PICTURE) / shape.height)
        shape.height = Mm(HIGHEST_PICTURE)
    described = shape._inline.docPr
    described.set("name", f"Figure {number}")
    described.set("descr", clean(rendering.alt, LONGEST))
