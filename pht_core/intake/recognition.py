"""What the columns of a file's tables mean: guessed from their headers and first cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pht_core.intake.dictionary import DataDictionary, read_dictionary
from pht_core.intake.evidence import (
    Cells,
    fit_of,
    holds_answers,
    holds_dates,
    holds_days,
    is_coded,
    look_at,
)
from pht_core.intake.fields import Field, read_fields
from pht_core.intake.headers import header_words, split_choice, split_day
from pht_core.intake.layouts import choose_rows
from pht_core.intake.mapping import ColumnMap, FileMap, TableMap
from pht_core.intake.mapping_file import apply_saved
from pht_core.intake.privacy import RECORD_NUMBER, private_kind
from pht_core.intake.source import SourceTable
from pht_core.intake.synonyms import Candidate, map_header
from pht_core.intake.vocabulary import recognise_drug, recognise_event, recognise_support
from pht_core.schema import TABLES
from pht_core.units import recognise_unit, split_header

LEAST = 0.4  # what is less certain is not used, only shown
ADAM_DAYS = frozenset("ADY LBDY VSDY ASTDY AENDY AESTDY CMSTDY CMENDY EXSTDY EXENDY".split())
DAY_FIELDS = ("day", "start_day", "end_day")
# A header says the one, its cells say the other.
TWINS = {"date": "day", "start_date": "start_day", "end_date": "end_day"}
ANSWERED = {"death": "vital_status", "os_time": "os_event", "pfs_time": "pfs_event"}


@dataclass(frozen=True)
class Reading:
    """One thing that a column can mean."""

    candidate: Candidate
    confidence: float
    unit: str = ""
    day: int | None = None
    reason: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def field(self) -> str:
        """The field's name."""
        return self.candidate.field


@dataclass
class Column:
    """A column while it is looked at."""

    name: str
    cells: Cells
    private: str = ""
    readings: list[Reading] = field(default_factory=list)
    note: str = ""


def map_columns(tables: Sequence[SourceTable], saved: FileMap | None = None) -> FileMap:
    """Guess what each column of each table means.

    Parameters
    ----------
    tables : of all files of one cohort. Only headers, labels and the first rows are looked at.
    saved : a mapping of an earlier file; where its headers are found again it is applied, and
        only what it does not know is guessed.

    Returns
    -------
    FileMap
        Every column of every table, in order. Each field at most once a table (and day): the more
        certain column has it, and the other's ``reason`` says so. Columns that look private have
        no field, unless a record number is all that tells the patients apart.
    """
    dictionary = read_dictionary(tables)
    mapped = tuple(map_table(table, dictionary) for table in tables)
    guess = FileMap(mapped, first_day=find_first_day(mapped, tables))
    if saved is None:
        return guess
    return apply_saved(saved, guess)


def map_table(table: SourceTable, dictionary: DataDictionary | None = None) -> TableMap:
    """Guess what each column of one table means, and what its rows stand for."""
    dictionary = dictionary or DataDictionary()
    columns = [_look(str(name), table, dictionary) for name in table.frame.columns]
    without = {one.field for c in columns for one in c.readings if one.day is None}
    on_days = {one.field for c in columns for one in c.readings if one.day is not None}
    column_of: dict[str, str] = {}
    ranked = sorted(
        ((one.confidence, c.name, one.field) for c in columns for one in c.readings),
        key=lambda entry: -entry[0],
    )
    for _, name, field_name in ranked:
        column_of.setdefault(field_name, name)
    rows = choose_rows(without, on_days, column_of, table)
    chosen = _choose(columns, rows) if rows else {}
    maps = tuple(_column_map(column, chosen, rows, table) for column in columns)
    return TableMap(table.name, rows, _as_own(table, maps))


