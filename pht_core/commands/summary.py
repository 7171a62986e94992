"""``summary``: Figure 1's numbers by period and lineage."""

import argparse
from typing import Any

from pht_core.commands import shared
from pht_core.stats.assessment import derive_assessment
from pht_core.stats.summary import (
    count_grades,
    count_incidence,
    count_lineages,
    figure_groups,
    print_shares,
)

# The definitions that Figure 1 rests on.
DEFINITIONS = (
    *("scheme", "reference", "day28_window", "day28_support_free", "pht_grade", "use_support"),
    *("course_gap", "other_steroids", "early_start", "early_end", "after_days", "confirm"),
)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    shared.add_command(
        commands,
        "summary",
        _summary,
        "files mapping json",
        help="the numbers of Figure 1 by period and lineage",
        definitions=DEFINITIONS,
    )


def _summary(options: argparse.Namespace) -> int:
    settings = shared.chosen_settings(options)
    assessment = derive_assessment(shared.read(options.files, options.mapping), settings)
    groups = figure_groups(assessment.patients)
    tables = {
        "incidence": count_incidence(assessment.grades, groups),
        "grade_3_4": count_incidence(assessment.grades, groups, lowest_grade=3),
        "lineages": count_lineages(assessment.grades, groups),
        "grades": count_grades(assessment.grades, groups),
    }
    if options.json:
        shared.print_json({**tables, **shared.list_modified(settings)})
        return 0
    print(shared.format_modified(settings), end="")
    for name, table in tables.items():
        shared.print_table(name, print_shares(table.drop(columns="period_label")))
    return 0
