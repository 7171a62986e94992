"""The user's own template: its masters, layouts, theme and fonts, and nothing else of it."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import quoteattr

from lxml import etree
from pptx import Presentation
from pptx.presentation import Presentation as Deck

from pht_core.export.deck.layouts import choose_layouts
from pht_core.export.deck.package import write_package
from pht_core.intake.opening.archive import BROKEN
from pht_core.model.errors import PhtError

TEMPLATE_BYTES = 50 << 20
UNZIPPED_BYTES = 200 << 20
MOST_PARTS = 5000
_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_MAIN = (
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    "application/vnd.openxmlformats-officedocument.presentationml.template.main+xml",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml",
)
_WHAT_TO_DO = "Open it in PowerPoint and save it as “PowerPoint Presentation (.pptx)”, or use none."
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Relation:
    """A tie from one part to another: its id, the last word of its type, and the target's name.

    target : empty where it lies outside of the file.
    """

    id: str
    type: str
    target: str

    @property
    def kind(self) -> str:
        """The last word of its type, such as slideLayout."""
        return self.type.rstrip("/").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Unpacked:
    """Parts by name (without the first stroke), the content type of each, and the main one."""

    parts: dict[str, bytes]
    types: dict[str, str]
    main: str

    def relations(self, name: str) -> list[Relation]:
        """What a part refers to."""
        folder, file = posixpath.split(name)
        rels = self.find(f"{folder}/_rels/{file}.rels")
        return list(_read_relations(self.parts[rels], folder)) if rels else []

    def find(self, name: str) -> str | None:
        """A part's name as it is written in the file: capitals do not matter."""
        if name in self.parts:
            return name
        return next((one for one in self.parts if one.lower() == name.lower()), None)


def unpack_template(content: bytes) -> Unpacked:
    """Read the parts of a .pptx or .potx.

    Raises
    ------
    PhtError : it is none, has macros or a password, is damaged or too large; the text says what
        to do.
    """
    if len(content) > TEMPLATE_BYTES:
        raise PhtError(
            f"The template has {len(content) / (1 << 20):.0f} MB; at most "
            f"{TEMPLATE_BYTES >> 20} MB are read. Take pictures out of it, or delete its slides."
        )
    if content.startswith(_OLD_FORMAT):
        raise PhtError(
            "The template is in the old .ppt format or is locked with a password. " + _WHAT_TO_DO
        )
    parts = _unzip(content)
    types = _read_types(parts)
    main = _find_main(parts)
    kind = types.get(main, "")
    if "macroenabled" in kind.lower():
        raise PhtError("The template contains macros, which are not taken over. " + _WHAT_TO_DO)
    if kind not in _MAIN:
        raise PhtError("The template is not a PowerPoint file. " + _WHAT_TO_DO)
    for name, part in parts.items():
        if _is_read(name, types[name]) and declares_entities(part):
            raise PhtError(
                "The template declares entities, which no PowerPoint file does. " + _WHAT_TO_DO
            )
    return Unpacked(parts, types, main)


def read_xml(content: bytes) -> etree._Element:
    """Parse a part without looking anything up.

    Raises
    ------
    PhtError : it is not well-formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise PhtError(
            "The template is damaged: a part of it cannot be read. " + _WHAT_TO_DO
        ) from None


def _unzip(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries)
            return {entry.filename: _read_entry(archive, entry) for entry in entries}
    except PhtError:
        raise
    except BROKEN:
        raise PhtError(
            "The template is not a PowerPoint file, or it is damaged. " + _WHAT_TO_DO
        ) from None


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A part's bytes, never more than it says: what it says may be far from what is packed."""
    with archive.open(entry) as file:
        return file.read(entry.file_size)


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
    odd = any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names)
    if odd or len(set(names)) < len(names) or any(entry.flag_bits & 1 for entry in entries):
        raise PhtError("The template is damaged or locked. " + _WHAT_TO_DO)


def _read_types(parts: dict[str, bytes]) -> dict[str, str]:
    if "[Content_Types].xml" not in parts:
        raise PhtError("The template is not a PowerPoint file. " + _WHAT_TO_DO)
    root = read_xml(parts["[Content_Types].xml"])
    endings = {
        one.get("Extension", "").lower(): one.get("ContentType", "")
        for one in root.iter(f"{_TYPES}Default")
    }
    named = {
        one.get("PartName", "").lstrip("/").lower(): one.get("ContentType", "")
        for one in root.iter(f"{_TYPES}Override")
    }
    return {
        name: named.get(name.lower(), endings.get(name.rsplit(".", 1)[-1].lower(), ""))
        for name in parts
    }


def _find_main(parts: dict[str, bytes]) -> str:
    rels = parts.get("_rels/.rels", b"<none/>")
    for relation in _read_relations(rels, ""):
        if relation.kind == "officeDocument":
            if "purl.oclc.org" in relation.type:
                raise PhtError(
                    "The template is saved as “Strict Open XML”, which cannot be used. "
                    + _WHAT_TO_DO
                )
            for name in parts:
                if name.lower() == relation.target.lower():
                    return name
    raise PhtError("The template is not a PowerPoint file. " + _WHAT_TO_DO)


