"""The paper's printed figures as data, and what it means to agree with one.

In ``sample_data/published.csv`` `value` is what the paper's own counts give. `known_misprint` is
for Table 2, whose rows print three groups: by group what the data give where the print cannot be
right, empty where it can.
"""

import csv
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path

from pht_core.intake.reading import SAMPLE_FOLDER
from pht_core.stats.proportion import rate_text, share_text

PUBLISHED_FILE = SAMPLE_FOLDER / "published.csv"
PUBLICATIONS_FILE = Path(__file__).with_name("publications.csv")
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

    row : of ``published.csv``: printed, numerator and known_misprint, by group after semicolons.
    parts : what the data give, a text per group of `GROUPS`.
    Returns if every group is as printed or as its known misprint says, and the latter in words.
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


@dataclass(frozen=True)
class Reference:
    """A share that a publication prints: whose, its DOI, n of N (missing: a rate), and percent."""

    words: str
    doi: str
    n: int | None
    n_total: int
    percent: float

    @property
    def source(self) -> str:
        """Whose it is, with the DOI."""
        return f"{self.words} (doi:{self.doi})"

    @property
    def label(self) -> str:
        """Whose it is, and the share with its denominator."""
        if self.n is None:
            return f"{self.words}: {rate_text(self.percent / 100)}"
        return f"{self.words}: {share_text(self.n, self.n_total)}"


@cache
def read_publications() -> dict[str, tuple[Reference, ...]]:
    """By figure, the shares of ``publications.csv``: what other cohorts are held against.

    A figure is "pht", "relapse", the name of an endpoint (its rate at 12 months), or a period or
    "recovery" with a lineage. ``printed_in`` names the row of ``published.csv`` that has the
    numbers; a publication that is not there has its own in the other columns.
    """
    printed = {row["id"]: row for row in read_published()}
    found: dict[str, tuple[Reference, ...]] = {}
    with PUBLICATIONS_FILE.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            source = printed.get(row["printed_in"])
            numbers = {**source, "percent": source["value"]} if source else row
            n = int(numbers["numerator"]) if numbers["numerator"] else None
            n_total = int(numbers["denominator"])
            percent = float(numbers["percent"]) if n is None else 100 * n / n_total
            words = f"{row['publication']}, n = {row['n']}"
            one = Reference(words, row["doi"], n, n_total, percent)
            found[row["figure"]] = (*found.get(row["figure"], ()), one)
    return found
