"""One page of paper per patient, for the ward round: a file that asks for nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pht_core.exhibits.exhibit import RenderTarget
from pht_core.exhibits.patient import PatientPage, PatientTable
from pht_core.export.document.html import format_drawing, format_header, shape_of, write_document
from pht_core.export.document.markup import format_name, format_table, format_text
from pht_core.export.pictures.pictures import Order, draw_pictures
from pht_core.export.pictures.style import Style

# More letters than these, of an id or a diagnosis, would take the room of the rest.
_LONGEST_NAME = 120
_LONGEST_FACT = 70
_LONG_NAME = 40
_PICTURE = "svg"
DAYS = "Days are counted from the CAR-T infusion (day 0)."


def write_patients(
    pages: Sequence[PatientPage],
    *,
    title: str = "",
    style: Style = Style("double"),  # noqa: B008  it is never changed
    report: Callable[[int, int, str], None] | None = None,
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

    def tell(done: int, words: str) -> None:
        if report is not None:
            report(done, len(pages) + 1, words)

    tell(0, "Drawing the patients' counts")
    renderings = [page.trajectory for page in pages]
    target = RenderTarget(style.theme, style.width)
    orders = [
        Order(rendering.draw(target), (_PICTURE,), style)
        for rendering in renderings
        if rendering and rendering.draw
    ]
    drawn = iter(
        draw_pictures(orders, report=lambda done, of: tell(done, f"Patient {done} of {of}"))
    )
    articles = [
        _article(place, page, next(drawn)[_PICTURE] if page.trajectory else b"")
        for place, page in enumerate(pages, 1)
    ]
    origins = [page.provenance for page in pages]
    heading = title or "Patients of " + ", ".join(dict.fromkeys(one.data for one in origins))
    header = format_header(heading, origins, patients=f"{len(pages)} on {len(pages)} pages of A4")
    body = "\n".join([header, _contents(pages), "<main>", *articles, "</main>"])
    written = write_document(heading, body, style="patients.css")
    tell(len(pages) + 1, "Done")
    return written


def _contents(pages: Sequence[PatientPage]) -> str:
    lines = "".join(
        f'<li><a href="#p{place}">{format_name(_shortened(page.subject_id))}</a></li>'
        for place, page in enumerate(pages, 1)
    )
    return f'<nav aria-label="Patients"><ul>{lines}</ul></nav>'


def _article(place: int, page: PatientPage, svg: bytes) -> str:
    name = _shortened(page.subject_id)
    size = ' class="long"' if len(name) > _LONG_NAME else ""
    facts = " · ".join(
        f"<span>{format_text(title)} <b>{format_name(_shortened(words, _LONGEST_FACT))}</b></span>"
        for title, words in page.about
    )
    lines = "".join(
        f"<dt>{format_text(question)}</dt><dd>{format_text(answer)}</dd>"
        for question, answer in page.lines
    )
    if page.trajectory is not None:
        shape = shape_of(svg)
        drawing = format_drawing(svg, page.trajectory.alt)
        figure = f'<figure class="paper" style="--shape:{shape:.4f}">{drawing}</figure>'
    else:
        figure = f'<p class="none">{format_text(page.why_not)}</p>'
    wide, narrow = page.tables[:1], page.tables[1:]
    return "\n".join(
        [
            f'<article id="p{place}">',
            f'<div class="head"><h2{size}>{format_name(name)}</h2>{_flags(page)}</div>',
            f'<p class="about">{facts}</p>' if facts else "",
            f'<dl class="lines">{lines}</dl>',
            figure,
            *(_table(table) for table in wide),
            f'<div class="beside">{"".join(_table(table) for table in narrow)}</div>',
            f'<p class="foot">{DAYS} {format_text(page.provenance.footer())}</p>',
            "</article>",
        ]
    )


def _flags(page: PatientPage) -> str:
    words = []
    if page.provenance.simulated:
        words.append("Simulated data")
    if not page.provenance.final:
        words.append("Exploratory")
    return f'<p class="flag">{" · ".join(words)}</p>' if words else ""


def _table(table: PatientTable) -> str:
    parts = [f'<div class="table"><h3>{format_text(table.title)}</h3>']
    if len(table.cells):
        parts.append(format_table(table.cells))
    parts += [f'<p class="note">{format_text(note)}</p>' for note in table.notes]
    return "".join([*parts, "</div>"])


def _shortened(words: str, most: int = _LONGEST_NAME) -> str:
    """Words without their middle where they are too long: ids differ at their ends.

    >>> _shortened("P1"), _shortened("abcdefghij", 5)
    ('P1', 'ab…ij')
    """
    if len(words) <= most:
        return words
    half = (most - 1) // 2
    return f"{words[:half]}…{words[-half:]}"
