"""A report of figures and tables as one HTML file: interactive on a screen, still on paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from pht_core.charts.picture import Picture
from pht_core.exhibits.exhibit import Look
from pht_core.exhibits.plate import Plate
from pht_core.export.html.document import read_part, write_document
from pht_core.export.html.figure import format_drawing, format_specification
from pht_core.export.html.header import format_header
from pht_core.export.html.library import read_library
from pht_core.export.html.markup import format_numbers, format_table, format_text, letters_across
from pht_core.export.pictures import Order, draw_pictures
from pht_core.export.style import Style

Report = Callable[[int, int, str], None]
# On A4 this many units of layout are 180 mm, so that labels of 12 units are 7.5 pt.
_UNITS = 820
_PICTURE = "svg"
# A table of more columns is set smaller, so that it fits on a page.
_MANY_COLUMNS = 9
# So many small letters stand beside each other on A4; in a wider table any word may be broken.
_LETTERS = 150


def write_html(
    plates: Sequence[Plate],
    *,
    title: str = "",
    style: Style = Style("as_drawn"),  # noqa: B008  it is never changed
    report: Report | None = None,
) -> bytes:
    """One HTML file of all plates that asks for nothing and runs no script but its own.

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
    look = Look(style.theme, _UNITS if style.frame is None else style.width)
    pictures = [plate.draw(look) if plate.draw else None for plate in plates]
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
        _section(place, plate, _figure(plate, picture, next(drawings), style) if picture else "")
        for place, (plate, picture) in enumerate(zip(plates, pictures, strict=True), 1)
    ]
    heading = title or _name_of(plates)
    body = "\n".join(
        [
            format_header(heading, [plate.provenance for plate in plates]),
            _contents(plates),
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


def _name_of(plates: Sequence[Plate]) -> str:
    names = list(dict.fromkeys(plate.provenance.data for plate in plates))
    return f"Report: {', '.join(names)}" if names else "Report"


def _contents(plates: Sequence[Plate]) -> str:
    if len(plates) < 2:
        return ""
    lines = "".join(
        f'<li><a href="#e{place}">{format_text(plate.title)}</a> '
        f"<span>{format_text(plate.headline)}</span></li>"
        for place, plate in enumerate(plates, 1)
    )
    return f'<nav aria-label="Contents"><h2>Contents</h2><ol>{lines}</ol></nav>'


def _section(place: int, plate: Plate, figure: str) -> str:
    parts = [
        f'<section id="e{place}">',
        f'<p class="kind">{place}. {format_text(plate.title)}</p>',
        f"<h2>{format_text(plate.headline)}</h2>",
        f'<p class="comment">{format_text(plate.comment)}</p>' if plate.comment else "",
        figure or _whole(plate),
        f'<p class="caption">{format_text(plate.caption)}</p>' if plate.caption else "",
        f"<p>{format_text(plate.result)}</p>" if plate.result else "",
        _numbers(plate) if figure else "",
        _method(plate),
        # A picture has it within.
        "" if figure else f'<p class="foot">{format_text(plate.provenance.footer())}</p>',
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _figure(plate: Plate, picture: Picture, drawn: dict[str, bytes], style: Style) -> str:
    # A pixel to a unit on the screen; on paper as wide as the style says.
    paper = "100%" if style.frame is None else f"{style.frame[0]:.1f}pt"
    return (
        f'<figure class="chart paper" style="--screen:{picture.width}px;--paper:{paper}">'
        f'<div class="still">{format_drawing(drawn[_PICTURE], plate.alt)}</div>'
        f'<div class="live"></div>{format_specification(picture)}</figure>'
    )


def _whole(plate: Plate) -> str:
    if plate.table is None:
        return ""
    size = ""
    if plate.table.shape[1] > _MANY_COLUMNS:
        size = " wide" if letters_across(plate.table) <= _LETTERS else " wide widest"
    return f'<div class="whole{size}">{format_table(plate.table)}</div>'


def _numbers(plate: Plate) -> str:
    count = len(plate.numbers)
    return (
        f"<details><summary>The numbers ({count:,} row{'s' * (count != 1)})</summary>"
        f'<div class="scroll" tabindex="0">{format_numbers(plate.numbers)}</div></details>'
    )


def _method(plate: Plate) -> str:
    if not plate.method:
        return ""
    lines = "".join(f"<li>{format_text(sentence)}</li>" for sentence in plate.method)
    return f'<div class="method">How this is counted:<ul>{lines}</ul></div>'
