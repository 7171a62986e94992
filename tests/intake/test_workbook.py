"""Excel workbooks: what a column's cells become, and what is said of formulas and hidden things."""

import base64
import datetime as dt
import zlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from pht_core.intake.limits import Limits
from pht_core.intake.opening.archive import Budget
from pht_core.intake.opening.opening import open_files
from pht_core.intake.opening.workbook import look_through, read_workbook
from pht_core.intake.source import SourceFile, SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import BLOCKS, CHANGES, NOTE, Findings
from tests.broken_files import change_member, write_workbook

Rows = list[list[object]]
DAY = dt.date(2022, 3, 4)
NOON = dt.datetime(2022, 3, 4, 12, 30)


def read(content: bytes, **limits: int) -> tuple[list[SourceTable], Findings]:
    findings: Findings = []
    return read_workbook("b.xlsx", content, Budget(Limits(**limits)), findings), findings


def read_column(*values: object) -> pd.Series:
    """What a column of cells becomes, beside a column of ids."""
    rows: Rows = [["id", "x"], *([f"P{place}", value] for place, value in enumerate(values))]
    return read(write_workbook({"Labs": rows}))[0][0].frame["x"]


def plain(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values.astype(object).tolist()]


@pytest.mark.parametrize(
    ("cells", "column", "kind"),
    [
        ([98, 85], [98, 85], "i"),
        ([98, 85.5], [98.0, 85.5], "f"),
        ([98, None], [98.0, None], "f"),
        ([98, "  "], [98.0, None], "f"),
        (["P1", "P2"], ["P1", "P2"], "O"),
        ([7, "P2"], ["7", "P2"], "O"),  # never 7.0
        ([7.25, "<0.1"], ["7.25", "<0.1"], "O"),
        ([7, "007"], ["7", "007"], "O"),
        (["007", "012"], ["007", "012"], "O"),
        (["98", "85"], [98, 85], "i"),  # numbers stored as text
        ([98, "85"], [98, 85], "i"),
        ([True, False], ["Yes", "No"], "O"),
        ([True, 1], ["Yes", "1"], "O"),
        ([0.1 + 0.2, 7.9999999999999999], [0.3, 8.0], "f"),
        ([DAY, NOON], [pd.Timestamp(DAY), pd.Timestamp(NOON)], "M"),
        ([DAY, None], [pd.Timestamp(DAY), None], "M"),
        ([DAY, "unknown"], ["2022-03-04", "unknown"], "O"),
        ([NOON, "unknown"], ["2022-03-04 12:30:00", "unknown"], "O"),
        ([DAY, 44624], ["2022-03-04", "44624"], "O"),
        ([" 98 L ", 7], ["98 L", "7"], "O"),
    ],
)
def test_what_a_column_becomes(cells: list[object], column: list[object], kind: str) -> None:
    values = read_column(*cells)
    assert values.dtype.kind == kind
    assert plain(values) == column


def test_lines_are_the_sheets_rows_wherever_the_table_begins() -> None:
    rows: Rows = [[], ["Ward 5"], [], [None, "id", "HGB"], [None, "P1", 98], [], [None, "P2", 85]]
    (table,), findings = read(write_workbook({"Labs": rows}))
    assert list(table.frame.columns) == ["id", "HGB"]
    assert [table.line_of(place) for place in table.frame.index] == [5, 7]
    assert findings[0]["found"] == (
        "b.xlsx has 1 line above the column names, which are in line 4."
    )
    far: Rows = [[]] * 9 + [["id", "HGB"], ["P1", 98]]
    (table,), _ = read(write_workbook({"Labs": far}))
    assert table.line_of(0) == 11


def test_sheets_are_tables_and_empty_ones_are_not() -> None:
    labs: Rows = [["id", "HGB"], ["P1", 98]]
    tables, findings = read(write_workbook({"A": labs, "Empty": [[]], "B": labs}))
    assert [table.name for table in tables] == ["b.xlsx, sheet A", "b.xlsx, sheet B"]
    assert findings == []


def test_numbers_as_column_names_are_written_without_a_point() -> None:
    (table,), _ = read(write_workbook({"Wide": [["id", 0, 7.5, DAY], ["P1", 98, 85, 70]]}))
    assert list(table.frame.columns) == ["id", "0", "7.5", "2022-03-04"]


