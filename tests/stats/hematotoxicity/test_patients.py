"""The table per patient: grades, days, flags and why; whom other readings change."""

import pandas as pd

from pht_core.model.settings import Settings
from pht_core.stats.hematotoxicity.patients import (
    count_icaht,
    derive_hematotoxicity,
    derive_strips,
    list_readings,
    patient_table,
)
from tests.small import small_cohort

# A: neutrophils of 0.4 on days 5-10 and 14-19, of 0.1 on day 14; platelets of 30 on day 5 alone.
# B: low from day 0 to the last count on day 12; dies on day 13 (0.427 months). C: nothing.
COUNTS = "subject_id | day | HGB | PLT | NE\n" + "\n".join(
    f"A | {day} | 120 | {30 if day == 5 else 150} | "
    f"{0.1 if day == 14 else 0.4 if 5 <= day <= 10 or 14 <= day <= 19 else 2}"
    for day in range(31)
)
COUNTS += "\n" + "\n".join(f"B | {day} | 120 | 60 | 0.3" for day in range(13))
OUTCOMES = """
subject_id | last_followup_months | death_months
A          | 10                   |
B          | 0.427                | 0.427
C          | 10                   |
"""
COHORT = small_cohort(COUNTS, outcomes=OUTCOMES)


def test_a_row_per_patient() -> None:
    table = patient_table(derive_hematotoxicity(COHORT, Settings())).set_index("subject_id")
    assert table["early_grade"].fillna(-1).tolist() == [1, 4, -1]
    assert table["early_ticaht"].fillna(-1).tolist() == [1, 0, -1]
    assert table["late_grade"].isna().all()
    assert table["days_ne_le_0_5"].fillna(-1).tolist() == [12, 13, -1]
    assert table["days_ne_le_0_1"].fillna(-1).tolist() == [1, 0, -1]
    assert table.loc["B", "flags"] == ["early_grade: censored", "early_ticaht: censored"]
    assert table.loc["A", "why"] == [
        "N-ICAHT, early: NE ≤ 0.5 on 1–6 days: 6 days, days 5–10; 12 days in all",
        "N-ICAHT, late: not evaluable: no NE count on days 31–100",
        "T-ICAHT, early: PLT < 50 on 1–6 days: 1 day in all, day 5",
        "T-ICAHT, late: not evaluable: no PLT count on days 31–100",
        "phenotype: last below 1.0 on day 19, recovered by day 20",
    ]
    assert table.loc["B", "why"][0] == (
        "N-ICAHT, early: NE never above 0.5: 13 days, days 0–12; time ended on day 13; "
        "1 day without counts"
    )
    assert table.loc["C", "why"][0] == "N-ICAHT, early: not evaluable: no NE count on days 0–30"
    assert pd.isna(table.loc["C", "phenotype"])


def test_other_readings() -> None:
    """All days together make A's 12 days grade 2; nothing else changes anybody but B."""
    found = list_readings(COHORT, Settings()).set_index("setting")
    assert found.loc["icaht_total", "changes"] == "A: N-ICAHT, early 1 → 2"
    assert found.loc["icaht_total", "n"] == 1
    assert found.loc["icaht_recovery", "n"] == 0
    # B was low from day 0 on, so any start is by then; its day 13 is near enough to day 12.
    assert found.loc["icaht_start", "n"] == 0


def test_how_many_have_each_grade() -> None:
    """A is grade 1, B 4 and C not evaluable early; nobody has a late grade."""
    found = derive_hematotoxicity(COHORT, Settings())
    table = count_icaht(found.grades, ["A", "B", "C"], Settings())
    early = table[(table["period"] == "early") & (table["param"] == "NE")]
    assert early["n"].tolist() == [0, 1, 0, 0, 1]
    assert early[["n_total", "missing"]].drop_duplicates().to_numpy().tolist() == [[2, 1]]
    late = table[table["period"] == "late"]
    assert late["period_label"].unique().tolist() == ["late (days 31–100)"]
    assert late["n_total"].eq(0).all()
    assert late["percent"].isna().all()


def test_stretches_alike_in_depth() -> None:
    """A's neutrophils: 2 to day 4, 0.4 on 5 to 10, 2, 0.4 from 14 on with 0.1 on that day, 2."""
    strips = derive_strips(derive_hematotoxicity(COHORT, Settings()))
    own = strips[(strips["subject_id"] == "A") & (strips["param"] == "NE")]
    assert own[["start_day", "end_day", "depth", "n_counts"]].to_numpy().tolist() == [
        [0, 4, 0, 5],
        [5, 10, 1, 6],
        [11, 13, 0, 3],
        [14, 14, 2, 1],
        [15, 19, 1, 5],
        [20, 30, 0, 11],
    ]
    # B died on day 13, on which there was no count: unknown, and nothing after it.
    b = strips[(strips["subject_id"] == "B") & (strips["param"] == "NE")]
    assert b[["start_day", "end_day"]].to_numpy().tolist() == [[0, 12], [13, 13]]
    assert b["depth"].isna().tolist() == [False, True]
