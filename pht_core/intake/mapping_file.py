"""A mapping as a file, as a table to correct, and applied to the next file of the same shape."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pht_core.intake.mapping import CHOSEN, ROWS, ColumnMap, FileMap, TableMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import DATE_ORDERS, DECIMALS
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.recognising.layouts import map_rows
from pht_core.intake.recognising.privacy import BIRTH_DATE
from pht_core.intake.source import SourceTable
from pht_core.intake.words.fields import read_fields
from pht_core.model.errors import PhtError
from pht_core.model.findings import Findings
from pht_core.model.json_schema import JsonFile
from pht_core.model.units import offered_units

FROM_FILE = "From the saved mapping."
HALF = 0.5  # so much of what a saved table uses must be there for it to apply


def _key(header: str) -> str:
    return " ".join(header_words(header)) or header


def _keys(columns: Iterable[ColumnMap]) -> set[str]:
    return {_key(entry.column) for entry in columns}


def match_tables(saved: FileMap, tables: Sequence[TableMap]) -> dict[int, TableMap]:
    """For each table (by its place) the saved one that shares most headers with it.

    At least half of the columns that the saved table uses must be there; a saved table applies
    to several tables alike.
    """
    matched: dict[int, TableMap] = {}
    for place, table in enumerate(tables):
        here, most = _keys(table.columns), 0.0
        for candidate in saved.tables:
            every = _keys(candidate.columns)
            wanted = _keys(entry for entry in candidate.columns if entry.field) or every
            part = len(wanted & here) / max(1, len(wanted))
            score = part + len(every & here) / max(1, len(every | here))
            if part >= HALF and score > most:
                matched[place], most = candidate, score
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
    here = _keys(guess.columns)
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
            changes: dict[str, Any] = {
                "field": "" if dropped and not entry.keep else old.field,
                "confidence": 1.0 if old.field else 0.0,
                "reason": entry.reason if dropped else FROM_FILE,
                "keep": old.keep or (entry.keep and old.field == entry.field),
                "values": old.values or entry.values,
            }
            new = replace(old, column=entry.column, private=entry.private, **changes)
        elif (entry.field, entry.day) in taken:
            title = read_fields()[entry.field].title
            reason = f"New in this file. The saved mapping has another column for {title}."
            new = replace(entry, field="", confidence=0.0, reason=reason)
        else:
            new = replace(entry, reason=f"Not in the saved mapping. {entry.reason}")
        columns.append(new)
    return TableMap(guess.table, saved.rows or guess.rows, tuple(columns))


def check_saved(saved: FileMap, mapping: FileMap) -> Findings:
    """What of a saved mapping no longer fits the tables of ``mapping``, as findings."""
    findings: Findings = []
    matched = match_tables(saved, mapping.tables)
    used = {id(table) for table in matched.values()}
    for table in saved.tables:
        if id(table) not in used and any(entry.field for entry in table.columns):
            TableNotes(table.table, findings).report("saved_table_not_found")
    for place, old in matched.items():
        notes = TableNotes(mapping.tables[place].table, findings)
        here = _keys(mapping.tables[place].columns)
        for one in old.columns:
            if one.field and _key(one.column) not in here:
                title = read_fields()[one.field].title
                notes.report("saved_column_not_found", one.column, title=title)
    return findings


# What a mapping file holds of a column, in this order.
WRITTEN = ("column", "field", "unit", "day", "values", "private", "keep", "answers", "lost_field")
TABLE_COLUMNS = (
    *("table", "column", "example", "field", "unit", "day"),
    *("confidence", "reason", "private", "keep"),
)
FILE = JsonFile(
    title="mapping file",
    kind="PHT Explorer mapping of columns",
    version=1,
    version_key="version",
    largest=5 << 20,  # a mapping of 2,000 columns is a tenth of it
    to_do="Map the columns again and save the mapping, or go on without it.",
)
MOST_CODES, LONGEST_CODE = 12, 24
NOT_USED = "(not used)"
CONFIDENCE_WORDS = ((0.95, "certain"), (0.75, "likely"), (0.0, "uncertain"))
NOT_RECOGNISED = "not recognised"


def format_mapping(mapping: FileMap) -> str:
    """A mapping as JSON, to be kept and applied to another file.

    It holds headers, fields, units and short lists of codes (at most `MOST_CODES` of at most
    `LONGEST_CODE` letters), and no other cell of a patient: codes of ids and of private columns
    are left out.
    """
    written = {"what": FILE.kind, "version": FILE.version, **vars(mapping)}
    del written["tables"]
    written["tables"] = [
        vars(table) | {"columns": [_written(entry) for entry in table.columns]}
        for table in mapping.tables
    ]
    return json.dumps(written, ensure_ascii=False, indent=1)


def _written(entry: ColumnMap) -> dict[str, Any]:
    short = len(entry.values) <= MOST_CODES and all(
        len(code) <= LONGEST_CODE and len(meaning) <= 4 * LONGEST_CODE
        for code, meaning in entry.values
    )
    private = bool(entry.private) or entry.field in ("subject_id", "birth_date")
    written = {name: getattr(entry, name) for name in WRITTEN}
    written["values"] = entry.values if short and not private else ()
    return {
        key: own
        for key, own in written.items()
        if own or key == "column" or (key, own) == ("day", 0)
    }


def read_mapping(content: bytes | str) -> FileMap:
    """A mapping from its JSON.

    Raises PhtError for what is no mapping, of another version, or has an unknown value.
    """
    read = FILE.read(content, _build_schema())
    tables = tuple(
        TableMap(
            table.get("table", ""),
            table.get("rows", ""),
            tuple(map(_read_column, table["columns"])),
        )
        for table in read["tables"]
    )
    own = {name: read[name] for name in ("date_order", "first_day", "decimal") if name in read}
    return FileMap(tables, **own)


def _read_column(read: Mapping[str, Any]) -> ColumnMap:
    known = {name: read[name] for name in WRITTEN if name in read}
    for name in ("values", "answers"):
        known[name] = tuple((str(code), str(word)) for code, word in read.get(name, []))
    return ColumnMap(**known, confidence=1.0, reason=FROM_FILE)


def _build_schema() -> dict[str, Any]:
    text = {"type": "string"}
    code = {"type": ["string", "number", "boolean"]}
    pairs = _list_of({**_list_of(code), "minItems": 2, "maxItems": 2})
    column = {
        "column": text,
        "field": {"enum": ["", *read_fields()]},
        "unit": text,
        "day": {"type": ["integer", "null"]},
        "values": pairs,
        "answers": pairs,
        "lost_field": {"enum": ["", *read_fields()]},
        "private": text,
        "keep": {"type": "boolean"},
    }
    table = {
        "table": text,
        "rows": {"enum": ["", *ROWS]},
        "columns": _list_of({"type": "object", "required": ["column"], "properties": column}),
    }
    return {
        "required": ["version", "tables"],
        "properties": {
            "what": {},
            "version": {},
            "date_order": {"enum": ["", *dict(DATE_ORDERS)]},
            "first_day": {"enum": [None, 0, 1]},
            "decimal": {"enum": ["", *dict(DECIMALS)]},
            "tables": _list_of({"type": "object", "required": ["columns"], "properties": table}),
        },
    }


def _list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def field_titles() -> dict[str, str]:
    """What users choose from in the mapping table: a title for each field's name, "" first."""
    return {"": NOT_USED} | {name: field.title for name, field in read_fields().items()}


