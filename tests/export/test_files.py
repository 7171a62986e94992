"""Tables to take away: CSV in which a spreadsheet finds no formula, and names of files."""

import csv
import io
from datetime import date

import pandas as pd
import pytest

from pht_core.export import file_name, format_csv


# What a spreadsheet would run (OWASP, CSV injection) and what it would not.
@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("\r=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\u3000=1", "'\u3000=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\u200b=1", "'\u200b=1"),
        ("-", "'-"),
        ("-2", "-2"),
        ("+0.5", "+0.5"),
        ("-1e-3", "-1e-3"),
        ("P1", "P1"),
        ("患者1", "患者1"),
        ("a,b", "a,b"),
        ("a = b", "a = b"),
    ],
)
def test_no_cell_is_a_formula(cell: str, written: str) -> None:
    content = format_csv(pd.DataFrame({"note": [cell]}))
    again = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    assert again["note"].tolist() == [written]


@pytest.mark.parametrize("cell", ["a\r=1+1", "a\n=1+1", "a\r\n=1+1", 'a"\r=1+1', "a,=1+1"])
def test_no_cell_begins_a_row_or_column_of_its_own(cell: str) -> None:
    content = format_csv(pd.DataFrame({"note": [cell], "n": [1]})).decode()
    # Read with every line end there is, as spreadsheets do.
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert [len(row) for row in rows] == [2, 2]
    assert not any(entry.startswith("=") for row in rows for entry in row)


def test_numbers_stay_numbers() -> None:
    table = pd.DataFrame(
        {
            "day": [-7, 28],
            "value": [0.1 + 0.2, None],
            "known": pd.array([True, None], dtype="boolean"),
            "grade": pd.array([4, None], dtype="Int64"),
        }
    )
    content = format_csv(table)
    assert content == (b"day,value,known,grade\n-7,0.30000000000000004,True,4\n28,,,\n")


def test_a_column_name_is_no_formula_either() -> None:
    names = ["=x", "\t=x", "@x", "＝x", "day"]
    header = format_csv(pd.DataFrame([[1] * 5], columns=names)).decode("utf-8-sig").splitlines()[0]
    assert header == "'=x,'\t=x,'@x,'＝x,day"


def test_columns_of_one_name_are_kept() -> None:
    table = pd.DataFrame([[1, "=a"]], columns=["x", "x"])
    assert format_csv(table) == b"x,x\n1,'=a\n"


def test_a_byte_order_mark_only_where_excel_needs_it() -> None:
    assert not format_csv(pd.DataFrame({"id": ["P1"]})).startswith(b"\xef\xbb\xbf")
    chinese = format_csv(pd.DataFrame({"id": ["患者1"]}))
    assert chinese.startswith(b"\xef\xbb\xbf")
    assert pd.read_csv(io.BytesIO(chinese)).columns.tolist() == ["id"]


def test_no_rows_are_still_a_table() -> None:
    assert format_csv(pd.DataFrame({"a": [], "b": []})) == b"a,b\n"


def test_names_of_files_say_what_and_when() -> None:
    day = date(2026, 11, 22)
    assert file_name("figure1", "incidence", kind="png", day=day) == (
        "pht-figure1-incidence_2026-11-22.png"
    )
    assert file_name("../Étude: K/M", kind="csv", day=day) == "pht-tudekm_2026-11-22.csv"
    assert file_name("患者", kind="csv", day=day) == "pht_2026-11-22.csv"
