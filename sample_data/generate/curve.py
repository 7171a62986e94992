"""A smooth curve through knots, and what transfusions and G-CSF add to it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from sample_data.generate.plan import Knots

RED_CELLS_STEP, RED_CELLS_DAYS = 8.0, 8.0
PLATELETS_STEP, PLATELETS_DAYS = 12.0, 1.8
GCSF_ONSET_DAYS, GCSF_OFFSET_DAYS = 1.6, 1.8


def smooth_value(knots: Knots, day: float) -> float:
    """Monotone cubic interpolation (Fritsch and Carlson), level beyond the last knot."""
    days = [knot[0] for knot in knots]
    values = [knot[1] for knot in knots]
    if day <= days[0]:
        return values[0]
    if day >= days[-1]:
        return values[-1]
    i = bisect_right(days, day) - 1
    width = days[i + 1] - days[i]
    t = (day - days[i]) / width
    left, right = _slope(days, values, i), _slope(days, values, i + 1)
    return (
        (1 + 2 * t) * (1 - t) ** 2 * values[i]
        + t * (1 - t) ** 2 * width * left
        + t**2 * (3 - 2 * t) * values[i + 1]
        + t**2 * (t - 1) * width * right
    )


def _slope(days: Sequence[float], values: Sequence[float], i: int) -> float:
    """Slope at a knot: the harmonic mean of its neighbours, none at a turn or an end."""
    if i == 0 or i == len(days) - 1:
        return 0.0
    before = (values[i] - values[i - 1]) / (days[i] - days[i - 1])
    after = (values[i + 1] - values[i]) / (days[i + 1] - days[i])
    return 0.0 if before * after <= 0 else 2 * before * after / (before + after)


def transfusion_rise(kind: str, given: Sequence[int], day: int) -> float:
    """Rise of HGB (g/L) or PLT (10^9/L) left on a day from earlier transfusions."""
    step, length = (
        (RED_CELLS_STEP, RED_CELLS_DAYS)
        if kind == "red_cells"
        else (PLATELETS_STEP, PLATELETS_DAYS)
    )
    return sum(step * math.exp(-(day - d - 1) / length) for d in given if d < day)


def gcsf_factor(given: Sequence[int], day: int, gain: float) -> float:
    """Factor by which G-CSF of the last days raises the neutrophils."""
    recent = [d for d in given if day - 30 < d < day]
    if not recent:
        return 1.0
    level = 0.0
    for d in range(recent[0], day):
        if d in given:
            level += (1 - level) * (1 - math.exp(-1 / GCSF_ONSET_DAYS))
        else:
            level *= math.exp(-1 / GCSF_OFFSET_DAYS)
    return math.exp(gain * level)
