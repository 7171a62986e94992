"""The day that a visit's name tells: "Day 14", "D+28", "Week 2", REDCap's ``day_14_arm_1``."""

import re

import numpy as np
import pandas as pd

_DAY = re.compile(r"(?:^|[^a-z])(?:day|d|tag|jour|dia)[\s_]*([+\-−]?)[\s_]*(\d{1,4})(?![\d.])")
_DAY_CHINESE = re.compile(r"(?:第|回输后|\+)?\s*(\d{1,4})\s*天")
_WEEK = re.compile(r"(?:^|[^a-z])(?:week|wk|w|woche)[\s_]*([+\-−]?)[\s_]*(\d{1,3})(?![\d.])")


def day_of_visit(name: str) -> float:
    """The day after infusion that a visit's name says; missing if it says none.

    A week is seven days. A baseline or screening visit has no day of its own.

    >>> [day_of_visit(name) for name in ("Day 14", "D-5", "week_2_arm_1", "Baseline")]
    [14.0, -5.0, 14.0, nan]
    """
    text = str(name).strip().lower()
    for pattern, days in ((_DAY, 1), (_WEEK, 7)):
        found = pattern.search(text)
        if found:
            sign = -1.0 if found[1] in ("-", "−") and found[1] else 1.0
            return sign * days * float(found[2])
    chinese = _DAY_CHINESE.search(text)
    return float(chinese[1]) if chinese else np.nan


def days_of_visits(visits: pd.Series) -> pd.Series:
    """Each visit's day, from its name; missing where it says none."""
    names = visits.astype("category")
    days = np.array([day_of_visit(name) for name in names.cat.categories] + [np.nan])
    return pd.Series(days[names.cat.codes.to_numpy()], index=visits.index, name=visits.name)
