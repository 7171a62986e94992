"""Percents of patients without a count: ``45.3% of the 106 patients``, rates from a curve."""

import re
from bisect import bisect_right

from pht_core.claims.claim import CANNOT_TELL, CONSISTENT, IMPOSSIBLE, Reading
from pht_core.claims.denominators import PEOPLE, Totals, totals_near
from pht_core.claims.explicit import from_survival_curve, hedged, relation_before
from pht_core.claims.judging import judge_percent_alone
from pht_core.claims.patterns import PAD, S
from pht_core.claims.sentences import Sentences

_PERCENT = re.compile(
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
_CITED = re.compile(
    r"[(\[]\d{1,3}(?:\s?[,-]\s?\d{1,3}){0,8}[)\]]|et al\b|[a-z][.,]?\^{1,6}|"
    r"\bprevious(?:ly)?\b|\breported in\b|\bliterature\b|\bhave (?:shown|reported|achieved)\b|"
    r"\bmeta-analysis\b",
    re.IGNORECASE,
)


def find_percents(
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
    for expression in (_PERCENT, _UNSIGNED):
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
    elsewhere = _CITED.search(text[sentence[0] : min(sentence[1] + 2, len(text))])
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
        note="survival" if survival else "",
        settled=CANNOT_TELL,
    )
    if survival:
        return reading
    if n and of_people:
        exact = reading.relation == "=" and not reading.hedged
        verdict = judge_percent_alone(n, reading.percent).verdict
        settled = "" if exact or verdict != IMPOSSIBLE else CANNOT_TELL
        return reading.changed(
            denominator=n, n_source="sentence", end=of_people.end(), settled=settled
        )
    here, earlier = totals_near(totals, sentences, place, set())
    for n in [item.n for item in here + earlier] + beside:
        if n > 3 and judge_percent_alone(n, reading.percent).verdict == CONSISTENT:
            return reading.changed(denominator=n, n_source="assumed")
    return reading
