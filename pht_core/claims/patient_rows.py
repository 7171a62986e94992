"""Tables of patients: rows that share values which chance would hardly give twice."""

import re
from itertools import combinations

from pht_core.claims.claim import CANNOT_TELL, Finding
from pht_core.claims.layout import Layout
from pht_core.claims.typography import Spelled

_NUMBER = re.compile(r"^-?\d{1,6}(?:\.\d{1,4})?$")
_PATIENT = re.compile(r"\b(?:patient|pt|case|subject|no|id|participant|#)\b", re.IGNORECASE)
FEWEST_SHARED = 3
FEWEST_VALUES = 5  # a column with fewer different values says little when two rows share one
MOST_ROWS = 200


def check_patient_rows(spelled: Spelled, layouts: list[Layout]) -> list[Finding]:
    """Pairs of patients with three or more equal measured values side by side."""
    found = []
    for layout in layouts:
        rows = [row for row in layout.body if re.match(r"^\D{0,8}\d{1,4}$", layout.label(row))]
        if not 5 <= len(rows) <= MOST_ROWS or not _PATIENT.search(layout.headers[0]):
            continue
        columns = [
            column
            for column in range(1, layout.table.width)
            if _telling([layout.cell(row, column).text for row in rows])
        ]
        if len(columns) < FEWEST_SHARED:
            continue
        for one, other in combinations(rows, 2):
            shared = _shared_run(layout, one, other, columns)
            if len(shared) >= FEWEST_SHARED:
                found.append(_finding(spelled, layout, one, other, shared))
    return found


def _telling(texts: list[str]) -> bool:
    numbers = [text for text in texts if _NUMBER.match(text)]
    return len(numbers) >= 0.8 * len(texts) and len(set(numbers)) >= max(
        FEWEST_VALUES, len(numbers) // 2
    )


def _shared_run(layout: Layout, one: int, other: int, columns: list[int]) -> list[int]:
    """The longest run of neighbouring columns in which two rows are equal."""
    best: list[int] = []
    run: list[int] = []
    for column in columns:
        if layout.cell(one, column).text == layout.cell(other, column).text:
            run.append(column)
            best = max(best, run, key=len)
        else:
            run = []
    return list(best)


def _finding(spelled: Spelled, layout: Layout, one: int, other: int, columns: list[int]) -> Finding:
    values = ", ".join(layout.cell(one, column).text for column in columns)
    spans = tuple(
        spelled.origin_span(layout.cell(row, columns[0]).start, layout.cell(row, columns[-1]).end)
        for row in (one, other)
    )
    message = (
        f"Patients {layout.label(one)} and {layout.label(other)} have the same {len(columns)} "
        f"values side by side: {values}"
    )
    return Finding(
        "repeated rows", CANNOT_TELL, message, spans, tuple(spelled.original[a:b] for a, b in spans)
    )
