"""Counted tables: who is counted, of how many, and who is not evaluable."""

import numpy as np
import pandas as pd
import pytest

from pht_core.stats.summary import (
    count_any_severe,
    count_flow,
    count_grades,
    count_incidence,
    count_lineages,
    count_yes,
    describe_subjects,
    figure_groups,
    median_range,
    median_text,
    split_by_pht,
)
from tests.written import read_rows

GRADES = """
subject_id | HGB | PLT | NE
A | 0 | 0 | 0
B | 1 | 0 | 0
C | 2 | 3 | 0
D | 3 | 4 | 4
E |   | 1 | 0
F |   |   | 3
G |   |   |
"""
EVERYONE = list("ABCDEFG")


def written_grades() -> dict[str, pd.DataFrame]:
    return {"at_day_28": read_rows(GRADES).set_index("subject_id").astype(float)}


def test_incidence_leaves_the_missing_out_of_its_denominator() -> None:
    table = count_incidence(written_grades(), {"at_day_28": EVERYONE}).set_index("param")
    assert table["n"].to_dict() == {"HGB": 3, "PLT": 3, "NE": 2}
    assert table["n_total"].to_dict() == {"HGB": 4, "PLT": 5, "NE": 6}
    assert table["missing"].to_dict() == {"HGB": 3, "PLT": 2, "NE": 1}
    assert table["percent"].tolist() == pytest.approx([75, 60, 100 / 3])
    assert table.loc["HGB", "term"] == "anemia"
    assert (table["conf_low"] < table["percent"]).all()
    assert table["period_label"].unique().tolist() == ["at day 28 (single draw)"]


def test_incidence_from_grade_3_and_in_some_patients() -> None:
    groups = {"at_day_28": ["C", "D", "G"]}
    table = count_incidence(written_grades(), groups, lowest_grade=3).set_index("param")
    assert table["n"].to_dict() == {"HGB": 1, "PLT": 2, "NE": 1}
    assert table["n_total"].to_dict() == {"HGB": 2, "PLT": 2, "NE": 2}


def test_lineages_are_counted_where_all_three_are_known() -> None:
    table = count_lineages(written_grades(), {"at_day_28": EVERYONE}).set_index("label")
    assert table["n"].to_dict() == {"trilineage": 1, "bilineage": 1, "unilineage": 1, "none": 1}
    assert set(table["n_total"]) == {4}
    assert set(table["missing"]) == {3}


def test_grades_add_up_to_the_denominator() -> None:
    table = count_grades(written_grades(), {"at_day_28": EVERYONE})
    platelets = table[table["param"] == "PLT"].set_index("grade")
    assert platelets["n"].to_dict() == {0: 2, 1: 1, 2: 0, 3: 1, 4: 1}
    sums = table.groupby("param")["n"].sum()
    assert sums.to_dict() == table.groupby("param")["n_total"].first().to_dict()


def test_an_empty_group_has_no_percent() -> None:
    for table in (
        count_incidence(written_grades(), {"at_day_28": []}),
        count_lineages(written_grades(), {"at_day_28": []}),
        count_grades(written_grades(), {"at_day_28": ["G"]}),
    ):
        assert (table["n_total"] == 0).all()
        assert table[["percent", "conf_low", "conf_high"]].isna().all().all()


def test_any_severe_is_no_only_where_all_lineages_are_known() -> None:
    # Severe: C, D, F. Not: A, B. E and G are not evaluable.
    assert count_any_severe(written_grades()["at_day_28"], EVERYONE) == (3, 5)
    assert count_any_severe(written_grades()["at_day_28"], EVERYONE, lowest_grade=4) == (1, 4)


def test_yes_known_and_missing() -> None:
    answers = pd.Series([True, True, False, None], dtype="boolean")
    assert count_yes(answers) == (2, 3, 1)
    assert count_yes(answers.iloc[:0]) == (0, 0, 0)


def test_medians_leave_out_the_missing() -> None:
    assert median_range([8, 66, np.nan, 31]) == (31, 8, 66, 3)
    assert median_text([1, 2, np.nan]) == "1.5 (1–2)"
    assert median_text([np.nan]) == "–"
    assert np.isnan(median_range([])[0])


NAMES = {
    "age": "age_years",
    "emd": "extramedullary",
    "hsct": "prior_hsct",
    "lines": "lines_of_therapy",
    "crs": "crs_grade",
    "icans": "icans_grade",
}
SUBJECTS = """
subject_id | age | sex | emd   | hsct  | lines | crs | icans | response
A | 8  | M | True  | True  | 2 | 1 | 0 | CR
B | 31 | F | False | True  | 5 | 3 | 0 | CR
C | 66 | M |       | False |   |   |   | PR
D |    |   | True  |       | 9 | 2 | 0 |
"""


def written_subjects() -> pd.DataFrame:
    subjects = read_rows(SUBJECTS).rename(columns=NAMES).set_index("subject_id")
    for name in ("extramedullary", "prior_hsct"):
        subjects[name] = subjects[name].astype("boolean")
    return subjects.assign(cns=np.nan, cart_dose=np.nan)


