"""What the tables say against each other, on small cases whose days were counted by hand."""

import pandas as pd

from pht_core.intake.reading import read_sample
from pht_core.intake.tidying.checks import check_consistency
from pht_core.model.findings import CHANGES, NOTE
from pht_core.model.schema import TABLES

OUTCOMES = pd.DataFrame(
    {
        "subject_id": ["A", "B"],
        "last_followup_months": [2.0, 3.0],  # days 60.9 and 91.3
        "death_months": [float("nan"), 1.0],  # day 30.4
    }
)


def counts(*rows: tuple[str, int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["subject_id", "day", "param", "value"])


def test_rows_after_death_or_follow_up_are_found_beyond_half_a_month() -> None:
    tables = {
        "outcomes": OUTCOMES,
        "counts": counts(
            ("A", 76, "HGB", 90),  # 60.9 + 16 = 76.9: still within
            ("A", 77, "HGB", 91),
            ("B", 46, "HGB", 92),  # 30.4 + 16 = 46.4
        ),
        "support": pd.DataFrame({"subject_id": ["B"], "day": [47], "kind": ["gcsf"]}),
    }
    found = check_consistency(tables)
    assert [(row["table"], row["severity"], row["value"]) for row in found] == [
        ("counts", CHANGES, "77"),
        ("support", CHANGES, "47"),
    ]
    assert "1 row of 1 patient after the patient's last follow-up" in found[0]["found"]
    assert "after the patient's death (day 47 of B)" in found[1]["found"]


def test_counts_before_birth_are_found_where_birth_dates_were_kept() -> None:
    births = pd.Series({"A": -3650.0})
    found = check_consistency({"counts": counts(("A", -3651, "HGB", 90))}, births)
    assert len(found) == 1
    assert "before the patient's birth" in found[0]["found"]
    assert not check_consistency({"counts": counts(("A", -3650, "HGB", 90))}, births)


def test_patients_with_the_same_counts_are_named() -> None:
    six = [(day, param, 10.0 + day) for day in (1, 2) for param in ("HGB", "PLT", "NE")]
    rows = [(name, *row) for name in ("A", "B") for row in six]
    found = check_consistency({"counts": counts(*rows)})
    assert [row["severity"] for row in found] == [CHANGES]
    assert found[0]["found"] == "A and B have the same 6 counts on the same days."
    other = [(name, day, param, value + (name == "B")) for name, day, param, value in rows]
    assert check_consistency({"counts": counts(*other)}) == []
    moved = [(name, day + (name == "B"), param, value) for name, day, param, value in rows]
    assert check_consistency({"counts": counts(*moved)}) == []


def test_the_papers_p5_and_p7_share_their_three_counts() -> None:
    sample = read_sample()
    found = check_consistency({name: getattr(sample, name) for name in TABLES})
    assert [(row["severity"], row["found"]) for row in found] == [
        (NOTE, "P5 and P7 have the same 3 counts before infusion.")
    ]