def _read_relations(content: bytes, folder: str) -> Iterator[Relation]:
    for one in read_xml(content).iter(_RELATIONS):
        target = one.get("Target", "")
        if one.get("TargetMode") == "External":
            target = ""
        elif target.startswith("/"):
            target = posixpath.normpath(target).lstrip("/")
        else:
            target = posixpath.normpath(posixpath.join(folder, target))
        yield Relation(one.get("Id", ""), one.get("Type", ""), target)


def _is_read(name: str, kind: str) -> bool:
    """True if a part is parsed; a drawing is dropped and not refused, see ``stripped``."""
    return name.lower().endswith((".xml", ".rels")) or (
        kind.endswith("xml") and kind != "image/svg+xml"
    )


def declares_entities(part: bytes) -> bool:
    """True if XML has a document type, which may name entities and files outside."""
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part[:4]:
        part = part.replace(b"\0", b"")
    return _DOCTYPE.search(part) is not None


_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PRESENTATION = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
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
_IMAGES = ("png", "jpeg", "gif", "bmp", "tiff", "x-emf", "x-wmf", "svg+xml", "jpg")
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
# Of the presentation itself: slides and what is about slides.
_OF_SLIDES = ("sldIdLst", "custShowLst", "custDataLst", "photoAlbum", "modifyVerifier", "smartTags")
_SECTIONS = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"
_FIRST_ID = 2147483648
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_NEEDED = {
    "presProps": f'<p:presentationPr xmlns:p="{_P}"/>',
    "viewProps": f'<p:viewPr xmlns:p="{_P}"/>',
    "tableStyles": (
        f'<a:tblStyleLst xmlns:a="{_A}" def="{{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}}"/>'
    ),
}


def strip_template(unpacked: Unpacked) -> bytes:
    """Write the masters, layouts, themes and pictures of a template as a .pptx without slides.

    Macros, controls, embedded files, links to outside, comments and data are left out, with the
    shapes that show them.

    Raises
    ------
    PhtError : a part is not what it says it is.
    """
    written: dict[str, bytes] = {}
    types: dict[str, str] = {}
    waiting, ids = [unpacked.main], _FIRST_ID
    while waiting:
        name = waiting.pop(0)
        if name in written:
            continue
        kept = [one for one in unpacked.relations(name) if _keeps(unpacked, one)]
        content = unpacked.parts[name]
        types[name] = unpacked.types[name]
        if _is_xml(types[name]):
            root = read_xml(content)
            gone = {one.id for one in unpacked.relations(name)} - {one.id for one in kept}
            _strip(root, gone)
            if name == unpacked.main:
                types[name] = _PRESENTATION
                _strip_presentation(root)
            ids = _number(root, ids)
            content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        written[name] = content
        if kept:
            written[_rels_name(name)] = _relations(unpacked, name, kept)
        waiting += [unpacked.find(one.target) or "" for one in kept]
    _add_missing(written, types, unpacked.main)
    return _pack(written, types, unpacked.main)


def _add_missing(parts: dict[str, bytes], types: dict[str, str], main: str) -> None:
    """Add the parts that PowerPoint repairs a file for the lack of, as empty as they may be."""
    rels = read_xml(parts[_rels_name(main)])
    known = {one.get("Type", "").rsplit("/", 1)[-1] for one in rels}
    folder = posixpath.dirname(main)
    for kind, content in _NEEDED.items():
        if kind in known:
            continue
        name = posixpath.join(folder, f"own-{kind}.xml")
        parts[name] = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}'.encode()
        types[name] = f"application/vnd.openxmlformats-officedocument.presentationml.{kind}+xml"
        etree.SubElement(
            rels,
            f"{{{_RELS}}}Relationship",
            Id=f"rIdOwn{kind}",
            Type=f"{_OFFICE}/{kind}",
            Target=posixpath.basename(name),
        )
    parts[_rels_name(main)] = etree.tostring(rels, xml_declaration=True, encoding="UTF-8")


def _keeps(unpacked: Unpacked, relation: Relation) -> bool:
    name = unpacked.find(relation.target) if relation.target else None
    if name is None or relation.kind not in _KEPT or "purl.oclc.org" in relation.type:
        return False
    content, kind = unpacked.parts[name], unpacked.types[name]
    root = _KEPT[relation.kind]
    if root:
        tag = read_xml(content).tag
        if tag != root:
            raise PhtError(
                "The template is damaged: one of its parts is not what it is said to be. "
                "Open it in PowerPoint and save it again, or use none."
            )
        # Notes need a place to be written to; without one a master of our own is made.
        return relation.kind != "notesMaster" or b'type="body"' in content
    if relation.kind == "font":
        return kind == _FONT
    family, _, own = kind.partition("/")
    if own == "svg+xml":
        return _is_plain(content)
    return family == "image" and own in _IMAGES


