"""Files of any kind: what comes of them, and that a broken one always names its cause."""

import time
import tracemalloc

import pandas as pd
import pytest

from pht_core.intake.limits import LIMITS, Limits
from pht_core.intake.opening.opening import Opened, open_files
from pht_core.intake.opening.text import read_text
from pht_core.intake.source import SourceFile, SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import BLOCKS, CHANGES
from tests.broken_files import (
    BROKEN_FILES,
    OLE,
    BrokenFile,
    small_workbook,
    write_statistical,
    write_zip,
)

LONGEST = 20.0  # seconds for one small file: a hang, not a slow computer


def open_or_refuse(*files: SourceFile, limits: Limits = LIMITS) -> Opened | UnreadableFile:
    try:
        return open_files(files, limits)
    except UnreadableFile as error:
        return error


@pytest.mark.parametrize("case", BROKEN_FILES, ids=[case.id for case in BROKEN_FILES])
def test_a_broken_file_names_its_cause(case: BrokenFile) -> None:
    begin = time.perf_counter()
    answer = open_or_refuse(SourceFile(case.name, case.content))
    assert time.perf_counter() - begin < LONGEST
    assert isinstance(answer, Opened) == case.opens, answer
    if isinstance(answer, UnreadableFile):
        # What a log shows of it: the sentence, and no cell from below it.
        assert answer.__suppress_context__ or answer.__context__ is None
        said = [str(answer)]
    else:
        said = [f"{row['found']} {row['done']} {row['to_do']}" for row in answer.findings]
    assert any(case.says in sentence for sentence in said), said
    assert any(case.name in sentence for sentence in said), said


def test_the_corpus_is_large_and_each_case_has_a_name() -> None:
    names = [case.id for case in BROKEN_FILES]
    assert len(names) == len(set(names)) >= 60


COUNTS = b"id,HGB\nP1,98\n"


def test_tables_are_named_by_file_sheet_and_archive() -> None:
    opened = open_files(
        [
            SourceFile("a.csv", COUNTS),
            SourceFile("a.csv", COUNTS + b"P2,85\n"),
            SourceFile("book.xlsx", small_workbook()),
            SourceFile(
                "all.zip", write_zip({"folder/labs.csv": COUNTS, "b.xlsx": small_workbook()})
            ),
        ]
    )
    assert [table.name for table in opened.tables] == [
        "a.csv",
        "a.csv (2)",
        "book.xlsx, sheet Patients",
        "book.xlsx, sheet Counts",
        "all.zip, labs.csv",
        "all.zip, b.xlsx, sheet Patients",
        "all.zip, b.xlsx, sheet Counts",
    ]
    assert opened.findings == []


def test_a_bad_file_among_good_ones_blocks() -> None:
    opened = open_files([SourceFile("a.csv", COUNTS), SourceFile("b.pdf", b"%PDF-1.7")])
    assert [table.name for table in opened.tables] == ["a.csv"]
    assert [(row["severity"], row["table"]) for row in opened.findings] == [(BLOCKS, "b.pdf")]
    assert opened.findings[0]["found"].startswith("b.pdf is a PDF document.")


def test_a_document_in_an_archive_does_not_block() -> None:
    packed = write_zip({"labs.csv": COUNTS, "codebook.pdf": b"%PDF-1.7", "old.xls": OLE})
    opened = open_files([SourceFile("a.zip", packed)])
    assert [(row["severity"], row["table"]) for row in opened.findings] == [
        (CHANGES, "a.zip, codebook.pdf"),
        (BLOCKS, "a.zip, old.xls"),
    ]


def test_the_same_file_twice_is_read_once() -> None:
    opened = open_files([SourceFile("a.csv", COUNTS), SourceFile("copy of a.csv", COUNTS)])
    assert [table.name for table in opened.tables] == ["a.csv"]
    assert [row["found"] for row in opened.findings] == ["copy of a.csv is the same file as a.csv."]


def test_no_file_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="no file"):
        open_files([])


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(files=1), "The upload has 2 files; at most 1 are read."),
        (Limits(upload_bytes=20), "The upload has 26 bytes; at most 20 bytes are read."),
        (Limits(rows=1), "a.csv has 2 lines; at most 1 are read."),
        (Limits(columns=1), "a.csv has 2 columns; at most 1 are read."),
    ],
)
def test_limits_say_what_was_given_and_what_is_read(limits: Limits, says: str) -> None:
    files = [SourceFile("a.csv", COUNTS), SourceFile("b.csv", COUNTS[:-3] + b"99\n")]
    answer = open_or_refuse(*files, limits=limits)
    assert says in str(answer)


def test_what_archives_and_workbooks_unpack_to_is_counted_together() -> None:
    counts = b"id,HGB\n" + b"P1,98\n" * 20_000
    packed = write_zip({"a.csv": counts})
    assert len(packed) < 2000
    small = Limits(unzipped_bytes=200_000)
    assert isinstance(open_or_refuse(SourceFile("a.zip", packed), limits=small), Opened)
    again = write_zip({"a.csv": counts, "b.csv": b""})
    answer = open_or_refuse(SourceFile("b.zip", packed), SourceFile("a.zip", again), limits=small)
    assert isinstance(answer, Opened)
    blocking = [row["found"] for row in answer.findings if row["severity"] == BLOCKS]
    assert len(blocking) == 1
    assert blocking[0].startswith("a.zip, a.csv unpacks to more than 195.3 kB, the most")
    book = open_or_refuse(
        SourceFile("b.xlsx", small_workbook()), limits=Limits(unzipped_bytes=5000)
    )
    assert "b.xlsx unpacks to more than 4.883 kB" in str(book)


def test_a_message_holds_no_cell_of_the_file() -> None:
    frame = pd.DataFrame({"name": ["Secret Person"] * 50, "HGB": range(50)})
    for kind in ("sav", "xpt"):
        whole = write_statistical(frame, kind)
        answer = open_or_refuse(SourceFile(f"a.{kind}", whole[: len(whole) - 700]))
        assert "Secret" not in repr(answer) or isinstance(answer, Opened)


def test_an_endless_line_is_refused_before_it_is_unpacked() -> None:
    (case,) = (case for case in BROKEN_FILES if case.id == "a line of 100 MB")
    tracemalloc.start()
    try:
        answer = open_or_refuse(SourceFile(case.name, case.content))
        assert isinstance(answer, UnreadableFile)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_a_reader_that_fails_is_a_finding_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(name: str, *_: object) -> SourceTable:
        if name == "odd.csv":
            raise RecursionError("P1")
        return read_text(name, *_)  # type: ignore[arg-type]

    monkeypatch.setattr("pht_core.intake.opening.opening.read_text", read)
    files = [SourceFile("odd.csv", b"id,HGB\nP1,98\n"), SourceFile("a.csv", b"id,HGB\nP2,85\n")]
    opened = open_files(files)
    assert [table.name for table in opened.tables] == ["a.csv"]
    (refused,) = (row for row in opened.findings if row["severity"] == BLOCKS)
    assert "odd.csv could not be read because of a fault in this program" in str(refused["found"])
    assert "P1" not in str(refused)
