"""Neutrophil phenotypes against cases worked by hand (phenotype_cases.csv)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pht_core.stats.hematotoxicity.daily import derive_daily
from pht_core.stats.hematotoxicity.phenotype import derive_phenotypes

ROWS = pd.read_csv(Path(__file__).with_name("phenotype_cases.csv"))


@pytest.mark.parametrize("number", range(len(ROWS)), ids=ROWS["case"])
def test_worked_by_hand(number: int) -> None:
    case = ROWS.iloc[number]
    rows = []
    for part in str(case["counts"]).split() if isinstance(case["counts"], str) else []:
        days, value = part.split(":")
        first, _, last = days.partition("-")
        rows += [("A", day, float(value)) for day in range(int(first), int(last or first) + 1)]
    counts = pd.DataFrame(rows, columns=["subject_id", "day", "value"])
    counts = counts.assign(param="NE", unit="10^9/L")
    daily = derive_daily(counts, "NE", ["A"], pd.Series(dtype=float), last=100, gap=7)
    found = derive_phenotypes(daily, ["A"]).iloc[0]
    assert found["why"] == case["why"]
    assert found["phenotype"] == (None if case["phenotype"] is np.nan else case["phenotype"])
