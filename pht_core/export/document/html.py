"""A report of figures and tables as one HTML file: interactive on a screen, still on paper."""

from __future__ import annotations

import base64
import hashlib
import string
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path

from pht_core.charts.picture import Picture
from pht_core.charts.theme import EXPORT_FONT
from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.view import Provenance
from pht_core.export.document.markup import (
    format_json,
    format_numbers,
    format_table,
    format_text,
    letters_across,
    show_unseen,
)
from pht_core.export.pictures.fonts import Font, fonts_for, format_faces, split_runs
from pht_core.export.pictures.pictures import Order, draw_pictures
from pht_core.export.pictures.style import Style
from pht_core.model.errors import PhtError

_SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", _SVG)


def format_drawing(svg: bytes, words: str) -> str:
    """A drawing for the inside of a page: it takes the page's fonts and the size it is given.

    ``words`` are what a screen reader says of it. The fonts within the file would be the whole
    page's, and its title would follow the pointer, so both are taken out.
    """
    root = ET.fromstring(svg)
    for name in ("style", "title", "desc"):
        for element in root.findall(f"{{{_SVG}}}{name}"):
            root.remove(element)
    for name in ("width", "height", "preserveAspectRatio"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", words)
    return show_unseen(ET.tostring(root, encoding="unicode"))


def shape_of(svg: bytes) -> float:
    """Height of a drawing in shares of its width."""
    width, height = ET.fromstring(svg).attrib["viewBox"].split()[2:]
    return float(height) / float(width)


def format_specification(picture: Picture) -> str:
    """What the charts' script draws, as data in the page."""
    content = format_json(picture.to_dict(font=EXPORT_FONT))
    return f'<script type="application/json">{content}</script>'


def format_header(heading: str, origins: Sequence[Provenance], *, patients: str = "") -> str:
    """Heading, state of the cohort, and where everything comes from.

    ``patients`` says how many there are where the origins do not.
    """
    rows = [
        ("Data", "; ".join(_each(one.data for one in origins))),
        ("SHA-256", "; ".join(_each(one.digest for one in origins))),
        ("Patients", patients or _patients(origins)),
        ("Filters", "; ".join(_each(one.filters for one in origins)) or "none"),
        ("Grades", "; ".join(_each(one.scheme for one in origins))),
        ("Made with", "; ".join(_each(f"PHT Explorer {one.version}" for one in origins))),
        ("On", "; ".join(_each((one.day or date.today()).isoformat() for one in origins))),
    ]
    told = "".join(
        f"<dt>{format_text(name)}</dt><dd>{format_text(words)}</dd>"
        for name, words in rows
        if words
    )
    return (
        f"<header><h1>{format_text(heading)}</h1>{_state(origins)}"
        f'<dl class="origin">{told}</dl></header>'
    )


def _each(words: Iterable[str]) -> list[str]:
    """Each once, in order, without empty ones."""
    return list(dict.fromkeys(filter(None, words)))


def _patients(origins: Sequence[Provenance]) -> str:
    counts = sorted({(one.n, one.n_total) for one in origins}, reverse=True)
    if len(counts) > 3:
        least, most = counts[-1][0], counts[0][0]
        return f"{least} to {most} of {counts[0][1]}, as said under each"
    return "; ".join(f"{n} of {n_total}" for n, n_total in counts)


def _state(origins: Sequence[Provenance]) -> str:
    lines = []
    if any(one.simulated for one in origins):
        lines.append("<strong>Simulated data.</strong> No patient's course is shown here.")
    if any(not one.final for one in origins):
        lines.append(
            "<strong>Exploratory.</strong> The cohort has not been confirmed as final; its "
            "figures may change."
        )
    if not lines:
        return ""
    return '<div class="state">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>"


# Bundling takes a second with Python's lock held, so it is done by a process of its own.
_BUNDLE = (
    "import sys, vl_convert; "
    "sys.stdout.buffer.write(vl_convert.javascript_bundle('window.vegaEmbed=vegaEmbed;').encode())"
)
_PATIENCE = 60


@cache
def read_library() -> str:
    """The script, made once; it sets ``window.vegaEmbed`` and asks nothing of any network.

    Raises
    ------
    PhtError : it could not be made.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BUNDLE], capture_output=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise PhtError(
            f"The script of the interactive charts was not ready after {_PATIENCE} s. Try again."
        ) from None
    script = done.stdout.decode()
    if done.returncode or not script:
        raise PhtError("The script of the interactive charts could not be made. Try again.")
    return script


# What axes and tooltips may write beyond the texts that stand in the document.
_ALWAYS = string.digits + string.ascii_letters + string.punctuation + " \u2212\u2013\u2026×·"
_WEIGHTS = (400, 600)


def format_fonts(texts: str) -> str:
    """Style rules with each font that the letters need, cut down to these letters."""
    letters = "".join(sorted({*texts, *_ALWAYS}))
    fonts = fonts_for([letters])
    used: dict[Font, set[str]] = {}
    for weight in _WEIGHTS:
        for font, piece in split_runs(letters, weight, fonts):
            if font is not None:
                used.setdefault(font, set()).update(piece)
    return format_faces(used)


_HERE = Path(__file__).parent
# Nothing may be fetched, and no script runs but ours, known by their digests. Styles stand in the
# page, and the charts' script sets some of its own.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def write_document(title: str, body: str, *, style: str, scripts: tuple[str, ...] = ()) -> bytes:
    """A whole HTML file in UTF-8.

    Parameters
    ----------
    title : text of the browser's tab. body : HTML. style : name of a style file in this folder.
    scripts : in the order in which they run, after the page is read.
    """
    # Ends of lines are made \n by a browser before it takes a script's digest.
    scripts = tuple(script.replace("\r\n", "\n").replace("\r", "\n") for script in scripts)
    policy = _POLICY
    if scripts:
        policy += "; script-src " + " ".join(f"'{_digest(script)}'" for script in scripts)
    rules = format_fonts(title + body) + read_part("shared.css") + read_part(style)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{format_text(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{format_text(title)}</title>",
        f"<style>{rules}</style>",
        "</head>",
        "<body>",
        body,
        *(f"<script>{script}</script>" for script in scripts),
        "</body>",
        "</html>\n",
    ]
    return "\n".join(parts).encode("utf-8", "replace")


def read_part(name: str) -> str:
    """A style or script that lies beside this module."""
    return (_HERE / name).read_text("utf-8")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


Report = Callable[[int, int, str], None]
# On A4 this many units of layout are 180 mm, so that labels of 12 units are 7.5 pt.
_UNITS = 820
_PICTURE = "svg"
# A table of more columns is set smaller, so that it fits on a page.
_MANY_COLUMNS = 9
# So many small letters stand beside each other on A4; in a wider table any word may be broken.
_LETTERS = 150


def write_html(
    renderings: Sequence[Rendering],
    *,
    title: str = "",
    style: Style = Style("as_drawn"),  # noqa: B008  it is never changed
    report: Report | None = None,
) -> bytes:
    """One HTML file of all renderings that asks for nothing and runs no script but its own.

    Every figure stands in it twice: drawn, for paper and for browsers without scripts, and as
    data that a script makes answer the pointer.

    Parameters
    ----------
    title : heading of the report; by default it names the data.
    style : colours or greys; its width is that of the layout, unless it leaves that to the chart.
    report : is told how many steps of how many are done, and what is being done.

    Raises
    ------
    PhtError : a picture could not be drawn.
    """
    tell = report or _say_nothing
    target = RenderTarget(style.theme, _UNITS if style.frame is None else style.width)
    pictures = [rendering.draw(target) if rendering.draw else None for rendering in renderings]
    orders = [Order(picture, (_PICTURE,), style) for picture in pictures if picture]
    steps = len(orders) + 1
    tell(0, steps, "Drawing the figures")
    with ThreadPoolExecutor(1) as beside:
        library = beside.submit(read_library) if orders else None
        drawn = draw_pictures(
            orders, report=lambda done, _: tell(done, steps, f"Figure {done} of {len(orders)}")
        )
        scripts = (library.result(), read_part("report.js")) if library else ()
    drawings = iter(drawn)
    parts = [
        _section(
            place, rendering, _figure(rendering, picture, next(drawings), style) if picture else ""
        )
        for place, (rendering, picture) in enumerate(zip(renderings, pictures, strict=True), 1)
    ]
    heading = title or _name_of(renderings)
    body = "\n".join(
        [
            format_header(heading, [rendering.provenance for rendering in renderings]),
            _contents(renderings),
            "<main>",
            *parts,
            "</main>",
        ]
    )
    written = write_document(heading, body, style="report.css", scripts=scripts)
    tell(steps, steps, "Done")
    return written


def _say_nothing(done: int, steps: int, words: str) -> None:
    pass


def _name_of(renderings: Sequence[Rendering]) -> str:
    names = list(dict.fromkeys(rendering.provenance.data for rendering in renderings))
    return f"Report: {', '.join(names)}" if names else "Report"


def _contents(renderings: Sequence[Rendering]) -> str:
    if len(renderings) < 2:
        return ""
    lines = "".join(
        f'<li><a href="#e{place}">{format_text(rendering.title)}</a> '
        f"<span>{format_text(rendering.headline)}</span></li>"
        for place, rendering in enumerate(renderings, 1)
    )
    return f'<nav aria-label="Contents"><h2>Contents</h2><ol>{lines}</ol></nav>'


def _section(place: int, rendering: Rendering, figure: str) -> str:
    parts = [
        f'<section id="e{place}">',
        f'<p class="kind">{place}. {format_text(rendering.title)}</p>',
        f"<h2>{format_text(rendering.headline)}</h2>",
        f'<p class="comment">{format_text(rendering.comment)}</p>' if rendering.comment else "",
        figure or _whole(rendering),
        f'<p class="caption">{format_text(rendering.caption)}</p>' if rendering.caption else "",
        f"<p>{format_text(rendering.result)}</p>" if rendering.result else "",
        _numbers(rendering) if figure else "",
        _method(rendering),
        # A picture has it within.
        "" if figure else f'<p class="foot">{format_text(rendering.provenance.footer())}</p>',
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _figure(rendering: Rendering, picture: Picture, drawn: dict[str, bytes], style: Style) -> str:
    # A pixel to a unit on the screen; on paper as wide as the style says.
    paper = "100%" if style.frame is None else f"{style.frame[0]:.1f}pt"
    return (
        f'<figure class="chart paper" style="--screen:{picture.frame.width}px;--paper:{paper}">'
        f'<div class="still">{format_drawing(drawn[_PICTURE], rendering.alt)}</div>'
        f'<div class="live"></div>{format_specification(picture)}</figure>'
    )


def _whole(rendering: Rendering) -> str:
    if rendering.table is None:
        return ""
    size = ""
    if rendering.table.shape[1] > _MANY_COLUMNS:
        size = " wide" if letters_across(rendering.table) <= _LETTERS else " wide widest"
    return f'<div class="whole{size}">{format_table(rendering.table)}</div>'


def _numbers(rendering: Rendering) -> str:
    count = len(rendering.numbers)
    return (
        f"<details><summary>The numbers ({count:,} row{'s' * (count != 1)})</summary>"
        f'<div class="scroll" tabindex="0">{format_numbers(rendering.numbers)}</div></details>'
    )


def _method(rendering: Rendering) -> str:
    if not rendering.method:
        return ""
    lines = "".join(f"<li>{format_text(sentence)}</li>" for sentence in rendering.method)
    return f'<div class="method">How this is counted:<ul>{lines}</ul></div>'
