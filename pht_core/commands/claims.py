"""``claims``: every numeric claim of a manuscript with its verdict, and findings."""

import argparse
import sys
from pathlib import Path
from typing import Any

from pht_core.claims.claim import NOT_REPRODUCED, Claim, Report
from pht_core.claims.reading.manuscript import Manuscript, read_manuscript
from pht_core.claims.report import check_report, format_summary, report_content
from pht_core.claims.verdicts import CONSISTENT, VERDICTS, by_gravity
from pht_core.commands.shared import print_json
from pht_core.model.errors import PhtError


def add(commands: Any) -> None:
    """Add the subcommand to the parser's commands."""
    parser = commands.add_parser(
        "claims", help="check a manuscript's percentages against their counts and the data"
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=".txt, .md, .html, .docx, .pdf or a journal's XML; - reads standard input",
    )
    parser.add_argument(
        "--cohort", type=Path, help="a cohort file: do its data reproduce the figures"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check manuscripts; status 0 if nothing does not match in any of them, else 1.

    One that cannot be read is told among several, and stops the command if it is the only one.
    """
    figures = None
    if options.cohort is not None:
        from pht_core.claims.data.cohort_figures import read_figures

        figures = read_figures(options.cohort)
    reports: dict[str, Report | str] = {}
    for file in options.files:
        try:
            manuscript = _read(file)
        except PhtError as error:
            if len(options.files) == 1:
                raise
            reports[file] = str(error)
            continue
        report = reports[file] = check_report(manuscript.text, figures=figures)
        if not options.json:
            sys.stdout.write(format_report(manuscript.name, report))
    if options.json:
        _print_json(reports)
    elif len(reports) > 1:
        sys.stdout.write(format_overview(reports))
    wrong = (isinstance(found, str) or found.any_wrong for found in reports.values())
    return 1 if any(wrong) else 0


def _print_json(reports: dict[str, Report | str]) -> None:
    """One paper's content as it is; several as a list, each with its file."""
    several = [
        {"file": file, "problem": found}
        if isinstance(found, str)
        else {"file": file} | report_content(found)
        for file, found in reports.items()
    ]
    single = {key: value for key, value in several[0].items() if key != "file"}
    print_json(several if len(several) > 1 else single)


def format_overview(reports: dict[str, Report | str]) -> str:
    """A table of several papers: how many of their claims have each verdict."""
    verdicts = by_gravity()
    rows = [["file", *(verdict.one for verdict in verdicts), "findings", "judged"]]
    for file, found in reports.items():
        if isinstance(found, str):
            continue
        counts, coverage = found.counts(), found.coverage
        wrong = sum(VERDICTS[finding.verdict].is_wrong for finding in found.findings)
        numbers = [*(counts[verdict.name] for verdict in verdicts), wrong]
        judged = f"{coverage.pairs_judged} of {coverage.pairs}"
        rows.append([file, *map(str, numbers), judged])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines += [f"not read: {found}" for found in reports.values() if isinstance(found, str)]
    return "\n".join(["", *lines, ""])


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
    place = f" ({claim.place})" if claim.cell else ""
    lines = [f"line {claim.line}{place}: {words}: {shown}: {claim.arithmetic}"]
    if claim.data == NOT_REPRODUCED:
        lines.append(f"    {claim.read_as}: not reproduced, the data give {claim.data_gives}")
    return lines
