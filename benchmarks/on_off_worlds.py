"""Simulated cohorts in which prednisone works, or does nothing: what the evidence is tried on.

All counts are on the scale log2. A patient's marrow function h runs from 0 (aplastic) to 1
(normal): it recovers once, may dip again or swing, and prednisone restores a share (``lift``) of
what is missing. A lineage's log2 count is ``bottom + h * (top - bottom)`` plus slow drift,
day-to-day noise and what transfusions and G-CSF add. Doctors see the laboratory's counts alone:
they start prednisone at low counts, taper and stop it at good ones, and may start it again.
The worlds are assumptions: no real cohort was at hand.
"""

from dataclasses import dataclass, field, replace
from math import exp, inf, log2

import numpy as np
import pandas as pd

PARAMS = ("HGB", "PLT", "NE")
# An adult's lower limits of normal and the bounds of grades 2, 3 and 4; hemoglobin has no grade 4.
LIMITS = {"HGB": (120, 100, 80, -1), "PLT": (125, 75, 50, 25), "NE": (1.8, 1.5, 1.0, 0.5)}
BOTTOM, TOP = (72.0, 18.0, 0.35), (125.0, 180.0, 3.0)
FAST_SD, FAST_DAYS = (0.033, 0.12, 0.30), (1.5, 2.0, 1.5)
SLOW_SD, SLOW_DAYS = (0.035, 0.11, 0.145), (45.0, 40.0, 40.0)
# How much patients differ at the top and at the bottom, in log2.
TOP_SD, BOTTOM_SD = (0.08, 0.35, 0.35), (0.06, 0.3, 0.3)
MOST_COURSES, MOST_DIPS = 8, 9


@dataclass(frozen=True)
class World:
    """One set of assumptions; times in days, shares from 0 to 1.

    lift, onset, offset : share of missing function that the drug restores, and how fast that comes
        and goes. late_share, late : patients who recover late without it, and when.
    recovery, recovery_spread : median day of natural recovery and its spread (log scale).
    partial : patients who recover in part. decline : patients whose marrow fails before the end.
    dip_rate, dip_frailty : further dips per day, and how evenly patients share them (1 = evenly
        distributed rates; smaller = few patients have most). second_share, second : one dip after
        recovery, days after it. calendar_share, calendar : one dip on a day after infusion (mean,
        standard deviation). fall, hold, rise : how long a dip takes down, stays, takes up.
    swing, swing_days : size and memory of random swings of function.
    noise, outliers : of the laboratory. margin : share by which steroids alone lift neutrophils.
    start, restart : chance per draw that doctors start and restart at grade 3. unwell : chance per
        day that a draw is brought forward while function is low.
    """

    lift: float = 0.0
    onset: float = 12.0
    offset: float = 18.0
    late_share: float = 0.0
    late: tuple[float, float] = (140.0, 320.0)
    recovery: float = 42.0
    recovery_spread: float = 0.45
    partial: float = 0.0
    decline: float = 0.0
    dip_rate: float = 0.0
    dip_frailty: float = 1.0
    second_share: float = 0.0
    second: tuple[float, float] = (20.0, 120.0)
    calendar_share: float = 0.0
    calendar: tuple[float, float] = (95.0, 12.0)
    fall: tuple[float, float] = (8.0, 25.0)
    hold: float = 10.0
    rise: tuple[float, float] = (15.0, 45.0)
    swing: float = 0.0
    swing_days: float = 35.0
    noise: float = 1.0
    outliers: float = 0.0
    margin: float = 0.0
    start: float = 0.7
    restart: float = 0.5
    unwell: float = 0.0


