"""The parts of a presentation as the bytes of a file, the same bytes for the same parts."""

import zipfile
from io import BytesIO
from xml.sax.saxutils import quoteattr

from pptx.opc.package import OpcPackage

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
# Kinds of part that are named by their ending; every other part is named by itself.
_BY_ENDING = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Packed already: to pack them again takes time and saves nothing.
_PACKED = ("png", "jpg", "jpeg", "gif", "xlsx")
# The same file for the same deck: entries of a ZIP file carry no time of their own.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def write_package(package: OpcPackage) -> bytes:
    """Write a package; parts that nothing refers to are left out."""
    parts = list(package.iter_parts())
    endings = {"rels", "xml"}
    overrides = []
    for part in parts:
        ending = part.partname.ext.lower()
        if ending != "xml" and _BY_ENDING.get(ending) == part.content_type:
            endings.add(ending)
        else:
            overrides.append((part.partname, part.content_type))
    types = "".join(
        [
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
            f'<Types xmlns="{_TYPES}">',
            *(
                f'<Default Extension="{ending}" ContentType="{_BY_ENDING[ending]}"/>'
                for ending in sorted(endings)
            ),
            *(
                f"<Override PartName={quoteattr(name)} ContentType={quoteattr(kind)}/>"
                for name, kind in sorted(overrides)
            ),
            "</Types>",
        ]
    )
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        _add(archive, "[Content_Types].xml", types.encode())
        _add(archive, "_rels/.rels", package._rels.xml)
        for part in parts:
            _add(archive, part.partname.membername, part.blob)
            if len(part.rels):
                _add(archive, part.partname.rels_uri.membername, part.rels.xml)
    return content.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    packed = name.rsplit(".", 1)[-1].lower() in _PACKED
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    archive.writestr(entry, content, compresslevel=4)
