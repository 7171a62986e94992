"""Do counts follow prednisone? Their next changes on the drug against off it.

The program's own method, calibrated by simulation alone (``docs/on_off.md``), not peer reviewed.
Treatment starts at low and stops at good counts, so that levels differ on and off by construction
and natural recovery looks like the drug. But a rule that looks at past counts alone cannot shift
the *next* change once level and trend are given: so next changes are compared, on against off, at
equal level and equal trend, and the first climb is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from pht_core.model.criteria import scheme
from pht_core.model.lineage import PHT_LINEAGES
from pht_core.stats.graded_counts import usable_counts

STEP_COLUMNS = [
    *("subject_id", "param", "day", "gap", "level", "trend", "deviation", "on", "change"),
]
# Whatever scheme grades the figures, depth is measured to the upper bound of CTCAE v5.0's grade 3.
DEPTH_SCHEME, DEPTH_GRADE = "ctcae_v5", 3
FEWEST_PATIENTS = 5
# Of more patients than these the lower limit must exceed the bias of the worst simulated world.
FEW_PATIENTS, WORST_BIAS = 30, 0.10
PERIOD = 28.0  # days; the effect is a change per so many
# Steroids shift neutrophils into the blood: they alone never show that counts follow the drug.
DECIDING = ("HGB", "PLT")


# Parameters of the method; other values than these need the calibration run again.
FLOOR, CEILING = -3.0, 0.5  # bounds of a count's depth (0 = LLN, -1 = grade 3 begins)
WELL_FROM = -0.1  # on a first course a step counts from this level on
LONGEST_GAP = 21.0  # days between two draws
OFF_WINDOW = 42.0  # days after a stop
BEFORE_START = 14.0  # days before the first start from which draws are followed
LEVEL_DAYS, TREND_DAYS = 6.0, 15.0  # memory of the filter
LONGEST_TREND = 14.0  # days for which a trend is carried forward


@dataclass(frozen=True)
class Estimate:
    """The difference between changes on and off prednisone, per 28 days, with its 95% interval.

    difference : 1 is the way from the beginning of grade 3 to the lower limit of normal. low and
    high : by leaving out one patient at a time, Student's t with n_patients - 1. n_on_patients,
    n_off_patients : with steps on and off the drug. n_on, n_off : steps.
    """

    difference: float
    standard_error: float
    low: float
    high: float
    n_patients: int
    n_on_patients: int
    n_off_patients: int
    n_on: int
    n_off: int


@dataclass(frozen=True)
class Evidence:
    """What a cohort's counts say, of all lineages together and of each alone.

    pooled : None where too few patients have steps on, or off, the drug. by_lineage : an
    `Estimate` or None by param. followed : the counts followed the drug. only_neutrophils : they
    alone did. n_on_patients, n_off_patients : also where nothing is estimated. n_restarted :
    patients with a second course. steps_per_patient : mean of all lineages together. own : a row
    per patient with steps (index subject_id) with drift, a description without an interval, and
    weight, how much the patient tells of it; empty where nothing is estimated.
    """

    pooled: Estimate | None
    by_lineage: dict[str, Estimate | None]
    followed: bool
    only_neutrophils: bool
    n_on_patients: int
    n_off_patients: int
    n_restarted: int
    steps_per_patient: float
    own: pd.DataFrame


def derive_depth(counts: pd.DataFrame) -> pd.Series:
    """How deep each count lies: 0 at the lower limit of normal, -1 where grade 3 begins.

    log2(value / LLN) / log2(LLN / upper bound of grade 3 in CTCAE v5.0), from `FLOOR` to
    `CEILING`; missing for a value or limit that is missing, a value of 0 or less, a limit not above
    that bound, and other lineages than those of PHT.
    """
    bounds = _depth_bounds()
    params = counts["param"].astype(object)
    bound = params.map(bounds).to_numpy(dtype=float)
    value = counts["value"].to_numpy(dtype=float, na_value=np.nan)
    lln = counts["lln"].to_numpy(dtype=float, na_value=np.nan)
    usable = (value > 0) & (lln > bound)
    depth = np.full(len(counts), np.nan)
    depth[usable] = np.log2(value[usable] / lln[usable]) / np.log2(lln[usable] / bound[usable])
    return pd.Series(depth, counts.index).clip(FLOOR, CEILING)


def count_factor(difference: float, counts: pd.DataFrame, param: str) -> float:
    """A difference in depth as the factor between counts of a lineage, at the median LLN.

    counts : param and lln.
    """
    lln = counts.loc[(counts["param"] == param).to_numpy(), "lln"].median()
    return float((lln / _depth_bounds()[param]) ** difference)


def _depth_bounds() -> dict[str, float]:
    """By lineage of PHT the count below which grade 3 begins."""
    return {
        band.param: float(band.upper)
        for band in scheme(DEPTH_SCHEME).bands
        if band.grade == DEPTH_GRADE and band.param in PHT_LINEAGES and band.upper is not None
    }


def derive_steps(
    counts: pd.DataFrame, courses: pd.DataFrame, cutoff_day: pd.Series
) -> pd.DataFrame:
    """Changes from one support-free count to the next that are compared on and off the drug.

    counts : subject_id, day, param, value, lln, supported, pandas.
    courses : subject_id, start_day, stop_day (the first day off; missing = ongoing), in order.
    cutoff_day : by subject_id, the last usable day; missing = none.
    Returns `STEP_COLUMNS`: day of the later count, gap in days, level and trend (per day) that the
        counts so far foretell, deviation of the last count from that level, on (the middle of the
        gap lies in a course), change. Of several counts of a day the lowest is used.
    """
    used = counts.assign(depth=derive_depth(counts))
    used = used[used["depth"].notna() & ~used["supported"].astype(bool)]
    used = usable_counts(used, cutoff_day).astype({"day": float})
    used = used.sort_values(["subject_id", "param", "day", "depth"], kind="stable")
    used = used.drop_duplicates(["subject_id", "param", "day"])
    spans: dict[object, np.ndarray] = {
        who: own[["start_day", "stop_day"]].to_numpy(dtype=float)
        for who, own in courses.astype({"subject_id": object}).groupby("subject_id")
    }
    rows = [
        (who, param, *step)
        for (who, param), own in used.groupby(["subject_id", "param"])
        if who in spans
        for step in _steps_of(own["day"].to_numpy(), own["depth"].to_numpy(), spans[who])
    ]
    steps = pd.DataFrame(rows, columns=pd.Index(STEP_COLUMNS))
    order = {param: place for place, param in enumerate(PHT_LINEAGES)}
    steps = steps.sort_values(
        ["subject_id", "param", "day"], key=lambda s: s.map(order) if s.name == "param" else s
    )
    return steps.reset_index(drop=True).astype({"on": bool})


def _steps_of(
    days: np.ndarray, depth: np.ndarray, spans: np.ndarray
) -> Iterator[tuple[float, ...]]:
    """Steps of one patient and lineage; ``spans`` has a first day and a stop per course."""
    first_start, first_stop = spans[0]
    recent = days >= first_start - BEFORE_START
    days, depth = days[recent], depth[recent]
    levels, trends = follow_level(days, depth)
    for i in range(2, len(days)):
        before, gap = days[i - 1], days[i] - days[i - 1]
        is_well = before > first_start and levels[i - 1] >= WELL_FROM
        if gap > LONGEST_GAP or not (before >= first_stop or is_well):
            continue
        middle = (days[i] + before) / 2
        on = bool(np.any((spans[:, 0] <= middle) & ~(middle >= spans[:, 1])))
        stops = spans[:, 1][spans[:, 1] <= middle]
        if on or (len(stops) and middle - stops.max() < OFF_WINDOW):
            level, trend = levels[i - 1], trends[i - 1]
            yield days[i], gap, level, trend, depth[i - 1] - level, on, depth[i] - depth[i - 1]


def follow_level(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Level and trend (per day) after each draw: Holt's filter for draws at uneven gaps.

    It begins at the first value without a trend. (Holt 1957, reprinted as
    doi:10.1016/j.ijforecast.2003.09.015.)
    """
    levels, trends = np.array(values, dtype=float), np.zeros(len(values))
    for i in range(1, len(values)):
        gap = days[i] - days[i - 1]
        expected = levels[i - 1] + trends[i - 1] * gap
        a, b = 1 - np.exp(-gap / LEVEL_DAYS), 1 - np.exp(-gap / TREND_DAYS)
        levels[i] = expected + a * (values[i] - expected)
        trends[i] = (1 - b) * trends[i - 1] + b * (levels[i] - levels[i - 1]) / gap
    return levels, trends


