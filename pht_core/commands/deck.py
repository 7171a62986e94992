"""``deck``: the figures and tables of a cohort as PowerPoint slides."""

import argparse
import sys
from dataclasses import replace
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
        help="figures and tables as PowerPoint slides (.pptx)",
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "--template", metavar="T.pptx", type=Path, help="a .pptx or .potx with the slide masters"
    )
    parser.add_argument(
        "--no-native",
        action="store_true",
        help="omit the additional slides with native PowerPoint charts",
    )


def _deck(options: argparse.Namespace) -> int:
    if options.output.suffix.lower() != ".pptx":
        raise PhtError(f"{options.output} does not end in .pptx. Choose a name that does.")
    # Imported when asked for: the other commands start without drawing.
    from pht_core.commands.figures import Progress, read_work, write_output
    from pht_core.export.deck import write_deck

    template = read_bytes(options.template, "template") if options.template else None
    work = read_work(options)
    renderings = work.build()

    style = work.style
    if style.preset != "slide":  # letters of a column are too small for a room
        style = replace(style, preset="slide", font_size=None)

    def make(show: Progress) -> bytes:
        return write_deck(
            renderings, style=style, template=template, native=not options.no_native, report=show
        )

    write_output(options.output, make)
    n = counted(len(renderings), "figure", "figures")
    print(f"{n} written to {options.output}.", file=sys.stderr)
    return 1 if work.told else 0
