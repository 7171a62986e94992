"""Pictures to take away open as what they are, in exact sizes; and the footer in them."""

import ctypes
import re
import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

from pht_core.charts import Frame, Picture, flow_chart
from pht_core.exhibits.view import Provenance
from pht_core.export import Order, Style, draw_pictures, export_picture
from pht_core.export.pictures import fonts
from pht_core.model.errors import PhtError
from tests.drawn import DRAW, FLOW
from tests.lettered import FAMILY, write_chinese_font

SVG = "{http://www.w3.org/2000/svg}"


def picture(title: str = "Patient flow") -> Picture:
    footer = "Simulated data: made up. 17 of 17 patients; grades by CTCAE v5.0; exploratory; " * 2
    return flow_chart(FLOW, Frame(title=title, footer=footer))


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


@pytest.fixture
def chinese_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer whose only font is Chinese."""
    write_chinese_font(tmp_path)
    monkeypatch.setattr(fonts, "system_folders", lambda: (str(tmp_path),))


@pytest.mark.usefixtures("chinese_font")
def test_a_pdf_keeps_its_text_in_fonts_of_its_own() -> None:
    title = "Patient flow 患者, 10⁹/L ★"
    pages = pdfium.PdfDocument(export_picture(picture(title), "pdf"))
    assert len(pages) == 1
    assert pages[0].get_size() == (960, 540)
    text = pages[0].get_textpage().get_text_bounded()
    # Each word is found; signs of another font may stand on a line of their own.
    for words in ("Patient flow", "患者", "10⁹/L", "★", "159", "Simulated data: made up."):
        assert words in text
    embedded = pdf_fonts(pages[0])
    assert set(embedded) == {"SourceSans3", "DejaVuSans", "SourceHanSansSC"}
    assert all(embedded.values())


def pdf_fonts(page: pdfium.PdfPage) -> dict[str, bool]:
    """Fonts of a page's texts by the beginnings of their names, and whether all are embedded."""
    embedded: dict[str, bool] = {}
    for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=20):
        font = raw.FPDFTextObj_GetFont(drawn.raw)
        name = ctypes.create_string_buffer(200)
        raw.FPDFFont_GetBaseFontName(font, name, 200)
        family = re.split("[+]", name.value.decode())[-1].split("-")[0]
        embedded[family] = embedded.get(family, True) and raw.FPDFFont_GetIsEmbedded(font) == 1
    return embedded


def test_as_drawn_is_the_size_of_the_picture() -> None:
    drawn = export_picture(picture().with_frame(width=700), "svg", style=Style("as_drawn"))
    width = ET.fromstring(drawn).get("width", "")
    assert float(width.removesuffix("pt")) == pytest.approx(700, abs=1)


# Millimetres and points by 25.4 mm and 72 points an inch.
@pytest.mark.parametrize(
    ("style", "pixels", "svg_width", "points"),
    [
        (Style("single", ppi=300), 1004, "85mm", 240.94),
        (Style("single", ppi=600), 2008, "85mm", 240.94),
        (Style("double", ppi=600), 4252, "180mm", 510.24),
        (Style("slide", ppi=600), 8000, "960pt", 960),
    ],
)
def test_a_width_is_exact(style: Style, pixels: int, svg_width: str, points: float) -> None:
    drawn = flow_chart(FLOW, Frame(title="Patient flow", width=style.width))
    (files,) = draw_pictures([Order(drawn, ("png", "svg", "pdf"), style)])
    chunks = png_chunks(files["png"])
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert width == pixels
    per_metre = {300: 11811, 600: 23622}[style.ppi]
    assert struct.unpack(">IIB", chunks[b"pHYs"]) == (per_metre, per_metre, 1)
    root = ET.fromstring(files["svg"])
    assert root.get("width") == svg_width
    page = pdfium.PdfDocument(files["pdf"])[0]
    assert page.get_width() == pytest.approx(points, abs=0.01)
    assert page.get_height() == pytest.approx(height / style.ppi * 72, abs=0.2)


