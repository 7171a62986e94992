"""What a column of a file can mean, read from ``fields.csv``."""

from dataclasses import dataclass
from functools import cache

from pht_core.intake.words.word_lists import read_rows


@dataclass(frozen=True)
class Field:
    """One meaning.

    kind : text, number, whole, yes_no, sex, day, date or time (days, months or a date).
    quantity : what ``units`` converts it as; empty where it has no unit.
    rows : the kinds of rows (see ``mapping.ROWS``) in which it can stand.
    table : the tidy table that it ends in; empty for what only helps to read.
    """

    name: str
    title: str
    kind: str
    quantity: str
    rows: frozenset[str]
    table: str


@cache
def read_fields() -> dict[str, Field]:
    """Every field by its name, in the order of the file."""
    from pht_core.intake.mapping import ROWS

    fields = {}
    for row in read_rows("fields.csv"):
        name, title, kind, quantity, rows, table = row.values()
        own = frozenset(ROWS if rows == "all" else rows.split())
        fields[name] = Field(name, title, kind, quantity, own, table)
    return fields


def daily_fields(*tables: str) -> frozenset[str]:
    """Fields with another value each day, so that a header may give its day, of some tidy tables.

    Without tables: of all that have days.
    """
    tables = tables or ("counts", "labs", "prednisone", "support", "events")
    return frozenset(
        field.name
        for field in read_fields().values()
        if field.table in tables and field.rows == {"patients", "days"}
    )