def offered_choices(field: str) -> list[str]:
    """The units that a field can have; dates among them where it is a time."""
    quantity = read_fields()[field].quantity if field else ""
    if not quantity:
        return []
    return [*offered_units(quantity), *(["date"] if quantity == "time" else [])]


def mapping_table(mapping: FileMap, tables: Sequence[SourceTable]) -> pd.DataFrame:
    """The mapping as a table to look through and correct, a row per column of each table.

    It has table, column, example (from the middle of its cells in ``tables``; hidden in private
    columns), field (its title), unit, day (Int64), confidence (a word), reason, private, keep.
    """
    titles = field_titles()
    frames = {table.name: table.frame for table in tables}
    rows = [
        vars(entry)
        | {
            "table": table.table,
            "example": _example(frames.get(table.table), entry),
            "field": titles[entry.field],
            "confidence": _confidence_word(entry),
        }
        for table in mapping.tables
        for entry in table.columns
    ]
    shown = pd.DataFrame(rows, columns=pd.Index(TABLE_COLUMNS))
    return shown.astype({"day": "Int64", "keep": bool})


def _confidence_word(entry: ColumnMap) -> str:
    if not entry.field:
        return NOT_RECOGNISED
    return next(word for least, word in CONFIDENCE_WORDS if entry.confidence >= least)