def _look(name: str, table: SourceTable, dictionary: DataDictionary) -> Column:
    cells = look_at(table.frame[name])
    column = Column(name, cells, private_kind(name, cells.texts))
    fields = read_fields()
    for candidate, unit, day, reason in _candidates(name, table, dictionary, column):
        reading = _weigh(candidate, fields, cells, unit, day, reason)
        values = _codes(reading.field, name, cells, table, dictionary, fields)
        column.readings.append(replace(reading, values=values))
    return column


def _candidates(
    name: str, table: SourceTable, dictionary: DataDictionary, column: Column
) -> list[tuple[Candidate, str, int | None, str]]:
    """Each field that the header can stand for, with unit, day and reason."""
    found = _by_header(name, column)
    if found or column.note:
        return found
    stem, choice = split_choice(name)
    if stem:
        label = dictionary.choice(stem, choice) or choice
        return _by_choice(stem, label, column)
    label = table.labels.get(name, "") or dictionary.label(name)
    if label and label != name:
        stem, choice = split_choice(label)
        labelled = _by_choice(stem, choice, column) if stem else _by_header(label, column)
        return [
            (
                replace(one, confidence=one.confidence * 0.95),
                unit,
                day,
                f"By its label {label!r}. {why}",
            )
            for one, unit, day, why in labelled
        ]
    return []


def _by_header(header: str, column: Column) -> list[tuple[Candidate, str, int | None, str]]:
    name, unit = split_header(header)
    for text in dict.fromkeys((header, f"{name} %" if unit == "%" else name)):
        # Slips are looked for last, and only in the name without its unit and day.
        found = map_header(text, alike=False)
        if found:
            return [(one, unit, None, one.reason) for one in found]
    if header_words(header)[-1:] == ("complete",) and "_complete" in header.lower():
        return [
            (one, "", None, "Says whether a REDCap form is complete.")
            for one in map_header("complete")
        ]
    part = split_day(header)
    if part.words:
        name, unit = split_header(part.name)
        found = map_header(f"{name} %") if unit == "%" else ()
        found = found or map_header(part.name) or map_header(name)
        daily = [one for one in found if _is_daily(one.field)]
        if daily and part.day is None:
            title = read_fields()[daily[0].field].title
            column.note = (
                f"It looks like {title}, but {part.words!r} is no certain day after infusion: "
                "choose the field and give the day to use it."
            )
            return []
        return [
            (one, unit, part.day, f"{one.reason} {part.words!r} is day {part.day}.")
            for one in daily
        ]
    return [(one, unit, None, one.reason) for one in map_header(name)]


def _is_daily(name: str) -> bool:
    field = read_fields()[name]
    return field.rows == {"patients", "days"} and field.table in (
        "counts",
        "labs",
        "prednisone",
        "support",
        "events",
    )


def _by_choice(
    stem: str, choice: str, column: Column
) -> list[tuple[Candidate, str, int | None, str]]:
    """What a checkbox of REDCap stands for; only words count, never a bare code."""
    if is_coded(choice) or not choice.strip("0123456789"):
        column.note = (
            f"A checkbox of {stem!r} whose code {choice!r} does not say what it is: "
            "choose its field, or add the project's data dictionary."
        )
        return []
    support = recognise_support(choice)
    name = {"platelets": "platelets_transfused"}.get(support, support)
    name = name or recognise_event(choice) or recognise_drug(choice)
    if name in ("car_t", "marrow") or not name:
        return []
    name = {"prednisolone": "prednisone"}.get(name, name)
    part = split_day(stem)
    title = read_fields()[name].title
    candidate = Candidate(name, 0.9, f"The choice {choice!r} is {title}.", read_fields()[name].rows)
    return [(candidate, "", part.day, candidate.reason)]


