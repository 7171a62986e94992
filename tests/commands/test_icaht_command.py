"""``icaht``: a file's grades as text and JSON, worked out by hand."""

import json
from pathlib import Path

import pytest

from pht_core.__main__ import main

KEYS = [
    "subject_id",
    "early_grade",
    "late_grade",
    "early_ticaht",
    "late_ticaht",
    "phenotype",
    "days_ne_le_0_5",
    "days_ne_le_0_1",
    "flags",
    "why",
]
# A: neutrophils of 0.5 on days 4 to 10 and of 0.1 on day 7; platelets of 19 on day 8; then normal
# counts, two of them late. B: one count, before infusion.
HEAD = "subject_id,sex,age_years,last_followup_months,day,hgb_g_l,plt_10e9_l,ne_10e9_l"
ROWS = [
    f"A,M,40,12,{day},130,{19 if day == 8 else 150},"
    f"{0.1 if day == 7 else 0.5 if 4 <= day <= 10 else 2.5}"
    for day in (*range(31), 45, 60)
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text("\n".join([HEAD, *ROWS, "B,F,50,12,-5,120,200,3.1"]), "utf-8")
    return path


def test_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["icaht", str(file), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["patients"]
    assert list(first) == KEYS
    assert [first[name] for name in KEYS[:9]] == ["A", 2, 0, 3, 0, "quick", 7, 1, []]
    assert first["why"][0] == "N-ICAHT, early: NE ≤ 0.5 on 7–13 days: 7 days, days 4–10"
    assert [second[name] for name in KEYS[:9]] == ["B", *[None] * 7, []]
    assert second["why"][0] == "N-ICAHT, early: not evaluable: no NE count on days 0–30"


def test_text_and_another_reading(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["icaht", str(file), "--ticaht-at-most", "--icaht-late-end", "50"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        "Modified definitions: late ICAHT to day 50, T-ICAHT: ≤ instead of <."
    )
    assert "early is days 0-30, late days 31-50; - is not evaluable" in printed
    # One late test is left.
    assert "late_grade: unconfirmed" in printed


def test_a_value_out_of_bounds(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["icaht", str(file), "--icaht-late-end", "30"]) == 2
    assert "icaht_late_end is 30; it must be from 31 to 3650." in capsys.readouterr().err
