"""Which quantity of the program a claim is about, from the words around it.

A claim is bound only if one reading fits: one concept in its part of the sentence, one period,
one group of the printed size. What it was read as is shown, and a reader may choose another.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from pht_core.claims.claim import NO_COLUMN, NOT_REPRODUCED, REPRODUCED, Claim, Reading
from pht_core.claims.data.quantities import PERIOD_WORDS, CohortFigures, format_quantity
from pht_core.claims.finding.patterns import leading, read_expressions
from pht_core.claims.finding.preparing import PreparedText
from pht_core.claims.finding.printed import (
    COMPARE,
    decimals_of,
    parse_count,
    parse_decimal,
    round_half_up,
)
from pht_core.claims.reading.layout import Layout
from pht_core.model.lineage import LINEAGES

PATTERNS = read_expressions("binding")

TERMS_FILE = Path(__file__).parent / "terms.csv"
# Where no period is named any of the paper's may be meant; its best count after prednisone.
_PAPER_PERIODS = [period for period in PERIOD_WORDS if period != "after_prednisone_last"]
LOOK_BACK = 1500  # characters in which the last named period still holds
LONGEST_PART = 170


@dataclass(frozen=True)
class Binding:
    """The quantity of a claim, and those that would fit where more than one does."""

    key: str | None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """The words around a claim: the part of its sentence that names it, both parts, and so on."""

    part: str
    near: str
    sentence: str
    text: str


@dataclass(frozen=True)
class Term:
    """Words of a concept; a general one gives way to any other in the same part of a sentence."""

    concept: str
    pattern: re.Pattern[str]
    is_general: bool = False


@cache
def read_terms() -> tuple[Term, ...]:
    """The terms of ``terms.csv``, in its order."""
    with TERMS_FILE.open(encoding="utf-8", newline="") as opened:
        return tuple(
            Term(row["concept"], re.compile(row["pattern"], re.IGNORECASE), bool(row["general"]))
            for row in csv.DictReader(opened)
        )


def list_terms() -> list[Term]:
    """All terms, lineages that ``terms.csv`` does not know by what a low count is called."""
    known = {term.concept for term in read_terms()}
    added = [
        Term(f"cytopenia/{param}", re.compile(rf"\b{re.escape(lineage.term)}\b", re.IGNORECASE))
        for param, lineage in LINEAGES.items()
        if f"cytopenia/{param}" not in known
    ]
    return [*read_terms(), *added]


def bind_claims(
    text: PreparedText, readings: list[Reading], figures: CohortFigures
) -> dict[int, Binding]:
    """By the place of its percentage, what each claim is about."""
    bound: dict[int, Binding] = {}
    prose = [reading for reading in readings if reading.cell is None]
    for run in _runs(text, prose):
        for reading, binding in zip(run, _bind_run(text, run, prose, figures), strict=True):
            bound[reading.pct_start] = binding
    for reading in readings:
        if reading.cell is not None:
            layout = text.layouts[reading.cell.table]
            bound[reading.pct_start] = _bind_cell(reading, layout, reading.cell.row, figures)
    return bound


def _runs(text: PreparedText, readings: list[Reading]) -> Iterator[list[Reading]]:
    """Claims that only commas and "and" part."""
    run = readings[:1]
    for one, other in pairwise(readings):
        places = (one.pct_start, other.pct_start)
        between = re.sub(r"\(\s*±[^)]*\)", "", text.text[one.end : other.start])
        if len(set(map(text.sentences.number, places))) == 1 and PATTERNS["join"].match(between):
            run.append(other)
        else:
            yield run
            run = [other]
    if run:
        yield run


def _bind_run(
    text: PreparedText, run: list[Reading], prose: list[Reading], figures: CohortFigures
) -> list[Binding]:
    words, start, end = text.text, run[0].start, run[-1].end
    first, last = text.sentences.around(run[0].pct_start)
    earlier = max((r.end for r in prose if first <= r.end <= start), default=first)
    later = min((r.start for r in prose if end <= r.start < last), default=last)
    before = words[max(earlier, start - LONGEST_PART) : start]
    after = PATTERNS["next_clause"].split(words[end : min(later, end + LONGEST_PART)])[0]
    for part in (before, after) if PATTERNS["leads"].search(before) else (after, before):
        concepts = _concepts(part)
        if len(concepts) == len(run):
            around = Words(part, before + after, words[first:last], words)
            return [
                _bind(reading, concept, around, figures)
                for reading, concept in zip(run, concepts, strict=True)
            ]
        if concepts:
            break
    return [Binding(None)] * len(run)


def _concepts(part: str) -> list[str]:
    """The concepts that a stretch names, in order; general ones only where no other is."""
    found = [(match.start(), term) for term in list_terms() if (match := term.pattern.search(part))]
    special = [item for item in found if not item[1].is_general]
    if not special and len(found) > 1:
        return [found[0][1].concept]  # of two general ones the first of the file
    special.sort(key=lambda item: (item[0], item[1].concept))
    return [term.concept for _, term in special or found]


def _bind(reading: Reading, concept: str, words: Words, figures: CohortFigures) -> Binding:
    kind, _, name = concept.partition("/")
    if kind == "survival":
        months = _months(words.sentence)
        return Binding(f"survival/{name}/{months}" if months else None)
    if kind in ("safety", "car_t"):
        return Binding(concept)
    if kind in ("cytopenia", "lineages") and PATTERNS["change"].search(words.sentence):
        return Binding(None)
    groups = _groups(reading, figures)
    if kind == "patients":
        name = _patient_name(name, words.part)
    elif concept == "cytopenia/any" and not PATTERNS["severe"].search(words.near):
        kind, name = "patients", "pht"
    if kind == "patients":
        return _one_of([f"patients/{name}/{group}" for group in groups])
    named = _period(words.text, reading)
    periods = [named] if named else _PAPER_PERIODS
    grade = "3-4" if PATTERNS["severe"].search(words.part) else "any"
    if PATTERNS["normal"].search(words.sentence):
        grade, periods = "normal", ["after_prednisone"]
    groups = [group for group in groups if group in ("all", "pht")]
    what = f"{concept}/{grade}" if kind == "cytopenia" else concept
    return _one_of(
        [
            f"{what}/{period}/{group}"
            for period in periods
            for group in _groups_of_period(groups, period)
        ]
    )


def _patient_name(name: str, part: str) -> str:
    if name != "crs":
        return name
    if PATTERNS["low_grade"].search(part):
        return "crs_1-2"
    if re.search(r"\bgrades?\s?3\b(?!\s?(?:-|/|to|or)\s?\d)", part, re.IGNORECASE):
        return "crs_3"
    return "crs_3-4" if PATTERNS["severe"].search(part) else "crs_any"


def _one_of(keys: list[str]) -> Binding:
    return Binding(keys[0] if len(keys) == 1 else None, tuple(keys))


def _groups(reading: Reading, figures: CohortFigures) -> list[str]:
    """The groups of the printed size, all of them where none is or no size is printed."""
    n = reading.denominator if reading.n_source != "assumed" else None
    found = [group for group, size in figures.sizes.items() if size == n]
    return found or ["all", "pht"]


def _groups_of_period(groups: list[str], period: str) -> list[str]:
    """Without a printed N: everyone within 28 days, from then on those with PHT, as in Figure 1."""
    if len(groups) == 1 or not groups:
        return groups
    return ["all"] if period == "within_28" else ["pht"]


def _period(text: str, reading: Reading) -> str | None:
    """The period last named before a claim."""
    stretch = leading(text, reading.start, LOOK_BACK)
    ends = {
        name: max((match.end() for match in pattern.finditer(stretch)), default=-1)
        for name, pattern in read_expressions("periods").items()
    }
    best = max(ends, key=lambda name: ends[name])
    return best if ends[best] >= 0 else None


def _months(sentence: str) -> int | None:
    match = PATTERNS["months"].search(sentence)
    if not match:
        return None
    try:
        number = parse_count(match[1])
    except KeyError:  # "per month"
        return None
    return number * (12 if match[2].lower() == "year" else 1)


def _bind_cell(reading: Reading, layout: Layout, row: int, figures: CohortFigures) -> Binding:
    """A table's cell: the row's label names the quantity, the column's N the group."""
    label = layout.label(row)
    groups = [group for group, size in figures.sizes.items() if size == reading.denominator]
    if not groups:
        return Binding(None)
    concepts = _concepts(label)
    if PATTERNS["others"].match(label) and "extramedullary" in layout.heading(row).lower():
        concepts = ["patients/other_extramedullary"]
    if len(concepts) != 1 or not concepts[0].startswith("patients/"):
        return Binding(None)
    name = _patient_name(concepts[0].partition("/")[2], label)
    return _one_of([f"patients/{name}/{group}" for group in groups])


def compare_with_data(
    claim: Claim, key: str | None, candidates: tuple[str, ...], figures: CohortFigures
) -> Claim:
    """A claim with what the data give for the quantity that it was read as."""
    if not key:
        return replace(claim, quantities=candidates)
    value = figures.value(key)
    words = f"interpreted as: {format_quantity(key)}"
    if value.share is None:
        return replace(claim, data=NO_COLUMN, read_as=words, data_gives=value.text, quantity=key)
    printed = parse_decimal(claim.value)
    if claim.relation != "=":
        same = COMPARE[claim.relation](value.share, printed)
    elif claim.hedged:
        same = abs(value.share - printed) <= 1
    else:
        same = round_half_up(value.share, decimals_of(claim.value)) == printed
    total = claim.denominator if claim.n_source != "assumed" else None
    same = same and all(
        None in pair or pair[0] == pair[1]
        for pair in ((claim.numerator, value.n), (total, value.n_total))
    )
    return replace(
        claim,
        data=REPRODUCED if same else NOT_REPRODUCED,
        read_as=words,
        data_gives=value.text,
        quantity=key,
        quantities=candidates,
    )
