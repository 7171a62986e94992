"""``claims``: every numeric claim of a manuscript with its verdict."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pht_core.claims.claim import Report
from pht_core.claims.report import check_report


def add(commands: Any) -> None:
    """Add the subcommand to the parser's commands."""
    parser = commands.add_parser("claims", help="does a manuscript's arithmetic follow")
    parser.add_argument("file", help="the manuscript; - reads standard input")
    parser.add_argument("--cohort", type=Path, help="a cohort file: do the data give the figures")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check one manuscript; 0 is nothing wrong, 1 some."""
    text = Path(options.file).read_text("utf-8")
    report = check_report(text)
    json.dump(content_of(report), sys.stdout, ensure_ascii=False, indent=1)
    return 1 if report.any_wrong else 0


def content_of(report: Report) -> dict[str, Any]:
    return {"claims": [asdict(claim) for claim in report.claims]}
