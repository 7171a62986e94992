"""Broken and odd files, made by code, each with the words that name its cause.

Used by every test that must not fall over a file: opening, the whole reading, the command line.
"""

import base64
import gzip
import io
import json
import pickle
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import xlsxwriter

# Simulated counts again, damaged at random: the reader's own process ends on it.
_SAV_THAT_CRASHES = (
    "eNpTcfMxctBQ1lQIDggOVnBxDHFUcPP0cVXQVcgoKSkottLXT88syShN0kvOz9UPz6xKLErxTUzWD0pNTAkuSSxR"
    "YGJgYGBmQAAEO9LByEjBL79MwcjM0MjK1NTKwFCBQgA0FWQfG5J9DGyMYBwaHOrk5ekCdg8yYOJgBWNHl0iwETjl"
    "wxx9QPLMUDsg4IM9a1pmUXEJ2GogUHBgKU9NzQaqYwHyGMFqORjYof4GiXEAsQiS+f+BgBGuloHh5V8GsHqYWmao"
    "mv//3/+H0vX/oHx2qFkgvaxAHBripmsBEuSGGsAJtYQDyUIOqAZkNkgPL5StCDIIEli2UJoTGDi2QMwJCgRbEAHS"
    "IAQ1gAnJQFjsPocyDAx1DUDRCgstMNUQ4YAqruAAphJCIeJGaOodIh0ASs9fHQ=="
)
Rows = list[list[object]]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAS = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
# Three rows of simulated counts, written once with ReadStat's own writer (nothing here writes
# .sas7bdat): USUBJID, AVAL and ADT (DATE9.) with labels; packed with zlib.
_SAS_DATA_SET = (
    "eNrtmc9rE0EUx99k0/yoaUgghxYKLrWHHsyy48ZQb11JxMgqQpLSg2CiRhop8UcTqCftQRD05En/Aw/evAlC8eJR"
    "vIiHHnIUL3ryt1k3OzPZzMOYaimozCcsb983783ODjO7MzsAAc/ebtYeZ9Ivnt6LQfw5vTu9P5W25sCySIgSFpIB"
    "0IikW+SABZkM6BoR5ZTtsn6s5BQLdsUuFyv6KGAM/fyhuO7mnW17yMqk2EGQfMQwcyY9edhptjobQ7plUNMws5Tm"
    "TYNSg+LiNhbzZ/M5Seo6py7fEgeOv/9ku4fqqVAoFAqFQqFQKBQKxV/Dg2DdKvEuwk9CSdjnmdcJ5i5octwW16dR"
    "/uoksyshWe/Gmb0tBL5gf8T1HNJrXHeQvsD1RaS/iTG7hOrzcIS+OkZHxTNurrDw7Kslk2ZNk/JvFLWqr28ZSH/5"
    "6Yawvn5o/LcPhUKhUCj+B3pfXR+sx0fEX4Fw/4UKU2Pyf40DyV3lH4QZkc/S3Xnuz3KreT8C2sDrufIOxDeeJ+Yp"
    "KW796UU4mBwxn0AM+cPwotxg8jAPUd8e91sL4Ayg6Rl85zntQMrgfRh/n6ZSPF0tV4+eKBWg2mpe7TT0cufcpcb5"
    "tl660Gi1mxebjWtesr1sO3arvnZ9vbmuL9fXOg1PK1RgoBXqbU/q790Uf9YQoh5hbqN71N8SUbn9RUtG0HwugtqJ"
    "oPph30VxEyhuAvUXgu4T+7xbju2XX3YY99n9k37+7/LBg408mY8effue+1Po/7Q5J61btBHlY12Me/FcGQxokNcp"
    "LkK9AXa3Hv1dxDgLIX8S+QnkJ5Ef27M7jQ2eKf1t9eA6Cf98dodXDns1Jd7TZEZe7Y7sv3gp+wNZiwIo"
)
HEADER = b"subject_id,day,HGB,PLT,NE\n"
ROWS = b"P1,0,98,120,1.5\nP1,7,85,60,0.4\nP2,0,101,210,2.2\n"


