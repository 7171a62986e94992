"""Parquet, SAS and SPSS: columns by their types, labels, and codes with their words."""

import datetime as dt
import decimal
import io
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pht_core.intake.limits import LIMITS, Limits
from pht_core.intake.opening.columnar import read_parquet, read_statistical
from pht_core.intake.opening.opening import open_files
from pht_core.intake.source import SourceFile, SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import CHANGES, Findings
from tests.broken_files import sas_data_set, write_statistical

DAY = dt.date(2022, 3, 4)


def read(content: bytes, kind: str, limits: Limits = LIMITS) -> tuple[SourceTable, Findings]:
    findings: Findings = []
    if kind == "parquet":
        return read_parquet("a.parquet", content, findings, limits), findings
    return read_statistical(f"a.{kind}", content, kind, findings, limits), findings


def parquet(**columns: pa.Array) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def plain(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values.astype(object).tolist()]


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        (pa.array([1, 2], pa.int32()), [1, 2], "i"),
        (pa.array([1, None], pa.int64()), [1.0, None], "f"),
        (pa.array([2**60, 1]), ["1152921504606846976", "1"], "O"),
        (pa.array([1.5, None]), [1.5, None], "f"),
        (pa.array([decimal.Decimal("98.50"), None]), [98.5, None], "f"),
        (pa.array(["a ", ""]), ["a", None], "O"),
        (pa.array(["007", "8"]), ["007", "8"], "O"),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"], "O"),
        (pa.array(["a", "b"], pa.large_string()), ["a", "b"], "O"),
        (pa.array([True, None]), ["Yes", None], "O"),
        (pa.array([DAY, None]), [pd.Timestamp(DAY), None], "M"),
        (
            pa.array([dt.datetime(2022, 3, 3, 23), None], pa.timestamp("ns", "UTC")),
            [pd.Timestamp(2022, 3, 3, 23), None],
            "M",
        ),
        (
            pa.array([dt.datetime(2022, 3, 3, 23)] * 2).cast(pa.timestamp("us", "Asia/Shanghai")),
            [pd.Timestamp(2022, 3, 4, 7)] * 2,
            "M",
        ),
        (pa.array([dt.time(7, 5), None]), ["07:05:00", None], "O"),
        (pa.array([dt.date(9999, 12, 31), DAY]), ["9999-12-31", "2022-03-04"], "O"),
        (pa.nulls(2), [None, None], "O"),
    ],
)
def test_parquet_columns(column: pa.Array, values: list[object], kind: str) -> None:
    table, findings = read(parquet(id=pa.array(["P1", "P2"]), x=column), "parquet")
    assert plain(table.frame["x"]) == values
    assert table.frame["x"].dtype.kind == kind
    assert findings == []


def test_lists_are_left_out_with_a_finding() -> None:
    content = parquet(id=pa.array(["P1"]), x=pa.array([[1, 2]]), y=pa.array([b"\x00"]))
    table, findings = read(content, "parquet")
    assert list(table.frame.columns) == ["id"]
    assert [(row["severity"], row["column"]) for row in findings] == [
        (CHANGES, "x"),
        (CHANGES, "y"),
    ]


def test_limits_are_told_before_anything_is_read() -> None:
    content = parquet(id=pa.array(["P1", "P2"]), x=pa.array([1, 2]))
    with pytest.raises(UnreadableFile, match="has 2 rows; at most 1"):
        read(content, "parquet", Limits(rows=1))
    with pytest.raises(UnreadableFile, match="has 2 columns; at most 1"):
        read(content, "parquet", Limits(columns=1))
    with pytest.raises(UnreadableFile, match="unpacks to"):
        read(content, "parquet", Limits(unzipped_bytes=10))
    whole = write_statistical(pd.DataFrame({"id": ["P1", "P2"]}), "sav")
    with pytest.raises(UnreadableFile, match="has 2 rows; at most 1"):
        read(whole, "sav", Limits(rows=1))


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "USUBJID": ["01-001", "01-002"],
            "AVAL": [98.5, None],
            "SEX": [1.0, 2.0],
            "ADT": [DAY, None],
            "ATM": [dt.datetime(2022, 3, 4, 7, 5), None],
        }
    )


