"""Does a printed percentage match its count and denominator: exact arithmetic, and in words."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from pht_core.claims.claim import Reading
from pht_core.claims.finding.printed import COMPARE, decimals_of, parse_decimal, show_ratio
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, IMPOSSIBLE, INCONSISTENT, ROUNDING
from pht_core.model.words import listed

LEAST_APART = 10  # as a part of N, count and complement differ by more than one in so many
HEDGE = Fraction(1)  # "nearly 24%": a point either way
OTHER_ROUNDINGS = (("half to even", round), ("truncated", floor), ("rounded up", ceil))


@dataclass(frozen=True)
class Judgement:
    """A verdict and the arithmetic that leads to it, as a sentence."""

    verdict: str
    arithmetic: str


def judge_share(
    numerator: int,
    denominator: int,
    percent: str,
    *,
    relation: str = "=",
    hedged: bool = False,
) -> Judgement:
    """Compare a percentage, as printed with a decimal point, with 100 k / N.

    relation : ``=``, or the sign printed before the percent (<, >, ≤, ≥). hedged : "about",
    "nearly": a point either way is consistent.

    >>> judge_share(16, 17, "96.12").arithmetic
    '16/17 = 94.1176 -> 94.12; printed 96.12; no count of 17 gives 96.12; 15 -> 88.24, 17 -> 100'
    >>> judge_share(1, 16, "6.2").verdict, judge_share(51, 86, "59.3").verdict
    ('rounding', 'consistent')
    """
    k, n = numerator, denominator
    if n == 0:
        return Judgement(CANNOT_TELL, f"{k}/0 is not a proportion")
    share, right = _show(k, n, percent)
    sentence = f"{share} -> {right}"
    if relation == "=" and right == percent and k <= n:
        return Judgement(CONSISTENT, sentence)
    exact, printed = Fraction(100 * k, n), parse_decimal(percent)
    if relation != "=":
        # "> 24%" for 23.6: the bound is itself rounded.
        near = abs(exact - printed) <= Fraction(1, 10 ** decimals_of(percent))
        if k > n:
            return Judgement(IMPOSSIBLE, f"{share}: the count exceeds N")
        if near or COMPARE[relation](exact, printed):
            return Judgement(CONSISTENT, f"{share}, printed {relation} {percent}")
        return Judgement(INCONSISTENT, f"{share}; printed {relation} {percent}")
    if k > n:
        return Judgement(IMPOSSIBLE, f"{k} exceeds {n}; printed {percent}")
    if Fraction(right) == printed:
        return Judgement(CONSISTENT, sentence)
    if rounding := _other_rounding(exact, percent):
        return Judgement(ROUNDING, f"{sentence}; printed {percent}, which is {rounding}")
    if hedged and abs(exact - printed) <= HEDGE:
        return Judgement(CONSISTENT, f"{sentence}; printed about {percent}")
    if printed > 100:
        return Judgement(IMPOSSIBLE, f"{sentence}; printed {percent}, a proportion above 100%")
    sentence += f"; printed {percent}; {_counts_that_fit(k, n, percent)}"
    if totals := denominators_that_fit(k, percent):
        sentence += f"; {' or '.join(f'{k}/{other}' for other in totals)} = {percent}"
    return Judgement(INCONSISTENT, sentence)


def _other_rounding(exact: Fraction, percent: str) -> str:
    """The way of rounding, other than half up, that gives a printed percentage; empty if none."""
    unit = 10 ** decimals_of(percent)
    printed = parse_decimal(percent) * unit
    return next((name for name, rule in OTHER_ROUNDINGS if rule(exact * unit) == printed), "")


def _in_units(percent: str) -> tuple[int, int]:
    """A percentage in units of its last digit, and how many of these are one percent."""
    whole, _, rest = percent.partition(".")
    unit = 10 ** len(rest)
    return int(whole or 0) * unit + int(rest or 0), unit


def share_fits(numerator: int, denominator: int, percent: str) -> bool:
    """Whether a percent is that of k of N by any way of rounding; whole numbers throughout.

    >>> share_fits(51, 86, "59.3"), share_fits(1, 8, "12"), share_fits(16, 17, "96.12")
    (True, True, False)
    """
    k, n = numerator, denominator
    if n <= 0 or k > n:
        return False
    printed, unit = _in_units(percent)
    # Half up, half to even, cut off and rounded up all give a neighbour of the exact value.
    return abs(100 * k * unit - printed * n) < n


def fits(reading: Reading, n: int | None) -> bool:
    """Whether a claim's percentage is its count of n by any way of rounding."""
    if reading.numerator is None or not n:
        return False
    rounded = reading.relation == "=" and share_fits(reading.numerator, n, reading.percent)
    return rounded or (not reading.is_exact and _is_consistent(reading, n))