def test_a_hidden_sheet_is_read_only_where_no_other_is_filled() -> None:
    def hide_last(book: xlsxwriter.Workbook) -> None:
        book.worksheets()[-1].hide()

    labs: Rows = [["id", "HGB"], ["P1", 98]]
    tables, findings = read(write_workbook({"A": labs, "Old": labs}, hide_last))
    assert [table.name for table in tables] == ["b.xlsx"]
    assert [(row["severity"], row["found"]) for row in findings] == [
        (CHANGES, "The sheet 'Old' of b.xlsx is hidden.")
    ]
    tables, findings = read(write_workbook({"Empty": [[]], "Old": labs}, hide_last))
    assert len(tables) == 1
    assert findings == []


def test_formulas_are_never_evaluated() -> None:
    def write_formulas(book: xlsxwriter.Workbook) -> None:
        sheet = book.worksheets()[0]
        sheet.write_formula("B2", "=49*2", None, 97)  # the result stored is not the formula's
        sheet.write_formula("B3", "=1/0", None, "#DIV/0!")
        sheet.write_formula("B4", "=60+1", None, 61)

    rows: Rows = [["id", "HGB"], ["P1"], ["P2"], ["P3"]]
    book = change_member(
        write_workbook({"Labs": rows}, write_formulas),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v>61</v>", b"<v></v>"),
    )
    (table,), findings = read(book)
    assert plain(table.frame["HGB"]) == [97.0, None, None]
    assert [(row["severity"], row["row"], row["found"]) for row in findings] == [
        (NOTE, "", "b.xlsx contains 3 formulas."),
        (CHANGES, "B4", "1 formula of b.xlsx has no stored result."),
        (BLOCKS, "", "b.xlsx was written by a program that did not calculate its formulas."),
        (CHANGES, "B3", "b.xlsx has 1 cell with an Excel error in B3."),
    ]
    assert findings[3]["value"] == "#DIV/0!"


def test_a_value_merged_downwards_stands_for_each_row() -> None:
    def merge(book: xlsxwriter.Workbook) -> None:
        book.worksheets()[0].merge_range("A2:A3", "P1")
        book.worksheets()[0].merge_range("A4:A5", "P2")

    rows: Rows = [["id", "day"], [None, 0], [None, 7], [None, 0], [None, 7]]
    (table,), findings = read(write_workbook({"Labs": rows}, merge))
    assert table.frame["id"].tolist() == ["P1", "P1", "P2", "P2"]
    assert [row["found"] for row in findings] == ["b.xlsx has 2 cells merged over several rows."]


def test_another_table_below_is_not_read_as_the_first() -> None:
    first: Rows = [["id", "day", "HGB"], ["P1", 0, 98], ["P2", 0, 85], [], ["Counts", "of", "PLT"]]
    second: Rows = [["id", "day", "PLT"], ["P1", 0, 20], ["P2", 0, 30]]
    (table,), findings = read(write_workbook({"Labs": first[:4] + second}))
    assert table.frame["HGB"].tolist() == [98, 85]
    assert [row["found"] for row in findings] == ["Another table begins in line 5 of b.xlsx."]


def test_hidden_rows_are_read_and_noted() -> None:
    def hide_row(book: xlsxwriter.Workbook) -> None:
        book.worksheets()[0].set_row(1, None, None, {"hidden": True})

    rows: Rows = [["id", "HGB"], ["P1", 98], ["P2", 85]]
    (table,), findings = read(write_workbook({"Labs": rows}, hide_row))
    assert table.frame["id"].tolist() == ["P1", "P2"]
    assert [row["found"] for row in findings] == [
        "b.xlsx has 1 row hidden manually or by a filter: 2."
    ]


def test_cells_struck_through_and_comments_are_named() -> None:
    def mark(book: xlsxwriter.Workbook) -> None:
        struck = book.add_format({"font_strikeout": True})
        book.worksheets()[0].write(2, 1, 85, struck)
        book.worksheets()[0].write(3, 0, None, struck)  # nothing is struck through
        book.worksheets()[1].write_comment("B2", "repeat, clotted")

    rows: Rows = [["id", "HGB"], ["P1", 98], ["P2", 85]]
    _, findings = read(write_workbook({"Labs": rows, "More": rows}, mark))
    told = {(row["table"], row["found"], row["severity"]) for row in findings}
    assert told == {
        (
            "b.xlsx, sheet Labs",
            "b.xlsx, sheet Labs has 1 cell struck through: B3.",
            "changes a result",
        ),
        ("b.xlsx, sheet More", "b.xlsx, sheet More has 1 cell with a comment: B2.", "note"),
    }


