"""Support and events: what was given or happened on a day."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from pht_core.intake.cells.answers import convert_answers
from pht_core.intake.tidying.day_reference import find_days
from pht_core.intake.tidying.mapped import (
    MappedColumn,
    MappedTable,
    find_words,
    read_words,
    text_of,
)
from pht_core.intake.tidying.patients import ANSWERS
from pht_core.intake.tidying.regimen import find_doses_of_0, find_given_rows
from pht_core.intake.words.vocabulary import recognise_event, recognise_support
from pht_core.intake.words.word_lists import read_pattern
from pht_core.model.schema import DAILY_SUPPORT, EVENT_KINDS, EVENT_RESULTS, SUPPORT_KINDS
from pht_core.model.words import listed

SUPPORT_COLUMNS = ["subject_id", "day", "kind"]
EVENT_COLUMNS = ["subject_id", "day", "event", "result"]
LONGEST_INTERVAL = 400  # days
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(?:u|units?|bags?|pools?|e|ek|tk|袋|单位|u\.)", re.I)


@cache
def recognise_result(text: str) -> str:
    """The result (see ``schema.EVENT_RESULTS``) that words state; empty if none.

    >>> recognise_result("Not detected"), recognise_result("CR, MRD negative")
    ('not_detected', 'remission')
    """
    words = re.sub(r"[\s_\-,;/]+", " ", text.strip().lower())
    # In this order: "not detected" has the word "detected" in it.
    results = ("not_detected", "detected", "relapse", "remission")
    return next((name for name in results if read_pattern(name).fullmatch(words)), "")


def read_support(table: MappedTable) -> tuple[pd.DataFrame, set[str]] | None:
    """Days with support, and the kinds of it that the table records; None if it records none.

    A row with a last day as well stands for every day of it. In a list of drugs (rows of doses)
    growth factors are support.
    """
    if table.map.rows in ("days", "patients"):
        fields = [name for name in DAILY_SUPPORT if name in table.fields]
        rows = _read_daily(table, dict.fromkeys(fields, ())) if fields else None
        if rows is None:
            return None
        rows["kind"] = rows["field"].map(DAILY_SUPPORT)
        return rows[SUPPORT_COLUMNS], {DAILY_SUPPORT[name] for name in fields}
    field = {"support": "support_kind", "doses": "drug"}.get(table.map.rows)
    column = table.column(field) if field else None
    if column is None:
        return None
    of_drugs = field == "drug"
    names = read_words(column.values, recognise_support, "")
    named = names != ""
    if of_drugs and not named.any():
        return None
    # A list of support that names one kind may simply have had no other: it records all.
    kinds = set(names[named]) if of_drugs else set(SUPPORT_KINDS)
    if not of_drugs:
        others = ~named & ~find_words(column.values, read_pattern("other product"))
        offered = list(SUPPORT_KINDS.items())
        if not column.ask_unread(column.values, others, "kind", offered, name="products"):
            kinds = set(names[named])
    if named.any():
        given = find_given_rows(table, "support") & ~find_doses_of_0(table, named)
        names = np.where(given, names, "")
    return _spread_over_days(table, names, "kind")[SUPPORT_COLUMNS], kinds


def read_events(table: MappedTable) -> tuple[pd.DataFrame, set[str]] | None:
    """Events by day, and the kinds that the table records; None if it records none."""
    if table.map.rows in ("days", "patients"):
        fields = [name for name in EVENT_KINDS if name in table.fields]
        results_of = {name: EVENT_RESULTS.get(name, ()) for name in fields}
        rows = _read_daily(table, results_of) if fields else None
        if rows is None:
            return None
        return rows.rename(columns={"field": "event"})[EVENT_COLUMNS], set(fields)
    column = table.column("event") if table.map.rows == "events" else None
    if column is None:
        return None
    names = read_words(column.values, recognise_event, "")
    others = text_of(column.values)[names == ""].value_counts()
    for word, n in others[others > 0].sort_index().items():
        column.report("unknown_word", value=word, n=n, known=listed(list(EVENT_KINDS), "or"))
    if (names != "").any():
        names = np.where(find_given_rows(table, "event"), names, "")
    rows = _spread_over_days(table, names, "event")
    results = table.series("result")
    given = pd.Series("", index=table.frame.index)
    if results is not None:
        given[:] = read_words(results, lambda word: recognise_result(word) or word, "")
    rows["result"] = given.reindex(rows["place"]).to_numpy()
    # Whether cells or marrow were looked at shows only where a result stands.
    return rows[EVENT_COLUMNS], (set(EVENT_KINDS) - set(EVENT_RESULTS)) | set(names[names != ""])


def _read_daily(
    table: MappedTable, results_of: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame | None:
    """A row for each day on which a column says yes, or gives one of its results."""
    days = find_days(table, needed_for="support and events")
    if days is None:
        return None
    parts = []
    for field, results in results_of.items():
        column = table.column(field)
        if column is None:
            continue
        if results:
            result = _read_results(column, results)
            yes = result != ""
        else:
            yes = _read_given(column)
            result = np.full(len(yes), "", dtype=object)
        keep = days.notna().to_numpy() & yes
        rows = pd.DataFrame({"subject_id": table.subjects[keep]})
        day = days.to_numpy()[keep].astype("int64")
        parts.append(rows.assign(day=day, field=field, result=result[keep]))
    return pd.concat(parts, ignore_index=True) if parts else None


def _read_given(column: MappedColumn) -> np.ndarray:
    """Whether a column says yes, or counts more than 0 units of support.

    Codes such as 1 and 2 may be yes and no: only a 0, or a header of units, shows that they count.
    """
    words = text_of(column.values).cat.categories.astype(str)
    amounts = [_AMOUNT.sub(r"\1", word.strip()) for word in words]
    amounts = ["0" if read_pattern("no support").fullmatch(word) else word for word in amounts]
    numbers = pd.to_numeric(pd.Series(amounts, dtype=object), errors="coerce")
    plain = not numbers.isna().any() and not (numbers < 0).any()
    is_amount = column.entry.field in DAILY_SUPPORT and plain and bool(set(numbers) - {0.0, 1.0})
    shown = (numbers == 0).any() or read_pattern("units of support").search(column.name)
    if is_amount and (shown or any(_AMOUNT.fullmatch(word.strip()) for word in words)):
        column.report("support_in_units", most=numbers.max())
        by_word = dict(zip(words, numbers, strict=True))
        return read_words(column.values, by_word.__getitem__, 0.0) > 0
    answers = convert_answers(column.values, column.table.notes)
    # An unknown word under the name of a support or an event may be a yes: it is never a no.
    column.ask_unread(column.values, answers.isna(), "yes or a no", ANSWERS)
    return answers.fillna(False).to_numpy(bool)


def _read_results(column: MappedColumn, results: Sequence[str]) -> np.ndarray:
    """Each cell's result, one of those known, empty where it is none."""

    def known_result(word: str) -> str:
        result = recognise_result(word)
        return result if result in results else ""

    found = read_words(column.values, known_result, "")
    unknown = column.values[(found == "") & column.values.notna().to_numpy()].astype(str)
    unknown = unknown[unknown.str.strip() != ""]
    if len(unknown):
        event, offered = EVENT_KINDS[column.entry.field], listed(results, "or")
        column.report("unknown_result", value=unknown.iloc[0], event=event, offered=offered)
    return found


def _spread_over_days(table: MappedTable, names: np.ndarray, column: str) -> pd.DataFrame:
    """A row for every day of every named row; ``place`` is the row that it came from."""
    days = find_days(table)
    if days is None:
        what = {"kind": "support", "event": "events"}[column]
        days = find_days(table, day="start_day", date="start_date", needed_for=what)
    if days is None:
        days = pd.Series(np.nan, table.frame.index)
    last = find_days(table, day="end_day", date="end_date")
    keep = days.notna().to_numpy() & (names != "")
    first = days.to_numpy()[keep]
    end = first if last is None else last.fillna(days).to_numpy()[keep]
    length = np.clip(end - first + 1, 1, LONGEST_INTERVAL).astype(int)
    too_long = int((end - first + 1 > LONGEST_INTERVAL).sum())
    if too_long:
        table.report("long_interval", column, value=too_long, most=LONGEST_INTERVAL)
    rows = np.repeat(np.arange(len(first)), length)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(length) - length, length)
    return pd.DataFrame(
        {
            "subject_id": table.subjects[keep][rows],
            "day": (first[rows] + offset).astype("int64"),
            column: names[keep][rows],
            "place": table.frame.index.to_numpy()[keep][rows],
        }
    )
