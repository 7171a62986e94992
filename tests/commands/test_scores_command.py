"""``scores``: units of files, items and what is missing, worked out by hand."""

import json
from pathlib import Path

import pytest

from pht_core.__main__ import main

# A: 70 (2 points), 1.2 (on the bound, 0), 8.9 g/dL (1), 2.9 mg/dL (0), 650 ug/L (1): 4.
# B has no ferritin.
FILE = """\
subject_id,day,HGB (g/dL),PLT (10^9/L),ANC (/uL),CRP (mg/dL),Ferritin (ug/L),LDH (U/L),\
Creatinine (umol/L)
A,-7,8.9,70,1200,2.9,650,350,88.42
A,0,9.5,60,400,,,,
B,-7,10.1,180,3100,3.0,,200,70
B,0,10,150,800,,,,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(FILE, "utf-8")
    return path


def test_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", str(file), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    first, second = content["patients"]
    assert (first["car_hematotox"], first["risk"]) == (4, "high")
    assert first["on_bound"] == (
        "neutrophils on the bound of 1.2, the other reading gives 5; "
        "ferritin on the bound of 650, the other reading gives 3"
    )
    items = {item["item"]: (item["value"], item["points"]) for item in first["items"]}
    assert items["HGB"] == (89, 1)
    assert items["CRP"] == (29, 0)
    assert items["FERRITIN"] == (650, 1)
    # 350 x 1 / 70 and 350 x 2.9 / 70
    assert first["easix"] == pytest.approx(5)
    assert first["m_easix"] == pytest.approx(14.5)
    assert second["car_hematotox"] is None
    assert second["not_computed"] == "not computed: ferritin missing"
    assert "B-ALL" in content["note"]


def test_text(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", str(file), "--score-last", "-8"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Modified definitions: scores to day -8.")
    assert "In B-ALL nearly every patient is at high risk by it" in printed
    assert "platelets at another time (day 0)" in printed
