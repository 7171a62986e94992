"""Pictures as PNG, SVG and PDF files for slides and papers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from pht_core.charts.picture import Picture
from pht_core.charts.theme import EXPORT_FONT, EXPORT_FONT_CJK
from pht_core.errors import PhtError, UnknownName

MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}

_WORKER = Path(__file__).with_name("worker.py")
# Each drawing takes a core for a second: more at once would only make all of them wait.
_AT_ONCE = BoundedSemaphore(2)


@dataclass(frozen=True)
class Preset:
    """Size of an exported picture in points (1/72 inch); without one, the size it is drawn at."""

    title: str
    width: float | None = None
    height: float | None = None
    ppi: int = 300


PRESETS = {
    "slide": Preset("Slide 16:9", 960, 540),
    "as_drawn": Preset("As drawn"),
}


def export_picture(
    picture: Picture, kind: str = "png", *, preset: str = "slide", timeout: float = 60
) -> bytes:
    """Draw a picture as the bytes of a file.

    Parameters
    ----------
    picture : made with ``theme="light"`` for print and slides. kind : png (300 dpi), svg or pdf
        (both with text as text). preset : one of `PRESETS`; a picture of another shape is
        centred in it, whole. timeout : seconds.

    Raises
    ------
    UnknownName : kind or preset is not offered. PhtError : the converter failed or took too long.
    """
    if kind not in MEDIA_TYPES:
        raise UnknownName("Kind of picture", kind, list(MEDIA_TYPES))
    if preset not in PRESETS:
        raise UnknownName("Size of picture", preset, list(PRESETS))
    size = PRESETS[preset]
    spec = _print_spec(picture)
    request = {
        "spec": spec,
        "kind": kind,
        "ppi": size.ppi,
        "fonts": font_folders(),
        "frame": [size.width, size.height] if size.width and size.height else None,
    }
    return _draw(json.dumps(request).encode(), kind, timeout)


def _draw(request: bytes, kind: str, timeout: float) -> bytes:
    with _AT_ONCE:
        try:
            # -P: the worker's own folder must not hide modules of other packages.
            done = subprocess.run(
                [sys.executable, "-P", str(_WORKER)],
                input=request,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PhtError(
                f"Drawing the {kind.upper()} took longer than {timeout:g} s and was stopped. "
                "Try again, or choose fewer patients."
            ) from None
    if done.returncode or not done.stdout:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        reason = next((line for line in reversed(lines) if "rror" in line), lines[-1])
        raise PhtError(f"The {kind.upper()} could not be drawn: {reason.strip()}")
    return done.stdout


def _print_spec(picture: Picture) -> dict[str, Any]:
    """Specification in the fonts of print: one that has Chinese where a name or title needs it."""
    spec = picture.to_dict(font=EXPORT_FONT)
    if any(letter >= "\u2e80" for letter in json.dumps(spec, ensure_ascii=False)):
        spec["config"]["font"] = EXPORT_FONT_CJK
        # Axis titles are ours and hold 10⁹, which the Chinese fonts lack.
        spec["config"]["axis"]["titleFont"] = EXPORT_FONT
    return spec


@cache
def font_folders() -> list[str]:
    """Folders of fonts beside the system's: DejaVu Sans, which matplotlib (of lifelines) brings."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [str(folder)] if folder.is_dir() else []
