"""A report checked: from text to claims with verdicts, findings and what was not checked."""

from bisect import bisect_right
from dataclasses import dataclass, field

import pandas as pd

from pht_core.claims.claim import (
    CANNOT_TELL,
    CONSISTENT,
    IMPOSSIBLE,
    INCONSISTENT,
    NO_COLUMN,
    REPRODUCED,
    ROUNDING,
    Claim,
    Reading,
    Report,
)
from pht_core.claims.data.binding import Binding, bind_claims, hold_against
from pht_core.claims.data.quantities import CohortFigures
from pht_core.claims.finding.denominators import find_totals
from pht_core.claims.finding.explicit import find_explicit
from pht_core.claims.finding.flat_rows import find_flat_rows
from pht_core.claims.finding.patterns import STOP
from pht_core.claims.finding.preparing import blank_never, mark_borders, spell_out_numbers
from pht_core.claims.finding.prose import find_counted, find_lists, find_percents
from pht_core.claims.finding.table_cells import find_cell_claims
from pht_core.claims.judging.cross_checks import find_between
from pht_core.claims.judging.judging import Judgement, judge_percent_alone, judge_share
from pht_core.claims.judging.table_fit import resolve_cells
from pht_core.claims.reading.layout import Layout, read_layout
from pht_core.claims.reading.sentences import Sentences, split_sentences
from pht_core.claims.reading.tables import Table, find_tables
from pht_core.claims.reading.typography import Spelled, spell_alike
from pht_core.model.words import counted


@dataclass(frozen=True)
class Changes:
    """What a reader set right: by the claim's id.

    not_claims : ids of what is no claim. denominators : id to the N that is meant.
    bindings : id to the key of a quantity (see ``binding``), "" for none.
    """

    not_claims: frozenset[str] = frozenset()
    denominators: dict[str, int] = field(default_factory=dict)
    bindings: dict[str, str] = field(default_factory=dict)


def check_report(
    text: str, changes: Changes | None = None, figures: CohortFigures | None = None
) -> Report:
    """Every numeric claim of a text with its verdict, and what does not fit between them.

    Parameters
    ----------
    text : as read; every offset in the result points into it.
    changes : what a reader set right.
    figures : a cohort's quantities (see ``quantities``), to hold the claims against the data.
    """
    changes = changes or Changes()
    spelled = spell_alike(text)
    tables = find_tables(spelled.text)
    bordered = mark_borders(spelled.text, [place for table in tables for place in table.borders])
    blanked, not_checked = blank_never(bordered)
    plain = spell_out_numbers(blanked)
    sentences = split_sentences(plain)
    totals = find_totals(plain)
    readings = find_explicit(spelled.text, plain)
    layouts = [read_layout(table) for table in tables]
    readings = _with_tables(readings, layouts)
    prose = _without(plain, tables)
    readings += find_flat_rows(prose, spelled.text, readings)
    readings += find_lists(spelled.text, prose, readings, sentences)
    readings += find_counted(spelled.text, prose, readings, totals, sentences)
    percents, unread = find_percents(spelled.text, prose, readings, totals, sentences)
    readings += percents
    if unread:
        not_checked["percent of something else"] = unread
    readings.sort(key=lambda reading: (reading.pct_start, reading.start))
    lines = _line_starts(text)
    claims = [_to_claim(reading, spelled, sentences, lines, changes) for reading in readings]
    if figures is not None:
        bound = bind_claims(spelled.text, readings, layouts, sentences, figures)
        claims = [
            _bound(claim, bound[reading.pct_start], changes, figures)
            for claim, reading in zip(claims, readings, strict=True)
        ]
    findings = find_between(spelled, plain, sentences, readings, layouts, totals)
    kept = tuple(claim for claim in claims if claim.id not in changes.not_claims)
    return Report(text, kept, tuple(findings), not_checked)


def _bound(claim: Claim, binding: Binding, changes: Changes, figures: CohortFigures) -> Claim:
    key = changes.bindings.get(claim.id, binding.key)
    return hold_against(claim, key, binding.candidates, figures)


def _with_tables(readings: list[Reading], layouts: list[Layout]) -> list[Reading]:
    """Add the claims of the tables' cells to those that carry everything themselves."""
    own = {reading.pct_start for reading in readings}
    found = list(readings)
    for number, layout in enumerate(layouts):
        cells = find_cell_claims(layout, number)
        resolved = resolve_cells(layout, cells)
        found += [reading for reading in resolved if reading.pct_start not in own]
    return found


