"""What presentations must keep to besides the rules of every Office file; see `tests.ooxml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from tests.ooxml import Package

P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ASVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
FIRST_SLIDE, FIRST_MASTER = 256, 2147483648
# Children in the order that the schema has them; what is not listed is not judged.
ORDER = {
    f"{{{P}}}presentation": (
        "sldMasterIdLst notesMasterIdLst handoutMasterIdLst sldIdLst sldSz notesSz smartTags "
        "embeddedFontLst custShowLst photoAlbum custDataLst kinsoku defaultTextStyle "
        "modifyVerifier extLst"
    ),
    f"{{{P}}}sld": "cSld clrMapOvr transition timing extLst",
    f"{{{P}}}sldLayout": "cSld clrMapOvr transition timing hf extLst",
    f"{{{P}}}sldMaster": "cSld clrMap sldLayoutIdLst transition timing hf txStyles extLst",
    f"{{{P}}}notes": "cSld clrMapOvr extLst",
    f"{{{P}}}cSld": "bg spTree custDataLst controls extLst",
    f"{{{P}}}sp": "nvSpPr spPr style txBody extLst",
    f"{{{P}}}pic": "nvPicPr blipFill spPr style extLst",
    f"{{{P}}}graphicFrame": "nvGraphicFramePr xfrm graphic extLst",
    f"{{{P}}}txBody": "bodyPr lstStyle p",
    f"{{{A}}}txBody": "bodyPr lstStyle p",
    f"{{{A}}}tbl": "tblPr tblGrid tr",
    f"{{{A}}}tc": "txBody tcPr extLst",
    f"{{{A}}}tcPr": "lnL lnR lnT lnB lnTlToBr lnBlToTr cell3D noFill solidFill gradFill headers",
    f"{{{A}}}rPr": "ln noFill solidFill effectLst highlight latin ea cs sym hlinkClick rtl extLst",
    f"{{{A}}}lvl1pPr": (
        "lnSpc spcBef spcAft buClr buSzPct buFont buNone buChar tabLst defRPr extLst"
    ),
    f"{{{C}}}chartSpace": (
        "date1904 lang roundedCorners style clrMapOvr pivotFmts protection chart spPr txPr "
        "externalData printSettings userShapes extLst"
    ),
    f"{{{C}}}valAx": (
        "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark "
        "minorTickMark tickLblPos spPr txPr crossAx crosses crossesAt crossBetween majorUnit "
        "minorUnit dispUnits extLst"
    ),
    f"{{{C}}}dLbl": (
        "idx delete layout tx numFmt spPr txPr dLblPos showLegendKey showVal showCatName "
        "showSerName showPercent showBubbleSize separator extLst"
    ),
}


def find_slide_faults(package: Package) -> Iterator[str]:
    """What is wrong with the slides, layouts, masters, notes, tables and charts of a file."""
    (main,) = package.of_type("presentation.main+xml")
    yield from _presentation(package, main)
    for kind in ("presProps", "viewProps", "tableStyles", "theme"):
        yield from _one(package, main, kind)
    for name in package.of_type("presentationml.slide+xml"):
        yield from _slide(package, name)
    for name in package.of_type("slideLayout+xml"):
        yield from _one(package, name, "slideMaster")
    for name in package.of_type("slideMaster+xml"):
        yield from _one(package, name, "theme")
        root = package.root(name)
        ids = [] if root is None else list(root.iter(f"{{{P}}}sldLayoutId"))
        known = package.relations.get(name, {})
        listed = {known.get(one.get(f"{{{R}}}id"), ("", ""))[1] for one in ids}
        for layout in package.of_type("slideLayout+xml"):
            if name in package.targets(layout, "slideMaster") and layout not in listed:
                yield f"{name}: does not list {layout}"
        if not listed:
            yield f"{name}: has no layouts"
    for name in package.of_type("notesSlide+xml"):
        yield from _one(package, name, "slide")
        yield from _one(package, name, "notesMaster")
    for name in package.of_type("drawingml.chart+xml"):
        yield from _chart(package, name)
    for name, kind in package.types.items():
        root = package.root(name) if "ml." in kind and kind.endswith("+xml") else None
        if root is not None:
            yield from (f"{name}: {fault}" for fault in _content(root))


def _presentation(package: Package, main: str) -> Iterator[str]:
    root = package.root(main)
    if root is None:
        return
    known = package.relations.get(main, {})
    slides = list(root.iter(f"{{{P}}}sldId"))
    yield from _numbers("slide id", slides, FIRST_SLIDE, FIRST_MASTER - 1)
    listed = [known.get(one.get(f"{{{R}}}id"), ("", ""))[1] for one in slides]
    yield from (f"{main}: {name} listed twice" for name in set(listed) if listed.count(name) > 1)
    for name in package.of_type("presentationml.slide+xml"):
        if name not in listed:
            yield f"{main}: does not list {name}"
    masters = list(root.iter(f"{{{P}}}sldMasterId"))
    for name in package.of_type("slideMaster+xml"):
        own = package.root(name)
        masters += [] if own is None else list(own.iter(f"{{{P}}}sldLayoutId"))
    yield from _numbers("master or layout id", masters, FIRST_MASTER, 2**32 - 1)
    if package.of_type("notesSlide+xml") and root.find(f"{{{P}}}notesMasterIdLst") is None:
        yield f"{main}: does not list the notes master"
    for element in root.iter(f"{{{P}}}section"):
        yield f"{main}: section {element.get('name')} is of another deck"


def _slide(package: Package, name: str) -> Iterator[str]:
    yield from _one(package, name, "slideLayout")
    notes = package.targets(name, "notesSlide")
    if len(notes) > 1:
        yield f"{name}: has {len(notes)} notes pages"
    for one in notes:
        if package.targets(one, "slide") != [name]:
            yield f"{one}: is not the notes page of {name} alone"
    root = package.root(name)
    known = package.relations.get(name, {})
    for vector in () if root is None else root.iter(f"{{{ASVG}}}svgBlip"):
        target = known.get(vector.get(f"{{{R}}}embed"), ("", ""))[1]
        if package.types.get(target) != "image/svg+xml":
            yield f"{name}: a vector is {package.types.get(target)}"
        blip = vector.getparent().getparent().getparent()
        fallback = known.get(blip.get(f"{{{R}}}embed"), ("", ""))[1]
        if package.types.get(fallback) != "image/png":
            yield f"{name}: a vector has no PNG beside it"
        if vector.getparent().get("uri") != "{96DAC541-7B7A-43D3-8B79-37D633B846F1}":
            yield f"{name}: a vector stands in an extension of another kind"


def _content(root: etree._Element) -> Iterator[str]:
    """Faults of shapes, texts and tables, whatever part they are in."""
    trees = root.findall(f".//{{{P}}}spTree")
    for tree in trees:
        ids = [one.get("id") for one in tree.iter(f"{{{P}}}cNvPr")]
        yield from (f"shape id {one} twice" for one in sorted(set(ids)) if ids.count(one) > 1)
        if any(not one.isdigit() or not 0 < int(one) < 2**31 for one in ids):
            yield "a shape id is not a positive number"
    for element in root.iter(etree.Element):
        order = ORDER.get(element.tag)
        if order:
            yield from _order(element, order.split())
        if etree.QName(element).localname == "txBody" and not element.findall(f"{{{A}}}p"):
            yield "a text without a paragraph"
    for table in root.iter(f"{{{A}}}tbl"):
        columns = len(table.findall(f"{{{A}}}tblGrid/{{{A}}}gridCol"))
        for row in table.findall(f"{{{A}}}tr"):
            cells = row.findall(f"{{{A}}}tc")
            if len(cells) != columns:
                yield f"a table row has {len(cells)} cells in {columns} columns"
            if not (row.get("h") or "").isdigit():
                yield "a table row has no height"
            if any(cell.find(f"{{{A}}}txBody") is None for cell in cells):
                yield "a table cell without text body"


def _order(element: etree._Element, order: list[str]) -> Iterator[str]:
    places = [
        order.index(etree.QName(child).localname)
        for child in element.iterchildren(etree.Element)
        if etree.QName(child).localname in order
    ]
    if places != sorted(places):
        yield f"the children of {etree.QName(element).localname} are out of order"


def _chart(package: Package, name: str) -> Iterator[str]:
    root = package.root(name)
    if root is None:
        return
    data = [one.get(f"{{{R}}}id") for one in root.iter(f"{{{C}}}externalData")]
    known = package.relations.get(name, {})
    targets = [known.get(one, ("", ""))[1] for one in data]
    if len(targets) != 1 or not package.types.get(targets[0], "").endswith("spreadsheetml.sheet"):
        yield f"{name}: has no workbook, so nobody can edit it"
    plots = {one.get("val") for one in root.findall(f".//{{{C}}}plotArea/*/{{{C}}}axId")}
    axes = [one for one in root.iter() if str(one.tag).endswith("Ax")]
    own = {
        one.find(f"{{{C}}}axId").get("val") for one in axes if one.find(f"{{{C}}}axId") is not None
    }
    crossed = {one.get("val") for one in root.iter(f"{{{C}}}crossAx")}
    if not crossed <= own or not plots <= own | crossed:
        yield f"{name}: an axis is named that is not there"
    if any(not (value or "").isdigit() for value in plots | own | crossed):
        yield f"{name}: an axis id is not a whole number from 0"
    for tag in ("idx", "order"):
        numbers = [one.get("val") for one in root.findall(f".//{{{C}}}ser/{{{C}}}{tag}")]
        if len(set(numbers)) < len(numbers):
            yield f"{name}: two series of one {tag}"
    for cache in root.iter(f"{{{C}}}numCache", f"{{{C}}}strCache"):
        count = int(cache.find(f"{{{C}}}ptCount").get("val"))
        points = [int(one.get("idx")) for one in cache.findall(f"{{{C}}}pt")]
        if any(point >= count for point in points) or len(set(points)) < len(points):
            yield f"{name}: points beyond their count"


def _one(package: Package, name: str, kind: str) -> Iterator[str]:
    count = len(package.targets(name, kind))
    if count != 1:
        yield f"{name}: refers to {count} parts as its {kind}"


def _numbers(what: str, elements: Iterable[etree._Element], least: int, most: int) -> Iterator[str]:
    values = [one.get("id", "") for one in elements]
    yield from (f"{what} {one} twice" for one in sorted(set(values)) if values.count(one) > 1)
    for value in values:
        if not value.isdigit() or not least <= int(value) <= most:
            yield f"{what} {value} is not from {least} to {most}"
