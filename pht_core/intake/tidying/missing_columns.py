"""What figures need and no header gives: which column it is, with its values shown, asked."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from pht_core.intake.cells.numbers import convert_numbers
from pht_core.intake.mapping import CERTAIN, CHOSEN, ColumnMap, FileMap, TableMap
from pht_core.intake.notes import TableNotes
from pht_core.intake.questions import ask_field
from pht_core.intake.recognising.dictionary import DataDictionary
from pht_core.intake.recognising.evidence import (
    ROWS_SAMPLED,
    Cells,
    holds_dates,
    is_status,
    looks_like_number,
    sample_cells,
    share,
)
from pht_core.intake.recognising.headers import header_words, open_day, split_day
from pht_core.intake.recognising.layouts import WHEN, could_be_day
from pht_core.intake.recognising.readings import read_column
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.tidying.context import IntakeContext, say
from pht_core.intake.tidying.day_reference import NAMED_DAYS
from pht_core.intake.tidying.identities import lists_tests
from pht_core.intake.tidying.mapped import MOST_CELLS, text_of
from pht_core.intake.tidying.states import propose_state
from pht_core.intake.words.fields import daily_fields, read_fields
from pht_core.intake.words.synonyms import map_header, read_synonyms
from pht_core.intake.words.vocabulary import recognise_test
from pht_core.model.cohort import DAYS_PER_MONTH
from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.lineage import LINEAGES, PHT_LINEAGES
from pht_core.model.units import fitting_units, recognise_unit, split_header
from pht_core.model.words import listed

PARTS_OF_NEUTROPHILS = frozenset({"NE_percent", "segmented_percent"})
STATUSES = frozenset({"death", "vital_status", "os_event"})
TIMES = frozenset({"last_followup", "last_assessment", *(f"{name}_time" for name in ENDPOINTS)})
MOST_STATES = 6  # values of a column that may tell an outcome
_FEWEST_VALUES, _MOST = 4, 0.8  # values of a column that may be of counts; numbers of one of doses

Place = tuple[SourceTable, TableMap]


def ask_columns(tables: Sequence[SourceTable], mapping: FileMap, context: IntakeContext) -> None:
    """Ask for each column that figures need, where none is known and one could be it.

    So nothing that may be counts, a dose, a day or an outcome is left out with a note. An answer
    changes the mapping.
    """
    maps = {entry.table: entry for entry in mapping.tables}
    places = [(table, maps[table.name]) for table in tables if table.name in maps]
    fields = {column.field for _, entry in places for column in entry.columns}
    _ask_results_and_days(places, context)
    _confirm_guesses(places, context)
    if "infusion_date" not in fields and "date" in fields and not fields & {"day", "visit"}:
        _ask_infusion(places, context)
    _ask_header_days(places, context)
    fields |= {column.lost_field for _, entry in places for column in entry.columns}
    _ask_counts(places, fields, context)
    if not any(name and read_fields()[name].table == "prednisone" for name in fields):
        _ask_doses(places, context)
    _ask_events(places, fields, context)


def ask_column(
    name: str,
    place: Place,
    field: str,
    names: Sequence[str],
    context: IntakeContext,
    /,
    *,
    likely: Sequence[str] | None = None,
    **values: Any,
) -> bool:
    """Ask which of some columns is a field, unless it was answered; whether it was asked.

    ``name`` and ``values`` are as of ``IntakeContext.choose``; ``names`` are the columns, or in a
    table of results the names of tests, that could be it. One that alone is ``likely`` is proposed;
    all are by default.
    """
    table, entry = place
    if not names or any(field in dict(column.answers) for column in entry.columns):
        return False
    likely = names if likely is None else likely
    tests = [own.column for own in entry.columns if own.field == "test"]
    is_test = entry.rows == "results" and field in LINEAGES and bool(tests)
    values |= {"table": table.name, "place": "test" if is_test else "column"}
    question = ask_field(
        table.name,
        field,
        *say(name, **values),
        names[:MOST_CELLS],
        proposed=likely[0] if len(likely) == 1 else "",
        words=_show_values(names, table),
        none="none of them: not in this table",
    )
    if is_test:
        question = replace(question, key=("test", table.name, tests[0], field))
    context.ask(question, table.name, field)
    return True


def _show_values(names: Iterable[str], table: SourceTable) -> dict[str, str]:
    """Each column with some of its values, by which it may be known."""
    shown = {}
    for name in names:
        if name in table.frame:
            texts = [text[:20] for text in sample_cells(table.frame[name]).texts]
            more = ", …" if len(texts) > 4 else ""
            shown[name] = f"{name} (values: {', '.join(texts[:4])}{more})"
    return shown


def _ask_results_and_days(places: Sequence[Place], context: IntakeContext) -> None:
    """The results or days of a table of counts.

    Counts in a list of patients need a day only where no other table has counts with one.
    """
    has_days = any(_is_dated(entry) for _, entry in places)
    for table, entry in places:
        fields = {column.field for column in entry.columns if column.day is None}
        free = _free_columns(table, entry)
        needed = {}
        if entry.rows == "results" and not lists_tests(table, entry):
            needed = {"value": "gives the results", "day": "gives the day or date of each result"}
        elif entry.rows == "days" or (entry.rows == "patients" and fields & set(PHT_LINEAGES)):
            free = [name for name in free if _could_be_day(name, table)]
            needed = {} if has_days else {"day": "gives the day or date of its counts"}
        likely = [name for name in free if _could_be_day(name, table)]
        for name, what in needed.items():
            if name in fields or (name == "day" and fields & WHEN) or not free:
                continue
            proposed = likely[0] if name == "day" and len(likely) == 1 else ""
            text = f"Which column of {table.name} {what}?"
            why = "The table holds counts, but no header and no cells say it beyond doubt."
            shown = _show_values(free, table)
            question = ask_field(table.name, name, text, why, free, proposed=proposed, words=shown)
            context.ask(question, table.name, name)


def _confirm_guesses(places: Sequence[Place], context: IntakeContext) -> None:
    """The columns whose header only resembles a known name.

    Of a known name cells that do not fit are asked about one by one, not the column.
    """
    for table, entry in places:
        for column in entry.columns if entry.rows else ():
            is_doubted = 0 < column.confidence < CERTAIN and column.field
            if not is_doubted or is_status(column.field):
                continue
            readings = read_column(column.column, table, DataDictionary()).readings
            if all(one.by_name >= CERTAIN for one in readings):
                continue
            name, title = column.column, read_fields()[column.field].title
            text, words = f"Is {name!r} ({table.name}) {title}?", {name: f"yes: {title}"}
            about = (table.name, column.field, text, column.reason, [name])
            none = "no: it is not used"
            question = ask_field(*about, proposed=name, words=words, none=none)
            context.ask(question, table.name, name)


def _ask_infusion(places: Sequence[Place], context: IntakeContext) -> None:
    """The date of infusion: in a list of patients, else a column of dates that come again."""
    for table, entry in places:
        named = [
            name
            for name in _free_columns(table, entry)
            if holds_dates(cells := sample_cells(table.frame[name]))
            and (entry.rows == "patients" or cells.repeats)
        ]
        if ask_column("which infusion", (table, entry), "infusion_date", named, context):
            return


def _ask_header_days(places: Sequence[Place], context: IntakeContext) -> None:
    """The day of counts whose header has no certain one: a baseline, a month, a bare number."""
    for table, entry in places:
        groups: dict[str, list[ColumnMap]] = {}
        for column in entry.columns:
            if not column.field and column.lost_field in daily_fields():
                groups.setdefault(open_day(column.column)[0], []).append(column)
        for words, columns in groups.items():
            options = [("after", "days after the infusion"), ("before", "days before it")]
            months = re.fullmatch(r"m\w*\W*(\d+)|(\d+)\W*m\w*", words, re.IGNORECASE)
            if months:
                day = round(int(months[1] or months[2]) * DAYS_PER_MONTH)
                options = [(str(day), f"day {day}")]
            elif words:
                options = [(day.removeprefix("day "), what) for day, what in NAMED_DAYS]
            names = listed([repr(column.column) for column in columns], most=4)
            context.choose(
                "header day",
                table.name,
                columns[0],
                about=words,
                offered=options,
                proposed=options[0][0] if words else None,
                names=names,
            )


def _ask_counts(places: Sequence[Place], fields: set[str], context: IntakeContext) -> None:
    """Each lineage that no table gives: a column of numbers, or a test of other results."""
    results = [(table, entry) for table, entry in places if entry.rows == "results"]
    named = {place[0].name: _tests_of(*place) for place in results}
    known = fields | {test for tests in named.values() for test in tests.values()}
    for lineage in PHT_LINEAGES:
        if lineage in known or (lineage == "NE" and known & PARTS_OF_NEUTROPHILS):
            continue
        title = read_fields()[lineage].title
        for table, entry in places:
            own = {column.field for column in entry.columns}
            if entry.rows == "results":
                names = [name for name, test in named[table.name].items() if not test]
                columns = {name: _results_of(name, table, entry) for name in names}
            elif entry.rows == "days" or own & {*PHT_LINEAGES, "WBC"}:
                columns = {}
                for name in _free_columns(table, entry):
                    columns.setdefault(_stem(name), table.frame[name])
            else:
                continue
            names = [name for name, cells in columns.items() if _could_count(name, cells, lineage)]
            likely = [name for name in names if split_header(name)[1]] or names
            place = table, entry
            if ask_column(
                "which counts", place, lineage, names, context, likely=likely, title=title
            ):
                break


def _tests_of(table: SourceTable, entry: TableMap) -> dict[str, str]:
    """The test that each name in a table of results stands for; empty for names not known."""
    found: dict[str, str] = {}
    for column in entry.columns:
        if column.field in ("test", "test_label"):
            meanings = dict(column.values)
            for name in text_of(table.frame[column.column]).cat.categories.astype(str):
                if test := recognise_test(meanings.get(name, name)):
                    found[name] = test
                elif column.field == "test":
                    found.setdefault(name, "")
    return found


def _results_of(name: str, table: SourceTable, entry: TableMap) -> pd.Series:
    columns = {column.field: column.column for column in entry.columns}
    here = (text_of(table.frame[columns["test"]]) == name).to_numpy()
    value = columns.get("value")
    return pd.Series(dtype=float) if value is None else table.frame.loc[here, value]


def _stem(header: str) -> str:
    """A header without its day, if it names one."""
    part = split_day(header)
    return header if part.day is None else part.name


def _could_count(name: str, cells: pd.Series, lineage: str) -> bool:
    """Whether a column's numbers, in its unit or some unit, are believable of a lineage."""
    unit = split_header(name)[1]
    if header_words(name) in read_synonyms().other or pd.api.types.is_datetime64_dtype(cells.dtype):
        return False
    if unit and not recognise_unit(unit, lineage):
        return any(one.field == lineage for one in map_header(split_header(name)[0]))
    numbers = convert_numbers(cells.iloc[:ROWS_SAMPLED], TableNotes("", []), unit_in_cells=True)
    if 2 * numbers.notna().sum() <= cells.notna().sum() or numbers.nunique() < _FEWEST_VALUES:
        return False
    return bool(fitting_units(numbers, lineage))


