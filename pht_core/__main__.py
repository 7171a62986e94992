"""The core from the command line: ``python -m pht_core COMMAND``; ``--help`` lists the commands."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from pht_core.commands import COMMANDS
from pht_core.model.errors import PhtError

DESCRIPTION = (
    "PHT Explorer: blood counts after CAR-T therapy, and prolonged hematologic toxicity (PHT), "
    "from the command line."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 1 a figure that disagrees, 2 input that cannot be used."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals without "≤" and "–"
    try:
        return int(options.run(options))
    except PhtError as error:
        print(f"pht_core: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pht_core", description=DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
