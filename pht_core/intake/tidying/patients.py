"""Patients: one value a patient from whichever tables have it, and who is in which table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pht_core.intake.cells.answers import convert_answers, convert_sexes, unread_answers
from pht_core.intake.cells.numbers import is_class, read_grade
from pht_core.intake.cells.texts import convert_text
from pht_core.intake.tidying.amounts import convert_listed, read_numbers
from pht_core.intake.tidying.mapped import MappedColumn, MappedTable, read_words, recode, text_of
from pht_core.intake.tidying.sentinel_codes import drop_sentinel_cells
from pht_core.intake.words.fields import read_fields
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.schema import column as column_of
from pht_core.model.schema import column_names
from pht_core.model.words import counted, listed

DAYS_PER_YEAR = 365.25
# Tables in which every patient is expected; a transfusion or an event not everyone had.
OF_ALL = {"patients", "days", "results", "times"}
MOST_NAMES = 5
# What words in a column of answers or of grades can stand for.
ANSWERS = (("yes", "yes"), ("no", "no"))
GRADED = ("crs_grade", "icans_grade")
GRADES = tuple((str(grade), f"grade {grade}") for grade in range(6))


def read_births(tables: Sequence[MappedTable]) -> pd.Series:
    """Days of birth, counted from the infusion, of files whose birth dates were kept."""
    own = [column for table in tables if (column := table.column("birth_date"))]
    parts = [one_by_patient(one.table.count_days(one.read_dates()), one) for one in own]
    return combine_patients(parts, own, "birth_date") if parts else pd.Series(dtype=float)


def read_subjects(tables: Sequence[MappedTable], births: pd.Series) -> pd.DataFrame:
    """A row per patient of any table, with the columns of ``schema.TABLES["subjects"]``."""
    names = tables[0].subjects.categories
    subjects = pd.DataFrame(index=pd.Index(names.astype(object), name="subject_id"))
    fields = read_fields()
    for field in fields.values():
        if field.table != "subjects" or field.name in ("subject_id", "infusion_date", "birth_date"):
            continue
        own = [column for table in tables if (column := table.column(field.name))]
        parts = [one_by_patient(_convert_cells(column), column) for column in own]
        if parts:
            subjects[field.name] = combine_patients(parts, own, field.name)
    if "age_years" not in subjects and len(births):
        subjects["age_years"] = np.floor(-births / DAYS_PER_YEAR)
    for name in column_names("subjects"):
        if name not in subjects and name != "subject_id":
            dtype = float if fields[name].kind in ("number", "whole") else object
            subjects[name] = pd.Series(np.nan, subjects.index, dtype)
    answers = [name for name in subjects if fields[str(name)].kind == "yes_no"]
    return subjects.astype(dict.fromkeys(answers, "boolean")).reset_index()


def one_by_patient(values: pd.Series, column: MappedColumn) -> pd.Series:
    """Each patient's value, by subject_id of those who have one; which of several counts is asked.

    ``values`` are the column's cells, converted, missing where empty.
    """
    table = column.table
    given = values.notna().to_numpy()
    own = pd.Series(values[given].array, index=table.subjects.codes[given], name=values.name)
    once = pd.DataFrame({"who": own.index, "value": own.array}).drop_duplicates()
    several = once.loc[once["who"].duplicated(), "who"].unique()
    names = table.subjects.categories.astype(object)
    answer: str | None = "first"
    if len(several):
        who = listed(list(map(str, names[several])), most=3)
        facts = {"n": len(several), "n_known": own.index.nunique(), "who": who}
        answer = column.choose("several", **facts)
    if answer == "":
        own = own[~own.index.isin(several)]
    own = own[~own.index.duplicated(keep="last" if answer == "last" else "first")].sort_index()
    return own.set_axis(names[own.index])


def combine_patients(
    parts: Sequence[pd.Series],
    columns: Sequence[MappedColumn],
    field: str,
    *,
    within: float = 0.0,
) -> pd.Series:
    """One value a patient from the parts of several columns; which of two values holds is asked.

    A table fills in what those before it lack. A second column of one table for one field does
    not: who has a value only there is asked about as well. Numbers that differ by ``within`` or
    less are the same: ADaM's times count the first day.
    """
    whole = parts[0]
    places = [(column.table.name, column.entry.field) for column in columns]
    for place, (part, column) in enumerate(zip(parts[1:], columns[1:], strict=True), start=1):
        within_table = places[place] in places[:place]
        who = part.index if within_table else part.index.intersection(whole.index)
        own, second = whole.reindex(who), part.loc[who]
        same = (own - second).abs() <= within if within else own == second
        differs = who[~same.to_numpy(dtype=bool, na_value=False)]
        labels = [f"{one.label!r} of {one.table.name}" for one in columns[: place + 1]]
        *others, label = dict.fromkeys(labels)
        first = listed(others)
        if len(differs):
            kept, other = (_format_value(one[differs[0]], field) for one in (own, second))
            shown = f"{differs[0]}: {other}, not {kept or 'recorded'}"
            facts = {"n": len(differs), "title": read_fields()[field].title, "shown": shown}
            facts |= {"first": first, "label": label, "offered": [(first, first), (label, label)]}
            answer = column.choose("holds", kind=f"holds {field}", **facts)
            if answer == label:
                whole = whole.drop(differs, errors="ignore")
            elif within_table:
                part = part.drop(differs)
        whole = pd.concat([whole, part[~part.index.isin(whole.index)]])
    return whole


def _format_value(value: Any, field: str) -> str:
    """A value of a field in words; empty if it is missing."""
    if pd.isna(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    unit = " months" if read_fields()[field].kind == "time" else ""
    return f"{value:.6g}{unit}" if isinstance(value, float) else str(value)


def check_patients(tables: Sequence[MappedTable]) -> None:
    """Findings on ids that patients may share, and on patients of one table only.

    A patient without a row in the table of patients has no age, sex or history, and drops out of
    every filter: that changes results. The other way round it is a note.
    """
    for table in tables:
        _check_ids(table)
    # Of several tables of patients the one with the most fields should hold everybody.
    patients = [table for table in tables if table.map.rows == "patients"]
    if not patients:
        return
    everybody = max(patients, key=lambda table: len(table.fields))
    names = everybody.subjects.categories
    in_all = np.unique(everybody.subjects.codes)
    for other in tables:
        if other is everybody:
            continue
        here = np.unique(other.subjects.codes)
        for name, table, second, codes in (
            ("unmatched_patients", other, everybody, np.setdiff1d(here, in_all)),
            ("patients_without_rows", everybody, other, np.setdiff1d(in_all, here)),
        ):
            if not len(codes) or (table is everybody and other.map.rows not in OF_ALL):
                continue
            first = ", ".join(str(names[code]) for code in codes[:MOST_NAMES])
            more = ", …" if len(codes) > MOST_NAMES else ""
            who = f"{counted(len(codes), 'patient', 'patients')} ({first}{more})"
            table.report(name, "subject_id", value=len(codes), who=who, other=second.name)


def _check_ids(table: MappedTable) -> None:
    """Findings on ids that two patients may share: of several sites, or rounded ones."""
    for site in map(str, table.frame.columns):
        if not read_pattern("site").fullmatch(site) or not table.map.rows:
            continue
        sites = text_of(table.frame[site]).cat.codes.to_numpy()
        pairs = pd.DataFrame({"id": table.subjects.codes, "site": sites})
        several = pairs[pairs["site"] >= 0].drop_duplicates().groupby("id").size()
        shared = several[several > 1]
        if len(shared):
            who, n = str(table.subjects.categories[int(shared.index[0])]), len(shared)
            table.report("id_at_several_sites", "subject_id", value=who, n=n, site=site)
    column = table.column("subject_id")
    ids = None if column is None else table.frame[column.name]
    if ids is not None and pd.api.types.is_float_dtype(ids.dtype):
        rounded = ids[(ids.abs() >= 1e9) & (ids % 1e6 == 0)]
        if len(rounded):
            first, n = f"{rounded.iloc[0]:.0f}", len(rounded)
            table.report("rounded_ids", "subject_id", value=first, n=n)


def _convert_cells(column: MappedColumn) -> pd.Series:
    """A patient-level column as the kind that its field names."""
    field, values, table = column.field, column.values, column.table
    if field.kind == "yes_no":
        words = unread_answers(values)
        unread = text_of(values).isin(words)
        column.ask_unread(values, unread, "yes or a no", ANSWERS, words.get)
        return convert_answers(values.mask(unread), table.notes)
    if field.kind == "sex":
        return convert_sexes(values, table.notes)
    if field.kind not in ("number", "whole"):
        return convert_text(values)
    if field.name in GRADED:
        read = {str(cell): read_grade(str(cell)) for cell in text_of(values).cat.categories}
        unread = text_of(values).isin([cell for cell, grade in read.items() if grade is None])
        column.ask_unread(values, unread, "grade", GRADES)
        values = recode(values, [(cell, grade) for cell, grade in read.items() if grade])
        values = values.mask(unread)
    if field.name == "age_years":
        of_class = read_words(values, is_class, False)
        column.report_cells("ages_in_classes", of_class)
        values = values.mask(of_class)
    numbers, _ = read_numbers(values, table, whole=field.kind == "whole")
    numbers = drop_sentinel_cells(numbers, column, column_of("subjects", field.name))
    if not (field.quantity and column.entry.unit):
        return numbers
    amounts = convert_listed(numbers.to_numpy(), column, column.entry.unit)
    return pd.Series(amounts, index=numbers.index, name=numbers.name)
