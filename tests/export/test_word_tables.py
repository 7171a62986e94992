"""Word files: their tables, legends and pictures, opened by LibreOffice and read as XML."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pytest
from lxml import etree
from PIL import Image

from pht_core.charts.picture import Picture
from pht_core.claims.report import check_report
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.entry import Entry, render_entries
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering
from pht_core.export.document.reply import build_reply, write_docx
from pht_core.export.document.word_tables import write_word
from pht_core.export.pictures.style import Style
from pht_core.intake.reading import read_sample
from tests.office import convert_files, draw_pages, read_pages
from tests.ooxml import find_faults

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = ("key-figures", "patients", "safety", "relapses", "figure1-incidence", "survival")
HOSTILE = "=1+1 \x00\x07\x1b <w:p/> &amp; ]]> \ud800 \u202e {患者} 😀"
HOSTILE_SHOWN = "=1+1 <w:p/> &amp; ]]> {患者} 😀"
LETTER = "Of 17 patients, 96.12% (16/17) had anemia. Words in <b>bold</b> & {braces}."


def entry(name: str) -> Entry:
    return Entry(name, EXHIBITS[name].options())


@pytest.fixture(scope="module")
def renderings() -> list[Rendering]:
    made, left_out = render_entries(read_sample(), [entry(name) for name in NAMES])
    assert left_out == []
    return made


@pytest.fixture(scope="module")
def hostile(renderings: list[Rendering]) -> Rendering:
    words: Any = dict.fromkeys(
        ("title", "headline", "caption", "result", "comment", "alt"), HOSTILE
    )
    table = pd.DataFrame({HOSTILE: [HOSTILE, "1"], "n": ["–", "2"]})
    return replace(renderings[0], **words, method=(HOSTILE,), table=table)


@pytest.fixture(scope="module")
def files(renderings: list[Rendering], hostile: Rendering) -> dict[str, bytes]:
    rows = [[f"Patient {place}", str(place), f"{place}.5"] for place in range(1, 151)]
    long = replace(
        renderings[0], table=pd.DataFrame(rows, columns=["Patient", "Course", "Days on prednisone"])
    )
    wide = replace(
        renderings[0],
        table=pd.DataFrame({f"Heading of column {n}": ["value" * 3] for n in range(12)}),
    )
    return {
        "paper.docx": write_word(renderings),
        "long.docx": write_word([long, wide]),
        "hostile.docx": write_word([hostile]),
        "empty.docx": write_word([]),
        "reply.docx": write_docx(build_reply(check_report(LETTER), "draft <1> & 2.docx")),
    }


@pytest.fixture(scope="module")
def opened(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files as LibreOffice shows them."""
    return convert_files(files)


def part(content: bytes, name: str = "word/document.xml") -> etree._Element:
    with ZipFile(BytesIO(content)) as archive:
        return etree.fromstring(archive.read(name))


def said(node: etree._Element) -> str:
    return "".join(node.itertext(f"{W}t"))


def plain(text: str) -> str:
    """Words without hyphens, which pdftotext takes away at the end of a line."""
    return "".join(text.replace("-", "").split())


def find(node: etree._Element, path: str) -> list[etree._Element]:
    return node.findall(path.replace("w:", W))


@pytest.mark.parametrize(
    "name", ["paper.docx", "long.docx", "hostile.docx", "empty.docx", "reply.docx"]
)
def test_no_rule_of_office_files_is_broken(name: str, files: dict[str, bytes]) -> None:
    assert find_faults(files[name]) == []


def test_libre_office_opens_every_file(files: dict[str, bytes], opened: dict[str, bytes]) -> None:
    assert set(opened) == set(files)
    for name, pdf in opened.items():
        ink = [
            min(Image.open(BytesIO(page)).convert("L").tobytes()) for page in draw_pages(pdf, 30)
        ]
        assert name == "empty.docx" or all(darkest < 200 for darkest in ink), name  # none is blank


def test_what_libre_office_shows(opened: dict[str, bytes], renderings: list[Rendering]) -> None:
    text = " ".join(" ".join(read_pages(opened["paper.docx"])).split())
    for words in (
        # Table 3 of the paper: 17 patients; the sample's doses and events.
        "Table 1. ",
        "Table 4. ",
        "Figure 1. ",
        "Figure 2. ",
        "Figure legends",
        "86 of 109 patients with counts",
        "hyperglycemia 11 17 65",
        "Simulated data: Wang 2023 sample (simulated counts) (SHA-256 bd016250); 17 of 17",
        "exploratory",
        "CI, confidence interval",
    ):
        assert words in text, words
    assert "Table 5" not in text
    assert "Figure 3" not in text
    for rendering in renderings:
        assert not rendering.result or plain(rendering.result) in plain(text)


def test_tables_have_three_rules_and_no_others(
    files: dict[str, bytes], renderings: list[Rendering]
) -> None:
    tables = find(part(files["paper.docx"]), ".//w:tbl")
    assert len(tables) == 4
    for table, rendering in zip(tables, renderings, strict=False):
        assert rendering.table is not None
        rules = [one.tag.removeprefix(W) for one in find(table, "w:tblPr/w:tblBorders")[0]]
        assert rules == ["top", "bottom"]
        head, *rows = find(table, "w:tr")
        for cell in find(head, "w:tc"):
            assert [one.tag.removeprefix(W) for one in find(cell, "w:tcPr/w:tcBorders")[0]] == [
                "bottom"
            ]
        assert not any(find(row, "w:tc/w:tcPr/w:tcBorders") for row in rows)
        assert len(find(head, "w:trPr/w:tblHeader")) == 1
        assert not any(find(row, "w:trPr/w:tblHeader") for row in rows)
        assert all(find(row, "w:trPr/w:cantSplit") for row in [head, *rows])
        printed = [[said(cell) for cell in find(row, "w:tc")] for row in rows]
        assert printed == rendering.table.values.tolist()