@dataclass(frozen=True)
class _Model:
    """Steps as a weighted regression: the drug's column first, then four of each lineage."""

    columns: np.ndarray
    change: np.ndarray
    patients: np.ndarray


def _build_model(steps: pd.DataFrame) -> _Model:
    names = ("gap", "level", "trend", "deviation", "change", "on")
    gap, level, trend, deviation, change, on = (steps[name].to_numpy(float) for name in names)
    params = steps["param"].to_numpy(object)
    columns = [on * gap / PERIOD]
    noise = np.ones(len(steps))
    for param in pd.unique(params):
        own = params == param
        noise[own] = np.median(np.abs(change[own])) ** 2 + 1e-4
        columns += [
            own * gap / PERIOD,
            own * gap / PERIOD * level,
            own * deviation,
            own * np.minimum(gap, LONGEST_TREND) * trend,
        ]
    root = np.sqrt(1 / (noise * (1 + gap / LONGEST_TREND)))
    patients = pd.factorize(steps["subject_id"])[0]
    return _Model(np.column_stack(columns) * root[:, None], change * root, patients)


def estimate_difference(steps: pd.DataFrame) -> Estimate | None:
    """Changes on against off prednisone at equal level and trend, per 28 days.

    Weighted least squares; the interval by leaving out one patient at a time (Efron and Stein
    1981, doi:10.1214/aos/1176345462), the weights kept. None where fewer than `FEWEST_PATIENTS`
    have steps on the drug, or off it.
    """
    n_on_patients, n_off_patients = _count_patients(steps)
    if min(n_on_patients, n_off_patients) < FEWEST_PATIENTS:
        return None
    model = _build_model(steps)
    n = int(model.patients.max()) + 1
    parts = [model.patients == place for place in range(n)]
    products = np.array([model.columns[own].T @ model.columns[own] for own in parts])
    sides = np.array([model.columns[own].T @ model.change[own] for own in parts])
    product, side = products.sum(axis=0), sides.sum(axis=0)

    def solve(product: np.ndarray, side: np.ndarray) -> float:
        # A lineage of one patient leaves columns of zeros when that patient is left out.
        return float(np.linalg.lstsq(product, side, rcond=None)[0][0])

    difference = solve(product, side)
    left_out = [solve(product - products[i], side - sides[i]) for i in range(n)]
    error = jackknife_error(np.array(left_out))
    half = float(student.ppf(0.975, n - 1)) * error
    low, high = difference - half, difference + half
    n_on = int(steps["on"].sum())
    counted = (n, n_on_patients, n_off_patients, n_on, len(steps) - n_on)
    return Estimate(difference, error, low, high, *counted)


