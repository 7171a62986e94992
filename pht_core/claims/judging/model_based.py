"""Statements that rest on a model: intervals, standard errors, p values, hazard ratios.

For each, the usual methods are tried and the one that gives the print is named. What none gives
is only said to be so: a model with covariates may have been used.
"""

import re
from bisect import bisect_right
from fractions import Fraction
from math import log, sqrt

from pht_core.claims.claim import Finding, Reading
from pht_core.claims.finding.explicit import from_survival_curve
from pht_core.claims.finding.printed import decimals_of
from pht_core.claims.reading.typography import Spelled
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, INCONSISTENT

_NUMBER = r"(\d{1,3}(?:\.\d{1,4})?|\.\d{1,4})"
_INTERVAL = re.compile(
    rf"(?P<level>8\d|9\d(?:\.\d)?)\s?%\s?-?(?:CI|confidence intervals?|"
    rf"CrI)\b[\s:=,;]{{0,3}}(?:of )?[(\[]?\s?"
    rf"{_NUMBER}\s?%?\s{{0,3}}(?:-|to|,|;|and)\s{{0,3}}{_NUMBER}\s?%?",
    re.IGNORECASE,
)
_SPREAD = re.compile(
    r"(?P<p>\d(?<![\d.,/-]\d)\d{0,2}(?:\.\d{1,3})?)\s?%\s{0,2}\(?\s?(?:±|\+/-|"
    r"\+-)\s?(?P<e>\d{1,2}(?:\.\d{1,3})?)\s?%?"
)
_P_VALUE = re.compile(
    r"\bp(?:\s?-?\s?value)?\s?(?P<sign>[=<>≤≥])\s?(?P<p>0?\.\d{1,6})(?!\d)", re.IGNORECASE
)
_HAZARD = re.compile(
    r"\b(?P<name>(?:a?HR|hazard ratio|a?OR|odds ratio|RR|relative risk|"
    r"risk ratio))(?:\s?[(\[](?:a?HR|a?OR|RR)[)\]])?"
    r"[\s:=,]{1,3}(?:of |was )?(?P<r>\d{1,3}\.\d{1,3})[\s;,]{0,3}[(\[]?\s?95\s?%\s?(?:CI|"
    r"confidence interval)[\s:=,;]{0,3}[(\[]?\s?"
    r"(?P<low>\d{1,3}\.\d{1,3})\s{0,2}(?:-|to|,)\s{0,2}(?P<high>\d{1,3}\.\d{1,3})",
    re.IGNORECASE,
)
_MODELLED = re.compile(
    r"adjust|trend|log-?rank|logistic|regression|mantel|mcnemar|paired|inferior|interaction|mixed|"
    r"multivaria|stratif|cochran|anova|kruskal|cox\b|GEE|cluster|one-sided|hazard|ratio|bonferroni",
    re.IGNORECASE,
)
_BETWEEN_ARMS = re.compile(
    r"\b(?:vs\.?|versus|v|compared (?:with|to)|against|and|in contrast to|than)\b", re.IGNORECASE
)
_ADJOINING = re.compile(r"[\s,;:(\[)\]]{0,6}")
_WIDEST_GAP = 110


def check_models(
    spelled: Spelled, readings: list[Reading], usual: tuple[int, ...]
) -> list[Finding]:
    """Intervals beside k/n, ± beside rates, p beside two fractions, ratios with their intervals."""
    explicit = [r for r in readings if r.numerator is not None and r.denominator]
    explicit.sort(key=lambda reading: reading.start)
    found = check_intervals(spelled, explicit)
    found += check_standard_errors(spelled, usual)
    found += check_p_values(spelled, [r for r in explicit if r.n_source == "explicit"])
    return found + check_ratios(spelled)


