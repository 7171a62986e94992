"""What the panes of the report check show of a report: marks and rows, as plain strings."""

from collections.abc import Mapping, Sequence
from typing import Any

from pht_core.claims.claim import (
    CANNOT_TELL,
    CONSISTENT,
    IMPOSSIBLE,
    INCONSISTENT,
    NOT_REPRODUCED,
    ROUNDING,
    VERDICTS,
    Claim,
    Finding,
    Report,
)
from pht_core.export.reply import (
    FINDING_WORDS,
    VERDICT_WORDS,
    format_data,
    format_place,
    one_line,
    sort_by_weight,
)

# A colour of claims.css and a sign: no verdict is told by its colour alone.
LOOKS = {
    IMPOSSIBLE: ("bad", "✖"),
    INCONSISTENT: ("bad", "✖"),
    ROUNDING: ("amber", "≈"),
    CANNOT_TELL: ("unsure", "?"),
    CONSISTENT: ("good", "✓"),
}
DATA_SIGN = "≠"
# Where a claim's N is from.
SOURCES = {
    "explicit": "printed beside it",
    "header": "the column's header",
    "sentence": "the sentence",
    "footnote": "a footnote or total",
    "assumed": "elsewhere in the text",
    "reader": "the reader's",
}
MOST_ROWS = 300
NOT_IN_DATA = "not in the data"


def filters_of(report: Report) -> dict[str, str]:
    """What the table can be narrowed to: a name, and its words with a count; none of nothing."""
    counts = report.counts()
    words = {name: f"{VERDICT_WORDS[name]} {LOOKS[name][1]} {n}" for name, n in counts.items() if n}
    if n := sum(claim.data == NOT_REPRODUCED for claim in report.claims):
        words[NOT_IN_DATA] = f"not reproduced by the data {DATA_SIGN} {n}"
    return words


def filtered(report: Report, names: Sequence[str]) -> list[Claim]:
    """The claims that fit any of the filters, all without one; the gravest first."""
    fit = [
        claim
        for claim in report.claims
        if not names
        or claim.verdict in names
        or (NOT_IN_DATA in names and claim.data == NOT_REPRODUCED)
    ]
    return sort_by_weight(fit)


def sign_of(claim: Claim) -> str:
    """The sign of its verdict, and whether the data give something else."""
    sign = LOOKS[claim.verdict][1]
    return sign + DATA_SIGN if claim.data == NOT_REPRODUCED else sign


def words_of(claim: Claim) -> str:
    """Its verdict in words, and whether the data give something else."""
    words = VERDICT_WORDS[claim.verdict]
    return f"{words}; not reproduced by the data" if claim.data == NOT_REPRODUCED else words


def mark_rows(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """For each claim, what its mark shows."""
    return [
        {
            "id": claim.id,
            "colour": LOOKS[claim.verdict][0],
            "sign": sign_of(claim),
            "words": words_of(claim),
            "note": note_lines(claim),
        }
        for claim in claims
    ]


def note_lines(claim: Claim) -> list[str]:
    """The arithmetic of a claim, and what the data say, a line each."""
    lines = [f"{LOOKS[claim.verdict][1]} {VERDICT_WORDS[claim.verdict]}", claim.arithmetic]
    if claim.data:
        lines.append(f"{claim.read_as}; {format_data(claim)}")
    return lines


def tags_of(claim: Claim) -> list[str]:
    """Where its N is from, unless that is plain to see, and what the data say."""
    source = claim.n_source
    tags = [f"N: {SOURCES.get(source, source)}"] if source and source != "explicit" else []
    return [*tags, f"data: {claim.data}"] if claim.data else tags


def claim_rows(claims: Sequence[Claim], notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The table's rows of some claims."""
    return [
        {
            "id": claim.id,
            "colour": LOOKS[claim.verdict][0],
            "sign": sign_of(claim),
            "words": words_of(claim),
            "print": one_line(claim.text),
            "cells": [
                claim.arithmetic + (f" — note: {notes[claim.id]}" if claim.id in notes else ""),
                f"{claim.line:,}",
            ],
            "tags": " · ".join(tags_of(claim)),
        }
        for claim in claims[:MOST_ROWS]
    ]


def finding_lines(finding: Finding) -> list[str]:
    """What a finding between statements says, a line each."""
    sign = LOOKS[finding.verdict][1]
    words = f"{sign} {FINDING_WORDS[finding.verdict]}: {one_line(finding.kind)}"
    return [words, one_line(finding.message)]


def finding_rows(report: Report) -> list[dict[str, Any]]:
    """The rows of what does not fit between statements, with every place; the gravest first."""
    numbers = sorted(
        range(len(report.findings)),
        key=lambda number: (VERDICTS.index(report.findings[number].verdict), number),
    )
    rows = []
    for number in numbers[:MOST_ROWS]:
        finding = report.findings[number]
        colour, sign = LOOKS[finding.verdict]
        places = [
            f"“{one_line(text)}” ({format_place(report, start)})"
            for text, (start, _) in zip(finding.texts, finding.spans, strict=False)
        ]
        rows.append(
            {
                "id": f"f{number}",
                "colour": colour,
                "sign": sign,
                "words": FINDING_WORDS[finding.verdict],
                "print": one_line(finding.kind),
                "cells": [one_line(finding.message), "; ".join(places)],
                "tags": "",
            }
        )
    return rows
