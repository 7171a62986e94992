"""A template without its slides and without what could run or fetch something."""

from __future__ import annotations

import posixpath
import re
import zipfile
from io import BytesIO
from xml.sax.saxutils import quoteattr

from lxml import etree

from pht_core.errors import PhtError
from pht_core.export.deck.unpacked import Relation, Unpacked, declares_entities, read_xml

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
