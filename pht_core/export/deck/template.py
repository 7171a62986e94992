"""A user's own template: its masters, layouts, theme and fonts, and nothing else of it."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from lxml import etree
from pptx import Presentation
from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.oxml import serialize_part_xml
from pptx.opc.package import Part, XmlPart, _Relationship
from pptx.opc.packuri import PackURI
from pptx.package import Package
from pptx.parts.presentation import PresentationPart
from pptx.presentation import Presentation as Deck

from pht_core.export.deck.layouts import choose_layouts
from pht_core.export.deck.package import write_package
from pht_core.intake.opening.archive import BROKEN
from pht_core.intake.opening.worker import read_apart
from pht_core.model.errors import PhtError

TEMPLATE_BYTES = 50 << 20
UNZIPPED_BYTES = 200 << 20
XML_BYTES = 40 << 20
MOST_PARTS = 5000
_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN = (
    CONTENT_TYPE.PML_PRESENTATION_MAIN,
    CONTENT_TYPE.PML_TEMPLATE_MAIN,
    CONTENT_TYPE.PML_SLIDESHOW_MAIN,
)
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")

_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
# The same relations in files that are saved as “Strict Open XML”.
_STRICT = "purl.oclc.org"
# Parts that make up a design. Slides, scripts, embedded files, links and data are not among them.
_KEPT = {
    "slideMaster": f"{{{_P}}}sldMaster",
    "slideLayout": f"{{{_P}}}sldLayout",
    "notesMaster": f"{{{_P}}}notesMaster",
    "handoutMaster": f"{{{_P}}}handoutMaster",
    "theme": f"{{{_A}}}theme",
    "themeOverride": f"{{{_A}}}themeOverride",
    "tableStyles": f"{{{_A}}}tblStyleLst",
    "image": "",
    "font": "",
}
_IMAGES = [
    f"image/{kind}" for kind in ("png", "jpeg", "jpg", "gif", "bmp", "tiff", "x-emf", "x-wmf")
]
_SVG = "image/svg+xml"
_FONT = "application/x-fontdata"
# Of a drawing: elements that run, fetch, or change what others point to.
_ACTIVE = {
    *("script", "handler", "foreignObject", "iframe", "image", "feImage", "audio", "video"),
    *("set", "animate", "animateMotion", "animateTransform", "discard"),
}
# Style that fetches: an address that is not a place within the drawing, or is written in escapes.
_FETCHES = re.compile(r"""url\((?!\s*['"]?#)|@import|\\""", re.IGNORECASE)
# What goes when it refers to a part that is not kept; the first that is found above it.
_SHAPES = ("graphicFrame", "pic", "sp", "cxnSp", "contentPart")
_WHOLES = ("control", "custData", "tags", "sndAc", "bg", "buBlip", "ext", "embeddedFont")
_LINKS = ("hlinkClick", "hlinkHover", "hlinkMouseOver")
_MOVING = ("timing", "custDataLst", "controls")
_ALTERNATIVES = [f"{{{_MC}}}{name}" for name in ("Choice", "Fallback", "AlternateContent")]
_LISTS = ("extLst", "embeddedFontLst", "notesMasterIdLst", "handoutMasterIdLst")
# Of the presentation itself: slides and what is about slides.
_OF_SLIDES = ("sldIdLst", "custShowLst", "custDataLst", "photoAlbum", "modifyVerifier", "smartTags")
_SECTIONS = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"
_FIRST_ID = 2147483648
# Parts for the lack of which PowerPoint repairs a file, as empty as they may be.
_NEEDED = {
    "presProps": f'<p:presentationPr xmlns:p="{_P}"/>',
    "viewProps": f'<p:viewPr xmlns:p="{_P}"/>',
    "tableStyles": (
        f'<a:tblStyleLst xmlns:a="{_A}" def="{{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}}"/>'
    ),
}


def read_template(content: bytes) -> Deck:
    """A template's design without slides, see `sanitised_template`; PhtError if it has none."""
    if len(content) > TEMPLATE_BYTES:
        raise PhtError(
            f"The template has {len(content) / (1 << 20):.0f} MB; at most "
            f"{TEMPLATE_BYTES >> 20} MB are read. Take pictures out of it, or delete its slides."
        )
    sanitised = read_apart(
        "pht_core.export.deck.template:tried_template",
        content,
        "The template",
        damaged=str(_refusal("is damaged: no slide can be made of it")),
    )
    return Presentation(BytesIO(sanitised))


def tried_template(content: bytes, name: str = "") -> bytes:
    """As `sanitised_template`, in another process: damage is found before slides are written."""
    sanitised = sanitised_template(content)
    _try(Presentation(BytesIO(sanitised)))
    return sanitised


def sanitised_template(content: bytes) -> bytes:
    """The masters, layouts, themes and pictures of a .pptx or .potx as a .pptx without slides.

    Slides, controls, embedded files, links to outside, comments and data are left out, with the
    shapes that show them. PhtError: no PowerPoint file, macros, a password, damaged, too large.
    """
    _check_archive(content)
    try:
        package = Package.open(BytesIO(content))
    except Exception:
        raise _refusal("is not a PowerPoint file, or it is damaged") from None
    main = _find_main(package)
    parts, next_id = [main], _FIRST_ID
    for part in parts:
        for key, relation in list(part.rels.items()):
            if not _is_kept(relation):
                part.rels.pop(key)
            elif relation.target_part not in parts:
                parts.append(relation.target_part)
        if part.content_type.endswith("xml") and part.content_type != _SVG:
            root = _root_of(part)
            _strip(root, set(part.rels))
            if part is main:
                _strip_presentation(root)
            next_id = _number(root, next_id)
            if not isinstance(part, XmlPart):
                part.blob = serialize_part_xml(root)
    _add_missing(main)
    return write_package(package)


def _refusal(what: str) -> PhtError:
    return PhtError(
        f"The template {what}. Open it in PowerPoint and save it as “PowerPoint Presentation "
        "(.pptx)”, or use none."
    )


def _check_archive(content: bytes) -> None:
    """Check sizes, names and XML of a file's parts, before anything is made of them."""
    if content.startswith(_OLD_FORMAT):
        raise _refusal("is in the old .ppt format or is locked with a password")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries)
            for entry in entries:
                # Never more than it says: what is packed may be far from it.
                with archive.open(entry) as file:
                    part = file.read(entry.file_size)
                if _declares_entities(part) and not entry.filename.lower().endswith(".svg"):
                    raise _refusal("declares entities, which no PowerPoint file does")
    except PhtError:
        raise
    except BROKEN:
        raise _refusal("is not a PowerPoint file, or it is damaged") from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_PARTS:
        raise PhtError(
            f"The template has {len(entries):,} parts; at most {MOST_PARTS:,} are read. "
            "Delete its slides."
        )
    size = sum(entry.file_size for entry in entries)
    if size > UNZIPPED_BYTES:
        raise PhtError(
            f"The template unpacks to {size / (1 << 20):,.0f} MB; at most "
            f"{UNZIPPED_BYTES >> 20} MB are read. Take pictures out of it, or delete its slides."
        )
    names = [entry.filename.lower() for entry in entries]
    size = sum(
        entry.file_size
        for entry, name in zip(entries, names, strict=True)
        if name.endswith((".xml", ".rels", ".svg", ".vml"))
    )
    if size > XML_BYTES:
        raise PhtError(
            f"The template holds {size / (1 << 20):,.0f} MB of XML; at most {XML_BYTES >> 20} MB "
            "are read. Delete its slides."
        )
    odd = any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names)
    if odd or len(set(names)) < len(names) or any(entry.flag_bits & 1 for entry in entries):
        raise _refusal("is damaged or locked")


def _declares_entities(part: bytes) -> bool:
    """True if it is XML with a document type, which may name entities and files outside."""
    if part.startswith(_BYTE_ORDER) or b"\0" in part[:4]:
        part = part.lstrip(b"\xff\xfe\xef\xbb\xbf").replace(b"\0", b"")
    return part.lstrip()[:1] == b"<" and _DOCTYPE.search(part) is not None


def _find_main(package: Package) -> PresentationPart:
    """The presentation, as what it is to be written; the package refers to nothing else."""
    main = None
    for key, relation in list(package._rels.items()):
        if main is None and relation.reltype.endswith("/officeDocument"):
            if _STRICT in relation.reltype:
                raise _refusal("is saved as “Strict Open XML”, which cannot be used")
            main = None if relation.is_external else relation.target_part
        else:
            package._rels.pop(key)
    kind = "" if main is None else main._content_type
    if "macroenabled" in kind.lower():
        raise _refusal("contains macros, which are not taken over")
    if main is None or kind not in _MAIN:
        raise _refusal("is not a PowerPoint file")
    main._content_type = CONTENT_TYPE.PML_PRESENTATION_MAIN
    return main


def _is_kept(relation: _Relationship) -> bool:
    """True if what a part refers to belongs to a design and can do no harm."""
    kind = relation.reltype.rstrip("/").rsplit("/", 1)[-1]
    if relation.is_external or kind not in _KEPT or _STRICT in relation.reltype:
        return False
    part = relation.target_part
    if root := _KEPT[kind]:
        if _root_of(part).tag != root:
            raise _refusal("is damaged: one of its parts is not what it is said to be")
        # Notes need a place to be written to; without one a master of our own is made.
        return kind != "notesMaster" or b'type="body"' in part.blob
    if kind == "font":
        return part.content_type == _FONT
    if part.content_type == _SVG:
        return _is_plain(part.blob)
    return part.content_type in _IMAGES


def _root_of(part: Part) -> etree._Element:
    """The root of a part's XML, parsed without looking anything up."""
    return part._element if isinstance(part, XmlPart) else _parse(part.blob)


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _refusal("is damaged: a part of it cannot be read") from None


def _is_plain(svg: bytes) -> bool:
    """True if a drawing fetches and runs nothing."""
    if _declares_entities(svg):
        return False
    root = _parse(svg)
    if root.xpath("//processing-instruction()"):
        return False
    for element in root.iter(etree.Element):
        local = _local(element)
        if local in _ACTIVE or (local == "style" and _FETCHES.search("".join(element.itertext()))):
            return False
        for name, value in element.attrib.items():
            own = _local(name).lower()
            if own.startswith("on") or _FETCHES.search(value):
                return False
            if own in ("href", "src") and not value.strip().startswith("#"):
                return False
    return True


def _strip(root: etree._Element, kept: set[str]) -> None:
    """Take out what refers to parts that are not kept, and everything that moves or sounds."""
    for element in list(root.iter(etree.Element)):
        for name, value in list(element.attrib.items()):
            refers = name.startswith(f"{{{_R}}}") and value not in kept
            if refers and (value or _local(element) in _LINKS):
                _take_out(element, name)
    for element in list(root.iter(*(f"{{{_P}}}{name}" for name in _MOVING))):
        whole = element
        while (parent := whole.getparent()) is not None and parent.tag in _ALTERNATIVES:
            whole = parent
        _remove(whole)


def _take_out(element: etree._Element, name: str) -> None:
    """Remove a reference: the attribute, the element, or the shape or the like around it."""
    local = _local(element)
    if local == "blip" and _local(name) == "link" and element.get(f"{{{_R}}}embed"):
        del element.attrib[name]
        return
    gone = element
    if local not in _LINKS and not local.endswith("Id"):
        above = [element, *element.iterancestors()]
        for wanted in (("ext",) if local == "svgBlip" else ()), _SHAPES, _WHOLES:
            found = next((one for one in above if _local(one) in wanted), None)
            if found is not None:
                parent = found.getparent()
                inside = parent is not None and parent.tag in _ALTERNATIVES
                gone = parent.getparent() if inside else found
                break
    _remove(gone)


def _local(name: etree._Element | str) -> str:
    """The name of an element or attribute without its namespace."""
    return etree.QName(name).localname


def _remove(element: etree._Element | None) -> None:
    parent = None if element is None else element.getparent()
    if element is None or parent is None:
        return
    parent.remove(element)
    # A list of which nothing is left is not allowed to stand.
    if len(parent) == 0 and _local(parent) in _LISTS:
        _remove(parent)


def _strip_presentation(root: etree._Element) -> None:
    for element in list(root):
        if _local(element) in _OF_SLIDES:
            root.remove(element)
    for element in list(root.iter(f"{{{_P}}}ext")):
        if element.get("uri") == _SECTIONS:
            _remove(element)


def _number(root: etree._Element, first: int) -> int:
    """Give masters and layouts ids of their own, none twice; the next free one."""
    for element in root.iter(f"{{{_P}}}sldMasterId", f"{{{_P}}}sldLayoutId"):
        element.set("id", str(first))
        first += 1
    return first


def _add_missing(main: PresentationPart) -> None:
    known = {relation.reltype.rsplit("/", 1)[-1] for relation in main.rels.values()}
    for kind, xml in _NEEDED.items():
        if kind not in known:
            name = PackURI(f"{main.partname.baseURI}/own-{kind}.xml")
            content_type = CONTENT_TYPE.PML_PRES_PROPS.replace("presProps", kind)
            main.relate_to(Part(name, content_type, main.package, xml.encode()), f"{_R}/{kind}")


def _try(deck: Deck) -> None:
    canvas = choose_layouts(deck)
    for layout in (canvas.cover, canvas.exhibit):
        slide = deck.slides.add_slide(layout)
        if slide.notes_slide.notes_text_frame is None:
            raise PhtError(
                "The template's notes pages have no place for text. Delete its notes master in "
                "PowerPoint (View, Notes Master), or use another template."
            )
    write_package(deck.part.package)
