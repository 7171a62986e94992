"""Fonts of exported figures: ours, DejaVu behind them, and what this computer has for the rest.

Only the standard library and HarfBuzz are imported: the drawing process uses this module too.
"""

from __future__ import annotations

import base64
import os
import struct
import tomllib
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uharfbuzz as hb

SVG = "{http://www.w3.org/2000/svg}"
FOLDER = Path(__file__).with_name("fonts")
# Other computers' fonts: families with Chinese letters, and what to install for letters of others.
_KNOWN = tomllib.loads(Path(__file__).with_name("known_fonts.toml").read_text("utf-8"))
_KINDS = (".ttf", ".otf", ".ttc", ".otc")
# Fonts that have a box or nothing for every letter there is.
_EMPTY = ("lastresort", "adobeblank", "notdef", "fallback-bmp")
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16


@dataclass(frozen=True)
class Font:
    """A face: its family, its file and the place in it (collections hold several), its weight."""

    family: str
    path: str
    index: int = 0
    weight: int = 400


@cache
def own_fonts() -> tuple[Font, ...]:
    """Fonts that come with the program: Source Sans 3, then DejaVu Sans for signs it lacks."""
    faces = (
        ("Source Sans 3", "SourceSans3-Regular.ttf", 400),
        ("Source Sans 3", "SourceSans3-Semibold.ttf", 600),
        ("DejaVu Sans", "DejaVuSans.ttf", 400),
        ("DejaVu Sans", "DejaVuSans-Bold.ttf", 700),
    )
    return tuple(Font(family, str(FOLDER / file), weight=weight) for family, file, weight in faces)


@cache
def system_folders() -> tuple[str, ...]:
    """Folders where Linux, macOS and Windows keep fonts; those that are there."""
    home = Path.home()
    windows = os.environ.get("WINDIR", r"C:\Windows")
    folders = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".fonts",
        home / ".local/share/fonts",
        Path("/System/Library/Fonts"),
        Path("/Library/Fonts"),
        home / "Library/Fonts",
        *Path("/System/Library/AssetsV2").glob("com_apple_MobileAsset_Font*"),
        Path(windows, "Fonts"),
        home / "AppData/Local/Microsoft/Windows/Fonts",
    ]
    return tuple(str(folder) for folder in folders if folder.is_dir())


def missing_letters(texts: Iterable[str], folders: Sequence[str] | None = None) -> str:
    """Letters, each once, that no font at hand can draw: neither ours nor this computer's.

    >>> missing_letters(["Platelets, 10⁹/L", "★ ≥ 3"])
    ''
    >>> missing_letters(["患者1"], folders=[])
    '患者'
    """
    fonts = fonts_for(texts, folders)
    return "".join(letter for letter in _letters(texts) if pick_font(letter, 400, fonts) is None)


def font_notice(texts: Iterable[str], folders: Sequence[str] | None = None) -> str:
    """One sentence on letters that will not be drawn and what to do; empty if all will be.

    >>> font_notice(["患者1"], folders=[]).split(": ")[0]
    'No font for the letters 患者 was found on this computer'
    """
    missing = missing_letters(texts, folders)
    if not missing:
        return ""
    shown = missing if len(missing) <= 12 else f"{missing[:12]}…"
    needed = list(dict.fromkeys(map(_needed_font, missing)))
    one = len(missing) == 1
    return (
        f"No font for the {'letter' if one else 'letters'} {shown} was found on this computer: "
        f"{'it is drawn as an empty box' if one else 'they are drawn as empty boxes'}. "
        f"Install {' and '.join(needed)}, and start PHT Explorer again."
    )


def fonts_for(texts: Iterable[str], folders: Sequence[str] | None = None) -> list[Font]:
    """Fonts that draw the texts: always ours, then as few of this computer's as are needed."""
    places = tuple(system_folders() if folders is None else folders)
    left = [letter for letter in _letters(texts) if pick_font(letter, 400, own_fonts()) is None]
    return [*own_fonts(), *(_further_fonts("".join(sorted(left)), places) if left else ())]


def pick_font(letter: str, weight: int, fonts: Sequence[Font]) -> Font | None:
    """The first family that has a letter, in the face nearest to a weight as CSS has it."""
    for font in fonts:
        if ord(letter) in letters_of(font):
            family = [other for other in fonts if other.family == font.family]
            family = [other for other in family if ord(letter) in letters_of(other)]
            return min(family, key=lambda face: _distance(face.weight, weight))
    return None


def split_runs(text: str, weight: int, fonts: Sequence[Font]) -> list[tuple[Font | None, str]]:
    """A text in pieces of one font each; spaces and marks stay with the letters before them.

    >>> [(font.family, piece) for font, piece in split_runs("P1 ★ 2", 400, own_fonts())]
    [('Source Sans 3', 'P1 '), ('DejaVu Sans', '★ '), ('Source Sans 3', '2')]
    """
    runs: list[tuple[Font | None, str]] = []
    for letter in text:
        if runs and unicodedata.category(letter) in ("Zs", "Cf", "Mn", "Me", "Cc"):
            font = runs[-1][0]
        else:
            font = pick_font(letter, weight, fonts)
        if runs and runs[-1][0] == font:
            runs[-1] = (font, runs[-1][1] + letter)
        else:
            runs.append((font, letter))
    return runs


