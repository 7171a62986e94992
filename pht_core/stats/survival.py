"""Kaplan-Meier curves, rates, medians, numbers at risk, follow-up and the log-rank test.

Everything is computed with numpy so that ties are exact and a page of 17 patients costs a
millisecond; the tests hold each number against R's survival package and lifelines.
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
    Stratum,
    build_strata,
    count_left_out,
    count_ties,
    derive_times,
    tie_tolerance,
)

__all__ = [
    "compare_groups",
    "count_at_risk",
    "count_left_out",
    "derive_times",
    "estimate_followup",
    "estimate_interval",
    "estimate_median",
    "estimate_rates",
    "estimate_survival",
]

RATE_MONTHS = (6.0, 12.0, 24.0)


def estimate_survival(
    times: pd.DataFrame, *, by: str | None = None, ci: str = "log-log", level: float = 0.95
) -> pd.DataFrame:
    """Estimate Kaplan-Meier curves (doi 10.1080/01621459.1958.10501452).

    Parameters
    ----------
    times : time (>= 0) and event (bool, True = happened), a row per patient, as `derive_times`
        gives them. At the same time events come before censorings.
    by : a column of groups; patients without one are the stratum "missing".
    ci : pointwise interval, "log-log", "log" or "plain" (R's conf.type).

    Returns
    -------
    A row per stratum and distinct time, the first at time 0: time, n_risk (just before it),
    n_event, n_censor, estimate, std_error (Greenwood), conf_low, conf_high, strata. With an event
    at time 0 the first row is already below 1. As in R, std_error and limits are missing where the
    estimate is 0, and "log-log" limits where it is 1 after time 0.

    Raises PhtError on an empty table, a missing or negative time, an event that is not True or
    False, an unknown column or interval.
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

    Parameters
    ----------
    times, by, ci : as in `estimate_survival`.
    at : times to report at, in the unit of ``times``.

    Returns
    -------
    A row per stratum and time: strata, time, n_risk (just before it), estimate, std_error,
    conf_low, conf_high. Past a stratum's last follow-up nothing is known: n_risk is 0 and the
    rest missing.

    Raises PhtError as `estimate_survival` does, and on a missing or negative time in ``at``.
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

    Parameters
    ----------
    times, by, ci : as in `estimate_survival`.

    Returns
    -------
    A row per stratum: strata, n, n_event, median, conf_low, conf_high; missing = not reached.

    Raises PhtError as `estimate_survival` does.
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

    Returns
    -------
    A row per stratum and time: strata, time, n_risk (time >= t), n_event and n_censor (time < t,
    cumulative). The three add up to the patients of the stratum at every time.

    Raises PhtError as `estimate_rates` does.

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

    Parameters
    ----------
    times_os : time and event (death), a row per patient.

    Returns
    -------
    One row: n, median, minimum, maximum, reverse_median, reverse_low, reverse_high; missing =
    not reached.

    Raises PhtError as `estimate_survival` does.
    """
    (everyone,) = build_strata(times_os)
    time = everyone.time
    curve = _curve(Stratum(everyone.label, time, ~everyone.event), ci, level)
    return pd.DataFrame(
        {
            "n": [len(time)],
            "median": [float(np.median(time))],
            "minimum": [float(time.min())],
            "maximum": [float(time.max())],
            "reverse_median": [_crossing(curve["time"], curve["estimate"])],
            "reverse_low": [_crossing(curve["time"], curve["conf_low"])],
            "reverse_high": [_crossing(curve["time"], curve["conf_high"])],
        }
    )


def compare_groups(times: pd.DataFrame, by: str) -> pd.DataFrame | None:
    """Compare groups by the log-rank test (as R's survdiff; doi 10.2307/2344317).

    Parameters
    ----------
    times : as in `estimate_survival`.
    by : the column of groups. Patients without one are left out and counted in n_missing.

    Returns
    -------
    One row: test, chi2, df, p_value, n_groups, n, n_missing; or None where there is nothing to
    compare: fewer than two groups, or no event while two of them were at risk. A group in which
    no event could be expected adds no degree of freedom.

    Raises PhtError as `estimate_survival` does.
    """
    strata = build_strata(times, by)
    known = [stratum for stratum in strata if stratum.label != MISSING]
    if len(known) < 2:
        return None
    n_known = sum(len(stratum.time) for stratum in known)
    chi2, df = _log_rank(known)
    if not df:
        return None
    from scipy.special import chdtrc  # scipy.stats takes a second to import, for this one number

    return pd.DataFrame(
        {
            "test": ["log-rank"],
            "chi2": [chi2],
            "df": [df],
            "p_value": [float(chdtrc(df, chi2))],
            "n_groups": [len(known)],
            "n": [n_known],
            "n_missing": [len(times) - n_known],
        }
    )


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
    columns = {
        "time": ties.time,
        "n_risk": ties.n_risk,
        "n_event": ties.n_event,
        "n_censor": ties.n_censor,
        "estimate": estimate,
        "std_error": std_error,
        "conf_low": low,
        "conf_high": high,
    }
    if ties.time[0] > 0:
        start = (0.0, len(stratum.time), 0, 0, 1.0, 0.0, 1.0, 1.0)
        columns = {
            name: np.concatenate(([first], values))
            for first, (name, values) in zip(start, columns.items(), strict=True)
        }
    columns["strata"] = _repeat(stratum.label, len(columns["time"]))
    return columns


def _crossing(time: Floats, curve: Floats) -> float:
    """Give the first time at which the curve is at 0.5 or below; in a step at 0.5, its middle."""
    tolerance = float(np.sqrt(np.finfo(float).eps))
    with np.errstate(invalid="ignore"):
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
    ties = count_ties(time, event)
    here = ties.n_event > 0
    moments, n_risk, n_event = ties.time[here], ties.n_risk[here], ties.n_event[here]
    if not len(moments):
        return float("nan"), 0
    slack = tie_tolerance(time)
    share = np.array(
        [
            len(one.time) - np.searchsorted(np.sort(one.time), moments - slack, side="left")
            for one in strata
        ]
    )
    share = share / n_risk
    expected = share @ n_event
    kept = expected > 0
    observed = np.array([int(one.event.sum()) for one in strata])
    # Multivariate hypergeometric variance of the events of each group at each time.
    spread = n_event * (n_risk - n_event) / np.maximum(n_risk - 1, 1)
    variance = np.diag(share @ spread) - (share * spread) @ share.T
    keep = np.flatnonzero(kept)[1:]
    variance = variance[np.ix_(keep, keep)]
    if not len(keep) or np.linalg.matrix_rank(variance) < len(keep):
        return float("nan"), 0
    difference = (observed - expected)[keep]
    return float(difference @ np.linalg.solve(variance, difference)), len(keep)


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


def thin_tails(curve: pd.DataFrame) -> dict[str, float]:
    """When each curve's tail begins: fewer than max(5, 10 % of N) at risk. Drawn dashed.

    Parameters
    ----------
    curve : time, n_risk, strata, see `estimate_survival`.

    Returns
    -------
    dict
        Time by stratum; strata that never get so thin are left out.
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