def _weigh(
    candidate: Candidate,
    fields: dict[str, Field],
    cells: Cells,
    unit: str,
    day: int | None,
    reason: str,
) -> Reading:
    """The header's confidence, raised or lowered by what the cells are."""
    candidate = _by_cells(candidate, cells, fields)
    field = fields[candidate.field]
    fit = fit_of(field, cells)
    confidence = candidate.confidence
    unit = _fitting_unit(unit, field, cells)
    if fit is None:
        reason = f"{reason} The column is empty in the rows looked at."
    elif fit == 0:
        confidence *= 0.4 if confidence >= 0.9 else 0.2
        reason = f"{reason} But no cell looks like {_article(field)}."
    elif fit < 0.5:
        confidence *= 0.7
        reason = f"{reason} But most cells do not look like {_article(field)}."
    elif fit == 1 and confidence < 0.9 and field.kind not in ("text",):
        confidence = min(0.9, confidence + 0.1)
    if field.name == "NE" and not unit and _like_percent(cells):
        confidence = min(confidence, LEAST - 0.1)
        reason = (
            f"{reason} But the values look like % of white blood cells: choose neutrophils as an "
            "absolute count or in %."
        )
    return Reading(candidate, confidence, unit, day, reason)


def _by_cells(candidate: Candidate, cells: Cells, fields: dict[str, Field]) -> Candidate:
    """The field's twin, where the cells are days under a header of dates, or answers."""
    name = candidate.field
    if name in TWINS and holds_days(cells) and not holds_dates(cells):
        name = TWINS[name]
    elif name in TWINS.values() and holds_dates(cells):
        name = next(date for date, day in TWINS.items() if day == name)
    elif name in ANSWERED and holds_answers(cells) and not _varied(cells):
        name = ANSWERED[name]
    if name == candidate.field:
        return candidate
    rows = candidate.rows & fields[name].rows
    return replace(candidate, field=name, rows=rows, confidence=candidate.confidence * 0.95)


def _varied(cells: Cells) -> bool:
    """Whether numbers are more than a 0 and a 1: then they are times, not answers."""
    return bool(cells.numbers) and not set(cells.numbers) <= {0.0, 1.0}


def _like_percent(cells: Cells) -> bool:
    """Whether values are far too high for 10^9/L and too low for cells per uL: percentages."""
    if len(cells.numbers) < 5:
        return False
    low, median, high = np.quantile(cells.numbers, [0.0, 0.5, 1.0])
    return bool(low >= 0 and 20 <= median <= 95 and high <= 100)


def _fitting_unit(unit: str, field: Field, cells: Cells) -> str:
    if field.kind == "time":
        return "date" if holds_dates(cells) else recognise_unit(unit, "time") if unit else ""
    if not field.quantity:
        return ""
    return recognise_unit(unit, field.quantity) if unit else ""


def _article(field: Field) -> str:
    return {
        "number": "a number",
        "whole": "a whole number",
        "yes_no": "a yes or a no",
        "sex": "a sex",
        "day": "a day",
        "date": "a date",
        "time": "a time or a date",
    }.get(field.kind, f"such a {field.title}")


def _codes(
    name: str,
    header: str,
    cells: Cells,
    table: SourceTable,
    dictionary: DataDictionary,
    fields: dict[str, Field],
) -> tuple[tuple[str, str], ...]:
    """What the column's codes stand for, where the file says it or the header leaves no doubt."""
    labels = table.value_labels.get(header) or dictionary.codes(header)
    if labels and fields[name].kind in ("yes_no", "sex", "text") and name != "subject_id":
        return tuple((str(code), str(label)) for code, label in labels.items())
    texts = {text.casefold() for text in cells.texts}
    if name == "vital_status" and texts and texts <= {"yes", "no", "y", "n", "是", "否", "0", "1"}:
        dead = not _says_alive(header)
        yes, no = ("dead", "alive") if dead else ("alive", "dead")
        return tuple(
            (text, yes if text.casefold() in ("yes", "y", "是", "1") else no)
            for text in cells.texts
        )
    if texts and texts <= {"checked", "unchecked"}:
        return (("Checked", "yes"), ("Unchecked", "no"))
    return ()


def _says_alive(header: str) -> bool:
    words = set(header_words(header))
    return bool(words & {"alive", "living", "存"}) and not words & {"dead"}


