"""A picture as PowerPoint keeps vectors: a PNG that every program shows, and the SVG behind it."""

from io import BytesIO

from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.oxml.ns import qn
from pptx.shapes.picture import Picture as PlacedPicture
from pptx.slide import Slide

from pht_core.export.deck.box import Box
from pht_core.export.deck.words import LONGEST, clean

_ASVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_SVG_URI = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
SVG_TYPE = "image/svg+xml"


def place_picture(
    slide: Slide, box: Box, png: bytes, svg: bytes, name: str, alt: str
) -> PlacedPicture:
    """Put a picture on a slide, to be turned into shapes if its reader wants to.

    Parameters
    ----------
    png, svg : the same picture, with the sides of the box. name : of the shape. alt : in words.
    """
    picture = slide.shapes.add_picture(BytesIO(png), *box.emu)
    picture.name = clean(name, LONGEST["title"])
    properties = picture._element.nvPicPr.cNvPr
    properties.set("descr", clean(alt, LONGEST["alt"]))
    package = slide.part.package
    part = Part(package.next_partname("/ppt/media/vector%d.svg"), SVG_TYPE, package, svg)
    relation = slide.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    blip = picture._element.find(f".//{qn('a:blip')}")
    extensions = etree.SubElement(blip, qn("a:extLst"))
    extension = etree.SubElement(extensions, qn("a:ext"), uri=_SVG_URI)
    vector = etree.SubElement(extension, f"{{{_ASVG}}}svgBlip", nsmap={"asvg": _ASVG})
    vector.set(qn("r:embed"), relation)
    return picture
