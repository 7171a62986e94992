"""Reading manuscripts: every kind of file gives the same claims; damage is explained."""

import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from pht_core.claims.reading.manuscript import MOST_BYTES, read_manuscript
from pht_core.model.errors import UnreadableFile
from tests.claims.composed import compose_docx, compose_pdf, docx_paragraph, docx_run, pack_docx
from tests.claims.readings import triples_of

PARAGRAPH = "Of 45 patients, 34 of 45 (75.6%) responded."
ROWS = [["", "A (n = 23)", "B (n = 22)"], ["Female, n (%)", "11 (47.8)", "9 (40.9)"]]
EXPECTED = [("75.6", 34, 45), ("47.8", 11, 23), ("40.9", 9, 22)]


def html_of() -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    return (
        "<html><head><title>x</title><style>p{width:44% (8/17)}</style></head><body>"
        f"<script>var x = '50% (1/3)';</script><p>{PARAGRAPH}<sup>12</sup></p><table>{rows}</table>"
    )


def claims_in(content: bytes, name: str) -> list[tuple[str, int | None, int | None]]:
    return [(p, k, n) for p, k, n, _ in triples_of(read_manuscript(content, name).text)]


def test_every_kind_gives_the_same_claims() -> None:
    table = "\n".join("\t".join(row) for row in ROWS)
    pipes = "\n".join(f"| {' | '.join(row)} |" for row in ROWS)
    assert claims_in(f"{PARAGRAPH}\n\n{table}\n".encode(), "a.txt") == EXPECTED
    assert claims_in(f"\ufeff{PARAGRAPH}\n\n{pipes}\n".encode(), "a.md") == EXPECTED
    assert claims_in(f"{PARAGRAPH}\n\n{table}\n".encode("utf-16"), "a.txt") == EXPECTED
    assert claims_in(html_of().encode(), "a.html") == EXPECTED
    assert claims_in(compose_docx([PARAGRAPH], ROWS), "a.docx") == EXPECTED
    cells = [
        (72 + 150 * at, 640 - 14 * down, cell)
        for down, row in enumerate(ROWS)
        for at, cell in enumerate(row)
        if cell
    ]
    assert claims_in(compose_pdf([[(72, 700, PARAGRAPH), *cells]]), "a.pdf") == EXPECTED


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [f"left line {at} holds words that run on" for at in range(30)]
    right = [f"right line {at} holds words that run on" for at in range(30)]
    left[29], right[0] = "and of these patients 44%", "(8/18) had fever in the end of it"
    page = [(60.0, 720.0 - 14 * at, line) for at, line in enumerate(left)]
    page += [(320.0, 720.0 - 14 * at, line) for at, line in enumerate(right)]
    text = read_manuscript(compose_pdf([page]), "a.pdf").text
    assert text.index("left line 28") < text.index("right line 1")
    assert claims_in(compose_pdf([page]), "a.pdf") == [("44", 8, 18)]


def test_text_is_kept_as_it_is() -> None:
    text = "a\r\n44%\u00a0(8/18)\r\n"
    assert read_manuscript(text.encode(), "a.txt").text == text
    assert read_manuscript("44 % – ja".encode("cp1252"), "a.txt").text == "44 % – ja"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"x" * (MOST_BYTES + 1), "a.txt", "at most 5 MB"),
        (b"%PDF-1.4 nonsense", "a.pdf", "damaged or locked"),
        (b"PK\x03\x04nonsense", "a.docx", "Word document"),
        (b"  \n ", "a.txt", "holds no text"),
        (b"\x00\x01\x02", "a.txt", "not text in UTF-8"),
        (b"{\\rtf1", "a.rtf", "of no kind that is read"),
        (compose_pdf([[]]), "a.pdf", "no text layer"),
        (compose_pdf([[(72, 700, "a")]] * 201), "a.pdf", "201 pages; at most 200"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, name: str, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read_manuscript(content, name)


def test_a_word_file_that_unpacks_to_too_much_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 61 * 1024 * 1024)
    with pytest.raises(UnreadableFile, match="20 MB"):
        read_manuscript(packed.getvalue(), "a.docx")


def test_a_word_file_with_entities_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    with pytest.raises(UnreadableFile, match="Word document"):
        read_manuscript(packed.getvalue(), "a.docx")


def test_a_word_file_is_read_as_its_changes_are_accepted_and_each_table_once() -> None:
    inner = "<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>".format(docx_paragraph("inner 1 (2)"))
    outer = f"<w:tbl><w:tr><w:tc>{docx_paragraph('outer')}{inner}</w:tc></w:tr></w:tbl>"
    moved = f"<w:moveFrom>{docx_run('moved')}</w:moveFrom><w:moveTo>{docx_run('moved')}</w:moveTo>"
    body = f"<w:p>{moved}<w:ins>{docx_run(' in')}</w:ins></w:p>{outer}"
    notes = docx_paragraph("a footnote")
    text = read_manuscript(pack_docx(body, notes), "a.docx").text
    assert text == "moved in\n\nouter\n\ninner 1 (2)\n\na footnote\n"


