"""Support and events: what was given or happened on a day."""

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from pht_core.intake.cells import convert_answers
from pht_core.intake.tidying.amounts import IntakeContext
from pht_core.intake.tidying.day_reference import DayReference, dayless, find_days
from pht_core.intake.tidying.mapped import MappedTable, text_of
from pht_core.intake.tidying.regimen import dose_of_none, used_rows
from pht_core.intake.words.vocabulary import recognise_event, recognise_support
from pht_core.model.findings import CHANGES, NOTE, finding
from pht_core.model.schema import DAILY_SUPPORT, EVENT_KINDS, EVENT_RESULTS, SUPPORT_KINDS
from pht_core.model.words import counted

SUPPORT_COLUMNS = ["subject_id", "day", "kind"]
EVENT_COLUMNS = ["subject_id", "day", "event", "result"]
LONGEST_SPELL = 400
_COUNTED = re.compile(r"unit|bag|dose|number|count|vol|ml\b|袋|单位|剂量|einheit|anzahl", re.I)
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(?:u|units?|bags?|pools?|e|ek|tk|袋|单位|u\.)", re.I)
_NONE = re.compile(r"none|no|nein|non|nil|无|否|-", re.I)
# What a laboratory writes of CAR-T cells in blood and of a marrow, in lower case with blanks.
RESULTS = {
    "not_detected": r"not det\w*|undetect\w*|nicht nachweisbar|neg\w*|absent|no|0|-|未检出|阴性",
    "detected": r"det\w*|nachweisbar|pos\w*|present|yes|1|\+|检出|阳性",
    "relapse": r"relaps\w*|recurr\w*|rezidiv|progressi\w*|pd|复发|进展",
    "remission": r"(?:complete |molecular )?remission|cr[i1h]?(?: mrd)?(?: neg\w*)?|mrd neg\w*"
    r"|缓解|完全缓解",
}


@cache
def recognise_result(text: str) -> str:
    """The result (see ``schema.EVENT_RESULTS``) that words tell; empty if none.

    >>> recognise_result("Not detected"), recognise_result("CR, MRD negative")
    ('not_detected', 'remission')
    """
    words = re.sub(r"[\s_\-,;/]+", " ", text.strip().lower())
    return next((result for result, pattern in RESULTS.items() if re.fullmatch(pattern, words)), "")


def read_support(
    table: MappedTable, clock: DayReference, context: IntakeContext
) -> tuple[pd.DataFrame, set[str]] | None:
    """Days with support, and the kinds of it that the table tells of; None if it tells of none.

    A row with a last day as well stands for every day of it. In a list of drugs (rows of doses)
    growth factors are support.
    """
    if table.map.rows in ("days", "patients"):
        fields = [name for name in DAILY_SUPPORT if name in table.fields]
        if not fields:
            return None
        marks = _daily_marks(table, dict.fromkeys(fields), clock, context)
        kinds = {DAILY_SUPPORT[name] for name in fields}
        if marks is None:
            return None
        return marks.assign(kind=marks["field"].map(DAILY_SUPPORT))[SUPPORT_COLUMNS], kinds
    field = {"support": "support_kind", "doses": "drug"}.get(table.map.rows)
    if field is None or field not in table.fields:
        return None
    spells = table.map.rows == "doses"
    names = _named(table, field, recognise_support, list(SUPPORT_KINDS), context, silent=spells)
    if spells and not (names != "").any():
        return None
    if (names != "").any():
        given = used_rows(table, context, "support") & ~dose_of_none(table, names != "", context)
        names = np.where(given, names, "")
    # A list of support that names one kind may simply have had no other: it tells of all.
    kinds = set(names[names != ""]) if spells else set(SUPPORT_KINDS)
    return _spread(table, names, "kind", clock, context), kinds


def read_events(
    table: MappedTable, clock: DayReference, context: IntakeContext
) -> tuple[pd.DataFrame, set[str]] | None:
    """Events by day, and the kinds that the table tells of; None if it tells of none."""
    if table.map.rows in ("days", "patients"):
        fields = [name for name in EVENT_KINDS if name in table.fields]
        if not fields:
            return None
        marks = _daily_marks(
            table, {name: EVENT_RESULTS.get(name) for name in fields}, clock, context
        )
        if marks is None:
            return None
        return marks.rename(columns={"field": "event"})[EVENT_COLUMNS], set(fields)
    if table.map.rows != "events" or "event" not in table.fields:
        return None
    names = _named(table, "event", recognise_event, list(EVENT_KINDS), context)
    if (names != "").any():
        names = np.where((names != "") & ~used_rows(table, context, "event"), "", names)
    rows = _spread(table, names, "event", clock, context)
    results = table.series("result")
    told = pd.Series("", index=table.frame.index)
    if results is not None:
        words = text_of(results).cat
        meanings = [recognise_result(str(word)) or str(word) for word in words.categories]
        told[:] = np.array([*meanings, ""], dtype=object)[words.codes.to_numpy()]
    rows["result"] = told.reindex(rows["place"]).to_numpy()
    seen = set(names[names != ""])
    # Whether cells or marrow were looked at shows only where a result stands.
    return rows[EVENT_COLUMNS], (set(EVENT_KINDS) - set(EVENT_RESULTS)) | seen


