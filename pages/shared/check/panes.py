"""The two panes of the report check: the text with marks, and lists that lead to its places.

Streamlit's own elements read Markdown or offer no place inside a text to click, so both are
components. They get plain strings, and their scripts write these as text nodes only.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import streamlit as st

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
from pht_core.export.document.reply import (
    FINDING_WORDS,
    VERDICT_WORDS,
    format_data,
    format_place,
    one_line,
    sort_by_weight,
)

FOLDER = Path(__file__).parent
CSS = (FOLDER / "claims.css").read_text("utf-8")

TEXT_PANE = (
    '<div class="pane text" role="region" tabindex="0" aria-label="The text with its marks"></div>'
)

_text_pane = st.components.v2.component(
    "pht_claims_text",
    html=TEXT_PANE,
    css=CSS,
    js=(FOLDER / "claims_text.js").read_text("utf-8"),
)
_list_pane = st.components.v2.component(
    "pht_claims_list",
    html='<div class="pane list"></div>',
    css=CSS,
    js=(FOLDER / "claims_list.js").read_text("utf-8"),
)

Pick = Callable[[str], None]


def show_text_pane(
    key: str,
    name: str,
    blocks: list[dict[str, Any]],
    marks: list[dict[str, Any]],
    chosen: str,
    told: list[str],
    on_pick: Pick,
) -> None:
    """A part of the text; a click, Enter or Space on a mark calls ``on_pick`` with its id.

    ``told`` is said below the first place that is lit, where no mark is chosen.
    """
    data = {"name": name, "blocks": blocks, "marks": marks, "chosen": chosen, "told": told}
    _text_pane(key=key, data=data, on_picked_change=_picked(key, on_pick))


def show_list_pane(
    key: str,
    titles: Sequence[str],
    rows: list[dict[str, Any]],
    chosen: str,
    empty: str,
    on_pick: Pick,
) -> None:
    """A list of what was found; a click or Enter on a row calls ``on_pick`` with its id."""
    data = {"titles": list(titles), "rows": rows, "chosen": chosen, "empty": empty}
    _list_pane(key=key, data=data, on_picked_change=_picked(key, on_pick))


def _picked(key: str, on_pick: Pick) -> Callable[[], None]:
    def picked() -> None:
        name = st.session_state[key].get("picked")
        if isinstance(name, str):
            on_pick(name)

    return picked


PART = 40_000  # characters shown at once: a browser lays them out without a pause
LONGEST_HEADING = 90

PIPES = re.compile(r"\s*\|.*\|\s*")  # a row of a table in Markdown

Span = tuple[int, int]


@dataclass(frozen=True)
class Mark:
    """A stretch of the text that belongs to a claim; ``place`` is the claim's in its list."""

    start: int
    end: int
    place: int


def split_parts(text: str, most: int = PART) -> list[Span]:
    """Start and end of each part: cut between paragraphs, else between lines, else words."""
    parts, start = [], 0
    while len(text) - start > most:
        cuts = (text.rfind(cut, start + most // 2, start + most) for cut in ("\n\n", "\n", " "))
        end = next((cut + 1 for cut in cuts if cut >= 0), start + most)
        parts.append((start, end))
        start = end
    return [*parts, (start, len(text))]


def part_of(parts: Sequence[Span], offset: int) -> int:
    """The number of the part that holds a place of the text."""
    return next((n for n, (start, end) in enumerate(parts) if start <= offset < end), 0)


def place_marks(claims: Sequence[Claim]) -> list[Mark]:
    """A mark for each claim, none over another; each holds the percent itself."""
    order = sorted(range(len(claims)), key=lambda place: claims[place].pct_start)
    marks: list[Mark] = []
    for number, place in enumerate(order):
        claim = claims[place]
        after = claims[order[number + 1]].pct_start if number + 1 < len(order) else claim.end
        start = max(claim.start, marks[-1].end if marks else 0)
        end = max(min(claim.end, after), claim.pct_end)
        if start < end:
            marks.append(Mark(start, end, place))
    return marks


def cut_blocks(
    text: str, part: Span, marks: Sequence[Mark], lit: Sequence[Span] = ()
) -> list[dict[str, Any]]:
    """Paragraphs, headings and tables of a part, each as stretches of text.

    A stretch is ``[text, claim or -1, is its last, is lit]``; ``lit`` are places of a finding.
    """
    blocks: list[dict[str, Any]] = []
    for kind, group in groupby(_lines(text, part), key=lambda line: _kind(text, line)):
        lines = list(group)
        if kind == "table":
            rows = [[_cut(text, cell, marks, lit) for cell in _cells(text, line)] for line in lines]
            blocks.append({"kind": kind, "rows": rows})
        elif kind == "text":
            span = (lines[0][0], lines[-1][1])
            heading = len(lines) == 1 and _is_heading(text[span[0] : span[1]])
            blocks.append(
                {"kind": "heading" if heading else kind, "cut": _cut(text, span, marks, lit)}
            )
    return blocks


def _lines(text: str, part: Span) -> Iterator[Span]:
    start = part[0]
    while start < part[1]:
        end = text.find("\n", start, part[1])
        end = part[1] if end < 0 else end
        yield start, end
        start = end + 1


def _kind(text: str, line: Span) -> str:
    content = text[line[0] : line[1]]
    if "\t" in content or PIPES.fullmatch(content):
        return "table"
    return "text" if content.strip() else ""


def _is_heading(line: str) -> bool:
    words = line.strip()
    return len(words) <= LONGEST_HEADING and bool(re.match(r"[A-Z0-9][^\n]*[^.,:;)\d%]$", words))


def _cells(text: str, line: Span) -> Iterator[Span]:
    start, end = line
    between = "\t"
    if "\t" not in text[start:end]:
        between = "|"
        start, end = text.index("|", start) + 1, text.rindex("|", start, end)
    for piece in text[start:end].split(between):
        yield start, start + len(piece)
        start += len(piece) + 1


def _cut(text: str, span: Span, marks: Sequence[Mark], lit: Sequence[Span]) -> list[list[Any]]:
    inside = [mark for mark in marks if mark.start < span[1] and mark.end > span[0]]
    ends = {span[0], span[1]}
    for start, end in [*((mark.start, mark.end) for mark in inside), *lit]:
        ends |= {place for place in (start, end) if span[0] < place < span[1]}
    points = sorted(ends)
    stretches: list[list[Any]] = []
    for start, end in pairwise(points):
        mark = next((mark for mark in inside if mark.start <= start < mark.end), None)
        stretches.append(
            [
                text[start:end],
                -1 if mark is None else mark.place,
                mark is not None and end == mark.end,
                any(low <= start < high for low, high in lit),
            ]
        )
    return stretches


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