PAPER = World(lift=0.95, onset=26, offset=30, late_share=0.24, late=(135, 210), recovery=50)
NO_EFFECT = {
    "natural recovery": World(),
    "slow recovery": World(recovery=70, recovery_spread=0.5),
    "one second dip": World(second_share=0.6),
    "one second dip, early": World(second_share=0.7, second=(5, 45)),
    "recurrent dips": World(dip_rate=1 / 75),
    "recurrent dips, frail patients": World(dip_rate=1 / 60, dip_frailty=0.5),
    "slow swings": World(swing=0.30),
    "fast swings": World(swing=0.30, swing_days=12),
    "noisy laboratory": World(noise=1.8, outliers=0.03, dip_rate=1 / 150),
    "dips by calendar": World(calendar_share=0.55, calendar=(105, 15)),
    "dips by calendar, tight": World(calendar_share=0.8, calendar=(100, 8)),
    "long dips": World(dip_rate=1 / 90, hold=30, rise=(40, 110)),
    "crash, slow rise": World(dip_rate=1 / 90, fall=(2, 5), rise=(30, 60)),
    "slow fall, quick rise": World(dip_rate=1 / 90, fall=(35, 60), hold=4, rise=(6, 12)),
    "late restart": World(dip_rate=1 / 90, restart=0.12),
    "prompt restart": World(dip_rate=1 / 90, restart=1.0),
    "neutrophils shifted": World(dip_rate=1 / 120, margin=0.6),
    "decline before the end": World(decline=0.5, dip_rate=1 / 200),
    "partial recovery": World(partial=0.6, dip_rate=1 / 150),
    "drawn when unwell": World(dip_rate=1 / 90, unwell=0.3),
}
EFFECT = {
    "the paper's effect": PAPER,
    "the paper's effect and dips": replace(PAPER, dip_rate=1 / 200),
    "half as many falls": replace(PAPER, late_share=0.13),
    "the paper's effect, noisy laboratory": replace(PAPER, noise=1.8, outliers=0.03),
}
WORLDS = NO_EFFECT | EFFECT


@dataclass(frozen=True)
class SimulatedCohort:
    """Tables as ``stats.on_off.derive_steps`` takes them.

    counts : subject_id, day, param, value, lln, supported, grade. courses : subject_id, start_day,
    stop_day (missing = ongoing), in order.
    """

    counts: pd.DataFrame
    courses: pd.DataFrame


def simulate_cohort(world: World, seed: int, size: int = 17) -> SimulatedCohort:
    """As many treated patients as wanted; who never meets the rule for treatment is replaced."""
    random = np.random.default_rng(seed)
    counts: list[tuple[object, ...]] = []
    courses: list[tuple[object, ...]] = []
    n = 0
    while n < size:
        chart = _Chart(_Marrow(world, random), world, random)
        chart.follow()
        if not chart.courses or chart.courses[0][0] > 120:
            continue
        n += 1
        counts += [(f"S{n}", *draw) for draw in chart.draws]
        courses += [(f"S{n}", *course) for course in chart.courses]
    columns = ["subject_id", "day", "param", "value", "supported", "grade"]
    table = pd.DataFrame(counts, columns=columns)
    table["lln"] = table["param"].map({param: float(own[0]) for param, own in LIMITS.items()})
    return SimulatedCohort(
        table, pd.DataFrame(courses, columns=["subject_id", "start_day", "stop_day"])
    )


def grade_of(param: str, value: float) -> int:
    """The grade under CTCAE v5.0 with the limits of normal of the simulation."""
    return max((place + 1 for place, bound in enumerate(LIMITS[param]) if value < bound), default=0)


def _smooth(u: float) -> float:
    """0 up to 0, 1 from 1 on, a smooth step between."""
    u = min(1.0, max(0.0, u))
    return u * u * (3 - 2 * u)


@dataclass(frozen=True)
class _Dip:
    day: float
    depth: float
    fall: float
    hold: float
    rise: float

    def factor(self, day: float) -> float:
        """What the dip leaves of marrow function on a day."""
        since = day - self.day
        if since <= 0:
            return 1.0
        down = _smooth(since / self.fall)
        return 1 - self.depth * down * (1 - _smooth((since - self.fall - self.hold) / self.rise))


