"""One count under each scheme, and who changes grade; by hand from the criteria."""

import pandas as pd

from pht_core.model.cohort import build_cohort
from pht_core.model.settings import Settings
from pht_core.stats.assessment import derive_assessment
from pht_core.stats.hematotoxicity.schemes import (
    count_changes,
    derive_worst_grades,
    explain_counts,
    grade_by_schemes,
)
from tests.small import small_cohort
from tests.written import read_rows

# A: neutrophils of 0.7 (grade 3 by v5, 2 by v6), platelets of 15 (4 and 3), hemoglobin of 79.
# B: neutrophils of 0.5 (3 and 2; none in Table 1 as printed), platelets of 25 (3 and 3; none).
# C: neutrophils of 0.3 (4 and 3), 0.05 only after progression on day 15 (0.5 months); a count
# before infusion does not count. D: no neutrophils.
COHORT = small_cohort(
    """
    subject_id | day | HGB | PLT | NE
    A          | 3   | 79  | 15  | 0.7
    A          | 9   | 120 | 90  | 2.1
    B          | 5   | 140 | 25  | 0.5
    C          | -5  | 140 | 10  | 0.01
    C          | 5   | 140 | 200 | 0.3
    C          | 9   | 140 | 200 | 0.3
    C          | 20  | 140 | 200 | 0.05
    D          | 5   | 140 | 200 |
    D          | 31  | 60  | 9   | 0.01
    """,
    outcomes="""
    subject_id | last_followup_months | progression_months
    A          | 10                   |
    B          | 10                   |
    C          | 10                   | 0.5
    D          | 10                   |
    """,
)
COUNTS = grade_by_schemes(COHORT, Settings())
WORST = derive_worst_grades(COUNTS).set_index(["subject_id", "param"])


def test_worst_grades() -> None:
    def of(subject: str, param: str) -> list[float]:
        row = WORST.loc[(subject, param), ["ctcae_v5", "ctcae_v6", "wang2023_table1"]]
        return row.fillna(-1).tolist()

    assert of("A", "NE") == [3, 2, 3]
    assert of("A", "PLT") == [4, 3, 4]
    assert of("A", "HGB") == [3, 3, 3]
    assert of("B", "NE") == [3, 2, -1]
    assert of("B", "PLT") == [3, 3, -1]
    assert of("C", "NE") == [4, 3, 4]
    assert of("D", "PLT") == [0, 0, 0]
    assert ("D", "NE") not in WORST.index
    assert WORST.loc[("C", "NE"), ["value", "day"]].tolist() == [0.3, 5]


def test_who_changes() -> None:
    changed = count_changes(WORST.reset_index(), "ctcae_v6")
    rows = changed[["param", "usual", "other", "n"]].to_numpy().tolist()
    assert rows == [["NE", 3, 2, 2], ["NE", 4, 3, 1], ["PLT", 4, 3, 1]]
    assert changed["subject_ids"].tolist() == [["A", "B"], ["C"], ["A"]]
    assert changed[["low", "high"]].to_numpy().tolist() == [[0.5, 0.7], [0.3, 0.3], [15, 15]]


def test_a_grade_that_one_scheme_lacks_is_a_change() -> None:
    changed = count_changes(WORST.reset_index(), "wang2023_table1")
    assert changed["other"].isna().tolist() == [True, True]
    assert changed["subject_ids"].tolist() == [["B"], ["B"]]


def test_nobody() -> None:
    none = small_cohort(outcomes="subject_id | last_followup_months\nA | 10")
    worst = derive_worst_grades(grade_by_schemes(none, Settings()))
    assert worst.empty
    assert count_changes(worst, "ctcae_v6").empty
    assert isinstance(worst, pd.DataFrame)


def test_why_a_count_has_its_grade() -> None:
    """Value and grade stand beside it: here the criterion, the limit and where that is from."""
    counts = read_rows("""
    subject_id | day | param | value | unit   | lln
    A          | 1   | NE    | 0.7   | 10^9/L | 2.0
    A          | 2   | NE    | 0.7   | 10^9/L |
    A          | 3   | HGB   | 140   | g/L    |
    A          | 4   | PLT   | 20000 | /uL    |
    B          | 5   | HGB   | 110   | g/L    |
    """)
    subjects = pd.DataFrame({"subject_id": ["A", "B"], "sex": ["M", None], "age_years": 40.0})
    cohort = build_cohort({"subjects": subjects, "counts": counts}, name="own", digest="0" * 64)
    for name, first in (
        ("ctcae_v5", "CTCAE v5.0: <1000 - 500/mm3; <1.0 - 0.5 x 10e9 /L; LLN 2 10^9/L (the file)"),
        ("ctcae_v6", "CTCAE v6.0: below 1.0 down to 0.5 x 10^9/L; LLN 2 10^9/L (the file)"),
    ):
        assessment = derive_assessment(cohort, Settings(scheme=name))
        said = dict(
            zip(
                assessment.counts["day"],
                explain_counts(cohort, assessment.counts, assessment.settings),
                strict=True,
            )
        )
        assert said[1] == first
        assert said[2].endswith("LLN 1.8 10^9/L (WS/T 405-2012 (China))")
        assert "below no bound of a grade; LLN 130 g/L" in said[3]
        assert "the unit is not known" in said[4]
        assert "not below grade 1's lower bound; LLN not known" in said[5]
