"""Patients who stand in one table of the files and not in another."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pht_core.intake.mapped import MappedTable, text_of
from pht_core.validation import CHANGES, NOTE, Findings, counted, finding

# Tables in which every patient is expected; a transfusion or an event not everyone had.
OF_ALL = {"patients", "days", "results", "times"}
MOST_NAMES = 5
SITE = re.compile(
    r"(?:study[ _]?)?(?:site|cent(?:er|re)|hospital|zentrum|中心|医院)"
    r"(?:[ _]?(?:id|no|nr|code|name|number|编号))?",
    re.I,
)


def check_strays(tables: Sequence[MappedTable]) -> Findings:
    """Findings on patients whom a table has and another, in which all should stand, lacks.

    A patient without a row in the table of patients has no age, sex or history, and drops out of
    every filter: that changes results. The other way round it is a note.
    """
    rows = [told for table in tables for told in _check_ids(table)]
    # Of several tables of patients the one that tells most of them should hold everybody.
    patients = [table for table in tables if table.map.rows == "patients"]
    described = sorted(patients, key=lambda table: len(table.fields), reverse=True)[:1]
    for other in tables:
        for whole in described:
            if other is whole:
                continue
            names = other.subjects.categories
            missing = np.setdiff1d(np.unique(other.subjects.codes), np.unique(whole.subjects.codes))
            if missing.size:
                told = _told([str(name) for name in names[missing]])
                rows.append(
                    finding(
                        CHANGES,
                        other.name,
                        "subject_id",
                        f"{told} of {other.name} are not in {whole.name}.",
                        "They are kept; what is known of patients is missing for them.",
                        f"Add them to {whole.name}, or check how their ids are written.",
                        value=int(missing.size),
                    )
                )
            lost = np.setdiff1d(np.unique(whole.subjects.codes), np.unique(other.subjects.codes))
            if lost.size and other.map.rows in OF_ALL:
                told = _told([str(name) for name in names[lost]])
                rows.append(
                    finding(
                        NOTE,
                        whole.name,
                        "subject_id",
                        f"{told} of {whole.name} have no row in {other.name}.",
                        "What it tells is missing for them.",
                        value=int(lost.size),
                    )
                )
    return rows


def _told(names: list[str]) -> str:
    """How many patients, and the first of them by name."""
    first = ", ".join(names[:MOST_NAMES])
    more = ", …" if len(names) > MOST_NAMES else ""
    return f"{len(names)} patient{'s' * (len(names) > 1)} ({first}{more})"


def _check_ids(table: MappedTable) -> Findings:
    """Findings on ids that two patients may share: of several sites, or rounded ones."""
    rows: Findings = []
    for column in table.frame.columns:
        if not SITE.fullmatch(str(column)) or table.map.rows == "":
            continue
        sites = text_of(table.frame[column])
        pairs = pd.DataFrame({"id": table.subjects.codes, "site": sites.cat.codes.to_numpy()})
        several = pairs[pairs["site"] >= 0].drop_duplicates().groupby("id").size()
        shared = several[several > 1]
        if len(shared):
            first = table.subjects.categories[int(shared.index[0])]
            rows.append(
                finding(
                    CHANGES,
                    table.name,
                    "subject_id",
                    f"{counted(len(shared), 'patient stands', 'patients stand')} at more than one "
                    f"{column!r}, the first {first}: two patients may share a number.",
                    "Rows of one number are taken as one patient's.",
                    f"Write {column!r} and the number together as the patient's id.",
                    value=str(first),
                )
            )
    entry = table.map_of("subject_id")
    ids = None if entry is None else table.frame[entry.column]
    if ids is not None and pd.api.types.is_float_dtype(ids.dtype):
        rounded = ids[(ids.abs() >= 1e9) & (ids % 1e6 == 0)]
        if len(rounded):
            rows.append(
                finding(
                    CHANGES,
                    table.name,
                    "subject_id",
                    f"{counted(len(rounded), 'id ends', 'ids end')} in six zeros or more, the "
                    f"first {rounded.iloc[0]:.0f}, as if a spreadsheet had rounded it.",
                    "Rows of one number are taken as one patient's.",
                    "Export the ids as text.",
                    value=f"{rounded.iloc[0]:.0f}",
                )
            )
    return rows
