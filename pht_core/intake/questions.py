"""Questions that a file leaves open and no program may guess; the mapping keeps the answers."""

from dataclasses import dataclass, replace

from pht_core.intake.mapping import CHOSEN, ColumnMap, FileMap
from pht_core.model.errors import UnknownName

DATE_ORDERS = (
    ("day-month", "day first: 03/04/2022 is 3 April"),
    ("month-day", "month first: 03/04/2022 is March 4"),
    ("year-first", "year first: 22-03-04 is 4 March 2022"),
)
DECIMALS = (
    (",", "decimal comma: 1,234 is slightly more than one"),
    (".", "thousands separator: 1,234 is one thousand two hundred and thirty-four"),
)


@dataclass(frozen=True)
class Question:
    """One question to the user.

    Parameters
    ----------
    key : ``date_order``, ``decimal``, or ``unit`` and the table and column that it is about.
    text : the question, with an example from the file.
    why : what makes it open.
    options : pairs of (value, words), the answers that fit.
    """

    key: tuple[str, ...]
    text: str
    why: str
    options: tuple[tuple[str, str], ...]


def ask_date_order(
    example: str, column: str, orders: set[str], *, contradict: bool = False
) -> Question:
    """Ask what comes first in dates, with a cell that fits all of the orders."""
    options = tuple(pair for pair in DATE_ORDERS if pair[0] in orders)
    first = " or the ".join(order.split("-")[0] for order, _ in options)
    return Question(
        ("date_order",),
        f"Does {example!r} in {column} have the {first} first?",
        "Some dates in this column can only have the day first, others only the month."
        if contradict
        else "Every date of this form in the file fits these orders.",
        options,
    )


def ask_decimal(example: str, column: str) -> Question:
    """Ask what the comma means in numbers such as 1,234."""
    return Question(
        ("decimal",),
        f"What does the comma in {example!r} of {column} mean?",
        "Every number with a comma in this column can be read both ways.",
        DECIMALS,
    )


def ask_unit(
    table: str, column: str, title: str, why: str, units: list[str], *, test: str = ""
) -> Question:
    """Ask for the unit of one column, or of one test of a table with a row per result."""
    return Question(
        ("unit", table, column, test),
        f"What is the unit of {title} ({test or column})?",
        why,
        tuple((unit, unit) for unit in units),
    )


def answer_question(mapping: FileMap, question: Question, value: str) -> FileMap:
    """Return the mapping with the answer in it.

    Raises
    ------
    UnknownName
        If the value is none of the question's options.
    """
    if value not in dict(question.options):
        raise UnknownName("Answer", value, list(dict(question.options)))
    if question.key[0] == "date_order":
        return replace(mapping, date_order=value)
    if question.key[0] == "decimal":
        return replace(mapping, decimal=value)
    _, table, column, test = question.key
    return replace(
        mapping,
        tables=tuple(
            replace(
                entry,
                columns=tuple(
                    _with_unit(own, value, test) if own.column == column else own
                    for own in entry.columns
                ),
            )
            if entry.table == table
            else entry
            for entry in mapping.tables
        ),
    )


def _with_unit(own: ColumnMap, unit: str, test: str) -> ColumnMap:
    """The column in that unit; with ``test`` only that test's rows, as a pair in ``values``."""
    if not test:
        return replace(own, unit=unit, confidence=1.0, reason=CHOSEN)
    others = tuple(pair for pair in own.values if pair[0] != test)
    return replace(own, values=(*others, (test, unit)))
