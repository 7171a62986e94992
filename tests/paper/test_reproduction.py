"""Every printed figure of the paper that has a value, from the sample's raw data."""

from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from pht_core.intake.reading import read_sample
from pht_core.paper.published import agrees_to, read_published
from pht_core.paper.reproduction import QUANTITIES, reproduce
from pht_core.paper.sample import read_treated
from pht_core.stats.assessment import derive_assessment

PUBLISHED = read_published()
MISPRINTED = {
    "fig1a.anemia": ["96.12%", "94.12"],
    "table2.male": ["57 (53.27)", "57 (52.29)"],
    "table2.female": ["50 (46.73)", "52 (47.71)"],
    "table2.age": ["34 (9-68)", "34 (8-68)", "43 (9-66)", "43 (8-66)"],
    "table2.hsct": ["60 (56.07)", "60 (55.05)"],
    "table2.lines": ["5 (0-13)", "5 (0-15)", "4 (1-12)", "4 (1-15)"],
}
# What is printed beside a figure and is compared too: ranges and standard errors.
SPREADS = {
    "base.age": "31 (8–66), n = 17",
    "base.lines": "5 (2–15), n = 17",
    "fu.median": "14.97 (4.1–31.2) months",
    "surv.pfs12": "58.82% ± 11.94%",
    "surv.os12": "64.71% ± 11.59%",
    "pred.start": "30 (26–42), n = 15",
    "pred.response_time": "21 (7–40), n = 15",
    "d28.recovered": "2/17 (11.76%)",
    "fig1e.trilineage": "12/15 (80.00%)",
}


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    found = reproduce(derive_assessment(read_sample()), read_treated())
    return {row["id"]: row for row in found}


def test_every_published_figure_is_computed_in_the_papers_order(
    rows: dict[str, dict[str, Any]],
) -> None:
    assert list(rows) == [row["id"] for row in PUBLISHED]
    # Each is a statistic that its row names or has a function, and not both.
    assert set(QUANTITIES) == {row["id"] for row in PUBLISHED if not row["statistic"]}


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda row: row["id"])
def test_figure(published: dict[str, str], rows: dict[str, dict[str, Any]]) -> None:
    row = rows[published["id"]]
    assert row["printed"] == published["printed"]
    if published["value"]:
        decimals = len(published["value"].partition(".")[2])
        # Half up, as the paper rounds: 88.235 -> 88.24.
        assert abs(row["computed_value"] - float(published["value"])) <= 0.5 * 10**-decimals + 1e-9
        assert row["agrees"] is True, row["computed"]
    else:
        assert row["value"] is None
        # One figure is told in words only: P3's third fall.
        assert row["agrees"] is (None if row["id"] == "p3.month6" else True)


def test_all_55_values_agree(rows: dict[str, dict[str, Any]]) -> None:
    with_value = [row for row in rows.values() if row["value"] is not None]
    assert len(with_value) == 55
    assert all(row["agrees"] for row in with_value)


def test_misprints_are_named_and_no_others(rows: dict[str, dict[str, Any]]) -> None:
    named = {name: row["misprint"] for name, row in rows.items() if row["misprint"]}
    assert set(named) == set(MISPRINTED)
    for name, words in MISPRINTED.items():
        assert all(word in named[name] for word in words), named[name]


@pytest.mark.parametrize("name", SPREADS)
def test_ranges_and_standard_errors_in_words(name: str, rows: dict[str, dict[str, Any]]) -> None:
    assert rows[name]["computed"] == SPREADS[name]


def test_p3_fell_again_in_month_6(rows: dict[str, dict[str, Any]]) -> None:
    text = rows["p3.month6"]["computed"]
    assert text.startswith("HGB, PLT, NE fell on day 17")
    assert text.endswith("responded again")


@pytest.mark.parametrize(
    ("number", "printed", "agrees"),
    [
        (Fraction(1600, 17), "94.12", True),
        (Fraction(1600, 17), "96.12", False),
        (Fraction(1500, 17), "88", True),
        (Fraction(1, 8) * 100, "13", True),  # 12.5 goes up
        (Fraction(1, 8) * 100, "12", False),
        (0.5, "0.5", True),
        (14.97, "14.97", True),
        (0.285, "0.29", True),  # as the decimal 0.285, not as the float just below it
        (70, "70", True),
        (70.4, "70", True),
        (70.5, "70", False),
    ],
)
def test_agreement_is_to_the_printed_decimals_half_up(
    number: Fraction | float, printed: str, agrees: bool
) -> None:
    assert agrees_to(number, printed) is agrees


def test_without_the_table_of_all_treated_their_rows_are_not_computed() -> None:
    found = {row["id"]: row for row in reproduce(derive_assessment(read_sample()), None)}
    assert found["flow.treated"]["agrees"] is False
    assert found["flow.treated"]["computed_value"] is None
    assert found["table2.male"]["agrees"] is None
    assert found["base.male"]["agrees"] is True


def found_with(treated: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in reproduce(derive_assessment(read_sample()), treated)}


def test_table_2_disagrees_beyond_its_known_misprints() -> None:
    treated = read_treated()
    pht = treated["blood_count_followup"] & treated["pht_d28"] & (treated["sex"] == "M")
    treated.loc[treated.index[pht.fillna(False)][:9], "sex"] = "F"
    found = found_with(treated)
    assert found["table2.male"]["computed"].startswith("48 (44.04); 37 (43.02); 11 (47.83)")
    for name in ("table2.male", "table2.female"):
        assert found[name]["agrees"] is False
        assert found[name]["misprint"] == ""
    for name in ("table2.age", "table2.hsct", "table2.lines", "table2.cns"):
        assert found[name]["agrees"] is True


def test_one_part_that_differs_is_no_misprint_though_another_part_is() -> None:
    treated = read_treated()
    followed = treated["blood_count_followup"] & ~treated["pht_d28"] & (treated["sex"] == "M")
    other = treated["blood_count_followup"] & treated["pht_d28"] & (treated["sex"] == "F")
    treated.loc[treated.index[followed.fillna(False)][:1], "sex"] = "F"
    treated.loc[treated.index[other.fillna(False)][:1], "sex"] = "M"
    male = found_with(treated)["table2.male"]  # the total stays 57, both groups change
    assert male["computed"] == "57 (52.29); 47 (54.65); 10 (43.48)"
    assert male["agrees"] is False
    assert male["misprint"] == "total printed 57 (53.27), data give 57 (52.29)"


def test_the_known_misprints_are_data() -> None:
    known = {row["id"]: row["known_misprint"] for row in PUBLISHED if row["known_misprint"]}
    assert known == {
        "table2.male": "57 (52.29);;",
        "table2.female": "52 (47.71);;",
        "table2.age": "34 (8-68);;43 (8-66)",
        "table2.hsct": "60 (55.05);;",
        "table2.lines": "5 (0-15);4 (1-15);",
    }
