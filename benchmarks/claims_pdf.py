"""Papers saved as PDF in three ways: how many of their table cells keep their verdict.

Needs a folder of papers as journals' XML (NAME.nxml, from PubMed Central's open subset), named by
PHT_PAPERS. Each is set with python-docx and LibreOffice, as a manuscript is, and by Chromium in
one column and in two; what is read from these is compared with what is read from the XML.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from lxml import etree
from playwright.sync_api import sync_playwright

from pht_core.claims.claim import Claim
from pht_core.claims.reading.manuscript import read_manuscript
from pht_core.claims.report import check_report
from pht_core.claims.verdicts import CANNOT_TELL
from tests.browser.chromium import find_browser
from tests.office import convert_files

PARTS = (
    "//article-title[1]", "//abstract[1]", "/article/body", "//floats-group", "//floats-wrap",
    "/article/back//table-wrap",
)  # fmt: skip
AT_ONCE = 10  # papers that LibreOffice saves in one start
WIDE = 5  # columns from which a table stands across both columns of a page
LANDSCAPE = 9  # columns from which a manuscript turns the page
TARGET = 0.9
WAYS = ("Word saved as PDF", "one column", "two columns")
_LEVELS = {"sup": "sup", "sub": "sub"}


@dataclass(frozen=True)
class Cell:
    """A cell of a journal's table: runs of text with their level, and how far it reaches."""

    runs: tuple[tuple[str, str], ...]
    across: int
    down: int

    @property
    def html(self) -> str:
        return "".join(
            f"<{level}>{escape(text)}</{level}>" if level else escape(text)
            for text, level in self.runs
        )


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, or a table with its caption and footnotes."""

    kind: str
    runs: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    heads: int = 0
    notes: tuple[tuple[tuple[str, str], ...], ...] = ()

    @property
    def width(self) -> int:
        return max((sum(cell.across for cell in row) for row in self.rows), default=0)

    @property
    def html(self) -> str:
        return Cell(self.runs, 1, 1).html


def read_blocks(content: bytes) -> list[Block]:
    """The blocks of an article's abstract and body."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, recover=True))
    blocks = []
    for part in root.xpath(" | ".join(PARTS)):
        if part.tag == "article-title":
            if not part.xpath("ancestor::ref"):
                blocks.append(Block("title", _runs(part)))
            continue
        for found in part.iter("title", "p", "table-wrap"):
            outer = found.xpath(
                "ancestor::table-wrap | ancestor::ref-list | ancestor::p | ancestor::fn"
            )
            if found.tag == "table-wrap":
                blocks += _tables(found)
            elif not outer:
                heading = found.tag == "title" and found.getparent().tag != "caption"
                blocks.append(Block("heading" if heading else "p", _runs(found)))
    return [block for block in blocks if block.rows or any(t.strip() for t, _ in block.runs)]


def _runs(element: Any) -> tuple[tuple[str, str], ...]:
    """An element's text with what is raised or lowered; tables inside of it are left out."""
    found: list[tuple[str, str]] = []

    def walk(node: Any, level: str) -> None:
        if not isinstance(node.tag, str) or node.tag in ("table-wrap", "fig", "tex-math"):
            return
        level = _LEVELS.get(node.tag, level)
        found.append((node.text or "", level))
        for child in node:
            walk(child, level)
            blank = " " if child.tag in ("break", "p", "title", "label") else ""
            outer = _LEVELS.get(node.tag, level)
            found.append((blank + (child.tail or ""), outer))

    walk(element, "")
    return tuple((" ".join(f"|{t}|".split())[1:-1], level) for t, level in found if t)


def _tables(wrap: Any) -> Iterator[Block]:
    caption = tuple(
        run for part in wrap.xpath("label | caption") for run in (*_runs(part), (" ", ""))
    )
    notes = tuple(_runs(note) for note in wrap.xpath("table-wrap-foot//p"))
    for table in wrap.iter("table"):
        rows = [
            tuple(
                Cell(_runs(cell), *(_whole(cell.get(name)) for name in ("colspan", "rowspan")))
                for cell in row.iter("td", "th")
            )
            for row in table.iter("tr")
        ]
        heads = len(table.xpath("thead//tr"))
        yield Block("table", caption, tuple(rows), heads, notes)


def _whole(value: str | None) -> int:
    return int(value) if value and value.isdigit() and int(value) > 0 else 1