def check_intervals(spelled: Spelled, readings: list[Reading]) -> list[Finding]:
    """Which method gives the confidence interval printed beside a count and its N."""
    found = []
    starts = [reading.start for reading in readings]
    for match in _INTERVAL.finditer(spelled.text):
        at = bisect_right(starts, match.start())
        near = [
            reading
            for reading in readings[max(at - 3, 0) : at]
            if (
                match.start() >= reading.end
                and _ADJOINING.fullmatch(spelled.text, reading.end, match.start())
            )
            or reading.start <= match.start() <= reading.end
        ]
        if len(near) != 1 or "%" in spelled.text[near[0].end : match.start()]:
            continue
        finding = _judge_interval(spelled, near[0], match)
        if finding:
            found.append(finding)
    return found


def _judge_interval(spelled: Spelled, reading: Reading, match: re.Match[str]) -> Finding | None:
    k, n = reading.numerator or 0, reading.denominator or 0
    low, high, level = match[2], match[3], float(match["level"]) / 100
    if not n > 0 or k > n or reading.from_curve or float(high) > 100 or float(low) > float(high):
        return None
    share = 100 * k / n
    decimals = max(decimals_of(low), decimals_of(high))
    if decimals >= 2 and float(high) <= 1 < share:
        return None  # a proportion, not a percent
    step = 10.0**-decimals
    for name, (a, b) in proportion_intervals(k, n, level).items():
        if abs(a - float(low)) <= 0.51 * step + 1e-9 and abs(b - float(high)) <= 0.51 * step + 1e-9:
            return _finding(
                spelled,
                "interval",
                CONSISTENT,
                match,
                reading,
                f"{k}/{n}: {low}-{high} is the {name} interval",
            )
    all_given = "; ".join(
        f"{name} {a:.{decimals}f}-{b:.{decimals}f}"
        for name, (a, b) in list(proportion_intervals(k, n, level).items())[:3]
    )
    if not float(low) - step <= share <= float(high) + step:
        text = f"{k}/{n} = {share:.4g}% lies outside the interval printed beside it, {low}-{high}"
        return _finding(spelled, "interval", INCONSISTENT, match, reading, text)
    text = f"{k}/{n}: none of the usual intervals is {low}-{high} ({all_given})"
    return _finding(spelled, "interval", CANNOT_TELL, match, reading, text)


def proportion_intervals(k: int, n: int, level: float = 0.95) -> dict[str, tuple[float, float]]:
    """The usual confidence intervals of k of n, as percents.

    >>> low, high = proportion_intervals(34, 46)["Wilson"]
    >>> f"{low:.1f}-{high:.1f}"
    '59.7-84.4'
    """
    from scipy.special import betaincinv
    from scipy.stats import norm

    tail = (1 - level) / 2
    z = float(norm.ppf(1 - tail))
    p = k / n
    middle, wide = (p + z * z / (2 * n)) / (1 + z * z / n), z / (1 + z * z / n)
    half = wide * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    wald = z * sqrt(p * (1 - p) / n)
    agresti = (k + z * z / 2) / (n + z * z)
    spread = z * sqrt(agresti * (1 - agresti) / (n + z * z))
    exact_low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
    exact_high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    jeffreys = (
        float(betaincinv(k + 0.5, n - k + 0.5, tail)) if k else 0.0,
        float(betaincinv(k + 0.5, n - k + 0.5, 1 - tail)) if k < n else 1.0,
    )
    corrected = 1 / (2 * n)
    intervals = {
        "Wilson": (middle - half, middle + half),
        "Clopper-Pearson": (exact_low, exact_high),
        "Wald": (p - wald, p + wald),
        "Wald with continuity correction": (p - wald - corrected, p + wald + corrected),
        "Agresti-Coull": (agresti - spread, agresti + spread),
        "Jeffreys": jeffreys,
    }
    return {
        name: (100 * max(low, 0.0), 100 * min(high, 1.0)) for name, (low, high) in intervals.items()
    }


