"""Grades, lower limits of normal and support, on plain pandas; `test_engines` has the others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.model.criteria import LLN, Band, read_schemes, scheme
from pht_core.model.errors import UnknownName
from pht_core.stats.grading import derive_grades, derive_lln, derive_supported, reference_limits
from tests.graded import SCHEMES, graded_counts
from tests.written import read_rows


@pytest.mark.parametrize("name", SCHEMES)
def test_every_boundary_row_has_the_grade_read_off_the_table(name: str) -> None:
    rows = graded_counts()
    got = derive_grades(rows, name)["grade"]
    wrong = rows[~((got == rows[name]) | (got.isna() & rows[name].isna()))]
    assert wrong["case"].tolist() == []


def test_every_scheme_offered_has_a_written_table() -> None:
    assert tuple(read_schemes()) == SCHEMES


def test_grading_adds_one_column_and_leaves_the_rest_alone() -> None:
    rows = graded_counts().drop(columns=list(SCHEMES))
    before = rows.copy()
    graded = derive_grades(rows)
    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_frame_equal(graded.drop(columns="grade"), before)


def test_unknown_scheme_names_those_offered() -> None:
    with pytest.raises(UnknownName, match=r"'ctcae_v4' is not known.*ctcae_v5, ctcae_v6"):
        derive_grades(graded_counts(), "ctcae_v4")


def in_band(band: Band, value: float, lln: float) -> bool:
    """Whether one band's interval holds the value, straight from its row."""
    upper = lln if band.upper == LLN else band.upper
    above = band.lower is None or (value >= band.lower if band.lower_closed else value > band.lower)
    if upper is None:
        return above
    assert isinstance(upper, float)
    return above and (value <= upper if band.upper_closed else value < upper)


@given(
    name=st.sampled_from(SCHEMES),
    param=st.sampled_from(["HGB", "PLT", "NE"]),
    value=st.floats(0, 300) | st.sampled_from([0.1, 0.5, 1.0, 1.5, 10.0, 25.0, 50.0, 75.0, 100.0]),
    lln=st.floats(0.5, 200),
)
def test_grade_is_that_of_the_one_band_that_holds_the_value(
    name: str, param: str, value: float, lln: float
) -> None:
    unit = "g/L" if param == "HGB" else "10^9/L"
    row = pd.DataFrame({"param": [param], "value": [value], "unit": [unit], "lln": [lln]})
    grade = derive_grades(row, name)["grade"].iloc[0]
    held = [band.grade for band in scheme(name).bands_of(param) if in_band(band, value, lln)]
    if held:
        assert [grade] == held
    else:
        assert grade == 0 or (np.isnan(grade) and name == "wang2023_table1" and value in (25, 0.5))


LIMITS = """
case            | subject_id | sex | age_years | HGB | PLT | NE
adult man       | A | M | 15   | 130 | 125 | 1.8
adult woman     | B | F | 44   | 115 | 125 | 1.8
girl of 14      | C | F | 14.9 | 120 | 125 | 1.8
boy of 12       | D | M | 12   | 120 | 125 | 1.8
child of 11     | E | M | 11   | 115 | 125 | 1.8
child of 5      | F | F | 5    | 115 | 125 | 1.8
child of 4      | G | F | 4    | 110 | 125 | 1.8
infant          | H | F | 0.5  | 105 | 125 | 1.8
newborn         | I | F | 0.1  |     | 125 | 1.8
child, no sex   | J |   | 8    | 115 | 125 | 1.8
adult, no sex   | K |   | 30   |     | 125 | 1.8
man, no age     | L | M |      |     | 125 | 1.8
"""


def test_limits_by_sex_and_age() -> None:
    rows = read_rows(LIMITS)
    limits = reference_limits(rows, "wst405_2012").pivot(
        index="subject_id", columns="param", values="lln"
    )
    expected = rows.set_index("subject_id")[["HGB", "PLT", "NE"]]
    pd.testing.assert_frame_equal(
        limits[["HGB", "PLT", "NE"]], expected, check_names=False, check_dtype=False
    )


