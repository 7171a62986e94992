"""Steroids: doses day by day, yes/no by day, or rows with a first and a last day."""

import re

import numpy as np
import pandas as pd

from pht_core.intake.cells import convert_answers
from pht_core.intake.mapping import ColumnMap
from pht_core.intake.questions import ask_unit
from pht_core.intake.recognising.headers import split_remark
from pht_core.intake.tidying.amounts import IntakeContext, read_numbers
from pht_core.intake.tidying.day_reference import DayReference, dayless, find_days
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.intake.tidying.regimen import multiply_doses, used_rows
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.vocabulary import recognise_drug
from pht_core.model.findings import CHANGES, NOTE, finding
from pht_core.model.settings import Settings
from pht_core.model.units import convert_unit, recognise_unit
from pht_core.model.words import counted


def find_last_days(
    table: MappedTable,
    start: pd.Series,
    drugs: pd.Series,
    clock: DayReference,
    context: IntakeContext,
) -> pd.Series:
    """Each row's last day on the dose; missing where it goes on until the next row.

    Without a last day a duration tells it. Where a table has neither, rows that stand on days in a
    row are single days, as a chart of given doses has them; otherwise each dose is taken to go on
    until the drug's next row, which is a finding.

    Parameters
    ----------
    start : each row's first day.
    drugs : each row's steroid; empty for rows that are none.
    """
    end = find_days(table, clock, context, day="end_day", date="end_date")
    entry = table.map_of("duration")
    if entry is not None:
        days, _ = read_numbers(table.values_of(entry), table, context, whole=True)
        counted_on = (start + days - 1).where(days > 0)
        return counted_on if end is None else end.fillna(counted_on)
    if end is not None:
        return end
    wanted = (drugs != "").to_numpy() & start.notna().to_numpy()
    end = pd.Series(np.nan, index=start.index)
    if not wanted.any():
        return end
    rows = pd.DataFrame(
        {"subject_id": table.subjects[wanted], "drug": drugs[wanted], "day": start[wanted]}
    )
    once = rows.drop_duplicates().sort_values(["subject_id", "drug", "day"], kind="stable")
    gaps = once.groupby(["subject_id", "drug"], observed=True)["day"].diff().dropna()
    if len(gaps) > 1 and (gaps == 1).mean() > 0.5:
        context.findings.append(
            finding(
                NOTE,
                table.name,
                str(start.name),
                f"{table.name} gives no last day of a dose, and most of its rows follow each "
                "other from day to day.",
                "Each row is read as one day on the drug.",
            )
        )
        return start
    note_twice(rows, table, str(start.name), context)
    context.findings.append(
        finding(
            CHANGES,
            table.name,
            str(start.name),
            f"No column of {table.name} gives the last day of a dose.",
            "Each dose is taken to go on until the drug's next row, the last one as ongoing.",
            "Add the last day, or a row of dose 0 on the day of the stop.",
        )
    )
    return end


def note_twice(rows: pd.DataFrame, table: MappedTable, column: str, context: IntakeContext) -> None:
    """A finding on days for which more than one row gives a dose of one drug."""
    keys = [name for name in ("subject_id", "drug", "day") if name in rows]
    n = int(rows.duplicated(keys).sum())
    if not n:
        return
    first = rows[rows.duplicated(keys)].iloc[0]
    context.findings.append(
        finding(
            CHANGES,
            table.name,
            column,
            f"{counted(n, 'row gives', 'rows give')} a steroid dose for a day that has one "
            f"already, the first on day {first['day']:g} of {first['subject_id']}.",
            "Of such a day the last row's dose is used; doses are not added.",
            "Give the day's whole dose in one row.",
            value=n,
        )
    )


PER_KG, PER_DAY = "mg/kg/day", "mg/day"
DRUGS = ("prednisone", "methylprednisolone", "dexamethasone", "hydrocortisone")
COLUMNS = ["subject_id", "drug", "start_day", "end_day", "dose"]
# Above 4 a number cannot be mg/kg a day of a patient with PHT; up to 2.5 it is hardly mg a day,
# and between them, as at the end of a taper in mg, it may be either.
HIGHEST_PER_KG = 4.0
SURELY_PER_KG = 2.5


