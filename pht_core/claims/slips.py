"""Whether one digit, set otherwise, would make a count and a percent fit a denominator.

A percent that fits no N in reach may belong to an N that is named nowhere. That it would fit the
one N in reach but for a single digit is what tells a slip from such a claim.
"""

from collections.abc import Iterator

from pht_core.claims.claim import Reading
from pht_core.claims.judging import share_fits
from pht_core.claims.printed import decimals_of


def one_slip_away(reading: Reading, n: int) -> bool:
    """Whether changing one digit of the count or of the percent makes it a share of ``n``.

    Percents without decimals fit too many counts to tell anything: never.

    >>> wrong = Reading(0, 1, 0, 1, "73.9", "counted", numerator=13)
    >>> one_slip_away(wrong, 23), one_slip_away(wrong.changed(percent="74"), 23)
    (True, False)
    """
    k = reading.numerator
    if k is None or not decimals_of(reading.percent) or reading.relation != "=" or reading.hedged:
        return False
    counts = [int(changed) for changed in _one_digit_changed(str(k))]
    if any(share_fits(count, n, reading.percent) for count in counts):
        return True
    return any(share_fits(k, n, percent) for percent in _one_digit_changed(reading.percent))


def more_than_missing(reading: Reading, n: int) -> bool:
    """Whether a misfit is a slip and not for want of some patients' data.

    Where data are missing N is smaller, and the percent of a count only larger.

    >>> claim = Reading(0, 1, 0, 1, "45.5", "table", numerator=536)  # 516 of 1135
    >>> more_than_missing(claim, 1135), more_than_missing(claim.changed(percent="48.2"), 1135)
    (True, False)
    """
    k = reading.numerator or 0
    return 100 * k > float(reading.percent) * n and one_slip_away(reading, n)


def _one_digit_changed(number: str) -> Iterator[str]:
    for at, digit in enumerate(number):
        if digit.isdigit():
            for other in "0123456789":
                if other != digit:
                    yield f"{number[:at]}{other}{number[at + 1 :]}"