def _ask_doses(places: Sequence[Place], context: IntakeContext) -> None:
    """Doses of prednisone: numbers under a header with a unit of dose, if no steroid is known."""
    for table, entry in places:
        names = [
            name
            for name in _free_columns(table, entry)
            if entry.rows == "days"
            and any(recognise_unit(word, "dose") for word in (split_header(name)[1], *name.split()))
            and share(sample_cells(table.frame[name]), looks_like_number) > _MOST
        ]
        if ask_column("which doses", (table, entry), "prednisone", names, context):
            return


def _ask_events(places: Sequence[Place], fields: set[str], context: IntakeContext) -> None:
    """Who died, or whether a time ended in its event, where only times are known."""
    lists = [(table, entry) for table, entry in places if entry.rows in ("patients", "days")]
    told = {"os"} | ({"pfs"} if fields & {"progressed", "progression"} else set())
    lacking = [
        (f"{name}_event", f"whether {endpoint.title.lower()} ended in an event")
        for name, endpoint in ENDPOINTS.items()
        if f"{name}_time" in fields and f"{name}_event" not in fields and name not in told
    ]
    if not fields & STATUSES:
        lacking.insert(0, ("vital_status", "who has died"))
    for field, what in lacking:
        for table, entry in lists:
            cells = {name: sample_cells(table.frame[name]) for name in _free_columns(table, entry)}
            states = [name for name, found in cells.items() if _tells_states(found)]
            likely = [name for name in states if _names_dead(cells[name])]
            names = [name for name in states if cells[name].repeats or name in likely]
            unread = {column.field for column in entry.columns} <= {"", "subject_id"} and any(
                holds_dates(cells[name]) or share(cells[name], looks_like_number) > _MOST
                for name in {*cells} - {*states}
            )
            if not fields & TIMES and not unread:
                names = likely  # without any time only words say that a column is of deaths
            reason = "and the values of these columns could"
            if field == "vital_status" and len(likely) == 1:
                reason = "but cells of this column have words for it"
            else:
                likely = []
            facts = {"likely": likely, "what": what, "reason": reason}
            if ask_column("which status", (table, entry), field, names, context, **facts):
                break