@cache
def face_of(path: str, index: int) -> hb.Face:
    """A face of a font file; the file stays mapped, not read."""
    return hb.Face(hb.Blob.from_file_path(path), index)


@cache
def letters_of(font: Font) -> frozenset[int]:
    """Code points that a font has."""
    return frozenset(face_of(font.path, font.index).unicodes)


def _distance(weight: int, wanted: int) -> tuple[bool, int]:
    """How far a weight is from the wanted one: bolder is nearer for bold, lighter for normal."""
    wrong_way = weight < wanted if wanted > 500 else weight > max(wanted, 500)
    return wrong_way, abs(weight - wanted)


def _letters(texts: Iterable[str]) -> list[str]:
    """Letters to draw, each once; those of ASCII are in every font, spaces and signs unseen."""
    every = dict.fromkeys(letter for text in texts for letter in text if letter > "\x7f")
    return [one for one in every if unicodedata.category(one) not in ("Zs", "Zl", "Zp", "Cf", "Cc")]


def _files(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for place, below, names in os.walk(folder):
            below.sort()
            yield from (
                Path(place, name) for name in sorted(names) if name.lower().endswith(_KINDS)
            )


def _faces(path: Path) -> Iterator[Font]:
    """Upright faces with outlines in a file; none of a file that is no font."""
    try:
        count = face_of(str(path), 0).count
    except (hb.HarfBuzzError, OSError):
        return
    for index in range(count):
        face = face_of(str(path), index)
        if not {"glyf", "CFF ", "CFF2"} & set(face.table_tags):
            continue
        metrics = bytes(face.reference_table("OS/2").data)
        if len(metrics) < 64:
            continue
        weight, selection = struct.unpack_from(">4xH56xH", metrics)
        name = face.get_name(_TYPOGRAPHIC_FAMILY) or face.get_name(_FAMILY)
        if name and not selection & 1:
            yield Font(name.replace("'", ""), str(path), index, weight)


@cache
def _cjk_fonts(folders: tuple[str, ...]) -> tuple[Font, ...]:
    """Every weight of the best known family with Chinese letters, the plain one first."""
    starts = tuple(start for names in _KNOWN["chinese"].values() for start in names)
    files = [path for path in _files(folders) if path.name.lower().startswith(starts)]
    faces = [face for path in files for face in _faces(path)]
    for family in _KNOWN["chinese"]:
        own = [face for face in faces if face.family == family]
        if own:
            return tuple(sorted(own, key=lambda face: _distance(face.weight, 400)))
    return ()


@cache
def _further_fonts(letters: str, folders: tuple[str, ...]) -> tuple[Font, ...]:
    """Fonts of this computer for letters that ours lack, each for as many as it has."""
    chosen: list[Font] = []
    known = _cjk_fonts(folders)
    if any(ord(letter) in letters_of(font) for font in known[:1] for letter in letters):
        chosen += known
    left = {ord(one) for one in letters if pick_font(one, 400, chosen) is None}
    if not left:
        return tuple(chosen)
    faces = [
        face
        for path in _files(folders)
        if not path.name.lower().startswith(_EMPTY)
        for face in _faces(path)
        if left & letters_of(face)
    ]
    while left and faces:
        best = max(faces, key=lambda face: (len(left & letters_of(face)), *_plainness(face)))
        if not left & letters_of(best):
            break
        chosen.append(best)
        left -= letters_of(best)
    return tuple(chosen)


def _plainness(font: Font) -> tuple[bool, bool, int]:
    return "Sans" in font.family, "Serif" not in font.family, -abs(font.weight - 400)


def _needed_font(letter: str) -> str:
    name = unicodedata.name(letter, "")
    for font, starts in _KNOWN["needed"].items():
        if name.startswith(tuple(starts)):
            return f"a {font}"
    if unicodedata.category(letter) in ("So", "Sk"):
        return "a font with these signs, such as Noto Emoji"
    script = name.split(" ")[0].title()
    if script in _KNOWN["scripts"]:
        return f"a font such as Noto Sans {script}"
    return "a font that has them, such as one of the Noto collection"


# Bits of a font's fsType by which its maker forbids embedding it, or a part of it.
_RESTRICTED, _NO_PART = 0x0002, 0x0100


def embed_fonts(root: ET.Element, fonts: Sequence[Font]) -> None:
    """Put an @font-face with the letters in use for each font into an SVG."""
    used: dict[Font, set[str]] = {}
    for text in root.iter(f"{SVG}text"):
        for font, piece in split_runs("".join(text.itertext()), weight_of(text), fonts):
            if font is not None:
                used.setdefault(font, set()).update(piece)
    if faces := format_faces(used):
        style = ET.Element(f"{SVG}style")
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


def weight_of(text: ET.Element) -> int:
    """The weight that a text is drawn in: ours are 400 and 600."""
    weight = text.get("font-weight", "normal")
    if weight.isdigit():
        return 600 if int(weight) > 500 else 400
    return 600 if weight in ("bold", "bolder") else 400
