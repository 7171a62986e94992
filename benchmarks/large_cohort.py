"""A cohort of a thousand simulated patients with a hundred draws each, in the sample's layout."""

from pathlib import Path

import numpy as np
import pandas as pd

COUNTS = ["hgb_g_l", "plt_10e9_l", "ne_10e9_l"]
MONTHS = ["last_followup_months", "progression_months", "death_months", "next_therapy_months"]


def write_large_cohort(sample: Path, target: Path, patients: int = 1000, draws: int = 100) -> None:
    """Write copies of the sample's patients, each with its own noise, times and answers.

    Parameters
    ----------
    sample : the sample's file, a row per patient and day.
    target : where to write the same columns for so many patients, each with so many draws.
    """
    draw = np.random.default_rng(20230124)
    own = [rows for _, rows in pd.read_csv(sample).groupby("subject_id", sort=False)]
    copies = []
    for number in range(patients):
        copy = _with_draws(own[number % len(own)], draws, draw)
        copy["subject_id"] = f"P{number + 1}"
        copy["age_years"] = int(draw.integers(8, 70))
        for answer in ("prior_hsct", "extramedullary"):
            copy[answer] = str(draw.choice(["Yes", "No"]))
        copy[MONTHS] = (copy[MONTHS] * draw.uniform(0.7, 1.3)).round(2)
        copies.append(copy)
    pd.concat(copies).to_csv(target, index=False)


def _with_draws(rows: pd.DataFrame, draws: int, draw: np.random.Generator) -> pd.DataFrame:
    """One patient with exactly so many days of counts, between and around the days it had."""
    rows = rows.set_index("day")
    drawn = rows[COUNTS].dropna()
    last = int(drawn.index.max())
    spare = np.setdiff1d(np.arange(-7, max(last, draws) + 1), drawn.index)
    missing = max(draws - len(drawn), 0)
    days = np.union1d(drawn.index[:draws], draw.choice(spare, missing, replace=False))
    rows = rows.reindex(np.union1d(rows.index, days))
    patient_level = rows.columns[: rows.columns.get_loc("hgb_g_l")]
    rows[patient_level] = rows[patient_level].ffill().bfill()
    for column in COUNTS:
        value = np.interp(days, drawn.index, drawn[column])
        rows[column] = np.nan
        rows.loc[days, column] = (value * draw.lognormal(0, 0.15, len(days))).round(2)
    return rows.rename_axis("day").reset_index()[
        ["subject_id", *rows.columns.drop("subject_id"), "day"]
    ]
