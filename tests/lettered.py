"""A font with two Chinese letters, so that tests need none of the computer's."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

FAMILY = "Source Han Sans SC"
LETTERS = "患者"


def write_chinese_font(folder: Path) -> Path:
    """Write a font in which each of the letters 患 and 者 is a square, under a known name."""
    names = [".notdef", *(f"uni{ord(letter):04X}" for letter in LETTERS)]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap(dict(zip(map(ord, LETTERS), names[1:], strict=True)))
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 800), (900, 800), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    font.setupGlyf(dict.fromkeys(names, square))
    font.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable(
        {"familyName": FAMILY, "styleName": "Regular", "psName": "SourceHanSansSC-Regular"}
    )
    font.setupOS2(usWeightClass=400, fsType=0)
    font.setupPost()
    path = folder / "SourceHanSansSC-Regular.ttf"
    font.save(path)
    return path
