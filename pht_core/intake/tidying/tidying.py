"""Mapped files as the tidy tables of ``schema.TABLES``, with all that was noticed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from pht_core.intake.mapping import CHOSEN, FileMap, TableMap
from pht_core.intake.questions import Question, ask_field
from pht_core.intake.recognising.evidence import holds_dates, holds_days, names_days, sample_cells
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.recognising.layouts import WHEN
from pht_core.intake.source import ADDED, SourceTable
from pht_core.intake.tidying.amounts import find_decimal_mark
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.day_reference import ask_order, build_day_reference
from pht_core.intake.tidying.identities import lists_tests, map_tables
from pht_core.intake.tidying.laboratory import read_laboratory
from pht_core.intake.tidying.mapped import check_columns
from pht_core.intake.tidying.others import read_others
from pht_core.intake.tidying.outcomes import read_outcomes
from pht_core.intake.tidying.patients import check_patients, read_births, read_subjects
from pht_core.intake.tidying.steroids import COLUMNS as STEROID_COLUMNS
from pht_core.intake.tidying.steroids import read_steroids, settle_units
from pht_core.intake.tidying.support_and_events import (
    EVENT_COLUMNS,
    SUPPORT_COLUMNS,
    read_events,
    read_support,
)
from pht_core.model.findings import Findings
from pht_core.model.lineage import LINEAGES
from pht_core.model.units import recognise_unit


@dataclass(frozen=True)
class Tidied:
    """Tidy tables by name, and what reading them left.

    Parameters
    ----------
    tables : as in ``schema.TABLES``; those that no column gives are absent.
    recorded : see ``Cohort.recorded``.
    births : each patient's day of birth in days after infusion, by subject_id, where kept.
    stated : see ``Cohort.stated``.
    others : see ``Cohort.others``.
    """

    tables: dict[str, pd.DataFrame]
    findings: Findings
    questions: tuple[Question, ...]
    recorded: frozenset[str]
    births: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    stated: tuple[str, ...] = ()
    others: pd.DataFrame = field(default_factory=pd.DataFrame)


def tidy_tables(tables: Sequence[SourceTable], mapping: FileMap) -> Tidied:
    """Read every table as its map says.

    A question that is open blocks: what depends on it is missing from the tables.
    """
    context = IntakeContext(decimal=mapping.decimal)
    ask_fields(tables, mapping, context)
    mapping = with_infusions(tables, mapping, context)
    mapped = map_tables(tables, mapping, context)
    if not any(len(table.frame) for table in mapped):
        if mapped:
            context.report("no_patients", mapped[0].name, "subject_id")
        elif not context.questions:
            name = tables[0].name if tables else "file"
            context.report("no_patient_column", name, "subject_id")
        return Tidied({}, context.findings, tuple(context.questions), frozenset())
    for table in mapped:
        context.findings += check_columns(table)
        context.decimal_marks[table.name] = find_decimal_mark(table)
    context.findings += check_patients(mapped)
    if order := ask_order(mapped, mapping):
        context.ask(order, "file", "date")
        # Whichever order is right, the other questions are the same: they are asked at once.
        assumed = replace(mapping, date_order=order.options[0][0])
        others = tidy_tables(tables, assumed)
        for question in others.questions:
            where = question.key[1:3] or ("file", "")
            context.ask(question, where[0], where[1])
        return Tidied({}, context.findings, tuple(context.questions), frozenset())
    build_day_reference(mapped, mapping, context)
    births = read_births(mapped, context)
    whole = {"subjects": read_subjects(mapped, births, context)}
    whole |= read_laboratory(mapped, context)
    weights = whole["subjects"].set_index("subject_id")["weight_kg"]
    steroids = [read_steroids(table, weights, context) for table in mapped]
    support = [found for table in mapped if (found := read_support(table, context))]
    events = [found for table in mapped if (found := read_events(table, context))]
    for name, parts, columns in (
        ("prednisone", [rows for rows in steroids if rows is not None], STEROID_COLUMNS),
        ("support", [rows for rows, _ in support], SUPPORT_COLUMNS),
        ("events", [rows for rows, _ in events], EVENT_COLUMNS),
    ):
        if parts:
            filled = [part for part in parts if len(part)] or parts[:1]
            joined = pd.concat(filled, ignore_index=True) if len(filled) > 1 else filled[0]
            whole[name] = joined[columns].reset_index(drop=True)
    if "prednisone" in whole:
        whole["prednisone"] = settle_units(whole["prednisone"], context)
    recorded: set[str] = {kind for _, kinds in (*support, *events) for kind in kinds}
    if (outcomes := read_outcomes(mapped, context)) is not None:
        whole["outcomes"], known = outcomes
        recorded |= known
    recorded |= set(whole)
    if not any({"prednisone", "drug", "dose"} & table.fields for table in mapped):
        recorded.discard("prednisone")  # another steroid's column says nothing of prednisone
    return Tidied(
        whole,
        _drop_repeated(context.findings),
        tuple(context.questions),
        frozenset(recorded),
        births,
        tuple(dict.fromkeys(context.stated)),
        read_others(mapped),
    )


def ask_fields(tables: Sequence[SourceTable], mapping: FileMap, context: IntakeContext) -> None:
    """Ask which column gives the results or days of a table of counts, where none is known.

    So a table that holds counts is never left out with a note. Counts in a list of patients need a
    day only where no other table has counts with one.
    """
    own = {entry.table: entry for entry in mapping.tables}
    has_days = any(_is_dated(entry) for entry in mapping.tables)
    for table in tables:
        entry = own.get(table.name)
        if entry is None:
            continue
        fields = {column.field for column in entry.columns if column.day is None}
        free = _free_columns(table, entry)
        needed = {}
        if entry.rows == "results" and not lists_tests(table, entry):
            needed = {"value": "gives the results", "day": "gives the day or date of each result"}
        elif not has_days and entry.rows in ("days", "patients") and fields & set(LINEAGES):
            free = [name for name in free if _could_be_day(name, table)]
            needed = {"day": "gives the day or date of its counts"}
        likely = [name for name in free if _could_be_day(name, table)]
        for name, what in needed.items():
            if name in fields or (name == "day" and fields & WHEN) or not free:
                continue
            text = f"Which column of {table.name} {what}?"
            why = "The table holds counts, but no header and no cells say it beyond doubt."
            proposed = likely[0] if name == "day" and len(likely) == 1 else ""
            question = ask_field(table.name, name, text, why, free, proposed=proposed)
            context.ask(question, table.name, name)


def with_infusions(
    tables: Sequence[SourceTable], mapping: FileMap, context: IntakeContext
) -> FileMap:
    """The mapping with the date of infusion that the user chose; asked where dates need one.

    Another column of dates may be it: in a list of patients, else one whose dates come again.
    """
    fields = {column.field for entry in mapping.tables for column in entry.columns}
    if "infusion_date" in fields or "date" not in fields or fields & {"day", "visit"}:
        return mapping
    own = {entry.table: entry for entry in mapping.tables}
    for table in tables:
        entry = own[table.name]
        cells = {name: sample_cells(table.frame[name]) for name in _free_columns(table, entry)}
        names = [
            name
            for name, found in cells.items()
            if holds_dates(found) and (entry.rows in ("", "patients") or found.repeats)
        ]
        if not names:
            continue
        answer = context.choose(
            "infusion_date",
            table,
            next(column for column in entry.columns if column.column == names[0]),
            f"Which column of {table.name} gives the date of CAR-T infusion?",
            "Dates need it to become days after infusion, and no header is a word for it.",
            [*((name, name) for name in names), ("", "none of them")],
            proposed=names[0] if len(names) == 1 else None,
        )
        if not answer:
            continue
        columns = tuple(
            replace(column, field="infusion_date", confidence=1.0, reason=CHOSEN)
            if column.column == answer
            else column
            for column in entry.columns
        )
        chosen = replace(entry, rows=entry.rows or "patients", columns=columns)
        return replace(
            mapping, tables=tuple(chosen if one is entry else one for one in mapping.tables)
        )
    return mapping


def _is_dated(entry: TableMap) -> bool:
    """Whether a table has results or counts with a day or date."""
    named = {column.field for column in entry.columns if column.day is not None}
    fields = {column.field for column in entry.columns}
    counted = named & set(LINEAGES) or (fields & {"value", *LINEAGES} and fields & WHEN)
    return bool(counted) and entry.rows != ""


def _free_columns(table: SourceTable, entry: TableMap) -> list[str]:
    """The columns of a table that have cells but no meaning."""
    return [
        column.column
        for column in entry.columns
        if not column.field
        and not column.private
        and column.column not in ADDED
        and table.frame[column.column].notna().any()
    ]


def _could_be_day(name: str, table: SourceTable) -> bool:
    """Whether a column has days, weeks or dates, and no other unit of time in its header."""
    cells = sample_cells(table.frame[name])
    units = {recognise_unit(word, "time") for word in header_words(name)}
    is_day = holds_days(cells) or holds_dates(cells) or names_days(cells)
    return is_day and not units & {"months", "years"}


def _drop_repeated(findings: Findings) -> Findings:
    """Each finding once: a column may be looked at twice."""
    seen: dict[tuple[str, ...], dict[str, object]] = {}
    for row in findings:
        seen.setdefault(tuple(map(str, row.values())), row)
    return list(seen.values())
