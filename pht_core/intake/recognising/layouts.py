"""What one row of a table stands for, by the fields of its columns or by their cells alone."""

import re
from collections.abc import Collection, Sequence

import pandas as pd

from pht_core.intake.cells.dates import looks_like_date
from pht_core.intake.mapping import ROWS, ColumnMap, TableMap
from pht_core.intake.recognising.evidence import holds_dates, holds_days, names_days, sample_cells
from pht_core.intake.recognising.headers import header_words, sheet_name
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.words.fields import daily_fields, read_fields
from pht_core.intake.words.vocabulary import recognise_endpoint, recognise_support, recognise_test
from pht_core.intake.words.word_lists import read_header_words
from pht_core.model.lineage import LINEAGES

WHEN = frozenset({"day", "date", "visit"})
STARTS = frozenset({"start_day", "start_date"})
TIMES = WHEN | STARTS
_MOST_AGAIN = 0.05  # of rows that may have the same id, day and test as another
_KNOWN = 0.5  # of a table's ids that are patients of another


def map_rows(columns: Sequence[ColumnMap], table: SourceTable) -> str:
    """What a row of a table stands for, from the fields of its columns.

    A key of `mapping.ROWS`, or empty for a table of no use, such as a sheet of explanations.
    """
    fields = {entry.field for entry in columns if entry.field and entry.day is None}
    on_days = {entry.field for entry in columns if entry.field and entry.day is not None}
    column_of = {entry.field: entry.column for entry in reversed(columns) if entry.field}
    return choose_rows(fields, on_days, column_of, table)


def choose_rows(
    fields: Collection[str], on_days: Collection[str], column_of: dict[str, str], table: SourceTable
) -> str:
    """As `map_rows`, from every field that some column without, or with, a day could be."""
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
    name = column_of.get("subject_id")
    again = name is not None and not table.frame[name].dropna().is_unique
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


def _named_rows(name: str) -> set[str]:
    """The kinds of rows that a file's or sheet's name speaks of, where columns leave two open."""
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
        and name != "subject_id"
    )


def rows_by_cells(table: SourceTable, entry: TableMap, known: Collection[str]) -> str:
    """What a row stands for in a table of which no header says it: ``patients``, ``days`` or "".

    It has patients where a column has those of other tables, or, where no table has any, ids: one
    row each, or again and again with another day or date. ``known`` are those of the others.
    """
    own = [one.column for one in entry.columns if one.field == "subject_id"]
    if own and not {str(name) for name in table.frame[own[0]].dropna()} & set(known):
        return ""
    when = [
        one.column
        for one in entry.columns
        if not one.private and could_be_day(one.column, table) and one.column not in own
    ]
    for rows, keys in (("patients", []), ("days", when[:1])):
        if rows == "days" and not keys:
            return ""
        for name in own or likely_ids(table, TableMap(table.name, rows, entry.columns), known):
            cells = table.frame[name].dropna().astype(str)
            shared = len(set(known) & set(cells)) / max(1, cells.nunique())
            twice = table.frame.loc[cells.index, [name, *keys]].astype(str).duplicated().mean()
            if (shared >= _KNOWN or not known) and twice <= (_MOST_AGAIN if keys else 0):
                return rows
    return ""


def could_be_day(name: str, table: SourceTable) -> bool:
    """Whether a column has days, names of days or dates."""
    cells = sample_cells(table.frame[name])
    return holds_days(cells) or holds_dates(cells) or names_days(cells)


def likely_ids(table: SourceTable, entry: TableMap, known: Collection[str]) -> list[str]:
    """Columns without a meaning whose cells are built like ids of patients, the likeliest first.

    In a list of patients each is another; in other tables they repeat, each once a day (and test),
    and what is the patient's own (sex, age, infusion) is the same in all rows of one.
    """
    frame, fields = table.frame, read_fields()
    keys = [own.column for own in entry.columns if own.field in (*TIMES, "test")]
    constant = [
        own.column
        for own in entry.columns
        if own.field and own.day is None and fields[own.field].table == "subjects"
    ]
    hints = set(read_header_words("patient"))
    # Counts without a day may as well be a list's as of days whose column is not known yet.
    once = entry.rows == "patients"
    undated = once and any(own.field in LINEAGES and own.day is None for own in entry.columns)
    found = []
    for place, own in enumerate(entry.columns):
        if own.field or own.column in ADDED:
            continue
        names = list(map(str, frame[own.column].dropna().unique()))
        filled = frame[frame[own.column].notna()]
        if len(names) < 2 or 2 * len(filled) < len(frame):
            continue
        if any(re.search(r"\d[.,]\d", name) or looks_like_date(name) for name in names[:50]):
            continue
        coded = any(re.search(r"[^\W\d]\W?\d", name) for name in names)
        if once:
            fits = len(names) == len(filled) or (undated and coded)
        else:
            again = filled.duplicated([own.column, *keys]).mean() if keys else 0.0
            fits = len(names) < len(filled) and again < _MOST_AGAIN
        groups = filled.groupby(own.column, observed=True)
        same = all((groups[one].nunique() <= 1).mean() > 1 - _MOST_AGAIN for one in constant)
        if fits and (same or once):
            overlap = len(set(known) & set(names)) / len(names)
            hinted = bool(hints & set(header_words(own.column)))
            # Any other numbers of a list may be all different: times, doses.
            if not once or overlap or hinted or coded:
                again = len(names) < len(filled)
                found.append((once and again, -overlap, not hinted, not coded, place, own.column))
    return [column for *_, column in sorted(found)]