@dataclass(frozen=True)
class BrokenFile:
    """One file.

    Parameters
    ----------
    id : stable; the test's name.
    name : what the file is called.
    content : its bytes.
    says : what the message, or a finding, must contain.
    opens : whether a table comes of it nevertheless.
    """

    id: str
    name: str
    content: bytes
    says: str
    opens: bool = False


def write_workbook(
    sheets: Mapping[str, Rows],
    change: Callable[[xlsxwriter.Workbook], None] | None = None,
) -> bytes:
    """An .xlsx of sheets given as rows of cells; ``change`` may add to it."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
        if change is not None:
            change(book)
    return file.getvalue()


def write_zip(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of members by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def change_member(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A ZIP with one member's bytes changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {own: archive.read(own) for own in archive.namelist()}
    return write_zip(members | {name: change(members.get(name, b""))})


def small_workbook() -> bytes:
    """A workbook with two sheets of patients and counts."""
    return write_workbook(
        {
            "Patients": [["subject_id", "age"], ["P1", 54], ["P2", 61]],
            "Counts": [["subject_id", "day", "HGB"], ["P1", 0, 98], ["P1", 7, 85.5]],
        }
    )


def small_frame() -> pd.DataFrame:
    """Three rows of counts."""
    return pd.DataFrame(
        {"USUBJID": ["01-001", "01-001", "01-002"], "ADY": [1.0, 8.0, 1.0], "AVAL": [98, 85.5, 101]}
    )


def write_parquet(frame: pd.DataFrame) -> bytes:
    """A Parquet file of a frame."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file)
    return file.getvalue()


