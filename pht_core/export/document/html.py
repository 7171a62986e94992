"""Reports as one HTML file each: of figures and tables, and of patients, one to a page of paper."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import Any

from markupsafe import Markup

from pht_core.charts.theme import EXPORT_FONT
from pht_core.exhibits.exhibit import SLIDE_FRAME, RenderTarget
from pht_core.exhibits.patient import PatientPage
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.view import Provenance
from pht_core.export.deck.deck import cover_lines, method_sentences
from pht_core.export.document.page import read_part, show_unseen, write_page
from pht_core.export.pictures.pictures import (
    Files,
    Order,
    Progress,
    draw_figures,
    no_progress,
    order_figure,
)
from pht_core.export.pictures.style import Style
from pht_core.model.errors import PhtError

_SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", _SVG)
# On A4 this many units of layout are 180 mm, so that labels of 12 units are 7.5 pt.
_UNITS = 820
# Room for a figure on a slide of a browser, in units of its layout.
_ROOM = (920, 400 + SLIDE_FRAME)
# Bundling takes a second with Python's lock held, so it is done by a process of its own.
_BUNDLE = (
    "import sys, vl_convert; "
    "sys.stdout.buffer.write(vl_convert.javascript_bundle('window.vegaEmbed=vegaEmbed;').encode())"
)
_PATIENCE = 60


def write_html(
    renderings: Sequence[Rendering],
    *,
    title: str = "",
    style: Style = Style("as_drawn"),  # noqa: B008  it is never changed
    report: Progress | None = None,
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
    tell = report or no_progress
    width = _UNITS if style.frame is None else style.width
    orders = [order_figure(rendering, ("svg",), style, width) for rendering in renderings]
    figures, scripts, steps = _draw(renderings, orders, tell)
    origins = [rendering.provenance for rendering in renderings]
    names = ", ".join(_each(one.data for one in origins))
    heading = title or (f"Report: {names}" if names else "Report")
    written = write_page(
        heading,
        "report.html",
        style="report.css",
        scripts=scripts,
        exhibits=list(zip(renderings, figures, strict=True)),
        font=EXPORT_FONT,
        # A pixel to a unit on the screen; on paper as wide as the style says.
        paper="100%" if style.frame is None else f"{style.frame[0]:.1f}pt",
        **_header(heading, origins, _patients(origins)),
    )
    tell(steps, steps, "Done")
    return written


def write_slides(
    renderings: Sequence[Rendering],
    *,
    style: Style = Style("as_drawn"),  # noqa: B008  it is never changed
    report: Progress | None = None,
) -> bytes:
    """Slides as one HTML file for a browser: arrow keys turn them, figures answer the pointer.

    A cover, a rendering a slide, and the methods. It asks for nothing and runs no script but its
    own; in print each slide has its page.

    Parameters
    ----------
    style : colours or greys. report : is told how many steps of how many are done.

    Raises
    ------
    PhtError : there are no renderings, or a picture could not be drawn.
    """
    tell = report or no_progress
    own = Style("as_drawn", grey=style.grey)
    target = RenderTarget(own.theme, *_ROOM)
    orders = [
        Order(rendering.draw(target).with_frame(title="", footer=""), ("svg",), own)
        if rendering.draw
        else None
        for rendering in renderings
    ]
    about = cover_lines([rendering.provenance for rendering in renderings])
    figures, scripts, steps = _draw(renderings, orders, tell)
    heading = ", ".join(_each(one.provenance.data for one in renderings)) or "Patients"
    written = write_page(
        heading,
        "slides.html",
        style="slides.css",
        scripts=(*scripts, read_part("slides.js")),
        heading=heading,
        about=about,
        exhibits=list(zip(renderings, figures, strict=True)),
        methods=method_sentences(renderings),
        font=EXPORT_FONT,
    )
    tell(steps, steps, "Done")
    return written


def _draw(
    renderings: Sequence[Rendering], orders: Sequence[Order | None], tell: Progress
) -> tuple[list[dict[str, Any] | None], tuple[str, ...], int]:
    """Figures for the page, scripts that make them answer the pointer, and the number of steps."""
    steps = sum(order is not None for order in orders) + 1
    with ThreadPoolExecutor(1) as beside:
        library = beside.submit(read_library) if steps > 1 else None
        drawn = draw_figures(orders, tell)
        scripts = (library.result(), read_part("report.js")) if library else ()
    figures = [
        _figure(order, files, rendering.alt)
        for order, files, rendering in zip(orders, drawn, renderings, strict=True)
    ]
    return figures, scripts, steps


def write_patients(
    pages: Sequence[PatientPage],
    *,
    title: str = "",
    style: Style = Style("double"),  # noqa: B008  it is never changed
    report: Progress | None = None,
) -> bytes:
    """One HTML file without scripts, of which each patient prints on one page of A4.

    Parameters
    ----------
    title : heading on the screen; by default it names the data. style : colours or greys, and
        the size of the letters, of the pictures, which are 180 mm wide.
    report : is told how many steps of how many are done, and what is being done.

    Raises
    ------
    PhtError : a picture could not be drawn.
    """
    tell = report or no_progress
    orders = [order_figure(page.trajectory, ("svg",), style) for page in pages]
    steps = sum(order is not None for order in orders) + 1
    drawn = draw_figures(orders, tell, what="Patient")
    figures = [
        _figure(order, files, page.trajectory.alt if page.trajectory else "")
        for order, files, page in zip(orders, drawn, pages, strict=True)
    ]
    origins = [page.provenance for page in pages]
    heading = title or f"Patient summaries: {', '.join(_each(one.data for one in origins))}"
    written = write_page(
        heading,
        "patients.html",
        style="patients.css",
        patients=list(zip(pages, figures, strict=True)),
        **_header(heading, origins, f"{len(pages)}, each on one page of A4"),
    )
    tell(steps, steps, "Done")
    return written


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


def _figure(order: Order | None, files: Files | None, words: str) -> dict[str, Any] | None:
    """A figure for the inside of a page: it takes the page's fonts and the size it is given.

    ``words`` are what a screen reader says of it. The fonts within the file would be the whole
    page's, and its title would follow the pointer, so both are taken out.
    """
    if order is None or files is None:
        return None
    root = ET.fromstring(files["svg"])
    for name in ("style", "title", "desc"):
        for element in root.findall(f"{{{_SVG}}}{name}"):
            root.remove(element)
    for name in ("width", "height", "preserveAspectRatio"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", words)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    return {
        "picture": order.picture,
        "drawing": Markup(show_unseen(ET.tostring(root, encoding="unicode"))),
        "shape": f"{height / width:.4f}",
    }


def _header(heading: str, origins: Sequence[Provenance], patients: str) -> dict[str, Any]:
    """What the head of a report shows: state of the cohort, and where everything comes from."""
    origin = [
        ("Data", "; ".join(_each(one.data for one in origins))),
        ("SHA-256", "; ".join(_each(one.digest for one in origins))),
        ("Patients", patients),
        ("Filters", "; ".join(_each(one.filters for one in origins)) or "none"),
        ("Grades", "; ".join(_each(one.scheme for one in origins))),
        ("Made with", "; ".join(_each(f"PHT Explorer {one.version}" for one in origins))),
        ("Date", "; ".join(_each((one.day or date.today()).isoformat() for one in origins))),
    ]
    state = {
        "simulated": any(one.simulated for one in origins),
        "exploratory": any(not one.final for one in origins),
    }
    return {"heading": heading, "origin": origin, "state": state}


def _each(words: Iterable[str]) -> list[str]:
    """Each once, in order, without empty ones."""
    return list(dict.fromkeys(filter(None, words)))


def _patients(origins: Sequence[Provenance]) -> str:
    counts = sorted({(one.n, one.n_total) for one in origins}, reverse=True)
    if len(counts) > 3:
        return f"{counts[-1][0]} to {counts[0][0]} of {counts[0][1]}, stated under each exhibit"
    return "; ".join(f"{n} of {n_total}" for n, n_total in counts)
