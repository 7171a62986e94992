"""Events, survival and medians once more, in plain loops: see ``plain_definitions``."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from tests.reference.plain_definitions import Patient, courses


def on_prednisone(patient: Patient, event: str) -> bool:
    """An event of that kind on a day of a course."""
    for day, name, _ in patient.events:
        for course in courses(patient):
            if name == event and course.start <= day and (not course.last or day <= course.last):
                return True
    return False


def car_t_persists(patient: Patient) -> bool:
    """Detected on or before the first prednisone day, and after it."""
    first = courses(patient)[0].start
    days = [d for d, name, result in patient.events if (name, result) == ("car_t", "detected")]
    return any(day <= first for day in days) and any(day > first for day in days)


def survival_time(
    patient: Patient, endpoint: str, *, censor_at_next_therapy: bool = True
) -> tuple[float, bool]:
    """Months and whether the event happened."""
    months = patient.months
    names = ["death_months"] + (["progression_months"] if endpoint == "pfs" else [])
    events = [months[name] for name in names if name in months]
    censored = months["last_followup_months"]
    if censor_at_next_therapy and "next_therapy_months" in months:
        censored = min(censored, months["next_therapy_months"])
    if events and min(events) <= censored:
        return min(events), True
    return censored, False


def kaplan_meier(times: list[tuple[float, bool]], at: float) -> tuple[float, float]:
    """Estimate and Greenwood standard error at a time."""
    estimate, total = 1.0, 0.0
    for time in sorted({t for t, event in times if event and t <= at}):
        n = sum(t >= time for t, _ in times)
        d = sum(t == time and event for t, event in times)
        estimate *= 1 - d / n
        total += d / (n * (n - d))
    return estimate, estimate * total**0.5


def percent(numerator: int, denominator: int) -> float:
    """Percent with two decimals, half up, from exact arithmetic."""
    share = Decimal(numerator) * 100 / Decimal(denominator)
    return float(share.quantize(Decimal("0.01"), ROUND_HALF_UP))


def median_of(values: list[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    return float(median(values))
