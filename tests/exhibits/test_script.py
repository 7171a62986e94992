"""The scripts of "show code" are run: they make the same numbers, or stop where the data differ."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.compared import Compared, CompareOptions
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.rendering import render_exhibit
from pht_core.exhibits.script import format_basket_script, format_script
from pht_core.exhibits.trajectories import (
    PatientOptions,
    PatientsOptions,
    Trajectories,
    Trajectory,
)
from pht_core.exhibits.view import View
from pht_core.export.files import format_csv
from pht_core.intake.mapping_file import format_mapping
from pht_core.intake.pseudonyms import relabel_subjects
from pht_core.intake.questions import answer_question
from pht_core.intake.reading import (
    SAMPLE_FILE,
    SAMPLE_FOLDER,
    read_again,
    read_cohort,
    read_files,
    read_paths,
    read_sample,
)
from pht_core.model.cohort import Cohort, digest_of
from pht_core.model.errors import PhtError
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLE = read_sample()
ENTRIES = list_entries(View(SAMPLE))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run scripts in, without drawing: a picture is written as its description."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "pht_core.export.export_picture", lambda picture, kind, style: picture.frame.title.encode()
    )
    return tmp_path


def run(script: str) -> None:
    exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})


def run_alone(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as its user does, in a process of its own."""
    (folder / "script.py").write_text(script, "utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def usual(name: str) -> Any:
    return EXHIBITS[name].options()


def sources(*paths: Path) -> list[tuple[str, str]]:
    return [(path.name, digest_of(path.read_bytes())) for path in paths]


@pytest.mark.parametrize("place", range(len(ENTRIES)), ids=lambda place: ENTRIES[place].name)
def test_the_script_of_each_exhibit_makes_the_same_numbers(
    place: int, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = ENTRIES[place]
    view = View(SAMPLE)
    rendering = render_exhibit(view, entry.exhibit, entry.options)
    script = format_script(entry.exhibit(view, entry.options))
    run(script)
    assert (here / f"{entry.name}.csv").read_bytes() == format_csv(rendering.numbers)
    said = capsys.readouterr().out
    assert said.endswith(f"{rendering.result or rendering.headline}\n")
    if rendering.table is None:
        assert (here / f"{entry.name}.svg").exists()
    else:
        assert str(rendering.table.columns[0]) in said
    assert "Settings(" not in script  # what is usual is not written out
    assert "Filters(" not in script


def test_a_script_draws_the_figure_and_needs_nothing_else(tmp_path: Path) -> None:
    view = View(SAMPLE, Settings(pht_grade=3), Filters(prior_hsct=True), final=True)
    entry = next(one for one in ENTRIES if one.name == "figure1-lineages")
    script = format_script(entry.exhibit(view, entry.options), title='It\'s "mine"')
    assert "settings=Settings(pht_grade=3), filters=Filters(prior_hsct=True), final=True" in script
    done = run_alone(script, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    rendering = render_exhibit(view, entry.exhibit, entry.options)
    assert done.stdout == f"{rendering.result}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "figure1-lineages.csv",
        "figure1-lineages.svg",
        "script.py",
    ]
    # 12 of the 17 had a transplant before; under "grade 3 or worse" the footer says so.
    drawn = (tmp_path / "figure1-lineages.svg").read_text("utf-8")
    assert "12 of 17 patients: prior HSCT" in " ".join(drawn.split())
    assert "exploratory" not in drawn
    written = pd.read_csv(tmp_path / "figure1-lineages.csv")
    assert written["n"].tolist() == rendering.numbers["n"].tolist()


def test_a_changed_byte_stops_the_script(tmp_path: Path) -> None:
    content = SAMPLE_FILE.read_bytes()
    file = tmp_path / "cohort.csv"
    file.write_bytes(content)
    view = View(read_cohort(file))
    script = format_script(EXHIBITS["characteristics"](view), files=sources(file))
    done = run_alone(script, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "9/17 (53%)" in done.stdout  # men; Table 3 of the paper
    (tmp_path / "characteristics.csv").unlink()
    file.write_bytes(content.replace(b",M,", b",F,", 1))
    done = run_alone(script, tmp_path)
    found = digest_of(file.read_bytes())
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"These are not the data of this figure: their SHA-256 is {found}.\n"
    assert not (tmp_path / "characteristics.csv").exists()


def test_another_sentence_than_the_apps_is_told(here: Path) -> None:
    entry = next(one for one in ENTRIES if one.name == "figure1-incidence")
    rendering = render_exhibit(View(SAMPLE), entry.exhibit, entry.options)
    script = format_script(entry.exhibit(View(SAMPLE), entry.options))
    with pytest.raises(SystemExit, match="This is not what the app said: Other"):
        run(script.replace(f"SAID = {rendering.result!r}", "SAID = 'Other'"))


def test_where_there_is_nothing_to_show_there_is_no_script() -> None:
    nobody = View(SAMPLE, filters=Filters(age_years=(99, 100)))
    with pytest.raises(PhtError, match="No patients match these filters: age 99 years or more"):
        format_script(EXHIBITS["patients"](nobody))
    with pytest.raises(PhtError, match="Patients are not of two groups"):
        format_script(Compared(View(SAMPLE), CompareOptions("icans_grade")))


def test_several_files_in_any_order(here: Path) -> None:
    paths = [SAMPLE_FOLDER / "tidy" / name for name in ("subjects.csv", "counts.csv")]
    for path in paths:
        (here / path.name).write_bytes(path.read_bytes())
    cohort = read_cohort(paths)
    # By the order of names counts come first, whatever was opened first.
    assert cohort.digest == digest_of(paths[1].read_bytes() + paths[0].read_bytes())
    entry = next(one for one in ENTRIES if one.name == "figure1-incidence")
    run(format_script(entry.exhibit(View(cohort), entry.options), files=sources(*paths)))
    without = [(name, "") for name, _ in sources(*paths)]
    run(format_script(entry.exhibit(View(cohort), entry.options), files=without))
    (here / "subjects.csv").write_bytes(paths[0].read_bytes() + b"\n")
    with pytest.raises(SystemExit, match="not the data of this figure"):
        run(format_script(entry.exhibit(View(cohort), entry.options), files=sources(*paths)))


def test_a_corrected_mapping_is_read_beside_the_file(here: Path) -> None:
    file = here / "own.csv"
    file.write_text("patient,day,Hb\nA,1,8.1\nA,2,7.5\nA,28,9.9\n", "utf-8")
    intake = read_files(read_paths([file]))
    mapping = answer_question(intake.mapping, intake.questions[0], "g/dL")
    cohort = read_again(intake, mapping).cohort
    assert cohort is not None
    view = View(cohort)
    script = format_script(Trajectory(view), files=sources(file), mapping_file="m.json")
    assert "the app's page “Upload data” saves it" in script
    (here / "m.json").write_text(format_mapping(mapping), "utf-8")
    run(script)
    written = pd.read_csv(here / "figure3e-trajectory.csv")
    assert written["value"].tolist() == [81, 75, 99]


HOSTILE = 'A"\'\'\'+str(1/0)+"""\\ {1/0} \u202e'


def test_words_of_the_file_and_of_the_user_are_only_literals(here: Path) -> None:
    name = 'a\'"""\n+1÷0\\.csv'
    rows = f"{HOSTILE!s}".replace('"', '""')
    (here / name).write_text(
        f'patient,day,hgb_g_l\n"{rows}",1,80\n"{rows}",28,90\nB,28,100\n', "utf-8"
    )
    cohort = read_cohort(here / name)
    patient = next(one for one in cohort.subject_ids if one != "B")
    view = View(cohort)
    script = format_script(
        Trajectories(view, PatientsOptions((patient, "B"), patient)),
        files=sources(here / name),
        title=f"{HOSTILE}\n",
    )
    literals = [
        node.value for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Constant)
    ]
    assert {name, patient, f"{HOSTILE}\n"} <= set(
        filter(lambda one: isinstance(one, str), literals)
    )
    assert "\u202e" not in script  # it would show the lines after it backwards
    run(script)
    written = pd.read_csv(here / "figure3-trajectories.csv")
    assert set(written["subject_id"]) == {patient, "B"}
    basket = format_basket_script(
        cohort,
        [Entry("swimmer", usual("swimmer"), title=HOSTILE, comment=f"{HOSTILE}\r\n#")],
        files=sources(here / name),
    )
    run(basket)
    assert (here / "01-swimmer.csv").exists()


def relabelled() -> tuple[Cohort, dict[str, str]]:
    """The sample under other ids, in the reverse order."""
    ids = SAMPLE.subject_ids
    pseudonyms = dict(zip(ids, (f"P{place}" for place in range(len(ids), 0, -1)), strict=True))
    return relabel_subjects(SAMPLE, pseudonyms), pseudonyms


def test_relabelled_patients_are_the_same_ones_in_the_script(here: Path) -> None:
    cohort, pseudonyms = relabelled()
    view = View(cohort)
    for name, options, file_ids in (
        # P3, P5, P7, P10, P11 and P17 relapsed; of these P17 is called P1, and comes first.
        ("figure3e-trajectory", PatientOptions(), ["P17"]),
        ("figure3e-trajectory", PatientOptions("P17"), ["P1"]),
        ("figure3-trajectories", PatientsOptions(), ["P17", "P11", "P10", "P7", "P5", "P3"]),
        ("figure3-trajectories", PatientsOptions(("P2", "P1"), "P2"), ["P16", "P17"]),
    ):
        script = format_script(EXHIBITS[name](view, options), pseudonyms=pseudonyms)
        assert "In the app the patients are relabelled" in script
        assert all(repr(one) in script for one in file_ids)
        run(script)
        written = pd.read_csv(here / f"{name}.csv")
        shown = render_exhibit(view, next(e for e in ENTRIES if e.name == name).exhibit, options)
        columns = [one for one in ("day", "value", "grade") if one in written]
        expected = shown.numbers[columns].astype(float)
        if "subject_id" in written:
            assert set(written["subject_id"]) == set(file_ids)
            order = {pseudonyms[one]: one for one in file_ids}
            expected["subject_id"] = shown.numbers["subject_id"].astype(str).map(order)
            columns = ["subject_id", *columns]
        found = written[columns].sort_values(columns, ignore_index=True)
        expected = expected[columns].sort_values(columns, ignore_index=True)
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_a_basket_as_one_script(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [
        next(one for one in ENTRIES if one.name == "survival-rates"),
        Entry("patients", usual("patients"), Settings(pht_grade=3), Filters(sex="F")),
        Entry("patients", usual("patients"), filters=Filters(crs_grade=(5,))),
    ]
    run(format_basket_script(SAMPLE, entries, final=True))
    renderings, _ = render_entries(SAMPLE, entries, final=True)
    assert (here / "01-survival-rates.csv").read_bytes() == format_csv(renderings[0].numbers)
    assert len(pd.read_csv(here / "02-patients.csv")) == 8  # women; Table 3 of the paper
    said = capsys.readouterr().out
    assert said.startswith(f"01-survival-rates: {renderings[0].result}")
    assert (
        "Left out: Individual patients (Table 3): No patients match these filters: CRS grade 5."
        in said
    )


def test_a_final_cohort_is_final_in_the_script_of_a_basket() -> None:
    entries = [Entry("key-figures", EXHIBITS["key-figures"].options())]
    assert "render_entries(cohort, entries)" in format_basket_script(read_sample(), entries)
    final = format_basket_script(read_sample(), entries, final=True)
    assert "render_entries(cohort, entries, final=True)" in final