# A cell with a number other than 0 in it speaks of a dose.
_AMOUNT = re.compile(r"[1-9]")


def read_steroids(
    table: MappedTable, clock: DayReference, weights: pd.Series, context: IntakeContext
) -> pd.DataFrame | None:
    """The steroids of a table as runs of days on one dose; None if it tells of none.

    Parameters
    ----------
    weights : each patient's weight in kg, by subject_id, for doses in mg/day.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: drug is one of `DRUGS` (prednisolone is told as prednisone), end_day is
        missing where a dose goes on, dose is in mg/kg/day and missing where only "on the drug"
        is known.
    """
    if table.map.rows == "doses":
        return _rows(table, clock, weights, context)
    if table.map.rows not in ("days", "patients"):
        return None
    entries = [entry for entry in table.map.columns if entry.field in DRUGS and entry.day is None]
    if not entries:
        return None
    days = find_days(table, clock, context)
    if days is None:
        context.findings += dayless(table, clock, "steroid doses")
        return None
    parts = [_daily(table, entry, days, weights, context) for entry in entries]
    return pd.concat(parts, ignore_index=True)


def _daily(
    table: MappedTable,
    entry: ColumnMap,
    days: pd.Series,
    weights: pd.Series,
    context: IntakeContext,
) -> pd.DataFrame:
    values = table.values_of(entry)
    if _only_answers(values) and not entry.unit:
        on = convert_answers(values, table.name, context.findings, line_of=table.line_of)
        dose = pd.Series(np.where(on.fillna(False).to_numpy(bool), np.nan, 0.0), index=days.index)
        context.findings.append(
            finding(
                NOTE,
                table.name,
                entry.column,
                f"{entry.column!r} says only whether the drug was given.",
                "Its days are days on the drug; the dose is not known.",
                "Give the dose in mg/kg/day to see it drawn.",
            )
        )
    else:
        numbers, own = read_numbers(values, table, context)
        unit = entry.unit or recognise_unit(own, "dose")
        dose = _per_kg(numbers, unit, table, entry.column, table.subjects, weights, context)
        unread = _unread_doses(values, numbers, table, context)
        dose = dose.where((numbers.notna() & (numbers > 0)) | unread, 0.0)
    given = (dose != 0).to_numpy()
    keep = days.notna().to_numpy() & given
    rows = pd.DataFrame(
        {
            "subject_id": table.subjects[keep],
            "day": days.to_numpy()[keep].astype("int64"),
            "dose": dose.to_numpy()[keep],
        }
    )
    rows = rows.sort_values(["subject_id", "day"], kind="stable")
    note_twice(rows, table, entry.column, context)
    rows = rows.drop_duplicates(["subject_id", "day"], keep="last")
    if entry.field == "prednisone":
        _note_visit_doses(rows, table, entry.column, context)
    return _runs(rows).assign(drug=entry.field)[COLUMNS]


def _unread_doses(
    values: pd.Series, numbers: pd.Series, table: MappedTable, context: IntakeContext
) -> np.ndarray:
    """Cells that give a dose which cannot be read: days on the drug, or a course would be cut.

    A cell without any number ("held", "-") gives none, and its day is a day off; both are told.
    """
    words = text_of(values).cat
    filled = np.array([*(bool(str(word).strip()) for word in words.categories), False])
    dosed = np.array([*(bool(_AMOUNT.search(str(word))) for word in words.categories), False])
    codes = words.codes.to_numpy()
    lost = numbers.isna().to_numpy() & filled[codes]
    unread, nothing = lost & dosed[codes], lost & ~dosed[codes]
    for rows, one, many, done in (
        (
            unread,
            "cell gives a dose that cannot be read",
            "cells give a dose that cannot be read",
            "Their days are days on the drug; the dose is not known.",
        ),
        (nothing, "cell gives no dose", "cells give no dose", "{} off the drug."),
    ):
        if rows.any():
            first = int(np.flatnonzero(rows)[0])
            n = int(rows.sum())
            off = "Its day counts as a day" if n == 1 else "Their days count as days"
            context.findings.append(
                finding(
                    CHANGES,
                    table.name,
                    str(values.name),
                    f"{counted(n, one, many)}, the first {str(values.iloc[first])!r}.",
                    done.format(off),
                    "Write the day's dose as a number, and 0 or nothing on days without.",
                    row=table.line_of(values.index[first]),
                    value=str(values.iloc[first]),
                )
            )
    return unread


