"""Six figures of the sample with a deck: seconds from the choice to the bytes."""

import sys
import time
from statistics import median

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.entry import Entry, render_entries
from pht_core.intake.reading import read_sample

ROUNDS = 5
TARGET = 5.0  # seconds
SIX = (
    "figure1-incidence",
    "figure1-lineages",
    "figure1-grades",
    "figure3e-trajectory",
    "response-times",
    "survival",
)


def run() -> None:
    """Read, grade, compute and draw six figures, and write the deck."""
    from pht_core.export.deck import write_deck

    print(f"\nA deck of six figures, {ROUNDS} rounds:", flush=True)
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        entries = [Entry(name, EXHIBITS[name].options()) for name in SIX]
        renderings, left_out = render_entries(read_sample(), entries)
        computed = time.perf_counter() - begin
        deck = write_deck(renderings)
        rounds.append((time.perf_counter() - begin, computed, len(deck)))
        if left_out or len(renderings) != len(SIX):
            sys.exit("A figure was left out.")
    seconds, computed, size = (median(values) for values in zip(*rounds, strict=True))
    reached = "reached" if seconds <= TARGET else "not reached"
    print(
        f"  {seconds:.1f} s ({min(r[0] for r in rounds):.1f}-{max(r[0] for r in rounds):.1f}), of "
        f"which {computed:.1f} s to read, grade and compute; {size / 1e6:.1f} MB; target at most "
        f"{TARGET:g} s: {reached}",
        flush=True,
    )
