"""Days after infusion from whatever a file gives: day numbers, dates, or the names of visits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pht_core.intake.cells.dates import date_orders, needs_order
from pht_core.intake.cells.numbers import convert_numbers
from pht_core.intake.cells.texts import clean_text
from pht_core.intake.mapping import CHOSEN, ColumnMap, FileMap
from pht_core.intake.questions import FIRST_DAYS, Question, ask_date_order
from pht_core.intake.recognising.evidence import ADAM_DAYS, DAY_FIELDS, ROWS_SAMPLED, has_day_0
from pht_core.intake.recognising.headers import header_words
from pht_core.intake.tidying.context import DayReference, IntakeContext, say
from pht_core.intake.tidying.mapped import MappedColumn, MappedTable, read_words, recode, text_of
from pht_core.intake.tidying.patients import combine_patients, one_by_patient
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.findings import CHANGES, NOTE
from pht_core.model.lineage import LINEAGES
from pht_core.model.words import listed

# A day number this far from infusion is an Excel serial date: 20 000 is in 1954.
FIRST_SERIAL = 20_000
# What a cell that names no day may stand for; a count before infusion without a day of its own is
# put a week before it, as in the sample.
NAMED_DAYS = (("day -7", "before the infusion (put at day -7)"), ("day 0", "the day of infusion"))
MOST_DAYS = 6  # numbers in cells of days, each offered before and after the infusion
MOST_CYCLES = 12  # a patient hardly has more infusions or cycles
TEN_YEARS, A_CENTURY = 3_653, 36_525
ORDERS = {"day-month", "month-day", "year-first"}
# What stands in these tables is of a day.
DATED_TABLES = {"counts", "labs", "prednisone", "support", "events"}
DATE_PARTS = ({"year", "month"}, {"jahr", "monat"}, {"année", "mois"}, {"年", "月"})
# Infusion dates by names that only say when treatment began. ADaM's TRTSDT is the infusion by
# convention; SDTM's reference dates often are the first day of lymphodepletion.
TREATMENT_STARTS = frozenset({"TRTSDT", "TRTSDTM", "TR01SDT", "AP01SDT"})
REFERENCE_STARTS = frozenset({"RFSTDTC", "RFXSTDTC"})

# Names of columns as R makes them of D-4 and -4, beside D0 and X0.
_DOTTED = re.compile(r"([a-z]+)\.(\d{1,4})", re.IGNORECASE)
_PLAIN = re.compile(r"([a-z]+)-?\d{1,4}", re.IGNORECASE)


def ask_order(tables: Sequence[MappedTable], mapping: FileMap) -> Question | None:
    """The question which of day and month comes first, if no date of the file resolves it."""
    if mapping.date_order:
        return None
    undecided: list[tuple[str, pd.Series]] = []
    for column in _dated_columns(tables):
        if needs_order(column.values):
            undecided.append((f"{column.name} of {column.table.name}", column.values))
        elif len(date_orders(column.values) & ORDERS) == 1:
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


def _dated_columns(tables: Sequence[MappedTable]) -> Iterator[MappedColumn]:
    used = (column for table in tables for column in table.columns if column.entry.field)
    return (column for column in used if is_date(column.entry, column.values))


def build_day_reference(
    tables: Sequence[MappedTable], mapping: FileMap, context: IntakeContext
) -> None:
    """How these tables count days: infusion dates from every table that gives them.

    The context's reference is this one from the start, since the dates of infusion are read by it.
    """
    subjects = tables[0].subjects.categories
    context.day_reference = DayReference(
        np.full(len(subjects), "NaT", dtype="datetime64[D]"),
        _resolve_order(tables, mapping),
        mapping.first_day or 0,
        declared=mapping.first_day is not None,
        follows_adam=mapping.first_day is None and not _adam_has_day_0(tables),
    )
    parts = []
    columns = [column for table in tables if (column := table.column("infusion_date"))]
    for column in columns:
        dates = column.read_dates()
        column.ask_unread(column.values, dates.isna() & column.values.notna(), "date")
        parts.append(one_by_patient(_one_infusion(dates, column), column))
        name = "" if column.entry.reason == CHOSEN else column.name.upper()
        is_start = name in TREATMENT_STARTS | REFERENCE_STARTS
        column.report(
            "infusion_date_may_be_earlier" if is_start else "infusion_date",
            severity=CHANGES if name in REFERENCE_STARTS else NOTE,
        )
    if parts:
        infusions = combine_patients(parts, columns, "infusion_date")
        days = infusions.reindex(subjects).to_numpy(dtype="datetime64[D]")
        context.day_reference = replace(context.day_reference, infusions=days, has_infusions=True)


def find_days(
    table: MappedTable, *, day: str = "day", date: str = "date", needed_for: str = ""
) -> pd.Series | None:
    """Each row's day after infusion, derived once; None if no column of the table gives it.

    Missing where a row has none, which is a finding if the row has values. ``day`` and ``date`` are
    fields; ``needed_for`` is what cannot be used without days, which is a finding too.
    """
    known, key = table.context.days, (table.name, day)
    if key not in known:
        days = _derive_days(table, day, date)
        if days is not None:
            beyond = days.abs() > A_CENTURY
            table.report_cells("day_beyond_a_century", days, beyond)
            days = days.mask(beyond)
            table.report_cells("day_years_before", days, days < -TEN_YEARS)
            if day != "end_day":
                _report_undated_rows(table, days)
            if day == "day":
                days = _of_one_infusion(days, table)
        known[key] = days
    if known[key] is None and needed_for:
        is_dated = {"date", "start_date"} & table.fields
        has_infusions = table.context.day_reference.has_infusions
        name = "dates_without_infusion" if is_dated and not has_infusions else "no_days"
        table.report(name, "day", what=needed_for)
    return known[key]


def _one_infusion(dates: pd.Series, column: MappedColumn) -> pd.Series:
    """Each row's date of infusion as its patient's only one; which of several counts is asked."""
    by_patient = dates.groupby(column.table.subjects.codes)
    first, last = by_patient.transform("min"), by_patient.transform("max")
    differs = (first != last) & first.notna()
    if not differs.any():
        return dates
    who = column.table.subjects[differs.to_numpy()].unique()
    answer = column.choose("infusion", n=len(who), who=listed(list(who), most=5))
    return dates if answer is None else first if answer == "first" else last


def _of_one_infusion(days: pd.Series, table: MappedTable) -> pd.Series:
    """Days without those of other infusions, where days begin again within a patient: asked.

    They do where a column (of cycles, infusions, episodes) tells apart blocks of a patient's rows
    whose days overlap; without such a column, where the rows' days go back to days that the patient
    already had, with other counts.
    """
    if table.map.rows not in ("days", "results"):
        return days
    test = table.series("test")
    keys = [table.subjects.codes, *([] if test is None else [text_of(test).cat.codes.to_numpy()])]
    given = days.notna().to_numpy()
    who = pd.MultiIndex.from_arrays(keys).factorize()[0][given]
    rows = pd.DataFrame({"who": who, "day": days.to_numpy()[given]})
    for column in table.columns:
        cells = table.frame[column.name]
        few = 1 < cells.iloc[:ROWS_SAMPLED].nunique() <= MOST_CYCLES
        if column.entry.field or column.entry.private or not few:
            continue
        codes = text_of(cells).cat.codes.to_numpy()[given]
        named = bool(read_pattern("cycle").search(column.name))
        fewest = 1 if named else 2
        if _begins_again(rows.assign(part=codes), fewest=fewest, in_blocks=not named):
            return _chosen_infusion(days, rows.assign(part=codes), column)
    dated = table.column("day", "date", "visit")
    if dated is None or not rows.duplicated(["who", "day"]).any():
        return days
    counts = [own.name for own in table.columns if own.entry.field in {"value", *LINEAGES}]
    cells = pd.util.hash_pandas_object(table.frame.loc[given, counts].astype(str), index=False)
    once = rows.assign(cells=cells.to_numpy()).drop_duplicates()
    back = once["day"].to_numpy() < once.groupby("who")["day"].shift().to_numpy()
    once["part"] = pd.Series(back, once.index).groupby(once["who"]).cumsum().astype(int)
    several = once[once.groupby("who")["part"].transform("max") > 0]
    # Rows in no order go back as well, but after a day or two.
    in_order = (several.groupby(["who", "part"])["day"].nunique() > 2).all()
    conflict = several.duplicated(["who", "day"], keep=False).any()
    if not (conflict and in_order and _begins_again(once, fewest=3, in_blocks=True)):
        return days
    rows = rows.assign(part=once["part"].reindex(rows.index).ffill().astype(int))
    return _chosen_infusion(days, rows, dated)


def _begins_again(rows: pd.DataFrame, *, fewest: int, in_blocks: bool) -> bool:
    """Whether parts of a patient's rows have days that overlap, as those of two infusions do.

    Rows have who, day and part, in the file's order. Each part must have the fewest days, and if
    ``in_blocks`` stand in one block of rows.
    """
    rows = rows.sort_values("who", kind="stable")
    parts = rows.groupby(["who", "part"], sort=False)["day"].agg(["min", "max", "nunique"])
    new_block = (rows["part"] != rows["part"].shift()) | (rows["who"] != rows["who"].shift())
    if in_blocks and new_block.sum() > len(parts):
        return False
    long = parts[parts["nunique"] >= fewest]
    before = long.groupby("who", sort=False)[["min", "max"]].shift()
    overlap = (long["min"] <= before["max"]) & (long["max"] >= before["min"])
    return bool(overlap.any())


def _chosen_infusion(days: pd.Series, rows: pd.DataFrame, column: MappedColumn) -> pd.Series:
    """The days of the rows that the user's answer keeps: all, or each patient's first or last.

    ``rows`` are those with a day, with who and part.
    """
    answer = column.choose("cycle")
    if answer == "all":
        return days
    part = rows.groupby("who")["part"].transform("last" if answer == "last" else "first")
    mask = days.notna().to_numpy()
    mask[mask] = (rows["part"] != part).to_numpy()
    if answer:
        column.table.report_cells("rows_of_other_infusions", days, mask, column=column.name)
    return days.mask(mask)


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


def day_of_visit(name: str) -> float:
    """The day after infusion that a visit's name says; missing if it says none.

    A week is seven days. A baseline or screening visit has no day of its own.

    >>> [day_of_visit(name) for name in ("Day 14", "D-5", "week_2_arm_1", "Baseline")]
    [14.0, -5.0, 14.0, nan]
    """
    text = clean_text(str(name)).lower()
    day, week = (read_pattern(f"{unit} in words").search(text) for unit in ("day", "week"))
    if read_pattern("other day").search(text) or (day and week):
        return np.nan
    if found := day or week:
        number = float(found[2]) * (7 if week else 1)
        unsigned = not found[1].strip("+")
        if number and unsigned and read_pattern("day before infusion").search(text):
            return np.nan
        return number if unsigned else -number
    if found := read_pattern("number of days").search(text):
        before = found[3] or found[1].strip("+")
        return -float(found[2]) if before else float(found[2])
    if found := read_pattern("day in Chinese").search(text):
        before = found[1] or found[4] or found[2].strip("+")
        return -float(found[3]) if before else float(found[3])
    return np.nan


def name_days(words: Sequence[str]) -> dict[str, float]:
    """The day that each word of a column names, missing where it names none.

    Where R has made names of the words, a point is a minus: ``D.4`` beside ``D0``, ``X.4``.

    >>> name_days(["D.4", "D0"]), name_days(["X.4", "X7"])
    ({'D.4': -4.0, 'D0': 0.0}, {'X.4': -4.0, 'X7': 7.0})
    """
    plain = {found[1].casefold() for word in words if (found := _PLAIN.fullmatch(word.strip()))}
    days = {}
    for word in words:
        dotted, named_x = _DOTTED.fullmatch(word.strip()), word.strip().casefold()[:1] == "x"
        text = word.strip()
        if dotted and dotted[1].casefold() in plain:
            text = f"{dotted[1]}-{dotted[2]}"
        if named_x and _PLAIN.fullmatch(text):
            text = f"d{text[1:]}"
        days[word] = day_of_visit(text)
    return days


def days_of_visits(visits: pd.Series) -> pd.Series:
    """Each visit's day, from its name; missing where it says none."""
    named = name_days([str(word) for word in text_of(visits).cat.categories])
    days = read_words(visits, named.__getitem__, np.nan)
    return pd.Series(days, index=visits.index, name=visits.name)


