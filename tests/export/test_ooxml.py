"""The checker of Office files finds each fault that is put into a sound one."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from pht_core.export.deck import write_deck
from tests.decked import chosen_renderings
from tests.ooxml import find_faults

Parts = dict[str, bytes]

SLIDE = "ppt/slides/slide2.xml"
MAIN = "ppt/presentation.xml"


@pytest.fixture(scope="module")
def sound() -> bytes:
    chosen = chosen_renderings("survival", "figure1-incidence", "safety")
    return write_deck(chosen, native=True)


def test_a_sound_deck_has_no_fault(sound: bytes) -> None:
    assert find_faults(sound) == []


def rewrite(name: str, pattern: str, new: str) -> Callable[[Parts], None]:
    """Change the first place in a part (named by a pattern) where a pattern fits."""

    def change(parts: Parts) -> None:
        part = next(one for one in sorted(parts) if re.fullmatch(name, one))
        text, count = re.subn(pattern, new, parts[part].decode(), count=1, flags=re.DOTALL)
        assert count == 1, f"{pattern} is not in {part}"
        parts[part] = text.encode()

    return change


def drop(name: str) -> Callable[[Parts], None]:
    """Take a part out of the file."""

    def change(parts: Parts) -> None:
        del parts[next(one for one in sorted(parts) if re.fullmatch(name, one))]

    return change


def add(name: str, content: bytes) -> Callable[[Parts], None]:
    return lambda parts: parts.update({name: content})


TYPES = r"\[Content_Types\]\.xml"
MUTATIONS: dict[str, tuple[Callable[[Parts], None], str]] = {
    "a part without content type": (add("ppt/extra.bin", b"x"), "has no content type"),
    "a part that nothing refers to": (add("ppt/media/extra.png", b"\x89PNG"), "nothing refers"),
    "an entry for a missing part": (
        rewrite(TYPES, "</Types>", '<Override PartName="/no.xml" ContentType="a/b+xml"/></Types>'),
        "/no.xml is not in the file",
    ),
    "an entry twice": (rewrite(TYPES, "(<Override [^>]*/>)", r"\1\1"), "twice"),
    "no content types": (drop(TYPES), "is missing"),
    "a missing target": (drop("ppt/media/vector1.svg"), "which is not there"),
    "a relationship of another kind": (
        rewrite(
            "ppt/slides/_rels/slide2.xml.rels", "relationships/notesSlide", "relationships/chart"
        ),
        "is a chart, but",
    ),
    "an unknown r:embed": (
        rewrite(SLIDE, r'r:embed="rId\d+"', 'r:embed="rId99"'),
        "rId99, unknown",
    ),
    "a relationship id twice": (
        rewrite("ppt/slides/_rels/slide2.xml.rels", r"(<Relationship [^>]*/>)", r"\1\1"),
        "twice",
    ),
    "a link to outside": (
        rewrite(
            "ppt/slides/_rels/slide2.xml.rels",
            "<Relationship ",
            '<Relationship TargetMode="External" ',
        ),
        "refers to outside",
    ),
    "a slide id below 256": (
        rewrite(MAIN, r'<p:sldId([^>]*) id="\d+"|<p:sldId id="\d+"', '<p:sldId id="7"'),
        "slide id 7",
    ),
    "a slide id twice": (rewrite(MAIN, r'id="257"', 'id="256"'), "slide id 256 twice"),
    "a layout id of the master's": (
        rewrite(
            "ppt/slideMasters/slideMaster1.xml",
            r'sldLayoutId id="\d+"',
            'sldLayoutId id="2147483648"',
        ),
        "2147483648 twice",
    ),
    "a slide that is not listed": (rewrite(MAIN, r"<p:sldId [^>]*/>", ""), "does not list"),
    "a shape id twice": (rewrite(SLIDE, r'cNvPr id="[3-9]"', 'cNvPr id="2"'), "shape id 2 twice"),
    "a shape id of nothing": (
        rewrite(SLIDE, r'cNvPr id="[3-9]"', 'cNvPr id="0"'),
        "not a positive",
    ),
    "children out of order": (
        rewrite(
            MAIN,
            r"(<p:sldMasterIdLst>.*?</p:sldMasterIdLst>)(<p:notesMasterIdLst>.*?</p:notesMasterIdLst>)",
            r"\2\1",
        ),
        "out of order",
    ),
    "no notes master in the list": (
        rewrite(MAIN, "<p:notesMasterIdLst>.*?</p:notesMasterIdLst>", ""),
        "does not list the notes master",
    ),
    "no layout": (
        rewrite("ppt/slides/_rels/slide2.xml.rels", r"<Relationship [^>]*slideLayout[^>]*/>", ""),
        "0 parts as its slideLayout",
    ),
    "notes of another slide": (
        rewrite(
            "ppt/notesSlides/_rels/notesSlide1.xml.rels", "slides/slide2.xml", "slides/slide3.xml"
        ),
        "is not the notes page of",
    ),
    "a cell too few": (rewrite("ppt/slides/slide4.xml", r"<a:tc>.*?</a:tc>", ""), "cells in"),
    "a text without paragraph": (
        rewrite(
            "ppt/slides/slide4.xml",
            r"(<a:tc><a:txBody><a:bodyPr/>(<a:lstStyle/>)?)<a:p>.*?</a:p>",
            r"\1",
        ),
        "without a paragraph",
    ),
    "a chart without workbook": (
        rewrite("ppt/charts/chart1.xml", r"<c:externalData.*?</c:externalData>", ""),
        "has no workbook",
    ),
    "a negative axis": (
        rewrite("ppt/charts/chart1.xml", r'axId val="1"', 'axId val="-1"'),
        "whole number",
    ),
    "two series of one number": (
        rewrite("ppt/charts/chart1.xml", r'<c:order val="1"/>', '<c:order val="0"/>'),
        "two series",
    ),
    "XML that breaks off": (
        lambda parts: parts.update({SLIDE: parts[SLIDE][:-20]}),
        "not well-formed",
    ),
    "a sign that XML forbids": (
        lambda parts: parts.update({SLIDE: parts[SLIDE].replace(b"survival", b"survival\x01", 1)}),
        "not well-formed",
    ),
    "a picture of another kind": (
        lambda parts: parts.update({"ppt/media/image1.png": b"\xff\xd8\xff\xe0"}),
        "is image/jpeg",
    ),
    "a script in a vector": (
        rewrite("ppt/media/vector1.svg", "<g", "<script>1</script><g"),
        "has a script",
    ),
    "an address in a vector": (
        rewrite("ppt/media/vector1.svg", "<g", '<image href="https://example.org/x.png"/><g'),
        "refers to https",
    ),
    "a style from outside": (
        rewrite("ppt/media/vector1.svg", "<g", "<style>@import 'x.css';</style><g"),
        "imports a style",
    ),
    "a vector without fallback": (
        rewrite(
            SLIDE, r'(<a:blip r:embed=")rId\d+(".*?svgBlip [^>]*r:embed=")(rId\d+)', r"\1\3\2\3"
        ),
        "no PNG beside it",
    ),
    "a time that is none": (
        rewrite("docProps/core.xml", r">\d{4}-\d\d-\d\dT[^<]*<", ">yesterday<"),
        "is no time",
    ),
    "no presProps": (
        rewrite("ppt/_rels/presentation.xml.rels", r"<Relationship [^>]*presProps[^>]*/>", ""),
        "refers to 0 parts as its presProps",
    ),
    "macros": (add("ppt/vbaProject.bin", b"x"), "can run"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_fault_is_found(sound: bytes, name: str) -> None:
    change, words = MUTATIONS[name]
    with zipfile.ZipFile(BytesIO(sound)) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    change(parts)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, content in parts.items():
            archive.writestr(one, content)
    assert [fault for fault in find_faults(out.getvalue()) if words in fault], find_faults(
        out.getvalue()
    )


def test_a_name_twice_in_the_archive_is_found(sound: bytes) -> None:
    out = BytesIO(sound)
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(out, "a") as archive,
    ):
        archive.writestr(MAIN, b"<x/>")
    assert f"{MAIN}: twice in the ZIP file" in find_faults(out.getvalue())


def test_what_is_no_archive_is_named() -> None:
    assert find_faults(b"no") == ["not a ZIP file: File is not a zip file"]
