"""Gray's test of whether the cumulative incidence of a cause differs between groups."""

import numpy as np
import pandas as pd

from pht_core.stats.event_times import MISSING, Floats, count_ties, read_time, split_rows
from pht_core.stats.survival import build_test


def compare_incidence(
    times: pd.DataFrame, by: str, *, cause: str, censored: str = "censored"
) -> pd.DataFrame | None:
    """Compare the cumulative incidence of one cause (Gray, doi:10.1214/aos/1176350951; rho = 0).

    As R's ``cmprsk::cuminc`` gives it, ties included.

    times : time (>= 0), cause (what ended it, or ``censored``) and the column ``by``, a row per
        patient. Patients without a group are left out and counted in n_missing.
    Returns one row: test, chi2, df, p_value, n_groups, n, n_missing; or None where there is nothing
        to compare: fewer than two groups, or no event of this cause while two of them were at risk.
    Raises PhtError on an empty table, a missing or negative time, an unknown column.
    """
    time, causes = read_time(times), times["cause"].astype(str).to_numpy()
    groups = [rows for label, rows in split_rows(times, by) if label != MISSING]
    if len(groups) < 2:
        return None
    known = np.concatenate([np.arange(len(times))[rows] for rows in groups])
    moments = count_ties(time[known], causes[known] != censored).time
    # Each time by its place among the distinct ones; what differs by rounding noise is one.
    place = np.searchsorted(moments, time, side="right") - 1
    place = np.where(time < moments[0], 0, place)
    counted = [
        [np.bincount(place[rows][of[rows]], minlength=len(moments)) for rows in groups]
        for of in (np.ones(len(time), bool), causes == cause, ~np.isin(causes, [cause, censored]))
    ]
    left, events, others = (np.array(part, dtype=float) for part in counted)
    at_risk = left[:, ::-1].cumsum(axis=1)[:, ::-1]
    score, variance = _score(at_risk, events, others)
    score, variance = score[1:], variance[1:, 1:]
    if np.linalg.matrix_rank(variance) < len(score):
        return None
    chi2 = float(score @ np.linalg.solve(variance, score))
    return build_test("Gray", chi2, len(score), len(groups), len(known), len(times))


def _before(curve: Floats, start: float) -> Floats:
    """The value of each curve just before each time."""
    return np.concatenate([np.full((*curve.shape[:-1], 1), start), curve[..., :-1]], axis=-1)


def _divide(over: Floats, under: Floats) -> Floats:
    """Quotients, 0 where nobody is left."""
    return np.divide(over, under, out=np.zeros(np.broadcast(over, under).shape), where=under > 0)


def _score(at_risk: Floats, events: Floats, others: Floats) -> tuple[Floats, Floats]:
    """The score of each group and their variance under one incidence for all.

    All are groups by distinct times: at risk just before, events of the cause, of other causes.
    """
    free = np.cumprod(1 - _divide(events + others, at_risk), axis=1)
    free_before = _before(free, 1.0)
    incidence = np.cumsum(_divide(free_before * events, at_risk), axis=1)
    # Patients who would be at risk had nobody been lost to another cause.
    weight = _divide(at_risk, free_before)
    risk_set = weight * (1 - _before(incidence, 0.0))
    n_event = events.sum(axis=0)
    expected = risk_set * _divide(n_event, risk_set.sum(axis=0))
    score = (events - expected).sum(axis=1)

    total = weight.sum(axis=0)
    pooled = _divide(n_event, total)
    without = 1 - np.cumsum(pooled)
    share = _divide(weight, total)
    # Influence of group k on the score of group i: directly, and by way of its later incidence.
    direct = weight[:, None] * (np.eye(len(at_risk))[:, :, None] - share[None])
    later = np.cumsum(direct * _divide(pooled, _before(without, 1.0)), axis=2)
    later = later[:, :, -1:] - later
    lost = _divide(without, free)
    own, other = direct + (1 - lost) * later, -lost * later
    # Ties, as in the hypergeometric variance of the log-rank test.
    tied = 1 - np.maximum(n_event - 1, 0) * _divide(np.ones(1), weight.sum(0) * free_before - 1)
    tied_others = 1 - _divide(np.maximum(others - 1, 0), at_risk - 1)
    of_cause = _divide(pooled * tied, weight)
    of_others = _divide(_divide(others * tied_others, weight), weight)
    variance = np.einsum("ikt,jkt,kt->ij", own, own, of_cause)
    variance += np.einsum("ikt,jkt,kt->ij", other, other, of_others)
    return score, variance
