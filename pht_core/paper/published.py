"""The paper's printed figures as data, and what it means to agree with one.

In ``sample_data/published.csv`` `value` is what the paper's own counts give. `known_misprint` is
for Table 2, whose rows print three groups: by group what the data give where the print cannot be
right, empty where it can.
"""

import csv
import re
from fractions import Fraction
from math import floor
from pathlib import Path

from pht_core.intake.reading import SAMPLE_FOLDER

PUBLISHED_FILE = SAMPLE_FOLDER / "published.csv"
GROUPS = ("total", "PHT", "non-PHT")


def read_published(file: Path = PUBLISHED_FILE) -> list[dict[str, str]]:
    """The paper's printed figures, a dict a row of ``published.csv``."""
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def agrees_to(number: Fraction | float, printed: str) -> bool:
    """True if the number, rounded half up to the printed decimals, is the printed one.

    >>> agrees_to(Fraction(1500, 17), "88.24"), agrees_to(Fraction(1600, 17), "96.12")
    (True, False)
    """
    decimals = len(printed.partition(".")[2])
    exact = number if isinstance(number, Fraction) else Fraction(repr(float(number)))
    return Fraction(floor(exact * 10**decimals + Fraction(1, 2)), 10**decimals) == Fraction(printed)


def compare_parts(row: dict[str, str], parts: tuple[str, ...]) -> tuple[bool, str]:
    """Hold Table 2's three groups against the print and against its known misprints.

    Parameters
    ----------
    row : of ``published.csv``: printed, numerator and known_misprint, by group after semicolons.
    parts : what the data give, a text per group of `GROUPS`.

    Returns
    -------
    agrees : every group is as printed or as its known misprint says.
    misprint : the groups that are as their known misprint says, in words.
    """
    printed = _by_group(row["printed"])
    counts = _by_group(row["numerator"])
    if len(counts) == len(printed):
        printed = [f"{n} ({share})" for n, share in zip(counts, printed, strict=True)]
    known = _by_group(row["known_misprint"] or ";;")
    agrees, misprints = True, []
    for group, shown, right, had in zip(GROUPS, printed, known, parts, strict=True):
        if right and _same_numbers(right, had):
            misprints.append(f"{group} printed {shown}, data give {had}")
        elif not _same_numbers(shown, had):
            agrees = False
    return agrees, "; ".join(misprints)


def _by_group(text: str) -> list[str]:
    return [part.strip() for part in text.split(";")]


def _same_numbers(printed: str, computed: str) -> bool:
    one, other = (re.findall(r"\d+(?:\.\d+)?", text) for text in (printed, computed))
    return len(one) == len(other) and all(
        agrees_to(Fraction(b), a) for a, b in zip(one, other, strict=True)
    )
