"""Statements that rest on a model: intervals, standard errors, p values, hazard ratios.

For each, the usual methods are tried and the one that gives the print is named. What none gives
is only said to be so, as a model with covariates may have been used, unless no model can give it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from math import log, sqrt

from pht_core.claims.claim import Finding, Reading
from pht_core.claims.finding.explicit import from_survival_curve
from pht_core.claims.finding.patterns import read_expressions
from pht_core.claims.finding.preparing import PreparedText
from pht_core.claims.finding.printed import COMPARE, decimals_of
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, INCONSISTENT

PATTERNS = read_expressions("model_based")

_WIDEST_GAP = 110
LEAST_SHARE = 5  # percent: nearer to 0 or 100 an interval's width depends on how it is made
NARROWEST = 0.8  # of the least width that a standard error allows: transformed scales differ
LEVEL = 0.05
MOST_BARNARD = 2500  # n x m: beyond, it takes too long and hardly differs from chi-squared
FAR = 10  # a p value so many times larger or smaller than every test's is of none of them


Found = Iterator[Finding]


def check_models(text: PreparedText, readings: list[Reading]) -> Found:
    """Intervals beside k/n, ± beside rates, p beside two fractions, ratios with their intervals."""
    shares = [r for r in readings if r.numerator is not None and r.denominator]
    shares.sort(key=lambda reading: reading.start)
    yield from check_intervals(text, shares)
    yield from check_rates(text)
    yield from check_standard_errors(text)
    yield from check_p_values(text, [r for r in shares if r.n_source == "explicit"])
    yield from check_ratios(text)


def _find(
    text: PreparedText,
    kind: str,
    verdict: str,
    message: str,
    match: re.Match[str],
    *readings: Reading,
) -> Finding:
    """A finding at a match and the claims that belong to it."""
    places = [match.span(), *(reading.span for reading in readings)]
    return Finding.at(text.spelled, kind, verdict, message, sorted(places))


def check_intervals(text: PreparedText, readings: list[Reading]) -> Found:
    """Which method gives the confidence interval printed beside a count and its N."""
    starts = [reading.start for reading in readings]
    for match in text.matches(PATTERNS["interval"]):
        at = bisect_right(starts, match.start())
        near = [
            reading
            for reading in readings[max(at - 3, 0) : at]
            if (
                match.start() >= reading.end
                and PATTERNS["adjoining"].fullmatch(text.text, reading.end, match.start())
            )
            or reading.start <= match.start() <= reading.end
        ]
        if len(near) == 1 and "%" not in text.text[near[0].end : match.start()]:
            yield from _check_interval(text, near[0], match)


def _check_interval(text: PreparedText, reading: Reading, match: re.Match[str]) -> Found:
    k, n = reading.k, reading.n
    printed, level = f"{match[2]}-{match[3]}", float(match["level"]) / 100
    low, high = float(match[2]), float(match[3])
    if n <= 0 or k > n or reading.from_curve:
        return
    share = 100 * k / n
    decimals = max(decimals_of(match[2]), decimals_of(match[3]))
    if decimals >= 2 and max(low, high) <= 1 < share:
        return  # a proportion, not a percentage
    if low > high or high > 100:
        wrong = "its limits are the wrong way round" if low > high else "a limit is above 100%"
        message = f"{k}/{n}: the interval printed beside it is {printed}; {wrong}"
        yield _find(text, "interval", INCONSISTENT, message, match, reading)
        return
    step = 10.0**-decimals
    near = 0.51 * step + 1e-9
    intervals = proportion_intervals(k, n, level)
    methods = [
        m for m, (a, b) in intervals.items() if abs(a - low) <= near and abs(b - high) <= near
    ]
    if methods:
        verdict = CONSISTENT
        message = f"{k}/{n}: {printed} is the {methods[0]} interval"
    elif not low - step <= share <= high + step:
        verdict = INCONSISTENT
        message = f"{k}/{n} = {share:.4g}% lies outside the interval printed beside it, {printed}"
    else:
        verdict = CANNOT_TELL
        usual = [f"{m} {a:.{decimals}f}-{b:.{decimals}f}" for m, (a, b) in intervals.items()]
        message = f"{k}/{n}: none of the usual intervals is {printed} ({'; '.join(usual[:3])})"
    yield _find(text, "interval", verdict, message, match, reading)


def check_rates(text: PreparedText) -> Found:
    """A rate without its count that lies outside its interval, or one too narrow for all patients.

    With n patients no standard error is below sqrt(p(1-p)/n): an interval far narrower than that
    allows is of no survival curve of theirs.
    """
    for match in PATTERNS["rate_interval"].finditer(text.text):
        share, low, high = (float(match[name]) for name in ("p", "low", "high"))
        rate = f"{match['p']}% ({match['low']}-{match['high']})"
        if low > high or not low <= share <= high:
            wrong = "the limits are the wrong way round" if low > high else "outside its interval"
            yield _find(text, "interval", INCONSISTENT, f"{rate}: {wrong}", match)
            continue
        n = max(text.named, default=0)
        if not n or not from_survival_curve(text.text, match.start() - 60, match.end()):
            continue
        least = 2 * 1.96 * sqrt(share * (100 - share) / n)
        if LEAST_SHARE < share < 100 - LEAST_SHARE and high - low < NARROWEST * least - 0.2:
            message = f"{rate}: with {n} patients the interval is at least {least:.3g} points wide"
            yield _find(text, "interval", INCONSISTENT, message, match)


def proportion_intervals(k: int, n: int, level: float = 0.95) -> dict[str, tuple[float, float]]:
    """The usual confidence intervals of k of n, as percentages.

    >>> low, high = proportion_intervals(34, 46)["Wilson"]
    >>> f"{low:.1f}-{high:.1f}"
    '59.7-84.4'
    """
    from scipy.stats import beta, binomtest, norm

    tail = (1 - level) / 2
    p, z = k / n, float(norm.isf(tail))
    wald = z * sqrt(p * (1 - p) / n)
    agresti = (k + z * z / 2) / (n + z * z)
    spread = z * sqrt(agresti * (1 - agresti) / (n + z * z))
    corrected = wald + 1 / (2 * n)
    by_scipy = binomtest(k, n).proportion_ci
    intervals = {
        "Wilson": by_scipy(level, "wilson"),
        "Clopper-Pearson": by_scipy(level, "exact"),
        "Wald": (p - wald, p + wald),
        "Wald with continuity correction": (p - corrected, p + corrected),
        "Agresti-Coull": (agresti - spread, agresti + spread),
        "Jeffreys": (
            beta.ppf(tail, k + 0.5, n - k + 0.5) if k else 0.0,
            beta.isf(tail, k + 0.5, n - k + 0.5) if k < n else 1.0,
        ),
        # Newcombe, Stat Med 1998;17:857, method 4: R's prop.test.
        "Wilson with continuity correction": by_scipy(level, "wilsoncc"),
    }
    if k in (0, n):  # of none or all there is one limit only
        limit = (1 - level) ** (1 / n)
        intervals["one-sided Clopper-Pearson"] = (limit, 1.0) if k else (0.0, 1 - limit)
    return {
        name: (100 * max(float(low), 0.0), 100 * min(float(high), 1.0))
        for name, (low, high) in intervals.items()
    }


def check_standard_errors(text: PreparedText) -> Found:
    """± beside a survival rate: sqrt(p(1-p)/n) is the least standard error that n patients allow.

    Equal means that nobody was censored before the last event by then.
    """
    for match in text.matches(PATTERNS["spread"]):
        if not from_survival_curve(text.text, match.start() - 60, match.end()):
            continue
        share, error = float(match["p"]), float(match["e"])
        near = 0.5 * 10.0 ** -decimals_of(match["e"]) + 0.01
        most = max(text.named, default=0)
        least = sqrt(share * (100 - share) / most) if most and share < 100 else 0
        if 0 < error < least - near:
            message = (
                f"{match['p']} ± {match['e']}: with {most} patients, the most that are named, the "
                f"standard error is at least {least:.2f}"
            )
            yield _find(text, "standard error", INCONSISTENT, message, match)
            continue
        for n in sorted(text.totals.seen):
            if abs(sqrt(share * (100 - share) / n) - error) > near:
                continue
            k = round(share * n / 100)
            least = 100 * sqrt(k * (n - k) / n**3)
            message = (
                f"{match['p']} ± {match['e']}: {k}/{n} = {100 * k / n:.2f} with the standard error "
                f"{least:.2f}, the smallest possible with {n} patients: nobody was censored before "
                "the last event by then; ± denotes a standard error, not a confidence limit"
            )
            yield _find(text, "standard error", CONSISTENT, message, match)
            break


def check_p_values(text: PreparedText, readings: list[Reading]) -> Found:
    """A p value beside two fractions: which test gives it; reported only if none comes near."""
    words = text.text
    starts = [reading.start for reading in readings]
    for match in text.matches(PATTERNS["p_value"]):
        at = bisect_right(starts, match.start())
        near = [
            r
            for r in readings[max(at - 4, 0) : at]
            if r.end <= match.start() and match.start() - r.end <= 3 * _WIDEST_GAP
        ]
        if len(near) < 2:
            continue
        one, other = near[-2:]
        gap, after = words[one.end : other.start], words[other.end : match.start()]
        if len(gap) > _WIDEST_GAP or len(after) > 45 or not PATTERNS["between_arms"].search(gap):
            continue
        if re.search(r"[.;]\s", gap) or re.search(r"\.\s", after) or one.denominator == 0:
            continue
        third = (
            len(near) > 2
            and one.start - near[-3].end < 60
            and "." not in words[near[-3].end : one.start]
        )
        begin = max(words.rfind(". ", 0, one.start), 0)
        if not third and not PATTERNS["modelled"].search(words[begin : match.end() + 60]):
            yield from _check_p(text, one, other, match)


def _check_p(text: PreparedText, one: Reading, other: Reading, match: re.Match[str]) -> Found:
    a, n, c, m = one.k, one.n, other.k, other.n
    possible = a <= n and c <= m and max(n, m) <= 10**6
    tests = two_fraction_tests(a, n, c, m) if possible else {}
    if not tests:
        return
    value, step = float(match["p"]), 10.0 ** -decimals_of(match["p"])
    message = f"{a}/{n} and {c}/{m}, p {match['sign']} {match['p']}: "
    equal = match["sign"] == "="
    for name, p in tests.items():
        same = abs(p - value) <= 0.5 * step + 1e-12 if equal else COMPARE[match["sign"]](p, value)
        if same:
            message += f"{name} gives {p:.3g}"
            yield _find(text, "p value", CONSISTENT, message, match, one, other)
            return
    shown = ", ".join(f"{name} {p:.3g}" for name, p in list(tests.items())[:3])
    message += f"no usual test gives it ({shown})"
    far = all(_is_far(p, value, step, match["sign"]) for p in tests.values())
    verdict = INCONSISTENT if far else CANNOT_TELL
    yield _find(text, "p value", verdict, message, match, one, other)


def _is_far(p: float, value: float, step: float, sign: str) -> bool:
    """Whether a p value contradicts the printed one, and not by the choice of a test."""
    below, above = max(value - step / 2, step / 2), value + step / 2
    much_less = p * FAR < below and p < LEVEL <= above
    much_more = p > above * FAR and p > LEVEL >= below
    return (sign in "=>≥" and much_less) or (sign in "=<≤" and much_more)


def two_fraction_tests(a: int, n: int, c: int, m: int) -> dict[str, float]:
    """P values of the usual tests of a/n against c/m.

    >>> tests = two_fraction_tests(7, 46, 10, 45)
    >>> f"{tests['Fisher']:.3f} {tests['chi-squared']:.3f} {tests['Yates']:.3f}"
    '0.431 0.391 0.556'
    """
    from scipy.stats import barnard_exact, chi2_contingency, hypergeom, norm

    total, hits = n + m, a + c
    if not n or not m or hits in (0, total):
        return {}
    counts = [[a, c], [n - a, m - c]]
    table = hypergeom(total, hits, n)
    here = float(table.pmf(a))
    masses = table.pmf(range(max(0, hits - m), min(n, hits) + 1))
    fisher = float(masses[masses <= here * (1 + 1e-7)].sum())
    plain = float(chi2_contingency(counts, correction=False).pvalue)
    error = sqrt(a * (n - a) / n**3 + c * (m - c) / m**3)
    tests = {
        "Fisher": min(fisher, 1.0),
        "chi-squared": plain,
        "Yates": float(chi2_contingency(counts).pvalue),
        "one-sided Fisher": min(float(table.cdf(a)), float(table.sf(a - 1))),
        "mid-p": min(fisher - here / 2, 1.0),
        "one-sided chi-squared": plain / 2,
        "unpooled z": 2 * float(norm.sf(abs(a / n - c / m) / error)) if error else 0.0,
    }
    if n * m <= MOST_BARNARD:
        tests["Barnard"] = float(barnard_exact(counts).pvalue)
    return tests


def check_ratios(text: PreparedText) -> Found:
    """A hazard, odds or risk ratio with its interval: within it, midway on the log scale, and p."""
    for match in text.matches(PATTERNS["hazard"]):
        ratio, low, high = (Fraction(match[name]) for name in ("r", "low", "high"))
        half = Fraction(1, 2 * 10 ** min(decimals_of(match["low"]), decimals_of(match["r"])))
        if low > high or low <= half:
            continue
        given = f"{match['name']} {match['r']} ({match['low']}-{match['high']})"
        least = sqrt(float((low - half) * (high - half)))
        most = sqrt(float((low + half) * (high + half)))
        if not low - half <= ratio <= high + half:
            message = f"{given}: the ratio lies outside its interval"
            yield _find(text, "ratio", INCONSISTENT, message, match)
        elif not least - float(half) - 1e-9 <= float(ratio) <= most + float(half) + 1e-9:
            middle = sqrt(float(low * high))
            message = f"{given}: the middle of the interval on the log scale is {middle:.3g}"
            yield _find(text, "ratio", CANNOT_TELL, message, match)
        else:
            yield from _check_p_of_ratio(text, match, given, float(half))


def _check_p_of_ratio(text: PreparedText, match: re.Match[str], given: str, half: float) -> Found:
    """The p value behind a ratio: within what its interval allows, all digits being rounded."""
    behind = re.split(r"\.\s", text.text[match.end() : match.end() + 25])[0]
    p = PATTERNS["p_value"].search(behind)
    if not p:
        return
    from scipy.stats import norm

    ratio, low, high = (float(match[name]) for name in ("r", "low", "high"))
    value, step = float(p["p"]), 10.0 ** -decimals_of(p["p"])
    allowed = []
    for r in (max(ratio - half, 1e-6), ratio, ratio + half):
        for a, b in ((low - half, high + half), (low + half, high - half)):
            width = (log(max(b, 1e-6)) - log(max(a, 1e-6))) / (2 * 1.959964)
            if width > 0:
                allowed.append(2 * float(norm.sf(abs(log(r)) / width)))
    if not allowed:
        return
    least, most = min(allowed), max(allowed)
    nearest = least if p["sign"] in "<≤" else most
    if (
        least - step <= value <= most + step
        if p["sign"] == "="
        else COMPARE[p["sign"]](nearest, value)
    ):
        return
    message = (
        f"{given}, p {p['sign']} {p['p']}: the interval corresponds to p from {least:.2g} to "
        f"{most:.2g}"
    )
    opposed = (value < 0.04 and least > 0.07 and p["sign"] in "=<") or (
        value > 0.07 and most < 0.04 and p["sign"] in "=>"
    )
    yield _find(text, "ratio", INCONSISTENT if opposed else CANNOT_TELL, message, match)
