"""A template as it was uploaded: its parts, after a look at what it is and how large it gets."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from pht_core.errors import PhtError
from pht_core.intake.archive import BROKEN

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