def _resolve_order(tables: Sequence[MappedTable], mapping: FileMap) -> str:
    """The order of day and month: the user's choice, else what a date of the file shows."""
    if mapping.date_order:
        return mapping.date_order
    fitting = (date_orders(column.values) & ORDERS for column in _dated_columns(tables))
    return next((next(iter(orders)) for orders in fitting if len(orders) == 1), "")


def _adam_has_day_0(tables: Sequence[MappedTable]) -> bool:
    """Whether some column with one of ADaM's names for a day holds a 0."""
    return any(
        has_day_0(map(str, text_of(table.frame[column.name]).cat.categories))
        for table in tables
        for column in table.columns
        if column.entry.field in DAY_FIELDS and column.name.upper() in ADAM_DAYS
    )


def _derive_days(table: MappedTable, day: str, date: str) -> pd.Series | None:
    """Each row's day after infusion.

    The day's column is used; where it is empty, the date counted from the patient's infusion,
    and last the visit's name. Where both are given they are compared, which also shows whether
    the file counts the infusion as day 1.
    """
    column, dated, visit = table.column(day), table.column(date), table.column("visit")
    has_infusions = table.context.day_reference.has_infusions
    from_dates: pd.Series | None = None
    if column is not None and is_date(column.entry, column.values):
        column, dated = None, dated or column
    if column is not None and _is_day_of_month(column):
        column = None
    if column is None and visit is None and not has_infusions:
        return None  # dates alone, or nothing at all
    if dated is not None:
        dates = dated.read_dates()
        from_dates = table.count_days(dates)
        lost = (dates.notna() & from_dates.isna()).to_numpy()
        who = table.subjects[lost].unique()
        if has_infusions and len(who):  # patients without a date of infusion
            facts = {"value": len(who), "n_patients": len(who), "who": who[0]}
            table.report_cells("no_infusion_date", dates, lost, **facts)
    days: pd.Series | None = None
    if column is not None:
        numbers = convert_numbers(_named_days(column), table.notes, whole=True)
        numbers = _with_sure_sign(numbers, column)
        firsts = {day_of_visit(f"{word} 1") for word in header_words(column.name)}
        if 7.0 in firsts and 1.0 not in firsts:  # a column of weeks
            numbers = numbers * 7
        days = _count_from_infusion(numbers, from_dates, column)
    if from_dates is not None and (has_infusions or days is None):
        days = from_dates if days is None else days.fillna(from_dates)
    if visit is not None and day == "day":
        named = days_of_visits(visit.values)
        days = named if days is None else days.fillna(named)
    return days


