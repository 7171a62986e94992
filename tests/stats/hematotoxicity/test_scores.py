"""CAR-HEMATOTOX on all its bounds, what is not computed and why; EASIX and m-EASIX; by hand."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pytest

from pht_core.model.cohort import Cohort, build_cohort
from pht_core.model.settings import Settings
from pht_core.stats.hematotoxicity.scores import derive_items, derive_scores
from tests.written import read_rows

# Values without points.
NONE = {"PLT": 200.0, "NE": 3.0, "HGB": 120.0, "CRP": 5.0, "FERRITIN": 300.0}
UNITS = {"PLT": "10^9/L", "NE": "10^9/L", "HGB": "g/L", "CRP": "mg/L", "FERRITIN": "ng/mL"}
UNITS |= {"LDH": "U/L", "CREATININE": "mg/dL"}
# What each value is worth, and what it would be if its bound counted to the other side.
BOUNDS = read_rows("""
item     | value  | points | other
PLT      | 176    | 0      |
PLT      | 175.1  | 0      |
PLT      | 175    | 1      | 0
PLT      | 174.9  | 1      |
PLT      | 75.1   | 1      |
PLT      | 75     | 1      | 2
PLT      | 74.9   | 2      |
PLT      | 0      | 2      |
NE       | 1.21   | 0      |
NE       | 1.2    | 0      | 1
NE       | 1.19   | 1      |
HGB      | 90.1   | 0      |
HGB      | 90     | 0      | 1
HGB      | 89.9   | 1      |
CRP      | 29.9   | 0      |
CRP      | 30     | 1      | 0
CRP      | 30.1   | 1      |
CRP      | 3      | 0      |
FERRITIN | 649.9  | 0      |
FERRITIN | 650    | 1      | 0
FERRITIN | 651    | 1      |
FERRITIN | 1999   | 1      |
FERRITIN | 2000   | 1      | 2
FERRITIN | 2000.1 | 2      |
""")


def make_cohort(rows: Sequence[tuple[str, int, str, float, str | None]]) -> Cohort:
    """A cohort of values: subject_id, day, item, value, unit."""
    columns = ["subject_id", "day", "item", "value", "unit"]
    whole = pd.DataFrame(rows, columns=columns)
    is_count = whole["item"].isin(["PLT", "NE", "HGB"])
    tables = {
        "subjects": pd.DataFrame({"subject_id": ["A", "B"], "sex": "M", "age_years": 40.0}),
        "counts": whole[is_count].rename(columns={"item": "param"}).assign(lln=float("nan")),
        "labs": whole[~is_count].rename(columns={"item": "test"}),
    }
    return build_cohort(tables, name="own", digest="0" * 64)


def score_of(changes: Mapping[str, float | None], day: int = -6) -> pd.Series:
    """A's scores: values without points, some of them changed or left out."""
    values = {name: value for name, value in {**NONE, **changes}.items() if value is not None}
    rows = [("A", day, name, value, UNITS[name]) for name, value in values.items()]
    return derive_scores(derive_items(make_cohort(rows), Settings())).iloc[0]


@pytest.mark.parametrize("number", range(len(BOUNDS)))
def test_bounds(number: int) -> None:
    row = BOUNDS.iloc[number]
    found = score_of({row["item"]: float(row["value"])})
    assert found["car_hematotox"] == row["points"]
    assert found["risk"] == ("high" if row["points"] >= 2 else "low")
    if pd.isna(row["other"]):
        assert found["on_bound"] == ""
    else:
        assert f"the other reading gives {row['other']:g}" in found["on_bound"]


def test_sum() -> None:
    """2 + 1 + 1 + 1 + 2 is the highest score."""
    worst = {"PLT": 30.0, "NE": 0.4, "HGB": 75.0, "CRP": 120.0, "FERRITIN": 9000.0}
    assert score_of(worst)["car_hematotox"] == 7
    assert score_of({})["car_hematotox"] == 0
    assert score_of({"NE": 1.1})["risk"] == "low"
    assert score_of({"NE": 1.1, "HGB": 80.0})["risk"] == "high"