@pytest.mark.parametrize("version", [5, 8])
def test_sas_transport(frame: pd.DataFrame, version: int) -> None:
    labels = {"AVAL": "Analysis Value"}
    content = write_statistical(frame, "xpt", column_labels=labels, file_format_version=version)
    table, findings = read(content, "xpt")
    assert plain(table.frame["USUBJID"]) == ["01-001", "01-002"]
    assert plain(table.frame["AVAL"]) == [98.5, None]
    assert plain(table.frame["SEX"]) == [1, 2]
    assert plain(table.frame["ADT"]) == [pd.Timestamp(DAY), None]
    assert plain(table.frame["ATM"]) == [pd.Timestamp(2022, 3, 4, 7, 5), None]
    assert table.labels == {"AVAL": "Analysis Value"}
    assert findings == []


def test_sas_data_set() -> None:
    table, findings = read(sas_data_set(), "sas7bdat")
    assert plain(table.frame["USUBJID"]) == ["01-001", "01-001", "01-002"]
    assert plain(table.frame["AVAL"]) == [98.0, 85.5, None]
    assert plain(table.frame["ADT"]) == [
        pd.Timestamp(2022, 3, 4),
        pd.Timestamp(2022, 3, 11),
        None,
    ]
    assert table.labels == {
        "USUBJID": "Unique Subject Identifier",
        "AVAL": "Analysis Value",
        "ADT": "Analysis Date",
    }
    assert findings == []


@pytest.mark.parametrize("compress", [False, True])
def test_spss_with_the_words_of_its_codes(frame: pd.DataFrame, compress: bool) -> None:
    content = write_statistical(
        frame,
        "sav",
        compress=compress,
        column_labels={"AVAL": "血红蛋白"},
        variable_value_labels={"SEX": {1: "male", 2: "female"}},
    )
    table, findings = read(content, "sav")
    assert plain(table.frame["USUBJID"]) == ["01-001", "01-002"]
    assert plain(table.frame["SEX"]) == [1, 2]
    assert plain(table.frame["ADT"]) == [pd.Timestamp(DAY), None]
    assert table.value_labels == {"SEX": {"1": "male", "2": "female"}}
    assert table.labels == {"AVAL": "血红蛋白"}
    assert findings == []


@pytest.mark.parametrize("version", [8, 12, 13, 15])  # 8 to 12 are written in another form
def test_stata_with_the_words_of_its_codes(frame: pd.DataFrame, version: int) -> None:
    content = write_statistical(
        frame.drop(columns="ATM"),
        "dta",
        version=version,
        column_labels=["", "Hemoglobin (g/L)", "", ""],
        variable_value_labels={"SEX": {1: "male", 2: "female"}},
    )
    table, findings = open_one("a.dta", content)
    assert plain(table.frame["USUBJID"]) == ["01-001", "01-002"]
    assert plain(table.frame["AVAL"]) == [98.5, None]
    assert plain(table.frame["ADT"]) == [pd.Timestamp(DAY), None]
    assert table.value_labels == {"SEX": {"1": "male", "2": "female"}}
    assert table.labels == {"AVAL": "Hemoglobin (g/L)"}
    assert findings == []


def open_one(name: str, content: bytes) -> tuple[SourceTable, Findings]:
    opened = open_files([SourceFile(name, content)])
    (table,) = opened.tables
    return table, opened.findings


def test_codes_that_spss_declares_as_missing_are_missing() -> None:
    content = write_statistical(
        pd.DataFrame({"id": ["P1", "P2"], "HGB": [98.0, 999.0]}),
        "sav",
        missing_ranges={"HGB": [999]},
    )
    table, findings = read(content, "sav")
    assert plain(table.frame["HGB"]) == [98.0, None]
    assert [row["found"] for row in findings] == [
        "a.sav declares some codes as missing, the first in HGB."
    ]


@pytest.mark.parametrize(
    ("encoding", "word", "title"),
    [("gb18030", "男性患者", "GB18030"), ("cp1252", "Größe", "Windows-1252")],
)
def test_sas_text_in_an_encoding_that_it_does_not_name(
    encoding: str, word: str, title: str
) -> None:
    raw = word.encode(encoding)
    content = write_statistical(pd.DataFrame({"SEX": ["x" * len(raw), "y"]}), "xpt")
    table, findings = read(content.replace(b"x" * len(raw), raw), "xpt")
    assert plain(table.frame["SEX"]) == [word, "y"]
    assert title in findings[0]["found"]
