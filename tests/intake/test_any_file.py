"""No file brings the reading down: broken ones, odd ones, and any that Hypothesis makes up."""

import time

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pht_core.intake.mapping_file import format_mapping, read_mapping
from pht_core.intake.reading import Intake, read_again, read_files
from pht_core.intake.source import SourceFile
from pht_core.intake.words.fields import read_fields
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, format_finding
from pht_core.stats.assessment import derive_assessment
from tests.broken_files import BROKEN_FILES, BrokenFile

LONGEST_SECONDS = 20.0


def read(name: str, content: bytes) -> Intake | str:
    """What became of a file, or the sentence with which it was refused."""
    try:
        return read_files([SourceFile(name, content)])
    except UnreadableFile as error:
        return str(error)


def check(intake: Intake) -> None:
    """Every intake keeps its word: blocked or a cohort, findings in whole sentences."""
    severities = set(intake.findings["severity"])
    assert severities <= {BLOCKS, CHANGES, NOTE}
    assert (intake.cohort is None) == (BLOCKS in severities)
    assert bool(intake.questions) <= (intake.cohort is None)
    for row in intake.findings.itertuples():
        assert str(row.found).endswith((".", "…", "?")), row.found
        assert "nan" not in str(row.found).split(), row.found
        assert row.done == "" or str(row.done).endswith((".", "…")), row.done
        assert row.to_do == "" or str(row.to_do).endswith((".", "…")), row.to_do


@pytest.mark.parametrize("file", BROKEN_FILES, ids=lambda file: file.id)
def test_a_broken_file_is_told_its_cause(file: BrokenFile) -> None:
    start = time.perf_counter()
    told = read(file.name, file.content)
    assert time.perf_counter() - start < LONGEST_SECONDS
    if isinstance(told, str):
        assert file.says in told
        assert told.endswith(".")
        return
    check(told)
    words = " ".join(format_finding(row) for row in told.findings.itertuples())
    assert file.says in words


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len({file.id for file in BROKEN_FILES}) >= 60


# --- whatever Hypothesis thinks of -------------------------------------------------------------

KNOWN_HEADERS = """
subject_id patient id day date infusion_date Hb HGB PLT ANC NE WBC polys% bands% sex age
prednisone weight CRP gcsf infection car_t death_months last_followup OS_MONTHS OS_STATUS
PARAMCD AVAL AVALU CNSR ADY test result unit LLN drug dose start end 患者编号 血红蛋白
redcap_event_name HGB_D14 hgb_g_l plt_10e9_l
"""
HEADERS = st.one_of(st.sampled_from(KNOWN_HEADERS.split()), st.text(max_size=8))
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "P1",
            "P2",
            "007",
            "7.5",
            "7,5",
            "1,234",
            "<0.1",
            ">1000",
            "ND",
            "-",
            "98 L",
            "yes",
            "no",
            "1",
            "0",
            "2",
            "03/04/2022",
            "13/04/2022",
            "2022-03-04",
            "2022年3月4日",
            "44627",
            "HGB",
            "PLT",
            "g/dL",
            "g/L",
            "/uL",
            "8.5 g/dL",
            "1:DECEASED",
            "nan",
            "inf",
            "-5",
            "1e400",
            "=1+1",
            "#N/A",
            "day 14",
            "M",
            "男",
            "prednisone",
            "dexamethasone",
            "99999999999999999999",
        ]
    ),
    st.text(max_size=6),
    st.integers(-500, 500).map(str),
    st.floats(allow_nan=True).map(str),
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    headers = draw(st.lists(HEADERS, min_size=1, max_size=7, unique=True))
    if draw(st.booleans()):  # half of them with what a cohort needs
        headers = list(dict.fromkeys(["patient", draw(st.sampled_from(["day", "date"])), *headers]))
    n = draw(st.integers(0, 6))
    rows = [[draw(CELLS) for _ in headers] for _ in range(n)]
    return pd.DataFrame(rows, columns=headers)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables(), separator=st.sampled_from([",", ";", "\t"]))
def test_any_table_is_read_or_refused_in_words(table: pd.DataFrame, separator: str) -> None:
    told = read("own.csv", table.to_csv(index=False, sep=separator).encode("utf-8", "replace"))
    if isinstance(told, str):
        assert told.endswith(".")
        return
    check(told)
    if told.cohort is not None:
        derive_assessment(told.cohort)
    saved = read_mapping(format_mapping(told.mapping))
    again = read_again(told, saved)
    assert (again.cohort is None) == (told.cohort is None)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=300), ending=st.sampled_from(["csv", "tsv", "xlsx", "zip", "txt"])
)
def test_any_bytes_are_read_or_refused_in_words(content: bytes, ending: str) -> None:
    told = read(f"own.{ending}", content)
    if isinstance(told, str):
        assert told.endswith(".")
    else:
        check(told)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_correction_of_the_mapping_is_read_or_refused(data: st.DataObject) -> None:
    """Every column of a plain file as any field: nothing falls over, findings stay sentences."""
    from dataclasses import replace

    text = (
        "patient,date,Hb (g/dL),PLT,note,flag\n"
        "A,2022-03-04,8.1,50,fine,yes\nA,2022-03-05,,60,1,no\nB,2022-03-06,9.9,<10,,1\n"
    )
    intake = read_files([SourceFile("own.csv", text.encode())])
    fields = ["", *read_fields()]
    [table] = intake.mapping.tables
    columns = tuple(
        replace(column, field=data.draw(st.sampled_from(fields)), unit="")
        for column in table.columns
    )
    rows = data.draw(
        st.sampled_from(["patients", "days", "results", "doses", "times", "events", ""])
    )
    changed = replace(intake.mapping, tables=(replace(table, columns=columns, rows=rows),))
    again = read_again(intake, changed)
    check(again)
    if again.cohort is not None:
        derive_assessment(again.cohort)