def set_docx(blocks: Iterable[Block], style: int) -> bytes:
    """A manuscript: tables with a grid, with three rules or with none, by ``style``."""
    document = docx.Document()
    normal = document.styles["Normal"]
    normal.font.name = ("Times New Roman", "Arial", "Calibri")[style % 3]
    normal.font.size = Pt(11)
    if style % 4 == 1:
        normal.paragraph_format.line_spacing = 2.0
    turned = False
    for block in blocks:
        turn = block.width >= LANDSCAPE
        if turn != turned:
            section = document.add_section()
            section.page_width, section.page_height = section.page_height, section.page_width
            section.orientation = WD_ORIENT.LANDSCAPE if turn else WD_ORIENT.PORTRAIT
            turned = turn
        if block.kind != "table":
            _add_runs(document.add_paragraph(), block.runs, 14 if block.kind == "title" else None)
            continue
        below = style % 5 == 4
        if not below:
            _add_runs(document.add_paragraph(), block.runs)
        _set_table(document, block, style)
        for note in block.notes:
            _add_runs(document.add_paragraph(), note, 9)
        if below:
            _add_runs(document.add_paragraph(), block.runs)
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()


def _add_runs(paragraph: Any, runs: Iterable[tuple[str, str]], size: float | None = None) -> None:
    for text, level in runs:
        run = paragraph.add_run("".join(c for c in text if c.isprintable()))
        run.font.superscript, run.font.subscript = level == "sup", level == "sub"
        if size:
            run.font.size = Pt(size)


def _set_table(document: Any, block: Block, style: int) -> None:
    table = document.add_table(len(block.rows), block.width)
    if style % 3 == 0:
        table.style = "Table Grid"
    taken: set[tuple[int, int]] = set()
    for down, row in enumerate(block.rows):
        across = 0
        for cell in row:
            while (down, across) in taken:
                across += 1
            last = (
                min(down + cell.down, len(block.rows)) - 1,
                min(across + cell.across, block.width) - 1,
            )
            if across >= block.width:
                break
            taken |= {(r, c) for r in range(down, last[0] + 1) for c in range(across, last[1] + 1)}
            here = table.cell(down, across)
            if last != (down, across):
                here = here.merge(table.cell(*last))
            paragraph = here.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.paragraph_format.line_spacing = 1.0
            _add_runs(paragraph, cell.runs, 8 if block.width > 6 else 10)
    if style % 3 == 1:
        for at, edge in ((0, "top"), (max(block.heads - 1, 0), "bottom"), (-1, "bottom")):
            for element in table.rows[at]._tr.tc_lst:
                borders = element.get_or_add_tcPr().find(qn("w:tcBorders"))
                if borders is None:
                    borders = OxmlElement("w:tcBorders")
                    element.get_or_add_tcPr().append(borders)
                line = OxmlElement(f"w:{edge}")
                line.set(qn("w:val"), "single")
                line.set(qn("w:sz"), "8")
                borders.append(line)


def set_html(blocks: Iterable[Block], style: int, columns: int) -> str:
    """A journal's page in one column or two; wide tables stand across both."""
    align = ("top", "middle", "bottom")[style % 3]
    rules = ("", "thead tr:last-child > * {border-bottom: 1px solid}", "td, th {border: 1px solid}")
    size, in_tables = (9, 8) if columns == 2 else (11, 10)
    css = f"""
      @page {{size: A4; margin: 18mm 15mm}} body {{margin: 0; text-align: justify;
      font: {size}pt {("serif", "Arial", "serif")[style % 3]}}}
      table {{font-size: {in_tables}pt; text-align: left;
      border-collapse: {("collapse", "separate")[style % 2]}; border-top: 1px solid;
      border-bottom: 1px solid}} td, th {{vertical-align: {align}; padding: 1px {2 + style % 3}px;
      font-weight: normal}} {rules[style // 2 % 3]} .two {{columns: 2; column-gap: 16pt}}
      .wide {{column-span: all; margin: 6pt 0}} .wide table {{width: 100%}}
      .note {{font-size: {in_tables - 1}pt}} .turned {{writing-mode: vertical-rl;
      transform: rotate(180deg); page-break-before: always; page-break-after: always}}"""
    pieces = []
    for block in blocks:
        if block.kind != "table":
            tag = {"title": "h1", "heading": "h3"}.get(block.kind, "p")
            pieces.append(f"<{tag}>{block.html}</{tag}>")
            continue
        rows = [
            "".join(
                f'<{tag} colspan="{cell.across}" rowspan="{cell.down}">{cell.html}</{tag}>'
                for cell in row
            )
            for at, row in enumerate(block.rows)
            for tag in ("th" if at < block.heads else "td",)
        ]
        made = [f"<tr>{row}</tr>" for row in rows]
        table = (
            f"<table><thead>{''.join(made[: block.heads])}</thead>"
            f"<tbody>{''.join(made[block.heads :])}</tbody></table>"
        )
        caption = f"<p><b>{block.html}</b></p>"
        notes = "".join(f'<p class="note">{Cell(note, 1, 1).html}</p>' for note in block.notes)
        whole = f"{table}{notes}{caption}" if style % 5 == 4 else f"{caption}{table}{notes}"
        kind = "wide" if columns == 2 and block.width >= WIDE else ""
        pieces.append(f'<div class="{kind}">{whole}</div>')
    body = "".join(pieces)
    return (
        f'<!DOCTYPE html><meta charset="utf-8"><style>{css}</style>'
        f'<div class="{"two" if columns == 2 else ""}">{body}</div>'
    )