def test_a_value_on_the_bound_is_named() -> None:
    found = score_of({"NE": 1.2, "HGB": 80.0})
    assert found["on_bound"] == "neutrophils on the bound of 1.2, the other reading gives 2"
    assert (found["car_hematotox"], found["risk"]) == (1, "low")


@pytest.mark.parametrize("item", NONE)
def test_one_missing_item_is_no_score(item: str) -> None:
    """Not even where the others alone make it high."""
    worst: dict[str, float | None] = {"PLT": 30.0, "FERRITIN": 9000.0, "HGB": 75.0}
    found = score_of(worst | {item: None})
    assert pd.isna(found["car_hematotox"])
    assert found["risk"] is None
    assert found["not_computed"].startswith("not computed: ")
    assert found["not_computed"].endswith(" missing")


def test_why_not_computed() -> None:
    assert score_of({"FERRITIN": None})["not_computed"] == "not computed: ferritin missing"
    found = score_of({"FERRITIN": None, "CRP": None})
    assert found["not_computed"] == ("not computed: C-reactive protein and ferritin missing")


def test_after_lymphodepletion_is_too_late() -> None:
    assert score_of({}, day=-5)["car_hematotox"] == 0
    found = score_of({}, day=-4)
    assert pd.isna(found["car_hematotox"])
    assert "platelets at another time (day -4)" in found["not_computed"]
    assert score_of({}, day=-30)["car_hematotox"] == 0
    assert pd.isna(score_of({}, day=-31)["car_hematotox"])


def test_an_unknown_unit_is_no_value() -> None:
    """3 of CRP may be mg/L or mg/dL: the score is not guessed."""
    rows: list[tuple[str, int, str, float, str | None]] = [
        ("A", -6, name, value, None if name == "CRP" else UNITS[name])
        for name, value in NONE.items()
    ]
    found = derive_scores(derive_items(make_cohort(rows), Settings())).iloc[0]
    assert found["not_computed"] == "not computed: C-reactive protein in an unknown unit"


def test_the_last_value_before_lymphodepletion() -> None:
    """Of two on that day the worst: the lowest count, the highest CRP."""
    rows: list[tuple[str, int, str, float, str | None]] = [
        ("A", day, name, value, UNITS[name])
        for day, name, value in (
            (-20, "PLT", 20.0),
            (-7, "PLT", 100.0),
            (-6, "PLT", 160.0),
            (-6, "PLT", 150.0),
            (-4, "PLT", 10.0),
            (-6, "CRP", 40.0),
            (-6, "CRP", 10.0),
        )
    ]
    items = derive_items(make_cohort(rows), Settings()).set_index(["subject_id", "item"])
    assert items.loc[("A", "PLT"), ["value", "day", "points"]].tolist() == [150, -6, 1]
    assert items.loc[("A", "CRP"), ["value", "points"]].tolist() == [40, 1]
    assert items.loc[("B", "PLT"), "why_not"] == "platelets missing"


def test_easix() -> None:
    """400 x 0.8 / 100 = 3.2; with CRP of 25 mg/L = 2.5 mg/dL: 400 x 2.5 / 100 = 10."""
    found = score_of({"LDH": 400.0, "CREATININE": 0.8, "CRP": 25.0, "PLT": 100.0})
    assert found["easix"] == pytest.approx(3.2)
    assert found["m_easix"] == pytest.approx(10.0)
    assert found["easix_not_computed"] == ""
    found = score_of({"LDH": 400.0, "CRP": 25.0, "PLT": 100.0})
    assert pd.isna(found["easix"])
    assert found["m_easix"] == pytest.approx(10.0)
    assert found["easix_not_computed"] == "not computed: creatinine missing"
    assert pd.isna(score_of({"LDH": 400.0, "PLT": 0.0})["m_easix"])


def test_nothing_recorded() -> None:
    found = derive_scores(derive_items(make_cohort([]), Settings()))
    assert found["car_hematotox"].isna().all()
    assert found["subject_id"].tolist() == ["A", "B"]
