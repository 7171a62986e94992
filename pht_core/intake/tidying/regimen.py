"""How a dose was given: how often a day, by which route, and whether it was given at all."""

import re
import unicodedata

import numpy as np
import pandas as pd

from pht_core.intake.tidying.mapped import (
    MappedColumn,
    MappedTable,
    find_words,
    read_words,
    text_of,
)
from pht_core.intake.words.word_lists import read_pattern

TIMES_A_DAY = (1.0, 2.0, 3.0, 4.0, 0.5)
_SCHEME = re.compile(r"(\d)\s*-\s*(\d)\s*-\s*(\d)(?:\s*-\s*(\d))?")


def times_a_day(text: str) -> float:
    """How often a day a dose is taken, from a word of frequency; missing where it is not known.

    >>> [times_a_day(text) for text in ("QD", "BID", "every other day", "1-0-1", "PRN")]
    [1.0, 2.0, 0.5, 2.0, nan]
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())
    scheme = _SCHEME.fullmatch(words)
    if scheme:
        return float(sum(int(part) for part in scheme.groups() if part)) or np.nan
    plain = re.sub(r"^(?:po|oral|iv)\s+|\s+(?:po|orally|iv|with food)$", "", words).strip(" .")
    fits = (read_pattern(f"{times:g} times a day").fullmatch(plain) for times in TIMES_A_DAY)
    return next((times for times, fit in zip(TIMES_A_DAY, fits, strict=True) if fit), np.nan)


def convert_to_daily_doses(
    numbers: pd.Series, column: MappedColumn, wanted: np.ndarray
) -> pd.Series:
    """Single doses as those of a whole day, where a column gives how often they are taken.

    A dose whose header or unit says that it is a day's stays. Where the frequency is not
    understood the dose is missing. Rows that are not wanted are not reported.
    """
    frequency, unit = column.table.column("frequency"), column.table.series("dose_unit")
    if frequency is None or read_pattern("per day").search(column.name):
        return numbers
    factors = read_words(frequency.values, times_a_day, 1.0)
    if unit is not None:
        factors[find_words(unit, read_pattern("per day"))] = 1.0
    given = numbers.notna().to_numpy() & (numbers != 0).to_numpy() & wanted
    several = given & np.isfinite(factors) & (factors != 1.0)
    if several.any():
        was = numbers[several].iloc[0]
        frequency.report_cells("dose_multiplied", several, was=was, now=was * factors[several][0])
    frequency.report_cells("unclear_frequency", given & np.isnan(factors))
    return numbers * np.where(given, factors, 1.0)


def find_given_rows(table: MappedTable, what: str) -> np.ndarray:
    """The rows of doses or support that were given, and that act in the whole body.

    What was held, cancelled or returned is left out, and so are eye drops, creams and sprays:
    both are findings.
    """
    used = np.ones(len(table.frame), dtype=bool)
    status, route, amount = (table.column(name) for name in ("given", "route", "amount"))
    if status is not None:
        refused = find_words(status.values, read_pattern("not given"))
        known = refused | find_words(status.values, read_pattern("given"))
        no, unclear = "treatment_did_not_happen", "treatment_unclear"
        if what == "event":
            no, unclear = "event_did_not_happen", "event_unclear"
        status.report_cells(no, refused, what=what)
        status.report_cells(unclear, ~known & status.values.notna().to_numpy(), what=what)
        used &= ~refused
    if route is not None:
        local = find_words(route.values, read_pattern("local treatment"))
        route.report_cells("local_treatment", local & used)
        used &= ~local
    if amount is not None:
        none = find_zeros(amount.values)
        amount.report_cells("amount_of_0", none & used, what=what)
        used &= ~none
    return used


def find_doses_of_0(table: MappedTable, named: np.ndarray) -> np.ndarray:
    """The named rows of a list of drugs whose dose is 0, which is a finding: nothing was given."""
    dose = table.column("dose")
    if dose is None:
        return np.zeros(len(named), dtype=bool)
    none = find_zeros(dose.values) & named
    dose.report_cells("dose_of_0", none)
    return none


def find_zeros(cells: pd.Series) -> np.ndarray:
    """Which cells are the number 0."""
    return (pd.to_numeric(text_of(cells).astype(object), errors="coerce") == 0).to_numpy()
