"""``check``: what is wrong with a cohort's files, before anything is computed from them."""

import argparse
from typing import Any

from pht_core.commands.shared import add_files, print_json, read_saved, records
from pht_core.intake.reading import read_files, read_paths
from pht_core.model.findings import BLOCKS, CHANGES, format_finding


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check", help="findings in a cohort's files; 0 none, 1 some change results, 2 blocked"
    )
    add_files(parser)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    intake = read_files(read_paths(options.files), read_saved(options.mapping))
    findings = intake.findings
    severities = set(findings["severity"])
    if options.json:
        print_json({"name": intake.name, "sha256": intake.digest, "findings": records(findings)})
    else:
        print(f"{intake.name}, SHA-256 {intake.digest[:8]}")
        for row in findings.itertuples():
            where = ".".join(str(part) for part in (row.table, row.column) if part)
            line = f", line {row.row}" if row.row != "" else ""
            print(f"{row.severity}: {where}{line}: {format_finding(row)}")
        print(_verdict(intake.cohort is not None, len(findings)))
    if BLOCKS in severities:
        return 2
    return 1 if CHANGES in severities else 0


def _verdict(usable: bool, n: int) -> str:
    found = f"{n} finding{'s' * (n != 1)}" if n else "nothing found"
    return f"The files can be used: {found}." if usable else f"The files cannot be used: {found}."
