"""Files to take away open as what they are: pictures, tables, names, and the footer in them."""

import io
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from pht_core.charts import Picture, flow_chart
from pht_core.errors import PhtError
from pht_core.export import Style, export_picture, file_name, format_csv
from pht_core.provenance import Provenance
from tests.drawn import FLOW

SVG = "{http://www.w3.org/2000/svg}"


def picture(title: str = "Patient flow") -> Picture:
    return flow_chart(FLOW, title=title, footer="Simulated data: made up.")


def png_chunks(content: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG by name (RFC 2083)."""
    chunks, place = {}, 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        chunks[content[place + 4 : place + 8]] = content[place + 8 : place + 8 + length]
        place += length + 12
    return chunks


def svg_texts(content: bytes) -> str:
    """All texts; one that is broken into lines holds a tspan per line."""
    return " ".join(" ".join(text.itertext()) for text in ET.fromstring(content).iter(f"{SVG}text"))


def test_a_png_is_a_slide_at_300_dpi() -> None:
    content = export_picture(picture(), "png")
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    chunks = png_chunks(content)
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    # 960 x 540 points at 300 per inch of 72.
    assert (width, height) == (4000, 2250)
    across, down, unit = struct.unpack(">IIB", chunks[b"pHYs"])
    assert unit == 1  # per metre
    assert across == down == pytest.approx(300 / 0.0254, abs=1)


def test_an_svg_keeps_its_text() -> None:
    content = export_picture(picture(), "svg")
    root = ET.fromstring(content)
    assert (root.get("width"), root.get("height")) == ("960pt", "540pt")
    texts = svg_texts(content)
    for words in ("Patient flow", "159", "with blood count", "Simulated data: made up."):
        assert words in texts
    fonts = set(re.findall(r'font-family="([^"]+)"', content.decode()))
    assert fonts == {"'Source Sans 3', DejaVu Sans, sans-serif"}


def test_a_pdf_keeps_its_text() -> None:
    content = export_picture(picture(), "pdf")
    assert content.startswith(b"%PDF-")
    assert re.search(rb"/MediaBox\s*\[\s*0 0 960 540\s*\]", content)
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    inflated = b"".join(_inflate(stream) for stream in streams)
    assert b" Tf" in inflated
    # The fonts' tables of letters (ToUnicode), by which text can be searched and copied.
    codes = re.findall(rb"<[0-9A-Fa-f]{4}> <([0-9A-Fa-f]{4})>", content)
    assert set("Patient flow 159") <= {chr(int(code, 16)) for code in codes}


def _inflate(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_as_drawn_is_the_size_of_the_picture() -> None:
    drawn = export_picture(replace(picture(), width=700), "svg", style=Style("as_drawn"))
    width = ET.fromstring(drawn).get("width", "")
    assert float(width.removesuffix("pt")) == pytest.approx(700, abs=1)


def test_chinese_names_are_drawn() -> None:
    content = export_picture(picture("患者1"), "svg").decode()
    assert re.search("font-family=\"'Noto Sans CJK SC'\">患者</", content)


def test_an_unknown_kind_or_size_is_named() -> None:
    with pytest.raises(PhtError, match=r"Kind of picture 'gif' is not known.*png, svg, pdf"):
        export_picture(picture(), "gif")
    with pytest.raises(PhtError, match=r"Size of picture 'poster' is not known.*slide"):
        Style("poster")


def test_a_picture_that_cannot_be_drawn_says_why() -> None:
    broken = replace(picture(), template=picture().template.replace('"line"', '"scribble"'))
    with pytest.raises(
        PhtError, match=r"The picture “Patient flow” could not be drawn: \w*Error: .+"
    ):
        export_picture(broken, "svg")


def test_drawing_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(
        PhtError, match=r"“Patient flow” took longer than 0\.01 s to draw and was stopped"
    ):
        export_picture(picture(), "svg", timeout=0.01)


# What a spreadsheet would run (OWASP, CSV injection) and what it would not.
@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-", "'-"),
        ("-2", "-2"),
        ("+0.5", "+0.5"),
        ("-1e-3", "-1e-3"),
        ("P1", "P1"),
        ("患者1", "患者1"),
        ("a,b", "a,b"),
        ("a = b", "a = b"),
    ],
)
def test_no_cell_is_a_formula(cell: str, written: str) -> None:
    content = format_csv(pd.DataFrame({"note": [cell]}))
    again = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    assert again["note"].tolist() == [written]


def test_numbers_stay_numbers() -> None:
    table = pd.DataFrame(
        {
            "day": [-7, 28],
            "value": [0.1 + 0.2, None],
            "known": pd.array([True, None], dtype="boolean"),
            "grade": pd.array([4, None], dtype="Int64"),
        }
    )
    content = format_csv(table)
    assert content == (b"day,value,known,grade\n-7,0.30000000000000004,True,4\n28,,,\n")


def test_a_column_name_is_no_formula_either() -> None:
    assert format_csv(pd.DataFrame({"=x": [1]})).splitlines()[0] == b"'=x"


def test_columns_of_one_name_are_kept() -> None:
    table = pd.DataFrame([[1, "=a"]], columns=["x", "x"])
    assert format_csv(table) == b"x,x\n1,'=a\n"


def test_a_byte_order_mark_only_where_excel_needs_it() -> None:
    assert not format_csv(pd.DataFrame({"id": ["P1"]})).startswith(b"\xef\xbb\xbf")
    chinese = format_csv(pd.DataFrame({"id": ["患者1"]}))
    assert chinese.startswith(b"\xef\xbb\xbf")
    assert pd.read_csv(io.BytesIO(chinese)).columns.tolist() == ["id"]


def test_no_rows_are_still_a_table() -> None:
    assert format_csv(pd.DataFrame({"a": [], "b": []})) == b"a,b\n"


def test_names_of_files_say_what_and_when() -> None:
    day = date(2026, 11, 22)
    assert file_name("figure1", "incidence", kind="png", day=day) == (
        "pht-figure1-incidence_2026-11-22.png"
    )
    assert file_name("../Étude: K/M", kind="csv", day=day) == "pht-tudekm_2026-11-22.csv"
    assert file_name("患者", kind="csv", day=day) == "pht_2026-11-22.csv"


def test_the_footer_tells_how_to_get_the_figure_again() -> None:
    footer = Provenance(
        data="cohort.csv",
        digest="bd01625045aa",
        n=9,
        n_total=17,
        filters="sex is male",
        scheme="CTCAE v5.0",
        method="exact 95% intervals",
        simulated=True,
        version="0.1.0",
        day=date(2026, 11, 22),
    ).footer()
    assert footer == (
        "Simulated data: cohort.csv (SHA-256 bd016250); 9 of 17 patients: sex is male; grades by "
        "CTCAE v5.0; exact 95% intervals; exploratory; PHT Explorer 0.1.0, 2026-11-22."
    )


def test_a_footer_leaves_out_what_is_not_so() -> None:
    footer = Provenance("a.csv", "", 17, 17, version="0.1.0", day=date(2026, 11, 22)).footer()
    assert footer == "a.csv; 17 of 17 patients; exploratory; PHT Explorer 0.1.0, 2026-11-22."
