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
    style: Style = Style(),  # noqa: B008  frozen
    report: Progress = no_progress,
) -> bytes:
    """One HTML file of all renderings that asks for nothing and runs no script but its own.

    Every figure stands in it twice: drawn, for paper and for browsers without scripts, and as
    data that a script makes answer the pointer.

    title : heading of the report; by default it names the data. style : colours or greys; the
        page decides on the pictures' size. report : is told of each step.
    Raises PhtError: a picture could not be drawn.
    """
    drawn = Style("as_drawn", grey=style.grey)
    orders = [order_figure(rendering, ("svg",), drawn, _UNITS) for rendering in renderings]
    origins = [rendering.provenance for rendering in renderings]
    names = ", ".join(_each(one.data for one in origins))
    heading = title or (f"Report: {names}" if names else "Report")
    return _write(
        "report",
        heading,
        renderings,
        renderings,
        orders,
        report,
        **_header(origins, _n_of(origins)),
    )


def write_slides(
    renderings: Sequence[Rendering],
    *,
    style: Style = Style(),  # noqa: B008  frozen
    report: Progress = no_progress,
) -> bytes:
    """Slides as one HTML file for a browser: arrow keys turn them, figures answer the pointer.

    A cover, a rendering a slide, and the methods; in print each slide has its page. ``style``,
    ``report`` and errors as in `write_html`; PhtError also without renderings.
    """
    drawn = Style("as_drawn", grey=style.grey)
    target = RenderTarget(drawn.theme, *_ROOM)
    orders = [
        Order(rendering.draw(target).with_frame(title="", footer=""), ("svg",), drawn)
        if rendering.draw
        else None
        for rendering in renderings
    ]
    about = cover_lines([rendering.provenance for rendering in renderings])
    heading = ", ".join(_each(one.provenance.data for one in renderings)) or "Patients"
    methods = method_sentences(renderings)
    return _write(
        "slides", heading, renderings, renderings, orders, report, about=about, methods=methods
    )


def write_patients(
    pages: Sequence[PatientPage],
    *,
    style: Style = Style(),  # noqa: B008  frozen
    report: Progress = no_progress,
) -> bytes:
    """One HTML file without scripts, of which each patient prints on one page of A4.

    Pictures are 180 mm wide. ``style``, ``report`` and errors as in `write_html`.
    """
    drawn = Style("double", grey=style.grey)
    trajectories = [page.trajectory for page in pages]
    orders = [order_figure(trajectory, ("svg",), drawn) for trajectory in trajectories]
    origins = [page.provenance for page in pages]
    heading = f"Patient summaries: {', '.join(_each(one.data for one in origins))}"
    header = _header(origins, f"{len(pages)}, each on one page of A4")
    return _write("patients", heading, pages, trajectories, orders, report, **header)


def _write(
    kind: str,
    heading: str,
    exhibits: Sequence[Rendering | PatientPage],
    drawn: Sequence[Rendering | None],
    orders: Sequence[Order | None],
    report: Progress,
    **values: Any,
) -> bytes:
    """Draw the figures and write the page of a kind, from its template, style and scripts."""
    steps = sum(order is not None for order in orders) + 1
    live = kind != "patients"
    with ThreadPoolExecutor(1) as beside:
        library = beside.submit(read_library) if live and steps > 1 else None
        files = draw_figures(orders, report, what="Figure" if live else "Patient")
        scripts = [library.result(), read_part("report.js")] if library else []
    if kind == "slides":
        scripts.append(read_part("slides.js"))
    figures = map(_figure, orders, files, drawn)
    written = write_page(
        heading,
        f"{kind}.html",
        style=f"{kind}.css",
        scripts=scripts,
        heading=heading,
        exhibits=list(zip(exhibits, figures, strict=True)),
        font=EXPORT_FONT,
        **values,
    )
    report(steps, steps, "Done")
    return written


@cache
def read_library() -> str:
    """The script, made once, which sets ``window.vegaEmbed``; PhtError if it could not be made."""
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


def _figure(
    order: Order | None, files: Files | None, rendering: Rendering | None
) -> dict[str, Any] | None:
    """A figure for the inside of a page, in the page's fonts and size, without its own title."""
    if order is None or files is None or rendering is None:
        return None
    root = ET.fromstring(files["svg"])
    for name in ("style", "title", "desc"):
        for element in root.findall(f"{{{_SVG}}}{name}"):
            root.remove(element)
    for name in ("width", "height", "preserveAspectRatio"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", rendering.alt)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    return {
        "picture": order.picture,
        "drawing": Markup(show_unseen(ET.tostring(root, encoding="unicode"))),
        "shape": f"{height / width:.4f}",
    }


def _header(origins: Sequence[Provenance], patients: str) -> dict[str, Any]:
    """What the head of a report shows: state of the cohort, and where everything comes from."""
    days = [(one.day or date.today()).isoformat() for one in origins]
    named = {
        "Data": _each(one.data for one in origins),
        "SHA-256": _each(one.digest for one in origins),
        "Patients": [patients],
        "Filters": _each(one.filters for one in origins) or ["none"],
        "Grades": _each(one.scheme for one in origins),
        "Made with": _each(f"PHT Explorer {one.version}" for one in origins),
        "Date": _each(days),
    }
    state = {
        "simulated": any(one.simulated for one in origins),
        "exploratory": any(not one.final for one in origins),
    }
    return {"origin": [(name, "; ".join(words)) for name, words in named.items()], "state": state}


def _each(words: Iterable[str]) -> list[str]:
    """Each once, in order, without empty ones."""
    return list(dict.fromkeys(filter(None, words)))


def _n_of(origins: Sequence[Provenance]) -> str:
    """How many patients of how many the exhibits show."""
    counts = sorted({(one.n, one.n_total) for one in origins}, reverse=True)
    if len(counts) > 3:
        return f"{counts[-1][0]} to {counts[0][0]} of {counts[0][1]}, stated under each exhibit"
    return "; ".join(f"{n} of {n_total}" for n, n_total in counts)
