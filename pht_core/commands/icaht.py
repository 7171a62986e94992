"""``icaht``: early and late ICAHT of neutrophils and platelets, and the phenotype, by patient."""

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
from pht_core.stats.hematotoxicity.icaht import OTHER_READINGS
from pht_core.stats.hematotoxicity.patients import (
    derive_hematotoxicity,
    list_readings,
    patient_table,
)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "icaht",
        _icaht,
        "files mapping json",
        help="ICAHT grades (early: days 0-30, late: from day 31) and phenotype by patient",
    )
    add_definitions(parser, *OTHER_READINGS)


def _icaht(options: argparse.Namespace) -> int:
    settings = chosen_settings(options)
    cohort = read(options.files, options.mapping)
    table = patient_table(derive_hematotoxicity(cohort, settings))
    readings = list_readings(cohort, settings)
    if options.json:
        content: dict[str, Any] = {"patients": records(table), "readings": records(readings)}
        if changed := changed_settings(settings):
            content["modified_definitions"] = changed
        print_json(content)
        return 0
    if words := modified(settings):
        print(f"{words}\n")
    shown = table.drop(columns="why").assign(flags=table["flags"].map(", ".join))
    print_table(
        f"{cohort.name}: early is days 0-30, late days 31-{settings.icaht_late_end}; "
        "- is not evaluable",
        shown,
    )
    for name, why in zip(table["subject_id"], table["why"], strict=True):
        print("\n  ".join([str(name), *why]))
    print_table("\nPatients whose grade another reading changes", readings)
    return 0
