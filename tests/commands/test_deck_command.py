"""The commands deck and report: what they write, what they tell, and what they return."""

import os
import pty
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from pptx import Presentation

from pht_core.__main__ import _parser, main
from pht_core.commands.figures import read_work
from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.entry import Entry, list_entries, render_entries
from pht_core.exhibits.saved import Saved, format_saved, read_saved
from pht_core.exhibits.survival import SurvivalOptions
from pht_core.exhibits.trajectories import PatientOptions
from pht_core.exhibits.view import View
from pht_core.export.document.archive import write_archive
from pht_core.intake.mapping_file import format_mapping
from pht_core.intake.questions import answer_question
from pht_core.intake.reading import SAMPLE_FILE, read_cohort, read_files, read_paths, read_sample
from pht_core.model.filters import Filters
from pht_core.model.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLE = read_sample()
SAFETY = Entry("safety", EXHIBITS["safety"].options())
RATES = Entry("survival-rates", SurvivalOptions(), title="Alive at <12> months", comment="by hand")
KEPT = Saved(
    filters=Filters(sex="F"),
    basket=(RATES, replace(SAFETY, filters=Filters(sex="F"))),
    style={"preset": "single", "grey": True},
    data_name=SAMPLE.name,
    digest=SAMPLE.digest,
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A settings file with two tables, which are quick to write."""
    path = tmp_path / "settings.json"
    path.write_text(format_saved(KEPT), "utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Exit code and standard error of a command; nothing goes to standard output."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:  # argparse
        code = int(stop.code or 0)
    said = capsys.readouterr()
    assert said.out == ""
    return code, said.err


def slides(path: Path) -> list[str]:
    return [
        " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        for slide in Presentation(str(path)).slides
    ]


def test_slides_of_a_settings_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, saved: Path
) -> None:
    out = tmp_path / "out.pptx"
    code, told = run(capsys, "deck", SAMPLE_FILE, "--settings", saved, "-o", out)
    assert (code, told) == (0, f"2 figures written to {out}.\n")
    said = slides(out)
    assert any("Alive at <12> months" in text for text in said)
    assert any("by hand" in text for text in said)
    assert "exploratory" in " ".join(said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.pptx", "settings.json"]


def test_final_is_said_on_the_command_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, saved: Path
) -> None:
    out = tmp_path / "out.pptx"
    code, _ = run(capsys, "deck", SAMPLE_FILE, "--settings", saved, "--final", "-o", out)
    assert code == 0
    assert "exploratory" not in " ".join(slides(out))


@pytest.mark.parametrize("digest", ["", "1" * 64])
def test_settings_call_no_other_cohort_final(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, digest: str
) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.pptx"
    settings.write_text(format_saved(replace(KEPT, final=True, digest=digest)), "utf-8")
    code, told = run(capsys, "deck", SAMPLE_FILE, "--settings", settings, "-o", out)
    assert code == 1
    assert "The settings file calls another cohort final" in told
    assert "exploratory" in " ".join(slides(out))
    assert run(capsys, "deck", SAMPLE_FILE, "--settings", settings, "--final", "-o", out)[
        0
    ] == bool(digest)
    assert "exploratory" not in " ".join(slides(out))


def test_settings_call_their_own_cohort_final_as_long_as_it_is_read_alike(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.pptx"
    own = replace(KEPT, final=True, tables_digest=SAMPLE.tables_digest)
    settings.write_text(format_saved(own), "utf-8")
    assert run(capsys, "deck", SAMPLE_FILE, "--settings", settings, "-o", out)[0] == 0
    assert "exploratory" not in " ".join(slides(out))
    settings.write_text(format_saved(replace(own, tables_digest="2" * 64)), "utf-8")
    code, told = run(capsys, "deck", SAMPLE_FILE, "--settings", settings, "-o", out)
    assert (code, "it was read otherwise then" in told) == (1, True)
    assert "exploratory" in " ".join(slides(out))


def test_the_story_in_six_without_a_settings_file_and_all_when_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "talk.html"
    assert run(capsys, "deck", SAMPLE_FILE, "-o", out) == (0, f"6 figures written to {out}.\n")
    assert out.read_bytes().count(b"<section") == 8
    code, told = run(capsys, "deck", SAMPLE_FILE, "--all", "-o", out)
    assert code == 0
    assert told == f"{len(list_entries(View(read_sample())))} figures written to {out}.\n"


def test_all_figures_without_a_settings_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out.html"
    code, told = run(capsys, "report", SAMPLE_FILE, "-o", out)
    n = len(list_entries(View(SAMPLE)))
    assert (code, told) == (0, f"{n} figures written to {out}.\n")
    text = out.read_text("utf-8")
    assert text.count("<figure") >= 13
    assert "Simulated data" in text


def test_word_and_zip(capsys: pytest.CaptureFixture[str], tmp_path: Path, saved: Path) -> None:
    word, archive = tmp_path / "out.docx", tmp_path / "OUT.ZIP"
    assert run(capsys, "report", SAMPLE_FILE, "--settings", saved, "-o", word)[0] == 0
    with ZipFile(word) as opened:
        assert b"hyperglycemia" in opened.read("word/document.xml")
    assert run(capsys, "report", SAMPLE_FILE, "--settings", saved, "-o", archive)[0] == 0
    with ZipFile(archive) as opened:
        assert "tables/02-safety.csv" in opened.namelist()
        again = read_saved(opened.read("settings.json"))
        script = opened.read("scripts/all-figures.py").decode()
    assert again.basket == KEPT.basket
    assert again.style == {"preset": "single", "grey": True, "ppi": 300, "font_size": None}
    assert again.digest == SAMPLE.digest
    assert "read_sample()" in script
    assert "title='Alive at <12> months', comment='by hand'" in script
    # The script makes the same numbers, in a process and folder of its own.
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "script.py").write_text(script, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "script.py"]
    subprocess.run(command, cwd=tmp_path / "made", env=environment, check=True, timeout=120)
    with ZipFile(archive) as opened:
        for name in ("01-survival-rates.csv", "02-safety.csv"):
            assert (tmp_path / "made" / name).read_bytes() == opened.read(f"numbers/{name}")


def test_pages_of_patients_under_the_filters(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.html"
    # Of the 17 of Table 3 two are 66 and 50 years old.
    settings.write_text(format_saved(Saved(filters=Filters(age_years=(50, 100)))), "utf-8")
    code, told = run(capsys, "report", SAMPLE_FILE, "--settings", settings, "--patients", "-o", out)
    assert (code, told) == (0, f"2 patients written to {out}.\n")
    text = out.read_text("utf-8")
    assert "P4" in text
    assert "P16" in text
    assert "P17" not in text
    code, told = run(capsys, "report", SAMPLE_FILE, "--patients", "-o", tmp_path / "out.docx")
    assert code == 2
    assert "written as .html only" in told


def test_the_same_as_the_app_would_make(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    entries = (Entry("figure1-incidence", EXHIBITS["figure1-incidence"].options()), SAFETY)
    settings, out = tmp_path / "s.json", tmp_path / "out.zip"
    settings.write_text(format_saved(Saved(basket=entries)), "utf-8")
    assert run(capsys, "report", SAMPLE_FILE, "--settings", settings, "-o", out)[0] == 0
    renderings, _ = render_entries(SAMPLE, entries)
    made = write_archive(renderings, cohort_digest=SAMPLE.digest, data_name=SAMPLE.name)
    with ZipFile(out) as by_command, ZipFile(BytesIO(made)) as by_app:
        for name in by_app.namelist():
            if name.endswith((".svg", ".png", ".csv")) or name.startswith("texts"):
                assert by_command.read(name) == by_app.read(name), name


def test_settings_made_on_other_data_are_applied_and_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.docx"
    other = Saved(basket=(SAFETY,), digest="1" * 64, data_name="other.csv")
    settings.write_text(format_saved(other), "utf-8")
    code, told = run(capsys, "report", SAMPLE_FILE, "--settings", settings, "-o", out)
    assert code == 1
    assert "These settings were made on other data: other.csv (SHA-256 11111111)." in told
    assert out.exists()


def test_what_is_left_out_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.docx"
    nobody = replace(SAFETY, filters=Filters(age_years=(99, 100)))
    settings.write_text(format_saved(Saved(basket=(SAFETY, nobody))), "utf-8")
    code, told = run(capsys, "report", SAMPLE_FILE, "--settings", settings, "-o", out)
    assert code == 1
    assert told.splitlines() == [
        "left out: Safety on prednisone: No patients match these filters: age 99 years or more.",
        f"1 figure written to {out}.",
    ]
    settings.write_text(format_saved(Saved(basket=(nobody,))), "utf-8")
    out.unlink()
    code, told = run(capsys, "report", SAMPLE_FILE, "--settings", settings, "-o", out)
    assert code == 2
    assert "nothing was written" in told
    assert not out.exists()


def test_findings_that_change_results_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, saved: Path
) -> None:
    file, out = tmp_path / "own.csv", tmp_path / "out.docx"
    file.write_text(
        "subject_id,sex,age_years,last_followup_months,death_months,day,hgb_g_l\n"
        "A,M,40,12,,28,79\nB,F,50,6,6,28,114\n",
        "utf-8",
    )
    code, told = run(capsys, "report", file, "--settings", saved, "-o", out)
    grave = [row for row in read_cohort(file).findings.itertuples() if row.severity != "note"]
    assert grave
    assert code == 1
    assert all(f"{row.severity}: {row.table}.{row.column}: " in told for row in grave)


def test_a_mapping_is_used_and_named_in_the_script(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, mapping, out = (tmp_path / name for name in ("own.csv", "hb.json", "out.zip"))
    file.write_text("patient,day,Hb,months of follow-up\nA,1,8.1,3\nA,2,7.5,3\n", "utf-8")
    intake = read_files(read_paths([file]))
    answered = answer_question(intake.mapping, intake.questions[0], "g/dL")
    mapping.write_text(format_mapping(answered), "utf-8")
    settings = tmp_path / "s.json"
    patients = Entry("patients", EXHIBITS["patients"].options())
    settings.write_text(format_saved(Saved(basket=(patients,))), "utf-8")
    code, told = run(
        capsys, "report", file, "--mapping", mapping, "--settings", settings, "-o", out
    )
    assert code == 0, told
    with ZipFile(out) as opened:
        script = opened.read("scripts/all-figures.py").decode()
    assert "Path('own.csv')" in script
    assert "read_mapping(Path('hb.json').read_bytes())" in script


REFUSED = {
    "deck {sample} -o {folder}/out.ppt": "does not end in .pptx",
    "report {sample} -o {folder}/out.pdf": "does not end in .html, .docx or .zip",
    "report {sample} -o {folder}/nowhere/out.zip": "is not a folder: nothing can be written",
    "deck {sample} --template {folder}/no.pptx -o {folder}/o.pptx": "The template {folder}/no.pptx "
    "could not be opened: No such file",
    "deck {sample} --template {sample} -o {folder}/o.pptx": "template",
    "deck {sample} --settings {sample} -o {folder}/o.pptx": "settings file is not readable as JSON",
    "deck {sample} --settings {folder}/no.json -o {folder}/o.pptx": "settings file {folder}/no.json"
    " could not be opened",
    "deck {folder}/no.csv -o {folder}/o.pptx": "no.csv could not be opened",
}


@pytest.mark.parametrize("command", REFUSED)
def test_what_cannot_be_done_writes_nothing(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = {"sample": str(SAMPLE_FILE), "folder": str(tmp_path)}
    code, told = run(capsys, *(part.format(**words) for part in command.split()))
    assert code == 2
    assert told.startswith("pht_core: ")
    assert REFUSED[command].format(**words) in told
    assert list(tmp_path.iterdir()) == []


def test_data_are_never_overwritten_nor_added_to(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, saved: Path
) -> None:
    data = tmp_path / "data.zip"
    data.write_bytes(b"data")
    code, told = run(capsys, "report", data, "-o", tmp_path / "x" / ".." / "data.zip")
    assert code == 2
    assert "is read too and would be lost" in told
    assert data.read_bytes() == b"data"
    template = tmp_path / "t.pptx"
    code, told = run(capsys, "deck", SAMPLE_FILE, "--template", template, "-o", template)
    assert code == 2
    code, told = run(capsys, "report", tmp_path, "-o", tmp_path / "out.zip")
    assert code == 2
    assert "would stand in the folder of the data" in told
    assert not (tmp_path / "out.zip").exists()


def test_a_style_that_is_not_offered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.docx"
    settings.write_text(format_saved(Saved(style={"preset": "poster"})), "utf-8")
    code, told = run(capsys, "report", SAMPLE_FILE, "--settings", settings, "-o", out)
    assert code == 2
    assert "Size of picture 'poster' is not known" in told


def test_an_output_is_replaced_at_once_or_not_at_all(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    saved: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "real" / "out.docx"
    out.parent.mkdir()
    out.write_bytes(b"old")
    link = tmp_path / "link.docx"
    link.symlink_to(out)

    def stop(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", stop)
        code, told = run(capsys, "report", SAMPLE_FILE, "--settings", saved, "-o", link)
    assert code == 2
    assert f"{link} could not be written: No space left on device." in told
    assert out.read_bytes() == b"old"
    assert [path.name for path in out.parent.iterdir()] == ["out.docx"]
    assert run(capsys, "report", SAMPLE_FILE, "--settings", saved, "-o", link)[0] == 0
    assert link.is_symlink()
    assert out.read_bytes().startswith(b"PK")


def test_a_terminal_sees_how_far_it_is(tmp_path: Path, saved: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pht_core", "report", str(SAMPLE_FILE)]
    command += ["--settings", str(saved), "-o", str(tmp_path / "out.docx")]
    done = subprocess.run(
        command, cwd=ROOT, stderr=theirs, stdout=subprocess.PIPE, check=False, timeout=120
    )
    os.close(theirs)
    told = os.read(ours, 100_000).decode()
    os.close(ours)
    assert (done.returncode, done.stdout) == (0, b"")
    assert "Computing the figures (2 of 2)" in told
    assert "Writing the Word file" in told
    assert told.endswith(f"\x1b[K2 figures written to {tmp_path / 'out.docx'}.\r\n")


def test_other_commands_start_without_drawing() -> None:
    command = "import pht_core.__main__, sys; print({'altair', 'pptx', 'docx'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_help_says_what_is_returned(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("deck", "report"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        said = " ".join(capsys.readouterr().out.split())
        assert "Returns 0 if all was done, 1 if the file was written but" in said


def test_settings_of_the_file_are_used(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.zip"
    severe = Saved(settings=Settings(pht_grade=3), filters=Filters(prior_hsct=True))
    entry = Entry("key-figures", EXHIBITS["key-figures"].options(), severe.settings, severe.filters)
    settings.write_text(format_saved(replace(severe, basket=(entry,))), "utf-8")
    assert run(capsys, "report", SAMPLE_FILE, "--settings", settings, "-o", out)[0] == 0
    with ZipFile(out) as opened:
        texts = opened.read("texts.txt").decode()
    assert "PHT from grade 3" in texts
    assert "12 of 17 patients: prior HSCT" in texts


def test_settings_with_the_letters_of_a_column_make_slides_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.pptx"
    entries = (Entry("figure1-incidence", EXHIBITS["figure1-incidence"].options()),)
    styles: tuple[dict[str, str | float], ...] = ({"preset": "single", "font_size": 8.0}, {})
    for style in styles:
        settings.write_text(format_saved(Saved(basket=entries, style={**style})), "utf-8")
        assert run(capsys, "deck", SAMPLE_FILE, "--settings", settings, "-o", out)[0] == 0
        letters = [
            part.blob.decode()
            for slide in Presentation(str(out)).slides
            for part in (relation.target_part for relation in slide.part.rels.values())
            if str(part.partname).endswith(".svg")
        ]
        if style:
            small = letters
    assert small == letters != []  # the same pictures: those of a slide


def test_no_title_of_a_settings_file_steers_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings, out = tmp_path / "s.json", tmp_path / "out.docx"
    nobody = Entry("figure3e-trajectory", PatientOptions("nobody"), title="a\x1b]0;b\x07\rc")
    settings.write_text(format_saved(Saved(basket=(nobody, SAFETY))), "utf-8")
    code, told = run(capsys, "report", SAMPLE_FILE, "--settings", settings, "-o", out)
    assert (code, "left out: a ]0;b  c: Patient 'nobody'" in told) == (1, True)
    assert "\x1b" not in told


def test_letters_that_no_font_has_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "cohort.csv"
    data.write_text("subject_id,day,hgb_g_l\n患者1,28,70\n", "utf-8")
    options = _parser().parse_args(["deck", str(data), "-o", str(tmp_path / "deck.pptx")])
    monkeypatch.setattr("pht_core.export.pictures.fonts.system_folders", list)
    work = read_work(options)
    assert work.told
    assert "No font for the letters 患者 was found" in capsys.readouterr().err