def jackknife_error(left_out: np.ndarray) -> float:
    """The standard error of an estimate from its values with one unit left out at a time."""
    n = len(left_out)
    return float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))


def derive_evidence(steps: pd.DataFrame, courses: pd.DataFrame) -> Evidence:
    """Whether the counts of a cohort follow prednisone.

    They do if the pooled interval lies above 0 (of more than `FEW_PATIENTS` patients: above
    `WORST_BIAS`) and so does that of hemoglobin or of platelets alone.

    steps : see `derive_steps`. courses : of the same patients.
    """
    pooled = estimate_difference(steps)
    by_lineage = {
        param: estimate_difference(steps[steps["param"] == param]) for param in PHT_LINEAGES
    }
    above = {param for param, own in by_lineage.items() if own is not None and own.low > 0}
    least = WORST_BIAS if pooled is not None and pooled.n_patients > FEW_PATIENTS else 0.0
    raised = pooled is not None and pooled.low > least
    n_on_patients, n_off_patients = _count_patients(steps)
    n_patients = steps["subject_id"].nunique()
    started = courses.groupby("subject_id", observed=True).size()
    return Evidence(
        pooled,
        by_lineage,
        followed=raised and not above.isdisjoint(DECIDING),
        only_neutrophils=raised and above == set(PHT_LINEAGES) - set(DECIDING),
        n_on_patients=n_on_patients,
        n_off_patients=n_off_patients,
        n_restarted=int((started > 1).sum()),
        steps_per_patient=len(steps) / n_patients if n_patients else 0.0,
        own=_derive_own(steps) if pooled else pd.DataFrame(columns=["drift", "weight"]),
    )


def _count_patients(steps: pd.DataFrame) -> tuple[int, int]:
    """Patients with steps on the drug, and off it."""
    on = steps["on"].to_numpy(bool)
    return steps.loc[on, "subject_id"].nunique(), steps.loc[~on, "subject_id"].nunique()


def _derive_own(steps: pd.DataFrame) -> pd.DataFrame:
    """Each patient's own difference, given what all patients' level and trend foretell."""
    model = _build_model(steps)
    drug, others = model.columns[:, 0], model.columns[:, 1:]
    both = np.column_stack([drug, model.change])
    left = both - others @ np.linalg.lstsq(others, both, rcond=None)[0]
    rows = pd.DataFrame({"drift": left[:, 0] * left[:, 1], "weight": left[:, 0] ** 2})
    own = rows.groupby(steps["subject_id"].to_numpy(object)).sum().rename_axis("subject_id")
    return own.assign(drift=own["drift"] / own["weight"])
