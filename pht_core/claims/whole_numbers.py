"""Means of whole numbers: is there a sum of n whole numbers that gives the printed mean (GRIM)."""

import re
from fractions import Fraction
from math import ceil, floor

from pht_core.claims.claim import CANNOT_TELL, Finding
from pht_core.claims.printed import decimals_of, parse_decimal, round_half_up
from pht_core.claims.typography import Spelled

# Only what is counted in whole units by its nature; a mean age may be of exact ages.
_MEAN = re.compile(
    r"\b(?:mean|average)\s(?:number|count)\sof\s(?:[A-Za-z-]+\s){1,6}?(?:was|of|is|=|were)\s?"
    r"(?P<mean>\d{1,3}\.\d{1,3})(?:\s?(?:±|\+/-)\s?\d{1,3}(?:\.\d{1,3})?|\s?\((?:SD|"
    r"standard deviation)[^)]{0,20}\))?"
    r"[^.;]{0,25}\(n\s?=\s?(?P<n>\d{1,4})\)",
    re.IGNORECASE,
)


def mean_possible(mean: str, n: int) -> bool:
    """Whether any whole sum divided by n gives the printed mean.

    >>> mean_possible("3.47", 15), mean_possible("3.45", 15)
    (True, False)
    """
    decimals, value = decimals_of(mean), parse_decimal(mean)
    half = Fraction(1, 2 * 10**decimals)
    sums = range(floor((value - half) * n), ceil((value + half) * n) + 1)
    # A half may have been rounded either way.
    return any(
        round_half_up(Fraction(total, n), decimals) == value or Fraction(total, n) == value + half
        for total in sums
    )


def check_whole_means(spelled: Spelled) -> list[Finding]:
    """Means of counted things whose n stands beside them."""
    found = []
    for match in _MEAN.finditer(spelled.text):
        mean, n = match["mean"], int(match["n"])
        if n and n < 10 ** decimals_of(mean) and not mean_possible(mean, n):
            near = floor(parse_decimal(mean) * n)
            span = spelled.origin_span(match.start(), match.end())
            message = (
                f"no sum of {n} whole numbers has the mean {mean}; "
                f"{near}/{n} = {near / n:.4f}, {near + 1}/{n} = {(near + 1) / n:.4f}"
            )
            found.append(
                Finding(
                    "mean of whole numbers",
                    CANNOT_TELL,
                    message,
                    (span,),
                    (spelled.original[slice(*span)],),
                )
            )
    return found