def _is_day_of_month(column: MappedColumn) -> bool:
    """Whether a column of days stands beside a year and a month: it is the day of a date."""
    names = {str(name).strip().casefold() for name in column.table.frame.columns}
    return column.entry.reason != CHOSEN and any(parts <= names for parts in DATE_PARTS)


def _named_days(column: MappedColumn) -> pd.Series:
    """Cells such as ``D28`` or ``week 2`` in a column of days as the number that they name."""
    values = column.values
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values
    named = name_days([str(word) for word in text_of(values).cat.categories])
    pairs = [(word, f"{day:g}") for word, day in named.items() if not np.isnan(day)]
    if not pairs:
        return values
    n = int(values.isin([word for word, _ in pairs]).sum())
    word, day = pairs[0]
    column.report("day_names", value=word, n=n, day=day)
    return recode(values, pairs)


def _with_sure_sign(numbers: pd.Series, column: MappedColumn) -> pd.Series:
    """Days whose minus is one: where every day has it, it may be a hyphen, which is asked."""
    given = numbers[numbers.notna() & (numbers != 0)]
    is_dated = column.table.map.rows in ("days", "results")
    if given.nunique() < 2 or (given > 0).any() or not is_dated:
        return numbers
    shown = listed([f"{day:g}" for day in np.unique(given)], most=5)
    return -numbers if column.choose("minus", shown=shown) == "after" else numbers


