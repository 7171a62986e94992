"""The periods of Figure 1 and each patient's grade in them; runs on every engine."""

from dataclasses import dataclass
from typing import Any, cast

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrameT

from pht_core.engines import frame_like
from pht_core.settings import Settings

NEVER = 10**9  # a day that no count reaches; keeps windows free of missing values on every engine


@dataclass(frozen=True)
class Period:
    """A period, how many draws it takes, and the words for both."""

    name: str
    title: str
    rule: str
    panels: str

    @property
    def label(self) -> str:
        """Title and rule, as printed over a chart."""
        return f"{self.title} ({self.rule})"


PERIODS = {
    period.name: period
    for period in (
        Period("baseline", "before infusion", "last count", ""),
        Period("within_28", "within 28 days", "worst", "A-C"),
        Period("at_day_28", "at day 28", "single draw", "D-F"),
        Period("after_prednisone", "after prednisone", "best", "G-I"),
        Period("after_prednisone_last", "after prednisone", "last count", ""),
    )
}


def derive_windows(
    subject_ids: list[str],
    *,
    cutoff_day: pd.Series,
    courses: pd.DataFrame,
    first_relapse_day: pd.Series,
    settings: Settings,
) -> pd.DataFrame:
    """Each patient's windows, as whole days without missing values (`NEVER` stands for none).

    Parameters
    ----------
    cutoff_day : by subject_id, the last day whose counts may be used (progression, next therapy
        or death); missing = no such day.
    courses : see ``prednisone.derive_courses``.
    first_relapse_day : by subject_id; missing = no relapse.

    Returns
    -------
    pandas.DataFrame
        subject_id, cutoff_day, first_dose_day, after_from, after_to. The period after prednisone
        runs from the day after the first dose to ``settings.after_days`` after the first course's
        last day on the drug, and ends before a relapse; an ongoing course leaves it open.
    """
    first = courses[courses["course"] == 1].set_index("subject_id").reindex(subject_ids)
    start = first["start_day"].to_numpy(dtype=float)
    last = first["stop_day"].to_numpy(dtype=float) - 1
    until = last + settings.after_days
    until = np.where(np.isnan(start), -NEVER, np.where(np.isnan(last), NEVER, until))
    relapse = first_relapse_day.reindex(subject_ids).to_numpy(dtype=float)
    until = np.fmin(until, relapse - 1)
    cutoff = cutoff_day.reindex(subject_ids).to_numpy(dtype=float)

    def whole(days: np.ndarray, missing: int) -> np.ndarray:
        return np.where(np.isnan(days), missing, np.floor(days)).astype("int64")

    return pd.DataFrame(
        {
            "subject_id": subject_ids,
            "cutoff_day": whole(cutoff, NEVER),
            "first_dose_day": whole(start, NEVER),
            "after_from": whole(start + 1, NEVER),
            "after_to": whole(until, -NEVER),
        }
    )


def derive_period_grades(
    counts: IntoFrameT, windows: pd.DataFrame, settings: Settings | None = None
) -> IntoFrameT:
    """One grade per patient, lineage and period.

    Parameters
    ----------
    counts : subject_id, day (whole), param, grade (missing = not graded) and, if support was
        recorded, the boolean supported; in any engine.
    windows : pandas, from `derive_windows`. Counts of patients not in it are left out, as are
        counts after a patient's cutoff.

    Returns
    -------
    subject_id, param, period, grade, day, n_counts
        In the engine of ``counts``. Rows only where the period holds a graded count: a patient
        without one is missing, not grade 0. ``day`` is the draw's, or the first with that grade
        in ``within_28`` and ``after_prednisone``.
    """
    settings = settings or Settings()
    day, grade = nw.col("day"), nw.col("grade")
    table = windows
    frame: Any = nw.from_native(cast(Any, counts))
    if frame.implementation.is_pandas():
        native = cast(pd.DataFrame, counts)
        table = windows.assign(subject_id=windows["subject_id"].astype(native["subject_id"].dtype))
    joined = frame.filter(~grade.is_null()).join(
        frame_like(table, counts), on="subject_id", how="inner"
    )
    joined = joined.filter(day <= nw.col("cutoff_day"))
    if "supported" in frame.collect_schema().names() and settings.use_support:
        free = ~nw.col("supported")
    else:
        free = day == day
    early = day <= settings.day28
    nearness = (day - settings.day28).abs() * 2 + (day > settings.day28).cast(nw.Int64)
    within = joined.filter((day >= 0) & early)
    near = joined.filter(
        ((day - settings.day28).abs() <= settings.day28_window) & (day <= nw.col("first_dose_day"))
    ).with_columns(_rank=nearness)
    near = near.filter(nw.col("_rank") == nw.col("_rank").min().over("subject_id"))
    before = joined.filter(day < 0)
    before = before.filter(day == day.max().over("subject_id", "param"))
    after = joined.filter((day >= nw.col("after_from")) & (day <= nw.col("after_to")) & free)
    latest = after.filter(day == day.max().over("subject_id", "param"))
    parts = [
        _extreme(before, "baseline", worst=True),
        _extreme(within, "within_28", worst=True),
        _extreme(near, "at_day_28", worst=True),
        _extreme(after, "after_prednisone", worst=False),
        _extreme(latest, "after_prednisone_last", worst=True),
    ]
    return cast(IntoFrameT, nw.to_native(nw.concat(parts, how="vertical")))


def _extreme(frame: nw.LazyFrame, period: str, *, worst: bool) -> nw.LazyFrame:
    """The worst (or best) grade of each patient and lineage, and the first day that had it.

    One number carries both through a single pass over the counts: grade times ``span``, less
    the day where the highest number wins, plus the day where the lowest does.
    """
    span, sign = 10**6, -1 if worst else 1
    key = nw.col("_key")
    summary = (
        frame.with_columns(_key=nw.col("grade") * span + sign * nw.col("day"))
        .group_by("subject_id", "param")
        .agg(_key=key.max() if worst else key.min(), n_counts=nw.len())
    )
    grade = (key / span).round(0)
    return summary.select(
        "subject_id",
        "param",
        period=nw.lit(period),
        grade=grade,
        day=(sign * (key - grade * span)).cast(nw.Int64),
        n_counts=nw.col("n_counts").cast(nw.Int64),
    )
