"""``summary``: Figure 1's numbers by period and lineage."""

import argparse
from typing import Any

from pht_core.commands.shared import add_command, print_json, print_table, read, records
from pht_core.stats.assessment import derive_assessment
from pht_core.stats.summary import count_grades, count_incidence, count_lineages, figure_groups


def add(commands: Any) -> None:
    """Add the command to the parser."""
    add_command(
        commands,
        "summary",
        _summary,
        "files mapping json",
        help="the numbers of Figure 1 by period and lineage",
    )


def _summary(options: argparse.Namespace) -> int:
    assessment = derive_assessment(read(options.files, options.mapping))
    groups = figure_groups(assessment.patients)
    tables = {
        "incidence": count_incidence(assessment.grades, groups),
        "grade_3_4": count_incidence(assessment.grades, groups, lowest_grade=3),
        "lineages": count_lineages(assessment.grades, groups),
        "grades": count_grades(assessment.grades, groups),
    }
    if options.json:
        print_json({name: records(table) for name, table in tables.items()})
        return 0
    for name, table in tables.items():
        print_table(name, table.drop(columns="period_label").round(2))
    return 0
