"""What one row of a table stands for, from the fields that its columns have."""

from collections.abc import Collection, Sequence

import pandas as pd

from pht_core.intake.mapping import ROWS, ColumnMap
from pht_core.intake.recognising.evidence import sample_cells
from pht_core.intake.recognising.headers import header_words, sheet_name
from pht_core.intake.source import SourceTable
from pht_core.intake.words.fields import daily_fields, read_fields
from pht_core.intake.words.vocabulary import recognise_endpoint, recognise_support, recognise_test
from pht_core.intake.words.word_lists import read_header_words

WHEN = frozenset({"day", "date", "visit"})
STARTS = frozenset({"start_day", "start_date"})


def map_rows(columns: Sequence[ColumnMap], table: SourceTable) -> str:
    """What a row of a table stands for, from the fields of its columns.

    A key of `mapping.ROWS`, or empty for a table of no use, such as a sheet of explanations.
    """
    fields = {entry.field for entry in columns if entry.field and entry.day is None}
    on_days = {entry.field for entry in columns if entry.field and entry.day is not None}
    column_of = {entry.field: entry.column for entry in reversed(columns) if entry.field}
    return choose_rows(fields, on_days, column_of, table)


def choose_rows(
    fields: Collection[str],
    on_days: Collection[str],
    column_of: dict[str, str],
    table: SourceTable,
) -> str:
    """As `map_rows`, from every field that some column could be.

    fields, on_days : the fields of columns without and with a day in their header.
    column_of : a column for a field.
    """
    have = frozenset(fields)
    daily = daily_fields()
    counts, steroids = daily_fields("counts", "labs"), daily_fields("prednisone")
    named = _named_rows(table.name)
    few = len(have | set(on_days)) < 3 and "infusion_date" not in have
    if "subject_id" not in have and few:
        return ""
    if "value" in have and ("test" in have or "censor" in have):
        tests = _distinct(table, column_of.get("test"))
        if "censor" in have or (
            any(map(recognise_endpoint, tests)) and not any(map(recognise_test, tests))
        ):
            return "times"
        if not have & counts:
            return "results"
    if not have & counts and not have & steroids:
        if _is_support(have, column_of, table, named):
            return "support"
        if ("drug" in have or "dose" in have) and (
            have & STARTS or {"dose", "end_day", "end_date"} & have or "doses" in named
        ):
            return "doses"
        if "event" in have and have & WHEN:
            return "events"
    if have & WHEN and have & daily and not on_days:
        return "days"
    # Rows of a patient that come again are days, though nothing says which.
    again = not _is_unique(table, column_of.get("subject_id"))
    if again and not on_days and (have & counts or ("record" in have and have & daily)):
        return "days"
    if on_days or have & _patient_fields() or have & daily:
        return "patients"
    return ""


def _is_support(
    have: frozenset[str], column_of: dict[str, str], table: SourceTable, named: set[str]
) -> bool:
    if "support_kind" not in have or not (have & (WHEN | STARTS)):
        return False
    kinds = _distinct(table, column_of.get("support_kind"))
    known = sum(bool(recognise_support(text)) for text in kinds)
    if "drug" in have and ("dose" in have or "doses" in named):
        return known > len(kinds) / 2 and "support" in named
    return known > 0 or "support" in named


def _distinct(table: SourceTable, column: str | None) -> list[str]:
    if column is None:
        return []
    series = table.frame[column]
    if isinstance(series.dtype, pd.CategoricalDtype) and len(series.cat.categories) <= 500:
        return [str(text) for text in series.cat.categories]
    return list(sample_cells(series).texts)


def _is_unique(table: SourceTable, column: str | None) -> bool:
    return column is None or bool(table.frame[column].dropna().is_unique)


def _named_rows(name: str) -> set[str]:
    """The kinds of rows that a file's or sheet's name speaks of.

    Only where the columns leave two kinds open.
    """
    words = header_words(sheet_name(name))
    joined = "".join(words)
    return {
        rows
        for rows in ROWS
        if any(
            hint in words or (len(hint) > 1 and not hint.isascii() and hint in joined)
            for hint in read_header_words(f"table of {rows}")
        )
    }


def _patient_fields() -> frozenset[str]:
    return frozenset(
        name
        for name, field in read_fields().items()
        if field.table in ("subjects", "outcomes")
        and "patients" in field.rows
        and name not in ("subject_id", "infusion_date")
    ) | {"infusion_date"}
