"""Mapped files as the tidy tables of ``schema.TABLES``, with all that was noticed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from pht_core.intake.mapping import FileMap
from pht_core.intake.questions import Question
from pht_core.intake.source import SourceTable
from pht_core.intake.tidying.amounts import find_decimal_mark
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.day_reference import ask_order, build_day_reference
from pht_core.intake.tidying.identities import map_tables
from pht_core.intake.tidying.laboratory import read_laboratory
from pht_core.intake.tidying.mapped import check_columns
from pht_core.intake.tidying.missing_columns import ask_columns
from pht_core.intake.tidying.others import read_others
from pht_core.intake.tidying.outcomes import read_outcomes
from pht_core.intake.tidying.patients import check_patients, read_births, read_subjects
from pht_core.intake.tidying.steroids import read_steroids, settle_units
from pht_core.intake.tidying.support_and_events import read_events, read_support
from pht_core.model.findings import Findings


@dataclass(frozen=True)
class Tidied:
    """The tables of ``schema.TABLES`` that some column gives, and what reading them left.

    ``births`` are the days of birth that were kept, in days after infusion by subject_id;
    ``recorded``, ``stated`` and ``others`` are those of ``Cohort``.
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
    ask_columns(tables, mapping, context)
    mapped = map_tables(tables, mapping, context)
    if not any(len(table.frame) for table in mapped):
        if mapped:
            context.report("no_patients", mapped[0].name, "subject_id")
        elif not context.questions:
            name = tables[0].name if tables else "file"
            context.report("no_patient_column", name, "subject_id")
        return Tidied({}, context.findings, tuple(context.questions), frozenset())
    for table in mapped:
        check_columns(table)
        context.decimal_marks[table.name] = find_decimal_mark(table)
    check_patients(mapped)
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
    births = read_births(mapped)
    whole = {"subjects": read_subjects(mapped, births)}
    whole |= read_laboratory(mapped, context)
    weights = whole["subjects"].set_index("subject_id")["weight_kg"]
    steroids = [read_steroids(table, weights) for table in mapped]
    support = [found for table in mapped if (found := read_support(table))]
    events = [found for table in mapped if (found := read_events(table))]
    for name, parts in (
        ("prednisone", [rows for rows in steroids if rows is not None]),
        ("support", [rows for rows, _ in support]),
        ("events", [rows for rows, _ in events]),
    ):
        if parts:
            filled = [part for part in parts if len(part)] or parts[:1]
            whole[name] = pd.concat(filled, ignore_index=True)
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


def _drop_repeated(findings: Findings) -> Findings:
    """Each finding once: a column may be looked at twice."""
    seen: dict[tuple[str, ...], dict[str, object]] = {}
    for row in findings:
        seen.setdefault(tuple(map(str, row.values())), row)
    return list(seen.values())
