"""Uploaded files, and the tables they hold before anything is known of what these mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

# Columns that are added to a table in which no column names the patients.
TABLE_NAME, COLUMN_NAME, ROW_NUMBER = "sheet or file", "column of the file", "row of the file"
ADDED = (TABLE_NAME, COLUMN_NAME, ROW_NUMBER)


@dataclass(frozen=True)
class SourceFile:
    """A file as it was handed over: its name, of signs that can be printed, and its bytes."""

    name: str
    content: bytes

    def __post_init__(self) -> None:
        printable = "".join(sign if sign.isprintable() else "?" for sign in self.name)
        object.__setattr__(self, "name", printable)


@dataclass(frozen=True)
class SourceTable:
    """One table of a file: a CSV, a sheet of a workbook, a member of an archive.

    name : the file's name; ``book.xlsx, sheet Labs`` for one of several sheets.
    frame : columns under the headers as written (stripped, each once). A column of text is a
        pandas categorical of str; one of plain numbers is float64 or int64; one that the file
        itself types as dates is datetime64. Empty cells are missing. The index tells a row's
        place in the file, blank rows counted, so that ``line_of`` can name it.
    first_line : the file's line (or the sheet's row) of the row with index 0.
    labels : the file's own words for a column (SAS, SPSS, REDCap), by its header.
    lines : the file's line of each row, where rows were arranged anew; else empty.
    value_labels : what a column's codes mean, by header and code as text (SPSS, REDCap).
    """

    name: str
    frame: pd.DataFrame
    first_line: int = 2
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: tuple[int, ...] = ()

    def line_of(self, place: int) -> int:
        """The file's line of a row, from its place in the index."""
        return self.lines[int(place)] if self.lines else int(place) + self.first_line
