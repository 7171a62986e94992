"""Days after infusion from whatever a file tells: day numbers, dates, or the names of visits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pht_core.intake.cells import convert_numbers
from pht_core.intake.cells.dates import convert_dates, date_orders, needs_order
from pht_core.intake.mapping import CHOSEN, ColumnMap, FileMap
from pht_core.intake.questions import Question, ask_date_order
from pht_core.intake.tidying.amounts import IntakeContext
from pht_core.intake.tidying.first_day import (
    ADAM_DAYS,
    REFERENCE_STARTS,
    TREATMENT_STARTS,
    adam_has_day_0,
    is_day_of_month,
    note_far_days,
    note_no_day_0,
)
from pht_core.intake.tidying.mapped import MappedTable, recode, text_of
from pht_core.intake.tidying.patients import combine_patients, first_by_patient
from pht_core.intake.words.fields import read_fields
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, Findings, finding
from pht_core.model.words import counted

_NO_RANGE = r"(?![\d.])(?!\s*[-–~]\s*\d)"
_DAY = re.compile(
    rf"(?:^|[^a-z])(?:day|d|tag|jour|j|dia)[\s_]*([+\-−–]?)[\s_]*(\d{{1,4}}){_NO_RANGE}"
)
_DAY_CHINESE = re.compile(r"(前?)\s*(?:第|\+)?\s*(\d{1,4})\s*天(前?)")
_WEEK = re.compile(rf"(?:^|[^a-z])(?:week|wk|w|woche)[\s_]*([+\-−–]?)[\s_]*(\d{{1,3}}){_NO_RANGE}")
# Days of something else than the infusion, or of a week or month.
_OTHER_DAY = re.compile(
    r"(?:^|[^a-z])(?:c|cycle|course)[\s_]*\d+(?![\d.])"
    r"|(?:^|[^a-z])(?:relapse|progression|transplant|hsct|sct|diagnosis|months?|mo)(?![a-z])"
    r"|移植|复发"
)
# Days before the infusion, which count from it only with a minus ("Day -5 (LD)") or as day 0.
_EARLIER_DAY = re.compile(
    r"(?:^|[^a-z])(?:ld|pre|vor|prior|before|lympho\w*|deplet\w*|conditioning|apheresis|leuka\w*"
    r"|bridging)(?![a-z])|清淋|预处理|采集"
)


def day_of_visit(name: str) -> float:
    """The day after infusion that a visit's name says; missing if it says none.

    A week is seven days. A baseline or screening visit has no day of its own.

    >>> [day_of_visit(name) for name in ("Day 14", "D-5", "week_2_arm_1", "Baseline")]
    [14.0, -5.0, 14.0, nan]
    """
    text = str(name).strip().lower()
    if _OTHER_DAY.search(text) or (_DAY.search(text) and _WEEK.search(text)):
        return np.nan
    for pattern, days in ((_DAY, 1), (_WEEK, 7)):
        found = pattern.search(text)
        if found:
            if _EARLIER_DAY.search(text) and not found[1].strip("+") and float(found[2]):
                return np.nan
            sign = -1.0 if found[1] in ("-", "−", "–") and found[1] else 1.0
            return sign * days * float(found[2])
    chinese = _DAY_CHINESE.search(text)
    if not chinese:
        return np.nan
    return float(chinese[2]) * (-1.0 if chinese[1] or chinese[3] else 1.0)


def days_of_visits(visits: pd.Series) -> pd.Series:
    """Each visit's day, from its name; missing where it says none."""
    names = visits.astype("category")
    days = np.array([day_of_visit(name) for name in names.cat.categories] + [np.nan])
    return pd.Series(days[names.cat.codes.to_numpy()], index=visits.index, name=visits.name)


# A day number this far from infusion is an Excel serial date: 20 000 is in 1954.
FIRST_SERIAL = 20_000
A_CENTURY = 36_525
ORDERS = {"day-month", "month-day", "year-first"}
# What stands in these tables is of a day.
DAYED = {"counts", "labs", "prednisone", "support", "events"}


