"""Counts with everything that engines treat differently, and what goes with them."""

import numpy as np
import pandas as pd

IDS = [f"P{number}" for number in range(1, 13)]


def mixed_counts() -> pd.DataFrame:
    """Simulated counts with missing values and limits, strange units, negative days, repeats."""
    draw = np.random.default_rng(5)
    n = 2000
    param = draw.choice(["HGB", "PLT", "NE", "WBC"], n, p=[0.3, 0.3, 0.35, 0.05]).astype(object)
    middle = pd.Series(param).map({"HGB": 95, "PLT": 60, "NE": 1.3, "WBC": 3}).to_numpy()
    # Steps of a twentieth of the middle, so that many values lie exactly on a bound.
    value = np.round(np.abs(draw.normal(1, 0.6, n)) * 20) / 20 * middle
    unit = np.where(param == "HGB", "g/L", "10^9/L").astype(object)
    limit = pd.Series(param).map({"HGB": 120.0, "PLT": 125.0, "NE": 1.8}).to_numpy()
    counts = pd.DataFrame(
        {
            "subject_id": draw.choice([*IDS, "nobody"], n),
            "day": draw.integers(-30, 200, n),
            "param": param,
            "value": np.where(draw.random(n) < 0.05, np.nan, np.round(value, 2)),
            "unit": np.where(draw.random(n) < 0.05, "g/dL", unit),
            "lln": np.where(draw.random(n) < 0.6, np.nan, limit),
        }
    )
    counts.loc[draw.random(n) < 0.02, "unit"] = None
    return counts.drop_duplicates(["subject_id", "day", "param"], ignore_index=True)


def mixed_subjects() -> pd.DataFrame:
    """Patients of all ages; P12 is in no table of patients, P11 has no sex, P10 no age."""
    ages = [8.0, 14, 14.9, 15, 22, 31, 40, 57, 66, np.nan, 30]
    sexes = ["M", "F", "F", "F", "M", "F", "M", "F", "M", "F", None]
    return pd.DataFrame({"subject_id": IDS[:11], "sex": sexes, "age_years": ages})


def mixed_support() -> pd.DataFrame:
    """Some days of support of every kind, one without its day."""
    draw = np.random.default_rng(6)
    days = draw.integers(-10, 150, 90).astype(float)
    days[0] = np.nan
    kinds = ["red_cells", "platelets", "gcsf", "epo"]
    return pd.DataFrame(
        {"subject_id": draw.choice(IDS, 90), "day": days, "kind": draw.choice(kinds, 90)}
    )


def mixed_windows() -> pd.DataFrame:
    """Windows with and without prednisone, relapse and cutoff."""
    from pht_core.stats.periods import NEVER

    rows = []
    for place, subject in enumerate(IDS):
        start = 26 + place if place % 4 else NEVER
        until = (start + 60 if place % 3 else NEVER) if start < NEVER else -NEVER
        cutoff = 90 if place % 5 == 1 else NEVER
        rows.append((subject, cutoff, start, min(start + 1, NEVER), until))
    columns = ["subject_id", "cutoff_day", "first_dose_day", "after_from", "after_to"]
    return pd.DataFrame(rows, columns=columns)
