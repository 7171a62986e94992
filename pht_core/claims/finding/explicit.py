"""Claims that carry percent, count and denominator: ``44% (8/18)``, ``34 of 46 subjects (74%)``."""

import re

from pht_core.claims.claim import Reading
from pht_core.claims.finding.patterns import PAD, Pattern, find_matches, leading, read_expressions
from pht_core.claims.finding.preparing import Occupied, PreparedText
from pht_core.claims.finding.printed import parse_count
from pht_core.claims.judging.judging import fits, judge_share, share_fits
from pht_core.claims.verdicts import CONSISTENT, IMPOSSIBLE

PATTERNS = read_expressions("explicit")


def find_explicit(text: PreparedText) -> list[Reading]:
    """Claims with percentage, count and N in one place, each percentage once."""
    candidates: list[tuple[tuple[bool, int, int], Reading]] = []
    for matches in find_matches("explicit", text.plain):
        for rank, pattern, match in matches:
            reading = _read(match, pattern, text.text, text.plain)
            if _is_negative(text, reading):
                reading = reading.changed(verdict=IMPOSSIBLE, note="a proportion below 0")
            fitting = fits(reading, reading.denominator)
            if reading.strong or fitting:
                candidates.append(((not fitting, rank, reading.start), reading))
            if fitting:
                break  # what begins here too and ranks lower is never kept
    candidates.sort(key=lambda candidate: candidate[0])
    kept, occupied = [], Occupied(len(text.text) + 1)
    for _, reading in candidates:
        if occupied.is_free(*reading.span):
            occupied.take(*reading.span)
            kept.append(reading)
    return sorted(kept, key=lambda reading: reading.pct_start)


def _is_negative(text: PreparedText, reading: Reading) -> bool:
    """Whether a minus stands before its percentage: a dash between words is none."""
    at = reading.pct_start
    minus = at and text.spelled.original[text.spelled.origin(at - 1)] in "-\N{MINUS SIGN}"
    return bool(minus) and PATTERNS["negative"].search(leading(text.text, at, 3)) is not None


def read_groups(
    percentage: re.Match[str], kind: str, count: re.Match[str] | None = None, at: int = 0
) -> Reading:
    """The claim of a match with the group p and, where it or another has them, k, n and rel.

    ``at`` is where the matched text begins.
    """
    groups = percentage.groupdict() | (count.groupdict() if count else {})
    k, n = groups.get("k"), groups.get("n")
    string, end = percentage.string, percentage.end()
    while string[end : end + 1] == PAD:  # a number word ends where its last letter does
        end += 1
    return Reading(
        start=at + percentage.start(),
        end=at + end,
        pct_start=at + percentage.start("p"),
        pct_end=at + percentage.end("p"),
        percent=percentage["p"].rstrip(PAD),
        kind=kind,
        numerator=parse_count(k) if k else None,
        denominator=parse_count(n) if n else None,
        n_source="explicit" if n else None,
        relation=groups.get("rel") or "=",
    )


def read_match(match: re.Match[str], text: str, kind: str) -> Reading:
    """The same in prose, where a sign or a hedge may stand before the percentage."""
    start = match.start("p")
    return read_groups(match, kind).changed(
        relation=relation_before(text, start)[0], hedged=hedged(text, start)
    )


def hedged(text: str, start: int) -> bool:
    """Whether the words before a percent make it approximate."""
    return PATTERNS["hedge"].search(leading(text, start, 24)) is not None


def relation_before(text: str, start: int) -> tuple[str, int]:
    """The sign (<, >, ≤, ≥) printed before a percent, else "=", and where it stands."""
    match = PATTERNS["sign"].search(leading(text, start, 3))
    return (match[1], start - len(match[0])) if match else ("=", start)


def from_survival_curve(text: str, start: int, end: int) -> bool:
    """Whether the words around say that a percent is an estimate from a survival curve."""
    before = re.split(r"[.;]\s(?=[A-Z])", leading(text, start, 110))[-1]
    around = before + text[start : end + 20]
    return bool(PATTERNS["survival"].search(around) and PATTERNS["followed"].search(around))


