"""``report``: the figures and tables of a cohort as HTML, Word, or a ZIP of everything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pht_core.commands.shared import EXIT_CODES, add_command
from pht_core.model.errors import PhtError
from pht_core.model.words import counted, listed

if TYPE_CHECKING:  # imported when asked for: the other commands start without drawing
    from pht_core.commands.figures import Progress, Work
    from pht_core.exhibits.rendering import Rendering


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "report",
        _report,
        "files mapping settings grey final output",
        help="figures and tables as .html, .docx, or a .zip of everything",
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "--patients", action="store_true", help="patient summaries instead, a page each (.html)"
    )


def _report(options: argparse.Namespace) -> int:
    kind = options.output.suffix.lower()
    if options.patients and kind != ".html":
        raise PhtError("Patient summaries are written as .html only. Name the output so.")
    if kind not in _WRITERS:
        raise PhtError(
            f"{options.output} does not end in {listed(list(_WRITERS), 'or')}. Choose by what you "
            "want: a report (.html), manuscript tables (.docx) or everything (.zip)."
        )
    from pht_core.commands.figures import read_work, write_output

    work = read_work(options)
    if options.patients:
        work.view.check_patients()
        n = len(work.view.subject_ids)
        write_output(options.output, lambda show: _patients(work, show))
        written = counted(n, "patient", "patients")
    else:
        renderings = work.build()
        written = counted(len(renderings), "figure", "figures")
        write_output(options.output, lambda show: _WRITERS[kind](work, options, renderings, show))
    print(f"{written} written to {options.output}.", file=sys.stderr)
    return 1 if work.told else 0


def _html(
    work: Work, options: argparse.Namespace, renderings: Sequence[Rendering], show: Progress
) -> bytes:
    from pht_core.export.document import write_html

    # The page's width decides on the pictures' size.
    style = replace(work.style, preset="as_drawn", font_size=None)
    return write_html(renderings, style=style, report=show)


def _word(
    work: Work, options: argparse.Namespace, renderings: Sequence[Rendering], show: Progress
) -> bytes:
    from pht_core.export.document.word_tables import write_word

    return write_word(renderings, style=work.style, report=show)


def _archive(
    work: Work, options: argparse.Namespace, renderings: Sequence[Rendering], show: Progress
) -> bytes:
    from pht_core.commands.figures import list_sources
    from pht_core.exhibits.script import format_basket_script
    from pht_core.export.document.archive import write_archive

    cohort = work.cohort
    script = format_basket_script(
        cohort,
        work.saved.basket,
        final=work.saved.final,
        files=list_sources(options),
        mapping_file=options.mapping.name if options.mapping else "",
    )
    saved = replace(
        work.saved,
        style=work.style.to_plain(),
        data_name=cohort.name,
        digest=cohort.digest,
        tables_digest=cohort.tables_digest,
    )
    return write_archive(
        renderings,
        cohort_digest=cohort.digest,
        data_name=cohort.name,
        saved=saved,
        style=work.style,
        scripts={"all-figures.py": script},
        n_findings=len(cohort.findings),
        report=show,
    )


def _patients(work: Work, show: Progress) -> bytes:
    from pht_core.exhibits.patient import build_patient
    from pht_core.export.document import write_patients
    from pht_core.export.pictures.style import Style

    view = work.view
    pages = []
    for done, name in enumerate(view.subject_ids, 1):
        pages.append(build_patient(view, name))
        show(done, len(view.subject_ids), "Reading the patients")
    return write_patients(pages, style=Style("double", grey=work.style.grey), report=show)


_WRITERS: dict[str, Callable[[Work, argparse.Namespace, Sequence[Rendering], Progress], bytes]] = {
    ".html": _html,
    ".docx": _word,
    ".zip": _archive,
}
