"""Steroids: doses day by day, yes/no by day, or rows with a first and a last day."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pht_core.intake.cells.answers import convert_answers
from pht_core.intake.recognising.headers import split_remark
from pht_core.intake.tidying.amounts import read_numbers
from pht_core.intake.tidying.context import IntakeContext
from pht_core.intake.tidying.day_reference import find_days
from pht_core.intake.tidying.mapped import (
    MappedColumn,
    MappedTable,
    find_words,
    read_words,
    text_of,
)
from pht_core.intake.tidying.regimen import convert_to_daily_doses, find_given_rows, find_zeros
from pht_core.intake.words.fields import daily_fields, read_fields
from pht_core.intake.words.vocabulary import recognise_drug
from pht_core.model.schema import PER_DAY, PER_KG
from pht_core.model.settings import Settings
from pht_core.model.units import convert_unit, read_units, recognise_unit
from pht_core.model.words import counted, listed

COLUMNS = ["subject_id", "drug", "start_day", "end_day", "dose", "dose_unit"]
# Above 4 a number cannot be mg/kg a day of a patient with PHT; up to 2.5 it is hardly mg a day,
# and between them, as at the end of a taper in mg, it may be either.
HIGHEST_PER_KG = 4.0
CERTAINLY_PER_KG = 2.5
# How long a dose holds whose last day is not given.
UNTIL_ROW, UNTIL_DOSE, ONE_DAY = "row", "dose", "day"
HOLDS = {
    UNTIL_DOSE: "each dose holds until the next dose that is written; 0 ends it",
    UNTIL_ROW: "each dose holds until the patient's next row; an empty cell there ends it",
    ONE_DAY: "each dose was given on its own day only",
}
# A cell with a number other than 0 in it gives a dose.
_AMOUNT = re.compile(r"[1-9]")


def read_steroids(table: MappedTable, weights: pd.Series) -> pd.DataFrame | None:
    """The steroids of a table as intervals of days on one dose; None if it has none.

    ``weights`` are each patient's in kg, by subject_id, for doses in mg/day.

    Returns `COLUMNS`: drug is a field of daily doses (prednisolone is reported as prednisone),
    end_day is missing where a dose goes on, dose is in mg/kg/day and missing where only "on the
    drug" is known; dose_unit is mg/day where no weight is known to divide by, else missing.
    """
    own = weights.reindex(table.subjects.categories).to_numpy(dtype=float)
    weight = pd.Series(own[table.subjects.codes], index=table.frame.index)
    if table.map.rows == "doses":
        return _read_dose_rows(table, weight)
    if table.map.rows not in ("days", "patients"):
        return None
    drugs = daily_fields("prednisone")
    columns = [own for own in table.columns if own.entry.field in drugs and own.entry.day is None]
    days = find_days(table, needed_for="steroid doses") if columns else None
    if days is None:
        return None
    parts = [_read_daily_doses(column, days, weight) for column in columns]
    return pd.concat(parts, ignore_index=True)


def _read_daily_doses(column: MappedColumn, days: pd.Series, weight: pd.Series) -> pd.DataFrame:
    """A column of doses, or of yes and no, of each row's day."""
    values, table = column.values, column.table
    if _only_answers(values) and not column.entry.unit:
        on = convert_answers(values, table.notes)
        dose = pd.Series(np.where(on.fillna(False).to_numpy(bool), np.nan, 0.0), index=days.index)
        in_mg = np.zeros(len(dose), dtype=bool)
        column.report("steroid_without_dose")
    else:
        numbers, in_cells = read_numbers(values, table)
        unit = column.entry.unit or recognise_unit(in_cells, "dose")
        dose, in_mg = _per_kg(numbers, unit, weight, column)
        unreadable = _find_unreadable_doses(column, numbers)
        dose = dose.where((numbers.notna() & (numbers != 0)) | unreadable, 0.0)
    rows = pd.DataFrame(
        {
            "subject_id": table.subjects,
            "day": days.to_numpy(),
            "dose": dose.to_numpy(),
            "dose_unit": _name_units(in_mg),
            "given": (dose != 0).to_numpy(),
            "written": values.notna().to_numpy(),
        }
    )
    rows = rows[days.notna().to_numpy()].astype({"day": "int64"})
    rows = rows.sort_values(["subject_id", "day"], kind="stable")
    _report_two_doses(rows[rows["given"]], column)
    # Of a day's rows a dose counts before a written 0, and that before an empty cell.
    rows = rows.sort_values(["subject_id", "day", "given", "written"], kind="stable")
    rows = rows.drop_duplicates(["subject_id", "day"], keep="last")
    if column.entry.field == "prednisone":
        holds = _ask_visit_doses(rows, column)
        if holds in (UNTIL_ROW, UNTIL_DOSE):
            # A dose without a last day goes on until the next row, which may be one of dose 0.
            rows = rows if holds == UNTIL_ROW else rows[rows["written"]]
            held = rows.rename(columns={"day": "start_day"}).reset_index(drop=True)
            return held.assign(drug="prednisone", end_day=np.nan)[COLUMNS]
    return _join_days(rows[rows["given"]]).assign(drug=column.entry.field)[COLUMNS]


