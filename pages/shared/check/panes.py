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

from pages.shared.check.session import Opened
from pht_core.claims.claim import NOT_REPRODUCED, Claim, Finding, Report
from pht_core.claims.verdicts import VERDICTS, by_gravity
from pht_core.export.document.reply import format_data, format_place, one_line, sort_by_gravity

FOLDER = Path(__file__).parent
CSS = (FOLDER / "claims.css").read_text("utf-8")

_text_pane = st.components.v2.component(
    "pht_claims_text",
    html='<div class="pane text" role="region" tabindex="0" aria-label="Text with marks"></div>',
    css=CSS,
    js=(FOLDER / "claims_text.js").read_text("utf-8"),
)
_list_pane = st.components.v2.component(
    "pht_claims_list",
    html='<div class="pane list"></div>',
    css=CSS,
    js=(FOLDER / "claims_list.js").read_text("utf-8"),
)

Span = tuple[int, int]
Data = dict[str, Any]  # what a component gets
PART = 40_000  # characters shown at once: a browser lays them out without a pause
LONGEST_HEADING = 90
MOST_ROWS = 300
PIPES = re.compile(r"\s*\|.*\|\s*")  # a row of a table in Markdown
DATA_SIGN = "≠"
NOT_IN_DATA = "not in the data"  # the name of a filter
# Where a claim's N is from.
SOURCES = {
    "explicit": "printed beside it",
    "header": "column header",
    "sentence": "the sentence",
    "footnote": "footnote or total",
    "assumed": "elsewhere in the text",
    "reader": "entered by the reader",
}


def show_text_pane(
    paper: Opened, part: int, blocks: list[Data], marks: list[Data], note: list[str]
) -> None:
    """A part of the text; a click, Enter or Space on a mark chooses its claim.

    ``note`` is shown below the first place that is lit, where no mark is chosen.
    """
    name = f"{paper.digest}-{part}"
    data = {"name": name, "blocks": blocks, "marks": marks, "note": note}
    _show(_text_pane, "claims_text", paper, data)


def show_list_pane(
    key: str, paper: Opened, titles: Sequence[str], rows: list[Data], empty: str = ""
) -> None:
    """A list of what was found; a click or Enter on a row chooses it. ``empty``: without rows."""
    _show(_list_pane, key, paper, {"titles": list(titles), "rows": rows, "empty": empty})


def _show(pane: Callable[..., Any], key: str, paper: Opened, data: Data) -> None:
    def picked() -> None:
        name = st.session_state[key].get("picked")
        if isinstance(name, str):
            paper.chosen = name

    pane(key=key, data=data | {"chosen": paper.chosen}, on_picked_change=picked)


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
) -> list[Data]:
    """Paragraphs, headings and tables of a part, each as stretches of text.

    A stretch is ``[text, claim or -1, is its last, is lit]``; ``lit`` are places of a finding.
    """
    blocks: list[Data] = []
    for kind, group in groupby(_lines(text, part), key=lambda line: _kind(text, line)):
        lines = list(group)
        if kind == "table":
            rows = [[_cut(text, cell, marks, lit) for cell in _cells(text, line)] for line in lines]
            blocks.append({"kind": kind, "rows": rows})
        elif kind == "text":
            start, end = lines[0][0], lines[-1][1]
            heading = len(lines) == 1 and _is_heading(text[start:end])
            cut = _cut(text, (start, end), marks, lit)
            blocks.append({"kind": "heading" if heading else kind, "cut": cut})
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
    first, last = span
    inside = [mark for mark in marks if mark.start < last and mark.end > first]
    edges = [*((mark.start, mark.end) for mark in inside), *lit]
    points = {place for edge in edges for place in edge if first < place < last}
    stretches: list[list[Any]] = []
    for start, end in pairwise(sorted({*span, *points})):
        mark = next((mark for mark in inside if mark.start <= start < mark.end), None)
        place, is_last = (-1, False) if mark is None else (mark.place, end == mark.end)
        is_lit = any(low <= start < high for low, high in lit)
        stretches.append([text[start:end], place, is_last, is_lit])
    return stretches


def filters_of(report: Report) -> dict[str, str]:
    """What the table can be narrowed to: a name, and its words with a count; none of nothing."""
    counts = report.counts()
    words = {
        verdict.name: f"{verdict.one} {verdict.sign} {counts[verdict.name]}"
        for verdict in by_gravity()
        if counts[verdict.name]
    }
    if n := sum(claim.data == NOT_REPRODUCED for claim in report.claims):
        words[NOT_IN_DATA] = f"not reproduced by the data {DATA_SIGN} {n}"
    return words


def filtered(report: Report, names: Sequence[str]) -> list[Claim]:
    """The claims that match any of the filters, all without one; the most serious first."""

    def fits(claim: Claim) -> bool:
        differs = NOT_IN_DATA in names and claim.data == NOT_REPRODUCED
        return not names or claim.verdict in names or differs

    return sort_by_gravity(list(filter(fits, report.claims)))


def _look(name: str, item: Claim | Finding) -> Data:
    """What marks and rows share: no verdict is shown by its colour alone."""
    verdict = VERDICTS[item.verdict]
    differs = isinstance(item, Claim) and item.data == NOT_REPRODUCED
    words = verdict.one if isinstance(item, Claim) else verdict.finding
    return {
        "id": name,
        "verdict": verdict.name,
        "colour": verdict.colour,
        "sign": verdict.sign + (DATA_SIGN if differs else ""),
        "words": words + ("; not reproduced by the data" if differs else ""),
    }


def mark_rows(claims: Sequence[Claim]) -> list[Data]:
    """For each claim, what its mark shows, and its arithmetic as a note of lines."""
    rows = []
    for claim in claims:
        verdict = VERDICTS[claim.verdict]
        note = [f"{verdict.sign} {verdict.one}", claim.arithmetic]
        if claim.data:
            note.append(f"{claim.read_as}; {format_data(claim)}")
        rows.append(_look(claim.id, claim) | {"note": note})
    return rows


def claim_rows(claims: Sequence[Claim], notes: Mapping[str, str]) -> list[Data]:
    """The table's rows of some claims, with the reader's notes by a claim's id."""
    rows = []
    for claim in claims[:MOST_ROWS]:
        note = f" — note: {notes[claim.id]}" if claim.id in notes else ""
        source, tags = claim.n_source, [claim.place] if claim.cell else []
        if source and source != "explicit":
            tags.append(f"N: {SOURCES.get(source, source)}")
        if claim.data:
            tags.append(f"data: {claim.data}")
        cells = [claim.arithmetic + note, f"{claim.line:,}"]
        row = {"print": one_line(claim.text), "cells": cells, "tags": " · ".join(tags)}
        rows.append(_look(claim.id, claim) | row)
    return rows


def finding_lines(finding: Finding) -> list[str]:
    """What a finding between statements says, a line each."""
    verdict = VERDICTS[finding.verdict]
    return [f"{verdict.sign} {verdict.finding}: {finding.title}", one_line(finding.message)]


def finding_rows(report: Report) -> list[Data]:
    """The rows of findings between statements, with every place; the most serious first."""
    rows = []
    for number, finding in enumerate(report.findings):
        places = [
            f"“{one_line(text)}” ({format_place(report, start)})"
            for text, (start, _) in zip(finding.texts, finding.spans, strict=False)
        ]
        cells = [one_line(finding.message), "; ".join(places)]
        row = {"print": finding.title, "cells": cells, "tags": ""}
        rows.append(_look(f"f{number}", finding) | row)
    return sorted(rows, key=lambda row: VERDICTS[row["verdict"]].gravity)[:MOST_ROWS]
