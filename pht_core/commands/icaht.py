"""``icaht``: early and late ICAHT of neutrophils and platelets, and the phenotype, by patient."""

import argparse
from typing import Any

from pht_core.commands import shared
from pht_core.stats.hematotoxicity.icaht import OTHER_READINGS
from pht_core.stats.hematotoxicity.patients import (
    derive_hematotoxicity,
    list_readings,
    patient_table,
)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    shared.add_command(
        commands,
        "icaht",
        _icaht,
        "files mapping json",
        help="ICAHT grades (early: days 0-30, late: from day 31) and phenotype by patient",
        definitions=OTHER_READINGS,
    )


def _icaht(options: argparse.Namespace) -> int:
    settings = shared.chosen_settings(options)
    cohort = shared.read(options.files, options.mapping)
    table = patient_table(derive_hematotoxicity(cohort, settings))
    readings = list_readings(cohort, settings)
    if options.json:
        content = {"patients": table, "readings": readings}
        shared.print_json(content | shared.list_modified(settings))
        return 0
    print(shared.format_modified(settings), end="")
    shown = table.drop(columns="why").assign(flags=table["flags"].map(", ".join))
    shared.print_table(
        f"{cohort.name}: early is days 0-30, late days 31-{settings.icaht_late_end}; "
        "- is not evaluable",
        shown,
    )
    for name, why in zip(table["subject_id"], table["why"], strict=True):
        print("\n  ".join([str(name), *why]))
    shared.print_table("\nPatients whose grade another reading changes", readings)
    return 0
