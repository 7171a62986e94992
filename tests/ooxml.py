"""The rules of Office files whose breach makes a program repair or refuse them.

`find_faults` reads a .pptx, .docx or .xlsx as a ZIP file of parts, without the libraries that
wrote it, and says in a line each what is wrong. What only slides have is in `tests/ooxml_slides`.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

from lxml import etree

from tests.ooxml_slides import find_slide_faults

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CORE = f"{PACKAGE}/metadata/core-properties"
DC = "http://purl.org/dc/elements/1.1/"
TERMS = "http://purl.org/dc/terms/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CORE_WORDS = {
    f"{{{CORE}}}{name}"
    for name in [
        "category",
        "contentStatus",
        "keywords",
        "lastModifiedBy",
        "lastPrinted",
        "revision",
        "version",
    ]
} | {
    *(
        f"{{{DC}}}{name}"
        for name in ["creator", "description", "identifier", "language", "subject", "title"]
    ),
    *(f"{{{TERMS}}}{name}" for name in ("created", "modified")),
}
# What a part must be, by the last word of the relationship's type.
KIND_OF = {
    "slide": "presentationml.slide+xml",
    "slideLayout": "presentationml.slideLayout+xml",
    "slideMaster": "presentationml.slideMaster+xml",
    "notesSlide": "presentationml.notesSlide+xml",
    "notesMaster": "presentationml.notesMaster+xml",
    "theme": "theme+xml",
    "chart": "drawingml.chart+xml",
    "image": "image/",
    "styles": "ml.styles+xml",
    "core-properties": "core-properties+xml",
    "extended-properties": "extended-properties+xml",
}
RUNS = ("script", "foreignObject", "iframe", "object", "embed", "handler")
DAY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


@dataclass
class Package:
    """Parts by name, as they lie in the file; those that are XML are parsed when asked for."""

    parts: dict[str, bytes]
    faults: list[str] = field(default_factory=list)
    parsed: dict[str, etree._Element | None] = field(default_factory=dict)

    def root(self, name: str) -> etree._Element | None:
        """The root of an XML part, None (and a fault, once) if it is not well-formed."""
        if name not in self.parsed:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            try:
                self.parsed[name] = etree.fromstring(self.parts[name], parser)
            except (etree.XMLSyntaxError, ValueError) as error:
                self.parsed[name] = None
                self.faults.append(f"{name}: not well-formed XML: {error}")
        return self.parsed[name]

    @cached_property
    def types(self) -> dict[str, str]:
        """The content type of each part; empty where none is declared."""
        root = self.root("[Content_Types].xml")
        if root is None:
            return {}
        endings = {
            one.get("Extension").lower(): one.get("ContentType") for one in _of(root, "Default")
        }
        named = {
            one.get("PartName").lstrip("/"): one.get("ContentType") for one in _of(root, "Override")
        }
        return {
            name: named.get(name, endings.get(name.rsplit(".", 1)[-1].lower(), ""))
            for name in self.parts
            if name != "[Content_Types].xml"
        }

    @cached_property
    def relations(self) -> dict[str, dict[str, tuple[str, str]]]:
        """By the part that refers ("" is the package), by id: last word of the type, and target."""
        found: dict[str, dict[str, tuple[str, str]]] = {}
        for name in self.parts:
            folder, file = posixpath.split(name)
            if not name.endswith(".rels") or posixpath.basename(folder) != "_rels":
                continue
            base = posixpath.dirname(folder)
            source = posixpath.join(base, file.removesuffix(".rels"))
            own = found.setdefault(source if file != ".rels" else "", {})
            root = self.root(name)
            for one in () if root is None else root:
                kind = one.get("Type", "").rsplit("/", 1)[-1]
                target = one.get("Target", "")
                if one.get("TargetMode") == "External":
                    self.faults.append(f"{name}: {one.get('Id')} refers to outside: {kind}")
                    continue
                if target.startswith("/"):
                    whole = target.lstrip("/")
                else:
                    whole = posixpath.normpath(posixpath.join(base, target))
                if one.get("Id") in own:
                    self.faults.append(f"{name}: relationship id {one.get('Id')} twice")
                own[one.get("Id", "")] = (kind, whole)
        return found

    def of_type(self, ending: str) -> list[str]:
        """Names of the parts whose content type ends so."""
        return [name for name, kind in self.types.items() if kind.endswith(ending)]

    def targets(self, name: str, kind: str) -> list[str]:
        """What a part refers to by relationships of one kind."""
        return [target for own, target in self.relations.get(name, {}).values() if own == kind]


def find_faults(content: bytes) -> list[str]:
    """What is wrong with an Office file, a line each; empty if nothing is."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if (broken := archive.testzip()) is not None:
                return [f"{broken}: does not unpack"]
            names = archive.namelist()
            package = Package({name: archive.read(name) for name in names})
    except zipfile.BadZipFile as error:
        return [f"not a ZIP file: {error}"]
    faults = package.faults
    lower = [name.lower() for name in names]
    faults += [
        f"{name}: twice in the ZIP file" for name in sorted(set(lower)) if lower.count(name) > 1
    ]
    if "[Content_Types].xml" not in names:
        return [*faults, "[Content_Types].xml is missing"]
    faults += [*_types(package), *_relations(package), *_ids(package), *_properties(package)]
    faults += [fault for name in package.types for fault in _part(package, name)]
    if package.of_type("presentation.main+xml"):
        faults += find_slide_faults(package)
    return list(dict.fromkeys(faults))


def _of(root: etree._Element, local: str) -> list[etree._Element]:
    return list(root.iter(f"{{{PACKAGE}/content-types}}{local}"))


