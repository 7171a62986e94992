"""Patients who stand in one table of the files and not in another."""

from collections.abc import Sequence

import numpy as np

from pht_core.intake.mapped import MappedTable
from pht_core.validation import CHANGES, NOTE, Findings, finding

# Tables in which every patient is expected; a transfusion or an event not everyone had.
OF_ALL = {"patients", "days", "results", "times"}
MOST_NAMES = 5


def check_strays(tables: Sequence[MappedTable]) -> Findings:
    """Findings on patients whom a table has and another, in which all should stand, lacks.

    A patient without a row in the table of patients has no age, sex or history, and drops out of
    every filter: that changes results. The other way round it is a note.
    """
    rows: Findings = []
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