def _read_dose_rows(table: MappedTable, weight: pd.Series) -> pd.DataFrame | None:
    """A table with a row per dose, from its first day to its last."""
    start = find_days(table, day="start_day", date="start_date", needed_for="steroids")
    if start is None:
        return None
    drugs = _recognise_drugs(table).where(find_given_rows(table, "drug"), "")
    is_steroid = (drugs != "").to_numpy()
    end = _find_last_days(table, start, drugs)
    column = table.column("dose")
    dose = pd.Series(np.nan, index=start.index)
    in_mg = np.zeros(len(dose), dtype=bool)
    if column is not None:
        numbers, in_cells = read_numbers(column.values, table)
        numbers = convert_to_daily_doses(numbers, column, is_steroid)
        dose = numbers.copy()
        for unit, rows in _dose_units(column, in_cells).items():
            here = rows & is_steroid
            if here.any():
                dose[here], in_mg[here] = _per_kg(numbers[here], unit, weight[here], column)
        dose = dose.where(numbers != 0, 0.0)
    keep = start.notna().to_numpy() & is_steroid
    return pd.DataFrame(
        {
            "subject_id": table.subjects[keep],
            "drug": drugs.to_numpy()[keep],
            "start_day": start.to_numpy()[keep].astype("int64"),
            "end_day": end.to_numpy()[keep],
            "dose": dose.to_numpy()[keep],
            "dose_unit": _name_units(in_mg[keep]),
        }
    )


def _find_last_days(table: MappedTable, start: pd.Series, drugs: pd.Series) -> pd.Series:
    """Each row's last day on the dose; missing where it goes on until the next row.

    Without a last day a duration gives it. Where a table has neither, rows that stand on days in a
    row are single days, as a chart of given doses has them; otherwise each dose is taken to go on
    until the drug's next row, which is a finding. ``drugs`` are empty for rows of no steroid.
    """
    end = find_days(table, day="end_day", date="end_date")
    duration = table.series("duration")
    if duration is not None:
        days, _ = read_numbers(duration, table, whole=True)
        last = (start + days - 1).where(days > 0)
        return last if end is None else end.fillna(last)
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
    column = next(own for own in table.columns if own.name == start.name)
    if len(gaps) > 1 and (gaps == 1).mean() > 0.5:
        column.report("dose_rows_are_days")
        return start
    _report_two_doses(rows, column)
    dose = table.series("dose")
    if dose is not None and find_zeros(dose).any():
        column.report("doses_without_last_day")
        return end
    why = f"{table.name} has no last day of a dose, and no row of dose 0 that would end one."
    return start if _ask_how_long(column, why, [UNTIL_DOSE, ONE_DAY]) == ONE_DAY else end


