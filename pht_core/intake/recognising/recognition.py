"""What the columns of a file's tables mean: guessed from their headers and first cells."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pht_core.intake.mapping import CERTAIN, ColumnMap, FileMap, TableMap
from pht_core.intake.mapping_file import apply_saved
from pht_core.intake.recognising.dictionary import is_dictionary, read_dictionary
from pht_core.intake.recognising.evidence import (
    ADAM_DAYS,
    DAY_FIELDS,
    has_day_0,
    holds_ranges,
    sample_cells,
)
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.recognising.layouts import WHEN, choose_rows, rows_by_cells
from pht_core.intake.recognising.privacy import RECORD_NUMBER
from pht_core.intake.recognising.readings import LEAST_CONFIDENCE, Column, read_column
from pht_core.intake.recognising.results import BY_CELLS, read_by_cells, read_items
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.words.fields import daily_fields, read_fields
from pht_core.intake.words.synonyms import Reading
from pht_core.model.lineage import LINEAGES
from pht_core.model.schema import TABLES
from pht_core.model.units import recognise_unit, split_header

BARE_ID_CONFIDENCE = 0.9  # as certain are "id", "no" and "patient"


def map_columns(tables: Sequence[SourceTable], saved: FileMap | None = None) -> FileMap:
    """Guess what each column of each table means.

    Every column of every table, in order. Each field at most once a table (and day): the more
    certain column has it, and the other's ``reason`` says so. Columns that look private have no
    field, unless only a record number identifies the patients.
    Of all files of one cohort only headers, labels and the first rows are looked at. Where headers
    of a ``saved`` mapping are found again it is applied, and only what it does not know is guessed.
    """
    dictionary = read_dictionary(tables)
    read = [[read_column(str(n), t, dictionary) for n in t.frame.columns] for t in tables]
    both = list(zip(tables, read, strict=True))
    read = [list(read_by_cells(read_items(columns, table, both), table)) for table, columns in both]
    mapped = [map_table(table, columns) for table, columns in zip(tables, read, strict=True)]
    for place, name in _shared_ids(mapped, read).items():
        mapped[place] = map_table(tables[place], read[place], subject_id=name)
    known = _patients(mapped, tables)
    for place, (table, entry) in enumerate(zip(tables, mapped, strict=True)):
        if not entry.rows and not is_dictionary(table):
            rows = rows_by_cells(table, map_table(table, read[place], rows="patients"), known)
            mapped[place] = map_table(table, read[place], rows=rows)
    guess = FileMap(tuple(mapped), first_day=find_first_day(mapped, tables))
    return guess if saved is None else apply_saved(saved, guess)


def map_table(
    table: SourceTable, columns: Sequence[Column], subject_id: str = "", rows: str = ""
) -> TableMap:
    """What a table's rows stand for, and which field each of its columns has.

    ``columns`` are the table's, with everything that each can mean. The other tables may decide
    the column of patients, ``subject_id``, and its cells what its ``rows`` stand for.
    """
    columns = _doubt_minuses(_read_points(_doubt_row_numbers(columns)))
    if subject_id:
        columns = [_as_id(column, column.name == subject_id) for column in columns]
    likely = [(column.name, one) for column in columns for one in _likely(column)]
    without = {one.field for _, one in likely if one.day is None}
    if any(column.name in ADDED for column in columns):
        without.add("subject_id")  # which column it is will be asked
    on_days = {one.field for _, one in likely if one.day is not None}
    if not without & WHEN:  # the day of these is asked
        on_days |= {column.lost_field for column in columns} & daily_fields()
    column_of: dict[str, str] = {}
    for name, one in sorted(likely, key=lambda own: -own[1].confidence):
        column_of.setdefault(one.field, name)
    if not rows and not is_dictionary(table):
        rows = choose_rows(without, on_days, column_of, table)
        if not rows and "test" in without and column_of["test"] in _known_by_cells(columns):
            rows = "results"
    chosen = _choose(columns, rows) if rows else {}
    maps = tuple(_column_map(column, chosen, rows) for column in columns)
    own = _with_ranges(columns, _as_own(table, maps))
    return TableMap(table.name, rows, _with_unit_columns(table, own))


def _likely(column: Column) -> list[Reading]:
    """What a column may be used as: of a private one only a record number, as an id."""
    return [
        one
        for one in column.readings
        if one.confidence >= LEAST_CONFIDENCE
        and (not column.private or (column.private == RECORD_NUMBER and one.field == "subject_id"))
    ]


def _patients(mapped: Sequence[TableMap], tables: Sequence[SourceTable]) -> set[str]:
    """The ids of all tables whose column of patients is known."""
    return {
        text
        for table, entry in zip(tables, mapped, strict=True)
        for column in entry.columns
        if entry.rows and column.field == "subject_id"
        for text in sample_cells(table.frame[column.column]).texts
    }


def _known_by_cells(columns: Sequence[Column]) -> set[str]:
    """Columns of tests that their cells, not their headers, show."""
    return {
        column.name
        for column in columns
        for one in column.readings
        if one.field == "test" and one.rows == {"results"} and one.confidence == BY_CELLS
    }


def _doubt_row_numbers(columns: Sequence[Column]) -> Sequence[Column]:
    """A bare "id" or "no" that differs in each row, where another column's ids come again.

    It may number the rows. What is called a patient's id is one, in a list of patients as well.
    """
    if not any(column.cells.repeats and _can_be_id(column) for column in columns):
        return columns

    def doubted(one: Reading) -> Reading:
        is_bare = one.field == "subject_id" and one.confidence <= BARE_ID_CONFIDENCE
        return replace(one, confidence=one.confidence * 0.7) if is_bare else one

    return [
        one if one.cells.repeats else replace(one, readings=list(map(doubted, one.readings)))
        for one in columns
    ]


def _can_be_id(column: Column) -> bool:
    return any(one.field == "subject_id" for one in column.readings)


def _read_points(columns: Sequence[Column]) -> Sequence[Column]:
    """Where R has made names of headers, a point is a minus: ``PLT_D.4`` beside ``PLT_D0``."""
    pointed = re.compile(r"(?<![^\W_])(?:d|day)\.\d", re.IGNORECASE)
    plain = re.compile(r"(?<![^\W_])(?:d|day)\d", re.IGNORECASE)
    if not any(plain.search(one.name) and _has_day(one) for one in columns):
        return columns
    return [
        replace(one, readings=[replace(own, day=-(own.day or 0)) for own in one.readings])
        if pointed.search(one.name) and _has_day(one)
        else one
        for one in columns
    ]


def _has_day(column: Column) -> bool:
    return any(one.day is not None for one in column.readings)


def _doubt_minuses(columns: Sequence[Column]) -> Sequence[Column]:
    """Where every day of the headers has a minus, it may as well be a hyphen: ``PLT_Day-14``."""
    days = [
        (one.day, bool(re.search(r"[-−–]\s*0(?!\d)", column.name)))
        for column in columns
        for one in column.readings
        if one.day is not None
    ]
    with_minus = all(day < 0 or (day == 0 and hyphen) for day, hyphen in days)
    if not with_minus or not any(day < 0 for day, _ in days):
        return columns
    note = "All days in these headers have a minus, perhaps a hyphen: enter the day to use it."
    return [
        replace(column, readings=[], note=note, lost_field=column.readings[0].field)
        if _has_day(column)
        else column
        for column in columns
    ]


def _as_id(column: Column, is_id: bool) -> Column:
    """A column as the one of patients, or as none of them."""
    readings = [one for one in column.readings if (one.field == "subject_id") == is_id]
    note = column.note or ("" if is_id else "Another column identifies the patients.")
    return replace(column, readings=readings, note=note)


def _shared_ids(mapped: Sequence[TableMap], read: Sequence[Sequence[Column]]) -> dict[int, str]:
    """Columns of patients by table, where each table would have another and all share one.

    One sheet may have both a study's number and a record number, the next the record number only.
    """
    used = [place for place, table in enumerate(mapped) if table.rows]
    own = {
        header_words(entry.column)
        for place in used
        for entry in mapped[place].columns
        if entry.field == "subject_id"
    }
    if len(own) < 2:
        return {}
    offered = [
        {
            header_words(column.name): (one.confidence, column.name)
            for column in read[place]
            for one in _likely(column)
            if one.field == "subject_id"
        }
        for place in used
    ]
    shared = set.intersection(*map(set, offered))
    if not shared:
        return {}
    best = max(shared, key=lambda words: min(names[words][0] for names in offered))
    return {place: names[best][1] for place, names in zip(used, offered, strict=True)}


def _choose(columns: Sequence[Column], rows: str) -> dict[str, Reading]:
    """Each field once a table and day, the most certain first; the others get a note."""
    ranked = [(column, one) for column in columns for one in _likely(column) if rows in one.rows]
    ranked.sort(key=lambda pair: -pair[1].confidence)
    taken: dict[tuple[str, int | None], str] = {}
    chosen: dict[str, Reading] = {}
    value = ""
    for beside in (False, True):
        for column, one in ranked:
            if bool(one.beside) != beside or column.name in chosen:
                continue
            if beside and value.upper() not in one.beside:
                column.reject(f"Belongs to a column of results other than {value!r}.")
                continue
            key = (one.field, one.day)
            if key in taken and one.field != "record":
                title = read_fields()[one.field].title
                column.reject(f"Also {title}, but {taken[key]!r} is more likely.", one.field)
                continue
            taken[key] = column.name
            chosen[column.name] = one
            value = column.name if one.field == "value" else value
    return chosen


def _column_map(column: Column, chosen: dict[str, Reading], rows: str) -> ColumnMap:
    one = chosen.get(column.name)
    if one is None:
        lost = "" if column.private else column.lost_field
        other = next((own for own in column.readings if own.field == lost), None)
        return ColumnMap(
            column.name,
            unit=other.unit if other else "",
            values=other.values if other else (),
            reason=_why_not(column, rows),
            private=column.private,
            lost_field=lost,
        )
    reason = one.reason
    if column.private:
        reason = (
            f"Looks like a {column.private}; used because no other column identifies the "
            "patients. Replace the IDs with pseudonyms before exporting."
        )
    return ColumnMap(
        column.name,
        one.field,
        one.unit,
        one.day,
        one.values,
        round(min(one.confidence, 1.0), 2),
        reason,
        column.private,
        keep=bool(column.private),
    )


def _why_not(column: Column, rows: str) -> str:
    if column.private:
        return f"Looks like a {column.private}: dropped unless you choose to keep it."
    if column.note:
        return column.note
    best = max(column.readings, key=lambda one: one.confidence, default=None)
    if best is None:
        return "Not recognized: not used."
    if best.confidence < LEAST_CONFIDENCE:
        return f"{best.reason} Not used unless you choose its field."
    if not rows:
        return "The table contains nothing that is used here."
    return f"{best.reason} Not used in a table of this kind."


def _as_own(table: SourceTable, maps: tuple[ColumnMap, ...]) -> tuple[ColumnMap, ...]:
    """The names of this program's own tables are certain, and have units that no header names."""
    headers = {str(name) for name in table.frame.columns}
    own = [
        entry
        for entries in TABLES.values()
        if headers <= {entry.name for entry in entries}
        and {entry.name for entry in entries if entry.required} <= headers
        for entry in entries
    ]
    names = {entry.name for entry in own}
    # The dose's unit is the sample's, and the tidy table's.
    units = {"cart_dose": "10^6/kg"} | {entry.name: entry.unit for entry in own if entry.unit}
    known = []
    for entry in maps:
        if entry.field and not entry.unit and read_fields()[entry.field].quantity:
            entry = replace(entry, unit=units.get(entry.column, ""))
        if entry.field and entry.column in names:
            entry = replace(entry, confidence=1.0)
        known.append(entry)
    return tuple(known)