def test_spanned_cells_keep_their_columns() -> None:
    page = (
        "<table><tr><th rowspan=2></th><th colspan=2>A (n = 23)</th></tr>"
        "<tr><th>n</th><th>%</th></tr><tr><td>Female</td><td>11</td><td>47.8</td></tr>"
        "<tr><td>Male</td><td>12</td><td>52.2</td></tr></table>"
    )
    assert claims_in(page.encode(), "a.html") == [("47.8", 11, 23), ("52.2", 12, 23)]


def test_pdfs_of_several_users_are_read_at_once_and_each_as_it_is() -> None:
    papers = [
        compose_pdf([[(72, 700 - 12 * at, f"{n} of 17 ({at}%)") for at in range(50)]] * 20)
        for n in (3, 9)
    ]
    alone = [read_manuscript(paper, "a.pdf").text for paper in papers]
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda at: read_manuscript(papers[at % 2], "a.pdf").text, range(12)))
    assert read == alone * 6


@pytest.mark.parametrize(
    "page",
    [
        "<!--" * 200_000,
        "<table><tr><td>" * 2_000,
        '<table><tr><td colspan="²" rowspan="' + "9" * 5_000 + '">x<sup>³</sup></table>',
        "x \ud800 y",
    ],
)
def test_no_page_takes_long_or_fails(page: str) -> None:
    content = f"<p>9/17 (52.9%)</p>{page}".encode("utf-8", "surrogatepass")
    start = time.monotonic()
    assert "9/17 (52.9%)" in read_manuscript(content, "a.html").text
    assert time.monotonic() - start < 10


def test_a_reader_that_fails_on_a_manuscript_is_a_sentence() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "x" * 1000)
    content = bytearray(packed.getvalue())
    content[content.index(b"PK\x01\x02") + 10] = 77  # a way of packing that nobody knows
    with pytest.raises(UnreadableFile, match=r"a\.docx could not be read"):
        read_manuscript(bytes(content), "a.docx")


@pytest.mark.parametrize("depth", [1, 2, 10])
def test_each_claim_of_nested_tables_and_text_boxes_is_read_once(depth: int) -> None:
    body = ""
    for level in range(depth):
        words = f"{level + 1} of 45 had it; "
        if body:  # the table so far stands in a text box of a paragraph of the next one
            box = f"<w:r><w:pict><w:txbxContent>{body}</w:txbxContent></w:pict></w:r>"
            paragraph = f"<w:p>{docx_run(words)}{box}</w:p>"
        else:
            paragraph = docx_paragraph(words)
        body = f"<w:tbl><w:tr><w:tc>{paragraph}</w:tc></w:tr></w:tbl>"
    text = read_manuscript(pack_docx(body), "a.docx").text
    assert [text.count(f"{level + 1} of 45") for level in range(depth)] == [1] * depth


ARTICLE = """<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "JATS.dtd">
<article><front><article-meta><title-group><article-title>A <italic>trial</italic></article-title>
</title-group><pub-date><year>2020</year></pub-date></article-meta></front><body><sec>
<title>Results in <sup>18</sup>F</title><p>{0}<sup>12</sup></p><table-wrap><label>Table 1</label>
<caption><p>Patients</p></caption><table>{1}</table></table-wrap></sec></body><back><ref-list>
<ref>44% (8/18)</ref></ref-list></back></article>"""


def article_of(rows: list[list[str]]) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return ARTICLE.format(PARAGRAPH, "".join(f"<tr>{row}</tr>" for row in cells))


@pytest.mark.parametrize("name", ["a.xml", "a.nxml"])
def test_a_journals_xml_is_read_with_its_tables_and_without_references(name: str) -> None:
    content = article_of(ROWS).encode()
    assert claims_in(content, name) == EXPECTED
    text = read_manuscript(content, name).text
    assert text.startswith("A trial\n\nResults in ¹⁸F\n")
    assert "Table 1 Patients\n" in text
    assert "2020" not in text


def test_a_deep_article_is_read() -> None:
    deep = "<sec>" * 5000 + "<p>34 of 45 (75.6%)</p>" + "</sec>" * 5000
    content = f"<article><body>{deep}</body></article>".encode()
    assert claims_in(content, "a.xml") == [("75.6", 34, 45)]


@pytest.mark.parametrize(
    "content",
    [
        "<?xml version='1.0'?><html><body>44% (8/18)</body></html>",
        "<!DOCTYPE article [<!ENTITY a '44% (8/18)'>]><article><p>&a;</p></article>",
        "<!DOCTYPE article [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><article>&a;</article>",
        "44% (8/18)",
    ],
)
def test_other_xml_is_refused_in_words(content: str) -> None:
    with pytest.raises(UnreadableFile, match="is not a journal article's XML"):
        read_manuscript(content.encode(), "a.xml")
