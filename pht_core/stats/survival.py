"""Kaplan-Meier curves, rates, medians, numbers at risk, follow-up, log-rank test; competing events.

Curves are computed with numpy so that ties are exact and a page of 17 patients costs a
millisecond; the tests hold each number against R's survival package and lifelines.

All take ``times``, a row per patient, with time (>= 0) and event (bool, True = happened), as
`derive_times` gives them; ``by``, a column of groups (patients without one are the stratum
"missing"); and ``ci``, the pointwise interval: "log-log", "log" or "plain" (R's conf.type). All
raise PhtError on an empty table, a missing or negative time, an event that is not True or False,
an unknown column or interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd

from pht_core.model.errors import PhtError, UnknownName
from pht_core.model.settings import INTERVALS
from pht_core.stats.event_times import (
    MISSING,
    Floats,
    Integers,
    Stratum,
    Ties,
    build_strata,
    code_values,
    count_ties,
    read_time,
    split_rows,
    take_column,
    tie_tolerance,
)

RATE_MONTHS = (6.0, 12.0, 24.0)


def estimate_survival(
    times: pd.DataFrame, *, by: str | None = None, ci: str = "log-log", level: float = 0.95
) -> pd.DataFrame:
    """Estimate Kaplan-Meier curves (doi 10.1080/01621459.1958.10501452).

    At the same time events come before censorings.
    Returns a row per stratum and distinct time, the first at time 0: time, n_risk (just before it),
        n_event, n_censor, estimate, std_error (Greenwood), conf_low, conf_high, strata. With an
        event at time 0 the first row is already below 1. As in R, std_error and limits are missing
        where the estimate is 0, and "log-log" limits where it is 1 after time 0.
    """
    return _stack([_curve(stratum, ci, level) for stratum in build_strata(times, by)])


def estimate_rates(
    times: pd.DataFrame,
    at: Sequence[float] | Floats = RATE_MONTHS,
    by: str | None = None,
    *,
    ci: str = "log-log",
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the share without the event at chosen times.

    at : times to report at, in the unit of ``times``; PhtError if one is missing or negative.
    Returns a row per stratum and time: strata, time, n_risk (just before it), estimate, std_error,
        conf_low, conf_high. Past a stratum's last follow-up nothing is known: n_risk is 0 and the
        rest missing.
    """
    ticks = _read_ticks(at)
    parts = []
    for stratum in build_strata(times, by):
        curve = _curve(stratum, ci, level)
        slack = tie_tolerance(stratum.time)
        row = np.searchsorted(curve["time"], ticks + slack, side="right") - 1
        past = ticks > curve["time"][-1] + slack
        part = {"strata": _repeat(stratum.label, len(ticks)), "time": ticks}
        risk_row = np.searchsorted(curve["time"], ticks - slack, side="left")
        part["n_risk"] = np.append(curve["n_risk"], 0)[risk_row]
        for name in ("estimate", "std_error", "conf_low", "conf_high"):
            part[name] = np.where(past, np.nan, curve[name][row])
        parts.append(part)
    return _stack(parts)


def estimate_median(
    times: pd.DataFrame, by: str | None = None, *, ci: str = "log-log", level: float = 0.95
) -> pd.DataFrame:
    """Estimate the median time to the event, its interval by inverting the pointwise one.

    Where the curve is flat at 0.5 the median is the middle of that step, as R prints it
    (intervals: doi 10.2307/2530286).

    Returns a row per stratum: strata, n, n_event, median, conf_low, conf_high; missing = not
        reached.
    """
    rows = []
    for stratum in build_strata(times, by):
        curve = _curve(stratum, ci, level)
        time = curve["time"]
        limits = (_crossing(time, curve[name]) for name in ("estimate", "conf_low", "conf_high"))
        rows.append((stratum.label, len(stratum.time), int(stratum.event.sum()), *limits))
    names = ["strata", "n", "n_event", "median", "conf_low", "conf_high"]
    return pd.DataFrame(rows, columns=names)


def count_at_risk(
    times: pd.DataFrame, at: Sequence[float] | Floats, by: str | None = None
) -> pd.DataFrame:
    """Count who is at risk just before each of the times ``at``, and who left before it.

    Returns a row per stratum and time: strata, time, n_risk (time >= t), n_event and n_censor (time
        < t, cumulative). The three add up to the patients of the stratum at every time.

    >>> times = pd.DataFrame({"time": [3.0, 6.0, 9.0], "event": [True, False, True]})
    >>> count_at_risk(times, [0, 6, 12])[["time", "n_risk", "n_event", "n_censor"]]
       time  n_risk  n_event  n_censor
    0   0.0       3        0         0
    1   6.0       2        1         0
    2  12.0       0        2         1
    """
    ticks = _read_ticks(at)
    parts = []
    for stratum in build_strata(times, by):
        ties = count_ties(stratum.time, stratum.event)
        row = np.searchsorted(ties.time, ticks - tie_tolerance(stratum.time), side="left")
        part = {"strata": _repeat(stratum.label, len(ticks)), "time": ticks}
        part["n_risk"] = np.append(ties.n_risk, 0)[row]
        part["n_event"] = np.append(0, np.cumsum(ties.n_event))[row]
        part["n_censor"] = np.append(0, np.cumsum(ties.n_censor))[row]
        parts.append(part)
    return _stack(parts)


