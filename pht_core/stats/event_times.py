"""Times to an event: derived from the outcomes, checked, split into groups, counted with ties."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pht_core.model.endpoint import ENDPOINTS
from pht_core.model.errors import PhtError, look_up

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

ALL = "all"
MISSING = "missing"

# Differences of months leave rounding noise (12.3 - 1.1 is not 11.2). R's survfit ties such
# times by the same relative tolerance (its timefix).
_TIE_TOLERANCE = float(np.sqrt(np.finfo(float).eps))
_NAMED_AT_MOST = 5


class Stratum(NamedTuple):
    """The patients of one group: time in the unit of the table, event True = happened."""

    label: str
    time: Floats
    event: Booleans


class Ties(NamedTuple):
    """Counts at each distinct time, in ascending order; ``n_risk`` is just before it."""

    time: Floats
    n_risk: Integers
    n_event: Integers
    n_censor: Integers


def derive_times(
    outcomes: pd.DataFrame,
    endpoint: str = "os",
    *,
    origin_months: Mapping[str, float] | pd.Series | None = None,
    censor_at_next_therapy: bool = True,
    landmark: float | None = None,
) -> pd.DataFrame:
    """Derive the time at risk of each patient, and whether it ended in the event.

    It ends with the first of the endpoint's events. Others are censored at the last follow-up,
    or at the next therapy (HSCT included) if it is earlier. An event in the month of the next
    therapy counts, and so does one dated after the last follow-up. An endpoint that needs an
    assessment is censored at the last one, where any is recorded. A time and event that the file
    gives for the endpoint itself are taken at their word.

    outcomes : a row per patient: subject_id and, in months after infusion, last_followup_months,
        the endpoint's columns, and next_therapy_months (unless not censored at it); missing = did
        not happen. Where they are there, last_assessment_months, and the endpoint's own
        ``<name>_months`` and ``<name>_event`` (True = happened; missing beside a time = not
        recorded).
    endpoint : a name in ``endpoint.ENDPOINTS``.
    origin_months : start of the clock by subject_id, in months after infusion; default infusion.
    landmark : months from the origin; only those still at risk after it are kept, and their time is
        counted from it.
    Returns subject_id, time (months from the origin or landmark), event (bool). Whoever has no time
        at risk has no row: `count_left_out` with the same arguments says who and why.
    Raises PhtError on a missing column, a patient in two rows, a month before infusion.
    """
    ids, time, event, reason = _place(
        outcomes, endpoint, origin_months, censor_at_next_therapy, landmark
    )
    kept = reason == ""
    time = np.maximum(time - (landmark or 0.0), 0.0)
    return pd.DataFrame({"subject_id": ids[kept], "time": time[kept], "event": event[kept]})


def count_left_out(outcomes: pd.DataFrame, endpoint: str = "os", **arguments: Any) -> pd.DataFrame:
    """Count the patients whom `derive_times` leaves out under the same arguments, by reason.

    Returns reason, n, subjects (their ids, comma-separated); no rows if everyone is in.
    """
    ids, _, _, reason = _place(outcomes, endpoint, **arguments)
    found = [(text, ids[reason == text]) for text in dict.fromkeys(reason[reason != ""])]
    rows = [(text, len(who), ", ".join(map(str, who))) for text, who in found]
    return pd.DataFrame(rows, columns=["reason", "n", "subjects"]).astype({"n": "int64"})


def _place(
    outcomes: pd.DataFrame,
    endpoint: str,
    origin_months: Mapping[str, float] | pd.Series | None = None,
    censor_at_next_therapy: bool = True,
    landmark: float | None = None,
) -> tuple[npt.NDArray[np.object_], Floats, Booleans, npt.NDArray[np.object_]]:
    """Time from the origin, event, and why a patient is left out ("" = kept)."""
    chosen = look_up("Endpoint", endpoint, ENDPOINTS)
    if landmark is not None and not (np.isfinite(landmark) and landmark >= 0):
        raise PhtError(f"The landmark is {landmark} months; it must be 0 or later.")
    ids = take_column(outcomes, "subject_id").to_numpy(dtype=object)
    twice = pd.Index(ids).duplicated()
    if twice.any():
        raise PhtError(
            f"A patient has more than one row of outcomes: {_name_rows(twice, ids)}. "
            "Keep one row per patient."
        )
    happened = np.full(len(ids), np.nan)
    for column in chosen.columns:
        happened = np.fmin(happened, _read_months(outcomes, column, ids))
    end = _read_months(outcomes, "last_followup_months", ids)
    unseen = np.zeros(len(ids), dtype=np.bool_)
    if chosen.assessed and "last_assessment_months" in outcomes:
        assessed = _read_months(outcomes, "last_assessment_months", ids)
        if not np.isnan(assessed).all():
            unseen = np.isnan(assessed) & ~np.isnan(end)
            end = assessed
    unknown = np.zeros(len(ids), dtype=np.bool_)
    if f"{endpoint}_months" in outcomes and f"{endpoint}_event" in outcomes:
        own = _read_months(outcomes, f"{endpoint}_months", ids)
        told = outcomes[f"{endpoint}_event"].astype("boolean")
        given, yes = ~np.isnan(own), told.fillna(False).to_numpy(dtype=np.bool_)
        unknown = given & told.isna().to_numpy()
        happened = np.where(given, np.where(yes, own, np.nan), happened)
        end = np.where(given, np.where(yes, np.nan, own), end)
        unseen &= ~given
    event = ~np.isnan(happened)
    if censor_at_next_therapy:
        therapy = _read_months(outcomes, "next_therapy_months", ids)
        event &= ~(therapy < happened)
        end = np.fmin(end, therapy)
    time = np.where(unknown, np.nan, np.where(event, happened, end))
    reason = np.full(len(ids), "", dtype=object)
    reason[np.isnan(time)] = "follow-up not known"
    reason[np.isnan(time) & unseen] = "no assessment of the disease recorded"
    reason[unknown] = "whether the event happened is not recorded"
    if origin_months is not None:
        start = pd.Series(origin_months, dtype=float).reindex(ids).to_numpy()
        time = time - start
        reason[(reason == "") & np.isnan(start)] = "origin not reached"
        reason[time < -_TIE_TOLERANCE] = "not at risk at the origin"
    if landmark is not None:
        # An event at the very landmark may be the one that made the group: it is left out.
        reason[(reason == "") & (time <= landmark + _TIE_TOLERANCE)] = "not at risk at the landmark"
    return ids, time, event, reason


def _read_months(outcomes: pd.DataFrame, column: str, ids: npt.NDArray[np.object_]) -> Floats:
    months = _to_floats(take_column(outcomes, column))
    if (months < 0).any():
        raise PhtError(
            f"{column} lies before the infusion for {_name_rows(months < 0, ids)}. "
            "Give months after the infusion (day 0), or leave it empty."
        )
    return months


def take_column(table: pd.DataFrame, name: str) -> pd.Series:
    """Take a column, or raise PhtError that lists those there are."""
    if name not in table.columns:
        have = ", ".join(map(str, table.columns)) or "none"
        raise PhtError(f"The table has no column {name!r}; its columns are: {have}.")
    return table[name]


def read_time(times: pd.DataFrame) -> Floats:
    """Read the column ``time``; PhtError if empty, missing, negative, infinite or not a number."""
    column = take_column(times, "time")
    if not len(column):
        raise PhtError(
            "No patients are left to follow: the table of times is empty. Widen the filter."
        )
    time = _to_floats(column)
    bad = ~(np.isfinite(time) & (time >= 0))
    if bad.any():
        raise PhtError(
            f"The time is missing, negative or infinite for {_name_rows(bad, _ids(times))}. "
            "Correct it, or leave these patients out and say so."
        )
    return time


def read_event(times: pd.DataFrame) -> Booleans:
    """Read the column ``event``; PhtError unless each value is True (happened) or False."""
    column = take_column(times, "event")
    values = column.to_numpy()
    if values.dtype == np.bool_:
        return values
    missing = column.isna().to_numpy()
    if missing.any():
        raise PhtError(
            f"The event is missing for {_name_rows(missing, _ids(times))}. "
            "True means it happened, False that the time is censored."
        )
    if column.dtype != "boolean" and not all(isinstance(v, (bool, np.bool_)) for v in values):
        raise PhtError(
            f"The event column holds {column.dtype} (such as {column.tolist()[0]!r}), "
            "not True or False. True means it happened: write == 1 for a 0/1 column, == 0 for CNSR."
        )
    return values.astype(np.bool_)


def build_strata(times: pd.DataFrame, by: str | None = None) -> list[Stratum]:
    """Check a table of times and split it into groups.

    times : time (>= 0) and event (bool, True = happened), a row per patient.
    by : a column of groups: its values sorted, or in the order of its categories; True and False
        are "yes" and "no"; patients without a group form the last one, "missing". Without it all
        are in "all".
    Raises PhtError as `read_time` and `read_event` do, and on an unknown column.
    """
    time, event = read_time(times), read_event(times)
    return [Stratum(label, time[rows], event[rows]) for label, rows in split_rows(times, by)]


def split_rows(times: pd.DataFrame, by: str | None) -> list[tuple[str, Integers | slice]]:
    """Split the rows of a table into (label, positions) as ``build_strata`` describes."""
    if by is None:
        return [(ALL, slice(None))]
    column = take_column(times, by)
    codes, labels = code_values(column)
    if (codes < 0).any():
        if MISSING not in labels:
            labels = [*labels, MISSING]
        codes = np.where(codes < 0, labels.index(MISSING), codes)
    order = np.argsort(codes)
    edges = np.searchsorted(codes[order], np.arange(len(labels) + 1))
    parts = [order[low:high] for low, high in pairwise(edges)]
    return [(label, rows) for label, rows in zip(labels, parts, strict=True) if len(rows)]


def code_values(column: pd.Series) -> tuple[Integers, list[str]]:
    """Code the values of a column as 0, 1, ... with their labels; missing is -1."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = column.cat.categories
        codes = column.cat.codes.to_numpy()
    else:
        try:
            codes, values = pd.factorize(column, sort=True)
        except TypeError as error:
            raise PhtError(
                f"Column {column.name!r} mixes kinds of values that have no order. "
                "Write its groups all as text, or all as numbers."
            ) from error
    return codes.astype(np.int64), [_label(value) for value in values]


