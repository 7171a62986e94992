"""What kind a file is, by its first bytes, and what to answer for those that are not read."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pht_core.intake.opening.archive import open_zip
from pht_core.intake.words.word_lists import read_rows


class Kind(NamedTuple):
    """Files that are read: what they are called, how their names end and they themselves begin."""

    title: str
    endings: tuple[str, ...]
    begins: tuple[bytes, ...] = ()


class Unsupported(NamedTuple):
    """What a file is that is not read, and what to do; a document is no table that failed."""

    what: str
    to_do: str
    is_document: bool = False


_SAS = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
KINDS = {
    "text": Kind("separated text", ("csv", "tsv", "txt", "tab", "dat", "psv")),
    "workbook": Kind("an Excel workbook (.xlsx)", ("xlsx", "xlsm")),
    "xls": Kind("a workbook of old Excel (.xls)", ("xls",)),
    "archive": Kind("a ZIP archive", ("zip",)),
    "parquet": Kind("a Parquet file", ("parquet", "pq"), (b"PAR1",)),
    "xpt": Kind("a SAS transport file (.xpt)", ("xpt", "xport"), (b"HEADER RECORD*******LIB",)),
    "sas7bdat": Kind("a SAS data set (.sas7bdat)", ("sas7bdat",), (_SAS,)),
    "sav": Kind("an SPSS file (.sav)", ("sav", "zsav"), (b"$FL2", b"$FL3")),
    "dta": Kind("a Stata file (.dta)", ("dta",), (b"<stata_dta>",)),
}
ZIPPED = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLD_STATA = re.compile(rb"[h-s][\x01\x02]\x01\x00")  # releases 4 to 12
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _read_unsupported(by: str) -> Iterator[tuple[str, Unsupported]]:
    """Kinds of files that are not read, each behind its sign, from ``unsupported.csv``.

    by : how they are recognised: by how a file ``begins``, a ``pattern`` of its beginning in small
        letters, its ``ending``, a ``member`` of a ZIP, or a stream of ``old office`` programs.
    """
    for row in read_rows("unsupported.csv"):
        if row["by"] == by:
            yield row["sign"], Unsupported(row["what"], row["to_do"], bool(row["document"]))


def ending_of(name: str) -> str:
    """A file name's ending in small letters, without its point."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def find_kind(name: str, content: bytes) -> str | Unsupported:
    """A key of `KINDS`, or what the file is instead.

    Raises UnreadableFile for an archive or workbook that is damaged.
    """
    for kind, own in KINDS.items():
        if content.startswith(own.begins):
            return kind
    if _OLD_STATA.match(content):
        return "dta"
    if content.startswith(ZIPPED):
        return _find_kind_in_zip(name, content)
    if content.startswith(_OLE):
        streams = _read_unsupported("old office")
        return next((own for sign, own in streams if sign.encode("utf-16-le") in content), "xls")
    for sign, unsupported in _read_unsupported("ending"):
        if sign == ending_of(name) and not content.startswith((b"PK", b"%PDF")):
            return unsupported
    for sign, unsupported in _read_unsupported("begins"):
        if content.startswith(sign.encode().decode("unicode_escape").encode("latin-1")):
            return unsupported
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for sign, unsupported in _read_unsupported("pattern"):
        if re.match(sign.encode(), start, re.DOTALL):
            return unsupported
    return "text"


def _find_kind_in_zip(name: str, content: bytes) -> str | Unsupported:
    """What a file in ZIP's format is: a workbook, an archive, or something else."""
    with open_zip(name, content) as archive:
        names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "workbook"
    if names & {"[Content_Types].xml", "mimetype", "Index/Document.iwa"}:
        for member, unsupported in _read_unsupported("member"):
            if member in names:
                return unsupported
        if any(own.startswith("xl/") for own in names):
            to_do = "Open it in Excel and save it as an Excel workbook (.xlsx)."
            return Unsupported("an Excel workbook without its list of sheets", to_do)
    return "archive"
