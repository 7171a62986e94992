"""A lineage's lowest count of each day, and what lies between two counts, patients by days."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pht_core.model.lineage import LINEAGES

NOISE = 9  # decimals: an interpolated 0.5 must not become 0.5000000000000001


@dataclass(frozen=True)
class Daily:
    """Counts of one lineage, a row per patient and a column per day from ``first`` on.

    values : in the lineage's unit; NaN where unknown. counted : a count was drawn on that day.
    inside : the day is not after the patient's last usable day.
    """

    first: int
    values: np.ndarray
    counted: np.ndarray
    inside: np.ndarray

    def between(self, first: int, last: int) -> "Daily":
        """Only the days from ``first`` to ``last``."""
        days = slice(first - self.first, last - self.first + 1)
        return Daily(first, self.values[:, days], self.counted[:, days], self.inside[:, days])

    @property
    def unknown(self) -> np.ndarray:
        """Days of follow-up whose count is neither drawn nor interpolated."""
        return np.isnan(self.values) & self.inside

    def carried(self, last: int, most: int) -> "Daily":
        """The first and last value up to day ``last`` carried to its edges, over so many days."""
        whole = self.between(self.first, last)
        width = whole.values.shape[1]
        before, after = neighbours(~np.isnan(whole.values))
        rows = np.arange(len(whole.values))[:, None]
        ends = whole.inside.sum(axis=1)[:, None] - 1
        lead = (before < 0) & (after < width) & (after[:, :1] <= most)
        tail = (after >= width) & (before >= 0) & (ends - before[:, -1:] <= most)
        filled = np.where(lead, whole.values[rows, after.clip(max=width - 1)], whole.values)
        filled = np.where(tail, whole.values[rows, before.clip(min=0)], filled)
        filled = np.where(whole.inside, filled, np.nan)
        return replace(self, values=np.hstack([filled, self.values[:, width:]]))


def derive_daily(
    counts: pd.DataFrame,
    param: str,
    subject_ids: list[str],
    cutoff_day: pd.Series,
    *,
    last: int,
    gap: int,
) -> Daily:
    """One lineage's lowest count a day from day 0 to ``last``, linear between close counts.

    counts : subject_id, day, param, value, unit; a missing or negative value, or one in another
        unit than the lineage's, is no count.
    cutoff_day : by subject_id, last usable day; missing = none. Later counts are not used, not even
        to interpolate.
    gap : two counts with so many days or fewer between them are joined by a line (of the days
        before day 0 and after ``last`` too); days in longer gaps are unknown.
    """
    first, width = -gap - 1, last + 2 * (gap + 1) + 1
    lineage = LINEAGES[param]
    cutoff = cutoff_day.reindex(subject_ids).to_numpy(dtype=float, na_value=np.nan)
    chosen = ((counts["param"] == param) & (counts["unit"] == lineage.unit)).to_numpy(bool)
    names = counts.loc[chosen, "subject_id"]
    rows = pd.Categorical(names, categories=subject_ids).codes.astype(int)
    days = counts.loc[chosen, "day"].to_numpy(dtype=float, na_value=np.nan)
    values = counts.loc[chosen, "value"].to_numpy(dtype=float, na_value=np.nan)
    used = (rows >= 0) & (values >= 0) & (days >= first) & (days < first + width)
    used &= ~(days > cutoff[rows])
    matrix = np.full((len(subject_ids), width), np.inf)
    np.minimum.at(matrix, (rows[used], days[used].astype(int) - first), values[used])
    counted = np.isfinite(matrix)
    matrix = _interpolate(np.where(counted, matrix, np.nan), counted, gap)
    inside = ~(np.arange(first, first + width) > cutoff[:, None])
    return Daily(first, matrix, counted, inside).between(0, last)


def neighbours(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each cell the last marked place up to it (-1 = none) and the next (the width = none)."""
    width = marked.shape[1]
    places = np.arange(width)
    before = np.maximum.accumulate(np.where(marked, places, -1), axis=1)
    after = np.minimum.accumulate(np.where(marked, places, width)[:, ::-1], axis=1)[:, ::-1]
    return before, after


def _interpolate(values: np.ndarray, counted: np.ndarray, gap: int) -> np.ndarray:
    before, after = neighbours(counted)
    width = values.shape[1]
    close = (before >= 0) & (after < width) & (after - before - 1 <= gap) & ~counted
    row, place = np.nonzero(close)
    left, right = before[row, place], after[row, place]
    share = (place - left) / (right - left)
    filled = values.copy()
    between = values[row, left] + (values[row, right] - values[row, left]) * share
    filled[row, place] = between.round(NOISE)
    return filled


def join_runs(low: np.ndarray, shortest_recovery: int) -> np.ndarray:
    """Low days, and the days of breaks shorter than a recovery between two of them."""
    before, after = neighbours(low)
    short = (before >= 0) & (after < low.shape[1]) & (after - before <= shortest_recovery)
    return low | short


def longest_run(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of each row's longest run of marked places (0 = none), and the place it begins."""
    places = np.arange(marked.shape[1])
    lengths = places - np.maximum.accumulate(np.where(marked, -1, places), axis=1)
    ends = lengths.argmax(axis=1)
    length = np.take_along_axis(lengths, ends[:, None], axis=1)[:, 0]
    return length, ends - length + 1
