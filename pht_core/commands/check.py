"""``check``: what is wrong with a cohort's files, before anything is computed from them."""

import argparse
from typing import Any

from pht_core.commands.shared import add_command, print_json, read_saved_mapping
from pht_core.intake.reading import read_files, read_paths
from pht_core.model.cohort import Cohort
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.findings import CHANGES, format_finding
from pht_core.model.words import counted
from pht_core.stats.survival_report import why_not_evaluable


def add(commands: Any) -> None:
    """Add the command to the parser."""
    add_command(
        commands,
        "check",
        _check,
        "files mapping json",
        help="problems in data files; returns 0 if none, 1 if results change, 2 if unusable",
    )


def _check(options: argparse.Namespace) -> int:
    intake = read_files(read_paths(options.files), read_saved_mapping(options.mapping))
    findings = intake.findings
    usable = _is_drawable(intake.cohort)
    if options.json:
        print_json({"name": intake.name, "sha256": intake.digest, "findings": findings})
    else:
        print(f"{intake.name}, SHA-256 {intake.digest[:8]}")
        for row in findings.itertuples():
            where = ".".join(str(part) for part in (row.table, row.column) if part)
            line = f", line {row.row}" if row.row != "" else ""
            print(f"{row.severity}: {where}{line}: {format_finding(row)}")
        n = len(findings)
        found = counted(n, "finding", "findings") if n else "nothing found"
        print(f"The files {'can' if usable else 'cannot'} be used: {found}.")
    if not usable:
        return 2
    return 1 if CHANGES in set(findings["severity"]) else 0


def _is_drawable(cohort: Cohort | None) -> bool:
    """Whether a figure can be drawn: of counts, courses or an endpoint of survival."""
    if cohort is None:
        return False
    drawn = len(cohort.counts) or len(cohort.prednisone)
    return bool(drawn) or not all(why_not_evaluable(cohort, name) for name in ENDPOINTS)
