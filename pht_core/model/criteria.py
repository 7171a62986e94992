"""Grading bands and reference ranges, read from ``criteria/*.csv``.

To change a threshold, change its row there; to add a scheme, add its file and its line in
``schemes.csv``. Nothing else in the code knows a bound.
"""

import csv
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from pht_core.model.errors import PhtError, look_up
from pht_core.model.lineage import LINEAGES

FOLDER = Path(__file__).with_name("criteria")
LLN = "LLN"

T = TypeVar("T")


@dataclass(frozen=True)
class Band:
    """The counts that are one grade; a bound is a number, ``"LLN"`` or None (open)."""

    param: str
    unit: str
    grade: int
    lower: float | None
    lower_sign: str
    upper: float | str | None
    upper_sign: str
    text: str

    @property
    def lower_closed(self) -> bool:
        """Whether a count at the lower bound has the grade."""
        return self.lower_sign == ">="

    @property
    def upper_closed(self) -> bool:
        """Whether a count at the upper bound has the grade."""
        return self.upper_sign == "<="


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

    reference: str
    title: str
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


def _read(file: str, kind: type[T]) -> list[T]:
    """The rows of a file; columns become what the fields of their names are."""
    columns = {one.name: one.type for one in fields(kind)}  # type: ignore[arg-type]
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return [
            kind(**{name: _convert(row[name], columns[name]) for name in columns})
            for row in csv.DictReader(lines)
        ]


def _convert(text: str, kind: Any) -> Any:
    """A cell; an empty one is None where that is allowed, a bound may be LLN."""
    if kind in (str, int, float):
        return kind(text)
    return float(text) if text not in ("", LLN) else text or None


@dataclass(frozen=True)
class _SchemeRow:
    scheme: str
    title: str
    source: str
    note: str


@cache
def read_schemes() -> dict[str, Scheme]:
    """All grading schemes by name, in the order of ``schemes.csv``."""
    schemes = {}
    for row in _read("schemes.csv", _SchemeRow):
        file = f"{row.scheme}.csv"
        bands = _read(file, Band)
        if any(isinstance(band.lower, str) for band in bands):
            raise PhtError(f"{file}: a lower bound must be a number, not LLN.")
        params = list(dict.fromkeys(band.param for band in bands))
        bands.sort(key=lambda band: (params.index(band.param), -band.grade))
        own = Scheme(row.scheme, row.title, row.source, row.note, tuple(bands))
        for param in params:
            _check_tiling(file, own.bands_of(param))
        schemes[own.name] = own
    return schemes


@dataclass(frozen=True)
class IcahtRow:
    """One row of ICAHT: counts of a lineage in a window (early, late) that are a grade.

    rule : ``days`` (on so many days or more), ``never`` (the whole window) or ``value`` (the
        lowest count). sign : ``<`` or ``<=``, a count at the bound counts as well.
    """

    param: str
    window: str
    rule: str
    sign: str
    bound: float
    days: int
    grade: int
    text: str


@cache
def read_icaht() -> tuple[IcahtRow, ...]:
    """The rows of ICAHT, mildest first.

    N-ICAHT: doi:10.1182/blood.2023020578, T-ICAHT: doi:10.1182/blood.2025028833.
    """
    return tuple(sorted(_read("icaht.csv", IcahtRow), key=lambda row: row.grade))


@dataclass(frozen=True)
class ScoreRow:
    """Values of an item that are worth points; of several rows that fit the most points count."""

    score: str
    item: str
    sign: str
    bound: float
    unit: str
    points: int
    text: str


@cache
def read_score(name: str) -> tuple[ScoreRow, ...]:
    """The rows of a score, by its name in ``scores.csv``."""
    return tuple(row for row in _read("scores.csv", ScoreRow) if row.score == name)


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
    sets: dict[str, list[ReferenceRow]] = {}
    for row in _read("reference_ranges.csv", ReferenceRow):
        lineage = LINEAGES.get(row.param)
        if lineage and row.unit != lineage.unit:
            raise PhtError(f"reference_ranges.csv: {row.param} must be in {lineage.unit}.")
        sets.setdefault(row.reference, []).append(row)
    return {name: ReferenceSet(name, rows[0].title, tuple(rows)) for name, rows in sets.items()}


def scheme(name: str) -> Scheme:
    """The grading scheme of that name; `UnknownName` lists those offered.

    >>> scheme("ctcae_v5").title
    'CTCAE v5.0'
    """
    return look_up("Grading scheme", name, read_schemes())


def reference(name: str) -> ReferenceSet:
    """The set of reference ranges of that name; `UnknownName` lists those offered.

    >>> reference("wst405_2012").lln("HGB", "F", 31)
    115.0
    """
    return look_up("Reference set", name, read_references())