def _read(match: re.Match[str], pattern: Pattern, text: str, plain: str) -> Reading:
    reading = read_match(match, text, "explicit")
    k, n, percent = reading.k, reading.n, reading.percent
    start, end, pct_start = reading.start, reading.end, reading.pct_start
    if reading.relation != "=":
        start = min(start, relation_before(text, pct_start)[1])
    from_curve = from_survival_curve(text, start, end) and bool(
        PATTERNS["at_a_time"].search(leading(text, start, 110))
    )
    # "higher than 65.0%", or "at least 15 of the 22 (70%)"; "higher than 65.0% (26/40)" compares.
    found = PATTERNS["bound"].search
    bound = found(leading(text, pct_start, 20)) or found(leading(text, start, 20))
    limit = ""
    if bound and "." not in percent and not from_curve:
        limit = "<" if bound["below"] else ">"
    strong = not (pattern.weak or _is_doubtful(match, k, n, percent, text, plain))
    if pattern.id == "percent, count of N" and ";" in plain[reading.pct_end : match.start("k")]:
        strong = True
    run_on = _split_run_on(percent, k, n)
    if run_on:
        pct_start += run_on
        start = max(start, pct_start) if start < pct_start <= reading.pct_end else start
    end += opened(text[start:end], text[end : end + 1])
    return reading.changed(
        start=start,
        end=end,
        pct_start=pct_start,
        percent=percent[run_on:],
        n_source="explicit",
        hedged=hedged(text, pct_start) if run_on else reading.hedged,
        strong=strong,
        bound=limit,
        from_curve=from_curve,
    )


def _is_doubtful(match: re.Match[str], k: int, n: int, percent: str, text: str, plain: str) -> bool:
    """Whether another reading is likely: a name, a date, a list, a ratio, a target."""
    k_start = match.start("k")
    glued = leading(text, k_start, 4)
    sexes = PATTERNS["sexes"].search(leading(text, k_start, 70))
    return bool(
        (glued[-1:].isalpha() and not (glued.isalpha() and glued[1:].islower()))  # ERK1/2
        or PATTERNS["no_count"].search(leading(text, k_start, 14))
        or n == 0
        # "7 patients (21.9%) of two": a number in words behind its percentage names no N.
        or (PAD in plain[match.end("n") : match.end("n") + 1] and match.end("p") < match.start("n"))
        or (k > n and PAD in plain[match.start() : match.end() + 1])
        or (1900 <= n <= 2100 and k <= 12)
        or (
            k > n and PATTERNS["target"].search(text[max(match.start() - 80, 0) : match.end() + 60])
        )
        or _one_of_a_list(match, plain)
        or PATTERNS["ratio_behind"].match(text, match.end())
        or (sexes and share_fits(k, k + n, percent))
    )


def opened(stretch: str, after: str) -> bool:
    """Whether the sign after a stretch closes a bracket that was opened in it."""
    opening = {")": "(", "]": "["}.get(after)
    return opening is not None and stretch.count(opening) > stretch.count(after)


def _one_of_a_list(match: re.Match[str], plain: str) -> bool:
    """Fractions named first and their percentages after: "32 of 38 and 28 of 34 (84% and 82%)"."""
    if not PATTERNS["more_percentages"].match(plain, match.end()):
        return False
    before = leading(plain, match.start(), 100)
    return bool(PATTERNS["fraction"].search(before.rpartition("%")[2]))


def _split_run_on(percent: str, k: int, n: int) -> int:
    """How many digits of a percent belong to the number before it.

    Text taken from a page's table runs its cells together: "week 1254.8% (46/84)" is week 12 and
    54.8%, "MPR ≥ 0.854% (13/24)" is 0.8 and 54%.
    """
    whole, _, rest = percent.partition(".")
    if len(whole) > 3 or (whole and int(whole) > 100) or (whole == "0" and len(rest) >= 3):
        for skip in range(1, len(percent) - 1):
            tail = percent[skip:]
            begins = tail[0] not in ".0" or tail.startswith("0.")
            if begins and judge_share(k, n, tail).verdict == CONSISTENT:
                return skip
    return 0
