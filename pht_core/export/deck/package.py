"""The parts of a presentation as the bytes of a file, the same bytes for the same parts."""

from pptx.opc.oxml import serialize_part_xml
from pptx.opc.package import OpcPackage
from pptx.opc.serialized import _ContentTypesItem

from pht_core.export.files import write_zip


def write_package(package: OpcPackage) -> bytes:
    """Write a package; parts that nothing refers to are left out.

    python-pptx's own writer gives each part the time of writing.
    """
    parts = list(package.iter_parts())
    files = {
        "[Content_Types].xml": serialize_part_xml(_ContentTypesItem.xml_for(parts)),
        "_rels/.rels": package._rels.xml,
    }
    for part in parts:
        files[part.partname.membername] = part.blob
        if len(part.rels):
            files[part.partname.rels_uri.membername] = part.rels.xml
    return write_zip(files)
