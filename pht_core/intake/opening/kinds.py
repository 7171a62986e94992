"""What kind a file is, by its first bytes, and what to say of those that are not read."""

import re
import zipfile

KINDS = {
    "text": ("csv", "tsv", "txt", "tab", "dat", "psv"),
    "workbook": ("xlsx", "xlsm"),
    "archive": ("zip",),
    "parquet": ("parquet", "pq"),
    "xpt": ("xpt", "xport"),
    "sas7bdat": ("sas7bdat",),
    "sav": ("sav", "zsav"),
}
TITLES = {
    "text": "separated text",
    "workbook": "an Excel workbook (.xlsx)",
    "archive": "a ZIP archive",
    "parquet": "a Parquet file",
    "xpt": "a SAS transport file (.xpt)",
    "sas7bdat": "a SAS data set (.sas7bdat)",
    "sav": "an SPSS file (.sav)",
}
_SAS = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_READ: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"HEADER RECORD*******LIB", "xpt"),
    (_SAS, "sas7bdat"),
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
)
_AS_XLSX = "Open it in Excel and save it as an Excel workbook (.xlsx)."
_AS_CSV = "Save the table as 'CSV UTF-8' or as an Excel workbook (.xlsx)."
_UNPACK = "Unpack it, and give the files in it, or a ZIP of them."
_IN_R = "In R, write the table with write.csv(x, 'x.csv', row.names = FALSE)."
_IMAGE = ("a picture", "Give the table that it shows as 'CSV UTF-8'.")
_OTHER: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "Export the table from its source as CSV or .xlsx."),
    (b"{\\rtf", "a rich text document (.rtf)", _AS_CSV),
    (b"\x1f\x8b", "packed with gzip", _UNPACK + " An .rds file: " + _IN_R),
    (b"BZh", "packed with bzip2", _UNPACK),
    (b"\xfd7zXZ\x00", "packed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"RDX", "an R data file", _IN_R),
    (b"RDA", "an R data file", _IN_R),
    (b"<stata_dta>", "a Stata file (.dta)", "In Stata: export delimited using x.csv."),
    (b"ASCII SPSS PORT FILE", "an SPSS portable file (.por)", "Save it in SPSS as .sav."),
    (b"\x93NUMPY", "a NumPy file", _AS_CSV),
    (b"ARROW1", "an Arrow or Feather file", "Write it as Parquet or CSV."),
    (b"FEA1", "a Feather file", "Write it as Parquet or CSV."),
    (b"PARE", "an encrypted Parquet file", "Write it without encryption."),
    (b"\x89HDF", "an HDF5 file", _AS_CSV),
    (b"SQLite format 3", "an SQLite database", "Export its tables as CSV files."),
    (b"\x00\x01\x00\x00Standard", "an Access database", "Export its tables as CSV or .xlsx."),
    (b"\x89PNG", *_IMAGE),
    (b"\xff\xd8\xff", *_IMAGE),
    (b"GIF8", *_IMAGE),
    (b"II*\x00", *_IMAGE),
    (b"MM\x00*", *_IMAGE),
    (b"\x09\x08\x10\x00", "a workbook of old Excel (.xls)", _AS_XLSX),
    (b"\x09\x04\x06\x00", "a workbook of old Excel (.xls)", _AS_XLSX),
    (b"\x09\x02\x06\x00", "a workbook of old Excel (.xls)", _AS_XLSX),
    (b"MIME-Version:", "a web page saved by Excel or a browser", _AS_XLSX),
    (b"\x7fELF", "a program", "Give the table instead."),
    (b"MZ\x90\x00", "a program", "Give the table instead."),
)
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
_BY_NAME = {
    "rds": ("an R data file", _IN_R),
    "rdata": ("an R data file", _IN_R),
    "rda": ("an R data file", _IN_R),
    "dta": ("a Stata file (.dta)", "In Stata: export delimited using x.csv."),
    "pkl": ("a Python pickle, which can run programs and is never opened", _AS_CSV),
    "pickle": ("a Python pickle, which can run programs and is never opened", _AS_CSV),
}
_IN_ZIP = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", _AS_XLSX),
    ("word/document.xml", "a Word document", _AS_CSV),
    ("ppt/presentation.xml", "a PowerPoint file", _AS_CSV),
    ("content.xml", "an OpenDocument file (.ods)", "Save it as an Excel workbook (.xlsx) or CSV."),
    ("Index/Document.iwa", "an Apple Numbers file", "Export it as Excel (.xlsx) or CSV."),
)


def ending_of(name: str) -> str:
    """A file name's ending in small letters, without its point."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def find_kind(name: str, content: bytes) -> tuple[str, str, str]:
    """A key of `KINDS`; or empty, what the file is instead, and what to do."""
    for magic, kind in _READ:
        if content.startswith(magic):
            return kind, "", ""
    if content.startswith(_OLE):
        return _in_ole(content)
    ending = ending_of(name)
    if ending in _BY_NAME and not content.startswith((b"PK", b"%PDF")):
        return "", *_BY_NAME[ending]
    if re.match(rb"\x80[\x02-\x05][\x8c\x95}\](c]", content):
        return "", *_BY_NAME["pkl"]
    for magic, what, to_do in _OTHER:
        if content.startswith(magic):
            return "", what, to_do
    return _in_markup(content) or ("text", "", "")


def find_kind_in_zip(archive: zipfile.ZipFile) -> tuple[str, str, str]:
    """The same for a file in ZIP's format: a workbook, an archive, or something else."""
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "workbook", "", ""
    if "[Content_Types].xml" in names or "mimetype" in names or "Index/Document.iwa" in names:
        for member, what, to_do in _IN_ZIP:
            if member in names:
                return "", what, to_do
        if any(own.startswith("xl/") for own in names):
            return "", "an Excel workbook without its list of sheets", _AS_XLSX
    return "archive", "", ""


def _in_ole(content: bytes) -> tuple[str, str, str]:
    if "EncryptedPackage".encode("utf-16-le") in content:
        to_do = "Open it in Excel, take the password off (File, Info), and save it again."
        return "", "a workbook protected by a password", to_do
    if "WordDocument".encode("utf-16-le") in content:
        return "", "an old Word document (.doc)", _AS_CSV
    return "", "a workbook of old Excel (.xls)", _AS_XLSX


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
