"""The periods of Figure 1 and each patient's grade in them; runs on every engine."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, cast

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrameT

from pht_core.model.lineage import PHT_LINEAGES
from pht_core.model.settings import Settings
from pht_core.stats.engines import frame_like, join_rows, to_pandas

NEVER = 400_000  # a day that no count reaches; keeps windows free of missing values everywhere
SPAN = 1_000_000  # more than twice that, so that a day and another number can be packed as one


@dataclass(frozen=True)
class Period:
    """A period, how many draws it takes, and the words for both."""

    name: str
    title: str
    rule: str

    @property
    def label(self) -> str:
        """Title and rule, as printed over a chart."""
        return f"{self.title} ({self.rule})"


PERIODS = {
    period.name: period
    for period in (
        Period("baseline", "before infusion", "last count"),
        Period("within_28", "within 28 days", "worst"),
        Period("at_day_28", "at day 28", "single draw"),
        Period("after_prednisone", "after prednisone", "best"),
        Period("after_prednisone_last", "after prednisone", "last count"),
    )
}


def derive_windows(
    subject_ids: list[str],
    cutoff_day: pd.Series,
    courses: pd.DataFrame,
    first_relapse_day: pd.Series,
    settings: Settings,
) -> pd.DataFrame:
    """Each patient's windows, as whole days without missing values (`NEVER` stands for none).

    cutoff_day : by subject_id, the last day whose counts may be used (progression, next therapy or
        death); missing = no such day.
    courses : see ``courses.derive_courses``.
    first_relapse_day : by subject_id; missing = no relapse.
    Returns subject_id, cutoff_day, first_dose_day, after_from, after_to. The period after
        prednisone runs from the day after the first dose to ``settings.after_days`` after the first
        course's last day on the drug, and ends before a relapse and before the next course; an
        ongoing course leaves it open.
    """
    first, second = (
        courses[courses["course"] == number].set_index("subject_id").reindex(subject_ids)
        for number in (1, 2)
    )
    start, last = first["start_day"].to_numpy(float), first["stop_day"].to_numpy(float) - 1
    until = last + settings.after_days
    until = np.where(np.isnan(start), -NEVER, np.where(np.isnan(last), NEVER, until))
    relapse = first_relapse_day.reindex(subject_ids).to_numpy(dtype=float)
    until = np.fmin(until, np.fmin(relapse, second["start_day"].to_numpy(dtype=float)) - 1)
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


def derive_daily_grades(counts: IntoFrameT) -> IntoFrameT:
    """One grade a day: of several counts of a lineage on one day the worst.

    counts : subject_id, day, param, grade (missing = not graded) and perhaps the boolean supported,
        in any engine.
    Returns subject_id, param, day, grade (and supported), in the same engine; only graded counts.
    """
    frame: Any = nw.from_native(cast(Any, counts))
    keys = ["subject_id", "param", "day"]
    frame = frame.filter(~nw.col("grade").is_null())
    columns = [nw.col("grade").max()]
    if "supported" in frame.collect_schema().names():
        frame = frame.with_columns(supported=nw.col("supported").cast(nw.Int8))
        columns.append(nw.col("supported").max())
    daily = frame.group_by(keys).agg(*columns)
    if len(columns) > 1:
        daily = daily.with_columns(supported=nw.col("supported") == 1)
    return cast(IntoFrameT, nw.to_native(daily))


def derive_period_grades(
    counts: IntoFrameT, windows: pd.DataFrame, settings: Settings | None = None
) -> IntoFrameT:
    """One grade per patient, lineage and period.

    counts : subject_id, day (whole), param, grade (missing = not graded) and, if support was
        recorded, the boolean supported; in any engine. One count of a lineage a day, see
        `derive_daily_grades`: of several the best one would count after prednisone.
    windows : pandas, from `derive_windows`. Counts of patients not in it are left out, as are
        counts after a patient's cutoff.
    Returns subject_id, param, period, grade, day, in the engine of ``counts``; rows only where the
        period holds a graded count: a patient without one is missing, not grade 0. ``day`` is the
        draw's, or the first with that grade in ``within_28`` and ``after_prednisone``. With
        ``settings.confirm`` a grade after prednisone is the worse of a count's and the next.
    """
    settings = settings or Settings()
    frame: Any = nw.from_native(cast(Any, counts))
    # Days and grades may come as narrow numbers, which would overflow when packed.
    numbers = nw.col("day").cast(nw.Int64), nw.col("grade").cast(nw.Float64)
    has_support = settings.use_support and "supported" in frame.collect_schema().names()
    supported = nw.col("supported") if has_support else nw.lit(False).alias("supported")
    frame = frame.select("subject_id", "param", *numbers, supported)
    frame = frame.filter(~nw.col("grade").is_null())
    summary = _extremes(frame, _add_draw_day(frame, windows, settings), settings)
    keys = ["subject_id", "param"]
    packed: Any = nw.lit(None, dtype=nw.Float64)
    for name in PERIODS:
        packed = nw.when(nw.col("period") == name).then(nw.col(name)).otherwise(packed)
    periods = frame_like(pd.DataFrame({"period": list(PERIODS)}), counts)
    long = summary.join(periods, how="cross").select(*keys, "period", _packed=packed)
    long = long.filter(~nw.col("_packed").is_null())
    day, grade = _high("_packed").cast(nw.Int64), _low("_packed").cast(nw.Float64)
    return cast(IntoFrameT, nw.to_native(long.select(*keys, "period", grade=grade, day=day)))


def _of_pht() -> nw.Expr:
    return reduce(or_, (nw.col("param") == param for param in PHT_LINEAGES))


def _nearness(settings: Settings) -> nw.Expr:
    """How far a day is from day 28, so that of two equally near the earlier is nearer."""
    day = nw.col("day")
    return (day - settings.day28).abs() * 2 + (day > settings.day28).cast(nw.Int64)


def _near(settings: Settings) -> nw.Expr:
    """True for days that may be the draw at day 28, but for the patient's own bounds."""
    return (nw.col("day") - settings.day28).abs() <= settings.day28_window


