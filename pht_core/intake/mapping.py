"""What each column of a file means: guessed, corrected by the user, saved and applied again."""

from dataclasses import dataclass

# What one row of a table stands for. A table may also be left out ("").
ROWS = {
    "patients": "one patient",
    "days": "one patient on one day",
    "results": "one laboratory result",
    "doses": "one steroid dose, from its first to its last day",
    "support": "one transfusion or growth factor",
    "events": "one event",
    "times": "one outcome of one patient (time to event)",
}


# Below this confidence a column is asked about: its header only resembles a known name.
CERTAIN = 0.75
# The reason of a map that the user made; such a unit is not doubted again.
CHOSEN = "Set by you."


@dataclass(frozen=True)
class ColumnMap:
    """What one column means, and why it is believed to.

    field : a field's name (see ``fields.FIELDS``); empty = not used.
    unit : a unit's name as in ``units``, where header or user give it; for times ``days``,
        ``weeks``, ``months``, ``years`` or ``date``; empty = unknown.
    day : the day after infusion, for a column that holds one day's values (``HGB_D14``).
    values : what cells stand for, as pairs of (cell as text, meaning), for codes such as 1 = male;
        for a column of results, pairs of (test, unit) as the user chose them.
    confidence : 0 to 1; 1 is a known name, a choice of the user, or a saved mapping.
    reason : why, in words for the user; `CHOSEN` where the user chose it.
    lost_field : the field that it would have, if another column did not have it or its codes were
        explained; empty = none.
    private : what the column looks like (``name``, ``birth date``, ``phone number``,
        ``identity number``); such a column is dropped unless ``keep``.
    keep : kept on purpose although it looks private.
    answers : the user's answers to questions about the column, as pairs of (what was asked, value).
    """

    column: str
    field: str = ""
    unit: str = ""
    day: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    confidence: float = 0.0
    reason: str = ""
    private: str = ""
    keep: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    lost_field: str = ""


@dataclass(frozen=True)
class TableMap:
    """What a table's rows stand for (a key of `ROWS`, or empty = not used), and its columns."""

    table: str
    rows: str
    columns: tuple[ColumnMap, ...]


@dataclass(frozen=True)
class FileMap:
    """How the files of one cohort are read.

    date_order : ``day-month``, ``month-day`` or ``year-first`` for dates such as 03/04/2022, which
        fit more than one; empty = unknown.
    first_day : the number that the infusion's day has in the file: 0, or 1 in ADaM, which has no
        day 0; None = unknown, which is 0 unless the file shows ADaM's names.
    decimal : ``,`` or ``.`` for numbers such as 1,234 that fit both; empty = unknown.
    """

    tables: tuple[TableMap, ...] = ()
    date_order: str = ""
    first_day: int | None = None
    decimal: str = ""