def fits_half_up(reading: Reading, n: int | None) -> bool:
    """Whether a claim's percentage is its count of n, half up (or as its sign or hedge allows)."""
    k = reading.numerator
    if k is None or not n or not 0 < n >= k:
        return False
    if not reading.is_exact:
        return _is_consistent(reading, n)
    printed, unit = _in_units(reading.percent)
    return (200 * k * unit + n) // (2 * n) == printed


def _is_consistent(reading: Reading, n: int) -> bool:
    found = judge_share(
        reading.k, n, reading.percent, relation=reading.relation, hedged=reading.hedged
    )
    return found.verdict == CONSISTENT


def judge_percent_alone(denominator: int, percent: str) -> Judgement:
    """Whether any count of N gives a percent that is printed without one (GRIM).

    >>> judge_percent_alone(17, "82.35").arithmetic, judge_percent_alone(17, "83.1").verdict
    ('14/17 = 82.3529 -> 82.35', 'impossible')
    """
    n, decimals, printed = denominator, decimals_of(percent), parse_decimal(percent)
    if printed > 100:
        return Judgement(IMPOSSIBLE, f"{percent}% is a proportion above 100%")
    if n >= 10 ** (decimals + 2):
        why = f"with N = {n} any percentage with {decimals} decimals is possible"
        return Judgement(CANNOT_TELL, why)
    for k in counts_that_fit(n, percent)[:1]:
        return Judgement(CONSISTENT, " -> ".join(_show(k, n, percent)))
    below = floor(printed * n / 100)
    for k in (below, below + 1):
        if _other_rounding(Fraction(100 * k, n), percent):
            sentence = f"{k}/{n} = {show_ratio(100 * k, n, 4)}; printed {percent}"
            return Judgement(ROUNDING, sentence)
    near = _shares([below, below + 1], n, decimals)
    return Judgement(IMPOSSIBLE, f"no count of {n} gives {percent}; {near}")


def counts_that_fit(denominator: int, percent: str) -> list[int]:
    """Every k of which 100 k / N, half up, is the printed percent; a thousand at most."""
    printed, unit = _in_units(percent)
    # Half up: at least the printed value less half a unit, and below it plus half a unit.
    low, high = (
        ceil(Fraction(end * denominator, 200 * unit)) for end in (2 * printed - 1, 2 * printed + 1)
    )
    return list(range(max(low, 0), min(high, denominator + 1, max(low, 0) + 1001)))


