"""The user's own template: its design is kept, and nothing else of it."""

import re
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from pptx.util import Pt

from pht_core.export.deck import template, write_deck
from pht_core.export.deck.template import read_template, sanitised_template
from pht_core.model.errors import PhtError
from tests import slide_templates as made
from tests.decked import chosen_renderings, find_misplaced, opened, renamed, titles
from tests.office import convert_files, read_pages
from tests.ooxml import find_faults

TEMPLATES = {
    "dark 4:3 in Georgia, with slides": made.old_slides,
    "title at the left": made.wide_body,
    "upright with a low title": made.small_title,
    "no titles": made.without_titles,
    "no title-only layout": made.content_only,
    "potx": made.potx,
    "with embedded files, controls and links": made.with_everything,
}
LONG = (
    "Neutropenia in 17 of 17 patients (100%; 95% CI 80.5–100.0%) within 28 days and in 6 of 15 "
    "with PHT (40%; 16.3–67.7%) on the best count after prednisone"
)


@pytest.fixture(scope="module")
def decks() -> dict[str, bytes]:
    bars, picture, table = chosen_renderings("figure1-incidence", "survival", "relapses")
    renderings = [renamed(bars, headline=LONG, comment="A remark."), picture, table]
    return {
        name: write_deck(renderings, template=make(), native=True)
        for name, make in TEMPLATES.items()
    }


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_deck_keeps_the_rules(decks: dict[str, bytes], name: str) -> None:
    assert find_faults(decks[name]) == []
    assert list(find_misplaced(opened(decks[name]))) == []


def test_libreoffice_shows_them_all(decks: dict[str, bytes]) -> None:
    files = {f"{place}.pptx": content for place, content in enumerate(decks.values())}
    pdfs = convert_files(files)
    assert list(pdfs) == list(files)
    for name, pdf in pdfs.items():
        pages = read_pages(pdf)
        assert len(pages) == len(opened(files[name]).slides) >= 5
        seen = [re.sub(r"[\s-]", "", page) for page in pages]
        assert "Wang2023sample(simulatedcounts)" in seen[0]
        assert "Neutropenia" in seen[1]
        assert "Overallsurvival" in seen[2]
        assert "Methodsanddefinitions" in seen[-1]


def test_its_design_is_kept(decks: dict[str, bytes]) -> None:
    content = decks["dark 4:3 in Georgia, with slides"]
    deck = opened(content)
    assert (deck.slide_width, deck.slide_height) == (Pt(720), Pt(540))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
    assert 'typeface="Georgia"' in theme
    assert 'val="14213D"' in theme
    assert len(deck.slide_layouts) == 11
    foot = [shape.text_frame.text for shape in deck.slides[1].placeholders]
    assert "Department of hematology" in foot


def test_its_slides_are_gone_with_all_they_had(decks: dict[str, bytes]) -> None:
    content = decks["dark 4:3 in Georgia, with slides"]
    text = made.all_text(content)
    for words in ("Old slide", "old text", "old notes", "example.org", "sectionLst"):
        assert words not in text
    names = made.part_names(content)
    assert sum(name.startswith("ppt/slides/slide") for name in names) == 5
    assert not any(name.startswith("docProps/thumbnail") for name in names)


def test_what_could_run_or_fetch_is_gone(decks: dict[str, bytes]) -> None:
    content = decks["with embedded files, controls and links"]
    text = made.all_text(content)
    for words in ("oleObj", "activeX", "example.org", "file:", "External", "hlinkClick", "control"):
        assert words not in text, words
    names = " ".join(made.part_names(content))
    assert not re.search("embeddings/ole|activeX|vba", names)
    # The shape that only had a link is still there.
    assert 'name="link"' in text


@pytest.mark.parametrize("name", ["upright with a low title", "title at the left", "no titles"])
def test_a_long_title_is_whole(decks: dict[str, bytes], name: str) -> None:
    assert titles(opened(decks[name]))[1] == LONG


