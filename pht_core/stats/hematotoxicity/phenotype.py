"""Neutrophil phenotypes after CAR-T infusion: aplastic, intermittent, quick (Rejeski 2021)."""

import numpy as np
import pandas as pd

from pht_core.stats.hematotoxicity.daily import Daily, longest_run, neighbours

# Rejeski, Blood 2021;138:2499: severe neutropenia for so many days running; recovery; another
# fall, and the day after which it counts.
SEVERE, APLASTIC_DAYS = 0.5, 14
RECOVERED, FALLEN, FALL_AFTER = 1.5, 1.0, 21
PHENOTYPES = {
    "aplastic": f"aplastic (NE < {SEVERE} for {APLASTIC_DAYS} days or more)",
    "intermittent": f"intermittent (above {RECOVERED}, then below {FALLEN:.1f} after day "
    f"{FALL_AFTER})",
    "quick": f"quick (recovered, never again below {FALLEN:.1f})",
    "unclassified": "unclassified",
}


def derive_phenotypes(daily: Daily, subject_ids: list[str]) -> pd.DataFrame:
    """Each patient's phenotype, tried in the order of `PHENOTYPES`.

    daily : neutrophils from day 0 on, see ``daily.derive_daily``. Runs of days have interpolated
        values in them; recovery (after a first fall below 1.0) and falls are counts that were
        drawn.
    Returns subject_id, phenotype (missing = not evaluable), why: what decided, or why not evaluable
        (no count; none after day 21, so that a second fall would not have been seen; a gap that may
        have made low days beside it 14 or more).
    """
    counts = np.where(daily.counted & daily.inside, daily.values, np.nan)
    places = np.arange(counts.shape[1])
    fallen = counts < FALLEN
    recovered = counts > RECOVERED
    after_fall = recovered & (neighbours(fallen)[0] >= 0)
    late_fall = fallen & (neighbours(after_fall)[0] >= 0) & (places > FALL_AFTER)
    last_fall = neighbours(fallen)[0][:, -1]
    any_count = daily.counted & daily.inside
    severe = daily.values < SEVERE
    length, begins = longest_run(severe)
    followed = places <= neighbours(any_count)[0][:, -1:]
    possible = _find_possible(severe, daily.unknown & followed)
    seen = (any_count & (places > FALL_AFTER)).any(axis=1)
    after_last = recovered & (places > last_fall[:, None])
    rows = []
    for place, subject in enumerate(subject_ids):
        phenotype, why = None, "no NE count after infusion"
        if length[place] >= APLASTIC_DAYS:
            first = begins[place]
            phenotype = "aplastic"
            why = f"NE < {SEVERE} on days {first}–{first + length[place] - 1}"
        elif possible[place].any():
            first, last = _ends_of_longest(daily.unknown[place] & possible[place])
            why = (
                f"{APLASTIC_DAYS} days or more below {SEVERE} are possible: no count on days "
                f"{first}–{last}"
            )
        elif late_fall[place].any():
            day = int(late_fall[place].argmax())
            above = int(after_fall[place].argmax())
            phenotype = "intermittent"
            why = f"above {RECOVERED} on day {above}, {counts[place, day]:g} on day {day}"
        elif any_count[place].any() and not seen[place]:
            why = f"no NE count after day {FALL_AFTER}"
        elif any_count[place].any():
            phenotype = "unclassified"
            if last_fall[place] < 0:
                why = f"never below {FALLEN:.1f}"
            elif after_last[place].any():
                phenotype = "quick"
                day = int(after_last[place].argmax())
                why = f"last below {FALLEN:.1f} on day {last_fall[place]}, recovered by day {day}"
            else:
                why = f"not above {RECOVERED} after the last count below {FALLEN:.1f}"
        rows.append((subject, phenotype, why))
    return pd.DataFrame(rows, columns=["subject_id", "phenotype", "why"])


def _find_possible(severe: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Days of runs that are long enough if unknown days beside known severe ones were severe."""
    either = severe | unknown
    runs = np.cumsum(~either, axis=1) + np.arange(len(either))[:, None] * (either.shape[1] + 1)
    size = np.bincount(runs[either], minlength=runs.max(initial=0) + 1)
    known = np.bincount(runs[severe], minlength=len(size))
    possible: np.ndarray = either & ((size >= APLASTIC_DAYS) & (known > 0))[runs]
    return possible


def _ends_of_longest(marked: np.ndarray) -> tuple[int, int]:
    length, begins = longest_run(marked[None, :])
    return int(begins[0]), int(begins[0] + length[0] - 1)
