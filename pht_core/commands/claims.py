"""``claims``: every numeric claim of a manuscript with its verdict, and findings."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pht_core.claims.claim import NOT_REPRODUCED, Claim, Report
from pht_core.claims.reading.manuscript import Manuscript, read_manuscript
from pht_core.claims.report import check_report, format_summary, report_content
from pht_core.claims.verdicts import CONSISTENT, VERDICTS
from pht_core.model.errors import PhtError


def add(commands: Any) -> None:
    """Add the subcommand to the parser's commands."""
    parser = commands.add_parser(
        "claims", help="check a manuscript's percentages against their counts and the data"
    )
    parser.add_argument("file", help=".txt, .md, .html, .docx or .pdf; - reads standard input")
    parser.add_argument(
        "--cohort", type=Path, help="a cohort file: do its data reproduce the figures"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check one manuscript; status 0 if nothing does not match, else 1."""
    manuscript = _read(options.file)
    figures = None
    if options.cohort is not None:
        from pht_core.claims.data.cohort_figures import read_figures

        figures = read_figures(options.cohort)
    report = check_report(manuscript.text, figures=figures)
    if options.json:
        json.dump(report_content(report), sys.stdout, ensure_ascii=False, indent=1, allow_nan=False)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(format_report(manuscript.name, report))
    return 1 if report.any_wrong else 0


def _read(file: str) -> Manuscript:
    if file == "-":
        return read_manuscript(sys.stdin.buffer.read(), "standard input")
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise PhtError(
            f"{file} could not be read: {error.strerror or error}. Choose another."
        ) from None
    return read_manuscript(content, Path(file).name)


def format_report(name: str, report: Report) -> str:
    """A report as lines: claims that are not consistent, findings to look at, a summary."""
    lines = [f"{name}, SHA-256 {report.digest[:8]}", ""]
    for claim in report.claims:
        if claim.verdict != CONSISTENT or claim.data == NOT_REPRODUCED:
            lines += _lines_of(claim)
    for finding in report.findings:
        if finding.verdict != CONSISTENT:
            verdict = VERDICTS[finding.verdict]
            words = verdict.finding.upper() if verdict.is_wrong else verdict.finding
            lines.append(f"{words}: {finding.title}: {finding.message}")
    return "\n".join([*lines, "", format_summary(report), ""])


def _lines_of(claim: Claim) -> list[str]:
    verdict = VERDICTS[claim.verdict]
    words = verdict.one.upper() if verdict.is_wrong else verdict.one
    shown = " ".join(claim.text.split())
    lines = [f"line {claim.line}: {words}: {shown}: {claim.arithmetic}"]
    if claim.data == NOT_REPRODUCED:
        lines.append(f"    {claim.read_as}: not reproduced, the data give {claim.data_gives}")
    return lines
