"""Days on which blood is drawn."""

from __future__ import annotations

from random import Random

from sample_data.generate.plan import Plan

BASELINE_DAY = -7  # the paper does not say when Table 3's counts were taken


def day28_visit(plan: Plan) -> int:
    """Day of the draw that stands for day 28: not after the first prednisone day."""
    return min(28, plan.courses[0].start)


def visit_days(plan: Plan, rng: Random) -> list[int]:
    """Days of the draws from day 0 on: those of the story, and the routine ones between them."""
    end = plan.outcome.last_count_day
    fixed = {0, day28_visit(plan), *plan.visits}
    if plan.response_day is not None:
        fixed.add(plan.response_day)
    for course in plan.courses:
        fixed.update(course.change_days)
    fixed.update(relapse.day for relapse in plan.relapses)
    fixed = {day for day in fixed if day <= end}

    routine, day = [], 0
    while day <= end:
        routine.append(day)
        day += _gap(plan, day, rng)
    spread = {d for d in routine if d <= 21 or all(abs(d - f) > 1 for f in fixed)}
    return sorted(fixed | spread)


def _gap(plan: Plan, day: int, rng: Random) -> int:
    """Days to the next routine draw: daily at first, twice weekly on treatment, later monthly."""
    if day < 20:
        return 1 if rng.random() < 0.88 else 2
    first = plan.courses[0]
    if day < min(30, first.start + 2):
        return rng.choice((1, 2, 2))
    if day < first.start:
        return rng.choice((3, 4)) if day < 42 else rng.randint(6, 9)
    for relapse, course in zip(plan.relapses, plan.courses[1:], strict=True):
        if relapse.day - 2 <= day < course.start + 30:
            return rng.choice((3, 4))
    on_drug = any(course.start <= day < course.stop for course in plan.courses)
    if on_drug:
        return rng.choice((3, 4)) if day < first.start + 45 else rng.randint(5, 8)
    stopped = max(course.stop for course in plan.courses if course.start <= day)
    if day < stopped + 45:
        return rng.randint(6, 10)
    if day < 190:
        return rng.randint(11, 18)
    return rng.randint(26, 35) if day < 400 else rng.randint(40, 66)
