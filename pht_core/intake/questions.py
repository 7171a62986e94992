"""Questions that a file leaves open and no program may guess; the mapping keeps the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pht_core.intake.mapping import CHOSEN, ColumnMap, FileMap
from pht_core.intake.recognising.headers import open_day, split_day
from pht_core.intake.words.fields import read_fields
from pht_core.model.errors import UnknownName
from pht_core.model.units import recognise_unit, split_header

DATE_ORDERS = (
    ("day-month", "day first: 03/04/2022 is 3 April"),
    ("month-day", "month first: 03/04/2022 is March 4"),
    ("year-first", "year first: 22-03-04 is 4 March 2022"),
)
FIRST_DAYS = (("0", "day 0"), ("1", "day 1 (no day 0, as in ADaM)"))
DECIMALS = (
    (",", "decimal comma: 1,234 is slightly more than one"),
    (".", "thousands separator: 1,234 is one thousand two hundred and thirty-four"),
)


@dataclass(frozen=True)
class Question:
    """One question to the user.

    key : what is asked (``date_order``, ``first_day``, ``decimal``, ``unit``, ``field``, ``cells``,
        or any other word, under which the answer is kept with the column), then table and column.
    options : pairs of (value, words), the answers that fit; the value "" leaves out what is asked
        about.
    cells : pairs of (cell, number of rows) of a column whose values are not understood: each needs
        one of the options. Empty where there is one answer.
    proposed : the answer that is likely, one for each of ``cells`` where there are some; it is
        shown and must be confirmed. None = no proposal.
    """

    key: tuple[str, ...]
    text: str
    why: str
    options: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, int], ...] = ()
    proposed: tuple[str | None, ...] = ()


def ask_date_order(
    example: str, column: str, orders: set[str], *, contradict: bool = False
) -> Question:
    """Ask what comes first in dates, with a cell that fits all of the orders."""
    options = tuple(pair for pair in DATE_ORDERS if pair[0] in orders)
    first = " or the ".join(order.split("-")[0] for order, _ in options)
    why = "Every date of this form in the file fits these orders."
    if contradict:
        why = "Some dates in this column can only have the day first, others only the month."
    return Question(
        ("date_order",), f"Does {example!r} in {column} have the {first} first?", why, options
    )


def ask_decimal(example: str, column: str) -> Question:
    """Ask what the comma means in numbers such as 1,234."""
    text = f"What does the comma in {example!r} of {column} mean?"
    why = "Every number with a comma in this column can be read both ways."
    return Question(("decimal",), text, why, DECIMALS)


def ask_field(
    table: str,
    field: str,
    text: str,
    why: str,
    columns: Sequence[str],
    *,
    proposed: str = "",
    words: Mapping[str, str] | None = None,
    none: str = "",
) -> Question:
    """Ask which column of a table stands for a field.

    columns : those that could; the value of one with days of its own (``gran_D7``) is its stem.
    words : shown for a column, where its name says too little.
    none : the words of "none", an answer that is kept with the first of the columns; without them
        none ("") leaves the table out.
    """
    shown = words or {}
    options = (
        *((name, shown.get(name, name)) for name in columns),
        ("", none or "none: leave this table out"),
    )
    key = ("field", table, columns[0] if none else "", field)
    return Question(key, text, why, options, proposed=(proposed,) if proposed else ())


def answer_question(
    mapping: FileMap, question: Question, answer: str | Mapping[str, str]
) -> FileMap:
    """Return the mapping with the answer in it.

    answer : the value of one option; where the question has ``cells``, one for each cell.
    Raises UnknownName if a value is none of the question's options.
    """
    options = list(dict(question.options))
    for value in [answer] if isinstance(answer, str) else answer.values():
        if value not in options:
            raise UnknownName("Answer", value, options)
    if question.key[0] == "date_order":
        return replace(mapping, date_order=str(answer))
    if question.key[0] == "first_day":
        return replace(mapping, first_day=int(str(answer)))
    if question.key[0] == "decimal":
        return replace(mapping, decimal=str(answer))
    kind, name, column, *test = question.key
    tables = []
    for table in mapping.tables:
        if table.table == name and kind == "field" and not answer and not column:
            table = replace(table, rows="")
        elif table.table == name:
            answered = (_answered(own, kind, column, test, answer) for own in table.columns)
            table = replace(table, columns=tuple(answered))
        tables.append(table)
    return replace(mapping, tables=tuple(tables))


def _answered(
    own: ColumnMap, kind: str, column: str, test: list[str], answer: str | Mapping[str, str]
) -> ColumnMap:
    """One column of the table that a question is about, with the answer in it."""
    if kind == "field" and answer and isinstance(answer, str):
        part = split_day(own.column)
        if own.column == answer or (part.name == answer and part.day is not None):
            return _as_field(own, test[0], own.day if own.column == answer else part.day)
        return replace(own, field="", confidence=0.0) if own.field == test[0] else own
    if kind == "header day" and isinstance(answer, str) and answer and own.lost_field:
        words, number = open_day(own.column)
        if words != test[0] or (not words and number is None):
            return own  # a header without a day is of no day, not of day 0
        day = int(answer) if number is None else number * (-1 if answer == "before" else 1)
        return _as_field(own, own.lost_field, day)
    if own.column != column:
        return own
    if not isinstance(answer, str):
        others = tuple(pair for pair in own.values if pair[0] not in answer)
        return replace(own, values=(*others, *answer.items()))
    if kind == "unit":
        return _with_unit(own, answer, test[0])
    if kind == "test" and answer:
        return replace(own, values=(*own.values, (answer, test[0])))
    kept = test[0] if kind in ("field", "test") else kind
    others = tuple(pair for pair in own.answers if pair[0] != kept)
    denied = kind == "field" and own.field == kept
    return replace(own, field="" if denied else own.field, answers=(*others, (kept, answer)))


def _as_field(own: ColumnMap, field: str, day: int | None) -> ColumnMap:
    """The column as the user's choice of a field, in the unit that its header names."""
    quantity = read_fields()[field].quantity
    unit = own.unit or (recognise_unit(split_header(own.column)[1], quantity) if quantity else "")
    own = replace(own, field=field, unit=unit, day=day, lost_field="")
    return replace(own, confidence=1.0, reason=CHOSEN, keep=True)


def _with_unit(own: ColumnMap, unit: str, test: str) -> ColumnMap:
    """The column in that unit; with ``test`` only that test's rows, as a pair in ``values``."""
    if not test:
        return replace(own, unit=unit, confidence=1.0, reason=CHOSEN)
    others = tuple(pair for pair in own.values if pair[0] != test)
    return replace(own, values=(*others, (test, unit)))
