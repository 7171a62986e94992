"""Measure two or more ways in turn, and say plainly whether a target was reached."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Seconds = Mapping[str, list[float]]


@dataclass(frozen=True)
class Target:
    """What to reach: at most so many times as slow as the other, or at least so much faster."""

    factor: float
    kind: str  # "at most" or "at least"

    def ratio(self, ours: float, other: float) -> float:
        """Ours over other where less is better, other over ours where more is."""
        return ours / other if self.kind == "at most" else other / ours

    def verdict(self, ratio: float) -> str:
        """Return "reached" or "not reached"."""
        reached = ratio <= self.factor if self.kind == "at most" else ratio >= self.factor
        return "reached" if reached else "not reached"


def at_most(factor: float) -> Target:
    """Ours may take at most so many times what the other takes."""
    return Target(factor, "at most")


def at_least(factor: float) -> Target:
    """Ours has to be at least so many times faster than the other."""
    return Target(factor, "at least")


def take_turns(
    ways: Mapping[str, Callable[[], float | None]], rounds: int
) -> dict[str, list[float]]:
    """Run every way once per round, so that a slow minute of the machine meets all of them.

    A way that returns seconds has measured itself; the others are timed as a whole.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            own = way()
            seconds[name].append(time.perf_counter() - start if own is None else own)
    return seconds


def print_comparison(what: str, ours: str, other: str, seconds: Seconds, target: Target) -> None:
    """Print both medians, their ratio and whether the target was reached."""
    medians = {name: statistics.median(seconds[name]) for name in (ours, other)}
    ratio = target.ratio(medians[ours], medians[other])
    print(
        f"{what}: {ours} {format_seconds(medians[ours])}, "
        f"{other} {format_seconds(medians[other])}; "
        f"ratio {ratio:.2f}, target {target.kind} {target.factor:g}: {target.verdict(ratio)} "
        f"(medians of {len(seconds[ours])} and {len(seconds[other])})",
        flush=True,
    )


def format_seconds(seconds: float) -> str:
    """Return seconds, or milliseconds below one second, with three digits."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"