def _per_kg(
    numbers: pd.Series, unit: str, weight: pd.Series, column: MappedColumn
) -> tuple[pd.Series, np.ndarray]:
    """Doses in mg/kg/day, and which are left in mg/day, of patients without a weight."""
    given = numbers[numbers > 0]
    none_in_mg = np.zeros(len(numbers), dtype=bool)
    if not unit and len(given):
        span = f"{given.min():g} to {given.max():g}"
        if given.max() <= CERTAINLY_PER_KG:
            unit = PER_KG
        elif given.min() > HIGHEST_PER_KG:
            unit = PER_DAY
        else:
            why = f"No unit is given, and it cannot be inferred from the doses ({span})."
            column.ask_unit(why, [PER_KG, PER_DAY], title=read_fields()["dose"].title)
            return numbers * np.nan, none_in_mg
        column.report("unit_inferred", value=unit, name=column.name, span=span)
    numbers = _sure_doses(numbers, unit, column)
    if unit in ("", PER_KG, "mg/kg"):
        return numbers, none_in_mg
    if not recognise_unit(unit, "dose"):
        column.report("unknown_dose_unit", value=unit, n=len(given))
        return numbers.where(numbers == 0), none_in_mg
    daily = convert_unit(numbers.to_numpy(dtype=float), "dose", unit)
    dose = pd.Series(daily, index=numbers.index, name=numbers.name)
    in_mg = (weight.isna() & (dose > 0)).to_numpy()
    n_in_mg = int(in_mg.sum())
    if n := int((dose > 0).sum()) - n_in_mg:
        column.report("dose_divided_by_weight", n=n, unit=unit)
    if n_in_mg:
        column.report("weight_unknown", value=n_in_mg, unit=unit)
    return (dose / weight).where(~in_mg, dose), in_mg


def _name_units(in_mg: np.ndarray) -> np.ndarray:
    """The unit of each row that is in mg/day; missing for others, which are in mg/kg/day."""
    return np.where(in_mg, PER_DAY, np.array(np.nan, dtype=object))


def settle_units(steroids: pd.DataFrame, context: IntakeContext) -> pd.DataFrame:
    """One unit for each patient: without a weight, doses in mg/day cannot join some in mg/kg/day.

    Only their days are known then, which is a finding. Columns as of `read_steroids`.
    """
    in_mg = steroids["dose_unit"] == PER_DAY
    others = steroids.loc[~in_mg & (steroids["dose"] > 0), "subject_id"]
    lost = in_mg & steroids["subject_id"].isin(others)
    if not lost.any():
        return steroids
    who = steroids.loc[lost, "subject_id"].unique()
    context.report("two_dose_units", "prednisone", "dose", value=len(who), who=who[0])
    return steroids.assign(
        dose=steroids["dose"].mask(lost), dose_unit=steroids["dose_unit"].mask(lost)
    )


def _sure_doses(numbers: pd.Series, unit: str, column: MappedColumn) -> pd.Series:
    """Doses of which none is below 0 or beyond any of its unit: such are asked about."""
    known = read_units()["dose"]
    most = known[PER_KG if unit in ("", PER_KG, "mg/kg") else PER_DAY].window
    high = most[2] if most and unit != "g" else np.inf
    odd = (numbers < 0) | (numbers > high)
    if not odd.any():
        return numbers
    shown = listed([f"{dose:g}" for dose in np.unique(numbers[odd])], most=5)
    kind = f"odd doses {unit}".strip()
    answer = column.choose("odd doses", kind=kind, shown=shown, unit=unit)
    return numbers if answer == "same" else numbers.mask(odd)


def _find_unreadable_doses(column: MappedColumn, numbers: pd.Series) -> np.ndarray:
    """Cells that give a dose which cannot be read: days on the drug, or a course would be cut.

    A cell without any number ("held", "-") gives none, and its day is a day off; both are findings.
    """
    unread = numbers.isna().to_numpy() & find_words(column.values, re.compile(r"\S"))
    with_amount = find_words(column.values, _AMOUNT)
    column.report_cells("unreadable_dose", unread & with_amount)
    column.report_cells("no_dose_in_cell", unread & ~with_amount)
    return unread & with_amount


