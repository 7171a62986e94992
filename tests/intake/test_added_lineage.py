"""A lineage that is added to the registry and the vocabularies, and nowhere else, is read."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pht_core.intake.reading import read_files
from pht_core.intake.source import SourceFile
from pht_core.intake.words import fields, synonyms, vocabulary, word_lists
from pht_core.model import units
from pht_core.model.cohort import Cohort
from pht_core.model.findings import format_finding
from pht_core.model.lineage import LINEAGES

ROWS = {
    "fields.csv": "LY,lymphocytes,number,LY,patients days,counts\n"
    "LY_lln,lower limit of normal of lymphocytes,number,LY,patients days,counts\n",
    "tests.csv": "LY,English,LYMPH | lymphocytes\n",
    "synonyms.csv": "LY,words,1,English,,,lymphocytes | alc\nLY_lln,whole,1,English,,,alc lln\n",
}
UNITS = (
    "LY,10^9/L,10^9/L,1,0.05,5,20,10^9/L|G/L,Median of a cohort\n"
    "LY,/uL,10^9/L,1/1000,50,5000,20000,/uL,1 L = 10^6 uL\n"
)
CACHES = (
    fields.read_fields,
    synonyms.read_synonyms,
    synonyms.map_header,
    vocabulary._read,
    units.read_units,
    units._spellings,
)


@pytest.fixture
def lymphocytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Lymphocytes in the registry, in copies of the vocabularies and in the units."""
    words = tmp_path / "words"
    shutil.copytree(word_lists.FOLDER, words)
    for name, rows in ROWS.items():
        with (words / name).open("a", encoding="utf-8") as file:
            file.write(rows)
    copy = tmp_path / "units.csv"
    copy.write_text(units.FILE.read_text("utf-8") + UNITS, "utf-8")
    monkeypatch.setattr(word_lists, "FOLDER", words)
    monkeypatch.setattr(units, "FILE", copy)
    monkeypatch.setattr(units, "_met", {})
    added = replace(
        LINEAGES["NE"],
        param="LY",
        name="lymphocytes",
        term="lymphopenia",
        plausible=(0.0, 300.0),
        plausible_lln=(0.3, 3.0),
    )
    monkeypatch.setitem(LINEAGES, "LY", added)
    for cached in CACHES:
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in CACHES:
        cached.cache_clear()


def read(text: str) -> Cohort:
    intake = read_files([SourceFile("blood.csv", text.encode())])
    assert intake.cohort is not None
    return intake.cohort


def counts(cohort: Cohort) -> list[tuple[object, ...]]:
    columns = ["day", "param", "value", "unit", "lln"]
    table = cohort.counts[columns].astype({"lln": float}).fillna({"lln": -1})
    return sorted(tuple(row) for row in table.astype(object).to_numpy().tolist())


@pytest.mark.usefixtures("lymphocytes")
@pytest.mark.parametrize(
    "text",
    [
        "patient,day,Hb (g/L),ALC (/uL),ALC LLN (/uL)\nA,1,90,800,1000\n",
        "patient,Hb_D1 (g/L),ALC_D1 (10^9/L)\nA,90,0.8\n",
        "patient,day,test,result,unit,LLN\nA,1,Hb,90,g/L,\nA,1,LYMPH,800,/uL,1000\n",
    ],
)
def test_columns_and_results_of_an_added_lineage_are_read(text: str) -> None:
    lln = 1.0 if "LLN" in text else -1
    assert counts(read(text)) == [(1, "HGB", 90.0, "g/L", -1), (1, "LY", 0.8, "10^9/L", lln)]


@pytest.mark.usefixtures("lymphocytes")
def test_counts_of_an_added_lineage_are_checked_as_the_others() -> None:
    text = "patient,day,ALC (10^9/L)\nA,1,350\n"
    text += "".join(f"B,{day},0.8\n" for day in range(1, 60))
    (question,) = read_files([SourceFile("blood.csv", text.encode())]).questions
    assert "350" in question.text
    rows = "A,1,0.8,1000\nA,2,999,1\nA,4,-9,1\n"
    rows += "".join(f"B,{day},0.8,1\n" for day in range(1, 60))
    cohort = read(f"patient,day,ALC (10^9/L),ALC LLN\n{rows}")
    found = " ".join(format_finding(row) for row in cohort.findings.itertuples())
    values = cohort.counts["value"].tolist()
    assert values == [0.8] * 60
    assert "2 counts of LY are codes for missing (the first: 999 10^9/L, day 2 of A)" in found
    assert "1 lower limit of normal of LY is implausible (1000 10^9/L)" in found


@pytest.mark.usefixtures("lymphocytes")
def test_a_file_without_an_added_lineage_loses_nothing() -> None:
    cohort = read("patient,day,Hb (g/L)\nA,1,90\n")
    assert counts(cohort) == [(1, "HGB", 90.0, "g/L", -1)]
    assert "LY" not in " ".join(cohort.findings["found"])


def test_an_added_lineage_leaves_no_trace() -> None:
    assert list(LINEAGES) == ["HGB", "PLT", "NE"]
    assert "LY" not in fields.read_fields()