def _tells_states(cells: Cells) -> bool:
    """Whether cells are few words or codes, as for who died."""
    if cells.typed_dates or not 0 < len(cells.texts) <= MOST_STATES:
        return False
    if any(re.search(r"\d[.,]\d", text) for text in cells.texts):
        return False
    return set(cells.numbers) <= set(range(10)) and not holds_dates(cells)


def _names_dead(cells: Cells) -> bool:
    words = [text for text in cells.texts if len(text.strip()) > 1]  # a letter may be an arm
    return any(propose_state(word, is_death=True) for word in words)


def _is_dated(entry: TableMap) -> bool:
    """Whether a table has results or counts with a day or date."""
    named = {column.field for column in entry.columns if column.day is not None}
    fields = {column.field for column in entry.columns}
    counted = named & set(LINEAGES) or (fields & {"value", *LINEAGES} and fields & WHEN)
    return bool(counted) and entry.rows != ""


def _free_columns(table: SourceTable, entry: TableMap) -> list[str]:
    """The columns of a table that have cells but no meaning, and none that the user denied."""
    return [
        column.column
        for column in entry.columns
        if not column.field
        and not column.private
        and column.reason != CHOSEN
        and column.column not in ADDED
        and table.frame[column.column].notna().any()
    ]


def _could_be_day(name: str, table: SourceTable) -> bool:
    """Whether a column has days, weeks or dates, and no other unit of time in its header."""
    units = {recognise_unit(word, "time") for word in header_words(name)}
    return could_be_day(name, table) and not units & {"months", "years"}
