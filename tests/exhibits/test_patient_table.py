"""Table 3: one row per patient with the last counts before infusion."""

from pht_core.exhibits.overview import patient_table
from pht_core.stats.assessment import derive_assessment
from tests.small import small_cohort

COUNTS = """
subject_id | day | HGB | PLT | NE
A | -20 | 70  | 30  | 0.4
A | -7  | 110 |     | 1.7
A | -1  |     | 90  |
A | 0   | 60  | 10  | 0.1
B | -3  | 120 | 100 |
C | 5   | 80  | 20  | 0.2
"""


def test_the_last_counts_before_infusion_stand_in_the_table() -> None:
    table = patient_table(derive_assessment(small_cohort(COUNTS)), ["A", "B", "C"])
    counts = table.set_index("patient")[["HGB, g/L", "PLT, 10^9/L", "NE, 10^9/L"]]
    assert counts.fillna(-1).to_numpy().tolist() == [
        [110, 90, 1.7],
        [120, 100, -1],
        [-1, -1, -1],
    ]
