"""Templates such as users bring: other fonts, sizes and places, and what must not come along."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO

from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pptx.slide import SlideLayout
from pptx.util import Inches

P14 = "http://schemas.microsoft.com/office/powerpoint/2010/main"
SECTIONS = (
    '<p:extLst><p:ext uri="{521415D9-36F7-43E2-AB2F-B90AF26B5E84}">'
    f'<p14:sectionLst xmlns:p14="{P14}"><p14:section name="Old" '
    'id="{6B8F4E4C-2A4B-4E86-9C58-0F0F0F0F0F0F}"><p14:sldIdLst><p14:sldId id="256"/>'
    "</p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst></p:presentation>"
)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060"
    "0000000500015e2d8ab60000000049454e44ae426082"
)


def old_slides() -> bytes:
    """A 4:3 template in Georgia, dark, with slides, notes, a link, a section and footers."""
    deck = Presentation()
    for number in range(3):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"Old slide {number}"
        slide.notes_slide.notes_text_frame.text = "old notes"
        run = slide.placeholders[1].text_frame.paragraphs[0].add_run()
        run.text = "old text"
        run.hyperlink.address = "https://example.org/old"
        slide.shapes.add_picture(BytesIO(PIXEL), 0, 0)
    footer = next(s for s in deck.slide_layouts[5].placeholders if s.placeholder_format.idx == 11)
    footer.text_frame.text = "Department of hematology"
    return edit_parts(
        _saved(deck),
        {
            "ppt/theme/theme1.xml": lambda xml: (
                xml.replace('<a:latin typeface="Calibri"/>', '<a:latin typeface="Georgia"/>')
                .replace(
                    '<a:sysClr val="windowText" lastClr="000000"/>', '<a:srgbClr val="F5F1E6"/>'
                )
                .replace('<a:sysClr val="window" lastClr="FFFFFF"/>', '<a:srgbClr val="14213D"/>')
            ),
            "ppt/presentation.xml": lambda xml: xml.replace("</p:presentation>", SECTIONS),
        },
    )


def wide_body() -> bytes:
    """A 16:9 template with a logo, a title at the left and the place for content at the right."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    master = deck.slide_master
    title, body = list(master.placeholders)[:2]
    title.left, title.top = Inches(0.4), Inches(0.6)
    title.width, title.height = Inches(3.4), Inches(5.5)
    body.left, body.top, body.width, body.height = Inches(4), Inches(0.6), Inches(9), Inches(5.6)
    for place, shape in enumerate(list(master.placeholders)[2:]):
        shape.left, shape.top = Inches(0.4 + 4 * place), Inches(7)
        shape.width, shape.height = Inches(3), Inches(0.4)
    return _saved(deck)


