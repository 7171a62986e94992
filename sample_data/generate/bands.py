"""The interval of values that a range of grades allows, with a margin to every cut."""

from __future__ import annotations

import math

# lower bounds of grades 1, 2, 3 (CTCAE v5 and the paper's Table 1); G0 begins at LLN
CUTS = {"HGB": (100.0, 80.0), "PLT": (75.0, 50.0, 25.0), "NE": (1.5, 1.0, 0.5)}
MARGIN = {"HGB": 1.0, "PLT": 1.0, "NE": 0.03}
DECIMALS = {"HGB": 0, "PLT": 0, "NE": 2}


def normal_limits(param: str, sex: str, age: float) -> tuple[float, float]:
    """Lower limit of normal as (surely low below, surely normal from).

    The two differ for women's hemoglobin, where the reference sets do (115 or 120 g/L): the
    simulated values stay out of the gap wherever a figure of the paper depends on them.
    """
    if param == "PLT":
        return 125.0, 125.0
    if param == "NE":
        return 1.8, 1.8
    if age < 12:
        return 115.0, 115.0
    if age < 15:
        return 120.0, 120.0
    return (130.0, 130.0) if sex == "M" else (115.0, 120.0)


def allowed_interval(
    param: str, best: int, worst: int, limits: tuple[float, float]
) -> tuple[float, float]:
    """Lowest and highest value of the grades from ``best`` to ``worst``, off the cuts."""
    cuts, margin = CUTS[param], MARGIN[param]
    if best > worst:
        raise ValueError(f"{param}: no grade is at best {best} and at worst {worst}.")
    if worst == 0:
        low = limits[1] + margin
    else:
        low = cuts[worst - 1] + margin if worst <= len(cuts) else 0.0
    if best == 0:
        return low, math.inf
    return low, (limits[0] if best == 1 else cuts[best - 2]) - margin


def lies_on_cut(param: str, value: float, limits: tuple[float, float]) -> bool:
    """A value on which two schemes, or a slip of < for <=, would disagree."""
    return value in CUTS[param] or value in limits


def grade_of(param: str, value: float, limits: tuple[float, float]) -> int:
    """Grade of a drawn value, for the rules that follow from an earlier draw."""
    cuts = CUTS[param]
    if value >= limits[0]:
        return 0
    return 1 + sum(value < cut for cut in cuts)
