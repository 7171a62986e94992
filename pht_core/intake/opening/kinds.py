"""What kind a file is, by its first bytes, and what to answer for those that are not read."""

import re
import zipfile
from functools import cache

from pht_core.intake.words.word_lists import read_rows

KINDS = {
    "text": ("csv", "tsv", "txt", "tab", "dat", "psv"),
    "workbook": ("xlsx", "xlsm"),
    "xls": ("xls",),
    "archive": ("zip",),
    "parquet": ("parquet", "pq"),
    "xpt": ("xpt", "xport"),
    "sas7bdat": ("sas7bdat",),
    "sav": ("sav", "zsav"),
    "dta": ("dta",),
}
TITLES = {
    "text": "separated text",
    "workbook": "an Excel workbook (.xlsx)",
    "xls": "a workbook of old Excel (.xls)",
    "archive": "a ZIP archive",
    "parquet": "a Parquet file",
    "xpt": "a SAS transport file (.xpt)",
    "sas7bdat": "a SAS data set (.sas7bdat)",
    "sav": "an SPSS file (.sav)",
    "dta": "a Stata file (.dta)",
}
_SAS = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_READ: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"HEADER RECORD*******LIB", "xpt"),
    (_SAS, "sas7bdat"),
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
    (b"<stata_dta>", "dta"),
)
_OLD_STATA = re.compile(rb"[h-s][\x01\x02]\x01\x00")  # releases 4 to 12
_AS_XLSX = "Open it in Excel and save it as an Excel workbook (.xlsx)."
_AS_CSV = "Save the table as 'CSV UTF-8' or as an Excel workbook (.xlsx)."
# For people to read, not tables that failed.
DOCUMENTS = {
    "a PDF document",
    "a rich text document (.rtf)",
    "a picture",
    "a Word document",
    "an old Word document (.doc)",
    "a PowerPoint file",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@cache
def read_unsupported(by: str) -> dict[bytes, tuple[str, str]]:
    """Kinds of files that are not read, what they are and what to do, from ``unsupported.csv``.

    by : how they are recognised: by how a file ``begins``, its ``ending``, a ``member`` of a ZIP.
    """
    return {
        row["sign"].encode().decode("unicode_escape").encode("latin-1"): (row["what"], row["to_do"])
        for row in read_rows("unsupported.csv")
        if row["by"] == by
    }


def ending_of(name: str) -> str:
    """A file name's ending in small letters, without its point."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def find_kind(name: str, content: bytes) -> tuple[str, str, str]:
    """A key of `KINDS`; or empty, what the file is instead, and what to do."""
    for magic, kind in _READ:
        if content.startswith(magic):
            return kind, "", ""
    if _OLD_STATA.match(content):
        return "dta", "", ""
    if content.startswith(_OLE):
        return _in_ole(content)
    by_ending, ending = read_unsupported("ending"), ending_of(name).encode()
    if ending in by_ending and not content.startswith((b"PK", b"%PDF")):
        return "", *by_ending[ending]
    if re.match(rb"\x80[\x02-\x05][\x8c\x95}\](c]", content):
        return "", *by_ending[b"pkl"]
    for begins, refusal in read_unsupported("begins").items():
        if content.startswith(begins):
            return "", *refusal
    return _in_markup(content) or ("text", "", "")


def find_kind_in_zip(archive: zipfile.ZipFile) -> tuple[str, str, str]:
    """The same for a file in ZIP's format: a workbook, an archive, or something else."""
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "workbook", "", ""
    if "[Content_Types].xml" in names or "mimetype" in names or "Index/Document.iwa" in names:
        for member, refusal in read_unsupported("member").items():
            if member.decode() in names:
                return "", *refusal
        if any(own.startswith("xl/") for own in names):
            return "", "an Excel workbook without its list of sheets", _AS_XLSX
    return "archive", "", ""


def _in_ole(content: bytes) -> tuple[str, str, str]:
    if "EncryptedPackage".encode("utf-16-le") in content:
        to_do = "Open it in Excel, take the password off (File, Info), and save it again."
        return "", "a workbook protected by a password", to_do
    if "WordDocument".encode("utf-16-le") in content:
        return "", "an old Word document (.doc)", _AS_CSV
    return "xls", "", ""


def _in_markup(content: bytes) -> tuple[str, str, str] | None:
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<div")):
        return "", "a web page (HTML), whatever its name says", _AS_XLSX
    if start.startswith(b"<?xml") or re.match(rb"<[a-z][\w:.-]*[\s>/]", start):
        if b"excel.sheet" in start or b"schemas-microsoft-com:office:spreadsheet" in start:
            return "", "an Excel 2003 XML spreadsheet", _AS_XLSX
        if b"<html" in start:
            return "", "a web page (HTML), whatever its name says", _AS_XLSX
        return "", "XML", _AS_CSV
    if start.startswith(b"{") or re.match(rb'\[\s*[\[{"]', start):
        return "", "JSON", "Export the table as CSV, labels or raw codes."
    return None
