"""PySpark gives the grades and period grades that pandas gives: `make test-spark`, needs Java 17.

The sample's counts are split over partitions and their order is not kept, as on a cluster.
"""

from collections.abc import Iterator

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from pht_core.assessment import Assessment, derive_assessment
from pht_core.criteria import read_schemes
from pht_core.engines import to_pandas
from pht_core.grading import derive_grades, derive_lln, derive_supported
from pht_core.periods import derive_period_grades
from pht_core.reading import read_sample
from pht_core.settings import Settings


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


def in_order(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    text = ("subject_id", "param", "unit", "period")
    numbers = ("grade", "lln", "value")
    plain = {name: "str" if name in text else "float64" for name in (*text, *numbers)}
    kept = {name: kind for name, kind in plain.items() if name in table}
    return table.astype(kept).set_index(keys).sort_index()


@pytest.mark.parametrize("scheme", read_schemes())
def test_spark_agrees_with_pandas(spark: SparkSession, scheme: str) -> None:
    expected: Assessment = derive_assessment(read_sample(), Settings(scheme=scheme))
    cohort, settings = expected.cohort, expected.settings
    plain = cohort.counts.astype({"subject_id": str, "param": str, "unit": str})
    counts = spark.createDataFrame(plain.sample(frac=1, random_state=1)).repartition(3)

    counts = derive_lln(counts, cohort.subjects, settings.reference)
    counts = derive_grades(counts, settings.scheme)
    counts = derive_supported(counts, cohort.support, settings.support_free_days)
    periods = derive_period_grades(counts, expected.windows, settings)

    keys = ["subject_id", "day", "param"]
    graded = in_order(to_pandas(counts), keys)
    pd.testing.assert_frame_equal(graded, in_order(expected.counts, keys), check_like=True)
    keys = ["subject_id", "param", "period"]
    summary = in_order(to_pandas(periods), keys)
    pd.testing.assert_frame_equal(
        summary, in_order(expected.period_grades, keys), check_like=True, check_dtype=False
    )
