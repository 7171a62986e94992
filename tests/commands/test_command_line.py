"""The commands: what they print, what they return, and what they say of bad input."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pht_core.__main__ import main
from pht_core.intake.mapping_file import format_mapping
from pht_core.intake.questions import answer_question
from pht_core.intake.reading import SAMPLE_FILE, SAMPLE_FOLDER, read_files, read_paths

ROOT = Path(__file__).parents[2]
SAMPLE = str(SAMPLE_FILE)
COHORT = """\
subject_id,sex,age_years,prior_hsct,crs_grade,last_followup_months,death_months,day,hgb_g_l,\
plt_10e9_l,ne_10e9_l
A,M,40,Yes,1,12,,28,79,25,0.5
A,M,40,Yes,1,12,,60,140,,<0.1
B,F,50,No,3,6,6,28,114.9,74.9,
C,F,60,,2,8,,-7,,,1.49
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(COHORT, "utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:  # argparse
        code = int(stop.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def json_of(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    return json.loads(out)


def test_reproduce_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "reproduce")
    assert code == 0
    assert err == ""
    assert "Wang 2023 sample (simulated counts)" in out
    assert "55 of 55 figures with a value agree; 6 rows name a misprint" in out
    assert "printed 96.12%, the paper's own counts give 94.12" in out
    assert "DISAGREES" not in out


def test_reproduce_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["id"]: row for row in json_of(capsys, "reproduce", "--json")}
    with (SAMPLE_FOLDER / "published.csv").open(encoding="utf-8", newline="") as published:
        assert list(rows) == [row["id"] for row in csv.DictReader(published)]
    anemia = rows["fig1a.anemia"]
    assert anemia["printed"] == "96.12%"
    assert anemia["value"] == 94.12
    assert anemia["computed"] == "16/17 (94.12%)"
    assert anemia["computed_value"] == pytest.approx(100 * 16 / 17)
    assert anemia["agrees"] is True
    assert "96.12%" in anemia["misprint"]
    assert anemia["note"]
    assert rows["pred.start"]["misprint"] == ""
    assert rows["p3.month6"]["agrees"] is None
    assert rows["p3.month6"]["computed_value"] is None


def test_reproduce_from_the_tidy_tables(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "reproduce", "--cohort", SAMPLE_FOLDER / "tidy")
    assert code == 0
    assert "55 of 55 figures with a value agree" in out


def test_one_changed_count_makes_a_figure_disagree(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with SAMPLE_FILE.open(encoding="utf-8", newline="") as sample:
        rows = list(csv.DictReader(sample))
    hgb = "hgb_g_l"
    low = [r for r in rows if r["subject_id"] == "P7" and 0 <= int(r["day"]) <= 28 and r[hgb]]
    for row in low:
        row[hgb] = "79"
    file = tmp_path / "changed.csv"
    with file.open("w", encoding="utf-8", newline="") as changed:
        writer = csv.DictWriter(changed, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    code, out, _ = run(capsys, "reproduce", "--cohort", file, "--json")
    found = {row["id"]: row for row in json.loads(out)}
    assert code == 1
    assert found["fig1c.anemia34"]["computed"] == "8/17 (47.06%)"
    assert found["fig1c.anemia34"]["agrees"] is False
    assert found["fig1a.anemia"]["agrees"] is True
    assert found["flow.treated"]["agrees"] is True


def test_reproduce_another_cohort_says_what_is_not_there(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    code, out, _ = run(capsys, "reproduce", "--cohort", file, "--json")
    rows = {row["id"]: row for row in json.loads(out)}
    assert code == 1
    assert rows["flow.treated"]["computed"] == "no table of all treated patients"
    assert rows["safety.infection"]["computed"] == "not recorded"
    assert rows["flow.refractory"]["computed"] == "not evaluable"
    assert rows["icans.any"]["computed"] == "0/0 (–)"
    assert rows["base.male"]["computed"] == "1/3 (33.33%)"


GRADES = {
    "ctcae_v5": {"A28": "3 3 3", "A60": "0 4", "B28": "1 2", "C-7": "2"},
    "ctcae_v6": {"A28": "3 3 2", "A60": "0 4", "B28": "1 2", "C-7": "1"},
    "wang2023_table1": {"A28": "3 . .", "A60": "0 4", "B28": "1 2", "C-7": "2"},
}


@pytest.mark.parametrize("scheme", GRADES)
def test_grade(capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path, scheme: str) -> None:
    output = tmp_path / "graded.csv"
    code, out, err = run(capsys, "grade", file, "--scheme", scheme, "-o", output)
    assert code == 0
    assert out == ""
    assert f"8 counts of 3 patients graded by {scheme}" in err
    with output.open(encoding="utf-8", newline="") as graded:
        rows = list(csv.DictReader(graded))
    assert list(rows[0]) == ["subject_id", "day", "param", "value", "unit", "lln", "grade"]
    found: dict[str, str] = {}
    for param in ("HGB", "PLT", "NE"):
        for row in rows:
            if row["param"] == param:
                key = row["subject_id"] + row["day"]
                found[key] = f"{found.get(key, '')} {row['grade'] or '.'}".strip()
    assert found == GRADES[scheme]
    limits = {(row["subject_id"], row["param"]): float(row["lln"]) for row in rows}
    assert limits["A", "HGB"] == 130
    assert limits["B", "HGB"] == 115


def test_survival_with_its_rates(capsys: pytest.CaptureFixture[str]) -> None:
    content = json_of(capsys, "survival", SAMPLE, "--endpoint", "os", "--json")
    year = next(row for row in content["rates"] if row["time"] == 12)
    assert year["estimate"] == pytest.approx(11 / 17)
    assert year["std_error"] == pytest.approx(0.1159, abs=5e-5)
    assert content["survival"][0]["n_risk"] == 17
    assert content["endpoint"] == "os"
    assert content["ci"] == "log-log"
    assert content["log_rank"] is None
    assert content["followup"][0]["median"] == 14.97
    assert [row["time"] for row in content["rates"]] == [6, 12, 24]


def test_intervals_of_survival_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    limits = {}
    for ci in ("log-log", "log", "plain"):
        content = json_of(capsys, "survival", SAMPLE, "--endpoint", "pfs", "--ci", ci, "--json")
        year = next(row for row in content["rates"] if row["time"] == 12)
        limits[ci] = (round(year["conf_low"], 4), round(year["conf_high"], 4))
    # R: summary(survfit(Surv(time, event) ~ 1, conf.type = ..), times = 12) on 10 of 17
    assert limits == {
        "log-log": (0.3254, 0.7782),
        "log": (0.3952, 0.8755),
        "plain": (0.3543, 0.8222),
    }


def test_survival_by_group(capsys: pytest.CaptureFixture[str]) -> None:
    content = json_of(
        capsys, "survival", SAMPLE, "--endpoint", "os", "--by", "prior_hsct", "--json"
    )
    assert {row["strata"]: row["n"] for row in content["medians"]} == {"no": 5, "yes": 12}
    assert content["log_rank"]["n_groups"] == 2
    code, out, _ = run(capsys, "survival", SAMPLE, "--endpoint", "os", "--by", "prior_hsct")
    assert code == 0
    assert "log-rank test" in out


def test_who_is_in_no_group_is_left_out_and_said(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    code, out, err = run(
        capsys, "survival", file, "--endpoint", "os", "--by", "prior_hsct", "--json"
    )
    assert code == 0
    assert "1 of 3 patients have no prior_hsct and are excluded" in err
    assert [row["strata"] for row in json.loads(out)["medians"]] == ["no", "yes"]


def test_groups_formed_after_infusion_carry_a_warning(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    _, _, err = run(capsys, "survival", file, "--endpoint", "os", "--by", "crs_grade")
    assert "immortal time" in err
    _, _, err = run(capsys, "survival", file, "--endpoint", "os", "--by", "sex")
    assert "immortal time" not in err


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    content = json_of(capsys, "summary", SAMPLE, "--json")
    assert set(content) == {"incidence", "grade_3_4", "lineages", "grades"}
    shares = {
        (row["period"], row["param"]): (row["n"], row["n_total"]) for row in content["incidence"]
    }
    assert shares["within_28", "HGB"] == (16, 17)
    assert shares["within_28", "PLT"] == (15, 17)
    assert shares["within_28", "NE"] == (17, 17)
    assert shares["after_prednisone", "NE"] == (6, 15)
    lineages = {
        (row["period"], row["label"]): (row["n"], row["n_total"]) for row in content["lineages"]
    }
    assert lineages["within_28", "trilineage"] == (14, 17)
    assert lineages["at_day_28", "trilineage"] == (12, 15)
    code, out, _ = run(capsys, "summary", SAMPLE)
    assert code == 0
    # As many decimals as 17 patients allow, and in 16 of 17 not 100.
    anemia = next(line.split() for line in out.splitlines() if "within_28 " in line)
    assert anemia[2:] == ["anemia", "16", "17", "0", "94", "71", "99.9"]


def test_definitions_are_options_and_told_where_they_are_not_the_defaults(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    content = json_of(capsys, "summary", SAMPLE, "--json", "--pht-grade", "3", "--no-use-support")
    assert content["modified_definitions"] == ["PHT from grade 3", "transfusions and G-CSF ignored"]
    at_28 = next(row for row in content["incidence"] if row["period"] == "at_day_28")
    assert at_28["n_total"] < 15
    _, out, _ = run(capsys, "summary", SAMPLE, "--early-end", "30")
    assert out.startswith("Modified definitions: early steroids end before day 30.")
    ask = ("survival", SAMPLE, "--endpoint", "os")
    assert "Modified" not in run(capsys, *ask)[1]
    _, out, _ = run(capsys, *ask, "--no-censor-at-next-therapy")
    assert "Modified definitions: not censored at next therapy." in out
    _, _, err = run(capsys, "grade", SAMPLE, "--reference", "who_2024", "-o", tmp_path / "g.csv")
    assert "Modified definitions: lower limits of normal who_2024." in err
    code, _, err = run(capsys, "summary", SAMPLE, "--after-days", "-1")
    assert (code, err.strip()) == (2, "pht_core: after_days is -1; it must be from 0 to 3650.")


def test_findings_that_change_a_result_go_to_standard_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text(COHORT.replace("114.9", "#DIV/0!"), "utf-8")
    code, _, err = run(capsys, "summary", file, "--json")
    assert code == 0
    assert "hgb_g_l contains a formula error: '#DIV/0!' in line 4" in err


BAD: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "binary": bytes(range(256)),
    "header only": b"subject_id,day,hgb_g_l\n",
    "half a workbook": b"PK\x03\x04and no more",
    "no patient": b"ward,day,hgb_g_l\nA,1,90\nA,2,90\n",
    "an open unit": b"patient,day,Hb\nA,1,8.1\nA,2,7.5\n",
    "no day": b"subject_id,hgb_g_l\nA,90\n",
}
COMMANDS = {
    "reproduce": lambda file: ("reproduce", "--cohort", file),
    "grade": lambda file: ("grade", file, "-o", file.with_suffix(".out")),
    "survival": lambda file: ("survival", file, "--endpoint", "os"),
    "summary": lambda file: ("summary", file),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", BAD)
def test_bad_files_end_with_a_sentence_and_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, what: str, command: str
) -> None:
    file = tmp_path / "bad.csv"
    content = BAD[what]
    if content is not None:
        file.write_bytes(content)
    code, out, err = run(capsys, *COMMANDS[command](file))
    assert code == 2
    assert out == ""
    assert err.startswith("pht_core: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not file.with_suffix(".out").exists()


CHECKED = {
    "clean": (
        "subject_id,day,hgb_g_l,plt_10e9_l,ne_10e9_l\nA,1,90,80,1.1\n",
        0,
        "The files can be used: nothing found.",
    ),
    "notes": (
        "subject_id,day,hgb_g_l,plt_10e9_l,ne_10e9_l\nA,1,90,80,<0.1\n",
        0,
        "The files can be used: 1 finding.",
    ),
    "changes a result": (
        "subject_id,day,hgb_g_l,plt_10e9_l,ne_10e9_l\nA,1,90,80,#REF!\nA,2,90,80,1\n",
        1,
        "changes a result: own.csv.ne_10e9_l, line 2: 1 of 2 cells",
    ),
    "nothing to draw": ("patient,sex\nA,M\nB,F\n", 2, "The files cannot be used:"),
    "blocks": ("patient,day,Hb\nA,1,8.1\nA,2,7.5\n", 2, "The files cannot be used:"),
}


@pytest.mark.parametrize("what", CHECKED)
def test_check_tells_the_findings_and_how_grave_they_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, what: str
) -> None:
    text, expected, words = CHECKED[what]
    file = tmp_path / "own.csv"
    file.write_text(text, "utf-8")
    code, out, err = run(capsys, "check", file)
    assert (code, err) == (expected, "")
    assert words in out
    code, out, _ = run(capsys, "check", file, "--json")
    told = json.loads(out)
    assert code == expected
    assert told["name"] == "own.csv"
    severities = {row["severity"] for row in told["findings"]}
    if what != "nothing to draw":
        assert ("blocks" in severities, "changes a result" in severities) == (code == 2, code >= 1)
    assert all(
        {"table", "row", "column", "value", "found", "done"} <= set(r) for r in told["findings"]
    )


def test_a_saved_mapping_answers_what_the_file_leaves_open(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, saved = tmp_path / "own.csv", tmp_path / "mapping.json"
    file.write_text("patient,day,Hb\nA,1,8.1\nA,2,7.5\n", "utf-8")
    intake = read_files(read_paths([file]))
    answered = answer_question(intake.mapping, intake.questions[0], "g/dL")
    saved.write_text(format_mapping(answered), "utf-8")
    assert run(capsys, "check", file)[0] == 2
    code, out, _ = run(capsys, "check", file, "--mapping", saved)
    assert code == 1  # no platelets, no neutrophils
    assert "8.1 g/dL = 81 g/L" in out
    graded = tmp_path / "graded.csv"
    code, *_ = run(capsys, "grade", file, "--mapping", saved, "-o", graded)
    assert code == 0
    # CTCAE v5: 81 g/L is grade 2, 75 g/L grade 3.
    assert [row["grade"] for row in csv.DictReader(graded.read_text("utf-8").splitlines())] == [
        "2",
        "3",
    ]
    (tmp_path / "broken.json").write_text("{", "utf-8")
    code, _, err = run(capsys, "check", file, "--mapping", tmp_path / "broken.json")
    assert code == 2
    assert err.startswith("pht_core: ")


def test_several_files_are_one_cohort(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("patient,sex,age\nA,F,50\n", "utf-8")
    (tmp_path / "blood.csv").write_text("patient,day,test,result,unit\nA,3,Hb,7.9,g/dL\n", "utf-8")
    graded = tmp_path / "graded.out"
    files = (tmp_path / "people.csv", tmp_path / "blood.csv")
    assert run(capsys, "grade", *files, "-o", graded)[0] == 0
    [row] = csv.DictReader(graded.read_text("utf-8").splitlines())
    assert (row["subject_id"], row["value"], row["lln"], row["grade"]) == (
        "A",
        "79.0",
        "115.0",
        "3",
    )


def test_a_folder_without_tables(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "summary", tmp_path)
    assert code == 2
    assert "holds no file" in err


def one_group(folder: Path) -> Path:
    """Two groups without an event: there is nothing to compare."""
    path = folder / "alive.csv"
    header = "subject_id,sex,last_followup_months,death_months"
    path.write_text(f"{header}\nA,M,10,\nB,F,12,\nC,F,14,\n", "utf-8")
    return path


def test_what_else_cannot_be_done(
    capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path
) -> None:
    code, _, err = run(capsys, "survival", file, "--endpoint", "os", "--by", "colour")
    assert code == 2
    assert "Column 'colour' is not known. Choose one of: age_years, sex" in err
    code, _, err = run(capsys, "grade", file, "-o", tmp_path / "no" / "folder.csv")
    assert code == 2
    assert "could not be written" in err
    code, _, err = run(capsys, "grade", file, "-o", tmp_path)
    assert code == 2
    assert "could not be written" in err
    bare = tmp_path / "bare.csv"
    bare.write_text("subject_id,sex\nA,M\n", "utf-8")
    code, _, err = run(capsys, "survival", bare, "--endpoint", "os")
    assert code == 2
    assert "Overall survival is not evaluable: the file records no death and no last" in err
    code, out, _ = run(capsys, "survival", one_group(tmp_path), "--endpoint", "os", "--by", "sex")
    assert code == 0
    assert "No log-rank test: it needs two groups at risk at the same time, with events." in out
    code, out, _ = run(
        capsys, "survival", one_group(tmp_path), "--endpoint", "os", "--by", "sex", "--json"
    )
    assert code == 0
    assert json.loads(out)["log_rank"] is None
    assert run(capsys, "survival", file, "--endpoint", "efs")[0] == 2
    assert run(capsys, "grade", file)[0] == 2
    assert run(capsys)[0] == 2


def test_a_cohort_without_counts_has_a_summary_of_nobody(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text("subject_id,sex\nA,M\n", "utf-8")
    content = json_of(capsys, "summary", bare, "--json")
    assert all(row["n_total"] == 0 and row["percent"] is None for row in content["incidence"])


def test_the_module_runs_as_a_program(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pht_core", "summary", str(tmp_path / "gone.csv")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("pht_core: gone.csv could not be opened")


def test_another_patient_called_p1_is_not_the_papers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = tmp_path / "own.csv"
    own.write_text("subject_id,age_years,sex,day,hgb_g_l\nP1,61,F,28,90\n", "utf-8")
    _, out, _ = run(capsys, "reproduce", "--cohort", own, "--json")
    treated = next(row for row in json.loads(out) if row["id"] == "flow.treated")
    assert treated["computed"] != "159"


def test_a_fault_is_not_a_figure_that_does_not_match(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LookupError("P1 of the file")

    monkeypatch.setattr("pht_core.commands.check.read_files", fail)
    code, out, err = run(capsys, "check", file)
    assert (code, out) == (3, "")
    assert err.startswith("pht_core: a fault in this program: LookupError in fail, line ")
    assert "P1" not in err


def test_no_file_name_and_no_cell_steers_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    odd = tmp_path / "own\x1b[31m\u202e.csv"
    odd.write_text(COHORT.replace("Yes", "Y\x1b]0;x\x07es"), "utf-8")
    for command in ("check", "summary", "claims"):
        _, out, err = run(capsys, command, odd)
        assert "own?[31m?.csv" in out + err
        assert not set("\x1b\x07\u202e") & set(out + err)
    _, _, err = run(capsys, "check", tmp_path / "none\x1b[31m.csv")
    assert "\x1b" not in err


def test_a_written_cell_runs_nothing_in_a_spreadsheet(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own, out = tmp_path / "own.csv", tmp_path / "out.csv"
    ids = ["=1+1", "@SUM(1)", "+cmd|' /C calc'!A0", "-2+3", "-2"]
    own.write_text("subject_id,day,HGB (g/L)\n" + "".join(f"{one},0,98\n" for one in ids))
    assert run(capsys, "grade", own, "-o", out)[0] == 0
    written = [row[0] for row in csv.reader(out.read_text("utf-8").splitlines())]
    assert written == ["subject_id", *(f"'{one}" for one in ids[:4]), "-2"]


def test_a_number_of_5000_digits_is_no_day(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = tmp_path / "own.csv"
    for row in (f"{'9' * 5000},0,98", f"P1,{'9' * 5000},98"):
        own.write_text(f"subject_id,day,HGB (g/L)\nP2,0,98\n{row}\n")
        code, _, err = run(capsys, "check", own)
        assert (code in (1, 2), err) == (True, "")