@lru_cache(maxsize=8192)
def denominators_that_fit(numerator: int, percent: str, most: int = 3) -> tuple[int, ...]:
    """The N of which k is the printed percentage, half up; none if there are more than ``most``.

    >>> denominators_that_fit(57, "53.27"), denominators_that_fit(60, "56.07")
    ((107,), (107,))
    """
    printed, unit = _in_units(percent)
    if numerator == 0 or printed == 0:
        return ()
    scaled = 200 * numerator * unit
    # Half up: at least the printed value less half a unit, and below it plus half a unit.
    least = max(scaled // (2 * printed + 1) + 1, numerator)
    found = range(least, scaled // (2 * printed - 1) + 1)
    return tuple(found) if len(found) <= most else ()


def _show(k: int, n: int, percent: str) -> tuple[str, str]:
    """Such as "16/17 = 94.1176" and "94.12": all digits where they end, else two more."""
    decimals = decimals_of(percent)
    share = show_ratio(100 * k, n, max(4, decimals + 2))
    if 10000 * k % n == 0:
        share = show_ratio(100 * k, n, 2).rstrip("0").rstrip(".")
    return f"{k}/{n} = {share}", show_ratio(100 * k, n, decimals)


def _counts_that_fit(k: int, n: int, percent: str) -> str:
    """Such as "no count of 17 gives 96.12; 15 -> 88.24, 17 -> 100"."""
    fits = counts_that_fit(n, percent)
    if fits:
        return f"{percent} is {listed([str(count) for count in fits[:3]], 'or')} of {n}"
    below = floor(parse_decimal(percent) * n / 100)
    near = [k - 1, k + 1] if k in (below, below + 1) else [below, below + 1]
    return f"no count of {n} gives {percent}; {_shares(near, n, decimals_of(percent))}"


def _shares(counts: list[int], n: int, decimals: int) -> str:
    """Counts of n with their percentages: "15 -> 88.24, 17 -> 100"."""
    shares = {k: show_ratio(100 * k, n, decimals) for k in counts if 0 <= k <= n}
    return ", ".join(f"{k} -> {'100' if k == n else share}" for k, share in shares.items())


def one_typo_away(reading: Reading, n: int) -> bool:
    """Whether changing one digit of the count or of the percentage makes it a share of ``n``.

    Percentages without decimals fit too many counts to tell anything: never.

    >>> wrong = Reading(0, 1, 0, 1, "73.9", "counted", numerator=13)
    >>> one_typo_away(wrong, 23), one_typo_away(wrong.changed(percent="74"), 23)
    (True, False)
    """
    k, percent = reading.k, reading.percent
    if not decimals_of(percent) or not reading.is_exact:
        return False
    pairs = [(int(changed), percent) for changed in _one_digit_changed(str(k))]
    pairs += [(k, changed) for changed in _one_digit_changed(percent)]
    return any(share_fits(count, n, share) for count, share in pairs)


def more_than_missing(reading: Reading, n: int) -> bool:
    """Whether a mismatch is a typo and not due to missing data of some patients.

    Where data are missing N is smaller, and the percentage of a count only larger.

    >>> claim = Reading(0, 1, 0, 1, "45.5", "table", numerator=536)  # 516 of 1135
    >>> more_than_missing(claim, 1135), more_than_missing(claim.changed(percent="48.2"), 1135)
    (True, False)
    """
    return 100 * reading.k > float(reading.percent) * n and one_typo_away(reading, n)


def _one_digit_changed(number: str) -> list[str]:
    return [
        f"{number[:at]}{other}{number[at + 1 :]}"
        for at, digit in enumerate(number)
        for other in "0123456789"
        if digit.isdigit() and other != digit
    ]


def _is_of_the_others(reading: Reading, k: int, n: int) -> bool:
    """Such as "5 failures of 1077 (99.5% passed)"; near a half another misprint is as likely."""
    apart = abs(n - 2 * k) * LEAST_APART > n
    return apart and fits_half_up(reading.changed(numerator=n - k), n)


def judge_reading(reading: Reading) -> Judgement:
    """The verdict of a claim as it was read."""
    k, n = reading.numerator, reading.denominator
    if reading.kind == "survival" and k is None:
        return Judgement(CANNOT_TELL, "an estimate from a survival curve need not be a proportion")
    if n is None:
        return Judgement(CANNOT_TELL, "no denominator nearby")
    if k is None:
        alone = judge_percent_alone(n, reading.percent)
        if reading.verdict == CANNOT_TELL:
            return Judgement(CANNOT_TELL, f"no count is printed; {alone.arithmetic}")
        return alone
    found = judge_share(k, n, reading.percent, relation=reading.relation, hedged=reading.hedged)
    verdict, why = found.verdict, ""
    if reading.verdict == CANNOT_TELL:
        verdict, why = CANNOT_TELL, reading.note or f"N = {n} is not stated nearby"
    elif reading.verdict == IMPOSSIBLE:
        verdict, why = IMPOSSIBLE, reading.note
    elif verdict == CONSISTENT:
        inferred = reading.n_source == "assumed" and reading.kind == "table"
        why = "N inferred" if inferred else ""
    elif reading.note:
        why = reading.note
    elif reading.bound and verdict == INCONSISTENT:
        as_bound = judge_share(k, n, reading.percent, relation=reading.bound)
        if as_bound.verdict == CONSISTENT:
            return as_bound
        verdict, why = CANNOT_TELL, "the percentage may be a limit"
    elif verdict == INCONSISTENT and _is_of_the_others(reading, k, n):
        verdict, why = CANNOT_TELL, f"it is the percentage of the other {n - k} of {n}"
    elif reading.from_curve and verdict == INCONSISTENT:
        verdict, why = CANNOT_TELL, "an estimate from a survival curve need not be a proportion"
    return Judgement(verdict, f"{found.arithmetic}; {why}") if why else found
