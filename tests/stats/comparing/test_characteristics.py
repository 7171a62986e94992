"""Characteristics of groups: tests against R, counts and differences by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pht_core.model.errors import UnknownName
from pht_core.stats.comparing.characteristics import (
    Characteristic,
    choose_test,
    choose_test_of_counts,
    compare_characteristics,
    derive_comparison_groups,
    list_characteristics,
    list_groupings,
    multiplicity,
    print_comparison,
    standardised_difference,
)

REFERENCE = Path(__file__).parents[2] / "reference"
COUNTS = pd.read_csv(REFERENCE / "counts_tests.csv")
NUMBERS = pd.read_csv(REFERENCE / "numbers_tests.csv")


def rows_of(text: str) -> list[list[float]]:
    return [[float(word) for word in row.split()] for row in text.split(";")]


@pytest.mark.parametrize(("table", "test", "p_value"), COUNTS.iloc[:, 1:].to_numpy().tolist())
def test_counts_are_tested_as_by_r(table: str, test: str, p_value: float) -> None:
    found = choose_test_of_counts(np.array(rows_of(table), dtype=int))
    assert found[0] == test
    assert found[1] == pytest.approx(p_value, rel=1e-8)


@pytest.mark.parametrize(("table", "test", "p_value"), NUMBERS.iloc[:, 1:].to_numpy().tolist())
def test_numbers_are_tested_as_by_r(table: str, test: str, p_value: float) -> None:
    parts = [pd.Series(row) for row in rows_of(table)]
    found = choose_test(Characteristic("x", "X", pd.concat(parts)), parts)
    assert found[0] == test
    assert found[1] == pytest.approx(p_value, rel=1e-8)


IDS = list("ABCDEFGH")
PATIENTS = pd.DataFrame(
    {
        "age_years": [10.0, 20, 30, 40, 50, 60, 70, None],
        "sex": ["M", "M", "F", "F", "F", "M", None, "F"],
        "prior_hsct": pd.array([True, True, True, False, False, None, True, False], "boolean"),
    },
    index=pd.Index(IDS, name="subject_id"),
)
OTHERS = pd.DataFrame({"Center": ["N", "N", "S", "S", "N", "S", "N", "S"]}, index=IDS)


def compared() -> pd.DataFrame:
    _, groups = derive_comparison_groups(PATIENTS, OTHERS, "Center")
    shown = [one for one in list_characteristics(PATIENTS, OTHERS) if one.name != "Center"]
    return compare_characteristics(shown, groups)


def test_counts_shares_and_missing_by_hand() -> None:
    # North: A, B, E, G. South: C, D, F, H.
    table = compared()
    hsct = table[(table["characteristic"] == "Prior HSCT") & (table["level"] == "yes")]
    assert hsct[["n", "n_total", "n_row", "missing"]].to_numpy().tolist() == [
        [3, 4, 4, 0],
        [1, 3, 4, 1],
    ]
    assert hsct["percent"].tolist() == pytest.approx([75, 100 / 3])
    assert hsct["row_percent"].tolist() == pytest.approx([75, 25])
    # binom.test(3, 4)
    assert hsct["conf_low"].iloc[0] == pytest.approx(19.41204, rel=1e-6)
    age = table[table["characteristic"] == "Age, years"]
    assert age["median"].tolist() == [35, 40]  # of 10, 20, 50, 70 and of 30, 40, 60
    assert age["n"].tolist() == [4, 3]
    assert age["missing"].tolist() == [0, 1]
    assert age[["minimum", "maximum"]].to_numpy().tolist() == [[10, 70], [30, 60]]


def test_standardised_differences_by_hand() -> None:
    table = compared().drop_duplicates("characteristic").set_index("characteristic")
    # Shares 3/4 and 1/3: 5/12 over the root of (3/16 + 2/9) / 2.
    assert table.loc["Prior HSCT", "difference"] == pytest.approx(
        (5 / 12) / ((3 / 16 + 2 / 9) / 2) ** 0.5
    )
    # Means 37.5 and 130/3; variances 2275/3 = 758.33 and 700/3 = 233.33.
    assert table.loc["Age, years", "difference"] == pytest.approx(
        (130 / 3 - 37.5) / ((2275 / 3 + 700 / 3) / 2) ** 0.5
    )


def test_levels_of_more_than_two_have_one_difference() -> None:
    # Shares (1/2, 1/4, 1/4) and (1/4, 1/4, 1/2): of b and c they differ by (0, 1/4).
    kinds = ["a", "b", "c"]
    parts = [pd.Series(pd.Categorical(list(text), kinds)) for text in ("aabc", "abcc")]
    one = Characteristic("x", "X", pd.Series(pd.Categorical(list("aabcabcc"), kinds)))
    # Variances: b 3/16 in both; c 3/16 and 1/4; covariances -1/16 and -1/8.
    top, side, low = 3 / 16, (-1 / 16 - 1 / 8) / 2, (3 / 16 + 1 / 4) / 2
    inverse = top / (top * low - side**2)
    assert standardised_difference(one, parts) == pytest.approx((inverse / 16) ** 0.5)


def test_the_printed_table() -> None:
    shown = print_comparison(compared()).set_index("Characteristic")
    assert shown.loc["Age, years", "Center N"] == "35 (10–70)"
    assert shown.loc["Age, years", "Missing"] == "0 / 1"
    assert shown.loc["Prior HSCT", "Center S"] == "1/3"
    assert shown.loc["Prior HSCT", "p"] == "p = 0.486 (Fisher's exact)"
    by_row = print_comparison(compared(), rows=True, quartiles=True).set_index("Characteristic")
    assert by_row.loc["Prior HSCT", "Center N"] == "3/4"
    assert by_row.loc["Age, years", "Center N"] == "35 (17.5–55)"


def test_groups_by_any_column() -> None:
    assert set(list_groupings(PATIENTS, OTHERS)) == {"age_years", "sex", "prior_hsct", "Center"}
    words, groups = derive_comparison_groups(PATIENTS, OTHERS, "age_years")
    assert words == "age"
    # The median of 10 to 70 is 40; who has no age is in no group.
    assert groups.value_counts().to_dict() == {"age ≤ 40 years": 4, "age > 40 years": 3}
    with pytest.raises(UnknownName, match="Column 'centre' is not known"):
        derive_comparison_groups(PATIENTS, OTHERS, "centre")


def test_how_many_tests_are_expected_by_chance() -> None:
    assert multiplicity(compared()) == (
        "3 tests without correction for multiple comparisons: 0.15 would be expected at p < 0.05 "
        "by chance alone."
    )
