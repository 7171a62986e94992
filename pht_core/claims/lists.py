"""Percents and fractions in two rows: "12/20 and 15/20 patients (60% and 75%, respectively)"."""

import re
from itertools import pairwise

from pht_core.claims.claim import Reading
from pht_core.claims.explicit import hedged
from pht_core.claims.judging import share_fits
from pht_core.claims.patterns import NUMBER, PAD, S
from pht_core.claims.printed import parse_count
from pht_core.claims.sentences import Sentences

_FRACTION = re.compile(
    rf"(?<![\w.,/-])(?P<k>{NUMBER})(?:{S}{{0,3}}/{S}{{0,3}}|{S}{{1,30}}(?:out{S})?of{S}{{1,3}}(?:"
    rf"the{S}{{1,3}})?)"
    rf"(?P<n>{NUMBER})(?![\d/%]|\.\d|{S}?%)",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"(?<![\d.,/])(?P<p>\d{{1,3}}(?:\.\d{{1,4}})?)(?:{S}?%|(?={S}?(?:,|and|vs\.?|versus|or|to){S}"
    rf"(?:and{S})?\d{{1,3}}(?:\.\d{{1,4}})?{S}?%))",
    re.IGNORECASE,
)
_JOINED = re.compile(
    rf"^{S}{{0,3}}(?:,|;|/)?{S}{{0,3}}(?:and|vs\.?|versus|or|compared with)?{S}{{0,3}}$", re.I
)


def find_lists(text: str, plain: str, taken: list[Reading], sentences: Sentences) -> list[Reading]:
    """Claims whose fractions and percents stand in two rows of equal length in one sentence.

    A list is read only if more than half of its pairs fit, so that two rows that merely have the
    same length are not taken for one.
    """
    occupied = bytearray(len(plain) + 1)
    for reading in taken:
        occupied[reading.start : reading.end] = b"\x01" * (reading.end - reading.start)
    fractions: dict[int, list[re.Match[str]]] = {}
    for match in _FRACTION.finditer(plain):
        if not occupied[match.start("k")]:
            fractions.setdefault(sentences.number(match.start()), []).append(match)
    found: list[Reading] = []
    for number, row in fractions.items():
        if len(row) < 2:
            continue
        start, end = sentences.span(number)
        percents = [
            match
            for match in _PERCENT.finditer(plain, start, end)
            if not occupied[match.start("p")]
        ]
        for run in _runs(percents, plain):
            if len(run) == len(row):
                found += _pair(text, row, run, "respectively" in text[start:end].lower())
    return found


def _runs(percents: list[re.Match[str]], plain: str) -> list[list[re.Match[str]]]:
    """Percents joined by nothing but commas and "and"."""
    runs: list[list[re.Match[str]]] = [percents[:1]] if percents else []
    for one, other in pairwise(percents):
        if _JOINED.match(plain[one.end() : other.start("p")]):
            runs[-1].append(other)
        else:
            runs.append([other])
    return [run for run in runs if len(run) > 1]


def _pair(
    text: str,
    fractions: list[re.Match[str]],
    percents: list[re.Match[str]],
    told_so: bool,
) -> list[Reading]:
    """One claim a pair; ``told_so``: the sentence says "respectively"."""
    readings = []
    for fraction, percent in zip(fractions, percents, strict=True):
        readings.append(
            Reading(
                start=percent.start("p"),
                end=percent.end(),
                pct_start=percent.start("p"),
                pct_end=percent.end("p"),
                percent=percent["p"].rstrip(PAD),
                kind="list",
                numerator=parse_count(fraction["k"].rstrip(PAD)),
                denominator=parse_count(fraction["n"].rstrip(PAD)),
                n_source="explicit",
                hedged=hedged(text, percent.start("p")),
            )
        )
    fit = sum(
        share_fits(r.numerator or 0, r.denominator or 0, r.percent, hedged=r.hedged)
        for r in readings
    )
    needed = len(readings) if told_so else len(readings) + 1
    return readings if 2 * fit >= needed else []
