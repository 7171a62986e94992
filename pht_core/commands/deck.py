"""``deck``: the figures and tables of a cohort as PowerPoint slides."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from pht_core.commands.shared import add_work
from pht_core.model.errors import PhtError


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("deck", help="figures and tables as PowerPoint slides (.pptx)")
    add_work(parser)
    parser.add_argument(
        "--template", metavar="T.pptx", type=Path, help="a .pptx or .potx whose masters are used"
    )
    parser.add_argument(
        "--no-native",
        action="store_true",
        help="no further slides with bars and pies as PowerPoint's own charts",
    )
    parser.set_defaults(run=_deck)


def _deck(options: argparse.Namespace) -> int:
    if options.output.suffix.lower() != ".pptx":
        raise PhtError(f"{options.output} does not end in .pptx, which slides do. Name it so.")
    # Imported when asked for: the other commands start without drawing.
    from pht_core.commands.figures import Progress, read_bytes, read_work, write_output
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
    n = len(renderings)
    print(f"{n} figure{'s' * (n != 1)} written to {options.output}.", file=sys.stderr)
    return 1 if work.told else 0
