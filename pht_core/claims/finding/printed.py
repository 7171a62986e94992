"""Numbers as they are printed: digits or words, exact, never a float."""

import operator
import re
from fractions import Fraction
from math import floor

_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORD_VALUES = {word: at for at, word in enumerate(_UNITS)} | {
    word: 10 * at for at, word in enumerate(_TENS, start=2)
}
_WORD_VALUES |= {"no": 0, "none": 0, "both": 2}
_DIGIT = "|".join(_UNITS[1:10])
_ONES = "|".join(sorted(_UNITS[1:], key=len, reverse=True))
NUMBER_WORD = (
    rf"(?:(?:(?:{_DIGIT})\s+hundred(?:\s+and)?\s+)?"
    rf"(?:(?:{'|'.join(_TENS)})(?:[\s-]{{1,2}}(?:{_DIGIT}))?|{_ONES})|(?:{_DIGIT})\s+hundred)"
)
NUMBER_STARTS = "(?:" + "|".join(_WORD_VALUES) + ")"  # what any of them begins with
# How a number compares with a printed limit, by the sign printed before it.
COMPARE = {"<": operator.lt, ">": operator.gt, "≤": operator.le, "≥": operator.ge}


def parse_count(printed: str) -> int:
    """A whole number from digits (with commas) or English words.

    >>> parse_count("2,803"), parse_count("Thirty-one"), parse_count("one hundred and five")
    (2803, 31, 105)
    """
    if printed.isdecimal():
        return int(printed)
    digits = re.sub(r"[,\s]", "", printed)
    if digits.isdigit():
        return int(digits)
    total = 0
    for word in re.split(r"[\s-]+", printed.lower()):
        if word == "hundred":
            total *= 100
        elif word != "and":
            total += _WORD_VALUES[word]
    return total


def parse_decimal(printed: str) -> Fraction:
    """The exact value of a printed decimal number.

    >>> parse_decimal("58.8"), parse_decimal("thirty-one")
    (Fraction(294, 5), Fraction(31, 1))
    """
    if re.fullmatch(r"\d*\.?\d+", printed):
        return Fraction(f"0{printed}" if printed.startswith(".") else printed)
    return Fraction(parse_count(printed))


def decimals_of(printed: str) -> int:
    """How many digits stand after the decimal point."""
    return len(printed.partition(".")[2])


def round_half_up(value: Fraction, decimals: int) -> Fraction:
    """The value to that many decimals, halves upwards."""
    return Fraction(floor(value * 10**decimals + Fraction(1, 2)), 10**decimals)


def show_ratio(numerator: int, denominator: int, decimals: int) -> str:
    """A fraction with that many decimals, half up, trailing zeros kept.

    >>> show_ratio(1600, 17, 4), show_ratio(1, 2, 0)
    ('94.1176', '1')
    """
    unit = 10**decimals
    whole, rest = divmod((2 * numerator * unit + denominator) // (2 * denominator), unit)
    return f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)