@dataclass(frozen=True)
class DayReference:
    """How the days of a file are counted.

    Parameters
    ----------
    infusions : each patient's date of infusion (day 0), by the patients' codes; NaT = not given.
    date_order : ``day-month``, ``month-day``, ``year-first``, or empty where no date needs it.
    first_day : the number of the infusion's day, 0 or 1 (ADaM, which has no day 0).
    has_infusions : whether any column gives the date of infusion.
    said : whether the file or the user settled ``first_day``.
    adam : columns with ADaM's names call the infusion day 1, whatever others do.
    """

    infusions: np.ndarray
    date_order: str = ""
    first_day: int = 0
    has_infusions: bool = False
    said: bool = False
    adam: bool = False

    def count_days(self, dates: pd.Series, subjects: pd.Categorical) -> pd.Series:
        """Whole days from each row's infusion to its date; missing without either."""
        whole = dates.to_numpy(dtype="datetime64[D]")
        days = (whole - self.infusions[subjects.codes]).astype(float)
        days[np.isnat(whole) | np.isnat(self.infusions[subjects.codes])] = np.nan
        return pd.Series(days, index=dates.index, name=dates.name)

    def from_first_day(self, numbers: pd.Series) -> pd.Series:
        """Day numbers as days after infusion: where day 1 is the infusion, it becomes day 0."""
        return numbers.where(~(numbers > 0), numbers - self.first_day)

    def read_dates(self, values: pd.Series, table: MappedTable, findings: Findings) -> pd.Series:
        """A column's dates, at midnight."""
        return convert_dates(values, self.date_order, table.name, findings, line_of=table.line_of)


def is_date(entry: ColumnMap, values: pd.Series) -> bool:
    """True where a column holds dates: its field or unit says so, or no other reading fits."""
    kind = read_fields()[entry.field].kind
    if kind == "date" or entry.unit == "date":
        return True
    if kind not in ("time", "day") or entry.unit:
        return False
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return True
    if pd.api.types.is_numeric_dtype(values.dtype):
        return bool(len(values)) and bool((values.dropna() > FIRST_SERIAL).all())
    numbers = pd.to_numeric(pd.Series(text_of(values).cat.categories.astype(str)), errors="coerce")
    return bool(numbers.isna().any()) and bool(date_orders(values))


def ask_order(tables: Sequence[MappedTable], mapping: FileMap) -> Question | None:
    """The question which of day and month comes first, if no date of the file settles it."""
    if mapping.date_order:
        return None
    undecided: list[tuple[str, pd.Series]] = []
    for table in tables:
        for entry in table.map.columns:
            if not entry.field:
                continue
            values = table.values_of(entry)
            if not is_date(entry, values):
                continue
            if needs_order(values):
                undecided.append((f"{entry.column} of {table.name}", values))
            elif len(date_orders(values) & ORDERS) == 1:
                return None
    if not undecided:
        return None
    where, values = undecided[0]
    fitting = [date_orders(values) for _, values in undecided]
    orders = set.intersection(*fitting) & ORDERS or fitting[0] & ORDERS
    example = str(values.dropna().iloc[0])
    if not orders:
        return ask_date_order(example, where, {"day-month", "month-day"}, contradict=True)
    return ask_date_order(example, where, orders)


def settled_order(tables: Sequence[MappedTable], mapping: FileMap) -> str:
    """The order of day and month: the user's word, else what a date of the file shows."""
    if mapping.date_order:
        return mapping.date_order
    for table in tables:
        for entry in table.map.columns:
            if entry.field and is_date(entry, table.frame[entry.column]):
                orders = date_orders(table.values_of(entry)) & ORDERS
                if len(orders) == 1:
                    return next(iter(orders))
    return ""


def build_clock(
    tables: Sequence[MappedTable], mapping: FileMap, findings: Findings
) -> DayReference:
    """The clock of these tables: infusion dates from every table that gives them."""
    n = len(tables[0].subjects.categories) if tables else 0
    clock = DayReference(
        np.full(n, "NaT", dtype="datetime64[D]"),
        settled_order(tables, mapping),
        mapping.first_day or 0,
        said=mapping.first_day is not None,
        adam=mapping.first_day is None and not adam_has_day_0(tables),
    )
    parts = []
    for table in tables:
        entry = table.map_of("infusion_date")
        if entry is None:
            continue
        dates = clock.read_dates(table.values_of(entry), table, findings)
        parts.append(first_by_patient(table.subjects, dates, table, findings))
        name = "" if entry.reason == CHOSEN else entry.column.upper()
        start = name in TREATMENT_STARTS | REFERENCE_STARTS
        findings.append(
            finding(
                CHANGES if name in REFERENCE_STARTS else NOTE,
                table.name,
                entry.column,
                f"{entry.column!r} is read as the date of the CAR-T infusion."
                + " It may be the first day of lymphodepletion." * start,
                "Its day is day 0.",
                "Choose the infusion's own date in the mapping if there is one." * start,
            )
        )
    if not parts:
        return clock
    infusions = combine_patients(parts, "infusion_date", findings)
    days = infusions.reindex(tables[0].subjects.categories).to_numpy(dtype="datetime64[D]")
    return replace(clock, infusions=days, has_infusions=True)


