"""The sample in every layout, read again: the same cohort, the same grades, the same figures."""

import numpy as np
import pandas as pd
import pytest

from pht_core.intake.reading import Intake, read_files, read_sample
from pht_core.intake.source import SourceFile
from pht_core.model.cohort import Cohort
from pht_core.model.findings import BLOCKS, CHANGES
from pht_core.paper.reproduction import reproduce
from pht_core.paper.sample import read_treated
from pht_core.stats.assessment import derive_assessment
from tests.paper.all_layouts import EQUAL, FILE_NAMES, WITHIN, write_layout

KEYS = {
    "subjects": ["subject_id"],
    "counts": ["subject_id", "param", "day"],
    "prednisone": ["subject_id", "start_day"],
    "support": ["subject_id", "day", "kind"],
    "outcomes": ["subject_id"],
    "events": ["subject_id", "day", "event"],
    "labs": ["subject_id", "day", "test"],
}


@pytest.fixture(scope="module")
def sample() -> Cohort:
    return read_sample()


@pytest.fixture(scope="module")
def intakes(sample: Cohort) -> dict[str, Intake]:
    """Each layout written and read again, once."""
    return {
        name: read_files([SourceFile(file_name, write_layout(sample, name))])
        for name, file_name in FILE_NAMES.items()
    }


def rows(cohort: Cohort, table: str, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = getattr(cohort, table)
    keys = KEYS[table]
    wanted = [*keys, *(name for name in columns if name not in keys)]
    frame = frame[wanted].astype({name: str for name in keys if name not in ("day", "start_day")})
    return frame.sort_values(keys, ignore_index=True)


def differences(own: pd.Series, other: pd.Series, within: float) -> int:
    if pd.api.types.is_numeric_dtype(own.dtype) and own.dtype.name != "boolean":
        one, two = (values.to_numpy(dtype=float, na_value=np.nan) for values in (own, other))
        return int((~np.isclose(one, two, rtol=0, atol=within, equal_nan=True)).sum())
    words, others = (values.astype(object).where(values.notna(), "") for values in (own, other))
    return int((words.to_numpy() != others.to_numpy()).sum())


@pytest.mark.parametrize("name", FILE_NAMES)
def test_what_a_layout_holds_comes_back_equal(
    name: str, intakes: dict[str, Intake], sample: Cohort
) -> None:
    cohort = intakes[name].cohort
    assert cohort is not None, intakes[name].findings
    assert cohort.subject_ids == sample.subject_ids
    for table, columns in EQUAL[name].items():
        own, other = rows(sample, table, columns), rows(cohort, table, columns)
        assert len(own) == len(other), table
        # What the sample does not have (weights) a layout may have had to make up.
        for column in own.columns[own.notna().any()]:
            within = WITHIN.get(name, {}).get(column, 1e-9)
            assert differences(own[column], other[column], within) == 0, (table, column)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_nothing_in_the_layouts_is_accused(name: str, intakes: dict[str, Intake]) -> None:
    found = intakes[name].findings
    grave = found[found["severity"].isin([BLOCKS, CHANGES])]
    assert grave["found"].tolist() == []


WHOLE = [name for name, equal in EQUAL.items() if set(equal) >= {"support", "events"}]


def test_some_layouts_hold_everything() -> None:
    assert {"daily", "tidy", "workbook", "redcap", "german"} <= set(WHOLE)


@pytest.mark.parametrize("name", ["tidy", "workbook", "redcap", "german", "spss"])
def test_the_papers_figures_come_of_every_whole_layout(
    name: str, intakes: dict[str, Intake]
) -> None:
    cohort = intakes[name].cohort
    assert cohort is not None
    figures = reproduce(derive_assessment(cohort), read_treated())
    printed = [row for row in figures if row["value"] is not None]
    assert len(printed) == 55
    assert [row["id"] for row in printed if not row["agrees"]] == []
