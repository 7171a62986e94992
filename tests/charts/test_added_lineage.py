"""A lineage that is added while the program runs has its panel, bar, pie and colour."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pht_core.charts import (
    Frame,
    Picture,
    grades_chart,
    incidence_chart,
    pies_chart,
    recovery_chart,
    summary_chart,
    trajectory_chart,
)
from pht_core.model.lineage import LINEAGES
from tests.drawn import COUNTS, GRADES, INCIDENCE, RECOVERY, SUMMARY, rows_of
from tests.lymphocytes import add_lymphocytes
from tests.pictured import svg_of

Draw = Callable[..., Picture]
FRAMES = [Frame(), Frame("grey"), Frame("dark", width=413)]


@pytest.fixture(autouse=True)
def _lymphocytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    add_lymphocytes(monkeypatch, tmp_path)
    own = replace(
        LINEAGES["LYM"], light="#884499", dark="#bb77cc", grey="#5a5a5a", grey_fill="#d0d0d0"
    )
    monkeypatch.setitem(LINEAGES, "LYM", own)


def with_lymphocytes(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose neutrophils are there again as lymphocytes."""
    return pd.concat([table, table[table["param"] == "NE"].assign(param="LYM")])


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    ("chart", "table"),
    [
        (incidence_chart, INCIDENCE),
        (pies_chart, INCIDENCE),
        (grades_chart, GRADES),
        (recovery_chart, RECOVERY),
    ],
)
def test_it_has_its_bars_and_pies(chart: Draw, table: pd.DataFrame, frame: Frame) -> None:
    picture: Picture = chart(with_lymphocytes(table), frame)
    own = rows_of(picture, "bars")
    assert (own["param"] == "LYM").sum() == (own["param"] == "NE").sum() > 0
    lymphocytes = LINEAGES["LYM"]
    if chart is not grades_chart:
        colour = (
            lymphocytes.grey_fill if frame.theme == "grey" else getattr(lymphocytes, frame.theme)
        )
        assert colour in svg_of(picture)
    word = lymphocytes.name if chart is recovery_chart else lymphocytes.term
    assert word in picture.description.lower()


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    ("chart", "table"),
    [(trajectory_chart, COUNTS), (summary_chart, SUMMARY)],
)
def test_it_has_its_panel(chart: Draw, table: pd.DataFrame, frame: Frame) -> None:
    drawn = svg_of(chart(with_lymphocytes(table), frame, log=True))
    assert LINEAGES["LYM"].axis_title.split(",")[0] in drawn
    assert getattr(LINEAGES["LYM"], frame.theme) in drawn
    # Without a count its panel says so.
    bare = svg_of(chart(table, frame))
    assert bare.count(">no counts recorded<") == 1