def print_papers(papers: dict[str, bytes], folder: Path) -> None:
    """Save each paper as PDF in every way, in folders named by number; made ones are kept."""
    wanted = {
        name: read_blocks(content)
        for name, content in papers.items()
        if not all((folder / str(way) / f"{name}.pdf").exists() for way in range(3))
    }
    for way in range(3):
        (folder / str(way)).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for name, blocks in wanted.items():
            for columns in (1, 2):
                page.set_content(set_html(blocks, _style(name), columns))
                printed = page.pdf(prefer_css_page_size=True)
                (folder / str(columns) / f"{name}.pdf").write_bytes(printed)
        browser.close()
    made = {f"{name}.docx": set_docx(blocks, _style(name)) for name, blocks in wanted.items()}
    for at in range(0, len(made), AT_ONCE):
        some = dict(list(made.items())[at : at + AT_ONCE])
        for name, printed in convert_files(some, "pdf", seconds=600).items():
            (folder / "0" / name.replace(".docx", ".pdf")).write_bytes(printed)


def _style(name: str) -> int:
    return sum(map(int, filter(str.isdigit, name)))


def judged_cells(text: str) -> Counter[tuple[str, int | None, int | None, str]]:
    """Claims in tables that have a verdict, as printed."""
    return Counter(
        (claim.value, claim.numerator, claim.denominator, claim.verdict)
        for claim in check_report(text).claims
        if _in_table(claim) and claim.verdict != CANNOT_TELL
    )


def _in_table(claim: Claim) -> bool:
    return claim.kind == "table"


def run() -> None:
    """Print the papers and compare."""
    folder = os.environ.get("PHT_PAPERS")
    print("\nPapers saved as PDF:", flush=True)
    if not folder:
        print("  not measured: PHT_PAPERS names no folder of papers", flush=True)
        return
    papers = {path.stem: path.read_bytes() for path in sorted(Path(folder).glob("*.nxml"))}
    with tempfile.TemporaryDirectory() as made:
        measure(papers, Path(os.environ.get("PHT_PRINTED", made)))


def measure(papers: dict[str, bytes], folder: Path, show: bool = False) -> None:
    print_papers(papers, folder)
    kept: Counter[int] = Counter()
    extra: Counter[int] = Counter()
    total, seconds = 0, 0.0
    for name, content in papers.items():
        expected = judged_cells(read_manuscript(content, f"{name}.nxml").text)
        total += expected.total()
        said = []
        for way in range(3):
            pdf = (folder / str(way) / f"{name}.pdf").read_bytes()
            start = perf_counter()
            text = read_manuscript(pdf, f"{name}.pdf").text
            seconds += perf_counter() - start
            found = judged_cells(text)
            kept[way] += (expected & found).total()
            extra[way] += (found - expected).total()
            said.append(f"{(expected & found).total()}+{(found - expected).total()}")
        if show and expected:
            print(f"  {name} {_style(name)} {expected.total()}: {' '.join(said)}")
    for way, words in enumerate(WAYS):
        share = kept[way] / max(total, 1)
        print(
            f"  {words}: {kept[way]} of {total} cells judged alike ({share:.0%}), {extra[way]} "
            f"judged otherwise; target {TARGET:.0%}: {'reached' if share >= TARGET else 'missed'}",
            flush=True,
        )
    print(f"  {seconds:.1f} s of reading", flush=True)