class _Marrow:
    """One patient's marrow function without the drug, drawn once."""

    def __init__(self, world: World, random: np.random.Generator) -> None:
        uniform = random.uniform
        self.end = int(uniform(105, 150) if random.random() < 0.12 else uniform(150, 420))
        late = random.random() < world.late_share
        natural = world.recovery * exp(world.recovery_spread * random.normal())
        self.middle = uniform(*world.late) if late else natural
        self.width = uniform(4, 11)
        self.most = uniform(0.35, 1.0) if random.random() < world.partial else 1.0
        self.least = uniform(0.02, 0.18)
        self.failing = self.end - uniform(5, 45) if random.random() < world.decline else inf
        self.dips = [
            _Dip(
                day,
                uniform(0.6, 1.0),
                uniform(*world.fall),
                random.exponential(world.hold),
                uniform(*world.rise),
            )
            for day in self._days_of_dips(world, random)
        ]

    def _days_of_dips(self, world: World, random: np.random.Generator) -> list[float]:
        days: list[float] = []
        if world.dip_rate:
            rate = world.dip_rate * random.gamma(world.dip_frailty, 1 / world.dip_frailty)
            day = 25.0
            while len(days) < MOST_DIPS and (day := day + random.exponential(1 / rate)) <= self.end:
                days.append(day)
                day += 30.0
        if random.random() < world.second_share:
            days.append(max(self.middle, 20.0) + random.uniform(*world.second))
        if random.random() < world.calendar_share:
            days.append(random.normal(*world.calendar))
        return days

    @property
    def is_steady(self) -> bool:
        """Without dips: once recovered, it stays so."""
        return not self.dips

    def recovered(self, day: float) -> float:
        """Function by natural recovery and dips."""
        away = min(700.0, (self.middle - day) / self.width)
        whole = self.least + (self.most - self.least) / (1 + exp(away))
        whole = max(whole, 0.7 * max(0.0, 1 - day / 9))  # what lymphodepletion has not yet taken
        for dip in self.dips:
            whole *= dip.factor(day)
        return whole * (1 - 0.9 * _smooth((day - self.failing) / 30))