def test_places_for_content_do_not_stay_empty(decks: dict[str, bytes]) -> None:
    for content in decks.values():
        for slide in list(opened(content).slides)[1:]:
            kinds = {shape.element.ph.get("type", "body") for shape in slide.placeholders}
            assert kinds <= {"title", "sldNum", "ftr"}


def zipped(**parts: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/"), part)
    return out.getvalue()


def types(old: str, new: str) -> bytes:
    return made.edit_parts(
        made.wide_body(), {"[Content_Types].xml": lambda xml: xml.replace(old, new)}
    )


def bomb() -> bytes:
    out = BytesIO(made.wide_body())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"ppt/media/{number}.bin", bytes(70 << 20))
    return out.getvalue()


def crowded() -> bytes:
    out = BytesIO(made.wide_body())
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(5001):
            archive.writestr(f"ppt/media/{number}.bin", b"")
    return out.getvalue()


def entities() -> bytes:
    return made.edit_parts(
        made.wide_body(),
        {
            "ppt/theme/theme1.xml": lambda xml: xml.replace(
                "<a:theme ", '<!DOCTYPE a [<!ENTITY b "c">]><a:theme ', 1
            )
        },
    )


def renamed_entities() -> bytes:
    """A theme with entities, under a name by which one would not take it for XML."""
    content = made.edit_parts(
        entities(),
        {
            "ppt/slideMasters/_rels/slideMaster1.xml.rels": lambda xml: xml.replace(
                "theme1.xml", "theme1.dat"
            ),
            "[Content_Types].xml": lambda xml: xml.replace("theme1.xml", "theme1.dat"),
        },
    )
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("theme1.xml", "theme1.dat"), old.read(name))
    return out.getvalue()


def hidden_bomb(size: int = 100 << 20) -> bytes:
    """A part that says that it has 100 bytes, and unpacks to a hundred megabytes."""
    out = BytesIO(made.wide_body())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ppt/media/big.bin", bytes(size))
    return out.getvalue().replace(struct.pack("<I", size), struct.pack("<I", 100))


def scratched() -> bytes:
    """A part whose packed bytes are damaged in their middle."""
    content = bytearray(made.wide_body())
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entry = archive.getinfo("ppt/theme/theme1.xml")
    start = entry.header_offset + entry.compress_size // 2
    content[start : start + 40] = b"\xff" * 40
    return bytes(content)


def broken_layouts() -> bytes:
    return made.edit_parts(
        made.wide_body(),
        {
            f"ppt/slideLayouts/slideLayout{number}.xml": lambda xml: xml.replace("spTree>", "tree>")
            for number in range(1, 12)
        },
    )


def another_root() -> bytes:
    return made.edit_parts(
        made.wide_body(),
        {"ppt/slideMasters/slideMaster1.xml": lambda xml: xml.replace("p:sldMaster", "p:sld")},
    )


def with_xml(n_bytes: int) -> bytes:
    out = BytesIO(made.wide_body())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ppt/slides/slide99.xml", b"<a/>".ljust(n_bytes))
    return out.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no ZIP": (lambda: b"hello", "not a PowerPoint file, or it is damaged"),
    "empty": (lambda: b"", "not a PowerPoint file"),
    "the old format": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "old .ppt format"),
    "another ZIP": (lambda: zipped(readme="hello"), "not a PowerPoint file"),
    "a Word file": (
        lambda: types("presentationml.presentation.main", "wordprocessingml.document.main"),
        "not a PowerPoint file",
    ),
    "macros": (
        lambda: types(
            "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
            "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
        ),
        "contains macros",
    ),
    "a bomb": (bomb, "unpacks to 210 MB; at most 200 MB"),
    "much XML": (lambda: with_xml(41 << 20), "holds 41 MB of XML; at most 40 MB"),
    "too many parts": (crowded, "at most 5,000 are read"),
    "entities": (entities, "declares entities"),
    "entities under another name": (renamed_entities, "declares entities"),
    "a bomb that does not say so": (hidden_bomb, "damaged"),
    "scratched": (scratched, "damaged"),
    "cut off": (lambda: made.wide_body()[:20_000], "damaged"),
    "layouts without shapes": (broken_layouts, "damaged"),
    "a master that is none": (another_root, "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_template_is_refused_in_a_sentence(name: str) -> None:
    make, words = REFUSED[name]
    with pytest.raises(PhtError) as caught:
        read_template(make())
    text = str(caught.value)
    assert words in text
    assert re.search(r"(save|Delete|use none|use another|Take pictures)", text)


def test_a_large_template_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "TEMPLATE_BYTES", 1 << 20)
    with pytest.raises(PhtError, match="has 2 MB; at most 1 MB"):
        read_template(bytes(2 << 20))