def test_zeros_that_only_the_format_shows_are_noted() -> None:
    def write_ids(book: xlsxwriter.Workbook) -> None:
        book.worksheets()[0].write(1, 0, 7, book.add_format({"num_format": "0000"}))

    (table,), findings = read(write_workbook({"Labs": [["id", "HGB"], [None, 98]]}, write_ids))
    assert table.frame["id"].tolist() == [7]
    assert len(findings) == 1
    assert "leading zeros" in findings[0]["found"]


def test_numbers_longer_than_excel_keeps_are_a_finding() -> None:
    (_,), findings = read(write_workbook({"Labs": [["id", "HGB"], [440101199001011234, 98]]}))
    assert [row["found"] for row in findings] == [
        "id of b.xlsx has numbers of more than 15 digits."
    ]


def test_other_writers_tags_are_understood() -> None:
    """LibreOffice and scripts write fewer attributes than Excel, and prefixes."""
    xml = (
        b'<x:row r="2"><x:c r="A2" t="e"><x:v>#N/A</x:v></x:c><x:c r="B2"><x:f>1+1</x:f></x:c>'
        b'<x:c r="C2"><x:f t="shared" si="0"/><x:v>3</x:v></x:c></x:row>'
        b'<row hidden="true" r="3"><c r="D3"><v>1</v></c></row><row r="900" ht="5"/>'
    )
    facts = look_through("b.xlsx", iter([xml]), Limits())
    assert (facts.first_row, facts.n_rows, facts.n_columns, facts.n_cells) == (2, 3, 4, 1)
    assert facts.n_formulas == 2
    assert facts.uncached == ["B2"]
    assert facts.errors == [("A2", "#N/A")]
    assert facts.hidden_rows == [3]


@pytest.mark.parametrize("n_bytes", [1, 7, 50])
def test_a_sheet_tells_the_same_in_any_pieces(n_bytes: int) -> None:
    xml = b"".join(
        b'<row r="%d"><c r="A%d"><f>A1</f><v></v></c><c r="B%d" t="e"><v>#REF!</v></c></row>'
        % (row, row, row)
        for row in range(1, 40)
    )
    pieces = (xml[at : at + n_bytes] for at in range(0, len(xml), n_bytes))
    facts = look_through("b.xlsx", pieces, Limits())
    assert facts == look_through("b.xlsx", iter([xml]), Limits())
    assert (facts.n_rows, facts.n_columns, facts.n_formulas) == (39, 2, 39)
    assert len(facts.uncached) == len(facts.errors) == 39


@pytest.mark.parametrize("n_rows", [3, 5000])
def test_every_cell_arrives(n_rows: int) -> None:
    rows: Rows = [["id", "day", "HGB"]]
    rows += [[f"P{number}", number, number / 4] for number in range(n_rows)]
    (table,), findings = read(write_workbook({"Labs": rows}))
    assert table.frame["id"].tolist() == [f"P{number}" for number in range(n_rows)]
    assert table.frame["day"].tolist() == list(range(n_rows))
    assert np.array_equal(table.frame["HGB"], np.arange(n_rows) / 4)
    assert findings == []


def test_limits_of_a_workbook() -> None:
    labs: Rows = [["id", "HGB"], ["P1", 98], ["P2", 85]]
    with pytest.raises(UnreadableFile, match="reaches over 3 rows and 2 columns; at most 5"):
        read(write_workbook({"Labs": labs}), slow_cells=5)
    with pytest.raises(UnreadableFile, match="has 2 sheets; at most 1"):
        read(write_workbook({"A": labs, "B": labs}), sheets=1)
    with pytest.raises(UnreadableFile, match="has 2 columns; at most 1"):
        read(write_workbook({"A": labs}), columns=1)