def _is_plain(svg: bytes) -> bool:
    """True if a drawing fetches and runs nothing."""
    if declares_entities(svg):
        return False
    root = read_xml(svg)
    if root.xpath("//processing-instruction()"):
        return False
    for element in root.iter(etree.Element):
        local = etree.QName(element).localname
        if local in _ACTIVE or (local == "style" and _FETCHES.search("".join(element.itertext()))):
            return False
        for name, value in element.attrib.items():
            own = etree.QName(name).localname.lower()
            if own.startswith("on") or _FETCHES.search(value):
                return False
            if own in ("href", "src") and not value.strip().startswith("#"):
                return False
    return True


def _strip(root: etree._Element, gone: set[str]) -> None:
    """Take out what refers to parts that are gone, and everything that moves or sounds."""
    for element in list(root.iter(etree.Element)):
        for name, value in list(element.attrib.items()):
            if name.startswith(f"{{{_R}}}") and (
                value in gone or (not value and _is_link(element))
            ):
                _take_out(element, name)
    removed = [f"{{{_P}}}timing", f"{{{_P}}}custDataLst", f"{{{_P}}}controls"]
    for element in list(root.iter(*removed)):
        whole = element
        while (parent := whole.getparent()) is not None and parent.tag in _ALTERNATIVES:
            whole = parent
        _remove(whole)


_ALTERNATIVES = (f"{{{_MC}}}Choice", f"{{{_MC}}}Fallback", f"{{{_MC}}}AlternateContent")


def _take_out(element: etree._Element, name: str) -> None:
    local = etree.QName(element).localname
    if local == "blip" and etree.QName(name).localname == "link" and element.get(f"{{{_R}}}embed"):
        del element.attrib[name]
        return
    if _is_link(element) or local.endswith("Id"):
        _remove(element)
        return
    above = [element, *element.iterancestors()]
    names = [etree.QName(one).localname for one in above]
    for wanted in (("ext",) if local == "svgBlip" else ()), _SHAPES, _WHOLES:
        for one, own in zip(above, names, strict=True):
            if own in wanted:
                parent = one.getparent()
                inside = parent is not None and parent.tag in _ALTERNATIVES
                _remove(parent.getparent() if inside else one)
                return
    _remove(element)


def _is_link(element: etree._Element) -> bool:
    return etree.QName(element).localname in _LINKS


def _remove(element: etree._Element | None) -> None:
    parent = None if element is None else element.getparent()
    if element is None or parent is None:
        return
    parent.remove(element)
    # A list of which nothing is left is not allowed to stand.
    if len(parent) == 0 and etree.QName(parent).localname in ("extLst", "embeddedFontLst"):
        _remove(parent)


def _strip_presentation(root: etree._Element) -> None:
    for name in _OF_SLIDES:
        for element in root.findall(f"{{{_P}}}{name}"):
            root.remove(element)
    for element in list(root.iter(f"{{{_P}}}ext")):
        if element.get("uri") == _SECTIONS:
            _remove(element)
    for name in ("notesMasterIdLst", "handoutMasterIdLst"):
        for element in root.findall(f"{{{_P}}}{name}"):
            if len(element) == 0:
                root.remove(element)


def _number(root: etree._Element, first: int) -> int:
    """Give masters and layouts ids of their own, none twice; the next free one."""
    for element in root.iter(f"{{{_P}}}sldMasterId", f"{{{_P}}}sldLayoutId"):
        element.set("id", str(first))
        first += 1
    return first


def _is_xml(kind: str) -> bool:
    return kind.endswith("xml") and kind != "image/svg+xml"


def _rels_name(name: str) -> str:
    folder, file = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def _relations(unpacked: Unpacked, name: str, kept: list[Relation]) -> bytes:
    folder = posixpath.dirname(name)
    rows = "".join(
        f"<Relationship Id={quoteattr(one.id)} Type={quoteattr(one.type)} "
        f"Target={quoteattr(posixpath.relpath(unpacked.find(one.target) or '', folder))}/>"
        for one in kept
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{rows}</Relationships>'.encode()


def _pack(parts: dict[str, bytes], types: dict[str, str], main: str) -> bytes:
    rows = "".join(
        f"<Override PartName={quoteattr(f'/{name}')} ContentType={quoteattr(kind)}/>"
        for name, kind in types.items()
    )
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    head = f'<Default Extension="rels" ContentType="{rels}"/>'
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{space}">{head}{rows}</Types>')
        relation = (
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target={quoteattr(main)}/>'
        )
        space = "http://schemas.openxmlformats.org/package/2006/relationships"
        archive.writestr(
            "_rels/.rels", f'<Relationships xmlns="{space}">{relation}</Relationships>'
        )
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def read_template(content: bytes) -> Deck:
    """A presentation without slides in the design of a .pptx or .potx.

    Its slides, macros, embedded files and links to outside are left out.

    Raises
    ------
    PhtError : it is not a PowerPoint file, too large, locked, with macros, or damaged.
    """
    stripped = strip_template(unpack_template(content))
    try:
        _try(Presentation(BytesIO(stripped)))
        return Presentation(BytesIO(stripped))
    except PhtError:
        raise
    # Whatever a damaged part leads to, it is found here and not when the deck is half written.
    except Exception:
        raise PhtError(
            "The template is damaged: no slide can be made of it. Open it in PowerPoint and save "
            "it again, or use none."
        ) from None


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