def estimate_followup(
    times_os: pd.DataFrame, *, ci: str = "log-log", level: float = 0.95
) -> pd.DataFrame:
    """Summarise the follow-up: plain median and range, and the reverse Kaplan-Meier median.

    The plain median takes deaths as the end of follow-up; the reverse one takes them as censored
    and asks how long the living were followed (doi 10.1016/0197-2456(96)00075-X).

    Returns one row: n, median, minimum, maximum, reverse_median, reverse_low, reverse_high; missing
        = not reached.
    """
    (everyone,) = build_strata(times_os)
    time = everyone.time
    curve = _curve(Stratum(everyone.label, time, ~everyone.event), ci, level)
    limits = (curve[name] for name in ("estimate", "conf_low", "conf_high"))
    row = {
        "n": len(time),
        "median": float(np.median(time)),
        "minimum": float(time.min()),
        "maximum": float(time.max()),
    }
    names = ("reverse_median", "reverse_low", "reverse_high")
    row |= {n: _crossing(curve["time"], limit) for n, limit in zip(names, limits, strict=True)}
    return pd.DataFrame([row])


def compare_groups(times: pd.DataFrame, by: str) -> pd.DataFrame | None:
    """Compare groups by the log-rank test (as R's survdiff; doi 10.2307/2344317).

    Patients without a group are left out and counted in n_missing.
    Returns one row: test, chi2, df, p_value, n_groups, n, n_missing; or None where there is nothing
        to compare: fewer than two groups, or no event while two of them were at risk. A group in
        which no event could be expected adds no degree of freedom.
    """
    strata = build_strata(times, by)
    known = [stratum for stratum in strata if stratum.label != MISSING]
    if len(known) < 2:
        return None
    n_known = sum(len(stratum.time) for stratum in known)
    chi2, df = _log_rank(known)
    return build_test("log-rank", chi2, df, len(known), n_known, len(times)) if df else None


def build_test(name: str, chi2: float, df: int, n_groups: int, n: int, n_all: int) -> pd.DataFrame:
    """The row of a test of ``n`` patients in groups, of ``n_all``."""
    from scipy.special import chdtrc  # scipy.stats takes a second to import, for this one number

    row = {"test": name, "chi2": chi2, "df": df, "p_value": float(chdtrc(df, chi2))}
    return pd.DataFrame([row | {"n_groups": n_groups, "n": n, "n_missing": n_all - n}])


def estimate_interval(
    estimate: Floats, std_error: Floats, ci: str = "log-log", level: float = 0.95
) -> tuple[Floats, Floats]:
    """Give the pointwise limits of a probability, as R's survfit does for conf.type ``ci``.

    "plain" and "log" are cut at 0 and 1. Missing where the transform has no value: an estimate
    of 0 (not "plain") or, for "log-log", 1. Raises PhtError on an unknown interval or level.
    """
    if ci not in INTERVALS:
        raise UnknownName("Interval", ci, list(INTERVALS))
    if not 0 < level < 1:
        raise PhtError(f"The confidence level is {level}; give a share such as 0.95.")
    width = NormalDist().inv_cdf(0.5 + level / 2) * std_error
    if ci == "plain":
        return np.maximum(estimate - width, 0.0), np.minimum(estimate + width, 1.0)
    if ci == "log":
        inside = np.where(estimate > 0, estimate, np.nan)
        factor = np.exp(width / inside)
        return inside / factor, np.minimum(inside * factor, 1.0)
    inside = np.where((estimate > 0) & (estimate < 1), estimate, np.nan)
    power = np.exp(width / (inside * np.log(inside)))
    return inside ** (1 / power), inside**power