def _count_from_infusion(
    numbers: pd.Series, from_dates: pd.Series | None, column: MappedColumn
) -> pd.Series:
    """Day numbers as days after infusion, whatever number the infusion's day has."""
    reference = column.table.context.day_reference
    first_day, certain = reference.first_day, reference.declared
    if reference.follows_adam and column.name.upper() in ADAM_DAYS:
        first_day, certain = 1, True
    dated = pd.Series(np.nan, numbers.index) if from_dates is None else from_dates
    after = numbers.notna() & dated.notna() & (numbers > 0)
    gap = (numbers - dated)[after]
    n_day_0 = int((numbers == 0).sum())
    if (gap == 1).mean() > 0.9 and not n_day_0:
        first_day, certain = 1, True
    elif (gap == 0).mean() > 0.9:
        first_day, certain = 0, True
    if first_day == 1 and n_day_0:
        column.report("day_0_where_infusion_is_day_1", value=n_day_0)
        first_day = 0
    if not certain:
        _ask_first_day(numbers, column)
    days = numbers.where(~(numbers > 0), numbers - first_day)
    if first_day == 1:
        column.report("infusion_is_day_1")
    differs = after & (days != dated)
    if not differs.any():
        return days
    shown = f"{numbers[differs].iloc[0]:g} instead of {dated[differs].iloc[0]:g}"
    answer = column.choose("day or date", n=int(differs.sum()), shown=shown)
    return days.mask(differs, dated) if answer == "date" else days