@dataclass
class _Chart:
    """What the ward does and records, day by day."""

    marrow: _Marrow
    world: World
    random: np.random.Generator
    draws: list[tuple[float, str, float, bool, int]] = field(default_factory=list)
    courses: list[tuple[float, float]] = field(default_factory=list)

    def follow(self) -> None:
        """From the infusion to the end of follow-up, or to the day without need of treatment."""
        self._begin()
        next_draw = 0
        for day in range(self.marrow.end):
            self._live(day)
            if self._is_unwell(day, next_draw):
                next_draw = day
            if day != next_draw:
                continue
            grades = self._draw(day)
            worst = max(grades)
            needs_none = self.marrow.is_steady and not self.world.swing and worst < 2
            if not self.courses and day > 60 and needs_none:
                return
            if self.on:
                self._taper(day, grades, worst)
            else:
                self._treat(day, grades, worst)
            next_draw = day + self._gap(day, worst)

    def _begin(self) -> None:
        normal = self.random.normal
        above, below = normal(), normal()
        spread = [
            [log2(value) + own * sd for value, sd in zip(values, sds, strict=True)]
            for values, sds, own in ((TOP, TOP_SD, above), (BOTTOM, BOTTOM_SD, below))
        ]
        self.top, self.bottom = spread
        self.lag = normal(0, 3, 3).tolist()
        self.slow, self.fast = [0.0] * 3, [0.0] * 3
        self.swing = self.world.swing * normal()
        self.drug = self.drug_delayed = self.shift = 0.0
        self.red_cells = self.platelets = self.gcsf = 0.0
        self.gcsf_days = 0
        self.last_support = [-99] * 3
        self.on, self.step, self.last_step = False, 0, 0
        self.at_step, self.at_stop = [0] * 3, [0] * 3
        self.low_draws, self.last_draw = 0, 0

    def _live(self, day: int) -> None:
        """One day: the drug's effect builds up or fades, and so does what was transfused."""
        on = float(self.on)
        self.shift += (on - self.shift) / 2
        days = 0.5 * (self.world.onset if self.on else self.world.offset)
        self.drug_delayed += (on - self.drug_delayed) / days
        self.drug += (self.drug_delayed - self.drug) / days
        if self.world.swing:
            kept = exp(-1 / self.world.swing_days)
            push = self.world.swing * (1 - kept * kept) ** 0.5
            self.swing = kept * self.swing + push * self.random.normal()
        self.red_cells *= exp(-1 / 8)
        self.platelets *= exp(-1 / 1.8)
        if self.gcsf_days:
            self.gcsf += (1 - self.gcsf) * (1 - exp(-1 / 1.6))
            self.gcsf_days -= 1
            self.last_support[2] = day
        else:
            self.gcsf *= exp(-1 / 1.8)

    def _lifted(self, function: float) -> float:
        return function + self.world.lift * self.drug * (1 - function)

    def _is_unwell(self, day: int, next_draw: int) -> bool:
        if not self.world.unwell or not self.courses or self.on or day >= next_draw - 1:
            return False
        low = self._lifted(self.marrow.recovered(day)) < 0.55
        return low and bool(self.random.random() < self.world.unwell)

    def _draw(self, day: int) -> list[int]:
        """The laboratory's counts, and the transfusions and G-CSF that they call for."""
        gap = max(1, day - self.last_draw)
        self.last_draw = day
        grades = []
        for place, param in enumerate(PARAMS):
            value = self._count(place, day, gap)
            grades.append(grade_of(param, value))
            supported = day - self.last_support[place] <= 7
            self.draws.append((float(day), param, max(value, 0.01), supported, grades[-1]))
            self._support(param, value, day)
        return grades

    def _count(self, place: int, day: int, gap: int) -> float:
        normal = self.random.normal
        function = self._lifted(self.marrow.recovered(day - self.lag[place]))
        if self.world.swing and day > 20:
            function += self.swing
        function = min(1.15, max(0.0, function))
        for state, sd, days in (
            (self.fast, self.world.noise * FAST_SD[place], FAST_DAYS[place]),
            (self.slow, self.world.noise * SLOW_SD[place], SLOW_DAYS[place]),
        ):
            kept = exp(-gap / days)
            state[place] = kept * state[place] + sd * (1 - kept * kept) ** 0.5 * normal()
        logged = self.bottom[place] + function * (self.top[place] - self.bottom[place])
        logged += self.slow[place] + self.fast[place]
        if self.random.random() < self.world.outliers:
            logged += 4 * FAST_SD[place] * normal()
        value = float(2**logged)
        if place == 2:
            return value * exp(0.9 * self.gcsf) * (1 + self.world.margin * self.shift)
        return value + (self.red_cells, self.platelets)[place]

    def _support(self, param: str, value: float, day: int) -> None:
        chance = self.random.random()
        if param == "HGB" and value < 70 and chance < 0.7:
            self.red_cells += 8
            self.last_support[0] = day
        elif param == "PLT" and value < 20 and chance < 0.7:
            self.platelets += 12
            self.last_support[1] = day
        elif param == "NE" and value < 0.5 and not self.gcsf_days and not self.on:
            self.gcsf_days = 4 if chance < (0.5 if day < 28 else 0.15) else 0

    def _taper(self, day: int, grades: list[int], worst: int) -> None:
        """Halve the dose when a grade is regained, stop at good counts, or give up after long."""
        regained = any(now < then for now, then in zip(grades, self.at_step, strict=True))
        since = day - self.last_step
        if since >= 9 and (regained or worst <= 1):
            if self.step < 2:
                self.step, self.last_step, self.at_step = self.step + 1, day, grades
            elif since >= 14 and (worst <= 1 or (worst <= 2 and self.random.random() < 0.3)):
                self._stop(day, grades)
        elif day - self.courses[-1][0] > 90 and worst >= 3 and self.random.random() < 0.15:
            self._stop(day, grades)

    def _stop(self, day: int, grades: list[int]) -> None:
        self.on, self.low_draws, self.at_stop = False, 0, grades
        self.courses[-1] = (self.courses[-1][0], float(day))

    def _treat(self, day: int, grades: list[int], worst: int) -> None:
        """Start at grade 3 from day 26 on; start again at grade 3, or after a second low draw."""
        chance = self.random.random
        if not self.courses:
            start = day >= 26 and worst >= 3 and chance() < self.world.start
        else:
            fallen = any(
                now >= 2 and now > then for now, then in zip(grades, self.at_stop, strict=True)
            )
            start = worst >= 3 and chance() < self.world.restart
            start = start or (fallen and self.low_draws > 0 and chance() < 0.3)
            self.low_draws = self.low_draws + 1 if fallen else 0
        if start and len(self.courses) < MOST_COURSES and day + 20 < self.marrow.end:
            self.courses.append((float(day), float("nan")))
            self.on, self.step, self.last_step, self.at_step = True, 0, day, grades

    def _gap(self, day: int, worst: int) -> int:
        """Days to the next draw: daily at first, then as often as counts and treatment ask for."""
        low, high = self._gap_bounds(day, worst)
        return int(self.random.integers(low, high + 1))

    def _gap_bounds(self, day: int, worst: int) -> tuple[int, int]:
        if day < 20:
            return (1, 1) if self.random.random() < 0.88 else (2, 2)
        if not self.courses:
            return (1, 2) if day < 32 else (3, 4) if worst >= 2 else (6, 9)
        start, stop = self.courses[-1]
        if self.on:
            return (3, 4) if day < start + 45 else (5, 8)
        if worst >= 2:
            return (3, 4)
        return (6, 10) if day < stop + 45 else (11, 18) if day < 190 else (26, 35)
