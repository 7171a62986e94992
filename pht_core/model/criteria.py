"""Grading bands and reference ranges, read from ``criteria/*.csv``.

To change a threshold, change its row there; to add a scheme, add its file and its line in
``schemes.csv``. Nothing else in the code knows a bound.
"""

import csv
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from pht_core.model.errors import PhtError, UnknownName
from pht_core.model.lineage import LINEAGES

FOLDER = Path(__file__).with_name("criteria")
LLN = "LLN"


@dataclass(frozen=True)
class Band:
    """The counts that are one grade; a bound is a number, ``"LLN"`` or None (open)."""

    param: str
    unit: str
    grade: int
    lower: float | None
    lower_closed: bool
    upper: float | str | None
    upper_closed: bool
    text: str


@dataclass(frozen=True)
class Scheme:
    """A grading scheme: its bands, worst first within a lineage, and where it comes from."""

    name: str
    title: str
    source: str
    note: str
    bands: tuple[Band, ...]

    @property
    def params(self) -> list[str]:
        """The lineages that it grades."""
        return list(dict.fromkeys(band.param for band in self.bands))

    def bands_of(self, param: str) -> tuple[Band, ...]:
        """The bands of one lineage, worst grade first."""
        return tuple(band for band in self.bands if band.param == param)


@dataclass(frozen=True)
class ReferenceRow:
    """A lower limit of normal for one lineage, one sex (or any) and ages from-to (to excluded)."""

    param: str
    unit: str
    sex: str
    age_from: float
    age_to: float | None
    lln: float
    source: str


@dataclass(frozen=True)
class ReferenceSet:
    """Lower limits of normal by sex and age, with their sources."""

    name: str
    title: str
    rows: tuple[ReferenceRow, ...]

    def lln(self, param: str, sex: str | None, age: float | None) -> float | None:
        """The limit for a patient; None where sex or age is needed and not known.

        A row without a sex holds for both. An unknown age counts as an adult's only where all
        of the lineage's rows give one limit.
        """
        rows = [row for row in self.rows if row.param == param]
        if age is None or age != age:
            limits = {row.lln for row in rows}
            return limits.pop() if len(limits) == 1 else None
        for row in rows:
            fits_age = row.age_from <= age and (row.age_to is None or age < row.age_to)
            if fits_age and row.sex in ("", sex):
                return row.lln
        return None


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _bound(text: str) -> float | str | None:
    if text in ("", LLN):
        return text or None
    return float(text)


@cache
def read_schemes() -> dict[str, Scheme]:
    """All grading schemes by name, in the order of ``schemes.csv``."""
    schemes = {}
    for row in _rows("schemes.csv"):
        bands = []
        for band in _rows(f"{row['scheme']}.csv"):
            if band["lower"] == LLN:
                raise PhtError(f"{row['scheme']}.csv: a lower bound must be a number, not LLN.")
            bands.append(
                Band(
                    band["param"],
                    band["unit"],
                    int(band["grade"]),
                    float(band["lower"]) if band["lower"] else None,
                    band["lower_sign"] == ">=",
                    _bound(band["upper"]),
                    band["upper_sign"] == "<=",
                    band["text"],
                )
            )
        params = list(dict.fromkeys(band.param for band in bands))
        bands.sort(key=lambda band: (params.index(band.param), -band.grade))
        own = Scheme(row["scheme"], row["title"], row["source"], row["note"], tuple(bands))
        for param in params:
            _check_tiling(f"{own.name}.csv", own.bands_of(param))
        schemes[own.name] = own
    return schemes


@dataclass(frozen=True)
class IcahtRow:
    """One row of ICAHT: counts of a lineage in a window (early, late) that are a grade.

    rule : ``days`` (on so many days or more), ``never`` (the whole window) or ``value`` (the
        lowest count). inclusive : a count at the bound counts as well.
    """

    param: str
    window: str
    rule: str
    inclusive: bool
    bound: float
    days: int
    grade: int
    text: str


