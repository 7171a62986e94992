"""The core from the command line: ``python -m pht_core COMMAND``; ``--help`` lists the commands."""

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, TextIO

from pht_core.commands import COMMANDS
from pht_core.model.errors import PhtError, fault_place

DESCRIPTION = (
    "PHT Explorer: blood counts after CAR-T therapy, and prolonged hematologic toxicity (PHT), "
    "from the command line."
)

# Controls but the ends of lines and tabs, and what turns the direction of writing.
_STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0 is success, 1 a figure that does not match, 2 bad input, 3 a fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals without "≤" and "–"
    out, err = _Printable(sys.stdout), _Printable(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            options = _parser().parse_args(arguments)
            return int(options.run(options))
        except PhtError as error:
            print(f"pht_core: {error}", file=sys.stderr)
            return 2
        except BrokenPipeError:  # the reader, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except Exception as error:
            print(
                f"pht_core: a fault in this program: {fault_place(error)}. Nothing that was "
                "printed or written is complete. Report the fault.",
                file=sys.stderr,
            )
            return 3


class _Printable:
    """A stream on which no name and no cell of a file can steer the terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return self.stream.write(_STEERS.sub("?", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pht_core", description=DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