def _choose(columns: Sequence[Column], rows: str) -> dict[str, Reading]:
    """Each field once a table and day, the most certain first; notes say what lost to what."""
    ranked = sorted(
        (
            (one.confidence, -place, column, one)
            for place, column in enumerate(columns)
            for one in column.readings
            if rows in one.candidate.rows and one.confidence >= LEAST and _allowed(column, one)
        ),
        key=lambda entry: entry[:2],
        reverse=True,
    )
    taken: dict[tuple[str, int | None], str] = {}
    chosen: dict[str, Reading] = {}
    value = ""
    for beside in (False, True):
        for _, _, column, one in ranked:
            if bool(one.candidate.beside) != beside or column.name in chosen:
                continue
            if beside and value.upper() not in one.candidate.beside:
                column.note = f"It belongs to another column of results than {value!r}."
                continue
            key = (one.field, one.day)
            if key in taken and one.field != "record":
                title = read_fields()[one.field].title
                column.note = f"It is {title} too, but {taken[key]!r} is the more certain."
                continue
            taken[key] = column.name
            chosen[column.name] = one
            value = column.name if one.field == "value" else value
    return chosen


def _allowed(column: Column, reading: Reading) -> bool:
    return not column.private or (column.private == RECORD_NUMBER and reading.field == "subject_id")


def _column_map(
    column: Column, chosen: dict[str, Reading], rows: str, table: SourceTable
) -> ColumnMap:
    one = chosen.get(column.name)
    if one is None:
        return ColumnMap(column.name, reason=_why_not(column, rows), private=column.private)
    reason = one.reason
    if column.private:
        reason = (
            f"It looks like a {column.private}, and is used because no other column tells the "
            "patients apart: have the ids relabelled in what you export."
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
        return f"It looks like a {column.private}: it is dropped unless you keep it on purpose."
    if column.note:
        return column.note
    best = max(column.readings, key=lambda one: one.confidence, default=None)
    if best is None:
        return "Not recognised: not used."
    if best.confidence < LEAST:
        return f"{best.reason} It is not used unless you choose its field."
    if not rows:
        return "The table holds nothing that is used here."
    return f"{best.reason} It has no place in a table of this kind: not used."


def _as_own(table: SourceTable, maps: tuple[ColumnMap, ...]) -> tuple[ColumnMap, ...]:
    """The names of this program's own tables are sure, and have units that no header names."""
    headers = {str(name) for name in table.frame.columns}
    own = [
        entries
        for entries in TABLES.values()
        if headers <= {entry.name for entry in entries}
        and {entry.name for entry in entries if entry.required} <= headers
    ]
    names = {entry.name for entries in own for entry in entries}
    units = {entry.name: entry.unit for entries in own for entry in entries if entry.unit}
    units.setdefault("cart_dose", "10^6/kg")  # the sample's, and the tidy table's
    fields = read_fields()
    known = []
    for entry in maps:
        if entry.field and not entry.unit and fields[entry.field].quantity:
            entry = replace(entry, unit=units.get(entry.column, ""))
        if entry.field and entry.column in names:
            entry = replace(entry, confidence=1.0)
        known.append(entry)
    return tuple(known)


def find_first_day(mapped: Iterable[TableMap], tables: Sequence[SourceTable]) -> int | None:
    """1 where the days come from ADaM's columns, which have no day 0; None where nobody says."""
    named: set[bool] = set()
    for entry, table in zip(mapped, tables, strict=True):
        for column in entry.columns:
            if column.field in DAY_FIELDS:
                named.add(column.column.upper() in ADAM_DAYS and not _has_day_0(table, column))
    return 1 if named == {True} else None


def _has_day_0(table: SourceTable, column: ColumnMap) -> bool:
    texts = look_at(table.frame[column.column]).texts
    return any(text.strip() in ("0", "0.0", "-0") for text in texts)