def _add_draw_day(frame: Any, windows: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The windows with each patient's draw at day 28 (`NEVER` = none).

    Of the draws with the most lineages of PHT known it is the nearest.
    """
    near = join_rows(frame.filter(_near(settings), _of_pht()), windows, "subject_id")
    near = near.filter(nw.col("day") <= nw.min_horizontal("cutoff_day", "first_dose_day"))
    draws = near.group_by("subject_id", "day").agg(known=nw.len())
    draws = draws.with_columns(rank=_pack(nw.col("known"), -_nearness(settings)))
    best = to_pandas(draws.select("subject_id", "day", "rank")).sort_values("rank")
    days = best.astype({"subject_id": object}).groupby("subject_id")["day"].last()
    days = days.reindex(windows["subject_id"]).fillna(NEVER).astype("int64")
    return windows.assign(draw_day=days.to_numpy())


def _extremes(frame: Any, windows: pd.DataFrame, settings: Settings) -> Any:
    """For each patient and lineage, what counts in each period as day and grade packed.

    In one pass over the counts, packed at first in the order that decides: the last day, the worst
    or the best grade, the nearness to day 28. A missing grade is nowhere extreme.
    """
    day, grade = nw.col("day"), nw.col("grade")
    frame = join_rows(frame, windows, "subject_id").filter(day <= nw.col("cutoff_day"))
    frame = frame.with_columns(free=nw.when(~nw.col("supported")).then(grade))
    if settings.confirm:
        # A grade is confirmed where the lineage's next count is as good, and support-free too.
        following = nw.col("free").shift(-1).over("subject_id", "param", order_by="day")
        frame = frame.with_columns(following=following)
        both = ~nw.col("free").is_null() & ~nw.col("following").is_null()
        frame = frame.with_columns(free=nw.when(both).then(nw.max_horizontal("free", "following")))
    free = nw.col("free")
    after = (day >= nw.col("after_from")) & (day <= nw.col("after_to"))
    within = (day >= 0) & (day <= settings.day28)
    # Lineages that are not of PHT have their own nearest count.
    own = ~_of_pht() & _near(settings) & (day <= nw.col("first_dose_day"))
    at_day_28 = own | (_of_pht() & (day == nw.col("draw_day")))
    early = (day > -NEVER) & (day <= settings.day28 + settings.day28_window)
    packed = frame.filter(early | after).select(
        "subject_id",
        "param",
        baseline=nw.when(day < 0).then(_pack(day, grade)),
        within_28=nw.when(within).then(_pack(grade, -day)),
        at_day_28=nw.when(at_day_28).then(_pack(_nearness(settings), -grade)),
        after_prednisone=nw.when(after).then(_pack(free, day)),
        after_prednisone_last=nw.when(after & ~free.is_null()).then(_pack(day, free)),
    )
    summary = packed.group_by("subject_id", "param").agg(
        nw.col("baseline", "within_28", "after_prednisone_last").max(),
        nw.col("at_day_28", "after_prednisone").min(),
    )
    late = _high("at_day_28") % 2
    day_28 = settings.day28 + (_high("at_day_28") - late) / 2 * (late * 2 - 1)
    return summary.with_columns(
        within_28=_pack(-_low("within_28"), _high("within_28")),
        at_day_28=_pack(day_28, -_low("at_day_28")),
        after_prednisone=_pack(_low("after_prednisone"), _high("after_prednisone")),
    )


def _pack(high: nw.Expr, low: nw.Expr) -> nw.Expr:
    """Two whole numbers as one, ordered by the first: one pass finds both of the extreme."""
    return high * SPAN + low


def _high(name: str) -> nw.Expr:
    return (nw.col(name) / SPAN).round(0)


def _low(name: str) -> nw.Expr:
    return nw.col(name) - _high(name) * SPAN