def find_days(
    table: MappedTable,
    clock: DayReference,
    context: IntakeContext,
    *,
    day: str = "day",
    date: str = "date",
) -> pd.Series | None:
    """Each row's day after infusion, found once; None if no column of the table tells it.

    Missing where a row has none, which is a finding if the row has values.
    """
    key = (table.name, day)
    if key not in context.days:
        days = _find_days(table, clock, context.findings, day, date)
        days = None if days is None else _within_a_century(days, table, context.findings)
        if days is not None:
            note_far_days(days, table, context.findings)
        context.days[key] = days
        if days is not None and day != "end_day":
            note_dayless(table, days, context.findings)
    return context.days[key]


def _within_a_century(days: pd.Series, table: MappedTable, findings: Findings) -> pd.Series:
    """Days without those further from infusion than anybody lives."""
    beyond = days.abs() > A_CENTURY
    if not beyond.any():
        return days
    first = beyond[beyond].index[0]
    findings.append(
        finding(
            CHANGES,
            table.name,
            str(days.name),
            f"{counted(int(beyond.sum()), 'row has', 'rows have')} "
            f"a day more than a century from the infusion, the first "
            f"{days[first]:.10g}.",
            "They are not used.",
            "Give days after infusion, or dates.",
            row=table.line_of(first),
            value=f"{days[first]:.10g}",
        )
    )
    return days.mask(beyond)


def _find_days(
    table: MappedTable, clock: DayReference, findings: Findings, day: str, date: str
) -> pd.Series | None:
    """Each row's day after infusion.

    The day's column is used; where it is empty, the date counted from the patient's infusion,
    and last the visit's name. Where both are given they are compared, which also shows whether
    the file counts the infusion as day 1.
    """
    entry, dated, visit = table.map_of(day), table.map_of(date), table.map_of("visit")
    numbers: pd.Series | None = None
    from_dates: pd.Series | None = None
    if entry is not None and is_date(entry, table.values_of(entry)):
        entry, dated = None, dated or entry
    if entry is not None and is_day_of_month(table, entry):
        entry = None
    if entry is None and visit is None and not clock.has_infusions:
        return None  # dates alone, or nothing at all
    if dated is not None:
        dates = clock.read_dates(table.values_of(dated), table, findings)
        from_dates = clock.count_days(dates, table.subjects)
        if clock.has_infusions:
            _note_no_infusion(table, dated, dates, from_dates, findings)
    if entry is not None:
        cells = _named_days(table.values_of(entry), table, findings)
        raw = convert_numbers(cells, table.name, findings, whole=True, line_of=table.line_of)
        numbers = _shifted(raw, from_dates, table, entry, clock, findings)
    known = numbers
    if from_dates is not None and (clock.has_infusions or known is None):
        known = from_dates if known is None else known.fillna(from_dates)
    if visit is not None and day == "day":
        named = days_of_visits(table.values_of(visit))
        known = named if known is None else known.fillna(named)
    return known