# Saved as .xls (Excel 97) by LibreOffice from: patient, day, HGB (g/L), drawn; three rows.
OLD_EXCEL = (
    "c-rk(U1%It6h3!mcQc!$$tF$wX*I5~-6Tz-O$!>)nlx!`i>(PUVv&GuvXeA+^TQ^k1}tt<BPbS>LVd6(h4>(fKNR#q"
    "#pKNgMG*?sr_=|b=)+bNDKuHXbLLKVx@>eemV%lyocr_5z4zR?=iGD7eEUts!r6~DT%;^|fJ|CS2Pxpe6xeb*AtFO#"
    "OX+mlh0|;FucAd=vkraGpC8ORFVcDq>Uxd-o76*NcqS=KyJ-}4f~Ketx(OEJT`!+GOL>mVm)7L3UOxM8_Twfv`~I`9"
    "=lfp_E&-Q<*MZBx<xU8o3UDQOJ-7;7EjB@PGx!$pt>6vdjo{nBw}WfIcj$fGscYs<Xm8g2x;4LZLnvrLivd4<y6!7h"
    "x#<2PEaF4oyx7H$;655>+vtqO2f{asI%E$~#e0~8k?ufC(HWp+^nswCNx4I;57bWKR&CJ-jdt1lNhxckEF+%(iOl&y"
    "kQUhGmwbDke^p-szuF1^H%w8AXTPQE_qN7YO0#^w_SmC#A{wvpRnXgfx28aS%_Ady&9T^mT&7w2JstL3+_^C0yr$s4"
    "<%b&u;`G16XK{A9&biSUpUTD?R=}H9z_+Y`2Xo>CbCCV`GWaP2og}5X4kb;gE0O`JE0aE{*C&glu1fmTPm7_?K*GGw"
    "xfBzxU_FIrURhwG-jj-crYG5xr+P$8AjKY=#k!fjm$y?%itpMNhzk}SSBMPOoN7nePBoW9PHeDX#}<6Q^#{VkRk~N="
    "h>j=Y(aB+ZbP|y!7M;TEy?Z*s^+WgUZ$Qk6C89@1A@z|KF1Do+b1XXKb7IbbRSnLlr&`wr2PVgXg|2a6rTBmtK8&w?"
    "g?vm1%Uylv@^=UNyW5@;Jem2Gq0NSKNXPMJ-nT_&G)g%wW2<NrAy7p+BelK5Blbl2QTu4PXKW-o+SFqY9f?O1wUL%>"
    "k)74BjL6@P>y8fD;Yjxh5%7YP5o~6=(51FIPrDxN6U`T<n=ho=8a(Z@@M=MPqLOEtnpBf==eV_^$Fa6W$K(tVO#|gp"
    "bDw7&^JV%5p4nigZ{nFM&h&9S>ZOu$ee7kV%|w@$5pvs(zf<LcsT`P*12eO*Maejv9D{UEp{JI6hA7wVndq6ir(_=Q"
    ">T~2DO6D1Yy{y=Brq3A|%Oj0zMjA4*MzA+#c;uVQBTYg5dZg)D^R%q_qKy27x*1RHb<8bg>3hQ>u)ow+M_#I4@L(#G"
    "BQrCoSmyB@miLfRNgoHC@J93?G)|I3Ip6CF01e^N4O!lWl$#9}|79+ykY$<0P7WEe49DF#uO8-{?ZEIrVr*h;a5B96"
    "*#SEqzW=`F-e|uakK1z7I)(=aTmMP!svKvtYFbM38b+>lX<_EAU$1l>3cdT9MU8dmzGn?Qr(FcUZ`Jv2yFR7;I?p|*"
    "bKRKEcgJ;(d}-0iUAetg&vPlCb|L#`#5n);`7?KK44rx%`)|7P{w~fWvamj#XS-fH<k{;=xR<Wy|DVXovY}jaOpjSU"
    "0qF@kO#QNt!v*WVQhb-=htdW7SN&Av+DRwmjzGs<*uyicl5cwc!Sb2Ism8u#JMBVFXs_D-*^d?a|5vO3)g&{e$LI*Y"
    "e+0QH>wX`sU{G|z$Ru*sF(4~by_WAU;Qa3bzqc%Z7bFbG9&E9|!uHd;itk5=#!74d|4e@Z`lK<$"
)


def test_a_workbook_of_old_excel_is_read() -> None:
    content = zlib.decompress(base64.b85decode(OLD_EXCEL))
    opened = open_files([SourceFile("b.xls", content)])
    (table,) = opened.tables
    assert table.frame.astype(str).values.tolist() == [
        ["K1", "0", "98.0", "2021-03-01"],
        ["K1", "7", "85.5", "2021-03-08"],
        ["K2", "0", "101.0", "2021-03-02"],
    ]
    assert [row["name"] for row in opened.findings] == ["old_workbook"]
