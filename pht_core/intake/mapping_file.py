"""A mapping as a file, as a table to correct, and applied to the next file of the same shape."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pht_core.intake.mapping import CHOSEN, ROWS, ColumnMap, FileMap, TableMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import DATE_ORDERS, DECIMALS
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.recognising.layouts import map_rows
from pht_core.intake.recognising.privacy import BIRTH_DATE, mask_value
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
            TableNotes(table.table, findings).report("saved_table_not_found")
    for place, old in matched.items():
        notes = TableNotes(mapping.tables[place].table, findings)
        here = {_key(entry.column) for entry in mapping.tables[place].columns}
        for one in old.columns:
            if one.field and _key(one.column) not in here:
                title = read_fields()[one.field].title
                notes.report("saved_column_not_found", one.column, title=title)
    return findings


# What a mapping file holds of a column, in this order.
WRITTEN = ("column", "field", "unit", "day", "values", "private", "keep", "answers")
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
    return json.dumps(
        {
            "what": FILE.kind,
            "version": FILE.version,
            "date_order": mapping.date_order,
            "first_day": mapping.first_day,
            "decimal": mapping.decimal,
            "tables": [
                {
                    "table": table.table,
                    "rows": table.rows,
                    "columns": [_written(entry) for entry in table.columns],
                }
                for table in mapping.tables
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def _written(entry: ColumnMap) -> dict[str, Any]:
    short = len(entry.values) <= MOST_CODES and all(
        len(code) <= LONGEST_CODE and len(meaning) <= 4 * LONGEST_CODE
        for code, meaning in entry.values
    )
    private = bool(entry.private) or entry.field in ("subject_id", "birth_date")
    written = {name: getattr(entry, name) for name in WRITTEN}
    written["values"] = [list(pair) for pair in entry.values] if short and not private else []
    written["answers"] = [list(pair) for pair in entry.answers]
    return {
        key: value
        for key, value in written.items()
        if key == "column" or value not in ("", None, [], False)
    }


def read_mapping(content: bytes | str) -> FileMap:
    """A mapping from its JSON.

    Raises PhtError for what is no mapping, of another version, or has an unknown value.
    """
    read = FILE.read(content, _build_schema())
    tables = tuple(
        TableMap(table.get("table", ""), table.get("rows", ""), _read_columns(table["columns"]))
        for table in read["tables"]
    )
    return FileMap(
        tables, read.get("date_order", ""), read.get("first_day"), read.get("decimal", "")
    )


def _read_columns(columns: Sequence[Mapping[str, Any]]) -> tuple[ColumnMap, ...]:
    known = [{name: read[name] for name in WRITTEN if name in read} for read in columns]
    for read in known:
        for name in ("values", "answers"):
            read[name] = tuple((str(code), str(word)) for code, word in read.get(name, []))
    return tuple(ColumnMap(**read, confidence=1.0, reason=FROM_FILE) for read in known)


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


def confidence_word(entry: ColumnMap) -> str:
    """How certain a column's field is: certain, likely, uncertain or not recognised."""
    if not entry.field:
        return NOT_RECOGNISED
    return next(word for least, word in CONFIDENCE_WORDS if entry.confidence >= least)


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

    It has table, column, example (from the middle of the file; hidden in private columns), field
    (its title), unit, day (Int64), confidence (a word), reason, private, keep.

    tables : those that the mapping is of, by name, for an example of each column.
    """
    titles = field_titles()
    frames = {table.name: table.frame for table in tables}
    rows = [
        vars(entry)
        | {
            "table": table.table,
            "example": _example(frames.get(table.table), entry),
            "field": titles[entry.field],
            "confidence": confidence_word(entry),
        }
        for table in mapping.tables
        for entry in table.columns
    ]
    shown = pd.DataFrame(rows, columns=pd.Index(TABLE_COLUMNS))
    return shown.astype({"day": "Int64", "keep": bool})


def _example(frame: pd.DataFrame | None, entry: ColumnMap) -> str:
    if frame is None or entry.column not in frame:
        return ""
    column = frame[entry.column]
    filled = np.flatnonzero(column.notna().to_numpy())
    if not filled.size:
        return ""
    cell = column.iloc[int(filled[filled.size // 2])]
    if entry.private:
        return mask_value(str(cell))
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
        if field != entry.field:
            unit = ""  # the unit of the former field
        else:
            offered = ", ".join(offered_choices(field)) or "none"
            raise PhtError(
                f"{unit!r} is not a unit of {title} (column {entry.column!r}). "
                f"Choose one of: {offered}."
            )
    if (field, unit, day, keep) == (entry.field, entry.unit, entry.day, entry.keep):
        return entry
    return replace(
        entry,
        field=field,
        unit=unit if field else "",
        day=day,
        values=entry.values if field == entry.field else (),
        confidence=1.0 if field else 0.0,
        reason=CHOSEN,
        keep=keep,
    )


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
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)) or cell == "":
        return None
    try:
        day = float(cell)
    except (TypeError, ValueError):
        day = np.nan
    if day % 1 != 0:
        raise PhtError(f"{cell!r} is not a day for column {column!r}. Give a whole number.")
    return int(day)
