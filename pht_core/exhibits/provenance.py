"""Where a figure or table comes from, in one sentence that is printed in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pkgutil import resolve_name

# The package itself stands above its modules, so it is not imported by one of them.
VERSION: str = resolve_name("pht_core:__version__")


@dataclass(frozen=True)
class Provenance:
    """What a reader needs to get the same figure again.

    data : name of the data. digest : its SHA-256 (the first 8 characters are printed).
    n, n_total : patients in the figure, of all in the data. filters : in words, empty = none.
    scheme : name of the grading scheme as shown, empty if nothing is graded. method : of the
    estimate or interval. simulated : the data are made up, and the figure says so. final : the
    user confirmed that the cohort is; until then the figure calls itself exploratory.
    """

    data: str
    digest: str
    n: int
    n_total: int
    filters: str = ""
    scheme: str = ""
    method: str = ""
    simulated: bool = False
    final: bool = False
    version: str = VERSION
    day: date | None = None

    def footer(self) -> str:
        """Sentence at the foot of a figure.

        >>> Provenance("a.csv", "0123456789ab", 15, 17, "sex is male", "CTCAE v5.0",
        ...            "exact 95% intervals", version="0.1.0", day=date(2026, 11, 22)).footer()
        'a.csv (SHA-256 01234567); 15 of 17 patients: sex is male; grades by CTCAE v5.0; exact \
95% intervals; exploratory; PHT Explorer 0.1.0, 2026-11-22.'
        """
        name = f"Simulated data: {self.data}" if self.simulated else self.data
        chosen = f"{self.n} of {self.n_total} patients"
        parts = [
            f"{name} (SHA-256 {self.digest[:8]})" if self.digest else name,
            f"{chosen}: {self.filters}" if self.filters else chosen,
            f"grades by {self.scheme}" if self.scheme else "",
            self.method,
            "" if self.final else "exploratory",
            f"PHT Explorer {self.version}, {(self.day or date.today()).isoformat()}",
        ]
        return "; ".join(part for part in parts if part) + "."
