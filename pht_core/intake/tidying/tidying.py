"""Mapped files as the tidy tables of ``schema.TABLES``, with all that was noticed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pht_core.intake.cells import convert_answers, convert_sexes, convert_text
from pht_core.intake.mapping import ColumnMap, FileMap
from pht_core.intake.questions import Question
from pht_core.intake.source import SourceTable
from pht_core.intake.tidying.amounts import IntakeContext, convert_listed, read_numbers, shown_mark
from pht_core.intake.tidying.checks import (
    TRANSPLANT,
    check_strays,
    drop_coded_cells,
    drop_codes,
    drop_limits,
    tells_outcome,
    unused_outcome,
    unused_transplant,
)
from pht_core.intake.tidying.day_reference import DayReference, ask_order, build_clock
from pht_core.intake.tidying.laboratory import (
    derive_neutrophils,
    join_values,
    read_columns,
    read_results,
)
from pht_core.intake.tidying.mapped import MappedTable, map_tables
from pht_core.intake.tidying.outcomes import read_outcomes
from pht_core.intake.tidying.patients import combine_patients, first_by_patient
from pht_core.intake.tidying.steroids import COLUMNS as STEROID_COLUMNS
from pht_core.intake.tidying.steroids import read_steroids
from pht_core.intake.tidying.support_and_events import (
    EVENT_COLUMNS,
    SUPPORT_COLUMNS,
    read_events,
    read_support,
)
from pht_core.intake.tidying.table_checks import find_repeated, patient_day_keys
from pht_core.intake.words.fields import Field, read_fields
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, Findings, finding
from pht_core.model.schema import LABS, LINEAGES, column, column_names, likely_subject_column
from pht_core.model.words import counted

DAYS_PER_YEAR = 365.25
# Below it a guess is told as one: a header that is only like a known name.
SURE = 0.75


@dataclass(frozen=True)
class Tidied:
    """Tidy tables by name, and what reading them left.

    Parameters
    ----------
    tables : as in ``schema.TABLES``; those that no column tells of are absent.
    recorded : see ``Cohort.recorded``.
    births : each patient's day of birth in days after infusion, by subject_id, where kept.
    """

    tables: dict[str, pd.DataFrame]
    findings: Findings
    questions: tuple[Question, ...]
    recorded: frozenset[str]
    births: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))


def tidy_tables(tables: Sequence[SourceTable], mapping: FileMap) -> Tidied:
    """Read every table as its map says.

    A question that is open blocks: what depends on it is missing from the tables.
    """
    context = IntakeContext(decimal=mapping.decimal)
    mapped = map_tables(tables, mapping, context.findings)
    if not any(len(table.frame) for table in mapped):
        if not mapped:
            context.findings.append(_no_patients(tables))
        else:
            context.findings.append(_nobody(mapped))
        return Tidied({}, context.findings, (), frozenset())
    for table in mapped:
        _note_columns(table, context.findings)
        context.marks[table.name] = shown_mark(table)
    context.findings += check_strays(mapped)
    if order := ask_order(mapped, mapping):
        context.ask(order, "file", "date")
        # Whichever order is right, the other questions are the same: they are asked at once.
        assumed = replace(mapping, date_order=order.options[0][0])
        others = tidy_tables(tables, assumed)
        for question in others.questions:
            where = question.key[1:3] or ("file", "")
            context.ask(question, where[0], where[1])
        return Tidied({}, context.findings, tuple(context.questions), frozenset())
    clock = build_clock(mapped, mapping, context.findings)
    whole: dict[str, pd.DataFrame] = {}
    recorded = {"subjects"}
    births = _births(mapped, clock, context)
    whole["subjects"] = _subjects(mapped, births, context)
    read = {"results": read_results, "days": read_columns, "patients": read_columns}
    parts = [read[t.map.rows](t, clock, context) for t in mapped if t.map.rows in read]
    values = derive_neutrophils(join_values(parts), context)
    _split_counts(values, mapped, whole, recorded, context)
    for row in context.undated:
        context.findings.append(row if len(values) else row | {"severity": BLOCKS})
    weights = whole["subjects"].set_index("subject_id")["weight_kg"]
    steroids = [read_steroids(table, clock, weights, context) for table in mapped]
    _join(whole, recorded, "prednisone", steroids, STEROID_COLUMNS)
    if not any({"prednisone", "drug", "dose"} & table.fields for table in mapped):
        recorded.discard("prednisone")  # another steroid's column says nothing of prednisone
    support = [found for table in mapped if (found := read_support(table, clock, context))]
    _join(whole, recorded, "support", [rows for rows, _ in support], SUPPORT_COLUMNS)
    events = [found for table in mapped if (found := read_events(table, clock, context))]
    _join(whole, recorded, "events", [rows for rows, _ in events], EVENT_COLUMNS)
    for _, kinds in (*support, *events):
        recorded |= kinds
    outcomes, told = read_outcomes(mapped, clock, context)
    if told and outcomes is not None:
        whole["outcomes"] = outcomes
        recorded.add("outcomes")
    return Tidied(
        whole, _once(context.findings), tuple(context.questions), frozenset(recorded), births
    )


def _once(findings: Findings) -> Findings:
    """Findings without those that say the same again: a column may be looked at twice."""
    seen: dict[tuple[str, ...], dict[str, object]] = {}
    for row in findings:
        seen.setdefault(tuple(map(str, row.values())), row)
    return list(seen.values())


def _join(
    whole: dict[str, pd.DataFrame],
    recorded: set[str],
    name: str,
    parts: Sequence[pd.DataFrame | None],
    columns: list[str],
) -> None:
    """Add a table of all its parts, if any table told of it."""
    told = [part for part in parts if part is not None]
    if not told:
        return
    filled = [part for part in told if len(part)] or told[:1]
    joined = pd.concat(filled, ignore_index=True) if len(filled) > 1 else filled[0]
    whole[name] = joined[columns].reset_index(drop=True)
    recorded.add(name)


def _no_patients(tables: Sequence[SourceTable]) -> dict[str, object]:
    headers = [str(name) for table in tables for name in table.frame.columns]
    near = likely_subject_column(headers)
    hint = f"Perhaps it is {near!r}: choose it in the mapping." if near else "Add one."
    return finding(
        BLOCKS,
        tables[0].name if tables else "file",
        "subject_id",
        "No column tells the patients apart (subject_id).",
        "Nothing can be used.",
        hint,
    )


def _nobody(mapped: Sequence[MappedTable]) -> dict[str, object]:
    return finding(
        BLOCKS,
        mapped[0].name,
        "subject_id",
        "No row names a patient.",
        "Nothing can be used.",
        "Add the patients, and save the file again.",
    )


def _note_columns(table: MappedTable, findings: Findings) -> None:
    """Which columns are guesses, which are private, and which are not used."""
    unused = []
    for entry in table.map.columns:
        if entry.private and not entry.keep:
            findings.append(
                finding(
                    NOTE,
                    table.name,
                    entry.column,
                    f"{entry.column!r} looks like {_article(entry.private)}.",
                    "It is dropped and kept nowhere.",
                    "Tick 'keep' in the mapping if it is needed, and leave it out of the file "
                    "otherwise.",
                )
            )
        elif entry.private and entry.field == "subject_id":
            findings.append(
                finding(
                    NOTE,
                    table.name,
                    entry.column,
                    f"{entry.column!r} looks like {_article(entry.private)}, and is the only "
                    "column that tells the patients apart.",
                    "It is used in this session.",
                    "Relabel the patients before figures are shown around.",
                )
            )
        elif not entry.field:
            unused.append(entry.column)
            if tells_outcome(entry):
                findings.append(unused_outcome(table, entry))
            if TRANSPLANT.search(entry.column) and table.map.rows == "patients":
                findings.append(unused_transplant(table, entry))
        elif entry.confidence < SURE:
            title = read_fields()[entry.field].title
            why = entry.reason.rstrip(".")
            findings.append(
                finding(
                    CHANGES,
                    table.name,
                    entry.column,
                    f"{entry.column!r} is read as {title}, which is a guess: {why}.",
                    "It is used.",
                    "Correct it in the mapping if it is something else.",
                )
            )
    if unused:
        first = ", ".join(map(repr, unused[:8]))
        more = f" and {len(unused) - 8} more" if len(unused) > 8 else ""
        findings.append(
            finding(
                NOTE,
                table.name,
                "",
                f"{counted(len(unused), 'column has', 'columns have')} no meaning here: "
                f"{first}{more}.",
                "They are not used.",
                "Choose what they stand for in the mapping, if one is needed.",
                value=len(unused),
            )
        )


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _births(mapped: list[MappedTable], clock: DayReference, context: IntakeContext) -> pd.Series:
    """Days of birth, counted from the infusion, of files whose birth dates were kept."""
    parts = []
    for table in mapped:
        entry = table.map_of("birth_date")
        if entry is None:
            continue
        dates = clock.read_dates(table.values_of(entry), table, context.findings)
        days = clock.count_days(dates, table.subjects)
        parts.append(first_by_patient(table.subjects, days, table, context.findings))
    return (
        combine_patients(parts, "birth_date", context.findings) if parts else pd.Series(dtype=float)
    )


def _subjects(mapped: list[MappedTable], births: pd.Series, context: IntakeContext) -> pd.DataFrame:
    """A row per patient of any table."""
    names = mapped[0].subjects.categories
    subjects = pd.DataFrame(index=pd.Index(names.astype(object), name="subject_id"))
    for meaning in read_fields().values():
        if meaning.table != "subjects" or meaning.name in (
            "subject_id",
            "infusion_date",
            "birth_date",
        ):
            continue
        parts = []
        for table in mapped:
            entry = table.map_of(meaning.name)
            if entry is not None and entry.day is None:
                values = _converted(table, entry, meaning, context)
                parts.append(first_by_patient(table.subjects, values, table, context.findings))
        if parts:
            subjects[meaning.name] = combine_patients(parts, meaning.name, context.findings)
    if "age_years" not in subjects and len(births):
        subjects["age_years"] = np.floor(-births / DAYS_PER_YEAR)
    for name in column_names("subjects"):
        if name not in subjects and name != "subject_id":
            subjects[name] = _nothing(read_fields()[name], len(subjects))
    answers = [name for name in subjects if read_fields()[str(name)].kind == "yes_no"]
    subjects = subjects.astype(dict.fromkeys(answers, "boolean"))
    return subjects.reset_index()


def _nothing(meaning: Field, n: int) -> pd.api.extensions.ExtensionArray | np.ndarray:
    if meaning.kind == "yes_no":
        return pd.array([pd.NA] * n, dtype="boolean")
    if meaning.kind in ("number", "whole"):
        return np.full(n, np.nan)
    return np.full(n, np.nan, dtype=object)


def _converted(
    table: MappedTable, entry: ColumnMap, meaning: Field, context: IntakeContext
) -> pd.Series:
    """A patient-level column as the kind that its field names."""
    values = table.values_of(entry)
    if meaning.kind == "yes_no":
        return convert_answers(values, table.name, context.findings, line_of=table.line_of)
    if meaning.kind == "sex":
        return convert_sexes(values, table.name, context.findings, line_of=table.line_of)
    if meaning.kind in ("number", "whole"):
        numbers, _ = read_numbers(values, table, context, whole=meaning.kind == "whole")
        numbers = drop_coded_cells(numbers, column("subjects", meaning.name), table, context)
        if meaning.quantity and entry.unit:
            amounts = convert_listed(
                numbers.to_numpy(), meaning.quantity, entry.unit, context, table.name, entry.column
            )
            numbers = pd.Series(amounts, index=numbers.index, name=numbers.name)
        return numbers
    return convert_text(values)


def _split_counts(
    values: pd.DataFrame,
    mapped: list[MappedTable],
    whole: dict[str, pd.DataFrame],
    recorded: set[str],
    context: IntakeContext,
) -> None:
    """Counts and other laboratory values apart, each told once."""
    fields = set().union(*(table.fields for table in mapped))
    results = any(table.map.rows == "results" for table in mapped)
    if not (fields & set(LINEAGES) or results or "NE" in set(values["test"])):
        context.findings.append(
            finding(
                NOTE,
                "counts",
                "",
                "The file has no counts of hemoglobin, platelets or neutrophils.",
                "No grade comes of it.",
                "Choose their columns in the mapping if they are there.",
            )
        )
    else:
        recorded.add("counts")
        lineage = values["test"].isin(LINEAGES).to_numpy()
        counts = values if lineage.all() else values[lineage]
        columns = {name: counts[name] for name in ("subject_id", "day")}
        columns["param"] = counts["test"].cat.set_categories(sorted(LINEAGES))
        columns |= {name: counts[name] for name in ("value", "unit", "lln")}
        told = drop_limits(drop_codes(pd.DataFrame(columns, copy=False), context), context)
        whole["counts"] = _told_once(told, context)
    labs = values[values["test"].isin(list(LABS))]
    if len(labs):
        labs = labs.drop(columns=["row", "lln"])
        labs["test"] = labs["test"].cat.remove_unused_categories()
        whole["labs"] = labs.reset_index(drop=True)
        recorded.add("labs")


def _told_once(counts: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """Counts without those that stand in the file twice with the same value."""
    again = find_repeated(patient_day_keys(counts))
    twice = np.zeros(len(counts), dtype=bool)
    if again.any():
        columns = ["subject_id", "day", "param", "value", "unit"]
        twice[again] = counts.loc[again, columns].duplicated().to_numpy()
    if twice.any():
        n = int(twice.sum())
        context.findings.append(
            finding(
                NOTE,
                "counts",
                "value",
                f"{n} of {len(counts)} counts stand in the file twice with the same value.",
                "Each is used once.",
                value=n,
            )
        )
        counts = counts[~twice]
    return (
        counts if len(counts.index) and _is_plain(counts.index) else counts.reset_index(drop=True)
    )


def _is_plain(index: pd.Index) -> bool:
    """True for the index 0, 1, 2 …, which need not be made again."""
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
