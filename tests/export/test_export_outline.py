"""Texts as outlines and greys as lines: seen in coordinates that are worked out by hand."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from pht_core.export import Order, draw_pictures
from pht_core.export.pictures import fonts
from pht_core.export.pictures.drawing import strip_marks
from pht_core.export.pictures.fonts import fonts_for, own_fonts
from pht_core.export.pictures.outline import outline_texts
from tests.drawn import DRAW
from tests.lettered import write_chinese_font

SVG = "{http://www.w3.org/2000/svg}"
REGULAR = own_fonts()[0]


def svg_of(inside: str) -> ET.Element:
    return ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>')


def outlined(text: str) -> ET.Element:
    root = svg_of(text)
    outline_texts(root, fonts_for(["".join(root.itertext())]))
    return root[0]


def box(element: ET.Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a path's points."""
    numbers = [float(number) for number in re.findall(r"-?[0-9.]+", element.get("d", ""))]
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def measures(letters: str) -> tuple[float, list[int], list[int]]:
    """Units per em, widths and left edges of letters, read by another program."""
    font = TTFont(REGULAR.path)
    names = [font.getBestCmap()[ord(letter)] for letter in letters]
    sides = [font["hmtx"][name] for name in names]
    return font["head"].unitsPerEm, [width for width, _ in sides], [left for _, left in sides]


def test_a_letter_stands_where_its_font_says() -> None:
    em, (width,), (left,) = measures("H")
    drawn = outlined('<text x="10" y="50" font-size="100px">H</text>')
    assert drawn.tag == f"{SVG}path"
    assert box(drawn)[0] == pytest.approx(10 + left / em * 100, abs=0.01)
    assert box(drawn)[3] == 50
    middle = outlined('<text x="10" y="50" font-size="100px" text-anchor="middle">H</text>')
    assert box(drawn)[0] - box(middle)[0] == pytest.approx(width / em * 50, abs=0.01)
    end = outlined('<text x="10" y="50" font-size="100px" text-anchor="end">H</text>')
    assert box(drawn)[0] - box(end)[0] == pytest.approx(width / em * 100, abs=0.01)


def test_pairs_of_letters_are_kerned() -> None:
    em, widths, lefts = measures("AV")
    both = outlined('<text font-size="100px">AV</text>')
    alone = outlined('<text font-size="100px">V</text>')
    loose = (widths[0] + lefts[1]) / em * 100 + (box(alone)[2] - box(alone)[0])
    assert loose - 4 < box(both)[2] < loose - 1


def test_lines_stand_under_each_other() -> None:
    one = box(outlined('<text font-size="10px"><tspan>H</tspan></text>'))
    two = box(
        outlined('<text font-size="10px"><tspan>H</tspan><tspan x="0" dy="13">H</tspan></text>')
    )
    assert two[:3] == one[:3]
    assert two[3] == one[3] + 13


def test_what_is_not_lettering_stays() -> None:
    text = (
        '<text transform="translate(3,4) rotate(-90)" fill="#123456" opacity="0.5" '
        'stroke="#fff" stroke-width="2" font-family="x" font-weight="600" font-size="9px">a</text>'
    )
    drawn = outlined(text)
    drawn.attrib.pop("d")
    assert drawn.attrib == {
        "transform": "translate(3,4) rotate(-90)",
        "fill": "#123456",
        "opacity": "0.5",
        "stroke": "#fff",
        "stroke-width": "2",
    }


def test_bold_is_another_face() -> None:
    plain, bold, heavy = (
        outlined(f'<text font-weight="{weight}" font-size="10px">H</text>').get("d")
        for weight in ("normal", "bold", "600")
    )
    assert plain != bold == heavy


def test_letters_of_no_font_stay_text() -> None:
    root = svg_of('<text x="0" font-size="10px" font-family="x" fill="#333">ab ᚠ</text>')
    outline_texts(root, own_fonts())
    group = root[0]
    assert group.tag == f"{SVG}g"
    assert [child.tag for child in group] == [f"{SVG}path", f"{SVG}text"]
    assert group[1].text == "ᚠ"
    assert float(group[1].get("x", "0")) > box(group[0])[2]


def test_an_outlined_picture_has_no_text_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_chinese_font(tmp_path)
    monkeypatch.setattr(fonts, "system_folders", lambda: (str(tmp_path),))
    pictures = [DRAW[name](title="患者 AVATAR ★ 10⁹/L") for name in ("incidence", "trajectory")]
    for files in draw_pictures([Order(drawn, ("outlined",)) for drawn in pictures]):
        root = ET.fromstring(files["outlined"])
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "g", "path", "rect", "line", "defs", "clipPath"}
        assert b"font" not in files["outlined"]


def test_only_what_a_chart_draws_with_is_let_through() -> None:
    for element in ("script", "foreignObject", "image", "a"):
        with pytest.raises(ValueError, match=f"a picture has no <{element}>"):
            strip_marks(svg_of(f"<g><{element}/></g>"))
    root = svg_of('<path d="M0,0L1,1" fill="red" onclick="x()" aria-label="P1" href="#"/>')
    strip_marks(root)
    assert root[0].attrib == {"d": "M0,0L1,1", "fill": "red"}


def test_what_is_not_seen_is_left_out() -> None:
    root = svg_of(
        '<g fill="none"><path d="M0,0h9v9Z"/><path d="M0,0h9v9Z" fill="red" opacity="0"/>'
        '<path d="" fill="red"/><g/><text> </text></g>'
        '<g fill="none"><path d="M1,1" stroke="red"/></g>'
    )
    strip_marks(root)
    assert ET.tostring(root).count(b"path") == 1
    assert len(root) == 1
