"""``report``: the figures and tables of a cohort as HTML, Word, or a ZIP of everything."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pht_core.commands.shared import EXIT_CODES, add_command
from pht_core.model.errors import PhtError
from pht_core.model.words import counted, listed

if TYPE_CHECKING:  # imported when asked for: the other commands start without drawing
    from pht_core.commands.figures import Work
    from pht_core.exhibits.patient import PatientPage

KINDS = (".html", ".docx", ".zip")


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
    if kind not in KINDS:
        raise PhtError(
            f"{options.output} does not end in {listed(list(KINDS), 'or')}. Choose by what you "
            "want: a report (.html), manuscript tables (.docx) or everything (.zip)."
        )
    from pht_core.commands.figures import finish, read_work
    from pht_core.export.document import write_html, write_patients
    from pht_core.export.document.archive import write_archive
    from pht_core.export.document.word_tables import write_word

    work = read_work(options)
    if options.patients:
        pages = _build_pages(work)
        written = counted(len(pages), "patient", "patients")
        return finish(work, options, partial(write_patients, pages, style=work.style), written)
    renderings = work.build()
    writers: dict[str, Callable[..., bytes]] = {
        ".html": write_html,
        ".docx": write_word,
        ".zip": partial(write_archive, **_describe_choices(work, options)),
    }
    written = counted(len(renderings), "figure", "figures")
    return finish(work, options, partial(writers[kind], renderings, style=work.style), written)


def _describe_choices(work: Work, options: argparse.Namespace) -> dict[str, Any]:
    """What an archive holds beside the figures: settings, a script, and what the data are."""
    from pht_core.commands.figures import list_sources
    from pht_core.exhibits.script import format_basket_script

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
    return {
        "cohort_digest": cohort.digest,
        "data_name": cohort.name,
        "saved": saved,
        "scripts": {"all-figures.py": script},
        "n_findings": len(cohort.findings),
    }


def _build_pages(work: Work) -> list[PatientPage]:
    from pht_core.commands.figures import Progress
    from pht_core.exhibits.patient import build_patient

    view = work.view
    view.check_patients()
    show, pages = Progress(), []
    for done, name in enumerate(view.subject_ids, 1):
        pages.append(build_patient(view, name))
        show(done, len(view.subject_ids), "Reading the patients")
    show.end()
    return pages