def _example(frame: pd.DataFrame | None, entry: ColumnMap) -> str:
    if frame is None or entry.column not in frame:
        return ""
    filled = frame[entry.column].dropna()
    if not len(filled):
        return ""
    if entry.private:
        return "(hidden)"
    cell = filled.iloc[len(filled) // 2]
    if isinstance(cell, pd.Timestamp):
        return cell.strftime("%Y-%m-%d")
    return f"{cell:.10g}" if isinstance(cell, (float, np.floating)) else str(cell)[:60]


def apply_corrections(
    mapping: FileMap, edited: pd.DataFrame, tables: Sequence[SourceTable] = ()
) -> FileMap:
    """The mapping as the user corrected it in the table of `mapping_table`.

    edited : columns table, column, field (a title), unit, day and keep; others are ignored.
        A row that was not changed stays as guessed; a changed one is the user's choice.
    tables : those that the mapping is of; with them, what a table's rows stand for follows from
        the corrected fields, unless it was set otherwise before.
    Raises PhtError for what does not exist, or two columns of a table for one field.
    """
    names = {title: name for name, title in field_titles().items()}
    rows = {(str(row["table"]), str(row["column"])): row for row in edited.to_dict("records")}
    sources = {table.name: table for table in tables}
    corrected = []
    for table in mapping.tables:
        columns = tuple(
            _corrected(entry, rows[table.table, entry.column], names)
            if (table.table, entry.column) in rows
            else entry
            for entry in table.columns
        )
        columns = _let_go(table.columns, columns)
        _check_once(table.table, columns)
        stand_for = _rows_after(table, columns, sources.get(table.table))
        corrected.append(replace(table, rows=stand_for, columns=columns))
    return replace(mapping, tables=tuple(corrected))


def _rows_after(table: TableMap, columns: tuple[ColumnMap, ...], source: SourceTable | None) -> str:
    if source is None or columns == table.columns:
        return table.rows
    derived = not table.rows or map_rows(table.columns, source) == table.rows
    return (map_rows(columns, source) or table.rows) if derived else table.rows


def _corrected(entry: ColumnMap, row: Mapping[Any, Any], names: Mapping[str, str]) -> ColumnMap:
    title = _text(row.get("field")) or NOT_USED
    if title not in names:
        raise PhtError(
            f"{title!r} is not a field for column {entry.column!r}. Choose one from the list."
        )
    field, unit, day = names[title], _text(row.get("unit")), _day(row.get("day"), entry.column)
    keep = bool(row.get("keep", entry.keep))
    if entry.private and keep and not entry.keep and not field:
        field = "birth_date" if entry.private == BIRTH_DATE else "subject_id"
    if entry.private and not keep:
        field = ""
    if field and unit and unit not in offered_choices(field):
        if field == entry.field:
            offered = ", ".join(offered_choices(field)) or "none"
            raise PhtError(
                f"{unit!r} is not a unit of {title} (column {entry.column!r}). "
                f"Choose one of: {offered}."
            )
        unit = ""  # the unit of the former field
    if (field, unit, day, keep) == (entry.field, entry.unit, entry.day, entry.keep):
        return entry
    values = entry.values if field == entry.field else ()
    new = replace(entry, field=field, unit=unit if field else "", day=day, values=values, keep=keep)
    return replace(new, confidence=1.0 if field else 0.0, reason=CHOSEN, lost_field="")


def _let_go(before: tuple[ColumnMap, ...], after: tuple[ColumnMap, ...]) -> tuple[ColumnMap, ...]:
    """A guess gives way where the user gives its field to another column."""
    chosen = {
        (new.field, new.day)
        for old, new in zip(before, after, strict=True)
        if new is not old and new.field
    }
    return tuple(
        replace(new, field="", unit="", confidence=0.0, reason="You chose another column for it.")
        if new is old and new.field != "record" and (new.field, new.day) in chosen
        else new
        for old, new in zip(before, after, strict=True)
    )


def _check_once(table: str, columns: tuple[ColumnMap, ...]) -> None:
    seen: dict[tuple[str, int | None], str] = {}
    for entry in columns:
        key = (entry.field, entry.day)
        if entry.field and entry.field != "record" and key in seen:
            raise PhtError(
                f"Columns {seen[key]!r} and {entry.column!r} of {table} are both "
                f"{read_fields()[entry.field].title}. Choose one of them, or give each its day."
            )
        seen[key] = entry.column


def _text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _day(cell: Any, column: str) -> int | None:
    if pd.isna(cell) or cell == "":
        return None
    day = pd.to_numeric(cell, errors="coerce")
    if not day % 1 == 0:
        raise PhtError(f"{cell!r} is not a day for column {column!r}. Give a whole number.")
    return int(day)
