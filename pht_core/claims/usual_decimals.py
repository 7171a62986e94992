"""How many decimals a table's percents have: "38 (9)" among "46 (53.5)" is a mean with its SD."""

from collections import Counter
from collections.abc import Iterable

from pht_core.claims.claim import Reading
from pht_core.claims.printed import decimals_of, parse_decimal

FEWEST = 4
SHARE = 0.7


def usual_decimals(fitting: Iterable[Reading]) -> int | None:
    """The decimals of nearly all claims that fit their N; None if they differ or are few.

    Without decimals all and nothing are printed anywhere: 0 and 100 do not count.
    """
    counts = Counter(
        decimals_of(reading.percent)
        for reading in fitting
        if reading.numerator and parse_decimal(reading.percent) not in (0, 100)
    )
    if sum(counts.values()) < FEWEST:
        return None
    decimals, times = counts.most_common(1)[0]
    return decimals if times >= SHARE * sum(counts.values()) else None


def is_other_measure(reading: Reading, usual: int | None) -> bool:
    """Whether a cell is printed unlike the percents of its table."""
    plain = decimals_of(reading.percent) == 0 and parse_decimal(reading.percent) not in (0, 100)
    return bool(usual) and plain
