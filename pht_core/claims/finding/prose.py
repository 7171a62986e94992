"""Claims with a count and a percent whose denominator stands elsewhere: ``16 patients (46%)``."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from pht_core.claims.claim import Reading
from pht_core.claims.finding.denominators import PEOPLE, SENTENCES_BACK, Total, Totals, totals_near
from pht_core.claims.finding.explicit import from_survival_curve, hedged, relation_before
from pht_core.claims.finding.patterns import NUMBER, PAD, STOP, S, read_patterns
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.judging.judging import (
    denominators_that_fit,
    follows,
    judge_percent_alone,
    share_fits,
)
from pht_core.claims.judging.table_fit import one_slip_away
from pht_core.claims.reading.sentences import Sentences
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, IMPOSSIBLE, INCONSISTENT

_PEOPLE = re.compile(rf"\b(?:{PEOPLE})\b", re.IGNORECASE)
_OF_WHOM = re.compile(
    r"\bof (?:whom|which|these|those|them)\b|\bamong (?:them|these|those|whom|which)\b|"
    r"\bincluding\b",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    r"\b(?:of|among|in|for|from|with)\s(?:whom|which|these|those|them|the|all|both|each|this|our)\b",
    re.IGNORECASE,
)
# "44% (100)": a count only in a text that does not cite by numbers in round brackets.
BARE = "counted, in brackets"
_CITED = re.compile(r"[a-z][.,]?\s?\(\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,6}\)")
FEWEST_CITATIONS = 3
PARAGRAPH = 900  # characters within which one N may hold
FEWEST_SHARING = 2
FEWEST_WHOLE = 9
NEIGHBOURS = 10  # claims before and behind in a sentence that may share its N
# "1473 patients (60% men)": the percent begins a description, the count is all of them.
_DESCRIBES = re.compile(
    rf"{S}{{1,3}}(?!(?:of|in|and|or|vs|versus|at|among|for|with|by|per|from|to|on|had|were|was|"
    rf"respectively|overall|each|n|p|ci|total)\b)[A-Za-z][A-Za-z-]{{2,30}}",
    re.IGNORECASE,
)
_THINGS = re.compile(r"(?<!\bwas)(?<!\bhas)(?<!\bis)(?<!\bdoes)(?<!ss)(?<=[a-z]s)$")
_JUST_OF_WHOM = re.compile(r"\bof (?:whom|which|these|them|those),?\s*$", re.IGNORECASE)
_ARMS = re.compile(r"\brespectively\b|\bvs\.?\b|\bversus\b|\bcompared (?:with|to)\b", re.IGNORECASE)


def find_counted(
    text: str,
    plain: str,
    taken: list[Reading],
    totals: Totals,
    sentences: Sentences,
) -> list[Reading]:
    """Claims without their denominator, which is then looked for in reach.

    Parameters
    ----------
    taken : claims already read; no percent is read twice.
    totals : the text's possible denominators, see ``denominators``.
    """
    found = _find_pairs(text, plain, taken)
    own = {place for reading, k_place in found for place in (k_place, reading.pct_start)}
    own |= {place for reading in taken for place in range(reading.start, reading.end)}
    by_sentence: dict[int, list[tuple[Reading, int]]] = {}
    for reading, place in found:
        by_sentence.setdefault(sentences.number(reading.pct_start), []).append((reading, place))
    explicit: dict[int, list[Reading]] = {}
    for reading in taken:
        explicit.setdefault(sentences.number(reading.pct_start), []).append(reading)
    kept: list[Reading] = []
    named: dict[int, set[int]] = {}
    uncited = len(_CITED.findall(text[:200_000])) < FEWEST_CITATIONS
    for number, pairs in by_sentence.items():
        span = sentences.span(number)
        others = explicit.get(number, [])
        places = [other.start for other in others]
        for at, (reading, _) in enumerate(pairs):
            here, before = totals_near(totals, sentences, reading.pct_start, own)
            alike = [near for near, _ in pairs[max(at - NEIGHBOURS, 0) : at + NEIGHBOURS]]
            between = bisect_left(places, reading.start)
            near = others[max(between - NEIGHBOURS, 0) : between + NEIGHBOURS]
            shared = _shared_total(reading, near, alike, plain, span)
            near += _before_in_paragraph(explicit, sentences, number)
            resolved = _resolve(reading, here, before, near, alike, totals, plain, span)
            if resolved and resolved.verdict == CANNOT_TELL and not resolved.n_source:
                resolved = _of_a_count_before(resolved, kept, plain)
            if resolved and shared and resolved.verdict == CANNOT_TELL and not reading.from_curve:
                resolved = reading.changed(denominator=shared, n_source="sentence")
            named[reading.pct_start] = {item.n for item in here + before}
            if resolved is not None:
                kept.append(resolved)
            elif uncited and reading.kind == BARE:
                kept.append(reading.changed(verdict=CANNOT_TELL))
    kept.sort(key=lambda reading: reading.pct_start)
    return [
        _held_against_its_paragraph(
            at, kept, plain, sentences, named[kept[at].pct_start], totals.seen
        )
        for at in range(len(kept))
    ]


def _of_a_count_before(reading: Reading, kept: list[Reading], plain: str) -> Reading:
    """Such as "we found 33 (6.8%). A stent was used in 21 (63.6%)": the 33 are the whole."""
    if "." not in reading.percent or reading.from_curve:
        return reading
    for other in kept[: -NEIGHBOURS - 1 : -1]:
        n = other.numerator or 0
        if STOP in plain[other.end : reading.start]:
            break
        if not other.verdict and n > FEWEST_WHOLE and follows(reading, n):
            return reading.changed(denominator=n, n_source="sentence", verdict="")
    return reading


def _shared_total(
    reading: Reading,
    explicit: list[Reading],
    alike: list[Reading],
    plain: str,
    span: tuple[int, int],
) -> int:
    """The one N that a sentence's claims name, where another of its counts shares it; else 0.

    Such as "6 (30%), 8 (40%) and 6 (30%) of 20 recipients".
    """
    named = {other.denominator or 0 for other in explicit}
    sentence = plain[span[0] : span[1]]
    if len(named) != 1 or _ARMS.search(sentence) or _PART_OF.search(plain[span[0] : reading.start]):
        return 0
    n = named.pop()
    sharing = [other for other in alike if other is not reading and follows(other, n)]
    return n if sharing and n >= (reading.numerator or 0) else 0


def _before_in_paragraph(
    explicit: dict[int, list[Reading]], sentences: Sentences, number: int
) -> list[Reading]:
    """Claims with their own N in the sentences before, the nearest first."""
    found: list[Reading] = []
    for _ in range(SENTENCES_BACK):
        if not sentences.same_paragraph(number):
            break
        number -= 1
        found += explicit.get(number, [])[::-1][:NEIGHBOURS]
    return found


def _held_against_its_paragraph(
    at: int,
    readings: list[Reading],
    plain: str,
    sentences: Sentences,
    named: set[int],
    everywhere: Sequence[int],
) -> Reading:
    """A claim that fits no N in reach, where its paragraph leaves only one that can be meant.

    Such as "A total of 67 were seen; 64 (95.4%) were mild and three (4.5%) severe; 54 (80.6%)".
    ``named``: the N that its paragraph names; ``everywhere``: those of the whole text.
    """
    reading = readings[at]
    if reading.verdict != CANNOT_TELL or not reading.strong or reading.from_curve:
        return reading
    first, last = sentences.around(reading.pct_start)
    before = plain[first : reading.start]
    if reading.n_source or _PART_OF.search(before):
        return reading
    around = [
        other
        for other in readings[max(at - NEIGHBOURS, 0) : at + NEIGHBOURS]
        if other is not reading
        and abs(other.start - reading.start) < PARAGRAPH
        and STOP not in plain[min(other.start, reading.start) : max(other.end, reading.end)]
    ]
    if _share_another(reading, around):
        return reading
    near = [other for other in around if other.n_source == "sentence" and not other.verdict]
    shared = Counter(other.denominator for other in near if "." in other.percent)
    k = reading.numerator or 0
    if len(shared) == 1 and not _ARMS.search(plain[first:last]):
        (n, times) = shared.most_common(1)[0]
        if times >= FEWEST_SHARING and n is not None and k <= n:
            return reading.changed(denominator=n, n_source="sentence", verdict="")
    possible = {n for n in named | {other or 0 for other in shared} if n > max(k, 3)}
    slips = [n for n in possible if one_slip_away(reading, n)]
    if len(slips) != 1 or (len(possible) > 1 and slips[0] not in shared):
        return reading
    if slips[0] in shared or {n for n in everywhere if n > k} == possible:
        return reading.changed(denominator=slips[0], n_source="sentence", verdict="")
    return reading


def _share_another(reading: Reading, around: list[Reading]) -> bool:
    """Whether a claim beside it fits no N either, and one N would give both.

    Such as "21 (35%) did not and 39 (65%) did", which are all 60 of the 63 who could be assessed.
    """
    own = set(denominators_that_fit(reading.numerator or 0, reading.percent, most=40))
    for other in around:
        if other.verdict == CANNOT_TELL and not other.n_source and not other.from_curve:
            k = (reading.numerator or 0) + (other.numerator or 0)
            if follows(reading, k) and follows(other, k):
                return True
            theirs = denominators_that_fit(other.numerator or 0, other.percent, most=40)
            if "." in reading.percent and own & set(theirs):
                return True
    return False


def _find_pairs(text: str, plain: str, taken: list[Reading]) -> list[tuple[Reading, int]]:
    occupied = bytearray(len(plain) + 1)
    for reading in taken:
        occupied[reading.start : reading.end] = b"\x01" * (reading.end - reading.start)
    found = []
    for pattern in read_patterns("counted"):
        for match in pattern.expression.finditer(plain):
            k_place, pct_start = match.start("k"), match.start("p")
            if any(occupied[match.start() : match.end()]):
                continue
            before = plain[max(k_place - 1, 0) : k_place]
            if before and (before.isalnum() or before in "-^_"):
                continue
            if pattern.id == "count (percent)" and _DESCRIBES.match(plain, match.end()):
                continue
            if 1900 <= parse_count(match["k"]) <= 2100 and match["k"].isdigit():
                continue  # a year, or a count that happens to look like one
            weak = pattern.weak or _doubtful(pattern.id, plain[match.end("k") : pct_start])
            occupied[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
            end = match.end() + (plain[match.end() : match.end() + 1] in (")", "]"))
            found.append(
                (
                    Reading(
                        start=match.start(),
                        end=end,
                        pct_start=pct_start,
                        pct_end=match.end("p"),
                        percent=match["p"].rstrip(PAD),
                        kind=BARE if pattern.id == "percent (count)" else "counted",
                        numerator=parse_count(match["k"]),
                        relation=relation_before(text, pct_start)[0],
                        hedged=hedged(text, pct_start),
                        strong=not weak,
                        from_curve=from_survival_curve(text, match.start(), match.end()),
                    ),
                    k_place,
                )
            )
    return found


def _doubtful(pattern_id: str, between: str) -> bool:
    """Words between count and percent that name no people: "5 regimens were common (30%)"."""
    words = between.strip(f" \r\n([{PAD}")
    if pattern_id != "count (percent)" or not words or _PEOPLE.search(words):
        return False
    return len(words.split()) > 2 or not _THINGS.search(words)


def _fits(reading: Reading, n: int) -> bool:
    assert reading.numerator is not None
    if n < reading.numerator:
        return False
    return share_fits(
        reading.numerator, n, reading.percent, relation=reading.relation, hedged=reading.hedged
    )


def _resolve(
    reading: Reading,
    here: list[Total],
    before: list[Total],
    explicit: list[Reading],
    alike: list[Reading],
    totals: Totals,
    plain: str,
    span: tuple[int, int],
) -> Reading | None:
    """The claim with its denominator and, where the arithmetic alone cannot tell, its verdict."""
    frames = _whole_of_whom(reading, here, plain) or [
        item for item in here if item.strong and item.place < reading.start
    ]
    offered = _in_order(
        [item.n for item in frames],
        [item.n for item in here],
        [other.denominator for other in explicit],
        _counts_before(reading, explicit + alike, plain),
        [other.numerator for other in explicit if other.end <= reading.start],
    )
    earlier = _in_order([item.n for item in before])
    for fit in (follows, _fits):  # another rounding only where half up fits none in reach
        for n in (*offered, *earlier):
            if fit(reading, n):
                return reading.changed(denominator=n, n_source="sentence")
    if reading.strong and frames and _may_accuse(reading, frames, alike, totals, plain, span):
        return reading.changed(denominator=frames[0].n, n_source="sentence", verdict=INCONSISTENT)
    for n in totals.usual:
        if reading.strong and follows(reading, n):
            return reading.changed(denominator=n, n_source="assumed", verdict=CANNOT_TELL)
    return reading.changed(verdict=CANNOT_TELL) if reading.strong else None


def _whole_of_whom(reading: Reading, here: list[Total], plain: str) -> list[Total]:
    """Such as "35 patients had disease, of whom 8 (23%)": the number named right before."""
    if not _JUST_OF_WHOM.search(plain[max(reading.start - 16, 0) : reading.start]):
        return []
    before = [item for item in here if item.end <= reading.start]
    if not before or re.search(r"\d", plain[before[0].end : reading.start]):
        return []
    return before[:1]


def _in_order(*groups: Sequence[int | None]) -> list[int]:
    return list(dict.fromkeys(n for group in groups for n in group if n))


def _counts_before(reading: Reading, others: list[Reading], plain: str) -> list[int]:
    """Such as "40 (87%) were tested, of whom 30 (75%)": counts named before can be the whole."""
    counts = []
    for other in others:
        if other.end <= reading.start and _OF_WHOM.search(plain[other.end : reading.start + 12]):
            counts.append(other.numerator or 0)
    if _OF_WHOM.search(plain[max(reading.start - 160, 0) : reading.start]):
        stretch = plain[max(reading.start - 160, 0) : reading.start]
        counts += [int(found) for found in re.findall(r"(?<![\w.,/-])\d{1,6}(?![\w.%/-])", stretch)]
    return [count for count in counts[::-1] if count]


def _may_accuse(
    reading: Reading,
    frames: list[Total],
    alike: list[Reading],
    totals: Totals,
    plain: str,
    span: tuple[int, int],
) -> bool:
    """Whether "Of the 46 patients, 34 (75%)" leaves no other denominator that could be meant."""
    if reading.from_curve or reading.numerator is None:
        return False
    if len({item.n for item in frames}) > 1 or frames[0].n < reading.numerator:
        return False
    n = frames[0].n
    supported = any(_fits(other, n) for other in alike if other is not reading)
    between = plain[frames[0].end : reading.start]
    if not re.search(r"\d", between):  # "of whom" can only mean them
        between = _JUST_OF_WHOM.sub("", between)
    if _OF_WHOM.search(between) or any(follows(reading, other) for other in totals.usual):
        return False
    return supported or not _ARMS.search(plain[span[0] : span[1]])


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


_SIGNED = re.compile(
    rf"(?P<p>\d(?<![\d.,/-]\d)\d{{0,2}}(?:\.\d{{1,4}})?{PAD}{{0,30}}){S}{{0,20}}(?:%|per{S}?cent\b)"
)
# "4.8 and 6.0%": the first has no sign of its own.
_UNSIGNED = re.compile(
    rf"(?P<p>\d(?<![\d.,/-]\d)\d{{0,2}}(?:\.\d{{1,4}})?)(?={S}(?:and|or|vs\.?|"
    rf"versus){S}\d{{1,3}}(?:\.\d{{1,4}})?{S}?%)"
)
NEAR = 600  # characters within which the N of a claim before may be meant
_PARTNER = re.compile(
    rf"{S}(?:and|or|vs\.?|versus){S}\d{{1,3}}(?:\.\d{{1,4}})?{S}?%", re.IGNORECASE
)
_OF_PEOPLE = re.compile(
    rf"{S}{{1,3}}of{S}{{1,3}}(?:(?:the|all|these|those|our|both|enrolled|treated|included|"
    rf"evaluable|"
    rf"overall|study|such|other|young|older|adult|pediatric|male|female){S}{{1,3}}){{0,3}}"
    rf"(?:(?P<n>\d{{1,6}}){S}{{1,3}})?(?:[A-Za-z][A-Za-z/-]{{1,20}}{S}{{1,3}}){{0,2}}?(?:"
    rf"{PEOPLE}|cohort|population)\b",
    re.IGNORECASE,
)
_RATE_WAS = re.compile(
    r"\b(?:proportion|share|percentage|incidence|prevalence|frequency|rates?|response|remission|"
    r"mortality)\b"
    r"[^.;:%()]{0,90}\b(?:was|were|of|is|reached|to|ranged from)\s{1,3}(?:about |approximately |"
    r"only |as high as |over )?$",
    re.IGNORECASE,
)
_FROM_ELSEWHERE = re.compile(
    r"[(\[]\d{1,3}(?:\s?[,-]\s?\d{1,3}){0,8}[)\]]|et al\b|[a-z][.,]?\^{1,6}|"
    r"\bprevious(?:ly)?\b|\breported in\b|\bliterature\b|\bhave (?:shown|reported|achieved)\b|"
    r"\bmeta-analysis\b",
    re.IGNORECASE,
)


def find_percentages(
    text: str, plain: str, taken: list[Reading], totals: Totals, sentences: Sentences
) -> tuple[list[Reading], int]:
    """Percents of patients that carry no count; and how many percents are none of patients.

    Only "P% of the N patients" is held against its N: elsewhere another N may be meant.
    """
    ordered = sorted(taken, key=lambda reading: reading.start)
    spans = [(reading.start, reading.end) for reading in ordered]
    starts = [reading.start for reading in ordered]
    sizes = [reading.denominator or 0 for reading in ordered]
    own = {reading.pct_start for reading in taken}
    found, unread = [], 0
    for expression in (_SIGNED, _UNSIGNED):
        for match in expression.finditer(plain):
            place = match.start("p")
            at = bisect_right(starts, place) - 1
            if (at >= 0 and spans[at][0] <= place < spans[at][1]) or place in own:
                continue
            own.add(place)
            first, last = sentences.around(place)
            near = range(max(at - 3, 0), at + 1)
            beside = [sizes[other] for other in near if place - starts[other] < NEAR][::-1]
            reading = _read(match, text, plain, (first, last), totals, sentences, beside)
            if reading is None:
                unread += 1
            else:
                found.append(reading)
    return found, unread


def _read(
    match: re.Match[str],
    text: str,
    plain: str,
    sentence: tuple[int, int],
    totals: Totals,
    sentences: Sentences,
    beside: list[int],
) -> Reading | None:
    place, end = match.start("p"), match.end()
    survival = from_survival_curve(text, max(place - 90, sentence[0]), end)
    partner = _PARTNER.match(plain, end)
    of_people = _OF_PEOPLE.match(plain, partner.end() if partner else end)
    before = plain[max(place - 130, sentence[0]) : place]
    if not (of_people or survival or _RATE_WAS.search(before)):
        return None
    elsewhere = _FROM_ELSEWHERE.search(text[sentence[0] : min(sentence[1] + 2, len(text))])
    if elsewhere:
        return None
    n = int(of_people["n"]) if of_people and of_people["n"] else None
    reading = Reading(
        start=place,
        end=end,
        pct_start=place,
        pct_end=match.end("p"),
        percent=match["p"].rstrip(PAD),
        kind="survival" if survival else "percent",
        relation=relation_before(text, place)[0],
        hedged=hedged(text, place),
        from_curve=survival,
        verdict=CANNOT_TELL,
    )
    if survival:
        return reading
    if n and of_people:
        exact = reading.relation == "=" and not reading.hedged
        alone = judge_percent_alone(n, reading.percent).verdict
        verdict = "" if exact or alone != IMPOSSIBLE else CANNOT_TELL
        return reading.changed(
            denominator=n, n_source="sentence", end=of_people.end(), verdict=verdict
        )
    here, earlier = totals_near(totals, sentences, place, set())
    for n in [item.n for item in here + earlier] + beside:
        if n > 3 and judge_percent_alone(n, reading.percent).verdict == CONSISTENT:
            return reading.changed(denominator=n, n_source="assumed")
    return reading