def _without(plain: str, tables: list[Table]) -> str:
    """The text with its tables blanked: their cells are read in their own way."""
    pieces, at = [], 0
    for table in tables:
        pieces += [plain[at : table.start], STOP * (table.end - table.start)]
        at = table.end
    return "".join([*pieces, plain[at:]])


def format_summary(report: Report) -> str:
    """The counts in a sentence: how many follow, how many do not, how many could not be told."""
    counts = report.counts()
    told_of = len(report.claims) - counts[CANNOT_TELL]
    wrong = counts[INCONSISTENT] + counts[IMPOSSIBLE]
    told = counted(told_of, "percent", "percents")
    words = f"{told} with counts: {counted(counts[CONSISTENT], 'follows', 'follow')}"
    if counts[ROUNDING]:
        words += f", {counts[ROUNDING]} by another rounding"
    words += f", {counted(wrong, 'does', 'do')} not; {counts[CANNOT_TELL]} could not be told"
    held = [claim for claim in report.claims if claim.data]
    if held:
        same = sum(claim.data == REPRODUCED for claim in held)
        absent = sum(claim.data == NO_COLUMN for claim in held)
        words += f". The data give {same}, do not give {len(held) - same - absent}"
        words += f", have no column for {absent}" if absent else ""
    return f"{words}."


def claims_table(report: Report) -> pd.DataFrame:
    """The claims as a table, a row each, in the order of the text."""
    columns = [
        "id", "line", "place", "text", "percent", "numerator", "denominator", "n_source",
        "verdict", "arithmetic", "kind", "data", "read_as", "data_gives", "start", "end",
    ]  # fmt: skip
    rows = [[getattr(claim, name) for name in columns] for claim in report.claims]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"numerator": "Int64", "denominator": "Int64"})


def _line_starts(text: str) -> list[int]:
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _to_claim(
    reading: Reading, spelled: Spelled, sentences: Sentences, lines: list[int], changes: Changes
) -> Claim:
    start, end = spelled.origin_span(reading.start, reading.end)
    pct_start, pct_end = spelled.origin_span(reading.pct_start, reading.pct_end)
    name = f"c{pct_start}"
    if name in changes.denominators:
        reading = reading.changed(
            denominator=changes.denominators[name], n_source="reader", settled=""
        )
    verdict = judge_reading(reading)
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
        verdict=verdict.verdict,
        arithmetic=verdict.arithmetic,
        kind=reading.kind,
        line=bisect_right(lines, pct_start),
        place=sentences.heading(reading.pct_start),
        context=" ".join(spelled.printed(first, last).split()),
        relation=reading.relation,
        hedged=reading.hedged,
        value=reading.percent,
    )


def judge_reading(reading: Reading) -> Judgement:
    """The verdict of a claim as it was read."""
    k, n = reading.numerator, reading.denominator
    if reading.kind == "survival" and k is None:
        return Judgement(CANNOT_TELL, "an estimate from a survival curve need not be a share")
    if n is None:
        return Judgement(CANNOT_TELL, "no denominator in reach")
    if k is None:
        alone = judge_percent_alone(n, reading.percent)
        if reading.settled == CANNOT_TELL:
            return Judgement(CANNOT_TELL, f"no count is given; {alone.arithmetic}")
        return alone
    found = judge_share(k, n, reading.percent, relation=reading.relation, hedged=reading.hedged)
    if reading.settled == CANNOT_TELL:
        why = reading.note or f"{n} is not named here"
        return Judgement(CANNOT_TELL, f"{found.arithmetic}; {why}")
    if reading.kind == "table" and reading.note and found.verdict != CONSISTENT:
        return Judgement(found.verdict, f"{found.arithmetic}; {reading.note}")
    if reading.note in ("below", "above") and found.verdict == INCONSISTENT:
        sign = "<" if reading.note == "below" else ">"
        bound = judge_share(k, n, reading.percent, relation=sign)
        if bound.verdict == CONSISTENT:
            return bound
        return Judgement(CANNOT_TELL, f"{found.arithmetic}; the percent may be a bound")
    if reading.note == "survival" and found.verdict == INCONSISTENT:
        return Judgement(
            CANNOT_TELL, f"{found.arithmetic}; an estimate from a curve need not be a share"
        )
    return found