def write_statistical(frame: pd.DataFrame, kind: str, **options: object) -> bytes:
    """A SAS transport, SPSS or Stata file of a frame; pyreadstat writes to paths only."""
    import tempfile
    from pathlib import Path

    write = getattr(pyreadstat, {"xpt": "write_xport"}.get(kind, f"write_{kind}"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"x.{kind}")
        write(frame, str(file), **options)
        return file.read_bytes()


def sas_data_set() -> bytes:
    """A .sas7bdat of three rows: 98 on 2022-03-04, 85.5 a week later, and a row without both."""
    return _unpack(_SAS_DATA_SET)


def _unpack(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def _encrypted_zip() -> bytes:
    content = bytearray(write_zip({"cohort.csv": HEADER + ROWS}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    return bytes(content)


def _bomb(n_lines: int) -> bytes:
    return write_zip({"cohort.csv": HEADER + b"x\n" * n_lines})


def _one_line(n_bytes: int) -> bytes:
    return write_zip({"cohort.csv": HEADER + b"P1,0,98,120," + b"x" * n_bytes})


def _deep_zip(depth: int) -> bytes:
    content = HEADER + ROWS
    for level in range(depth):
        content = write_zip({f"level{level}.zip" if level else "cohort.csv": content})
    return content


def _lying_zip() -> bytes:
    """Sizes in the archive's list that say one byte."""
    content = bytearray(write_zip({"cohort.csv": HEADER + ROWS * 100}))
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = (1).to_bytes(4, "little")
    return bytes(content)


def _entity_workbook() -> bytes:
    entities = b"".join(
        b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * 10 if level else b"x" * 10)
        for level in range(12)
    )
    return change_member(
        small_workbook(),
        "xl/sharedStrings.xml",
        lambda xml: xml.replace(b"?>\n", b"?>\n<!DOCTYPE sst [" + entities + b"]>", 1).replace(
            b"<t>P1</t>", b"<t>&e11;</t>", 1
        ),
    )


def _external_workbook() -> bytes:
    return change_member(
        small_workbook(), "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>"
    )


def _far_cell_workbook() -> bytes:
    def write_far(book: xlsxwriter.Workbook) -> None:
        book.worksheets()[0].write(1_048_575, 16_383, "far")

    return write_workbook({"Labs": [["subject_id", "HGB"], ["P1", 98]]}, write_far)


# A cell far away, in the spellings that readers of workbooks understand. A row without its number
# may stand anywhere: only the process that reads it can tell.
_FAR_ROWS = (
    ("no row number", b'<row><c r="XFD1048576"><v>1</v></c></row>', "reaches over"),
    ("single quotes", b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>", "reaches over"),
    ("another first", b'<row spans="1:2" r="9"><c t="n" r="XFD1048576"><v>1</v></c></row>', "over"),
    ("small letters", b'<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>', "reaches over"),
    ("blanks around", b'<row r = "9"><c r = "XFD1048576"><v>1</v></c></row>', "Its reader ended"),
)


def _with_row(row: bytes) -> bytes:
    return change_member(
        small_workbook(),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", row + b"</sheetData>"),
    )


def _hide_second(book: xlsxwriter.Workbook) -> None:
    book.worksheets()[1].hide()


def _formulas(book: xlsxwriter.Workbook) -> None:
    sheet = book.worksheets()[0]
    sheet.write_formula("B2", "=49*2", None, 98)
    sheet.write_formula("B3", "=1/0", None, "#DIV/0!")


def _merge(book: xlsxwriter.Workbook) -> None:
    book.worksheets()[0].merge_range("A2:A3", "P1")


def _gb18030() -> bytes:
    return "编号,天,血红蛋白\n甲一,0,98\n乙二,7,85\n".encode("gb18030")


def _without_stored_results() -> bytes:
    book = write_workbook({"Labs": [["subject_id", "HGB"], ["P1", None], ["P2", None]]}, _formulas)
    return change_member(
        book, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v>98</v>", b"")
    )


def _cases() -> Iterator[BrokenFile]:
    yield from _empty_ones()
    yield from _text_ones()
    yield from _other_kinds()
    yield from _workbooks()
    yield from _archives()
    yield from _typed_ones()


def _empty_ones() -> Iterator[BrokenFile]:
    yield BrokenFile("empty", "cohort.csv", b"", "is empty")
    yield BrokenFile("only spaces", "cohort.csv", b"   \n \n\n  ", "is empty")
    yield BrokenFile("only a byte order mark", "cohort.csv", b"\xef\xbb\xbf", "is empty")
    yield BrokenFile("only a header", "cohort.csv", HEADER, "no rows", opens=True)
    yield BrokenFile("only separators", "cohort.csv", b",,,\n,,,\n", "is empty")
    yield BrokenFile("one column", "cohort.csv", b"subject_id\nP1\nP2\n", "one column", opens=True)
    yield BrokenFile("one word", "cohort.csv", b"hello", "one column", opens=True)
    yield BrokenFile("utf-16 mark alone", "cohort.csv", b"\xff\xfe", "is empty")


def _text_ones() -> Iterator[BrokenFile]:
    def text(
        own: str, content: bytes | str, says: str, opens: bool = True, name: str = "cohort.csv"
    ) -> BrokenFile:
        raw = content.encode() if isinstance(content, str) else content
        return BrokenFile(own, name, raw, says, opens)

    noise = np.random.default_rng(1).bytes(5000)
    yield text("binary noise", noise, "neither text nor", opens=False)
    yield text("noise after a header", HEADER + noise, "neither text nor", opens=False)
    yield text("gb18030", _gb18030(), "GB18030")
    western = "Name,Größe,HGB\nMüller,170,98\n"
    yield text("windows-1252", western.encode("cp1252"), "Windows-1252")
    yield text("latin-1 control", b"Name,HGB\nM\x81\xfcller,98\n", "Latin-1")
    yield text("utf-16 with mark", western.encode("utf-16"), "UTF-16")
    yield text("utf-16-be with mark", b"\xfe\xff" + western.encode("utf-16-be"), "UTF-16")
    yield text("utf-16 without mark", western.encode("utf-16-le"), "UTF-16")
    yield text("utf-16 cut in half", western.encode("utf-16")[:-3], "UTF-16")
    yield text("utf-16-be without mark", western.encode("utf-16-be"), "UTF-16")
    damaged = "编号,天\n甲一,0\n".encode() + b"\xff,3\n"
    yield text("damaged utf-8", damaged, "damaged")
    yield text("zero bytes", HEADER + b"P1,0,9\x008,120,1.5\n", "zero byte")
    yield text("semicolons", "id;day;HGB\nP1;0;9,8\nP2;7;8,5\n", "semicolons")
    yield text("tabs", "id\tday\tHGB\nP1\t0\t98\n", "tabs")
    yield text("vertical bars", "id|day|HGB\nP1|0|98\n", "vertical bars")
    yield text(
        "titles above", b"Ward 5\nprinted on Monday,,\n\n" + HEADER + ROWS, "above the column"
    )
    yield text("comments above", b"# a\n# b\n" + HEADER + ROWS, "above the column")
    yield text("units below", "id,HGB,PLT\n,g/L,10^9/L\nP1,98,120\n", "contains units")
    yield text("total below", HEADER + ROWS + b"Total,,284,390,4.1\n", "below the data")
    yield text("remark below", HEADER + ROWS + b"\n* HGB in g/L\n", "below the data")
    yield text("no header", ROWS, "no header row")
    yield text("names twice", "id,HGB,HGB\nP1,98,99\n", "more than once")
    yield text("names again", HEADER + ROWS + HEADER + ROWS, "repeats its column names")
    yield text("row too long", HEADER + b"P1,0,98,120,1.5,7\n" + ROWS, "6 cells")
    yield text("rows too long", HEADER + b"P1,0,98,120,1,5\nP2,0,98,120,1,5\n", "6 cells")
    yield text("row too short", HEADER + ROWS + b"P3,0\n", "fewer cells")
    yield text("quote never closed", HEADER + b'P1,0,"98,120,1.5\n' + ROWS, "quotation mark")
    swallowed = HEADER + b'"P1,0,98,120,1.5\n' + ROWS + b'"P9,0,98,120,1.5\n'
    yield text("quotes that swallow rows", swallowed, "quotation mark")
    yield text("quote at the very end", HEADER + ROWS + b'"', "quotation mark")
    huge = HEADER + b'P1,0,98,120,"' + b"x" * 200_000 + b'"\n' + ROWS
    yield text("huge cell", huge, "200,000 characters")
    yield text("huge cell never closed", huge.replace(b'x"', b"x"), "quotation mark")
    yield text("one endless line", b"x" * 5_000_000, "a line of more than", opens=False)
    wide = b",".join(b"c%d" % number for number in range(10_000)) + b"\n"
    yield text("10,000 columns", wide + wide, "10,000 columns", opens=False)
    commands = HEADER + b"=cmd|' /C calc'!A0,0,98,120,1.5\n@SUM(1),7,85,60,0.4\n"
    yield text("formulas in text", commands, "Not evaluated")
    yield text("old Mac line ends", (HEADER + ROWS).replace(b"\n", b"\r") + b"Total,\r", "below")
    returns = HEADER + b"\r" * 300_000 + b"x"
    yield text("a run of carriage returns", returns, "fewer cells")
    digits = b"id,HGB\n" + b"1" * 100_000 + b"x,98\nP2,85\n"
    yield text("endless digits", digits, "100,001 characters")
    yield text("a name 100 times", b",".join([b"HGB"] * 100) + b"\n", "a name that occurs before")
    yield text("json", json.dumps([{"record_id": "1", "hgb": 98}]), "JSON", opens=False)
    yield text("xml", "<?xml version='1.0'?><odm><a/></odm>", "XML", opens=False)
    yield text("only titles", "Report of the ward for the year\n\n", "one column")
    yield text("text named xlsx", HEADER + ROWS, "although its name", name="cohort.xlsx")
    yield text("tabs named xls", "id\tday\nP1\t0\n", "although its name", name="cohort.xls")


def _other_kinds() -> Iterator[BrokenFile]:
    html = b"<html><table><tr><td>subject_id</td></tr></table></html>"
    sheet = b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>'
    secret = OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    for own, name, content, says in (
        ("html named xls", "cohort.xls", html, "web page"),
        ("excel 2003 xml", "cohort.xls", sheet, "Excel 2003 XML"),
        ("old xls", "cohort.xls", OLE + bytes(2000), "old Excel"),
        ("password", "cohort.xlsx", secret, "password"),
        ("pdf", "cohort.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
        ("rtf", "cohort.rtf", b"{\\rtf1\\ansi subject_id}", "rich text"),
        ("png", "cohort.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
        ("jpeg", "cohort.csv", b"\xff\xd8\xff\xe0" + bytes(100), "picture"),
        ("gzip", "cohort.csv.gz", gzip.compress(HEADER + ROWS), "gzip"),
        ("rds", "cohort.rds", gzip.compress(b"RDX3"), "R data file"),
        ("7z", "cohort.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(50), "7z"),
        ("rar", "cohort.rar", b"Rar!\x1a\x07\x01\x00" + bytes(50), "RAR"),
        ("stata", "cohort.dta", b"<stata_dta><header>", "Stata"),
        ("old stata", "cohort.dta", b"\x73\x02\x01\x00" + bytes(200), "Stata"),
        ("pickle", "cohort.pkl", pickle.dumps({"subject_id": ["P1"]}), "pickle"),
        ("pickle named csv", "cohort.csv", pickle.dumps(["P1", "P2"]), "pickle"),
        ("sqlite", "cohort.db", b"SQLite format 3\x00" + bytes(100), "SQLite"),
        ("spss portable", "cohort.por", b"ASCII SPSS PORT FILE" + bytes(10), "portable"),
    ):
        yield BrokenFile(own, name, content, says)


def _workbooks() -> Iterator[BrokenFile]:
    small = small_workbook()
    labs: dict[str, Rows] = {"Labs": [["subject_id", "HGB"], ["P1", None], ["P2", None]]}
    two: dict[str, Rows] = {
        "Labs": [["id", "HGB"], ["P1", 98]],
        "Old": [["id", "HGB"], ["P1", 9]],
    }
    no_list = write_zip({"[Content_Types].xml": b"<Types/>", "xl/styles.xml": b"<a/>"})
    bad_xml = change_member(small, "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2])
    not_xml = change_member(small, "xl/workbook.xml", lambda _: b"\x00\x01nothing")
    macros = change_member(small, "xl/vbaProject.bin", lambda _: OLE)
    no_sheets = change_member(
        small,
        "xl/workbook.xml",
        lambda xml: xml[: xml.index(b"<sheets>")] + xml[xml.index(b"</sheets>") + 9 :],
    )
    titled: dict[str, Rows] = {
        "Labs": [["Ward 5"], [], ["id", "HGB"], ["P1", 98], [], ["* HGB in g/L"]]
    }
    crc = bytearray(small)
    crc[small.index(b"PK\x01\x02") + 16] ^= 0xFF
    tags = change_member(
        small, "xl/worksheets/sheet1.xml", lambda xml: xml + b'<row r="1" <c r="A1" ' * 200_000
    )
    for own, content, says, opens in (
        ("tags that never end", tags, "damaged", False),
        ("half a workbook", small[: len(small) // 2], "damaged", False),
        ("workbook with a wrong checksum", bytes(crc), "damaged", False),
        ("workbook without sheets", no_sheets, "no sheet", False),
        ("workbook without rows", write_workbook({"Sheet1": [[]]}), "no sheet", False),
        ("workbook without its list", no_list, "without its list", False),
        ("workbook with a header only", write_workbook({"A": [["id", "HGB"]]}), "no rows", True),
        ("workbook cut inside a sheet", bad_xml, "damaged", False),
        ("workbook of noise", not_xml, "damaged", False),
        ("entity bomb", _entity_workbook(), "damaged", False),
        ("far cell", _far_cell_workbook(), "reaches over", False),
        *((f"far cell, {own}", _with_row(row), says, False) for own, row, says in _FAR_ROWS),
        ("macros", macros, "macros", True),
        ("external links", _external_workbook(), "links to other", True),
        ("hidden sheet", write_workbook(two, _hide_second), "is hidden", True),
        ("formulas", write_workbook(labs, _formulas), "formulas", True),
        ("formulas without results", _without_stored_results(), "no stored result", True),
        ("error cells", write_workbook(labs, _formulas), "an Excel error", True),
        ("merged ids", write_workbook(labs, _merge), "merged", True),
        ("titles and remarks", write_workbook(titled), "below the data", True),
        (
            "too many sheets",
            write_workbook({f"S{n}": [["id"]] for n in range(51)}),
            "51 sheets",
            False,
        ),
    ):
        yield BrokenFile(own, "cohort.xlsx", content, says, opens)
    for own, member, says in (
        ("xlsb", "xl/workbook.bin", "binary Excel"),
        ("docx", "word/document.xml", "Word"),
        ("ods", "content.xml", "OpenDocument"),
    ):
        packed = write_zip({"[Content_Types].xml": b"<Types/>", member: b"x"})
        yield BrokenFile(own, f"cohort.{own}", packed, says)


def _archives() -> Iterator[BrokenFile]:
    good = write_zip({"cohort.csv": HEADER + ROWS})
    mac = {"cohort.csv": HEADER + ROWS, "__MACOSX/._cohort.csv": b"\x00\x05\x16\x07"}
    outside = {"../../etc/cohort.csv": HEADER, "/root/x.csv": HEADER}
    for own, content, says, opens in (
        ("half an archive", good[: len(good) // 2], "damaged", False),
        ("empty archive", write_zip({}), "without files", False),
        ("archive of folders", write_zip({"data/": b""}), "without files", False),
        ("archive in an archive", _deep_zip(2), "archive inside an archive", False),
        ("deep archive", _deep_zip(20), "archive inside an archive", False),
        ("a line of 100 MB", _one_line(100 << 20), "a line of more than", False),
        ("30,000 entries", good + b"PK\x01\x02" * 30_000, "30,001 entries", False),
        ("encrypted archive", _encrypted_zip(), "password", False),
        ("hidden files", write_zip(mac), "hidden file", True),
        ("paths that lead outside", write_zip(outside), "no rows", True),
        ("archive that lies about sizes", _lying_zip(), "damaged", False),
        (
            "too many members",
            write_zip({f"{n}.csv": HEADER for n in range(201)}),
            "201 files",
            False,
        ),
        (
            "pdf beside a table",
            write_zip({"a.csv": HEADER + ROWS, "b.pdf": b"%PDF-1"}),
            "PDF",
            True,
        ),
        ("too many rows", _bomb(5_000_100), "lines", False),
    ):
        yield BrokenFile(own, "cohort.zip", content, says, opens)


def _typed_ones() -> Iterator[BrokenFile]:
    frame = small_frame()
    noise = np.random.default_rng(2).bytes(4000)
    nested = pd.DataFrame({"id": ["P1"], "HGB": [[98, 99]]})
    for own, kind, content, opens, says in (
        ("parquet cut off", "parquet", write_parquet(frame)[:-40], False, "Parquet"),
        ("parquet of noise", "parquet", b"PAR1" + noise + b"PAR1", False, "Parquet"),
        ("parquet with lists", "parquet", write_parquet(nested), True, "lists"),
        ("parquet without rows", "parquet", write_parquet(frame[:0]), True, "no rows"),
        ("xpt cut off", "xpt", write_statistical(frame, "xpt")[:700], False, "SAS"),
        ("xpt of noise", "xpt", write_statistical(frame, "xpt")[:240] + noise, False, "SAS"),
        ("sav cut off", "sav", write_statistical(frame, "sav")[:200], False, "SPSS"),
        ("sav of noise", "sav", b"$FL2" + noise, False, "SPSS"),
        ("sav that crashes its reader", "sav", _unpack(_SAV_THAT_CRASHES), False, "SPSS"),
        ("sas7bdat of noise", "sas7bdat", SAS + noise, False, "SAS"),
        ("sas7bdat cut off", "sas7bdat", sas_data_set()[:5000], False, "SAS"),
        ("sas7bdat header only", "sas7bdat", SAS, False, "SAS"),
    ):
        yield BrokenFile(own, f"cohort.{kind}", content, says, opens)


BROKEN_FILES: tuple[BrokenFile, ...] = tuple(_cases())