def check_standard_errors(spelled: Spelled, usual: tuple[int, ...]) -> list[Finding]:
    """± beside a survival rate: sqrt(p(1-p)/n) is the least standard error that n patients allow.

    Equal means that nobody was censored before the last event by then.
    """
    found = []
    for match in _SPREAD.finditer(spelled.text):
        if not from_survival_curve(spelled.text, match.start() - 60, match.end()):
            continue
        share, error = float(match["p"]), float(match["e"])
        step = 10.0 ** -decimals_of(match["e"])
        for n in sorted(usual):
            floor = sqrt(share * (100 - share) / n)
            if abs(floor - error) <= 0.5 * step + 0.01:
                k = round(share * n / 100)
                least = 100 * sqrt(k * (n - k) / n**3)
                text = (
                    f"{match['p']} ± {match['e']}: {k}/{n} = {100 * k / n:.2f} with the standard "
                    f"error "
                    f"{least:.2f}, the least that {n} patients allow: nobody was censored before "
                    "the last event by then; ± is a standard error, no confidence limit"
                )
                found.append(_finding(spelled, "standard error", CONSISTENT, match, None, text))
                break
    return found


def check_p_values(spelled: Spelled, readings: list[Reading]) -> list[Finding]:
    """A p value beside two fractions: which test gives it; told only if none comes near."""
    found = []
    text = spelled.text
    starts = [reading.start for reading in readings]
    for match in _P_VALUE.finditer(text):
        at = bisect_right(starts, match.start())
        near = [
            r
            for r in readings[max(at - 4, 0) : at]
            if r.end <= match.start() and match.start() - r.end <= 3 * _WIDEST_GAP
        ]
        if len(near) < 2:
            continue
        one, other = near[-2:]
        gap, after = text[one.end : other.start], text[other.end : match.start()]
        if len(gap) > _WIDEST_GAP or len(after) > 45 or not _BETWEEN_ARMS.search(gap):
            continue
        if re.search(r"[.;]\s", gap) or re.search(r"\.\s", after) or one.denominator == 0:
            continue
        third = (
            len(near) > 2
            and one.start - near[-3].end < 60
            and "." not in text[near[-3].end : one.start]
        )
        begin = max(text.rfind(". ", 0, one.start), 0)
        if third or _MODELLED.search(text[begin : match.end() + 60]):
            continue
        finding = _judge_p(spelled, one, other, match)
        if finding:
            found.append(finding)
    return found


def _judge_p(
    spelled: Spelled, one: Reading, other: Reading, match: re.Match[str]
) -> Finding | None:
    a, n, c, m = (
        one.numerator or 0,
        one.denominator or 0,
        other.numerator or 0,
        other.denominator or 0,
    )
    if a > n or c > m or max(n, m) > 10**6:
        return None
    tests = two_fraction_tests(a, n, c, m)
    if not tests:
        return None
    printed, sign = match["p"], match["sign"]
    value, step = float(printed), 10.0 ** -decimals_of(printed)
    given = f"{a}/{n} and {c}/{m}, p {sign} {printed}"
    for name, p in tests.items():
        fits = {
            "=": abs(p - value) <= 0.5 * step + 1e-12,
            "<": p < value,
            "≤": p <= value,
            ">": p > value,
            "≥": p >= value,
        }[sign]
        if fits:
            return _finding(
                spelled, "p value", CONSISTENT, match, one, f"{given}: {name} gives {p:.3g}", other
            )
    shown = ", ".join(f"{name} {p:.3g}" for name, p in list(tests.items())[:3])
    text = f"{given}: no usual test gives it ({shown}); a model may have been used"
    return _finding(spelled, "p value", CANNOT_TELL, match, one, text, other)


def two_fraction_tests(a: int, n: int, c: int, m: int) -> dict[str, float]:
    """P values of the usual tests of a/n against c/m.

    >>> tests = two_fraction_tests(7, 46, 10, 45)
    >>> f"{tests['Fisher']:.3f} {tests['chi-squared']:.3f} {tests['Yates']:.3f}"
    '0.431 0.391 0.556'
    """
    from scipy.stats import chi2, hypergeom

    total, hits = n + m, a + c
    if not n or not m or hits in (0, total):
        return {}
    table = hypergeom(total, hits, n)
    here = float(table.pmf(a))
    outcomes = range(max(0, hits - m), min(n, hits) + 1)
    masses = table.pmf(list(outcomes))
    fisher = float(masses[masses <= here * (1 + 1e-7)].sum())
    lower, upper = float(table.cdf(a)), float(table.sf(a - 1))
    cross = abs(a * (m - c) - c * (n - a))
    spread = n * m * hits * (total - hits)
    plain = total * cross**2 / spread
    yates = total * max(cross - total / 2, 0) ** 2 / spread
    return {
        "Fisher": min(fisher, 1.0),
        "chi-squared": float(chi2.sf(plain, 1)),
        "Yates": float(chi2.sf(yates, 1)),
        "one-sided Fisher": min(lower, upper),
        "mid-p": min(fisher - here / 2, 1.0),
        "one-sided chi-squared": float(chi2.sf(plain, 1)) / 2,
    }