def _daily_marks(
    table: MappedTable,
    fields: dict[str, tuple[str, ...] | None],
    clock: DayReference,
    context: IntakeContext,
) -> pd.DataFrame | None:
    """A row for each day on which a column says yes, or gives one of its results."""
    days = find_days(table, clock, context)
    if days is None:
        context.findings += dayless(table, clock, "support and events")
        return None
    parts = []
    for field, results in fields.items():
        entry = table.map_of(field)
        if entry is None:
            continue
        values = table.values_of(entry)
        if results is None:
            said = _amounts_given(values, field, table, context)
            if said is None:
                said = convert_answers(values, table.name, context.findings, line_of=table.line_of)
            yes, told = said.fillna(False).to_numpy(bool), np.full(len(values), "", dtype=object)
        else:
            told = _results(values, field, results, table, context)
            yes = told != ""
        keep = days.notna().to_numpy() & yes
        parts.append(
            pd.DataFrame(
                {
                    "subject_id": table.subjects[keep],
                    "day": days.to_numpy()[keep].astype("int64"),
                    "field": field,
                    "result": told[keep],
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else None


def _amounts_given(
    values: pd.Series, field: str, table: MappedTable, context: IntakeContext
) -> pd.Series | None:
    """Whether more than none was given, of columns that count units; None for other columns.

    Codes such as 1 and 2 may be yes and no: only a 0, or a header of units, shows that they count.
    """
    text = text_of(values).cat
    words = [_AMOUNT.sub(r"\1", str(word).strip()) for word in text.categories]
    words = ["0" if _NONE.fullmatch(word) else word for word in words]
    numbers = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce")
    counts = set(numbers) - {0.0, 1.0}
    if field not in DAILY_SUPPORT or numbers.isna().any() or (numbers < 0).any() or not counts:
        return None
    in_cells = any(_AMOUNT.fullmatch(str(word).strip()) for word in text.categories)
    if not ((numbers == 0).any() or in_cells or _COUNTED.search(str(values.name))):
        return None
    given = pd.Series(np.append(numbers, np.nan)[text.codes.to_numpy()], index=values.index)
    context.findings.append(
        finding(
            NOTE,
            table.name,
            str(values.name),
            f"{values.name!r} counts what was given, up to {numbers.max():g}.",
            "More than 0 is read as yes, 0 as no.",
        )
    )
    return (given > 0).astype("boolean").mask(given.isna())


def _results(
    values: pd.Series,
    field: str,
    results: tuple[str, ...],
    table: MappedTable,
    context: IntakeContext,
) -> np.ndarray:
    """Each cell's result, one of those known, empty where it is none."""
    words = text_of(values).cat
    meanings = [recognise_result(str(word)) for word in words.categories]
    known = [word if word in results else "" for word in meanings]
    strange = [str(word) for word, own in zip(words.categories, known, strict=True) if not own]
    strange = [word for word in strange if word.strip()]
    if strange:
        context.findings.append(
            finding(
                CHANGES,
                table.name,
                str(values.name),
                f"{strange[0]!r} is not a result of {EVENT_KINDS[field]}.",
                "Such cells are not used.",
                f"Use {' or '.join(results)}.",
                value=strange[0],
            )
        )
    return np.array([*known, ""], dtype=object)[words.codes.to_numpy()]


def _named(
    table: MappedTable,
    field: str,
    recognise: Callable[[str], str],
    known: list[str],
    context: IntakeContext,
    *,
    silent: bool = False,
) -> np.ndarray:
    """Each row's kind, empty where its name is none of those known."""
    values = table.series(field)
    assert values is not None  # the caller looked
    words = text_of(values).cat
    kinds = [recognise(str(word)) for word in words.categories]
    if not silent:
        for word, kind in zip(words.categories, kinds, strict=True):
            if not kind:
                n = int((values == word).sum())
                context.findings.append(
                    finding(
                        CHANGES,
                        table.name,
                        str(values.name),
                        f"{str(word)!r} is not one of {', '.join(known)}.",
                        f"Its {n} rows are not used.",
                        "Rename it, or say in the mapping what it stands for.",
                        value=str(word),
                    )
                )
    return np.array([*kinds, ""], dtype=object)[words.codes.to_numpy()]


def _spread(
    table: MappedTable, names: np.ndarray, column: str, clock: DayReference, context: IntakeContext
) -> pd.DataFrame:
    """A row for every day of every named row, ``place`` telling the row that it came from."""
    empty = pd.DataFrame(
        {"subject_id": table.subjects[:0], "day": pd.Series(dtype="int64"), column: "", "place": 0}
    )
    days = find_days(table, clock, context)
    if days is None:
        days = find_days(table, clock, context, day="start_day", date="start_date")
    if days is None:
        context.findings += dayless(table, clock, column)
        return empty
    last = find_days(table, clock, context, day="end_day", date="end_date")
    named = names != ""
    keep = days.notna().to_numpy() & named
    first = days.to_numpy()[keep]
    last = None if last is None else last.to_numpy()[keep]
    end = first if last is None else np.where(np.isnan(last), first, last)
    length = np.clip(end - first + 1, 1, LONGEST_SPELL).astype(int)
    too_long = int((end - first + 1 > LONGEST_SPELL).sum())
    if too_long:
        context.findings.append(
            finding(
                NOTE,
                table.name,
                column,
                f"{counted(too_long, 'row lasts', 'rows last')} more than {LONGEST_SPELL} days.",
                f"Their first {LONGEST_SPELL} days are used.",
                value=too_long,
            )
        )
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
