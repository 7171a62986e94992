"""What files are made of: CSV that runs nothing in a spreadsheet, ZIP without times, names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pandas as pd

# A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection), in full width too;
# spaces, controls and marks without width before it may be dropped when it is read.
_UNSEEN = r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060\u3000\ufeff]*"
_FORMULA = re.compile(rf"[\t\r\n]|{_UNSEEN}[=+@＝＋－＠-]")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")

# Every entry of a ZIP file bears this time, so that the same content gives the same bytes.
_WHEN = (1980, 1, 1, 0, 0, 0)
# Packed already: to pack them again takes time and saves nothing.
_PACKED = (".png", ".jpg", ".jpeg", ".gif", ".xlsx")


def format_csv(table: pd.DataFrame) -> bytes:
    """CSV of a table: a header row, then the rows, missing values empty; no comment lines.

    Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers, negative
    ones too, stay numbers. UTF-8, with a byte order mark only where there is more than ASCII
    (without it Excel garbles names such as 患者1; pandas and R read over it).

    >>> format_csv(pd.DataFrame({"name": ["=1+1", "-2"], "n": [-1, 2]})).decode().splitlines()
    ['name,n', "'=1+1,-1", '-2,2']
    """
    safe = pd.DataFrame({place: _safe(table.iloc[:, place]) for place in range(table.shape[1])})
    safe.columns = pd.Index([_quote(str(name)) for name in table.columns])
    text = safe.to_csv(index=False, lineterminator="\n")
    return text.encode("ascii" if text.isascii() else "utf-8-sig", "replace")


def _safe(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column.reset_index(drop=True)
    return column.astype(object).map(_quote, na_action="ignore").reset_index(drop=True)


def _quote(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if _FORMULA.match(cell) and not _NUMBER.match(cell):
        cell = f"'{cell}"
    # A carriage return alone is written without quotes and would begin a row.
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def file_name(*words: str, kind: str, day: date | None = None) -> str:
    """Name of a file to save, from words that say what it shows; never from a patient's id.

    >>> file_name("Figure 1", "incidence", kind="png", day=date(2026, 11, 22))
    'pht-figure1-incidence_2026-11-22.png'
    """
    parts = [re.sub(r"[^a-z0-9]+", "", word.lower()) for word in words]
    name = "-".join(["pht", *filter(None, parts)])
    return f"{name}_{(day or date.today()).isoformat()}.{kind}"


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """A ZIP file of files by name; the same bytes for the same files."""
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name, _WHEN)
            packed = name.lower().endswith(_PACKED)
            entry.compress_type = ZIP_STORED if packed else ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content, compresslevel=4)
    return written.getvalue()
