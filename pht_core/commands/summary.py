"""``summary``: Figure 1's numbers by period and lineage."""

import argparse
from typing import Any

from pht_core.commands.shared import (
    add_command,
    add_definitions,
    chosen_settings,
    modified,
    print_json,
    print_table,
    read,
    records,
)
from pht_core.model.settings import changed_settings
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
    "scheme",
    "reference",
    "day28_window",
    "day28_support_free",
    "pht_grade",
    "use_support",
    "course_gap",
    "other_steroids",
    "early_start",
    "early_end",
    "after_days",
    "confirm",
)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "summary",
        _summary,
        "files mapping json",
        help="the numbers of Figure 1 by period and lineage",
    )
    add_definitions(parser, *DEFINITIONS)


def _summary(options: argparse.Namespace) -> int:
    settings = chosen_settings(options)
    assessment = derive_assessment(read(options.files, options.mapping), settings)
    groups = figure_groups(assessment.patients)
    tables = {
        "incidence": count_incidence(assessment.grades, groups),
        "grade_3_4": count_incidence(assessment.grades, groups, lowest_grade=3),
        "lineages": count_lineages(assessment.grades, groups),
        "grades": count_grades(assessment.grades, groups),
    }
    if options.json:
        content: dict[str, Any] = {name: records(table) for name, table in tables.items()}
        if changed := changed_settings(settings):
            content["modified_definitions"] = changed
        print_json(content)
        return 0
    if words := modified(settings):
        print(f"{words}\n")
    for name, table in tables.items():
        print_table(name, print_shares(table.drop(columns="period_label")))
    return 0