def _label(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def count_ties(time: Floats, event: Booleans) -> Ties:
    """Count who is at risk, has the event and is censored at each distinct time.

    Times that differ by rounding noise only (1.5e-8 of their mean) are one, as in R's survfit.
    """
    order = np.argsort(time)
    ordered = time[order]
    new = np.ones(len(ordered), dtype=np.bool_)
    np.greater(np.diff(ordered), tie_tolerance(time), out=new[1:])
    start = np.flatnonzero(new)
    n_event = np.add.reduceat(event[order], start, dtype=np.int64)
    n_here = np.diff(start, append=len(ordered))
    return Ties(ordered[start], len(ordered) - start, n_event, n_here - n_event)


def tie_tolerance(time: Floats) -> float:
    """Give the difference up to which two of these times are the same."""
    return _TIE_TOLERANCE * max(1.0, float(time.mean()))


def _to_floats(column: pd.Series) -> Floats:
    if column.dtype == np.float64:
        return column.to_numpy()
    try:
        if pd.api.types.is_bool_dtype(column.dtype):
            raise TypeError
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise PhtError(
            f"Column {column.name!r} holds {column.dtype}, not numbers. Give a number or nothing."
        ) from error


def _ids(times: pd.DataFrame) -> npt.NDArray[np.object_]:
    if "subject_id" in times.columns:
        return times["subject_id"].to_numpy(dtype=object)
    return np.array([f"row {i + 1}" for i in range(len(times))], dtype=object)


def _name_rows(rows: Booleans, ids: npt.NDArray[np.object_]) -> str:
    named = [str(who) for who in ids[rows]]
    more = len(named) - _NAMED_AT_MOST
    return ", ".join(named[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