def _named_days(values: pd.Series, table: MappedTable, findings: Findings) -> pd.Series:
    """Cells such as ``D28`` or ``week 2`` in a column of days as the number that they name."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values
    words = [str(word) for word in text_of(values).cat.categories]
    named = {word: day_of_visit(word) for word in words}
    pairs = [(word, f"{day:g}") for word, day in named.items() if not np.isnan(day)]
    if not pairs:
        return values
    n = int(values.isin([word for word, _ in pairs]).sum())
    findings.append(
        finding(
            NOTE,
            table.name,
            str(values.name),
            f"{counted(n, 'cell', 'cells')} "
            f"of {values.name} with a day's name, the first {pairs[0][0]!r}.",
            f"It is read as day {pairs[0][1]}.",
            value=pairs[0][0],
        )
    )
    return recode(values, pairs)


def _shifted(
    numbers: pd.Series,
    from_dates: pd.Series | None,
    table: MappedTable,
    entry: ColumnMap,
    clock: DayReference,
    findings: Findings,
) -> pd.Series:
    """Day numbers as days after infusion, whatever number the infusion's day has."""
    own = clock
    if clock.adam and entry.column.upper() in ADAM_DAYS:
        own = replace(clock, first_day=1, said=True)
    both = None if from_dates is None else numbers.notna() & from_dates.notna() & (numbers > 0)
    if both is not None and both.any():
        gap = (numbers - from_dates)[both]
        if (gap == 1).mean() > 0.9 and not (numbers == 0).any():
            own = replace(clock, first_day=1, said=True)
        elif (gap == 0).mean() > 0.9:
            own = replace(clock, first_day=0, said=True)
    if own.first_day == 1 and (numbers == 0).any():
        n = int((numbers == 0).sum())
        findings.append(
            finding(
                CHANGES,
                table.name,
                entry.column,
                f"{counted(n, 'row has', 'rows have')} "
                f"day 0, which a file that calls the infusion day 1 cannot have.",
                "The infusion is taken to be day 0.",
                "Correct the days, or say which day the infusion is.",
                value=n,
            )
        )
        own = replace(own, first_day=0)
    if not own.said:
        note_no_day_0(numbers, table, entry, findings)
    days = own.from_first_day(numbers)
    if own.first_day == 1:
        findings.append(
            finding(
                NOTE,
                table.name,
                entry.column,
                f"{entry.column!r} calls the day of infusion 1 and has no day 0, as ADaM does.",
                "Its days after infusion are one less.",
            )
        )
    if both is not None:
        differs = both & (days != from_dates)
        if differs.any():
            n = int(differs.sum())
            first = differs[differs].index[0]
            findings.append(
                finding(
                    CHANGES,
                    table.name,
                    entry.column,
                    f"{n} of {int(both.sum())} rows have a day that is not the one that their "
                    f"date gives, the first {numbers[first]:g} against {from_dates[first]:g}.",  # type: ignore[index]
                    "The day's column is used.",
                    "Correct the day, the date or the date of infusion.",
                    row=table.line_of(first),
                    value=numbers[first],
                )
            )
    return days


def _note_no_infusion(
    table: MappedTable, entry: ColumnMap, dates: pd.Series, days: pd.Series, findings: Findings
) -> None:
    lost = dates.notna() & days.isna()
    if not lost.any():
        return
    n = len(np.unique(table.subjects.codes[lost.to_numpy()]))
    who = table.subjects[int(np.flatnonzero(lost.to_numpy())[0])]
    findings.append(
        finding(
            CHANGES,
            table.name,
            entry.column,
            f"{counted(n, 'patient', 'patients')} "
            f"with dates but no date of infusion, the first {who}.",
            f"Their {int(lost.sum())} dated rows are not used.",
            "Add the date of infusion.",
            row=table.line_of(days.index[int(np.flatnonzero(lost.to_numpy())[0])]),
            value=n,
        )
    )


def dayless(table: MappedTable, clock: DayReference, what: str) -> list[dict[str, object]]:
    """What is said of a table whose rows need a day and have no column for it."""
    if {"date", "start_date"} & table.fields and not clock.has_infusions:
        text = f"The dates of {table.name} cannot be counted from the infusion."
        advice = "Add each patient's date of infusion as a column, or in a table of patients."
    else:
        text = f"{table.name} has no column that says the day or the date of its {what}."
        advice = "Add one: days after infusion, day 0 being the infusion, or dates."
    return [finding(BLOCKS, table.name, "day", text, "Nothing of it can be used.", advice)]


def note_dayless(table: MappedTable, days: pd.Series, findings: Findings) -> None:
    """A finding that counts the rows which have values but no day, and are not used."""
    meanings = read_fields()
    named = {"day", "date", "visit", "start_day", "start_date", "end_day", "end_date"}
    columns = [
        entry.column
        for entry in table.map.columns
        if entry.field
        and entry.day is None
        and entry.field not in named
        and meanings[entry.field].table in DAYED
    ]
    if not columns or not days.isna().any():
        return
    lost = days.isna().to_numpy() & table.frame[columns].notna().any(axis=1).to_numpy()
    if not lost.any():
        return
    first = int(np.flatnonzero(lost)[0])
    findings.append(
        finding(
            CHANGES,
            table.name,
            "day",
            f"{int(lost.sum())} of {len(days)} rows have values but no day.",
            "They are not used.",
            "Fill in the day or the date.",
            row=table.line_of(days.index[first]),
            value=int(lost.sum()),
        )
    )
