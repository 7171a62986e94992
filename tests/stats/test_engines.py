"""The same answers on pandas, polars and DuckDB; `tests/spark` has PySpark."""

from collections.abc import Callable
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from pht_core.stats.engines import frame_like, join_rows, to_pandas
from pht_core.stats.grading import derive_grades, derive_lln, derive_supported
from pht_core.stats.periods import derive_daily_grades, derive_period_grades
from tests.graded import SCHEMES, graded_counts
from tests.mixed import mixed_counts, mixed_subjects, mixed_support, mixed_windows

TEXT = ("subject_id", "param", "unit", "period")


def as_category(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({name: "category" for name in TEXT if name in table})


def as_nullable(table: pd.DataFrame) -> pd.DataFrame:
    numbers = {name: "Float64" for name in ("value", "lln") if name in table}
    return table.astype({name: "string" for name in TEXT if name in table} | numbers)


def as_duckdb(table: pd.DataFrame) -> Any:
    # Through polars with its NaN kept, so that DuckDB meets both NaN and null.
    moved = pl.from_pandas(table, nan_to_null=False).to_arrow()  # noqa: F841 - named in the query
    return duckdb.sql("select * from moved")


ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas with categories": as_category,
    "pandas with nullable columns": as_nullable,
    "polars": pl.from_pandas,
    "polars with NaN": lambda table: pl.from_pandas(table, nan_to_null=False),
    "polars lazy": lambda table: pl.from_pandas(table).lazy(),
    "polars with categories": lambda table: pl.from_pandas(as_category(table)),
    "DuckDB": as_duckdb,
}
KEYS = ["subject_id", "day", "param"]


def in_order(table: Any, keys: list[str]) -> pd.DataFrame:
    """A result as plain pandas, sorted: engines keep no order, and types of their own."""
    plain = to_pandas(table)
    text = {name: object for name in TEXT if name in plain}
    numbers = {name: float for name in ("grade", "lln", "value", "day") if name in plain}
    plain = plain.astype(text | numbers).sort_values(keys, ignore_index=True)
    return plain.assign(**{name: plain[name].fillna("") for name in text})


def through(counts: Any, scheme: str) -> tuple[Any, Any]:
    """The whole derive stage: counts with limit, grade and support; grades by period."""
    counts = derive_lln(counts, mixed_subjects(), "wst405_2012")
    counts = derive_grades(counts, scheme)
    counts = derive_supported(counts, mixed_support(), 7)
    return counts, derive_period_grades(derive_daily_grades(counts), mixed_windows())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_engines_give_the_rows_that_plain_pandas_gives(engine: str, scheme: str) -> None:
    counts, periods = through(mixed_counts(), scheme)
    other_counts, other_periods = through(ENGINES[engine](mixed_counts()), scheme)
    pd.testing.assert_frame_equal(in_order(other_counts, KEYS), in_order(counts, KEYS))
    keys = ["subject_id", "param", "period"]
    pd.testing.assert_frame_equal(in_order(other_periods, keys), in_order(periods, keys))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_engines_give_the_grades_written_by_hand(engine: str, scheme: str) -> None:
    rows = graded_counts()
    graded = in_order(derive_grades(ENGINES[engine](rows), scheme), ["day"])
    got, wanted = graded["grade"], rows[scheme]
    wrong = rows["case"][~((got == wanted) | (got.isna() & wanted.isna()))]
    assert wrong.tolist() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_results_stay_in_their_engine(engine: str) -> None:
    counts = ENGINES[engine](mixed_counts())
    for result in through(counts, "ctcae_v5"):
        assert type(result) is type(counts)


def test_the_mixed_table_has_what_engines_treat_differently() -> None:
    counts = mixed_counts()
    assert counts[["value", "unit", "lln"]].isna().any().all()
    assert (counts["day"] < 0).any()
    assert {"WBC"} < set(counts["param"])
    assert "nobody" in set(counts["subject_id"])
    graded = derive_grades(derive_lln(counts, mixed_subjects(), "wst405_2012"))
    assert set(graded["grade"].dropna()) == {0, 1, 2, 3, 4}
    assert graded["grade"].isna().sum() > 100


@pytest.mark.parametrize("keys", ["object", "category"])
def test_joined_rows_keep_order_and_lose_those_without_a_match(keys: str) -> None:
    table = pd.DataFrame({"subject_id": ["A", "B"], "start": [30, 40]})
    rows = pd.DataFrame({"subject_id": ["B", "C", "A", None, "B"], "day": [1, 2, 3, 4, 5]})
    joined = join_rows(nw.from_native(rows.astype({"subject_id": keys})), table, "subject_id")
    native = joined.to_native()
    assert native["day"].tolist() == [1, 3, 5]
    assert native["start"].tolist() == [40, 30, 40]
    assert list(rows) == ["subject_id", "day"]


def test_a_small_table_follows_the_engine_of_another() -> None:
    table = pd.DataFrame({"period": pd.Categorical(["a", None]), "limit": [1.5, np.nan]})
    for convert in ENGINES.values():
        moved = to_pandas(frame_like(table, convert(mixed_counts())))
        assert moved["limit"].isna().tolist() == [False, True]
        assert moved["period"].iloc[0] == "a"
        assert pd.isna(moved["period"].iloc[1])


def test_keys_that_are_missing_or_unknown_there_match_nothing() -> None:
    table = pd.DataFrame({"subject_id": ["P1", None, "stranger"], "limit": [1.0, 2.0, 3.0]})
    found = {
        name: sorted(to_pandas(frame_like(table, convert(mixed_counts())))["limit"])
        for name, convert in ENGINES.items()
    }
    assert found.pop("pandas with categories") == [1]  # no patient there has the other's name
    assert all(limits[0] == 1 and 2 not in limits for limits in found.values())


@pytest.mark.parametrize("engine", ["pandas with categories", "polars", "polars lazy", "DuckDB"])
def test_narrow_whole_numbers_do_not_overflow(engine: str) -> None:
    counts = pd.DataFrame(
        {"subject_id": "P2", "param": "NE", "day": [-5, 20, 3000, 4000], "grade": [2, 4, 3, 1]}
    )
    windows = mixed_windows().query("subject_id == 'P2'").assign(after_to=5000, cutoff_day=5000)
    narrow = counts.astype({"day": "int16", "grade": "int8"})
    expected = in_order(derive_period_grades(counts, windows), ["period"])
    assert expected["day"].tolist() == [4000, 4000, -5, 20]
    for days in ("int16", "int32"):
        moved = ENGINES[engine](narrow.astype({"day": days}))
        got = in_order(derive_period_grades(derive_daily_grades(moved), windows), ["period"])
        pd.testing.assert_frame_equal(got, expected)
