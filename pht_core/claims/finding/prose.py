"""Claims with a count and a percent whose denominator stands elsewhere: ``16 patients (46%)``."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pht_core.claims.claim import Reading
from pht_core.claims.finding.denominators import SENTENCES_BACK, Total, totals_near
from pht_core.claims.finding.explicit import from_survival_curve, opened, read_match
from pht_core.claims.finding.patterns import PAD, STOP, leading, read_expressions, read_patterns
from pht_core.claims.finding.preparing import Occupied, PreparedText
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.judging.judging import (
    denominators_that_fit,
    fits,
    fits_half_up,
    judge_percent_alone,
    one_typo_away,
)
from pht_core.claims.reading.sentences import Sentences
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, IMPOSSIBLE, INCONSISTENT

PATTERNS = read_expressions("prose")

# "44% (100)": a count only in a text that does not cite by numbers in round brackets.
BARE = "counted, in brackets"
FEWEST_CITATIONS = 3
PARAGRAPH = 900  # characters within which one N may hold
FEWEST_SHARING = 2
FEWEST_WHOLE = 9
NEIGHBOURS = 10  # claims before and behind in a sentence that may share its N


@dataclass(frozen=True)
class Surroundings:
    """What stands around a count without its N, nearest first.

    ``here``, ``before``: possible denominators in its sentence, and in those before it;
    ``explicit``, ``explicit_before``: claims with their own N, likewise; ``alike``: the sentence's
    counts without N, itself among them.
    """

    here: list[Total]
    before: list[Total]
    explicit: list[Reading]
    explicit_before: list[Reading]
    alike: list[Reading]
    sentence: tuple[int, int]


def find_counted(text: PreparedText, taken: list[Reading]) -> list[Reading]:
    """Claims without their denominator, which is then looked for in reach.

    ``taken``: claims already read; no percentage is read twice.
    """
    found, own = _find_pairs(text, taken)
    own |= {place for reading in taken for place in range(*reading.span)}
    explicit = text.by_sentence(taken)
    kept: list[Reading] = []
    named: dict[int, set[int]] = {}
    cited = len(PATTERNS["cited"].findall(text.text[:200_000])) >= FEWEST_CITATIONS
    for number, counts in text.by_sentence(found).items():
        others = explicit.get(number, [])
        places = [other.start for other in others]
        explicit_before = _explicit_before(explicit, text.sentences, number)
        for at, reading in enumerate(counts):
            here, before = totals_near(text.totals, text.sentences, reading.pct_start, own)
            between = bisect_left(places, reading.start)
            around = Surroundings(
                here,
                before,
                _around(others, between),
                explicit_before,
                _around(counts, at),
                text.sentences.span(number),
            )
            named[reading.pct_start] = {item.n for item in here + before}
            resolved = _resolve(text, reading, around)
            if resolved and resolved.verdict == CANNOT_TELL:
                resolved = _with_its_sentences_n(text.prose, reading, resolved, around, kept)
            if resolved is not None:
                kept.append(resolved)
            elif not cited and reading.kind == BARE:
                kept.append(reading.changed(verdict=CANNOT_TELL))
    kept.sort(key=lambda reading: reading.pct_start)
    settled = [
        _with_its_paragraphs_n(text, at, kept, named[kept[at].pct_start]) for at in range(len(kept))
    ]
    numbers = {other.k for other in (*taken, *found)}
    printed = (*text.named, *sorted(number for number in numbers if number > FEWEST_WHOLE))
    for at, reading in enumerate(settled):
        if doubt := _second_look(text, settled, at):
            settled[at] = reading.changed(verdict=CANNOT_TELL, note=doubt)
        elif reading.verdict == CANNOT_TELL and not reading.n_source:
            settled[at] = _with_a_printed_n(reading, printed)
    return settled


def _around(readings: list[Reading], at: int) -> list[Reading]:
    return readings[max(at - NEIGHBOURS, 0) : at + NEIGHBOURS]


def _with_a_printed_n(reading: Reading, printed: Sequence[int]) -> Reading:
    """Few N give a percentage with decimals: one that the document has is likely to be meant."""
    if not reading.from_curve and denominators_that_fit(reading.k, reading.percent):
        for n in printed:
            if fits_half_up(reading, n):
                return reading.changed(denominator=n, n_source="assumed")
    return reading


def _second_look(text: PreparedText, readings: list[Reading], at: int) -> str:
    """Why a claim that does not match its sentence's N is not accused; empty if it is.

    Another number nearby, or named in the document, gives its percentage; or a claim beside it
    does not match either, and one other N gives both.
    """
    reading = readings[at]
    n, k = reading.denominator, reading.k
    if not n or reading.verdict == CANNOT_TELL or fits(reading, n):
        return ""
    stretch = text.plain[max(reading.start - PARAGRAPH, 0) : reading.end + PARAGRAPH // 3]
    near = {int(found) for found in re.findall(r"(?<![\d.,])\d{1,6}(?![\d%]|[.,]\d)", stretch)}
    others = sorted(near.union(text.named))
    for other in others:
        if other > max(k, 1) and fits_half_up(reading, other):
            return f"N may be {other}, which is printed elsewhere and matches"
    theirs = denominators_that_fit(k, reading.percent, most=40) if "." in reading.percent else ()
    for beside in _around(readings, at):
        if beside is not reading and beside.denominator == n and not fits(beside, n):
            for other in theirs:
                if fits_half_up(beside, other):
                    return f"N may be {other}, which matches this claim and another beside it"
    return ""


def _with_its_sentences_n(
    plain: str, reading: Reading, resolved: Reading, around: Surroundings, kept: list[Reading]
) -> Reading:
    """A claim that no N in reach fits, with the N that its sentence shares or a count before it."""
    if reading.from_curve:
        return resolved
    if not resolved.n_source:
        resolved = _of_a_count_before(resolved, kept, plain)
    shared = _shared_total(reading, around, plain)
    if shared and resolved.verdict == CANNOT_TELL:
        return reading.changed(denominator=shared, n_source="sentence")
    return resolved


def _of_a_count_before(reading: Reading, kept: list[Reading], plain: str) -> Reading:
    """Such as "we found 33 (6.8%). A stent was used in 21 (63.6%)": the 33 are the whole."""
    if "." not in reading.percent:
        return reading
    for other in kept[: -NEIGHBOURS - 1 : -1]:
        n = other.k
        if STOP in plain[other.end : reading.start]:
            break
        if not other.verdict and n > FEWEST_WHOLE and fits_half_up(reading, n):
            return reading.changed(denominator=n, n_source="sentence", verdict="")
    return reading


def _shared_total(reading: Reading, around: Surroundings, plain: str) -> int:
    """The one N that a sentence's claims name, where another of its counts shares it; else 0.

    Such as "6 (30%), 8 (40%) and 6 (30%) of 20 recipients".
    """
    named = {other.n for other in around.explicit}
    start, end = around.sentence
    if (
        len(named) != 1
        or PATTERNS["arms"].search(plain[start:end])
        or PATTERNS["part_of"].search(plain[start : reading.start])
    ):
        return 0
    n = named.pop()
    shared = any(fits_half_up(other, n) for other in around.alike if other is not reading)
    return n if shared and n >= reading.k else 0


def _explicit_before(
    explicit: dict[int, list[Reading]], sentences: Sentences, number: int
) -> list[Reading]:
    """Claims with their own N in the sentences before of one paragraph, the nearest first."""
    found: list[Reading] = []
    for _ in range(SENTENCES_BACK):
        if not sentences.same_paragraph(number):
            break
        number -= 1
        found += explicit.get(number, [])[::-1][:NEIGHBOURS]
    return found


def _with_its_paragraphs_n(
    text: PreparedText, at: int, readings: list[Reading], named: set[int]
) -> Reading:
    """A claim that fits no N in reach, where its paragraph leaves only one that can be meant.

    Such as "A total of 67 were seen; 64 (95.4%) were mild and three (4.5%) severe; 54 (80.6%)".
    ``named``: the N that its paragraph names.
    """
    reading, plain = readings[at], text.prose
    if reading.verdict != CANNOT_TELL or not reading.strong or reading.from_curve:
        return reading
    first, last = text.sentences.around(reading.pct_start)
    if reading.n_source or PATTERNS["part_of"].search(plain[first : reading.start]):
        return reading
    around = [
        other
        for other in _around(readings, at)
        if other is not reading
        and abs(other.start - reading.start) < PARAGRAPH
        and STOP not in plain[min(other.start, reading.start) : max(other.end, reading.end)]
    ]
    if _share_another(reading, around):
        return reading
    near = [other for other in around if other.n_source == "sentence" and not other.verdict]
    shared = Counter(
        other.n for other in near if "." in other.percent or first <= other.start < last
    )
    if len(shared) == 1 and not PATTERNS["arms"].search(plain[first:last]):
        n = max(shared)
        if shared[n] >= FEWEST_SHARING and reading.k <= n:
            return reading.changed(denominator=n, n_source="sentence", verdict="")
    possible = {n for n in named | set(shared) if n > max(reading.k, 3)}
    typos = [n for n in possible if one_typo_away(reading, n)]
    only = possible == {n for n in text.totals.seen if n > reading.k} and len(possible) == 1
    if len(typos) == 1 and (typos[0] in shared or only):
        return reading.changed(denominator=typos[0], n_source="sentence", verdict="")
    return reading


def _share_another(reading: Reading, around: list[Reading]) -> bool:
    """Whether a claim beside it fits no N either, and one N would give both.

    Such as "21 (35%) did not and 39 (65%) did", which are all 60 of the 63 who could be assessed.
    """
    own = set(denominators_that_fit(reading.k, reading.percent, most=40))
    for other in around:
        if other.verdict == CANNOT_TELL and not other.n_source and not other.from_curve:
            both = reading.k + other.k
            theirs = denominators_that_fit(other.k, other.percent, most=40)
            if (fits_half_up(reading, both) and fits_half_up(other, both)) or (
                "." in reading.percent and own.intersection(theirs)
            ):
                return True
    return False


def _find_pairs(text: PreparedText, taken: list[Reading]) -> tuple[list[Reading], set[int]]:
    """Counts with their percentages, and the places of both."""
    plain = text.prose
    occupied = Occupied(len(plain) + 1, taken)
    found: list[Reading] = []
    places: set[int] = set()
    for pattern in read_patterns("counted"):
        for match in pattern.expression.finditer(plain):
            start, end = match.span()
            k_place, pct_start = match.start("k"), match.start("p")
            before = leading(plain, k_place, 1)
            alone = pattern.id == "count (percent)"
            if (
                not occupied.is_free(start, end)
                or (before and (before.isalnum() or before in "-^_"))
                or (alone and PATTERNS["describes"].match(plain, end))
                # A year, or a count that happens to look like one.
                or (1900 <= parse_count(match["k"]) <= 2100 and match["k"].isdigit())
            ):
                continue
            occupied.take(start, end)
            doubtful = alone and _names_no_people(plain[match.end("k") : pct_start])
            places |= {k_place, pct_start}
            kind = BARE if pattern.id == "percent (count)" else "counted"
            found.append(
                read_match(match, text.text, kind).changed(
                    end=end + opened(text.text[start:end], plain[end : end + 1]),
                    strong=not (pattern.weak or doubtful),
                    from_curve=from_survival_curve(text.text, start, end),
                )
            )
    return found, places


def _names_no_people(between: str) -> bool:
    """Words between count and percentage that name no people: "5 regimens were common (30%)"."""
    words = between.strip(f" \r\n([{PAD}")
    if not words or PATTERNS["people"].search(words):
        return False
    return len(words.split()) > 2 or not PATTERNS["things"].search(words)


def _resolve(text: PreparedText, reading: Reading, around: Surroundings) -> Reading | None:
    """The claim with its denominator and, where the arithmetic alone cannot tell, its verdict."""
    frames = _whole_of_whom(reading, around.here, text.prose) or [
        item for item in around.here if item.strong and item.place < reading.start
    ]
    explicit = around.explicit + around.explicit_before
    offered = _in_order(
        [item.n for item in frames],
        [item.n for item in around.here],
        [other.denominator for other in explicit],
        _counts_before(reading, explicit + around.alike, text.prose),
        [other.numerator for other in explicit if other.end <= reading.start],
        [item.n for item in around.before],
    )
    for fit in (fits_half_up, fits):  # another rounding only where half up fits none in reach
        for n in offered:
            if fit(reading, n):
                return reading.changed(denominator=n, n_source="sentence")
    if not reading.strong:
        return None
    if frames and _may_flag(text, reading, frames, around):
        return reading.changed(denominator=frames[0].n, n_source="sentence", verdict=INCONSISTENT)
    for n in text.totals.usual:
        if fits_half_up(reading, n):
            return reading.changed(denominator=n, n_source="assumed", verdict=CANNOT_TELL)
    return reading.changed(verdict=CANNOT_TELL)


def _whole_of_whom(reading: Reading, here: list[Total], plain: str) -> list[Total]:
    """Such as "35 patients had disease, of whom 8 (23%)": the number named right before."""
    if not PATTERNS["just_of_whom"].search(leading(plain, reading.start, 16)):
        return []
    before = [item for item in here if item.end <= reading.start]
    if not before or re.search(r"\d", plain[before[0].end : reading.start]):
        return []
    return before[:1]


def _in_order(*groups: Sequence[int | None]) -> list[int]:
    return list(dict.fromkeys(n for group in groups for n in group if n))


def _counts_before(reading: Reading, others: list[Reading], plain: str) -> list[int]:
    """Such as "40 (87%) were tested, of whom 30 (75%)": counts named before can be the whole."""
    of_whom = PATTERNS["of_whom"].search
    counts = [
        other.k
        for other in others
        if other.end <= reading.start and of_whom(plain[other.end : reading.start + 12])
    ]
    stretch = leading(plain, reading.start, 160)
    if of_whom(stretch):
        counts += [int(found) for found in re.findall(r"(?<![\w.,/-])\d{1,6}(?![\w.%/-])", stretch)]
    return counts[::-1]


def _may_flag(
    text: PreparedText, reading: Reading, frames: list[Total], around: Surroundings
) -> bool:
    """Whether "Of the 46 patients, 34 (75%)" leaves no other denominator that could be meant."""
    n = frames[0].n
    if reading.from_curve or len({item.n for item in frames}) > 1 or n < reading.k:
        return False
    between = text.prose[frames[0].end : reading.start]
    if not re.search(r"\d", between):  # "of whom" can only mean them
        between = PATTERNS["just_of_whom"].sub("", between)
    if PATTERNS["of_whom"].search(between) or any(
        fits_half_up(reading, n) for n in text.totals.usual
    ):
        return False
    supported = any(fits(other, n) for other in around.alike if other is not reading)
    return supported or not PATTERNS["arms"].search(text.prose[slice(*around.sentence)])


def find_lists(text: PreparedText, taken: list[Reading]) -> list[Reading]:
    """Claims whose fractions and percentages stand in two rows of equal length in one sentence.

    A list is read only if more than half of its pairs fit, so that two rows that merely have the
    same length are not taken for one.
    """
    plain, sentences = text.prose, text.sentences
    occupied = Occupied(len(plain) + 1, taken)
    fractions: dict[int, list[re.Match[str]]] = defaultdict(list)
    for match in PATTERNS["fraction"].finditer(plain):
        if occupied.is_free(match.start("k"), match.start("k") + 1):
            fractions[sentences.number(match.start())].append(match)
    found: list[Reading] = []
    for number, row in fractions.items():
        start, end = sentences.span(number)
        percentages = [
            match
            for match in PATTERNS["percent"].finditer(plain, start, end)
            if occupied.is_free(match.start("p"), match.start("p") + 1)
        ]
        for run in _runs(percentages, plain):
            if len(run) == len(row):
                readings = [_pair(text.text, *pair) for pair in zip(row, run, strict=True)]
                fitting = sum(fits(reading, reading.denominator) for reading in readings)
                if 2 * fitting > len(row) - ("respectively" in text.text[start:end].lower()):
                    found += readings
    return found


def _runs(percentages: list[re.Match[str]], plain: str) -> list[list[re.Match[str]]]:
    """Two percentages or more, joined by nothing but commas and "and"."""
    runs: list[list[re.Match[str]]] = [percentages[:1]]
    for one, other in pairwise(percentages):
        if PATTERNS["joined"].match(plain[one.end() : other.start("p")]):
            runs[-1].append(other)
        else:
            runs.append([other])
    return [run for run in runs if len(run) > 1]


def _pair(text: str, fraction: re.Match[str], percentage: re.Match[str]) -> Reading:
    return read_match(percentage, text, "list").changed(
        numerator=parse_count(fraction["k"]),
        denominator=parse_count(fraction["n"]),
        n_source="explicit",
        relation="=",
    )


NEAR = 600  # characters within which the N of a claim before may be meant


def find_percentages(text: PreparedText, taken: list[Reading]) -> tuple[list[Reading], int]:
    """Percentages of patients without a count; and how many are of something else.

    Only "P% of the N patients" is compared with its N: elsewhere another N may be meant.
    """
    ordered = sorted(taken, key=lambda reading: reading.start)
    starts = [reading.start for reading in ordered]
    own = {reading.pct_start for reading in taken}
    found, unread = [], 0
    for expression in (PATTERNS["signed"], PATTERNS["unsigned"]):
        for match in expression.finditer(text.prose):
            place = match.start("p")
            at = bisect_right(starts, place)
            if place in own or (at and place < ordered[at - 1].end):
                continue
            own.add(place)
            near = [other for other in ordered[max(at - 4, 0) : at] if place - other.start < NEAR]
            reading = _read(text, match, [other.n for other in reversed(near)])
            if reading is None:
                unread += 1
            else:
                found.append(reading)
    return found, unread


def _read(text: PreparedText, match: re.Match[str], beside: list[int]) -> Reading | None:
    """A percentage without a count, unless it is not of patients or quoted from elsewhere.

    ``beside``: the N of claims before, the nearest first.
    """
    plain, place, end = text.prose, match.start("p"), match.end()
    first, last = text.sentences.around(place)
    survival = from_survival_curve(text.text, max(place - 90, first), end)
    partner = PATTERNS["partner"].match(plain, end)
    of_people = PATTERNS["of_people"].match(plain, partner.end() if partner else end)
    whole = _whole_of_all(text, first, place)
    rate = PATTERNS["rate_was"].search(plain[max(place - 130, first) : place])
    if not (of_people or survival or rate or whole):
        return None
    if PATTERNS["from_elsewhere"].search(text.text[first : last + 2]):
        return None
    kind = "survival" if survival else "percent"
    reading = read_match(match, text.text, kind).changed(from_curve=survival, verdict=CANNOT_TELL)
    if survival:
        return reading
    if of_people and of_people["n"] and (n := int(of_people["n"])):
        alone = judge_percent_alone(n, reading.percent).verdict
        verdict = "" if reading.is_exact or alone != IMPOSSIBLE else CANNOT_TELL
        return reading.changed(
            denominator=n, n_source="sentence", end=of_people.end(), verdict=verdict
        )
    here, before = totals_near(text.totals, text.sentences, place, set())
    for n in [item.n for item in here + before] + beside:
        if n > 3 and _of_some(n, reading):
            return reading.changed(denominator=n, n_source="assumed")
    others = [item.n for item in here] + [n for n in text.named if n > 3]
    exact = reading.is_exact and "." in reading.percent
    if whole and exact and not any(_of_some(n, reading) for n in others):
        return reading.changed(denominator=whole, n_source="sentence", verdict="")
    return reading


def _of_some(n: int, reading: Reading) -> bool:
    return judge_percent_alone(n, reading.percent).verdict == CONSISTENT


def _whole_of_all(text: PreparedText, first: int, place: int) -> int:
    """Such as "Of the 17 patients, 83.1%": the one number that the sentence begins with; else 0."""
    frames = text.totals.between(first, place)
    if len(frames) != 1 or not frames[0].strong:
        return 0
    between = text.prose[frames[0].end : place]
    return 0 if re.search(rf"[\d.{STOP}]", between) else frames[0].n
