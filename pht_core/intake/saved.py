"""A saved mapping laid over the guess for the next file of the same shape."""

from collections.abc import Sequence
from dataclasses import replace

from pht_core.intake.fields import read_fields
from pht_core.intake.headers import header_words
from pht_core.intake.mapping import FileMap, TableMap
from pht_core.validation import CHANGES, NOTE, Findings, finding

FROM_FILE = "From the saved mapping."
HALF = 0.5  # so much of what a saved table uses must be there for it to apply


def _key(header: str) -> str:
    return " ".join(header_words(header)) or header


def match_tables(saved: FileMap, tables: Sequence[TableMap]) -> dict[int, TableMap]:
    """For each table (by its place) the saved one that shares most headers with it.

    At least half of the columns that the saved table uses must be there; a saved table applies
    to several tables alike.
    """
    matched: dict[int, TableMap] = {}
    for place, table in enumerate(tables):
        here = {_key(entry.column) for entry in table.columns}
        best, most = None, 0.0
        for candidate in saved.tables:
            used = {_key(entry.column) for entry in candidate.columns if entry.field}
            every = {_key(entry.column) for entry in candidate.columns}
            if not used and not candidate.columns:
                continue
            wanted = used or every
            part = len(wanted & here) / len(wanted)
            score = part + len(every & here) / len(every | here)
            if part >= HALF and score > most:
                best, most = candidate, score
        if best is not None:
            matched[place] = best
    return matched


def apply_saved(saved: FileMap, guess: FileMap) -> FileMap:
    """A saved mapping laid over the guess for new tables; by headers, not by names of files.

    A column that the saved mapping leaves out stays out. One that it does not know is used as
    guessed, unless its field is taken. Saved ways to read dates and decimals stay.
    """
    matched = match_tables(saved, guess.tables)
    tables = tuple(
        _apply_table(matched[place], table) if place in matched else table
        for place, table in enumerate(guess.tables)
    )
    first_day = guess.first_day if saved.first_day is None else saved.first_day
    return FileMap(
        tables, saved.date_order or guess.date_order, first_day, saved.decimal or guess.decimal
    )


def _apply_table(saved: TableMap, guess: TableMap) -> TableMap:
    known = {_key(entry.column): entry for entry in saved.columns}
    here = {_key(entry.column) for entry in guess.columns}
    fields = read_fields()
    taken = {
        (entry.field, entry.day)
        for entry in saved.columns
        if entry.field and _key(entry.column) in here
    }
    columns = []
    for entry in guess.columns:
        old = known.get(_key(entry.column))
        if old is not None:
            # What is private is judged by this file's cells; what was kept on purpose stays so.
            dropped = bool(entry.private) and not old.keep
            columns.append(
                replace(
                    old,
                    column=entry.column,
                    field="" if dropped and not entry.keep else old.field,
                    values=old.values or entry.values,
                    confidence=1.0 if old.field else 0.0,
                    reason=entry.reason if dropped else FROM_FILE,
                    private=entry.private,
                    keep=old.keep or (entry.keep and old.field == entry.field),
                )
            )
        elif (entry.field, entry.day) in taken:
            title = fields[entry.field].title
            columns.append(
                replace(
                    entry,
                    field="",
                    confidence=0.0,
                    reason=f"New in this file. The saved mapping has another column for {title}.",
                )
            )
        else:
            columns.append(replace(entry, reason=f"Not in the saved mapping. {entry.reason}"))
    return TableMap(guess.table, saved.rows or guess.rows, tuple(columns))


def check_saved(saved: FileMap, mapping: FileMap) -> Findings:
    """What of a saved mapping no longer fits the tables of ``mapping``, as findings."""
    findings: Findings = []
    matched = match_tables(saved, mapping.tables)
    used = {id(table) for table in matched.values()}
    for table in saved.tables:
        if id(table) not in used and any(entry.field for entry in table.columns):
            findings.append(
                finding(
                    NOTE,
                    table.table,
                    "",
                    "No table of this file has the headers of this table of the saved mapping.",
                    "That part of the mapping was not used.",
                )
            )
    for place, old in matched.items():
        here = {_key(entry.column) for entry in mapping.tables[place].columns}
        gone = [one for one in old.columns if one.field and _key(one.column) not in here]
        findings += [
            finding(
                CHANGES,
                mapping.tables[place].table,
                one.column,
                f"The saved mapping reads {read_fields()[one.field].title} from column "
                f"{one.column!r}, which this table has not.",
                "The columns that are there were used.",
                "Check in the mapping table which column has it now.",
            )
            for one in gone
        ]
    return findings
