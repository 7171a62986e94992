"""``claims``: every numeric claim of a manuscript with its verdict, and findings between them."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pht_core.claims.claim import WRONG, Claim, Report
from pht_core.claims.reading.manuscript import Manuscript, read_manuscript
from pht_core.claims.report import check_report, format_summary
from pht_core.model.errors import PhtError


def add(commands: Any) -> None:
    """Add the subcommand to the parser's commands."""
    parser = commands.add_parser(
        "claims", help="does a manuscript's arithmetic follow, and do the data give it"
    )
    parser.add_argument("file", help=".txt, .md, .html, .docx or .pdf; - reads standard input")
    parser.add_argument("--cohort", type=Path, help="a cohort file: do the data give the figures")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check one manuscript; 0 is nothing wrong, 1 some."""
    manuscript = _read(options.file)
    figures = None
    if options.cohort is not None:
        from pht_core.claims.data.cohort_figures import read_figures

        figures = read_figures(options.cohort)
    report = check_report(manuscript.text, figures=figures)
    if options.json:
        json.dump(content_of(report), sys.stdout, ensure_ascii=False, indent=1, allow_nan=False)
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


def content_of(report: Report) -> dict[str, Any]:
    """A report as lists and dicts fit for JSON.

    ``text`` is the text as read, into which every offset points, in characters (Unicode code
    points): of a .txt or .md file what it holds, less a byte order mark and with its line ends; of
    .html, .docx and .pdf what was taken from it, tables as lines of cells parted by tabs.
    """
    return {
        "text": report.text,
        "claims": [asdict(claim) for claim in report.claims],
        "findings": [asdict(finding) for finding in report.findings],
        "summary": {
            "words": format_summary(report),
            **report.counts(),
            "not_checked": report.not_checked,
        },
        "text_length": len(report.text),
        "text_sha256": report.digest,
    }


def format_report(name: str, report: Report) -> str:
    """A report as lines: what does not follow, what could not be told, findings, a summary."""
    lines = [f"{name}, SHA-256 {report.digest[:8]}", ""]
    for claim in report.claims:
        if claim.verdict != "consistent" or claim.data == "not reproduced":
            lines += _lines_of(claim)
    for finding in report.findings:
        if finding.verdict != "consistent":
            sign = "DOES NOT FOLLOW" if finding.verdict in WRONG else "look at"
            lines.append(f"{sign}: {finding.kind}: {finding.message}")
    return "\n".join([*lines, "", format_summary(report), ""])


def _lines_of(claim: Claim) -> list[str]:
    sign = "DOES NOT FOLLOW" if claim.verdict in WRONG else claim.verdict.replace("_", " ")
    shown = " ".join(claim.text.split())
    lines = [f"line {claim.line}: {sign}: {shown}: {claim.arithmetic}"]
    if claim.data == "not reproduced":
        lines.append(f"    {claim.read_as}: not reproduced, the data give {claim.data_gives}")
    return lines