def test_numbers_stand_right_and_words_left(files: dict[str, bytes]) -> None:
    safety = find(part(files["paper.docx"]), ".//w:tbl")[2]
    row = find(safety, "w:tr")[1]
    sides = [find(cell, "w:p/w:pPr/w:jc")[0].get(f"{W}val") for cell in find(row, "w:tc")]
    assert sides == ["left", *["right"] * 5]


def test_word_counts_tables_and_figures_by_itself(files: dict[str, bytes]) -> None:
    document = part(files["paper.docx"])
    fields = find(document, ".//w:fldSimple")
    counted = [(one.get(f"{W}instr", "").split()[1], said(one)) for one in fields]
    assert counted == [
        *(("Table", str(n)) for n in (1, 2, 3, 4)),
        *(("Figure", str(n)) for n in (1, 2)),
    ]
    for one in fields:
        paragraph: Any = one.getparent()
        assert find(paragraph, "w:pPr/w:pStyle")[0].get(f"{W}val") == "Caption"
        assert re.match(r"(Table|Figure) \d\. \w", said(paragraph))
        assert "Table." not in said(paragraph)
        assert "Figure." not in said(paragraph)


def test_a_wide_table_lies_on_its_side(files: dict[str, bytes]) -> None:
    body = part(files["paper.docx"])[0]
    pages = find(body, ".//w:pgSz")
    turned = [page.get(f"{W}orient") == "landscape" for page in pages]
    assert turned == [False, True, False]  # only "patients", with its 17 columns
    for page, wide in zip(pages, turned, strict=True):
        size = [int(page.get(f"{W}{side}", "0")) / 1440 * 25.4 for side in ("w", "h")]
        assert [round(side) for side in size] == ([297, 210] if wide else [210, 297])
    for table, wide in zip(find(body, "w:tbl"), [False, True, False, False], strict=True):
        widths = [int(one.get(f"{W}w", "0")) for one in find(table, "w:tblGrid/w:gridCol")]
        assert sum(widths) / 1440 * 25.4 <= (267 if wide else 180) + 0.5


def test_heads_repeat_on_every_page_and_all_columns_fit(opened: dict[str, bytes]) -> None:
    pages = read_pages(opened["long.docx"])
    with_rows = [page for page in pages if re.search(r"Patient \d", page)]
    assert len(with_rows) > 1
    assert all("Days on prednisone" in page for page in with_rows)
    text = " ".join(" ".join(pages).split())
    assert all(f"Patient {n} " in text for n in range(1, 151))
    assert text.count("valuevaluevalue") == 12  # in no cell is the word broken


def test_pictures_are_two_columns_wide_and_told_in_words(
    files: dict[str, bytes], renderings: list[Rendering]
) -> None:
    document = part(files["paper.docx"])
    drawn = document.findall(".//{*}inline")
    figures = [rendering for rendering in renderings if rendering.draw is not None]
    assert len(drawn) == len(figures) == 2
    for number, (one, rendering) in enumerate(zip(drawn, figures, strict=True), 1):
        described: Any = one.find("{*}docPr")
        assert described.get("name") == f"Figure {number}"
        assert described.get("descr") == " ".join(rendering.alt.split())
        extent: Any = one.find("{*}extent")
        assert round(int(extent.get("cx")) / 36000) == 180  # mm
    with ZipFile(BytesIO(files["paper.docx"])) as archive:
        media = [name for name in archive.namelist() if name.startswith("word/media/")]
        assert len(media) == 2
        for name in media:
            picture = Image.open(BytesIO(archive.read(name)))
            assert picture.width == pytest.approx(180 / 25.4 * 300, abs=2)


def test_the_file_names_no_author(files: dict[str, bytes]) -> None:
    core = part(files["paper.docx"], "docProps/core.xml")
    told = {etree.QName(one).localname: one.text or "" for one in core}
    assert told["creator"] == ""
    assert told.get("description", "") == ""
    assert told.get("lastModifiedBy", "") == ""


def test_words_of_a_file_are_words(files: dict[str, bytes], opened: dict[str, bytes]) -> None:
    document = part(files["hostile.docx"])
    [table] = find(document, ".//w:tbl")
    cells = [said(cell) for cell in find(table, ".//w:tc")]
    assert cells == [HOSTILE_SHOWN, "n", HOSTILE_SHOWN, "–", "1", "2"]
    assert "<w:p/> &amp; ]]>" in " ".join(" ".join(read_pages(opened["hostile.docx"])).split())


def test_the_reply_to_the_editor_is_shown_whole(opened: dict[str, bytes]) -> None:
    text = " ".join(" ".join(read_pages(opened["reply.docx"])).split())
    assert "Figures in draft <1> & 2.docx" in text
    assert "“96.12% (16/17)”" in text
    assert "Does not match: 16/17 = 94.1176 -> 94.12; printed 96.12" in text


def test_style_and_steps(renderings: list[Rendering]) -> None:
    looks, told = [], []

    def drawn(target: RenderTarget) -> Picture:
        looks.append(target)
        assert figure.draw is not None
        return figure.draw(target)

    figure = renderings[4]
    write_word(
        [replace(figure, draw=drawn), renderings[2]],
        style=Style("slide", grey=True),
        report=lambda done, of, words: told.append((done, of)),
    )
    assert looks == [RenderTarget("grey", Style("double").width)]
    assert told[-1] == (2, 2)
    assert told == sorted(told)
    without = write_word([figure], include_pictures=False)
    assert part(without).findall(".//{*}inline") == []
