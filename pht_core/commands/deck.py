"""``deck``: the figures of a cohort as slides, for PowerPoint or a browser."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from pht_core.commands.shared import EXIT_CODES, add_command, read_bytes
from pht_core.model.errors import PhtError
from pht_core.model.words import counted


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "deck",
        _deck,
        "files mapping settings grey final output",
        help="slides: the story of a cohort in six figures, or all (.pptx, .html)",
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "--template", metavar="T.pptx", type=Path, help="a .pptx or .potx with the slide masters"
    )
    parser.add_argument(
        "--all", action="store_true", help="all figures and tables, instead of the story in six"
    )
    parser.add_argument(
        "--native",
        action="store_true",
        help="bars and pies as charts that PowerPoint can edit, in place of the pictures",
    )
    # Scripts written for 0.1.0 give it; it is the default now.
    parser.add_argument("--no-native", action="store_true", help=argparse.SUPPRESS)


def _deck(options: argparse.Namespace) -> int:
    kind = options.output.suffix.lower()
    if kind not in (".pptx", ".html"):
        raise PhtError(
            f"{options.output} does not end in .pptx or .html. Choose by what you want: PowerPoint "
            "slides (.pptx), or slides for a browser (.html)."
        )
    # Imported when asked for: the other commands start without drawing.
    from pht_core.commands.figures import finish, read_work
    from pht_core.exhibits.entry import list_entries, list_story
    from pht_core.export.deck import write_deck
    from pht_core.export.document import write_slides

    template = read_bytes(options.template, "template") if options.template else None
    work = read_work(options)
    renderings = work.build(list_entries if options.all else list_story)
    write = partial(write_deck, template=template, native=options.native)
    make = partial(write_slides if kind == ".html" else write, renderings, style=work.style)
    return finish(work, options, make, counted(len(renderings), "figure", "figures"))
