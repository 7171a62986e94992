"""The ZIP of everything: opened by other programs, checked by sha256sum, the same bytes again."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pypdfium2
import pytest
from PIL import Image

from pht_core.exhibits.catalogue import EXHIBITS
from pht_core.exhibits.entry import Entry, render_entries
from pht_core.exhibits.rendering import Rendering
from pht_core.exhibits.saved import Saved, read_saved
from pht_core.exhibits.trajectories import PatientOptions
from pht_core.export.document.archive import find_versions, write_archive
from pht_core.export.pictures.style import Style
from pht_core.intake.reading import read_sample

SAMPLE = read_sample()
ENTRIES = (
    Entry("key-figures", EXHIBITS["key-figures"].options()),
    Entry("figure3e-trajectory", PatientOptions("P11"), title="One *patient*"),
    Entry("figure1-incidence", EXHIBITS["figure1-incidence"].options(), comment="a comment"),
)
SAVED = Saved(page="slides", basket=ENTRIES, digest=SAMPLE.digest)
NAMES = [
    "README.txt",
    "tables/01-key-figures.csv",
    "numbers/01-key-figures.csv",
    *(f"figures/02-figure3e-trajectory.{kind}" for kind in ("svg", "png", "pdf")),
    "numbers/02-figure3e-trajectory.csv",
    *(f"figures/03-figure1-incidence.{kind}" for kind in ("svg", "png", "pdf")),
    "numbers/03-figure1-incidence.csv",
    "texts.txt",
    "texts.md",
    "settings.json",
    "scripts/all-figures.py",
    "data.json",
    "versions.json",
    "SHA256SUMS",
]


@pytest.fixture(scope="module")
def renderings() -> list[Rendering]:
    made, left_out = render_entries(SAMPLE, ENTRIES)
    assert left_out == []
    return made


def write(renderings: list[Rendering]) -> bytes:
    return write_archive(
        renderings,
        cohort_digest=SAMPLE.digest,
        data_name=SAMPLE.name,
        saved=SAVED,
        style=Style("single", grey=True),
        scripts={"all-figures.py": "print(1)\n"},
        n_findings=len(SAMPLE.findings),
    )


@pytest.fixture(scope="module")
def archive(renderings: list[Rendering]) -> bytes:
    return write(renderings)


@pytest.fixture(scope="module")
def unpacked(archive: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive as another process unpacks it."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "all.zip").write_bytes(archive)
    command = [sys.executable, "-m", "zipfile", "-t", "all.zip"]
    tested = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert tested.stdout.strip() == "Done testing"  # and no word of a file that is damaged
    command = [sys.executable, "-m", "zipfile", "-e", "all.zip", "out"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "out"


def test_what_is_in_it(archive: bytes) -> None:
    with ZipFile(BytesIO(archive)) as opened:
        assert sorted(opened.namelist()) == sorted(NAMES)
        assert not any("P11" in name for name in opened.namelist())  # no patient in a name
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_program_sha256sum_finds_every_file_as_it_was(unpacked: Path) -> None:
    program = shutil.which("sha256sum") or shutil.which("gsha256sum") or "sha256sum"
    command = [program, "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.split("\n")) == ["", *sorted(f"{name}: OK" for name in NAMES[:-1])]
    changed = unpacked / "numbers" / "01-key-figures.csv"
    content = changed.read_bytes()
    changed.write_bytes(content + b"9")
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False)
    changed.write_bytes(content)
    assert done.returncode == 1
    assert "numbers/01-key-figures.csv: FAILED" in done.stdout


def test_the_same_gives_the_same_bytes_but_in_pdfs(
    archive: bytes, renderings: list[Rendering]
) -> None:
    with ZipFile(BytesIO(archive)) as first, ZipFile(BytesIO(write(renderings))) as second:
        assert first.namelist() == second.namelist()
        # Fonts in a PDF are named anew each time, and the sums hold its sum.
        changing = (".pdf", "SHA256SUMS")
        for name in first.namelist():
            same = first.read(name) == second.read(name)
            assert same or name.endswith(changing), name


def test_pictures_and_numbers(unpacked: Path) -> None:
    with Image.open(unpacked / "figures" / "03-figure1-incidence.png") as picture:
        assert picture.width == pytest.approx(85 / 25.4 * 300, abs=1)
    document = pypdfium2.PdfDocument(unpacked / "figures" / "03-figure1-incidence.pdf")
    width = document[0].get_width()
    document.close()
    assert width == pytest.approx(85 * 72 / 25.4, abs=0.1)
    assert "Simulated data" in (unpacked / "figures" / "03-figure1-incidence.svg").read_text(
        "utf-8"
    )
    numbers = pd.read_csv(unpacked / "numbers" / "03-figure1-incidence.csv")
    assert numbers["n"].tolist()[0] == 16  # Figure 1A of the paper: 16 of 17 had anemia
    table = pd.read_csv(unpacked / "tables" / "01-key-figures.csv")
    assert table["Value"].tolist() == ["78.9%", "15 of 15", "6 of 15", "65%"]


def test_texts(unpacked: Path, renderings: list[Rendering]) -> None:
    text = (unpacked / "texts.txt").read_text("utf-8")
    for rendering in renderings:
        for words in (
            rendering.headline,
            rendering.caption,
            rendering.result,
            rendering.provenance.footer(),
        ):
            assert words in text
    assert "a comment" in text
    markdown = (unpacked / "texts.md").read_text("utf-8")
    assert "**One \\*patient\\***" in markdown
    # Both hold all of it, escapes aside.
    read = re.sub(r"\\(.)", r"\1", markdown)
    for rendering in renderings:
        for words in (*rendering.method, rendering.comment, rendering.provenance.footer()):
            assert words in text
            assert words in read


def test_settings_data_and_versions(unpacked: Path) -> None:
    assert read_saved((unpacked / "settings.json").read_bytes()) == SAVED
    assert json.loads((unpacked / "data.json").read_text("utf-8")) == {
        "name": "Wang 2023 sample (simulated counts)",
        "sha256": "bd0162501a30573894cb672bf80b58342c218357835f8fbe883209abc18bbdb4",
        "patients": 17,
        "findings": len(SAMPLE.findings),
        "simulated": True,
        "final": False,
    }
    versions = json.loads((unpacked / "versions.json").read_text("utf-8"))
    assert versions["Python"] == ".".join(map(str, sys.version_info[:3]))
    assert versions["pandas"] == pd.__version__
    assert versions == find_versions()
    assert (unpacked / "scripts" / "all-figures.py").read_text("utf-8") == "print(1)\n"


def test_the_readme_says_what_it_is(unpacked: Path) -> None:
    text = (unpacked / "README.txt").read_text("utf-8")
    assert text.startswith("Figures and tables of Wang 2023 sample (simulated counts), made by")
    assert "SIMULATED DATA" in text
    assert "EXPLORATORY" in text
    assert "contain patient ids" in text
    for name in NAMES[1:]:
        folder = f"{name.split('/')[0]}/" if "/" in name else name
        assert f"  {folder} " in text
    assert max(map(len, text.splitlines())) <= 110


HOSTILE = "=cmd|' /C calc'!A0 \x00\x1b[2J\n# [x](http://a.b) <script> \u202e ../../x"


def test_words_of_a_file_are_words(renderings: list[Rendering]) -> None:
    table = pd.DataFrame({"Patient": [HOSTILE]})
    hostile = replace(
        renderings[0],
        title=HOSTILE,
        headline=HOSTILE,
        caption=HOSTILE,
        result=HOSTILE,
        comment=HOSTILE,
        table=table,
        provenance=replace(renderings[0].provenance, data=HOSTILE, final=True, simulated=False),
    )
    content = write_archive([hostile], cohort_digest="0" * 64, data_name=HOSTILE)
    with ZipFile(BytesIO(content)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    assert "tables/01-key-figures.csv" in files
    assert files["tables/01-key-figures.csv"].split(b"\n")[1].lstrip(b'"').startswith(b"'=cmd")
    for name in ("README.txt", "texts.txt", "texts.md", "data.json"):
        text = files[name].decode()
        assert not set(text) & set("\x00\x1b\u202e"), name
    markdown = files["texts.md"].decode()
    assert "\\<script\\>" in markdown
    assert "\\[x\\](http\\://a.b)" in markdown
    assert "\n#" not in markdown.removeprefix("# Texts").replace("\n## 01-key-figures", "")
    readme = files["README.txt"].decode()
    assert "EXPLORATORY" not in readme
    assert "SIMULATED" not in readme


def test_nothing_at_all() -> None:
    content = write_archive([], cohort_digest="", data_name="x")
    with ZipFile(BytesIO(content)) as opened:
        assert json.loads(opened.read("data.json"))["final"] is False
