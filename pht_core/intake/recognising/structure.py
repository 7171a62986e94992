"""What the cells of a table show whatever its headers: who the patients are, what a row is."""

import re
from collections.abc import Collection

from pht_core.intake.cells.dates import looks_like_date
from pht_core.intake.mapping import TableMap
from pht_core.intake.recognising.evidence import holds_dates, holds_days, names_days, sample_cells
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.word_lists import read_header_words
from pht_core.model.lineage import LINEAGES

WHEN = ("day", "date", "visit", "start_day", "start_date")
_MOST_AGAIN = 0.05  # of rows that may have the same id, day and test as another
_KNOWN = 0.5  # of a table's ids that are patients of another


def rows_by_cells(table: SourceTable, entry: TableMap, known: Collection[str]) -> str:
    """What a row stands for in a table of which no header says it: ``patients``, ``days`` or "".

    It has patients where a column has those of other tables, or, where no table has any, ids: one
    row each, or again and again with another day or date.

    known : the patients of the other tables.
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
    keys = [own.column for own in entry.columns if own.field in (*WHEN, "test")]
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
