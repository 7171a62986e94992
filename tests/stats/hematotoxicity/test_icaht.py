"""ICAHT against cases worked by hand (icaht_cases.csv), and faults of other programs.

A case's counts are ``day:value`` or ``first-last:value`` (a count on each of these days; t after
the value: soon after a platelet transfusion), its end d (death), p (progression) or n (next
therapy) with the day, its setting ``name=value``. ``days`` decided, ``other`` is of the longest run
where all days count, and the other way round. Grade - is not evaluable.
"""

import csv
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pht_core.model.settings import Settings
from pht_core.stats.hematotoxicity.icaht import FLAGS, KINDS, derive_icaht

FILE = Path(__file__).with_name("icaht_cases.csv")
with FILE.open(encoding="utf-8", newline="") as lines:
    CASES = list(csv.DictReader(lines))


def read_counts(text: str, param: str, subject_id: str) -> list[tuple[Any, ...]]:
    """subject_id, day, param, value and supported of each count."""
    rows: list[tuple[Any, ...]] = []
    for part in text.split():
        days, value = part.rsplit(":", 1)
        first, last = re.fullmatch(r"(-?\d+)(?:-(\d+))?", days).groups()
        for day in range(int(first), int(last or first) + 1):
            lifted = value.endswith("t")
            rows.append((subject_id, day, param, float(value.removesuffix("t")), lifted))
    return rows


def grade(case: dict[str, str], **changes: Any) -> pd.Series:
    """What is derived of a case alone, in the row of its kind."""
    return grade_all([case], **changes).iloc[0]


def grade_all(cases: list[dict[str, str]], **changes: Any) -> pd.DataFrame:
    ids = [str(number) for number in range(len(cases))]
    rows = [
        row
        for name, case in zip(ids, cases, strict=True)
        for row in read_counts(case["counts"], KINDS[case["kind"]][0], name)
    ]
    counts = pd.DataFrame(rows, columns=["subject_id", "day", "param", "value", "supported"])
    counts = counts.astype({"value": float, "supported": bool}).assign(unit="10^9/L")
    ends = {name: case["end"] for name, case in zip(ids, cases, strict=True) if case["end"]}
    cutoff = pd.Series({name: float(end[1:]) for name, end in ends.items()}, dtype=float)
    death = cutoff[[name for name, end in ends.items() if end[0] == "d"]]
    settings = Settings(**changes)
    table = derive_icaht(counts, ids, cutoff, death, settings)
    table = table.set_index(["subject_id", "kind"])
    return table.loc[[(name, case["kind"]) for name, case in zip(ids, cases, strict=True)]]


def read_setting(text: str) -> dict[str, Any]:
    """``icaht_gap=5`` as the change of a setting, of its own type."""
    if not text:
        return {}
    name, value = text.split("=")
    return {name: type(getattr(Settings(), name))(int(value))}


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_worked_by_hand(case: dict[str, str]) -> None:
    found = grade(case, **read_setting(case["setting"]))
    expected = float("nan") if case["grade"] == "-" else float(case["grade"])
    assert found["grade"] == pytest.approx(expected, nan_ok=True), found.to_dict()
    assert {flag for flag in FLAGS if found[flag]} == set(case["flags"].split())
    assert bool(found["why_not"]) == (case["grade"] == "-")
    for column, name in (("days", "days"), ("other", "other_days")):
        if case[column]:
            assert found[name] == float(case[column]), found.to_dict()


def test_many_at_once_as_one_by_one() -> None:
    """The cases under one setting, as patients of one table."""
    usual = [case for case in CASES if not case["setting"]]
    found = grade_all(usual)["grade"].tolist()
    expected = [float("nan") if one["grade"] == "-" else float(one["grade"]) for one in usual]
    assert found == pytest.approx(expected, nan_ok=True)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 100
    assert {case["kind"] for case in CASES} == set(KINDS)


def test_counts_in_another_unit_are_not_counts() -> None:
    """400 cells/uL that nobody converted must not become a normal count, nor a low one."""
    counts = pd.DataFrame(
        {"subject_id": "A", "day": range(31), "param": "NE", "value": 400.0, "unit": "/uL"}
    )
    none = pd.Series(dtype=float)
    found = derive_icaht(counts, ["A"], none, none, Settings()).set_index("kind")
    assert found["grade"].isna().all()
    assert found.loc["early_grade", "why_not"] == "no NE count on days 0–30"


def test_nobody() -> None:
    counts = pd.DataFrame(columns=["subject_id", "day", "param", "value", "unit"])
    none = pd.Series(dtype=float)
    assert derive_icaht(counts, [], none, none, Settings()).empty
