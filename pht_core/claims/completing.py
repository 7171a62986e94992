"""Neighbouring rows that complete each other to 100%: their counts' sum is then their N.

Where a variable is not known of every patient, its rows are shares of those of whom it is; that N
is often named nowhere, and a percent that follows it is right.
"""

from collections.abc import Sequence

from pht_core.claims.claim import Reading
from pht_core.claims.judging import follows

MOST_ROWS = 8
LEAST_KNOWN = 2  # one in two at least: a smaller whole is no longer the header's group


def sum_of_all(readings: Sequence[Reading], at: int, most: int) -> int:
    """The sum of a run of rows around one of which all follow it; 0 if there is none.

    Parameters
    ----------
    readings : a column's claims in the order of its rows.
    most : the N that is named, of which some are missing.

    >>> claim = Reading(0, 1, 0, 1, "67.0", "table", 201)
    >>> rows = [claim, claim.changed(numerator=99, percent="33.0")]
    >>> sum_of_all(rows, 0, 310), sum_of_all(rows, 0, 290)
    (300, 0)
    """
    for first in range(at, max(at - MOST_ROWS, -1), -1):
        total = sum(reading.numerator or 0 for reading in readings[first:at])
        for last in range(at, min(first + MOST_ROWS, len(readings))):
            total += readings[last].numerator or 0
            if total >= most:
                break
            enough = last > first and LEAST_KNOWN * total >= most
            if enough and all(follows(other, total) for other in readings[first : last + 1]):
                return total
    return 0
