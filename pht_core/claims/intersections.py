"""Bounds of an intersection from its parts: how many can have all three lineages low.

Of 17 patients with 16, 15 and 17 low in each lineage, 14 or 15 are low in all three: each
patient outside of a part is outside of the whole.
"""

import re

from pht_core.claims.claim import CANNOT_TELL, CONSISTENT, INCONSISTENT, Finding, Reading
from pht_core.claims.judging import counts_that_fit
from pht_core.claims.sentences import Sentences
from pht_core.claims.typography import Spelled

_PARTS = (
    re.compile(r"\ban(?:a)?emia\b", re.IGNORECASE),
    re.compile(r"\bthrombocytop(?:a)?enia\b", re.IGNORECASE),
    re.compile(r"\b(?:neutrop(?:a)?enia|leukop(?:a)?enia)\b", re.IGNORECASE),
)
_WHOLE = re.compile(r"\b(?:tri-?lineage|pancytop(?:a)?enia|all three lineages)\b", re.IGNORECASE)
_GRADE = re.compile(r"\b(?:grades?\s?[3-4]|severe)", re.IGNORECASE)
_REACH = 60


def check_intersections(
    spelled: Spelled, readings: list[Reading], sentences: Sentences
) -> list[Finding]:
    """Three lineages' counts of one N, and behind them the share with all three low."""
    found = []
    counted = [r for r in readings if r.cell is None]
    by_sentence: dict[int, list[Reading]] = {}
    for reading in counted:
        by_sentence.setdefault(sentences.number(reading.pct_start), []).append(reading)
    for number, group in by_sentence.items():
        parts = _three_parts(spelled.text, group, sentences.span(number)[1])
        if parts is None:
            continue
        later = [r for near in (number, number + 1) for r in by_sentence.get(near, [])]
        for whole in later:
            if whole.start > parts[-1].start and _is_whole(spelled.text, whole, sentences):
                finding = _judge(spelled, parts, whole)
                if finding:
                    found.append(finding)
                break
    return found


def _three_parts(text: str, group: list[Reading], end: int) -> list[Reading] | None:
    """Claims named by the words right behind them, of one N, grade 3-4 not among them."""
    found = []
    for pattern in _PARTS:
        named = []
        for at, reading in enumerate(group):
            stop = group[at + 1].start if at + 1 < len(group) else end
            words = text[reading.end : min(stop, reading.end + _REACH)]
            if pattern.search(words) and not _GRADE.search(words):
                named.append(reading)
        if len(named) != 1 or named[0].numerator is None:
            return None
        found.append(named[0])
    same = {reading.denominator for reading in found}
    ordered = sorted(found, key=lambda reading: reading.start)
    return ordered if len(same) == 1 and None not in same else None


def _is_whole(text: str, reading: Reading, sentences: Sentences) -> bool:
    first, last = sentences.around(reading.pct_start)
    return bool(_WHOLE.search(text[first:last]))


def _judge(spelled: Spelled, parts: list[Reading], whole: Reading) -> Finding | None:
    n = parts[0].denominator or 0
    counts = [part.numerator or 0 for part in parts]
    least, most = max(0, sum(counts) - 2 * n), min(counts)
    if whole.numerator is not None:
        if whole.denominator != n:
            return None
        fits = [whole.numerator]
    else:
        fits = counts_that_fit(n, whole.percent)
    inside = [k for k in fits if least <= k <= most]
    shown = ", ".join(map(str, counts))
    bounds = f"{shown} of {n} leave {least} to {most} with all three"
    if inside:
        verdict, text = CONSISTENT, f"{bounds}; {whole.percent}% is {inside[0]}/{n}"
    elif fits:
        verdict, text = INCONSISTENT, f"{bounds}; printed {fits[0]} of {n} ({whole.percent}%)"
    else:
        verdict, text = CANNOT_TELL, f"{bounds}; no count of {n} gives {whole.percent}%"
    spans = tuple(spelled.origin_span(r.start, r.end) for r in (*parts, whole))
    return Finding(
        "intersection", verdict, text, spans, tuple(spelled.original[a:b] for a, b in spans)
    )
