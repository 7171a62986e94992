"""Cumulative incidence with competing events: Aalen-Johansen, ties exact."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pht_core.model.errors import PhtError
from pht_core.stats.event_times import (
    Floats,
    Integers,
    Ties,
    code_values,
    count_ties,
    read_time,
    split_rows,
    take_column,
)
from pht_core.stats.survival import estimate_interval


def estimate_cumulative_incidence(
    times: pd.DataFrame,
    *,
    by: str | None = None,
    censored: object = 0,
    ci: str = "log-log",
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate each cause's cumulative incidence (Aalen, Johansen, Scand J Stat 1978;5:141).

    Parameters
    ----------
    times : time (>= 0) and cause (what ended it, or ``censored``), a row per patient. Tied times
        are taken as they are, events before censorings.
    by, ci : as in `survival.estimate_survival`; the interval is on the incidence itself.

    Returns
    -------
    A row per stratum, cause and distinct time, the first at time 0: time, n_risk (just before it),
    n_event (of this cause), n_censor, estimate, std_error (infinitesimal jackknife, as R's survfit
    gives for several states), conf_low, conf_high, strata, cause. Causes are sorted, or all
    categories in their order, even those that never happened; each stratum has them all. "log" and
    "log-log" limits are missing where the estimate is 0.

    Raises PhtError on an empty table, a missing or negative time, a missing cause, no cause to be
    seen (everyone censored, and no categories), an unknown column or interval.
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
            part = _with_start(ties, n_event, estimate, std_error)
            part["conf_low"], part["conf_high"] = estimate_interval(
                part["estimate"], part["std_error"], ci, level
            )
            for name, value in (("strata", label), ("cause", cause)):
                part[name] = np.repeat(np.array([value], dtype=object), len(part["time"]))
            parts.append(part)
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


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


def _with_start(
    ties: Ties, n_event: Integers, estimate: Floats, std_error: Floats
) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {
        "time": ties.time,
        "n_risk": ties.n_risk,
        "n_event": n_event,
        "n_censor": ties.n_censor,
        "estimate": estimate,
        "std_error": std_error,
    }
    if ties.time[0] > 0:
        first = dict.fromkeys(columns, 0) | {"n_risk": ties.n_risk[0]}
        columns = {name: np.concatenate(([first[name]], x)) for name, x in columns.items()}
    return columns
