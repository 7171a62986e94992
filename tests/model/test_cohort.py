"""How tables become a cohort."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pht_core.model.cohort import (
    build_cohort,
    digest_of,
    empty_table,
    sort_naturally,
    unrecorded_support,
)
from pht_core.model.schema import TABLES, column, column_names
from tests.written import read_rows

COUNTS = """
subject_id | day | param | value | unit
P10 | 28 | NE  | 1.0 | 10^9/L
P2  | 28 | PLT | 50  | 10^9/L
P2  | -7 | PLT | 90  | 10^9/L
P2  | 28 | HGB | 80  | g/L
"""


def test_patients_stand_in_natural_order_and_counts_by_patient_lineage_and_day() -> None:
    subjects = pd.DataFrame({"subject_id": ["P10", "P1", "P2"], "sex": ["M", "F", "M"]})
    cohort = build_cohort(
        {"subjects": subjects, "counts": read_rows(COUNTS)}, name="three", digest="d"
    )
    assert cohort.subject_ids == ["P1", "P2", "P10"]
    assert cohort.subjects["sex"].tolist() == ["F", "M", "M"]
    rows = cohort.counts[["subject_id", "param", "day"]].to_numpy().tolist()
    assert rows == [["P2", "HGB", 28], ["P2", "PLT", -7], ["P2", "PLT", 28], ["P10", "NE", 28]]
    assert cohort.counts["lln"].isna().all()
    assert isinstance(cohort.counts["param"].dtype, pd.CategoricalDtype)
    assert len(cohort) == 3


def test_patients_of_other_tables_are_added() -> None:
    support = pd.DataFrame({"subject_id": ["P3"], "day": [1], "kind": ["gcsf"]})
    cohort = build_cohort({"counts": read_rows(COUNTS), "support": support}, name="x", digest="d")
    assert cohort.subject_ids == ["P2", "P3", "P10"]
    assert cohort.subjects["sex"].isna().all()


def test_every_table_has_all_its_columns_even_without_rows() -> None:
    cohort = build_cohort({}, name="empty", digest="d")
    for name in TABLES:
        assert list(getattr(cohort, name)) == column_names(name)
        assert len(getattr(cohort, name)) == 0
        assert list(empty_table(name)) == column_names(name)
    assert cohort.subject_ids == []


def test_what_was_recorded_is_read_off_the_tables_if_not_said() -> None:
    support = pd.DataFrame({"subject_id": ["P3"], "day": [1], "kind": ["gcsf"]})
    events = pd.DataFrame({"subject_id": ["P3"], "day": [1], "event": ["infection"]})
    cohort = build_cohort({"support": support, "events": events}, name="x", digest="d")
    assert cohort.has("support")
    assert cohort.has("gcsf")
    assert cohort.has("red_cells")
    assert cohort.has("hypertension")
    assert not cohort.has("marrow")
    assert not cohort.has("counts")
    assert unrecorded_support(cohort) == []
    told = frozenset({"support", "red_cells"})
    partly = build_cohort({"support": support}, name="x", digest="d", recorded=told)
    assert unrecorded_support(partly) == ["platelet transfusion", "G-CSF"]


@pytest.mark.parametrize(
    ("ids", "order"),
    [
        (["P10", "P2", "P1"], ["P1", "P2", "P10"]),
        (["10", "9", "A"], ["A", "9", "10"]),
        (["S-2-10", "S-2-9", "S-1-11"], ["S-1-11", "S-2-9", "S-2-10"]),
        (["²", "P²", "P1"], ["P1", "P²", "²"]),
        (["患者2", "患者10"], ["患者2", "患者10"]),
        ([], []),
    ],
)
def test_natural_order(ids: list[str], order: list[str]) -> None:
    assert sort_naturally(ids) == order


@given(st.lists(st.text(min_size=1, max_size=6), max_size=8))
def test_any_ids_can_be_ordered(ids: list[str]) -> None:
    assert sorted(sort_naturally(ids)) == sorted(ids)


def test_digest_is_sha_256() -> None:
    assert digest_of(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9c")


def test_columns_have_their_adam_names() -> None:
    assert column("counts", "value").adam == "AVAL"
    assert column("subjects", "subject_id").adam == "USUBJID"
    for name in TABLES:
        assert column_names(name)[0] == "subject_id"
