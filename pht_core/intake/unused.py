"""Columns that are not used although an outcome may depend on them."""

import re

from pht_core.intake.fields import read_fields
from pht_core.intake.mapped import MappedTable
from pht_core.intake.mapping import ColumnMap
from pht_core.validation import CHANGES, finding

# A date of transplantation, before the infusion or after it.
TRANSPLANT = re.compile(
    r"^(?!.*(?:prior|previous|before|前))"
    r"(?:.*(?:hsct|\bsct\b|bmt|transplant\w*|移植).*(?:date|dt\b|日期|时间|datum)"
    r"|.*(?:date|datum).*(?:hsct|\bsct|bmt|transplant))",
    re.I,
)


def unused_transplant(table: MappedTable, entry: ColumnMap) -> dict[str, object]:
    """The finding on a date of transplantation of which it is not known on which side it lies."""
    return finding(
        CHANGES,
        table.name,
        entry.column,
        f"{entry.column!r} may be the day of a transplant before the infusion, or after it.",
        "It is not used: follow-up does not end there.",
        "Choose 'next therapy' in the mapping if it is after the infusion.",
    )


def tells_outcome(entry: ColumnMap) -> bool:
    """Whether a column was left out although it tells an outcome: its codes, or a second word."""
    outcomes = {field.title for field in read_fields().values() if field.table == "outcomes"}
    second = re.match(r"It is (.*) too, but ", entry.reason)
    coded = "are not explained" in entry.reason
    return (second is not None and second[1] in outcomes) or (
        coded and any(f" {title}. But" in entry.reason for title in outcomes)
    )


def unused_outcome(table: MappedTable, entry: ColumnMap) -> dict[str, object]:
    """The finding on such a column."""
    return finding(
        CHANGES,
        table.name,
        entry.column,
        f"{entry.column!r} tells an outcome, but is not used. {entry.reason.rstrip('.')}.",
        "Survival is computed without it.",
        "Choose in the mapping which column counts, or what its codes mean.",
    )