def test_tiny_slides_are_refused() -> None:
    small = made.edit_parts(
        made.wide_body(),
        {"ppt/presentation.xml": lambda xml: re.sub(r'sldSz cx="\d+"', 'sldSz cx="914400"', xml)},
    )
    with pytest.raises(PhtError, match=r"1\.0 by 7\.5 inches"):
        read_template(small)


def test_a_part_is_never_unpacked_to_more_than_it_says() -> None:
    content = hidden_bomb()
    tracemalloc.start()
    try:
        with pytest.raises(PhtError, match="damaged"):
            sanitised_template(content)
        assert tracemalloc.get_traced_memory()[1] < 30 << 20
    finally:
        tracemalloc.stop()


DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
DRAWINGS = {
    # What a drawing may have: styles, and references to places within it.
    f'{DRAWING}><rect id="a" style="fill:red"/><use href="#a" fill="url(#a)"/></svg>': True,
    f"{DRAWING}><style>rect {{fill: url('#a')}}</style></svg>": True,
    # What runs.
    f'{DRAWING} onload="harm()"/>': False,
    f"{DRAWING}><script>harm()</script></svg>": False,
    f'{DRAWING}><a xlink:href="javascript:harm()"/></svg>': False,
    f'{DRAWING}><foreignObject><b xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>': (
        False
    ),
    f'<!DOCTYPE svg [<!ENTITY e "<script>harm()</script>">]>{DRAWING}>&e;</svg>': False,
    # What fetches.
    f'{DRAWING}><use href="//example.org/x"/></svg>': False,
    f'{DRAWING}><feImage href="x.png"/></svg>': False,
    f'{DRAWING}><rect fill="url(https://example.org/x)"/></svg>': False,
    f'{DRAWING}><rect style="fill:u\\72l(https://example.org/x)"/></svg>': False,
    f'{DRAWING}><style>@import "https://example.org/x";</style></svg>': False,
    f'<?xml-stylesheet href="https://example.org/x"?>{DRAWING}/>': False,
    f'<!DOCTYPE svg SYSTEM "https://example.org/x">{DRAWING}/>': False,
    f'{DRAWING}><use id="a"><set attributeName="href" to="https://example.org/x"/></use></svg>': (
        False
    ),
}


@pytest.mark.parametrize(("drawing", "kept"), DRAWINGS.items())
def test_only_a_drawing_that_is_nothing_else_is_kept(drawing: str, kept: bool) -> None:
    master = "ppt/slideMasters/slideMaster1.xml"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    ending = '<Default Extension="svg" ContentType="image/svg+xml"/></Types>'
    content = made.edit_parts(
        made.wide_body(),
        {
            "ppt/slideMasters/_rels/slideMaster1.xml.rels": lambda xml: xml.replace(
                "</Relationships>",
                f'<Relationship Id="rIdS" Type="{kind}" Target="../media/s.svg"/></Relationships>',
            ),
            "[Content_Types].xml": lambda xml: xml.replace("</Types>", ending),
        },
    )
    out = BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("ppt/media/s.svg", drawing)
    names = made.part_names(sanitised_template(out.getvalue()))
    assert master in names
    assert ("ppt/media/s.svg" in names) is kept
