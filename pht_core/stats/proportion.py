"""Shares of patients: exact percentages in words, and exact binomial intervals."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np

# Beside fewer patients a percentage pretends to more than the counts say.
_LEAST = 10


def decimals_of(n_total: float) -> int:
    """Decimals of a percentage of so many, and of its limits: none below 100, then one.

    >>> decimals_of(99), decimals_of(100)
    (0, 1)
    """
    return 0 if n_total < 100 else 1


def percent_text(n: int, n_total: int, decimals: int | None = None) -> str:
    """100 n / N, half up, with the decimals that N allows; empty where N is below 10.

    0% and 100% are printed only where it is none and all: else with more decimals.

    decimals : as a paper prints it: so many whatever N is; an en dash where N is 0.

    >>> percent_text(16, 17), percent_text(51, 109), percent_text(199, 200), percent_text(3, 7)
    ('94%', '46.8%', '99.5%', '')
    >>> percent_text(51, 86, 2), percent_text(3, 7, 2), percent_text(0, 0, 2)
    ('59.30%', '42.86%', '–')
    """
    if decimals is None:
        return rate_text(n / n_total, decimals_of(n_total)) if n_total >= _LEAST else ""
    if n_total == 0:
        return "–"
    scaled = (2 * 100 * n * 10**decimals + n_total) // (2 * n_total)
    whole, rest = divmod(scaled, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}%" if decimals else f"{whole}%"


def with_percent(words: str, n: int, n_total: int, *more: str, decimals: int | None = None) -> str:
    """Words that name n, followed by its percentage and what else is to stand in brackets.

    >>> with_percent("9 men", 9, 17), with_percent("3 men", 3, 7), with_percent("3", 3, 7, "x")
    ('9 men (53%)', '3 men', '3 (x)')
    """
    inside = "; ".join(filter(None, [percent_text(n, n_total, decimals), *more]))
    return f"{words} ({inside})" if inside else words


def share_text(n: int, n_total: int, decimals: int | None = None) -> str:
    """Count, denominator and percent, see `percent_text`: ``9/17 (53%)``.

    >>> share_text(9, 17), share_text(3, 7), share_text(9, 17, 2)
    ('9/17 (53%)', '3/7', '9/17 (52.94%)')
    """
    return with_percent(f"{n}/{n_total}", n, n_total, decimals=decimals)


def label_text(n: float, n_total: float, decimals: int | None = None) -> str:
    """The label of a bar or a part: count and percent, see `percent_text`.

    >>> label_text(9, 17), label_text(3, 7), label_text(0, 0)
    ('9 (53%)', '3', 'no data')
    """
    if not n_total > 0:  # 0, or missing where nobody is in it
        return "no data"
    return with_percent(str(int(n)), int(n), int(n_total), decimals=decimals)


def rate_text(rate: float, decimals: int = 1) -> str:
    """An estimate from 0 to 1 as a percent, half up; an en dash where it is missing.

    decimals : none of 0% and 100%; more where fewer would print as these what is neither.

    >>> rate_text(0.8125), rate_text(1.0), rate_text(float("nan"))
    ('81.3%', '100%', '–')
    >>> rate_text(0.9995), rate_text(0.9995, 0)
    ('99.95%', '99.95%')
    """
    if np.isnan(rate):
        return "–"
    # Products of fractions end in noise: what is 81.25 in truth must not be 81.2499...
    exact = Decimal(repr(round(100 * float(rate), 9)))
    if exact in (0, 100):
        return f"{exact:.0f}%"
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if rounded in (0, 100) and decimals < 6:
        return rate_text(rate, decimals + 1)
    return f"{rounded}%"


def limits_text(low: float, high: float, decimals: int = 1) -> str:
    """The limits of an interval, from 0 to 1, as percentages; see `rate_text`.

    >>> limits_text(0.71311, 0.99851), limits_text(0.71311, 0.99851, 0), limits_text(0, 0.9997)
    ('71.3–99.9%', '71–99.9%', '0–99.97%')
    """
    return f"{rate_text(low, decimals).removesuffix('%')}–{rate_text(high, decimals)}"


def exact_text(n: int, n_total: int) -> str:
    """The limits of `exact_interval` with the decimals that N allows.

    >>> exact_text(6, 15), exact_text(3, 7)
    ('16–68%', '10–82%')
    """
    low, high = exact_interval(n, n_total)
    return limits_text(float(low) / 100, float(high) / 100, decimals_of(n_total))


def exact_interval(
    n: np.ndarray | int, n_total: np.ndarray | int, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Clopper-Pearson interval of n of N, as percentages (doi:10.1093/biomet/26.4.404).

    Missing (nan) where N is 0.
    """
    from scipy.special import betaincinv

    k, m = np.asarray(n, dtype=float), np.asarray(n_total, dtype=float)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(k > 0, betaincinv(np.fmax(k, 1), m - k + 1, tail), 0.0)
        high = np.where(k < m, betaincinv(k + 1, np.fmax(m - k, 1), 1 - tail), 1.0)
    unknown = m <= 0
    return np.where(unknown, np.nan, 100 * low), np.where(unknown, np.nan, 100 * high)


def p_text(p_value: float) -> str:
    """A p value in words: three decimals, below 0.001 as such.

    >>> p_text(0.0883), p_text(0.00001)
    ('p = 0.088', 'p < 0.001')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
