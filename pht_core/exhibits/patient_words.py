"""Words that lines and tables of a patient's page share: days, doses, counts, lineages."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pht_core.schema import LINEAGE_NAMES, LINEAGES, UNITS
from pht_core.settings import Settings
from pht_core.view import View

NOT_KNOWN = "not known"
NOT_RECORDED = "not recorded"


def rows_of(table: pd.DataFrame, subject_id: str) -> pd.DataFrame:
    """One patient's rows."""
    return table[(table["subject_id"] == subject_id).to_numpy(dtype=bool)]


def patient_of(view: View, subject_id: str) -> dict[str, Any]:
    """One patient's row of ``Assessment.patients``."""
    return {str(name): value for name, value in view.patients.loc[subject_id].items()}


def number_of(count: float, what: str) -> str:
    """A number of things.

    >>> number_of(1, "day"), number_of(14.0, "day")
    ('1 day', '14 days')
    """
    return f"{count:.0f} {what}{'' if count == 1 else 's'}"


def day_of(day: float) -> str:
    """A day in words, a dash for none.

    >>> day_of(28.0), day_of(float("nan"))
    ('day 28', '–')
    """
    return "–" if pd.isna(day) else f"day {day:.0f}".replace("-", "−")


def dose_of(dose: Any, settings: Settings) -> str:
    """A daily dose in words.

    >>> dose_of(0.125, Settings()), dose_of(float("nan"), Settings())
    ('0.125 mg/kg/day', 'dose not known')
    """
    if pd.isna(dose):
        return f"dose {NOT_KNOWN}"
    return f"{dose:.3g} mg/kg/day" + " as prednisone" * settings.other_steroids


def count_of(value: float, param: str) -> str:
    """A blood count with its unit.

    >>> count_of(2.33, "NE"), count_of(143.0, "HGB")
    ('2.33 × 10⁹/L', '143 g/L')
    """
    unit = UNITS[param].replace("10^9", "10⁹")
    return f"{value_of(value)} × {unit}" if unit.startswith("10") else f"{value_of(value)} {unit}"


def value_of(value: float) -> str:
    """A value with as many digits as say something, never as a power of ten.

    >>> value_of(0.125), value_of(12000.0), value_of(123456.7)
    ('0.125', '12,000', '123,457')
    """
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def lineage_list(params: str) -> str:
    """Names of lineages from their short names.

    >>> lineage_list("HGB, NE"), lineage_list("HGB, PLT, NE"), lineage_list("")
    ('hemoglobin, neutrophils', 'all three lineages', '–')
    """
    if params == ", ".join(LINEAGES):
        return "all three lineages"
    return ", ".join(LINEAGE_NAMES.get(param, param) for param in params.split(", ")) or "–"