def small_title() -> bytes:
    """A template whose title has one low line, in capitals' size, and whose page is upright."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(7.5), Inches(10)
    master = deck.slide_master
    title, body = list(master.placeholders)[:2]
    title.left, title.top, title.width, title.height = map(Inches, (0.4, 0.3, 6.7, 0.5))
    body.left, body.top, body.width, body.height = map(Inches, (0.4, 1, 6.7, 8))
    for place, shape in enumerate(list(master.placeholders)[2:]):
        shape.left, shape.top = Inches(0.4 + 2.3 * place), Inches(9.4)
        shape.width, shape.height = Inches(2), Inches(0.4)
    return _saved(deck)


def without_titles() -> bytes:
    """A template of which only the empty layout is left."""
    deck = Presentation()
    _keep_layouts(deck, lambda layout: layout.name == "Blank")
    return _saved(deck)


def content_only() -> bytes:
    """A template without a layout that has the title alone."""
    deck = Presentation()
    _keep_layouts(deck, lambda layout: layout.name in ("Title and Content", "Comparison"))
    return _saved(deck)


def potx() -> bytes:
    """A template saved as one (.potx)."""
    return edit_parts(
        wide_body(),
        {
            "[Content_Types].xml": lambda xml: xml.replace(
                "presentation.main+xml", "template.main+xml"
            )
        },
    )


def with_everything() -> bytes:
    """A layout with an embedded file, a control, a linked picture, a link, a video, and a sound."""
    deck = Presentation()
    layout = deck.slide_layouts[5]
    part = layout.part
    tree = layout.shapes._spTree
    outside = part.relate_to("https://example.org/x.png", f"{_OFFICE}/image", is_external=True)
    link = part.relate_to("https://example.org/", f"{_OFFICE}/hyperlink", is_external=True)
    video = part.relate_to("file:///c:/x.mp4", f"{_OFFICE}/video", is_external=True)
    from pptx.oxml import parse_xml

    tree.append(
        parse_xml(
            f"<p:pic {_SPACES}><p:nvPicPr><p:cNvPr id='90' name='linked'/><p:cNvPicPr/>"
            f"<p:nvPr><a:videoFile r:link='{video}'/></p:nvPr></p:nvPicPr><p:blipFill>"
            f"<a:blip r:link='{outside}'/><a:stretch><a:fillRect/></a:stretch></p:blipFill>"
            f"<p:spPr>{_PLACE}</p:spPr></p:pic>"
        )
    )
    tree.append(
        parse_xml(
            f"<p:sp {_SPACES}><p:nvSpPr><p:cNvPr id='91' name='link'><a:hlinkClick r:id='{link}'/>"
            f"</p:cNvPr><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>{_PLACE}</p:spPr></p:sp>"
        )
    )
    embedded = _part(deck, "/ppt/embeddings/oleObject1.bin", "oleObject", b"\xd0\xcf\x11\xe0")
    ole = part.relate_to(embedded, f"{_OFFICE}/oleObject")
    tree.append(
        parse_xml(
            f"<mc:AlternateContent {_SPACES}><mc:Choice Requires='v'><p:graphicFrame>"
            "<p:nvGraphicFramePr><p:cNvPr id='92' name='embedded'/><p:cNvGraphicFramePr/><p:nvPr/>"
            "</p:nvGraphicFramePr><p:xfrm><a:off x='0' y='0'/><a:ext cx='9' cy='9'/></p:xfrm>"
            "<a:graphic><a:graphicData "
            "uri='http://schemas.openxmlformats.org/presentationml/2006/ole'>"
            f"<p:oleObj r:id='{ole}' progId='Package'/></a:graphicData></a:graphic>"
            "</p:graphicFrame></mc:Choice></mc:AlternateContent>"
        )
    )
    control = _part(deck, "/ppt/activeX/activeX1.xml", "ms-office.activeX+xml", b"<x/>")
    name = part.relate_to(control, f"{_OFFICE}/control")
    tree.getparent().append(
        parse_xml(f"<p:controls {_SPACES}><p:control name='c' r:id='{name}'/></p:controls>")
    )
    return _saved(deck)


def edit_parts(content: bytes, edits: dict[str, Callable[[str], str]]) -> bytes:
    """The same file with some parts rewritten as text."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name in edits:
                changed = edits[name](part.decode())
                assert changed != part.decode(), f"nothing to change in {name}"
                part = changed.encode()
            new.writestr(name, part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def part_names(content: bytes) -> list[str]:
    """Names in a ZIP file."""
    return zipfile.ZipFile(BytesIO(content)).namelist()


def all_text(content: bytes) -> str:
    """Every part that is text, one after the other."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if re.search(r"\.(xml|rels|svg)$", name)]
        return "\n".join(archive.read(name).decode() for name in names)


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    f'xmlns:r="{_OFFICE}"'
)
_PLACE = (
    "<a:xfrm><a:off x='0' y='0'/><a:ext cx='9' cy='9'/></a:xfrm>"
    "<a:prstGeom prst='rect'><a:avLst/></a:prstGeom>"
)


def _part(deck: Deck, name: str, kind: str, content: bytes) -> object:
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    return Part(PackURI(name), f"application/vnd.{kind}", deck.part.package, content)


def _keep_layouts(deck: Deck, wanted: Callable[[SlideLayout], bool]) -> None:
    for layout in list(deck.slide_layouts):
        if not wanted(layout):
            deck.slide_layouts.remove(layout)


def _saved(deck: Deck) -> bytes:
    out = BytesIO()
    deck.save(out)
    return out.getvalue()