@cache
def read_icaht() -> tuple[IcahtRow, ...]:
    """The rows of ICAHT, mildest first.

    N-ICAHT: doi:10.1182/blood.2023020578, T-ICAHT: doi:10.1182/blood.2025028833.
    """
    return tuple(
        IcahtRow(
            row["param"],
            row["window"],
            row["rule"],
            row["sign"] == "<=",
            float(row["bound"]),
            int(row["days"] or 0),
            int(row["grade"]),
            row["text"],
        )
        for row in sorted(_rows("icaht.csv"), key=lambda row: row["grade"])
    )


@dataclass(frozen=True)
class ScoreRow:
    """Values of an item that are worth points; of several rows that fit the most points count."""

    item: str
    sign: str
    bound: float
    unit: str
    points: int
    text: str


@cache
def read_score(name: str) -> tuple[ScoreRow, ...]:
    """The rows of a score, by its name in ``scores.csv``."""
    return tuple(
        ScoreRow(
            row["item"],
            row["sign"],
            float(row["bound"]),
            row["unit"],
            int(row["points"]),
            row["text"],
        )
        for row in _rows("scores.csv")
        if row["score"] == name
    )


def find_holes(bands: tuple[Band, ...]) -> list[float]:
    """Bounds that neither of the two bands beside them holds, as in the printed Table 1."""
    return [
        float(worse.upper)
        for worse, band in pairwise(bands)
        if worse.upper is not None and not (worse.upper_closed or band.lower_closed)
    ]


def _check_tiling(file: str, bands: tuple[Band, ...]) -> None:
    """Grading counts upper bounds, so each band of a lineage must begin where the worse one ends.

    Worst first: the worst is open below, grades go down one by one to 1, the unit is one.
    """
    where = f"{file}, {bands[0].param}"
    if [band.grade for band in bands] != list(range(len(bands), 0, -1)):
        raise PhtError(f"{where}: there must be one band for each grade from 1 to the worst.")
    if len({band.unit for band in bands}) > 1:
        raise PhtError(f"{where}: all bands of a lineage must be in one unit.")
    if bands[0].lower is not None or bands[-1].upper is None:
        raise PhtError(f"{where}: leave the worst grade's lower bound empty, and no upper bound.")
    for worse, band in pairwise(bands):
        if worse.upper != band.lower or (worse.upper_closed and band.lower_closed):
            raise PhtError(
                f"{where}: grade {band.grade} must begin where grade {worse.grade} ends."
            )


@cache
def read_references() -> dict[str, ReferenceSet]:
    """All sets of reference ranges by name, in the order of the file."""
    titles: dict[str, str] = {}
    rows: dict[str, list[ReferenceRow]] = {}
    for row in _rows("reference_ranges.csv"):
        lineage = LINEAGES.get(row["param"])
        if lineage and row["unit"] != lineage.unit:
            raise PhtError(f"reference_ranges.csv: {row['param']} must be in {lineage.unit}.")
        titles[row["reference"]] = row["title"]
        rows.setdefault(row["reference"], []).append(
            ReferenceRow(
                row["param"],
                row["unit"],
                row["sex"],
                float(row["age_from"]),
                float(row["age_to"]) if row["age_to"] else None,
                float(row["lln"]),
                row["source"],
            )
        )
    return {name: ReferenceSet(name, titles[name], tuple(rows[name])) for name in rows}


def scheme(name: str) -> Scheme:
    """The grading scheme of that name; `UnknownName` lists those offered.

    >>> scheme("ctcae_v5").title
    'CTCAE v5.0'
    """
    schemes = read_schemes()
    if name not in schemes:
        raise UnknownName("Grading scheme", name, list(schemes))
    return schemes[name]


def reference(name: str) -> ReferenceSet:
    """The set of reference ranges of that name; `UnknownName` lists those offered.

    >>> reference("wst405_2012").lln("HGB", "F", 31)
    115.0
    """
    references = read_references()
    if name not in references:
        raise UnknownName("Reference set", name, list(references))
    return references[name]
