"""``grade``: every count with its grade, as CSV."""

import argparse
import sys
from typing import Any

from pht_core.commands.shared import (
    add_command,
    add_definitions,
    chosen_settings,
    modified,
    read,
)
from pht_core.model.errors import PhtError
from pht_core.model.words import counted
from pht_core.stats.grading import derive_grades, derive_lln


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands, "grade", _grade, "files mapping output", help="all counts with grades, as CSV"
    )
    add_definitions(parser, "scheme", "reference")


def _grade(options: argparse.Namespace) -> int:
    from pht_core.export.files import format_csv  # its room imports what draws

    cohort = read(options.files, options.mapping)
    settings = chosen_settings(options)
    counts = derive_lln(cohort.counts, cohort.subjects, settings.reference)
    graded = derive_grades(counts, settings.scheme)
    graded["grade"] = graded["grade"].astype("Int64")
    columns = ["subject_id", "day", "param", "value", "unit", "lln", "grade"]
    try:
        options.output.write_bytes(format_csv(graded[columns]))
    except OSError as error:
        raise PhtError(
            f"{options.output} could not be written: {error.strerror or error}. Choose another."
        ) from None
    n, n_without = len(graded), int(graded["grade"].isna().sum())
    print(
        f"{counted(n, 'count', 'counts')} of {counted(len(cohort), 'patient', 'patients')} "
        f"graded by {settings.scheme}; {counted(n_without, 'has', 'have')} no grade. Written to "
        f"{options.output}. {modified(settings)}".strip(),
        file=sys.stderr,
    )
    return 0
