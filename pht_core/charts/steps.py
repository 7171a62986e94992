"""Rows of step curves and of the bands around them, as survival figures draw them."""

from __future__ import annotations

import numpy as np
import pandas as pd


def step_rows(
    table: pd.DataFrame, strata: list[str], tails: dict[str, float | None] | dict[str, float]
) -> pd.DataFrame:
    """Rows of the curves in percent, each marked as of its solid or its thin part."""
    names = table["strata"].astype(str).to_numpy()
    times = table["time"].to_numpy(dtype=float)
    places: list[int] = []
    drawn: list[tuple[str, float, str, bool]] = []  # stratum, time, part, joint
    for name in strata:
        own = np.flatnonzero(names == name)
        own = own[np.argsort(times[own], kind="stable")].tolist()
        cut = tails.get(name)
        thin = cut is not None and not np.isnan(cut) and cut < times[own[-1]]
        before = [place for place in own if not thin or times[place] < cut]
        places += before
        drawn += [(name, times[place], "solid", False) for place in before]
        if thin and cut is not None:
            # Both parts own the joint, so that the line has no gap.
            joint, after = before[-1:], own[len(before) :]
            places += joint + joint + after
            drawn += [(name, float(cut), part, True) for part in ("solid", "thin")] * len(joint)
            drawn += [(name, times[place], "thin", False) for place in after]
    steps = table.iloc[places].reset_index(drop=True)
    marks = zip(("strata", "time", "part", "joint"), zip(*drawn, strict=True), strict=True)
    percents = {
        column: steps[column].to_numpy(dtype=float) * 100
        for column in ("estimate", "conf_low", "conf_high")
    }
    return steps.assign(**dict(marks), **percents)


def band_rows(steps: pd.DataFrame) -> pd.DataFrame:
    """Rows of the intervals, each held to the next time, though limits may not exist there."""
    same = steps["strata"] == steps["strata"].shift()
    limits = steps[["conf_low", "conf_high"]]
    known = limits.notna().all(axis=1)
    held = same & ~known & known.shift(fill_value=False)
    shown = limits.where(~held, limits.shift())
    held_steps = steps.assign(conf_low=shown["conf_low"], conf_high=shown["conf_high"])
    return held_steps[known | held]