def _types(package: Package) -> Iterator[str]:
    root = package.root("[Content_Types].xml")
    if root is None:
        return
    named = [one.get("PartName", "") for one in _of(root, "Override")]
    endings = [one.get("Extension", "").lower() for one in _of(root, "Default")]
    for what, names in (("part", named), ("ending", endings)):
        yield from (
            f"content types: {what} {one} twice" for one in set(names) if names.count(one) > 1
        )
    for name in named:
        if name.lstrip("/") not in package.parts or not name.startswith("/"):
            yield f"content types: {name} is not in the file"
    yield from (f"{name}: has no content type" for name, kind in package.types.items() if not kind)
    for name, kind in package.types.items():
        if name.endswith(".rels") and not kind.endswith("relationships+xml"):
            yield f"{name}: declared as {kind}"
        elif kind == "application/xml" and not name.startswith("customXml/"):
            yield f"{name}: XML of no declared kind"


def _relations(package: Package) -> Iterator[str]:
    for source, relations in package.relations.items():
        if source and source not in package.parts:
            yield f"relationships of {source}, which is not in the file"
        for name, (kind, target) in relations.items():
            if target not in package.parts:
                yield f"{source or 'the package'}: {name} refers to {target}, which is not there"
            elif KIND_OF.get(kind, "") not in package.types.get(target, ""):
                yield f"{source}: {name} is a {kind}, but {target} is {package.types[target]}"
    reached, waiting = {""}, [""]
    while waiting:
        for _, target in package.relations.get(waiting.pop(), {}).values():
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in package.types:
        if name not in reached and not name.endswith(".rels"):
            yield f"{name}: nothing refers to it"
    if "officeDocument" not in [kind for kind, _ in package.relations.get("", {}).values()]:
        yield "the package names no main part"


def _ids(package: Package) -> Iterator[str]:
    """Every r:id, r:embed, r:link and the like is a relationship of its part."""
    for name, kind in package.types.items():
        if not kind.endswith("xml") or name.endswith(".rels") or kind == "image/svg+xml":
            continue
        root = package.root(name)
        known = package.relations.get(name, {})
        for element in () if root is None else root.iter(etree.Element):
            for attribute, value in element.attrib.items():
                if attribute.startswith(f"{{{R}}}") and value not in known:
                    yield f"{name}: {etree.QName(element).localname} refers to {value}, unknown"


def _properties(package: Package) -> Iterator[str]:
    for name in package.of_type("core-properties+xml"):
        root = package.root(name)
        if root is None:
            continue
        tags = [child.tag for child in root]
        if root.tag != f"{{{CORE}}}coreProperties":
            yield f"{name}: not core properties"
        yield from (f"{name}: {tag} is unknown" for tag in tags if tag not in CORE_WORDS)
        yield from (f"{name}: {tag} twice" for tag in set(tags) if tags.count(tag) > 1)
        for child in root:
            if child.tag.startswith(f"{{{TERMS}}}"):
                typed = child.get(f"{{{XSI}}}type") == "dcterms:W3CDTF"
                if not typed or not DAY.match(child.text or ""):
                    yield f"{name}: {child.tag} is no time"


def _part(package: Package, name: str) -> Iterator[str]:
    kind, content = package.types[name], package.parts[name]
    if kind == "image/svg+xml":
        yield from (f"{name}: {fault}" for fault in find_svg_faults(content))
    elif kind.startswith("image/"):
        own = picture_kind(content)
        if own != kind:
            yield f"{name}: declared as {kind}, is {own or 'no picture'}"
    elif kind.endswith("spreadsheetml.sheet"):
        yield from (f"{name}: {fault}" for fault in find_faults(content))
    elif kind.endswith("xml"):
        package.root(name)
        if content.lstrip()[:200].find(b"<!DOCTYPE") >= 0:
            yield f"{name}: has a DOCTYPE"
    if re.search("vba|activex|ole", f"{name} {kind}", re.IGNORECASE) or "macroEnabled" in kind:
        yield f"{name}: can run ({kind})"


def picture_kind(content: bytes) -> str:
    """The content type that a picture's bytes tell; empty if they tell none."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", content[16:24])
        return "image/png" if width and height and content[-8:-4] == b"IEND" else ""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"\x01\0\0\0" and content[40:44] == b" EMF":
        return "image/x-emf"
    if content.startswith((b"\xd7\xcd\xc6\x9a", b"\x01\0\x09\0")):
        return "image/x-wmf"
    return ""


def find_svg_faults(content: bytes) -> Iterator[str]:
    """What keeps an SVG from being a drawing that fetches and runs nothing."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        yield f"not well-formed XML: {error}"
        return
    if etree.QName(root).localname != "svg" or not root.get("viewBox"):
        yield "no SVG with a viewBox"
    for element in root.iter(etree.Element):
        local = etree.QName(element).localname
        if local in RUNS:
            yield f"has a {local}"
        texts = [element.text or ""] if local == "style" else []
        for name, value in element.attrib.items():
            own = etree.QName(name).localname
            if own.lower().startswith("on"):
                yield f"has {own}"
            if own == "href" and not value.startswith(("#", "data:image/png", "data:image/jpeg")):
                yield f"refers to {value[:40]}"
            texts.append(value)
        for text in texts:
            for address in re.findall(r"url\(\s*['\"]?([^)'\"]*)", text):
                if not address.startswith(("#", "data:font", "data:application/font")):
                    yield f"refers to {address[:40]}"
            if "@import" in text:
                yield "imports a style"
