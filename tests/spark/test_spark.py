"""PySpark gives the grades and period grades that pandas gives: `make test-spark`, needs Java 17.

Counts are split over partitions and their order is not kept, as on a cluster.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from pht_core.intake.reading import read_sample
from pht_core.model.settings import Settings
from pht_core.stats.assessment import derive_assessment
from pht_core.stats.engines import to_pandas
from pht_core.stats.grading import derive_grades, derive_lln, derive_supported
from pht_core.stats.periods import derive_daily_grades, derive_period_grades
from tests.graded import SCHEMES, graded_counts
from tests.mixed import mixed_counts, mixed_subjects, mixed_support, mixed_windows

COUNT = ["subject_id", "day", "param"]
PERIOD = ["subject_id", "param", "period"]
TYPES = {
    "subject_id": "string",
    "day": "bigint",
    "param": "string",
    "value": "double",
    "unit": "string",
    "lln": "double",
}


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    yield session
    session.stop()


def spread(spark: SparkSession, counts: pd.DataFrame) -> DataFrame:
    """Counts as a Spark frame in three partitions; missing numbers stay NaN, missing text null."""
    plain = counts[list(TYPES)].sample(frac=1, random_state=1)
    for name, kind in TYPES.items():
        if kind == "string":
            plain[name] = [None if pd.isna(text) else str(text) for text in plain[name]]
    schema = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    return spark.createDataFrame(plain, schema=schema).repartition(3)


def in_order(table: Any, keys: list[str]) -> pd.DataFrame:
    plain = to_pandas(table)
    text = [name for name in ("subject_id", "param", "unit", "period") if name in plain]
    numbers = {name: float for name in ("grade", "lln", "value", "day") if name in plain}
    plain = plain.astype(dict.fromkeys(text, object) | numbers)
    plain = plain.assign(**{name: plain[name].fillna("") for name in text})
    return plain.sort_values(keys, ignore_index=True)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_grades_written_by_hand(spark: SparkSession, scheme: str) -> None:
    rows = graded_counts()
    got = in_order(derive_grades(spread(spark, rows), scheme), ["day"])["grade"]
    wrong = rows["case"][~((got == rows[scheme]) | (got.isna() & rows[scheme].isna()))]
    assert wrong.tolist() == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_mixed_counts_as_on_pandas(spark: SparkSession, scheme: str) -> None:
    results = []
    for counts in (mixed_counts(), spread(spark, mixed_counts())):
        graded = derive_grades(derive_lln(counts, mixed_subjects(), "wst405_2012"), scheme)
        supported = derive_supported(graded, mixed_support(), 7)
        periods = derive_period_grades(derive_daily_grades(supported), mixed_windows())
        results.append((in_order(supported, COUNT), in_order(periods, PERIOD)))
    (graded, periods), (spark_graded, spark_periods) = results
    pd.testing.assert_frame_equal(spark_graded, graded)
    pd.testing.assert_frame_equal(spark_periods, periods)


def test_the_sample_as_assessed(spark: SparkSession) -> None:
    expected = derive_assessment(read_sample())
    cohort, settings = expected.cohort, Settings()
    counts = derive_lln(spread(spark, cohort.counts), cohort.subjects, settings.reference)
    counts = derive_grades(counts, settings.scheme)
    counts = derive_supported(counts, cohort.support, settings.support_free_days)
    periods = derive_period_grades(derive_daily_grades(counts), expected.windows, settings)

    graded = in_order(counts, COUNT)[[*COUNT, "grade", "lln", "supported"]]
    wanted = in_order(expected.counts, COUNT)[[*COUNT, "grade", "lln", "supported"]]
    pd.testing.assert_frame_equal(graded, wanted)
    pd.testing.assert_frame_equal(
        in_order(periods, PERIOD), in_order(expected.period_grades, PERIOD), check_like=True
    )
