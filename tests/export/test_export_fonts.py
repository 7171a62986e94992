"""Fonts of files: those at hand are found, and letters that none of them has are named."""

from pathlib import Path

import pytest

from pht_core.export.pictures.fonts import (
    FOLDER,
    Font,
    font_notice,
    fonts_for,
    missing_letters,
    own_fonts,
    split_runs,
)
from tests.lettered import FAMILY, write_chinese_font

SCREEN_AND_SIGNS = ["Source Sans 3", "Source Sans 3", "DejaVu Sans", "DejaVu Sans"]


def test_our_fonts_come_with_the_program() -> None:
    assert [font.family for font in own_fonts()] == SCREEN_AND_SIGNS
    assert [font.weight for font in own_fonts()] == [400, 600, 400, 700]
    assert all(Path(font.path).is_file() for font in own_fonts())
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / "OFL.md").read_text("utf-8")
    assert "Bitstream Vera Fonts Copyright" in (FOLDER / "DEJAVU.txt").read_text("utf-8")


def test_what_charts_write_needs_no_other_font() -> None:
    assert fonts_for(["Platelets, 10⁹/L", "≥ 3 – × ± ★ ☆ … ·"], folders=[]) == list(own_fonts())
    assert missing_letters(["Platelets, 10⁹/L", "≥ 3 – × ± ★ ☆ … · \t\u200b"], folders=[]) == ""


def test_a_chinese_font_is_found(tmp_path: Path) -> None:
    path = write_chinese_font(tmp_path)
    folders = [str(tmp_path)]
    assert fonts_for(["患"], folders)[4:] == [Font(FAMILY, str(path), index=0, weight=400)]
    assert missing_letters(["患者1"], folders) == ""
    runs = split_runs("患1者号", 600, fonts_for(["患者号"], folders))
    assert [(font and font.family, piece) for font, piece in runs] == [
        (FAMILY, "患"),
        ("Source Sans 3", "1"),
        (FAMILY, "者"),
        (None, "号"),
    ]


def test_without_a_chinese_font_its_letters_are_named(tmp_path: Path) -> None:
    (tmp_path / "msyh.ttc").write_bytes(b"no font")
    (tmp_path / "broken.ttf").write_bytes(b"\x00\x01\x00\x00")
    for folders in ([], [str(tmp_path)]):
        assert fonts_for(["患"], folders) == list(own_fonts())
        assert missing_letters(["患者1", "者"], folders) == "患者"
    assert font_notice(["患者1"], []) == (
        "No font for the letters 患者 was found on this computer: they are drawn as empty boxes. "
        "Install a Chinese font, such as Noto Sans CJK SC, and start PHT Explorer again."
    )


@pytest.mark.parametrize(
    ("text", "missing", "needed"),
    [
        ("ไทย P1", "ไทย", "a font such as Noto Sans Thai"),
        (
            "患 ไ",
            "患ไ",
            "a Chinese font, such as Noto Sans CJK SC and a font such as Noto Sans Thai",
        ),
        ("かな", "かな", "a Japanese font, such as Noto Sans CJK JP"),
        ("환자", "환자", "a Korean font, such as Noto Sans CJK KR"),
        ("\U0001fa7a", "\U0001fa7a", "a font with these signs, such as Noto Emoji"),
        ("देव", "देव", "a font such as Noto Sans Devanagari"),
    ],
)
def test_other_letters_are_named_likewise(text: str, missing: str, needed: str) -> None:
    assert missing_letters([text], []) == missing
    assert f"Install {needed}, and start" in font_notice([text], [])


def test_many_missing_letters_are_named_in_part() -> None:
    notice = font_notice(["".join(map(chr, range(0x4E00, 0x4E20)))], [])
    assert notice.startswith("No font for the letters 一丁丂七丄丅丆万丈三上下… was found")


def test_a_font_of_this_computer_is_taken_for_what_ours_lack(tmp_path: Path) -> None:
    path = write_chinese_font(tmp_path)
    # Not among the known names: it is found by the letters that it has.
    path.rename(tmp_path / "unknown.ttf")
    assert missing_letters(["患者ไ"], [str(tmp_path)]) == "ไ"