def check_ratios(spelled: Spelled) -> list[Finding]:
    """A hazard, odds or risk ratio with its interval: within it, midway on the log scale, and p."""
    found = []
    for match in _HAZARD.finditer(spelled.text):
        ratio, low, high = (Fraction(match[name]) for name in ("r", "low", "high"))
        half = Fraction(1, 2 * 10 ** min(decimals_of(match["low"]), decimals_of(match["r"])))
        given = f"{match['name']} {match['r']} ({match['low']}-{match['high']})"
        if low > high or low <= half:
            continue
        if not low - half <= ratio <= high + half:
            text = f"{given}: the ratio lies outside its interval"
            found.append(_finding(spelled, "ratio", INCONSISTENT, match, None, text))
            continue
        least = sqrt(float((low - half) * (high - half)))
        most = sqrt(float((low + half) * (high + half)))
        if not least - float(half) - 1e-9 <= float(ratio) <= most + float(half) + 1e-9:
            middle = sqrt(float(low * high))
            text = f"{given}: the middle of the interval on the log scale is {middle:.3g}"
            found.append(_finding(spelled, "ratio", CANNOT_TELL, match, None, text))
            continue
        finding = _ratio_p(
            spelled, match, given, float(low), float(high), float(ratio), float(half)
        )
        if finding:
            found.append(finding)
    return found


def _ratio_p(
    spelled: Spelled,
    match: re.Match[str],
    given: str,
    low: float,
    high: float,
    ratio: float,
    half: float,
) -> Finding | None:
    p = _P_VALUE.search(spelled.text, match.end(), min(match.end() + 25, len(spelled.text)))
    if not p:
        return None
    from scipy.stats import norm

    value, step = float(p["p"]), 10.0 ** -decimals_of(p["p"])
    ps = []
    for r in (max(ratio - half, 1e-6), ratio, ratio + half):
        for a, b in ((low - half, high + half), (low + half, high - half)):
            width = (log(max(b, 1e-6)) - log(max(a, 1e-6))) / (2 * 1.959964)
            if width > 0:
                ps.append(2 * float(norm.sf(abs(log(r)) / width)))
    if not ps:
        return None
    least, most = min(ps), max(ps)
    fits = {
        "=": least - step <= value <= most + step,
        "<": least < value,
        "≤": least <= value,
        ">": most > value,
        "≥": most >= value,
    }[p["sign"]]
    shown = f"{given}, p {p['sign']} {p['p']}"
    if fits:
        return None
    text = f"{shown}: the interval goes with p from {least:.2g} to {most:.2g}"
    opposed = (value < 0.04 and least > 0.07 and p["sign"] in "=<") or (
        value > 0.07 and most < 0.04 and p["sign"] in "=>"
    )
    return _finding(spelled, "ratio", INCONSISTENT if opposed else CANNOT_TELL, match, None, text)


def _finding(
    spelled: Spelled,
    kind: str,
    verdict: str,
    match: re.Match[str],
    one: Reading | None,
    message: str,
    other: Reading | None = None,
) -> Finding:
    places = [(match.start(), match.end())]
    places += [(reading.start, reading.end) for reading in (one, other) if reading]
    spans = tuple(spelled.origin_span(*place) for place in sorted(places))
    return Finding(kind, verdict, message, spans, tuple(spelled.original[a:b] for a, b in spans))
