"""The day that a visit's name tells: "Day 14", "D+28", "Week 2", REDCap's ``day_14_arm_1``."""

import re

import numpy as np
import pandas as pd

_NO_RANGE = r"(?![\d.])(?!\s*[-–~]\s*\d)"
_DAY = re.compile(
    rf"(?:^|[^a-z])(?:day|d|tag|jour|j|dia)[\s_]*([+\-−–]?)[\s_]*(\d{{1,4}}){_NO_RANGE}"
)
_DAY_CHINESE = re.compile(r"(前?)\s*(?:第|\+)?\s*(\d{1,4})\s*天(前?)")
_WEEK = re.compile(rf"(?:^|[^a-z])(?:week|wk|w|woche)[\s_]*([+\-−–]?)[\s_]*(\d{{1,3}}){_NO_RANGE}")
# Days of something else than the infusion, or of a week or month.
_OTHER_DAY = re.compile(
    r"(?:^|[^a-z])(?:c|cycle|course)[\s_]*\d+(?![\d.])"
    r"|(?:^|[^a-z])(?:relapse|progression|transplant|hsct|sct|diagnosis|months?|mo)(?![a-z])"
    r"|移植|复发"
)
# Days before the infusion, which count from it only with a minus ("Day -5 (LD)") or as day 0.
_EARLIER_DAY = re.compile(
    r"(?:^|[^a-z])(?:ld|pre|vor|prior|before|lympho\w*|deplet\w*|conditioning|apheresis|leuka\w*"
    r"|bridging)(?![a-z])|清淋|预处理|采集"
)


def day_of_visit(name: str) -> float:
    """The day after infusion that a visit's name says; missing if it says none.

    A week is seven days. A baseline or screening visit has no day of its own.

    >>> [day_of_visit(name) for name in ("Day 14", "D-5", "week_2_arm_1", "Baseline")]
    [14.0, -5.0, 14.0, nan]
    """
    text = str(name).strip().lower()
    if _OTHER_DAY.search(text) or (_DAY.search(text) and _WEEK.search(text)):
        return np.nan
    for pattern, days in ((_DAY, 1), (_WEEK, 7)):
        found = pattern.search(text)
        if found:
            if _EARLIER_DAY.search(text) and not found[1].strip("+") and float(found[2]):
                return np.nan
            sign = -1.0 if found[1] in ("-", "−", "–") and found[1] else 1.0
            return sign * days * float(found[2])
    chinese = _DAY_CHINESE.search(text)
    if not chinese:
        return np.nan
    return float(chinese[2]) * (-1.0 if chinese[1] or chinese[3] else 1.0)


def days_of_visits(visits: pd.Series) -> pd.Series:
    """Each visit's day, from its name; missing where it says none."""
    names = visits.astype("category")
    days = np.array([day_of_visit(name) for name in names.cat.categories] + [np.nan])
    return pd.Series(days[names.cat.codes.to_numpy()], index=visits.index, name=visits.name)
