"""``grade``: every count with its grade, as CSV."""

import argparse
import sys
from typing import Any

from pht_core.commands.shared import add_command, chosen_settings, format_modified, read
from pht_core.model.words import counted
from pht_core.stats.grading import derive_grades, derive_lln


def add(commands: Any) -> None:
    """Add the command to the parser."""
    add_command(
        commands,
        "grade",
        _grade,
        "files mapping output",
        help="all counts with grades, as CSV",
        definitions=("scheme", "reference"),
    )


def _grade(options: argparse.Namespace) -> int:
    from pht_core.commands.figures import write_output  # these import what draws
    from pht_core.export.files import format_csv

    cohort = read(options.files, options.mapping)
    settings = chosen_settings(options)
    counts = derive_lln(cohort.counts, cohort.subjects, settings.reference)
    graded = derive_grades(counts, settings.scheme)
    graded["grade"] = graded["grade"].astype("Int64")
    columns = ["subject_id", "day", "param", "value", "unit", "lln", "grade"]
    write_output(options.output, format_csv(graded[columns]))
    n, n_without = len(graded), int(graded["grade"].isna().sum())
    print(
        f"{counted(n, 'count', 'counts')} of {counted(len(cohort), 'patient', 'patients')} "
        f"graded by {settings.scheme}; {counted(n_without, 'has', 'have')} no grade. Written to "
        f"{options.output}. {format_modified(settings)}".strip(),
        file=sys.stderr,
    )
    return 0
