"""Fonts within an SVG: the letters that it uses, so that any browser shows the same.

The drawing process imports this module without the rest of the package.
"""

from __future__ import annotations

import base64
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence

import uharfbuzz as hb

from pht_core.export.fonts import Font, face_of, split_runs
from pht_core.export.outline import weight_of

_NS = "{http://www.w3.org/2000/svg}"
# Bits of a font's fsType by which its maker forbids embedding it, or a part of it.
_RESTRICTED, _NO_PART = 0x0002, 0x0100


def embed_fonts(root: ET.Element, fonts: Sequence[Font]) -> None:
    """Put an @font-face with the letters in use for each font into an SVG."""
    used: dict[Font, set[str]] = {}
    for text in root.iter(f"{_NS}text"):
        for font, piece in split_runs("".join(text.itertext()), weight_of(text), fonts):
            if font is not None:
                used.setdefault(font, set()).update(piece)
    if faces := format_faces(used):
        style = ET.Element(f"{_NS}style")
        # The converter makes no bold of its own where a font has none; nor may the browser.
        style.text = "text{font-synthesis:none}" + faces
        root.insert(0, style)


def format_faces(used: Mapping[Font, Iterable[str]]) -> str:
    """Style rules with fonts cut down to the letters in use, where their makers allow it."""
    return "".join(_font_face(font, set(own)) for font, own in used.items() if _may_embed(font))


def _may_embed(font: Font) -> bool:
    table = bytes(face_of(font.path, font.index).reference_table("OS/2").data)
    (rights,) = struct.unpack(">H", table[8:10])
    return not rights & (_RESTRICTED | _NO_PART)


def _font_face(font: Font, letters: set[str]) -> str:
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).set({ord(letter) for letter in letters})
    part = hb.subset(face_of(font.path, font.index), wanted)
    # So that two pictures in one page, each with letters of its own, do not hide each other's.
    ranges = ",".join(f"U+{ord(letter):X}" for letter in sorted(letters))
    content = base64.b64encode(bytes(part.blob.data)).decode()
    return (
        f"@font-face{{font-family:'{font.family}';font-weight:{font.weight};"
        f"unicode-range:{ranges};src:url(data:font/sfnt;base64,{content})}}"
    )