def _ask_first_day(numbers: pd.Series, column: MappedColumn) -> None:
    """Ask which number the infusion's day has, where days look as if it were called 1.

    Days on both sides of infusion and a day 1, but nobody's day 0; or days 1, 8, 15 and no other.
    """
    days = np.unique(numbers.dropna().to_numpy())
    if 0 in days or 1 not in days:
        return
    after = days[days > 0]
    weekly = len(after) > 2 and bool((after % 7 == 1).all())
    if ((days < 0).any() and len(days) > 3) or weekly:
        facts = {"column": column.name, "table": column.table.name}
        said = say("first day", shown=", ".join(f"{day:g}" for day in days[:6]), **facts)
        question = Question(("first_day",), *said, FIRST_DAYS)
        column.table.context.ask(question, column.table.name, column.name)


def _report_undated_rows(table: MappedTable, days: pd.Series) -> None:
    """A finding on the rows which have values but no day, and are not used."""
    timing = ("day", "start_day", "date", "start_date", "visit")
    columns = [
        column.name
        for column in table.columns
        if column.entry.field
        and column.entry.day is None
        and column.entry.field not in (*timing, "end_day", "end_date")
        and column.field.table in DATED_TABLES
    ]
    if not columns:
        return
    lost = days.isna() & table.frame[columns].notna().any(axis=1)
    for column in filter(None, map(table.column, timing)) if lost.any() else ():
        values = column.values
        unread = lost.to_numpy() & values.notna().to_numpy()
        if is_date(column.entry, values):
            column.ask_unread(values, unread & column.read_dates().isna().to_numpy(), "date")
        else:
            days_of = {tuple(re.findall(r"\d{1,9}", str(cell))) for cell in values[unread].unique()}
            numbers = sorted({int(one[0]) for one in days_of if len(one) == 1} - {0})
            named = [f"day {n}" for number in numbers[:MOST_DAYS] for n in (number, -number)]
            options = [*NAMED_DAYS, *((name, name) for name in named if name != "day -7")]
            column.ask_unread(values, unread, "day", options, _likely_day)
    table.report_cells("rows_without_day", days, lost, column="day", value=int(lost.sum()))


def _likely_day(word: str) -> str | None:
    """The answer that a cell suggests which names no day."""
    return NAMED_DAYS[0][0] if read_pattern("before infusion").search(word) else None
