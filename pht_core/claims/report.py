"""The check of a report: from text to claims with verdicts, findings and what was not checked."""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from pht_core.claims.claim import NO_COLUMN, NOT_REPRODUCED, REPRODUCED, Claim, Reading, Report
from pht_core.claims.coverage import format_coverage, measure_coverage
from pht_core.claims.data.binding import bind_claims, compare_with_data
from pht_core.claims.data.quantities import CohortFigures
from pht_core.claims.finding.explicit import find_explicit
from pht_core.claims.finding.flat_rows import find_flat_rows
from pht_core.claims.finding.preparing import PreparedText, prepare_text
from pht_core.claims.finding.prose import find_counted, find_lists, find_percentages
from pht_core.claims.finding.table_cells import find_cell_claims
from pht_core.claims.judging.cross_checks import find_between
from pht_core.claims.judging.judging import judge_reading
from pht_core.claims.judging.table_fit import resolve_cells
from pht_core.claims.verdicts import by_gravity
from pht_core.model.words import counted


@dataclass(frozen=True)
class Changes:
    """A reader's corrections, by the claim's id: dismissed claims, and the intended counts and N.

    ``bindings``: the key of a quantity (see ``quantities``), "" for none.
    """

    not_claims: frozenset[str] = frozenset()
    numerators: dict[str, int] = field(default_factory=dict)
    denominators: dict[str, int] = field(default_factory=dict)
    bindings: dict[str, str] = field(default_factory=dict)


def check_report(
    text: str, changes: Changes | None = None, figures: CohortFigures | None = None
) -> Report:
    """Every numeric claim of a text with its verdict, and findings between statements.

    Every offset in the result points into the text as read. ``figures``: a cohort's quantities, to
    compare the claims with the data.
    """
    changes = changes or Changes()
    prepared = prepare_text(text)
    readings, unread = _find_readings(prepared)
    not_checked = dict(prepared.not_checked)
    if unread:
        not_checked["percentage of something else"] = unread
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    claims = [_to_claim(reading, prepared, lines, changes) for reading in readings]
    if figures is not None:
        bound = bind_claims(prepared, readings, figures)
        for at, claim in enumerate(claims):
            binding = bound[readings[at].pct_start]
            key = changes.bindings.get(claim.id, binding.key)
            claims[at] = compare_with_data(claim, key, binding.candidates, figures)
    findings = find_between(prepared, readings)
    kept = tuple(claim for claim in claims if claim.id not in changes.not_claims)
    coverage = measure_coverage(prepared, claims)
    return Report(text, kept, tuple(findings), not_checked, coverage)


def _find_readings(text: PreparedText) -> tuple[list[Reading], int]:
    """Every claim in the order of the text, and how many percentages are of something else.

    What an earlier step has read is left alone by the later ones.
    """
    readings = find_explicit(text)
    own = {reading.pct_start for reading in readings}
    named = tuple(dict.fromkeys([*text.named, *(item.n for item in text.totals.items)]))
    for number, layout in enumerate(text.layouts):
        resolved = resolve_cells(layout, find_cell_claims(layout, number), named)
        readings += [reading for reading in resolved if reading.pct_start not in own]
    for find in (find_flat_rows, find_lists, find_counted):
        readings += find(text, readings)
    percentages, unread = find_percentages(text, readings)
    readings = sorted(readings + percentages, key=lambda found: (found.pct_start, found.start))
    return readings, unread


def format_summary(report: Report) -> str:
    """The counts in a sentence: how many claims have each verdict, and what the data give."""
    counts = report.counts()
    found = [verdict for verdict in reversed(by_gravity()) if counts[verdict.name]]
    said = {v: counted(counts[v.name], v.one, v.many) for v in found}
    n_evaluated = sum(counts[verdict.name] for verdict in found if verdict.is_evaluated)
    words = counted(n_evaluated, "percentage", "percentages") + " evaluated"
    if n_evaluated:
        words += ": " + ", ".join(said[verdict] for verdict in found if verdict.is_evaluated)
    words = "; ".join([words, *(said[verdict] for verdict in found if not verdict.is_evaluated)])
    compared = Counter(claim.data for claim in report.claims if claim.data)
    if compared:
        same, absent = compared[REPRODUCED], compared[NO_COLUMN]
        words += f". Data: {same} reproduced, {compared[NOT_REPRODUCED]} not reproduced"
        words += f", {absent} without data" if absent else ""
    missing = format_coverage(report.coverage)
    return f"{words}. {missing}." if missing else f"{words}."


def claims_table(report: Report) -> pd.DataFrame:
    """The claims as a table, a row each, in the order of the text."""
    columns = [
        "id", "line", "place", "text", "percent", "numerator", "denominator", "n_source",
        "verdict", "arithmetic", "kind", "data", "read_as", "data_gives", "start", "end",
    ]  # fmt: skip
    rows = [[getattr(claim, name) for name in columns] for claim in report.claims]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"numerator": "Int64", "denominator": "Int64"})


def report_content(report: Report) -> dict[str, Any]:
    """A report as lists and dicts fit for JSON.

    ``text`` is the text as read, into which every offset points, in characters (Unicode code
    points): of a .txt or .md file its content, less a byte order mark and with its line ends; of
    .html, .docx and .pdf what was extracted, tables as lines of cells separated by tabs.
    """
    return {
        "text": report.text,
        "claims": [asdict(claim) for claim in report.claims],
        "findings": [asdict(finding) for finding in report.findings],
        "summary": {
            "words": format_summary(report),
            **report.counts(),
            "not_checked": report.not_checked,
            "coverage": report.coverage._asdict(),
        },
        "text_length": len(report.text),
        "text_sha256": report.digest,
    }


def _to_claim(reading: Reading, text: PreparedText, lines: list[int], changes: Changes) -> Claim:
    spelled, sentences = text.spelled, text.sentences
    start, end = spelled.origin_span(*reading.span)
    pct_start, pct_end = spelled.origin_span(reading.pct_start, reading.pct_end)
    name = f"c{pct_start}"
    if name in changes.denominators:
        reading = reading.changed(
            denominator=changes.denominators[name], n_source="reader", verdict="", note=""
        )
    if name in changes.numerators:
        reading = reading.changed(
            numerator=changes.numerators[name], verdict="", bound="", from_curve=False, note=""
        )
    judged = judge_reading(reading)
    corrected = "; count as corrected by the reader" if name in changes.numerators else ""
    first, last = sentences.around(reading.pct_start)
    return Claim(
        id=name,
        start=start,
        end=end,
        text=spelled.original[start:end],
        percent=spelled.original[pct_start:pct_end],
        pct_start=pct_start,
        pct_end=pct_end,
        numerator=reading.numerator,
        denominator=reading.denominator,
        n_source=reading.n_source,
        verdict=judged.verdict,
        arithmetic=judged.arithmetic + corrected,
        kind=reading.kind,
        line=bisect_right(lines, pct_start),
        place=_place(reading, text),
        context=" ".join(spelled.printed(first, last).split()),
        relation=reading.relation,
        hedged=reading.hedged,
        value=reading.percent,
        cell=reading.cell,
    )


def _place(reading: Reading, text: PreparedText) -> str:
    """The heading that a claim stands under; of a cell its table, row and column too."""
    heading = text.sentences.heading(reading.pct_start)
    if reading.cell is None:
        return heading
    table, row, column = reading.cell
    return text.layouts[table].cell_name(row, column, heading)
