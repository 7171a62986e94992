"""Counts of one simulated patient: noise around the planned curve, within the planned grades."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from sample_data.generate.bands import (
    DECIMALS,
    allowed_interval,
    grade_of,
    lies_on_cut,
    normal_limits,
)
from sample_data.generate.curve import gcsf_factor, smooth_value, transfusion_rise
from sample_data.generate.plan import PARAMS, Plan, Rule
from sample_data.generate.schedule import BASELINE_DAY, day28_visit, visit_days

SEED = 1139559
SUPPORT_KIND = {"HGB": "red_cells", "PLT": "platelets", "NE": "gcsf"}
SUPPORT_DAYS = 7
# (standard deviation, days of memory): day-to-day noise and a slow drift. HGB in g/L, others log
FAST = {"HGB": (2.3, 1.5), "PLT": (0.085, 2.0), "NE": (0.21, 1.5)}
SLOW = {"HGB": (2.6, 45.0), "PLT": (0.075, 40.0), "NE": (0.10, 40.0)}
TRIES = 400
NO_RESPONSE_DAYS = 4  # a later course does not work overnight either
NO_DIFFERENTIAL = 0.06  # share of early draws whose neutrophils were not counted


@dataclass(frozen=True)
class Draw:
    """One value of one lineage."""

    day: int
    param: str
    value: float


def simulate_counts(plan: Plan, baseline: dict[str, float], sex: str, age: float) -> list[Draw]:
    """Draw all counts of a patient; raises ValueError where the plan cannot be kept."""
    days = visit_days(plan, Random(f"{SEED} {plan.patient_id} visits"))
    draws = [Draw(BASELINE_DAY, param, baseline[param]) for param in PARAMS]
    for param in PARAMS:
        rng = Random(f"{SEED} {plan.patient_id} {param}")
        draws += _lineage(plan, param, baseline[param], normal_limits(param, sex, age), days, rng)
    gaps = _without_differential(days, Random(f"{SEED} {plan.patient_id} gaps"))
    draws = [draw for draw in draws if draw.param != "NE" or draw.day not in gaps]
    return sorted(draws, key=lambda draw: (draw.day, PARAMS.index(draw.param)))


def _without_differential(days: list[int], rng: Random) -> set[int]:
    """Days of the inpatient stay on which hemoglobin and platelets alone were measured."""
    return {day for day in days if 2 <= day <= 24 and rng.random() < NO_DIFFERENTIAL}


def _lineage(
    plan: Plan,
    param: str,
    baseline: float,
    limits: tuple[float, float],
    days: list[int],
    rng: Random,
) -> list[Draw]:
    logs = param != "HGB"
    knots = tuple(
        (day, math.log(value) if logs else value)
        for day, value in ((BASELINE_DAY, baseline), *plan.knots[param])
    )
    rules = _rules(plan, param)
    draws: list[Draw] = []
    fast = slow = 0.0
    last = BASELINE_DAY
    for day in days:
        best, worst = _grades(plan, param, day, rules, draws, limits)
        low, high = allowed_interval(param, best, worst, limits)
        centre = smooth_value(knots, day)
        slow = _next_noise(slow, SLOW[param], day - last, rng, min(1.0, day / 60))
        for _ in range(TRIES):
            candidate = _next_noise(fast, FAST[param], day - last, rng, plan.noise)
            value = _value(plan, param, day, centre + slow + candidate)
            if low <= value <= high and not lies_on_cut(param, value, limits):
                break
            slow *= 0.995  # a drift that has left the band is what is wrong more often
        else:
            raise ValueError(
                f"{plan.patient_id} {param} day {day}: the curve gives "
                f"{_value(plan, param, day, centre):.2f}, allowed are {low:g} to {high:g}."
            )
        fast, last = candidate, day
        draws.append(Draw(day, param, value))
    return draws


def _next_noise(
    noise: float, kind: tuple[float, float], gap: int, rng: Random, scale: float
) -> float:
    """Next value of a first-order autoregressive noise after a gap of days."""
    deviation, memory = kind
    kept = math.exp(-gap / memory)
    return kept * noise + rng.gauss(0.0, deviation * scale * math.sqrt(1 - kept**2))


def _value(plan: Plan, param: str, day: int, level: float) -> float:
    """A level of the curve as the laboratory reports it, with what support added."""
    given = plan.support.days(SUPPORT_KIND[param])
    if param == "HGB":
        level += transfusion_rise("red_cells", given, day)
    elif param == "PLT":
        level = math.exp(level) + transfusion_rise("platelets", given, day)
    else:
        level = math.exp(level) * gcsf_factor(given, day, plan.support.gcsf_gain)
    return round(level, DECIMALS[param])


def _rules(plan: Plan, param: str) -> list[Rule]:
    """The grades that the paper's figures ask of a lineage, as rules over days."""
    i = PARAMS.index(param)
    rules = [rule for rule in plan.rules if rule.param == param]
    rules.append(Rule(param, 0, 28, 0, plan.worst[i]))
    visit = day28_visit(plan)
    rules.append(Rule(param, visit, visit, plan.day28[i], plan.day28[i]))
    if plan.response_day is None:
        return rules
    first = plan.courses[0]
    base = (plan.at_start or plan.day28)[i]
    rules.append(Rule(param, first.start, first.start, base, base))
    if param == plan.responder:
        rules.append(Rule(param, plan.response_day, first.stop, 0, base - 1))
    return rules


def _grades(
    plan: Plan,
    param: str,
    day: int,
    rules: list[Rule],
    draws: list[Draw],
    limits: tuple[float, float],
) -> tuple[int, int]:
    """Best and worst grade allowed on a day."""
    best, worst = 0, 4
    for rule in rules:
        if rule.first <= day <= rule.last:
            best, worst = max(best, rule.best), min(worst, rule.worst)
    given = plan.support.days(SUPPORT_KIND[param])
    supported = any(day - SUPPORT_DAYS <= d <= day for d in given)
    if plan.response_day is not None and not supported:
        best = max(best, _best_after_start(plan, param, day))
    for course, relapse in zip(plan.courses, (*plan.relapses, None), strict=True):
        restart = _next_start(plan, course.stop)
        if not course.stop < day <= restart:
            continue
        at_stop = [draw for draw in draws if draw.day <= course.stop][-1]
        before = grade_of(param, at_stop.value, limits)
        if relapse is None or day < relapse.day:
            worst = min(worst, max(1, before))
        elif param in relapse.params:
            best = max(best, 2, before + 1)
    for course in plan.courses:
        if course.start < day <= course.start + NO_RESPONSE_DAYS:
            at_start = [draw for draw in draws if draw.day <= course.start][-1]
            best = max(best, grade_of(param, at_start.value, limits))
    return best, worst


def _next_start(plan: Plan, stop: int) -> int:
    return min((c.start for c in plan.courses if c.start > stop), default=10**6)


def _best_after_start(plan: Plan, param: str, day: int) -> int:
    """No better grade than at the start before the response, nor than the best one after it."""
    i = PARAMS.index(param)
    first = plan.courses[0]
    relapse = plan.relapses[0].day if plan.relapses else 10**6
    if not first.start < day < min(first.stop + 31, relapse):
        return 0
    best = plan.best_after[i]
    if plan.response_day is not None and day < plan.response_day:
        best = max(best, (plan.at_start or plan.day28)[i])
    return best
