"""Bars and pies as numbers for PowerPoint's own charts, from tables written by hand."""

import pandas as pd

from pht_core.charts.theme import lineage_fills, palette
from pht_core.exhibits.native_charts import (
    grade_stacks,
    incidence_bars,
    incidence_pies,
    lineage_bars,
    recovery_bars,
)
from tests.written import read_rows

# Of each lineage another number of patients, so that none can stand for another.
INCIDENCE = """
period_label | param | term             | n | n_total | percent
early        | HGB   | anemia           | 1 | 4       | 25
early        | PLT   | thrombocytopenia | 2 | 5       | 40
early        | NE    | neutropenia      | 6 | 8       | 75
late         | HGB   | anemia           | 1 | 1       | 100
late         | PLT   | thrombocytopenia | 0 | 2       | 0
late         | NE    | neutropenia      | 0 | 0       |
"""
GRADES = """
period_label | param | grade | n | n_total | percent
early        | HGB   | 0     | 1 | 4       | 25
early        | HGB   | 1     | 0 | 4       | 0
early        | HGB   | 2     | 0 | 4       | 0
early        | HGB   | 3     | 3 | 4       | 75
early        | HGB   | 4     | 0 | 4       | 0
early        | PLT   | 0     | 0 | 5       | 0
early        | PLT   | 1     | 1 | 5       | 20
early        | PLT   | 2     | 0 | 5       | 0
early        | PLT   | 3     | 0 | 5       | 0
early        | PLT   | 4     | 4 | 5       | 80
early        | NE    | 0     | 0 | 0       |
early        | NE    | 1     | 0 | 0       |
early        | NE    | 2     | 0 | 0       |
early        | NE    | 3     | 0 | 0       |
early        | NE    | 4     | 0 | 0       |
"""
LINEAGES = """
period_label | lineages | label | n | n_total | percent
early        | 3        | three | 1 | 4       | 25
early        | 2        | two   | 0 | 4       | 0
early        | 1        | one   | 3 | 4       | 75
early        | 0        | none  | 0 | 4       | 0
"""
RECOVERY = """
param | n | n_total | percent
HGB   | 1 | 4       | 25
PLT   | 2 | 5       | 40
NE    | 0 | 0       |
all   | 3 | 4       | 75
"""


def rows(text: str) -> pd.DataFrame:
    return read_rows(text)


def test_bars_of_incidence() -> None:
    chart = incidence_bars(rows(INCIDENCE), "Title", "light")
    assert (chart.kind, chart.title) == ("bars", "Title")
    # Where lineages have denominators of their own, no single one stands at the period.
    assert chart.categories == ("early", "late")
    assert chart.series == (
        ("anemia", (25.0, 100.0)),
        ("thrombocytopenia", (40.0, 0.0)),
        ("neutropenia", (75.0, None)),
    )
    assert chart.labels == (
        ("1", "1"),
        ("2", "0"),
        ("6", "no data"),
    )
    assert chart.colours == tuple(lineage_fills("light").values())


def test_pies_of_incidence() -> None:
    pies = incidence_pies(rows(INCIDENCE), "light")
    assert [pie.title for pie in pies] == [
        "early: anemia",
        "early: thrombocytopenia",
        "early: neutropenia",
        "late: anemia",
        "late: thrombocytopenia",  # and none of the neutropenia of nobody
    ]
    third = pies[2]
    assert third.kind == "pie"
    assert third.categories == ("affected", "not affected")
    assert third.series == (("neutropenia", (75.0, 25.0)),)
    assert third.labels == (("6", "2"),)
    assert third.colours == (lineage_fills("light")["NE"], palette("light").box)


def test_stacks_of_grades() -> None:
    (chart,) = grade_stacks(rows(GRADES), "light")
    assert chart.kind == "stacked"
    assert chart.title == "early"
    assert chart.categories == (
        "anemia, n\u00a0=\u00a04",
        "thrombocytopenia, n\u00a0=\u00a05",
        "neutropenia, n\u00a0=\u00a00",
    )
    assert chart.series == (
        ("grade 4", (0.0, 80.0, None)),
        ("grade 3", (75.0, 0.0, None)),
        ("grade 2", (0.0, 0.0, None)),
        ("grade 1", (0.0, 20.0, None)),
        ("grade 0", (25.0, 0.0, None)),
    )
    assert chart.labels[0] == ("0", "4", "no data")
    assert chart.labels[1] == ("3", "0", "no data")
    shades = palette("light").grades
    assert chart.colours == (shades[4], shades[3], shades[2], shades[1], shades[0])


def test_bars_of_lineages() -> None:
    chart = lineage_bars(rows(LINEAGES), "Title", "grey")
    assert chart.categories == ("early, n\u00a0=\u00a04",)
    assert chart.series == (
        ("three", (25.0,)),
        ("two", (0.0,)),
        ("one", (75.0,)),
        ("none", (0.0,)),
    )
    assert chart.labels == (("1",), ("0",), ("3",), ("0",))
    shades = palette("grey").counts
    assert chart.colours == (shades[3], shades[2], shades[1], shades[0])


def test_horizontal_bars_of_recovery() -> None:
    chart = recovery_bars(rows(RECOVERY), "Title", "light")
    assert (chart.kind, chart.colours) == ("horizontal", (palette("light").accent,))
    assert len(chart.categories) == 4
    assert [name.split(",")[0] for name in chart.categories] == [
        "hemoglobin",
        "platelets",
        "neutrophils",
        "all three on one draw",
    ]
    assert chart.series == (("Title", (25.0, 40.0, None, 75.0)),)
    assert chart.labels == (("1", "2", "no data", "3"),)