def _with_ranges(columns: Sequence[Column], maps: tuple[ColumnMap, ...]) -> tuple[ColumnMap, ...]:
    """Ranges of normal in a column of their own beside a count's (``HGB``, ``HGB ref range``)."""
    named = {entry.field: {*header_words(split_header(entry.column)[0])} for entry in maps}
    missing = {name: f"{name}_lln" for name in LINEAGES if f"{name}_lln" not in named}
    counts = [name for name in missing if named.get(name) and missing[name] in read_fields()]
    known = []
    for column, entry in zip(columns, maps, strict=True):
        words = {*header_words(entry.column)}
        fields = [missing[name] for name in counts if named[name] <= words]
        if len(fields) == 1 and not entry.field and holds_ranges(column.cells):
            reason = "Its cells are ranges, and its name has that of the count."
            entry = replace(entry, field=fields[0], confidence=CERTAIN, reason=reason)
        known.append(entry)
    return tuple(known)


def _with_unit_columns(table: SourceTable, maps: tuple[ColumnMap, ...]) -> tuple[ColumnMap, ...]:
    """Units in a column of their own beside a field's (``HGB``, ``HGB unit``; ``AGEU``)."""
    fields = read_fields()
    place = {header_words(str(name)): str(name) for name in table.frame.columns}
    changes: dict[str, dict[str, str]] = {entry.column: {} for entry in maps}
    for entry in maps:
        quantity = fields[entry.field].quantity if entry.field else ""
        words = header_words(entry.column)
        beside = [(*words, "unit"), (*words, "units"), ("unit", *words), (*words, "单", "位")]
        beside.append((f"{''.join(words)}u",))
        name = next((place[one] for one in beside if one in place), "")
        if not quantity or entry.unit or not name:
            continue
        written = sample_cells(table.frame[name]).texts
        known = {recognise_unit(text, quantity) for text in written}
        if len(known) == 1 and "" not in known:
            changes[entry.column]["unit"] = known.pop()
            changes[name]["reason"] = f"Unit of {entry.column!r}."
        elif written:
            reason = f"{entry.reason} {name!r} contains several units: choose one."
            changes[entry.column]["reason"] = reason
    return tuple(replace(entry, **changes[entry.column]) for entry in maps)  # type: ignore[arg-type]


def find_first_day(mapped: Iterable[TableMap], tables: Sequence[SourceTable]) -> int | None:
    """1 where the days come from ADaM's columns, which have no day 0; None where none shows it."""
    named = {
        one.column.upper() in ADAM_DAYS
        and not has_day_0(sample_cells(table.frame[one.column]).texts)
        for entry, table in zip(mapped, tables, strict=True)
        for one in entry.columns
        if one.field in DAY_FIELDS
    }
    return 1 if named == {True} else None