def test_characteristics_say_of_how_many() -> None:
    table = describe_subjects(written_subjects()).set_index("characteristic")
    assert table["value"].to_dict() == {
        "Age, median (range)": "31 years (8–66)",
        "Male": "2/3",
        "Female": "1/3",
        "Extramedullary disease": "2/3",
        "Prior HSCT": "2/3",
        "Lines of therapy, median (range)": "5 (2–9)",
        "CRS, any grade": "3/3",
        "CRS, grade 1–2": "2/3",
        "CRS, grade 3 or worse": "1/3",
        "ICANS, any grade": "0/3",
        "Complete remission after CAR-T": "2/3",
    }
    assert set(table["missing"]) == {1}


TREATED = """
subject_id | blood_count_followup | pht_d28
A | True  | True
B | True  | False
C | True  |
D | False |
E |       |
"""


def written_treated() -> pd.DataFrame:
    answers = ["blood_count_followup", "pht_d28"]
    return read_rows(TREATED).astype(dict.fromkeys(answers, "boolean"))


def assessed_patients() -> pd.DataFrame:
    table = read_rows(
        """
        subject_id | pht_d28 | refractory | late | treated | stopped | relapsed
        A | True  | True  | False | True  | True  | True
        B | False | False | True  | True  | True  | False
        C |       |       |       | False |       |
        D | False | False | True  | False |       |
        """
    )
    return table.set_index("subject_id").astype("boolean")


def test_flow_of_all_treated() -> None:
    flow = count_flow(written_treated(), assessed_patients()).set_index("step")
    assert flow["n"].to_dict() == {
        "treated": 5,
        "evaluated": 3,
        "pht": 1,
        "refractory": 1,
        "late": 1,
        "prednisone": 2,
        "relapsed": 1,
    }
    # B stopped, and had no PHT.
    assert flow.loc["relapsed", "n_total"] == 1
    assert flow.loc["evaluated", "n_total"] == 5
    assert flow.loc["pht", "n_total"] == 2
    assert flow.loc["pht", "note"] == "1 not evaluable"


def test_flow_of_the_cohort_alone() -> None:
    flow = count_flow(None, assessed_patients()).set_index("step")
    assert flow["n"].to_dict() == {
        "cohort": 4,
        "pht": 1,
        "refractory": 1,
        "late": 1,
        "prednisone": 2,
        "relapsed": 1,
    }
    assert flow.loc["pht", "n_total"] == 3
    assert flow.loc["pht", "note"] == "1 not evaluable"
    unknown = assessed_patients().assign(treated=pd.array([pd.NA] * 4, dtype="boolean"))
    assert list(count_flow(None, unknown)["step"]) == ["cohort", "pht"]


def test_groups_of_table_2() -> None:
    groups = split_by_pht(written_treated())
    members = {name: table["subject_id"].tolist() for name, table in groups.items()}
    assert members == {"Total": ["A", "B", "C"], "PHT": ["A"], "No PHT": ["B"]}


def test_denominators_of_figure_1() -> None:
    patients = pd.DataFrame(
        {
            "pht_d28": pd.array([True, True, False, None], dtype="boolean"),
            "treated": pd.array([True, False, True, True], dtype="boolean"),
        },
        index=["both", "untreated", "no PHT", "unknown"],
    )
    assert figure_groups(patients) == {
        "within_28": ["both", "untreated", "no PHT", "unknown"],
        "at_day_28": ["both", "untreated"],
        "after_prednisone": ["both"],
    }
    everyone = figure_groups(patients, "all", "last")
    assert everyone["after_prednisone_last"] == ["both", "no PHT", "unknown"]


def test_flow_says_who_is_in_neither_group() -> None:
    patients = pd.DataFrame(
        {
            "pht_d28": pd.array([True, True, None], dtype="boolean"),
            "refractory": pd.array([True, False, None], dtype="boolean"),
            "late": pd.array([False, False, None], dtype="boolean"),
            "treated": pd.array([True, True, True], dtype="boolean"),
            "stopped": pd.array([True, True, True], dtype="boolean"),
            "relapsed": pd.array([True, None, True], dtype="boolean"),
        }
    )
    flow = count_flow(None, patients).set_index("step")["note"]
    assert flow["relapsed"] == "of those with PHT who stopped; 1 not evaluable"
    assert flow["prednisone"] == "1 in neither group; 1 not evaluable"
    # "Despite support" stands beside those of whom support or PHT is not known.
    assert flow["refractory"] == "1 not evaluable"


def test_flow_draws_no_box_that_the_file_cannot_tell() -> None:
    # Support is not recorded: nobody with PHT is known to have had it despite support.
    patients = assessed_patients().assign(refractory=pd.array([None, False, None, False]))
    patients["refractory"] = patients["refractory"].astype("boolean")
    flow = count_flow(None, patients).set_index("step")
    assert flow["n"].to_dict() == {
        "cohort": 4,
        "pht": 1,
        "late": 1,
        "prednisone": 2,
        "relapsed": 1,
    }
    assert flow.loc["prednisone", "note"] == ""
    # No counts: neither PHT nor late cytopenia is evaluable.
    unknown = pd.array([pd.NA] * 4, dtype="boolean")
    nothing = patients.assign(pht_d28=unknown, refractory=unknown, late=unknown)
    assert count_flow(None, nothing)["n"].tolist() == [4, 2]
    # Support is recorded, and nobody given prednisone had PHT: none is a number.
    others = assessed_patients().loc[["B"]]
    assert count_flow(None, others)["n"].tolist() == [1, 0, 0, 1, 1]
