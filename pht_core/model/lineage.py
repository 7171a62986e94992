"""Blood lineages: every word, unit, range and colour that belongs to one, in one place.

A lineage that is added to ``lineages.toml`` (with its bands in ``criteria/*.csv`` and its headers
in ``intake/words``) is read, graded and shown everywhere. What defines PHT is `PHT_LINEAGES` alone.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Lineage:
    """One lineage of blood cells.

    param : its name in tables, as in CDISC ADaM's PARAMCD.
    name, term : what is counted, and what a low count is called.
    unit, printed_unit : of tables and files, and as it is written in figures and sentences.
    plausible : lowest and highest value that a human being can have; outside it the unit is
        probably another.
    plausible_lln : the same for a lower limit of normal.
    support : kind of support (``schema.SUPPORT_KINDS``) that lifts the count for a while, so that
        it says nothing of the marrow; empty if there is none.
    lowest_drawn : the lowest value of a logarithmic axis; 0 where the axis is always linear.
    colours : of lines, by theme (light, dark, grey). fills : of areas in grey.
    narrow_term : the term broken into lines for the width of a bar.
    column, lln_column : in files with a row per patient and day.
    """

    param: str
    name: str
    term: str
    unit: str
    printed_unit: str
    plausible: tuple[float, float]
    plausible_lln: tuple[float, float]
    support: str
    lowest_drawn: float
    light: str
    dark: str
    grey: str
    grey_fill: str
    narrow_term: str
    column: str
    lln_column: str

    @property
    def axis_title(self) -> str:
        """Title of its axis: ``Hemoglobin, g/L``."""
        return f"{self.name.capitalize()}, {self.printed_unit}"


def _read_lineages() -> dict[str, Lineage]:
    """The lineages of ``lineages.toml``, in its order; the bounds there are pairs."""
    read = tomllib.loads(Path(__file__).with_name("lineages.toml").read_text("utf-8"))
    for values in read.values():
        values |= {name: tuple(values[name]) for name in ("plausible", "plausible_lln")}
    return {param: Lineage(param=param, **values) for param, values in read.items()}


LINEAGES = _read_lineages()

# Low counts of these are PHT, and "all lineages" means these; what else is shown changes neither.
PHT_LINEAGES = ("HGB", "PLT", "NE")
