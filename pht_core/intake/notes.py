"""Where what is noticed of one table goes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pht_core.model.findings import Findings, build_finding


@dataclass(frozen=True)
class TableNotes:
    """The findings of a reading, to which those of one table are added.

    table : its name in the user's files, or in the schema.
    line_of : the file's line of a row, from its label in the index; None where it is not known.
    """

    table: str
    findings: Findings
    line_of: Callable[[int], int] | None = None

    def report(self, name: str, column: object = "", /, **values: Any) -> None:
        """Add a finding; parameters as of ``build_finding``."""
        self.findings.append(build_finding(name, self.table, str(column), **values))

    def line(self, values: pd.Series, place: int) -> int | str:
        """The file's line of the cell at a place, where it is known."""
        return "" if self.line_of is None else self.line_of(values.index[place])