def test_who_limits_of_adults() -> None:
    adults = pd.DataFrame({"subject_id": ["M", "F"], "sex": ["M", "F"], "age_years": [30, 30]})
    limits = reference_limits(adults, "who_2024").set_index(["subject_id", "param"])["lln"]
    assert limits["M", "HGB"] == 130
    assert limits["F", "HGB"] == 120


def counts_of(rows: list[tuple[str, int, str, float, float]]) -> pd.DataFrame:
    counts = pd.DataFrame(rows, columns=["subject_id", "day", "param", "value", "lln"])
    return counts.assign(unit=counts["param"].map({"HGB": "g/L"}).fillna("10^9/L"))


def test_the_rows_own_limit_wins_over_the_reference() -> None:
    counts = counts_of(
        [
            ("B", 0, "HGB", 118.0, 120.0),
            ("B", 1, "HGB", 118.0, np.nan),
            ("A", 0, "NE", 1.7, np.nan),
            ("nobody", 0, "NE", 1.7, np.nan),
        ]
    )
    filled = derive_lln(counts, read_rows(LIMITS), "wst405_2012")
    assert filled["lln"].tolist()[:3] == [120.0, 115.0, 1.8]
    assert np.isnan(filled["lln"].iloc[3])
    assert derive_grades(filled)["grade"].tolist()[:3] == [1.0, 0.0, 1.0]
    assert list(filled) == list(counts)


@pytest.mark.parametrize("keys", ["object", "category"])
def test_rows_without_a_known_lineage_are_neither_lost_nor_doubled(keys: str) -> None:
    counts = counts_of([("A", 0, "NE", 1.7, np.nan), ("A", 1, "NE", 1.6, np.nan)])
    counts.loc[1, "param"] = None
    counts = counts.astype({"subject_id": keys, "param": keys})
    filled = derive_lln(counts, read_rows(LIMITS), "wst405_2012")
    assert filled["day"].tolist() == [0, 1]
    assert filled["lln"].iloc[0] == 1.8
    assert np.isnan(filled["lln"].iloc[1])


def test_unknown_reference_names_those_offered() -> None:
    with pytest.raises(UnknownName, match=r"'lab' is not known.*wst405_2012, who_2024"):
        derive_lln(counts_of([]), read_rows(LIMITS), "lab")


SUPPORTED = """
case                            | subject_id | day | param | supported
day before the red cells        | A | 9  | HGB | no
day of the red cells            | A | 10 | HGB | yes
7 days after                    | A | 17 | HGB | yes
8 days after                    | A | 18 | HGB | no
red cells say nothing of PLT    | A | 10 | PLT | no
8 days after the first platelets| A | 28 | PLT | yes
7 days after the second         | A | 29 | PLT | yes
8 days after the second         | A | 30 | PLT | no
G-CSF before day 0              | A | 2  | NE  | yes
8 days after it                 | A | 3  | NE  | no
EPO is no red cells             | B | 40 | HGB | no
another patient                 | C | 10 | HGB | no
"""
SUPPORT = """
subject_id | day | kind
A | 10 | red_cells
A | 20 | platelets
A | 22 | platelets
A | 22 | platelets
A | -5 | gcsf
A |    | gcsf
B | 40 | epo
B | 40 | tpo_ra
"""


@pytest.mark.parametrize("keys", ["object", "category"])
def test_support_acts_on_its_day_and_seven_days_after(keys: str) -> None:
    rows = read_rows(SUPPORTED)
    counts = rows.astype({"subject_id": keys, "param": keys})
    got = derive_supported(counts.drop(columns="supported"), read_rows(SUPPORT))
    wanted = (rows["supported"] == "yes").tolist()
    assert rows["case"][(got["supported"] != wanted).to_numpy()].tolist() == []


def test_how_long_support_acts_is_a_choice() -> None:
    rows = read_rows(SUPPORTED)
    got = derive_supported(rows, read_rows(SUPPORT), days=0)
    assert rows["case"][got["supported"].to_numpy()].tolist() == ["day of the red cells"]


def test_without_support_nothing_is_supported() -> None:
    got = derive_supported(read_rows(SUPPORTED), read_rows(SUPPORT).iloc[:0])
    assert got["supported"].tolist() == [False] * 12
