"""What is laid down by hand for one simulated patient; the numbers around it are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

PARAMS = ("HGB", "PLT", "NE")
Knots = tuple[tuple[float, float], ...]
Grades = tuple[int, int, int]
DAYS_PER_MONTH = 30.4375


def knots(text: str) -> Knots:
    """Read knots written as ``day:value day:value``, days ascending."""
    pairs = [pair.split(":") for pair in text.split()]
    found = tuple((float(day), float(value)) for day, value in pairs)
    if any(a[0] >= b[0] for a, b in pairwise(found)):
        raise ValueError(f"The knots' days do not ascend: {text}")
    return found


@dataclass(frozen=True)
class Course:
    """One course of prednisone: dose changes as (first day, mg/kg/day), and the first day off."""

    doses: tuple[tuple[int, float], ...]
    stop: int

    @property
    def start(self) -> int:
        """First day on the drug."""
        return self.doses[0][0]

    @property
    def change_days(self) -> tuple[int, ...]:
        """Start, dose changes and stop: days on which the patient is seen and blood is drawn."""
        return (*(day for day, _ in self.doses), self.stop)


@dataclass(frozen=True)
class Relapse:
    """A fall of the counts after a stop: its first day and the lineages that fall (grade >= 2)."""

    day: int
    params: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """Grades allowed for one lineage from one day to another (both included): best to worst."""

    param: str
    first: int
    last: int
    best: int
    worst: int


@dataclass(frozen=True)
class Outcome:
    """Months from infusion; None = did not happen."""

    last_followup: float
    progression: float | None = None
    death: float | None = None
    next_therapy: float | None = None

    @property
    def last_count_day(self) -> int:
        """Last day on which a count may be drawn: a few days before whatever ends the counts."""
        ends = [self.last_followup, self.progression, self.death, self.next_therapy]
        return int(min(end for end in ends if end is not None) * DAYS_PER_MONTH) - 3


@dataclass(frozen=True)
class Support:
    """Days of support; for G-CSF, EPO and TPO-RA as (first day, last day, every n days)."""

    red_cells: tuple[int, ...] = ()
    platelets: tuple[int, ...] = ()
    gcsf: tuple[tuple[int, int], ...] = ()
    tpo_ra: tuple[tuple[int, int], ...] = ()
    epo: tuple[tuple[int, int], ...] = ()
    gcsf_gain: float = 1.1

    def days(self, kind: str) -> tuple[int, ...]:
        """All days of one kind; EPO is given every third day, G-CSF and TPO-RA daily."""
        if kind in ("red_cells", "platelets"):
            planned: tuple[int, ...] = getattr(self, kind)
            return planned
        runs: tuple[tuple[int, int], ...] = getattr(self, kind)
        step = 3 if kind == "epo" else 1
        return tuple(day for first, last in runs for day in range(first, last + 1, step))


@dataclass(frozen=True)
class Plan:
    """The story of one patient; counts are drawn around the knots and within the grades."""

    patient_id: str
    worst: Grades  # days 0-28
    day28: Grades
    courses: tuple[Course, ...]
    knots: dict[str, Knots]
    outcome: Outcome
    support: Support
    response_day: int | None = None  # first course; P1 and P2 have none laid down
    responder: str = ""
    at_start: Grades | None = None  # grades on the first prednisone day, if not those of day 28
    best_after: Grades = (0, 0, 0)
    relapses: tuple[Relapse, ...] = ()  # one before each later course
    rules: tuple[Rule, ...] = ()
    visits: tuple[int, ...] = ()
    events: dict[str, tuple[int, ...]] = field(default_factory=dict)
    cart_detected: tuple[int, ...] = (7, 14)
    cart_not_detected: tuple[int, ...] = ()
    marrow_remission: tuple[int, ...] = ()
    noise: float = 1.0
