"""The command: a list of claims in order, findings, and an exit code."""

import argparse
import io
import json
from pathlib import Path
from typing import Any

import pytest

from pht_core.commands.claims import add
from pht_core.intake.reading import SAMPLE_FILE
from pht_core.model.errors import PhtError
from tests.claims.readings import EXCERPTS, FOLDER


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers(required=True))
    options = parser.parse_args(["claims", *arguments])
    return int(options.run(options))


def content(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_of_the_papers_excerpts(capsys: pytest.CaptureFixture[str]) -> None:
    file = FOLDER / "wang_excerpts.txt"
    assert run(str(file), "--cohort", str(SAMPLE_FILE), "--json") == 1
    found = content(capsys)
    places = [claim["pct_start"] for claim in found["claims"]]
    assert places == sorted(places)
    assert found["text_length"] == len(EXCERPTS)
    for claim in found["claims"]:
        assert EXCERPTS[claim["start"] : claim["end"]] == claim["text"]
        assert EXCERPTS[claim["pct_start"] :].startswith(claim["percent"])
        assert claim["start"] <= claim["pct_start"] < claim["end"]
    wrong = [claim for claim in found["claims"] if claim["verdict"] == "inconsistent"]
    assert wrong[0]["percent"] == "96.12"
    assert (wrong[0]["numerator"], wrong[0]["denominator"]) == (16, 17)
    assert (wrong[0]["n_source"], wrong[0]["data"]) == ("explicit", "not reproduced")
    assert any(finding["kind"] == "told twice" for finding in found["findings"])
    alone = [
        claim for claim in found["claims"] if claim["percent"] == "82.35" and not claim["numerator"]
    ]
    assert alone[0]["numerator"] is None


def test_standard_input_and_exit_0(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "44% (8/18) had fever."
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert run("-", "--json") == 0
    (claim,) = content(capsys)["claims"]
    assert claim["verdict"] == "consistent"
    assert claim["data"] is None


def test_lines_for_reading(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "paper.md"
    file.write_text("It fell in 96.12% (16/17).\n", "utf-8")
    assert run(str(file)) == 1
    out = capsys.readouterr().out
    assert "line 1: DOES NOT MATCH: 96.12% (16/17): 16/17 = 94.1176 -> 94.12" in out
    assert "1 does not match" in out
    assert "error" not in out.lower()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PhtError, match=r"none\.txt could not be read"):
        run(str(tmp_path / "none.txt"))


def test_several_papers_have_a_result_each_and_a_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    right, wrong, broken = (tmp_path / name for name in ("a.txt", "b.txt", "c.docx"))
    right.write_text("44% (8/18) had fever.", "utf-8")
    wrong.write_text("46% (8/18) had fever. Table 7 has more.", "utf-8")
    broken.write_text("no Word file", "utf-8")
    assert run(str(right)) == 0
    capsys.readouterr()
    assert run(str(right), str(wrong), str(broken)) == 1
    shown = capsys.readouterr().out
    assert "1 percentage evaluated: 1 does not match. 1 table named, none read." in shown
    table = [" ".join(line.split()) for line in shown.splitlines()[-4:]]
    assert table[0].startswith("file not possible does not match")
    assert table[1].endswith("a.txt 0 0 0 0 1 0 1 of 1")
    assert table[2].endswith("b.txt 0 1 0 0 0 0 1 of 1")
    assert table[3].startswith("not read: c.docx")
    assert run(str(right), str(wrong), "--json") == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first["file"] == str(right)
    assert second["claims"][0]["verdict"] == "inconsistent"
    assert second["summary"]["coverage"]["tables_named"] == 1