def _only_answers(values: pd.Series) -> bool:
    """True for cells that say no more than yes or no; 0 and 1 alone are flags, not doses."""
    words = {str(word).strip().lower() for word in text_of(values).cat.categories} - {""}
    numbers = pd.to_numeric(pd.Series(sorted(words), dtype=object), errors="coerce")
    return bool(words) and (bool(numbers.isna().all()) or set(numbers.dropna()) <= {0.0, 1.0})


def _runs(rows: pd.DataFrame) -> pd.DataFrame:
    """Days on the drug as runs of days in a row on one dose."""
    dose = rows["dose"].fillna(-1.0)
    new = (
        (rows["subject_id"] != rows["subject_id"].shift())
        | (rows["day"] != rows["day"].shift() + 1)
        | (dose != dose.shift())
    )
    runs = rows.groupby(new.cumsum().to_numpy()).agg(
        subject_id=("subject_id", "first"),
        start_day=("day", "first"),
        end_day=("day", "last"),
        dose=("dose", "first"),
    )
    return runs.reset_index(drop=True).astype({"end_day": float})


def _per_kg(
    numbers: pd.Series,
    unit: str,
    table: MappedTable,
    column: str,
    subjects: pd.Categorical,
    weights: pd.Series,
    context: IntakeContext,
) -> pd.Series:
    """Doses in mg/kg/day; those in mg/day of patients without a weight become unknown."""
    given = numbers[numbers > 0]
    if not unit and len(given):
        span = f"{given.min():g} to {given.max():g}"
        if given.max() <= SURELY_PER_KG:
            unit = PER_KG
        elif given.min() > HIGHEST_PER_KG:
            unit = PER_DAY
        else:
            why = f"No unit is given, and the doses ({span}) do not tell it."
            title = read_fields()["dose"].title
            context.ask(
                ask_unit(table.name, column, title, why, [PER_KG, PER_DAY]), table.name, column
            )
            return numbers * np.nan
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"No unit is given for {column}. Its doses ({span}) fit only {unit}.",
                f"They are read in {unit}.",
                "Say the unit in the mapping if it is another.",
                value=unit,
            )
        )
    if unit in ("", PER_KG, "mg/kg"):
        return numbers
    if not recognise_unit(unit, "dose"):
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"{counted(len(given), 'dose is', 'doses are')} in {unit!r}, which is no known "
                "unit of a dose.",
                "Their days are days on the drug; the dose is not known.",
                "Give them in mg/kg/day, or in mg/day with a weight.",
                value=unit,
            )
        )
        return numbers.where(numbers == 0)
    weight = weights.reindex(subjects.categories).to_numpy(dtype=float)[subjects.codes]
    daily = convert_unit(numbers.to_numpy(dtype=float), "dose", unit)
    dose = pd.Series(daily, index=numbers.index, name=numbers.name) / weight
    lost = numbers.notna() & (numbers > 0) & dose.isna()
    n = int((numbers > 0).sum())
    context.findings.append(
        finding(
            NOTE,
            table.name,
            column,
            f"{counted(n, 'dose is', 'doses are')} in {unit}.",
            "They are divided by the patient's weight, to mg/kg/day.",
        )
    )
    if lost.any():
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"The weight is not known for {counted(int(lost.sum()), 'dose', 'doses')} "
                f"in {unit}.",
                "Their days are days on the drug; the dose per kg is not known.",
                "Add a column with the weight in kg.",
                value=int(lost.sum()),
            )
        )
    return dose