def _only_answers(values: pd.Series) -> bool:
    """True for cells that are only yes or no; 0 and 1 alone are flags, not doses."""
    words = {str(word).strip().lower() for word in text_of(values).cat.categories} - {""}
    numbers = pd.to_numeric(pd.Series(sorted(words), dtype=object), errors="coerce")
    return bool(words) and (bool(numbers.isna().all()) or set(numbers.dropna()) <= {0.0, 1.0})


def _join_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Days on the drug as intervals of days in a row on one dose."""
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
        dose_unit=("dose_unit", "first"),
    )
    return runs.reset_index(drop=True).astype({"end_day": float})


def _dose_units(column: MappedColumn, in_cells: str) -> dict[str, np.ndarray]:
    """The rows of each unit of dose: from its column, else the header's or the cells' own."""
    written = column.table.series("dose_unit")
    everywhere = column.entry.unit or recognise_unit(in_cells, "dose")
    remark = split_remark(column.name)[1]
    if not everywhere and re.search(r"mg|/|tab", remark):
        everywhere = remark  # no other unit may be assumed in place of an unknown one
    if written is None:
        return {everywhere: np.ones(len(column.values), dtype=bool)}

    def unit_of(word: str) -> str:
        return recognise_unit(word, "dose") or word.strip() or everywhere

    units = read_words(written, unit_of, everywhere)
    return {str(unit): units == unit for unit in dict.fromkeys(units)}


def _recognise_drugs(table: MappedTable) -> pd.Series:
    """Each row's steroid; empty for a drug that is none. Without a column it is prednisone."""
    column = table.column("drug")
    if column is None:
        return pd.Series("prednisone", index=table.frame.index)
    drugs = read_words(column.values, recognise_drug, "prednisone")
    others = column.values[drugs == ""]
    if len(others):
        facts = {"n": len(others), "n_rows": len(drugs)}
        column.report("other_drugs", value=str(others.iloc[0]), **facts)
    unnamed = int(column.values.isna().sum())
    if unnamed:
        column.report("rows_without_drug", value=unnamed)
    return pd.Series(drugs, index=table.frame.index)


def _report_two_doses(rows: pd.DataFrame, column: MappedColumn) -> None:
    """A finding on days for which more than one row gives a dose of one drug."""
    keys = [name for name in ("subject_id", "drug", "day") if name in rows]
    again = rows[rows.duplicated(keys)]
    if len(again):
        day, who = again["day"].iloc[0], again["subject_id"].iloc[0]
        column.report("two_doses_a_day", value=len(again), day=day, who=who)


def _ask_visit_doses(rows: pd.DataFrame, column: MappedColumn) -> str | None:
    """How long a dose holds where the rows with doses are usually followed by days without a row.

    ``rows`` are one per patient and day, with ``given``, ``written`` and ``dose``.
    """
    next_day = rows.groupby("subject_id", sort=False, observed=True)["day"].shift(-1)
    gaps = (next_day - rows["day"])[rows["given"]].dropna()
    subjects = rows.loc[gaps.index, "subject_id"]
    usual = gaps.groupby(subjects, sort=False, observed=True).median()
    apart = usual[usual > Settings().course_gap + 1]
    if not len(apart):
        return None
    who = apart.index[0]
    own = rows[(rows["subject_id"] == who) & rows["given"]]
    days = listed([f"{day}" for day in own["day"]], most=6)
    why = (
        f"The rows of {counted(len(apart), 'patient', 'patients')} with a dose are usually "
        f"{apart.median():g} days apart: {who} has doses on days {days}."
    )
    empty = not rows["written"].all()
    return _ask_how_long(column, why, [name for name in HOLDS if name != UNTIL_ROW or empty])


def _ask_how_long(column: MappedColumn, why: str, offered: Sequence[str]) -> str | None:
    """How long a dose holds that has no last day; the answer is named in every footer."""
    options = [(name, HOLDS[name]) for name in offered]
    answer = column.choose("doses", offered=options, reason=why)
    if answer is not None:
        column.table.context.stated.append(f"prednisone: {HOLDS[answer]}")
    return answer
