"""Shares of patients: exact percentages in words, and exact binomial intervals."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np


def percent_text(n: int, n_total: int, decimals: int = 1) -> str:
    """100 n / N rounded half up by whole-number arithmetic; an en dash where N is 0.

    >>> percent_text(51, 86, 2)
    '59.30%'
    >>> percent_text(1, 8, 0), percent_text(0, 0)
    ('13%', '–')
    """
    if n_total == 0:
        return "–"
    scaled = (2 * 100 * n * 10**decimals + n_total) // (2 * n_total)
    whole, rest = divmod(scaled, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}%" if decimals else f"{whole}%"


def share_text(n: int, n_total: int, decimals: int = 1) -> str:
    """Count, denominator and percent: ``9/17 (52.9%)``.

    >>> share_text(9, 17)
    '9/17 (52.9%)'
    """
    return f"{n}/{n_total} ({percent_text(n, n_total, decimals)})"


def rate_text(rate: float, decimals: int = 1) -> str:
    """An estimate from 0 to 1 as a percent, half up like a share; an en dash where it is missing.

    Parameters
    ----------
    decimals : more are given where fewer would print as none or all what is neither.

    >>> rate_text(0.8125), rate_text(float("nan")), rate_text(0.9995), rate_text(0.9995, 0)
    ('81.3%', '–', '99.95%', '99.95%')
    """
    if np.isnan(rate):
        return "–"
    # Products of fractions end in noise: what is 81.25 in truth must not be 81.2499...
    exact = Decimal(repr(round(100 * float(rate), 9)))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if rounded in (0, 100) and rounded != exact and decimals < 6:
        return rate_text(rate, decimals + 1)
    return f"{rounded}%"


def short_rate_text(rate: float) -> str:
    """A rate in a sentence: 0% and 100% without decimals.

    >>> short_rate_text(1.0), short_rate_text(0.8125)
    ('100%', '81.3%')
    """
    return rate_text(rate, 0 if rate in (0.0, 1.0) else 1)


def label_text(n: float, n_total: float, decimals: int = 0) -> str:
    """The label of a bar or a part: count and percent.

    >>> label_text(9, 17), label_text(0, 0)
    ('9 (53%)', 'no data')
    """
    if not n_total > 0:  # 0, or missing where nobody is in it
        return "no data"
    return f"{int(n)} ({percent_text(int(n), int(n_total), decimals)})"


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
