"""SAS (.xpt, .sas7bdat) and SPSS (.sav) files, with their labels and the words of their codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pht_core.intake.limits import Limits, check_limit
from pht_core.intake.opening.columnar import build_frame, convert_arrow
from pht_core.intake.opening.columns import Column, format_cell
from pht_core.intake.opening.encoding import looks_chinese
from pht_core.intake.opening.head import name_columns
from pht_core.intake.opening.kinds import TITLES
from pht_core.intake.source import SourceTable
from pht_core.model.errors import UnreadableFile
from pht_core.model.findings import CHANGES, NOTE, Findings, finding

_WORKER = Path(__file__).with_name("readstat_worker.py")
_SECONDS, _SECONDS_PER_MB = 30.0, 2.0
_EXACT = 2**53  # whole numbers beyond are not all told apart by a float64
_FEWER = "Leave out what is not needed, or split the file."
# A file that does not name its encoding is tried in these, in turn.
_ENCODINGS = {"": "", "GB18030": "GB18030 (Chinese)", "WINDOWS-1252": "Windows-1252 (Western)"}


def read_statistical(
    name: str, content: bytes, kind: str, findings: Findings, limits: Limits
) -> SourceTable:
    """Read a file of one of the kinds xpt, sas7bdat and sav, in a process of its own.

    Dates are datetime64, whole numbers int64; codes stay codes, their words are in
    ``value_labels``. What the file declares as missing is missing.

    Raises
    ------
    UnreadableFile
        If it is damaged, cannot be read in time, or is larger than ``limits``.
    """
    told, table = _read_encoded(name, content, kind, limits, findings)
    names = name_columns([own.strip() for own in told["names"]], name, 1, findings)
    columns: dict[str, Column | None] = {}
    for own, column in zip(names, table.columns, strict=True):
        values = convert_arrow(column)
        columns[own] = _as_whole(values) if isinstance(values, np.ndarray) else values
    if kind == "xpt" and content.count(b"HEADER RECORD*******MEMB") > 1:
        found = f"{name} holds several SAS data sets."
        to_do = "Write each of the others to a file of its own."
        findings.append(finding(CHANGES, name, "", found, "Only the first was read.", to_do))
    if told["missing"]:
        first = told["missing"][0]
        found = f"{name} declares some codes as missing, the first in {first}."
        findings.append(finding(NOTE, name, first, found, "Their cells are missing."))
    labels = {
        own: label.strip()
        for own, label in zip(names, told["labels"], strict=False)
        if label.strip()
    }
    words = {
        own: {format_cell(code): word.strip() for code, word in told["words"][original]}
        for own, original in zip(names, told["names"], strict=True)
        if original in told["words"]
    }
    return SourceTable(name, build_frame(name, columns, findings), 1, labels, words)


def _read_encoded(
    name: str, content: bytes, kind: str, limits: Limits, findings: Findings
) -> tuple[dict[str, Any], pa.Table]:
    """The rows in the file's own encoding; where that does not fit, in Chinese or Western."""
    for encoding, title in _ENCODINGS.items():
        told, table = _ask_worker(name, content, kind, encoding, limits)
        if told.get("wrong") == "encoding":
            continue
        if "wrong" in told:
            break
        check_limit(name, told["columns"], limits.columns, "columns", _FEWER)
        check_limit(name, told["rows"], limits.rows, "rows", _FEWER)
        check_limit(name, told["rows"] * told["columns"], limits.slow_cells, "cells", _FEWER)
        if table is None:
            break
        if encoding == "GB18030" and not _is_chinese(table, told):
            continue
        if encoding:
            found = f"{name} is written in {title}, although it does not say so."
            to_do = "If words look garbled, write it again in UTF-8."
            findings.append(finding(NOTE, name, "", found, "It was read so.", to_do, value=title))
        return told, table
    raise damaged(name, kind)


def damaged(name: str, kind: str) -> UnreadableFile:
    """What is said of a file that its reader does not understand."""
    return UnreadableFile(
        f"{name} is {TITLES[kind]} that is damaged or cut off. Copy or write it again, or save "
        "the table as 'CSV UTF-8'."
    )


def _ask_worker(
    name: str, content: bytes, kind: str, encoding: str, limits: Limits
) -> tuple[dict[str, Any], pa.Table | None]:
    request = {
        "kind": kind,
        "encoding": encoding,
        "rows": limits.rows,
        "columns": limits.columns,
        "cells": limits.slow_cells,
    }
    seconds = _SECONDS + _SECONDS_PER_MB * len(content) / (1 << 20)
    try:
        # -P: the worker's own folder must not hide modules of other packages.
        done = subprocess.run(
            [sys.executable, "-P", str(_WORKER)],
            input=json.dumps(request).encode() + b"\n" + content,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(
            f"Reading {name} took longer than {seconds:.0f} s and was stopped. Write it again, or "
            "save the table as 'CSV UTF-8'."
        ) from None
    if done.returncode:
        raise damaged(name, kind)
    line, _, rest = done.stdout.partition(b"\n")
    try:
        told: dict[str, Any] = json.loads(line)
        table = pa.ipc.open_stream(rest).read_all() if rest else None
    except (ValueError, pa.ArrowException):
        raise damaged(name, kind) from None
    return told, table


def _is_chinese(table: pa.Table, told: dict[str, Any]) -> bool:
    words = [*told["labels"], *(word for codes in told["words"].values() for _, word in codes)]
    for column in table.columns:
        if pa.types.is_string(column.type):
            words += [word for word in column.unique().to_pylist() if word]
    return looks_chinese("".join(words).encode("gb18030", "replace"))


def _as_whole(values: np.ndarray) -> np.ndarray:
    """Whole numbers as int64, where none is missing: these files keep every number as float64."""
    exact = np.isfinite(values).all() and (np.abs(values) < _EXACT).all()
    return values.astype(np.int64) if exact and (values % 1 == 0).all() else values