def _rows(
    table: MappedTable, clock: DayReference, weights: pd.Series, context: IntakeContext
) -> pd.DataFrame | None:
    start = find_days(table, clock, context, day="start_day", date="start_date")
    if start is None:
        context.findings += dayless(table, clock, "steroids")
        return None
    drugs = _drugs(table, context)
    drugs = drugs.where(used_rows(table, context, "drug"), "")
    end = find_last_days(table, start, drugs, clock, context)
    entry = table.map_of("dose")
    dose = pd.Series(np.nan, index=start.index)
    if entry is not None:
        numbers, own = read_numbers(table.values_of(entry), table, context)
        numbers = multiply_doses(numbers, table, entry, (drugs != "").to_numpy(), context)
        dose = numbers.copy()
        for unit, rows in _dose_units(table, entry, own).items():
            here = rows & (drugs != "").to_numpy()
            if here.any():
                dose[here] = _per_kg(
                    numbers[here], unit, table, entry.column, table.subjects[here], weights, context
                )
        dose = dose.where(numbers != 0, 0.0)
    is_steroid = (drugs != "").to_numpy()
    keep = start.notna().to_numpy() & is_steroid
    return pd.DataFrame(
        {
            "subject_id": table.subjects[keep],
            "drug": drugs.to_numpy()[keep],
            "start_day": start.to_numpy()[keep].astype("int64"),
            "end_day": end.to_numpy()[keep],
            "dose": dose.to_numpy()[keep],
        }
    )


def _dose_units(table: MappedTable, entry: ColumnMap, in_cells: str) -> dict[str, np.ndarray]:
    """The rows of each unit of dose: from its column, else the header's or the cells' own."""
    column = table.series("dose_unit")
    everywhere = entry.unit or recognise_unit(in_cells, "dose")
    remark = split_remark(entry.column)[1]
    if not everywhere and re.search(r"mg|/|tab", remark):
        everywhere = remark  # a unit that is not known is none that may be guessed
    if column is None:
        return {everywhere: np.ones(len(table.frame), dtype=bool)}
    words = text_of(column).cat
    units = [
        recognise_unit(w, "dose") or w.strip() or everywhere for w in map(str, words.categories)
    ]
    own = np.array([*units, everywhere], dtype=object)[words.codes.to_numpy()]
    return {str(unit): own == unit for unit in dict.fromkeys(own)}


def _drugs(table: MappedTable, context: IntakeContext) -> pd.Series:
    """Each row's steroid; empty for a drug that is none. Without a column it is prednisone."""
    column = table.series("drug")
    if column is None:
        return pd.Series("prednisone", index=table.frame.index)
    words = text_of(column).cat
    drugs = [recognise_drug(str(word)) for word in words.categories]
    own = np.array([*drugs, "prednisone"], dtype=object)[words.codes.to_numpy()]
    n_other = int((own == "").sum())
    if n_other:
        first = next(
            str(word) for word, drug in zip(words.categories, drugs, strict=True) if not drug
        )
        context.findings.append(
            finding(
                NOTE,
                table.name,
                str(column.name),
                f"{n_other} of {len(own)} rows are of drugs that are no known steroid, the first "
                f"{first!r}.",
                "They are not used as steroids.",
                value=first,
            )
        )
    unnamed = int(column.isna().sum())
    if unnamed:
        context.findings.append(
            finding(
                NOTE,
                table.name,
                str(column.name),
                f"{counted(unnamed, 'row names', 'rows name')} no drug.",
                "They count as prednisone.",
                "Name the drug if it is another.",
                value=unnamed,
            )
        )
    return pd.Series(own, index=table.frame.index)


def _note_visit_doses(
    rows: pd.DataFrame, table: MappedTable, column: str, context: IntakeContext
) -> None:
    """Warn where doses stand on days far apart, as if they were written down at visits only."""
    gaps = rows.groupby("subject_id", sort=False, observed=True)["day"].diff()
    usual = gaps.groupby(rows["subject_id"], sort=False, observed=True).median()
    allowed = Settings().course_gap
    apart = usual[(usual > allowed + 1) & (usual <= 35)]
    if len(apart):
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                column,
                f"{counted(len(apart), 'patient has', 'patients have')} "
                f"prednisone on days that are usually "
                f"{apart.median():g} days apart, as if only visits were written down.",
                f"A gap of more than {allowed} days ends a course, so there will be far too many "
                "courses and relapses.",
                "Give a row for every day on the drug, or a table with the first and last day of "
                "each dose.",
                value=len(apart),
            )
        )