def _curve(stratum: Stratum, ci: str, level: float) -> dict[str, np.ndarray]:
    ties = count_ties(stratum.time, stratum.event)
    estimate = np.cumprod((ties.n_risk - ties.n_event) / ties.n_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = ties.n_event / (ties.n_risk * (ties.n_risk - ties.n_event))
        std_error = estimate * np.sqrt(np.cumsum(hazard))  # 0 * inf: missing where nobody is left
    low, high = estimate_interval(estimate, std_error, ci, level)
    columns = ties._asdict() | {"estimate": estimate, "std_error": std_error}
    columns |= {"conf_low": low, "conf_high": high}
    columns = _with_start(columns, estimate=1.0, conf_low=1.0, conf_high=1.0)
    columns["strata"] = _repeat(stratum.label, len(columns["time"]))
    return columns


def _crossing(time: Floats, curve: Floats) -> float:
    """Give the first time at which the curve is at 0.5 or below; in a step at 0.5, its middle."""
    tolerance = float(np.sqrt(np.finfo(float).eps))
    below = np.flatnonzero(curve < 0.5 + tolerance)
    if not len(below):
        return float("nan")
    first = below[0]
    later = below[curve[below] < curve[first]]
    if abs(curve[first] - 0.5) < tolerance and len(later):
        return float(time[first] + time[later[0]]) / 2
    return float(time[first])


def _log_rank(strata: list[Stratum]) -> tuple[float, int]:
    """Chi-squared and degrees of freedom; 0 degrees where the test has no value."""
    time = np.concatenate([stratum.time for stratum in strata])
    event = np.concatenate([stratum.event for stratum in strata])
    group = np.repeat(np.arange(len(strata)), [len(stratum.time) for stratum in strata])
    ties = count_ties(time, event)
    # Only where some have the event, others do not, and two groups are at risk is there anything
    # to compare; a group that had left by then adds no degree of freedom.
    ends = [float(stratum.time.max()) + tie_tolerance(time) for stratum in strata]
    compares = (ties.n_event > 0) & (ties.n_event < ties.n_risk) & (ties.time <= sorted(ends)[-2])
    if not compares.any():
        return float("nan"), 0
    first = ties.time[compares][0]
    compared = [place for place, end in enumerate(ends) if end >= first]
    # Times that differ by rounding noise only are one.
    time = ties.time[np.maximum(np.searchsorted(ties.time, time, side="right") - 1, 0)]
    # A second to import: the server does so in the background when it starts.
    from lifelines.statistics import multivariate_logrank_test

    kept = np.isin(group, compared)
    found = multivariate_logrank_test(time[kept], group[kept], event[kept])
    return float(found.test_statistic), len(compared) - 1


def _read_ticks(at: Sequence[float] | Floats) -> Floats:
    ticks = np.atleast_1d(np.asarray(at, dtype=float))
    if not (np.isfinite(ticks) & (ticks >= 0)).all():
        raise PhtError(f"Times to report at must be 0 or later; given: {list(at)}.")
    return ticks


def _repeat(label: str, n: int) -> np.ndarray:
    # np.full is ten times slower on objects, and half the cost of a long curve.
    return np.repeat(np.array([label], dtype=object), n)


def _stack(parts: list[dict[str, np.ndarray]]) -> pd.DataFrame:
    if len(parts) == 1:
        return pd.DataFrame(parts[0])
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def estimate_cumulative_incidence(
    times: pd.DataFrame,
    *,
    by: str | None = None,
    censored: object = 0,
    ci: str = "log-log",
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate each cause's cumulative incidence (Aalen, Johansen, Scand J Stat 1978;5:141).

    times : time (>= 0) and cause (what ended it, or ``censored``). Tied times are taken as they
        are, events before censorings. The interval is on the incidence itself.
    Returns a row per stratum, cause and distinct time, the first at time 0: time, n_risk (just
        before it), n_event (of this cause), n_censor, estimate, std_error (infinitesimal jackknife,
        as R's survfit gives for several states), conf_low, conf_high, strata, cause. Causes are
        sorted, or all categories in their order, even those that never happened; each stratum has
        them all. "log" and "log-log" limits are missing where the estimate is 0.
    Raises PhtError on a missing cause, and where no cause is to be seen (everyone censored, and no
        categories).
    """
    time = read_time(times)
    codes, causes = _read_causes(times, censored)
    parts = []
    for label, rows in split_rows(times, by):
        here, code = time[rows], codes[rows]
        ties = count_ties(here, code >= 0)
        order = np.argsort(here)
        start = np.searchsorted(here[order], ties.time)
        for number, cause in enumerate(causes):
            of_cause = (code == number)[order]
            n_event = np.add.reduceat(of_cause, start, dtype=np.int64)
            estimate, std_error = _incidence(ties, n_event)
            own = {"n_event": n_event, "estimate": estimate, "std_error": std_error}
            part = _with_start(ties._asdict() | own)
            part["conf_low"], part["conf_high"] = estimate_interval(
                part["estimate"], part["std_error"], ci, level
            )
            for name, value in (("strata", label), ("cause", cause)):
                part[name] = _repeat(value, len(part["time"]))
            parts.append(part)
    return _stack(parts)


def _read_causes(times: pd.DataFrame, censored: object) -> tuple[Integers, list[str]]:
    """Code the causes 0, 1, ... and censoring -1, with the labels of the causes."""
    column = take_column(times, "cause")
    codes, labels = code_values(column)
    if (codes < 0).any():
        raise PhtError(
            f"The cause is missing for {int((codes < 0).sum())} of {len(codes)} patients. "
            f"Give what ended the time, or {censored!r} if it is censored."
        )
    # Compared as text, so that 0, 0.0 and "0" all mean censored.
    is_cause = np.array([text != str(censored) for text in labels], dtype=np.bool_)
    if not is_cause.any():
        raise PhtError(
            "Nobody had any event, so it is not known which to estimate. "
            "Widen the filter, or make the cause a category that lists them."
        )
    numbers = np.where(is_cause, np.cumsum(is_cause) - 1, -1)
    return numbers[codes], [labels[i] for i in np.flatnonzero(is_cause)]


def _incidence(ties: Ties, n_event: Integers) -> tuple[Floats, Floats]:
    """Incidence of one cause at each distinct time, and its standard error.

    The variance sums the squared influence of each patient. A patient still at risk has the
    common influence ``staying``; one who left at time s has alpha + beta * estimate(t) at any
    later t, so that three cumulative sums give the whole curve without a patient-by-time table.
    """
    n_risk, n_any, n_censor = ties.n_risk, ties.n_event, ties.n_censor
    n_left = n_risk - n_any
    free = np.cumprod(n_left / n_risk)
    free_before = np.concatenate(([1.0], free[:-1]))
    estimate = np.cumsum(free_before * n_event / n_risk)
    estimate = np.where(np.isclose(estimate, 1.0, rtol=0, atol=1e-12), 1.0, estimate)

    # Where nobody is left the curve ends, and what would divide by zero has no later effect.
    gone = n_left == 0
    hazard = np.where(gone, 0.0, n_any / (n_risk * np.maximum(n_left, 1)))
    greenwood = np.cumsum(hazard)
    by_event = greenwood - hazard - 1 / n_risk
    staying = np.cumsum(free_before * n_event / n_risk * by_event)
    by_event = np.where(gone, 0.0, by_event)

    squares = np.zeros((3, len(n_risk)))
    for n, alpha, beta in (
        (n_event, staying + free_before / n_risk, by_event),
        (n_any - n_event, staying, by_event),
        (n_censor, staying, greenwood),
    ):
        alpha = alpha - beta * estimate
        squares += n * np.array([alpha**2, 2 * alpha * beta, beta**2])
    constant, linear, quadratic = np.cumsum(squares, axis=1)
    still = n_left - n_censor
    variance = still * staying**2 + constant + linear * estimate + quadratic * estimate**2
    # Where all have had this cause nothing varies; the sums would leave rounding noise.
    variance = np.where(estimate == 1.0, 0.0, np.maximum(variance, 0.0))
    return estimate, np.sqrt(variance)


def _with_start(columns: dict[str, np.ndarray], **start: float) -> dict[str, np.ndarray]:
    """A row at time 0 before the others, unless there is one: all at risk, 0 where not given."""
    if columns["time"][0] == 0:
        return columns
    start |= {"n_risk": columns["n_risk"][0]}
    return {name: np.concatenate(([start.get(name, 0)], x)) for name, x in columns.items()}


def thin_tails(curve: pd.DataFrame) -> dict[str, float]:
    """When each curve's tail begins: fewer than max(5, 10 % of N) at risk. Drawn dashed.

    curve : time, n_risk, strata, see `estimate_survival`.
    Returns time by stratum; strata that never get so thin are left out.
    """
    tails = {}
    for name in dict.fromkeys(curve["strata"]):
        here = curve[curve["strata"] == name]
        at_risk = here["n_risk"].to_numpy(dtype=float)
        thin = np.flatnonzero(at_risk < max(5.0, at_risk[0] / 10))
        if thin.size:
            # At risk just before a time: the curve is thin from the time before it on.
            tails[str(name)] = float(here["time"].iloc[max(thin[0] - 1, 0)])
    return tails


def month_ticks(last: float) -> list[float]:
    """Ticks for a time axis in months: every 3 up to two years, every 6 up to five, else 12.

    >>> month_ticks(7.5)
    [0.0, 3.0, 6.0]
    """
    step = 3 if last <= 24 else 6 if last <= 60 else 12
    return [float(month) for month in range(0, int(last) + 1, step)]
