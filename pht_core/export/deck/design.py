"""The deck's own design where the user has none: white, calm, one accent colour, 16:9."""

import re

from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.presentation import Presentation as Deck
from pptx.slide import SlideLayout, SlideMaster
from pptx.util import Pt

from pht_core.charts.theme import lineage_fills, palette
from pht_core.export.deck.box import Box

# Every computer with PowerPoint has it, and other programs have a font of the same widths.
FONT = "Arial"
WIDTH, HEIGHT = 960, 540
TITLE = Box(40, 14, 880, 66)
BODY = Box(40, 84, 880, 430)
_FOOT = {
    "dt": Box(40, 516, 160, 20),
    "ftr": Box(200, 516, 560, 20),
    "sldNum": Box(840, 516, 80, 20),
}
_COVER = {"title": Box(60, 130, 840, 120), "subtitle": Box(60, 262, 840, 190)}
_TITLE_SIZE, _TEXT_SIZE, _FOOT_SIZE, _COVER_SIZE = 28, 16, 14, 36
_KEPT = ("Title Slide", "Title Only")


def own_design(theme: str = "light") -> Deck:
    """A presentation without slides: a cover and a layout with a title, in the theme's colours."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Pt(WIDTH), Pt(HEIGHT)
    del deck.element.find(qn("p:sldSz")).attrib["type"]
    for layout in list(deck.slide_layouts):
        if layout.name not in _KEPT:
            deck.slide_layouts.remove(layout)
    for name, relation in list(deck.part.rels.items()):
        if relation.reltype.endswith("printerSettings"):
            deck.part.rels.pop(name)
    master = deck.slide_master
    _set_master(master)
    _set_cover(deck.slide_layouts.get_by_name(_KEPT[0]))
    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    part.blob = _theme(part.blob.decode(), theme).encode()
    return deck


def _set_master(master: SlideMaster) -> None:
    places = {"title": TITLE, "body": BODY, **_FOOT}
    for shape in master.placeholders:
        kind = shape.element.ph.get("type", "body")
        shape.left, shape.top, shape.width, shape.height = places[kind].emu
        if kind in _FOOT:
            for style in shape.element.iter(qn("a:defRPr")):
                style.set("sz", str(_FOOT_SIZE * 100))
            continue
        body = shape.text_frame
        body.margin_left = body.margin_right = body.margin_top = body.margin_bottom = 0
        if kind == "title":
            body.vertical_anchor = MSO_ANCHOR.TOP
    styles = master.element.find(qn("p:txStyles"))
    title = styles.find(f"{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    title.set("algn", "l")
    spacing = f'<a:lnSpc {nsdecls("a")}><a:spcPct val="90000"/></a:lnSpc>'
    title.insert(0, parse_xml(spacing))
    title.find(qn("a:defRPr")).attrib.update({"sz": str(_TITLE_SIZE * 100), "b": "1"})
    for defaults in styles.iterfind(f"{qn('p:bodyStyle')}/*/{qn('a:defRPr')}"):
        defaults.set("sz", str(_TEXT_SIZE * 100))


def _set_cover(layout: SlideLayout) -> None:
    for shape in layout.placeholders:
        kind = {"ctrTitle": "title", "subTitle": "subtitle"}.get(shape.element.ph.get("type", ""))
        if kind is None:
            continue
        shape.left, shape.top, shape.width, shape.height = _COVER[kind].emu
        frame = shape.text_frame
        frame.vertical_anchor = MSO_ANCHOR.BOTTOM if kind == "title" else MSO_ANCHOR.TOP
        for old in shape.element.iter(qn("a:lstStyle")):
            for level in list(old):
                level.set("algn", "l")
                for colour in level.findall(f"{qn('a:defRPr')}/{qn('a:solidFill')}"):
                    colour.getparent().remove(colour)
            if kind == "title" and old.find(qn("a:lvl1pPr")) is None:
                size = f'<a:defRPr sz="{_COVER_SIZE * 100}"/>'
                old.append(parse_xml(f'<a:lvl1pPr {nsdecls("a")} algn="l">{size}</a:lvl1pPr>'))


def _theme(xml: str, theme: str) -> str:
    """The theme with our colours and font under our name."""
    colours, fills = palette(theme), lineage_fills(theme).values()
    groups = colours.groups
    places = {
        "dk1": colours.ink,
        "lt1": colours.background,
        "dk2": groups[0],
        "lt2": colours.box,
        "accent1": colours.accent,
        # A theme has room for three of them.
        **dict(zip(("accent2", "accent3", "accent4"), fills, strict=False)),
        "accent5": colours.prednisone,
        "accent6": colours.muted,
        "hlink": colours.accent,
        "folHlink": colours.prednisone,
    }
    scheme = "".join(
        f'<a:{place}><a:srgbClr val="{colour.lstrip("#").upper()}"/></a:{place}>'
        for place, colour in places.items()
    )
    xml = re.sub(
        r"<a:clrScheme.*?</a:clrScheme>",
        f'<a:clrScheme name="PHT Explorer">{scheme}</a:clrScheme>',
        xml,
        flags=re.DOTALL,
    )
    xml = xml.replace('name="Office Theme"', 'name="PHT Explorer"', 1)
    return re.sub(r'(<a:(?:major|minor)Font><a:latin typeface=")[^"]*', rf"\g<1>{FONT}", xml)