def test_letters_are_as_large_as_asked_for() -> None:
    # Labels are 12 units of the layout; 85 mm are 240.94 points, 413 units of 7/12 point.
    for size, width in ((None, 413), (6, 482), (7, 413), (8, 361)):
        style = Style("single", font_size=size)
        assert style.width == width
    root = ET.fromstring(export_picture(picture(), "svg", style=Style("single")))
    assert float(root.get("viewBox", "").split()[2]) == pytest.approx(413, abs=1)
    assert (Style().width, Style(font_size=16).width) == (960, 720)


def test_an_svg_says_what_it_shows_and_no_more() -> None:
    drawn = replace(picture("A & <b>"), description="Boxes </desc> and arrows")
    content = export_picture(drawn, "svg")
    root = ET.fromstring(content)
    assert [root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")] == [
        "A & <b>",
        "Boxes </desc> and arrows",
    ]
    # Vega writes the row behind each mark into the mark, columns that are not shown too.
    assert b"aria-" not in content
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "g", "path", "line", "text", "tspan"),
        *("defs", "clipPath"),
    }


def test_letters_that_are_no_text_do_not_break_a_picture() -> None:
    content = export_picture(picture("a\x00b\x0bc\ud800d"), "svg").decode()
    assert "a\ufffdb" in content


def test_no_address_is_read_and_none_stays() -> None:
    content = export_picture(picture('<image href="http://example.org/x.png"/>'), "svg").decode()
    assert "&lt;image href=" in content
    assert "<image" not in content


def test_ids_of_two_pictures_are_apart() -> None:
    one, other = (export_picture(DRAW[name](), "svg") for name in ("survival", "trajectory"))
    ids = [set(re.findall(rb' id="([^"]+)"', content)) for content in (one, other)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for content, own in zip((one, other), ids, strict=True):
        assert set(re.findall(rb"url\(#([^)]+)\)", content)) <= own


@pytest.mark.usefixtures("chinese_font")
def test_chinese_names_are_drawn() -> None:
    content = export_picture(picture("患者1"), "svg").decode()
    assert re.search(f"font-family=\"'{FAMILY}'\">患者</", content)
    # The browser gets the letters with the file.
    assert (
        f"@font-face{{font-family:'{FAMILY}';font-weight:400;unicode-range:U+60A3,U+8005;src:"
        in content
    )


def test_an_unknown_kind_or_size_is_named() -> None:
    with pytest.raises(PhtError, match=r"Kind of picture 'gif' is not known.*png, svg, pdf"):
        export_picture(picture(), "gif")
    with pytest.raises(PhtError, match=r"Size of picture 'poster' is not known.*slide"):
        Style("poster")
    with pytest.raises(PhtError, match="450 pixels per inch are not offered; choose 300 or 600"):
        Style(ppi=450)
    with pytest.raises(PhtError, match=r"20 pt are not offered.*85 mm.*one of 6, 7, 8"):
        Style("single", font_size=20)
    with pytest.raises(PhtError, match=r"“Patient flow” is drawn in colours.*grey theme"):
        export_picture(picture(), style=Style(grey=True))


def test_a_picture_that_cannot_be_drawn_says_why() -> None:
    broken = replace(picture(), template=picture().template.replace('"rect"', '"scribble"'))
    with pytest.raises(
        PhtError, match=r"The picture “Patient flow” could not be drawn: \w*Error: .+"
    ):
        export_picture(broken, "svg")


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


def test_a_style_from_plain_values() -> None:
    plain = {"preset": "single", "ppi": 600, "grey": True, "font_size": 8}
    style = Style.from_plain(plain)
    assert style == Style("single", ppi=600, grey=True, font_size=8)
    assert style.to_plain() == plain
    assert Style.from_plain({}) == Style()


@pytest.mark.parametrize(
    "values",
    [
        {"preset": "poster"},
        {"preset": 1},
        {"ppi": 299},
        {"ppi": 300.0},
        {"ppi": "300"},
        {"ppi": True},
        {"grey": 1},
        {"grey": "no"},
        {"font_size": "7"},
        {"font_size": 99},
        {"colour": "red"},
    ],
)
def test_a_style_that_is_not_offered(values: dict[str, object]) -> None:
    with pytest.raises(PhtError):
        Style.from_plain(values)
